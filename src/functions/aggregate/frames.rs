//! Running and moving values: what the frames of windows hold, row by row.
//!
//! The window operator would add rows to an accumulator of one group and ask it for its result at every row. An
//! accumulator that can does better: in one typed loop it makes a group of every row, whose state is that of the
//! row's frame, and finishes all of them at once.
//!
//! ```text
//!   rows       a   b   c   d            a frame that follows on the one before takes in the rows at
//!   frames     a   ab  abc bcd          its end and lets go of those at its start, if the state can
//!   groups     0   1   2   3            do that without a trace; otherwise it is added up anew
//! ```

use super::sum::{SumState, Sums};
use arrow::buffer::BooleanBuffer;
use std::collections::VecDeque;
use std::ops::Range;

/// The frame of every row of some window partitions.
pub struct Frames<'a> {
    /// By row, as ranges of rows. Empty ranges are empty frames. Those of a partition follow each other
    /// without another partition's between them.
    pub of_row: &'a [Range<usize>],
    /// How a frame differs from the one before it.
    pub kind: FrameKind,
}

/// How frames follow on each other within a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// All begin with the partition's first row.
    Growing,
    /// All end with the partition's last row. Their rows may be added from the last one on.
    Shrinking,
    /// Neither.
    Sliding,
}

/// What is known of a frame while rows come to it and go.
pub(super) trait FrameState {
    /// Whether a row can go without a trace.
    fn can_remove(&self) -> bool;
    /// The frame is empty.
    fn clear(&mut self);
    /// A row comes: behind those that are there, or before them if frames are shrinking.
    fn add(&mut self, row: usize);
    /// The first row goes; only if rows can.
    fn remove(&mut self, row: usize);
    /// The frame is that of this row.
    fn store(&mut self, row: usize);
}

impl Frames<'_> {
    /// Length of the longest frame.
    pub(super) fn longest(&self) -> usize {
        self.of_row.iter().map(Range::len).max().unwrap_or(0)
    }

    /// Brings `state` from frame to frame; only rows in `mask` are added.
    pub(super) fn walk(&self, mask: Option<&BooleanBuffer>, state: &mut impl FrameState) {
        match mask {
            None => self.walk_counted(|_| true, state),
            Some(mask) => self.walk_counted(|row| mask.value(row), state),
        }
    }

    #[inline]
    fn walk_counted(&self, counts: impl Fn(usize) -> bool + Copy, state: &mut impl FrameState) {
        match self.kind {
            FrameKind::Shrinking => self.backward(counts, state),
            FrameKind::Growing | FrameKind::Sliding => self.forward(counts, state),
        }
    }

    #[inline]
    fn forward(&self, counts: impl Fn(usize) -> bool + Copy, state: &mut impl FrameState) {
        let mut current = 0..0;
        state.clear();
        for (row, frame) in self.of_row.iter().enumerate() {
            let overlaps = frame.start < current.end && current.end <= frame.end;
            // Very many, if it begins before the current one.
            let gone = frame.start.wrapping_sub(current.start);
            if !overlaps || (gone > 0 && (!state.can_remove() || gone > frame.len())) {
                state.clear();
                current = frame.start..frame.start;
            } else if gone > 0 {
                for row in current.start..frame.start {
                    if counts(row) {
                        state.remove(row);
                    }
                }
                current.start = frame.start;
            }
            for row in current.end..frame.end {
                if counts(row) {
                    state.add(row);
                }
            }
            current.end = frame.end;
            state.store(row);
        }
    }

    #[inline]
    fn backward(&self, counts: impl Fn(usize) -> bool + Copy, state: &mut impl FrameState) {
        let mut current = 0..0;
        state.clear();
        for (row, frame) in self.of_row.iter().enumerate().rev() {
            if current.is_empty() || frame.end != current.end || frame.start > current.start {
                state.clear();
                current = frame.end..frame.end;
            }
            for row in (frame.start..current.start).rev() {
                if counts(row) {
                    state.add(row);
                }
            }
            current.start = frame.start;
            state.store(row);
        }
    }
}

/// Adds up the values of frames, into a sum and a count a row.
pub(super) struct SumFrames<'a, S, V> {
    value: V,
    can_remove: bool,
    sum: S,
    count: i64,
    overflowed: bool,
    sums: &'a mut Sums<S>,
    counts: &'a mut [i64],
}

impl<'a, S: SumState, V: Fn(usize) -> S> SumFrames<'a, S, V> {
    /// `value` gives the value of a row, `sums` and `counts` have room for all rows. Sums of frames can be taken
    /// apart again if no partial sum can leave its type: `greatest` is how large a value may be.
    pub(super) fn new(
        frames: &Frames,
        greatest: Option<u128>,
        value: V,
        sums: &'a mut Sums<S>,
        counts: &'a mut [i64],
    ) -> Self {
        let fits = |greatest: u128| {
            let bound = greatest.checked_mul(frames.longest() as u128);
            bound.is_some_and(|bound| bound <= S::LIMIT)
        };
        SumFrames {
            value,
            can_remove: frames.kind == FrameKind::Sliding && greatest.is_some_and(fits),
            sum: S::default(),
            count: 0,
            overflowed: false,
            sums,
            counts,
        }
    }
}

impl<S: SumState, V: Fn(usize) -> S> FrameState for SumFrames<'_, S, V> {
    #[inline]
    fn can_remove(&self) -> bool {
        self.can_remove
    }

    #[inline]
    fn clear(&mut self) {
        self.sum = S::default();
        self.count = 0;
        self.overflowed = false;
    }

    #[inline]
    fn add(&mut self, row: usize) {
        self.overflowed |= self.sum.add((self.value)(row));
        self.count += 1;
    }

    #[inline]
    fn remove(&mut self, row: usize) {
        self.sum.subtract((self.value)(row));
        self.count -= 1;
    }

    #[inline]
    fn store(&mut self, row: usize) {
        self.sums.sums[row] = self.sum;
        self.counts[row] = self.count;
        if self.overflowed {
            self.sums.overflowed.insert(row as u32);
        }
    }
}

/// The winner of a frame that has none.
pub(super) const NO_ROW: u32 = u32::MAX;

/// The row of every frame that wins against all others, the one that was added first where several do; `wins(new,
/// old)` says whether a row wins against another.
pub(super) fn winners(
    frames: &Frames,
    mask: Option<&BooleanBuffer>,
    wins: impl Fn(usize, usize) -> bool,
) -> Vec<u32> {
    let mut winners = vec![NO_ROW; frames.of_row.len()];
    if frames.kind == FrameKind::Sliding {
        let heirs = VecDeque::new();
        let winners = &mut winners;
        frames.walk(
            mask,
            &mut Succession {
                wins,
                heirs,
                winners,
            },
        );
    } else {
        let (winner, winners) = (None, &mut winners);
        frames.walk(
            mask,
            &mut Winner {
                wins,
                winner,
                winners,
            },
        );
    }
    winners
}

/// The winner of frames that lose no rows.
struct Winner<'a, W> {
    wins: W,
    winner: Option<usize>,
    winners: &'a mut [u32],
}

impl<W: Fn(usize, usize) -> bool> FrameState for Winner<'_, W> {
    fn can_remove(&self) -> bool {
        false
    }

    #[inline]
    fn clear(&mut self) {
        self.winner = None;
    }

    #[inline]
    fn add(&mut self, row: usize) {
        if self.winner.is_none_or(|winner| (self.wins)(row, winner)) {
            self.winner = Some(row);
        }
    }

    fn remove(&mut self, _: usize) {}

    #[inline]
    fn store(&mut self, row: usize) {
        self.winners[row] = self.winner.map_or(NO_ROW, |winner| winner as u32);
    }
}

/// The winner, and behind it the rows that will take its place as those before them go. A row puts out all that it
/// wins against: they go before it does.
struct Succession<'a, W> {
    wins: W,
    heirs: VecDeque<u32>,
    winners: &'a mut [u32],
}

impl<W: Fn(usize, usize) -> bool> FrameState for Succession<'_, W> {
    fn can_remove(&self) -> bool {
        true
    }

    #[inline]
    fn clear(&mut self) {
        self.heirs.clear();
    }

    #[inline]
    fn add(&mut self, row: usize) {
        while let Some(last) = self.heirs.back()
            && (self.wins)(row, *last as usize)
        {
            self.heirs.pop_back();
        }
        self.heirs.push_back(row as u32);
    }

    #[inline]
    fn remove(&mut self, row: usize) {
        if self.heirs.front() == Some(&(row as u32)) {
            self.heirs.pop_front();
        }
    }

    #[inline]
    fn store(&mut self, row: usize) {
        self.winners[row] = self.heirs.front().copied().unwrap_or(NO_ROW);
    }
}

#[cfg(test)]
mod tests {
    use super::super::AggregateKernel;
    use super::super::tests::{Random, argument, bound, calls};
    use super::*;
    use crate::error::Result;
    use crate::kernel::Column;
    use crate::types::{DataType, Value};
    use arrow::array::*;
    use std::sync::Arc;

    /// Frames of partitions of these sizes: `frame(row, partition)`, cut at the partition's ends.
    fn frames(
        sizes: &[usize],
        frame: impl Fn(i64, &Range<i64>) -> Range<i64>,
    ) -> Vec<Range<usize>> {
        let mut frames = Vec::new();
        let mut start = 0;
        for size in sizes {
            let partition = start..start + *size as i64;
            for row in partition.clone() {
                let frame = frame(row, &partition);
                let place = |place: i64| place.clamp(partition.start, partition.end) as usize;
                let (first, end) = (place(frame.start), place(frame.end));
                frames.push(first..end.max(first));
            }
            start = partition.end;
        }
        frames
    }

    fn cases(sizes: &[usize]) -> Vec<(&'static str, FrameKind, Vec<Range<usize>>)> {
        use FrameKind::*;
        let ends: Vec<i64> = (0..).map(|row| (row / 3 + 1) * 3).take(1000).collect();
        vec![
            (
                "to the row",
                Growing,
                frames(sizes, |row, all| all.start..row + 1),
            ),
            (
                "to its peers",
                Growing,
                frames(sizes, |row, all| all.start..ends[row as usize]),
            ),
            (
                "to before it",
                Growing,
                frames(sizes, |row, all| all.start..row - 1),
            ),
            (
                "from the row",
                Shrinking,
                frames(sizes, |row, all| row..all.end),
            ),
            (
                "from behind it",
                Shrinking,
                frames(sizes, |row, all| row + 2..all.end),
            ),
            (
                "from it, in order",
                Sliding,
                frames(sizes, |row, all| row..all.end),
            ),
            (
                "around it",
                Sliding,
                frames(sizes, |row, _| row - 2..row + 2),
            ),
            (
                "behind it",
                Sliding,
                frames(sizes, |row, _| row + 1..row + 4),
            ),
            (
                "far from it",
                Sliding,
                frames(sizes, |row, _| row - 90..row - 60),
            ),
            ("none", Sliding, frames(sizes, |row, _| row + 2..row - 1)),
            (
                "back and forth",
                Sliding,
                frames(sizes, |row, all| {
                    let first = all.start + (row * 7) % 5;
                    first..first + (row * 3) % 8
                }),
            ),
        ]
    }

    /// Every frame by an accumulator of its own, row by row.
    fn naive(
        kernel: &dyn AggregateKernel,
        arguments: &[ArrayRef],
        filter: &BooleanArray,
        frames: &Frames,
    ) -> Result<Vec<ArrayRef>> {
        let value = |frame: &Range<usize>| {
            let mut state = kernel.new_accumulator();
            state.resize(1);
            let mut add = |row: usize| {
                let slice = |array: &ArrayRef| Column::Array(array.slice(row, 1));
                let arguments: Vec<Column> = arguments.iter().map(slice).collect();
                state.update(&arguments, &[0], Some(&filter.slice(row, 1)))
            };
            match frames.kind {
                FrameKind::Shrinking => frame.clone().rev().try_for_each(&mut add)?,
                _ => frame.clone().try_for_each(&mut add)?,
            }
            state.finish(0..1)
        };
        frames.of_row.iter().map(value).collect()
    }

    fn scanned(
        kernel: &dyn AggregateKernel,
        arguments: &[ArrayRef],
        filter: &BooleanArray,
        frames: &Frames,
    ) -> Result<Option<ArrayRef>> {
        let columns: Vec<Column> = arguments.iter().cloned().map(Column::Array).collect();
        let mut state = kernel.new_accumulator();
        match state.scan(&columns, Some(filter), frames)? {
            true => state.finish(0..frames.of_row.len()).map(Some),
            false => Ok(None),
        }
    }

    /// Doubles by their bits, but for those of NaN.
    fn assert_equal(what: &str, scanned: &ArrayRef, expected: &[ArrayRef]) {
        let expected: Vec<&dyn Array> = expected.iter().map(|array| array.as_ref()).collect();
        let expected = arrow::compute::concat(&expected).unwrap();
        match scanned.as_primitive_opt::<arrow::datatypes::Float64Type>() {
            None => assert_eq!(scanned, &expected, "{what}"),
            Some(scanned) => {
                let bits = |value: Option<f64>| match value {
                    Some(value) if value.is_nan() => Some(f64::NAN.to_bits()),
                    value => value.map(f64::to_bits),
                };
                let expected = expected.as_primitive::<arrow::datatypes::Float64Type>();
                let scanned: Vec<_> = scanned.iter().map(bits).collect();
                let expected: Vec<_> = expected.iter().map(bits).collect();
                assert_eq!(scanned, expected, "{what}");
            }
        }
    }

    #[test]
    fn scans_give_what_updates_give() {
        let sizes = [1, 17, 2, 40, 0, 9];
        let rows = sizes.iter().sum();
        let mut random = Random(77);
        let mut count = 0;
        for (name, call) in calls() {
            let kernel = bound(name, &call).kernel;
            let arguments: Vec<ArrayRef> = call
                .iter()
                .map(|c| argument(c, rows, &mut random))
                .collect();
            let filter: BooleanArray = (0..rows)
                .map(|_| (random.next(9) != 0).then(|| random.next(6) != 0))
                .collect();
            let all = BooleanArray::from(vec![true; rows]);
            // Those that mind the order are not asked to walk backwards.
            let minds_order = ["first", "last", "any_value"].contains(&name);
            let cases = cases(&sizes).into_iter();
            for (what, kind, of_row) in
                cases.filter(|case| !minds_order || case.1 != FrameKind::Shrinking)
            {
                let frames = Frames {
                    of_row: &of_row,
                    kind,
                };
                for filter in [&filter, &all] {
                    let Some(result) = scanned(&*kernel, &arguments, filter, &frames).unwrap()
                    else {
                        continue;
                    };
                    let expected = naive(&*kernel, &arguments, filter, &frames).unwrap();
                    assert_equal(&format!("{name} {call:?} {what}"), &result, &expected);
                    count += 1;
                }
            }
        }
        assert!(count > 1000);
    }

    #[test]
    fn doubles_are_rounded_anew_in_every_frame() {
        let values: Vec<Option<f64>> = (0..200)
            .map(|i| match i % 23 {
                0 => None,
                1 => Some(f64::NAN),
                2 => Some(-0.0),
                3 => Some(1e300),
                4 => Some(-1e300),
                5 => Some(f64::INFINITY),
                n => Some(f64::from(i) * 0.1 + f64::from(n)),
            })
            .collect();
        let values: ArrayRef = Arc::new(Float64Array::from(values));
        let filter = BooleanArray::from(vec![true; 200]);
        for name in ["sum", "avg", "min", "max"] {
            let kernel = bound(name, &[(DataType::Double, None)]).kernel;
            for (what, kind, of_row) in cases(&[60, 140]) {
                let frames = Frames {
                    of_row: &of_row,
                    kind,
                };
                let arguments = std::slice::from_ref(&values);
                let result = scanned(&*kernel, arguments, &filter, &frames)
                    .unwrap()
                    .unwrap();
                let expected = naive(&*kernel, arguments, &filter, &frames).unwrap();
                assert_equal(&format!("{name} {what}"), &result, &expected);
            }
        }
    }

    /// Sums that leave their type on the way fail, or are NULL, though they come back into it.
    #[test]
    fn overflow_is_that_of_row_by_row() {
        let longs: ArrayRef = Arc::new(Int64Array::from(vec![
            Some(1),
            Some(i64::MAX),
            Some(-5),
            None,
            Some(i64::MIN),
            Some(-1),
            Some(7),
            Some(7),
        ]));
        let wide = 10i128.pow(38) - 1;
        let decimals = Decimal128Array::from(vec![wide, wide, -wide, 3, -wide, 5, -wide, 8]);
        let decimals = decimals.with_precision_and_scale(38, 0).unwrap();
        let decimals: ArrayRef = Arc::new(decimals);
        let cases_of = [
            (DataType::Long, longs),
            (DataType::decimal(38, 0), decimals),
        ];
        let filter = BooleanArray::from(vec![true; 8]);
        let mut failures = 0;
        for (data_type, values) in cases_of {
            for name in ["sum", "try_sum", "avg", "try_avg"] {
                let kernel = bound(name, &[(data_type.clone(), None::<Value>)]).kernel;
                for (what, kind, of_row) in cases(&[5, 3]) {
                    let frames = Frames {
                        of_row: &of_row,
                        kind,
                    };
                    let arguments = std::slice::from_ref(&values);
                    let result = scanned(&*kernel, arguments, &filter, &frames);
                    match naive(&*kernel, arguments, &filter, &frames) {
                        Ok(expected) => {
                            let what = format!("{name} {data_type:?} {what}");
                            assert_equal(&what, &result.unwrap().unwrap(), &expected);
                        }
                        Err(error) => {
                            failures += 1;
                            let result = result.map(|_| ()).unwrap_err();
                            assert_eq!(result.to_string(), error.to_string());
                        }
                    }
                }
            }
        }
        assert!(failures > 0);
    }
}
