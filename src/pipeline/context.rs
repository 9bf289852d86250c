//! What a running query shares, and what a task knows of itself.

use super::{MemoryPool, Progress};
use crate::config::Config;
use crate::error::{Error, Result, conditions::OPERATION_CANCELED};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What all tasks of a query share.
#[derive(Debug)]
pub struct QueryContext {
    /// Settings as they were when the query was analyzed.
    pub config: Arc<Config>,
    /// Accounts for the memory of sinks.
    pub memory: MemoryPool,
    /// Workers of the pool the query runs on.
    pub threads: usize,
    /// How far it is.
    pub progress: Arc<Progress>,
    cancelled: Arc<AtomicBool>,
}

impl QueryContext {
    /// A context with a fresh memory pool of `memory_limit` bytes. Setting `cancelled` stops the query at
    /// its next batch.
    pub fn new(
        config: Arc<Config>,
        threads: usize,
        memory_limit: usize,
        cancelled: Arc<AtomicBool>,
    ) -> Self {
        QueryContext {
            config,
            memory: MemoryPool::new(memory_limit),
            threads,
            progress: Arc::default(),
            cancelled,
        }
    }

    /// `OPERATION_CANCELED` once somebody has cancelled the query. Called at every batch.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::of(&OPERATION_CANCELED));
        }
        Ok(())
    }
}

/// What one task knows: the query it belongs to and the partition it works on.
#[derive(Debug, Clone)]
pub struct TaskContext {
    /// The query.
    pub query: Arc<QueryContext>,
    /// Number of the partition among all of the stage's pipelines.
    pub partition: usize,
    /// Its number in the source of its own pipeline: what [`Source::open`](super::Source::open) gets.
    pub source_partition: usize,
}
