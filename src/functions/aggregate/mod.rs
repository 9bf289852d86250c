//! Aggregate functions: many rows in, one value out.
//!
//! The state of *all* groups lies in one [`Accumulator`]; the same object serves partial and final
//! aggregation, windows and DISTINCT.

mod approx_count_distinct;
mod avg;
mod bitmap;
mod bitwise;
mod boolean;
mod collect;
mod count;
mod count_min_sketch;
mod few_groups;
mod first_last;
mod frames;
mod function;
mod group_doubles;
mod group_lists;
mod histogram;
mod hyperloglog;
mod kernel;
mod key_counts;
mod listagg;
mod max_by;
mod min_max;
mod mode;
mod moments;
mod percentile;
mod percentile_approx;
mod quantile_summary;
mod regression;
mod rows;
mod sum;
mod value_store;

pub use frames::{FrameKind, Frames};
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
    boolean::FUNCTIONS,
    bitwise::FUNCTIONS,
    moments::FUNCTIONS,
    regression::FUNCTIONS,
    regression::COUNT,
    collect::FUNCTIONS,
    mode::FUNCTIONS,
    max_by::FUNCTIONS,
    percentile::FUNCTIONS,
    percentile_approx::FUNCTIONS,
    listagg::FUNCTIONS,
    histogram::FUNCTIONS,
    bitmap::FUNCTIONS,
    approx_count_distinct::FUNCTIONS,
    count_min_sketch::FUNCTIONS,
];

#[cfg(test)]
mod tests;
