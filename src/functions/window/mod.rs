//! Window functions that are no aggregates: ranks, offsets, distributions.

mod function;

pub use function::{PartitionView, WindowFunction, WindowKernel};

/// All window functions, one slice a family.
pub static FAMILIES: &[&[WindowFunction]] = &[];
