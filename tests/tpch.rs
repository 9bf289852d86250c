//! The 22 TPC-H queries at scale factor 0.01 against answers recorded from real Spark, over data that the
//! `tpchgen` crate makes at test time.

use firesteel::golden::parse_results;
use firesteel::prelude::*;
use std::path::Path;

mod common;

#[test]
fn all_queries_give_sparks_rows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests/tpch");
    let ways: [(usize, &[(&str, &str)]); 5] = [
        (1, &[]),
        (4, &[]),
        (
            4,
            &[(
                "spark.sql.optimizer.excludedRules",
                "order_joins,push_semi_joins",
            )],
        ),
        // Every join partitioned.
        (
            4,
            &[
                ("spark.sql.autoBroadcastJoinThreshold", "-1"),
                ("spark.sql.adaptive.enabled", "false"),
            ],
        ),
        // Hardly any memory.
        (4, &[("spark.firesteel.memory.limit", "65536")]),
    ];
    for (threads, settings) in ways {
        let spark = common::tpch_session(0.01, threads);
        for (key, value) in settings {
            spark.set_config(key, value).expect("a setting");
        }
        for number in 1..=22 {
            let text = std::fs::read_to_string(root.join(format!("answers/q{number:02}.out")))
                .expect("the answers can be read");
            for case in parse_results(&text) {
                check(&spark, number, &case.sql, &case.schema, &case.output);
            }
        }
    }
}

fn check(spark: &Session, number: usize, sql: &str, schema: &str, output: &str) {
    let frame = spark
        .sql(sql)
        .unwrap_or_else(|error| panic!("q{number}: {error}"));
    assert_eq!(frame.schema().simple_string(), schema, "q{number}");
    let rows = frame
        .collect()
        .unwrap_or_else(|error| panic!("q{number}: {error}"));
    let actual: Vec<String> = rows.iter().map(common::hive_line).collect();
    let expected: Vec<&str> = if output.is_empty() {
        Vec::new()
    } else {
        output.lines().collect()
    };
    assert_eq!(actual, expected, "q{number}");
}
