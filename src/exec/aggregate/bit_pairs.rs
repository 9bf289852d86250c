//! Distinct pairs of a group and a whole number, a bit each.
//!
//! ```text
//!   least = 64            64..128          128..192
//!   group 0     [ 0010…0100 | 0000…0001 ]   72, 126, 191
//!   group 1     [ 1000…0000 | 0000…0000 ]   64              and one bit more per group: NULL came
//! ```
//!
//! Few groups and numbers of a narrow span (keys of a dimension, days) take little memory that way, however many pairs
//! there are: one that was there before costs a load and a store, and two workers' pairs are put together by OR.

use crate::error::Result;
use crate::kernel::native::raw_values;
use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};

/// Bytes up to which the bits may grow: they stay in the caches of a core.
const MOST_BYTES: usize = 4 << 20;

/// The pairs.
pub(super) struct BitPairs {
    data_type: DataType,
    /// The number of the first bit of every group: a multiple of 64.
    least: i64,
    /// Words per group: a power of two.
    width: usize,
    /// By group, then by number.
    words: Vec<u64>,
    /// By group.
    nulls: Vec<bool>,
}

impl BitPairs {
    /// No pairs yet, with numbers of this type; None if it is none of whole numbers.
    pub fn new(data_type: &DataType) -> Option<BitPairs> {
        let is_whole = matches!(
            data_type,
            DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::Date32
                | DataType::Timestamp(..)
        );
        is_whole.then(|| BitPairs {
            data_type: data_type.clone(),
            least: 0,
            width: 0,
            words: Vec::new(),
            nulls: Vec::new(),
        })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice()) + self.nulls.len()
    }

    /// How many groups there is room for.
    pub fn groups(&self) -> usize {
        self.nulls.len()
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        let numbers = self.words.iter().map(|word| word.count_ones() as usize);
        numbers.sum::<usize>() + self.nulls.iter().filter(|came| **came).count()
    }

    /// Adds a pair per row; without groups, all are of group 0. False, and nothing is added, if the bits would become too
    /// many.
    pub fn add(&mut self, groups: Option<&[i32]>, numbers: &ArrayRef) -> bool {
        match numbers.data_type().primitive_width() {
            Some(1) => self.add_native::<i8>(groups, numbers),
            Some(2) => self.add_native::<i16>(groups, numbers),
            Some(4) => self.add_native::<i32>(groups, numbers),
            Some(8) => self.add_native::<i64>(groups, numbers),
            _ => false,
        }
    }

    fn add_native<T: ArrowNativeType + Into<i64>>(
        &mut self,
        groups: Option<&[i32]>,
        numbers: &ArrayRef,
    ) -> bool {
        let values = raw_values::<T>(numbers);
        let nulls = numbers.nulls().filter(|nulls| nulls.null_count() > 0);
        // What lies under a NULL is no number.
        let is_there = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        for (row, value) in values.iter().enumerate() {
            let value: i64 = (*value).into();
            let (below, above) = match is_there(row) {
                true => (value, value),
                false => (i64::MAX, i64::MIN),
            };
            (low, high) = (low.min(below), high.max(above));
        }
        let last = match groups {
            Some(groups) => groups.iter().fold(0, |last, group| last.max(*group)) as usize,
            None => 0,
        };
        if !self.make_room(last, low, high) {
            return false;
        }
        let (least, shift) = (self.least, self.width.trailing_zeros());
        for (row, value) in values.iter().enumerate() {
            let group = groups.map_or(0, |groups| groups[row] as usize);
            if !is_there(row) {
                self.nulls[group] = true;
                continue;
            }
            let bit = (*value).into().wrapping_sub(least) as usize;
            self.words[(group << shift) + bit / 64] |= 1 << (bit % 64);
        }
        true
    }

    /// Adds the pairs of others, `mine` being the group of each of their groups. False, and nothing is added, if the
    /// bits would become too many.
    pub fn merge(&mut self, others: &BitPairs, mine: &[u32]) -> bool {
        let last = mine.iter().fold(0, |last, group| last.max(*group)) as usize;
        let (low, high) = match others.width {
            0 => (i64::MAX, i64::MIN),
            width => (others.least, others.greatest(width)),
        };
        if !self.make_room(last, low, high) {
            return false;
        }
        for (group, came) in others.nulls.iter().enumerate().take(mine.len()) {
            self.nulls[mine[group] as usize] |= came;
        }
        let from = (others.least.wrapping_sub(self.least) / 64) as usize;
        let rows = others.words.chunks_exact(others.width.max(1));
        for (theirs, group) in rows.zip(mine) {
            let start = *group as usize * self.width + from;
            let words = self.words[start..].iter_mut().zip(theirs);
            words.for_each(|(word, other)| *word |= other);
        }
        true
    }

    /// Gives the pairs by group, the least number first, NULL before all: at most so many at once.
    pub fn for_each_batch(
        &self,
        most: usize,
        mut give: impl FnMut(Vec<u32>, ArrayRef) -> Result<()>,
    ) -> Result<()> {
        let (mut groups, mut numbers) = (Vec::with_capacity(most), Vec::with_capacity(most));
        let mut null_rows = Vec::new();
        for (group, came) in self.nulls.iter().enumerate() {
            if *came {
                null_rows.push(numbers.len());
                groups.push(group as u32);
                numbers.push(0);
            }
            let words = &self.words[group * self.width..(group + 1) * self.width];
            for (position, word) in words.iter().enumerate() {
                if numbers.len() + 64 > most {
                    let numbers = self.array(&std::mem::take(&mut numbers), &null_rows)?;
                    give(std::mem::take(&mut groups), numbers)?;
                    null_rows.clear();
                }
                let first = self.least.wrapping_add(position as i64 * 64);
                let mut rest = *word;
                groups.resize(groups.len() + rest.count_ones() as usize, group as u32);
                while rest != 0 {
                    numbers.push(first + i64::from(rest.trailing_zeros()));
                    rest &= rest - 1;
                }
            }
        }
        match numbers.is_empty() {
            true => Ok(()),
            false => give(groups, self.array(&numbers, &null_rows)?),
        }
    }

    /// The greatest number that there is room for with so many words per group.
    fn greatest(&self, width: usize) -> i64 {
        self.least.saturating_add(width as i64 * 64 - 1)
    }

    /// Makes room for groups up to `last` and numbers from `low` to `high`, none of them if `high` is less.
    fn make_room(&mut self, last: usize, low: i64, high: i64) -> bool {
        let (mut least, mut width) = (self.least, self.width);
        if low <= high {
            let (mut first, mut end) = (low, high);
            if width > 0 {
                (first, end) = (first.min(least), end.max(self.greatest(width)));
            }
            // Multiples of 64, so that words stay words where the least number changes.
            let first = first & !63;
            let Some(words) = (end.checked_sub(first)).map(|span| span as usize / 64 + 1) else {
                return false;
            };
            if words > MOST_BYTES / 8 {
                return false;
            }
            if words > width {
                // What there is more than needed is on the side to which the span grows.
                let downwards = width > 0 && first < least;
                width = words.next_power_of_two();
                least = match (end & !63).checked_sub((width as i64 - 1) * 64) {
                    Some(lower) if downwards => lower,
                    _ => first,
                };
            }
        }
        let groups = match last < self.nulls.len() {
            true => self.nulls.len(),
            false => (last + 1).next_power_of_two(),
        };
        if width * groups * 8 > MOST_BYTES {
            return false;
        }
        if (least, width, groups) == (self.least, self.width, self.nulls.len()) {
            return true;
        }
        let mut words = vec![0; width * groups];
        let from = match self.width {
            0 => 0,
            _ => (self.least.wrapping_sub(least) / 64) as usize,
        };
        for (group, known) in self.words.chunks_exact(self.width.max(1)).enumerate() {
            let start = group * width + from;
            words[start..start + self.width].copy_from_slice(known);
        }
        self.nulls.resize(groups, false);
        (self.least, self.width, self.words) = (least, width, words);
        true
    }

    /// Numbers as a column, NULL in these rows.
    fn array(&self, numbers: &[i64], null_rows: &[usize]) -> Result<ArrayRef> {
        fn buffer<T: ArrowNativeType>(numbers: &[i64], narrow: impl Fn(i64) -> T) -> Buffer {
            Buffer::from_vec(numbers.iter().map(|number| narrow(*number)).collect())
        }
        let buffer = match self.data_type.primitive_width() {
            Some(1) => buffer(numbers, |number| number as i8),
            Some(2) => buffer(numbers, |number| number as i16),
            Some(4) => buffer(numbers, |number| number as i32),
            _ => buffer(numbers, |number| number),
        };
        let nulls = (!null_rows.is_empty()).then(|| {
            let mut valid = vec![true; numbers.len()];
            null_rows.iter().for_each(|row| valid[*row] = false);
            NullBuffer::from(valid)
        });
        let data = ArrayData::builder(self.data_type.clone())
            .len(numbers.len())
            .add_buffer(buffer)
            .nulls(nulls);
        Ok(make_array(data.build()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Date32Array, Int64Array};
    use arrow::datatypes::{Date32Type, Int64Type};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    type Pairs = BTreeSet<(u32, Option<i64>)>;

    fn pairs(bits: &BitPairs, most: usize) -> Pairs {
        let mut pairs = Pairs::new();
        bits.for_each_batch(most, |groups, numbers| {
            assert_eq!(groups.len(), numbers.len());
            assert!(groups.len() <= most);
            let numbers = numbers.as_primitive::<Int64Type>();
            pairs.extend(groups.into_iter().zip(numbers));
            Ok(())
        })
        .unwrap();
        assert_eq!(pairs.len(), bits.len());
        pairs
    }

    fn add(bits: &mut BitPairs, groups: &[i32], numbers: Vec<Option<i64>>) -> bool {
        let numbers: ArrayRef = Arc::new(Int64Array::from(numbers));
        bits.add(Some(groups), &numbers)
    }

    #[test]
    fn spans_grow_at_both_ends_and_groups_come_later() {
        let mut bits = BitPairs::new(&DataType::Int64).unwrap();
        let mut expected = Pairs::new();
        let batches: [(&[i32], Vec<Option<i64>>); 5] = [
            (&[0, 0, 0], vec![None, None, None]),
            (&[0, 1, 0], vec![Some(100), Some(163), Some(100)]),
            (&[2, 2], vec![Some(-1), None]),
            (&[5, 0, 1], vec![Some(5000), Some(-70), None]),
            (&[0, 5], vec![Some(-200_000), Some(64)]),
        ];
        for (groups, numbers) in batches {
            let rows = groups.iter().zip(&numbers);
            expected.extend(rows.map(|(group, number)| (*group as u32, *number)));
            assert!(add(&mut bits, groups, numbers));
            assert_eq!(pairs(&bits, 1 << 16), expected);
        }
        assert_eq!(pairs(&bits, 65), expected);
    }

    #[test]
    fn too_wide_a_span_or_too_many_groups_are_refused_and_change_nothing() {
        let mut bits = BitPairs::new(&DataType::Int64).unwrap();
        assert!(add(&mut bits, &[0, 1], vec![Some(7), Some(9)]));
        let before = pairs(&bits, 128);
        for far in [i64::MAX, i64::MIN, 1 << 26, -(1 << 26)] {
            assert!(!add(&mut bits, &[0, 0], vec![Some(8), Some(far)]));
        }
        assert!(!add(&mut bits, &[1 << 20], vec![Some(8)]));
        assert_eq!(pairs(&bits, 128), before);
        // At the ends of the type there is nothing to overflow.
        for end in [i64::MAX, i64::MIN] {
            let mut bits = BitPairs::new(&DataType::Int64).unwrap();
            assert!(add(&mut bits, &[0], vec![Some(end)]));
            assert_eq!(pairs(&bits, 128), Pairs::from([(0, Some(end))]));
        }
        assert!(BitPairs::new(&DataType::Utf8View).is_none());
    }

    #[test]
    fn what_lies_under_null_is_no_number() {
        let mut bits = BitPairs::new(&DataType::Int64).unwrap();
        let valid = NullBuffer::from(vec![true, false]);
        let numbers: ArrayRef = Arc::new(Int64Array::new(vec![3, i64::MAX].into(), Some(valid)));
        assert!(bits.add(None, &numbers));
        assert_eq!(pairs(&bits, 128), Pairs::from([(0, None), (0, Some(3))]));
    }

    #[test]
    fn workers_are_put_together_by_their_own_groups() {
        let (mut one, mut other) = (
            BitPairs::new(&DataType::Int64).unwrap(),
            BitPairs::new(&DataType::Int64).unwrap(),
        );
        assert!(add(&mut one, &[0, 1], vec![Some(1000), None]));
        assert!(add(&mut other, &[0, 1, 1], vec![Some(1), Some(2000), None]));
        assert!(one.merge(&other, &[1, 2]));
        let expected = [
            (0, Some(1000)),
            (1, None),
            (1, Some(1)),
            (2, None),
            (2, Some(2000)),
        ];
        assert_eq!(pairs(&one, 128), Pairs::from(expected));
        let mut far = BitPairs::new(&DataType::Int64).unwrap();
        assert!(add(&mut far, &[0], vec![Some(1 << 40)]));
        assert!(!one.merge(&far, &[0]));
        assert_eq!(pairs(&one, 128), Pairs::from(expected));
        // Nothing but NULL has no span.
        let mut nothing = BitPairs::new(&DataType::Int64).unwrap();
        assert!(add(&mut nothing, &[0], vec![None]));
        assert!(one.merge(&nothing, &[0]));
        assert!(pairs(&one, 128).contains(&(0, None)));
    }

    #[test]
    fn days_stay_days() {
        let mut bits = BitPairs::new(&DataType::Date32).unwrap();
        let days: ArrayRef = Arc::new(Date32Array::from(vec![-1, 19_000, -1]));
        assert!(bits.add(None, &days));
        bits.for_each_batch(128, |_, days| {
            let days = days.as_primitive::<Date32Type>().values().to_vec();
            assert_eq!(days, [-1, 19_000]);
            Ok(())
        })
        .unwrap();
    }
}
