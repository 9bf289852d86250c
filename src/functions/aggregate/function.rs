//! What an aggregate function is.

use crate::error::Result;
use crate::functions::scalar::{Arity, Display};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::{ArrayRef, BooleanArray};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// An entry of the registry.
#[derive(Debug)]
pub struct AggregateFunction {
    /// Spark's name, lower case.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Documentation.
    pub doc: Doc,
    /// How many arguments; `count(*)` arrives as `count(1)`.
    pub arity: Arity,
    /// How a call is printed; DISTINCT, FILTER and the like are added by the analyzer.
    pub display: Display,
    /// Parameter names, for calls with named arguments.
    pub parameters: &'static [&'static str],
    /// Whether the order of its input can change the result (`first`, `collect_list`): then partial
    /// results are merged in partition order.
    pub order_sensitive: bool,
    /// Whether DISTINCT changes nothing (`min`, `max`).
    pub ignores_duplicates: bool,
    /// What it gives for no rows at all: NULL, or 0 for counts.
    pub empty: EmptyResult,
    /// Settles the types.
    pub bind: BindAggregate,
}

/// The result of an aggregate over no rows (what the count bug is about).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyResult {
    /// NULL.
    Null,
    /// 0 (counts).
    Zero,
    /// Something else; compute it.
    Computed,
}

/// Settles the types of a call. An ORDER BY inside the call (WITHIN GROUP, or none) arrives as further
/// arguments behind the plain ones, see [`AggregateKernel::new_accumulator`].
pub type BindAggregate =
    fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn AggregateKernel>>>;

/// A bound aggregate function: makes accumulators. Shared by all workers.
pub trait AggregateKernel: Send + Sync {
    /// The types of the columns of [`Accumulator::states`].
    fn state_types(&self) -> Vec<DataType>;

    /// An accumulator without groups. Called once per worker and hash table.
    fn new_accumulator(&self) -> Box<dyn Accumulator>;
}

impl fmt::Debug for dyn AggregateKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AggregateKernel")
    }
}

/// The running state of all groups of one aggregate call. Owned by one worker at a time; groups are
/// numbered densely from 0.
pub trait Accumulator: Send {
    /// Makes room for `groups` groups; new ones start empty.
    fn resize(&mut self, groups: usize);

    /// Adds rows: row `i` goes to group `group_of_row[i]` unless `filter` is not true there.
    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()>;

    /// Adds states that another accumulator gave out: state row `i` goes to group `group_of_row[i]`.
    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()>;

    /// The states of all groups, one row a group, in the types of [`AggregateKernel::state_types`].
    fn states(&self) -> Result<Vec<ArrayRef>>;

    /// The results of a range of groups. Does not change the state: windows call it as frames grow.
    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef>;

    /// Sets groups back to empty and drops what they held. Windows use it between frames.
    fn reset(&mut self);

    /// Bytes held, roughly.
    fn bytes(&self) -> usize;
}

/// The constant result of an aggregate over no rows, for decorrelated subqueries.
pub fn value_of_empty(kernel: &dyn AggregateKernel) -> Result<ArrayRef> {
    let mut accumulator = kernel.new_accumulator();
    accumulator.resize(1);
    accumulator.finish(0..1)
}
