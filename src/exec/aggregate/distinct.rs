//! The distinct arguments of each group, for the DISTINCT calls of one family.
//!
//! ```text
//!   groups    [0 1 0 1 0]        by group     distinct within each
//!   arguments [7 7 5 7 7]   ──►  7 5 7 | 7 7  ──►  7 5 | 7   ──► accumulators
//! ```
//!
//! Arguments that pack into a word are gathered as they come and sorted by group once; then a small set per group,
//! which stays in the cache, finds the first of each. Whenever they have doubled, duplicates are dropped, so that
//! they hold no more than twice what is distinct. Other arguments go through a table of group and arguments. Where
//! workers have pairs as bits, these are put together as they are.

use super::bit_pairs::BitPairs;
use crate::error::Result;
use crate::exec::keys::{GroupTable, Packing, Word};
use crate::kernel::Column;
use crate::kernel::normalize::comparable;
use arrow::array::{ArrayRef, UInt32Array};
use arrow::datatypes::DataType;
use std::sync::Arc;

/// Words from which on duplicates are dropped before all have come.
const MANY: usize = 1 << 20;
/// Rows that accumulators get at once.
const BATCH_ROWS: usize = 64 * 1024;

/// What the arguments of a family have been.
pub(super) struct DistinctArguments {
    types: Vec<DataType>,
    form: Form,
}

enum Form {
    Empty,
    Bits(BitPairs),
    Narrow(Packing, Words<u64>),
    Wide(Packing, Words<u128>),
    /// Group and arguments.
    Table(GroupTable),
}

impl DistinctArguments {
    /// No arguments yet, of these types.
    pub fn new(types: &[DataType]) -> DistinctArguments {
        DistinctArguments {
            types: types.to_vec(),
            form: Form::Empty,
        }
    }

    /// Bytes held, roughly.
    pub fn bytes(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::Bits(bits) => bits.bytes(),
            Form::Narrow(_, words) => words.bytes(),
            Form::Wide(_, words) => words.bytes(),
            Form::Table(table) => table.bytes(),
        }
    }

    /// Adds arguments, a row a group.
    pub fn add(&mut self, groups: &[u32], arguments: &[ArrayRef]) -> Result<()> {
        let arguments: Vec<ArrayRef> = arguments.iter().map(comparable).collect::<Result<_>>()?;
        self.prepare(&arguments)?;
        match &mut self.form {
            Form::Empty | Form::Bits(_) => {}
            Form::Narrow(packing, words) => {
                words.add(groups, &packing.pack(&arguments, groups.len())?)
            }
            Form::Wide(packing, words) => {
                words.add(groups, &packing.pack(&arguments, groups.len())?)
            }
            Form::Table(table) => {
                let numbers: ArrayRef = Arc::new(UInt32Array::from(groups.to_vec()));
                let columns: Vec<ArrayRef> = std::iter::once(numbers).chain(arguments).collect();
                table.assign(&columns, groups.len(), &mut Vec::new())?;
            }
        }
        Ok(())
    }

    /// Adds pairs of one worker, `groups` being the group of each of its groups.
    pub fn add_bits(&mut self, groups: &[u32], others: &BitPairs) -> Result<()> {
        if let Form::Empty = self.form {
            self.form = match BitPairs::new(&self.types[0]) {
                Some(bits) => Form::Bits(bits),
                None => Form::Empty,
            };
        }
        let is_merged = match &mut self.form {
            Form::Bits(bits) => bits.merge(others, groups),
            _ => false,
        };
        match is_merged {
            true => Ok(()),
            false => self.add_bits_one_by_one(groups, others),
        }
    }

    fn add_bits_one_by_one(&mut self, groups: &[u32], bits: &BitPairs) -> Result<()> {
        bits.for_each_batch(BATCH_ROWS, |theirs, arguments| {
            let mine: Vec<u32> = theirs.iter().map(|group| groups[*group as usize]).collect();
            self.add(&mine, &[arguments])
        })
    }

    /// Gives away the distinct arguments of each group, and forgets them: in the order in which they first came, or by
    /// number if they came as bits.
    pub fn take(
        &mut self,
        group_count: usize,
        mut feed: impl FnMut(&[Column], &[u32]) -> Result<()>,
    ) -> Result<()> {
        match std::mem::replace(&mut self.form, Form::Empty) {
            Form::Empty => Ok(()),
            Form::Bits(bits) => bits.for_each_batch(BATCH_ROWS, |groups, arguments| {
                feed(&[Column::Array(arguments)], &groups)
            }),
            Form::Narrow(packing, words) => words.give(&packing, group_count, &mut feed),
            Form::Wide(packing, words) => words.give(&packing, group_count, &mut feed),
            Form::Table(table) => {
                let mut columns = table.keys()?;
                let groups = columns.remove(0);
                let groups = crate::kernel::native::raw_values::<u32>(&groups);
                let columns: Vec<Column> = columns.into_iter().map(Column::Array).collect();
                feed(&columns, &groups)
            }
        }
    }

    /// Makes the form one that the arguments fit.
    fn prepare(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        match std::mem::replace(&mut self.form, Form::Empty) {
            Form::Bits(bits) => {
                let groups: Vec<u32> = (0..bits.groups() as u32).collect();
                self.add_bits_one_by_one(&groups, &bits)?;
            }
            other => self.form = other,
        }
        let before = match &self.form {
            Form::Table(_) => return Ok(()),
            Form::Empty | Form::Bits(_) => None,
            Form::Narrow(packing, _) | Form::Wide(packing, _) => match packing.fits(arguments) {
                true => return Ok(()),
                false => Some(packing),
            },
        };
        let form = match Packing::choose(arguments, before) {
            Some(packing) if packing.is_narrow() => Form::Narrow(packing, Words::default()),
            Some(packing) => Form::Wide(packing, Words::default()),
            None => {
                let types = std::iter::once(DataType::UInt32).chain(self.types.iter().cloned());
                Form::Table(GroupTable::new(types.collect()))
            }
        };
        let (known, groups) = match std::mem::replace(&mut self.form, form) {
            Form::Narrow(packing, words) => (packing.unpack(&words.words)?, words.groups),
            Form::Wide(packing, words) => (packing.unpack(&words.words)?, words.groups),
            Form::Empty | Form::Bits(_) | Form::Table(_) => return Ok(()),
        };
        self.add(&groups, &known)
    }
}

/// Packed arguments with the group of each.
struct Words<W> {
    groups: Vec<u32>,
    words: Vec<W>,
    /// Length at which to drop duplicates next.
    limit: usize,
}

impl<W> Default for Words<W> {
    fn default() -> Self {
        Words {
            groups: Vec::new(),
            words: Vec::new(),
            limit: MANY,
        }
    }
}

impl<W: Word> Words<W> {
    fn add(&mut self, groups: &[u32], words: &[W]) {
        self.groups.extend_from_slice(groups);
        self.words.extend_from_slice(words);
        if self.words.len() >= self.limit {
            let group_count = self
                .groups
                .iter()
                .max()
                .map_or(0, |last| *last as usize + 1);
            self.drop_duplicates(group_count);
            self.limit = (self.words.len() * 2).max(MANY);
        }
    }

    fn bytes(&self) -> usize {
        self.groups.capacity() * size_of::<u32>() + self.words.capacity() * size_of::<W>()
    }

    /// Sorts by group and leaves the first of equal words of each.
    fn drop_duplicates(&mut self, group_count: usize) {
        let mut starts = vec![0usize; group_count + 1];
        for group in &self.groups {
            starts[*group as usize + 1] += 1;
        }
        for group in 0..group_count {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut sorted = vec![W::default(); self.words.len()];
        for (word, group) in self.words.iter().zip(&self.groups) {
            let place = &mut next[*group as usize];
            sorted[*place] = *word;
            *place += 1;
        }
        let mut set = WordSet::default();
        self.words.clear();
        self.groups.clear();
        for (group, range) in starts.windows(2).enumerate() {
            set.distinct(&sorted[range[0]..range[1]], &mut self.words);
            self.groups.resize(self.words.len(), group as u32);
        }
    }

    fn give(
        mut self,
        packing: &Packing,
        group_count: usize,
        feed: &mut impl FnMut(&[Column], &[u32]) -> Result<()>,
    ) -> Result<()> {
        self.drop_duplicates(group_count);
        for (words, groups) in (self.words.chunks(BATCH_ROWS)).zip(self.groups.chunks(BATCH_ROWS)) {
            let columns = packing.unpack(words)?.into_iter().map(Column::Array);
            feed(&columns.collect::<Vec<_>>(), groups)?;
        }
        Ok(())
    }
}

/// Finds the distinct ones of some words: open addressing with linear probing, used over and over.
struct WordSet<W> {
    /// The default word is a free slot.
    slots: Vec<W>,
}

impl<W> Default for WordSet<W> {
    fn default() -> Self {
        WordSet { slots: Vec::new() }
    }
}

impl<W: Word> WordSet<W> {
    /// Appends the first of equal words, in order.
    fn distinct(&mut self, words: &[W], into: &mut Vec<W>) {
        let size = (words.len() * 2).next_power_of_two().max(32);
        if self.slots.len() < size {
            self.slots.resize(size, W::default());
        }
        let slots = &mut self.slots[..size];
        slots.fill(W::default());
        let (mask, shift) = (size - 1, 64 - size.trailing_zeros());
        let mut has_default = false;
        for word in words {
            if *word == W::default() {
                if !has_default {
                    into.push(*word);
                }
                has_default = true;
                continue;
            }
            let mut slot = word.slot(shift);
            while slots[slot] != *word {
                if slots[slot] == W::default() {
                    slots[slot] = *word;
                    into.push(*word);
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray, Float64Array, Int64Array, StringViewArray};
    use arrow::datatypes::Int64Type;
    use std::collections::BTreeSet;

    /// What is given away, as text.
    fn taken(distinct: &mut DistinctArguments, groups: usize) -> Vec<(u32, String)> {
        let mut taken = Vec::new();
        distinct
            .take(groups, |columns, groups| {
                let array = columns[0].to_array(groups.len());
                for (row, group) in groups.iter().enumerate() {
                    let value = arrow::util::display::array_value_to_string(&array, row).unwrap();
                    taken.push((*group, value));
                }
                Ok(())
            })
            .unwrap();
        taken
    }

    #[test]
    fn every_argument_comes_once_per_group() {
        let mut distinct = DistinctArguments::new(&[DataType::Int64]);
        let mut expected = BTreeSet::new();
        for batch in 0..300u64 {
            let groups: Vec<u32> = (0..4096).map(|row| (row * 7 % 13) as u32).collect();
            let values: Vec<i64> = (0..4096)
                .map(|row| (row * row + batch % 3) % 500)
                .map(|v| v as i64)
                .collect();
            expected.extend(groups.iter().copied().zip(values.iter().copied()));
            distinct
                .add(&groups, &[Arc::new(Int64Array::from(values))])
                .unwrap();
        }
        assert!(distinct.bytes() < 64 << 20);
        let mut found = Vec::new();
        distinct
            .take(13, |columns, groups| {
                let array = columns[0].to_array(groups.len());
                let values = array.as_primitive::<Int64Type>().values();
                found.extend(groups.iter().copied().zip(values.iter().copied()));
                Ok(())
            })
            .unwrap();
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        assert!(taken(&mut distinct, 13).is_empty());
    }

    #[test]
    fn forms_widen_and_null_is_a_value() {
        let mut distinct = DistinctArguments::new(&[DataType::Utf8View]);
        let add = |distinct: &mut DistinctArguments, values: Vec<Option<&str>>| {
            let array: ArrayRef = Arc::new(StringViewArray::from(values));
            let groups: Vec<u32> = (0..array.len() as u32).map(|row| row % 2).collect();
            distinct.add(&groups, &[array]).unwrap();
        };
        add(
            &mut distinct,
            vec![Some("b"), Some("b"), Some("b"), Some("")],
        );
        add(&mut distinct, vec![Some("longer"), None, None, None]);
        add(
            &mut distinct,
            vec![Some("longer than all before"), Some("b"), Some("b"), None],
        );
        let found = taken(&mut distinct, 2);
        let of = |group: u32| {
            found
                .iter()
                .filter(|(g, _)| *g == group)
                .map(|(_, v)| v.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0), ["b", "longer", "", "longer than all before"]);
        assert_eq!(of(1), ["b", "", ""]);
    }

    #[test]
    fn zeros_and_nans_are_one_value() {
        let mut distinct = DistinctArguments::new(&[DataType::Float64]);
        let values = Float64Array::from(vec![0.0, -0.0, f64::NAN, -f64::NAN, 1.0]);
        distinct.add(&[0; 5], &[Arc::new(values)]).unwrap();
        assert_eq!(taken(&mut distinct, 1).len(), 3);
    }
}
