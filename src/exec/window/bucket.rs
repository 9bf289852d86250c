//! Evaluates the calls over the rows of one bucket.

use super::aggregate;
use super::frame::{FrameContext, FramePlan};
use crate::error::Result;
use crate::exec::sort::{Encoded, Run, SortKeys, gather};
use crate::expr::Evaluator;
use crate::functions::aggregate::AggregateKernel;
use crate::functions::scalar::EvalContext;
use crate::functions::window::{PartitionView, WindowKernel};
use crate::kernel::Column;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use std::ops::Range;
use std::sync::Arc;

/// A planned window node.
pub(in crate::exec) struct WindowPlan {
    /// PARTITION BY, then ORDER BY.
    pub sort: SortKeys,
    /// PARTITION BY.
    pub partition_by: SortKeys,
    /// ORDER BY.
    pub order_by: SortKeys,
    /// Number of columns of the input.
    pub width: usize,
    /// The columns of the input that go on, by position.
    pub columns: Vec<usize>,
    /// The calls.
    pub calls: Vec<CallPlan>,
    /// Types of the output.
    pub types: Vec<DataType>,
}

/// A planned call.
pub(in crate::exec) enum CallPlan {
    /// A function for windows only.
    Window {
        kernel: Arc<dyn WindowKernel>,
        arguments: Vec<Argument>,
        ignore_nulls: bool,
        /// The frame, if the function looks at it.
        frame: Option<FramePlan>,
        data_type: DataType,
    },
    /// An aggregate over the frame.
    Aggregate {
        kernel: Arc<dyn AggregateKernel>,
        arguments: Vec<Argument>,
        filter: Option<Argument>,
        order_sensitive: bool,
        frame: FramePlan,
    },
}

/// Computes an argument.
pub(in crate::exec) type Argument = Arc<Evaluator>;

/// The sorted rows of a bucket and what is known of them.
pub(super) struct Bucket {
    pub rows: usize,
    /// Window partitions, in order.
    pub partitions: Vec<Range<usize>>,
    /// First rows of the peer groups, in order.
    pub peers: Vec<usize>,
    /// The sort keys.
    pub order: Encoded,
    pub columns: Vec<ArrayRef>,
}

impl WindowPlan {
    /// Number of PARTITION BY keys.
    pub fn partition_width(&self) -> usize {
        self.partition_by.expressions.len()
    }

    /// The PARTITION BY keys of a batch.
    pub fn partition_keys(&self, batch: &Batch, context: &EvalContext) -> Result<Vec<ArrayRef>> {
        self.partition_by
            .expressions
            .eval_arrays(&batch.columns, batch.rows, context)
    }

    /// The rows of a bucket, sorted, with the columns of the calls.
    pub fn evaluate(&self, batches: Vec<Batch>, query: &QueryContext) -> Result<Batch> {
        let context = EvalContext::default();
        let mut run = Run::default();
        for batch in batches {
            run.push(&self.sort, batch, &context, |_| true)?;
        }
        if run.items.is_empty() {
            let columns = self.types.iter().map(new_empty_array).collect();
            return Ok(Batch::new(columns, 0));
        }
        run.sort(query);
        let sorted = gather(&run.batches, &run.items)?;
        drop(run);
        let rows = sorted.rows;
        let keys = self.partition_keys(&sorted, &context)?;
        let by_partition = self.partition_by.encoded(&keys, rows)?;
        let order = self
            .order_by
            .expressions
            .eval_arrays(&sorted.columns, rows, &context)?;
        let order = self.order_by.encoded(&order, rows)?;
        let mut starts = vec![0];
        let mut peers = vec![0];
        for row in 1..rows {
            let is_new = !by_partition.is_equal(row - 1, row);
            if is_new {
                starts.push(row);
            }
            if is_new || !order.is_equal(row - 1, row) {
                peers.push(row);
            }
        }
        let ends = starts.iter().skip(1).copied().chain([rows]);
        let partitions = starts
            .iter()
            .copied()
            .zip(ends)
            .map(|(start, end)| start..end);
        let bucket = Bucket {
            rows,
            partitions: partitions.collect(),
            peers,
            order,
            columns: sorted.columns,
        };
        let mut columns: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|c| bucket.columns[*c].clone())
            .collect();
        for call in &self.calls {
            columns.push(self.call(call, &bucket, &context)?);
        }
        Ok(Batch::new(columns, rows))
    }

    fn call(&self, call: &CallPlan, bucket: &Bucket, context: &EvalContext) -> Result<ArrayRef> {
        let eval = |argument: &Argument| argument.eval(&bucket.columns, bucket.rows, context);
        match call {
            CallPlan::Window {
                kernel,
                arguments,
                ignore_nulls,
                frame,
                data_type,
            } => {
                let arguments: Vec<Column> = arguments.iter().map(eval).collect::<Result<_>>()?;
                let frames = match frame {
                    Some(frame) => Some(FrameContext::new(frame, bucket, &self.order_by, context)?),
                    None => None,
                };
                let mut parts = Vec::with_capacity(bucket.partitions.len());
                let mut next_peer = 0;
                for rows in &bucket.partitions {
                    let first = next_peer;
                    while bucket
                        .peers
                        .get(next_peer)
                        .is_some_and(|peer| *peer < rows.end)
                    {
                        next_peer += 1;
                    }
                    let of_rows = match &frames {
                        Some(frames) => frames.of_partition(rows, &bucket.peers[first..next_peer]),
                        None => Vec::new(),
                    };
                    let view = PartitionView {
                        rows: rows.clone(),
                        peer_starts: &bucket.peers[first..next_peer],
                        frames: &of_rows,
                        ignore_nulls: *ignore_nulls,
                    };
                    parts.push(kernel.eval(&arguments, &view)?);
                }
                match parts.as_slice() {
                    [] => Ok(new_empty_array(data_type)),
                    [only] => Ok(only.clone()),
                    parts => {
                        let parts: Vec<&dyn Array> = parts.iter().map(|p| p.as_ref()).collect();
                        Ok(concat(&parts)?)
                    }
                }
            }
            CallPlan::Aggregate {
                kernel,
                arguments,
                filter,
                order_sensitive,
                frame,
            } => {
                let arguments: Vec<Column> = arguments.iter().map(eval).collect::<Result<_>>()?;
                let filter = filter.as_ref().map(eval).transpose()?;
                let frames = FrameContext::new(frame, bucket, &self.order_by, context)?;
                let input = aggregate::Input {
                    kernel: kernel.as_ref(),
                    arguments,
                    filter,
                    order_sensitive: *order_sensitive,
                };
                input.evaluate(bucket, &frames)
            }
        }
    }
}
