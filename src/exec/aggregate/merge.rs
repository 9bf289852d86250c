//! Puts together what the workers have aggregated.

use super::HashAggregate;
use super::distinct::DistinctArguments;
use super::local::HashAggregateLocal;
use super::plan::states;
use crate::error::{Error, Result};
use crate::exec::keys::{CodedGroupTable, PARTITIONS};
use crate::functions::aggregate::Accumulator;
use crate::kernel::Column;
use crate::pipeline::{
    Batch, BatchReader, Chunk, QueryContext, Reservation, Sink, SinkLocal, Source, SpillFile,
    TaskContext, downcast_locals, map,
};
use arrow::array::ArrayRef;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Groups up to which the workers' tables are merged by one of them.
const FEW_GROUPS: usize = 16 * 1024;
/// Bytes of states that hold every row up to which one worker merges them.
const FEW_BYTES: usize = 4 << 20;
/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;

/// An aggregation of a query: the sink of one stage and the source of the next.
pub(in crate::exec) struct HashAggregateShared {
    plan: Arc<HashAggregate>,
    merge: OnceLock<Merge>,
    /// Where groups go that memory does not hold.
    file: Arc<SpillFile>,
}

enum Merge {
    /// The result, ready.
    Small(Mutex<Option<Batch>>),
    /// Radix partitions that are still to be merged.
    Large(Vec<Mutex<Vec<Pieces>>>),
}

/// What one worker has for one radix partition.
#[derive(Default)]
struct Pieces {
    states: Vec<Chunk>,
    rows: Vec<Chunk>,
    /// Per family.
    pairs: Vec<Vec<Chunk>>,
}

impl HashAggregateShared {
    pub fn new(plan: HashAggregate) -> Self {
        HashAggregateShared {
            plan: Arc::new(plan),
            merge: OnceLock::new(),
            file: SpillFile::new("aggregation"),
        }
    }

    /// What is computed.
    pub(super) fn plan(&self) -> &Arc<HashAggregate> {
        &self.plan
    }

    /// A worker's part, without groups.
    pub(super) fn local(&self, task: &TaskContext) -> HashAggregateLocal {
        HashAggregateLocal::new(&self.plan, task, &self.file)
    }

    /// Merges what all workers have.
    pub(super) fn merge(
        &self,
        locals: Vec<HashAggregateLocal>,
        query: &QueryContext,
    ) -> Result<()> {
        let merge = self.merge_all(locals, query)?;
        (self.merge.set(merge)).map_err(|_| Error::internal("an aggregation finished twice"))
    }

    /// Whether there is a result.
    pub(super) fn is_merged(&self) -> bool {
        self.merge.get().is_some()
    }

    fn merge_all(
        &self,
        mut locals: Vec<HashAggregateLocal>,
        query: &QueryContext,
    ) -> Result<Merge> {
        let groups: usize = locals.iter().map(HashAggregateLocal::group_count).sum();
        let whole = locals.iter().all(HashAggregateLocal::is_whole);
        let with_groups = locals
            .iter()
            .filter(|local| local.group_count() > 0)
            .count();
        let one_partition = self.plan.keys() == 0;
        let few = groups <= FEW_GROUPS && !self.are_large(&locals);
        if whole && (few || with_groups <= 1 || one_partition) {
            let mut merger = Merger::new(&self.plan);
            for local in &mut locals {
                merger.absorb(local)?;
            }
            return Ok(Merge::Small(Mutex::new(Some(merger.finish()?))));
        }
        let partitions = map(query, locals, |mut local| {
            local.hand_over()?;
            local.into_pieces()
        })?;
        let mut merged: Vec<Vec<Pieces>> = (0..PARTITIONS).map(|_| Vec::new()).collect();
        for worker in partitions {
            for (partition, pieces) in merged.iter_mut().zip(worker) {
                partition.push(pieces);
            }
        }
        if one_partition || self.plan.splits_groups() {
            // Partitions have parts of the same groups; but each pair lies in one of them.
            let mut mergers = map(query, merged, |pieces| {
                let mut merger = Merger::new(&self.plan);
                for worker in pieces {
                    merger.pieces(worker)?;
                }
                merger.feed()?;
                Ok(merger)
            })?
            .into_iter();
            let mut merger = match mergers.next() {
                Some(first) => first,
                None => Merger::new(&self.plan),
            };
            for other in mergers {
                merger.add_groups(other)?;
            }
            return Ok(Merge::Small(Mutex::new(Some(merger.finish()?))));
        }
        Ok(Merge::Large(merged.into_iter().map(Mutex::new).collect()))
    }

    /// Whether the workers hold so many rows that merging and finishing them is work for all.
    fn are_large(&self, locals: &[HashAggregateLocal]) -> bool {
        let states = locals.iter().flat_map(|local| &local.accumulators);
        self.plan.keeps_rows() && states.map(|state| state.bytes()).sum::<usize>() > FEW_BYTES
    }
}

impl HashAggregateLocal {
    /// What was handed over, by partition.
    fn into_pieces(self) -> Result<Vec<Pieces>> {
        let mut pieces: Vec<Pieces> = (self.states.finish()?.into_iter())
            .zip(self.rows.finish()?)
            .map(|(states, rows)| Pieces {
                states,
                rows,
                pairs: Vec::new(),
            })
            .collect();
        for family in self.pairs {
            for (pieces, pairs) in pieces.iter_mut().zip(family.finish()?) {
                pieces.pairs.push(pairs);
            }
        }
        Ok(pieces)
    }
}

impl Sink for HashAggregateShared {
    fn is_ordered(&self) -> bool {
        self.plan.is_ordered
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(self.local(task)))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        self.merge(downcast_locals(locals), query)
    }
}

/// The groups of all workers.
struct Merger<'a> {
    plan: &'a HashAggregate,
    table: CodedGroupTable,
    /// Of all calls.
    accumulators: Vec<Box<dyn Accumulator>>,
    /// Per family.
    distinct: Vec<DistinctArguments>,
    groups: Vec<u32>,
}

impl<'a> Merger<'a> {
    fn new(plan: &'a HashAggregate) -> Self {
        Merger {
            table: CodedGroupTable::new(plan.key_types.clone()),
            accumulators: plan
                .calls
                .iter()
                .map(|c| c.kernel.new_accumulator())
                .collect(),
            distinct: (plan.families.iter())
                .map(|family| DistinctArguments::new(&family.types))
                .collect(),
            groups: Vec::new(),
            plan,
        }
    }

    /// Bytes held.
    fn bytes(&self) -> usize {
        let distinct: usize = self.distinct.iter().map(DistinctArguments::bytes).sum();
        let states: usize = self.accumulators.iter().map(|a| a.bytes()).sum();
        self.table.bytes() + distinct + states
    }

    /// Adds what a worker has for a partition.
    fn pieces(&mut self, pieces: Pieces) -> Result<()> {
        let keys = self.plan.keys();
        if self.table.len() == 0 {
            self.table
                .expect(pieces.states.iter().map(Chunk::rows).sum());
        }
        for chunk in pieces.states {
            let batch = chunk.into_batch()?;
            let (keys, states) = batch.columns.split_at(keys);
            self.states(keys, states, batch.rows)?;
        }
        for chunk in pieces.rows {
            self.rows(&chunk.into_batch()?)?;
        }
        for (family, chunks) in pieces.pairs.into_iter().enumerate() {
            for chunk in chunks {
                let batch = chunk.into_batch()?;
                self.pairs(family, &batch.columns, batch.rows)?;
            }
        }
        Ok(())
    }

    /// Adds a worker's tables; the first worker's are taken over as they are.
    fn absorb(&mut self, local: &mut HashAggregateLocal) -> Result<()> {
        if self.plan.needs_plain_table() {
            let is_first = match self.plan.keys() {
                0 => self.groups.is_empty(),
                _ => self.table.len() == 0,
            };
            let count = local.table.len();
            if is_first && self.plan.families.is_empty() && self.plan.sets.is_none() {
                std::mem::swap(&mut self.table, &mut local.table);
                std::mem::swap(&mut self.accumulators, &mut local.accumulators);
                self.groups = vec![0];
            } else if count > 0 {
                let keys = local.table.keys()?;
                let states = states(&mut local.accumulators, count)?;
                for keys in self.plan.result_keys(keys, count)? {
                    self.states(&keys, &states, count)?;
                }
            }
        }
        for family in 0..self.plan.families.len() {
            let worker = &local.pairs[family];
            if let Some(bits) = worker.bits() {
                let groups = match self.plan.keys() {
                    0 => 1,
                    _ => local.table.len(),
                };
                let keys = local.table.keys()?;
                self.table.assign(&keys, groups, &mut self.groups)?;
                self.distinct[family].add_bits(&self.groups, bits)?;
                continue;
            }
            let pairs = worker.batch(|| local.table.keys())?;
            if pairs.rows > 0 {
                self.pairs(family, &pairs.columns, pairs.rows)?;
            }
        }
        Ok(())
    }

    fn states(&mut self, keys: &[ArrayRef], states: &[ArrayRef], rows: usize) -> Result<()> {
        self.table.assign(keys, rows, &mut self.groups)?;
        let plain = plain(self.plan, &mut self.accumulators);
        (self.plan).merge(plain, states, self.table.len(), &self.groups)
    }

    fn rows(&mut self, batch: &Batch) -> Result<()> {
        let keys = self.plan.keys();
        self.table
            .assign(&batch.columns[..keys], batch.rows, &mut self.groups)?;
        let values: Vec<Column> = batch.columns.iter().cloned().map(Column::Array).collect();
        let plain = plain(self.plan, &mut self.accumulators);
        (self.plan).update(plain, &values, self.table.len(), &self.groups)
    }

    /// Adds pairs of a family, some of which may have been there before.
    fn pairs(&mut self, family: usize, columns: &[ArrayRef], rows: usize) -> Result<()> {
        let (keys, arguments) = columns.split_at(self.plan.keys());
        self.table.assign(keys, rows, &mut self.groups)?;
        self.distinct[family].add(&self.groups, arguments)
    }

    /// Gives every distinct argument of a group once to the accumulators.
    fn feed(&mut self) -> Result<()> {
        let groups = self.table.len();
        for (family, distinct) in self.distinct.iter_mut().enumerate() {
            let mut accumulators: Vec<&mut Box<dyn Accumulator>> =
                (self.plan.calls.iter().zip(&mut self.accumulators))
                    .filter(|(call, _)| call.family == Some(family))
                    .map(|(_, accumulator)| accumulator)
                    .collect();
            for accumulator in &mut accumulators {
                accumulator.resize(groups);
            }
            distinct.take(groups, |arguments, groups| {
                let mut accumulators = accumulators.iter_mut();
                accumulators.try_for_each(|a| a.update(arguments, groups, None))
            })?;
        }
        Ok(())
    }

    /// Adds the groups of another merger, which has been fed, and has no pair in common with this one.
    fn add_groups(&mut self, mut other: Merger) -> Result<()> {
        let count = other.table.len();
        let keys = other.table.keys()?;
        self.table.assign(&keys, count, &mut self.groups)?;
        let groups = self.table.len();
        for (accumulator, other) in self.accumulators.iter_mut().zip(&mut other.accumulators) {
            accumulator.resize(groups);
            other.resize(count);
            accumulator.merge(&other.states()?, &self.groups)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Batch> {
        self.feed()?;
        let groups = self.table.len();
        let mut columns = self.table.keys()?;
        for accumulator in &mut self.accumulators {
            accumulator.resize(groups);
            columns.push(accumulator.finish(0..groups)?);
        }
        Ok(Batch::new(columns, groups))
    }
}

/// The accumulators of the plain calls among those of all.
fn plain<'a>(
    plan: &HashAggregate,
    accumulators: &'a mut [Box<dyn Accumulator>],
) -> impl Iterator<Item = &'a mut Box<dyn Accumulator>> {
    let calls = plan.calls.iter().zip(accumulators);
    calls
        .filter(|(call, _)| call.family.is_none())
        .map(|(_, accumulator)| accumulator)
}

impl Source for HashAggregateShared {
    fn partitions(&self) -> usize {
        match self.merge.get() {
            Some(Merge::Large(_)) => PARTITIONS / PIECES,
            _ => 1,
        }
    }

    fn open(&self, partition: usize, task: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let work = match self.merge.get() {
            Some(Merge::Small(result)) => {
                let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(Box::new(Groups::new(
                    &self.plan,
                    Vec::new(),
                    result.take(),
                    &task.query,
                )));
            }
            Some(Merge::Large(partitions)) => {
                let mine = &partitions[partition * PIECES..(partition + 1) * PIECES];
                let take = |pieces: &Mutex<Vec<Pieces>>| {
                    std::mem::take(&mut *pieces.lock().unwrap_or_else(PoisonError::into_inner))
                };
                mine.iter().rev().map(take).collect()
            }
            None => {
                return Err(Error::internal(
                    "an aggregation was read before it was made",
                ));
            }
        };
        Ok(Box::new(Groups::new(&self.plan, work, None, &task.query)))
    }
}

/// Radix partitions that are read as one partition of the next stage.
const PIECES: usize = 4;

/// Merges radix partitions one after the other, and gives their groups.
struct Groups {
    plan: Arc<HashAggregate>,
    /// The next is last.
    work: Vec<Vec<Pieces>>,
    current: Option<Batch>,
    row: usize,
    /// For the groups of the present partition.
    reservation: Reservation,
}

impl Groups {
    fn new(
        plan: &Arc<HashAggregate>,
        work: Vec<Vec<Pieces>>,
        current: Option<Batch>,
        query: &Arc<QueryContext>,
    ) -> Groups {
        Groups {
            plan: plan.clone(),
            work,
            current,
            row: 0,
            reservation: Reservation::new(query),
        }
    }
}

impl BatchReader for Groups {
    fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(batch) = &self.current
                && self.row < batch.rows
            {
                let rows = BATCH_ROWS.min(batch.rows - self.row);
                let slice = batch.slice(self.row, rows);
                self.row += rows;
                return Ok(Some(slice));
            }
            let Some(pieces) = self.work.pop() else {
                return Ok(None);
            };
            let mut merger = Merger::new(&self.plan);
            for worker in pieces {
                merger.pieces(worker)?;
                self.reservation.resize(merger.bytes());
            }
            self.current = Some(merger.finish()?);
            self.row = 0;
        }
    }
}
