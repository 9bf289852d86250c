//! Aggregate functions: many rows in, one value out.
//!
//! The state of *all* groups lies in one [`Accumulator`]; the same object serves partial and final
//! aggregation, windows and DISTINCT.

mod avg;
mod count;
mod first_last;
mod function;
mod kernel;
mod min_max;
mod rows;
mod sum;
mod value_store;

pub use function::{
    Accumulator, AggregateFunction, AggregateKernel, BindAggregate, EmptyResult, WithinGroup,
    value_of_empty,
};

/// All aggregate functions, one slice a family.
pub static FAMILIES: &[&[AggregateFunction]] = &[
    count::FUNCTIONS,
    sum::FUNCTIONS,
    avg::FUNCTIONS,
    min_max::FUNCTIONS,
    first_last::FUNCTIONS,
];

#[cfg(test)]
mod tests;
