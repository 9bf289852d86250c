//! How far rows can come in the order and still be among the first.
//!
//! Whoever has seen enough rows lowers the bound to the worst of those that are left; rows whose first key lies above it
//! can be dropped by that key alone. A number is compared as the upper half of a prefix, a text as a whole: texts often begin
//! alike. Any other key has a bound for prefixes only.

use super::SortKeys;
use super::run::{Item, Run};
use crate::datasource::RuntimePredicate;
use crate::error::Result;
use crate::kernel::view::{Head, view_of};
use crate::types::Value;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::SortOptions;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Shared by the workers and the scan that their rows come from.
#[derive(Debug)]
pub(super) struct Bound {
    /// The upper half of the greatest prefix that may still be among the first.
    prefix: AtomicU64,
    /// The first key of the worst row, if that is a text.
    text: RwLock<Option<Arc<str>>>,
}

impl Bound {
    /// One that lets everything through.
    pub fn new() -> Bound {
        Bound {
            prefix: AtomicU64::new(u64::MAX),
            text: RwLock::new(None),
        }
    }

    /// Lowers the bound to a row, the worst of as many as are wanted.
    pub fn lower(&self, keys: &SortKeys, run: &Run, worst: &Item) -> Result<()> {
        self.prefix
            .fetch_min((worst.prefix >> 64) as u64, Ordering::Relaxed);
        let Some(new) = keys.first_text(run.rest_row(worst))? else {
            return Ok(());
        };
        let mut text = self.text.write().unwrap_or_else(PoisonError::into_inner);
        let descending = keys.options()[0].descending;
        if text
            .as_ref()
            .is_none_or(|old| precedes::<str>(&new, old, descending))
        {
            *text = Some(new);
        }
        Ok(())
    }

    /// Whether a text bounds the first key, so that it is not NULL.
    pub fn has_text(&self) -> bool {
        let text = self.text.read().unwrap_or_else(PoisonError::into_inner);
        text.is_some()
    }

    /// The greatest prefix that may still be among the first.
    pub fn last_prefix(&self) -> u128 {
        (u128::from(self.prefix.load(Ordering::Relaxed)) << 64) | u128::from(u64::MAX)
    }

    /// Which rows may still be among the first, by their first key; None if that cannot be told from it alone.
    pub fn chosen(&self, keys: &SortKeys, first: &ArrayRef) -> Option<BooleanBuffer> {
        if let Some(text) = first.as_string_view_opt() {
            let last = self.text.read().unwrap_or_else(PoisonError::into_inner);
            let last = last.clone()?;
            return Some(texts_up_to(text, keys.options()[0], &last));
        }
        let last = self.last_prefix();
        match last {
            u128::MAX => None,
            last => keys.up_to(first, last),
        }
    }
}

fn precedes<T: Ord + ?Sized>(new: &T, old: &T, descending: bool) -> bool {
    if descending { new > old } else { new < old }
}

/// Which texts do not come after another.
fn texts_up_to(texts: &StringViewArray, options: SortOptions, last: &str) -> BooleanBuffer {
    let (views, descending) = (texts.views(), options.descending);
    let last_head = Head::of(view_of(last.as_bytes(), 0, 0));
    let is_up_to = |row: usize| {
        let head = Head::of(views[row]);
        match head.decides(last_head) {
            true => !precedes(&last_head, &head, descending),
            false => !precedes(last, texts.value(row), descending),
        }
    };
    let nulls = texts.nulls().filter(|nulls| nulls.null_count() > 0);
    match nulls {
        None => BooleanBuffer::collect_bool(views.len(), is_up_to),
        Some(nulls) => BooleanBuffer::collect_bool(views.len(), |row| match nulls.is_null(row) {
            true => options.nulls_first,
            false => is_up_to(row),
        }),
    }
}

/// Lets through the rows that may still be among the first.
#[derive(Debug)]
pub(super) struct UpToBound {
    pub keys: Arc<SortKeys>,
    pub bound: Arc<Bound>,
}

impl RuntimePredicate for UpToBound {
    fn bounds(&self) -> Option<(Value, Value)> {
        // They are asked for once, and the bound is far from its end by then.
        None
    }

    fn may_contain(&self, values: &ArrayRef) -> BooleanArray {
        let chosen = self.bound.chosen(&self.keys, values);
        // A value of another type than the key's cannot be judged.
        let chosen = chosen.unwrap_or_else(|| BooleanBuffer::new_set(values.len()));
        BooleanArray::new(chosen, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::row::{RowConverter, SortField};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_chosen_as_rows_compare(
            texts in prop::collection::vec(prop::option::of("[ab]{0,6}|(begins alike ){1,2}[ab]{0,2}"), 1..60),
            last in any::<prop::sample::Index>(),
            descending: bool,
            nulls_first: bool,
        ) {
            let Some(last) = texts[last.index(texts.len())].clone() else {
                return Ok(());
            };
            let options = SortOptions { descending, nulls_first };
            let array: StringViewArray = texts.iter().map(Option::as_deref).collect();
            let chosen = texts_up_to(&array, options, &last);
            let field = SortField::new_with_options(array.data_type().clone(), options);
            let converter = RowConverter::new(vec![field]).unwrap();
            let rows = converter.convert_columns(&[Arc::new(array)]).unwrap();
            let last: StringViewArray = [Some(last)].into_iter().collect();
            let last = converter.convert_columns(&[Arc::new(last)]).unwrap();
            for (row, chosen) in chosen.iter().enumerate() {
                prop_assert_eq!(chosen, rows.row(row) <= last.row(0), "{:?}", &texts[row]);
            }
        }
    }
}
