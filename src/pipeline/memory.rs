//! Accounts for the memory of sinks.
//!
//! A query has one pool with a limit (`spark.firesteel.memory.limit`). A sink takes bytes before it grows:
//!
//! ```text
//!   try_grow ─► taken                     the rows stay in memory
//!            └► refused ─► the sink writes what it holds to a spill file and gives its bytes back
//! ```
//!
//! What cannot be spilled (the table of a join without keys, one radix partition while it is worked on) is taken
//! all the same, so the limit is one on what waits, not on every byte: batches on their way, the buffers of
//! readers and a single huge group are outside of it.

use super::QueryContext;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on bytes held by the sinks of a query. Sinks reserve before they grow; one that is refused
/// spills.
#[derive(Debug)]
pub struct MemoryPool {
    limit: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
    spilled: AtomicUsize,
}

impl MemoryPool {
    /// A pool of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        MemoryPool {
            limit,
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            spilled: AtomicUsize::new(0),
        }
    }

    /// Takes `bytes` if they fit; otherwise takes nothing and says false.
    fn try_reserve(&self, bytes: usize) -> bool {
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

    fn reserve(&self, bytes: usize) {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        self.peak.fetch_max(before + bytes, Ordering::Relaxed);
    }

    fn release(&self, bytes: usize) {
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

    /// Bytes of rows that were written to spill files.
    pub fn spilled(&self) -> usize {
        self.spilled.load(Ordering::Relaxed)
    }

    pub(super) fn add_spilled(&self, bytes: usize) {
        self.spilled.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that a sink's local may hold before being refused makes it spill: below it the blocks would be
    /// too small to be worth writing, whoever else has taken the memory.
    pub fn working_set(&self) -> usize {
        (self.limit / 64).min(4 << 20)
    }
}

/// Bytes taken from the pool of a query; given back when it goes.
pub struct Reservation {
    query: Arc<QueryContext>,
    bytes: usize,
}

impl Reservation {
    /// Of nothing yet.
    pub fn new(query: &Arc<QueryContext>) -> Reservation {
        Reservation {
            query: query.clone(),
            bytes: 0,
        }
    }

    /// The query whose pool it is of.
    pub fn query(&self) -> &Arc<QueryContext> {
        &self.query
    }

    /// Bytes taken.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more if that fits; otherwise takes nothing and says false.
    pub fn try_grow(&mut self, bytes: usize) -> bool {
        let fits = self.query.memory.try_reserve(bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    /// Takes more whether that fits or not, for what cannot be spilled.
    pub fn grow(&mut self, bytes: usize) {
        self.query.memory.reserve(bytes);
        self.bytes += bytes;
    }

    /// Becomes one of so many bytes, and says whether they fit; they are taken all the same.
    pub fn resize(&mut self, bytes: usize) -> bool {
        if bytes <= self.bytes {
            self.query.memory.release(self.bytes - bytes);
            self.bytes = bytes;
            return true;
        }
        let more = bytes - self.bytes;
        let fits = self.try_grow(more);
        if !fits {
            self.grow(more);
        }
        fits
    }

    /// Hands a part over to a reservation of its own; at most all of it.
    pub fn split(&mut self, bytes: usize) -> Reservation {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Reservation {
            query: self.query.clone(),
            bytes,
        }
    }

    /// Takes over what another one has.
    pub fn absorb(&mut self, mut other: Reservation) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.query.memory.release(self.bytes);
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reservation({})", self.bytes)
    }
}
