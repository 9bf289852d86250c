//! What operators count while they run, and how far a query is.

use super::Batch;
use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Counters of one operator of one query, over all workers.
#[derive(Debug, Default)]
pub struct Metrics {
    rows: AtomicU64,
    batches: AtomicU64,
    bytes: AtomicU64,
    nanos: AtomicU64,
}

impl Metrics {
    /// Rows that came in (for a source: that it gave).
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Batches that came in.
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Bytes that came in; only counted for EXPLAIN ANALYZE.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Time spent in it without what is downstream, over all workers.
    pub fn nanos(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    /// Adds time spent outside of batches (a sink's finish).
    pub fn add_nanos(&self, nanos: u64) {
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// What a scan says of itself beside the counters of all operators, over all workers.
#[derive(Debug, Default)]
pub struct ScanMetrics {
    split_nanos: AtomicU64,
    filter_nanos: AtomicU64,
    read: AtomicU64,
    skipped: AtomicU64,
}

impl ScanMetrics {
    /// Runs a filter and counts the time that it takes.
    pub fn filtering<T>(&self, filter: impl FnOnce() -> T) -> T {
        timed(&self.filter_nanos, filter)
    }

    /// Splits text into records and fields and counts the time that it takes.
    pub fn splitting<T>(&self, split: impl FnOnce() -> T) -> T {
        timed(&self.split_nanos, split)
    }

    /// A part of a file (a row group, a range of its bytes) is read.
    pub fn read_part(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }

    /// A part of a file is not read, since no row of it can be wanted.
    pub fn skip_part(&self) {
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Time spent in filters.
    pub fn filter_nanos(&self) -> u64 {
        self.filter_nanos.load(Ordering::Relaxed)
    }

    /// Time spent on splitting text into records and fields.
    pub fn split_nanos(&self) -> u64 {
        self.split_nanos.load(Ordering::Relaxed)
    }

    /// Parts that were read, and that were not.
    pub fn parts(&self) -> (u64, u64) {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (load(&self.read), load(&self.skipped))
    }
}

fn timed<T>(nanos: &AtomicU64, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = work();
    nanos.fetch_add(begin.elapsed().as_nanos() as u64, Ordering::Relaxed);
    result
}

/// One worker's counts, added to the shared ones at the end of a partition.
#[derive(Debug, Default)]
pub(super) struct Measure {
    pub rows: u64,
    pub batches: u64,
    pub bytes: u64,
    /// Including what is downstream.
    pub nanos: u64,
    pub count_bytes: bool,
}

impl Measure {
    pub fn input(&mut self, batch: &Batch) {
        self.rows += batch.rows as u64;
        self.batches += 1;
        if self.count_bytes {
            self.bytes += logical_bytes(batch);
        }
    }

    /// Moves the counts over; `downstream` is the time to be left out.
    pub fn flush(&mut self, metrics: &Metrics, downstream: u64) {
        let Measure { count_bytes, .. } = *self;
        metrics.rows.fetch_add(self.rows, Ordering::Relaxed);
        metrics.batches.fetch_add(self.batches, Ordering::Relaxed);
        metrics.bytes.fetch_add(self.bytes, Ordering::Relaxed);
        metrics
            .nanos
            .fetch_add(self.nanos.saturating_sub(downstream), Ordering::Relaxed);
        *self = Measure {
            count_bytes,
            ..Measure::default()
        };
    }
}

/// Bytes of the values themselves, whatever else the buffers hold.
pub fn logical_bytes(batch: &Batch) -> u64 {
    let column_bytes = |column: &dyn Array| match column.data_type() {
        DataType::Utf8View => {
            let views = column.as_string_view().views().iter();
            views.map(|view| 16 + u64::from(*view as u32)).sum()
        }
        DataType::BinaryView => {
            let views = column.as_binary_view().views().iter();
            views.map(|view| 16 + u64::from(*view as u32)).sum()
        }
        DataType::Boolean => column.len().div_ceil(8) as u64,
        // Codes; whoever made the dictionary has counted it.
        DataType::Dictionary(..) => (column.len() * size_of::<u32>()) as u64,
        other => match other.primitive_width() {
            Some(width) => (column.len() * width) as u64,
            None => {
                let data = column.to_data();
                data.get_slice_memory_size().unwrap_or(0) as u64
            }
        },
    };
    let columns = batch.columns.iter();
    columns.map(|column| column_bytes(column.as_ref())).sum()
}

/// How far a running query is, for a progress bar. Read by any thread while the query runs.
#[derive(Debug, Default)]
pub struct Progress {
    tasks: AtomicUsize,
    finished: AtomicUsize,
    stages: AtomicUsize,
    stages_finished: AtomicUsize,
    rows: AtomicU64,
    count_bytes: AtomicBool,
}

impl Progress {
    /// Partitions of the stages that have begun.
    pub fn tasks(&self) -> usize {
        self.tasks.load(Ordering::Relaxed)
    }

    /// Partitions that are done.
    pub fn tasks_finished(&self) -> usize {
        self.finished.load(Ordering::Relaxed)
    }

    /// Stages of the query.
    pub fn stages(&self) -> usize {
        self.stages.load(Ordering::Relaxed)
    }

    /// Stages that are done.
    pub fn stages_finished(&self) -> usize {
        self.stages_finished.load(Ordering::Relaxed)
    }

    /// Rows that sources gave.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Makes operators count bytes too, which costs a little. Before the query runs.
    pub fn count_bytes(&self) {
        self.count_bytes.store(true, Ordering::Relaxed);
    }

    pub(super) fn counts_bytes(&self) -> bool {
        self.count_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add_stages(&self, stages: usize) {
        self.stages.fetch_add(stages, Ordering::Relaxed);
    }

    pub(super) fn add_tasks(&self, tasks: usize) {
        self.tasks.fetch_add(tasks, Ordering::Relaxed);
    }

    pub(super) fn finish_task(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn finish_stage(&self) {
        self.stages_finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
