//! What a window function is.

use crate::error::Result;
use crate::functions::scalar::Arity;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use arrow::array::ArrayRef;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// An entry of the registry.
#[derive(Debug)]
pub struct WindowFunction {
    /// Spark's name, lower case.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Documentation.
    pub doc: Doc,
    /// How many arguments.
    pub arity: Arity,
    /// Whether it works over the frame (`nth_value`) or ignores it (`rank`, `lag`).
    pub uses_frame: bool,
    /// Whether IGNORE NULLS is allowed.
    pub allows_ignore_nulls: bool,
    /// Settles the types.
    pub bind: fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn WindowKernel>>>,
}

/// One window partition: its rows are sorted and contiguous in the arrays.
pub struct PartitionView<'a> {
    /// Rows of the partition within the argument arrays.
    pub rows: Range<usize>,
    /// First rows of the peer groups (equal sort keys), ascending, within `rows`.
    pub peer_starts: &'a [usize],
    /// The frame of each row, relative to the arrays; only for functions that use frames.
    pub frames: &'a [Range<usize>],
    /// IGNORE NULLS.
    pub ignore_nulls: bool,
}

/// A bound window function. Shared by all workers.
pub trait WindowKernel: Send + Sync {
    /// The values for all rows of one partition. Called by any worker, once a partition.
    fn eval(&self, arguments: &[Column], partition: &PartitionView) -> Result<ArrayRef>;
}

impl fmt::Debug for dyn WindowKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WindowKernel")
    }
}
