//! All rows in memory, put in order.

use super::SortKeys;
use super::gather::{Places, gather_column, gather_places};
use super::layout::{KeyStats, Layout};
use super::radix::{Bits, Word, sorted};
use crate::error::{Error, Result};
use crate::kernel::normalize::normalize_floats;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::ArrayRef;
use arrow::row::{RowConverter, Rows};
use std::ops::Range;

/// Rows that wait to be sorted.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub batch: Batch,
    /// Their keys.
    pub keys: Vec<ArrayRef>,
    /// Partition and row of the first in the input.
    pub position: u64,
}

/// See the module.
pub(super) struct Ordered {
    batches: Vec<Batch>,
    /// The keys of every batch, if they decide where numbers are equal.
    keys: Vec<Vec<ArrayRef>>,
    words: Words,
    bits: Bits,
    row_bits: u32,
    open: Option<Open>,
}

/// A number per row, in order: its key, as far as that goes, above its place.
enum Words {
    Narrow(Vec<u64>),
    Wide(Vec<u128>),
}

/// Compares the keys that are not in the numbers as a whole.
struct Open {
    /// The first of them.
    from: usize,
    converter: RowConverter,
}

impl Open {
    /// The keys of rows at some places.
    fn rows(&self, keys: &[Vec<ArrayRef>], places: Places) -> Result<Rows> {
        let width = keys.first().map_or(0, Vec::len);
        let columns = (self.from..width).map(|key| {
            let parts: Vec<&ArrayRef> = keys.iter().map(|keys| &keys[key]).collect();
            gather_column(&parts, places).map(|column| normalize_floats(&column))
        });
        Ok(self
            .converter
            .convert_columns(&columns.collect::<Result<Vec<_>>>()?)?)
    }
}

impl Ordered {
    /// Sorts rows, on all threads of the query if one is given.
    pub fn new(
        keys: &SortKeys,
        stats: &[KeyStats],
        mut held: Vec<Held>,
        query: Option<&QueryContext>,
    ) -> Result<Ordered> {
        held.sort_unstable_by_key(|held| held.position);
        let rows: Vec<usize> = held.iter().map(|held| held.batch.rows).collect();
        let bits_of = |most: usize| usize::BITS - most.leading_zeros();
        let row_bits = bits_of(rows.iter().max().map_or(0, |most| most.saturating_sub(1)));
        let place_bits = row_bits + bits_of(rows.len().saturating_sub(1));
        if place_bits > u64::BITS {
            return Err(Error::internal("more batches than can be numbered"));
        }
        let layout = Layout::new(stats, keys.options(), u128::BITS - place_bits, place_bits);
        let bits = Bits {
            key: layout.bits,
            row: place_bits,
        };
        let open = match layout.open {
            Some(from) => Some(Open {
                from,
                converter: keys.converter_from(from)?,
            }),
            None => None,
        };
        let (mut batches, mut keys) = (Vec::new(), Vec::new());
        for held in held {
            batches.push(held.batch);
            keys.push(held.keys);
        }
        let threads = query.map_or(1, |query| query.threads.max(1));
        let unsorted = Unsorted {
            keys: &keys,
            groups: groups(&rows, threads),
            rows,
            layout,
            bits,
            row_bits,
            open: open.as_ref(),
        };
        let words = match bits.key + bits.row <= u64::BITS {
            true => Words::Narrow(unsorted.sort(query)?),
            false => Words::Wide(unsorted.sort(query)?),
        };
        if open.is_none() {
            keys.clear();
        }
        Ok(Ordered {
            batches,
            keys,
            words,
            bits,
            row_bits,
            open,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        match &self.words {
            Words::Narrow(words) => words.len(),
            Words::Wide(words) => words.len(),
        }
    }

    /// Some of the rows.
    pub fn gather(&self, rows: Range<usize>) -> Result<Batch> {
        let list = self.places(rows);
        gather_places(
            &self.batches,
            Places {
                list: &list,
                row_bits: self.row_bits,
            },
        )
    }

    fn places(&self, rows: Range<usize>) -> Vec<u64> {
        let mask = u64::MAX.checked_shr(u64::BITS - self.bits.row).unwrap_or(0);
        match &self.words {
            Words::Narrow(words) => words[rows].iter().map(|word| word & mask).collect(),
            Words::Wide(words) => words[rows].iter().map(|word| word.low() & mask).collect(),
        }
    }

    /// The first row from `row` on whose key is not that of the row before it.
    pub fn end_of_key(&self, row: usize) -> Result<usize> {
        let Some(last) = row.checked_sub(1) else {
            return Ok(0);
        };
        let end = match &self.words {
            Words::Narrow(words) => end_of_equal(words, last, self.bits.row),
            Words::Wide(words) => end_of_equal(words, last, self.bits.row),
        };
        let Some(open) = &self.open else {
            return Ok(end);
        };
        let list = self.places(last..end);
        let rows = open.rows(
            &self.keys,
            Places {
                list: &list,
                row_bits: self.row_bits,
            },
        )?;
        let same = (1..end - last).take_while(|other| rows.row(*other) == rows.row(0));
        Ok(row + same.count())
    }
}

/// The end of the numbers from one on that have the same key.
fn end_of_equal<W: Word>(words: &[W], from: usize, row_bits: u32) -> usize {
    let same = |word: &W| (*word ^ words[from]).length() <= row_bits;
    from + words[from..].partition_point(same)
}

/// Cuts batches of so many rows into groups of about as many each.
fn groups(rows: &[usize], count: usize) -> Vec<Range<usize>> {
    let all: usize = rows.iter().sum();
    let mut groups = Vec::with_capacity(count);
    let (mut start, mut seen) = (0, 0);
    for (batch, rows) in rows.iter().enumerate() {
        seen += rows;
        if seen * count >= all * (groups.len() + 1) {
            groups.push(start..batch + 1);
            start = batch + 1;
        }
    }
    groups
}

struct Unsorted<'a> {
    keys: &'a [Vec<ArrayRef>],
    rows: Vec<usize>,
    /// Batches that are worked on by one thread.
    groups: Vec<Range<usize>>,
    layout: Layout,
    bits: Bits,
    row_bits: u32,
    open: Option<&'a Open>,
}

impl Unsorted<'_> {
    fn sort<W: Word>(&self, query: Option<&QueryContext>) -> Result<Vec<W>> {
        let groups = self
            .groups
            .iter()
            .map(|group| self.rows[group.clone()].iter().sum());
        let groups: Vec<usize> = groups.collect();
        let fill = |group: usize, mut words: &mut [W]| {
            for batch in self.groups[group].clone() {
                let (of_batch, rest) = std::mem::take(&mut words).split_at_mut(self.rows[batch]);
                words = rest;
                let first = (batch as u64) << self.row_bits;
                for (word, place) in of_batch.iter_mut().zip(first..) {
                    *word = W::at(place, 0);
                }
                self.layout.pack(&self.keys[batch], of_batch);
            }
        };
        sorted(&groups, self.bits, query, fill, |words| {
            self.sort_ties(words)
        })
    }

    /// Orders rows that the numbers leave open.
    fn sort_ties<W: Word>(&self, words: &mut [W]) -> Result<()> {
        let Some(open) = self.open else {
            return Ok(());
        };
        let (mut runs, mut list, mut start) = (Vec::new(), Vec::new(), 0);
        let mask = u64::MAX.checked_shr(u64::BITS - self.bits.row).unwrap_or(0);
        while start < words.len() {
            let same = |word: &&W| (**word ^ words[start]).length() <= self.bits.row;
            let length = words[start..].iter().take_while(same).count();
            if length > 1 {
                runs.push(start..start + length);
                let places = words[start..start + length].iter();
                list.extend(places.map(|word| word.low() & mask));
            }
            start += length;
        }
        if runs.is_empty() {
            return Ok(());
        }
        let rows = open.rows(
            self.keys,
            Places {
                list: &list,
                row_bits: self.row_bits,
            },
        )?;
        let mut first = 0;
        for run in runs {
            let mut order: Vec<usize> = (first..first + run.len()).collect();
            // Stable: rows with equal keys stay in the order of the input.
            order.sort_by(|a, b| rows.row(*a).cmp(&rows.row(*b)));
            let tied = words[run.clone()].to_vec();
            for (word, from) in words[run.clone()].iter_mut().zip(order) {
                *word = tied[from - first];
            }
            first += run.len();
        }
        Ok(())
    }
}
