//! Join keys as words that can be looked up.
//!
//! The codec is chosen when the build side is complete, from the values that are there: integers are counted
//! from the smallest one, so that several columns fit a word and dense ranges become direct indexes; a probe
//! value outside the range has no match and needs no lookup.

// The macros run over all integer widths, BIGINT included.
#![allow(clippy::useless_conversion)]

use crate::error::{Error, Result};
use crate::exec::keys::{LONGEST_WORD, hash_columns, text_word};
use crate::kernel::bits::bits_where;
use crate::kernel::normalize::{comparable, row_converter};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, Rows};

/// How the keys of a join become words.
pub(in crate::exec) enum Codec {
    /// Integers of up to 64 bits, each counted from its smallest, in one 64-bit word.
    Ranges(Vec<Range>),
    /// One string of at most 12 bytes: its view.
    ShortText,
    /// One string of at most [`LONGEST_WORD`] bytes: a word of them.
    MiddlingText,
    /// One string: a hash, to be verified.
    Text,
    /// Anything: a hash of comparable rows, to be verified.
    Rows(RowConverter),
}

/// The values of one key column in a word.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct Range {
    /// Smallest value.
    pub min: i64,
    /// Largest value.
    pub max: i64,
    shift: u32,
}

/// The word of a string that is longer than all that have words.
const NO_TEXT: u128 = u128::MAX;

/// Encoded keys of a batch.
pub(in crate::exec) enum Words {
    Narrow(Vec<u64>),
    Wide(Vec<u128>),
    /// Hashes, with what verifies them.
    Text(Vec<u64>, ArrayRef),
    Rows(Vec<u64>, Rows),
}

impl Codec {
    /// The codec for the build side's keys. `null_safe[i]`: NULL equals NULL in key `i`.
    pub fn choose(keys: &[ArrayRef], null_safe: &[bool]) -> Result<Codec> {
        if !null_safe.contains(&true) {
            if let Some(ranges) = ranges(keys) {
                return Ok(Codec::Ranges(ranges));
            }
            if let [key] = keys
                && *key.data_type() == DataType::Utf8View
            {
                let views = key.as_string_view().views();
                let longest = views
                    .iter()
                    .fold(0, |longest, view| longest.max(*view as u32));
                return Ok(match longest {
                    0..=12 => Codec::ShortText,
                    13..=LONGEST_WORD => Codec::MiddlingText,
                    _ => Codec::Text,
                });
            }
        }
        let types = keys.iter().map(|key| key.data_type().clone());
        Ok(Codec::Rows(row_converter(types)?))
    }

    /// The words of some rows, and the rows that can match at all (None: all).
    pub fn encode(
        &self,
        keys: &[ArrayRef],
        null_safe: &[bool],
        rows: usize,
    ) -> Result<(Words, Option<BooleanBuffer>)> {
        let mut valid: Option<BooleanBuffer> = None;
        let mut narrow = |bits: BooleanBuffer| {
            valid = Some(match valid.take() {
                Some(before) => &before & &bits,
                None => bits,
            });
        };
        for (key, null_safe) in keys.iter().zip(null_safe) {
            if let Some(nulls) = key.logical_nulls()
                && !null_safe
                && nulls.null_count() > 0
            {
                narrow(nulls.into_inner());
            }
        }
        let words = match self {
            Codec::Ranges(ranges) => {
                let mut words = vec![0u64; rows];
                for (range, key) in ranges.iter().zip(keys) {
                    if !range.encode(key, &mut words)? {
                        narrow(range.contains(key)?);
                    }
                }
                Words::Narrow(words)
            }
            Codec::ShortText => {
                let views = text(&keys[0])?.as_string_view().views();
                Words::Wide(views.to_vec())
            }
            Codec::MiddlingText => {
                let text = text(&keys[0])?.as_string_view();
                let word = |row| match text.is_null(row) {
                    true => NO_TEXT,
                    false => text_word(text, row).unwrap_or(NO_TEXT),
                };
                Words::Wide((0..rows).map(word).collect())
            }
            Codec::Text => Words::Text(hash_columns(keys, rows)?, text(&keys[0])?.clone()),
            Codec::Rows(converter) => {
                let keys: Vec<ArrayRef> = keys.iter().map(comparable).collect::<Result<_>>()?;
                Words::Rows(
                    hash_columns(&keys, rows)?,
                    converter.convert_columns(&keys)?,
                )
            }
        };
        Ok((words, valid))
    }
}

fn text(key: &ArrayRef) -> Result<&ArrayRef> {
    match key.data_type() {
        DataType::Utf8View => Ok(key),
        other => Err(Error::internal(format!("a join of strings with {other}"))),
    }
}

/// The ranges of integer keys, if together they fit 64 bits.
fn ranges(keys: &[ArrayRef]) -> Option<Vec<Range>> {
    let mut shift = 0;
    let mut ranges = Vec::with_capacity(keys.len());
    for key in keys {
        let (min, max) = bounds(key)?;
        let bits = 64 - (max.wrapping_sub(min) as u64).leading_zeros();
        if shift + bits > 64 {
            return None;
        }
        ranges.push(Range { min, max, shift });
        // What comes behind a full word has a range of one value, so that its shift does not matter.
        shift += bits;
    }
    Some(ranges)
}

/// About how many words keys could become that lie in several arrays each, counted as [`Codec::Ranges`] does; None
/// if they are hashed.
pub(super) fn range_size(keys: &[Vec<&ArrayRef>]) -> Option<usize> {
    let mut bits = 0;
    for arrays in keys {
        let mut both: Option<(i64, i64)> = None;
        for array in arrays.iter().filter(|a| a.logical_null_count() < a.len()) {
            let (min, max) = bounds(array)?;
            both = Some(both.map_or((min, max), |(a, b)| (a.min(min), b.max(max))));
        }
        let (min, max) = both.unwrap_or((0, 0));
        let span = max.wrapping_sub(min) as u64;
        if keys.len() == 1 {
            return usize::try_from(span).ok()?.checked_add(1);
        }
        bits += 64 - span.leading_zeros();
    }
    1usize.checked_shl(bits)
}

/// Runs `$body` with `$values` the words of an integer array of up to 64 bits, `$other` for any other array.
macro_rules! with_signed {
    ($array:expr, $values:ident => $body:expr, _ => $other:expr) => {
        match $crate::exec::join::codec::integer_width($array.data_type()) {
            Some(1) => {
                let $values = $crate::kernel::native::raw_values::<i8>($array);
                $body
            }
            Some(2) => {
                let $values = $crate::kernel::native::raw_values::<i16>($array);
                $body
            }
            Some(4) => {
                let $values = $crate::kernel::native::raw_values::<i32>($array);
                $body
            }
            Some(8) => {
                let $values = $crate::kernel::native::raw_values::<i64>($array);
                $body
            }
            _ => $other,
        }
    };
}
pub(super) use with_signed;

pub(super) fn integer_width(data_type: &DataType) -> Option<usize> {
    use DataType::*;
    match data_type {
        Int8
        | Int16
        | Int32
        | Int64
        | Date32
        | Timestamp(_, _)
        | Duration(_)
        | Decimal64(_, _)
        | Interval(arrow::datatypes::IntervalUnit::YearMonth) => data_type.primitive_width(),
        _ => None,
    }
}

/// Smallest and largest value of an integer array; `(0, 0)` if it has none.
pub(super) fn bounds(key: &ArrayRef) -> Option<(i64, i64)> {
    let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    fn fold(values: impl Iterator<Item = i64>) -> (i64, i64) {
        let (min, max) = values.fold((i64::MAX, i64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        if min > max { (0, 0) } else { (min, max) }
    }
    with_signed!(key, values => Some(match nulls {
        None => fold(values.iter().map(|v| (*v).into())),
        Some(nulls) => fold(nulls.valid_indices().map(|row| values[row].into())),
    }), _ => None)
}

impl Range {
    /// Adds the column's part to the words; false if a value lay outside of the range (its word is then
    /// meaningless).
    fn encode(&self, key: &ArrayRef, words: &mut [u64]) -> Result<bool> {
        let span = self.max.wrapping_sub(self.min) as u64;
        with_signed!(key, values => {
            let mut outside = false;
            for (word, value) in words.iter_mut().zip(values.iter()) {
                let offset = i64::from(*value).wrapping_sub(self.min) as u64;
                outside |= offset > span;
                *word |= offset.min(span) << (self.shift & 63);
            }
            Ok(!outside)
        }, _ => Err(Error::internal(format!("a join key of type {}", key.data_type()))))
    }

    fn contains(&self, key: &ArrayRef) -> Result<BooleanBuffer> {
        let span = self.max.wrapping_sub(self.min) as u64;
        with_signed!(key, values => Ok(bits_where(&values, |value| {
            i64::from(value).wrapping_sub(self.min) as u64 <= span
        })), _ => Err(Error::internal(format!("a join key of type {}", key.data_type()))))
    }
}
