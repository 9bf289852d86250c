//! Hashing, GROUP BY tables and joins, with tables that fit the L2 cache, the L3 cache and neither.
//!
//! Limit: one load per row from a random place of an array as large as the table has to be (16 bytes a key), the
//! places known beforehand. It is what a perfect hash function and a perfect table would cost.
//!
//! Joins are measured as queries over batches in memory (`count(*)` of an inner join): the build with one probe row,
//! the probe as what all probe rows take more.

use super::data::{self, Numbers};
use super::harness::{Bench, Limit};
use super::tables::Tables;
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use firesteel::exec::bench_support::{Groups, hash};
use firesteel::prelude::*;

const FAMILY: &str = "hash tables";
/// Rows looked up per run.
const ROWS: usize = 1 << 20;
/// Distinct keys, and where a table of them lies.
const SIZES: [(usize, &str); 3] = [(1 << 13, "L2"), (1 << 18, "L3"), (1 << 23, "memory")];

/// A kind of key: its columns for each of some numbers.
struct Kind {
    name: &'static str,
    types: fn() -> Vec<DataType>,
    columns: fn(&[u64]) -> Vec<ArrayRef>,
    /// Not beside tables in memory: making the data takes too long.
    small_only: bool,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "one BIGINT",
        types: || vec![DataType::Long],
        columns: |keys| {
            vec![data::integers(
                keys.iter().map(|k| data::scatter(*k) as i64),
            )]
        },
        small_only: false,
    },
    Kind {
        name: "DATE and CHAR(3), packed",
        types: || vec![DataType::Date, DataType::String],
        columns: |keys| {
            vec![
                data::dates(keys.iter().map(|k| (k >> 4) as i32)),
                data::strings(keys.iter().map(|k| format!("m{:02}", k & 15))),
            ]
        },
        small_only: false,
    },
    Kind {
        name: "one STRING of 20 bytes",
        types: || vec![DataType::String],
        columns: |keys| {
            vec![data::strings(
                keys.iter().map(|k| format!("customer-{k:011}")),
            )]
        },
        small_only: true,
    },
    Kind {
        name: "two STRINGs, as rows",
        types: || vec![DataType::String, DataType::String],
        columns: |keys| {
            let high = keys
                .iter()
                .map(|k| format!("a street of some name {}", k >> 8));
            let low = keys
                .iter()
                .map(|k| format!("a town of some name {}", k & 255));
            vec![data::strings(high), data::strings(low)]
        },
        small_only: true,
    },
];

pub fn run(bench: &mut Bench) {
    hashing(bench);
    for kind in &KINDS {
        for (keys, place) in SIZES {
            if !(kind.small_only && place == "memory") {
                group(bench, kind, keys, place);
            }
        }
    }
    few_strings(bench);
    for (keys, place) in SIZES {
        join(bench, keys, place);
    }
}

/// Strings of few values, whose rows share their views as those of a dictionary do.
fn few_strings(bench: &mut Bench) {
    const VALUES: u64 = 64;
    for kind in KINDS.iter().filter(|kind| kind.small_only) {
        let name = format!("group by {}, {VALUES} values", kind.name);
        if !bench.wants(FAMILY, &name) {
            continue;
        }
        let values: Vec<u64> = (0..VALUES).collect();
        let rows = data::below(ROWS, VALUES, 2);
        let rows = UInt32Array::from_iter_values(rows.iter().map(|row| *row as u32));
        let columns = (kind.columns)(&values).into_iter();
        let columns = columns.map(|column| take(&column, &rows, None));
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>().expect("rows");
        let batches = data::batches(&columns);
        let mut groups = Groups::new(&(kind.types)());
        let mut assigned = Vec::new();
        let (array, places) = random_loads(VALUES as usize, ROWS);
        let limit = Limit::new("random loads, 16 bytes a key", || {
            data::gather_sum(&array, &places)
        });
        bench.measure(FAMILY, &name, ROWS, limit, || {
            for batch in &batches {
                groups
                    .assign(&batch.columns, &mut assigned)
                    .expect("groups");
            }
            groups.count()
        });
    }
}

fn hashing(bench: &mut Bench) {
    for kind in &KINDS {
        let name = format!("hash of {}", kind.name);
        if !bench.wants(FAMILY, &name) {
            continue;
        }
        let numbers = data::below(ROWS, 1 << 18, 1);
        let batches = data::batches(&(kind.columns)(&numbers));
        let mut out = Vec::with_capacity(ROWS);
        let limit = Limit::new("copy 8 bytes a row", || data::copy(&numbers, &mut out));
        bench.measure(FAMILY, &name, ROWS, limit, || {
            let hashes = batches.iter().map(|batch| hash(&batch.columns));
            hashes
                .map(|hashes| hashes.expect("hashes").len())
                .sum::<usize>()
        });
    }
}

fn group(bench: &mut Bench, kind: &Kind, keys: usize, place: &str) {
    let found = format!("group by {}, {place}", kind.name);
    let inserted = format!("group by {}, {place}, all new", kind.name);
    let (wants_found, wants_inserted) =
        (bench.wants(FAMILY, &found), bench.wants(FAMILY, &inserted));
    if !wants_found && !wants_inserted {
        return;
    }
    let distinct: Vec<u64> = (0..keys as u64).collect();
    let known = data::batches(&(kind.columns)(&distinct));
    let types = (kind.types)();
    let mut assigned = Vec::new();
    let fill = |assigned: &mut Vec<u32>| {
        let mut groups = Groups::new(&types);
        for batch in &known {
            groups.assign(&batch.columns, assigned).expect("groups");
        }
        groups
    };
    if wants_found {
        let numbers = data::below(ROWS, keys as u64, 2);
        let batches = data::batches(&(kind.columns)(&numbers));
        let mut groups = fill(&mut assigned);
        let (array, places) = random_loads(keys, ROWS);
        let limit = Limit::new("random loads, 16 bytes a key", || {
            data::gather_sum(&array, &places)
        });
        bench.measure(FAMILY, &found, ROWS, limit, || {
            for batch in &batches {
                groups
                    .assign(&batch.columns, &mut assigned)
                    .expect("groups");
            }
            groups.count()
        });
    }
    if wants_inserted {
        let (array, places) = random_loads(keys, keys);
        let limit = Limit::new("random loads, 16 bytes a key", || {
            data::gather_sum(&array, &places)
        });
        bench.measure(FAMILY, &inserted, keys, limit, || {
            fill(&mut assigned).count()
        });
    }
}

/// An array of 16 bytes per key, and places in it.
fn random_loads(keys: usize, rows: usize) -> (Vec<u64>, Vec<u32>) {
    let mut numbers = Numbers::new(3);
    let array = vec![1; keys * 2];
    let places = (0..rows).map(|_| numbers.below(keys as u64 * 2) as u32);
    (array, places.collect())
}

fn join(bench: &mut Bench, keys: usize, place: &str) {
    let build = format!("join, build on BIGINT, {place}");
    let probe = format!("join, probe by BIGINT, {place}");
    let (wants_build, wants_probe) = (bench.wants(FAMILY, &build), bench.wants(FAMILY, &probe));
    if !wants_build && !wants_probe {
        return;
    }
    let tables = Tables::new();
    let view = |name: &str, numbers: &[u64]| {
        let scattered = numbers.iter().map(|k| data::scatter(*k) as i64);
        tables.in_memory(name, &[("k", data::integers(scattered))]);
    };
    let distinct: Vec<u64> = (0..keys as u64).collect();
    view("built", &distinct);
    view("probed", &data::below(ROWS, keys as u64, 4));
    view("once", &[0]);
    let query = |probed: &str| {
        format!("SELECT /*+ BROADCAST(built) */ count(*) FROM {probed} p JOIN built USING (k)")
    };
    if wants_build {
        let (array, places) = random_loads(keys, keys);
        let limit = Limit::new("random loads, 16 bytes a key", || {
            data::gather_sum(&array, &places)
        });
        let once = query("once");
        bench.measure(FAMILY, &build, keys, limit, || tables.query(&once));
    }
    if wants_probe {
        let (array, places) = random_loads(keys, ROWS);
        let limit = Limit::new("random loads, 16 bytes a key", || {
            data::gather_sum(&array, &places)
        });
        let names = (FAMILY, probe.as_str());
        let (base, query) = (query("once"), query("probed"));
        tables.measure_above(bench, names, ROWS, limit, &base, &query);
    }
}
