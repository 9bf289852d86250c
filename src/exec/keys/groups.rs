//! Numbers the distinct keys of GROUP BY.
//!
//! The table takes the narrowest form that the keys seen so far allow, and changes to a wider one when a batch
//! does not fit; groups keep their numbers.
//!
//! ```text
//!   no key → One      ≤ 64 bits → Words<u64>      ≤ 128 bits → Words<u128>
//!   one long string → Text                        anything else → Rows (arrow-row bytes)
//! ```

use super::hash::{bytes_hash, text_hash};
use super::{Packing, TextKeys, Word};
use crate::error::{Error, Result};
use crate::kernel::normalize::{comparable, restore, row_converter};
use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, new_empty_array};
use arrow::datatypes::DataType;
use arrow::row::RowConverter;
use std::sync::Arc;

/// The distinct keys so far, numbered in the order in which they came.
pub(in crate::exec) struct GroupTable {
    types: Vec<DataType>,
    form: Form,
}

enum Form {
    /// No batch has come yet.
    Empty,
    /// Without keys there is one group.
    One,
    Narrow(Packing, WordTable<u64>),
    Wide(Packing, WordTable<u128>),
    Text(ByteTable, Option<u32>),
    Rows(RowConverter, ByteTable),
}

impl GroupTable {
    /// A table for keys of these types.
    pub fn new(types: Vec<DataType>) -> GroupTable {
        let form = if types.is_empty() {
            Form::One
        } else {
            Form::Empty
        };
        GroupTable { types, form }
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::One => 1,
            Form::Narrow(_, table) => table.keys.len(),
            Form::Wide(_, table) => table.keys.len(),
            Form::Text(table, _) => table.keys.len(),
            Form::Rows(_, table) => table.keys.len(),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.form {
            Form::Empty | Form::One => 0,
            Form::Narrow(_, table) => table.bytes(),
            Form::Wide(_, table) => table.bytes(),
            Form::Text(table, _) | Form::Rows(_, table) => table.bytes(),
        }
    }

    /// The group of every row, into `groups`; new keys get new groups.
    pub fn assign(&mut self, keys: &[ArrayRef], rows: usize, groups: &mut Vec<u32>) -> Result<()> {
        groups.clear();
        if let Form::One = self.form {
            groups.resize(rows, 0);
            return Ok(());
        }
        let keys: Vec<ArrayRef> = keys.iter().map(comparable).collect::<Result<_>>()?;
        self.prepare(&keys)?;
        match &mut self.form {
            Form::Empty | Form::One => {}
            Form::Narrow(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Wide(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Text(table, null) => {
                let array = keys[0].as_string_view();
                let views = array.views();
                for row in 0..rows {
                    if array.is_null(row) {
                        let next = table.keys.len() as u32;
                        groups.push(*null.get_or_insert_with(|| {
                            // A place among the groups that no string can find.
                            table.keys.push(&[]);
                            next
                        }));
                    } else {
                        let text = array.value(row).as_bytes();
                        let hash = text_hash(views[row], || text);
                        groups.push(table.find_or_insert(hash, text));
                    }
                }
            }
            Form::Rows(converter, table) => {
                let converted = converter.convert_columns(&keys)?;
                for row in converted.iter() {
                    let bytes = row.data();
                    groups.push(table.find_or_insert(bytes_hash(bytes), bytes));
                }
            }
        }
        Ok(())
    }

    /// The keys of all groups, in order.
    pub fn keys(&self) -> Result<Vec<ArrayRef>> {
        match &self.form {
            Form::Empty => Ok(self.types.iter().map(new_empty_array).collect()),
            Form::One => Ok(Vec::new()),
            Form::Narrow(packing, table) => packing.unpack(&table.keys),
            Form::Wide(packing, table) => packing.unpack(&table.keys),
            Form::Text(table, null) => {
                let mut builder = StringViewBuilder::with_capacity(table.keys.len())
                    .with_fixed_block_size(1 << 20);
                for (group, text) in table.keys.iter().enumerate() {
                    if *null == Some(group as u32) {
                        builder.append_null();
                    } else {
                        // The bytes came from a string array.
                        let text = std::str::from_utf8(text).map_err(Error::internal)?;
                        builder.append_value(text);
                    }
                }
                Ok(vec![Arc::new(builder.finish())])
            }
            Form::Rows(converter, table) => {
                let parser = converter.parser();
                let rows = table.keys.iter().map(|bytes| parser.parse(bytes));
                let keys = converter.convert_rows(rows)?;
                (keys.iter().zip(&self.types))
                    .map(|(key, data_type)| restore(key, data_type))
                    .collect()
            }
        }
    }

    /// Makes the form one that the keys fit.
    fn prepare(&mut self, keys: &[ArrayRef]) -> Result<()> {
        let packing = match &self.form {
            Form::Narrow(packing, _) | Form::Wide(packing, _) if packing.fits(keys) => {
                return Ok(());
            }
            Form::Narrow(packing, _) | Form::Wide(packing, _) => Some(packing),
            Form::Empty => None,
            Form::One | Form::Text(..) | Form::Rows(..) => return Ok(()),
        };
        let form = match Packing::choose(keys, packing) {
            Some(packing) if packing.is_narrow() => Form::Narrow(packing, WordTable::default()),
            Some(packing) => Form::Wide(packing, WordTable::default()),
            None if self.types == [DataType::Utf8View] => Form::Text(ByteTable::default(), None),
            None => Form::Rows(row_converter(self.types.clone())?, ByteTable::default()),
        };
        let known = self.keys()?;
        let rows = self.len();
        self.form = form;
        if rows > 0 {
            let mut groups = Vec::with_capacity(rows);
            self.assign(&known, rows, &mut groups)?;
            debug_assert!(groups.iter().enumerate().all(|(i, g)| i == *g as usize));
        }
        Ok(())
    }
}

/// Open addressing with linear probing; the key lies in the slot.
struct WordTable<W> {
    slots: Vec<(W, u32)>,
    /// By group.
    keys: Vec<W>,
    shift: u32,
}

/// The group of a slot that holds nothing.
const FREE: u32 = u32::MAX;

impl<W: Word> Default for WordTable<W> {
    fn default() -> Self {
        WordTable {
            slots: vec![(W::default(), FREE); 1 << 10],
            keys: Vec::new(),
            shift: 64 - 10,
        }
    }
}

impl<W: Word> WordTable<W> {
    fn assign(&mut self, words: &[W], groups: &mut Vec<u32>) {
        groups.reserve(words.len());
        // Runs of equal keys are common: files are often sorted.
        let mut last: Option<(W, u32)> = None;
        for word in words {
            let group = match last {
                Some((key, group)) if key == *word => group,
                _ => self.find_or_insert(*word),
            };
            last = Some((*word, group));
            groups.push(group);
        }
    }

    #[inline]
    fn find_or_insert(&mut self, word: W) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = word.slot(self.shift);
        loop {
            let (key, group) = self.slots[slot];
            if group == FREE {
                return self.insert(word, slot);
            }
            if key == word {
                return group;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, word: W, slot: usize) -> u32 {
        let group = self.keys.len() as u32;
        self.keys.push(word);
        self.slots[slot] = (word, group);
        if self.keys.len() * 2 > self.slots.len() {
            self.grow();
        }
        group
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let mask = size - 1;
        self.shift = 64 - size.trailing_zeros();
        let mut slots = vec![(W::default(), FREE); size];
        for (group, word) in self.keys.iter().enumerate() {
            let mut slot = word.slot(self.shift);
            while slots[slot].1 != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = (*word, group as u32);
        }
        self.slots = slots;
    }

    fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice()) + self.keys.capacity() * size_of::<W>()
    }
}

/// Open addressing over hashes; the bytes lie apart.
#[derive(Default)]
struct ByteTable {
    /// Hash and group.
    slots: Vec<(u64, u32)>,
    keys: TextKeys,
}

impl ByteTable {
    fn find_or_insert(&mut self, hash: u64, key: &[u8]) -> u32 {
        if (self.keys.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (known, group) = self.slots[slot];
            if group == FREE {
                let group = self.keys.len() as u32;
                self.keys.push(key);
                self.slots[slot] = (hash, group);
                return group;
            }
            if known == hash && self.keys.get(group as usize) == key {
                return group;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(1 << 10);
        let mask = size - 1;
        let mut slots = vec![(0, FREE); size];
        for (hash, group) in self.slots.drain(..).filter(|(_, group)| *group != FREE) {
            let mut slot = hash as usize & mask;
            while slots[slot].1 != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = (hash, group);
        }
        self.slots = slots;
    }

    fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<(u64, u32)>() + self.keys.size()
    }
}
