//! Window functions that are no aggregates: ranks, offsets, distributions.
//!
//! The window operator sorts, finds partitions and peer groups, and calls the kernel with many of them at
//! once, as [`Partitions`]; `first_value`, `sum` and other aggregates over windows are not here but in
//! [`super::aggregate`].

mod function;
mod offset;
mod rank;

pub use function::{
    BindWindow, FrameRule, PartitionView, Partitions, WindowFunction, WindowKernel,
};

/// All window functions, one slice a family.
pub static FAMILIES: &[&[WindowFunction]] = &[rank::FUNCTIONS, offset::FUNCTIONS];
