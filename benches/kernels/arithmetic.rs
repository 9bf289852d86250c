//! Arithmetic, checked for overflow as ANSI SQL wants it.
//!
//! Limit: the same number of bytes read and written by a loop that cannot fail and is not asked to check (wrapping
//! `a * b` on two 64-bit columns).

use super::data;
use super::harness::{Bench, Limit};
use arrow::array::ArrayRef;
use firesteel::kernel::Column;
use firesteel::kernel::arithmetic::decimal::decimal;
use firesteel::kernel::arithmetic::{FailureMode, Operator, floating, integer};
use firesteel::prelude::*;

const FAMILY: &str = "arithmetic";
const ROWS: usize = data::BATCH;

fn decimal_type(precision: u8, scale: i8) -> DataType {
    DataType::Decimal { precision, scale }
}

pub fn run(bench: &mut Bench) {
    let left = data::below(ROWS, 10_000_000, 1);
    let right = data::below(ROWS, 100, 2);
    let signed = |numbers: &[u64]| numbers.iter().map(|n| *n as i64).collect::<Vec<_>>();
    let money = Column::Array(data::decimals(signed(&left), 15, 2));
    let rate = Column::Array(data::decimals(signed(&right), 15, 2));
    let whole = Column::Array(data::decimals(signed(&left), 10, 0));
    let one = Column::Constant(data::decimals([1], 1, 0));
    let (m15, m1) = (decimal_type(15, 2), decimal_type(1, 0));
    let longs = Column::Array(data::integers(signed(&left)));
    let others = Column::Array(data::integers(signed(&right)));
    let doubles = |numbers: &[u64]| -> ArrayRef {
        data::doubles(numbers.iter().map(|n| *n as f64).collect::<Vec<_>>())
    };
    let reals = Column::Array(doubles(&left));
    let factors = Column::Array(doubles(&right));
    let ansi = FailureMode::Raise;

    type Kernel<'a> = Box<dyn FnMut() -> Result<Column> + 'a>;
    let cases: Vec<(&str, Kernel<'_>)> = vec![
        (
            "1 - DECIMAL(15,2)",
            Box::new(|| {
                let types = (&m1, &m15);
                decimal(
                    Operator::Subtract,
                    types,
                    &decimal_type(16, 2),
                    (&one, &rate),
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "DECIMAL(15,2) + DECIMAL(15,2)",
            Box::new(|| {
                let types = (&m15, &m15);
                decimal(
                    Operator::Add,
                    types,
                    &decimal_type(16, 2),
                    (&money, &rate),
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "DECIMAL(15,2) * DECIMAL(15,2), 128 bits",
            Box::new(|| {
                let types = (&m15, &m15);
                decimal(
                    Operator::Multiply,
                    types,
                    &decimal_type(31, 4),
                    (&money, &rate),
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "DECIMAL(10,0) / DECIMAL(4,1), 64 bits",
            Box::new(|| {
                let types = (&decimal_type(10, 0), &decimal_type(4, 1));
                let days = Column::Constant(data::decimals([3650], 4, 1));
                let sides = (&whole, &days);
                decimal(
                    Operator::Divide,
                    types,
                    &decimal_type(17, 6),
                    sides,
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "DECIMAL(15,2) / DECIMAL(15,2)",
            Box::new(|| {
                let types = (&m15, &m15);
                let sides = (&rate, &money);
                decimal(
                    Operator::Divide,
                    types,
                    &decimal_type(33, 18),
                    sides,
                    ROWS,
                    FailureMode::Null,
                )
            }),
        ),
        (
            "BIGINT + BIGINT",
            Box::new(|| {
                integer(
                    Operator::Add,
                    &DataType::Long,
                    (&longs, &others),
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "BIGINT * BIGINT",
            Box::new(|| {
                integer(
                    Operator::Multiply,
                    &DataType::Long,
                    (&longs, &others),
                    ROWS,
                    ansi,
                )
            }),
        ),
        (
            "DOUBLE * DOUBLE",
            Box::new(|| {
                let sides = (&reals, &factors);
                floating(Operator::Multiply, &DataType::Double, sides, ROWS, ansi)
            }),
        ),
    ];
    for (name, mut kernel) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let mut out = Vec::with_capacity(ROWS);
        let limit = Limit::new("wrapping a * b, 64 bits", || {
            out.clear();
            let pairs = left.iter().zip(&right);
            out.extend(pairs.map(|(a, b)| a.wrapping_mul(*b)));
            out.len()
        });
        bench.measure(FAMILY, name, ROWS, limit, || kernel().expect("numbers"));
    }
}
