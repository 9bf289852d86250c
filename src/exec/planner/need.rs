//! What those above a plan node want of it.

use crate::datasource::RuntimePredicate;
use crate::expr::{ColumnId, Expr};
use crate::pipeline::StageId;
use hashbrown::HashSet;
use std::sync::{Arc, OnceLock};

/// Where a hash join puts what it knows of its build keys, for the scan that reads the probe column.
#[derive(Debug, Clone)]
pub(in crate::exec) struct RuntimeTarget {
    /// The probe column.
    pub column: ColumnId,
    /// Filled by the join's build.
    pub slot: Arc<OnceLock<Arc<dyn RuntimePredicate>>>,
    /// The build, which must have finished before the scan begins.
    pub stage: StageId,
    /// Set once a scan has taken it.
    pub taken: Arc<OnceLock<()>>,
}

/// What those above a plan node want of it.
#[derive(Debug, Clone, Default)]
pub(in crate::exec) struct Need {
    /// Columns that are read.
    pub columns: HashSet<ColumnId>,
    /// The order of rows can be seen.
    pub is_ordered: bool,
    /// Filters that scans may use.
    pub runtime: Vec<RuntimeTarget>,
}

impl Need {
    /// These columns, in any order of rows.
    pub fn columns(columns: impl IntoIterator<Item = ColumnId>) -> Need {
        Need {
            columns: columns.into_iter().collect(),
            ..Need::default()
        }
    }

    /// The columns that some expressions read.
    pub fn of<'a>(expressions: impl IntoIterator<Item = &'a Expr>) -> Need {
        Need::default().with(expressions)
    }

    /// Also the columns that some expressions read.
    pub fn with<'a>(mut self, expressions: impl IntoIterator<Item = &'a Expr>) -> Need {
        for expr in expressions {
            expr.collect_references(&mut self.columns);
        }
        self
    }

    /// Whether the order of rows can be seen.
    pub fn ordered(mut self, is_ordered: bool) -> Need {
        self.is_ordered = is_ordered;
        self
    }

    /// With these runtime filters.
    pub fn filtered(mut self, runtime: Vec<RuntimeTarget>) -> Need {
        self.runtime = runtime;
        self
    }
}
