//! Columns of integers of 32 or 64 bits, and of what is stored as such.

use super::bounds::{ChunkBounds, Direction};
use super::hybrid::{bits_of, put_numbers};
use super::{PageValues, ValueEncoder, wrong_array};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType,
};
use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use std::borrow::Cow;

/// A physical type of Parquet.
pub(super) trait Stored: Copy + Ord + Default + Send + 'static {
    /// The values of an array that is stored in this type, whatever stands for NULLs included.
    fn values(array: &dyn Array) -> Option<Cow<'_, [Self]>>;

    /// The value's bits.
    fn bits(self) -> u64;

    /// Adds the bytes that a value has in a page.
    fn put(self, out: &mut Vec<u8>);

    /// Bounds of a chunk.
    fn statistics(bounds: Option<(Self, Self)>, nulls: u64) -> Statistics;
}

impl Stored for i32 {
    fn values(array: &dyn Array) -> Option<Cow<'_, [i32]>> {
        Some(match array.data_type() {
            ArrowType::Int32 => array.as_primitive::<Int32Type>().values().as_ref().into(),
            ArrowType::Date32 => array.as_primitive::<Date32Type>().values().as_ref().into(),
            // Up to nine digits; what stands for NULLs may be cut off.
            ArrowType::Decimal64(..) => {
                let values = array.as_primitive::<Decimal64Type>().values();
                values.iter().map(|value| *value as i32).collect()
            }
            _ => return None,
        })
    }

    #[inline]
    fn bits(self) -> u64 {
        u64::from(self as u32)
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn statistics(bounds: Option<(i32, i32)>, nulls: u64) -> Statistics {
        let (min, max) = bounds.unzip();
        ValueStatistics::new(min, max, None, Some(nulls), false)
            .with_backwards_compatible_min_max(true)
            .into()
    }
}

impl Stored for i64 {
    fn values(array: &dyn Array) -> Option<Cow<'_, [i64]>> {
        let values = match array.data_type() {
            ArrowType::Int64 => array.as_primitive::<Int64Type>().values(),
            ArrowType::Decimal64(..) => array.as_primitive::<Decimal64Type>().values(),
            ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
                array.as_primitive::<TimestampMicrosecondType>().values()
            }
            ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
                array.as_primitive::<TimestampMillisecondType>().values()
            }
            _ => return None,
        };
        Some(values.as_ref().into())
    }

    #[inline]
    fn bits(self) -> u64 {
        self as u64
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn statistics(bounds: Option<(i64, i64)>, nulls: u64) -> Statistics {
        let (min, max) = bounds.unzip();
        ValueStatistics::new(min, max, None, Some(nulls), false)
            .with_backwards_compatible_min_max(true)
            .into()
    }
}

/// Encodes integers.
pub(super) struct Integers<T> {
    dictionary: Option<Dictionary<T>>,
    /// The page's codes, while there is a dictionary; afterwards its bytes.
    codes: Vec<u32>,
    plain: Vec<u8>,
    /// Smallest and largest value of the page.
    bounds: Option<(T, T)>,
    chunk: ChunkBounds<T>,
}

impl<T: Stored> Integers<T> {
    pub fn new(has_dictionary: bool) -> Integers<T> {
        Integers {
            dictionary: has_dictionary.then(Dictionary::default),
            codes: Vec::new(),
            plain: Vec::new(),
            bounds: None,
            chunk: ChunkBounds::default(),
        }
    }

    fn add_values(&mut self, values: impl Iterator<Item = T>) {
        match &mut self.dictionary {
            Some(dictionary) => {
                self.codes.reserve(values.size_hint().0);
                for value in values {
                    self.codes.push(dictionary.code(value));
                }
            }
            None => {
                self.plain.reserve(values.size_hint().0 * size_of::<T>());
                values.for_each(|value| value.put(&mut self.plain));
            }
        }
    }
}

impl<T: Stored> ValueEncoder for Integers<T> {
    fn fitting(&self, _: &dyn Array, most: usize) -> usize {
        // A page of as many rows as it may have has few bytes.
        most
    }

    fn add(&mut self, array: &dyn Array) -> Result<()> {
        let values = T::values(array).ok_or_else(|| wrong_array(array))?;
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let bounds = match nulls {
            None => {
                self.add_values(values.iter().copied());
                bounds_of(values.iter().copied())
            }
            Some(nulls) => {
                let valid = || nulls.valid_indices().map(|row| values[row]);
                self.add_values(valid());
                bounds_of(valid())
            }
        };
        if let Some((min, max)) = bounds {
            self.bounds = Some(match self.bounds {
                Some((least, largest)) => (least.min(min), largest.max(max)),
                None => (min, max),
            });
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        false
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        let encoding = match &self.dictionary {
            Some(dictionary) => {
                let bits = bits_of(dictionary.values.len().saturating_sub(1));
                out.push(bits as u8);
                put_numbers(&self.codes, bits, out);
                self.codes.clear();
                Encoding::RLE_DICTIONARY
            }
            None => {
                out.append(&mut self.plain);
                Encoding::PLAIN
            }
        };
        let bounds = self.bounds.take().map(|(min, max)| {
            self.chunk.add(&min, &max);
            let (mut low, mut high) = (Vec::new(), Vec::new());
            min.put(&mut low);
            max.put(&mut high);
            (low, high)
        });
        PageValues {
            encoding,
            bounds,
            text_bytes: None,
        }
    }

    fn dictionary_bytes(&self) -> usize {
        let values = (self.dictionary.as_ref()).map_or(0, |dictionary| dictionary.values.len());
        values * size_of::<T>()
    }

    fn take_dictionary(&mut self) -> Option<(Vec<u8>, usize)> {
        let dictionary = self.dictionary.take()?;
        let mut bytes = Vec::with_capacity(dictionary.values.len() * size_of::<T>());
        (dictionary.values.iter()).for_each(|value| value.put(&mut bytes));
        Some((bytes, dictionary.values.len()))
    }

    fn statistics(&self, nulls: u64) -> Statistics {
        T::statistics(self.chunk.bounds, nulls)
    }

    fn direction(&self) -> Direction {
        self.chunk.direction()
    }
}

fn bounds_of<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(min, max), value| {
        (min.min(value), max.max(value))
    }))
}

/// Values and their codes, in order of appearance.
struct Dictionary<T> {
    values: Vec<T>,
    /// Open addressing: codes plus one at or behind the place of the value's hash; zero is free. At most half is taken.
    slots: Vec<u32>,
    /// The highest bits of a hash are the place.
    shift: u32,
    /// The value before, since equal ones often follow each other.
    last: (T, u32),
}

const FIRST_SLOTS_BITS: u32 = 8;

impl<T: Default> Default for Dictionary<T> {
    fn default() -> Self {
        Dictionary {
            values: Vec::new(),
            slots: vec![0; 1 << FIRST_SLOTS_BITS],
            shift: u64::BITS - FIRST_SLOTS_BITS,
            last: (T::default(), u32::MAX),
        }
    }
}

impl<T: Stored> Dictionary<T> {
    #[inline]
    fn code(&mut self, value: T) -> u32 {
        if self.last.0 == value && self.last.1 != u32::MAX {
            return self.last.1;
        }
        let code = self.find(value);
        self.last = (value, code);
        code
    }

    #[inline]
    fn place(&self, value: T) -> usize {
        // An odd number with about as many ones as zeros spreads all bits over the highest.
        (value.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[inline]
    fn find(&mut self, value: T) -> u32 {
        let mask = self.slots.len() - 1;
        let mut place = self.place(value);
        loop {
            match self.slots[place] {
                0 => return self.insert(value, place),
                code if self.values[code as usize - 1] == value => return code - 1,
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn insert(&mut self, value: T, place: usize) -> u32 {
        let code = self.values.len() as u32;
        self.values.push(value);
        self.slots[place] = code + 1;
        if self.values.len() * 2 > self.slots.len() {
            self.grow();
        }
        code
    }

    #[cold]
    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        self.shift -= 1;
        let mask = self.slots.len() - 1;
        for (code, value) in self.values.iter().enumerate() {
            let mut place = self.place(*value);
            while self.slots[place] != 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = code as u32 + 1;
        }
    }
}
