//! Collects the rows, and hands them on bucket by bucket.

use super::bucket::WindowPlan;
use crate::error::{Error, Result};
use crate::exec::keys::{PARTITIONS, RadixBuffer};
use crate::functions::scalar::EvalContext;
use crate::pipeline::{
    Batch, BatchReader, Flow, QueryContext, Sink, SinkLocal, Source, TaskContext, downcast_locals,
    logical_bytes, map,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A window node of a query: the sink of one stage and the source of the next.
pub(in crate::exec) struct WindowShared {
    plan: Arc<WindowPlan>,
    buckets: OnceLock<Vec<Mutex<Vec<Batch>>>>,
}

/// Rows up to which there is one bucket, whose result is in order.
const FEW_ROWS: usize = 64 * 1024;
/// Rows per batch of the result.
const BATCH_ROWS: usize = 8192;

struct WindowLocal {
    batches: Vec<Batch>,
    rows: usize,
    reserved: usize,
    query: Arc<QueryContext>,
}

impl WindowShared {
    pub fn new(plan: WindowPlan) -> WindowShared {
        WindowShared {
            plan: Arc::new(plan),
            buckets: OnceLock::new(),
        }
    }
}

impl Sink for WindowShared {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(WindowLocal {
            batches: Vec::new(),
            rows: 0,
            reserved: 0,
            query: task.query.clone(),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut locals = downcast_locals::<WindowLocal>(locals);
        let rows: usize = locals.iter().map(|local| local.rows).sum();
        let buckets = if rows <= FEW_ROWS || self.plan.partition_width() == 0 {
            let batches = locals
                .iter_mut()
                .flat_map(|local| std::mem::take(&mut local.batches));
            vec![batches.collect()]
        } else {
            let split = map(query, locals, |mut local| {
                let mut buffer: Option<RadixBuffer> = None;
                for batch in std::mem::take(&mut local.batches) {
                    let width = batch.columns.len();
                    let keys = self.plan.partition_keys(&batch, &EvalContext::default())?;
                    let positions = (width..width + keys.len()).collect();
                    let columns = batch.columns.into_iter().chain(keys).collect();
                    buffer
                        .get_or_insert_with(|| RadixBuffer::new(positions, PARTITIONS))
                        .push(Batch::new(columns, batch.rows))?;
                }
                match buffer {
                    Some(buffer) => buffer.finish(),
                    None => Ok(Vec::new()),
                }
            })?;
            let mut buckets: Vec<Vec<Batch>> = vec![Vec::new(); PARTITIONS];
            let width = self.plan.partition_width();
            for local in split {
                for (bucket, batches) in buckets.iter_mut().zip(local) {
                    bucket.extend(batches.into_iter().map(|mut batch| {
                        batch.columns.truncate(batch.columns.len() - width);
                        batch
                    }));
                }
            }
            buckets
        };
        let buckets = buckets.into_iter().map(Mutex::new).collect();
        (self.buckets.set(buckets)).map_err(|_| Error::internal("a window finished twice"))
    }
}

impl SinkLocal for WindowLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let bytes = logical_bytes(&batch) as usize;
        self.query.memory.reserve(bytes);
        self.reserved += bytes;
        self.rows += batch.rows;
        self.batches.push(batch);
        Ok(Flow::Continue)
    }
}

impl Drop for WindowLocal {
    fn drop(&mut self) {
        self.query.memory.release(self.reserved);
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
            result: Batch::default(),
            row: 0,
        }))
    }
}

/// Evaluates a bucket when its first batch is asked for.
struct WindowReader {
    plan: Arc<WindowPlan>,
    query: Arc<QueryContext>,
    input: Option<Vec<Batch>>,
    result: Batch,
    row: usize,
}

impl BatchReader for WindowReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        if let Some(batches) = self.input.take() {
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
