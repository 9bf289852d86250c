//! Options of a reader or writer: Spark's names, looked up without regard to case.

use crate::error::conditions::{
    INVALID_OPTION_BOOLEAN, INVALID_OPTION_CHARACTER, INVALID_OPTION_INTEGER,
};
use crate::error::{Condition, Error, Result};
use std::collections::BTreeMap;

/// The options given to a reader or writer.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Keys in lower case.
    values: BTreeMap<String, String>,
}

impl SourceOptions {
    /// Options from the user's map; of keys that differ only in case, the last wins.
    pub fn new(options: &BTreeMap<String, String>) -> SourceOptions {
        let lower = |(key, value): (&String, &String)| (key.to_ascii_lowercase(), value.clone());
        SourceOptions {
            values: options.iter().map(lower).collect(),
        }
    }

    /// The text of an option; None if it was not given.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values
            .get(&key.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// The text of an option that has two names; the first wins.
    pub fn get_either(&self, key: &str, other: &str) -> Option<&str> {
        self.get(key).or_else(|| self.get(other))
    }

    /// What follows `prefix` in the names of options that are `true`.
    pub fn with_prefix(&self, prefix: &str) -> Vec<String> {
        let prefix = prefix.to_ascii_lowercase();
        (self.values.iter())
            .filter(|(_, value)| value.trim().eq_ignore_ascii_case("true"))
            .filter_map(|(key, _)| Some(key.strip_prefix(&prefix)?.to_string()))
            .collect()
    }

    /// A boolean option.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool> {
        match self.get(key).map(str::trim) {
            None => Ok(default),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(invalid(&INVALID_OPTION_BOOLEAN, key, text)),
        }
    }

    /// An integer option.
    pub fn integer(&self, key: &str, default: i64) -> Result<i64> {
        match self.get(key) {
            None => Ok(default),
            Some(text) => {
                (text.trim().parse()).map_err(|_| invalid(&INVALID_OPTION_INTEGER, key, text))
            }
        }
    }

    /// A character option: None if it is the empty string.
    pub fn character(&self, key: &str, default: Option<char>) -> Result<Option<char>> {
        let Some(text) = self.get(key) else {
            return Ok(default);
        };
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (None, _) => Ok(None),
            (Some('\u{0}'), None) => Ok(None),
            (Some(only), None) => Ok(Some(only)),
            (Some('\\'), Some(escaped)) if text.chars().count() == 2 => Ok(Some(match escaped {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                '0' => return Ok(None),
                other => other,
            })),
            _ => Err(invalid(&INVALID_OPTION_CHARACTER, key, text)),
        }
    }
}

fn invalid(condition: &'static Condition, option: &str, value: &str) -> Error {
    Error::new(
        condition,
        [
            ("functionName", String::new()),
            ("parameter", option.to_string()),
            ("invalidValue", format!("'{value}'")),
        ],
    )
}
