//! Evaluates the calls over the rows of one bucket.

use super::aggregate;
use super::arrange::arrange;
use super::frame::{FrameContext, FrameEnd, FramePlan};
use crate::error::Result;
use crate::exec::operators::concat_batches;
use crate::exec::sort::{RowKeys, SortKeys};
use crate::expr::Evaluator;
use crate::functions::aggregate::AggregateKernel;
use crate::functions::scalar::EvalContext;
use crate::functions::window::{Partitions, WindowKernel};
use crate::kernel::Column;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::{ArrayRef, NullArray, UInt32Array, new_empty_array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// A planned window node.
pub(in crate::exec) struct WindowPlan {
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

impl CallPlan {
    /// The columns that it reads.
    fn inputs(&self) -> impl Iterator<Item = &usize> {
        let (arguments, filter, frame) = match self {
            CallPlan::Window {
                arguments, frame, ..
            } => (arguments, None, frame.as_ref()),
            CallPlan::Aggregate {
                arguments,
                filter,
                frame,
                ..
            } => (arguments, filter.as_ref(), Some(frame)),
        };
        let ends = frame
            .into_iter()
            .flat_map(|frame| [&frame.start, &frame.end]);
        let bounds = ends.filter_map(|end| match end {
            FrameEnd::Range(bound) => Some(bound),
            FrameEnd::Unbounded | FrameEnd::CurrentRow | FrameEnd::Rows(_) => None,
        });
        (arguments.iter().chain(filter).chain(bounds)).flat_map(|argument| argument.inputs())
    }
}

/// Computes an argument.
pub(in crate::exec) type Argument = Arc<Evaluator>;

/// The sorted rows of a bucket and what is known of them.
pub(super) struct Bucket {
    pub rows: usize,
    /// Window partitions, in order.
    pub partitions: Vec<Range<usize>>,
    /// The columns that calls or the output read; others are left out.
    pub columns: Vec<ArrayRef>,
    /// The number of each row before it was sorted.
    pub order: Vec<u32>,
    /// The ORDER BY keys, by row number.
    keys: RowKeys,
    /// Their values, by row number.
    pub values: Vec<ArrayRef>,
    peers: OnceCell<Vec<usize>>,
}

impl Bucket {
    /// First rows of the peer groups, in order.
    pub fn peers(&self) -> &[usize] {
        self.peers.get_or_init(|| {
            let mut peers = Vec::with_capacity(self.partitions.len());
            for rows in &self.partitions {
                peers.push(rows.start);
                let order = &self.order[rows.clone()];
                let is_new = |pair: &[u32]| !self.keys.is_equal(pair[0], pair[1]);
                let pairs = order.windows(2).zip(rows.start + 1..);
                peers.extend(pairs.filter(|(pair, _)| is_new(pair)).map(|(_, row)| row));
            }
            peers
        })
    }
}

impl WindowPlan {
    /// The PARTITION BY keys of a batch.
    pub fn partition_keys(&self, batch: &Batch, context: &EvalContext) -> Result<Vec<ArrayRef>> {
        self.partition_by
            .expressions
            .eval_arrays(&batch.columns, batch.rows, context)
    }

    /// The rows of a bucket, sorted, with the columns of the calls. Partitions are in the order of their keys if
    /// `by_key` says so.
    pub fn evaluate(
        &self,
        batches: Vec<Batch>,
        by_key: bool,
        query: &QueryContext,
    ) -> Result<Batch> {
        let batch = concat_batches(&batches)?;
        drop(batches);
        let rows = batch.rows;
        if rows == 0 {
            let columns = self.types.iter().map(new_empty_array).collect();
            return Ok(Batch::new(columns, 0));
        }
        let arranged = arrange(self, &batch, by_key, query)?;
        let bucket = Bucket {
            rows,
            columns: self.gather(&batch, &arranged.order)?,
            partitions: arranged.partitions,
            order: arranged.order,
            keys: arranged.keys,
            values: arranged.values,
            peers: OnceCell::new(),
        };
        drop(batch);
        let context = EvalContext::default();
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

    /// The columns that are read, in the order of the rows.
    fn gather(&self, batch: &Batch, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let mut is_read = vec![false; self.width];
        for column in (self.columns.iter()).chain(self.calls.iter().flat_map(CallPlan::inputs)) {
            is_read[*column] = true;
        }
        let is_sorted = order.is_sorted();
        let order = match is_sorted {
            true => UInt32Array::new_null(0),
            false => UInt32Array::from(order.to_vec()),
        };
        let column = |(column, is_read): (&ArrayRef, bool)| -> Result<ArrayRef> {
            Ok(match (is_read, is_sorted) {
                (false, _) => Arc::new(NullArray::new(batch.rows)),
                (true, true) => column.clone(),
                (true, false) => take(column.as_ref(), &order, None)?,
            })
        };
        batch.columns.iter().zip(is_read).map(column).collect()
    }

    fn call(&self, call: &CallPlan, bucket: &Bucket, context: &EvalContext) -> Result<ArrayRef> {
        let eval = |argument: &Argument| argument.eval(&bucket.columns, bucket.rows, context);
        match call {
            CallPlan::Window {
                kernel,
                arguments,
                ignore_nulls,
                frame,
            } => {
                let arguments: Vec<Column> = arguments.iter().map(eval).collect::<Result<_>>()?;
                let frames = match frame {
                    Some(frame) => {
                        FrameContext::new(frame, bucket, &self.order_by, context)?.of_rows()
                    }
                    None => Vec::new(),
                };
                let partitions = Partitions {
                    ranges: &bucket.partitions,
                    peer_starts: match kernel.uses_peers() {
                        true => bucket.peers(),
                        false => &[],
                    },
                    frames: &frames,
                    ignore_nulls: *ignore_nulls,
                };
                kernel.eval(&arguments, &partitions)
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
