//! Aggregates over frames.
//!
//! In the order in which they are tried:
//!
//! * the frame is the partition: one grouped aggregation over all partitions;
//! * the accumulator brings its state from frame to frame itself ([`Accumulator::scan`]);
//! * frames grow or shrink: rows are added to one group, which is asked at every row;
//! * frames slide: every frame is a group, which gets its rows, many frames at once.

use super::bucket::Bucket;
use super::frame::{FrameContext, FrameEnd};
use crate::error::{Error, Result};
use crate::expr::FrameUnit;
use crate::functions::aggregate::{Accumulator, AggregateKernel, FrameKind, Frames};
use crate::kernel::Column;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use arrow::compute::{concat, take};
use std::ops::Range;

/// A call with its arguments over a bucket.
pub(super) struct Input<'a> {
    pub kernel: &'a dyn AggregateKernel,
    pub arguments: Vec<Column>,
    pub filter: Option<Column>,
    pub order_sensitive: bool,
}

/// Rows that sliding frames are put together from before they are added up.
const ROWS_AT_ONCE: usize = 16 * 1024;

/// Values by row: rows with equal frames share one.
#[derive(Default)]
struct Values {
    arrays: Vec<ArrayRef>,
    of_row: Vec<u32>,
}

impl Values {
    fn into_array(self) -> Result<ArrayRef> {
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(|a| a.as_ref()).collect();
        let of_row = UInt32Array::from(self.of_row);
        Ok(take(concat(&arrays)?.as_ref(), &of_row, None)?)
    }
}

impl Input<'_> {
    pub fn evaluate(&self, bucket: &Bucket, frames: &FrameContext) -> Result<ArrayRef> {
        let filter = match &self.filter {
            Some(filter) => {
                let array = filter.to_array(bucket.rows);
                let array = array.as_boolean_opt().cloned();
                Some(array.ok_or_else(|| Error::internal("a FILTER that is not boolean"))?)
            }
            None => None,
        };
        let filter = filter.as_ref();
        let is_whole = |end: &FrameEnd| match end {
            FrameEnd::Unbounded => true,
            // Without ORDER BY all rows are peers.
            FrameEnd::CurrentRow => {
                frames.plan.unit == FrameUnit::Range
                    && bucket.peers().len() == bucket.partitions.len()
            }
            FrameEnd::Rows(_) | FrameEnd::Range(_) => false,
        };
        if is_whole(&frames.plan.start) && is_whole(&frames.plan.end) {
            return self.whole(bucket, filter);
        }
        let of_row = frames.of_rows();
        let kind = if matches!(frames.plan.start, FrameEnd::Unbounded) {
            FrameKind::Growing
        } else if matches!(frames.plan.end, FrameEnd::Unbounded) && !self.order_sensitive {
            FrameKind::Shrinking
        } else {
            FrameKind::Sliding
        };
        let frames = Frames {
            of_row: &of_row,
            kind,
        };
        let mut accumulator = self.kernel.new_accumulator();
        if accumulator.scan(&self.arguments, filter, &frames)? {
            return accumulator.finish(0..bucket.rows);
        }
        if kind == FrameKind::Sliding {
            return self.sliding(&of_row, filter);
        }
        accumulator.resize(1);
        let mut values = Values::default();
        for rows in &bucket.partitions {
            let state = accumulator.as_mut();
            match kind {
                FrameKind::Shrinking => {
                    self.shrinking(&of_row[rows.clone()], rows.end, filter, state, &mut values)?;
                }
                FrameKind::Growing | FrameKind::Sliding => {
                    self.growing(&of_row[rows.clone()], filter, state, &mut values)?;
                }
            }
        }
        values.into_array()
    }

    /// One value per partition: a grouped aggregation.
    fn whole(&self, bucket: &Bucket, filter: Option<&BooleanArray>) -> Result<ArrayRef> {
        let mut groups = vec![0u32; bucket.rows];
        for (number, rows) in bucket.partitions.iter().enumerate() {
            groups[rows.clone()].fill(number as u32);
        }
        let mut accumulator = self.kernel.new_accumulator();
        accumulator.resize(bucket.partitions.len());
        accumulator.update(&self.arguments, &groups, filter)?;
        let values = accumulator.finish(0..bucket.partitions.len())?;
        Ok(take(values.as_ref(), &UInt32Array::from(groups), None)?)
    }

    fn add(
        &self,
        rows: Range<usize>,
        filter: Option<&BooleanArray>,
        accumulator: &mut dyn Accumulator,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let slice = |column: &Column| match column {
            Column::Array(array) => Column::Array(array.slice(rows.start, rows.len())),
            Column::Constant(_) => column.clone(),
        };
        let arguments: Vec<Column> = self.arguments.iter().map(slice).collect();
        let filter = filter.map(|filter| filter.slice(rows.start, rows.len()));
        const ZEROS: [u32; 256] = [0; 256];
        let many;
        let groups = match ZEROS.get(..rows.len()) {
            Some(zeros) => zeros,
            None => {
                many = vec![0u32; rows.len()];
                &many
            }
        };
        accumulator.update(&arguments, groups, filter.as_ref())
    }

    /// Frames that begin at the partition's first row.
    fn growing(
        &self,
        frames: &[Range<usize>],
        filter: Option<&BooleanArray>,
        accumulator: &mut dyn Accumulator,
        values: &mut Values,
    ) -> Result<()> {
        accumulator.reset();
        let mut end = frames.first().map_or(0, |frame| frame.start);
        let mut is_known = false;
        for frame in frames {
            if frame.end > end {
                self.add(end..frame.end, filter, accumulator)?;
                end = frame.end;
                is_known = false;
            }
            if !is_known {
                values.arrays.push(accumulator.finish(0..1)?);
                is_known = true;
            }
            values.of_row.push(values.arrays.len() as u32 - 1);
        }
        Ok(())
    }

    /// Frames that end at the partition's last row, walked backwards.
    fn shrinking(
        &self,
        frames: &[Range<usize>],
        end: usize,
        filter: Option<&BooleanArray>,
        accumulator: &mut dyn Accumulator,
        values: &mut Values,
    ) -> Result<()> {
        accumulator.reset();
        let first = values.of_row.len();
        values.of_row.resize(first + frames.len(), 0);
        let mut start = end;
        let mut is_known = false;
        for (row, frame) in frames.iter().enumerate().rev() {
            if frame.start < start {
                self.add(frame.start..start, filter, accumulator)?;
                start = frame.start;
                is_known = false;
            }
            if !is_known {
                values.arrays.push(accumulator.finish(0..1)?);
                is_known = true;
            }
            values.of_row[first + row] = values.arrays.len() as u32 - 1;
        }
        Ok(())
    }

    /// Any frames: the rows of many are put one behind the other, and added as groups.
    fn sliding(&self, frames: &[Range<usize>], filter: Option<&BooleanArray>) -> Result<ArrayRef> {
        let mut values = Vec::new();
        let mut of_row = Vec::with_capacity(frames.len());
        let mut known = 0;
        let (mut rows, mut groups, mut count) = (Vec::new(), Vec::new(), 0u32);
        for (row, frame) in frames.iter().enumerate() {
            if row == 0 || frames[row - 1] != *frame {
                if !rows.is_empty() && rows.len() + frame.len() > ROWS_AT_ONCE {
                    values.push(self.groups(&rows, &groups, count, filter)?);
                    known += count;
                    rows.clear();
                    groups.clear();
                    count = 0;
                }
                rows.extend(frame.clone().map(|row| row as u32));
                groups.resize(rows.len(), count);
                count += 1;
            }
            of_row.push(known + count - 1);
        }
        values.push(self.groups(&rows, &groups, count, filter)?);
        Values {
            arrays: values,
            of_row,
        }
        .into_array()
    }

    /// The values of so many groups of rows.
    fn groups(
        &self,
        rows: &[u32],
        groups: &[u32],
        count: u32,
        filter: Option<&BooleanArray>,
    ) -> Result<ArrayRef> {
        let rows = UInt32Array::from(rows.to_vec());
        let pick = |column: &Column| -> Result<Column> {
            Ok(match column {
                Column::Array(array) => Column::Array(take(array.as_ref(), &rows, None)?),
                Column::Constant(_) => column.clone(),
            })
        };
        let arguments: Vec<Column> = self.arguments.iter().map(pick).collect::<Result<_>>()?;
        let filter = match filter {
            Some(filter) => Some(take(filter, &rows, None)?.as_boolean().clone()),
            None => None,
        };
        let mut accumulator = self.kernel.new_accumulator();
        accumulator.resize(count as usize);
        if !groups.is_empty() {
            accumulator.update(&arguments, groups, filter.as_ref())?;
        }
        accumulator.finish(0..count as usize)
    }
}
