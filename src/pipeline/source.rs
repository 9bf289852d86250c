//! Where a stage's rows come from.

use super::{Batch, TaskContext};
use crate::error::Result;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The input of a stage, in partitions that can be read independently: a Parquet row-group run, a CSV byte
/// range, a shuffle bucket, a slice of memory.
pub trait Source: Send + Sync {
    /// How many partitions. Called once per stage, before any `open`; every stage that this one depends
    /// on has finished by then.
    fn partitions(&self) -> usize;

    /// Begins to read a partition. Called once per partition, by whichever worker claims it, many at once.
    fn open(&self, partition: usize, context: &TaskContext) -> Result<Box<dyn BatchReader>>;

    /// Bounds of the values of the column that rows were to come in the order of, block by block as partitions and their
    /// blocks are read. None if there is no such column, or a block of which they are not known, or a NULL, or values come
    /// in no order that [`KeyBlocks`] can tell.
    fn blocks(&self) -> Option<KeyBlocks> {
        None
    }
}

/// Blocks of rows of which none has a smaller value in some column than a block before it: those of a file that is sorted by
/// the column, or was written as values grew. Within a block values may come in any order.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyBlocks {
    /// Per partition, the smallest and the largest value of each block.
    partitions: Vec<Vec<(i64, i64)>>,
}

impl KeyBlocks {
    /// Given bounds of the values of each block of each partition, if these follow each other.
    pub fn new(partitions: Vec<Vec<(i64, i64)>>) -> Option<KeyBlocks> {
        let blocks = partitions.iter().flatten();
        let bounds = blocks.flat_map(|(first, last)| [first, last]);
        bounds.is_sorted().then_some(KeyBlocks { partitions })
    }

    /// A bound that the values of later rows of a partition are not below, given the value of a row. None if no block may have
    /// that value.
    pub fn floor(&self, partition: usize, value: i64) -> Option<i64> {
        let blocks = self.partitions.get(partition)?;
        // The first block that it may come from: its neighbour may end with what the next begins with.
        let block = blocks.partition_point(|(_, last)| *last < value);
        let (first, _) = blocks.get(block)?;
        (*first <= value).then_some(*first)
    }

    /// The values that no other partition and no later row of this one has, given a bound that the values of later rows are not
    /// below; None: there are no later rows.
    pub fn finished(&self, partition: usize, floor: Option<i64>) -> RangeInclusive<i64> {
        let (before, others) = self.partitions.split_at(partition);
        let before = before.iter().rev().find_map(|blocks| blocks.last());
        let after = others.iter().skip(1).find_map(|blocks| blocks.first());
        let first = before.map_or(Some(i64::MIN), |(_, last)| last.checked_add(1));
        let end = after.map(|(first, _)| *first).into_iter().chain(floor);
        let last = end.min().map_or(Some(i64::MAX), |end| end.checked_sub(1));
        match first.zip(last) {
            Some((first, last)) => first..=last,
            None => RangeInclusive::new(1, 0),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::KeyBlocks;

    #[test]
    fn blocks_must_follow_each_other() {
        assert!(KeyBlocks::new(vec![vec![(1, 5), (5, 5)], vec![], vec![(5, 9)]]).is_some());
        assert_eq!(KeyBlocks::new(vec![vec![(1, 5), (4, 9)]]), None);
        assert_eq!(KeyBlocks::new(vec![vec![(6, 9)], vec![(1, 5)]]), None);
        assert_eq!(KeyBlocks::new(vec![vec![(5, 1)]]), None);
    }

    #[test]
    fn values_tell_what_may_still_come() {
        let blocks = KeyBlocks::new(vec![vec![(1, 5), (5, 8), (11, 20)], vec![(20, 30)]]).unwrap();
        // The first block may end with the 5 that the second begins with.
        let floors = [1, 5, 6, 8, 11, 20].map(|value| blocks.floor(0, value));
        assert_eq!(floors, [1, 1, 5, 5, 11, 11].map(Some));
        assert_eq!([0, 9, 21].map(|value| blocks.floor(0, value)), [None; 3]);
        assert_eq!(blocks.finished(0, None), i64::MIN..=19);
        assert_eq!(blocks.finished(0, Some(11)), i64::MIN..=10);
        assert_eq!(blocks.finished(1, None), 21..=i64::MAX);
        // All partitions may have the only value.
        let ends = [i64::MIN, 0, i64::MAX];
        for end in ends {
            let blocks = KeyBlocks::new(vec![vec![(end, end)]; 3]).unwrap();
            for partition in 0..3 {
                assert!(!blocks.finished(partition, None).contains(&end));
            }
        }
    }
}
