//! Spark's hash functions over rows: Murmur3 (`hash`, also what `repartition` places rows by) and XXH64.
//!
//! A row's hash is folded over its columns, each hash being the seed of the next; NULL leaves it as it is.
//! Nested values fold their parts in order. These are Spark's functions bit for bit, not the fastest hashes
//! for a hash table.

use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    IntervalUnit, IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};

/// The seed that `hash` and `xxhash64` start with.
pub const DEFAULT_SEED: i32 = 42;

/// The Murmur3 hash of each row.
pub fn murmur3(columns: &[ArrayRef], rows: usize, seed: i32) -> Result<Vec<i32>> {
    let mut hashes = vec![seed.cast_unsigned(); rows];
    fold::<Murmur3>(columns, &mut hashes)?;
    Ok(hashes.into_iter().map(u32::cast_signed).collect())
}

/// The XXH64 hash of each row.
pub fn xxhash64(columns: &[ArrayRef], rows: usize, seed: i64) -> Result<Vec<i64>> {
    let mut hashes = vec![seed.cast_unsigned(); rows];
    fold::<XxHash64>(columns, &mut hashes)?;
    Ok(hashes.into_iter().map(u64::cast_signed).collect())
}

fn fold<H: Hash>(columns: &[ArrayRef], hashes: &mut [H::State]) -> Result<()> {
    for column in columns {
        let hash = hasher::<H>(column.as_ref())?;
        for (row, state) in hashes.iter_mut().enumerate() {
            *state = hash(row, *state);
        }
    }
    Ok(())
}

/// A hash of primitive values that takes the hash so far as its seed.
trait Hash {
    type State: Copy + 'static;
    fn int(value: i32, seed: Self::State) -> Self::State;
    fn long(value: i64, seed: Self::State) -> Self::State;
    fn bytes(value: &[u8], seed: Self::State) -> Self::State;
}

/// Folds the value of a row into a hash.
type Hasher<'a, S> = Box<dyn Fn(usize, S) -> S + 'a>;

fn hasher<H: Hash>(array: &dyn Array) -> Result<Hasher<'_, H::State>> {
    use ArrowType as T;
    let any = match array.data_type() {
        T::Null => return Ok(Box::new(|_, seed| seed)),
        T::Boolean => {
            let values = array.as_boolean();
            Box::new(move |row, seed| H::int(i32::from(values.value(row)), seed))
                as Hasher<'_, H::State>
        }
        T::Int8 => ints::<H, Int8Type>(array),
        T::Int16 => ints::<H, Int16Type>(array),
        T::Int32 => ints::<H, Int32Type>(array),
        T::Date32 => ints::<H, Date32Type>(array),
        T::Interval(IntervalUnit::YearMonth) => ints::<H, IntervalYearMonthType>(array),
        T::Int64 => longs::<H, Int64Type>(array),
        T::Timestamp(TimeUnit::Microsecond, _) => longs::<H, TimestampMicrosecondType>(array),
        T::Duration(TimeUnit::Microsecond) => longs::<H, DurationMicrosecondType>(array),
        T::Decimal64(_, _) => longs::<H, Decimal64Type>(array),
        T::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(move |row, seed| {
                // Both zeros are one value, and so are all NaN.
                let value = match values.value(row) {
                    value if value.is_nan() => f32::NAN,
                    value => value + 0.0,
                };
                H::int(value.to_bits().cast_signed(), seed)
            })
        }
        T::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(move |row, seed| {
                let value = match values.value(row) {
                    value if value.is_nan() => f64::NAN,
                    value => value + 0.0,
                };
                H::long(value.to_bits().cast_signed(), seed)
            })
        }
        T::Decimal128(_, _) => {
            let values = array.as_primitive::<Decimal128Type>();
            Box::new(move |row, seed| {
                H::bytes(shortest_bytes(&values.value(row).to_be_bytes()), seed)
            })
        }
        T::Interval(IntervalUnit::MonthDayNano) => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>();
            Box::new(move |row, seed| {
                let interval = values.value(row);
                let seed = H::long(interval.nanoseconds / 1000, seed);
                H::int(interval.months, H::int(interval.days, seed))
            })
        }
        T::Utf8View => {
            let values = array.as_string_view();
            Box::new(move |row, seed| H::bytes(values.value(row).as_bytes(), seed))
        }
        T::BinaryView => {
            let values = array.as_binary_view();
            Box::new(move |row, seed| H::bytes(values.value(row), seed))
        }
        T::List(_) => {
            let list = array.as_list::<i32>();
            let element = hasher::<H>(list.values().as_ref())?;
            Box::new(move |row, seed| {
                let offsets = list.value_offsets();
                (offsets[row]..offsets[row + 1])
                    .fold(seed, |seed, index| element(index as usize, seed))
            })
        }
        T::Map(_, _) => {
            let map = array.as_map();
            let key = hasher::<H>(map.keys().as_ref())?;
            let value = hasher::<H>(map.values().as_ref())?;
            Box::new(move |row, seed| {
                let offsets = map.value_offsets();
                (offsets[row]..offsets[row + 1]).fold(seed, |seed, index| {
                    value(index as usize, key(index as usize, seed))
                })
            })
        }
        T::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            let fields: Vec<_> = columns
                .map(|column| hasher::<H>(column.as_ref()))
                .collect::<Result<_>>()?;
            Box::new(move |row, seed| fields.iter().fold(seed, |seed, field| field(row, seed)))
        }
        other => return Err(Error::internal(format!("no hash of {other}"))),
    };
    if array.null_count() == 0 {
        return Ok(any);
    }
    Ok(Box::new(move |row, seed| {
        if array.is_null(row) {
            seed
        } else {
            any(row, seed)
        }
    }))
}

fn ints<H: Hash, T>(array: &dyn Array) -> Hasher<'_, H::State>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i32>,
{
    let values = array.as_primitive::<T>();
    Box::new(move |row, seed| H::int(values.value(row).into(), seed))
}

fn longs<H: Hash, T: ArrowPrimitiveType<Native = i64>>(array: &dyn Array) -> Hasher<'_, H::State> {
    let values = array.as_primitive::<T>();
    Box::new(move |row, seed| H::long(values.value(row), seed))
}

/// The shortest two's complement form, as Java's `BigInteger.toByteArray` has it.
fn shortest_bytes(bytes: &[u8; 16]) -> &[u8] {
    let fill = if bytes[0] & 0x80 == 0 { 0x00 } else { 0xff };
    let spare = |pair: &[u8]| pair[0] == fill && (pair[1] ^ fill) & 0x80 == 0;
    let skipped = bytes.windows(2).take_while(|pair| spare(pair)).count();
    &bytes[skipped..]
}

/// Murmur3 x86_32 with Spark's own treatment of a tail shorter than a word.
struct Murmur3;

impl Murmur3 {
    fn mix(state: u32, word: u32) -> u32 {
        let word = word
            .wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593);
        (state ^ word)
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    }

    fn finish(state: u32, length: u32) -> u32 {
        let mut state = state ^ length;
        state = (state ^ (state >> 16)).wrapping_mul(0x85eb_ca6b);
        state = (state ^ (state >> 13)).wrapping_mul(0xc2b2_ae35);
        state ^ (state >> 16)
    }
}

impl Hash for Murmur3 {
    type State = u32;

    fn int(value: i32, seed: u32) -> u32 {
        Self::finish(Self::mix(seed, value.cast_unsigned()), 4)
    }

    fn long(value: i64, seed: u32) -> u32 {
        let value = value.cast_unsigned();
        let state = Self::mix(seed, value as u32);
        Self::finish(Self::mix(state, (value >> 32) as u32), 8)
    }

    fn bytes(value: &[u8], seed: u32) -> u32 {
        let mut words = value.chunks_exact(4);
        let mut state = seed;
        for word in &mut words {
            let word = word.try_into().unwrap_or_default();
            state = Self::mix(state, u32::from_le_bytes(word));
        }
        // Each byte of the tail is a word of its own, with its sign.
        for byte in words.remainder() {
            state = Self::mix(state, i32::from(byte.cast_signed()).cast_unsigned());
        }
        Self::finish(state, value.len() as u32)
    }
}

/// XXH64.
struct XxHash64;

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_3: u64 = 0x1656_67b1_9e37_79f9;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const PRIME_5: u64 = 0x27d4_eb2f_1656_67c5;

impl XxHash64 {
    fn round(state: u64, word: u64) -> u64 {
        state
            .wrapping_add(word.wrapping_mul(PRIME_2))
            .rotate_left(31)
            .wrapping_mul(PRIME_1)
    }

    fn eight(state: u64, word: u64) -> u64 {
        (state ^ Self::round(0, word))
            .rotate_left(27)
            .wrapping_mul(PRIME_1)
            .wrapping_add(PRIME_4)
    }

    fn four(state: u64, word: u32) -> u64 {
        (state ^ u64::from(word).wrapping_mul(PRIME_1))
            .rotate_left(23)
            .wrapping_mul(PRIME_2)
            .wrapping_add(PRIME_3)
    }

    fn finish(mut state: u64) -> u64 {
        state = (state ^ (state >> 33)).wrapping_mul(PRIME_2);
        state = (state ^ (state >> 29)).wrapping_mul(PRIME_3);
        state ^ (state >> 32)
    }
}

impl Hash for XxHash64 {
    type State = u64;

    fn int(value: i32, seed: u64) -> u64 {
        let state = seed.wrapping_add(PRIME_5).wrapping_add(4);
        Self::finish(Self::four(state, value.cast_unsigned()))
    }

    fn long(value: i64, seed: u64) -> u64 {
        let state = seed.wrapping_add(PRIME_5).wrapping_add(8);
        Self::finish(Self::eight(state, value.cast_unsigned()))
    }

    fn bytes(value: &[u8], seed: u64) -> u64 {
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let mut rest = value;
        let mut state = if value.len() >= 32 {
            let mut lanes = [
                seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2),
                seed.wrapping_add(PRIME_2),
                seed,
                seed.wrapping_sub(PRIME_1),
            ];
            let mut stripes = value.chunks_exact(32);
            for stripe in &mut stripes {
                for (lane, bytes) in lanes.iter_mut().zip(stripe.chunks_exact(8)) {
                    *lane = Self::round(*lane, word(bytes));
                }
            }
            rest = stripes.remainder();
            let mut state = lanes[0]
                .rotate_left(1)
                .wrapping_add(lanes[1].rotate_left(7))
                .wrapping_add(lanes[2].rotate_left(12))
                .wrapping_add(lanes[3].rotate_left(18));
            for lane in lanes {
                state = (state ^ Self::round(0, lane))
                    .wrapping_mul(PRIME_1)
                    .wrapping_add(PRIME_4);
            }
            state
        } else {
            seed.wrapping_add(PRIME_5)
        };
        state = state.wrapping_add(value.len() as u64);
        let mut eights = rest.chunks_exact(8);
        for bytes in &mut eights {
            state = Self::eight(state, word(bytes));
        }
        let mut fours = eights.remainder().chunks_exact(4);
        for bytes in &mut fours {
            state = Self::four(
                state,
                u32::from_le_bytes(bytes.try_into().unwrap_or_default()),
            );
        }
        for byte in fours.remainder() {
            state = (state ^ u64::from(*byte).wrapping_mul(PRIME_5))
                .rotate_left(11)
                .wrapping_mul(PRIME_1);
        }
        Self::finish(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, StringViewArray};
    use std::sync::Arc;

    #[test]
    fn hashes_are_those_of_spark() {
        let text: ArrayRef = Arc::new(StringViewArray::from(vec!["Spark"]));
        let number: ArrayRef = Arc::new(Int32Array::from(vec![123]));
        let two: ArrayRef = Arc::new(Int32Array::from(vec![2]));
        let row = [text, number, two];
        assert_eq!(murmur3(&row, 1, DEFAULT_SEED).unwrap(), [-1_321_691_492]);
        assert_eq!(xxhash64(&row, 1, 42).unwrap(), [5_602_566_077_635_097_486]);
        assert_eq!(shortest_bytes(&(-129i128).to_be_bytes()), [0xff, 0x7f]);
        assert_eq!(shortest_bytes(&0i128.to_be_bytes()), [0]);
    }
}
