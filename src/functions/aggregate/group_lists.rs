//! All values of each group, in the order they came (`collect_list`, `listagg`, `histogram_numeric`).
//!
//! Values are kept as they arrive, chunk by chunk, with the number of their group; only when results are
//! asked for are they sorted by group, with one counting sort for all groups.
//!
//! ```text
//!   chunks  [a b c] [d e]        offsets  0   2     5
//!   groups   1 0 1   1 0    ──►  values  [b e | a c d]
//! ```

use super::kernel::vec_bytes;
use super::rows::Rows;
use crate::error::Result;
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array, new_empty_array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::Field;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// Where the entries of each group are: those of group `g` are `order[offsets[g]..offsets[g + 1]]`.
pub(super) struct Layout {
    pub(super) offsets: Vec<u32>,
    pub(super) order: Vec<u32>,
}

impl Layout {
    /// A stable counting sort of entries by group.
    pub(super) fn new(groups: &[u32], group_count: usize) -> Self {
        let mut offsets = vec![0u32; group_count + 1];
        for group in groups {
            offsets[*group as usize + 1] += 1;
        }
        for group in 0..group_count {
            offsets[group + 1] += offsets[group];
        }
        let mut next = offsets.clone();
        let mut order = vec![0u32; groups.len()];
        for (entry, group) in groups.iter().enumerate() {
            let place = &mut next[*group as usize];
            order[*place as usize] = entry as u32;
            *place += 1;
        }
        Layout { offsets, order }
    }

    /// The entries of a group.
    pub(super) fn entries(&self, group: usize) -> &[u32] {
        &self.order[self.offsets[group] as usize..self.offsets[group + 1] as usize]
    }
}

/// The values of all groups.
pub(super) struct GroupLists {
    data_type: DataType,
    contains_null: bool,
    chunks: Vec<ArrayRef>,
    groups: Vec<u32>,
    group_count: usize,
    /// Values in the order of the layout, with its offsets. Made on demand.
    sorted: OnceCell<(ArrayRef, Vec<u32>)>,
}

impl GroupLists {
    /// Lists of values of a type; `contains_null` says whether NULLs are among them.
    pub(super) fn new(data_type: &DataType, contains_null: bool) -> Self {
        GroupLists {
            data_type: data_type.clone(),
            contains_null,
            chunks: Vec::new(),
            groups: Vec::new(),
            group_count: 0,
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

    /// Appends the values of the rows that count.
    pub(super) fn add(&mut self, values: &ArrayRef, rows: &Rows) -> Result<()> {
        self.sorted.take();
        if rows.is_dense() {
            self.chunks.push(values.clone());
            rows.for_each(|_, group| self.groups.push(group as u32));
            return Ok(());
        }
        let mut indices = Vec::with_capacity(rows.count());
        rows.for_each(|row, group| {
            indices.push(row as u32);
            self.groups.push(group as u32);
        });
        if !indices.is_empty() {
            self.chunks
                .push(take(values.as_ref(), &UInt32Array::from(indices), None)?);
        }
        Ok(())
    }

    /// Appends lists that another accumulator gave out.
    pub(super) fn merge(&mut self, lists: &ArrayRef, group_of_row: &[u32]) {
        self.sorted.take();
        let lists = lists.as_list::<i32>();
        let offsets = lists.offsets();
        let (first, last) = (offsets[0] as usize, offsets[lists.len()] as usize);
        if first == last {
            return;
        }
        self.chunks.push(lists.values().slice(first, last - first));
        for (group, range) in group_of_row.iter().zip(offsets.windows(2)) {
            let length = (range[1] - range[0]) as usize;
            self.groups.extend(std::iter::repeat_n(*group, length));
        }
    }

    fn sorted(&self) -> Result<&(ArrayRef, Vec<u32>)> {
        if let Some(sorted) = self.sorted.get() {
            return Ok(sorted);
        }
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(|chunk| chunk.as_ref()).collect();
        let values = match chunks.as_slice() {
            [] => new_empty_array(&arrow_type(&self.data_type)),
            [_] => self.chunks[0].clone(),
            chunks => concat(chunks)?,
        };
        let sorted = if self.group_count == 1 {
            (values, vec![0, self.groups.len() as u32])
        } else {
            let layout = Layout::new(&self.groups, self.group_count);
            let order = UInt32Array::from(layout.order);
            (take(values.as_ref(), &order, None)?, layout.offsets)
        };
        Ok(self.sorted.get_or_init(|| sorted))
    }

    /// The values of one group.
    pub(super) fn values(&self, group: usize) -> Result<ArrayRef> {
        let (values, offsets) = self.sorted()?;
        let (from, to) = (offsets[group] as usize, offsets[group + 1] as usize);
        Ok(values.slice(from, to - from))
    }

    /// The values of a range of groups as an array of lists.
    pub(super) fn lists(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let (values, offsets) = self.sorted()?;
        let offsets = &offsets[groups.start..=groups.end];
        let first = offsets[0];
        let last = offsets[offsets.len() - 1];
        let values = values.slice(first as usize, (last - first) as usize);
        let offsets: Vec<i32> = offsets
            .iter()
            .map(|offset| (offset - first) as i32)
            .collect();
        list_array(&self.data_type, self.contains_null, offsets, values)
    }

    /// Drops all values.
    pub(super) fn reset(&mut self) {
        self.chunks.clear();
        self.groups.clear();
        self.sorted.take();
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        let chunks: usize = (self.chunks.iter())
            .map(|chunk| chunk.get_array_memory_size())
            .sum();
        chunks + vec_bytes(&self.groups)
    }
}

/// An array of lists without NULL lists.
pub(super) fn list_array(
    element: &DataType,
    contains_null: bool,
    offsets: Vec<i32>,
    values: ArrayRef,
) -> Result<ArrayRef> {
    let field = Field::new("element", arrow_type(element), contains_null);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(ListArray::try_new(
        Arc::new(field),
        offsets,
        values,
        None,
    )?))
}
