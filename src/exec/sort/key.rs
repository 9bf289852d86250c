//! Sort keys as numbers or comparable bytes.

use crate::error::Result;
use crate::exec::keys::raw_values;
use crate::expr::Projector;
use crate::kernel::normalize::normalize_floats;
use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{ArrowNativeType, DataType};
use arrow::row::{RowConverter, Rows, SortField};
use std::cmp::Ordering;

/// What is sorted by. Shared by all workers.
pub(in crate::exec) struct SortKeys {
    /// Computes the keys.
    pub expressions: Projector,
    options: Vec<SortOptions>,
    /// If the keys fit a number, the bits that they leave free; keys lie above them.
    free_bits: Option<u32>,
    converter: RowConverter,
}

/// The keys of a batch beyond what lies in the prefixes.
pub(in crate::exec) type Rest = Option<Rows>;

/// The keys of a batch.
pub(in crate::exec) struct Encoded {
    prefixes: Vec<u128>,
    rest: Rest,
}

impl Encoded {
    /// The order of a row and a row of another batch, encoded by the same keys.
    pub fn compare(&self, row: usize, other: &Encoded, other_row: usize) -> Ordering {
        self.prefixes[row]
            .cmp(&other.prefixes[other_row])
            .then_with(|| compare_rest((&self.rest, row as u32), (&other.rest, other_row as u32)))
    }

    /// The key of a row, or its beginning.
    pub(super) fn prefix(&self, row: usize) -> u128 {
        self.prefixes[row]
    }

    /// The order of two rows with equal prefixes.
    pub(super) fn compare_rest(&self, a: u32, b: u32) -> Ordering {
        compare_rest((&self.rest, a), (&self.rest, b))
    }

    /// Whether two rows have equal keys.
    pub fn is_equal(&self, a: usize, b: usize) -> bool {
        self.compare(a, self, b) == Ordering::Equal
    }
}

impl SortKeys {
    /// Keys of these types, each with its direction.
    pub fn new(
        expressions: Projector,
        types: Vec<DataType>,
        options: Vec<SortOptions>,
    ) -> Result<SortKeys> {
        let bits = types.iter().map(|t| fixed_bits(t).map(|bits| bits + 1));
        let bits: Option<u32> = bits.sum();
        let fields = types.into_iter().zip(&options);
        let fields = fields
            .map(|(t, o)| SortField::new_with_options(t, *o))
            .collect();
        Ok(SortKeys {
            expressions,
            options,
            free_bits: bits
                .filter(|bits| (1..=128).contains(bits))
                .map(|bits| 128 - bits),
            converter: RowConverter::new(fields)?,
        })
    }

    /// Whether keys reach beyond their prefixes.
    pub fn has_rest(&self) -> bool {
        self.free_bits.is_none() && !self.expressions.is_empty()
    }

    /// Keys from the bytes of rows that [`SortKeys::encode`] has made.
    pub fn rest_of(&self, bytes: BinaryArray) -> Rows {
        self.converter.from_binary(bytes)
    }

    /// The keys of some rows.
    pub fn encoded(&self, keys: &[ArrayRef], rows: usize) -> Result<Encoded> {
        let (prefixes, rest) = self.encode(keys, rows)?;
        Ok(Encoded { prefixes, rest })
    }

    /// A number per row that sorts as the keys do, if they fit 64 bits for these rows: keys lie apart by no more
    /// than the range of their values, and NULL takes room only where there is one. Numbers of different calls
    /// do not compare.
    pub fn words(&self, keys: &[ArrayRef], rows: usize) -> Option<Vec<u64>> {
        self.free_bits?;
        let mut words = Vec::new();
        let mut free = u64::BITS;
        for (key, options) in keys.iter().zip(&self.options) {
            let (values, bits) = distances(&normalize_floats(key), *options, rows)?;
            free = free.checked_sub(bits)?;
            if words.is_empty() {
                words = values;
                continue;
            }
            for (word, value) in words.iter_mut().zip(values) {
                // A shift by all 64 bits drops what is there, which is nothing.
                *word = word.checked_shl(bits).unwrap_or(0) | value;
            }
        }
        Some(words)
    }

    /// A prefix per row that sorts as the keys do as far as it reaches, and the keys where it does not reach.
    pub fn encode(&self, keys: &[ArrayRef], rows: usize) -> Result<(Vec<u128>, Rest)> {
        if keys.is_empty() {
            return Ok((vec![0; rows], None));
        }
        if let Some(free) = self.free_bits {
            let mut prefixes = vec![0u128; rows];
            for (key, options) in keys.iter().zip(&self.options) {
                append(&normalize_floats(key), *options, &mut prefixes);
            }
            prefixes.iter_mut().for_each(|prefix| *prefix <<= free);
            return Ok((prefixes, None));
        }
        let keys: Vec<ArrayRef> = keys.iter().map(normalize_floats).collect();
        let converted = self.converter.convert_columns(&keys)?;
        let prefix = |bytes: &[u8]| {
            let mut word = [0u8; 16];
            let length = bytes.len().min(16);
            word[..length].copy_from_slice(&bytes[..length]);
            u128::from_be_bytes(word)
        };
        let prefixes = converted.iter().map(|row| prefix(row.data())).collect();
        Ok((prefixes, Some(converted)))
    }
}

/// The order of two rows with equal prefixes.
pub(super) fn compare_rest(a: (&Rest, u32), b: (&Rest, u32)) -> Ordering {
    match (a.0, b.0) {
        (Some(left), Some(right)) => left.row(a.1 as usize).cmp(&right.row(b.1 as usize)),
        _ => Ordering::Equal,
    }
}

/// How far behind the first of all values each lies, and the bits that takes; None beyond 64.
fn distances(key: &ArrayRef, options: SortOptions, rows: usize) -> Option<(Vec<u64>, u32)> {
    if key.logical_null_count() == 0 {
        let mut values = vec![Valid(0); rows];
        append(key, options, &mut values);
        let least = values.iter().map(|value| value.0).min().unwrap_or(0);
        let greatest = values.iter().map(|value| value.0).max().unwrap_or(0);
        let bits = u64::BITS - (greatest - least).leading_zeros();
        return Some((values.iter().map(|value| value.0 - least).collect(), bits));
    }
    let mut values = vec![0u128; rows];
    append(key, options, &mut values);
    let least = values.iter().copied().min().unwrap_or(0);
    let greatest = values.iter().copied().max().unwrap_or(0);
    let bits = u128::BITS - (greatest - least).leading_zeros();
    let distances = values.iter().map(|value| (value - least) as u64);
    (bits <= u64::BITS).then(|| (distances.collect(), bits))
}

/// What keys are appended to.
trait Prefix {
    /// Appends a bit that puts NULL first or last, and the value.
    fn append(&mut self, flag: u64, bits: u32, value: u64);
}

impl Prefix for u128 {
    #[inline(always)]
    fn append(&mut self, flag: u64, bits: u32, value: u64) {
        *self = (((*self << 1) | u128::from(flag)) << bits) | u128::from(value);
    }
}

/// One key that is never NULL.
#[derive(Clone, Copy)]
struct Valid(u64);

impl Prefix for Valid {
    #[inline(always)]
    fn append(&mut self, _: u64, _: u32, value: u64) {
        self.0 = value;
    }
}

fn fixed_bits(data_type: &DataType) -> Option<u32> {
    use DataType::*;
    match data_type {
        Null => Some(0),
        Boolean => Some(1),
        Int8
        | Int16
        | Int32
        | Int64
        | Float32
        | Float64
        | Date32
        | Timestamp(_, _)
        | Duration(_)
        | Decimal64(_, _) => data_type.primitive_width().map(|width| width as u32 * 8),
        Interval(arrow::datatypes::IntervalUnit::YearMonth) => Some(32),
        _ => None,
    }
}

/// Appends a key below those that are there.
fn append<P: Prefix>(key: &ArrayRef, options: SortOptions, prefixes: &mut [P]) {
    use DataType::*;
    match key.data_type() {
        Null => put(key, options, prefixes, 0, |_| 0),
        Boolean => {
            let values = key.as_boolean().values().clone();
            put(key, options, prefixes, 1, |row| {
                u64::from(values.value(row))
            });
        }
        Float32 => {
            let values = raw_values::<u32>(key);
            put(key, options, prefixes, 32, |row| {
                let bits = values[row];
                let mask = if bits >> 31 == 1 { u32::MAX } else { 1 << 31 };
                u64::from(bits ^ mask)
            });
        }
        Float64 => {
            let values = raw_values::<u64>(key);
            put(key, options, prefixes, 64, |row| {
                let bits = values[row];
                let mask = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
                bits ^ mask
            });
        }
        other => match other.primitive_width() {
            Some(1) => signed::<i8, P>(key, options, prefixes, 8, i64::from),
            Some(2) => signed::<i16, P>(key, options, prefixes, 16, i64::from),
            Some(4) => signed::<i32, P>(key, options, prefixes, 32, i64::from),
            _ => signed::<i64, P>(key, options, prefixes, 64, |v| v),
        },
    }
}

fn signed<T: ArrowNativeType, P: Prefix>(
    key: &ArrayRef,
    options: SortOptions,
    prefixes: &mut [P],
    bits: u32,
    widen: impl Fn(T) -> i64,
) {
    let values = raw_values::<T>(key);
    let mask = u64::MAX >> (64 - bits);
    put(key, options, prefixes, bits, |row| {
        ((widen(values[row]) as u64) ^ (1 << (bits - 1))) & mask
    });
}

#[inline]
fn put<P: Prefix>(
    key: &ArrayRef,
    options: SortOptions,
    prefixes: &mut [P],
    bits: u32,
    value: impl Fn(usize) -> u64,
) {
    let mask = match bits {
        0 => 0,
        bits => u64::MAX >> (64 - bits),
    };
    let flip = if options.descending { mask } else { 0 };
    let (null, valid) = if options.nulls_first { (0, 1) } else { (1, 0) };
    let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    for (row, prefix) in prefixes.iter_mut().enumerate() {
        let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let (flag, value) = match is_null {
            true => (null, 0),
            false => (valid, value(row) ^ flip),
        };
        prefix.append(flag, bits, value);
    }
}
