//! What Tab offers: columns, tables, functions and keywords that begin with what is typed.
//!
//! ```text
//!   s.we│         columns of the table s, or of the table with the alias s
//!   FROM su│      tables first
//!   anything      columns of the tables that the text names (of all tables if it names none),
//!                 tables, keywords, functions
//! ```

use super::words::{in_word, is_keyword, keywords, words};
use crate::session::Session;
use reedline::{Completer, CompletionResult, Span, Suggestion};

/// Completes from a session's catalog.
pub struct SqlCompleter {
    session: Session,
}

impl SqlCompleter {
    /// A completer for the tables of a session.
    pub fn new(session: &Session) -> Self {
        SqlCompleter {
            session: session.clone(),
        }
    }
}

impl Completer for SqlCompleter {
    fn complete(&mut self, text: &str, position: usize) -> CompletionResult {
        CompletionResult::Fresh {
            suggestions: self.suggestions(text, position).into(),
            partial: None,
        }
    }
}

/// Words behind which a table stands.
const BEFORE_TABLES: [&str; 7] = ["FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "DESC"];

/// Tables whose columns are offered where the text names none, so that a large catalog is not read for a Tab.
const MOST_TABLES: usize = 50;

impl SqlCompleter {
    fn suggestions(&self, text: &str, position: usize) -> Vec<Suggestion> {
        let before = text.get(..position).unwrap_or(text);
        let start = before.trim_end_matches(in_word).len();
        let suggestion = |value: String| Suggestion {
            append_whitespace: !value.ends_with('('),
            value,
            span: Span::new(start, position),
            ..Suggestion::default()
        };
        let found = self.candidates(text, &before[..start], &before[start..]);
        found.into_iter().map(suggestion).collect()
    }

    /// The words that may stand behind `before` and begin with `typed`.
    fn candidates(&self, text: &str, before: &str, typed: &str) -> Vec<String> {
        let prefix = typed.to_lowercase();
        let fits = |word: &String| word.to_lowercase().starts_with(&prefix);
        let tables = self.session.table_names().unwrap_or_default();
        let mut found = Vec::new();
        if let Some(before_dot) = before.strip_suffix('.') {
            let qualifier = words(before_dot).last().unwrap_or("");
            let table = table_of(qualifier, text, &tables);
            found.extend(table.into_iter().flat_map(|table| self.columns(table)));
            found.retain(fits);
            return found;
        }
        if typed.is_empty() {
            return found;
        }
        let last = words(before).last().unwrap_or("").to_uppercase();
        let is_table = BEFORE_TABLES.contains(&last.as_str());
        if !is_table {
            let named = words(text).filter_map(|word| find(word, &tables));
            let mut named: Vec<&str> = named.collect();
            if named.is_empty() {
                named.extend(tables.iter().take(MOST_TABLES).map(String::as_str));
            }
            found.extend(named.into_iter().flat_map(|table| self.columns(table)));
        }
        found.extend(tables.iter().cloned());
        if !is_table {
            let is_lower = !typed.contains(char::is_uppercase);
            found.extend(keywords().map(|word| match is_lower {
                true => word.to_lowercase(),
                false => word.to_string(),
            }));
            let functions = crate::functions::functions().map(|function| function.name());
            let functions = functions.filter(|name| name.starts_with(char::is_alphabetic));
            found.extend(functions.map(|name| format!("{name}(")));
        }
        found.retain(fits);
        let mut seen = hashbrown::HashSet::new();
        found.retain(|word| seen.insert(word.to_lowercase()));
        found
    }

    fn columns(&self, table: &str) -> Vec<String> {
        let frame = self.session.table(table);
        frame.map(|frame| frame.columns()).unwrap_or_default()
    }
}

/// The table of this name, in any case.
fn find<'a>(word: &str, tables: &'a [String]) -> Option<&'a str> {
    let mut tables = tables.iter();
    let table = tables.find(|table| table.eq_ignore_ascii_case(word))?;
    Some(table)
}

/// The table that a qualifier means: its name, or an alias that stands behind its name.
fn table_of<'a>(qualifier: &str, text: &str, tables: &'a [String]) -> Option<&'a str> {
    if let Some(table) = find(qualifier, tables) {
        return Some(table);
    }
    let words: Vec<&str> = words(text).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let table = find(word, tables)?;
        let mut behind = words[at + 1..].iter();
        let alias = behind.find(|word| !word.eq_ignore_ascii_case("AS"))?;
        (alias.eq_ignore_ascii_case(qualifier) && !is_keyword(alias)).then_some(table)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Tab offers at `│`.
    fn offered(text: &str) -> Vec<String> {
        let spark = Session::builder().master("local[1]").create().unwrap();
        for view in [
            "CREATE TEMPORARY VIEW surveys AS SELECT 1 AS species_id, 2 AS weight",
            "CREATE TEMPORARY VIEW species AS SELECT 1 AS species_id, 'x' AS taxa",
        ] {
            spark.sql(view).unwrap();
        }
        let position = text.find('│').unwrap();
        let text = text.replace('│', "");
        let suggestions = SqlCompleter::new(&spark).suggestions(&text, position);
        suggestions.into_iter().map(|s| s.value).collect()
    }

    #[test]
    fn columns_of_the_tables_named() {
        assert_eq!(offered("SELECT wei│ FROM surveys"), ["weight"]);
        assert_eq!(
            offered("SELECT spec│ FROM surveys"),
            ["species_id", "species"]
        );
        assert_eq!(offered("SELECT wei│")[0], "weight");
        assert_eq!(
            offered("SELECT b.│ FROM surveys a, species AS b"),
            ["species_id", "taxa"]
        );
        assert_eq!(offered("SELECT surveys.we│ FROM surveys"), ["weight"]);
    }

    #[test]
    fn tables_behind_from_and_keywords_elsewhere() {
        assert_eq!(offered("SELECT * FROM s│"), ["species", "surveys"]);
        assert!(offered("sel│").contains(&"select".to_string()));
        assert!(offered("SEL│").contains(&"SELECT".to_string()));
        assert!(offered("SELECT regexp_rep│").contains(&"regexp_replace(".to_string()));
        assert_eq!(offered("SELECT 1 │"), Vec::<String>::new());
    }
}
