//! What an aggregate function is.

use super::Frames;
use crate::error::{Error, Result};
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
    /// Whether `WITHIN GROUP (ORDER BY ..)` may or must follow a call.
    pub within_group: WithinGroup,
    /// Whether `IGNORE NULLS` may follow a call. The analyzer appends it as a further argument, the
    /// constant `true`, which `display` leaves out.
    pub allows_ignore_nulls: bool,
    /// Whether a window may be ordered or framed (`median(x) OVER (ORDER BY y)` is an error).
    pub allows_window_frame: bool,
    /// Settles the types.
    pub bind: BindAggregate,
}

impl AggregateFunction {
    /// What most aggregates have in common; entries override the rest with `..AggregateFunction::BASE`.
    pub(super) const BASE: AggregateFunction = AggregateFunction {
        name: "",
        aliases: &[],
        doc: Doc {
            usage: "",
            examples: &[],
            group: "agg_funcs",
            since: "1.0.0",
        },
        arity: Arity::Exact(1),
        display: Display::Call,
        parameters: &[],
        order_sensitive: false,
        ignores_duplicates: false,
        empty: EmptyResult::Null,
        within_group: WithinGroup::Forbidden,
        allows_ignore_nulls: false,
        allows_window_frame: true,
        bind: |context, _| Err(Error::internal(format!("{} has no bind", context.name))),
    };
}

/// Whether `WITHIN GROUP (ORDER BY ..)` goes with an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithinGroup {
    /// It is an error.
    Forbidden,
    /// It may be there (`listagg`, `mode`).
    Optional,
    /// It must be there (`percentile_cont`).
    Required,
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

/// Settles the types of a call. The keys of WITHIN GROUP arrive as further arguments behind the plain ones,
/// with their direction in [`BoundArgument::order`]; they are not printed by
/// [`AggregateFunction::display`] but by the analyzer, as `.. WITHIN GROUP (ORDER BY v DESC)`.
pub type BindAggregate =
    fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn AggregateKernel>>>;

/// A bound aggregate function: makes accumulators. Shared by all workers.
pub trait AggregateKernel: Send + Sync {
    /// The types of the columns of [`Accumulator::states`].
    fn state_types(&self) -> Vec<DataType>;

    /// An accumulator without groups. Called once per worker and hash table.
    fn new_accumulator(&self) -> Box<dyn Accumulator>;

    /// Whether states are as large as the rows they come from, so that workers save nothing by aggregating first
    /// (exact percentiles). Asked once per aggregation.
    fn keeps_rows(&self) -> bool {
        false
    }
}

impl fmt::Debug for dyn AggregateKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AggregateKernel")
    }
}

/// The running state of all groups of one aggregate call. Owned by one worker at a time; groups are
/// numbered densely from 0.
pub trait Accumulator: Send {
    /// Makes room for `groups` groups, never fewer than before; new ones start empty. Before every update
    /// or merge that names new groups. An accumulator of exactly one group (an aggregate without GROUP BY,
    /// a window frame) takes faster loops that do not read `group_of_row`.
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

    /// Makes a group of every row, in place of those that were there: it holds the rows of that row's frame, as
    /// if they had been added in order. The results are then those of [`Accumulator::finish`]. False, and
    /// nothing is done, if it cannot do that faster than by updates. Windows ask.
    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let _ = (arguments, filter, frames);
        Ok(false)
    }

    /// The results of a range of groups. Does not change the state: windows call it as frames grow.
    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef>;

    /// Sets all groups back to empty and drops what they held; their number stays. Windows use it between
    /// frames.
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
