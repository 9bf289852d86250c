//! Which rows of a batch an accumulator adds, and the loops over them.
//!
//! A row counts where no argument is NULL and the FILTER is true. [`Rows`] folds both into one bitmap once a
//! batch and then walks it 64 rows at a time: full words run as plain counted loops, empty ones are skipped.
//! An accumulator of one group does not read the group numbers at all.

use super::few_groups;
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use std::ops::Deref;

/// The rows of a batch that count, with their groups.
pub(super) struct Rows<'a> {
    groups: &'a [u32],
    /// Rows that count; None for all.
    mask: Option<BooleanBuffer>,
    group_count: usize,
}

impl<'a> Rows<'a> {
    /// The rows where every one of `arguments` is valid and `filter` is true, of an accumulator that holds
    /// `group_count` groups.
    pub(super) fn new(
        groups: &'a [u32],
        group_count: usize,
        arguments: &[&ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Self {
        Rows {
            groups,
            mask: counted(arguments, filter),
            group_count,
        }
    }

    /// Whether the accumulator has one group, so that all rows go to group 0.
    pub(super) fn is_single_group(&self) -> bool {
        self.group_count == 1
    }

    /// The groups of all rows, if every row counts and there are few groups, but more than one.
    pub(super) fn few_groups(&self) -> Option<&[u32]> {
        let few = 2..=few_groups::MOST_GROUPS;
        (self.is_dense() && few.contains(&self.group_count)).then_some(self.groups)
    }

    /// Whether every row of the batch counts.
    pub(super) fn is_dense(&self) -> bool {
        self.mask.is_none()
    }

    /// How many rows count.
    pub(super) fn count(&self) -> usize {
        match &self.mask {
            None => self.groups.len(),
            Some(mask) => mask.count_set_bits(),
        }
    }

    /// Adds the rows that count to the count of their group.
    pub(super) fn count_into(&self, counts: &mut [i64]) {
        if self.is_single_group() {
            counts[0] += self.count() as i64;
        } else if let Some(batch) = self.few_groups().and_then(few_groups::counts) {
            for (count, own) in counts.iter_mut().zip(batch) {
                *count += own;
            }
        } else {
            self.for_each(|_, group| counts[group] += 1);
        }
    }

    /// Calls `f(row, group)` for every row that counts, in order.
    #[inline]
    pub(super) fn for_each(&self, mut f: impl FnMut(usize, usize)) {
        if self.is_single_group() {
            self.for_each_row(|row| f(row, 0));
        } else {
            let groups = self.groups;
            self.for_each_row(|row| f(row, groups[row] as usize));
        }
    }

    /// Calls `f(row)` for every row that counts, in order.
    #[inline]
    pub(super) fn for_each_row(&self, mut f: impl FnMut(usize)) {
        let Some(mask) = &self.mask else {
            for row in 0..self.groups.len() {
                f(row);
            }
            return;
        };
        let chunks = mask.bit_chunks();
        let words = chunks
            .iter()
            .chain(std::iter::once(chunks.remainder_bits()));
        for (index, mut word) in words.enumerate() {
            let base = index * 64;
            if word == u64::MAX {
                for row in base..base + 64 {
                    f(row);
                }
                continue;
            }
            while word != 0 {
                f(base + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    /// Calls `f(value, group)` for every row that counts, in order; `values` has one for each row.
    #[inline]
    pub(super) fn for_each_value<T: Copy>(&self, values: &[T], mut f: impl FnMut(T, usize)) {
        match (&self.mask, self.is_single_group()) {
            (None, false) => {
                for (value, group) in values.iter().zip(self.groups) {
                    f(*value, *group as usize);
                }
            }
            (None, true) => values.iter().for_each(|value| f(*value, 0)),
            _ => self.for_each(|row, group| f(values[row], group)),
        }
    }
}

/// Which groups have got a row that counts.
///
/// Once all have, as is soon so where there are few, batches need no marking any more.
#[derive(Debug, Default)]
pub(super) struct Seen {
    flags: Vec<bool>,
    marked: usize,
}

impl Seen {
    /// Makes room for groups.
    pub(super) fn resize(&mut self, groups: usize) {
        self.flags.resize(groups, false);
    }

    /// Marks the groups that get at least one row.
    pub(super) fn mark(&mut self, rows: &Rows) {
        if self.marked == self.flags.len() {
            return;
        }
        if rows.is_single_group() {
            if rows.count() > 0 {
                self.mark_group(0);
            }
        } else {
            rows.for_each(|_, group| self.mark_group(group));
        }
    }

    /// Makes groups of these flags, in place of those that were there.
    pub(super) fn assign(&mut self, flags: impl Iterator<Item = bool>) {
        self.flags.clear();
        self.flags.extend(flags);
        self.marked = self.flags.iter().filter(|flag| **flag).count();
    }

    /// Marks one group.
    #[inline]
    pub(super) fn mark_group(&mut self, group: usize) {
        self.marked += usize::from(!self.flags[group]);
        self.flags[group] = true;
    }

    /// Forgets all marks.
    pub(super) fn reset(&mut self) {
        self.flags.fill(false);
        self.marked = 0;
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.flags.capacity()
    }
}

impl Deref for Seen {
    type Target = [bool];

    fn deref(&self) -> &[bool] {
        &self.flags
    }
}

/// The rows where every argument is valid and `filter` is true; None for all.
pub(super) fn counted(
    arguments: &[&ArrayRef],
    filter: Option<&BooleanArray>,
) -> Option<BooleanBuffer> {
    let mut mask = filter.map(is_true);
    for argument in arguments {
        if let Some(nulls) = argument.logical_nulls()
            && nulls.null_count() > 0
        {
            mask = Some(and(mask, nulls));
        }
    }
    // A mask that lets everything through would only slow the loops down.
    mask.filter(|mask| mask.count_set_bits() < mask.len())
}

/// The rows where a boolean is true: neither false nor NULL.
pub(super) fn is_true(array: &BooleanArray) -> BooleanBuffer {
    match array.nulls() {
        None => array.values().clone(),
        Some(nulls) => array.values() & nulls.inner(),
    }
}

fn and(mask: Option<BooleanBuffer>, nulls: NullBuffer) -> BooleanBuffer {
    match mask {
        None => nulls.into_inner(),
        Some(mask) => &mask & nulls.inner(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int32Array;
    use std::sync::Arc;

    #[test]
    fn walks_only_rows_that_count() {
        let values: Vec<Option<i32>> = (0..200).map(|i| (i % 3 != 0).then_some(i)).collect();
        let values: ArrayRef = Arc::new(Int32Array::from(values));
        let filter: BooleanArray = (0..200).map(|i| (i % 5 != 0).then_some(i < 150)).collect();
        let groups: Vec<u32> = (0..200).map(|i| i % 2).collect();
        let rows = Rows::new(&groups, 2, &[&values], Some(&filter));
        let mut seen = Vec::new();
        rows.for_each(|row, group| seen.push((row, group)));
        let expected: Vec<(usize, usize)> = (0..150)
            .filter(|i| i % 3 != 0 && i % 5 != 0)
            .map(|i| (i, i % 2))
            .collect();
        assert_eq!(seen, expected);
        assert_eq!(rows.count(), expected.len());
    }
}
