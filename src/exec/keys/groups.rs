//! Numbers the distinct keys of GROUP BY.
//!
//! The table takes the narrowest form that the keys seen so far allow, and changes to a wider one when a batch
//! does not fit; groups keep their numbers.
//!
//! ```text
//!   no key → One      ≤ 18 bits → Direct      ≤ 64 bits → Words<u64>      ≤ 128 bits → Words<u128>
//!   ≤ 64 bits, in order → Runs (if the owner allows)
//!   one long string → Text       several columns, strings with few values → Interned
//!   flat columns → Flat          anything else → Rows (arrow-row bytes)
//! ```

use super::flat_rows::FlatRows;
use super::hash::{bytes_hash, text_hash};
use super::interned::InternedKeys;
use super::packing::DIRECT_BITS;
use super::text::Parts;
use super::{Packing, TextKeys, Word};
use crate::error::{Error, Result};
use crate::kernel::few_views::few_views;
use crate::kernel::normalize::{comparable, restore, row_converter};
use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrow::row::RowConverter;

/// The distinct keys so far, numbered in the order in which they came.
pub(in crate::exec) struct GroupTable {
    types: Vec<DataType>,
    form: Form,
    /// Whether strings may be numbered first.
    may_intern: bool,
    /// Groups for which there is to be room from the start.
    expected: usize,
}

enum Form {
    /// No batch has come yet.
    Empty,
    /// Without keys there is one group.
    One,
    Direct(Packing, DirectTable),
    Narrow(Packing, WordTable<u64>),
    Runs(Packing, RunTable),
    Wide(Packing, WordTable<u128>),
    Text(ByteTable, Option<u32>),
    Interned(Box<InternedKeys>),
    Flat(FlatRows, ByteTable),
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
        GroupTable {
            types,
            form,
            may_intern: true,
            expected: 0,
        }
    }

    /// A table that keeps strings as they are.
    #[cfg(test)]
    pub(super) fn without_numbers(types: Vec<DataType>) -> GroupTable {
        GroupTable {
            may_intern: false,
            ..GroupTable::new(types)
        }
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::One => 1,
            Form::Direct(_, table) => table.keys.len(),
            Form::Narrow(_, table) => table.len(),
            Form::Runs(_, table) => table.len(),
            Form::Wide(_, table) => table.len(),
            Form::Interned(keys) => keys.table.len(),
            Form::Text(table, _) | Form::Flat(_, table) | Form::Rows(_, table) => table.len(),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.form {
            Form::Empty | Form::One => 0,
            Form::Direct(_, table) => table.bytes(),
            Form::Narrow(_, table) => table.bytes(),
            Form::Runs(_, table) => table.bytes(),
            Form::Wide(_, table) => table.bytes(),
            Form::Interned(keys) => keys.bytes(),
            Form::Text(table, _) | Form::Flat(_, table) | Form::Rows(_, table) => table.bytes(),
        }
    }

    /// Makes room for so many groups when the first come, within bounds: their number is a guess.
    pub fn expect(&mut self, groups: usize) {
        self.expected = groups.min(MOST_EXPECTED);
    }

    /// An empty table for the rows that come next, if it does no harm that a key is there several times. Where keys have
    /// come in order so far, it only looks at what came right before; then it may be that it does not take other keys
    /// ([`GroupTable::takes`]).
    pub fn after(&self) -> GroupTable {
        let form = match &self.form {
            Form::Narrow(packing, table) if table.is_in_runs() => Some(packing),
            Form::Runs(packing, table) if table.is_of_use() => Some(packing),
            _ => None,
        };
        let mut after = GroupTable::new(self.types.clone());
        if let Some(packing) = form {
            after.form = Form::Runs(packing.clone(), RunTable::default());
        }
        after
    }

    /// Whether the keys of some rows can be assigned.
    pub fn takes(&self, keys: &[ArrayRef]) -> bool {
        match &self.form {
            Form::Runs(packing, _) => packing.fits(keys),
            _ => true,
        }
    }

    /// Whether a key may be there several times: see [`GroupTable::after`].
    pub fn may_repeat(&self) -> bool {
        matches!(self.form, Form::Runs(..))
    }

    /// The group of every row, into `groups`; new keys get new groups.
    pub fn assign(&mut self, keys: &[ArrayRef], rows: usize, groups: &mut Vec<u32>) -> Result<()> {
        groups.clear();
        if let Form::One = self.form {
            groups.resize(rows, 0);
            return Ok(());
        }
        // One look at every string where rows share few of them.
        if let [key] = keys
            && let Some(few) = key.as_string_view_opt().and_then(few_views)
        {
            let count = few.rows.len();
            let values = take(key, &UInt32Array::from(few.rows), None)?;
            let mut of_value = Vec::with_capacity(count);
            self.assign(&[values], count, &mut of_value)?;
            groups.extend(few.values.iter().map(|value| of_value[*value as usize]));
            return Ok(());
        }
        let keys: Vec<ArrayRef> = keys.iter().map(comparable).collect::<Result<_>>()?;
        self.prepare(&keys)?;
        match &mut self.form {
            Form::Empty | Form::One => {}
            Form::Direct(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Narrow(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Runs(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Wide(packing, table) => table.assign(&packing.pack(&keys, rows)?, groups),
            Form::Text(table, null) => {
                let array = keys[0].as_string_view();
                let views = array.views();
                let bytes = |row: usize| array.value(row).as_bytes();
                match array.nulls().filter(|nulls| nulls.null_count() > 0) {
                    None => {
                        let hash = |row: usize| text_hash(views[row], || bytes(row));
                        table.assign(rows, hash, bytes, groups);
                    }
                    Some(nulls) => groups.extend((0..rows).map(|row| match nulls.is_null(row) {
                        true => *null.get_or_insert_with(|| table.keyless()),
                        false => {
                            let text = bytes(row);
                            table.find_or_insert(text_hash(views[row], || text), text)
                        }
                    })),
                }
            }
            Form::Interned(interned) => {
                if !interned.assign(&keys, rows, groups)? {
                    self.may_intern = false;
                    self.change(&keys, None)?;
                    return self.assign(&keys, rows, groups);
                }
            }
            Form::Flat(flat, table) => {
                let encoded = flat.encode(&keys, rows)?;
                let hash = |row: usize| bytes_hash(encoded.get(row));
                table.assign(rows, hash, |row| encoded.get(row), groups);
            }
            Form::Rows(converter, table) => {
                let converted = converter.convert_columns(&keys)?;
                let hash = |row: usize| bytes_hash(converted.row(row).data());
                table.assign(rows, hash, |row| converted.row(row).data(), groups);
            }
        }
        Ok(())
    }

    /// The keys of all groups, in order.
    pub fn keys(&self) -> Result<Vec<ArrayRef>> {
        match &self.form {
            Form::Empty => Ok(self.types.iter().map(new_empty_array).collect()),
            Form::One => Ok(Vec::new()),
            Form::Direct(packing, table) => packing.unpack(&table.keys),
            Form::Narrow(packing, table) => packing.unpack(table.keys()),
            Form::Runs(packing, table) => packing.unpack(&table.keys),
            Form::Wide(packing, table) => packing.unpack(table.keys()),
            Form::Text(table, null) => {
                let is_null = |group: usize| *null == Some(group as u32);
                let parts = Parts::new(&table.keys, &mut None, |group, key| {
                    (!is_null(group)).then_some(0..key.len())
                });
                // SAFETY: the bytes came from a string array.
                Ok(vec![unsafe { parts.strings() }])
            }
            Form::Interned(keys) => keys.keys(),
            Form::Flat(flat, table) => flat.decode(&table.keys),
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
            Form::Direct(packing, _)
            | Form::Narrow(packing, _)
            | Form::Runs(packing, _)
            | Form::Wide(packing, _)
                if packing.fits(keys) =>
            {
                return Ok(());
            }
            Form::Runs(..) => {
                return Err(Error::internal("keys that a table of runs does not take"));
            }
            Form::Direct(packing, _) | Form::Narrow(packing, _) | Form::Wide(packing, _) => {
                Packing::choose(keys, Some(packing))
            }
            Form::Empty => Packing::choose(keys, None),
            Form::One | Form::Text(..) | Form::Interned(..) | Form::Flat(..) | Form::Rows(..) => {
                return Ok(());
            }
        };
        self.change(keys, packing)
    }

    /// Changes to a form for the keys, packed if there is a packing.
    fn change(&mut self, keys: &[ArrayRef], packing: Option<Packing>) -> Result<()> {
        let interned = match &packing {
            None if self.may_intern && self.types.len() > 1 => {
                InternedKeys::choose(&self.types, keys)?
            }
            _ => None,
        };
        let form = match (packing, interned) {
            (Some(packing), _) if packing.bits() <= DIRECT_BITS => {
                let table = DirectTable::new(packing.bits());
                Form::Direct(packing, table)
            }
            (Some(packing), _) if packing.is_narrow() => {
                Form::Narrow(packing, WordTable::for_groups(self.expected))
            }
            (Some(packing), _) => Form::Wide(packing, WordTable::for_groups(self.expected)),
            (None, Some(interned)) => Form::Interned(Box::new(interned)),
            (None, None) if self.types == [DataType::Utf8View] => {
                Form::Text(ByteTable::default(), None)
            }
            (None, None) => match FlatRows::new(&self.types) {
                Some(flat) => Form::Flat(flat, ByteTable::default()),
                None => Form::Rows(row_converter(self.types.clone())?, ByteTable::default()),
            },
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

/// The group of every key that there can be.
pub(super) struct DirectTable {
    /// By key, the number of its group and one, or [`EMPTY`].
    groups: Vec<u32>,
    /// By group.
    pub keys: Vec<u32>,
}

impl DirectTable {
    /// For keys of so many bits, at most [`DIRECT_BITS`].
    pub fn new(bits: u32) -> DirectTable {
        DirectTable {
            groups: vec![EMPTY; 1 << bits],
            keys: Vec::new(),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of_val(self.groups.as_slice()) + size_of_val(self.keys.as_slice())
    }

    /// Adds the groups of words.
    pub fn assign(&mut self, words: &[u32], groups: &mut Vec<u32>) {
        groups.extend(words.iter().map(|word| {
            let group = &mut self.groups[*word as usize];
            if *group == EMPTY {
                self.keys.push(*word);
                *group = self.keys.len() as u32;
            }
            *group - 1
        }));
    }
}

/// A group for every run of equal keys.
#[derive(Default)]
pub(super) struct RunTable {
    /// By group.
    keys: Vec<u64>,
    /// Rows that were assigned.
    rows: usize,
}

impl RunTable {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<u64>()
    }

    /// Whether runs have two rows or more.
    fn is_of_use(&self) -> bool {
        self.keys.len() * 2 <= self.rows
    }

    /// Adds the groups of words.
    fn assign(&mut self, words: &[u64], groups: &mut Vec<u32>) {
        let Some(first) = words.first() else {
            return;
        };
        self.rows += words.len();
        let known = self.keys.len();
        // The number of the run before, which the first word may belong to.
        let (mut last, mut number) = match self.keys.last() {
            Some(last) => (*last, known - 1),
            None => (!first, usize::MAX),
        };
        // Every word is put where its run's would be, whether it is another or not: nothing to be predicted.
        self.keys.resize(known + words.len(), 0);
        groups.extend(words.iter().map(|word| {
            number = number.wrapping_add(usize::from(*word != last));
            self.keys[number] = *word;
            last = *word;
            number as u32
        }));
        self.keys.truncate(number + 1);
    }
}

/// Open addressing with linear probing over group numbers: the keys lie apart, so that a table of a hundred
/// thousand groups stays in the cache of a core.
pub(super) struct WordTable<W> {
    /// The number of a group and one, or [`EMPTY`].
    slots: Vec<u32>,
    /// By group and one; the first is no key.
    keys: Vec<W>,
    shift: u32,
    /// Runs of equal words that were assigned.
    runs: usize,
}

/// A slot that holds nothing.
const EMPTY: u32 = 0;

/// Groups for which a table has room before there are any, at most: its slots stay in a core's second cache.
const MOST_EXPECTED: usize = 32 * 1024;

impl<W: Word> Default for WordTable<W> {
    fn default() -> Self {
        WordTable::for_groups(0)
    }
}

impl<W: Word> WordTable<W> {
    /// An empty table with room for so many groups.
    fn for_groups(groups: usize) -> WordTable<W> {
        let bits = (2 * groups).next_power_of_two().ilog2().max(10);
        WordTable {
            slots: vec![EMPTY; 1 << bits],
            keys: vec![W::default()],
            shift: 64 - bits,
            runs: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.keys.len() - 1
    }

    /// The keys of all groups, in order.
    pub fn keys(&self) -> &[W] {
        &self.keys[1..]
    }

    /// Whether words have come in order, or nearly so: hardly any came again after others.
    fn is_in_runs(&self) -> bool {
        self.runs <= self.len() + self.len() / 8
    }

    /// Works on a block of words step by step, so that the memory of many is asked for at once.
    pub fn assign(&mut self, words: &[W], groups: &mut Vec<u32>) {
        const BLOCK: usize = 128;
        let mut first = [EMPTY; BLOCK];
        groups.reserve(words.len());
        let Some(head) = words.first() else {
            return;
        };
        let (mut last, mut group) = (*head, self.find_or_insert(*head));
        let mut runs = 1;
        for block in words.chunks(BLOCK) {
            for (first, word) in first.iter_mut().zip(block) {
                *first = self.slots[word.slot(self.shift)];
            }
            for (first, word) in first.iter().zip(block) {
                // The same key often comes several times in a row: files are sorted by something.
                if *word != last {
                    // A key keeps its group, whatever came into the table since.
                    let found = *first != EMPTY && self.keys[*first as usize] == *word;
                    group = match found {
                        true => *first - 1,
                        false => self.find_or_insert(*word),
                    };
                    last = *word;
                    runs += 1;
                }
                groups.push(group);
            }
        }
        self.runs += runs;
    }

    pub fn find_or_insert(&mut self, word: W) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = word.slot(self.shift);
        loop {
            let number = self.slots[slot];
            if number == EMPTY {
                return self.insert(word, slot);
            }
            if self.keys[number as usize] == word {
                return number - 1;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, word: W, slot: usize) -> u32 {
        let number = self.keys.len() as u32;
        self.keys.push(word);
        self.slots[slot] = number;
        if self.keys.len() * 2 > self.slots.len() {
            self.grow();
        }
        number - 1
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let mask = size - 1;
        self.shift = 64 - size.trailing_zeros();
        let mut slots = vec![EMPTY; size];
        for (group, word) in self.keys().iter().enumerate() {
            let mut slot = word.slot(self.shift);
            while slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            slots[slot] = group as u32 + 1;
        }
        self.slots = slots;
    }

    pub fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice()) + self.keys.capacity() * size_of::<W>()
    }
}

/// Open addressing over hashes; the bytes lie apart.
#[derive(Default)]
pub(super) struct ByteTable {
    slots: Vec<HashSlot>,
    /// By group, to grow.
    hashes: Vec<u64>,
    keys: TextKeys,
}

/// A place in a table of hashes.
#[derive(Clone, Copy, Default)]
struct HashSlot {
    /// The upper half of the hash: most other keys are told apart without looking at them.
    tag: u32,
    /// The number of a group and one, or [`EMPTY`].
    number: u32,
}

impl ByteTable {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys by number.
    pub fn keys(&self) -> &TextKeys {
        &self.keys
    }

    /// The groups of rows, worked on by blocks like words.
    fn assign<'a>(
        &mut self,
        rows: usize,
        hash: impl Fn(usize) -> u64,
        key: impl Fn(usize) -> &'a [u8],
        groups: &mut Vec<u32>,
    ) {
        const BLOCK: usize = 128;
        let mut hashes = [0; BLOCK];
        let mut first = [HashSlot::default(); BLOCK];
        groups.reserve(rows);
        if self.slots.is_empty() {
            self.grow();
        }
        for start in (0..rows).step_by(BLOCK) {
            let block = start..rows.min(start + BLOCK);
            let mask = self.slots.len() - 1;
            for ((hashed, first), row) in hashes.iter_mut().zip(&mut first).zip(block.clone()) {
                *hashed = hash(row);
                *first = self.slots[*hashed as usize & mask];
            }
            for ((hash, first), row) in hashes.iter().zip(&first).zip(block) {
                let key = key(row);
                // A key keeps its group, whatever came into the table since.
                let found = first.number != EMPTY
                    && first.tag == (hash >> 32) as u32
                    && self.keys.get(first.number as usize - 1) == key;
                groups.push(match found {
                    true => first.number - 1,
                    false => self.find_or_insert(*hash, key),
                });
            }
        }
    }

    /// The number of a key with this hash; a new key gets a new one.
    pub fn find_or_insert(&mut self, hash: u64, key: &[u8]) -> u32 {
        if (self.keys.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut slot = hash as usize & mask;
        loop {
            let HashSlot { tag: known, number } = self.slots[slot];
            if number == EMPTY {
                let group = self.keys.len() as u32;
                self.keys.push(key);
                self.hashes.push(hash);
                self.slots[slot] = HashSlot {
                    tag,
                    number: group + 1,
                };
                return group;
            }
            if known == tag && self.keys.get(number as usize - 1) == key {
                return number - 1;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// A group that no key finds.
    fn keyless(&mut self) -> u32 {
        self.keys.push(&[]);
        self.hashes.push(0);
        self.keys.len() as u32 - 1
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(1 << 10);
        let mask = size - 1;
        let mut slots = vec![HashSlot::default(); size];
        for known in self.slots.drain(..).filter(|slot| slot.number != EMPTY) {
            let mut slot = self.hashes[known.number as usize - 1] as usize & mask;
            while slots[slot].number != EMPTY {
                slot = (slot + 1) & mask;
            }
            slots[slot] = known;
        }
        self.slots = slots;
    }

    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<HashSlot>()
            + self.hashes.capacity() * size_of::<u64>()
            + self.keys.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringViewArray};
    use std::sync::Arc;

    fn longs(values: impl Iterator<Item = i64>) -> [ArrayRef; 1] {
        [Arc::new(Int64Array::from_iter_values(values))]
    }

    /// The groups of rows, and how many there are then.
    fn assign(table: &mut GroupTable, keys: &[ArrayRef]) -> (Vec<u32>, usize) {
        let mut groups = Vec::new();
        table.assign(keys, keys[0].len(), &mut groups).unwrap();
        (groups, table.len())
    }

    /// A table that has seen keys far apart, each twice.
    fn in_order() -> GroupTable {
        let mut table = GroupTable::new(vec![DataType::Int64]);
        assign(&mut table, &longs((0..4000).map(|row| (row / 2) << 40)));
        table
    }

    #[test]
    fn keys_in_order_are_looked_at_in_runs() {
        let mut table = in_order().after();
        assert!(table.may_repeat());
        let keys = longs([7, 7, 7, -1, 7, 7, 9].into_iter());
        assert_eq!(assign(&mut table, &keys), (vec![0, 0, 0, 1, 2, 2, 3], 4));
        // A run goes on in the next batch.
        let keys = longs([9, 9, 7].into_iter());
        assert_eq!(assign(&mut table, &keys), (vec![3, 3, 4], 5));
        assert_eq!(assign(&mut table, &longs([].into_iter())), (vec![], 5));
        assert_eq!(table.keys().unwrap(), longs([7, -1, 7, 9, 7].into_iter()));
        // No first key is taken for one that went on.
        for first in [0, -1, i64::MIN, i64::MAX] {
            let mut table = in_order().after();
            assert_eq!(
                assign(&mut table, &longs([first; 3].into_iter())),
                (vec![0; 3], 1)
            );
        }
    }

    #[test]
    fn runs_take_no_keys_that_need_other_bits() {
        let mut table = in_order().after();
        let with_null: [ArrayRef; 1] = [Arc::new(Int64Array::from(vec![Some(1), None]))];
        assert!(table.takes(&longs(0..3)) && !table.takes(&with_null));
        assert!(table.assign(&with_null, 2, &mut Vec::new()).is_err());
        assert!(GroupTable::new(vec![DataType::Int64]).takes(&with_null));
    }

    #[test]
    fn keys_in_no_order_are_not() {
        let mut table = GroupTable::new(vec![DataType::Int64]);
        let again = (0..4000).map(|row| (row * 7919 % 2000) << 40);
        assign(&mut table, &longs(again));
        assert!(!table.after().may_repeat());
        // Nor if runs turn out to be short.
        let mut table = in_order().after();
        assign(&mut table, &longs(0..4000));
        assert!(!table.after().may_repeat());
        let mut table = in_order().after();
        assign(&mut table, &longs((0..4000).map(|row| row / 3)));
        assert!(table.after().may_repeat());
        // Strings have no runs.
        let mut table = GroupTable::new(vec![DataType::Utf8View]);
        let texts = (0..4000).map(|row| Some(format!("a text, and behind it {row}")));
        assign(&mut table, &[Arc::new(texts.collect::<StringViewArray>())]);
        assert!(!table.after().may_repeat());
    }

    #[test]
    fn expected_groups_are_a_guess() {
        for expected in [0, 1, 100, 5000, usize::MAX] {
            let mut table = GroupTable::new(vec![DataType::Int64]);
            table.expect(expected);
            let keys = longs((0..9000).map(|row| (row * 31 % 3000) << 30));
            let (groups, count) = assign(&mut table, &keys);
            assert_eq!((groups[3000], count), (0, 3000), "{expected}");
        }
    }
}
