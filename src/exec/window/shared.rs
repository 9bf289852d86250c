//! Collects the rows, and hands them on bucket by bucket.

use super::bucket::WindowPlan;
use super::whole::Whole;
use crate::error::{Error, Result};
use crate::exec::keys::{PARTITIONS, RadixBuffer, RadixKeys};
use crate::functions::scalar::EvalContext;
use crate::pipeline::{
    Batch, BatchReader, Chunk, Flow, QueryContext, Reservation, Sink, SinkLocal, Source, SpillFile,
    TaskContext, downcast_locals, logical_bytes, map,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A window node of a query: the sink of one stage and the source of the next.
pub(in crate::exec) struct WindowShared {
    plan: Arc<WindowPlan>,
    collected: OnceLock<Collected>,
    /// Where rows go that memory does not hold.
    file: Arc<SpillFile>,
}

/// The rows of a window, once all are there.
enum Collected {
    Buckets(Vec<Mutex<Vec<Chunk>>>),
    Whole(Arc<Whole>),
}

/// Rows up to which there is one bucket, whose result is in the order of all keys.
const FEW_ROWS: usize = 64 * 1024;
/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;

struct WindowLocal {
    plan: Arc<WindowPlan>,
    batches: Vec<Chunk>,
    rows: usize,
    /// Once there are many rows, or memory was refused.
    buckets: Option<RadixBuffer>,
    file: Arc<SpillFile>,
    query: Arc<QueryContext>,
}

impl WindowShared {
    pub fn new(plan: WindowPlan) -> WindowShared {
        WindowShared {
            plan: Arc::new(plan),
            collected: OnceLock::new(),
            file: SpillFile::new("window"),
        }
    }

    fn fill(&self, collected: Collected) -> Result<()> {
        let filled = self.collected.set(collected);
        filled.map_err(|_| Error::internal("a window finished twice"))
    }
}

impl Sink for WindowShared {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(WindowLocal {
            plan: self.plan.clone(),
            batches: Vec::new(),
            rows: 0,
            buckets: None,
            file: self.file.clone(),
            query: task.query.clone(),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut locals = downcast_locals::<WindowLocal>(locals);
        let rows: usize = locals.iter().map(|local| local.rows).sum();
        let is_spread = locals.iter().any(|local| local.buckets.is_some());
        let stays_whole = rows <= FEW_ROWS || self.plan.partition_by.expressions.is_empty();
        if !is_spread && rows > FEW_ROWS && self.plan.is_whole() {
            let counts: Vec<usize> = locals.iter().map(|local| local.batches.len()).collect();
            let batches = locals
                .iter_mut()
                .flat_map(|local| std::mem::take(&mut local.batches));
            match Whole::new(&self.plan, batches.collect(), query)? {
                Ok(whole) => return self.fill(Collected::Whole(Arc::new(whole))),
                Err(batches) => {
                    let mut batches = batches.into_iter();
                    for (local, count) in locals.iter_mut().zip(counts) {
                        local.batches = batches.by_ref().take(count).collect();
                    }
                }
            }
        }
        let buckets = if stays_whole && !is_spread {
            let batches = locals
                .iter_mut()
                .flat_map(|local| std::mem::take(&mut local.batches));
            vec![batches.collect()]
        } else {
            let split = map(query, locals, WindowLocal::split)?;
            let mut buckets: Vec<Vec<Chunk>> = (0..PARTITIONS).map(|_| Vec::new()).collect();
            for local in split {
                for (bucket, chunks) in buckets.iter_mut().zip(local) {
                    bucket.extend(chunks);
                }
            }
            buckets
        };
        self.fill(Collected::Buckets(
            buckets.into_iter().map(Mutex::new).collect(),
        ))
    }
}

impl WindowLocal {
    /// Adds rows to the buckets, with their PARTITION BY keys behind the columns unless they are columns.
    fn spread(&mut self, mut batch: Batch) -> Result<()> {
        let expressions = &self.plan.partition_by.expressions;
        let positions = match expressions.as_columns() {
            Some(positions) => positions,
            None => {
                let width = batch.columns.len();
                let keys = (self.plan).partition_keys(&batch, &EvalContext::default())?;
                batch.columns.extend(keys);
                (width..batch.columns.len()).collect()
            }
        };
        self.buckets
            .get_or_insert_with(|| {
                let keys = RadixKeys::new(positions, PARTITIONS);
                RadixBuffer::new(keys, &self.file, &self.query)
            })
            .push(batch)
    }

    /// Spreads the rows that are not yet.
    fn spread_all(&mut self) -> Result<()> {
        for chunk in std::mem::take(&mut self.batches) {
            self.spread(chunk.into_batch()?)?;
        }
        Ok(())
    }

    /// The rows by bucket.
    fn split(mut self) -> Result<Vec<Vec<Chunk>>> {
        self.spread_all()?;
        self.buckets
            .map_or_else(|| Ok(Vec::new()), RadixBuffer::finish)
    }
}

impl SinkLocal for WindowLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.rows += batch.rows;
        if self.buckets.is_some() {
            self.spread(batch)?;
            return Ok(Flow::Continue);
        }
        let mut reservation = Reservation::new(&self.query);
        let fits = reservation.resize(logical_bytes(&batch) as usize);
        self.batches.push(Chunk::Memory(batch, reservation));
        let can_spread = !self.plan.partition_by.expressions.is_empty();
        let is_large = self.rows > FEW_ROWS && !self.plan.is_whole();
        if can_spread && (!fits || is_large) {
            self.spread_all()?;
        }
        Ok(Flow::Continue)
    }
}

impl Source for WindowShared {
    fn partitions(&self) -> usize {
        match self.collected.get() {
            Some(Collected::Buckets(buckets)) => buckets.len(),
            Some(Collected::Whole(whole)) => whole.partitions(),
            None => 1,
        }
    }

    fn open(&self, partition: usize, task: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let unmade = || Error::internal("a window was read before it was made");
        let buckets = match self.collected.get().ok_or_else(unmade)? {
            Collected::Buckets(buckets) => buckets,
            Collected::Whole(whole) => return Ok(Box::new(whole.open(partition))),
        };
        let bucket = buckets.get(partition).ok_or_else(unmade)?;
        let batches = std::mem::take(&mut *bucket.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Box::new(WindowReader {
            plan: self.plan.clone(),
            query: task.query.clone(),
            input: Some(batches),
            by_key: self.partitions() == 1,
            reservation: Reservation::new(&task.query),
            result: Batch::default(),
            row: 0,
        }))
    }
}

/// Evaluates a bucket when its first batch is asked for.
struct WindowReader {
    plan: Arc<WindowPlan>,
    query: Arc<QueryContext>,
    input: Option<Vec<Chunk>>,
    /// Whether the result is in the order of all keys.
    by_key: bool,
    /// For the bucket while it is worked on.
    reservation: Reservation,
    result: Batch,
    row: usize,
}

impl BatchReader for WindowReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        if let Some(chunks) = self.input.take() {
            let mut batches = Vec::with_capacity(chunks.len());
            for chunk in chunks {
                let bytes = self.reservation.bytes() + chunk.bytes();
                let mut batch = chunk.into_batch()?;
                // Without the keys that it was spread by.
                batch.columns.truncate(self.plan.width);
                batches.push(batch);
                self.reservation.resize(bytes);
            }
            self.result = self.plan.evaluate(batches, self.by_key, &self.query)?;
        }
        let rows = BATCH_ROWS.min(self.result.rows - self.row);
        if rows == 0 {
            return Ok(None);
        }
        let slice = self.result.slice(self.row, rows);
        self.row += rows;
        Ok(Some(slice))
    }
}
