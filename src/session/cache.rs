//! DataFrames and tables that are kept in memory.
//!
//! `persist` and `CACHE TABLE` add a plan here. When a query runs, every part of its plan that is equal to a
//! cached one is replaced by a scan of the kept rows, so that it does not matter by which DataFrame or name
//! the cached data is reached. Rows are computed by the first query that needs them.

use super::Session;
use crate::datasource::{MemoryTable, ScanRequest, Statistics, Table};
use crate::error::Result;
use crate::expr::{Attribute, ColumnIds, NamedExpr};
use crate::pipeline::Source;
use crate::plan::LogicalPlan;
use crate::plan::logical::Scan;
use crate::types::StructType;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The cached plans of a session.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: RwLock<Vec<Arc<CachedTable>>>,
}

impl Cache {
    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<CachedTable>>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Arc<CachedTable>>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a plan; nothing happens if it is there.
    pub fn add(&self, session: &Session, plan: &LogicalPlan) {
        let form = plan.canonical_form();
        let mut entries = self.write();
        if entries.iter().any(|entry| entry.form == form) {
            return;
        }
        entries.push(Arc::new(CachedTable {
            form,
            plan: plan.clone(),
            schema: crate::analyzer::schema_of(plan),
            session: session.weak(),
            rows: OnceLock::new(),
        }));
    }

    /// Forgets a plan; says whether it was there.
    pub fn remove(&self, plan: &LogicalPlan) -> bool {
        let form = plan.canonical_form();
        let mut entries = self.write();
        let before = entries.len();
        entries.retain(|entry| entry.form != form);
        entries.len() != before
    }

    /// Forgets all plans.
    pub fn clear(&self) {
        self.write().clear();
    }

    /// Whether a plan is cached.
    pub fn contains(&self, plan: &LogicalPlan) -> bool {
        let entries = self.read();
        !entries.is_empty() && {
            let form = plan.canonical_form();
            entries.iter().any(|entry| entry.form == form)
        }
    }

    /// The plan with its cached parts replaced by scans of the kept rows.
    pub fn apply(&self, plan: LogicalPlan, ids: &ColumnIds) -> LogicalPlan {
        if self.read().is_empty() {
            return plan;
        }
        self.replace(plan, ids)
    }

    fn replace(&self, plan: LogicalPlan, ids: &ColumnIds) -> LogicalPlan {
        let form = plan.canonical_form();
        let entry = self.read().iter().find(|entry| entry.form == form).cloned();
        if let Some(entry) = entry {
            return scan(entry, &plan.output(), ids);
        }
        let mut plan = plan.map_inputs(&mut |input| self.replace(input, ids));
        if let Some(subqueries) = plan.subqueries_mut() {
            for subquery in subqueries {
                let taken = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
                subquery.plan = self.replace(taken, ids);
            }
        }
        plan
    }
}

/// A scan of a cached table that gives the columns of the plan it stands for.
fn scan(entry: Arc<CachedTable>, output: &[Attribute], ids: &ColumnIds) -> LogicalPlan {
    // A plan may give one column twice; a scan's columns are distinct.
    let mut attributes: Vec<Attribute> = Vec::with_capacity(output.len());
    for column in output {
        let mut column = column.clone();
        if attributes.iter().any(|earlier| earlier.id == column.id) {
            column.id = ids.next();
        }
        attributes.push(column);
    }
    let scan = LogicalPlan::Scan(Scan {
        name: "cached".to_string(),
        projection: (0..attributes.len()).collect(),
        attributes,
        table: entry,
        filters: Vec::new(),
        limit: None,
    });
    let expressions = output.iter().map(NamedExpr::pass).collect();
    scan.project(expressions)
}

/// A plan whose rows are kept once they are known.
struct CachedTable {
    form: String,
    plan: LogicalPlan,
    schema: StructType,
    session: super::WeakSession,
    rows: OnceLock<Result<Arc<MemoryTable>>>,
}

impl CachedTable {
    fn rows(&self) -> Result<Arc<MemoryTable>> {
        let compute = || {
            let session = self.session.upgrade()?;
            let partitions = session.execute_uncached(&self.plan)?;
            Ok(Arc::new(MemoryTable::new(self.schema.clone(), partitions)))
        };
        self.rows.get_or_init(compute).clone()
    }
}

impl fmt::Debug for CachedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CachedTable({})", self.schema.simple_string())
    }
}

impl Table for CachedTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        match self.rows.get() {
            Some(Ok(table)) => table.statistics(),
            Some(Err(_)) | None => {
                let rows = crate::plan::statistics::estimate(&self.plan).rows;
                Statistics {
                    rows: Some(rows as u64),
                    ..Statistics::default()
                }
            }
        }
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        self.rows()?.scan(request)
    }

    fn format(&self) -> &str {
        "cache"
    }
}
