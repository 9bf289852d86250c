//! Adding rows up: within few groups, by codes, distinct ones, groups in order; the least strings.
//!
//! Limit: a plain loop that does the same to arrays of native numbers, with the groups' places known beforehand and
//! nothing checked.

use super::data;
use super::harness::{Bench, Limit};
use super::tables::Tables;
use arrow::array::{ArrayRef, Int32Array};
use std::sync::Arc;

const FAMILY: &str = "aggregates";
const ROWS: usize = 1 << 21;
const GROUPS: u64 = 64;
const NUMBERS: u64 = 50_000;

struct Case {
    name: &'static str,
    /// Above this, with the same columns read.
    base: &'static str,
    query: &'static str,
    what: &'static str,
    limit: fn(&Data) -> u64,
}

/// The columns as native numbers.
struct Data {
    groups: Vec<u64>,
    values: Vec<u64>,
}

const CASES: [Case; 9] = [
    Case {
        name: "sum(BIGINT), few groups of INT",
        base: "SELECT max(k), max(v) FROM t",
        query: "SELECT k, sum(v) FROM t GROUP BY k",
        what: "sums[k] += v",
        limit: sums,
    },
    Case {
        name: "sum(DECIMAL(15,2)), few groups of INT",
        base: "SELECT max(k), max(d) FROM t",
        query: "SELECT k, sum(d) FROM t GROUP BY k",
        what: "sums[k] += v",
        limit: sums,
    },
    Case {
        name: "sum, avg, min, max, count, few groups of INT",
        base: "SELECT max(k), max(v) FROM t",
        query: "SELECT k, sum(v), avg(v), min(v), max(v), count(*) FROM t GROUP BY k",
        what: "sums[k] += v",
        limit: sums,
    },
    Case {
        name: "count(*), by codes of STRING",
        base: "SELECT s FROM f WHERE s = 'no such'",
        query: "SELECT s, count(*) FROM f GROUP BY s",
        what: "counts[k] += 1",
        limit: counts,
    },
    Case {
        name: "count(DISTINCT BIGINT), few groups, narrow",
        base: "SELECT max(k), max(v) FROM t",
        query: "SELECT k, count(DISTINCT v) FROM t GROUP BY k",
        what: "bits[k][v] = 1",
        limit: bits,
    },
    Case {
        name: "count(DISTINCT BIGINT), few groups, wide",
        base: "SELECT max(k), max(w) FROM t",
        query: "SELECT k, count(DISTINCT w) FROM t GROUP BY k",
        what: "bits[k][v] = 1",
        limit: bits,
    },
    Case {
        name: "sum(BIGINT), many groups in order",
        base: "SELECT max(o), max(v) FROM t",
        query: "SELECT max(total) FROM (SELECT o, sum(v) AS total FROM t GROUP BY o)",
        what: "sum until the key is another",
        limit: runs,
    },
    Case {
        name: "min(STRING) of 12 bytes at most",
        base: "SELECT count(c) FROM t",
        query: "SELECT min(c) FROM t",
        what: "counts[k] += 1",
        limit: counts,
    },
    Case {
        name: "ORDER BY STRING LIMIT 10, alike at first",
        base: "SELECT count(l) FROM t",
        query: "SELECT l FROM t ORDER BY l LIMIT 10",
        what: "counts[k] += 1",
        limit: counts,
    },
];

/// Rows of a group that come one after the other.
const RUN: usize = 4;

pub fn run(bench: &mut Bench) {
    let cases = bench.wanted(FAMILY, &CASES, |case| case.name);
    if cases.is_empty() {
        return;
    }
    let data = Data {
        groups: data::below(ROWS, GROUPS, 1),
        values: data::below(ROWS, NUMBERS, 2),
    };
    let keys = data.groups.iter().map(|k| *k as i32);
    let keys: ArrayRef = Arc::new(Int32Array::from_iter_values(keys));
    let values = || data.values.iter().map(|v| *v as i64);
    let tables = Tables::new();
    tables.in_memory(
        "t",
        &[
            ("k", keys),
            ("v", data::integers(values())),
            ("d", data::decimals(values(), 15, 2)),
            // Too far from each other for a bit each.
            ("w", data::integers(values().map(|v| v << 24))),
            (
                "o",
                data::integers((0..ROWS).map(|row| ((row / RUN) as i64) << 16)),
            ),
            (
                "c",
                data::strings(data.values.iter().map(|v| v.to_string())),
            ),
            (
                "l",
                data::strings(data.values.iter().map(|v| format!("a beginning, and {v}"))),
            ),
        ],
    );
    let folder = tempfile::tempdir().expect("a folder");
    let texts = data::strings(data.groups.iter().map(|k| format!("some group {k}")));
    tables.in_file("f", &folder.path().join("f.parquet"), &[("s", texts)]);
    for case in cases {
        let limit = Limit::new(case.what, || (case.limit)(&data));
        let names = (FAMILY, case.name);
        tables.measure_above(bench, names, ROWS, limit, case.base, case.query);
    }
}

fn sums(data: &Data) -> u64 {
    let mut sums = [0u64; GROUPS as usize];
    for (group, value) in data.groups.iter().zip(&data.values) {
        let sum = &mut sums[*group as usize % GROUPS as usize];
        *sum = sum.wrapping_add(*value);
    }
    sums.iter().sum()
}

fn runs(data: &Data) -> u64 {
    let sums = data.values.chunks(RUN).map(|run| run.iter().sum());
    sums.max().unwrap_or(0)
}

fn counts(data: &Data) -> u64 {
    let mut counts = [0u64; GROUPS as usize];
    for group in &data.groups {
        counts[*group as usize % GROUPS as usize] += 1;
    }
    counts.iter().max().copied().unwrap_or(0)
}

fn bits(data: &Data) -> u64 {
    const WORDS: usize = (NUMBERS as usize).next_power_of_two() / 64;
    let mut bits = vec![0u64; WORDS * GROUPS as usize];
    for (group, value) in data.groups.iter().zip(&data.values) {
        bits[*group as usize * WORDS + *value as usize / 64] |= 1 << (value % 64);
    }
    bits.iter().map(|word| u64::from(word.count_ones())).sum()
}
