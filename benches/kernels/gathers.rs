//! Gathers: rows of a table in another order, as joins, sorts and top-k fetch them.
//!
//! Limit: the same loads of 8 or 16 bytes from plain arrays, the results written one after the other.

use super::data;
use super::harness::{Bench, Limit};
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::{interleave, take};

const FAMILY: &str = "gathers";
const ROWS: usize = 1 << 20;
/// Rows of the table that is gathered from, and where they lie.
const TABLES: [(usize, &str); 2] = [(1 << 14, "L2"), (1 << 23, "memory")];

pub fn run(bench: &mut Bench) {
    for (table, place) in TABLES {
        let places: Vec<u32> = (data::below(ROWS, table as u64, 1).into_iter())
            .map(|place| place as u32)
            .collect();
        fixed(bench, table, place, &places);
        views(bench, table, place, &places);
        from_batches(bench, table, place, &places);
    }
}

/// Loads from a plain array, the results written one after the other.
fn loads<'a, T: Copy>(what: &'a str, plain: &'a [T], places: &'a [u32]) -> Limit<'a> {
    let mut out = Vec::with_capacity(ROWS);
    Limit::new(what, move || {
        out.clear();
        out.extend(places.iter().map(|place| plain[*place as usize]));
        out.len()
    })
}

fn fixed(bench: &mut Bench, table: usize, place: &str, places: &[u32]) {
    let name = format!("take BIGINT, {place}");
    if !bench.wants(FAMILY, &name) {
        return;
    }
    let plain: Vec<u64> = (0..table as u64).collect();
    let array = data::integers((0..table as i64).collect::<Vec<_>>());
    let indices = UInt32Array::from(places.to_vec());
    let limit = loads("8 bytes from the same places", &plain, places);
    bench.measure(FAMILY, &name, ROWS, limit, || {
        take(array.as_ref(), &indices, None).expect("rows")
    });
}

fn views(bench: &mut Bench, table: usize, place: &str, places: &[u32]) {
    let name = format!("take STRING, {place}");
    if !bench.wants(FAMILY, &name) {
        return;
    }
    let plain = vec![0u128; table];
    let array = data::strings((0..table).map(|row| format!("a text of some length {row}")));
    let indices = UInt32Array::from(places.to_vec());
    let limit = loads("16 bytes from the same places", &plain, places);
    bench.measure(FAMILY, &name, ROWS, limit, || {
        take(array.as_ref(), &indices, None).expect("rows")
    });
}

fn from_batches(bench: &mut Bench, table: usize, place: &str, places: &[u32]) {
    let name = format!("interleave BIGINT of batches, {place}");
    if !bench.wants(FAMILY, &name) {
        return;
    }
    let plain: Vec<u64> = (0..table as u64).collect();
    let batches = data::batches(&[data::integers(0..table as i64)]);
    let arrays: Vec<ArrayRef> = batches.iter().map(|b| b.columns[0].clone()).collect();
    let arrays: Vec<_> = arrays.iter().map(|array| array.as_ref()).collect();
    let pairs = places.iter().map(|p| *p as usize);
    let pairs: Vec<_> = pairs.map(|p| (p / data::BATCH, p % data::BATCH)).collect();
    let limit = loads("8 bytes from the same places", &plain, places);
    bench.measure(FAMILY, &name, ROWS, limit, || {
        interleave(&arrays, &pairs).expect("rows")
    });
}
