//! What each rule makes of plans, and which plans it must leave alone.
//!
//! `plans/<rule>.txt` holds the cases of one rule:
//!
//! ```text
//!   # after: simplify_expressions            rules that run first, for all cases of the file
//!
//!   # fires: what the rule does here
//!   SELECT ..
//!   --- before
//!   the plan that the rule gets
//!   --- after
//!   the plan that it makes
//!
//!   # halts: how far the rule may go here, and why not further; before and after as above
//!   # stays: why the rule must not touch this
//!   SELECT ..
//!   --- plan
//!   the plan
//! ```
//!
//! Whether a rule fires is written by hand and always checked. The plans can be written anew by running the
//! tests with `UPDATE_PLANS=1`: read the difference before it is committed.

mod tables;

use super::{PHASES, REQUIRED, REUSE, Rewrite, Rule, RuleContext, apply};
use crate::analyzer::Analyzer;
use crate::config::Config;
use crate::expr::ColumnIds;
use crate::plan::LogicalPlan;
use crate::sql::{ParseOptions, parse_query};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A case of a file.
struct Case {
    /// `fires`, `halts` or `stays`.
    kind: String,
    /// What the case shows.
    title: String,
    sql: String,
    /// The plan before the rule.
    before: String,
    /// The plan after it, if it fires.
    after: String,
}

/// The cases of a rule.
struct Cases {
    prepare: Vec<String>,
    cases: Vec<Case>,
}

fn rule(name: &str) -> &'static Rule {
    let phases = PHASES.iter().flat_map(|phase| phase.rules);
    let mut all = REQUIRED.iter().chain(phases).chain(std::iter::once(&REUSE));
    let found = all.find(|rule| rule.name == name);
    found.unwrap_or_else(|| panic!("there is no rule {name}"))
}

/// The plan of a query with the columns' ids left out, so that a change elsewhere does not change it.
fn text(plan: &LogicalPlan) -> String {
    let text = plan.to_string();
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        if next == '#' && rest.peek().is_some_and(char::is_ascii_digit) {
            while rest.next_if(char::is_ascii_digit).is_some() {}
        } else {
            out.push(next);
        }
    }
    // Shared subplans are numbered like columns.
    let lines = out.lines().map(|line| match line.split_once("Shared ") {
        Some((indent, shared)) if indent.chars().all(|c| " :+-".contains(c)) => {
            let columns = shared.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{indent}Shared{columns}")
        }
        _ => line.to_string(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Plans a query up to a rule and runs it: the plans before and after, and whether it says that it fired.
fn run(prepare: &[String], name: &str, sql: &str) -> (String, String, bool) {
    let catalog = tables::catalog();
    let ids = ColumnIds::default();
    let config = Arc::new(Config::default());
    let query = parse_query(sql, &ParseOptions::default()).expect(sql);
    let analyzer = Analyzer::new(&catalog, config.clone(), ids.clone(), &tables::NoFiles);
    let mut plan = analyzer
        .analyze(&query)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let context = RuleContext {
        config: &config,
        ids: &ids,
    };
    let required = REQUIRED.iter().map(|rule| rule.name);
    let required: Vec<&str> = required.take_while(|required| *required != name).collect();
    for before in required
        .into_iter()
        .chain(prepare.iter().map(String::as_str))
    {
        plan = apply(rule(before), plan, &context).expect(sql).0;
    }
    let before = text(&plan);
    // `apply` checks that the output stays the same.
    let (plan, fired) = apply(rule(name), plan, &context).expect(sql);
    let after = text(&plan);
    // A rule that has nothing more to do says so.
    if fired {
        let again = (rule(name).apply)(plan, &context).expect(sql);
        let settled = matches!(&again, Rewrite::Unchanged(_)) || SETTLES_LATER.contains(&name);
        assert!(settled, "{name} does not come to an end on {sql}");
    }
    (before, after, fired)
}

/// Rules that may find more to do in what they have made.
const SETTLES_LATER: &[&str] = &[
    "order_joins",
    "merge_projections",
    "simplify_expressions",
    "push_limits",
];

fn read(path: &Path) -> Cases {
    let text = std::fs::read_to_string(path).expect("the cases can be read");
    let mut cases = Cases {
        prepare: Vec::new(),
        cases: Vec::new(),
    };
    #[derive(PartialEq)]
    enum Part {
        Sql,
        Before,
        After,
    }
    let mut part = Part::Sql;
    for line in text.lines() {
        if let Some(rules) = line.strip_prefix("# after: ") {
            cases.prepare = rules.split(", ").map(str::to_string).collect();
            continue;
        }
        let title = ["fires", "halts", "stays"].into_iter().find_map(|kind| {
            let rest = line.strip_prefix("# ")?.strip_prefix(kind)?;
            Some((kind, rest.strip_prefix(": ")?))
        });
        if let Some((kind, title)) = title {
            part = Part::Sql;
            cases.cases.push(Case {
                kind: kind.to_string(),
                title: title.to_string(),
                sql: String::new(),
                before: String::new(),
                after: String::new(),
            });
            continue;
        }
        let Some(case) = cases.cases.last_mut() else {
            continue;
        };
        match line {
            "--- before" | "--- plan" => part = Part::Before,
            "--- after" => part = Part::After,
            "" => {}
            line => {
                let into = match part {
                    Part::Sql => &mut case.sql,
                    Part::Before => &mut case.before,
                    Part::After => &mut case.after,
                };
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    cases
}

fn write(path: &Path, cases: &Cases) {
    let mut text = String::new();
    if !cases.prepare.is_empty() {
        let _ = writeln!(text, "# after: {}\n", cases.prepare.join(", "));
    }
    for (number, case) in cases.cases.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let _ = write!(text, "# {}: {}\n{}", case.kind, case.title, case.sql);
        let _ = match case.kind != "stays" {
            true => write!(text, "--- before\n{}--- after\n{}", case.before, case.after),
            false => write!(text, "--- plan\n{}", case.before),
        };
    }
    std::fs::write(path, text).expect("the cases can be written");
}

fn check(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/optimizer/tests/plans")
        .join(format!("{name}.txt"));
    let mut cases = read(&path);
    let update = std::env::var_os("UPDATE_PLANS").is_some();
    assert!(
        cases.cases.iter().any(|case| case.kind == "fires"),
        "{name} is never seen to fire"
    );
    let mut wrong = String::new();
    for case in &mut cases.cases {
        let (before, after, fired) = run(&cases.prepare, name, &case.sql);
        if fired == (case.kind == "stays") {
            let did = if fired { "fired" } else { "did not fire" };
            let _ = writeln!(
                wrong,
                "{name} {did}: {}\n{}{before}-->\n{after}",
                case.title, case.sql
            );
        } else if update {
            (case.before, case.after) = (before, after);
        } else if before != case.before || (fired && after != case.after) {
            let _ = writeln!(
                wrong,
                "{}\n{}{before}-->\n{after}instead of\n{}-->\n{}",
                case.title, case.sql, case.before, case.after
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    if update {
        write(&path, &cases);
    }
}

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        /// Every rule has cases.
        #[test]
        fn every_rule_is_tested() {
            let tested = [$(stringify!($name)),*];
            let phases = PHASES.iter().flat_map(|phase| phase.rules);
            for rule in REQUIRED.iter().chain(phases).chain(std::iter::once(&REUSE)) {
                assert!(tested.contains(&rule.name), "{} has no cases", rule.name);
            }
        }
    };
}

rules!(
    replace_set_operations,
    decorrelate_subqueries,
    simplify_expressions,
    merge_projections,
    push_filters,
    push_limits,
    prune_columns,
    prune_fields,
    push_semi_joins,
    push_aggregates,
    aggregate_to_window,
    order_joins,
    reuse_subplans,
);
