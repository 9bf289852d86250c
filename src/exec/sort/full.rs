//! Sorting all rows, or those of every partition.

use super::SortKeys;
use super::run::{Item, Run, gather};
use crate::error::{Error, Result};
use crate::exec::operators::Position;
use crate::pipeline::{
    Batch, BatchReader, Downstream, Flow, Operator, OperatorLocal, QueryContext, Sink, SinkLocal,
    Source, TaskContext, downcast_locals, logical_bytes,
};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;

/// A global sort: the sink of one stage and the source of the next.
pub(in crate::exec) struct SortShared {
    keys: Arc<SortKeys>,
    /// The user asks for ranges: so many, or by size.
    ranges: Option<Option<usize>>,
    sorted: OnceLock<Arc<Sorted>>,
}

struct Sorted {
    batches: Vec<Batch>,
    items: Vec<Item>,
    /// Where the partitions begin and end.
    bounds: Vec<usize>,
    reserved: usize,
    query: Arc<QueryContext>,
}

impl Drop for Sorted {
    fn drop(&mut self) {
        self.query.memory.release(self.reserved);
    }
}

struct SortLocal {
    keys: Arc<SortKeys>,
    run: Run,
    position: Position,
    query: Arc<QueryContext>,
    reserved: usize,
}

impl SortShared {
    pub fn new(keys: Arc<SortKeys>) -> SortShared {
        SortShared {
            keys,
            ranges: None,
            sorted: OnceLock::new(),
        }
    }

    /// Sorts into partitions that rows with equal keys do not straddle: so many, or by size.
    pub fn into_ranges(keys: Arc<SortKeys>, partitions: Option<usize>) -> SortShared {
        SortShared {
            ranges: Some(partitions),
            ..SortShared::new(keys)
        }
    }
}

impl Sink for SortShared {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(SortLocal {
            keys: self.keys.clone(),
            run: Run::default(),
            position: Position::start(task),
            query: task.query.clone(),
            reserved: 0,
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut all = Run::default();
        let mut reserved = 0;
        for local in downcast_locals::<SortLocal>(locals) {
            reserved += local.reserved;
            all.append(local.run);
        }
        all.sort(query);
        let batches = all.items.len().div_ceil(BATCH_ROWS);
        let by_size = (batches / 4).clamp(1, query.threads.max(1) * 4);
        let partitions = self.ranges.flatten().unwrap_or(by_size);
        let mut bounds: Vec<usize> = (0..=partitions)
            .map(|n| all.items.len() * n / partitions)
            .collect();
        if self.ranges.is_some() {
            for bound in &mut bounds[1..partitions] {
                while (1..all.items.len()).contains(bound)
                    && all
                        .compare_keys(&all.items[*bound - 1], &all.items[*bound])
                        .is_eq()
                {
                    *bound += 1;
                }
            }
        }
        let sorted = Sorted {
            bounds,
            batches: all.batches,
            items: all.items,
            reserved,
            query: query.clone(),
        };
        let filled = self.sorted.set(Arc::new(sorted));
        filled.map_err(|_| Error::internal("a sort finished twice"))
    }
}

impl SinkLocal for SortLocal {
    fn begin_partition(&mut self, task: &TaskContext) -> Result<()> {
        self.position = Position::start(task);
        self.run.begin_partition(task.partition);
        Ok(())
    }

    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let rows = batch.rows;
        let bytes = logical_bytes(&batch) as usize + rows * size_of::<Item>();
        self.query.memory.reserve(bytes);
        self.reserved += bytes;
        self.run
            .push(&self.keys, batch, self.position.context(), |_| true)?;
        self.position.advance(rows);
        Ok(Flow::Continue)
    }
}

impl Source for SortShared {
    fn partitions(&self) -> usize {
        self.sorted
            .get()
            .map_or(1, |sorted| sorted.bounds.len() - 1)
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let Some(sorted) = self.sorted.get() else {
            return Err(Error::internal("a sort was read before it was made"));
        };
        Ok(Box::new(SortedReader {
            sorted: sorted.clone(),
            rows: sorted.bounds[partition]..sorted.bounds[partition + 1],
        }))
    }
}

/// Gathers a slice of the order.
struct SortedReader {
    sorted: Arc<Sorted>,
    rows: Range<usize>,
}

impl BatchReader for SortedReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        let start = self.rows.start;
        let end = self.rows.end.min(start + BATCH_ROWS);
        if start >= end {
            return Ok(None);
        }
        self.rows.start = end;
        gather(&self.sorted.batches, &self.sorted.items[start..end]).map(Some)
    }
}

/// `sort_within_partitions`: sorts the rows of every partition.
pub(in crate::exec) struct SortPartitions(pub Arc<SortKeys>);

struct SortPartitionsLocal {
    keys: Arc<SortKeys>,
    run: Run,
    position: Position,
}

impl Operator for SortPartitions {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(SortPartitionsLocal {
            keys: self.0.clone(),
            run: Run::default(),
            position: Position::start(task),
        }))
    }
}

impl OperatorLocal for SortPartitionsLocal {
    fn push(&mut self, batch: Batch, _: &mut Downstream) -> Result<Flow> {
        let rows = batch.rows;
        self.run
            .push(&self.keys, batch, self.position.context(), |_| true)?;
        self.position.advance(rows);
        Ok(Flow::Continue)
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        let run = std::mem::take(&mut self.run);
        let mut items = run.items.clone();
        items.sort_unstable_by(|a, b| run.compare(a, b));
        for items in items.chunks(BATCH_ROWS) {
            if output.push(gather(&run.batches, items)?)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}
