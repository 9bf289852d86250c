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
    /// The frame it works over; [`Partitions::frames`] is filled in for [`FrameRule::Any`] only.
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

/// The window partitions of some rows, which are sorted and lie one partition after the other.
pub struct Partitions<'a> {
    /// Rows of every partition within the argument arrays; together all of them.
    pub ranges: &'a [Range<usize>],
    /// First rows of the peer groups (equal sort keys), ascending; every partition begins one. Without
    /// ORDER BY all rows of a partition are peers. Empty for functions that do not ask for them.
    pub peer_starts: &'a [usize],
    /// The frame of each row, relative to the arrays; only for functions that use frames. An empty frame is
    /// any empty range.
    pub frames: &'a [Range<usize>],
    /// IGNORE NULLS.
    pub ignore_nulls: bool,
}

/// One window partition.
pub struct PartitionView<'a> {
    /// Its rows within the argument arrays.
    pub rows: Range<usize>,
    /// First rows of its peer groups; the first is `rows.start`.
    pub peer_starts: &'a [usize],
    /// The frames of its rows.
    pub frames: &'a [Range<usize>],
}

impl<'a> Partitions<'a> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.ranges.last().map_or(0, |rows| rows.end)
    }

    /// The partitions one by one.
    pub fn iter(&self) -> impl Iterator<Item = PartitionView<'a>> {
        let mut peers = self.peer_starts;
        let frames = self.frames;
        self.ranges.iter().map(move |rows| {
            let count = peers.iter().take_while(|peer| **peer < rows.end).count();
            let (own, others) = peers.split_at(count);
            peers = others;
            PartitionView {
                rows: rows.clone(),
                peer_starts: own,
                frames: frames.get(rows.clone()).unwrap_or_default(),
            }
        })
    }
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
    /// Whether it looks at peer groups.
    fn uses_peers(&self) -> bool {
        false
    }

    /// The values for all rows of some partitions. Called by any worker, many at once, each with partitions of
    /// its own.
    fn eval(&self, arguments: &[Column], partitions: &Partitions) -> Result<ArrayRef>;
}

impl fmt::Debug for dyn WindowKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WindowKernel")
    }
}
