//! String columns of few values: which rows have the same.
//!
//! Rows that come out of a dictionary, or of the build side of a join, share their views: a value that is there a
//! thousand times in a batch is a thousand times the same sixteen bytes. What costs something per string can then be
//! done once per value.

use arrow::array::{Array, StringViewArray};

/// Rows from which on it is worth a look.
const LEAST_ROWS: usize = 1024;
/// Rows per value, at least.
const ROWS_PER_VALUE: usize = 4;
/// Values at most.
const MOST_VALUES: usize = 1024;
/// Places in the table of values.
const SLOTS: usize = 4 * MOST_VALUES;
/// Rows after which it is known whether values repeat.
const BLOCK: usize = 1024;

/// The values of a batch.
#[derive(Debug)]
pub struct FewViews {
    /// Per row, the number of its value.
    pub values: Vec<u32>,
    /// Per value, the first row that has it.
    pub rows: Vec<u32>,
}

/// The values of a column, if they are few and each is there several times. NULL is a value of its own. Two numbers may
/// stand for the same text: only views are compared.
pub fn few_views(array: &StringViewArray) -> Option<FewViews> {
    let views: &[u128] = array.views();
    if views.len() < LEAST_ROWS {
        return None;
    }
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    // The number of a value and one; 0 is free.
    let mut slots = [0u16; SLOTS];
    let mut known: Vec<u128> = Vec::new();
    let mut found = FewViews {
        values: Vec::with_capacity(views.len()),
        rows: Vec::new(),
    };
    let mut null = None;
    for (block, views) in views.chunks(BLOCK).enumerate() {
        for (offset, view) in views.iter().enumerate() {
            let row = block * BLOCK + offset;
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                let number = *null.get_or_insert_with(|| {
                    // No string has this view.
                    known.push(u128::MAX);
                    found.rows.push(row as u32);
                    known.len() as u32 - 1
                });
                found.values.push(number);
                continue;
            }
            let mut slot = slot(*view);
            let number = loop {
                match slots[slot] {
                    0 => {
                        if known.len() == MOST_VALUES {
                            return None;
                        }
                        known.push(*view);
                        found.rows.push(row as u32);
                        slots[slot] = known.len() as u16;
                        break known.len() as u32 - 1;
                    }
                    number if known[number as usize - 1] == *view => {
                        break u32::from(number) - 1;
                    }
                    _ => slot = (slot + 1) % SLOTS,
                }
            };
            found.values.push(number);
        }
        if known.len() * ROWS_PER_VALUE > found.values.len() {
            return None;
        }
    }
    Some(found)
}

#[inline]
fn slot(view: u128) -> usize {
    let mixed = (view as u64) ^ ((view >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 52) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{UInt32Array, cast::AsArray};
    use arrow::compute::take;

    /// A column of rows that share views, as a dictionary gives it.
    fn column(dictionary: &[Option<&str>], rows: usize) -> StringViewArray {
        let dictionary = StringViewArray::from(dictionary.to_vec());
        let codes = (0..rows).map(|row| ((row * row) % dictionary.len()) as u32);
        let codes = UInt32Array::from_iter_values(codes);
        take(&dictionary, &codes, None)
            .unwrap()
            .as_string_view()
            .clone()
    }

    #[test]
    fn rows_of_a_value_have_one_number() {
        let long = "longer than fits into a view";
        let array = column(&[Some("a"), None, Some(long), Some(""), Some("b")], 3000);
        let few = few_views(&array).unwrap();
        assert!(few.rows.len() <= 5);
        for (row, value) in few.values.iter().enumerate() {
            let first = few.rows[*value as usize] as usize;
            assert_eq!(array.is_null(row), array.is_null(first));
            assert!(array.is_null(row) || array.value(row) == array.value(first));
        }
    }

    #[test]
    fn many_values_are_refused() {
        let texts: Vec<String> = (0..5000).map(|row| row.to_string()).collect();
        assert!(few_views(&StringViewArray::from_iter_values(&texts)).is_none());
        // Few at first, many later.
        let later = (0..20_000).map(|row| match row {
            0..5000 => "same".to_string(),
            row => row.to_string(),
        });
        assert!(few_views(&StringViewArray::from_iter_values(later)).is_none());
        assert!(few_views(&column(&[Some("a")], 10)).is_none());
    }
}
