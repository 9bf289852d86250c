//! Aggregate functions: many rows in, one value out.
//!
//! The state of *all* groups lies in one [`Accumulator`]; the same object serves partial and final
//! aggregation, windows and DISTINCT.

mod function;

pub use function::{
    Accumulator, AggregateFunction, AggregateKernel, BindAggregate, EmptyResult, WithinGroup,
    value_of_empty,
};

/// All aggregate functions, one slice a family.
pub static FAMILIES: &[&[AggregateFunction]] = &[];
