//! Which strings of a column contain a text.
//!
//! Strings that a scan has made views of lie one behind the other in a page, with few bytes between them:
//!
//! ```text
//!   buffer   ····|first string|····|second string|··|third string|····
//!                 └──────────── one search ────────────────────┘
//! ```
//!
//! One search goes over all of them, as fast as memory is read; a place that it finds counts if it lies within a string.
//! Strings that are far from each other are searched one at a time.

use arrow::array::StringViewArray;
use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;

/// The longest string that lies in its view.
const LONGEST_INLINE: u32 = 12;

/// Bytes between two strings that are searched with them: less work than to begin a search.
const LARGEST_GAP: usize = 64;

/// A long string: its buffer and where it lies there.
#[derive(Clone, Copy)]
struct Place {
    buffer: usize,
    start: usize,
    end: usize,
}

impl Place {
    #[inline(always)]
    fn of(view: u128) -> Place {
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
    view as u32 <= LONGEST_INLINE
}

/// The rows whose string contains the needle, which is not empty. What is said of rows that are NULL means nothing.
pub fn rows_with(array: &StringViewArray, needle: &Finder) -> BooleanBuffer {
    let views: &[u128] = array.views();
    let mut found = vec![0u64; views.len().div_ceil(64)];
    let length = needle.needle().len();
    let mut row = 0;
    while row < views.len() {
        if is_inline(views[row]) {
            if views[row] as u32 as usize >= length
                && needle.find(array.value(row).as_bytes()).is_some()
            {
                found[row / 64] |= 1 << (row % 64);
            }
            row += 1;
            continue;
        }
        // Strings that follow each other.
        let first = Place::of(views[row]);
        let (mut next, mut last) = (row + 1, first);
        while let Some(view) = views.get(next) {
            if is_inline(*view) {
                // They are searched on their own, and may lie between the others.
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
        let bytes = &array.data_buffers()[first.buffer][..last.end];
        let mut from = first.start;
        let mut place = first;
        while let Some(hit) = needle.find(&bytes[from..]) {
            let hit = from + hit;
            while place.end <= hit && row + 1 < next {
                row += 1;
                place = Place::of(views[row]);
            }
            if place.start <= hit && hit + length <= place.end {
                found[row / 64] |= 1 << (row % 64);
                from = place.end;
            } else {
                from = hit + 1;
            }
        }
        row = next;
    }
    BooleanBuffer::new(found.into(), 0, views.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{StringViewBuilder, UInt32Array, cast::AsArray};
    use arrow::buffer::Buffer;
    use arrow::compute::take;
    use proptest::prelude::*;

    /// Strings as a plain page of a file has them, each behind its length.
    fn page(texts: &[String]) -> StringViewArray {
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

    fn check(array: &StringViewArray, needle: &str) {
        let found = rows_with(array, &Finder::new(needle));
        for (row, found) in found.iter().enumerate() {
            assert_eq!(
                found,
                array.value(row).contains(needle),
                "{needle:?} in {:?}",
                array.value(row)
            );
        }
    }

    proptest! {
        #[test]
        fn same_as_one_at_a_time(
            texts in prop::collection::vec("[ab]{0,40}", 0..80),
            needle in "[ab]{1,6}",
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
        ) {
            let array = page(&texts);
            check(&array, &needle);
            check(&StringViewArray::from_iter_values(&texts), &needle);
            // In any order, and again and again.
            if !texts.is_empty() {
                let rows = order.iter().map(|row| row.index(texts.len()) as u32);
                let taken = take(&array, &UInt32Array::from_iter_values(rows), None).unwrap();
                check(taken.as_string_view(), &needle);
            }
        }
    }

    #[test]
    fn what_lies_between_strings_is_not_found() {
        // The length of the second is a letter, so that `xA` and the three zeros are there in the page.
        let array = page(&["a string that ends in x".into(), "y".repeat(65)]);
        for needle in ["xA", "A\0\0\0", "\0y", "\0", "x", "yy"] {
            check(&array, needle);
        }
        let sliced = page(&[
            "needle in the first string".into(),
            "not in this second one".into(),
        ]);
        check(&sliced.slice(1, 1), "needle");
    }
}
