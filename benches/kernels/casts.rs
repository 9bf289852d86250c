//! CAST of strings, ANSI.
//!
//! Limit: the parser of the standard library where there is one for the type, else reading every byte of the texts
//! as a digit of a number.

use super::data;
use super::harness::{Bench, Limit};
use firesteel::config::Config;
use firesteel::kernel::cast::{Cast, Mode};
use firesteel::prelude::*;

const FAMILY: &str = "casts";
const ROWS: usize = data::BATCH;

pub fn run(bench: &mut Bench) {
    let numbers = data::below(ROWS, 100_000_000, 1);
    let numbers = numbers.iter();
    let integers: Vec<String> = numbers.clone().map(u64::to_string).collect();
    let decimals = numbers
        .clone()
        .map(|n| format!("{}.{:02}", n / 100, n % 100));
    let decimals: Vec<String> = decimals.collect();
    let day = |n: u64| format!("{}-{:02}-{:02}", 1970 + n % 60, 1 + n % 12, 1 + n % 28);
    let dates: Vec<String> = numbers.clone().map(|n| day(*n)).collect();
    let moment = |n: u64| format!("{} {:02}:{:02}:{:02}", day(n), n % 24, n % 60, n % 59);
    let timestamps: Vec<String> = numbers.map(|n| moment(*n)).collect();
    let cases: [(&str, &[String], DataType); 6] = [
        ("STRING to INT", &integers, DataType::Integer),
        ("STRING to BIGINT", &integers, DataType::Long),
        ("STRING to DOUBLE", &decimals, DataType::Double),
        (
            "STRING to DECIMAL(15,2)",
            &decimals,
            DataType::Decimal {
                precision: 15,
                scale: 2,
            },
        ),
        ("STRING to DATE", &dates, DataType::Date),
        ("STRING to TIMESTAMP", &timestamps, DataType::Timestamp),
    ];
    let config = Config::default();
    for (name, texts, to) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let column = data::strings(texts);
        let cast = Cast::new(&DataType::String, &to, Mode::Ansi, &config).expect("a cast");
        let limit = match to {
            DataType::Integer | DataType::Long => {
                Limit::new("str::parse::<i64>", || parse_all::<i64>(texts))
            }
            DataType::Double => Limit::new("str::parse::<f64>", || parse_all::<f64>(texts)),
            _ => Limit::new("all bytes as digits", || digits(texts)),
        };
        bench.measure(FAMILY, name, ROWS, limit, || {
            cast.eval_array(&column).expect("values")
        });
    }
    if bench.wants(FAMILY, "BIGINT to STRING") {
        let values = data::below(ROWS, 100_000_000, 1);
        let column = data::integers(values.iter().map(|n| *n as i64));
        let cast = Cast::new(&DataType::Long, &DataType::String, Mode::Ansi, &config);
        let cast = cast.expect("a cast");
        let mut text = String::new();
        let limit = Limit::new("write!(\"{n}\") into one text", || {
            use std::fmt::Write;
            text.clear();
            for value in &values {
                let _ = write!(text, "{value}");
            }
            text.len()
        });
        bench.measure(FAMILY, "BIGINT to STRING", ROWS, limit, || {
            cast.eval_array(&column).expect("texts")
        });
    }
}

fn parse_all<T: std::str::FromStr + Default>(texts: &[String]) -> Vec<T> {
    texts
        .iter()
        .map(|text| text.parse().unwrap_or_default())
        .collect()
}

fn digits(texts: &[String]) -> Vec<i64> {
    let number = |text: &String| {
        let bytes = text.bytes();
        bytes.fold(0i64, |n, b| {
            n.wrapping_mul(10).wrapping_add(i64::from(b & 15))
        })
    };
    texts.iter().map(number).collect()
}
