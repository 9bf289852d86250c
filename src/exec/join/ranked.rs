//! An index over integers of a range that is not full: a bit per integer, and the rank of a set bit.
//!
//! ```text
//!   bits    1 0 0 1 1 0 0 1 │ 0 1 0 …        a bit per word of the range
//!   ranks   0               │ 4 …            set bits before every 64
//!   starts  by rank: where the rows of the word begin (none if every word has one row)
//!   rows    row numbers, word by word
//! ```
//!
//! Twelve bytes hold 64 words of the range, so that words which are not there, mostly what a selective join
//! meets, are recognised in the cache, and neighbouring probe keys share a line; a hash table scatters them.
//! (Rank over bit vectors: G. Jacobson, "Space-efficient static trees and graphs", 1989.)

use super::index::NONE;
use crate::error::Result;
use crate::pipeline::{QueryContext, map};
use arrow::buffer::BooleanBuffer;
use std::ops::Range;

/// See the module.
pub(in crate::exec) struct RankedIndex {
    bits: Vec<u64>,
    ranks: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u32>,
}

/// The words of one part of the range.
struct Piece {
    bits: Vec<u64>,
    ranks: Vec<u32>,
    /// Rows before every word of the piece that is there, and the number of all.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl RankedIndex {
    /// Indexes words below `size`. Rows of a word keep their order.
    pub fn new(
        words: &[u64],
        valid: Option<&BooleanBuffer>,
        size: usize,
        pieces: usize,
        query: &QueryContext,
    ) -> Result<RankedIndex> {
        // Every task reads all words and takes those of its part of the range: nothing is shared or merged.
        let lines = size.div_ceil(64);
        let step = lines.div_ceil(pieces.max(1)).max(1);
        let parts = (0..lines).step_by(step).collect();
        let made = map(query, parts, |first| {
            Ok(Piece::new(words, valid, first, step.min(lines - first)))
        })?;
        let mut index = RankedIndex {
            bits: Vec::with_capacity(lines),
            ranks: Vec::with_capacity(lines),
            starts: Vec::new(),
            rows: Vec::with_capacity(words.len()),
        };
        let is_unique = made
            .iter()
            .all(|piece| piece.starts.len() == piece.rows.len() + 1);
        let mut there = 0;
        for piece in made {
            let rows_before = index.rows.len() as u32;
            index.bits.extend(piece.bits);
            index
                .ranks
                .extend(piece.ranks.iter().map(|rank| rank + there));
            there += piece.starts.len() as u32 - 1;
            if !is_unique {
                index.starts.pop();
                index
                    .starts
                    .extend(piece.starts.iter().map(|start| start + rows_before));
            }
            index.rows.extend(piece.rows);
        }
        Ok(index)
    }

    /// The rows that have a word.
    #[inline]
    pub fn rows(&self, word: u64) -> &[u32] {
        if !self.contains(word) {
            return &[];
        }
        let rank = rank(&self.bits, &self.ranks, word);
        &self.rows[match self.starts.is_empty() {
            true => rank..rank + 1,
            false => self.starts[rank] as usize..self.starts[rank + 1] as usize,
        }]
    }

    /// Whether no two rows have the same word.
    pub fn is_unique(&self) -> bool {
        self.starts.is_empty()
    }

    /// The row that has a word, or [`NONE`]. Of an index that is unique.
    #[inline]
    pub fn only(&self, word: u64) -> u32 {
        match self.contains(word) {
            true => self.rows[rank(&self.bits, &self.ranks, word)],
            false => NONE,
        }
    }

    /// Whether a row has the word.
    #[inline]
    pub fn contains(&self, word: u64) -> bool {
        let line = self.bits.get((word / 64) as usize);
        line.is_some_and(|line| line >> (word % 64) & 1 == 1)
    }

    /// How many words have rows.
    pub fn distinct(&self) -> usize {
        let words = self.bits.iter().map(|line| line.count_ones() as usize);
        words.sum()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bits.len() * 12 + (self.starts.len() + self.rows.len()) * 4
    }
}

/// How many words below this one are there.
#[inline]
fn rank(bits: &[u64], ranks: &[u32], word: u64) -> usize {
    let line = (word / 64) as usize;
    let below = bits[line] & ((1 << (word % 64)) - 1);
    ranks[line] as usize + below.count_ones() as usize
}

impl Piece {
    fn new(words: &[u64], valid: Option<&BooleanBuffer>, first: usize, lines: usize) -> Piece {
        let from = first as u64 * 64;
        let range: Range<u64> = 0..lines as u64 * 64;
        let here = || {
            let rows = words.iter().enumerate();
            rows.map(|(row, word)| (row, word.wrapping_sub(from)))
                .filter(|(row, word)| {
                    range.contains(word) && valid.is_none_or(|valid| valid.value(*row))
                })
        };
        let mut bits = vec![0u64; lines];
        let mut count = 0;
        for (_, word) in here() {
            bits[(word / 64) as usize] |= 1 << (word % 64);
            count += 1;
        }
        let mut there = 0;
        let mut ranks = Vec::with_capacity(lines);
        for line in &bits {
            ranks.push(there);
            there += line.count_ones();
        }
        let mut rows = vec![0u32; count];
        if count == there as usize {
            for (row, word) in here() {
                rows[rank(&bits, &ranks, word)] = row as u32;
            }
            let starts = (0..=there).collect();
            return Piece {
                bits,
                ranks,
                starts,
                rows,
            };
        }
        let mut starts = vec![0u32; there as usize + 1];
        for (_, word) in here() {
            starts[rank(&bits, &ranks, word) + 1] += 1;
        }
        for rank in 0..there as usize {
            starts[rank + 1] += starts[rank];
        }
        let mut next = starts.clone();
        for (row, word) in here() {
            let place = &mut next[rank(&bits, &ranks, word)];
            rows[*place as usize] = row as u32;
            *place += 1;
        }
        Piece {
            bits,
            ranks,
            starts,
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn it_finds_the_rows_of_every_word(
            rows in prop::collection::vec((0u64..300, prop::bool::weighted(0.9)), 0..200),
            pieces in 1usize..5,
        ) {
            let query = QueryContext::new(Arc::default(), 2, 1 << 30, Arc::default());
            let words: Vec<u64> = rows.iter().map(|row| row.0).collect();
            let valid: BooleanBuffer = rows.iter().map(|row| row.1).collect();
            let index = RankedIndex::new(&words, Some(&valid), 300, pieces, &query).unwrap();
            // Also words beyond the range, which a probe may have.
            for word in 0..400 {
                let expected: Vec<u32> = (0..rows.len())
                    .filter(|row| rows[*row] == (word, true))
                    .map(|row| row as u32)
                    .collect();
                prop_assert_eq!(index.rows(word), &expected[..]);
                prop_assert_eq!(index.contains(word), !expected.is_empty());
                if index.is_unique() {
                    let only = expected.first().copied().unwrap_or(NONE);
                    prop_assert!(expected.len() < 2);
                    prop_assert_eq!(index.only(word), only);
                }
            }
        }
    }
}
