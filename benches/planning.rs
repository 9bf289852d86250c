//! How long the 22 TPC-H queries take to plan, step by step: nothing is run.
//!
//! ```text
//!   cargo bench --bench planning -- --data DIR [--runs 50]
//! ```
//!
//! `DIR` holds one Parquet file or folder per table; a small scale factor will do, since only footers are read.
//! Prints for every query the median of the runs in milliseconds. The aim is 2 ms in total.

use firesteel::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TABLES: [&str; 8] = [
    "customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier",
];

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut data = PathBuf::new();
    let mut runs = 50;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--data" => data = value().into(),
            "--runs" => runs = value().parse().expect("--runs takes a number"),
            // cargo bench passes this to every bench.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    if data.as_os_str().is_empty() {
        println!("planning: say where the tables are with --data DIR");
        return;
    }
    let spark = Session::builder()
        .master("local[2]")
        .create()
        .expect("a session");
    for table in TABLES {
        let file = data.join(format!("{table}.parquet"));
        let path = if file.exists() {
            file
        } else {
            data.join(table)
        };
        let frame = spark.read().parquet(path.as_path()).expect(table);
        frame.create_or_replace_temp_view(table).expect(table);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests/tpch");
    println!("query   parse analyze optimize    plan   total   ms");
    for number in 1..=22 {
        let sql =
            std::fs::read_to_string(folder.join(format!("q{number:02}.sql"))).expect("a query");
        let sql = sql.trim().trim_end_matches(';');
        let mut steps: [Vec<Duration>; 5] = Default::default();
        for _ in 0..runs.max(1) {
            let times = spark.time_planning(sql).expect("a query");
            let total = times.parse + times.analyze + times.optimize + times.plan;
            let all = [
                times.parse,
                times.analyze,
                times.optimize,
                times.plan,
                total,
            ];
            for (step, time) in steps.iter_mut().zip(all) {
                step.push(time);
            }
        }
        let medians = steps.map(|mut times| {
            times.sort();
            times[times.len() / 2].as_secs_f64() * 1e3
        });
        let [parse, analyze, optimize, plan, total] = medians;
        println!(
            "q{number:02} {parse:>9.3} {analyze:>7.3} {optimize:>8.3} {plan:>7.3} {total:>7.3}"
        );
    }
}
