//! Batches kept in memory between stages, partition by partition.

use crate::error::{Error, Result};
use crate::pipeline::{
    Batch, BatchReader, Flow, QueryContext, Sink, SinkLocal, Source, TaskContext, downcast_locals,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A cell for batches: the sink that fills it, and the source that reads it.
#[derive(Default)]
pub struct Materialized {
    partitions: OnceLock<Vec<Mutex<Vec<Batch>>>>,
    /// Taken instead of read once; otherwise several readers may come.
    consumed: bool,
}

impl Materialized {
    /// A cell that may be read by several stages, several times.
    pub fn shared() -> Materialized {
        Materialized::default()
    }

    /// A cell whose partitions are read once; memory is freed as they are.
    pub fn read_once() -> Materialized {
        Materialized {
            consumed: true,
            ..Materialized::default()
        }
    }

    /// Fills it; once.
    pub fn fill(&self, partitions: Vec<Vec<Batch>>) -> Result<()> {
        let partitions = partitions.into_iter().map(Mutex::new).collect();
        (self.partitions.set(partitions)).map_err(|_| Error::internal("a result was made twice"))
    }

    /// Whether it has been filled.
    pub fn is_filled(&self) -> bool {
        self.partitions.get().is_some()
    }

    /// All batches in order; they stay.
    pub fn batches(&self) -> Vec<Batch> {
        let partitions = self.partitions.get().into_iter().flatten();
        partitions
            .flat_map(|partition| lock(partition).clone())
            .collect()
    }

    /// Takes the batches out.
    pub fn take(&self) -> Result<Vec<Vec<Batch>>> {
        let Some(partitions) = self.partitions.get() else {
            return Err(Error::internal("a result was read before it was made"));
        };
        let partitions = partitions.iter();
        Ok(partitions.map(|p| std::mem::take(&mut *lock(p))).collect())
    }
}

fn lock(partition: &Mutex<Vec<Batch>>) -> std::sync::MutexGuard<'_, Vec<Batch>> {
    partition.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Source for Materialized {
    fn partitions(&self) -> usize {
        self.partitions.get().map_or(0, Vec::len)
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let Some(partition) = self.partitions.get().and_then(|all| all.get(partition)) else {
            return Err(Error::internal("a result was read before it was made"));
        };
        let mut batches = lock(partition);
        let batches = match self.consumed {
            true => std::mem::take(&mut *batches),
            false => batches.clone(),
        };
        Ok(Box::new(Batches(batches.into_iter())))
    }
}

/// Reads batches one after the other.
pub(super) struct Batches<I: Iterator<Item = Batch> + Send>(pub I);

impl<I: Iterator<Item = Batch> + Send> BatchReader for Batches<I> {
    fn next(&mut self) -> Result<Option<Batch>> {
        Ok(self.0.find(|batch| batch.rows > 0))
    }
}

/// Collects the batches of every partition, in partition order.
pub(super) struct Collect(pub Arc<Materialized>);

/// The batches of one partition.
#[derive(Default)]
pub(super) struct CollectLocal(pub Vec<Batch>);

impl Sink for Collect {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, _: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(CollectLocal::default()))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, _: &Arc<QueryContext>) -> Result<()> {
        let locals = downcast_locals::<CollectLocal>(locals);
        self.0
            .fill(locals.into_iter().map(|local| local.0).collect())
    }
}

impl SinkLocal for CollectLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.0.push(batch);
        Ok(Flow::Continue)
    }
}
