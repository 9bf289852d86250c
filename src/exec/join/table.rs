//! The build side of a join, complete and indexed.

// The macro runs over all integer widths, BIGINT included.
#![allow(clippy::useless_conversion)]

use super::codec::{Codec, Range, Words, with_signed};
use super::index::{Index, NONE};
use super::partitioned::Partitions;
use crate::error::{Error, Result};
use crate::exec::keys::RadixKeys;
use crate::exec::operators::concat_arrays;
use crate::kernel::bits::bits_where;
use crate::pipeline::{Batch, QueryContext, Reservation, map};
use arrow::array::{Array, ArrayRef, AsArray, new_empty_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use arrow::row::Rows;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where a build puts what it has made, and probes find it.
#[derive(Default)]
pub(in crate::exec) struct JoinCell(OnceLock<Built>);

/// The build side, complete.
pub(in crate::exec) enum Built {
    /// One table for all.
    Shared(Arc<JoinTable>),
    /// Split; the probe side is to be split too.
    Partitioned(Arc<Partitions>),
}

impl JoinCell {
    /// Puts the build side in; once.
    pub fn fill(&self, built: Built) -> Result<()> {
        let filled = self.0.set(built);
        filled.map_err(|_| Error::internal("a join was built twice"))
    }

    /// The build side, if it is complete.
    pub fn get(&self) -> Option<&Built> {
        self.0.get()
    }

    /// The build side; its stage comes before that of the probe.
    pub fn built(&self) -> Result<&Built> {
        self.get()
            .ok_or_else(|| Error::internal("a join was probed before it was built"))
    }
}

/// What the rows of a build side are.
pub(in crate::exec) struct BuildRows {
    /// How many columns are read above; keys that are none of them come behind.
    pub columns: usize,
    /// The types of all columns.
    pub types: Vec<DataType>,
    /// The keys.
    pub keys: Vec<TableKey>,
    /// The probe notes which rows have a match.
    pub marks: bool,
}

/// A key of a build side.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct TableKey {
    /// Its column.
    pub column: usize,
    /// NULL equals NULL.
    pub null_safe: bool,
}

impl BuildRows {
    /// How rows are split by their keys.
    pub fn radix_keys(&self, partitions: usize) -> RadixKeys {
        let open = self.keys.iter().filter(|key| !key.null_safe);
        RadixKeys {
            columns: self.keys.iter().map(|key| key.column).collect(),
            nulls_anywhere: open.map(|key| key.column).collect(),
            partitions,
        }
    }
}

/// Rows of the build side, indexed: all of them, or those of a partition.
pub(in crate::exec) struct JoinTable {
    /// The columns that are read above.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
    /// The build side has no rows, whatever this partition of it has.
    pub is_empty: bool,
    /// A key is NULL somewhere on the build side.
    pub has_null: bool,
    /// Rows with a match, where that matters; a bit each.
    pub matched: Vec<AtomicU64>,
    pub(super) lookup: Lookup,
    _reservation: Reservation,
}

/// Finds rows by key.
pub(super) struct Lookup {
    pub codec: Codec,
    pub index: Index,
    pub null_safe: Vec<bool>,
    pub verify: Verify,
}

/// Sees the matches of probe rows.
pub(super) trait Visitor {
    /// A match; says whether to go on with further matches of the same probe row.
    fn pair(&mut self, probe: usize, built: u32) -> bool;

    /// There are no more matches of this probe row. Called for every one.
    fn end(&mut self, probe: usize) -> Result<()>;
}

/// What tells apart keys of equal hash.
pub(super) enum Verify {
    /// Words are the keys.
    Nothing,
    Text(ArrayRef),
    Rows(Rows),
}

impl Lookup {
    /// Indexes the keys; also says whether one is NULL.
    pub fn new(
        keys: &[ArrayRef],
        null_safe: Vec<bool>,
        rows: usize,
        query: &QueryContext,
    ) -> Result<Lookup> {
        let codec = Codec::choose(keys, &null_safe)?;
        if keys.is_empty() {
            return Ok(Lookup {
                codec,
                index: Index::Every(rows as u32),
                null_safe,
                verify: Verify::Nothing,
            });
        }
        let (words, valid) = codec.encode(keys, &null_safe, rows)?;
        let valid = valid.as_ref();
        let (index, verify) = match words {
            Words::Narrow(words) => {
                let largest = words.iter().copied().max().unwrap_or(0);
                (
                    Index::narrow(&words, valid, largest, query)?,
                    Verify::Nothing,
                )
            }
            Words::Wide(words) => (Index::wide(&words, valid, query)?, Verify::Nothing),
            Words::Text(hashes, text) => (
                Index::narrow(&hashes, valid, u64::MAX, query)?,
                Verify::Text(text),
            ),
            Words::Rows(hashes, rows) => (
                Index::narrow(&hashes, valid, u64::MAX, query)?,
                Verify::Rows(rows),
            ),
        };
        Ok(Lookup {
            codec,
            index,
            null_safe,
            verify,
        })
    }

    /// Shows every match to the visitor, probe rows in order.
    pub fn visit(&self, keys: &[ArrayRef], rows: usize, visitor: &mut impl Visitor) -> Result<()> {
        if let Index::Every(built) = self.index {
            for row in 0..rows {
                for found in 0..built {
                    if !visitor.pair(row, found) {
                        break;
                    }
                }
                visitor.end(row)?;
            }
            return Ok(());
        }
        let (words, valid) = self.codec.encode(keys, &self.null_safe, rows)?;
        let valid = valid.as_ref();
        macro_rules! each_row {
            (|$row:ident| $body:expr) => {
                for $row in 0..rows {
                    if valid.is_none_or(|valid: &BooleanBuffer| valid.value($row)) {
                        $body
                    }
                    visitor.end($row)?;
                }
            };
        }
        match (words, &self.index, &self.verify) {
            (Words::Narrow(words), Index::Dense(index), _) => each_row!(|row| {
                let found = index.only(words[row]);
                if found != NONE {
                    visitor.pair(row, found);
                }
            }),
            (Words::Narrow(words), Index::Ranked(index), _) => each_row!(|row| {
                for found in index.rows(words[row]) {
                    if !visitor.pair(row, *found) {
                        break;
                    }
                }
            }),
            (Words::Narrow(words), Index::Narrow(index), _) => {
                index.visit(&words, valid, |_, _| true, visitor)?;
            }
            (Words::Wide(words), Index::Wide(index), _) => {
                index.visit(&words, valid, |_, _| true, visitor)?;
            }
            (Words::Text(hashes, text), Index::Narrow(index), Verify::Text(built)) => {
                let (text, built) = (text.as_string_view(), built.as_string_view());
                let is_same = |row, found| built.value(found as usize) == text.value(row);
                index.visit(&hashes, valid, is_same, visitor)?;
            }
            (Words::Rows(hashes, keys), Index::Narrow(index), Verify::Rows(built)) => {
                let is_same = |row, found| built.row(found as usize) == keys.row(row);
                index.visit(&hashes, valid, is_same, visitor)?;
            }
            _ => {
                return Err(Error::internal(
                    "a join index of another form than its keys",
                ));
            }
        }
        Ok(())
    }

    /// Whether no key has several rows; false if the index does not say.
    pub fn is_unique(&self) -> bool {
        match &self.index {
            Index::Dense(_) => true,
            Index::Ranked(index) => index.is_unique(),
            _ => false,
        }
    }

    /// The row that has the key, of every probe row, or [`NONE`]. None if a key may have several rows, or the index
    /// does not say.
    pub fn find_only(&self, keys: &[ArrayRef], rows: usize) -> Result<Option<Vec<u32>>> {
        if !self.is_unique() {
            return Ok(None);
        }
        if let (Codec::Ranges(ranges), [key]) = (&self.codec, keys)
            && let [range] = ranges.as_slice()
        {
            return self.find_by_one(key, range).map(Some);
        }
        let (words, valid) = self.codec.encode(keys, &self.null_safe, rows)?;
        let Words::Narrow(words) = words else {
            return Ok(None);
        };
        let words = words.iter();
        let mut found: Vec<u32> = match &self.index {
            Index::Dense(index) => words.map(|word| index.only(*word)).collect(),
            Index::Ranked(index) => words.map(|word| index.only(*word)).collect(),
            _ => return Ok(None),
        };
        if let Some(valid) = valid {
            (!&valid).set_indices().for_each(|row| found[row] = NONE);
        }
        Ok(Some(found))
    }

    /// The same for one whole number as the key, which need not become a word first.
    fn find_by_one(&self, key: &ArrayRef, range: &Range) -> Result<Vec<u32>> {
        // What is below the least is far above the greatest.
        let least = range.min;
        let mut found: Vec<u32> = with_signed!(key, values => {
            let words = values.iter().map(|value| i64::from(*value).wrapping_sub(least) as u64);
            match &self.index {
                Index::Dense(index) => words.map(|word| index.only(word)).collect(),
                Index::Ranked(index) => words.map(|word| index.only(word)).collect(),
                _ => return Err(Error::internal("a join index that does not say which row")),
            }
        }, _ => return Err(Error::internal(format!("a join key of type {}", key.data_type()))));
        if let Some(nulls) = key.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            let valid = nulls.inner().bit_chunks();
            for (found, valid) in found.chunks_mut(64).zip(valid.iter_padded()) {
                for (bit, row) in found.iter_mut().enumerate() {
                    // All bits set is none.
                    *row |= ((valid >> bit & 1) as u32).wrapping_sub(1);
                }
            }
        }
        Ok(found)
    }

    /// Where a value of the only key may have a match; NULL never has.
    pub fn may_contain(&self, key: &ArrayRef) -> Result<BooleanBuffer> {
        if let Codec::Ranges(ranges) = &self.codec
            && let [range] = ranges.as_slice()
            && let Some(found) = self.contains_one(key, range)
        {
            let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
            return Ok(match nulls {
                Some(nulls) => &found & nulls.inner(),
                None => found,
            });
        }
        let rows = key.len();
        let (words, valid) = self
            .codec
            .encode(std::slice::from_ref(key), &self.null_safe, rows)?;
        let found = match (words, &self.index) {
            (Words::Narrow(words), Index::Dense(index)) => {
                bits_where(&words, |word| index.only(word) != NONE)
            }
            (Words::Narrow(words), Index::Ranked(index)) => {
                bits_where(&words, |word| index.contains(word))
            }
            (
                Words::Narrow(words) | Words::Text(words, _) | Words::Rows(words, _),
                Index::Narrow(index),
            ) => bits_where(&words, |word| index.contains(word)),
            (Words::Wide(words), Index::Wide(index)) => {
                bits_where(&words, |word| index.contains(word))
            }
            _ => {
                return Err(Error::internal(
                    "a join index of another form than its keys",
                ));
            }
        };
        Ok(match valid {
            Some(valid) => &found & &valid,
            None => found,
        })
    }
}

impl Lookup {
    /// Where one whole number, which need not become a word first, has a row; anything where it is NULL. None if the
    /// index is one of hashes.
    fn contains_one(&self, key: &ArrayRef, range: &Range) -> Option<BooleanBuffer> {
        let least = range.min;
        with_signed!(key, values => {
            // What is below the least is far above the greatest.
            let word = |value| i64::from(value).wrapping_sub(least) as u64;
            match &self.index {
                Index::Dense(index) => Some(match index.all_below() {
                    Some(end) => bits_where(&values, |value| word(value) < end),
                    None => bits_where(&values, |value| index.only(word(value)) != NONE),
                }),
                Index::Ranked(index) => {
                    Some(bits_where(&values, |value| index.contains(word(value))))
                }
                _ => None,
            }
        }, _ => None)
    }
}

/// Rows from which on columns are put together by all threads.
const PARALLEL_ROWS: usize = 64 * 1024;

impl JoinTable {
    /// Indexes rows of so many `bytes`, for which memory has been taken; also gives the keys. `total` and
    /// `has_null` are about the whole build side.
    pub fn new(
        spec: &BuildRows,
        batches: Vec<Batch>,
        total: usize,
        has_null: bool,
        bytes: usize,
        mut reservation: Reservation,
    ) -> Result<(JoinTable, Vec<ArrayRef>)> {
        let query = reservation.query().clone();
        let rows: usize = batches.iter().map(|batch| batch.rows).sum();
        if rows >= u32::MAX as usize {
            return Err(Error::unsupported(
                "a join side of more than four billion rows",
            ));
        }
        let one = |column: usize| {
            let parts: Vec<&ArrayRef> = batches.iter().map(|b| &b.columns[column]).collect();
            match parts.is_empty() {
                true => Ok(new_empty_array(&spec.types[column])),
                false => concat_arrays(&parts),
            }
        };
        let all = 0..spec.types.len();
        let mut columns = match rows < PARALLEL_ROWS {
            true => all.map(one).collect::<Result<Vec<_>>>()?,
            false => map(&query, all.collect(), one)?,
        };
        drop(batches);
        let keys = spec.keys.iter().map(|key| columns[key.column].clone());
        let keys: Vec<ArrayRef> = keys.collect();
        columns.truncate(spec.columns);
        let null_safe = spec.keys.iter().map(|key| key.null_safe).collect();
        let lookup = Lookup::new(&keys, null_safe, rows, &query)?;
        reservation.resize(bytes + lookup.index.bytes());
        let marks = if spec.marks { rows.div_ceil(64) } else { 0 };
        let table = JoinTable {
            columns,
            rows,
            is_empty: total == 0,
            has_null,
            matched: (0..marks).map(|_| AtomicU64::new(0)).collect(),
            lookup,
            _reservation: reservation,
        };
        Ok((table, keys))
    }

    /// Notes that a row has a match.
    #[inline]
    pub fn mark(&self, row: u32) {
        let bit = 1 << (row % 64);
        let word = &self.matched[row as usize / 64];
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether a row has a match.
    #[inline]
    pub fn is_marked(&self, row: usize) -> bool {
        self.matched[row / 64].load(Ordering::Relaxed) & (1 << (row % 64)) != 0
    }
}
