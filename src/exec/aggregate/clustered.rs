//! Aggregation of rows that come block by block in the order of a key.
//!
//! ```text
//!   scan, sorted by k        table                  goes on, finished        stays
//!   block k in   0..= 90     groups 0 ..= 90
//!   block k in  90..=170     groups 0 ..= 170       0 ..= 89                 90 ..= 170
//!   …                                               90 ..= 169               …
//!   end of the partition                            all but those whose key the neighbours may have, too: these are
//!                                                   merged, and come when all partitions have ended
//! ```
//!
//! A group is finished when no later row can have its key: the bounds of the blocks ([`KeyBlocks`]) tell. It goes on to the next
//! operator at once, so that neither groups nor their states wait in memory or are split and merged, however many they are.
//!
//! The ordinary aggregation takes what is left: groups whose key lies at a bound that partitions share, and all rows from where
//! memory is refused or keys are not what was expected.

use super::HashAggregateShared;
use super::local::HashAggregateLocal;
use super::plan::{HashAggregate, states};
use crate::error::{Error, Result};
use crate::exec::keys::CodedGroupTable;
use crate::expr::Projector;
use crate::functions::aggregate::Accumulator;
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::kernel::codes::plain;
use crate::kernel::native::raw_values;
use crate::pipeline::{
    Batch, BatchReader, Downstream, Flow, KeyBlocks, Operator, OperatorLocal, Reservation, Source,
    TaskContext,
};
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::{cast, filter};
use arrow::datatypes::DataType;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Groups that a table has before it is worth while to look which of them are finished.
const ENOUGH_GROUPS: usize = 8 * 1024;
/// Groups of one block up to which they stay in a table; more are better split.
const MOST_GROUPS: usize = 1024 * 1024;
/// Rows per batch that goes on.
const BATCH_ROWS: usize = 8192;

/// The aggregation of one pipeline's rows: an operator, and the source of what is left when all partitions have ended.
#[derive(Clone)]
pub(in crate::exec) struct ClusteredAggregate(Arc<Shared>);

struct Shared {
    plan: Arc<HashAggregate>,
    /// The key that rows come in the order of, by position.
    key: usize,
    blocks: KeyBlocks,
    /// Merges what is left.
    rest: HashAggregateShared,
    /// What workers have for it, while they work on no partition.
    leftovers: Mutex<Vec<HashAggregateLocal>>,
    /// Why merging it failed.
    failure: OnceLock<Error>,
}

impl ClusteredAggregate {
    /// Whether an aggregation whose rows come in the order of a key can be done so.
    pub fn takes(plan: &HashAggregate) -> bool {
        plan.sets.is_none() && plan.families.is_empty() && !plan.is_ordered
    }

    /// An aggregation of rows whose key at a position, whole numbers or dates, comes in `blocks`.
    pub fn new(plan: HashAggregate, key: usize, blocks: KeyBlocks) -> ClusteredAggregate {
        let rest = HashAggregateShared::new(plan);
        ClusteredAggregate(Arc::new(Shared {
            plan: rest.plan().clone(),
            key,
            blocks,
            rest,
            leftovers: Mutex::default(),
            failure: OnceLock::new(),
        }))
    }
}

impl Shared {
    fn leftovers(&self) -> MutexGuard<'_, Vec<HashAggregateLocal>> {
        (self.leftovers.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    fn new_table(&self) -> CodedGroupTable {
        CodedGroupTable::new(self.plan.key_types.clone())
    }

    /// The values of the key in some rows, if none is NULL.
    fn key_values(&self, keys: &[ArrayRef], rows: usize) -> Result<Option<ScalarBuffer<i64>>> {
        let values = plain(&keys[self.key].slice(0, rows))?;
        Ok(match values.null_count() {
            0 => Some(raw_values(&cast(&values, &DataType::Int64)?)),
            _ => None,
        })
    }
}

impl Operator for ClusteredAggregate {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        let shared = &self.0;
        let leftovers = shared.leftovers().pop();
        Ok(Box::new(ClusteredLocal {
            partition: task.source_partition,
            projector: shared.plan.input.for_partition(task.partition),
            context: EvalContext {
                partition: task.partition,
                ..EvalContext::default()
            },
            table: shared.new_table(),
            accumulators: shared.plan.plain_accumulators(),
            groups: Vec::new(),
            floor: i64::MIN,
            leftovers: Some(leftovers.unwrap_or_else(|| shared.rest.local(task))),
            gave_up: false,
            reservation: Reservation::new(&task.query),
            shared: shared.clone(),
        }))
    }
}

/// The groups of a partition that are not finished.
struct ClusteredLocal {
    shared: Arc<Shared>,
    partition: usize,
    projector: Projector,
    context: EvalContext,
    table: CodedGroupTable,
    accumulators: Vec<Box<dyn Accumulator>>,
    groups: Vec<u32>,
    /// No later row has a smaller key.
    floor: i64,
    /// Until the partition ends.
    leftovers: Option<HashAggregateLocal>,
    /// All rows that come are left over.
    gave_up: bool,
    /// For the table.
    reservation: Reservation,
}

impl ClusteredLocal {
    /// Adds rows: what the plan's `input` gives for them.
    fn add(&mut self, keys: &[ArrayRef], values: &[Column], rows: usize) -> Result<()> {
        self.table.assign(keys, rows, &mut self.groups)?;
        let accumulators = self.accumulators.iter_mut();
        let plan = &self.shared.plan;
        plan.update(accumulators, values, self.table.len(), &self.groups)
    }

    /// The states of all groups, of which there are none then.
    fn take_states(&mut self) -> Result<Vec<ArrayRef>> {
        let states = states(&mut self.accumulators, self.table.len())?;
        self.start_afresh();
        Ok(states)
    }

    /// Adds groups, each of which is there once.
    fn put_back(&mut self, keys: &[ArrayRef], states: &[ArrayRef]) -> Result<()> {
        self.table.assign(keys, keys[0].len(), &mut self.groups)?;
        let accumulators = self.accumulators.iter_mut();
        let plan = &self.shared.plan;
        plan.merge(accumulators, states, self.table.len(), &self.groups)
    }

    fn leftovers(&mut self) -> Result<&mut HashAggregateLocal> {
        let ended = || Error::internal("rows of a partition that has ended");
        self.leftovers.as_mut().ok_or_else(ended)
    }

    fn start_afresh(&mut self) {
        self.table = self.table.after();
        self.accumulators = self.shared.plan.plain_accumulators();
    }

    /// Leaves all groups, and the rows to come, to the ordinary aggregation.
    fn give_up(&mut self) -> Result<()> {
        self.gave_up = true;
        let groups = self.table.len();
        let keys = self.table.keys()?;
        let states = self.take_states()?;
        self.leftovers()?.add_states(&keys, &states, groups)?;
        self.table = self.shared.new_table();
        self.reservation.resize(0);
        Ok(())
    }

    /// The values of the key in all groups. None if groups may be there several times, or have no value.
    fn values(&self, keys: &[ArrayRef]) -> Result<Option<ScalarBuffer<i64>>> {
        let values = self.shared.key_values(keys, self.table.len())?;
        // A table that looks at nothing but the key before has every key once only if they are in order.
        let once = |values: &[i64]| !self.table.may_repeat() || values.is_sorted_by(|a, b| a < b);
        Ok(values.filter(|values| once(values)))
    }

    /// Makes the table one that takes other keys than it was made for. False if it has groups several times.
    fn widen(&mut self) -> Result<bool> {
        let keys = self.table.keys()?;
        if self.values(&keys)?.is_none() {
            return Ok(false);
        }
        let states = self.take_states()?;
        self.table = self.shared.new_table();
        self.put_back(&keys, &states)?;
        Ok(true)
    }

    /// Pushes the groups that are finished if no row comes with a key below `floor`, or none at all.
    fn push_finished(&mut self, floor: Option<i64>, output: &mut Downstream) -> Result<Flow> {
        let groups = self.table.len();
        if groups == 0 {
            return Ok(Flow::Continue);
        }
        let keys = self.table.keys()?;
        let Some(values) = self.values(&keys)? else {
            self.give_up()?;
            return Ok(Flow::Continue);
        };
        let range = self.shared.blocks.finished(self.partition, floor);
        let finished = mask(&values, |value| range.contains(&value));
        let results = self.results(&keys, &finished)?;
        match results.rows == groups {
            true => self.start_afresh(),
            false => {
                let states = self.take_states()?;
                let is_open = |value: i64| floor.is_some_and(|floor| value >= floor);
                let open = mask(&values, is_open);
                let at_edge = mask(&values, |value| !is_open(value) && !range.contains(&value));
                let (edge_keys, edge_states) = (kept(&keys, &at_edge)?, kept(&states, &at_edge)?);
                let edges = at_edge.true_count();
                self.leftovers()?
                    .add_states(&edge_keys, &edge_states, edges)?;
                self.put_back(&kept(&keys, &open)?, &kept(&states, &open)?)?;
            }
        }
        for start in (0..results.rows).step_by(BATCH_ROWS) {
            let rows = BATCH_ROWS.min(results.rows - start);
            if output.push(results.slice(start, rows))? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    /// Keys and results of the groups that are finished.
    fn results(&mut self, keys: &[ArrayRef], finished: &BooleanArray) -> Result<Batch> {
        let count = finished.true_count();
        let first = finished.values().set_indices().next().unwrap_or(0);
        let is_range = finished.values().slice(first, count).count_set_bits() == count;
        let range = first..first + count;
        let keys: Vec<ArrayRef> = match is_range {
            true => keys.iter().map(|key| key.slice(first, count)).collect(),
            false => kept(keys, finished)?,
        };
        // Groups that are not finished must not be asked for a result: they might have none yet.
        let results: Vec<ArrayRef> = if is_range {
            let accumulators = self.accumulators.iter();
            accumulators
                .map(|a| a.finish(range.clone()))
                .collect::<Result<_>>()?
        } else {
            let states = states(&mut self.accumulators, finished.len())?;
            let states = kept(&states, finished)?;
            let groups: Vec<u32> = (0..count as u32).collect();
            let mut accumulators = self.shared.plan.plain_accumulators();
            let plan = &self.shared.plan;
            plan.merge(accumulators.iter_mut(), &states, count, &groups)?;
            let accumulators = accumulators.iter();
            accumulators
                .map(|a| a.finish(0..count))
                .collect::<Result<_>>()?
        };
        Ok(Batch::new([keys, results].concat(), count))
    }

    /// Prepares for rows with these keys: pushes what is finished when they come. False if they are not what was expected.
    fn make_ready(
        &mut self,
        keys: &[ArrayRef],
        output: &mut Downstream,
        flow: &mut Flow,
    ) -> Result<bool> {
        let Some(first) = self.shared.key_values(keys, 1)? else {
            return Ok(false);
        };
        let Some(floor) = self.shared.blocks.floor(self.partition, first[0]) else {
            return Ok(false);
        };
        if floor > self.floor && self.table.len() >= ENOUGH_GROUPS {
            *flow = self.push_finished(Some(floor), output)?;
            self.floor = floor;
        }
        Ok(!self.gave_up && (self.table.takes(keys) || self.widen()?))
    }

    /// Takes the memory that the table holds. False if it is refused.
    fn account(&mut self) -> bool {
        let states: usize = self.accumulators.iter().map(|a| a.bytes()).sum();
        let fits = self.reservation.resize(self.table.bytes() + states);
        fits || self.reservation.bytes() <= self.reservation.query().memory.working_set()
    }
}

/// Which values are such.
fn mask(values: &[i64], is_such: impl Fn(i64) -> bool) -> BooleanArray {
    let buffer = BooleanBuffer::collect_bool(values.len(), |position| is_such(values[position]));
    BooleanArray::new(buffer, None)
}

/// The rows of columns that a mask keeps.
fn kept(columns: &[ArrayRef], mask: &BooleanArray) -> Result<Vec<ArrayRef>> {
    let columns = columns.iter();
    columns.map(|column| Ok(filter(column, mask)?)).collect()
}

impl OperatorLocal for ClusteredLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        let rows = batch.rows;
        let values = (self.projector).eval(&batch.columns, rows, &self.context)?;
        self.context.rows_before += rows as u64;
        let mut flow = Flow::Continue;
        if !self.gave_up {
            let keys = values[..self.shared.plan.keys()].iter();
            let keys: Vec<ArrayRef> = keys.map(|value| value.to_array(rows)).collect();
            if self.make_ready(&keys, output, &mut flow)? {
                self.add(&keys, &values, rows)?;
                if self.table.len() > MOST_GROUPS || !self.account() {
                    self.give_up()?;
                }
                return Ok(flow);
            }
            self.give_up()?;
        }
        self.leftovers()?.add(values, rows)?;
        Ok(flow)
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        self.push_finished(None, output)?;
        self.shared.leftovers().extend(self.leftovers.take());
        Ok(())
    }
}

impl Source for ClusteredAggregate {
    fn partitions(&self) -> usize {
        let shared = &self.0;
        let locals = std::mem::take(&mut *shared.leftovers());
        if let Some(local) = locals.first() {
            let query = local.query().clone();
            if let Err(error) = shared.rest.merge(locals, &query) {
                let _ = shared.failure.set(error);
                // It is read by whoever opens it.
                return 1;
            }
        }
        match shared.rest.is_merged() {
            true => shared.rest.partitions(),
            false => 0,
        }
    }

    fn open(&self, partition: usize, task: &TaskContext) -> Result<Box<dyn BatchReader>> {
        match self.0.failure.get() {
            Some(error) => Err(error.clone()),
            None => Source::open(&self.0.rest, partition, task),
        }
    }
}
