//! Whether a column of a row group gets a dictionary, decided before the first of its values is encoded.
//!
//! The `parquet` crate begins every chunk with a dictionary and gives it up when it has grown to a megabyte. A column of
//! unique values (keys, prices, comments) has by then been hashed 131072 times, and what was written so far is
//! larger than it would be without. Spark's writer looks at the first page instead: where the dictionary and the codes
//! would not be smaller than the values, it takes the dictionary back. The same is done here, only that the rows of the
//! first page are looked at before they are encoded.
//!
//! ```text
//!   4 7 4 4 7 …   few values:  values once + codes  <  values      dictionary
//!   1 2 3 4 5 …   unique:      values once + codes  >  values      plain
//! ```
//!
//! Limits: what the first rows do not show is not seen. Values that begin to repeat later stay plain until the next row
//! group; a dictionary that later values outgrow is given up by the crate. Runs of equal values count as if every row
//! had a code of its own.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{BinaryViewType, ByteViewType, DataType as ArrowType, StringViewType};
use hashbrown::HashSet;
use std::hash::BuildHasher;

/// Rows to look at: those of a page, for Spark as for the `parquet` crate.
pub(super) const SAMPLE_ROWS: usize = 20_000;

/// Whether a dictionary makes each leaf column of these first rows of a row group smaller; in the order of the leaves.
pub(super) fn dictionaries(batches: &[Vec<ArrayRef>]) -> Vec<bool> {
    let mut leaves: Vec<Sample> = Vec::new();
    let mut rows = 0;
    for columns in batches {
        let taken = (SAMPLE_ROWS - rows).min(columns.first().map_or(0, |column| column.len()));
        let mut index = 0;
        for column in columns {
            add_leaves(&column.slice(0, taken), &mut leaves, &mut index);
        }
        rows += taken;
    }
    leaves.iter().map(Sample::is_smaller).collect()
}

fn add_leaves(array: &ArrayRef, leaves: &mut Vec<Sample>, index: &mut usize) {
    match array.data_type() {
        ArrowType::Struct(_) => {
            for column in array.as_struct().columns() {
                add_leaves(column, leaves, index);
            }
        }
        ArrowType::List(_) => {
            let list = array.as_list::<i32>();
            add_leaves(&items(list.values(), list.value_offsets()), leaves, index);
        }
        ArrowType::Map(..) => {
            let map = array.as_map();
            add_leaves(&items(map.keys(), map.value_offsets()), leaves, index);
            add_leaves(&items(map.values(), map.value_offsets()), leaves, index);
        }
        _ => {
            if leaves.len() == *index {
                leaves.push(Sample::default());
            }
            leaves[*index].add(array.as_ref());
            *index += 1;
        }
    }
}

/// The items of lists, which share their array with lists before and after.
fn items(values: &ArrayRef, offsets: &[i32]) -> ArrayRef {
    match offsets {
        [first, .., last] => values.slice(*first as usize, (*last - *first) as usize),
        _ => values.slice(0, 0),
    }
}

/// The values of a leaf column that were looked at.
#[derive(Default)]
struct Sample {
    /// Hashes of the values so far. That two values share one is too rare to matter.
    seen: HashSet<u64>,
    hasher: foldhash::fast::FixedState,
    values: usize,
    /// Bytes of all values, and of each value once, without a dictionary.
    bytes: usize,
    distinct_bytes: usize,
}

impl Sample {
    fn add(&mut self, array: &dyn Array) {
        match array.data_type() {
            ArrowType::Utf8View => self.add_views::<StringViewType>(array),
            ArrowType::BinaryView => self.add_views::<BinaryViewType>(array),
            ArrowType::FixedSizeBinary(width) => self.add_fixed(array, *width as usize),
            // The rest (BOOLEAN and VOID) never has a dictionary.
            other => {
                if let Some(width) = other.primitive_width() {
                    self.add_fixed(array, width);
                }
            }
        }
    }

    fn add_views<T: ByteViewType>(&mut self, array: &dyn Array) {
        for value in array.as_byte_view::<T>().iter().flatten() {
            let value: &[u8] = value.as_ref();
            // Before every value stands its length.
            self.add_value(value, size_of::<u32>() + value.len());
        }
    }

    fn add_fixed(&mut self, array: &dyn Array, width: usize) {
        // Parquet has no integers of less than four bytes.
        let stored = width.max(4);
        let nulls = array.logical_nulls();
        // The slice that an array is of its buffer starts at an offset.
        let data = array.to_data();
        let (offset, rows) = (data.offset(), data.len());
        let Some(buffer) = data.buffers().first() else {
            return;
        };
        let values = &buffer.as_slice()[offset * width..(offset + rows) * width];
        for (row, value) in values.chunks_exact(width).enumerate() {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                self.add_value(value, stored);
            }
        }
    }

    fn add_value(&mut self, value: &[u8], bytes: usize) {
        self.values += 1;
        self.bytes += bytes;
        if self.seen.insert(self.hasher.hash_one(value)) {
            self.distinct_bytes += bytes;
        }
    }

    /// Whether the values once and a code for each are smaller than the values. True if there is none: then nothing
    /// is known.
    fn is_smaller(&self) -> bool {
        if self.values == 0 {
            return true;
        }
        let code_bits = (usize::BITS - (self.seen.len() - 1).leading_zeros()) as usize;
        self.distinct_bytes + (self.values * code_bits).div_ceil(8) < self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        BooleanArray, Decimal64Array, FixedSizeBinaryArray, Int8Array, Int64Array, ListArray,
        MapArray, StringViewArray, StructArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Int64Type};
    use std::sync::Arc;

    fn decide(columns: Vec<ArrayRef>) -> Vec<bool> {
        dictionaries(&[columns])
    }

    fn longs(values: impl IntoIterator<Item = i64>) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values))
    }

    #[test]
    fn repeated_values_get_a_dictionary_and_unique_ones_do_not() {
        let texts = |count: usize| -> ArrayRef {
            let text = |row: usize| format!("a text of some length {}", row % count);
            Arc::new(StringViewArray::from_iter_values((0..1000).map(text)))
        };
        let prices = Decimal64Array::from_iter_values((0..1000).map(|row| row % 40));
        let stamps = (0..1000_i32).map(|row| {
            let mut bytes = [0u8; 12];
            bytes[..4].copy_from_slice(&row.to_le_bytes());
            bytes
        });
        let decided = decide(vec![
            longs(0..1000),
            longs((0..1000).map(|row| row % 10)),
            texts(1000),
            texts(3),
            Arc::new(prices),
            Arc::new(FixedSizeBinaryArray::try_from_iter(stamps).unwrap()),
        ]);
        assert_eq!(decided, [false, true, false, true, true, false]);
    }

    #[test]
    fn half_of_the_values_are_few_enough_only_where_they_are_long() {
        // 500 values of 8 bytes and 9 bits a row against 8 bytes a row.
        assert_eq!(decide(vec![longs((0..1000).map(|row| row / 2))]), [true]);
        // 800 values and 10 bits a row are less than 1000 values, 900 and 10 bits a row are more.
        let mostly_unique = (0..1000).map(|row| if row < 800 { row } else { row - 800 });
        assert_eq!(decide(vec![longs(mostly_unique)]), [true]);
        let nearly_unique = (0..1000).map(|row| if row < 900 { row } else { row - 900 });
        assert_eq!(decide(vec![longs(nearly_unique)]), [false]);
        // All bytes there are: a byte for the code instead of the four of a stored integer.
        let bytes = Int8Array::from_iter_values((0..1000).map(|row| row as i8));
        assert_eq!(decide(vec![Arc::new(bytes)]), [true]);
    }

    #[test]
    fn only_values_of_the_slice_that_are_not_null_count() {
        let rows =
            (0..2000_i64).map(|row| (row % 2 == 0).then_some(if row < 1000 { 7 } else { row }));
        let array: ArrayRef = Arc::new(Int64Array::from_iter(rows));
        assert_eq!(decide(vec![array.slice(0, 1000)]), [true]);
        assert_eq!(decide(vec![array.slice(1000, 1000)]), [false]);
        let nulls: ArrayRef = Arc::new(Int64Array::from(vec![None; 100]));
        assert_eq!(decide(vec![nulls]), [true]);
        assert_eq!(
            decide(vec![Arc::new(BooleanArray::from(vec![true; 9]))]),
            [true]
        );
    }

    #[test]
    fn rows_after_the_first_page_do_not_count() {
        let sample = SAMPLE_ROWS as i64;
        let batches = [
            vec![longs((0..sample / 2).map(|_| 1))],
            vec![longs((0..sample / 2).map(|row| row % 100))],
            vec![longs(0..10 * sample)],
        ];
        assert_eq!(dictionaries(&batches), [true]);
    }

    #[test]
    fn leaves_of_nested_columns_are_decided_one_by_one() {
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(
            (0..200).map(|row| Some(vec![Some(row % 2), Some(1)])),
        );
        // The items of the second half only.
        let unique = ListArray::from_iter_primitive::<Int64Type, _, _>(
            (0..200).map(|row| Some(vec![Some(if row < 100 { 0 } else { row })])),
        );
        let field = |name: &str| Arc::new(Field::new(name, ArrowType::Int64, false));
        let pair = StructArray::from(vec![
            (field("a"), longs(0..100)),
            (field("b"), longs((0..100).map(|row| row % 3))),
        ]);
        let entries = StructArray::from(vec![
            (field("key"), longs((0..100).map(|row| row % 5))),
            (field("value"), longs(0..100)),
        ]);
        let map = MapArray::new(
            Arc::new(Field::new("key_value", entries.data_type().clone(), false)),
            OffsetBuffer::from_lengths(vec![1; 100]),
            entries,
            None,
            false,
        );
        let decided = decide(vec![
            Arc::new(lists.slice(0, 100)),
            Arc::new(unique.slice(100, 100)),
            Arc::new(pair),
            Arc::new(map),
        ]);
        assert_eq!(decided, [true, false, false, true, true, false]);
    }
}
