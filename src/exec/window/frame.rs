//! Which rows the frame of each row spans.

use super::bucket::{Argument, Bucket};
use crate::error::Result;
use crate::exec::sort::{Encoded, SortKeys};
use crate::expr::FrameUnit;
use crate::functions::scalar::EvalContext;
use std::cmp::Ordering;
use std::ops::Range;

/// A planned frame.
pub(in crate::exec) struct FramePlan {
    /// ROWS or RANGE.
    pub unit: FrameUnit,
    /// Lower bound.
    pub start: FrameEnd,
    /// Upper bound.
    pub end: FrameEnd,
}

impl FramePlan {
    /// Whether every frame is the whole partition where there is no ORDER BY, so that all rows are peers.
    pub fn is_whole_without_order(&self) -> bool {
        let is_whole = |end: &FrameEnd| match end {
            FrameEnd::Unbounded => true,
            FrameEnd::CurrentRow => self.unit == FrameUnit::Range,
            FrameEnd::Rows(_) | FrameEnd::Range(_) => false,
        };
        is_whole(&self.start) && is_whole(&self.end)
    }
}

/// A bound of a frame.
pub(in crate::exec) enum FrameEnd {
    /// The partition's first or last row.
    Unbounded,
    /// The current row, or its peers.
    CurrentRow,
    /// So many rows away.
    Rows(i64),
    /// Where the sort key reaches a value.
    Range(Argument),
}

/// A frame over the rows of a bucket.
pub(super) struct FrameContext<'a> {
    pub plan: &'a FramePlan,
    bucket: &'a Bucket,
    /// The sort keys by row number, if bounds are compared with them.
    keys: Option<Encoded>,
    start: Option<Encoded>,
    end: Option<Encoded>,
}

impl<'a> FrameContext<'a> {
    /// `keys` are the sort keys, by which bounds are encoded too.
    pub fn new(
        plan: &'a FramePlan,
        bucket: &'a Bucket,
        keys: &SortKeys,
        context: &EvalContext,
    ) -> Result<FrameContext<'a>> {
        let bound = |end: &FrameEnd| match end {
            FrameEnd::Range(argument) => {
                let values = argument.eval(&bucket.columns, bucket.rows, context)?;
                let values = values.to_array(bucket.rows);
                keys.encoded(&[values], bucket.rows).map(Some)
            }
            FrameEnd::Unbounded | FrameEnd::CurrentRow | FrameEnd::Rows(_) => Ok(None),
        };
        let (start, end) = (bound(&plan.start)?, bound(&plan.end)?);
        let keys = match start.is_some() || end.is_some() {
            true => Some(keys.encoded(&bucket.values, bucket.rows)?),
            false => None,
        };
        Ok(FrameContext {
            plan,
            bucket,
            keys,
            start,
            end,
        })
    }

    /// The frames of all rows.
    pub fn of_rows(&self) -> Vec<Range<usize>> {
        let mut frames = Vec::with_capacity(self.bucket.rows);
        if let (FrameUnit::Rows, FrameEnd::Unbounded, FrameEnd::CurrentRow) =
            (self.plan.unit, &self.plan.start, &self.plan.end)
        {
            for rows in &self.bucket.partitions {
                frames.extend(rows.clone().map(|row| rows.start..row + 1));
            }
            return frames;
        }
        let mut peers = match self.plan.unit {
            FrameUnit::Range => self.bucket.peers(),
            FrameUnit::Rows => &[],
        };
        for rows in &self.bucket.partitions {
            let count = peers.iter().take_while(|peer| **peer < rows.end).count();
            let (own, others) = peers.split_at(count);
            peers = others;
            self.of_partition(rows, own, &mut frames);
        }
        frames
    }

    fn of_partition(&self, rows: &Range<usize>, peers: &[usize], frames: &mut Vec<Range<usize>>) {
        let mut peer = 0;
        for row in rows.clone() {
            while peers.get(peer + 1).is_some_and(|next| *next <= row) {
                peer += 1;
            }
            let first_peer = peers.get(peer).copied().unwrap_or(rows.start);
            let behind_peers = peers.get(peer + 1).copied().unwrap_or(rows.end);
            let by_range = self.plan.unit == FrameUnit::Range;
            let start = match &self.plan.start {
                FrameEnd::Unbounded => rows.start,
                FrameEnd::CurrentRow if by_range => first_peer,
                FrameEnd::CurrentRow => row,
                FrameEnd::Rows(offset) => moved(row, *offset, rows),
                FrameEnd::Range(_) => self.reach(&self.start, row, rows, false),
            };
            let end = match &self.plan.end {
                FrameEnd::Unbounded => rows.end,
                FrameEnd::CurrentRow if by_range => behind_peers,
                FrameEnd::CurrentRow => row + 1,
                FrameEnd::Rows(offset) => moved(row, offset.saturating_add(1), rows),
                FrameEnd::Range(_) => self.reach(&self.end, row, rows, true),
            };
            frames.push(start..end.max(start));
        }
    }

    /// The first row whose key comes not before the bound of `row`, or behind it.
    fn reach(
        &self,
        bounds: &Option<Encoded>,
        row: usize,
        rows: &Range<usize>,
        behind: bool,
    ) -> usize {
        let (Some(bounds), Some(keys)) = (bounds, &self.keys) else {
            return rows.start;
        };
        let (mut low, mut high) = (rows.start, rows.end);
        while low < high {
            let middle = low + (high - low) / 2;
            let number = self.bucket.order[middle] as usize;
            let before = match keys.compare(number, bounds, row) {
                Ordering::Less => true,
                Ordering::Equal => behind,
                Ordering::Greater => false,
            };
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// A row so many rows away, within `rows.start..=rows.end`.
fn moved(row: usize, offset: i64, rows: &Range<usize>) -> usize {
    let target = (row as i64).saturating_add(offset);
    target.clamp(rows.start as i64, rows.end as i64) as usize
}
