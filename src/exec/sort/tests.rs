//! Packed keys against arrow-row, which compares whole keys.

use super::SortKeys;
use super::layout::KeyStats;
use super::ordered::{Held, Ordered};
use crate::config::Config;
use crate::exec::tests::Numbers;
use crate::expr::Projector;
use crate::kernel::normalize::normalize_floats;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, NullArray,
    StringViewArray, UInt32Array,
};
use arrow::compute::{SortOptions, concat};
use arrow::datatypes::{DataType, UInt32Type};
use arrow::row::{RowConverter, SortField};
use std::sync::Arc;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// All 64 bits differ.
    Extremes,
    /// Few values, hence ties.
    Few,
    Floats,
    /// Texts that share their beginning, end in zero bytes or are beginnings of others.
    Texts,
    /// Texts that differ only far behind.
    Long,
    Wide,
    Flags,
    /// All NULL, of a type that has other values.
    Empty,
    /// Of the type that has none.
    Void,
}

fn array(kind: Kind, rows: usize, nulls: bool, numbers: &mut Numbers) -> ArrayRef {
    let mut some = |value: fn(&mut Numbers) -> i64| {
        let values = (0..rows).map(|_| match nulls && numbers.below(6) == 0 {
            true => None,
            false => Some(value(numbers)),
        });
        values.collect::<Vec<Option<i64>>>()
    };
    let text = |values: Vec<Option<i64>>, f: fn(i64) -> String| {
        let texts = values.into_iter().map(|value| value.map(f));
        Arc::new(texts.collect::<StringViewArray>()) as ArrayRef
    };
    match kind {
        Kind::Extremes => Arc::new(Int64Array::from(some(|n| match n.below(9) {
            0 => i64::MIN,
            1 => i64::MAX,
            _ => (n.below(1 << 53) as i64) << 11 ^ n.below(1 << 20) as i64,
        }))),
        Kind::Few => Arc::new(Int64Array::from(some(|n| n.below(5) as i64 - 2))),
        Kind::Floats => {
            let value = |n: i64| match n {
                0 => f64::NAN,
                1 => -f64::NAN,
                2 => -0.0,
                3 => 0.0,
                4 => f64::INFINITY,
                5 => f64::NEG_INFINITY,
                n => (n - 50) as f64 / 7.0,
            };
            let values = some(|n| n.below(100) as i64).into_iter();
            Arc::new(values.map(|n| n.map(value)).collect::<Float64Array>())
        }
        Kind::Texts => text(some(|n| n.below(400) as i64), |n| {
            let zeros = "\0".repeat(n as usize % 4);
            format!("a key {}{zeros}", "é1".repeat(n as usize / 40))
        }),
        Kind::Long => text(some(|n| n.below(50) as i64), |n| {
            format!("the same for more than thirty-two bytes, and then {n}")
        }),
        Kind::Wide => {
            let values = some(|n| n.below(1 << 20) as i64 - (1 << 19)).into_iter();
            let values = values.map(|n| n.map(|n| i128::from(n) << 70 | i128::from(n & 3)));
            let values: Decimal128Array = values.collect();
            Arc::new(values.with_precision_and_scale(38, 3).unwrap())
        }
        Kind::Flags => {
            let values = some(|n| n.below(2) as i64).into_iter();
            Arc::new(values.map(|n| n.map(|n| n == 1)).collect::<BooleanArray>())
        }
        Kind::Empty => Arc::new(Int64Array::new_null(rows)),
        Kind::Void => Arc::new(NullArray::new(rows)),
    }
}

/// The order of all rows by comparing whole keys; rows with equal keys as they came.
fn naive(batches: &[Vec<ArrayRef>], fields: &[SortField]) -> (Vec<u32>, Vec<Vec<u8>>) {
    let converter = RowConverter::new(fields.to_vec()).unwrap();
    let columns = (0..fields.len()).map(|column| {
        let parts: Vec<&dyn Array> = batches.iter().map(|b| b[column].as_ref()).collect();
        normalize_floats(&concat(&parts).unwrap())
    });
    let rows = converter
        .convert_columns(&columns.collect::<Vec<_>>())
        .unwrap();
    let mut order: Vec<u32> = (0..rows.num_rows() as u32).collect();
    order.sort_by(|a, b| rows.row(*a as usize).cmp(&rows.row(*b as usize)));
    let keys = order
        .iter()
        .map(|row| rows.row(*row as usize).data().to_vec());
    let keys = keys.collect();
    (order, keys)
}

fn check(kinds: &[(Kind, bool, bool)], sizes: &[usize], numbers: &mut Numbers, threads: usize) {
    let mut first = 0;
    let (mut held, mut batches, mut stats) = (Vec::new(), Vec::new(), Vec::<KeyStats>::new());
    for (number, size) in sizes.iter().enumerate() {
        // Some batches have no NULL, so that not all of them say the same.
        let nulls = number % 3 != 1;
        let keys = kinds
            .iter()
            .map(|(kind, _, _)| array(*kind, *size, nulls, numbers));
        let keys: Vec<ArrayRef> = keys.collect();
        stats.resize_with(keys.len(), KeyStats::default);
        for (stats, key) in stats.iter_mut().zip(&keys) {
            stats.merge(&KeyStats::of(key));
        }
        let ids: ArrayRef = Arc::new(UInt32Array::from_iter_values(first..first + *size as u32));
        let mut columns = keys.clone();
        columns.push(ids);
        held.push(Held {
            batch: Batch::new(columns, *size),
            keys: keys.clone(),
            position: u64::from(first),
        });
        batches.push(keys);
        first += *size as u32;
    }
    // Workers bring them in any order.
    held.reverse();
    let options = kinds
        .iter()
        .map(|(_, descending, nulls_first)| SortOptions {
            descending: *descending,
            nulls_first: *nulls_first,
        });
    let options: Vec<SortOptions> = options.collect();
    let types: Vec<DataType> = batches[0]
        .iter()
        .map(|key| key.data_type().clone())
        .collect();
    let fields = types.iter().zip(&options);
    let fields = fields.map(|(t, options)| SortField::new_with_options(t.clone(), *options));
    let (expected, expected_keys) = naive(&batches, &fields.collect::<Vec<_>>());
    let projector = Projector::new(&[], &[], &Config::default()).unwrap();
    let keys = SortKeys::new(projector, types, options).unwrap();
    let query = QueryContext::new(Arc::default(), threads, 1 << 30, Arc::default());
    let query = (threads > 1).then_some(&query);
    let ordered = Ordered::new(&keys, &stats, held, query).unwrap();
    assert_eq!(ordered.rows(), expected.len());
    let sorted = ordered.gather(0..ordered.rows()).unwrap();
    let ids = sorted.columns[kinds.len()].as_primitive::<UInt32Type>();
    assert_eq!(ids.values()[..], expected[..], "{kinds:?}");
    // The columns go where the numbers went.
    for (column, _) in kinds.iter().enumerate() {
        let parts: Vec<&dyn Array> = batches.iter().map(|b| b[column].as_ref()).collect();
        let indices = UInt32Array::from(expected.clone());
        let taken = arrow::compute::take(&concat(&parts).unwrap(), &indices, None).unwrap();
        assert_eq!(&sorted.columns[column], &taken, "{kinds:?}");
    }
    for row in [0, 1, expected.len() / 3, expected.len() / 2] {
        if (1..expected.len()).contains(&row) {
            let same = expected_keys[row..].iter();
            let same = same.take_while(|key| **key == expected_keys[row - 1]);
            assert_eq!(ordered.end_of_key(row).unwrap(), row + same.count());
        }
    }
}

#[test]
fn packed_keys_sort_as_whole_ones() {
    use Kind::*;
    let cases: [&[Kind]; 14] = [
        &[Few],
        &[Extremes],
        &[Floats],
        &[Texts],
        &[Long],
        &[Wide],
        &[Flags],
        &[Empty, Void, Few],
        &[Few, Texts, Floats, Extremes],
        &[Extremes, Extremes, Few],
        &[Long, Few],
        &[Texts, Long, Flags],
        &[Few, Wide, Extremes],
        &[Void],
    ];
    let mut numbers = Numbers(7);
    for case in cases {
        for threads in [1, 3] {
            let random = |numbers: &mut Numbers| numbers.below(2) == 0;
            let kinds: Vec<_> = (case.iter())
                .map(|kind| (*kind, random(&mut numbers), random(&mut numbers)))
                .collect();
            check(&kinds, &[3, 100, 1, 57], &mut numbers, threads);
            check(&kinds, &[9000, 1, 7000, 20_000, 33], &mut numbers, threads);
        }
    }
}

#[test]
fn one_bucket_may_have_nearly_all_rows() {
    // One value far away takes the upper bits, so that the first split says little.
    let mut numbers = Numbers(11);
    let mut held = Vec::new();
    let mut stats = KeyStats::default();
    let mut expected = Vec::new();
    for batch in 0..20u64 {
        let keys = (0..8192).map(|_| (numbers.below(50_000) as i64) << 4);
        let mut keys: Vec<i64> = keys.collect();
        if batch == 7 {
            keys[5] = i64::MAX;
        }
        expected.extend(keys.clone());
        let key: ArrayRef = Arc::new(Int64Array::from(keys));
        stats.merge(&KeyStats::of(&key));
        held.push(Held {
            batch: Batch::new(vec![key.clone()], 8192),
            keys: vec![key],
            position: batch * 8192,
        });
    }
    expected.sort_unstable();
    let projector = Projector::new(&[], &[], &Config::default()).unwrap();
    let keys = SortKeys::new(
        projector,
        vec![DataType::Int64],
        vec![SortOptions::default()],
    );
    let keys = keys.unwrap();
    for threads in [1, 2] {
        let query = QueryContext::new(Arc::default(), threads, 1 << 30, Arc::default());
        let query = (threads > 1).then_some(&query);
        let ordered =
            Ordered::new(&keys, std::slice::from_ref(&stats), held.clone(), query).unwrap();
        let sorted = ordered.gather(0..ordered.rows()).unwrap();
        let found: ArrayRef = Arc::new(Int64Array::from(expected.clone()));
        assert_eq!(&sorted.columns[0], &found);
    }
}
