//! One worker's part of an aggregation.

use super::HashAggregate;
use super::pairs::WorkerPairs;
use super::plan::{boolean, states};
use crate::error::Result;
use crate::exec::keys::{CodedGroupTable, PARTITIONS, RadixBuffer, RadixKeys};
use crate::expr::Projector;
use crate::functions::aggregate::Accumulator;
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::kernel::codes::plain;
use crate::pipeline::{Batch, Flow, QueryContext, Reservation, SinkLocal, SpillFile, TaskContext};
use arrow::array::{Array, ArrayRef, Int32Array};
use arrow::compute::{filter, prep_null_mask_filter};
use std::sync::Arc;

/// Groups that a worker keeps before it hands them over: their table stays within a few megabytes.
const MOST_GROUPS: usize = 128 * 1024;
/// The same where states are as large as the rows: the table and a sort by group must pay then.
const MOST_GROUPS_OF_ROWS: usize = 1024;

/// Groups up to which pairs have the number of their group instead of its keys.
const MOST_NUMBERED: usize = 4096;

/// One worker's groups.
pub(super) struct HashAggregateLocal {
    plan: Arc<HashAggregate>,
    projector: Projector,
    context: EvalContext,
    /// Of the plain calls, and of the pairs as long as these are numbered.
    pub table: CodedGroupTable,
    /// Of the plain calls.
    pub accumulators: Vec<Box<dyn Accumulator>>,
    /// Per family, the distinct keys and arguments.
    pub pairs: Vec<WorkerPairs>,
    /// Pairs have the number of the group in `table` instead of keys.
    numbered: bool,
    /// What was handed over: keys and states.
    pub states: RadixBuffer,
    /// Keys, arguments and filters as they came, once aggregating them here has proved useless.
    pub rows: RadixBuffer,
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
        let numbered = plan.keys() > 0 && plan.sets.is_none() && !plan.families.is_empty();
        HashAggregateLocal {
            projector: plan.input.for_partition(task.partition),
            context: EvalContext {
                partition: task.partition,
                ..EvalContext::default()
            },
            table: empty_table(plan),
            accumulators: plan.plain_accumulators(),
            // They are keyed when the first pairs are handed over.
            pairs: (0..plan.families.len())
                .map(|family| WorkerPairs::new(plan, family, numbered, buffer(0)))
                .collect(),
            numbered,
            states: buffer(plan.keys()),
            rows: buffer(plan.keys()),
            gave_up: false,
            rows_in_table: 0,
            groups: Vec::new(),
            reservation: Reservation::new(&task.query),
            plan: plan.clone(),
        }
    }

    /// Whether nothing was handed over yet.
    pub fn is_whole(&self) -> bool {
        self.states.is_empty()
            && self.rows.is_empty()
            && self.pairs.iter().all(WorkerPairs::is_whole)
    }

    /// The query that it belongs to.
    pub fn query(&self) -> &Arc<QueryContext> {
        self.reservation.query()
    }

    /// Number of groups in its tables.
    pub fn group_count(&self) -> usize {
        let pairs = self.pairs.iter().map(WorkerPairs::table_len);
        self.table.len() + pairs.sum::<usize>()
    }

    /// Adds rows: what the plan's `input` gives for them.
    pub fn add(&mut self, values: Vec<Column>, rows: usize) -> Result<()> {
        let keys = values[..self.plan.worker_key_types().len()].iter();
        let mut keys: Vec<ArrayRef> = keys.map(|value| value.to_array(rows)).collect();
        let gave_up = self.gave_up;
        if !gave_up && self.plan.needs_plain_table() {
            self.aggregate(&keys, &values, rows)?;
        } else if self.numbered {
            self.table.assign(&keys, rows, &mut self.groups)?;
            self.stop_numbering(MOST_NUMBERED)?;
        }
        if gave_up {
            let others = values[keys.len()..]
                .iter()
                .map(|value| value.to_array(rows));
            let columns = keys.iter().cloned().chain(others).collect();
            self.rows.push(Batch::new(columns, rows))?;
        }
        let numbers: Option<ArrayRef> = self.numbered.then(|| {
            let numbers = self.groups.iter().map(|group| *group as i32);
            Arc::new(Int32Array::from_iter_values(numbers)) as ArrayRef
        });
        // Pairs that are handed over as they come have the keys themselves.
        if self.pairs.iter().any(|pairs| !pairs.is_numbered()) {
            keys = keys.iter().map(plain).collect::<Result<_>>()?;
        }
        for family in 0..self.plan.families.len() {
            let keys = match &numbers {
                Some(numbers) if self.pairs[family].is_numbered() => std::slice::from_ref(numbers),
                _ => &keys[..],
            };
            self.add_pairs(family, keys, &values, rows)?;
        }
        self.account()
    }

    /// Adds groups of plain calls.
    pub fn add_states(
        &mut self,
        keys: &[ArrayRef],
        states: &[ArrayRef],
        groups: usize,
    ) -> Result<()> {
        if self.gave_up {
            let columns = keys.iter().chain(states).cloned().collect();
            return self.states.push(Batch::new(columns, groups));
        }
        self.make_ready(keys)?;
        self.table.assign(keys, groups, &mut self.groups)?;
        let accumulators = self.accumulators.iter_mut();
        (self.plan).merge(accumulators, states, self.table.len(), &self.groups)?;
        self.account()
    }

    /// Makes the table one that takes such keys.
    fn make_ready(&mut self, keys: &[ArrayRef]) -> Result<()> {
        if !self.table.takes(keys) {
            self.hand_over_groups()?;
            self.table = empty_table(&self.plan);
        }
        Ok(())
    }

    /// Adds rows to the table of plain calls.
    fn aggregate(&mut self, keys: &[ArrayRef], values: &[Column], rows: usize) -> Result<()> {
        self.make_ready(keys)?;
        self.table.assign(keys, rows, &mut self.groups)?;
        let most = match self.plan.keeps_rows() {
            true => MOST_GROUPS_OF_ROWS,
            false => MOST_GROUPS,
        };
        // Before groups lose their numbers below.
        self.stop_numbering(most.min(MOST_NUMBERED))?;
        let groups = self.table.len();
        let accumulators = self.accumulators.iter_mut();
        (self.plan).update(accumulators, values, groups, &self.groups)?;
        self.rows_in_table += rows;
        if groups > most {
            // Half as many groups as rows: aggregating here costs more than it saves. With an order to keep,
            // the tables stay.
            let reduces = groups * 2 < self.rows_in_table && !self.plan.keeps_rows();
            let must_stay = self.plan.is_ordered || self.plan.sets.is_some();
            // Keys that have come in order no longer may still be few.
            self.gave_up = !reduces && !must_stay && !self.table.may_repeat();
            if self.gave_up || groups > MOST_GROUPS {
                self.hand_over_groups()?;
            }
        }
        Ok(())
    }

    /// From many groups on, pairs have the keys themselves.
    fn stop_numbering(&mut self, most: usize) -> Result<()> {
        if !self.numbered || self.table.len() <= most {
            return Ok(());
        }
        self.hand_over_pairs()?;
        self.numbered = false;
        for pairs in &mut self.pairs {
            pairs.stop_numbering(&self.plan);
        }
        if !self.plan.needs_plain_table() {
            self.table = empty_table(&self.plan);
        }
        Ok(())
    }

    /// Adds rows to the pairs of a family, which say whether the keys are the numbers of the groups.
    fn add_pairs(
        &mut self,
        position: usize,
        keys: &[ArrayRef],
        values: &[Column],
        rows: usize,
    ) -> Result<()> {
        let family = &self.plan.families[position];
        let arguments = values[family.arguments.clone()]
            .iter()
            .map(|v| v.to_array(rows));
        let mut columns: Vec<ArrayRef> = keys.iter().cloned().chain(arguments).collect();
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
        if kept == 0 {
            return Ok(());
        }
        let table = &self.table;
        self.pairs[position].add(&self.plan, columns, kept, &mut self.groups, || table.keys())
    }

    /// Hands all groups over and starts afresh.
    pub fn hand_over(&mut self) -> Result<()> {
        // Pairs first: they may be numbered by the groups.
        self.hand_over_pairs()?;
        self.hand_over_groups()
    }

    fn hand_over_groups(&mut self) -> Result<()> {
        self.rows_in_table = 0;
        if !self.plan.needs_plain_table() || self.table.len() == 0 {
            return Ok(());
        }
        let groups = self.table.len();
        let keys = self.table.keys()?;
        let states = states(&mut self.accumulators, groups)?;
        // A group that was handed over may be handed over again. Pairs, though, count on numbers of their groups.
        self.table = match self.numbered {
            false => self.table.after(),
            true => empty_table(&self.plan),
        };
        self.accumulators = self.plan.plain_accumulators();
        for mut columns in self.plan.result_keys(keys, groups)? {
            columns.extend(states.iter().cloned());
            self.states.push(Batch::new(columns, groups))?;
        }
        Ok(())
    }

    fn hand_over_pairs(&mut self) -> Result<()> {
        let table = &self.table;
        let mut pairs = self.pairs.iter_mut();
        pairs.try_for_each(|pairs| pairs.hand_over(&self.plan, || table.keys()))
    }

    /// Takes the memory that the tables hold; spills their groups if it is refused.
    fn account(&mut self) -> Result<()> {
        let tables = self.table.bytes() + self.pairs.iter().map(WorkerPairs::bytes).sum::<usize>();
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
        self.plan.keys() > 0 || self.pairs.iter().any(|pairs| pairs.len() > 1)
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
        self.add(values, batch.rows)?;
        Ok(Flow::Continue)
    }
}

/// A worker's table without groups.
fn empty_table(plan: &HashAggregate) -> CodedGroupTable {
    CodedGroupTable::new(plan.worker_key_types().to_vec())
}
