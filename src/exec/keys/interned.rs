//! Group keys with strings of few values: every string becomes a small number first.
//!
//! ```text
//!   category     brand          codes       one word of 64 bits
//!   Electronics  brand 17       0  0    ─►  group 0
//!   Garden       brand 399      1  1        group 1
//!   Electronics  brand 399      0  1        group 2
//! ```
//!
//! Two strings of a dozen bytes each are too much for a word, and rows of bytes have to be put together, hashed and
//! compared byte by byte. The few values of a column are found by their views in a table that stays in the cache of a
//! core, and the numbers pack.

use super::groups::{ByteTable, GroupTable, WordTable};
use super::hash::text_hash;
use super::text::Parts;
use crate::error::Result;
use crate::kernel::few_views::few_views;
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringViewArray};
use arrow::datatypes::{DataType, Int32Type};
use std::sync::Arc;

/// Rows of a batch from which on its values say something of the column.
const LEAST_ROWS: usize = 1024;
/// Rows per value in a batch of a column with few values.
const ROWS_PER_VALUE: usize = 8;
/// Values of a column up to which their table stays in the caches.
const MOST_VALUES: usize = 16 * 1024;
/// Bytes of a string that lies in its view.
const INLINE: u32 = 12;

/// Groups by keys of which some are numbers of strings.
pub(super) struct InternedKeys {
    /// Per key, the strings if it has few.
    texts: Vec<Option<Texts>>,
    /// By the other keys and the numbers.
    pub table: GroupTable,
}

impl InternedKeys {
    /// Empty, for keys like these; None if no string among them has few values.
    pub fn choose(types: &[DataType], keys: &[ArrayRef]) -> Result<Option<InternedKeys>> {
        let mut texts = Vec::with_capacity(keys.len());
        let mut inner = types.to_vec();
        for (key, data_type) in keys.iter().zip(&mut inner) {
            let rows = key.len();
            let mut few = None;
            if *data_type == DataType::Utf8View && rows >= LEAST_ROWS {
                let mut seen = Texts::default();
                seen.encode(key.as_string_view())?;
                few = (seen.len() * ROWS_PER_VALUE <= rows).then_some(seen);
            }
            if few.is_some() {
                *data_type = DataType::Int32;
            }
            texts.push(few);
        }
        let found = texts.iter().any(Option::is_some);
        Ok(found.then(|| InternedKeys {
            texts,
            table: GroupTable::new(inner),
        }))
    }

    /// The group of every row. False, and nothing is done, if a column turns out to have many values.
    pub fn assign(
        &mut self,
        keys: &[ArrayRef],
        rows: usize,
        groups: &mut Vec<u32>,
    ) -> Result<bool> {
        let mut encoded = Vec::with_capacity(keys.len());
        for (key, texts) in keys.iter().zip(&mut self.texts) {
            encoded.push(match texts {
                None => key.clone(),
                Some(texts) => {
                    let numbers = texts.encode(key.as_string_view())?;
                    if texts.len() > MOST_VALUES {
                        return Ok(false);
                    }
                    Arc::new(numbers)
                }
            });
        }
        self.table.assign(&encoded, rows, groups)?;
        Ok(true)
    }

    /// The keys of all groups, in order.
    pub fn keys(&self) -> Result<Vec<ArrayRef>> {
        let keys = self.table.keys()?.into_iter().zip(&self.texts);
        let keys = keys.map(|(key, texts)| match texts {
            None => key,
            Some(texts) => texts.decode(key.as_primitive::<Int32Type>()),
        });
        Ok(keys.collect())
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let texts = self.texts.iter().flatten().map(Texts::bytes);
        self.table.bytes() + texts.sum::<usize>()
    }
}

/// The strings of a column, numbered. Short ones, which their views are, have even numbers, long ones odd.
#[derive(Default)]
struct Texts {
    short: WordTable<u128>,
    long: ByteTable,
}

impl Texts {
    fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    fn bytes(&self) -> usize {
        self.short.bytes() + self.long.bytes()
    }

    /// The number of every row; NULL stays NULL.
    fn encode(&mut self, array: &StringViewArray) -> Result<Int32Array> {
        let views = array.views();
        let longest = views
            .iter()
            .fold(0, |longest: u32, view| longest.max(*view as u32));
        let mut numbers: Vec<u32> = Vec::with_capacity(views.len());
        if longest <= INLINE {
            self.short.assign(views, &mut numbers);
            numbers.iter_mut().for_each(|number| *number <<= 1);
        } else {
            let mut number = |row: usize| match views[row] {
                view if view as u32 <= INLINE => self.short.find_or_insert(view) << 1,
                // What lies under a NULL may be anything.
                _ if array.is_null(row) => 0,
                view => {
                    let text = array.value(row).as_bytes();
                    self.long.find_or_insert(text_hash(view, || text), text) << 1 | 1
                }
            };
            match few_views(array) {
                Some(few) => {
                    let known: Vec<u32> =
                        (few.rows.iter()).map(|row| number(*row as usize)).collect();
                    numbers.extend(few.values.iter().map(|value| known[*value as usize]));
                }
                None => numbers.extend((0..views.len()).map(number)),
            }
        }
        let numbers: Vec<i32> = numbers.into_iter().map(|number| number as i32).collect();
        Ok(Int32Array::new(numbers.into(), array.nulls().cloned()))
    }

    fn decode(&self, numbers: &Int32Array) -> ArrayRef {
        let keys = self.long.keys();
        let long = Parts::new(keys, &mut None, |_, key| Some(0..key.len()));
        let mut views = Vec::with_capacity(numbers.len());
        views.extend(numbers.iter().map(|number| match number {
            None => 0,
            Some(number) => match (number as usize >> 1, number & 1) {
                (index, 0) => self.short.keys()[index],
                (index, _) => long.views()[index],
            },
        }));
        let nulls = numbers.nulls().filter(|nulls| nulls.null_count() > 0);
        let valid = nulls.map_or_else(Vec::new, |nulls| nulls.iter().collect());
        // SAFETY: the bytes came from string arrays, and so did the views that hold theirs.
        unsafe { long.again(views, valid).strings() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;

    fn texts(rows: usize, text: impl Fn(usize) -> Option<String>) -> ArrayRef {
        Arc::new(StringViewArray::from_iter((0..rows).map(text)))
    }

    fn keys(rows: usize, values: usize) -> Vec<ArrayRef> {
        let long = |row: usize| match row % values {
            3 => None,
            4 => Some(String::new()),
            value => Some(format!("a value of more than twelve bytes {value}")),
        };
        vec![
            texts(rows, long),
            texts(rows, |row| Some(format!("short {}", row % 7))),
            Arc::new(Int64Array::from_iter_values(
                (0..rows as i64).map(|row| (row % 2) << 40),
            )),
        ]
    }

    /// The same groups as without numbers for strings.
    fn check(batches: &[Vec<ArrayRef>]) -> InternedKeys {
        let types: Vec<DataType> = batches[0].iter().map(|k| k.data_type().clone()).collect();
        let mut interned = InternedKeys::choose(&types, &batches[0]).unwrap().unwrap();
        let mut plain = GroupTable::without_numbers(types);
        let (mut groups, mut expected) = (Vec::new(), Vec::new());
        for keys in batches {
            groups.clear();
            assert!(interned.assign(keys, keys[0].len(), &mut groups).unwrap());
            plain.assign(keys, keys[0].len(), &mut expected).unwrap();
            assert_eq!(groups, expected);
        }
        assert_eq!(interned.keys().unwrap(), plain.keys().unwrap());
        interned
    }

    #[test]
    fn numbers_stand_for_strings() {
        let interned = check(&[keys(2000, 20), keys(10, 5), keys(1500, 40)]);
        assert!(interned.table.len() > 200);
    }

    #[test]
    fn columns_of_many_values_stay_as_they_are() {
        let mut keys = keys(2000, 20);
        keys[1] = texts(2000, |row| Some(format!("another {row}")));
        let interned = check(&[keys]);
        assert!(interned.texts[0].is_some() && interned.texts[1].is_none());
        let types = [DataType::Utf8View];
        let many = [texts(2000, |row| Some(row.to_string()))];
        assert!(InternedKeys::choose(&types, &many).unwrap().is_none());
        // A few rows tell nothing.
        let few = [texts(100, |_| Some(String::new()))];
        assert!(InternedKeys::choose(&types, &few).unwrap().is_none());
    }

    #[test]
    fn a_table_gives_numbers_up_when_values_become_many() {
        let types = vec![DataType::Utf8View, DataType::Utf8View];
        let mut table = GroupTable::new(types.clone());
        let mut plain = GroupTable::without_numbers(types);
        let (mut groups, mut expected) = (Vec::new(), Vec::new());
        for batch in 0..20 {
            let value = |row: usize| match batch {
                0 => row % 3,
                _ => batch * 2000 + row,
            };
            let keys = [
                texts(2000, |row| Some(format!("value {}", value(row)))),
                texts(2000, |row| Some(format!("another value {}", row % 5))),
            ];
            table.assign(&keys, 2000, &mut groups).unwrap();
            plain.assign(&keys, 2000, &mut expected).unwrap();
            assert_eq!(groups, expected);
        }
        assert_eq!(table.keys().unwrap(), plain.keys().unwrap());
    }
}
