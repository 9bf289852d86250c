//! Batches kept in memory between stages, partition by partition.

use crate::error::{Error, Result};
use crate::pipeline::{
    Batch, BatchReader, Flow, QueryContext, Reservation, Sink, SinkLocal, Source, TaskContext,
    downcast_locals,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A cell for batches: the sink that fills it, and the source that reads it.
#[derive(Default)]
pub struct Materialized {
    partitions: OnceLock<Vec<Mutex<Slot>>>,
    readers: Readers,
}

/// Who reads a cell.
#[derive(Default)]
enum Readers {
    /// Any number; the batches stay.
    #[default]
    Any,
    /// So many streams, each of which opens a partition at most once: the last takes the batches out, unless
    /// they are to stay.
    Counted(AtomicUsize, AtomicBool),
}

/// The batches of a partition.
#[derive(Default)]
struct Slot {
    batches: Vec<Batch>,
    /// How often it has been opened.
    opened: usize,
    /// What a [`Keep`] has reserved for the batches.
    reservation: Option<Reservation>,
}

impl Materialized {
    /// A cell that may be read by several stages, several times.
    pub fn shared() -> Materialized {
        Materialized::default()
    }

    /// A cell whose partitions are read once; memory is freed as they are.
    pub fn read_once() -> Materialized {
        let cell = Materialized::counted();
        cell.add_reader();
        cell
    }

    /// A cell whose readers are counted while the query is planned; memory is freed as the last of them reads.
    pub(super) fn counted() -> Materialized {
        Materialized {
            readers: Readers::Counted(AtomicUsize::new(0), AtomicBool::new(false)),
            ..Materialized::default()
        }
    }

    /// One more stream reads it. Called before it is filled.
    pub(super) fn add_reader(&self) {
        if let Readers::Counted(count, _) = &self.readers {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Its batches stay, however many have read them. Called before it is filled.
    pub(super) fn keep(&self) {
        if let Readers::Counted(_, keeps) = &self.readers {
            keeps.store(true, Ordering::Relaxed);
        }
    }

    /// Fills it; once.
    pub fn fill(&self, partitions: Vec<Vec<Batch>>) -> Result<()> {
        let slot = |batches| Slot {
            batches,
            ..Slot::default()
        };
        let partitions = partitions.into_iter().map(slot).map(Mutex::new).collect();
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
            .flat_map(|partition| lock(partition).batches.clone())
            .collect()
    }

    /// Takes the batches out.
    pub fn take(&self) -> Result<Vec<Vec<Batch>>> {
        let Some(partitions) = self.partitions.get() else {
            return Err(Error::internal("a result was read before it was made"));
        };
        let partitions = partitions.iter();
        Ok(partitions
            .map(|p| std::mem::take(&mut lock(p).batches))
            .collect())
    }
}

fn lock(partition: &Mutex<Slot>) -> std::sync::MutexGuard<'_, Slot> {
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
        let mut slot = lock(partition);
        slot.opened += 1;
        let is_last = match &self.readers {
            Readers::Any => false,
            Readers::Counted(count, keeps) => {
                slot.opened >= count.load(Ordering::Relaxed) && !keeps.load(Ordering::Relaxed)
            }
        };
        let batches = match is_last {
            true => {
                slot.reservation = None;
                std::mem::take(&mut slot.batches)
            }
            false => slot.batches.clone(),
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

/// Like [`Collect`], for rows that stay in memory until several stages have read them: their bytes are
/// accounted for.
pub(super) struct Keep(pub Arc<Materialized>);

impl Sink for Keep {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(KeepLocal {
            batches: Vec::new(),
            reservation: Reservation::new(&task.query),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, _: &Arc<QueryContext>) -> Result<()> {
        let locals = downcast_locals::<KeepLocal>(locals);
        let (batches, reservations): (Vec<_>, Vec<_>) = (locals.into_iter())
            .map(|local| (local.batches, local.reservation))
            .unzip();
        self.0.fill(batches)?;
        let slots = self.0.partitions.get().into_iter().flatten();
        for (slot, reservation) in slots.zip(reservations) {
            lock(slot).reservation = Some(reservation);
        }
        Ok(())
    }
}

struct KeepLocal {
    batches: Vec<Batch>,
    reservation: Reservation,
}

impl SinkLocal for KeepLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.reservation.grow(batch.bytes());
        self.batches.push(batch);
        Ok(Flow::Continue)
    }
}
