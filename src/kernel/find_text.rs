//! Which strings of a column contain a text.
//!
//! One search goes over all strings of a stretch ([`super::stretch`]), as fast as memory is read; a place that it finds
//! counts if it lies within a string.

use super::stretch::{Place, Stretch};
use arrow::array::StringViewArray;
use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;

/// The rows whose string contains the needle, which is not empty. What is said of rows that are NULL means nothing.
pub fn rows_with(array: &StringViewArray, needle: &Finder) -> BooleanBuffer {
    let views: &[u128] = array.views();
    let mut found = vec![0u64; views.len().div_ceil(64)];
    let length = needle.needle().len();
    let mut row = 0;
    while row < views.len() {
        let Some(stretch) = Stretch::of(views, row) else {
            if views[row] as u32 as usize >= length
                && needle.find(array.value(row).as_bytes()).is_some()
            {
                found[row / 64] |= 1 << (row % 64);
            }
            row += 1;
            continue;
        };
        let next = stretch.rows.end;
        let bytes = &array.data_buffers()[stretch.buffer][..stretch.bytes.end];
        let mut from = stretch.bytes.start;
        let mut place = Place::of(views[row]);
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
    use super::super::stretch::tests::page;
    use super::*;
    use arrow::array::{UInt32Array, cast::AsArray};
    use arrow::compute::take;
    use proptest::prelude::*;

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
