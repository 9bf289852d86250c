//! One worker's part of an aggregation.

use super::HashAggregate;
use crate::error::{Error, Result};
use crate::exec::keys::{GroupTable, PARTITIONS, RadixBuffer, RadixKeys};
use crate::expr::Projector;
use crate::functions::aggregate::Accumulator;
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::pipeline::{Batch, Flow, Reservation, SinkLocal, SpillFile, TaskContext};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{filter, prep_null_mask_filter};
use std::sync::Arc;

/// Groups that a worker keeps before it hands them over: their table stays within a few megabytes.
const MOST_GROUPS: usize = 128 * 1024;

/// One worker's groups.
pub(super) struct HashAggregateLocal {
    plan: Arc<HashAggregate>,
    projector: Projector,
    context: EvalContext,
    pub table: GroupTable,
    /// Of the plain calls.
    pub accumulators: Vec<Box<dyn Accumulator>>,
    /// Per family, the distinct keys and arguments.
    pub distinct: Vec<GroupTable>,
    /// What was handed over: keys and states.
    pub states: RadixBuffer,
    /// Keys, arguments and filters as they came, once aggregating them here has proved useless.
    pub rows: RadixBuffer,
    /// Per family, keys and arguments.
    pub pairs: Vec<RadixBuffer>,
    gave_up: bool,
    rows_in_table: usize,
    groups: Vec<u32>,
    /// For the tables.
    reservation: Reservation,
}

impl HashAggregateLocal {
    pub fn new(plan: &Arc<HashAggregate>, task: &TaskContext, file: &Arc<SpillFile>) -> Self {
        let buffer = |columns: usize| {
            let keys = RadixKeys::new((0..columns).collect(), PARTITIONS);
            RadixBuffer::new(keys, file, &task.query)
        };
        HashAggregateLocal {
            projector: plan.input.for_partition(task.partition),
            context: EvalContext {
                partition: task.partition,
                ..EvalContext::default()
            },
            table: GroupTable::new(plan.key_types.clone()),
            accumulators: plan.plain_accumulators(),
            distinct: plan.pair_tables(),
            states: buffer(plan.keys()),
            rows: buffer(plan.keys()),
            pairs: (plan.families.iter())
                .map(|family| buffer(plan.pair_keys(family)))
                .collect(),
            gave_up: false,
            rows_in_table: 0,
            groups: Vec::new(),
            reservation: Reservation::new(&task.query),
            plan: plan.clone(),
        }
    }

    /// Whether nothing was handed over yet.
    pub fn is_whole(&self) -> bool {
        self.states.is_empty() && self.rows.is_empty() && self.pairs.iter().all(|p| p.is_empty())
    }

    /// Number of groups in its tables.
    pub fn group_count(&self) -> usize {
        let distinct = self.distinct.iter().map(GroupTable::len);
        self.table.len() + distinct.sum::<usize>()
    }

    /// Adds rows to the tables.
    fn aggregate(&mut self, values: &[Column], rows: usize) -> Result<()> {
        let keys = self.plan.keys();
        let key_arrays: Vec<ArrayRef> = values[..keys].iter().map(|v| v.to_array(rows)).collect();
        if self.plan.needs_plain_table() {
            self.table.assign(&key_arrays, rows, &mut self.groups)?;
            let groups = self.table.len();
            for (call, accumulator) in self.plan.plain_calls().zip(&mut self.accumulators) {
                let mask = call.filter.map(|f| boolean(&values[f], rows)).transpose()?;
                accumulator.resize(groups);
                let arguments = &values[call.arguments.clone()];
                accumulator.update(arguments, &self.groups, mask.as_ref())?;
            }
        }
        for (family, table) in self.plan.families.iter().zip(&mut self.distinct) {
            let arguments = values[family.arguments.clone()]
                .iter()
                .map(|v| v.to_array(rows));
            let mut columns: Vec<ArrayRef> = key_arrays.iter().cloned().chain(arguments).collect();
            let mut kept = rows;
            if let Some(position) = family.filter {
                let mut mask = boolean(&values[position], rows)?;
                if mask.null_count() > 0 {
                    mask = prep_null_mask_filter(&mask);
                }
                kept = mask.true_count();
                for column in &mut columns {
                    *column = filter(column.as_ref(), &mask)?;
                }
            }
            if kept > 0 {
                table.assign(&columns, kept, &mut self.groups)?;
            }
        }
        self.rows_in_table += rows;
        Ok(())
    }

    /// Hands all groups over and starts afresh.
    pub fn hand_over(&mut self) -> Result<()> {
        if self.plan.needs_plain_table() && self.table.len() > 0 {
            let mut columns = self.table.keys()?;
            for accumulator in &mut self.accumulators {
                accumulator.resize(self.table.len());
                columns.extend(accumulator.states()?);
            }
            let groups = self.table.len();
            self.table = GroupTable::new(self.plan.key_types.clone());
            self.accumulators = self.plan.plain_accumulators();
            self.states.push(Batch::new(columns, groups))?;
        }
        for (position, buffer) in self.pairs.iter_mut().enumerate() {
            let table = &self.distinct[position];
            if table.len() > 0 {
                buffer.push(Batch::new(table.keys()?, table.len()))?;
            }
        }
        if !self.plan.families.is_empty() {
            self.distinct = self.plan.pair_tables();
        }
        self.rows_in_table = 0;
        Ok(())
    }

    /// Takes the memory that the tables hold; spills their groups if it is refused.
    fn account(&mut self) -> Result<()> {
        let tables = self.table.bytes() + self.distinct.iter().map(|t| t.bytes()).sum::<usize>();
        let states: usize = self.accumulators.iter().map(|a| a.bytes()).sum();
        let fits = self.reservation.resize(tables + states);
        let memory = &self.reservation.query().memory;
        if fits || self.reservation.bytes() <= memory.working_set() || !self.can_spill() {
            return Ok(());
        }
        self.hand_over()?;
        for buffer in [&mut self.states, &mut self.rows] {
            buffer.spill()?;
        }
        for buffer in &mut self.pairs {
            buffer.spill()?;
        }
        self.reservation.resize(0);
        Ok(())
    }

    /// Whether what the tables hold can be split into partitions. One group cannot, but its distinct pairs can.
    fn can_spill(&self) -> bool {
        self.plan.keys() > 0 || self.distinct.iter().any(|table| table.len() > 1)
    }
}

impl SinkLocal for HashAggregateLocal {
    fn begin_partition(&mut self, task: &TaskContext) -> Result<()> {
        if self.context.partition != task.partition {
            self.projector = self.plan.input.for_partition(task.partition);
            self.context = EvalContext {
                partition: task.partition,
                ..EvalContext::default()
            };
        }
        Ok(())
    }

    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let values = self
            .projector
            .eval(&batch.columns, batch.rows, &self.context)?;
        self.context.rows_before += batch.rows as u64;
        if self.gave_up {
            let columns = values
                .iter()
                .map(|value| value.to_array(batch.rows))
                .collect();
            self.rows.push(Batch::new(columns, batch.rows))?;
            return Ok(Flow::Continue);
        }
        self.aggregate(&values, batch.rows)?;
        let groups = self.group_count();
        if groups > MOST_GROUPS {
            // Half as many groups as rows: aggregating here costs more than it saves. With an order to
            // keep, or pairs to make distinct, the tables stay.
            let reduces = groups * 2 < self.rows_in_table;
            self.gave_up = !reduces && !self.plan.is_ordered && self.plan.families.is_empty();
            self.hand_over()?;
        }
        self.account()?;
        Ok(Flow::Continue)
    }
}

/// The values of a FILTER.
pub(super) fn boolean(column: &Column, rows: usize) -> Result<BooleanArray> {
    let array = column.to_array(rows);
    match array.as_boolean_opt() {
        Some(values) => Ok(values.clone()),
        None => Err(Error::internal("a FILTER that is not boolean")),
    }
}
