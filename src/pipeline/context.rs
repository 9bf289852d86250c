//! What a running query shares, and what a task knows of itself.

use super::Progress;
use crate::config::Config;
use crate::error::{Error, Result, conditions::OPERATION_CANCELED};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    /// Partition of the stage's source.
    pub partition: usize,
}

/// A limit on bytes held by the sinks of a query. Sinks reserve before they grow; one that is refused
/// spills.
#[derive(Debug)]
pub struct MemoryPool {
    limit: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

impl MemoryPool {
    /// A pool of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        MemoryPool {
            limit,
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    /// Takes `bytes` if they fit; otherwise takes nothing and says false.
    pub fn try_reserve(&self, bytes: usize) -> bool {
        let grow = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        match self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow)
        {
            Ok(before) => {
                self.peak.fetch_max(before + bytes, Ordering::Relaxed);
                true
            }
            Err(_) => false,
        }
    }

    /// Takes `bytes` whether they fit or not, for what cannot be spilled.
    pub fn reserve(&self, bytes: usize) {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        self.peak.fetch_max(before + bytes, Ordering::Relaxed);
    }

    /// Gives `bytes` back.
    pub fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The most bytes that were ever in use.
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }
}
