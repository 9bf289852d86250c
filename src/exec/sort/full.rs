//! Sorting all rows, or those of every partition.

use super::SortKeys;
use super::layout::KeyStats;
use super::ordered::Ordered;
use super::spill::{Merge, Sorter};
use crate::error::{Error, Result};
use crate::pipeline::{
    Batch, BatchReader, Chunk, Downstream, Flow, Operator, OperatorLocal, QueryContext,
    Reservation, Sink, SinkLocal, Source, SpillFile, TaskContext, downcast_locals, logical_bytes,
};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;
/// Rows that are gathered at once: every batch that was sorted is looked at for that.
const GATHERED_ROWS: usize = 4 * BATCH_ROWS;

/// A global sort: the sink of one stage and the source of the next.
pub(in crate::exec) struct SortShared {
    keys: Arc<SortKeys>,
    /// The user asks for ranges: so many, or by size.
    ranges: Option<Option<usize>>,
    sorted: OnceLock<Sorted>,
    /// Where rows go that memory does not hold.
    file: Arc<SpillFile>,
}

enum Sorted {
    /// All rows are in memory, and in order.
    Memory(Arc<InMemory>),
    /// Runs that are merged as they are read, once.
    Merge(Mutex<Option<Merge>>),
    /// Merged, range by range.
    Ranges(Vec<Mutex<Vec<Chunk>>>),
}

struct InMemory {
    rows: Ordered,
    /// Where the partitions begin and end.
    bounds: Vec<usize>,
    _reservation: Reservation,
}

struct SortLocal(Sorter);

impl SortShared {
    pub fn new(keys: Arc<SortKeys>) -> SortShared {
        SortShared {
            keys,
            ranges: None,
            sorted: OnceLock::new(),
            file: SpillFile::new("sort"),
        }
    }

    /// Sorts into partitions that rows with equal keys do not straddle: so many, or by size.
    pub fn into_ranges(keys: Arc<SortKeys>, partitions: Option<usize>) -> SortShared {
        SortShared {
            ranges: Some(partitions),
            ..SortShared::new(keys)
        }
    }

    /// How many partitions so many rows make.
    fn partitions(&self, rows: usize, query: &QueryContext) -> usize {
        let batches = rows.div_ceil(BATCH_ROWS);
        let by_size = (batches / 4).clamp(1, query.threads.max(1) * 4);
        self.ranges.flatten().unwrap_or(by_size)
    }

    fn in_memory(&self, locals: Vec<SortLocal>, query: &Arc<QueryContext>) -> Result<Sorted> {
        let (mut held, mut stats) = (Vec::new(), Vec::<KeyStats>::new());
        let mut reservation = Reservation::new(query);
        for SortLocal(sorter) in locals {
            let (of_worker, known, bytes) = sorter.into_rows();
            held.extend(of_worker);
            stats.resize_with(stats.len().max(known.len()), KeyStats::default);
            for (stats, known) in stats.iter_mut().zip(&known) {
                stats.merge(known);
            }
            reservation.absorb(bytes);
        }
        let rows = Ordered::new(&self.keys, &stats, held, Some(query))?;
        let partitions = self.partitions(rows.rows(), query);
        let mut bounds: Vec<usize> = (0..=partitions)
            .map(|n| rows.rows() * n / partitions)
            .collect();
        if self.ranges.is_some() {
            for bound in &mut bounds[1..partitions] {
                if *bound < rows.rows() {
                    *bound = rows.end_of_key(*bound)?;
                }
            }
        }
        Ok(Sorted::Memory(Arc::new(InMemory {
            bounds,
            rows,
            _reservation: reservation,
        })))
    }

    fn merged(&self, locals: Vec<SortLocal>, query: &Arc<QueryContext>) -> Result<Sorted> {
        let mut runs = Vec::new();
        for SortLocal(sorter) in locals {
            runs.extend(sorter.into_spilled()?);
        }
        let rows = runs.iter().map(|run| run.rows()).sum();
        let mut merge = Merge::new(&self.keys, runs, query)?;
        if self.ranges.is_none() {
            return Ok(Sorted::Merge(Mutex::new(Some(merge))));
        }
        let partitions = self.partitions(rows, query);
        let mut ranges = Vec::with_capacity(partitions);
        let mut done = 0;
        for partition in 1..=partitions {
            let end = rows * partition / partitions;
            let mut chunks = Vec::new();
            loop {
                // Past the end only as long as keys are equal.
                let most = match done < end {
                    true => end - done,
                    false if merge.continues() => 1,
                    false => break,
                };
                let batch = merge.take(most)?;
                done += batch.rows;
                let mut reservation = Reservation::new(query);
                chunks.push(match reservation.try_grow(logical_bytes(&batch) as usize) {
                    true => Chunk::Memory(batch, reservation),
                    false => Chunk::Disk(self.file.write(&batch, query)?),
                });
            }
            ranges.push(Mutex::new(chunks));
        }
        Ok(Sorted::Ranges(ranges))
    }
}

impl Sink for SortShared {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(SortLocal(Sorter::new(
            &self.keys, &self.file, task,
        ))))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let locals = downcast_locals::<SortLocal>(locals);
        let sorted = match locals.iter().any(|local| local.0.has_spilled()) {
            true => self.merged(locals, query)?,
            false => self.in_memory(locals, query)?,
        };
        let filled = self.sorted.set(sorted);
        filled.map_err(|_| Error::internal("a sort finished twice"))
    }
}

impl SinkLocal for SortLocal {
    fn begin_partition(&mut self, task: &TaskContext) -> Result<()> {
        self.0.begin_partition(task);
        Ok(())
    }

    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.0.push(batch)
    }
}

impl Source for SortShared {
    fn partitions(&self) -> usize {
        match self.sorted.get() {
            Some(Sorted::Memory(sorted)) => sorted.bounds.len() - 1,
            Some(Sorted::Ranges(ranges)) => ranges.len(),
            Some(Sorted::Merge(_)) | None => 1,
        }
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let unmade = || Error::internal("a sort was read before it was made");
        match self.sorted.get().ok_or_else(unmade)? {
            Sorted::Memory(sorted) => Ok(Box::new(SortedReader {
                sorted: sorted.clone(),
                rows: sorted.bounds[partition]..sorted.bounds[partition + 1],
                current: Batch::default(),
            })),
            Sorted::Merge(merge) => {
                let merge = merge.lock().unwrap_or_else(PoisonError::into_inner).take();
                Ok(Box::new(merge.ok_or_else(|| {
                    Error::internal("a merge was read twice")
                })?))
            }
            Sorted::Ranges(ranges) => {
                let mut range = (ranges[partition].lock()).unwrap_or_else(PoisonError::into_inner);
                Ok(Box::new(ChunkReader(
                    std::mem::take(&mut *range).into_iter(),
                )))
            }
        }
    }
}

/// Reads chunks one after the other.
struct ChunkReader(std::vec::IntoIter<Chunk>);

impl BatchReader for ChunkReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        self.0.next().map(Chunk::into_batch).transpose()
    }
}

/// Gathers a slice of the order.
struct SortedReader {
    sorted: Arc<InMemory>,
    rows: Range<usize>,
    /// Gathered, and not given yet.
    current: Batch,
}

impl BatchReader for SortedReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        if self.current.rows == 0 {
            let start = self.rows.start;
            let end = self.rows.end.min(start + GATHERED_ROWS);
            if start >= end {
                return Ok(None);
            }
            self.rows.start = end;
            self.current = self.sorted.rows.gather(start..end)?;
        }
        let rows = self.current.rows.min(BATCH_ROWS);
        let batch = self.current.slice(0, rows);
        self.current = self.current.slice(rows, self.current.rows - rows);
        Ok(Some(batch))
    }
}

/// `sort_within_partitions`: sorts the rows of every partition.
pub(in crate::exec) struct SortPartitions {
    keys: Arc<SortKeys>,
    file: Arc<SpillFile>,
}

struct SortPartitionsLocal {
    keys: Arc<SortKeys>,
    query: Arc<QueryContext>,
    /// None once its rows are given.
    sorter: Option<Sorter>,
}

impl SortPartitions {
    pub fn new(keys: Arc<SortKeys>) -> SortPartitions {
        SortPartitions {
            keys,
            file: SpillFile::new("sort"),
        }
    }
}

impl Operator for SortPartitions {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(SortPartitionsLocal {
            keys: self.keys.clone(),
            query: task.query.clone(),
            sorter: Some(Sorter::new(&self.keys, &self.file, task)),
        }))
    }
}

impl OperatorLocal for SortPartitionsLocal {
    fn push(&mut self, batch: Batch, _: &mut Downstream) -> Result<Flow> {
        match &mut self.sorter {
            Some(sorter) => sorter.push(batch),
            None => Ok(Flow::Stop),
        }
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        let Some(sorter) = self.sorter.take() else {
            return Ok(());
        };
        if sorter.has_spilled() {
            let mut merge = Merge::new(&self.keys, sorter.into_spilled()?, &self.query)?;
            while let Some(batch) = merge.next()? {
                if output.push(batch)? == Flow::Stop {
                    break;
                }
            }
            return Ok(());
        }
        let (held, stats, _reservation) = sorter.into_rows();
        let rows = Ordered::new(&self.keys, &stats, held, None)?;
        let mut start = 0;
        while start < rows.rows() {
            let end = rows.rows().min(start + BATCH_ROWS);
            if output.push(rows.gather(start..end)?)? == Flow::Stop {
                break;
            }
            start = end;
        }
        Ok(())
    }
}
