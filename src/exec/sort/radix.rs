//! Sorts numbers that say in their lower bits where they come from.
//!
//! ```text
//!   groups of rows (one per thread) ─► numbers ─► split by their upper bits, within the group
//!   buckets of all groups ─► put together, each sorted by the thread that claims it, in its cache
//! ```
//!
//! Splitting keeps the order, so that rows with equal keys stay in theirs and buckets of one key are done.

use crate::error::Result;
use crate::pipeline::{QueryContext, map};
use std::ops::{BitOr, BitXor, Shr};

/// A key above, the number of a row below.
pub(super) trait Word:
    Copy
    + Default
    + Ord
    + Send
    + Sync
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Shr<u32, Output = Self>
{
    /// A value at a place.
    fn at(value: u64, shift: u32) -> Self;

    /// The lower half, or all.
    fn low(self) -> u64;

    /// Bits up to the highest that is set.
    fn length(self) -> u32;
}

impl Word for u64 {
    #[inline]
    fn at(value: u64, shift: u32) -> u64 {
        // A value of no bits may lie behind the last one.
        value.checked_shl(shift).unwrap_or(0)
    }

    #[inline]
    fn low(self) -> u64 {
        self
    }

    #[inline]
    fn length(self) -> u32 {
        64 - self.leading_zeros()
    }
}

impl Word for u128 {
    #[inline]
    fn at(value: u64, shift: u32) -> u128 {
        u128::from(value).checked_shl(shift).unwrap_or(0)
    }

    #[inline]
    fn low(self) -> u64 {
        self as u64
    }

    #[inline]
    fn length(self) -> u32 {
        128 - self.leading_zeros()
    }
}

/// How many bits of a word are what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits {
    /// The key.
    pub key: u32,
    /// The row below it.
    pub row: u32,
}

/// Numbers that are sorted without being split.
const FEW: usize = 16 * 1024;
/// Numbers of a bucket that are compared instead of being split further.
const SMALL_BUCKET: usize = 32 * 1024;
/// Numbers that a bucket of the first split is to have.
const BUCKET: usize = 4096;

/// The sorted numbers of groups of so many rows. `fill` makes the numbers of a group: they come as zeros and are to be
/// in the order of their rows. `ties` is shown numbers in order, all of a key together, and may order those of equal keys
/// differently. All threads of the query take part, if there is one.
pub(super) fn sorted<W: Word>(
    groups: &[usize],
    bits: Bits,
    query: Option<&QueryContext>,
    fill: impl Fn(usize, &mut [W]) + Sync + Send,
    ties: impl Fn(&mut [W]) -> Result<()> + Sync + Send,
) -> Result<Vec<W>> {
    let rows: usize = groups.iter().sum();
    let mut words = vec![W::default(); rows];
    if rows < FEW || bits.key == 0 {
        let tasks: Vec<(usize, &mut [W])> =
            split(&mut words, groups).into_iter().enumerate().collect();
        each(query.filter(|_| rows >= FEW), tasks, |(group, words)| {
            fill(group, words);
            Ok(())
        })?;
        if bits.key > 0 {
            words.sort_unstable();
        }
        ties(&mut words)?;
        return Ok(words);
    }
    let digit = (rows / BUCKET).max(2).ilog2().min(11).min(bits.key);
    let shift = bits.row + bits.key - digit;
    let mut scratch = vec![W::default(); rows];
    let ends = fill_and_split(
        split(&mut words, groups)
            .into_iter()
            .zip(split(&mut scratch, groups))
            .collect(),
        1 << digit,
        |word: W| (word >> shift).low() as usize,
        query,
        fill,
    )?;
    let buckets = Buckets {
        numbers: split(&mut scratch, groups)
            .into_iter()
            .map(|g| &*g)
            .collect(),
        ends,
    };
    let sizes: Vec<usize> = (0..1 << digit)
        .map(|bucket| buckets.pieces(bucket).map(<[W]>::len).sum())
        .collect();
    let is_done = digit == bits.key;
    let (mut large, mut small) = (Vec::new(), Vec::new());
    let most = match query {
        Some(query) if query.threads > 1 => (rows / (query.threads * 2)).max(SMALL_BUCKET),
        _ => usize::MAX,
    };
    for (bucket, words) in split(&mut words, &sizes).into_iter().enumerate() {
        match words.len() {
            0 => {}
            length if length > most => large.push((bucket, words)),
            _ => small.push((bucket, words)),
        }
    }
    // One that would keep a thread busy when the others are done is worked on by all.
    for (bucket, words) in large {
        buckets.put_together(bucket, words);
        if !is_done {
            use rayon::slice::ParallelSliceMut;
            words.par_sort_unstable();
        }
        ties(words)?;
    }
    each(query, small, |(bucket, words)| {
        buckets.put_together(bucket, words);
        if !is_done {
            sort_bucket(words, bits.row);
        }
        ties(words)
    })?;
    Ok(words)
}

/// Numbers of every group, bucket by bucket.
struct Buckets<'a, W> {
    numbers: Vec<&'a [W]>,
    /// Where the buckets of a group end.
    ends: Vec<Vec<usize>>,
}

impl<W: Word> Buckets<'_, W> {
    /// What every group has of a bucket.
    fn pieces(&self, bucket: usize) -> impl Iterator<Item = &[W]> {
        self.numbers
            .iter()
            .zip(&self.ends)
            .map(move |(numbers, ends)| {
                let start = bucket.checked_sub(1).map_or(0, |before| ends[before]);
                &numbers[start..ends[bucket]]
            })
    }

    fn put_together(&self, bucket: usize, into: &mut [W]) {
        let mut next = 0;
        for piece in self.pieces(bucket) {
            into[next..next + piece.len()].copy_from_slice(piece);
            next += piece.len();
        }
    }
}

/// Makes the numbers of every group, and splits them into the second half of the pair. Gives the ends of each group's
/// buckets.
fn fill_and_split<W: Word>(
    groups: Vec<(&mut [W], &mut [W])>,
    buckets: usize,
    bucket: impl Fn(W) -> usize + Sync + Send,
    query: Option<&QueryContext>,
    fill: impl Fn(usize, &mut [W]) + Sync + Send,
) -> Result<Vec<Vec<usize>>> {
    let tasks: Vec<(usize, (&mut [W], &mut [W]))> = groups.into_iter().enumerate().collect();
    each(query, tasks, |(group, (words, into))| {
        fill(group, words);
        Ok(scatter(words, into, buckets, &bucket))
    })
}

/// Moves numbers into their buckets; gives the ends of these.
fn scatter<W: Word>(
    words: &[W],
    into: &mut [W],
    buckets: usize,
    bucket: impl Fn(W) -> usize,
) -> Vec<usize> {
    let mut next = vec![0usize; buckets];
    words.iter().for_each(|word| next[bucket(*word)] += 1);
    let mut start = 0;
    for next in &mut next {
        let count = *next;
        *next = start;
        start += count;
    }
    for word in words {
        let place = &mut next[bucket(*word)];
        into[*place] = *word;
        *place += 1;
    }
    next
}

/// Sorts numbers in which rows of equal keys are in order already.
fn sort_bucket<W: Word>(words: &mut [W], row_bits: u32) {
    if words.len() <= SMALL_BUCKET {
        words.sort_unstable();
        return;
    }
    let first = words[0];
    let differing = words
        .iter()
        .fold(W::default(), |bits, word| bits | (*word ^ first));
    let top = differing.length();
    if top <= row_bits {
        return;
    }
    let low = top.saturating_sub(8).max(row_bits);
    let mask = (1u64 << (top - low)) - 1;
    let mut scratch = vec![W::default(); words.len()];
    let bucket = |word: W| ((word >> low).low() & mask) as usize;
    let ends = scatter(words, &mut scratch, mask as usize + 1, bucket);
    words.copy_from_slice(&scratch);
    drop(scratch);
    let mut start = 0;
    for end in ends {
        if end - start > 1 {
            sort_bucket(&mut words[start..end], row_bits);
        }
        start = end;
    }
}

/// Cuts a slice into pieces of these lengths.
fn split<'a, W>(mut words: &'a mut [W], lengths: &[usize]) -> Vec<&'a mut [W]> {
    let mut pieces = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (piece, rest) = std::mem::take(&mut words).split_at_mut(*length);
        pieces.push(piece);
        words = rest;
    }
    pieces
}

/// What `f` makes of every item, on all threads of the query if there is one.
pub(super) fn each<T: Send, R: Send>(
    query: Option<&QueryContext>,
    items: Vec<T>,
    f: impl Fn(T) -> Result<R> + Send + Sync,
) -> Result<Vec<R>> {
    match query {
        Some(query) => map(query, items, f),
        None => items.into_iter().map(f).collect(),
    }
}
