//! Rows on their way to being sorted.

use super::SortKeys;
use super::key::{Rest, compare_rest};
use crate::error::Result;
use crate::functions::scalar::EvalContext;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::Array;
use arrow::compute::interleave;
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

    /// The rows that follow come from this partition.
    pub fn begin_partition(&mut self, partition: usize) {
        self.position = (partition as u64) << ROW_BITS;
    }

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
        let (prefixes, rest) = keys.encode(&values, batch.rows)?;
        let number = self.batches.len() as u32;
        let before = self.items.len();
        for (row, prefix) in prefixes.into_iter().enumerate() {
            if keep(prefix) {
                self.items.push(Item {
                    prefix,
                    position: self.position + row as u64,
                    batch: number,
                    row: row as u32,
                });
            }
        }
        self.position += batch.rows as u64;
        if self.items.len() > before {
            self.batches.push(batch);
            self.rests.push(rest);
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
        let rest = self.rests[item.batch as usize].as_ref();
        rest.map_or(&[], |rows| rows.row(item.row as usize).data())
    }

    /// Takes the rows out; those that follow are counted on from them.
    pub fn take_rows(&mut self) -> Run {
        let position = self.position;
        std::mem::replace(
            self,
            Run {
                position,
                ..Run::default()
            },
        )
    }

    /// Keeps the first `count` items, unordered; returns the greatest prefix kept.
    pub fn keep_first(&mut self, count: usize) -> Option<u128> {
        if count == 0 {
            self.items.clear();
            return Some(0);
        }
        if self.items.len() < count {
            return None;
        }
        let mut items = std::mem::take(&mut self.items);
        if items.len() > count {
            items.select_nth_unstable_by(count - 1, |a, b| self.compare(a, b));
            items.truncate(count);
        }
        self.items = items;
        self.items.iter().map(|item| item.prefix).max()
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
pub(in crate::exec) fn gather(batches: &[Batch], items: &[Item]) -> Result<Batch> {
    let Some(first) = batches.first() else {
        return Ok(Batch::default());
    };
    if first.columns.is_empty() {
        return Ok(Batch::new(Vec::new(), items.len()));
    }
    // Only the batches that occur, so that little is looked at for a few rows of many batches.
    let mut numbers = vec![u32::MAX; batches.len()];
    let mut used = Vec::new();
    let mut indices = Vec::with_capacity(items.len());
    for item in items {
        let number = &mut numbers[item.batch as usize];
        if *number == u32::MAX {
            *number = used.len() as u32;
            used.push(item.batch as usize);
        }
        indices.push((*number as usize, item.row as usize));
    }
    let mut columns = Vec::with_capacity(first.columns.len());
    for column in 0..first.columns.len() {
        let arrays: Vec<&dyn Array> = used
            .iter()
            .map(|b| batches[*b].columns[column].as_ref())
            .collect();
        columns.push(match arrays.is_empty() {
            true => first.columns[column].slice(0, 0),
            false => interleave(&arrays, &indices)?,
        });
    }
    Ok(Batch::new(columns, items.len()))
}
