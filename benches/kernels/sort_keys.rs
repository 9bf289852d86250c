//! Sort keys: encoding them, and sorting by them.
//!
//! Limit: for encoding, copying the key columns; for sorting, the standard library's unstable sort of as many
//! 64-bit numbers with their positions.

use super::data;
use super::harness::{Bench, Limit};
use arrow::array::ArrayRef;
use firesteel::exec::bench_support::{encode_sort_keys, sort};
use firesteel::prelude::*;

const FAMILY: &str = "sort keys";
const ROWS: usize = 1 << 18;

pub fn run(bench: &mut Bench) {
    let numbers = data::below(ROWS, 1 << 40, 1);
    let long: ArrayRef = data::integers(numbers.iter().map(|n| *n as i64));
    let few: ArrayRef = data::integers(numbers.iter().map(|n| (*n & 15) as i64));
    let date: ArrayRef = data::dates(numbers.iter().map(|n| (*n & 4095) as i32));
    let text: ArrayRef = data::strings(numbers.iter().map(|n| format!("customer {n:013}")));
    let cases: [(&str, Vec<ArrayRef>, Vec<DataType>); 4] = [
        ("BIGINT", vec![long.clone()], vec![DataType::Long]),
        (
            "DATE, BIGINT",
            vec![date.clone(), long.clone()],
            vec![DataType::Date, DataType::Long],
        ),
        (
            "BIGINT, DATE, STRING",
            vec![few, date, text.clone()],
            vec![DataType::Long, DataType::Date, DataType::String],
        ),
        ("STRING", vec![text], vec![DataType::String]),
    ];
    let spark = Session::builder()
        .master("local[1]")
        .create()
        .expect("a session");
    let query = super::scan::query(&spark);
    for (what, columns, types) in &cases {
        let batches = data::batches(columns);
        let name = format!("encode {what}");
        if bench.wants(FAMILY, &name) {
            let mut out = Vec::with_capacity(ROWS);
            let limit = Limit::new("copy of 8 bytes a key column", || {
                columns
                    .iter()
                    .map(|_| data::copy(&numbers, &mut out))
                    .sum::<usize>()
            });
            bench.measure(FAMILY, &name, ROWS, limit, || {
                for batch in &batches {
                    encode_sort_keys(&batch.columns, types).expect("keys");
                }
            });
        }
        let name = format!("sort by {what}");
        if bench.wants(FAMILY, &name) {
            let limit = Limit::new("sort_unstable of (u64, u64)", || {
                let pairs = numbers.iter().enumerate();
                let mut pairs: Vec<(u64, u64)> = pairs.map(|(i, n)| (*n, i as u64)).collect();
                pairs.sort_unstable();
                pairs.len()
            });
            bench.measure(FAMILY, &name, ROWS, limit, || {
                sort(&batches, types, &query).expect("rows")
            });
        }
    }
}
