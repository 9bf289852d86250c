//! Predicates, and taking the rows that they keep, at several selectivities.
//!
//! Limit: reading the predicate's input once; for the rows kept, reading and writing those alone, their places known
//! beforehand.

use super::data::{self, Numbers};
use super::harness::{Bench, Limit};
use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use firesteel::expr::Selection;
use firesteel::kernel::Column;
use firesteel::kernel::compare::{Comparison, compare};

const FAMILY: &str = "filters";
const BATCHES: usize = 32;
const ROWS: usize = data::BATCH * BATCHES;

pub fn run(bench: &mut Bench) {
    predicates(bench);
    for percent in [1, 10, 50, 99] {
        keep(bench, percent);
    }
}

fn predicates(bench: &mut Bench) {
    let numbers = data::below(ROWS, 2500, 1);
    let signed = || numbers.iter().map(|n| *n as i64);
    let cases: [(&str, ArrayRef, ArrayRef); 3] = [
        (
            "BIGINT < constant",
            data::integers(signed()),
            data::integers([1000]),
        ),
        (
            "DATE < constant",
            data::dates(numbers.iter().map(|n| *n as i32)),
            data::dates([1000]),
        ),
        (
            "DECIMAL(15,2) < constant",
            data::decimals(signed(), 15, 2),
            data::decimals([1000], 15, 2),
        ),
    ];
    for (name, column, constant) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let batches = data::batches(&[column]);
        let columns = batches.iter().map(|b| Column::Array(b.columns[0].clone()));
        let columns: Vec<Column> = columns.collect();
        let constant = Column::Constant(constant);
        let limit = Limit::new("sum of 8 bytes a row", || data::sum(&numbers));
        bench.measure(FAMILY, name, ROWS, limit, || {
            for column in &columns {
                let kept = compare(Comparison::Less, column, &constant, data::BATCH);
                std::hint::black_box(kept.expect("booleans"));
            }
        });
    }
}

fn keep(bench: &mut Bench, percent: u64) {
    let mut numbers = Numbers::new(percent);
    let kept: Vec<bool> = (0..ROWS).map(|_| numbers.below(100) < percent).collect();
    let plain = data::below(ROWS, 1 << 40, 2);
    let signed = || plain.iter().map(|n| *n as i64);
    let cases: [(&str, Vec<ArrayRef>); 3] = [
        ("BIGINT", vec![data::integers(signed())]),
        (
            "4 x BIGINT",
            (0..4).map(|_| data::integers(signed())).collect(),
        ),
        (
            "STRING",
            vec![data::strings(
                plain.iter().map(|n| format!("some text {n}")),
            )],
        ),
    ];
    for (what, columns) in cases {
        let name = format!("keep {percent} % of {what}");
        if !bench.wants(FAMILY, &name) {
            continue;
        }
        let width = columns.len();
        let batches = data::batches(&columns);
        let masks = kept.chunks(data::BATCH);
        let masks: Vec<BooleanBuffer> = masks.map(|c| c.iter().copied().collect()).collect();
        let places = (0..ROWS as u32).filter(|row| kept[*row as usize]);
        let places: Vec<u32> = places.collect();
        let words = if what == "STRING" { 2 } else { width };
        let mut out = Vec::with_capacity(ROWS);
        let limit = Limit::new("8 bytes a word from known places", || {
            for _ in 0..words {
                out.clear();
                out.extend(places.iter().map(|place| plain[*place as usize]));
            }
            out.len()
        });
        bench.measure(FAMILY, &name, ROWS, limit, || {
            for (batch, mask) in batches.iter().zip(&masks) {
                let selection = Selection::from_mask(mask.clone());
                std::hint::black_box(selection.filter(&batch.columns).expect("rows"));
            }
        });
    }
}
