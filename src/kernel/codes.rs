//! Columns in codes: a number per row that says which value of a *dictionary* the row has.
//!
//! A join gives columns of its build side as the numbers of the rows that it has found where whoever reads them has
//! asked for that (`Need::coded` of the planner). Columns of one origin share their codes:
//!
//! ```text
//!   rows found     brand, as codes     category, as codes          the same, plain
//!   2 0 2          2 0 2 ─► values     2 0 2 ─► values             brand 2  category 2
//!                                                                  brand 0  category 0 …
//! ```
//!
//! Only steps that know of it meet such columns; [`plain`] makes them like any other.

use crate::error::Result;
use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::UInt32Type;
use std::sync::Arc;

/// A column in codes. NULL is a code that is NULL, or a value that is.
pub type CodedArray = DictionaryArray<UInt32Type>;

/// The column as codes, if it is that.
pub fn as_coded(column: &ArrayRef) -> Option<&CodedArray> {
    column.as_dictionary_opt()
}

/// A column of codes that are known to be below the length of the dictionary, where they are not NULL.
pub fn of_valid_codes(codes: UInt32Array, dictionary: ArrayRef) -> CodedArray {
    debug_assert!(CodedArray::try_new(codes.clone(), dictionary.clone()).is_ok());
    // SAFETY: what `try_new` would check is what the caller knows; joins look at millions of rows.
    unsafe { CodedArray::new_unchecked(codes, dictionary) }
}

/// The column without codes.
pub fn plain(column: &ArrayRef) -> Result<ArrayRef> {
    match as_coded(column) {
        Some(coded) => Ok(take(coded.values().as_ref(), coded.keys(), None)?),
        None => Ok(column.clone()),
    }
}

/// Whether rows that have the same code in one column have the same in the other, because the codes are the same array.
/// The dictionaries are equally long then.
pub fn share_codes(one: &CodedArray, other: &CodedArray) -> bool {
    let (one, other) = (one.keys(), other.keys());
    let same_nulls = match (one.nulls(), other.nulls()) {
        (None, None) => true,
        (Some(one), Some(other)) => one.inner().ptr_eq(other.inner()),
        _ => false,
    };
    same_nulls && one.values().ptr_eq(other.values())
}

/// Whether the codes of two columns mean the same.
pub fn same_dictionary(one: &ArrayRef, other: &ArrayRef) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other))
}

/// Changes the rows of a batch's columns (picks some, say), shared codes once, so that they are still shared.
#[derive(Default)]
pub struct RowChange {
    /// Columns in codes, before and after.
    done: Vec<(ArrayRef, CodedArray)>,
}

impl RowChange {
    /// The column with `change` made to its rows. The change must be the same for all columns.
    pub fn apply(
        &mut self,
        column: &ArrayRef,
        change: impl FnOnce(&dyn Array) -> Result<ArrayRef>,
    ) -> Result<ArrayRef> {
        let Some(coded) = as_coded(column) else {
            return change(column.as_ref());
        };
        let known = self
            .done
            .iter()
            .find(|(before, _)| as_coded(before).is_some_and(|before| share_codes(before, coded)));
        if let Some((_, after)) = known {
            return Ok(Arc::new(after.with_values(coded.values().clone())));
        }
        let after = change(column.as_ref())?;
        if let Some(coded) = as_coded(&after) {
            self.done.push((column.clone(), coded.clone()));
        }
        Ok(after)
    }
}

/// Puts the rows of batches one after the other, column by column; shared codes are still shared.
#[derive(Default)]
pub struct CodedConcat<'a> {
    /// Columns in codes: what they came from, what they became.
    done: Vec<(Vec<&'a CodedArray>, CodedArray)>,
}

impl<'a> CodedConcat<'a> {
    /// One column of all rows, if all parts are in codes of one dictionary.
    pub fn concat(&mut self, parts: &[&'a ArrayRef]) -> Result<Option<ArrayRef>> {
        let coded: Option<Vec<&CodedArray>> = parts.iter().map(|part| as_coded(part)).collect();
        let Some((coded, first)) = coded.and_then(|coded| Some((coded.clone(), *coded.first()?)))
        else {
            return Ok(None);
        };
        if !(coded.iter()).all(|other| same_dictionary(first.values(), other.values())) {
            return Ok(None);
        }
        let known = self.done.iter().find(|(before, _)| {
            (before.iter().zip(&coded)).all(|(before, coded)| share_codes(before, coded))
        });
        if let Some((_, after)) = known {
            return Ok(Some(Arc::new(after.with_values(first.values().clone()))));
        }
        let codes: Vec<&dyn Array> = coded.iter().map(|part| part.keys() as &dyn Array).collect();
        let codes: UInt32Array = concat(&codes)?.as_primitive::<UInt32Type>().clone();
        let after = CodedArray::try_new(codes, first.values().clone())?;
        self.done.push((coded, after.clone()));
        Ok(Some(Arc::new(after)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, StringViewArray};
    use arrow::compute::filter;

    fn columns(codes: &UInt32Array) -> [ArrayRef; 2] {
        let names: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some("c")]));
        let first = CodedArray::try_new(codes.clone(), names).unwrap();
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
        let second = first.with_values(numbers);
        [Arc::new(first), Arc::new(second)]
    }

    #[test]
    fn changed_rows_still_share_their_codes() {
        let before = columns(&UInt32Array::from(vec![Some(2), None, Some(0), Some(1)]));
        let kept = vec![true, true, false, true].into();
        let mut change = RowChange::default();
        let after = before.each_ref().map(|column| {
            let after = change.apply(column, |rows| Ok(filter(rows, &kept)?));
            after.unwrap()
        });
        assert!(share_codes(
            as_coded(&after[0]).unwrap(),
            as_coded(&after[1]).unwrap()
        ));
        let names: ArrayRef = Arc::new(StringViewArray::from(vec![Some("c"), None, None]));
        assert_eq!(&plain(&after[0]).unwrap(), &names);
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(3), None, Some(2)]));
        assert_eq!(&plain(&after[1]).unwrap(), &numbers);
    }

    #[test]
    fn codes_of_other_rows_are_not_shared() {
        let one = columns(&UInt32Array::from(vec![2, 0]));
        let other = columns(&UInt32Array::from(vec![0, 2]));
        assert!(share_codes(
            as_coded(&one[0]).unwrap(),
            as_coded(&one[1]).unwrap()
        ));
        assert!(!share_codes(
            as_coded(&one[0]).unwrap(),
            as_coded(&other[0]).unwrap()
        ));
        let mut change = RowChange::default();
        let taken = [&one[0], &other[0]].map(|column| {
            let taken = change.apply(column, |rows| Ok(rows.slice(0, 1)));
            plain(&taken.unwrap()).unwrap()
        });
        let names = |name| -> ArrayRef { Arc::new(StringViewArray::from(vec![name])) };
        assert_eq!(taken, [names("c"), names("a")]);
    }

    #[test]
    fn only_codes_of_one_dictionary_are_put_together() {
        let one = columns(&UInt32Array::from(vec![2, 0]));
        let keys = UInt32Array::from(vec![Some(1), None]);
        let more = one.each_ref().map(|column| -> ArrayRef {
            let values = as_coded(column).unwrap().values().clone();
            Arc::new(CodedArray::try_new(keys.clone(), values).unwrap())
        });
        let mut concat = CodedConcat::default();
        let all = [0, 1].map(|c| concat.concat(&[&one[c], &more[c]]).unwrap().unwrap());
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(3), Some(1), Some(2), None]));
        assert_eq!(&plain(&all[1]).unwrap(), &numbers);
        // The codes of `more` are equal, but it is not known of them.
        let other = columns(&UInt32Array::from(vec![0]));
        assert!(concat.concat(&[&one[0], &other[0]]).unwrap().is_none());
        assert!(
            concat
                .concat(&[&one[0], &plain(&one[0]).unwrap()])
                .unwrap()
                .is_none()
        );
    }
}
