//! Collects the rows, and hands them on bucket by bucket.

use super::bucket::WindowPlan;
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
    buckets: OnceLock<Vec<Mutex<Vec<Chunk>>>>,
    /// Where rows go that memory does not hold.
    file: Arc<SpillFile>,
}

/// Rows up to which there is one bucket, whose result is in order.
const FEW_ROWS: usize = 64 * 1024;
/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;

struct WindowLocal {
    plan: Arc<WindowPlan>,
    batches: Vec<Chunk>,
    rows: usize,
    /// Once memory was refused.
    spill: Option<RadixBuffer>,
    file: Arc<SpillFile>,
    query: Arc<QueryContext>,
}

impl WindowShared {
    pub fn new(plan: WindowPlan) -> WindowShared {
        WindowShared {
            plan: Arc::new(plan),
            buckets: OnceLock::new(),
            file: SpillFile::new("window"),
        }
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
            spill: None,
            file: self.file.clone(),
            query: task.query.clone(),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut locals = downcast_locals::<WindowLocal>(locals);
        let rows: usize = locals.iter().map(|local| local.rows).sum();
        let has_spilled = locals.iter().any(|local| local.spill.is_some());
        let stays_whole = rows <= FEW_ROWS || self.plan.partition_width() == 0;
        let buckets = if stays_whole && !has_spilled {
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
        let buckets = buckets.into_iter().map(Mutex::new).collect();
        (self.buckets.set(buckets)).map_err(|_| Error::internal("a window finished twice"))
    }
}

impl WindowLocal {
    /// Adds rows, with their PARTITION BY keys behind the columns, to the buckets.
    fn spread(&mut self, batch: Batch) -> Result<()> {
        let width = batch.columns.len();
        let keys = (self.plan).partition_keys(&batch, &EvalContext::default())?;
        let positions = (width..width + keys.len()).collect();
        let columns = batch.columns.into_iter().chain(keys).collect();
        self.spill
            .get_or_insert_with(|| {
                let keys = RadixKeys::new(positions, PARTITIONS);
                RadixBuffer::new(keys, &self.file, &self.query)
            })
            .push(Batch::new(columns, batch.rows))
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
        self.spill
            .map_or_else(|| Ok(Vec::new()), RadixBuffer::finish)
    }
}

impl SinkLocal for WindowLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.rows += batch.rows;
        if self.spill.is_some() {
            self.spread(batch)?;
            return Ok(Flow::Continue);
        }
        let mut reservation = Reservation::new(&self.query);
        let fits = reservation.resize(logical_bytes(&batch) as usize);
        self.batches.push(Chunk::Memory(batch, reservation));
        if !fits && self.plan.partition_width() > 0 {
            self.spread_all()?;
        }
        Ok(Flow::Continue)
    }
}

impl Source for WindowShared {
    fn partitions(&self) -> usize {
        self.buckets.get().map_or(1, Vec::len)
    }

    fn open(&self, partition: usize, task: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let Some(bucket) = self
            .buckets
            .get()
            .and_then(|buckets| buckets.get(partition))
        else {
            return Err(Error::internal("a window was read before it was made"));
        };
        let batches = std::mem::take(&mut *bucket.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Box::new(WindowReader {
            plan: self.plan.clone(),
            query: task.query.clone(),
            input: Some(batches),
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
            self.result = self.plan.evaluate(batches, &self.query)?;
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
