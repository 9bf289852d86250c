//! The golden suite in `sql-tests/`, recorded from real Spark, four times: optimised and not, with one thread
//! and with several. Every run must give Spark's answers.

use firesteel::golden::{self, Options};
use std::path::Path;

/// Statements whose answers are known to differ from Spark's: the goal is none.
/// The number may only fall; `cargo test --test golden` lists them when it is set lower.
const KNOWN_FAILURES: usize = 9;

fn run(threads: usize, optimised: bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut options = Options::new(root.join("sql-tests/results"));
    options.inputs = Some(root.join("sql-tests/inputs"));
    options.threads = threads;
    if !optimised {
        options
            .settings
            .push(("spark.sql.optimizer.excludedRules".into(), "*".into()));
    }
    let report = golden::run(&options).expect("the suite can be read");
    let (passed, all) = report.totals();
    assert!(all >= 1500, "the suite has {all} statements");
    let failed = all - passed;
    assert!(
        failed <= KNOWN_FAILURES,
        "{}\n{}",
        report.failures(40),
        report.table()
    );
}

#[test]
fn optimised_with_one_thread() {
    run(1, true);
}

#[test]
fn optimised_with_several_threads() {
    run(4, true);
}

#[test]
fn unoptimised_with_one_thread() {
    run(1, false);
}

#[test]
fn unoptimised_with_several_threads() {
    run(4, false);
}
