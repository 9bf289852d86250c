//! Finds the rows of a build side by key: the keys' codec and the index over what it makes of them.

// The macro runs over all integer widths, BIGINT included.
#![allow(clippy::useless_conversion)]

use super::codec::{Codec, Range, Words, with_signed};
use super::index::{Index, NONE};
use crate::error::{Error, Result};
use crate::kernel::bits::bits_where;
use crate::pipeline::QueryContext;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::row::Rows;

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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use std::sync::Arc;

    fn lookup(keys: impl IntoIterator<Item = Option<i64>>) -> Lookup {
        let keys: ArrayRef = Arc::new(keys.into_iter().collect::<Int64Array>());
        let query = QueryContext::new(Arc::default(), 2, 1 << 30, Arc::default());
        let rows = keys.len();
        Lookup::new(&[keys], vec![false], rows, &query).unwrap()
    }

    /// Which index is made, and that it answers as the keys do.
    fn check(keys: &[Option<i64>], is_expected: impl Fn(&Index) -> bool) {
        let lookup = lookup(keys.iter().copied());
        assert!(is_expected(&lookup.index));
        let present = keys.iter().flatten();
        let near = present.flat_map(|key| [key.saturating_sub(1), *key, key.saturating_add(1)]);
        let ends = [i64::MIN, -1, 0, 1, i64::MAX];
        let asked = near.chain(ends).map(Some).chain([None]);
        let asked: Vec<Option<i64>> = asked.collect();
        let found = lookup.may_contain(&(Arc::new(Int64Array::from(asked.clone())) as ArrayRef));
        let expected = asked.iter().map(|key| key.is_some() && keys.contains(key));
        assert_eq!(found.unwrap(), expected.collect::<BooleanBuffer>());
    }

    #[test]
    fn an_index_of_any_form_knows_its_keys() {
        let full: Vec<_> = (100..5100).map(Some).collect();
        check(
            &full,
            |index| matches!(index, Index::Dense(dense) if dense.all_below() == Some(5000)),
        );
        let gaps: Vec<_> = (100..5100).filter(|k| k % 3 > 0).map(Some).collect();
        check(
            &gaps,
            |index| matches!(index, Index::Dense(dense) if dense.all_below().is_none()),
        );
        let mut with_null = full.clone();
        with_null[17] = None;
        check(
            &with_null,
            |index| matches!(index, Index::Dense(dense) if dense.all_below().is_none()),
        );
        let twice: Vec<_> = full.iter().chain(&full).copied().collect();
        check(&twice, |index| matches!(index, Index::Ranked(_)));
        let far = [i64::MIN, -7, 0, 1 << 40, i64::MAX];
        check(&far.map(Some), |index| matches!(index, Index::Narrow(_)));
        check(&[None, None], |_| true);
    }
}
