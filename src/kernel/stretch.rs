//! Strings of a column that lie next to each other.
//!
//! Strings that a scan has made views of lie one behind the other in a page, with few bytes between them:
//!
//! ```text
//!   buffer   ····|first string|····|second string|··|third string|····
//!                 └───────────────── stretch ──────────────────┘
//! ```
//!
//! What can be done with the bytes of all of them at once need not begin anew for each.

use super::view::INLINE;
use std::ops::Range;

/// Bytes between two strings that are looked at with them: less work than to begin again.
const LARGEST_GAP: usize = 64;

/// A long string: its buffer and where it lies there.
#[derive(Clone, Copy)]
pub struct Place {
    /// The number of the buffer.
    pub buffer: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

impl Place {
    /// Where the string of a view lies that does not lie in the view itself.
    #[inline(always)]
    pub fn of(view: u128) -> Place {
        let start = (view >> 96) as usize;
        Place {
            buffer: (view >> 64) as u32 as usize,
            start,
            end: start + view as u32 as usize,
        }
    }
}

#[inline(always)]
fn is_inline(view: u128) -> bool {
    view as u32 as usize <= INLINE
}

/// Rows whose strings follow each other.
pub struct Stretch {
    /// The rows, one at least.
    pub rows: Range<usize>,
    /// The number of their buffer.
    pub buffer: usize,
    /// The bytes from the first string to the last, those between them included.
    pub bytes: Range<usize>,
}

impl Stretch {
    /// The one that begins at a row; None if that row's string lies in its view.
    #[inline]
    pub fn of(views: &[u128], row: usize) -> Option<Stretch> {
        if is_inline(views[row]) {
            return None;
        }
        let first = Place::of(views[row]);
        let (mut next, mut last) = (row + 1, first);
        while let Some(view) = views.get(next) {
            // A short one is looked at on its own, and may lie between the others.
            if is_inline(*view) {
                break;
            }
            let place = Place::of(*view);
            if place.buffer != last.buffer
                || place.start < last.end
                || place.start - last.end > LARGEST_GAP
            {
                break;
            }
            last = place;
            next += 1;
        }
        Some(Stretch {
            rows: row..next,
            buffer: first.buffer,
            bytes: first.start..last.end,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Stretch;
    use arrow::array::{StringViewArray, StringViewBuilder};
    use arrow::buffer::Buffer;

    /// Strings as a plain page of a file has them, each behind its length.
    pub fn page(texts: &[String]) -> StringViewArray {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for text in texts {
            bytes.extend((text.len() as u32).to_le_bytes());
            places.push((bytes.len() as u32, text.len() as u32));
            bytes.extend(text.as_bytes());
        }
        let mut builder = StringViewBuilder::new();
        let block = builder.append_block(Buffer::from(bytes));
        for (start, length) in places {
            builder.try_append_view(block, start, length).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn a_stretch_ends_at_a_short_string_a_gap_and_another_buffer() {
        let long = |n: usize| "x".repeat(n);
        let texts = [
            long(20),
            long(13),
            long(3),
            long(30),
            long(40),
            long(100),
            long(50),
        ];
        let array = page(&texts);
        let rows = |array: &StringViewArray, row| Stretch::of(array.views(), row).map(|s| s.rows);
        assert_eq!(rows(&array, 0), Some(0..2));
        assert_eq!(rows(&array, 1), Some(1..2));
        assert_eq!(rows(&array, 2), None);
        assert_eq!(rows(&array, 3), Some(3..7));
        let stretch = Stretch::of(array.views(), 3).unwrap();
        assert_eq!(stretch.bytes.len(), 30 + 4 + 40 + 4 + 100 + 4 + 50);
        // Without the string of a hundred bytes the next is too far; one before another is none that follows it.
        let views = array.views();
        let some = |rows: &[usize]| rows.iter().map(|row| views[*row]).collect::<Vec<u128>>();
        assert_eq!(Stretch::of(&some(&[3, 4, 6]), 0).unwrap().rows, 0..2);
        assert_eq!(Stretch::of(&some(&[4, 3]), 0).unwrap().rows, 0..1);
        assert_eq!(Stretch::of(&some(&[3, 3]), 0).unwrap().rows, 0..1);
        let elsewhere = [views[3], views[4] | 1 << 64];
        assert_eq!(Stretch::of(&elsewhere, 0).unwrap().rows, 0..1);
    }
}
