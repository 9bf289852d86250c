//! Statements that nobody would write: the session answers or refuses them, and never panics, hangs or overflows
//! the stack.
//!
//! The statements of `sql-tests/inputs` are cut, spliced and shuffled token by token; texts are cast to every type;
//! and chains and nests are made deeper than any program makes them.

use firesteel::Session;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn session() -> Session {
    Session::builder()
        .master("local[1]")
        .get_or_create()
        .expect("a session")
}

/// The condition of a statement's error; None for an answer. Panics of the engine become `INTERNAL_ERROR`.
fn condition(session: &Session, statement: &str) -> Option<String> {
    let answer = session.sql(statement).and_then(|frame| frame.collect());
    answer.err().map(|error| error.condition().name.to_string())
}

fn input_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the inputs are there");
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            input_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

/// The statements of the golden suite.
fn statements() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests/inputs");
    let mut files = Vec::new();
    input_files(&root, &mut files);
    files.sort();
    let mut statements = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("an input");
        let lines = text.lines().filter(|line| !line.starts_with("--"));
        let text = lines.collect::<Vec<_>>().join("\n");
        statements.extend(
            text.split(";\n")
                .map(|statement| statement.trim().to_string()),
        );
    }
    statements
}

fn starts_with(statement: &str, word: &str) -> bool {
    (statement.get(..word.len())).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A session with the suite's views over constants.
fn session_with_views() -> Session {
    let session = session();
    for statement in statements() {
        if starts_with(&statement, "CREATE TEMPORARY VIEW") && statement.contains("VALUES") {
            // Of two views of one name the first is taken.
            let _ = session.sql(&statement);
        }
    }
    session
}

/// Queries of the suite, each as its tokens. Commands are left out: they would touch files.
fn queries() -> Vec<Vec<String>> {
    let word = regex::Regex::new(r"'[^']*'|`[^`]*`|\w+|\s+|[<>=!|]+|.").expect("a pattern");
    let queries: Vec<Vec<String>> = (statements().iter())
        .filter(|text| starts_with(text, "SELECT") || starts_with(text, "WITH"))
        .filter(|text| text.len() < 400)
        .map(|text| {
            word.find_iter(text)
                .map(|token| token.as_str().to_string())
                .collect()
        })
        .collect();
    assert!(queries.len() > 1000, "only {} queries", queries.len());
    queries
}

/// How a statement is spoilt.
#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Repeat(usize),
    Swap(usize, usize),
    /// The rest of another statement from one of its tokens on.
    Splice(usize, usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = 0usize..1_000_000;
    let change = prop_oneof![
        place.clone().prop_map(Change::Drop),
        place.clone().prop_map(Change::Repeat),
        (place.clone(), place.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        (place.clone(), place.clone(), place).prop_map(|(a, b, c)| Change::Splice(a, b, c)),
    ];
    prop::collection::vec(change, 1..4)
}

fn spoilt(mut tokens: Vec<String>, changes: &[Change], queries: &[Vec<String>]) -> String {
    for change in changes {
        if tokens.is_empty() {
            break;
        }
        let count = tokens.len();
        match *change {
            Change::Drop(at) => drop(tokens.remove(at % count)),
            Change::Repeat(at) => {
                let token = tokens[at % count].clone();
                tokens.insert(at % count, token);
            }
            Change::Swap(a, b) => tokens.swap(a % count, b % count),
            Change::Splice(at, query, from) => {
                let other = &queries[query % queries.len()];
                tokens.truncate(at % count);
                tokens.extend_from_slice(&other[from % other.len()..]);
            }
        }
    }
    tokens.concat()
}

/// Runs a check over random inputs, the same in every run of the tests. `FUZZ_SEED=n FUZZ_TIMES=k` looks elsewhere
/// and k times as long.
fn for_random<S: Strategy>(
    cases: u32,
    strategy: S,
    check: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let config = Config {
        cases: cases * number("FUZZ_TIMES").unwrap_or(1),
        failure_persistence: None,
        ..Config::default()
    };
    let seed = [number("FUZZ_SEED").unwrap_or(7) as u8; 32];
    let random = proptest::test_runner::TestRng::from_seed(
        proptest::test_runner::RngAlgorithm::ChaCha,
        &seed,
    );
    let result = TestRunner::new_with_rng(config, random).run(&strategy, check);
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn spoilt_queries_are_answered_or_refused() {
    let queries = queries();
    let session = session_with_views();
    let which = 0..queries.len();
    for_random(1500, (which, changes()), |(which, changes)| {
        let statement = spoilt(queries[which].clone(), &changes, &queries);
        let start = Instant::now();
        let condition = condition(&session, &statement);
        prop_assert_ne!(
            condition.as_deref(),
            Some("INTERNAL_ERROR"),
            "{}",
            statement
        );
        prop_assert!(
            start.elapsed() < Duration::from_secs(20),
            "slow: {}",
            statement
        );
        Ok(())
    });
}

#[test]
fn any_text_is_parsed_or_refused() {
    let session = session();
    let text = prop_oneof![
        ".{0,80}",
        "[ -~]{0,80}",
        "SELECT [ -~]{0,60}",
        r#"SELECT ['"`\\(){}\[\]<>:.,;*/+%|&^~!?$@#0-9aeEbx-]{0,40}"#,
    ];
    for_random(2000, text, |text| {
        let condition = condition(&session, &text);
        prop_assert_ne!(condition.as_deref(), Some("INTERNAL_ERROR"), "{}", text);
        Ok(())
    });
}

#[test]
fn any_text_is_cast_or_refused() {
    let session = session();
    let types = [
        "BOOLEAN",
        "TINYINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(10, 2)",
        "DECIMAL(38, 18)",
        "DATE",
        "TIMESTAMP",
        "TIMESTAMP_NTZ",
        "BINARY",
        "INTERVAL YEAR TO MONTH",
        "INTERVAL DAY TO SECOND",
        "INTERVAL",
    ];
    let text = prop_oneof![
        "[-+0-9.eE]{0,45}",
        "[-+]?[0-9]{1,6}-[0-9]{0,3}-[0-9]{0,3}[ T]?[0-9:.]{0,20}[A-Za-z/+:0-9]{0,10}",
        "(INTERVAL )?'?[-+0-9 :.]{0,20}'?( (YEAR|MONTH|DAY|HOUR|SECOND|TO))*",
        "[^'\\\\\\\\]{0,20}",
    ];
    for_random(400, text, |text: String| {
        let text = text.replace('\\', "").replace('\'', "''");
        let casts: Vec<String> = (types.iter())
            .flat_map(|to| ["CAST", "try_cast"].map(|cast| format!("{cast}('{text}' AS {to})")))
            .collect();
        for cast in casts {
            let condition = condition(&session, &format!("SELECT {cast}"));
            prop_assert_ne!(condition.as_deref(), Some("INTERNAL_ERROR"), "{}", cast);
        }
        Ok(())
    });
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let session = session();
    let too_complex = Some("FAILED_TO_PARSE_TOO_COMPLEX".to_string());
    let nests = [
        format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("SELECT {}true", "NOT ".repeat(5000)),
        format!("SELECT {}1", "- ".repeat(5000)),
        format!("SELECT {}1{}", "abs(".repeat(5000), ")".repeat(5000)),
        format!(
            "SELECT {}1{}",
            "CASE WHEN true THEN ".repeat(5000),
            " END".repeat(5000)
        ),
        format!(
            "SELECT * FROM {}range(1){}",
            "(SELECT * FROM ".repeat(5000),
            ")".repeat(5000)
        ),
        format!("SELECT {}", vec!["1"; 50_000].join(" + ")),
        vec!["SELECT 1"; 20_000].join(" UNION ALL "),
    ];
    for statement in nests {
        let start = &statement[..statement.len().min(60)];
        assert_eq!(condition(&session, &statement), too_complex, "{start}");
    }
    let chains = [
        format!(
            "SELECT id FROM range(3) WHERE {}",
            vec!["id = 1"; 10_000].join(" AND ")
        ),
        format!(
            "SELECT id FROM range(3) WHERE {}",
            vec!["id = 1"; 10_000].join(" OR ")
        ),
        format!("SELECT {} FROM range(3)", vec!["id"; 500].join(" + ")),
        format!("SELECT {} FROM range(3)", vec!["'a'"; 500].join(" || ")),
        vec!["SELECT 1"; 300].join(" UNION ALL "),
        format!("SELECT 1 IN ({})", vec!["2"; 10_000].join(", ")),
    ];
    for statement in chains {
        let start = &statement[..statement.len().min(60)];
        assert_eq!(condition(&session, &statement), None, "{start}");
    }
}
