//! Whether an answer is the recorded one.

use crate::plan::unresolved::{Command, Relation, RelationKind, Statement};
use regex::Regex;
use std::sync::LazyLock;

/// What varies from run to run, and what it is replaced by.
static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let masks = [
        (r"#\d+", "#x"),
        (r"plan_id=\d+", "plan_id=x"),
        (
            r"Location.*/golden_warehouse/",
            "Location [not included in comparison]/{warehouse_dir}/",
        ),
        (
            r"file:[^\s,]*/golden_warehouse/",
            "[not included in comparison]/{warehouse_dir}/",
        ),
        (r"Created By.*", "Created By [not included in comparison]"),
        (
            r"Created Time.*",
            "Created Time [not included in comparison]",
        ),
        (r"Last Access.*", "Last Access [not included in comparison]"),
        (r"Owner\t.*", "Owner\t[not included in comparison]"),
    ];
    let compiled = masks
        .into_iter()
        .filter_map(|(pattern, by)| Some((Regex::new(pattern).ok()?, by)));
    compiled.collect()
});

/// An output with what varies from run to run masked.
pub fn masked(output: &str) -> String {
    MASKS.iter().fold(output.to_string(), |text, (regex, by)| {
        regex.replace_all(&text, *by).into_owned()
    })
}

/// Whether the order of a statement's rows is part of its answer.
pub fn is_ordered(statement: &Statement) -> bool {
    match statement {
        Statement::Query(relation) => sorted(relation),
        Statement::Command(command) => matches!(
            command,
            Command::DescribeTable { .. }
                | Command::DescribeQuery(_)
                | Command::DescribeFunction { .. }
                | Command::Explain { .. }
        ),
    }
}

fn sorted(relation: &Relation) -> bool {
    match relation.kind.as_ref() {
        RelationKind::Sort { global, .. } => *global,
        RelationKind::SortAll { .. } => true,
        RelationKind::Limit { input, .. }
        | RelationKind::Offset { input, .. }
        | RelationKind::With { input, .. }
        | RelationKind::WithWindows { input, .. } => sorted(input),
        _ => false,
    }
}

/// Whether two schemas are equal; carriage returns in names are recorded as line ends.
pub(super) fn same_schema(expected: &str, actual: &str) -> bool {
    expected.replace('\r', "\n") == actual.replace('\r', "\n")
}

/// Whether two outputs are equal, line by line, in any order unless `ordered`. The entries of a map print
/// in any order.
pub(super) fn same_output(expected: &str, actual: &str, ordered: bool) -> bool {
    let expected = masked(expected).replace('\r', "\n");
    let actual = masked(actual).replace('\r', "\n");
    if expected.trim_end() == actual.trim_end() {
        return true;
    }
    // Recorded rows are sorted before empty ones at the end are lost with the block's own line ends.
    let (mut expected, mut actual) = (lines(expected.trim_end()), lines(&actual));
    if !ordered {
        expected.sort();
        actual.sort();
    }
    for lines in [&mut expected, &mut actual] {
        let filled = lines.iter().rposition(|line| !line.trim_end().is_empty());
        lines.truncate(filled.map_or(0, |last| last + 1));
        if let Some(last) = lines.last_mut() {
            last.truncate(last.trim_end().len());
        }
    }
    expected == actual
}

/// The lines; those with a map have its entries in order.
fn lines(text: &str) -> Vec<String> {
    text.split('\n')
        .map(|line| {
            if line.contains('{') {
                with_sorted_maps(line)
            } else {
                line.to_string()
            }
        })
        .collect()
}

/// A line with the comma-separated parts of every `{…}` sorted, innermost braces first.
fn with_sorted_maps(line: &str) -> String {
    static INNERMOST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{([^{}]*)\}").ok());
    let Some(innermost) = INNERMOST.as_ref() else {
        return line.to_string();
    };
    let mut text = line.to_string();
    // Finished braces are set aside under characters that no result holds.
    while innermost.is_match(&text) {
        text = innermost
            .replace_all(&text, |found: &regex::Captures| {
                let mut parts: Vec<&str> = found[1].split(',').collect();
                parts.sort_unstable();
                format!("\u{1}{}\u{2}", parts.join(","))
            })
            .into_owned();
    }
    text.replace('\u{1}', "{").replace('\u{2}', "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_any_order_unless_the_query_orders_them() {
        assert!(same_output("1\n2", "2\n1", false));
        assert!(!same_output("1\n2", "2\n1", true));
        assert!(same_output("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true));
        assert!(same_output("a#x", "a#12", true));
        assert!(!same_output("1\n1", "1", false));
        assert!(same_output("\n\nx", "\nx\n", false));
    }
}
