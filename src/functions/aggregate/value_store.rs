//! One value of any type per group, for the aggregates that keep values of the data (`first`, `max_by`).
//!
//! Winning rows are taken out of each batch into a small chunk; a group remembers chunk and row. Once more
//! than half of the rows held belong to no group any more, everything is gathered into one chunk.
//!
//! ```text
//!   place of group:   0 → (1, 0)   1 → (0, 1)   2 → none
//!   chunks:           0: [a, b]    1: [c]            (a is garbage since group 0 moved on to c)
//! ```

use super::kernel::vec_bytes;
use crate::error::Result;
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{interleave, take};
use arrow::datatypes::DataType as ArrowType;
use std::ops::Range;

/// No value yet.
const NOWHERE: (u32, u32) = (u32::MAX, 0);

/// A value or nothing for every group.
pub(super) struct ValueStore {
    arrow: ArrowType,
    chunks: Vec<ArrayRef>,
    place: Vec<(u32, u32)>,
    rows_held: usize,
}

impl ValueStore {
    /// A store for values of a type.
    pub(super) fn new(data_type: &DataType) -> Self {
        ValueStore {
            arrow: arrow_type(data_type),
            chunks: Vec::new(),
            place: Vec::new(),
            rows_held: 0,
        }
    }

    /// Makes room for groups.
    pub(super) fn resize(&mut self, groups: usize) {
        self.place.resize(groups, NOWHERE);
    }

    /// Whether a group has a value (which may be NULL).
    pub(super) fn is_set(&self, group: usize) -> bool {
        self.place[group] != NOWHERE
    }

    /// Sets groups to rows of `array`; where a group occurs more than once, its last entry counts.
    pub(super) fn assign(&mut self, array: &ArrayRef, winners: &[(u32, u32)]) -> Result<()> {
        if winners.is_empty() {
            return Ok(());
        }
        let mut rows = Vec::with_capacity(winners.len());
        let chunk = self.chunks.len() as u32;
        for (group, row) in winners {
            let place = &mut self.place[*group as usize];
            if place.0 == chunk {
                rows[place.1 as usize] = *row;
            } else {
                *place = (chunk, rows.len() as u32);
                rows.push(*row);
            }
        }
        self.rows_held += rows.len();
        let taken = take(array.as_ref(), &UInt32Array::from(rows), None)?;
        self.chunks.push(compact_views(taken));
        if self.chunks.len() > 1 && self.rows_held > 2 * self.place.len() + 1024 {
            self.compact()?;
        }
        Ok(())
    }

    /// The values of a range of groups, NULL where there is none.
    pub(super) fn gather(&self, groups: Range<usize>) -> Result<ArrayRef> {
        if self.arrow == ArrowType::Null {
            return Ok(new_null_array(&ArrowType::Null, groups.len()));
        }
        let none = new_null_array(&self.arrow, 1);
        let arrays: Vec<&dyn Array> = (self.chunks.iter().map(|chunk| chunk.as_ref()))
            .chain([none.as_ref()])
            .collect();
        let last = arrays.len() - 1;
        let places: Vec<(usize, usize)> = (self.place[groups].iter())
            .map(|(chunk, row)| match *chunk {
                u32::MAX => (last, 0),
                chunk => (chunk as usize, *row as usize),
            })
            .collect();
        Ok(interleave(&arrays, &places)?)
    }

    /// Sets all groups to nothing.
    pub(super) fn reset(&mut self) {
        self.place.fill(NOWHERE);
        self.chunks.clear();
        self.rows_held = 0;
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        let chunks: usize = (self.chunks.iter())
            .map(|chunk| chunk.get_array_memory_size())
            .sum();
        vec_bytes(&self.place) + chunks
    }

    fn compact(&mut self) -> Result<()> {
        let gathered = self.gather(0..self.place.len())?;
        for (row, place) in self.place.iter_mut().enumerate() {
            if *place != NOWHERE {
                *place = (0, row as u32);
            }
        }
        self.rows_held = gathered.len();
        self.chunks = vec![compact_views(gathered)];
        Ok(())
    }
}

/// Views taken out of a batch would keep the whole batch's buffers alive.
fn compact_views(array: ArrayRef) -> ArrayRef {
    use arrow::array::AsArray;
    use std::sync::Arc;
    match array.data_type() {
        ArrowType::Utf8View => Arc::new(array.as_string_view().gc()),
        ArrowType::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => array,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, StringViewArray};
    use std::sync::Arc;

    #[test]
    fn keeps_the_last_value_of_each_group() {
        let mut store = ValueStore::new(&DataType::String);
        store.resize(3);
        let batch: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some("c")]));
        for _ in 0..2000 {
            store.assign(&batch, &[(0, 0), (1, 1), (0, 2)]).unwrap();
        }
        assert!(store.rows_held < 2000, "garbage is collected");
        let values = store.gather(0..3).unwrap();
        let values: Vec<Option<&str>> = values.as_string_view().iter().collect();
        assert_eq!(values, [Some("c"), None, None]);
        assert!(store.is_set(1) && !store.is_set(2));
    }
}
