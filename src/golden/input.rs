//! Input files: statements and directives.
//!
//! | directive | meaning |
//! |---|---|
//! | `--SET k=v,k=v` | settings of the file |
//! | `--IMPORT other.sql` | the statements of another file come first |
//! | `--CONFIG_DIM1 k=v` | a setting to run the file under as well; the answers must be the same |
//! | `--QUERY-DELIMITER-START` … `-END` | what stands between is one statement, semicolons and all |
//! | `--ONLY_IF spark` | ignored: this is Spark |

use std::path::Path;

/// An input file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// `--SET` settings.
    pub settings: Vec<(String, String)>,
    /// Statements in order, those of imported files first.
    pub statements: Vec<String>,
}

/// Imports nested deeper than this are taken for a circle.
const DEEPEST_IMPORT: usize = 8;

/// Reads the text of an input file; `root` is the folder of all inputs, where `--IMPORT` looks.
pub fn parse_input(text: &str, root: &Path) -> Input {
    parse_nested(text, root, 0)
}

fn parse_nested(text: &str, root: &Path, depth: usize) -> Input {
    let mut input = Input::default();
    let mut code = String::new();
    let mut delimited: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(list) = trimmed.strip_prefix("--SET ") {
            input.settings.extend(settings(list));
        } else if let Some(name) = trimmed.strip_prefix("--IMPORT ") {
            let text = std::fs::read_to_string(root.join(name.trim()));
            if let Ok(text) = text
                && depth < DEEPEST_IMPORT
            {
                input
                    .statements
                    .extend(parse_nested(&text, root, depth + 1).statements);
            }
        } else if trimmed.starts_with("--QUERY-DELIMITER-START") {
            input
                .statements
                .extend(statements(&std::mem::take(&mut code)));
            delimited = Some(String::new());
        } else if trimmed.starts_with("--QUERY-DELIMITER-END") {
            let text = delimited.take().unwrap_or_default();
            let text = text.trim().trim_end_matches(';').trim_end();
            if !text.is_empty() {
                input.statements.push(text.to_string());
            }
        } else if let Some(text) = &mut delimited {
            text.push_str(line);
            text.push('\n');
        } else {
            code.push_str(line);
            code.push('\n');
        }
    }
    input.statements.extend(statements(&code));
    input
}

/// `k=v,k=v`; a comma inside a value is kept if what follows is no `key=`.
fn settings(list: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in list.split(',') {
        match (part.split_once('='), pairs.last_mut()) {
            (Some((key, value)), _) => pairs.push((key.trim().into(), value.trim().into())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part);
            }
            (None, None) => {}
        }
    }
    pairs
}

fn statements(code: &str) -> Vec<String> {
    let parts = crate::sql::split_statements(code);
    let texts = parts
        .into_iter()
        .map(|(_, text)| without_leading_comments(&text));
    texts.filter(|text| !text.is_empty()).collect()
}

/// A statement without the comment lines before it, as result files hold it.
fn without_leading_comments(text: &str) -> String {
    let mut rest = text.trim();
    while rest.starts_with("--") {
        rest = rest
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    rest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_and_statements() {
        let text = "--SET a.b=1,c.d=x\n-- a comment\nSELECT 1;\nSELECT ';' AS s;\n\
                    --QUERY-DELIMITER-START\nBEGIN\n  SELECT 1;\nEND\n--QUERY-DELIMITER-END\n";
        let input = parse_input(text, Path::new("."));
        assert_eq!(
            input.settings,
            [("a.b".into(), "1".into()), ("c.d".into(), "x".into())]
        );
        assert_eq!(
            input.statements,
            ["SELECT 1", "SELECT ';' AS s", "BEGIN\n  SELECT 1;\nEND"]
        );
    }
}
