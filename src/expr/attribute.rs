//! Columns by identity.

use crate::types::DataType;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The identity of a column, unique within a query.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

impl fmt::Debug for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Hands out column ids; one per query, shared by analyzer and optimizer.
#[derive(Debug, Clone, Default)]
pub struct ColumnIds(Arc<AtomicU32>);

impl ColumnIds {
    /// A fresh id.
    pub fn next(&self) -> ColumnId {
        ColumnId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A column of a plan node's output.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// Its identity.
    pub id: ColumnId,
    /// Its name, for display and for the schema of the result.
    pub name: Arc<str>,
    /// Its type.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
}
