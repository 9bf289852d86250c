//! What those above a plan node want of it.

use crate::datasource::RuntimePredicate;
use crate::expr::{ColumnId, Expr};
use crate::pipeline::StageId;
use hashbrown::HashSet;
use std::sync::{Arc, OnceLock};

/// Where a hash join puts what it knows of its build keys, for the scan that reads the probe column; or ORDER BY with
/// LIMIT what it knows of its first key while it runs.
#[derive(Debug, Clone)]
pub(in crate::exec) struct RuntimeTarget {
    /// The probe column, or the first key.
    pub column: ColumnId,
    /// Filled by the join's build, or by the sink of the same stage.
    pub slot: Arc<OnceLock<Arc<dyn RuntimePredicate>>>,
    /// The build, which must have finished before the scan begins. None: the slot is filled by a sink that the scan's
    /// rows go to, and what it knows changes with them.
    pub stage: Option<StageId>,
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
    /// Columns that may come in codes (`kernel::codes`): nobody above looks at more than which rows have equal values.
    pub coded: HashSet<ColumnId>,
    /// A column whose blocks ([`KeyBlocks`](crate::pipeline::KeyBlocks)) are of use.
    pub in_blocks: Option<ColumnId>,
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

    /// With these columns in codes, if that is how they are found.
    pub fn coded(mut self, coded: HashSet<ColumnId>) -> Need {
        self.coded = coded;
        self
    }

    /// With the blocks of this column, if it has some.
    pub fn in_blocks(mut self, column: Option<ColumnId>) -> Need {
        self.in_blocks = column;
        self
    }

    /// With all columns plain.
    pub fn plain(mut self) -> Need {
        self.coded.clear();
        self
    }

    /// Without the runtime filters that change while rows come in: these would remove parts of groups, or rows
    /// that others are numbered by.
    pub fn settled(mut self) -> Need {
        self.runtime.retain(|target| target.stage.is_some());
        self
    }
}
