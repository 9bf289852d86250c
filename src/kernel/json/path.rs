//! Paths of `get_json_object`: `$.store.book[0].title`, `$['a b']`, `$.a[*].b`.
//!
//! What a path gives follows Hive, whose function this was: matches behind `[*]` are gathered into an array,
//! but a single match stands alone; with two `[*]` in a row the inner arrays are flattened.

use super::parse::Json;
use super::write::write_json;

/// A compiled path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    /// `[*]`
    Elements,
    /// `.*`, which Spark parses and never matches.
    AnyField,
}

/// How a match is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// A string without its quotes.
    Raw,
    Quoted,
    /// Arrays give their elements.
    Flatten,
}

impl JsonPath {
    /// Compiles a path; None if it is malformed.
    pub fn compile(path: &str) -> Option<JsonPath> {
        let mut rest = path.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(behind) = rest
                .strip_prefix(".*")
                .or_else(|| rest.strip_prefix("['*']"))
            {
                steps.push(Step::AnyField);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("[*]") {
                steps.push(Step::Elements);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix('.') {
                let end = behind.find(['.', '[']).unwrap_or(behind.len());
                if end == 0 {
                    return None;
                }
                steps.push(Step::Field(behind[..end].to_string()));
                rest = &behind[end..];
            } else if let Some(behind) = rest.strip_prefix("['") {
                let end = behind.find("']")?;
                let name = &behind[..end];
                if name.is_empty() || name.contains(['\'', '?']) {
                    return None;
                }
                steps.push(Step::Field(name.to_string()));
                rest = &behind[end + 2..];
            } else if let Some(behind) = rest.strip_prefix('[') {
                let end = behind.find(']')?;
                let digits = &behind[..end];
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                steps.push(Step::Index(digits.parse().ok()?));
                rest = &behind[end + 1..];
            } else {
                return None;
            }
        }
        Some(JsonPath { steps })
    }

    /// What the path finds, as text.
    pub fn find(&self, json: &Json) -> Option<String> {
        let mut matches = Vec::new();
        find(json, &self.steps, Style::Raw, &mut matches).then(|| matches.concat())
    }
}

/// Appends the matches; whether there are any.
fn find(json: &Json, steps: &[Step], style: Style, output: &mut Vec<String>) -> bool {
    let Some((step, behind)) = steps.split_first() else {
        match (json, style) {
            (Json::String(text), Style::Raw) => output.push(text.to_string()),
            (Json::Array(elements, _), Style::Flatten) => {
                let mut found = false;
                for element in elements {
                    found |= find(element, &[], style, output);
                }
                return found;
            }
            _ => {
                let mut text = String::new();
                write_json(json, &mut text);
                output.push(text);
            }
        }
        return true;
    };
    match (json, step) {
        (Json::Object(fields, _), Step::Field(name)) => {
            // of fields of one name the first with a match counts
            let matching = fields.iter().filter(|(field, _)| field == name);
            let mut there = matching
                .map(|(_, value)| value)
                .filter(|value| **value != Json::Null);
            there.any(|value| find(value, behind, style, output))
        }
        (Json::Array(elements, _), Step::Index(index)) => {
            let style = if behind.first() == Some(&Step::Elements) {
                Style::Quoted
            } else {
                style
            };
            elements
                .get(*index)
                .is_some_and(|element| find(element, behind, style, output))
        }
        (Json::Array(elements, _), Step::Elements) => {
            let mut inner = Vec::new();
            if behind.first() == Some(&Step::Elements) {
                let found = gather(elements, &behind[1..], Style::Flatten, &mut inner) > 0;
                output.push(format!("[{}]", inner.join(",")));
                return found;
            }
            let inner_style = if style == Style::Flatten {
                style
            } else {
                Style::Quoted
            };
            let count = gather(elements, behind, inner_style, &mut inner);
            match (style, count) {
                (Style::Quoted, _) => output.push(format!("[{}]", inner.join(","))),
                (_, 0) => {}
                (_, 1) => output.push(inner.join(",")),
                _ => output.push(format!("[{}]", inner.join(","))),
            }
            count > 0
        }
        _ => false,
    }
}

/// The matches in every element; in how many there are any.
fn gather(elements: &[Json], steps: &[Step], style: Style, output: &mut Vec<String>) -> usize {
    let mut count = 0;
    for element in elements {
        count += usize::from(find(element, steps, style, output));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::parse::{ParseOptions, parse};
    use super::*;

    fn get(json: &str, path: &str) -> Option<String> {
        let json = parse(json, ParseOptions::default()).ok()??;
        JsonPath::compile(path)?.find(&json)
    }

    #[test]
    fn paths() {
        let nested = r#"{"a":{"b":[1,2,{"c":3}]}}"#;
        for (json, path, expected) in [
            (nested, "$.a.b[2].c", Some("3")),
            (nested, "$.a.b", Some(r#"[1,2,{"c":3}]"#)),
            (nested, "$.a.b[*]", Some(r#"[1,2,{"c":3}]"#)),
            (r#"[{"a":1},{"a":2}]"#, "$[*].a", Some("[1,2]")),
            (r#"[{"a":"x"}]"#, "$[*].a", Some(r#""x""#)),
            ("[[1,2],[3]]", "$[*][0]", Some("[1,3]")),
            ("[[1,2],[3]]", "$[*][*]", Some("[1,2,3]")),
            ("[[[1,2]],[[3]]]", "$[*][*][*]", Some("[1,2,3]")),
            (r#"{"a":null}"#, "$.a", None),
            (r#"{"a":1.50}"#, "$.a", Some("1.5")),
            (r#"{"a":1.0e3}"#, "$.a", Some("1000.0")),
            (r#"{"a.b":1}"#, "$['a.b']", Some("1")),
            (r#"{"a": [1, 2 ] }"#, "$", Some(r#"{"a":[1,2]}"#)),
            (r#"{"a":1,"a":2}"#, "$.a", Some("1")),
            (r#"{"a":1,"b":2}"#, "$.*", None),
            (r#"{"a":["x\"y"]}"#, "$.a", Some(r#"["x\"y"]"#)),
            ("[1,2,3]", "$[5]", None),
            ("[1,2,3]", "$[-1]", None),
            (r#"{"a":[{"b":1},{"b":2}]}"#, "$.a.b", None),
            (r#""x""#, "$", Some("x")),
            (r#"{"a":1"#, "$.a", None),
            (r#"{"a":1}"#, "a", None),
        ] {
            assert_eq!(get(json, path).as_deref(), expected, "{path} of {json}");
        }
    }
}
