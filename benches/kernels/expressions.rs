//! Expressions of several operators: decimals that run as one step, and CASE.
//!
//! Limit: the same computed by a plain loop over native numbers, nothing checked.

use super::data;
use super::harness::{Bench, Limit};
use super::tables::Tables;
use arrow::array::{ArrayRef, Int32Array};
use std::sync::Arc;

const FAMILY: &str = "expressions";
const ROWS: usize = 1 << 21;

struct Case {
    name: &'static str,
    /// Above this, with the same columns read.
    base: &'static str,
    query: &'static str,
    what: &'static str,
    limit: fn(&Data, &mut Vec<u64>),
}

/// The columns as native numbers.
struct Data {
    choice: Vec<u64>,
    quantity: Vec<u64>,
    price: Vec<u64>,
    discount: Vec<u64>,
}

const CASES: [Case; 4] = [
    Case {
        name: "INT * DECIMAL * (1 - DECIMAL), fused",
        base: "SELECT max(q), max(p), max(r) FROM t",
        query: "SELECT max(q * p * (1 - r)) FROM t",
        what: "q * p * (1 - r), 64 bits",
        limit: |data, into| {
            into.clear();
            let rows = data.quantity.iter().zip(&data.price).zip(&data.discount);
            into.extend(rows.map(|((q, p), r)| q * p * (100 - r)));
        },
    },
    Case {
        name: "CASE of two numbers",
        base: "SELECT max(c), max(q), max(p) FROM t",
        query: "SELECT max(CASE WHEN c < 3 THEN p ELSE 0 END) FROM t",
        what: "c < 3 ? p : 0",
        limit: |data, into| {
            into.clear();
            let rows = data.choice.iter().zip(&data.price);
            into.extend(rows.map(|(c, p)| if *c < 3 { *p } else { 0 }));
        },
    },
    Case {
        name: "six CASEs that share a product",
        base: "SELECT max(c), max(q), max(p), max(r) FROM t",
        query: "SELECT max(CASE WHEN c = 1 THEN q * p * (1 - r) ELSE 0 END), max(CASE WHEN c = 2 THEN q * p * (1 - r) ELSE 0 END),
            max(CASE WHEN c = 3 THEN q * p * (1 - r) ELSE 0 END), max(CASE WHEN c = 4 THEN q * p * (1 - r) ELSE 0 END),
            max(CASE WHEN c = 5 THEN q * p * (1 - r) ELSE 0 END), max(CASE WHEN c = 6 THEN q * p * (1 - r) ELSE 0 END) FROM t",
        what: "six times c == 1 ? x : 0",
        limit: |data, into| {
            for choice in 0..6 {
                into.clear();
                let rows = data.choice.iter().zip(&data.price);
                into.extend(rows.map(|(c, p)| if *c == choice { *p } else { 0 }));
            }
        },
    },
    Case {
        name: "CASE of three texts",
        base: "SELECT max(p) FROM t",
        query: "SELECT count(CASE WHEN p < 5000 THEN 'low' WHEN p < 20000 THEN 'middle' ELSE 'high' END) FROM t WHERE q >= 0
            GROUP BY CASE WHEN p < 5000 THEN 'low' WHEN p < 20000 THEN 'middle' ELSE 'high' END",
        what: "p < a ? x : p < b ? y : z",
        limit: |data, into| {
            into.clear();
            into.extend(data.price.iter().map(|p| match *p {
                0..500_000 => 1,
                500_000..2_000_000 => 2,
                _ => 3,
            }));
        },
    },
];

pub fn run(bench: &mut Bench) {
    let cases = bench.wanted(FAMILY, &CASES, |case| case.name);
    if cases.is_empty() {
        return;
    }
    let data = Data {
        choice: data::below(ROWS, 7, 1),
        quantity: data::below(ROWS, 12, 2),
        price: data::below(ROWS, 5_000_000, 3),
        discount: data::below(ROWS, 30, 4),
    };
    let ints = |numbers: &[u64]| -> ArrayRef {
        let numbers = numbers.iter().map(|n| *n as i32);
        Arc::new(Int32Array::from_iter_values(numbers))
    };
    let signed = |numbers: &[u64]| numbers.iter().map(|n| *n as i64).collect::<Vec<_>>();
    let tables = Tables::new();
    tables.in_memory(
        "t",
        &[
            ("c", ints(&data.choice)),
            ("q", ints(&data.quantity)),
            ("p", data::decimals(signed(&data.price), 9, 2)),
            ("r", data::decimals(signed(&data.discount), 4, 2)),
        ],
    );
    let mut out = Vec::with_capacity(ROWS);
    for case in cases {
        let limit = Limit::new(case.what, || (case.limit)(&data, &mut out));
        let names = (FAMILY, case.name);
        tables.measure_above(bench, names, ROWS, limit, case.base, case.query);
    }
}
