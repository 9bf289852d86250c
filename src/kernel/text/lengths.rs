//! How many characters the strings of a column have.

use super::character_count;
use crate::kernel::stretch::Stretch;
use arrow::array::{Array, Int32Array, StringViewArray};

/// The number of characters of each string; NULL for NULL. Where all of a stretch is ASCII, lengths are those of the views.
pub fn character_counts(texts: &StringViewArray) -> Int32Array {
    let views: &[u128] = texts.views();
    let mut counts = Vec::with_capacity(views.len());
    while let Some(view) = views.get(counts.len()) {
        let Some(stretch) = Stretch::of(views, counts.len()) else {
            counts.push(of_inline(*view));
            continue;
        };
        match texts.data_buffers()[stretch.buffer][stretch.bytes].is_ascii() {
            true => counts.extend(views[stretch.rows].iter().map(|view| *view as i32)),
            false => {
                counts.extend((stretch.rows).map(|row| character_count(texts.value(row)) as i32))
            }
        }
    }
    Int32Array::new(counts.into(), texts.nulls().cloned())
}

/// The same of a string that lies in its view: bytes without those that continue a character.
#[inline]
fn of_inline(view: u128) -> i32 {
    let bytes = view >> 32;
    let continuing = bytes & (!bytes << 1) & (u128::MAX / 0xff * 0x80);
    view as i32 - continuing.count_ones() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn characters_are_those_of_chars(
            texts in prop::collection::vec(prop::option::of("[ab]{0,30}|[aé漢😀]{0,12}|\\PC{0,20}"), 0..40),
        ) {
            let array: StringViewArray = texts.iter().map(Option::as_deref).collect();
            let expected: Int32Array = (texts.iter())
                .map(|text| text.as_ref().map(|text| text.chars().count() as i32))
                .collect();
            prop_assert_eq!(character_counts(&array), expected);
        }
    }
}
