//! Functions that give back a part of a string, without copying it.
//!
//! A string view is a length and a place in a shared buffer. The view of a part needs only other numbers, so
//! `substring`, `trim` and their kin cost a few instructions a row and no memory but the views:
//!
//! ```text
//!   buffer   …S p a r k   i s   f a s t…
//!   argument     └──────── 13 ────────┘
//!   result                   └── 4 ──┘        parts of up to 12 bytes lie in the view itself
//! ```
//!
//! The result keeps the argument's buffers alive, however little of them it uses.

use super::Column;
use super::lift::{Read, Rows, Text, column_of, rows_to_compute, union_nulls};
use super::view::{INLINE, view_of};
use crate::error::{Error, Result};
use arrow::array::StringViewArray;
use arrow::buffer::{NullBuffer, ScalarBuffer};
use std::ops::Range;
use std::sync::Arc;

/// Collects views of parts of the strings of one array.
pub struct Slicer<'a> {
    source: &'a StringViewArray,
    views: Vec<u128>,
    valid: Vec<bool>,
    all_valid: bool,
}

impl<'a> Slicer<'a> {
    /// For parts of the strings of `source`.
    pub fn new(source: &'a StringViewArray, capacity: usize) -> Self {
        Slicer {
            source,
            views: Vec::with_capacity(capacity),
            valid: Vec::with_capacity(capacity),
            all_valid: true,
        }
    }

    /// Adds a part of the string at `index`, or NULL.
    #[inline]
    pub fn push(&mut self, index: usize, part: Option<Range<usize>>) -> Result<()> {
        let Some(range) = part else {
            self.views.push(0);
            self.valid.push(false);
            self.all_valid = false;
            return Ok(());
        };
        let text = self.source.value(index);
        let Some(part) = text.get(range.clone()) else {
            return Err(Error::internal("a part outside its string"));
        };
        let view = if part.len() <= INLINE {
            view_of(part.as_bytes(), 0, 0)
        } else {
            // longer than a view holds, so the whole string lies in a buffer too: bits 64.. name the
            // buffer, bits 96.. the offset in it
            let whole = self.source.views()[index];
            let block = (whole >> 64) as u32;
            let offset = (whole >> 96) as u32 + range.start as u32;
            view_of(part.as_bytes(), block, offset)
        };
        self.views.push(view);
        self.valid.push(true);
        Ok(())
    }

    /// How many there are so far.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The parts.
    pub fn finish(self) -> StringViewArray {
        let nulls = (!self.all_valid).then(|| NullBuffer::from(self.valid));
        let views = ScalarBuffer::from(self.views);
        // SAFETY: every view was made of a range that `str::get` accepted, so it lies within a valid string
        // of `source`, on character boundaries, and names the same buffers, which are passed on.
        unsafe { StringViewArray::new_unchecked(views, self.source.data_buffers().clone(), nulls) }
    }
}

/// Calls `part` for every row without NULL.
fn each(
    text: &Column,
    others: &[&Column],
    rows: usize,
    mut part: impl FnMut(usize, &str) -> Result<Option<Range<usize>>>,
) -> Result<Column> {
    let columns: Vec<&Column> = others.iter().copied().chain([text]).collect();
    let strings = Rows::<Text>::new(text)?;
    let rows = rows_to_compute(&columns, rows);
    let nulls = union_nulls(&columns, rows);
    let source = text.values().as_any().downcast_ref::<StringViewArray>();
    let source = source.ok_or_else(|| Error::internal("not a string column"))?;
    let mut slicer = Slicer::new(source, rows);
    for row in 0..rows {
        let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let part = if valid {
            part(row, strings.value(row))?
        } else {
            None
        };
        slicer.push(text.index(row), part)?;
    }
    Ok(column_of(&columns, Arc::new(slicer.finish())))
}

/// A part of each string.
pub fn slice1(
    text: &Column,
    rows: usize,
    part: impl Fn(&str) -> Result<Option<Range<usize>>>,
) -> Result<Column> {
    each(text, &[], rows, |_, text| part(text))
}

/// A part that depends on another argument.
pub fn slice2<B: Read>(
    text: &Column,
    b: &Column,
    rows: usize,
    part: impl for<'a> Fn(&str, B::Item<'a>) -> Result<Option<Range<usize>>>,
) -> Result<Column> {
    let b_rows = Rows::<B>::new(b)?;
    each(text, &[b], rows, |row, text| part(text, b_rows.value(row)))
}

/// A part that depends on two other arguments.
pub fn slice3<B: Read, C: Read>(
    text: &Column,
    b: &Column,
    c: &Column,
    rows: usize,
    part: impl for<'a> Fn(&str, B::Item<'a>, C::Item<'a>) -> Result<Option<Range<usize>>>,
) -> Result<Column> {
    let (b_rows, c_rows) = (Rows::<B>::new(b)?, Rows::<C>::new(c)?);
    each(text, &[b, c], rows, |row, text| {
        part(text, b_rows.value(row), c_rows.value(row))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, AsArray};

    #[test]
    fn parts_share_the_buffer() {
        let texts = vec![Some("a string of some length"), None, Some("short")];
        let texts: ArrayRef = Arc::new(StringViewArray::from(texts));
        let column = Column::Array(texts.clone());
        let out = slice1(&column, 3, |text| Ok(Some(2..text.len()))).unwrap();
        let out = out.to_array(3);
        let out = out.as_string_view();
        let values: Vec<_> = out.iter().collect();
        assert_eq!(values, [Some("string of some length"), None, Some("ort")]);
        let buffers = texts.as_string_view().data_buffers();
        assert_eq!(out.data_buffers()[0].as_ptr(), buffers[0].as_ptr());
        let out = slice1(&column, 3, |text| Ok((text.len() > 5).then_some(0..1))).unwrap();
        assert_eq!(out.to_array(3).null_count(), 2);
    }
}
