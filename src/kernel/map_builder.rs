//! Building map columns: no NULL keys, no key twice.

use super::cast::text_writer;
use super::list::{element_keys, entries_of, map_array};
use super::normalize::normalize_floats;
use super::time_zone::TimeZone;
use crate::config::Config;
use crate::error::{Error, Result, conditions, quote};
use crate::types::DataType;
use arrow::array::{Array, ArrayRef, UInt32Array, UInt32Builder};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::row::{Row, Rows};
use hashbrown::HashMap;

/// What a second entry with the same key does (`spark.sql.mapKeyDedupPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// It is an error.
    Fail,
    /// Its value takes the place of the first one's.
    LastWins,
}

impl DuplicateKeys {
    /// The session's policy.
    pub fn of(config: &Config) -> DuplicateKeys {
        match config.get("spark.sql.mapKeyDedupPolicy") {
            Some(policy) if policy.eq_ignore_ascii_case("LAST_WIN") => DuplicateKeys::LastWins,
            _ => DuplicateKeys::Fail,
        }
    }
}

/// The keys that entries are taken from, ready to be compared.
pub struct Keys {
    array: ArrayRef,
    rows: Rows,
    data_type: DataType,
}

impl Keys {
    /// Keys of a type.
    pub fn new(array: &ArrayRef, data_type: &DataType) -> Result<Keys> {
        // a map has 0.0 as a key, never -0.0
        let array = normalize_floats(array);
        let rows = element_keys(&array)?;
        Ok(Keys {
            array,
            rows,
            data_type: data_type.clone(),
        })
    }
}

/// Collects a map column as indexes of keys and values.
pub struct MapBuilder<'a> {
    keys: &'a Keys,
    policy: DuplicateKeys,
    key_places: Vec<u32>,
    value_places: Vec<Option<u32>>,
    offsets: Vec<i32>,
    valid: Vec<bool>,
    /// Place in `key_places` of every key of the row; for rows with many keys only.
    seen: HashMap<Row<'a>, usize>,
}

impl<'a> MapBuilder<'a> {
    /// Rows are scanned for a key while they have no more than this.
    const FEW: usize = 16;

    /// For so many rows.
    pub fn new(keys: &'a Keys, policy: DuplicateKeys, rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        MapBuilder {
            keys,
            policy,
            key_places: Vec::new(),
            value_places: Vec::new(),
            offsets,
            valid: Vec::with_capacity(rows),
            seen: HashMap::new(),
        }
    }

    /// Adds an entry to the row: places of its key and of its value, None for NULL.
    pub fn put(&mut self, key: usize, value: Option<usize>) -> Result<()> {
        if self.keys.array.is_null(key) || self.keys.data_type == DataType::Null {
            return Err(Error::of(&conditions::NULL_MAP_KEY));
        }
        let start = self.offsets.last().map_or(0, |offset| *offset as usize);
        let value = value.map(|value| value as u32);
        let row = self.keys.rows.row(key);
        let found = if self.key_places.len() - start <= Self::FEW {
            let mut places = start..self.key_places.len();
            places.find(|place| self.keys.rows.row(self.key_places[*place] as usize) == row)
        } else {
            if self.seen.is_empty() {
                let rows = &self.keys.rows;
                let places = start..self.key_places.len();
                self.seen
                    .extend(places.map(|place| (rows.row(self.key_places[place] as usize), place)));
            }
            self.seen.get(&row).copied()
        };
        match (found, self.policy) {
            (None, _) => {
                if !self.seen.is_empty() {
                    self.seen.insert(row, self.key_places.len());
                }
                self.key_places.push(key as u32);
                self.value_places.push(value);
                Ok(())
            }
            (Some(place), DuplicateKeys::LastWins) => {
                self.value_places[place] = value;
                Ok(())
            }
            (Some(_), DuplicateKeys::Fail) => Err(self.duplicate(key)),
        }
    }

    fn duplicate(&self, key: usize) -> Error {
        let mut text = String::new();
        if let Ok(write) = text_writer(
            self.keys.array.as_ref(),
            &self.keys.data_type,
            &TimeZone::utc(),
        ) {
            write(key, &mut text);
        }
        Error::new(
            &conditions::DUPLICATED_MAP_KEY,
            [
                ("key", text),
                (
                    "mapKeyDedupPolicy",
                    quote::config("spark.sql.mapKeyDedupPolicy"),
                ),
            ],
        )
    }

    /// Ends a row.
    pub fn end_row(&mut self) -> Result<()> {
        let end = i32::try_from(self.key_places.len());
        self.offsets
            .push(end.map_err(|_| Error::unsupported("batches of so many map entries"))?);
        self.valid.push(true);
        self.seen.clear();
        Ok(())
    }

    /// Adds a row that is NULL.
    pub fn null_row(&mut self) {
        self.offsets.push(self.offsets.last().copied().unwrap_or(0));
        self.valid.push(false);
    }

    /// The map column of type `data_type` with values from `values`.
    pub fn finish(self, values: &dyn Array, data_type: &DataType) -> Result<ArrayRef> {
        let keys = take(
            self.keys.array.as_ref(),
            &UInt32Array::from(self.key_places),
            None,
        )?;
        let mut places = UInt32Builder::with_capacity(self.value_places.len());
        self.value_places
            .iter()
            .for_each(|place| places.append_option(*place));
        let values = take(values, &places.finish(), None)?;
        let entries = entries_of(keys, values, data_type)?;
        let nulls = self
            .valid
            .contains(&false)
            .then(|| NullBuffer::from(self.valid));
        map_array(
            entries,
            OffsetBuffer::new(self.offsets.into()),
            nulls,
            data_type,
        )
    }
}
