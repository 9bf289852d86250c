//! Joins partition by partition.
//!
//! When the build turns out too large for one table, the operator that would have probed it spreads the probe rows
//! instead, and the pipeline that comes after it joins what lies in the partitions:
//!
//! ```text
//!   build side ─► Build ─► Partitions: chunks by the hash of the keys ──────────┐
//!   probe side ─► HashJoin ─► Spread ─► chunks by the same hash, nothing goes on │   phase n
//!   ──────────────────────────────────────────────────────────────────────────────────────────
//!   SecondPass (source): probe rows of partition p ─► SecondPass (operator):         phase n + 1
//!                        table of the build rows of p; pairs, then rows of the table with or without a match
//!                        ─► the steps after the join ─► sink
//! ```
//!
//! The steps after the join are the same in both phases, so that a plan need not know which way the join goes. If
//! the table is shared the second pass gives the table's rows that come after the probe, and passes them on.
//!
//! Chunks may be on disk. Rows keep their order within a partition at any number of threads: chunks are read in
//! the order of the probe's partitions.
//!
//! Limits: a partition's build rows are in memory while it is worked on. One key with very many rows cannot be
//! split, so its partition may pass the limit of the memory pool. Build sides that spill make no runtime filter.

use super::leftover::Leftover;
use super::probe::{HashJoin, Prober};
use super::shape::TableRows;
use super::table::{BuildRows, Built, JoinTable};
use crate::error::{Error, Result};
use crate::exec::keys::{RadixBuffer, RadixKeys};
use crate::exec::operators::{Position, concat_batches};
use crate::expr::Evaluator;
use crate::kernel::codes::plain;
use crate::pipeline::{
    Batch, BatchReader, Chunk, Downstream, Flow, Operator, OperatorLocal, Reservation, Source,
    TaskContext,
};
use arrow::array::ArrayRef;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows of a batch for the probe.
const BATCH_ROWS: usize = 8192;
/// Chunks from this size on are not put together.
const ENOUGH: usize = 1024;

/// Both sides of a join, split by the hash of their keys.
pub(in crate::exec) struct Partitions {
    spec: Arc<BuildRows>,
    /// Taken by the task that joins the partition.
    build: Vec<Mutex<Vec<Chunk>>>,
    /// Of every task of the probe side: its number, its chunks by partition.
    probe: Mutex<Vec<(usize, Vec<Vec<Chunk>>)>>,
    /// Rows of the build side.
    rows: usize,
    has_null: bool,
}

impl Partitions {
    pub fn new(
        spec: Arc<BuildRows>,
        build: Vec<Vec<Chunk>>,
        rows: usize,
        has_null: bool,
    ) -> Partitions {
        Partitions {
            spec,
            build: build.into_iter().map(Mutex::new).collect(),
            probe: Mutex::default(),
            rows,
            has_null,
        }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.build.len()
    }

    /// Rows of the build side.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The probe rows of a partition, in the order of the probe side. Once for each.
    fn take_probe(&self, partition: usize) -> VecDeque<Chunk> {
        let mut tasks = lock(&self.probe);
        tasks.sort_by_key(|(number, _)| *number);
        let chunks = tasks.iter_mut();
        chunks
            .flat_map(|(_, chunks)| std::mem::take(&mut chunks[partition]))
            .collect()
    }

    /// The table of a partition. Once for each.
    fn table(&self, partition: usize, task: &TaskContext) -> Result<JoinTable> {
        let chunks = std::mem::take(&mut *lock(&self.build[partition]));
        let mut reservation = Reservation::new(&task.query);
        let mut batches = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let bytes = reservation.bytes() + chunk.bytes();
            batches.push(chunk.into_batch()?);
            reservation.resize(bytes);
        }
        let bytes = reservation.bytes();
        let (table, _) = JoinTable::new(
            &self.spec,
            batches,
            self.rows,
            self.has_null,
            bytes,
            reservation,
        )?;
        Ok(table)
    }
}

/// A worker's panic fails the query anyway, so what it left behind is never used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Spreads the probe rows of a task.
pub(super) struct Spread {
    /// Keys that are no columns.
    computed: Vec<Arc<Evaluator>>,
    position: Position,
    buffer: Option<RadixBuffer>,
    partitions: Arc<Partitions>,
    task: usize,
}

impl Spread {
    pub fn new(join: &HashJoin, partitions: &Arc<Partitions>, task: &TaskContext) -> Spread {
        let columns = key_columns(join);
        let keys = partitions.spec.keys.iter().zip(&columns);
        let open = keys.filter(|(key, _)| !key.null_safe);
        let keys = RadixKeys {
            nulls_anywhere: open.map(|(_, column)| *column).collect(),
            columns,
            partitions: partitions.count(),
        };
        let computed = join.keys.iter().filter(|key| key.column.is_none());
        Spread {
            computed: computed
                .map(|key| key.evaluator.for_partition(task.partition))
                .collect(),
            position: Position::start(task),
            buffer: Some(RadixBuffer::new(keys, &join.file, &task.query)),
            partitions: partitions.clone(),
            task: task.partition,
        }
    }
}

/// Where the keys are in rows that have been spread: computed ones come behind the columns.
fn key_columns(join: &HashJoin) -> Vec<usize> {
    let mut next = join.width..;
    let keys = join.keys.iter();
    keys.map(|key| key.column.or_else(|| next.next()).unwrap_or(usize::MAX))
        .collect()
}

impl OperatorLocal for Spread {
    fn push(&mut self, mut batch: Batch, _: &mut Downstream) -> Result<Flow> {
        let mut keys = Vec::with_capacity(self.computed.len());
        for key in &self.computed {
            let value = key.eval(&batch.columns, batch.rows, self.position.context())?;
            keys.push(value.to_array(batch.rows));
        }
        self.position.advance(batch.rows);
        for column in &mut batch.columns {
            *column = plain(column)?;
        }
        batch.columns.extend(keys);
        if let Some(buffer) = &mut self.buffer {
            buffer.push(batch)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, _: &mut Downstream) -> Result<()> {
        if let Some(buffer) = self.buffer.take() {
            let chunks = buffer.finish()?;
            lock(&self.partitions.probe).push((self.task, chunks));
        }
        Ok(())
    }
}

/// What comes after the probe side has been seen: the source of a pipeline and its first step.
pub(in crate::exec) struct SecondPass {
    /// The join.
    pub join: Arc<HashJoin>,
    /// The table's rows that come after the probe.
    pub leftover: Arc<Leftover>,
}

impl Source for SecondPass {
    fn partitions(&self) -> usize {
        match self.join.cell.get() {
            Some(Built::Shared(table)) => self.leftover.pieces(table),
            Some(Built::Partitioned(partitions)) => partitions.count(),
            None => 0,
        }
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        Ok(match self.join.cell.built()? {
            Built::Shared(table) => Box::new(self.leftover.read(table, partition)),
            Built::Partitioned(partitions) => {
                let mut chunks = partitions.take_probe(partition);
                let has_build = lock(&partitions.build[partition])
                    .iter()
                    .any(|chunk| chunk.rows() > 0);
                if !has_build && self.join.shape.drops_lonely_probe_rows() {
                    chunks.clear();
                }
                Box::new(ChunkReader {
                    chunks,
                    current: Batch::default(),
                })
            }
        })
    }
}

/// Reads chunks in batches of a good size.
struct ChunkReader {
    chunks: VecDeque<Chunk>,
    /// What is left of a large one.
    current: Batch,
}

impl BatchReader for ChunkReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        if self.current.rows == 0 {
            let (mut small, mut rows) = (Vec::new(), 0);
            while let Some(next) = self.chunks.front() {
                if rows > 0 && (next.rows() >= ENOUGH || rows + next.rows() > BATCH_ROWS) {
                    break;
                }
                if let Some(chunk) = self.chunks.pop_front() {
                    rows += chunk.rows();
                    small.push(chunk.into_batch()?);
                }
            }
            self.current = concat_batches(&small)?;
        }
        let rows = self.current.rows.min(BATCH_ROWS);
        if rows == 0 {
            return Ok(None);
        }
        let batch = self.current.slice(0, rows);
        self.current = self.current.slice(rows, self.current.rows - rows);
        Ok(Some(batch))
    }
}

impl Operator for SecondPass {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(match self.join.cell.built()? {
            Built::Shared(_) => Box::new(Pass),
            Built::Partitioned(partitions) => Box::new(SecondPassLocal {
                join: self.join.clone(),
                leftover: self.leftover.clone(),
                keys: key_columns(&self.join),
                partitions: partitions.clone(),
                task: task.clone(),
                prober: None,
            }),
        })
    }
}

/// Hands on what a shared table gives after the probe.
struct Pass;

impl OperatorLocal for Pass {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        output.push(batch)
    }
}

/// Joins the rows of one partition.
struct SecondPassLocal {
    join: Arc<HashJoin>,
    leftover: Arc<Leftover>,
    keys: Vec<usize>,
    partitions: Arc<Partitions>,
    task: TaskContext,
    /// Made when it is needed first.
    prober: Option<Prober>,
}

impl SecondPassLocal {
    fn prober(&mut self) -> Result<&mut Prober> {
        if self.prober.is_none() {
            let table = (self.partitions).table(self.task.source_partition, &self.task)?;
            self.prober = Some(self.join.prober(Arc::new(table), &self.task));
        }
        let prober = self.prober.as_mut();
        prober.ok_or_else(|| Error::internal("a join partition without a table"))
    }
}

impl OperatorLocal for SecondPassLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        let keys = self.keys.iter().map(|key| batch.columns[*key].clone());
        let keys: Vec<ArrayRef> = keys.collect();
        self.prober()?.probe(&batch, &keys, output)
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        if let Some(prober) = &mut self.prober {
            prober.finish(output)?;
        }
        if self.leftover.rows == TableRows::Nothing {
            return Ok(());
        }
        let leftover = self.leftover.clone();
        let table = self.prober()?.table().clone();
        for piece in 0..leftover.pieces(&table) {
            let mut reader = leftover.read(&table, piece);
            while let Some(batch) = reader.next()? {
                if output.push(batch)? == Flow::Stop {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
