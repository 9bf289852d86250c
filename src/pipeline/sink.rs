//! Where rows have to wait for each other.

use super::{Batch, Flow, QueryContext, TaskContext};
use crate::error::Result;
use std::any::Any;
use std::sync::Arc;

/// The end of a stage, shared by all workers: hash build, aggregation, sort, exchange, collect, write.
///
/// What it makes is read by later stages; sink and reader share it (an `Arc` with a cell that `finish`
/// fills).
pub trait Sink: Send + Sync {
    /// Whether every partition gets a local of its own, because their order matters; otherwise every
    /// worker gets one for all the partitions it works on.
    fn is_ordered(&self) -> bool {
        false
    }

    /// A local, for a worker or a partition. Called by the worker, before its first batch.
    fn open(&self, context: &TaskContext) -> Result<Box<dyn SinkLocal>>;

    /// All rows are in. Called once per stage by one worker, with the locals in partition order if the
    /// sink is ordered, even if there are none. Not called when the query has failed.
    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, context: &Arc<QueryContext>) -> Result<()>;
}

/// The rows that one worker, or one partition, brings to a sink. Owned by one worker at a time.
pub trait SinkLocal: Any + Send {
    /// A partition begins; its rows follow. Called for every partition, also those without rows.
    fn begin_partition(&mut self, context: &TaskContext) -> Result<()> {
        let _ = context;
        Ok(())
    }

    /// Takes a batch of at least one row.
    fn push(&mut self, batch: Batch) -> Result<Flow>;

    /// The partition that has begun is at its end.
    fn end_partition(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The locals as what they are. All locals of a sink were made by it, so none is lost.
pub fn downcast_locals<L: SinkLocal>(locals: Vec<Box<dyn SinkLocal>>) -> Vec<L> {
    let locals = locals.into_iter();
    locals
        .filter_map(|local| (local as Box<dyn Any>).downcast::<L>().ok())
        .map(|local| *local)
        .collect()
}
