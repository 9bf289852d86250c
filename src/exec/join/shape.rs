//! What a kind of join means once a side has been chosen to be built.

use crate::plan::logical::LogicalJoinKind;
use crate::plan::unresolved::JoinKind;

/// What the probe gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) enum ProbeRows {
    /// Matching pairs.
    Pairs,
    /// Matching pairs, and probe rows without a match beside NULLs.
    OuterPairs,
    /// Like `OuterPairs`, but more than one match is an error.
    SinglePairs,
    /// Probe rows with a match, once.
    Matching,
    /// Probe rows without a match.
    Lonely,
    /// Like `Lonely`, where a comparison that is NULL counts as a match.
    LonelyNullAware,
    /// Probe rows with a column that says whether they match.
    Marked,
    /// Nothing: only the table's rows matter.
    Nothing,
}

/// Which rows of the table come after the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) enum TableRows {
    /// None.
    Nothing,
    /// Those without a match, beside NULLs for the probe's columns.
    LonelyOuter,
    /// Those with a match.
    Matching,
    /// Those without a match.
    Lonely,
    /// All, with a column that says whether they match.
    Marked,
}

/// A kind of join with its build side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) struct Shape {
    /// The left input is built, the right one probes.
    pub build_left: bool,
    /// What the probe gives.
    pub probe: ProbeRows,
    /// What comes after.
    pub table: TableRows,
}

impl Shape {
    /// The shape of a kind; None if it cannot be built on that side.
    pub fn of(kind: &LogicalJoinKind, build_left: bool) -> Option<Shape> {
        use ProbeRows as P;
        use TableRows as T;
        let (probe, table) = match (kind, build_left) {
            (LogicalJoinKind::Plain(kind), false) => match kind {
                JoinKind::Inner | JoinKind::Cross => (P::Pairs, T::Nothing),
                JoinKind::LeftOuter => (P::OuterPairs, T::Nothing),
                JoinKind::RightOuter => (P::Pairs, T::LonelyOuter),
                JoinKind::FullOuter => (P::OuterPairs, T::LonelyOuter),
                JoinKind::LeftSemi => (P::Matching, T::Nothing),
                JoinKind::LeftAnti => (P::Lonely, T::Nothing),
            },
            (LogicalJoinKind::Plain(kind), true) => match kind {
                JoinKind::Inner | JoinKind::Cross => (P::Pairs, T::Nothing),
                JoinKind::LeftOuter => (P::Pairs, T::LonelyOuter),
                JoinKind::RightOuter => (P::OuterPairs, T::Nothing),
                JoinKind::FullOuter => (P::OuterPairs, T::LonelyOuter),
                JoinKind::LeftSemi => (P::Nothing, T::Matching),
                JoinKind::LeftAnti => (P::Nothing, T::Lonely),
            },
            (LogicalJoinKind::Mark(_), false) => (P::Marked, T::Nothing),
            (LogicalJoinKind::Mark(_), true) => (P::Nothing, T::Marked),
            (LogicalJoinKind::NullAwareAnti, false) => (P::LonelyNullAware, T::Nothing),
            (LogicalJoinKind::Single, false) => (P::SinglePairs, T::Nothing),
            (LogicalJoinKind::NullAwareAnti | LogicalJoinKind::Single, true) => return None,
        };
        Some(Shape {
            build_left,
            probe,
            table,
        })
    }

    /// Whether a probe row without a match is not given out, so that it may be filtered away before.
    pub fn drops_lonely_probe_rows(&self) -> bool {
        match self.probe {
            ProbeRows::Pairs | ProbeRows::Matching | ProbeRows::Nothing => true,
            ProbeRows::OuterPairs
            | ProbeRows::SinglePairs
            | ProbeRows::Lonely
            | ProbeRows::LonelyNullAware
            | ProbeRows::Marked => false,
        }
    }

    /// Whether the table's rows with a match must be known.
    pub fn marks_table(&self) -> bool {
        self.table != TableRows::Nothing
    }
}
