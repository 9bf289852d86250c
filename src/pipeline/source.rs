//! Where a stage's rows come from.

use super::{Batch, TaskContext};
use crate::error::Result;
use std::cell::RefCell;
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

    /// The file that the last batch came from, for `input_file_name()`. Called after every batch.
    fn input_file(&self) -> Option<Arc<str>> {
        None
    }
}

thread_local! {
    static INPUT_FILE: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// The file of the batch that this thread is pushing through a pipeline. A batch goes all the way on the thread
/// that read it, so this need not travel with it.
pub fn input_file() -> Option<Arc<str>> {
    INPUT_FILE.with_borrow(Clone::clone)
}

/// Says which file the next batch comes from.
pub(super) fn set_input_file(file: Option<Arc<str>>) {
    INPUT_FILE.with_borrow_mut(|current| {
        if current.is_some() || file.is_some() {
            *current = file;
        }
    });
}
