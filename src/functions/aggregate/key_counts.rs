//! The distinct values of each group and how often they occur (`collect_set`, `mode`).
//!
//! Values of any type become bytes in Arrow's row format, which are equal exactly where Spark's values are
//! (floats are normalised first), and which can be turned back into values.

use super::group_lists::Layout;
use super::kernel::vec_bytes;
use super::rows::Rows;
use crate::error::Result;
use crate::kernel::normalize::normalize_floats;
use crate::types::{DataType, arrow_type};
use arrow::array::{ArrayRef, AsArray, new_empty_array, new_null_array};
use arrow::datatypes::DataType as ArrowType;
use arrow::row::{RowConverter, SortField};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::cell::OnceCell;
use std::hash::BuildHasher;

/// Turns values into comparable bytes and back.
pub(super) struct KeyCodec {
    arrow: ArrowType,
    converter: RowConverter,
}

impl KeyCodec {
    /// A codec for values of a type.
    pub(super) fn new(data_type: &DataType) -> Result<Self> {
        let arrow = arrow_type(data_type);
        let converter = RowConverter::new(vec![SortField::new(arrow.clone())])?;
        Ok(KeyCodec { arrow, converter })
    }

    /// The keys of an array's values.
    pub(super) fn keys(&self, values: &ArrayRef) -> Result<arrow::row::Rows> {
        Ok(self
            .converter
            .convert_columns(&[normalize_floats(values)])?)
    }

    /// The key of NULL.
    pub(super) fn null_key(&self) -> Result<Vec<u8>> {
        let keys = self.keys(&new_null_array(&self.arrow, 1))?;
        Ok(keys.row(0).data().to_vec())
    }

    /// The values of keys.
    pub(super) fn values<'a>(&self, keys: impl Iterator<Item = &'a [u8]>) -> Result<ArrayRef> {
        let parser = self.converter.parser();
        let mut keys = keys.map(|key| parser.parse(key)).peekable();
        if keys.peek().is_none() {
            return Ok(new_empty_array(&self.arrow));
        }
        let mut columns = self.converter.convert_rows(keys)?;
        Ok(columns.swap_remove(0))
    }
}

/// The distinct values of all groups with their counts, in order of first occurrence.
pub(super) struct KeyCounts {
    codec: KeyCodec,
    hasher: FixedState,
    table: HashTable<u32>,
    groups: Vec<u32>,
    counts: Vec<i64>,
    /// Entry `e` has the key `bytes[ends[e - 1]..ends[e]]`.
    ends: Vec<usize>,
    bytes: Vec<u8>,
    group_count: usize,
    layout: OnceCell<Layout>,
}

impl KeyCounts {
    pub(super) fn new(data_type: &DataType) -> Result<Self> {
        Ok(KeyCounts {
            codec: KeyCodec::new(data_type)?,
            hasher: FixedState::default(),
            table: HashTable::new(),
            groups: Vec::new(),
            counts: Vec::new(),
            ends: Vec::new(),
            bytes: Vec::new(),
            group_count: 0,
            layout: OnceCell::new(),
        })
    }

    pub(super) fn resize(&mut self, groups: usize) {
        self.group_count = groups;
        self.layout.take();
    }

    pub(super) fn group_count(&self) -> usize {
        self.group_count
    }

    /// Counts the values of the rows that count.
    pub(super) fn add(&mut self, values: &ArrayRef, rows: &Rows) -> Result<()> {
        let keys = self.codec.keys(values)?;
        rows.for_each(|row, group| self.count(group as u32, keys.row(row).data(), 1));
        Ok(())
    }

    /// Adds lists of values that another accumulator gave out, with their counts (or one each).
    pub(super) fn merge(
        &mut self,
        lists: &ArrayRef,
        counts: Option<&[i64]>,
        group_of_row: &[u32],
    ) -> Result<()> {
        let lists = lists.as_list::<i32>();
        let keys = self.codec.keys(lists.values())?;
        for (group, range) in group_of_row.iter().zip(lists.offsets().windows(2)) {
            for element in range[0] as usize..range[1] as usize {
                let count = counts.map_or(1, |counts| counts[element]);
                self.count(*group, keys.row(element).data(), count);
            }
        }
        Ok(())
    }

    fn count(&mut self, group: u32, key: &[u8], times: i64) {
        let hash = self.hasher.hash_one((group, key));
        let (groups, ends, bytes) = (&self.groups, &self.ends, &self.bytes);
        let found = self.table.find(hash, |entry| {
            groups[*entry as usize] == group && key_of(ends, bytes, *entry) == key
        });
        if let Some(entry) = found {
            self.counts[*entry as usize] += times;
            return;
        }
        self.layout.take();
        let entry = self.groups.len() as u32;
        self.groups.push(group);
        self.counts.push(times);
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        let (groups, ends, bytes, hasher) = (&self.groups, &self.ends, &self.bytes, &self.hasher);
        self.table.insert_unique(hash, entry, |entry| {
            hasher.hash_one((groups[*entry as usize], key_of(ends, bytes, *entry)))
        });
    }

    /// The entries of a group, in order of first occurrence.
    pub(super) fn entries(&self, group: usize) -> &[u32] {
        (self
            .layout
            .get_or_init(|| Layout::new(&self.groups, self.group_count)))
        .entries(group)
    }

    /// How often an entry's value occurs.
    pub(super) fn count_of(&self, entry: u32) -> i64 {
        self.counts[entry as usize]
    }

    /// The comparable bytes of an entry's value.
    pub(super) fn key(&self, entry: u32) -> &[u8] {
        key_of(&self.ends, &self.bytes, entry)
    }

    /// The values of entries.
    pub(super) fn values(&self, entries: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        self.codec.values(entries.map(|entry| self.key(entry)))
    }

    pub(super) fn reset(&mut self) {
        self.table.clear();
        self.groups.clear();
        self.counts.clear();
        self.ends.clear();
        self.bytes.clear();
        self.layout.take();
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.capacity() * 5
            + vec_bytes(&self.groups)
            + vec_bytes(&self.counts)
            + vec_bytes(&self.ends)
            + vec_bytes(&self.bytes)
    }
}

fn key_of<'a>(ends: &[usize], bytes: &'a [u8], entry: u32) -> &'a [u8] {
    let entry = entry as usize;
    let start = if entry == 0 { 0 } else { ends[entry - 1] };
    &bytes[start..ends[entry]]
}
