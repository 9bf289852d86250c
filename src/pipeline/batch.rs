//! A batch of rows.

use crate::kernel::codes::as_coded;
use arrow::array::{Array, ArrayRef};

/// Rows of a stage: one array per column, in the encoding of [`crate::types::arrow_type`], or in codes over such an array
/// ([`crate::kernel::codes`]) between operators that have agreed on it. Unlike Arrow's `RecordBatch` it carries no schema
/// and checks nothing: types were settled by the planner.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The columns, each of `rows` values.
    pub columns: Vec<ArrayRef>,
    /// Number of rows; counts even where there are no columns.
    pub rows: usize,
}

impl Batch {
    /// A batch of these columns.
    pub fn new(columns: Vec<ArrayRef>, rows: usize) -> Batch {
        debug_assert!(columns.iter().all(|column| column.len() == rows));
        Batch { columns, rows }
    }

    /// Rows `offset..offset + rows`, without copying.
    pub fn slice(&self, offset: usize, rows: usize) -> Batch {
        let columns = self.columns.iter().map(|column| column.slice(offset, rows));
        Batch {
            columns: columns.collect(),
            rows,
        }
    }

    /// Bytes of memory that its buffers hold; of columns in codes, without the dictionaries.
    pub fn bytes(&self) -> usize {
        let bytes = self.columns.iter().map(|column| match as_coded(column) {
            Some(coded) => coded.keys().get_array_memory_size(),
            None => column.get_array_memory_size(),
        });
        bytes.sum()
    }
}
