//! Sort keys as numbers or comparable bytes.

use super::layout::beginning;
use crate::error::Result;
use crate::expr::Projector;
use crate::kernel::native::raw_values;
use crate::kernel::normalize::normalize_floats;
use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringViewArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::{ArrowNativeType, DataType};
use arrow::row::{Row, RowConverter, Rows, SortField};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// What is sorted by. Shared by all workers.
pub(in crate::exec) struct SortKeys {
    /// Computes the keys.
    pub expressions: Projector,
    options: Vec<SortOptions>,
    /// Bits of the first keys, as many of them as are numbers and fit a prefix as a whole; with one each for NULL.
    leading: Vec<u32>,
    fields: Vec<SortField>,
    first_type: DataType,
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

impl fmt::Debug for SortKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SortKeys")
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

impl SortKeys {
    /// Keys of these types, each with its direction.
    pub fn new(
        expressions: Projector,
        types: Vec<DataType>,
        options: Vec<SortOptions>,
    ) -> Result<SortKeys> {
        let mut room = u128::BITS;
        let leading = types.iter().map_while(|t| {
            let bits = fixed_bits(t)? + 1;
            room = room.checked_sub(bits)?;
            Some(bits)
        });
        let leading = leading.collect();
        let first_type = types.first().cloned().unwrap_or(DataType::Null);
        let fields = types.into_iter().zip(&options);
        let fields = fields.map(|(t, o)| SortField::new_with_options(t, *o));
        let fields: Vec<SortField> = fields.collect();
        Ok(SortKeys {
            expressions,
            options,
            leading,
            first_type,
            converter: RowConverter::new(fields.clone())?,
            fields,
        })
    }

    /// How each key is ordered.
    pub(super) fn options(&self) -> &[SortOptions] {
        &self.options
    }

    /// What makes comparable rows of the keys from one on.
    pub(super) fn converter_from(&self, key: usize) -> Result<RowConverter> {
        Ok(RowConverter::new(self.fields[key..].to_vec())?)
    }

    /// Whether keys reach beyond their prefixes.
    pub fn has_rest(&self) -> bool {
        self.leading.len() < self.fields.len()
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

    /// A prefix per row that sorts as the keys do as far as it reaches, and the keys where it does not reach.
    pub fn encode(&self, keys: &[ArrayRef], rows: usize) -> Result<(Vec<u128>, Rest)> {
        if keys.is_empty() {
            return Ok((vec![0; rows], None));
        }
        let mut prefixes = vec![0u128; rows];
        let mut room = u128::BITS;
        for (key, options) in keys.iter().zip(&self.options) {
            let bits = match key.data_type() {
                _ if room == 0 => break,
                DataType::Utf8View => {
                    append_text(key.as_string_view(), *options, room, &mut prefixes);
                    room = 0;
                    break;
                }
                data_type => match fixed_bits(data_type) {
                    Some(bits) => (bits + 1).min(room),
                    None => break,
                },
            };
            let key = &normalize_floats(key);
            visit_numbers(
                key,
                Append {
                    key,
                    options: *options,
                    taken: bits,
                    prefixes: &mut prefixes,
                },
            );
            room -= bits;
        }
        if room < u128::BITS {
            prefixes.iter_mut().for_each(|prefix| *prefix <<= room);
        }
        if !self.has_rest() {
            return Ok((prefixes, None));
        }
        let keys: Vec<ArrayRef> = keys.iter().map(normalize_floats).collect();
        let converted = self.converter.convert_columns(&keys)?;
        if room == u128::BITS {
            for (prefix, row) in prefixes.iter_mut().zip(&converted) {
                let bytes = row.data();
                let mut word = [0u8; 16];
                let length = bytes.len().min(16);
                word[..length].copy_from_slice(&bytes[..length]);
                *prefix = u128::from_be_bytes(word);
            }
        }
        Ok((prefixes, Some(converted)))
    }

    /// Whether NULL is not the first key of the rows of a prefix; false if that is no number.
    pub(super) fn has_first(&self, prefix: u128) -> bool {
        let valid = self
            .options
            .first()
            .map(|options| u128::from(options.nulls_first));
        !self.leading.is_empty() && valid == Some(prefix >> (u128::BITS - 1))
    }

    /// The first key of a row that [`SortKeys::encode`] has made; None if it is NULL or no text.
    pub(super) fn first_text(&self, row: Option<Row>) -> Result<Option<Arc<str>>> {
        if self.first_type != DataType::Utf8View {
            return Ok(None);
        }
        let keys = self.converter.convert_rows(row)?;
        let first = keys.first().and_then(|key| key.as_string_view_opt());
        Ok(first.and_then(|key| key.iter().next()?.map(Arc::from)))
    }

    /// Which rows do not come after those of a prefix by their first key, which it is that is given; None if it is no
    /// number.
    pub(super) fn up_to(&self, key: &ArrayRef, prefix: u128) -> Option<BooleanBuffer> {
        let bits = *self.leading.first()?;
        if *key.data_type() != self.first_type {
            return None;
        }
        let key = &normalize_floats(key);
        let options = *self.options.first()?;
        let mut chosen = None;
        visit_numbers(
            key,
            UpTo {
                key,
                options,
                last: prefix >> (u128::BITS - bits),
                chosen: &mut chosen,
            },
        );
        chosen
    }
}

/// The order of two rows with equal prefixes.
pub(super) fn compare_rest(a: (&Rest, u32), b: (&Rest, u32)) -> Ordering {
    match (a.0, b.0) {
        (Some(left), Some(right)) => left.row(a.1 as usize).cmp(&right.row(b.1 as usize)),
        _ => Ordering::Equal,
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

/// Whether keys of a type are seen as numbers of at most 64 bits.
pub(super) fn is_number(data_type: &DataType) -> bool {
    fixed_bits(data_type).is_some()
}

/// Does something with the numbers of a key.
pub(super) trait NumberVisitor {
    /// Sees the number of every row, which has so many bits and sorts as the key does. For NULL it may be any.
    fn visit(self, bits: u32, number: impl Fn(usize) -> u64);
}

/// Shows a visitor the numbers of a key, whose floats are normalized.
pub(super) fn visit_numbers(key: &ArrayRef, visitor: impl NumberVisitor) {
    use DataType::*;
    match key.data_type() {
        Null => visitor.visit(0, |_| 0),
        Boolean => {
            let values = key.as_boolean().values().clone();
            visitor.visit(1, |row| u64::from(values.value(row)));
        }
        Float32 => {
            let values = raw_values::<u32>(key);
            visitor.visit(32, |row| {
                let bits = values[row];
                let mask = if bits >> 31 == 1 { u32::MAX } else { 1 << 31 };
                u64::from(bits ^ mask)
            });
        }
        Float64 => {
            let values = raw_values::<u64>(key);
            visitor.visit(64, |row| {
                let bits = values[row];
                let mask = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
                bits ^ mask
            });
        }
        other => match other.primitive_width() {
            Some(1) => signed::<i8>(key, visitor, 8, i64::from),
            Some(2) => signed::<i16>(key, visitor, 16, i64::from),
            Some(4) => signed::<i32>(key, visitor, 32, i64::from),
            _ => signed::<i64>(key, visitor, 64, |v| v),
        },
    }
}

fn signed<T: ArrowNativeType>(
    key: &ArrayRef,
    visitor: impl NumberVisitor,
    bits: u32,
    widen: impl Fn(T) -> i64,
) {
    let values = raw_values::<T>(key);
    let mask = u64::MAX >> (64 - bits);
    visitor.visit(bits, |row| {
        ((widen(values[row]) as u64) ^ (1 << (bits - 1))) & mask
    });
}

/// Appends the first bits of a text to prefixes with so much room below what is there.
fn append_text(text: &StringViewArray, options: SortOptions, room: u32, prefixes: &mut [u128]) {
    let flip = if options.descending { u128::MAX } else { 0 };
    let (null, valid) = if options.nulls_first { (0, 1) } else { (1, 0) };
    let (views, buffers) = (text.views(), text.data_buffers());
    let nulls = text.nulls().filter(|nulls| nulls.null_count() > 0);
    for (row, (prefix, view)) in prefixes.iter_mut().zip(views).enumerate() {
        let (flag, value) = match nulls.is_some_and(|nulls| nulls.is_null(row)) {
            true => (null, 0),
            false => {
                let words = beginning(*view, buffers);
                let value = (u128::from(words[0]) << 64) | u128::from(words[1]);
                (valid, value ^ flip)
            }
        };
        // The bit for NULL, and of the text what goes into the rest.
        let there = prefix.checked_shl(room).unwrap_or(0);
        let value = value.checked_shr(u128::BITS - (room - 1)).unwrap_or(0);
        *prefix = there | (flag << (room - 1)) | value;
    }
}

/// Appends a key below those that are there, or the first bits of it.
struct Append<'a> {
    key: &'a ArrayRef,
    options: SortOptions,
    /// How many bits are taken, the one for NULL included.
    taken: u32,
    prefixes: &'a mut [u128],
}

impl NumberVisitor for Append<'_> {
    #[inline]
    fn visit(self, bits: u32, number: impl Fn(usize) -> u64) {
        let (key, options, taken) = (self.key, self.options, self.taken);
        let mask = match bits {
            0 => 0,
            bits => u64::MAX >> (64 - bits),
        };
        let flip = if options.descending { mask } else { 0 };
        let (null, valid) = if options.nulls_first { (0, 1) } else { (1, 0) };
        let nulls = key.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        for (row, prefix) in self.prefixes.iter_mut().enumerate() {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            let (flag, value) = match is_null {
                true => (null, 0),
                false => (valid, number(row) ^ flip),
            };
            let whole = (flag << bits) | u128::from(value);
            *prefix = (*prefix << taken) | (whole >> (bits + 1 - taken));
        }
    }
}

/// Finds the rows up to a number, which has the bit for NULL above it.
struct UpTo<'a> {
    key: &'a ArrayRef,
    options: SortOptions,
    last: u128,
    chosen: &'a mut Option<BooleanBuffer>,
}

impl NumberVisitor for UpTo<'_> {
    #[inline]
    fn visit(self, bits: u32, number: impl Fn(usize) -> u64) {
        let mask = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        let flip = if self.options.descending { mask } else { 0 };
        let (null, valid) = if self.options.nulls_first {
            (0, 1)
        } else {
            (1, 0)
        };
        let (flag, last) = ((self.last >> bits) as u64, self.last as u64 & mask);
        let (all_valid, some_valid) = (valid < flag, valid == flag);
        let is_valid = |row| all_valid || (some_valid && number(row) ^ flip <= last);
        let rows = self.key.len();
        let nulls = self.key.logical_nulls();
        *self.chosen = Some(match nulls.filter(|nulls| nulls.null_count() > 0) {
            None if some_valid => {
                BooleanBuffer::collect_bool(rows, |row| number(row) ^ flip <= last)
            }
            None => BooleanBuffer::collect_bool(rows, |_| all_valid),
            Some(nulls) => BooleanBuffer::collect_bool(rows, |row| match nulls.is_null(row) {
                true => null <= flag,
                false => is_valid(row),
            }),
        });
    }
}
