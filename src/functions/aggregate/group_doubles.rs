//! All numbers of each group, for exact percentiles.
//!
//! ```text
//!   update ─► values [9 4 7 4]  groups [1 0 1 0]     as they come; sorted by group once, on demand
//!   merge  ─► lists  [4 4] [9 7]                     kept as they are, with the group of each
//!   equal ones, where many are:  entries (group, value, times)
//! ```
//!
//! Plain values cost twelve bytes each and no search. Whenever they have doubled, a sample says whether many are
//! equal; only then, or where a call has frequencies, are they put together to entries.

use super::group_lists::{Layout, list_array};
use super::kernel::vec_bytes;
use super::rows::Rows;
use crate::error::Result;
use crate::types::DataType;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Float64Type, Int64Type};
use foldhash::fast::FixedState;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

/// Values or entries from which on it may pay to put equal ones together.
const MANY: usize = 1 << 20;
/// How many values tell whether many are equal.
const SAMPLE: usize = 1 << 14;
/// Lists that are shorter than this on average are copied value by value.
const SHORT_LIST: usize = 16;

/// A double as a whole number of the same order: NaN, whatever its bits, is the largest. -0.0 comes right before
/// 0.0, which it equals.
#[inline]
pub(super) fn ordered(value: f64) -> i64 {
    let value = if value.is_nan() { f64::NAN } else { value };
    flip(value.to_bits() as i64)
}

/// The double of an ordered number.
#[inline]
pub(super) fn unordered(key: i64) -> f64 {
    f64::from_bits(flip(key) as u64)
}

/// Negative doubles grow with falling bits.
#[inline]
fn flip(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// A value of a group that occurs several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    group: u32,
    value: i64,
    times: i64,
}

/// A list that another store gave out.
struct Segment {
    chunk: u32,
    start: u32,
    length: u32,
}

/// The values of all groups.
pub(super) struct GroupDoubles {
    values: Vec<f64>,
    groups: Vec<u32>,
    chunks: Vec<ScalarBuffer<f64>>,
    segments: Vec<Segment>,
    segment_groups: Vec<u32>,
    entries: Vec<Entry>,
    group_count: usize,
    /// Number of values at which to look for equal ones next.
    value_limit: usize,
    /// Number of entries at which to put equal ones together next.
    entry_limit: usize,
    sorted: OnceCell<Sorted>,
}

/// Everything by group.
struct Sorted {
    values: Vec<f64>,
    value_ends: Vec<usize>,
    segments: Layout,
    entries: Layout,
}

impl GroupDoubles {
    pub(super) fn new() -> Self {
        GroupDoubles {
            values: Vec::new(),
            groups: Vec::new(),
            chunks: Vec::new(),
            segments: Vec::new(),
            segment_groups: Vec::new(),
            entries: Vec::new(),
            group_count: 0,
            value_limit: MANY,
            entry_limit: MANY,
            sorted: OnceCell::new(),
        }
    }

    /// How many groups there are.
    pub(super) fn group_count(&self) -> usize {
        self.group_count
    }

    /// Makes room for groups.
    pub(super) fn resize(&mut self, groups: usize) {
        self.group_count = groups;
        self.sorted.take();
    }

    /// Adds the values of the rows that count.
    pub(super) fn add(&mut self, values: &[f64], rows: &Rows) {
        self.sorted.take();
        if rows.is_dense() {
            self.values.extend_from_slice(values);
            self.groups.reserve(values.len());
            rows.for_each(|_, group| self.groups.push(group as u32));
        } else {
            rows.for_each(|row, group| {
                self.values.push(values[row]);
                self.groups.push(group as u32);
            });
        }
        self.look_for_equals();
    }

    /// Adds a value that occurs several times.
    pub(super) fn add_times(&mut self, group: u32, value: f64, times: i64) {
        if times == 0 {
            return;
        }
        self.sorted.take();
        self.entries.push(Entry {
            group,
            value: ordered(value),
            times,
        });
        if self.entries.len() >= self.entry_limit {
            self.put_equals_together();
        }
    }

    /// Adds what [`GroupDoubles::states`] of other groups gave.
    pub(super) fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) {
        self.sorted.take();
        let lists = states[0].as_list::<i32>();
        let offsets = lists.offsets();
        let values = lists.values().as_primitive::<Float64Type>().values();
        let count = (offsets[lists.len()] - offsets[0]) as usize;
        if count < lists.len() * SHORT_LIST {
            self.values
                .extend_from_slice(&values[offsets[0] as usize..][..count]);
            for (group, range) in group_of_row.iter().zip(offsets.windows(2)) {
                let length = (range[1] - range[0]) as usize;
                self.groups.extend(std::iter::repeat_n(*group, length));
            }
            self.look_for_equals();
        } else {
            let chunk = self.chunks.len() as u32;
            self.chunks.push(values.clone());
            for (group, range) in group_of_row.iter().zip(offsets.windows(2)) {
                if range[0] < range[1] {
                    self.segment_groups.push(*group);
                    self.segments.push(Segment {
                        chunk,
                        start: range[0] as u32,
                        length: (range[1] - range[0]) as u32,
                    });
                }
            }
        }
        let lists = states[1].as_list::<i32>();
        let values = lists.values().as_primitive::<Float64Type>().values();
        let times = states[2].as_list::<i32>();
        let times_start = times.offsets()[0] as usize;
        let times = times.values().as_primitive::<Int64Type>().values();
        let start = lists.offsets()[0] as usize;
        for (group, range) in group_of_row.iter().zip(lists.offsets().windows(2)) {
            for index in range[0] as usize..range[1] as usize {
                self.add_times(*group, values[index], times[index - start + times_start]);
            }
        }
    }

    /// Per group the plain values, the values that occur several times, and how often they do.
    pub(super) fn states(&self) -> Result<Vec<ArrayRef>> {
        let sorted = self.sorted();
        let (mut plain, mut plain_offsets) = (Vec::new(), vec![0i32]);
        if self.segments.is_empty() {
            plain.extend_from_slice(&sorted.values);
            plain_offsets.extend(sorted.value_ends.iter().map(|end| *end as i32));
        } else {
            for group in 0..self.group_count {
                self.for_each_run(group, |run| plain.extend_from_slice(run));
                plain_offsets.push(plain.len() as i32);
            }
        }
        let (mut values, mut times) = (Vec::new(), Vec::new());
        let mut offsets = vec![0i32];
        for group in 0..self.group_count {
            for entry in sorted.entries.entries(group) {
                let entry = &self.entries[*entry as usize];
                values.push(unordered(entry.value));
                times.push(entry.times);
            }
            offsets.push(values.len() as i32);
        }
        let doubles = |values: Vec<f64>, offsets: Vec<i32>| {
            let values = Arc::new(Float64Array::from(values));
            list_array(&DataType::Double, false, offsets, values)
        };
        let times = Arc::new(Int64Array::from(times));
        Ok(vec![
            doubles(plain, plain_offsets)?,
            doubles(values, offsets.clone())?,
            list_array(&DataType::Long, false, offsets, times)?,
        ])
    }

    /// The plain values of a group as ordered numbers, into `into`.
    pub(super) fn plain(&self, group: usize, into: &mut Vec<i64>) {
        into.clear();
        self.for_each_run(group, |run| {
            into.extend(run.iter().map(|value| ordered(*value)))
        });
    }

    /// Whether values of a group are held with how often they occur.
    pub(super) fn has_entries(&self, group: usize) -> bool {
        !self.entries.is_empty() && !self.sorted().entries.entries(group).is_empty()
    }

    /// All values of a group in order, each with how often it occurs.
    pub(super) fn counted(&self, group: usize) -> Vec<(i64, i64)> {
        let mut counted: Vec<(i64, i64)> = Vec::new();
        self.for_each_run(group, |run| {
            counted.extend(run.iter().map(|value| (ordered(*value), 1)))
        });
        let entries = self.sorted().entries.entries(group).iter();
        counted.extend(entries.map(|entry| {
            let entry = &self.entries[*entry as usize];
            (entry.value, entry.times)
        }));
        counted.sort_unstable();
        counted
    }

    /// Drops all values.
    pub(super) fn reset(&mut self) {
        *self = GroupDoubles {
            values: std::mem::take(&mut self.values),
            groups: std::mem::take(&mut self.groups),
            group_count: self.group_count,
            ..GroupDoubles::new()
        };
        self.values.clear();
        self.groups.clear();
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        let listed: usize = self.segments.iter().map(|list| list.length as usize).sum();
        vec_bytes(&self.values)
            + vec_bytes(&self.groups)
            + vec_bytes(&self.segments)
            + vec_bytes(&self.segment_groups)
            + vec_bytes(&self.entries)
            + listed * size_of::<f64>()
    }

    fn for_each_run(&self, group: usize, mut f: impl FnMut(&[f64])) {
        let sorted = self.sorted();
        let start = match group {
            0 => 0,
            _ => sorted.value_ends[group - 1],
        };
        f(&sorted.values[start..sorted.value_ends[group]]);
        if self.segments.is_empty() {
            return;
        }
        for segment in sorted.segments.entries(group) {
            let segment = &self.segments[*segment as usize];
            let values = &self.chunks[segment.chunk as usize];
            f(&values[segment.start as usize..][..segment.length as usize]);
        }
    }

    fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| {
            let mut next = vec![0usize; self.group_count + 1];
            for group in &self.groups {
                next[*group as usize + 1] += 1;
            }
            for group in 0..self.group_count {
                next[group + 1] += next[group];
            }
            let mut values = vec![0.0; self.values.len()];
            for (value, group) in self.values.iter().zip(&self.groups) {
                let place = &mut next[*group as usize];
                values[*place] = *value;
                *place += 1;
            }
            // Every place has moved to the end of its group.
            next.truncate(self.group_count);
            let entry_groups: Vec<u32> = self.entries.iter().map(|entry| entry.group).collect();
            Sorted {
                values,
                value_ends: next,
                segments: Layout::new(&self.segment_groups, self.group_count),
                entries: Layout::new(&entry_groups, self.group_count),
            }
        })
    }

    /// Puts equal values together if a sample says that they are at most a quarter as many.
    fn look_for_equals(&mut self) {
        let count = self.values.len();
        if count < self.value_limit {
            return;
        }
        let mut seen = HashSet::with_capacity_and_hasher(SAMPLE, FixedState::default());
        // Odd, so that rows that come in turns are all drawn.
        let step = (count / SAMPLE - 1) | 1;
        for index in (0..SAMPLE).map(|i| i * step) {
            seen.insert((self.groups[index], self.values[index].to_bits()));
        }
        // Of n different values, a sample of s draws about s² / 2n twice.
        let twice = SAMPLE - seen.len();
        if twice * count / 4 >= SAMPLE * SAMPLE / 2 {
            self.put_equals_together();
        } else {
            self.value_limit = count * 2;
        }
    }

    fn put_equals_together(&mut self) {
        let plain = self.values.drain(..).zip(self.groups.drain(..));
        self.entries.extend(plain.map(|(value, group)| Entry {
            group,
            value: ordered(value),
            times: 1,
        }));
        self.entries.sort_unstable();
        self.entries.dedup_by(|next, entry| {
            let same = (next.group, next.value) == (entry.group, entry.value);
            if same {
                entry.times += next.times;
            }
            same
        });
        self.entries.shrink_to_fit();
        self.entry_limit = (self.entries.len() * 2).max(MANY);
        self.value_limit = self.entries.len().max(MANY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_keep_their_order() {
        let values = [
            f64::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            1e-300,
            2.0,
            f64::INFINITY,
        ];
        let keys: Vec<i64> = values.iter().map(|value| ordered(*value)).collect();
        assert!(keys.is_sorted());
        for (value, key) in values.iter().zip(&keys) {
            assert_eq!(unordered(*key).to_bits(), value.to_bits());
        }
        assert!(ordered(-f64::NAN) > ordered(f64::INFINITY));
        assert_eq!(ordered(-f64::NAN), ordered(f64::NAN));
    }

    #[test]
    fn equal_values_are_put_together_where_many_are() {
        let groups: Vec<u32> = (0..4096).map(|row| row % 2).collect();
        let rows = Rows::new(&groups, 2, &[], None);
        let few: Vec<f64> = (0..4096).map(|row| f64::from(row % 7)).collect();
        let mut store = GroupDoubles::new();
        store.resize(2);
        for _ in 0..400 {
            store.add(&few, &rows);
        }
        assert!(store.has_entries(0) && store.bytes() < 40 << 20);
        let total = |store: &GroupDoubles, group| {
            let counted = store.counted(group);
            counted.iter().map(|(_, times)| times).sum::<i64>()
        };
        assert_eq!(total(&store, 0) + total(&store, 1), 400 * 4096);

        let mut different = GroupDoubles::new();
        different.resize(2);
        for round in 0..400 {
            let values: Vec<f64> = (0..4096).map(|row| f64::from(round * 4096 + row)).collect();
            different.add(&values, &rows);
        }
        assert!(!different.has_entries(0) && !different.has_entries(1));

        let mut merged = GroupDoubles::new();
        merged.resize(2);
        merged.merge(&store.states().unwrap(), &[1, 0]);
        merged.merge(&different.states().unwrap(), &[0, 0]);
        assert_eq!(total(&merged, 1), total(&store, 0));
        assert_eq!(total(&merged, 0), total(&store, 1) + 400 * 4096);
    }
}
