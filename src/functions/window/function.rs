//! What a window function is.

use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, Display};
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
    /// How a call is printed, without its OVER clause.
    pub display: Display,
    /// Parameter names, for calls with named arguments.
    pub parameters: &'static [&'static str],
    /// The frame it works over; [`PartitionView::frames`] is filled in for [`FrameRule::Any`] only.
    pub frame: FrameRule,
    /// Whether the window must have an ORDER BY.
    pub requires_order: bool,
    /// Whether IGNORE NULLS is allowed.
    pub allows_ignore_nulls: bool,
    /// Settles the types.
    pub bind: BindWindow,
}

/// Settles the types of a call. Called by the analyzer, once a call, from the thread that plans.
pub type BindWindow = fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn WindowKernel>>>;

/// Which frame a window function has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameRule {
    /// The one that is written, or the default one (`nth_value`).
    Any,
    /// `ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW` and no other: ranks.
    Rows,
    /// `RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW` and no other: `cume_dist`.
    Range,
    /// The one row that lies `offset` (the second argument, 1 if missing) times this sign behind the current
    /// row: Spark prints `ROWS BETWEEN -1 FOLLOWING AND -1 FOLLOWING` for `lag(a)`. None may be written.
    Offset(i8),
}

impl WindowFunction {
    /// What most window functions have in common, for entries written with `..WindowFunction::BASE`.
    pub(super) const BASE: WindowFunction = WindowFunction {
        name: "",
        aliases: &[],
        doc: Doc {
            usage: "",
            examples: &[],
            group: "window_funcs",
            since: "2.0.0",
        },
        arity: Arity::Exact(0),
        display: Display::Call,
        parameters: &[],
        frame: FrameRule::Rows,
        requires_order: true,
        allows_ignore_nulls: false,
        bind: |context, _| Err(Error::internal(format!("{} has no bind", context.name))),
    };
}

/// One window partition: its rows are sorted and contiguous in the arrays.
pub struct PartitionView<'a> {
    /// Rows of the partition within the argument arrays.
    pub rows: Range<usize>,
    /// First rows of the peer groups (equal sort keys), ascending, within `rows`; the first is
    /// `rows.start`. Without ORDER BY all rows are peers.
    pub peer_starts: &'a [usize],
    /// The frame of each row of the partition, relative to the arrays; only for functions that use frames.
    /// An empty frame is any empty range.
    pub frames: &'a [Range<usize>],
    /// IGNORE NULLS.
    pub ignore_nulls: bool,
}

impl PartitionView<'_> {
    /// The peer groups as ranges of rows.
    pub fn peer_groups(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = (self.peer_starts.iter().skip(1).copied()).chain([self.rows.end]);
        self.peer_starts
            .iter()
            .zip(ends)
            .map(|(start, end)| *start..end)
    }
}

/// A bound window function. Shared by all workers.
pub trait WindowKernel: Send + Sync {
    /// The values for all rows of one partition. Called by any worker, once a partition.
    fn eval(&self, arguments: &[Column], partition: &PartitionView) -> Result<ArrayRef>;
}

/// A plain closure is a kernel.
impl<F> WindowKernel for F
where
    F: Fn(&[Column], &PartitionView) -> Result<ArrayRef> + Send + Sync,
{
    fn eval(&self, arguments: &[Column], partition: &PartitionView) -> Result<ArrayRef> {
        self(arguments, partition)
    }
}

impl fmt::Debug for dyn WindowKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WindowKernel")
    }
}
