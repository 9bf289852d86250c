//! The contract between the engine and anything that can be scanned.

use crate::error::Result;
use crate::expr::{Attribute, Expr};
use crate::pipeline::{QueryContext, ScanMetrics, Source};
use crate::types::{StructType, Value};
use arrow::array::{ArrayRef, BooleanArray};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Something with a schema that can be scanned. Shared between queries and threads; immutable.
pub trait Table: fmt::Debug + Send + Sync {
    /// Its columns. Partition columns come last.
    fn schema(&self) -> &StructType;

    /// What is known of its size and values without reading the data. Called by the optimizer, perhaps
    /// several times; implementations cache.
    fn statistics(&self) -> Statistics {
        Statistics::default()
    }

    /// What the table can do with a filter over its columns (`attributes[i]` is column `i`). Called by
    /// the optimizer.
    fn accepts(&self, filter: &Expr, attributes: &[Attribute]) -> FilterSupport {
        let _ = (filter, attributes);
        FilterSupport::No
    }

    /// Whether a scan can leave out fields of structs: it gives every column in the type of its attribute in
    /// the request, which may have fewer fields than the schema says, at any depth.
    fn prunes_fields(&self) -> bool {
        false
    }

    /// Prepares a scan. Called once per scan and run, from the thread that plans the stages.
    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>>;

    /// The kind of table, for EXPLAIN: `csv`, `parquet`, `memory`.
    fn format(&self) -> &str;

    /// Where it comes from, for EXPLAIN: paths, or a description.
    fn location(&self) -> String {
        String::new()
    }
}

/// What a table can do with a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterSupport {
    /// Nothing: the engine filters.
    No,
    /// Skips data that cannot match, but may let other rows through: the engine filters again.
    Prunes,
    /// Gives exactly the matching rows: the engine need not filter.
    Exact,
}

/// What a scan is to give.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// One attribute per column of the table, by which `filters` refer to them. See
    /// [`Table::prunes_fields`] for where their types are not those of the schema.
    pub attributes: Vec<Attribute>,
    /// Columns to give, by position in the table's schema, in this order.
    pub projection: Vec<usize>,
    /// Those of them that may come in codes ([`crate::kernel::codes`]); a table need not.
    pub coded: Vec<usize>,
    /// Filters that the table accepted; all must hold.
    pub filters: Vec<Expr>,
    /// Filters that other parts of the query build while it runs. Those of joins are filled before the scan's
    /// partitions are opened; that of ORDER BY with LIMIT comes in while rows are read.
    pub runtime_filters: Vec<RuntimeFilter>,
    /// A column of the table that rows had better come in the order of, as far as that can be had by reading parts of the
    /// table in another order. Nobody sees the order of rows then.
    pub in_order_of: Option<usize>,
    /// At most so many rows are wanted, from the first partitions; only beside `Exact` filters.
    pub limit: Option<u64>,
    /// Partitions wanted, as a hint: about one to a few per worker.
    pub partitions: usize,
    /// Where the scan counts what EXPLAIN ANALYZE shows of it.
    pub metrics: Arc<ScanMetrics>,
    /// The query.
    pub context: Arc<QueryContext>,
}

/// A filter on one column that is known only when another stage has finished (the keys of a hash join's
/// build side), or that the sink of the same stage narrows while it runs.
#[derive(Debug, Clone)]
pub struct RuntimeFilter {
    /// The column, by position in the table's schema.
    pub column: usize,
    /// Where the finished stage puts it. Empty: no filter came out.
    pub slot: Arc<OnceLock<Arc<dyn RuntimePredicate>>>,
}

/// What a runtime filter knows. Shared by all workers.
pub trait RuntimePredicate: fmt::Debug + Send + Sync {
    /// Smallest and largest value that can match, for pruning by statistics.
    fn bounds(&self) -> Option<(Value, Value)>;

    /// True for values that may match; never false for one that does. NULL never matches. What may match may become
    /// less from call to call.
    fn may_contain(&self, values: &ArrayRef) -> BooleanArray;
}

/// What is known of a table without reading it.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes of the data as stored.
    pub bytes: Option<u64>,
    /// Per column of the schema, empty if nothing is known.
    pub columns: Vec<ColumnStatistics>,
}

/// What is known of a column without reading it.
#[derive(Debug, Clone, Default)]
pub struct ColumnStatistics {
    /// Number of NULLs.
    pub nulls: Option<u64>,
    /// Estimated number of distinct values.
    pub distinct: Option<u64>,
    /// Smallest value, or a lower bound.
    pub minimum: Option<Value>,
    /// Largest value, or an upper bound.
    pub maximum: Option<Value>,
    /// Average bytes of a value in memory.
    pub width: Option<f64>,
}
