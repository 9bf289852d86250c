//! Parsing CSV under a schema.
//!
//! Limit: `memchr` finding every separator and line end in the same bytes, without making a value.

use super::data;
use super::harness::{Bench, Limit};
use firesteel::prelude::*;
use std::fmt::Write;

const FAMILY: &str = "CSV parse";
const ROWS: usize = 200_000;

pub fn run(bench: &mut Bench) {
    let numbers = data::below(ROWS, 1 << 36, 1);
    type Cell = fn(u64) -> String;
    let cases: [(&str, &str, Cell); 7] = [
        (
            "4 x BIGINT",
            "a BIGINT, b BIGINT, c BIGINT, d BIGINT",
            |n| format!("{},{},{},{}", n, n & 0xffff, n >> 20, n & 7),
        ),
        (
            "4 x DECIMAL(15,2)",
            "a DECIMAL(15,2), b DECIMAL(15,2), c DECIMAL(15,2), d DECIMAL(15,2)",
            |n| {
                let money = |n: u64| format!("{}.{:02}", n / 100, n % 100);
                format!(
                    "{},{},{},{}",
                    money(n),
                    money(n & 0xffff),
                    money(n >> 20),
                    money(n & 1023)
                )
            },
        ),
        (
            "4 x DOUBLE",
            "a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE",
            |n| {
                let real = |n: u64| format!("{}.{:03}", n / 1000, n % 1000);
                format!(
                    "{},{},{},{}",
                    real(n),
                    real(n & 0xffff),
                    real(n >> 20),
                    real(n & 1023)
                )
            },
        ),
        ("4 x DATE", "a DATE, b DATE, c DATE, d DATE", |n| {
            let day = |n: u64| format!("{}-{:02}-{:02}", 1990 + n % 20, 1 + n % 12, 1 + n % 28);
            format!(
                "{},{},{},{}",
                day(n),
                day(n >> 5),
                day(n >> 10),
                day(n >> 15)
            )
        }),
        (
            "4 x STRING",
            "a STRING, b STRING, c STRING, d STRING",
            |n| format!("word{},some text,another {},x", n & 0xff, n >> 12),
        ),
        (
            "4 x STRING, quoted",
            "a STRING, b STRING, c STRING, d STRING",
            |n| {
                format!(
                    "\"word{}\",\"some, text\",\"another {}\",\"x\"",
                    n & 0xff,
                    n >> 12
                )
            },
        ),
        (
            "1 of 8 columns",
            "a INT, b INT, c INT, d INT, e INT, f INT, g INT, h INT",
            |n| format!("{},2,3,4,5,6,7,{}", n & 0xffff, n & 7),
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let spark = Session::builder()
        .master("local[1]")
        .create()
        .expect("a session");
    for (name, schema, cells) in cases {
        if !bench.wants(FAMILY, name) {
            continue;
        }
        let mut text = String::new();
        for number in &numbers {
            let _ = writeln!(text, "{}", cells(*number));
        }
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, &text).expect("a file");
        let frame = spark.read().schema(schema).csv(path.as_path());
        let frame = match name.starts_with("1 of") {
            true => frame.and_then(|frame| frame.select(["a"])),
            false => frame,
        };
        let frame = frame.expect("a table");
        let bytes = text.as_bytes();
        let limit = Limit::new("memchr of separators and line ends", || {
            memchr::memchr2_iter(b',', b'\n', bytes).count()
        });
        bench.measure(FAMILY, name, ROWS, limit, || {
            super::scan::drain(&spark, &frame).expect("rows")
        });
    }
}
