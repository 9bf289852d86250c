//! Several short key columns as one word of 64 or 128 bits.
//!
//! ```text
//!   flag BOOLEAN NULL?, day DATE, mode STRING (≤ 3 bytes)
//!   │ null 1 │ flag 1 │ day 32 │ length 8 · bytes 24 │ = 66 bits → u128
//! ```
//!
//! A packing is made for the values that it has seen: a column without NULLs has no null bit, strings have room
//! for the longest so far; whole numbers that would not fit otherwise are counted from the least so far, in as many
//! bits as their span takes. [`Packing::fits`] says whether a batch still fits; if not, the owner makes a wider
//! packing and packs its keys again.

use crate::error::{Error, Result};
use crate::kernel::native::raw_values;
use crate::kernel::view::view_of;
use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, BooleanArray, StringViewArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};
use std::sync::Arc;

/// Bits of a key up to which a table has a place for every key that is possible: a megabyte of four-byte numbers.
pub(super) const DIRECT_BITS: u32 = 18;

/// Possible keys that are few for a batch of any size.
const FEW_VALUES: usize = 4096;

/// A packed key.
pub(in crate::exec) trait Word:
    Copy + Eq + Default + Send + Sync + std::fmt::Debug + 'static
{
    fn to_u128(self) -> u128;
    fn hash(self) -> u64;
    /// The first slot to look at in a table of `1 << (64 - shift)` slots, more than 16.
    fn slot(self, shift: u32) -> usize;
    fn or_shifted(self, value: u128, shift: u32) -> Self;
}

impl Word for u32 {
    #[inline]
    fn to_u128(self) -> u128 {
        u128::from(self)
    }
    #[inline]
    fn hash(self) -> u64 {
        super::mix(u64::from(self))
    }
    #[inline]
    fn slot(self, shift: u32) -> usize {
        u64::from(self).slot(shift)
    }
    #[inline]
    fn or_shifted(self, value: u128, shift: u32) -> u32 {
        self | ((value as u32) << shift)
    }
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
    /// The least and greatest whole number that there is room for, where not all of the type fit: the word has
    /// the distance from the least.
    span: Option<(i64, i64)>,
}

/// How all columns lie in a word.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::exec) struct Packing {
    fields: Vec<Field>,
    bits: u32,
}

impl Packing {
    /// A packing for the values of these columns and of `before`; None if they do not fit 128 bits or have
    /// types that do not pack. Spans have to be looked up in every batch, so they are taken only where keys get into a
    /// smaller class by them: few enough values for an array of all, 64 bits, 128. The first values must be close
    /// together to be few: keys in order, each there a few times, would only pass through that class.
    pub fn choose(columns: &[ArrayRef], before: Option<&Packing>) -> Option<Packing> {
        let rows = columns.first().map_or(0, |column| column.len());
        let few = match before {
            Some(_) => DIRECT_BITS,
            None => rows.max(FEW_VALUES).ilog2().min(DIRECT_BITS),
        };
        let class = |packing: &Option<Packing>| match packing.as_ref().map(Packing::bits) {
            Some(bits) if bits <= few => 0,
            Some(..=64) => 1,
            Some(_) => 2,
            None => 3,
        };
        let full = Packing::with(columns, before, false);
        let spans = Packing::with(columns, before, true);
        match class(&spans) < class(&full) {
            true => spans,
            false => full,
        }
    }

    /// Bits of a word.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The same, with whole numbers in the bits of their type or of their span.
    fn with(columns: &[ArrayRef], before: Option<&Packing>, spans: bool) -> Option<Packing> {
        let mut shift = 0;
        let mut fields = Vec::with_capacity(columns.len());
        for (position, column) in columns.iter().enumerate() {
            let before = before.map(|packing| &packing.fields[position]);
            let span = match spans {
                true => roomy_span(column, before),
                false => None,
            };
            let bits = match span {
                Some((least, greatest)) => 64 - (greatest.abs_diff(least) | 1).leading_zeros(),
                None => value_bits(column)?.max(before.map_or(0, |field| field.bits)),
            };
            let nullable =
                column.logical_null_count() > 0 || before.is_some_and(|field| field.nullable);
            fields.push(Field {
                data_type: column.data_type().clone(),
                nullable,
                bits,
                shift,
                span,
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
                && match (&field.span, column.data_type()) {
                    (Some((least, greatest)), _) => whole_span(column)
                        .is_some_and(|(low, high)| *least <= low && high <= *greatest),
                    (None, DataType::Utf8View) => {
                        value_bits(column).is_some_and(|bits| bits <= field.bits)
                    }
                    _ => true,
                }
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

/// The least and greatest of whole numbers, those below NULLs included; None for other types.
fn whole_span(column: &ArrayRef) -> Option<(i64, i64)> {
    fn span<T: ArrowNativeType + Ord + Into<i64>>(column: &ArrayRef) -> (i64, i64) {
        let values = raw_values::<T>(column);
        let Some(first) = values.first() else {
            return (0, 0);
        };
        let (mut least, mut greatest) = (*first, *first);
        for value in values.iter() {
            least = least.min(*value);
            greatest = greatest.max(*value);
        }
        (least.into(), greatest.into())
    }
    match column.data_type() {
        DataType::Int32 | DataType::Date32 => Some(span::<i32>(column)),
        DataType::Int64 | DataType::Timestamp(..) | DataType::Duration(_) => {
            Some(span::<i64>(column))
        }
        _ => None,
    }
}

/// The span of a column and of what came before, with some room at the ends, more where it has grown.
fn roomy_span(column: &ArrayRef, before: Option<&Field>) -> Option<(i64, i64)> {
    let (mut least, mut greatest) = whole_span(column)?;
    let mut share = 8;
    if let Some(before) = before {
        // Without a span, any number may have come.
        let (low, high) = before.span?;
        if low <= least && greatest <= high {
            return before.span;
        }
        (least, greatest) = (least.min(low), greatest.max(high));
        share = 2;
    }
    let room = (greatest.abs_diff(least) / share) as i64;
    Some((least.saturating_sub(room), greatest.saturating_add(room)))
}

/// Bits that the values of a column take, without NULL.
fn value_bits(column: &ArrayRef) -> Option<u32> {
    match column.data_type() {
        DataType::Null => Some(0),
        DataType::Boolean => Some(1),
        DataType::Utf8View => {
            let views = column.as_string_view().views();
            // A fold is compiled to vector instructions, `max` is not.
            let longest = (views.iter()).fold(0, |longest: u32, view| longest.max(*view as u32));
            match longest {
                // A byte for the length.
                0..=3 => Some(32),
                4..=7 => Some(64),
                8..=12 => Some(104),
                13..=15 => Some(longest * 8 + 8),
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
        if let Some((least, _)) = self.span {
            let distance = |value: i64| u128::from(value.wrapping_sub(least) as u64);
            match self.data_type.primitive_width() {
                Some(4) => self.fixed(column, words, nulls, |v: i32| distance(i64::from(v))),
                _ => self.fixed(column, words, nulls, distance),
            }
            return Ok(());
        }
        match &self.data_type {
            DataType::Null => self.fold(words, nulls, |_| 0),
            DataType::Boolean => {
                let values = column.as_boolean().values();
                self.fold(words, nulls, |row| u128::from(values.value(row)));
            }
            DataType::Utf8View => {
                // Length below, bytes above it.
                let array = column.as_string_view();
                let views = array.views();
                let short = |view: u128| ((view >> 32) << 8) | u128::from(view as u8);
                match self.bits <= 104 {
                    true => self.fold(words, nulls, |row| short(views[row])),
                    false => self.fold(words, nulls, |row| text_word(array, row).unwrap_or(0)),
                }
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
                match self.bits <= 104 {
                    true => short_strings(words.iter().map(view).collect(), nulls)?,
                    false => middling_strings(words.iter().map(value), nulls)?,
                }
            }
            data_type => {
                let least = self.span.map(|(least, _)| least);
                let whole = |word: &W| (value(word) as i64).wrapping_add(least.unwrap_or(0));
                let buffer: Buffer = match self.bits {
                    _ if least.is_some() && data_type.primitive_width() == Some(4) => words
                        .iter()
                        .map(|w| whole(w) as i32)
                        .collect::<Vec<_>>()
                        .into(),
                    _ if least.is_some() => words.iter().map(whole).collect::<Vec<_>>().into(),
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

/// Bytes of the longest string that is a word: one more has its length.
pub(in crate::exec) const LONGEST_WORD: u32 = 15;

/// A string of up to [`LONGEST_WORD`] bytes as a word: its length below, its bytes above. None if it is longer. The row is
/// not NULL.
#[inline]
pub(in crate::exec) fn text_word(array: &StringViewArray, row: usize) -> Option<u128> {
    let view = array.views()[row];
    match view as u32 {
        0..=12 => Some(((view >> 32) << 8) | u128::from(view as u8)),
        13..=LONGEST_WORD => {
            Some((fifteen(array.value(row).as_bytes()) << 8) | u128::from(view as u8))
        }
        _ => None,
    }
}

/// 8 to 15 bytes as a number.
#[inline]
fn fifteen(bytes: &[u8]) -> u128 {
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let rest = u64::from_le_bytes(*last).checked_shr(128 - bytes.len() as u32 * 8);
            u128::from(u64::from_le_bytes(*first)) | (u128::from(rest.unwrap_or(0)) << 64)
        }
        _ => 0,
    }
}

/// Strings of up to 15 bytes, packed.
fn middling_strings(
    packed: impl Iterator<Item = u128>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let mut bytes = Vec::new();
    let view = |packed: u128| {
        let length = packed as u8 as usize;
        let text = (packed >> 8).to_le_bytes();
        match length {
            0..=12 => ((packed >> 8) << 32) | length as u128,
            _ => {
                let offset = bytes.len() as u32;
                bytes.extend_from_slice(&text[..length.min(text.len())]);
                view_of(&text[..length.min(text.len())], 0, offset)
            }
        }
    };
    let views: Vec<u128> = packed.map(view).collect();
    let buffers = vec![Buffer::from_vec(bytes)];
    Ok(Arc::new(StringViewArray::try_new(
        views.into(),
        buffers,
        nulls,
    )?))
}

/// Strings that lie in their views entirely.
fn short_strings(views: Vec<u128>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    Ok(Arc::new(StringViewArray::try_new(
        views.into(),
        Vec::new(),
        nulls,
    )?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Int32Array, Int64Array};

    /// Packs and unpacks columns in a packing made for them.
    fn check(columns: Vec<ArrayRef>, bits: std::ops::RangeInclusive<u32>) -> Packing {
        let packing = Packing::choose(&columns, None).unwrap();
        assert!(bits.contains(&packing.bits), "{} bits", packing.bits);
        assert!(packing.fits(&columns));
        let rows = columns[0].len();
        let words = packing.pack::<u128>(&columns, rows).unwrap();
        assert_eq!(packing.unpack(&words).unwrap(), columns);
        if packing.is_narrow() {
            let words = packing.pack::<u64>(&columns, rows).unwrap();
            assert_eq!(packing.unpack(&words).unwrap(), columns);
        }
        packing
    }

    fn longs(values: Vec<Option<i64>>) -> ArrayRef {
        Arc::new(Int64Array::from(values))
    }

    fn texts(values: Vec<Option<&str>>) -> ArrayRef {
        Arc::new(StringViewArray::from(values))
    }

    #[test]
    fn spans_are_taken_where_types_do_not_fit() {
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![-3, 20_000, 10_000]));
        let two = longs(vec![Some(1_000_000), None, Some(1_000_100)]);
        check(vec![dates.clone()], 32..=32);
        check(vec![dates.clone(), two.clone()], 20..=64);
        check(
            vec![longs(vec![Some(7), Some(7)]), longs(vec![None, Some(0)])],
            3..=3,
        );
        let ends = longs(vec![Some(i64::MIN), Some(0), Some(i64::MAX)]);
        check(vec![ends.clone(), ends.clone()], 128..=128);
        assert!(Packing::choose(&[ends.clone(), ends, two], None).is_none());
    }

    #[test]
    fn spans_grow() {
        let texts = texts(vec![Some("fourteen bytes"); 2]);
        let whole = |values: [i32; 2]| -> ArrayRef { Arc::new(Int32Array::from(values.to_vec())) };
        let first = [whole([1, 5]), texts.clone()];
        let packing = Packing::choose(&first, None).unwrap();
        assert!(!packing.fits(&[whole([1, 7]), texts.clone()]));
        let more = [whole([-3, 7]), texts.clone()];
        let wider = Packing::choose(&more, Some(&packing)).unwrap();
        assert!(wider.fits(&more) && wider.fits(&first));
        let words = wider.pack::<u128>(&more, 2).unwrap();
        assert_eq!(wider.unpack(&words).unwrap(), more);
        // A wider span beside so many bytes does not fit.
        let far = [whole([i32::MIN, i32::MAX]), texts];
        assert!(Packing::choose(&far, Some(&wider)).is_none());
    }

    #[test]
    fn strings_of_up_to_fifteen_bytes() {
        let all = [
            "",
            "a",
            "twelve bytes",
            "thirteen byte",
            "fourteen bytes",
            "fifteen bytes !",
        ];
        check(
            vec![texts(all.iter().map(|text| Some(*text)).collect())],
            128..=128,
        );
        check(vec![texts(vec![Some("fourteen bytes"), None])], 121..=121);
        check(vec![texts(vec![Some("thirteen byt\0")])], 112..=112);
        assert!(Packing::choose(&[texts(vec![Some("sixteen bytes!!!")])], None).is_none());
        assert!(Packing::choose(&[texts(vec![Some("fifteen bytes !"), None])], None).is_none());
    }
}
