//! Numbers the distinct keys of GROUP BY where some come in codes.
//!
//! A code that has been seen has its number in an array: one load per row, whatever the keys are and however many of them
//! share the codes.
//!
//! ```text
//!   all keys share their codes      code ─► group
//!   else, per part                  codes of shop     ─► number ┐
//!                                   codes of article  ─► number ├─► group
//!                                   day, plain        ─► number ┘
//!   numbers of few bits together    side by side they are a place in an array of groups
//!   of more                         keys of a table like any other; plain keys as they are
//! ```
//!
//! Two codes may stand for equal keys (a join's build side has many shops of a region), so numbers are not codes: what
//! a code stands for is looked up once, in a table of keys.

use super::GroupTable;
use super::groups::DirectTable;
use super::packing::DIRECT_BITS;
use crate::error::{Error, Result};
use crate::kernel::codes::{CodedArray, as_coded, plain, same_dictionary, share_codes};
use arrow::array::{Array, ArrayRef, Int32Array, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType;
use std::sync::Arc;

/// The distinct keys so far, numbered in the order in which they came.
pub(in crate::exec) struct CodedGroupTable {
    types: Vec<DataType>,
    form: Form,
    /// Groups for which there is to be room from the start.
    expected: usize,
}

enum Form {
    /// No batch has come yet.
    Empty,
    /// All keys share their codes, or none has any.
    One(GroupTable, KnownCodes),
    /// By the numbers of several parts, side by side.
    Small(Vec<Part>, Small),
    /// By the numbers of the parts with codes and by plain keys.
    General(Vec<Part>, GroupTable),
}

/// Keys that come together: those that share their codes, or one that came plain.
struct Part {
    /// Their positions.
    columns: Vec<usize>,
    is_coded: bool,
    /// Numbers them.
    table: GroupTable,
    known: KnownCodes,
}

/// Groups by numbers that take few bits together.
struct Small {
    /// Bits of the number of every part, the first part's lowest.
    bits: Vec<u32>,
    table: DirectTable,
}

impl CodedGroupTable {
    /// A table for keys of these types.
    pub fn new(types: Vec<DataType>) -> CodedGroupTable {
        let form = match types.is_empty() {
            true => Form::One(GroupTable::new(Vec::new()), KnownCodes::default()),
            false => Form::Empty,
        };
        CodedGroupTable {
            types,
            form,
            expected: 0,
        }
    }

    /// Makes room for so many groups of an empty table: [`GroupTable::expect`].
    pub fn expect(&mut self, groups: usize) {
        self.expected = groups;
    }

    /// [`GroupTable::after`]
    pub fn after(&self) -> CodedGroupTable {
        let mut after = CodedGroupTable::new(self.types.clone());
        if let Form::One(table, _) = &self.form {
            let table = table.after();
            if table.may_repeat() {
                after.form = Form::One(table, KnownCodes::default());
            }
        }
        after
    }

    /// Whether the keys of some rows can be assigned.
    pub fn takes(&self, keys: &[ArrayRef]) -> bool {
        match &self.form {
            Form::One(table, _) if table.may_repeat() => {
                keys.iter().all(|key| as_coded(key).is_none()) && table.takes(keys)
            }
            _ => true,
        }
    }

    /// Whether a key may be there several times.
    pub fn may_repeat(&self) -> bool {
        matches!(&self.form, Form::One(table, _) if table.may_repeat())
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::One(table, _) | Form::General(_, table) => table.len(),
            Form::Small(_, small) => small.table.keys.len(),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let of_parts = |parts: &[Part]| -> usize {
            let bytes = parts.iter().map(|p| p.table.bytes() + p.known.bytes());
            bytes.sum()
        };
        match &self.form {
            Form::Empty => 0,
            Form::One(table, known) => table.bytes() + known.bytes(),
            Form::General(parts, table) => table.bytes() + of_parts(parts),
            Form::Small(parts, small) => small.table.bytes() + of_parts(parts),
        }
    }

    /// The group of every row, into `groups`; new keys get new groups.
    pub fn assign(&mut self, keys: &[ArrayRef], rows: usize, groups: &mut Vec<u32>) -> Result<()> {
        if let Form::Empty = self.form {
            self.form = self.form_for(keys);
        }
        match &mut self.form {
            Form::Empty => Err(Error::internal("a table of groups without a form")),
            Form::One(table, known) => match one_origin(keys.iter()) {
                Some(coded) => known.numbers(&coded, table, groups),
                None => {
                    let keys: Vec<ArrayRef> = keys.iter().map(plain).collect::<Result<_>>()?;
                    table.assign(&keys, rows, groups)
                }
            },
            Form::Small(parts, small) => {
                if small.assign(parts, keys, rows, groups)? {
                    return Ok(());
                }
                self.generalize()?;
                self.assign(keys, rows, groups)
            }
            Form::General(parts, table) => {
                let mut encoded: Vec<ArrayRef> = Vec::with_capacity(parts.len());
                for part in parts {
                    encoded.push(match part.is_coded {
                        false => plain(&keys[part.columns[0]])?,
                        true => {
                            part.numbers(keys, rows, groups)?;
                            numbers_as_key(groups)
                        }
                    });
                }
                table.assign(&encoded, rows, groups)
            }
        }
    }

    /// The keys of all groups, in order.
    pub fn keys(&self) -> Result<Vec<ArrayRef>> {
        let mut keys: Vec<Option<ArrayRef>> = vec![None; self.types.len()];
        match &self.form {
            Form::Empty => return GroupTable::new(self.types.clone()).keys(),
            Form::One(table, known) => {
                return match known.representatives(table.len())? {
                    Some(keys) => Ok(keys),
                    None => table.keys(),
                };
            }
            Form::Small(parts, small) => {
                for (part, numbers) in parts.iter().zip(small.numbers()) {
                    part.take(&numbers, &mut keys)?;
                }
            }
            Form::General(parts, table) => {
                for (part, found) in parts.iter().zip(table.keys()?) {
                    match part.is_coded {
                        false => keys[part.columns[0]] = Some(found),
                        true => part.take(&key_as_numbers(&found)?, &mut keys)?,
                    }
                }
            }
        }
        let keys: Option<Vec<ArrayRef>> = keys.into_iter().collect();
        keys.ok_or_else(|| Error::internal("a group key that no part has"))
    }

    /// The form for keys that come like these.
    fn form_for(&self, keys: &[ArrayRef]) -> Form {
        let parts = match keys.iter().any(|key| as_coded(key).is_some()) {
            true => parts(keys, &self.types),
            false => Vec::new(),
        };
        if parts.len() < 2 {
            let mut table = GroupTable::new(self.types.clone());
            table.expect(self.expected);
            return Form::One(table, KnownCodes::default());
        }
        let small = Small {
            bits: vec![0; parts.len()],
            table: DirectTable::new(0),
        };
        Form::Small(parts, small)
    }

    /// Changes from small numbers to any.
    fn generalize(&mut self) -> Result<()> {
        let Form::Small(parts, small) = std::mem::replace(&mut self.form, Form::Empty) else {
            return Err(Error::internal("groups that are not small"));
        };
        let mut types = Vec::with_capacity(parts.len());
        let mut known: Vec<ArrayRef> = Vec::with_capacity(parts.len());
        for (part, numbers) in parts.iter().zip(small.numbers()) {
            match part.is_coded {
                true => {
                    types.push(DataType::Int32);
                    known.push(numbers_as_key(numbers.values()));
                }
                false => {
                    types.push(self.types[part.columns[0]].clone());
                    let values = part.table.keys()?;
                    known.push(take(values[0].as_ref(), &numbers, None)?);
                }
            }
        }
        let mut table = GroupTable::new(types);
        table.assign(&known, small.table.keys.len(), &mut Vec::new())?;
        self.form = Form::General(parts, table);
        Ok(())
    }
}

/// Numbers as a column of a key.
fn numbers_as_key(numbers: &[u32]) -> ArrayRef {
    let numbers = numbers.iter().map(|number| *number as i32);
    Arc::new(Int32Array::from_iter_values(numbers))
}

/// The reverse.
fn key_as_numbers(key: &ArrayRef) -> Result<UInt32Array> {
    let key = key.as_any().downcast_ref::<Int32Array>();
    let numbers = key.ok_or_else(|| Error::internal("numbers of keys are whole"))?;
    let numbers = numbers.values().iter().map(|number| *number as u32);
    Ok(UInt32Array::from_iter_values(numbers))
}

/// The parts of keys that come like these: every plain key alone, all that share their codes together.
fn parts(keys: &[ArrayRef], types: &[DataType]) -> Vec<Part> {
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for (position, key) in keys.iter().enumerate() {
        let coded = as_coded(key);
        let same = columns.iter_mut().find(|columns| {
            let other = as_coded(&keys[columns[0]]);
            coded
                .zip(other)
                .is_some_and(|(one, other)| share_codes(one, other))
        });
        match same {
            Some(columns) => columns.push(position),
            None => columns.push(vec![position]),
        }
    }
    let part = |columns: Vec<usize>| Part {
        is_coded: as_coded(&keys[columns[0]]).is_some(),
        table: GroupTable::new(columns.iter().map(|c| types[*c].clone()).collect()),
        known: KnownCodes::default(),
        columns,
    };
    columns.into_iter().map(part).collect()
}

impl Part {
    /// The number of every row, into `numbers`.
    fn numbers(&mut self, keys: &[ArrayRef], rows: usize, numbers: &mut Vec<u32>) -> Result<()> {
        let columns = self.columns.iter().map(|column| &keys[*column]);
        match one_origin(columns.clone()) {
            Some(coded) => self.known.numbers(&coded, &mut self.table, numbers),
            None => {
                let columns: Vec<ArrayRef> = columns.map(plain).collect::<Result<_>>()?;
                self.table.assign(&columns, rows, numbers)
            }
        }
    }

    /// Puts the columns of the keys with these numbers where they belong.
    fn take(&self, numbers: &UInt32Array, keys: &mut [Option<ArrayRef>]) -> Result<()> {
        for (column, values) in self.columns.iter().zip(self.table.keys()?) {
            keys[*column] = Some(take(values.as_ref(), numbers, None)?);
        }
        Ok(())
    }
}

impl Small {
    /// The group of every row. False, and no group is new, if the numbers have become too many.
    fn assign(
        &mut self,
        parts: &mut [Part],
        keys: &[ArrayRef],
        rows: usize,
        groups: &mut Vec<u32>,
    ) -> Result<bool> {
        let mut words = vec![0u32; rows];
        let mut fits = true;
        let mut shift = 0;
        for (part, bits) in parts.iter_mut().zip(&self.bits) {
            let columns = part.columns.iter().map(|column| &keys[*column]);
            match one_origin(columns) {
                Some(coded) => {
                    part.known.learn(&coded, &mut part.table)?;
                    part.known.add(coded[0].keys(), shift, &mut words);
                }
                None => {
                    part.numbers(keys, rows, groups)?;
                    let words = words.iter_mut().zip(groups.iter());
                    words.for_each(|(word, number)| *word |= number << shift);
                }
            }
            fits &= part.table.len() <= 1 << bits;
            shift += bits;
        }
        if !fits {
            let lengths = parts.iter().map(|part| part.table.len());
            return match self.widen(lengths) {
                true => self.assign(parts, keys, rows, groups),
                false => Ok(false),
            };
        }
        groups.clear();
        self.table.assign(&words, groups);
        Ok(true)
    }

    /// Makes room for twice as many numbers as there are; false if that is too much.
    fn widen(&mut self, lengths: impl Iterator<Item = usize>) -> bool {
        let bits: Vec<u32> = lengths
            .map(|length| (2 * length).next_power_of_two().ilog2())
            .collect();
        if bits.iter().sum::<u32>() > DIRECT_BITS {
            return false;
        }
        let mut words = vec![0u32; self.table.keys.len()];
        let mut shift = 0;
        for (numbers, bits) in self.numbers().zip(&bits) {
            let numbers = numbers.values().iter();
            (words.iter_mut().zip(numbers)).for_each(|(word, number)| *word |= number << shift);
            shift += bits;
        }
        self.table = DirectTable::new(shift);
        self.table.assign(&words, &mut Vec::new());
        self.bits = bits;
        true
    }

    /// Per part, the number that every group has.
    fn numbers(&self) -> impl Iterator<Item = UInt32Array> {
        let mut shift = 0;
        self.bits.iter().map(move |bits| {
            let mask = (1 << bits) - 1;
            let numbers = self.table.keys.iter().map(|word| (word >> shift) & mask);
            let numbers = UInt32Array::from_iter_values(numbers);
            shift += bits;
            numbers
        })
    }
}

/// The columns in codes, if all are and share them.
fn one_origin<'a>(mut columns: impl Iterator<Item = &'a ArrayRef>) -> Option<Vec<&'a CodedArray>> {
    let first = as_coded(columns.next()?)?;
    let mut coded = vec![first];
    for column in columns {
        let column = as_coded(column)?;
        if !share_codes(first, column) {
            return None;
        }
        coded.push(column);
    }
    Some(coded)
}

/// A code whose number is not known.
const UNKNOWN: u32 = u32::MAX;

/// The numbers of the codes of some columns that share them.
#[derive(Default)]
struct KnownCodes {
    /// What the codes stand for, by column.
    dictionaries: Vec<ArrayRef>,
    /// By code, that of NULL last.
    numbers: Vec<u32>,
    /// By number, a code that has it, as far as all numbers of the table came from these dictionaries.
    codes: Vec<Option<u32>>,
}

impl KnownCodes {
    fn bytes(&self) -> usize {
        size_of_val(self.numbers.as_slice()) + size_of_val(self.codes.as_slice())
    }

    /// The keys of a table of so many, out of the dictionaries: nothing but views of strings is copied. None if the table
    /// has keys from elsewhere, or keys that it would give in another form: of equal keys, -0.0 and 0.0, there is one.
    fn representatives(&self, length: usize) -> Result<Option<Vec<ArrayRef>>> {
        let is_plain = |dictionary: &ArrayRef| {
            let data_type = dictionary.data_type();
            !data_type.is_floating() && !data_type.is_nested()
        };
        if self.dictionaries.is_empty()
            || self.codes.len() != length
            || !self.dictionaries.iter().all(is_plain)
        {
            return Ok(None);
        }
        let codes = UInt32Array::from(self.codes.clone());
        let keys = self.dictionaries.iter();
        let keys = keys.map(|dictionary| Ok(take(dictionary.as_ref(), &codes, None)?));
        keys.collect::<Result<_>>().map(Some)
    }

    /// Adds the numbers of all rows to words, moved up by `shift`; all codes must be known.
    fn add(&self, codes: &UInt32Array, shift: u32, words: &mut [u32]) {
        let numbers = self.numbers.as_slice();
        match codes.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => {
                for (word, code) in words.iter_mut().zip(codes.values()) {
                    *word |= numbers[*code as usize] << shift;
                }
            }
            Some(nulls) => {
                for (row, word) in words.iter_mut().enumerate() {
                    *word |= numbers[self.place(codes, nulls, row)] << shift;
                }
            }
        }
    }

    /// The number of every row, into `numbers`.
    fn numbers(
        &mut self,
        columns: &[&CodedArray],
        table: &mut GroupTable,
        numbers: &mut Vec<u32>,
    ) -> Result<()> {
        self.learn(columns, table)?;
        let codes = columns[0].keys();
        let known = self.numbers.as_slice();
        numbers.clear();
        match codes.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => numbers.extend(codes.values().iter().map(|code| known[*code as usize])),
            Some(nulls) => {
                let rows = 0..codes.len();
                numbers.extend(rows.map(|row| known[self.place(codes, nulls, row)]));
            }
        }
        Ok(())
    }

    /// Where the number of a row is.
    #[inline]
    fn place(&self, codes: &UInt32Array, nulls: &NullBuffer, row: usize) -> usize {
        match nulls.is_valid(row) {
            true => codes.values()[row] as usize,
            false => self.numbers.len() - 1,
        }
    }

    /// Makes the numbers of all codes known. What a new code stands for is looked up in the table, in the order in which
    /// codes come.
    fn learn(&mut self, columns: &[&CodedArray], table: &mut GroupTable) -> Result<()> {
        let is_known = self.dictionaries.len() == columns.len()
            && (self.dictionaries.iter().zip(columns))
                .all(|(known, column)| same_dictionary(known, column.values()));
        if !is_known {
            self.dictionaries = columns
                .iter()
                .map(|column| column.values().clone())
                .collect();
            self.codes.clear();
            self.numbers.clear();
            self.numbers.resize(columns[0].values().len() + 1, UNKNOWN);
        }
        let codes = columns[0].keys();
        let null = self.numbers.len() - 1;
        let mut new: Vec<Option<u32>> = Vec::new();
        let mut see = |place: usize| {
            let number = &mut self.numbers[place];
            if *number == UNKNOWN {
                // Until it has one.
                *number = 0;
                new.push((place < null).then_some(place as u32));
            }
        };
        match codes.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => codes.values().iter().for_each(|code| see(*code as usize)),
            Some(nulls) => {
                for row in 0..codes.len() {
                    see(match nulls.is_valid(row) {
                        true => codes.values()[row] as usize,
                        false => null,
                    });
                }
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let found = UInt32Array::from(new);
        let keys = columns
            .iter()
            .map(|column| take(column.values().as_ref(), &found, None));
        let keys: Vec<ArrayRef> = keys.collect::<Result<_, _>>()?;
        let mut groups = Vec::with_capacity(found.len());
        table.assign(&keys, found.len(), &mut groups)?;
        for (code, number) in found.iter().zip(groups) {
            // Numbers are given out in order.
            if number as usize == self.codes.len() {
                self.codes.push(code);
            }
            self.numbers[code.map_or(null, |code| code as usize)] = number;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Date32Array, Float64Array, Int64Array, StringViewArray};
    use arrow::datatypes::Float64Type;

    /// Keys as a join gives them: shop's name and region in codes, article's brand in others, a day.
    fn batch(
        rows: std::ops::Range<usize>,
        shops: &[ArrayRef; 2],
        brands: &ArrayRef,
    ) -> Vec<ArrayRef> {
        let codes = |step: usize, values: &ArrayRef| {
            let code = |row: usize| match row % 11 {
                5 => None,
                _ => Some((row * step % values.len()) as u32),
            };
            UInt32Array::from_iter(rows.clone().map(code))
        };
        let shop = CodedArray::try_new(codes(7, &shops[0]), shops[0].clone()).unwrap();
        let brand = CodedArray::try_new(codes(5, brands), brands.clone()).unwrap();
        let days = Date32Array::from_iter_values(rows.clone().map(|row| (row % 3) as i32));
        vec![
            Arc::new(shop.with_values(shops[1].clone())),
            Arc::new(brand),
            Arc::new(days),
            Arc::new(shop),
        ]
    }

    fn texts(count: usize, values: usize) -> ArrayRef {
        let text = |row: usize| (row % 13 != 4).then(|| format!("value {}", row % values));
        Arc::new(StringViewArray::from_iter((0..count).map(text)))
    }

    fn check(keys: &[usize], batches: &[Vec<ArrayRef>]) {
        let pick = |batch: &Vec<ArrayRef>| -> Vec<ArrayRef> {
            keys.iter().map(|key| batch[*key].clone()).collect()
        };
        let plain_of = |batch: &Vec<ArrayRef>| -> Vec<ArrayRef> {
            pick(batch).iter().map(|key| plain(key).unwrap()).collect()
        };
        let types: Vec<DataType> = (plain_of(&batches[0]).iter())
            .map(|key| key.data_type().clone())
            .collect();
        let mut coded = CodedGroupTable::new(types.clone());
        let mut expected = GroupTable::new(types);
        let (mut groups, mut wanted) = (Vec::new(), Vec::new());
        for batch in batches {
            let rows = batch[0].len();
            coded.assign(&pick(batch), rows, &mut groups).unwrap();
            expected
                .assign(&plain_of(batch), rows, &mut wanted)
                .unwrap();
            assert_eq!(groups, wanted);
        }
        assert_eq!(coded.len(), expected.len());
        assert_eq!(coded.keys().unwrap(), expected.keys().unwrap());
    }

    #[test]
    fn codes_give_the_groups_of_what_they_stand_for() {
        let shops = [
            texts(40, 30),
            Arc::new(Int64Array::from_iter_values((0..40).map(|s| s % 4))),
        ];
        let brands = texts(100, 17);
        let (one, more) = (
            batch(0..500, &shops, &brands),
            batch(400..2400, &shops, &brands),
        );
        for keys in [
            &[0, 3][..],
            &[3],
            &[1],
            &[0, 1, 2, 3],
            &[2, 1],
            &[2],
            &[3, 0, 1],
        ] {
            check(keys, &[one.clone(), more.clone()]);
        }
    }

    #[test]
    fn zeros_are_one_key() {
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, 0.0, 1.0]));
        let codes = UInt32Array::from(vec![0, 2, 1]);
        let column: ArrayRef = Arc::new(CodedArray::try_new(codes, zeros).unwrap());
        let batch = vec![column];
        check(&[0], &[batch.clone(), batch]);
        let mut table = CodedGroupTable::new(vec![DataType::Float64]);
        let codes = UInt32Array::from(vec![0, 2]);
        let values: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, 0.0, 1.0]));
        let column: ArrayRef = Arc::new(CodedArray::try_new(codes, values).unwrap());
        table.assign(&[column], 2, &mut Vec::new()).unwrap();
        let keys = table.keys().unwrap();
        assert!(
            keys[0]
                .as_primitive::<Float64Type>()
                .value(0)
                .is_sign_positive()
        );
    }

    #[test]
    fn dictionaries_may_change_and_codes_stay_away() {
        let shops = [texts(40, 30), texts(40, 3)];
        let others = [texts(9, 30), texts(9, 2)];
        let brands = texts(100, 17);
        let plain_batch = |batch: Vec<ArrayRef>| -> Vec<ArrayRef> {
            batch.iter().map(|key| plain(key).unwrap()).collect()
        };
        // The two columns of a shop no longer share their codes.
        let mut apart = batch(0..300, &shops, &brands);
        apart[0] = batch(3..303, &shops, &brands)[0].clone();
        let batches = [
            batch(0..500, &shops, &brands),
            batch(0..500, &others, &brands),
            plain_batch(batch(300..900, &others, &brands)),
            apart,
            batch(0..700, &shops, &brands),
        ];
        for keys in [&[0, 3][..], &[1], &[0, 1, 2, 3]] {
            check(keys, &batches);
            let mut plain_first = batches.to_vec();
            plain_first.swap(0, 2);
            check(keys, &plain_first);
        }
    }
}
