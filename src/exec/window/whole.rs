//! Aggregates over whole partitions, without an order: rows stay where they are.
//!
//! ```text
//!   rows, in equal shares ─► each share: its groups numbered, what adds up in any order added up
//!                         ─► groups of all shares numbered alike, states merged; the rest added up in row order
//!   a batch of the result  =  columns │ the values, taken by the numbers of the rows
//! ```
//!
//! Not for very many partitions, where tables of all of them would be slower than spreading the rows.

use super::bucket::{CallPlan, WindowPlan};
use crate::error::{Error, Result};
use crate::exec::keys::GroupTable;
use crate::functions::aggregate::{Accumulator, AggregateKernel};
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::pipeline::{Batch, BatchReader, Chunk, QueryContext, Reservation, map};
use crate::types::DataType;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use arrow::compute::take;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows whose values are known by the number of their partition.
pub(super) struct Whole {
    plan: Arc<WindowPlan>,
    /// By partition of the source.
    rows: Vec<Mutex<Vec<Numbered>>>,
    /// By call and window partition.
    values: Vec<ArrayRef>,
    /// For the numbers.
    _reservation: Reservation,
}

/// A batch and the window partition of every row.
struct Numbered {
    chunk: Chunk,
    groups: Vec<u32>,
}

/// Rows per partition of the source, at least.
const ROWS: usize = 64 * 1024;
/// Rows per window partition, on average, from which on this is worth while.
const ROWS_PER_GROUP: usize = 8;

/// What one share of the rows comes to.
struct Share {
    table: GroupTable,
    /// By batch.
    groups: Vec<Vec<u32>>,
    /// By call, if it adds up in any order.
    states: Vec<Option<Box<dyn Accumulator>>>,
}

impl WindowPlan {
    /// Whether all calls are aggregates over whole partitions without an order.
    pub fn is_whole(&self) -> bool {
        self.order_by.expressions.is_empty()
            && self.calls.iter().all(|call| match call {
                CallPlan::Aggregate { frame, .. } => frame.is_whole_without_order(),
                CallPlan::Window { .. } => false,
            })
    }
}

/// The values of an aggregate's arguments, and its filter.
fn evaluate(call: &CallPlan, batch: &Batch) -> Result<(Vec<Column>, Option<BooleanArray>)> {
    let CallPlan::Aggregate {
        arguments, filter, ..
    } = call
    else {
        return Err(Error::internal("a window function over whole partitions"));
    };
    let context = EvalContext::default();
    let eval =
        |argument: &super::bucket::Argument| argument.eval(&batch.columns, batch.rows, &context);
    let filter = match filter {
        Some(filter) => {
            let array = eval(filter)?.to_array(batch.rows);
            let array = array.as_boolean_opt().cloned();
            Some(array.ok_or_else(|| Error::internal("a FILTER that is not boolean"))?)
        }
        None => None,
    };
    Ok((arguments.iter().map(eval).collect::<Result<_>>()?, filter))
}

fn kernel(call: &CallPlan) -> Result<&Arc<dyn AggregateKernel>> {
    match call {
        CallPlan::Aggregate { kernel, .. } => Ok(kernel),
        CallPlan::Window { .. } => Err(Error::internal("a window function over whole partitions")),
    }
}

/// Whether parts of the rows can be added up apart: where nothing is rounded, and order does not matter.
fn adds_up_apart(call: &CallPlan) -> bool {
    match call {
        CallPlan::Aggregate {
            kernel,
            order_sensitive,
            ..
        } => {
            let is_exact = |t: &DataType| {
                t.is_integral()
                    || matches!(
                        t,
                        DataType::Boolean
                            | DataType::Decimal { .. }
                            | DataType::Date
                            | DataType::Timestamp
                            | DataType::TimestampNtz
                            | DataType::String
                    )
            };
            !order_sensitive && kernel.state_types().iter().all(is_exact)
        }
        CallPlan::Window { .. } => false,
    }
}

fn in_memory(chunk: &Chunk) -> Result<&Batch> {
    match chunk {
        Chunk::Memory(batch, _) => Ok(batch),
        Chunk::Disk(_) => Err(Error::internal("rows of a window are not in memory")),
    }
}

impl Whole {
    /// The values of all rows; the rows back if they have too many partitions, or memory is refused.
    pub fn new(
        plan: &Arc<WindowPlan>,
        chunks: Vec<Chunk>,
        query: &Arc<QueryContext>,
    ) -> Result<std::result::Result<Whole, Vec<Chunk>>> {
        let rows: usize = chunks.iter().map(Chunk::rows).sum();
        let mut reservation = Reservation::new(query);
        if !reservation.try_grow(rows * size_of::<u32>()) {
            return Ok(Err(chunks));
        }
        let shares = map(query, shares(&chunks, query.threads), |chunks| {
            Share::new(plan, chunks)
        })?;
        let Some(shares) = shares.into_iter().collect::<Option<Vec<Share>>>() else {
            return Ok(Err(chunks));
        };
        let (groups, states, count) = merged(shares, query)?;
        let calls: Vec<(&CallPlan, _)> = plan.calls.iter().zip(states).collect();
        let values = map(query, calls, |(call, state)| {
            let state = match state {
                Some(state) => state,
                None => {
                    let mut state = kernel(call)?.new_accumulator();
                    state.resize(count);
                    for (chunk, groups) in chunks.iter().zip(&groups) {
                        let (arguments, filter) = evaluate(call, in_memory(chunk)?)?;
                        state.update(&arguments, groups, filter.as_ref())?;
                    }
                    state
                }
            };
            state.finish(0..count)
        })?;
        let mut parts = Vec::new();
        let (mut part, mut rows) = (Vec::new(), 0);
        for (chunk, groups) in chunks.into_iter().zip(groups) {
            rows += groups.len();
            part.push(Numbered { chunk, groups });
            if rows >= ROWS {
                parts.push(Mutex::new(std::mem::take(&mut part)));
                rows = 0;
            }
        }
        parts.push(Mutex::new(part));
        Ok(Ok(Whole {
            plan: plan.clone(),
            rows: parts,
            values,
            _reservation: reservation,
        }))
    }

    /// How many partitions there are to read.
    pub fn partitions(&self) -> usize {
        self.rows.len()
    }

    /// Reads a partition, once.
    pub fn open(self: &Arc<Self>, partition: usize) -> WholeReader {
        let rows = self.rows.get(partition).map(|rows| {
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *rows)
        });
        WholeReader {
            whole: self.clone(),
            rows: rows.unwrap_or_default().into_iter(),
        }
    }
}

/// Runs of chunks, of about as many rows each.
fn shares(chunks: &[Chunk], count: usize) -> Vec<&[Chunk]> {
    let rows: usize = chunks.iter().map(Chunk::rows).sum();
    let count = count.clamp(1, rows.div_ceil(ROWS).max(1));
    let mut shares = Vec::with_capacity(count);
    let (mut first, mut passed) = (0, 0);
    for (number, chunk) in chunks.iter().enumerate() {
        passed += chunk.rows();
        if passed * count >= rows * (shares.len() + 1) {
            shares.push(&chunks[first..=number]);
            first = number + 1;
        }
    }
    shares
}

impl Share {
    /// None if there are too many partitions.
    fn new(plan: &WindowPlan, chunks: &[Chunk]) -> Result<Option<Share>> {
        let context = EvalContext::default();
        let rows: usize = chunks.iter().map(Chunk::rows).sum();
        let state = |call: &CallPlan| -> Result<Option<Box<dyn Accumulator>>> {
            Ok(match adds_up_apart(call) {
                true => Some(kernel(call)?.new_accumulator()),
                false => None,
            })
        };
        let mut states = plan.calls.iter().map(state).collect::<Result<Vec<_>>>()?;
        let mut table: Option<GroupTable> = None;
        let mut groups = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let batch = in_memory(chunk)?;
            let keys = plan.partition_keys(batch, &context)?;
            let table = table.get_or_insert_with(|| {
                GroupTable::new(keys.iter().map(|key| key.data_type().clone()).collect())
            });
            let mut numbers = Vec::with_capacity(batch.rows);
            table.assign(&keys, batch.rows, &mut numbers)?;
            if table.len() > rows / ROWS_PER_GROUP {
                return Ok(None);
            }
            for (call, state) in plan.calls.iter().zip(&mut states) {
                if let Some(state) = state {
                    let (arguments, filter) = evaluate(call, batch)?;
                    state.resize(table.len());
                    state.update(&arguments, &numbers, filter.as_ref())?;
                }
            }
            groups.push(numbers);
        }
        Ok(table.map(|table| Share {
            table,
            groups,
            states,
        }))
    }
}

type Merged = (Vec<Vec<u32>>, Vec<Option<Box<dyn Accumulator>>>, usize);

/// The numbers of all rows, the states of all partitions, and how many there are.
fn merged(shares: Vec<Share>, query: &QueryContext) -> Result<Merged> {
    let mut shares = shares.into_iter();
    let Some(first) = shares.next() else {
        return Ok((Vec::new(), Vec::new(), 0));
    };
    let (mut table, mut states, mut groups) = (first.table, first.states, first.groups);
    let mut others = Vec::new();
    for share in shares {
        let mut numbers = Vec::new();
        table.assign(&share.table.keys()?, share.table.len(), &mut numbers)?;
        for (state, other) in states.iter_mut().zip(&share.states) {
            if let (Some(state), Some(other)) = (state, other) {
                state.resize(table.len());
                state.merge(&other.states()?, &numbers)?;
            }
        }
        others.push((share.groups, numbers));
    }
    let renumbered = map(query, others, |(mut groups, numbers)| {
        for group in groups.iter_mut().flatten() {
            *group = numbers[*group as usize];
        }
        Ok(groups)
    })?;
    groups.extend(renumbered.into_iter().flatten());
    Ok((groups, states, table.len()))
}

/// Reads batches as they came, with the values of their rows.
pub(super) struct WholeReader {
    whole: Arc<Whole>,
    rows: std::vec::IntoIter<Numbered>,
}

impl BatchReader for WholeReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        let Some(Numbered { chunk, groups }) = self.rows.next() else {
            return Ok(None);
        };
        let batch = chunk.into_batch()?;
        let mut columns: Vec<ArrayRef> = (self.whole.plan.columns.iter())
            .map(|column| batch.columns[*column].clone())
            .collect();
        let groups = UInt32Array::from(groups);
        for values in &self.whole.values {
            columns.push(take(values.as_ref(), &groups, None)?);
        }
        Ok(Some(Batch::new(columns, batch.rows)))
    }
}
