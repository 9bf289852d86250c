//! Where a stage's rows come from.

use super::{Batch, TaskContext};
use crate::error::Result;
use std::sync::Arc;

/// The input of a stage, in partitions that can be read independently: a Parquet row-group run, a CSV byte
/// range, a shuffle bucket, a slice of memory.
pub trait Source: Send + Sync {
    /// How many partitions. Called once per stage, before any `open`; every stage that this one depends
    /// on has finished by then.
    fn partitions(&self) -> usize;

    /// Begins to read a partition. Called once per partition, by whichever worker claims it, many at once.
    fn open(&self, partition: usize, context: &TaskContext) -> Result<Box<dyn BatchReader>>;
}

/// Reads one partition. Owned by one worker.
pub trait BatchReader: Send {
    /// The next batch, of at least one row; None at the end.
    fn next(&mut self) -> Result<Option<Batch>>;

    /// The file that the last batch came from, for `input_file_name()`.
    fn input_file(&self) -> Option<Arc<str>> {
        None
    }
}
