//! Rows on their way to being sorted.

use super::SortKeys;
use super::gather::{Places, gather_places};
use super::key::{Rest, compare_rest};
use crate::error::Result;
use crate::functions::scalar::EvalContext;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter;
use arrow::row::Row;
use std::cmp::Ordering;

/// A row to be sorted.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct Item {
    /// The key, or its beginning.
    pub prefix: u128,
    /// Partition and row in the input.
    pub position: u64,
    /// Where it lies.
    pub batch: u32,
    /// Where it lies.
    pub row: u32,
}

/// Bits of a position that count rows.
const ROW_BITS: u32 = 40;

/// The position of a partition's first row.
pub(super) fn first_position(partition: usize) -> u64 {
    (partition as u64) << ROW_BITS
}

/// Rows with their keys.
#[derive(Default)]
pub(in crate::exec) struct Run {
    /// The rows.
    pub batches: Vec<Batch>,
    rests: Vec<Rest>,
    /// One per row, in any order; rows without one are not wanted.
    pub items: Vec<Item>,
    position: u64,
}

impl Run {
    /// Bytes per row beside its columns.
    pub const BYTES_PER_ROW: usize = size_of::<Item>();

    /// Adds rows with their keys, those for which `keep` is true of the prefix.
    pub fn push(
        &mut self,
        keys: &SortKeys,
        batch: Batch,
        context: &EvalContext,
        keep: impl Fn(u128) -> bool,
    ) -> Result<()> {
        let values = keys
            .expressions
            .eval_arrays(&batch.columns, batch.rows, context)?;
        let position = self.position;
        self.position += batch.rows as u64;
        self.push_keys(keys, &values, batch, position, keep)
    }

    /// The same with keys that have been computed, for rows from a position on.
    pub(super) fn push_keys(
        &mut self,
        keys: &SortKeys,
        values: &[ArrayRef],
        batch: Batch,
        position: u64,
        keep: impl Fn(u128) -> bool,
    ) -> Result<()> {
        let (prefixes, rest) = keys.encode(values, batch.rows)?;
        let number = self.batches.len() as u32;
        let before = self.items.len();
        for (row, prefix) in prefixes.into_iter().enumerate() {
            if keep(prefix) {
                self.items.push(Item {
                    prefix,
                    position: position + row as u64,
                    batch: number,
                    row: row as u32,
                });
            }
        }
        if self.items.len() > before {
            self.batches.push(batch);
            self.rests.push(rest);
        }
        Ok(())
    }

    /// The same for some of the rows only.
    pub(super) fn push_chosen(
        &mut self,
        keys: &SortKeys,
        values: &[ArrayRef],
        batch: &Batch,
        position: u64,
        chosen: &BooleanBuffer,
    ) -> Result<()> {
        let mask = BooleanArray::new(chosen.clone(), None);
        let keep = |arrays: &[ArrayRef]| {
            let arrays = arrays.iter().map(|array| filter(array.as_ref(), &mask));
            arrays.collect::<std::result::Result<Vec<_>, _>>()
        };
        let rows = chosen.count_set_bits();
        let batch = Batch::new(keep(&batch.columns)?, rows);
        let before = self.items.len();
        self.push_keys(keys, &keep(values)?, batch, position, |_| true)?;
        for (item, row) in self.items[before..].iter_mut().zip(chosen.set_indices()) {
            item.position = position + row as u64;
        }
        Ok(())
    }

    /// The order of two rows: by key, then as they came.
    pub fn compare(&self, a: &Item, b: &Item) -> Ordering {
        self.compare_keys(a, b)
            .then_with(|| a.position.cmp(&b.position))
    }

    /// The order of two rows' keys.
    pub fn compare_keys(&self, a: &Item, b: &Item) -> Ordering {
        a.prefix.cmp(&b.prefix).then_with(|| {
            let rest = |item: &Item| (&self.rests[item.batch as usize], item.row);
            compare_rest(rest(a), rest(b))
        })
    }

    /// Sorts the items, on all threads of the pool if they are many.
    pub fn sort(&mut self, query: &QueryContext) {
        use rayon::slice::ParallelSliceMut;
        let mut items = std::mem::take(&mut self.items);
        if query.threads <= 1 || items.len() < 16 * 1024 {
            items.sort_unstable_by(|a, b| self.compare(a, b));
        } else {
            items.par_sort_unstable_by(|a, b| self.compare(a, b));
        }
        self.items = items;
    }

    /// Sorts the items by this thread alone.
    pub fn sort_here(&mut self) {
        let mut items = std::mem::take(&mut self.items);
        items.sort_unstable_by(|a, b| self.compare(a, b));
        self.items = items;
    }

    /// What lies of a row's key beyond its prefix.
    pub fn rest(&self, item: &Item) -> &[u8] {
        self.rest_row(item).map_or(&[], |row| row.data())
    }

    /// The same as a row of arrow-row: all keys, if they do not lie in the prefix as a whole.
    pub fn rest_row(&self, item: &Item) -> Option<Row<'_>> {
        let rest = self.rests[item.batch as usize].as_ref();
        rest.map(|rows| rows.row(item.row as usize))
    }

    /// Keeps the first `count` items, unordered; returns the last of them if there are as many.
    pub fn keep_first(&mut self, count: usize) -> Option<Item> {
        if self.items.len() <= count {
            let last = self.items.iter().max_by(|a, b| self.compare(a, b));
            return last.copied().filter(|_| self.items.len() == count);
        }
        let mut items = std::mem::take(&mut self.items);
        let mut last = None;
        if let Some(index) = count.checked_sub(1) {
            let (_, item, _) = items.select_nth_unstable_by(index, |a, b| self.compare(a, b));
            last = Some(*item);
        }
        items.truncate(count);
        self.items = items;
        last
    }

    /// Adds another run.
    pub fn append(&mut self, mut other: Run) {
        let offset = self.batches.len() as u32;
        for item in &mut other.items {
            item.batch += offset;
        }
        self.items.append(&mut other.items);
        self.batches.append(&mut other.batches);
        self.rests.append(&mut other.rests);
    }

    /// Drops batches of which no row is wanted any more.
    pub fn forget_unused(&mut self) {
        let mut used = vec![false; self.batches.len()];
        for item in &self.items {
            used[item.batch as usize] = true;
        }
        let mut number = 0;
        let renumbered: Vec<u32> = (used.iter())
            .map(|used| {
                let this = number;
                number += u32::from(*used);
                this
            })
            .collect();
        for item in &mut self.items {
            item.batch = renumbered[item.batch as usize];
        }
        let mut keep = used.iter();
        self.batches.retain(|_| *keep.next().unwrap_or(&false));
        let mut keep = used.iter();
        self.rests.retain(|_| *keep.next().unwrap_or(&false));
    }
}

/// The rows of some items, in their order.
pub(super) fn gather(batches: &[Batch], items: &[Item]) -> Result<Batch> {
    let place = |item: &Item| (u64::from(item.batch) << u32::BITS) | u64::from(item.row);
    let list: Vec<u64> = items.iter().map(place).collect();
    let places = Places {
        list: &list,
        row_bits: u32::BITS,
    };
    gather_places(batches, places)
}
