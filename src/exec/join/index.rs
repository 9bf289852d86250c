//! From a word to the build rows that have it.
//!
//! A hash index is a directory over rows sorted by bucket (a counting sort; no chains):
//!
//! ```text
//!   directory[b] = end of bucket b in the upper bits │ 16 bits: a tag of every key in the bucket
//!   keys, rows   = words and row numbers, bucket by bucket
//! ```
//!
//! Most words that are not there are recognised by the tag, without touching the keys. Words from a small range
//! are not hashed: they index an array, or a [bitmap with ranks](super::ranked).

use super::lookup::Visitor;
use super::ranked::RankedIndex;
use crate::error::Result;
use crate::exec::keys::Word;
use crate::pipeline::{QueryContext, map};
use arrow::buffer::BooleanBuffer;

/// Marks a word without a row.
pub(super) const NONE: u32 = u32::MAX;

/// Rows by word.
pub(in crate::exec) enum Index {
    /// Every row is a candidate: the join has no keys.
    Every(u32),
    /// At most one row per word, and few words without.
    Dense(DenseIndex),
    /// Words of a range that may have gaps and repeat.
    Ranked(RankedIndex),
    /// Hashed 64-bit words.
    Narrow(HashIndex<u64>),
    /// Hashed 128-bit words.
    Wide(HashIndex<u128>),
}

/// `rows[word]`, or [`NONE`].
pub(in crate::exec) struct DenseIndex {
    rows: Vec<u32>,
    /// Words that have a row.
    filled: usize,
}

/// See the module.
pub(in crate::exec) struct HashIndex<W> {
    directory: Vec<u64>,
    shift: u32,
    keys: Vec<W>,
    rows: Vec<u32>,
}

/// Rows from which on the index is built by all threads.
const PARALLEL_ROWS: usize = 128 * 1024;
/// How much wider than the number of rows a range may be to index an array of rows.
const DENSE: usize = 2;
/// How much wider it may be for a bitmap, which then takes no more than about a hash index.
const RANKED: usize = 128;
/// A bitmap of so many words lies in the second-level cache, however few rows there are.
const CACHED: usize = 1 << 21;
/// An array for so many words is nothing.
const SMALL: usize = 4096;

impl Index {
    /// Indexes words of which the largest is known; without hashing if that pays.
    pub fn narrow(
        words: &[u64],
        valid: Option<&BooleanBuffer>,
        largest: u64,
        query: &QueryContext,
    ) -> Result<Index> {
        let size = usize::try_from(largest)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let rows = words.len();
        if size <= (rows * DENSE).max(SMALL)
            && let Some(index) = DenseIndex::new(words, valid, size)
        {
            return Ok(Index::Dense(index));
        }
        if is_small_range(size, rows) {
            let pieces = if rows < PARALLEL_ROWS {
                1
            } else {
                query.threads
            };
            return Ok(Index::Ranked(RankedIndex::new(
                words, valid, size, pieces, query,
            )?));
        }
        Ok(Index::Narrow(HashIndex::new(words, valid, query)?))
    }

    /// Indexes words of 128 bits.
    pub fn wide(
        words: &[u128],
        valid: Option<&BooleanBuffer>,
        query: &QueryContext,
    ) -> Result<Index> {
        Ok(Index::Wide(HashIndex::new(words, valid, query)?))
    }

    /// How many words there are, if they are places in an array or a bitmap.
    pub fn distinct(&self) -> Option<usize> {
        match self {
            Index::Dense(index) => Some(index.filled),
            Index::Ranked(index) => Some(index.distinct()),
            Index::Every(_) | Index::Narrow(_) | Index::Wide(_) => None,
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match self {
            Index::Every(_) => 0,
            Index::Dense(index) => index.rows.len() * 4,
            Index::Ranked(index) => index.bytes(),
            Index::Narrow(index) => index.directory.len() * 8 + index.keys.len() * 12,
            Index::Wide(index) => index.directory.len() * 8 + index.keys.len() * 20,
        }
    }
}

/// Whether so many rows with words below `size` are indexed without hashing.
pub(super) fn is_small_range(size: usize, rows: usize) -> bool {
    size <= rows.saturating_mul(RANKED).max(CACHED)
}

impl DenseIndex {
    /// None if two rows have the same word.
    fn new(words: &[u64], valid: Option<&BooleanBuffer>, size: usize) -> Option<DenseIndex> {
        let mut rows = vec![NONE; size];
        let mut filled = 0;
        for (row, word) in words.iter().enumerate() {
            if valid.is_none_or(|valid| valid.value(row)) {
                let place = &mut rows[*word as usize];
                if *place != NONE {
                    return None;
                }
                *place = row as u32;
                filled += 1;
            }
        }
        Some(DenseIndex { rows, filled })
    }

    /// The row of a word, or [`NONE`].
    #[inline]
    pub fn only(&self, word: u64) -> u32 {
        self.rows.get(word as usize).copied().unwrap_or(NONE)
    }

    /// If every word below some number has a row, and no other: that number.
    pub fn all_below(&self) -> Option<u64> {
        (self.filled == self.rows.len()).then_some(self.rows.len() as u64)
    }
}

/// The tag of a hash: one of 16 bits.
#[inline]
fn tag(hash: u64) -> u64 {
    1 << (hash & 15)
}

/// The buckets of one range of hashes.
struct Piece<W> {
    /// End of every bucket within the piece, above its tags.
    ends: Vec<u64>,
    keys: Vec<W>,
    rows: Vec<u32>,
}

impl<W: Word> HashIndex<W> {
    fn new(words: &[W], valid: Option<&BooleanBuffer>, query: &QueryContext) -> Result<Self> {
        let is_valid = |row: usize| valid.is_none_or(|valid| valid.value(row));
        let bits = words
            .len()
            .max(2)
            .next_power_of_two()
            .trailing_zeros()
            .clamp(4, 31);
        let shift = 64 - bits;
        let buckets = 1usize << bits;
        // Split by the upper bits of the hash first, so that each piece stays in the cache.
        let piece_bits = if words.len() < PARALLEL_ROWS { 0 } else { 6 };
        let pieces = 1usize << piece_bits;
        let chunk = words
            .len()
            .div_ceil(if pieces == 1 { 1 } else { query.threads.max(1) })
            .max(1);
        let ranges: Vec<_> = (0..words.len()).step_by(chunk).collect();
        let split = map(query, ranges, |start| {
            let end = words.len().min(start + chunk);
            let mut parts: Vec<Vec<(u64, W, u32)>> = (0..pieces)
                .map(|_| Vec::with_capacity((end - start) / pieces + 16))
                .collect();
            for (offset, word) in words[start..end].iter().enumerate() {
                let row = start + offset;
                if is_valid(row) {
                    let hash = word.hash();
                    let part = if piece_bits == 0 {
                        0
                    } else {
                        hash >> (64 - piece_bits)
                    };
                    parts[part as usize].push((hash, *word, row as u32));
                }
            }
            Ok(parts)
        })?;
        let mut by_piece: Vec<Vec<Vec<(u64, W, u32)>>> = (0..pieces).map(|_| Vec::new()).collect();
        for chunk in split {
            for (piece, part) in by_piece.iter_mut().zip(chunk) {
                piece.push(part);
            }
        }
        let buckets_per_piece = buckets / pieces;
        let made = map(query, by_piece, |parts| {
            let bucket = |hash: u64| (hash >> shift) as usize & (buckets_per_piece - 1);
            let count: usize = parts.iter().map(Vec::len).sum();
            let mut next = vec![0u32; buckets_per_piece + 1];
            let mut tags = vec![0u64; buckets_per_piece];
            for (hash, _, _) in parts.iter().flatten() {
                next[bucket(*hash) + 1] += 1;
                tags[bucket(*hash)] |= tag(*hash);
            }
            for bucket in 0..buckets_per_piece {
                next[bucket + 1] += next[bucket];
            }
            let mut keys = vec![W::default(); count];
            let mut rows = vec![0u32; count];
            for (hash, word, row) in parts.iter().flatten() {
                let place = &mut next[bucket(*hash)];
                keys[*place as usize] = *word;
                rows[*place as usize] = *row;
                *place += 1;
            }
            // Every start has moved to its end by now.
            let ends = next
                .iter()
                .zip(&tags)
                .map(|(end, tags)| (u64::from(*end) << 16) | tags);
            Ok(Piece {
                ends: ends.collect(),
                keys,
                rows,
            })
        })?;
        let mut index = HashIndex {
            directory: Vec::with_capacity(buckets + 1),
            shift,
            keys: Vec::with_capacity(words.len()),
            rows: Vec::with_capacity(words.len()),
        };
        index.directory.push(0);
        for piece in made {
            let offset = (index.keys.len() as u64) << 16;
            index
                .directory
                .extend(piece.ends.iter().map(|end| end + offset));
            index.keys.extend_from_slice(&piece.keys);
            index.rows.extend_from_slice(&piece.rows);
        }
        Ok(index)
    }

    /// The places in `keys` and `rows` where a word may be; empty if it certainly is not there.
    #[inline]
    pub fn candidates(&self, word: W) -> std::ops::Range<usize> {
        let hash = word.hash();
        let bucket = (hash >> self.shift) as usize;
        let entry = self.directory[bucket + 1];
        if entry & tag(hash) == 0 {
            return 0..0;
        }
        (self.directory[bucket] >> 16) as usize..(entry >> 16) as usize
    }

    /// Shows the rows that have the words to the visitor; those that `is_same` denies are none. Words without a
    /// valid bit have no row.
    ///
    /// Works on a block of words step by step, so that the memory of many is asked for at once: directory, then
    /// first key and row, then the visits. One after the other, each miss would wait for the one before it.
    pub fn visit(
        &self,
        words: &[W],
        valid: Option<&BooleanBuffer>,
        is_same: impl Fn(usize, u32) -> bool,
        visitor: &mut impl Visitor,
    ) -> Result<()> {
        const BLOCK: usize = 512;
        let mut places = [(0u64, 0u64); BLOCK];
        let mut first = [(W::default(), 0u32); BLOCK];
        let no_key = [W::default()];
        let no_row = [0u32];
        let (keys, rows) = match self.keys.is_empty() {
            true => (no_key.as_slice(), no_row.as_slice()),
            false => (self.keys.as_slice(), self.rows.as_slice()),
        };
        for (number, block) in words.chunks(BLOCK).enumerate() {
            let offset = number * BLOCK;
            for (place, word) in places.iter_mut().zip(block) {
                // Without a branch: whether a word is there cannot be foreseen.
                let hash = word.hash();
                let bucket = (hash >> self.shift) as usize;
                let (before, entry) = (self.directory[bucket], self.directory[bucket + 1]);
                let mask = u64::from(entry & tag(hash) != 0).wrapping_neg();
                *place = ((before & mask) >> 16, (entry & mask) >> 16);
            }
            for (first, (start, _)) in first.iter_mut().zip(&places[..block.len()]) {
                *first = (keys[*start as usize], rows[*start as usize]);
            }
            for (index, word) in block.iter().enumerate() {
                let row = offset + index;
                let (start, end) = places[index];
                if start < end && valid.is_none_or(|valid| valid.value(row)) {
                    let (key, built) = first[index];
                    let mut goes_on =
                        key != *word || !is_same(row, built) || visitor.pair(row, built);
                    let mut place = start as usize + 1;
                    while goes_on && place < end as usize {
                        goes_on = keys[place] != *word
                            || !is_same(row, rows[place])
                            || visitor.pair(row, rows[place]);
                        place += 1;
                    }
                }
                visitor.end(row)?;
            }
        }
        Ok(())
    }

    /// Whether a row has the word.
    #[inline]
    pub fn contains(&self, word: W) -> bool {
        self.candidates(word).any(|place| self.keys[place] == word)
    }
}
