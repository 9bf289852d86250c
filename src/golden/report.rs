//! What a run found.

use serde::Serialize;
use std::fmt::Write;

/// The outcome of a statement.
#[derive(Debug, Clone, Serialize)]
pub struct CaseReport {
    /// Position in its file, from 0.
    pub index: usize,
    /// The statement.
    pub sql: String,
    /// The recorded schema.
    pub expected_schema: String,
    /// The recorded rows or error.
    pub expected_output: String,
    /// The schema that came.
    pub actual_schema: String,
    /// The rows that came, joined by newlines; None if the statement failed.
    pub actual_output: Option<String>,
    /// The condition it failed with; None if it did not.
    pub error_class: Option<String>,
    /// The error's text.
    pub error_message: Option<String>,
    /// Whether the answer is the recorded one.
    pub passed: bool,
}

/// The outcome of a suite: the files in order of their names.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Names of the result files, with their statements.
    pub files: Vec<(String, Vec<CaseReport>)>,
}

impl Report {
    /// Statements that passed, and all.
    pub fn totals(&self) -> (usize, usize) {
        let cases = || self.files.iter().flat_map(|(_, cases)| cases);
        (cases().filter(|case| case.passed).count(), cases().count())
    }

    /// Whether all passed.
    pub fn all_passed(&self) -> bool {
        let (passed, all) = self.totals();
        passed == all
    }

    /// The report as JSON: `{"files": {"a/b.sql.out": [{"index": 0, …}]}}`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut files = serde_json::Map::new();
        for (name, cases) in &self.files {
            files.insert(name.clone(), serde_json::json!(cases));
        }
        serde_json::json!({ "files": files })
    }

    /// A line per file with its counts, and a line with the totals.
    pub fn table(&self) -> String {
        let width = self
            .files
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(4)
            .max(4);
        let mut text = format!("{:<width$}  passed     of\n", "file");
        for (name, cases) in &self.files {
            let passed = cases.iter().filter(|case| case.passed).count();
            let mark = if passed == cases.len() { "" } else { "  *" };
            let _ = writeln!(text, "{name:<width$}  {passed:>6} {:>6}{mark}", cases.len());
        }
        let (passed, all) = self.totals();
        let share = 100.0 * passed as f64 / all.max(1) as f64;
        let _ = writeln!(
            text,
            "{:<width$}  {passed:>6} {all:>6}  {share:.1}%",
            "total"
        );
        text
    }

    /// The first `count` statements that failed, recorded answer beside actual one.
    pub fn failures(&self, count: usize) -> String {
        let mut text = String::new();
        let failed = self.files.iter().flat_map(|(name, cases)| {
            cases
                .iter()
                .filter(|case| !case.passed)
                .map(move |case| (name, case))
        });
        for (name, case) in failed.take(count) {
            let _ = writeln!(text, "--- {name} #{}\n{}", case.index, case.sql);
            diff(
                "schema",
                &case.expected_schema,
                &case.actual_schema,
                &mut text,
            );
            let actual = case.actual_output.clone();
            let actual = actual
                .or_else(|| case.error_message.clone())
                .unwrap_or_default();
            diff("output", &case.expected_output, &actual, &mut text);
        }
        text
    }
}

/// Lines that only one side has, as `-` and `+`.
fn diff(what: &str, expected: &str, actual: &str, text: &mut String) {
    if expected == actual {
        return;
    }
    let _ = writeln!(text, "  {what}:");
    let (left, right): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), actual.lines().collect());
    left.iter()
        .filter(|line| !right.contains(line))
        .for_each(|line| {
            let _ = writeln!(text, "  - {line}");
        });
    right
        .iter()
        .filter(|line| !left.contains(line))
        .for_each(|line| {
            let _ = writeln!(text, "  + {line}");
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_and_json() {
        let case = CaseReport {
            index: 0,
            sql: "SELECT 1".into(),
            expected_schema: "struct<1:int>".into(),
            expected_output: "1".into(),
            actual_schema: "struct<1:int>".into(),
            actual_output: Some("1".into()),
            error_class: None,
            error_message: None,
            passed: true,
        };
        let report = Report {
            files: vec![("a.sql.out".into(), vec![case])],
        };
        assert!(report.all_passed());
        assert_eq!(report.to_json()["files"]["a.sql.out"][0]["sql"], "SELECT 1");
        assert!(report.table().contains("100.0%"));
    }
}
