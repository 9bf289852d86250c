//! Aggregates over frames.

use super::bucket::Bucket;
use super::frame::{FrameContext, FrameEnd};
use crate::error::{Error, Result};
use crate::expr::FrameUnit;
use crate::functions::aggregate::{Accumulator, AggregateKernel};
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

/// Values by row: rows with equal frames share one.
#[derive(Default)]
struct Values {
    arrays: Vec<ArrayRef>,
    of_row: Vec<u32>,
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
        let is_whole = |end: &FrameEnd| match end {
            FrameEnd::Unbounded => true,
            // Without ORDER BY all rows are peers.
            FrameEnd::CurrentRow => {
                frames.plan.unit == FrameUnit::Range
                    && bucket.peers.len() == bucket.partitions.len()
            }
            FrameEnd::Rows(_) | FrameEnd::Range(_) => false,
        };
        if is_whole(&frames.plan.start) && is_whole(&frames.plan.end) {
            return self.whole(bucket, filter.as_ref());
        }
        let mut values = Values::default();
        let mut next_peer = 0;
        let mut accumulator = self.kernel.new_accumulator();
        accumulator.resize(1);
        for rows in &bucket.partitions {
            let first = next_peer;
            while bucket
                .peers
                .get(next_peer)
                .is_some_and(|peer| *peer < rows.end)
            {
                next_peer += 1;
            }
            let frames_of = frames.of_partition(rows, &bucket.peers[first..next_peer]);
            let grows = matches!(frames.plan.start, FrameEnd::Unbounded);
            let shrinks = matches!(frames.plan.end, FrameEnd::Unbounded) && !self.order_sensitive;
            let state = accumulator.as_mut();
            if grows {
                self.growing(&frames_of, filter.as_ref(), state, &mut values)?;
            } else if shrinks {
                self.shrinking(&frames_of, rows.end, filter.as_ref(), state, &mut values)?;
            } else {
                self.sliding(&frames_of, filter.as_ref(), state, &mut values)?;
            }
        }
        let arrays: Vec<&dyn Array> = values.arrays.iter().map(|a| a.as_ref()).collect();
        Ok(take(
            concat(&arrays)?.as_ref(),
            &UInt32Array::from(values.of_row),
            None,
        )?)
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

    /// Any frames: each computed anew, unless it is the same as the one before.
    fn sliding(
        &self,
        frames: &[Range<usize>],
        filter: Option<&BooleanArray>,
        accumulator: &mut dyn Accumulator,
        values: &mut Values,
    ) -> Result<()> {
        let mut last: Option<&Range<usize>> = None;
        for frame in frames {
            if last != Some(frame) {
                accumulator.reset();
                self.add(frame.clone(), filter, accumulator)?;
                values.arrays.push(accumulator.finish(0..1)?);
                last = Some(frame);
            }
            values.of_row.push(values.arrays.len() as u32 - 1);
        }
        Ok(())
    }
}
