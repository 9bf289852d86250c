//! Several short key columns as one word of 64 or 128 bits.
//!
//! ```text
//!   flag BOOLEAN NULL?, day DATE, mode STRING (≤ 3 bytes)
//!   │ null 1 │ flag 1 │ day 32 │ length 8 · bytes 24 │ = 66 bits → u128
//! ```
//!
//! A packing is made for the values that it has seen: a column without NULLs has no null bit, strings have room
//! for the longest so far. [`Packing::fits`] says whether a batch still fits; if not, the owner makes a wider
//! packing and packs its keys again.

use super::hash::raw_values;
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, BooleanArray, StringViewArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};
use std::sync::Arc;

/// A packed key.
pub(in crate::exec) trait Word:
    Copy + Eq + Default + Send + Sync + std::fmt::Debug + 'static
{
    fn to_u128(self) -> u128;
    fn hash(self) -> u64;
    /// The first slot to look at in a table of `1 << (64 - shift)` slots, at least 16.
    fn slot(self, shift: u32) -> usize;
    fn or_shifted(self, value: u128, shift: u32) -> Self;
}

impl Word for u64 {
    #[inline]
    fn to_u128(self) -> u128 {
        u128::from(self)
    }
    #[inline]
    fn hash(self) -> u64 {
        super::mix(self)
    }
    /// Words that differ in the last four bits only share a run of 16 slots: keys that come nearly in order,
    /// as in files sorted by them, meet the same cache lines. The runs are spread by Fibonacci hashing (Knuth,
    /// "Sorting and Searching", 6.4), evenly for words that follow on each other; within a run the order
    /// depends on the run, so that multiples of 16 do not all meet at its start.
    #[inline]
    fn slot(self, shift: u32) -> usize {
        let run = (self >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = (run >> (shift + 4)) << 4;
        (first | ((self ^ (run >> 20)) & 15)) as usize
    }
    #[inline]
    fn or_shifted(self, value: u128, shift: u32) -> u64 {
        self | ((value as u64) << shift)
    }
}

impl Word for u128 {
    #[inline]
    fn slot(self, shift: u32) -> usize {
        (self.hash() >> shift) as usize
    }
    #[inline]
    fn to_u128(self) -> u128 {
        self
    }
    #[inline]
    fn hash(self) -> u64 {
        super::mix(super::mix(self as u64) ^ ((self >> 64) as u64))
    }
    #[inline]
    fn or_shifted(self, value: u128, shift: u32) -> u128 {
        self | (value << shift)
    }
}

/// How one column lies in a word.
#[derive(Debug, Clone, PartialEq)]
struct Field {
    data_type: DataType,
    nullable: bool,
    /// Bits of the value, without the null bit.
    bits: u32,
    /// Position of the value; the null bit is right above it.
    shift: u32,
}

/// How all columns lie in a word.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::exec) struct Packing {
    fields: Vec<Field>,
    bits: u32,
}

impl Packing {
    /// A packing for the values of these columns and of `before`; None if they do not fit 128 bits or have
    /// types that do not pack.
    pub fn choose(columns: &[ArrayRef], before: Option<&Packing>) -> Option<Packing> {
        let mut shift = 0;
        let mut fields = Vec::with_capacity(columns.len());
        for (position, column) in columns.iter().enumerate() {
            let before = before.map(|packing| &packing.fields[position]);
            let bits = value_bits(column)?.max(before.map_or(0, |field| field.bits));
            let nullable =
                column.logical_null_count() > 0 || before.is_some_and(|field| field.nullable);
            fields.push(Field {
                data_type: column.data_type().clone(),
                nullable,
                bits,
                shift,
            });
            shift += bits + u32::from(nullable);
            if shift > 128 {
                return None;
            }
        }
        Some(Packing {
            fields,
            bits: shift,
        })
    }

    /// Whether keys fit 64 bits.
    pub fn is_narrow(&self) -> bool {
        self.bits <= 64
    }

    /// Whether the values of a batch can be packed.
    pub fn fits(&self, columns: &[ArrayRef]) -> bool {
        self.fields.iter().zip(columns).all(|(field, column)| {
            (field.nullable || column.null_count() == 0)
                && (*column.data_type() != DataType::Utf8View
                    || value_bits(column).is_some_and(|bits| bits <= field.bits))
        })
    }

    /// Packs rows that fit.
    pub fn pack<W: Word>(&self, columns: &[ArrayRef], rows: usize) -> Result<Vec<W>> {
        let mut words = vec![W::default(); rows];
        for (field, column) in self.fields.iter().zip(columns) {
            field.pack(column, &mut words)?;
        }
        Ok(words)
    }

    /// The columns that the words were packed from.
    pub fn unpack<W: Word>(&self, words: &[W]) -> Result<Vec<ArrayRef>> {
        self.fields
            .iter()
            .map(|field| field.unpack(words))
            .collect()
    }
}

/// Bits that the values of a column take, without NULL.
fn value_bits(column: &ArrayRef) -> Option<u32> {
    match column.data_type() {
        DataType::Null => Some(0),
        DataType::Boolean => Some(1),
        DataType::Utf8View => {
            let views = column.as_string_view().views();
            let longest = views.iter().map(|view| *view as u32).max().unwrap_or(0);
            match longest {
                0..=3 => Some(32),
                4..=7 => Some(64),
                8..=12 => Some(104),
                _ => None,
            }
        }
        other if !other.is_nested() => other.primitive_width().map(|width| width as u32 * 8),
        _ => None,
    }
}

impl Field {
    fn pack<W: Word>(&self, column: &ArrayRef, words: &mut [W]) -> Result<()> {
        let nulls = column
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0);
        let nulls = nulls.as_ref();
        match &self.data_type {
            DataType::Null => self.fold(words, nulls, |_| 0),
            DataType::Boolean => {
                let values = column.as_boolean().values();
                self.fold(words, nulls, |row| u128::from(values.value(row)));
            }
            DataType::Utf8View => {
                // Length below, bytes above it.
                let views = column.as_string_view().views();
                self.fold(words, nulls, |row| {
                    let view = views[row];
                    ((view >> 32) << 8) | u128::from(view as u8)
                });
            }
            _ => match self.bits {
                8 => self.fixed::<u8, W>(column, words, nulls, u128::from),
                16 => self.fixed::<u16, W>(column, words, nulls, u128::from),
                32 => self.fixed::<u32, W>(column, words, nulls, u128::from),
                64 => self.fixed::<u64, W>(column, words, nulls, u128::from),
                128 => self.fixed::<i128, W>(column, words, nulls, |v| v as u128),
                _ => return Err(Error::internal(format!("cannot pack {}", self.data_type))),
            },
        }
        Ok(())
    }

    fn fixed<T: ArrowNativeType, W: Word>(
        &self,
        column: &ArrayRef,
        words: &mut [W],
        nulls: Option<&NullBuffer>,
        widen: impl Fn(T) -> u128,
    ) {
        let values = raw_values::<T>(column);
        self.fold(words, nulls, |row| widen(values[row]));
    }

    #[inline]
    fn fold<W: Word>(
        &self,
        words: &mut [W],
        nulls: Option<&NullBuffer>,
        value: impl Fn(usize) -> u128,
    ) {
        match nulls {
            None => {
                for (row, word) in words.iter_mut().enumerate() {
                    *word = word.or_shifted(value(row), self.shift);
                }
            }
            Some(nulls) => {
                for (row, word) in words.iter_mut().enumerate() {
                    *word = match nulls.is_valid(row) {
                        true => word.or_shifted(value(row), self.shift),
                        false => word.or_shifted(1, self.shift + self.bits),
                    };
                }
            }
        }
    }

    fn unpack<W: Word>(&self, words: &[W]) -> Result<ArrayRef> {
        let mask = match self.bits {
            128 => u128::MAX,
            bits => (1u128 << bits) - 1,
        };
        let value = |word: &W| match self.bits {
            0 => 0,
            _ => (word.to_u128() >> self.shift) & mask,
        };
        let nulls = self.nullable.then(|| {
            let bit = self.shift + self.bits;
            NullBuffer::new(BooleanBuffer::collect_bool(words.len(), |row| {
                (words[row].to_u128() >> bit) & 1 == 0
            }))
        });
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        Ok(match &self.data_type {
            DataType::Null => Arc::new(arrow::array::NullArray::new(words.len())),
            DataType::Boolean => {
                let bits = BooleanBuffer::collect_bool(words.len(), |row| value(&words[row]) == 1);
                Arc::new(BooleanArray::new(bits, nulls))
            }
            DataType::Utf8View => {
                let view = |word: &W| {
                    let packed = value(word);
                    ((packed >> 8) << 32) | u128::from(packed as u8)
                };
                let views: Vec<u128> = words.iter().map(view).collect();
                short_strings(views, nulls)?
            }
            data_type => {
                let buffer: Buffer = match self.bits {
                    8 => words
                        .iter()
                        .map(|w| value(w) as u8)
                        .collect::<Vec<_>>()
                        .into(),
                    16 => words
                        .iter()
                        .map(|w| value(w) as u16)
                        .collect::<Vec<_>>()
                        .into(),
                    32 => words
                        .iter()
                        .map(|w| value(w) as u32)
                        .collect::<Vec<_>>()
                        .into(),
                    64 => words
                        .iter()
                        .map(|w| value(w) as u64)
                        .collect::<Vec<_>>()
                        .into(),
                    _ => words
                        .iter()
                        .map(|w| value(w) as i128)
                        .collect::<Vec<_>>()
                        .into(),
                };
                let data = ArrayData::builder(data_type.clone())
                    .len(words.len())
                    .add_buffer(buffer)
                    .nulls(nulls);
                make_array(data.build()?)
            }
        })
    }
}

/// Strings that lie in their views entirely.
fn short_strings(views: Vec<u128>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    Ok(Arc::new(StringViewArray::try_new(
        views.into(),
        Vec::new(),
        nulls,
    )?))
}
