//! Sorting the rows of one batch by number, within ranges: the partitions of a window.
//!
//! A range whose rows come in order is only looked at.

use super::SortKeys;
use super::key::{Encoded, NumberVisitor, is_number, visit_numbers};
use crate::error::Result;
use crate::kernel::normalize::normalize_floats;
use crate::pipeline::QueryContext;
use arrow::array::{Array, ArrayRef};
use arrow::compute::SortOptions;
use std::cmp::Ordering;
use std::ops::Range;

/// The keys of the rows of a batch, in the narrowest form.
pub(in crate::exec) enum RowKeys {
    /// Nothing to sort by.
    None,
    /// All of the key in 64 bits.
    Words(Vec<u64>),
    /// Anything else.
    Encoded(Encoded),
}

/// A range of at least so many rows is sorted by all threads.
const MANY_ROWS: usize = 64 * 1024;

impl RowKeys {
    /// The keys of so many rows, from their values.
    pub fn new(keys: &SortKeys, values: &[ArrayRef], rows: usize) -> Result<RowKeys> {
        if values.is_empty() {
            return Ok(RowKeys::None);
        }
        match words(keys, values) {
            Some(words) => Ok(RowKeys::Words(words)),
            None => keys.encoded(values, rows).map(RowKeys::Encoded),
        }
    }

    /// Whether two rows have equal keys.
    pub fn is_equal(&self, a: u32, b: u32) -> bool {
        match self {
            RowKeys::None => true,
            RowKeys::Words(words) => words[a as usize] == words[b as usize],
            RowKeys::Encoded(keys) => keys.is_equal(a as usize, b as usize),
        }
    }

    /// Sorts the row numbers of every range by key. They ascend before, and do so after where keys are equal.
    pub fn sort(&self, order: &mut [u32], ranges: &[Range<usize>], query: &QueryContext) {
        match self {
            RowKeys::None => {}
            // As files written in that order are.
            RowKeys::Words(words) if words.is_sorted() => {}
            RowKeys::Words(words) => {
                let greatest = words.iter().copied().max().unwrap_or(0);
                let bits = usize::BITS - words.len().leading_zeros();
                if greatest.leading_zeros() >= bits {
                    // Key and row in one word.
                    let mask: u64 = (1 << bits) - 1;
                    let entry = |row: u32| words[row as usize] << bits | u64::from(row);
                    let row = |entry: &u64| (entry & mask) as u32;
                    sort_by(order, ranges, query, entry, row, u64::cmp);
                } else {
                    let entry = |row: u32| (words[row as usize], row);
                    let compare = |a: &(u64, u32), b: &(u64, u32)| a.cmp(b);
                    sort_by(order, ranges, query, entry, |entry| entry.1, compare);
                }
            }
            RowKeys::Encoded(keys) => {
                let entry = |row: u32| (keys.prefix(row as usize), row);
                let compare = |a: &(u128, u32), b: &(u128, u32)| {
                    (a.0.cmp(&b.0))
                        .then_with(|| keys.compare_rest(a.1, b.1))
                        .then(a.1.cmp(&b.1))
                };
                sort_by(order, ranges, query, entry, |entry| entry.1, compare);
            }
        }
    }
}

/// A number per row that sorts as the keys do, if they fit 64 bits for these rows: keys lie apart by no more than the
/// range of their values, and NULL takes room only where there is one. Numbers of different calls do not compare.
fn words(keys: &SortKeys, values: &[ArrayRef]) -> Option<Vec<u64>> {
    if !values.iter().all(|key| is_number(key.data_type())) {
        return None;
    }
    let mut words = Vec::new();
    let mut free = u64::BITS;
    for (key, options) in values.iter().zip(keys.options()) {
        let key = &normalize_floats(key);
        let mut distances = None;
        visit_numbers(
            key,
            Distances {
                key,
                options: *options,
                distances: &mut distances,
            },
        );
        let (values, bits) = distances?;
        free = free.checked_sub(bits)?;
        if words.is_empty() {
            words = values;
            continue;
        }
        for (word, value) in words.iter_mut().zip(values) {
            // A shift by all 64 bits drops what is there, which is nothing.
            *word = word.checked_shl(bits).unwrap_or(0) | value;
        }
    }
    Some(words)
}

/// Finds how far behind the first of all values each lies, and the bits that takes; nothing beyond 64.
struct Distances<'a> {
    key: &'a ArrayRef,
    options: SortOptions,
    distances: &'a mut Option<(Vec<u64>, u32)>,
}

impl NumberVisitor for Distances<'_> {
    #[inline]
    fn visit(self, bits: u32, number: impl Fn(usize) -> u64) {
        let rows = self.key.len();
        let mask = u64::MAX.checked_shr(u64::BITS - bits).unwrap_or(0);
        let flip = if self.options.descending { mask } else { 0 };
        let nulls = (self.key.logical_nulls()).filter(|nulls| nulls.null_count() > 0);
        let Some(nulls) = nulls else {
            let mut values: Vec<u64> = (0..rows).map(|row| number(row) ^ flip).collect();
            let least = values.iter().copied().min().unwrap_or(0);
            let greatest = values.iter().copied().max().unwrap_or(0);
            values.iter_mut().for_each(|value| *value -= least);
            let bits = u64::BITS - (greatest - least).leading_zeros();
            *self.distances = Some((values, bits));
            return;
        };
        let (null, valid) = match self.options.nulls_first {
            true => (0, 1u128 << bits),
            false => (1u128 << bits, 0),
        };
        let value = |row: usize| match nulls.is_null(row) {
            true => null,
            false => valid | u128::from(number(row) ^ flip),
        };
        let values: Vec<u128> = (0..rows).map(value).collect();
        let least = values.iter().copied().min().unwrap_or(0);
        let greatest = values.iter().copied().max().unwrap_or(0);
        let bits = u128::BITS - (greatest - least).leading_zeros();
        if bits <= u64::BITS {
            let distances = values.iter().map(|value| (value - least) as u64);
            *self.distances = Some((distances.collect(), bits));
        }
    }
}

fn sort_by<T: Copy + Send>(
    order: &mut [u32],
    ranges: &[Range<usize>],
    query: &QueryContext,
    entry: impl Fn(u32) -> T,
    row: impl Fn(&T) -> u32,
    compare: impl Fn(&T, &T) -> Ordering + Sync,
) {
    use rayon::slice::ParallelSliceMut;
    let mut entries: Vec<T> = Vec::new();
    for range in ranges.iter().filter(|range| range.len() > 1) {
        let rows = &mut order[range.clone()];
        entries.clear();
        entries.extend(rows.iter().map(|row| entry(*row)));
        if entries.is_sorted_by(|a, b| compare(a, b).is_le()) {
            continue;
        }
        if query.threads > 1 && entries.len() >= MANY_ROWS {
            entries.par_sort_unstable_by(&compare);
        } else {
            entries.sort_unstable_by(&compare);
        }
        for (place, entry) in rows.iter_mut().zip(&entries) {
            *place = row(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::expr::{Attribute, ColumnId, Expr, Projector};
    use crate::types::{DataType, arrow_type};
    use arrow::array::{Float64Array, Int32Array, Int64Array, StringViewArray};
    use arrow::compute::SortOptions;
    use std::sync::Arc;

    fn sort_keys(types: &[DataType], options: &[SortOptions]) -> SortKeys {
        let columns: Vec<Attribute> = (types.iter().enumerate())
            .map(|(at, data_type)| Attribute {
                id: ColumnId(at as u32),
                name: format!("key{at}").into(),
                data_type: data_type.clone(),
                nullable: true,
            })
            .collect();
        let expressions: Vec<Expr> = columns.iter().cloned().map(Expr::Column).collect();
        SortKeys::new(
            Projector::new(&expressions, &columns, &Config::default()).unwrap(),
            types.iter().map(arrow_type).collect(),
            options.to_vec(),
        )
        .unwrap()
    }

    /// Sorted by what sorts whole tables.
    fn naive(keys: &SortKeys, values: &[ArrayRef], range: Range<u32>) -> Vec<u32> {
        let rows = values[0].len();
        let encoded = keys.encoded(values, rows).unwrap();
        let mut order: Vec<u32> = range.collect();
        order.sort_by(|a, b| encoded.compare(*a as usize, &encoded, *b as usize));
        order
    }

    #[test]
    fn narrow_keys_sort_as_wide_ones() {
        let number = |i: i64| (i * 48_271) % 1_009;
        let (nan, negative_nan) = (f64::NAN, -f64::NAN);
        let doubles: ArrayRef = Arc::new(Float64Array::from_iter((0..900).map(|i| {
            Some(match i % 7 {
                0 => nan,
                1 => negative_nan,
                2 => -0.0,
                3 => 0.0,
                4 => f64::INFINITY,
                _ => number(i) as f64 - 500.0,
            })
        })));
        let nullable_doubles: ArrayRef = Arc::new(Float64Array::from_iter(
            (0..900).map(|i| (i % 3 != 0).then_some(number(i) as f64)),
        ));
        let wide: ArrayRef = Arc::new(Int64Array::from_iter(
            (0..900).map(|i| Some(number(i).wrapping_mul(i64::MAX / 500))),
        ));
        let narrow: ArrayRef = Arc::new(Int32Array::from_iter(
            (0..900).map(|i| (i % 11 != 0).then_some((number(i) % 20) as i32 - 10)),
        ));
        let text: ArrayRef =
            Arc::new(StringViewArray::from_iter((0..900).map(|i| {
                Some(format!("a common beginning of keys {}", number(i) % 30))
            })));
        let constant: ArrayRef = Arc::new(Int64Array::from(vec![i64::MIN; 900]));
        use DataType::{Double, Integer, Long, String};
        let cases: [(&[DataType], &[&ArrayRef]); 7] = [
            (&[Double], &[&doubles]),
            (&[Double], &[&nullable_doubles]),
            (&[Long], &[&wide]),
            (&[Integer], &[&narrow]),
            (&[Integer, Long, Integer], &[&narrow, &constant, &narrow]),
            (&[Long, Integer], &[&wide, &narrow]),
            (&[String], &[&text]),
        ];
        let query = QueryContext::new(Arc::default(), 1, 1 << 30, Arc::default());
        for (types, values) in cases {
            let values: Vec<ArrayRef> = values.iter().map(|array| (*array).clone()).collect();
            for (descending, nulls_first) in
                [(false, true), (true, false), (false, false), (true, true)]
            {
                let options = SortOptions {
                    descending,
                    nulls_first,
                };
                let keys = sort_keys(types, &vec![options; types.len()]);
                let row_keys = RowKeys::new(&keys, &values, 900).unwrap();
                let mut order: Vec<u32> = (0..900).collect();
                row_keys.sort(&mut order, &[0..0, 0..400, 400..401, 401..900], &query);
                let mut expected = naive(&keys, &values, 0..400);
                expected.push(400);
                expected.extend(naive(&keys, &values, 401..900));
                assert_eq!(order, expected, "{types:?} {options:?}");
                let encoded = keys.encoded(&values, 900).unwrap();
                for pair in order.windows(2) {
                    assert_eq!(
                        row_keys.is_equal(pair[0], pair[1]),
                        encoded.is_equal(pair[0] as usize, pair[1] as usize)
                    );
                }
            }
        }
    }

    #[test]
    fn words_where_the_values_allow() {
        let keys = sort_keys(&[DataType::Long], &[SortOptions::default()]);
        let has_words = |values: Vec<Option<i64>>| {
            let values: ArrayRef = Arc::new(Int64Array::from(values));
            let rows = values.len();
            let keys = RowKeys::new(&keys, &[values], rows).unwrap();
            matches!(keys, RowKeys::Words(_))
        };
        assert!(has_words(vec![Some(i64::MIN), Some(i64::MAX)]));
        assert!(!has_words(vec![Some(i64::MIN), Some(i64::MAX), None]));
        assert!(has_words(vec![None, None]));
        assert!(has_words(vec![]));
    }
}
