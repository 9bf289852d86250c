//! The sink that collects the build side of a join.

use super::codec::range_size;
use super::index::is_small_range;
use super::partitioned::Partitions;
use super::runtime::KeyPredicate;
use super::strategy::{BuildFacts, Strategy, decide, spill_partitions};
use super::table::{BuildRows, Built, JoinCell, JoinTable};
use crate::datasource::RuntimePredicate;
use crate::error::Result;
use crate::exec::keys::{RadixBuffer, RadixKeys};
use crate::exec::operators::Position;
use crate::expr::Evaluator;
use crate::pipeline::{
    Batch, Chunk, Flow, QueryContext, Reservation, Sink, SinkLocal, SpillFile, TaskContext,
    downcast_locals, logical_bytes, map,
};
use crate::types::DataType;
use arrow::array::{Array, ArrayRef};
use std::sync::{Arc, OnceLock};

/// Collects the build side of a join and indexes it, or splits it if it is large.
pub(in crate::exec) struct Build {
    /// The columns that go on, by position in the input.
    pub columns: Vec<usize>,
    /// The keys that are none of these columns; computed behind them.
    pub computed: Vec<Arc<Evaluator>>,
    /// What the rows that it collects are.
    pub rows: Arc<BuildRows>,
    /// How it was planned to run.
    pub strategy: Strategy,
    /// Where the table goes.
    pub cell: Arc<JoinCell>,
    /// Filters that come out of it.
    pub runtime: Vec<RuntimeSlot>,
    /// Where rows go that memory does not hold.
    pub file: Arc<SpillFile>,
}

/// A runtime filter to be made of a key.
pub(in crate::exec) struct RuntimeSlot {
    /// The key.
    pub key: usize,
    /// Its type.
    pub data_type: DataType,
    /// Distinct keys from which on a filter would let most probe rows through.
    pub most_keys: usize,
    /// Where the filter goes.
    pub slot: Arc<OnceLock<Arc<dyn RuntimePredicate>>>,
    /// Whether a scan waits for it.
    pub taken: Arc<OnceLock<()>>,
}

impl RuntimeSlot {
    /// Whether a scan waits for the filter.
    fn is_wanted(&self) -> bool {
        self.taken.get().is_some()
    }

    /// Whether so many rows, each with a key of its own, are few enough.
    fn is_selective(&self, rows: usize) -> bool {
        rows < self.most_keys
    }
}

struct BuildLocal {
    columns: Vec<usize>,
    computed: Vec<Arc<Evaluator>>,
    rows: Arc<BuildRows>,
    position: Position,
    batches: Vec<Batch>,
    reservation: Reservation,
    count: usize,
    has_null: bool,
    /// Once memory was refused.
    spill: Option<RadixBuffer>,
    file: Arc<SpillFile>,
}

impl Sink for Build {
    // In partition order, so that equal keys match in the order of the input.
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        let computed = self.computed.iter();
        Ok(Box::new(BuildLocal {
            columns: self.columns.clone(),
            computed: computed
                .map(|key| key.for_partition(task.partition))
                .collect(),
            rows: self.rows.clone(),
            position: Position::start(task),
            batches: Vec::new(),
            reservation: Reservation::new(&task.query),
            count: 0,
            has_null: false,
            spill: None,
            file: self.file.clone(),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut locals = downcast_locals::<BuildLocal>(locals);
        let rows = locals.iter().map(|local| local.count).sum();
        let has_null = locals.iter().any(|local| local.has_null);
        let has_spilled = locals.iter().any(|local| local.spill.is_some());
        let mut reservation = Reservation::new(query);
        let mut bytes = 0;
        let partitions = if has_spilled {
            Some(spill_partitions(query))
        } else {
            for local in &mut locals {
                let bytes = local.reservation.bytes();
                reservation.absorb(local.reservation.split(bytes));
            }
            bytes = reservation.bytes();
            match self.rows.keys.is_empty() {
                true => None,
                false => {
                    let facts = BuildFacts {
                        rows,
                        is_direct: self.is_direct(&locals, rows),
                        gives_filter: (self.runtime.iter())
                            .any(|slot| slot.is_wanted() && slot.is_selective(rows)),
                    };
                    decide(self.strategy, facts, &mut reservation, query)
                }
            }
        };
        let Some(partitions) = partitions else {
            let batches = locals.into_iter().flat_map(|local| local.batches);
            let batches = batches.collect();
            let (table, keys) =
                JoinTable::new(&self.rows, batches, rows, has_null, bytes, reservation)?;
            let table = Arc::new(table);
            self.cell.fill(Built::Shared(table.clone()))?;
            let distinct = table.lookup.is_unique() && self.rows.keys.len() == 1 && !has_null;
            return self.give_filters(rows, distinct, |slot| {
                KeyPredicate::of_table(&table, &keys, slot.key, &slot.data_type)
            });
        };
        // The splits take the memory again, batch by batch, and spill what they are refused.
        if !has_spilled {
            let keys = &self.rows.keys;
            self.give_filters(rows, false, |slot| {
                let batches = locals.iter().flat_map(|local| &local.batches);
                let arrays: Vec<ArrayRef> = batches
                    .map(|batch| batch.columns[keys[slot.key].column].clone())
                    .collect();
                KeyPredicate::of_rows(&arrays, &slot.data_type)
            })?;
        }
        drop(reservation);
        let split = map(query, locals, |local| local.split(partitions))?;
        let mut build: Vec<Vec<Chunk>> = (0..partitions).map(|_| Vec::new()).collect();
        for local in split {
            for (partition, chunks) in build.iter_mut().zip(local) {
                partition.extend(chunks);
            }
        }
        self.cell.fill(Built::Partitioned(Arc::new(Partitions::new(
            self.rows.clone(),
            build,
            rows,
            has_null,
        ))))
    }
}

impl Build {
    /// Whether one table of all rows would be indexed without hashing.
    fn is_direct(&self, locals: &[BuildLocal], rows: usize) -> bool {
        let keys = self.rows.keys.iter().map(|key| {
            let batches = locals.iter().flat_map(|local| &local.batches);
            batches.map(|batch| &batch.columns[key.column]).collect()
        });
        let keys: Vec<Vec<&ArrayRef>> = keys.collect();
        !self.rows.keys.iter().any(|key| key.null_safe)
            && range_size(&keys).is_some_and(|size| is_small_range(size, rows))
    }

    /// Makes the runtime filters that a scan waits for and that are worth it. An empty slot means no filter. `distinct`:
    /// every row is known to have a key of its own, so that nothing need be counted.
    fn give_filters(
        &self,
        rows: usize,
        distinct: bool,
        make: impl Fn(&RuntimeSlot) -> Result<KeyPredicate>,
    ) -> Result<()> {
        for slot in self.runtime.iter().filter(|slot| slot.is_wanted()) {
            if distinct && !slot.is_selective(rows) {
                continue;
            }
            let predicate = make(slot)?;
            // Of several keys one may have far fewer values than there are rows.
            if slot.is_selective(predicate.keys().unwrap_or(rows)) {
                let _ = slot.slot.set(Arc::new(predicate));
            }
        }
        Ok(())
    }
}

impl BuildLocal {
    fn buffer(&self, partitions: usize) -> RadixBuffer {
        let keys: RadixKeys = self.rows.radix_keys(partitions);
        RadixBuffer::new(keys, &self.file, self.reservation.query())
    }

    /// The rows by partition.
    fn split(mut self, partitions: usize) -> Result<Vec<Vec<Chunk>>> {
        let mut buffer = match self.spill.take() {
            Some(buffer) => buffer,
            None => self.buffer(partitions),
        };
        for batch in std::mem::take(&mut self.batches) {
            let bytes = logical_bytes(&batch) as usize;
            drop(self.reservation.split(bytes));
            buffer.push(batch)?;
        }
        buffer.finish()
    }
}

impl SinkLocal for BuildLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let mut columns: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|c| batch.columns[*c].clone())
            .collect();
        for key in &self.computed {
            let value = key.eval(&batch.columns, batch.rows, self.position.context())?;
            columns.push(value.to_array(batch.rows));
        }
        self.position.advance(batch.rows);
        self.count += batch.rows;
        let mut keys = self.rows.keys.iter();
        self.has_null |= keys.any(|key| columns[key.column].logical_null_count() > 0);
        let batch = Batch::new(columns, batch.rows);
        if let Some(buffer) = &mut self.spill {
            buffer.push(batch)?;
            return Ok(Flow::Continue);
        }
        let bytes = logical_bytes(&batch) as usize;
        let fits = self.reservation.resize(self.reservation.bytes() + bytes);
        self.batches.push(batch);
        let memory = &self.reservation.query().memory;
        if !fits && self.reservation.bytes() > memory.working_set() && !self.rows.keys.is_empty() {
            let mut buffer = self.buffer(spill_partitions(self.reservation.query()));
            drop(self.reservation.split(usize::MAX));
            for batch in std::mem::take(&mut self.batches) {
                buffer.push(batch)?;
            }
            self.spill = Some(buffer);
        }
        Ok(Flow::Continue)
    }
}
