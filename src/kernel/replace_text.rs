//! `replace` with the same text for all rows.
//!
//! Which strings have the text at all, one search over many of them tells ([`super::find_text`]). The others keep their
//! views: they are not copied, and the result keeps their buffers. New strings lie one behind the other in buffers of the
//! result.

use super::find_text::rows_with;
use super::view::{INLINE, view_of};
use arrow::array::{Array, StringViewArray};
use arrow::buffer::{BooleanBuffer, Buffer};
use memchr::memmem::Finder;

/// Bytes from which on new strings go to another buffer. Places in a buffer have 31 bits, and a string may be long.
const BUFFER: usize = 1 << 20;

/// All strings with `search`, which is not empty, replaced by `by`.
pub fn replace_text(array: &StringViewArray, search: &str, by: &str) -> StringViewArray {
    let finder = Finder::new(search);
    let mut rows = rows_with(array, &finder);
    if let Some(nulls) = array.nulls() {
        rows = &rows & nulls.inner();
    }
    replace_rows(array, &rows, &finder, by)
}

fn replace_rows(
    array: &StringViewArray,
    rows: &BooleanBuffer,
    search: &Finder,
    by: &str,
) -> StringViewArray {
    let mut views: Vec<u128> = array.views().to_vec();
    let mut buffers: Vec<Buffer> = array.data_buffers().to_vec();
    let length = search.needle().len();
    let mut texts = String::new();
    for row in rows.set_indices() {
        let text = array.value(row);
        let start = texts.len();
        let mut rest = text;
        while let Some(place) = search.find(rest.as_bytes()) {
            texts.push_str(&rest[..place]);
            texts.push_str(by);
            rest = &rest[place + length..];
        }
        texts.push_str(rest);
        let new = &texts.as_bytes()[start..];
        views[row] = view_of(new, buffers.len() as u32, start as u32);
        if new.len() <= INLINE {
            texts.truncate(start);
        }
        if texts.len() >= BUFFER {
            buffers.push(Buffer::from(std::mem::take(&mut texts).into_bytes()));
        }
    }
    buffers.push(Buffer::from(texts.into_bytes()));
    // SAFETY: views are those of the argument, whose buffers come first under the same numbers, or they have been made
    // here: of a stretch of `texts` that begins and ends where whole strings were appended to it, so of UTF-8, which
    // becomes the buffer that has the number and of which nothing that a view names is cut off.
    unsafe { StringViewArray::new_unchecked(views.into(), buffers.into(), array.nulls().cloned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn same_as_one_at_a_time(
            texts in prop::collection::vec(prop::option::of("[abä]{0,30}"), 0..200),
            search in "[abä]{1,3}",
            by in "[abx]{0,20}",
        ) {
            let array = StringViewArray::from_iter(&texts);
            let replaced = replace_text(&array, &search, &by);
            replaced.to_data().validate_full().unwrap();
            let expected: Vec<Option<String>> = (texts.iter())
                .map(|text| text.as_ref().map(|text| text.replace(&search, &by)))
                .collect();
            let found: Vec<Option<String>> = (replaced.iter()).map(|text| text.map(str::to_string)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn several_buffers_and_shared_strings() {
        let texts = (0..3000).map(|row| match row % 3 {
            0 => format!("{row} has it: {}", "needle ".repeat(100)),
            _ => format!("{row} is only long, without it"),
        });
        let texts: Vec<String> = texts.collect();
        let array = StringViewArray::from_iter_values(&texts);
        let replaced = replace_text(&array, "needle", "replacement");
        replaced.to_data().validate_full().unwrap();
        assert!(replaced.data_buffers().len() > array.data_buffers().len() + 1);
        for (row, text) in texts.iter().enumerate() {
            assert_eq!(replaced.value(row), text.replace("needle", "replacement"));
        }
        assert_eq!(replaced.value(1).as_ptr(), array.value(1).as_ptr());
    }
}
