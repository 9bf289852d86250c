//! A text of several statements, cut at its semicolons.

use super::lexer::{block_comment_length, line_comment_length, quoted_length};
use std::ops::Range;

/// The statements of a text that stand between semicolons, each with its range in bytes. Semicolons in
/// strings, quoted names, comments and `BEGIN … END` blocks do not count. What holds nothing but blanks and
/// comments is left out; a comment before a statement is part of it.
pub fn split_statements(text: &str) -> Vec<(Range<usize>, String)> {
    scan(text).0
}

/// Whether nothing is missing at the end of a text: every quote and comment is closed, and the last statement has
/// its semicolon.
pub fn is_complete(text: &str) -> bool {
    let (statements, is_open) = scan(text);
    let ended =
        |(range, _): &(Range<usize>, String)| text[range.end..].trim_start().starts_with(';');
    !is_open && statements.last().is_none_or(ended)
}

/// The statements, and whether a quote or comment is left open.
fn scan(text: &str) -> (Vec<(Range<usize>, String)>, bool) {
    let mut statements = Vec::new();
    let mut is_open = false;
    let mut statement = Statement::at(0);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let length = if rest.starts_with("--") {
            line_comment_length(rest)
        } else if rest.starts_with("/*") && !rest.starts_with("/*+") {
            block_comment_length(rest).unwrap_or_else(|| {
                is_open = true;
                rest.len()
            })
        } else if matches!(first, '\'' | '"' | '`') {
            statement.has_tokens = true;
            let escapes = first != '`' && !statement.raw_prefix(text, at);
            quoted_length(rest, escapes).unwrap_or_else(|| {
                is_open = true;
                1
            })
        } else if first.is_alphanumeric() || first == '_' {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
            statement.word(&rest[..length]);
            length
        } else {
            if first == ';' && statement.depth == 0 {
                statement.finish(text, at, &mut statements);
                statement = Statement::at(at + 1);
            } else if !first.is_whitespace() {
                statement.symbol(first);
            }
            first.len_utf8()
        };
        at += length;
    }
    statement.finish(text, text.len(), &mut statements);
    (statements, is_open)
}

/// The statement that is being read.
struct Statement {
    start: usize,
    /// Whether anything but blanks and comments has been seen.
    has_tokens: bool,
    /// Open blocks: BEGIN, and inside of it CASE, IF, LOOP and so on.
    depth: usize,
    /// The previous word, if nothing stands between.
    previous: String,
}

impl Statement {
    fn at(start: usize) -> Self {
        Statement {
            start,
            has_tokens: false,
            depth: 0,
            previous: String::new(),
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_uppercase();
        let first = !self.has_tokens;
        self.has_tokens = true;
        let ends = self.previous == "END";
        match word.as_str() {
            "BEGIN" if first || self.depth > 0 || self.previous == ":" => self.depth += 1,
            "CASE" | "LOOP" | "DO" if self.depth > 0 && !ends => self.depth += 1,
            "IF" if self.depth > 0 && !ends && self.previous == ";" => self.depth += 1,
            "REPEAT" if self.depth > 0 && !ends && self.previous == ";" => self.depth += 1,
            "END" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        // The first statement of a block stands behind BEGIN, THEN, ELSE, DO or LOOP, not a semicolon.
        self.previous = match word.as_str() {
            "BEGIN" | "THEN" | "ELSE" | "DO" | "LOOP" => ";".to_string(),
            _ => word,
        };
    }

    fn symbol(&mut self, symbol: char) {
        self.has_tokens = true;
        self.previous = symbol.to_string();
    }

    /// Whether the quote at byte `at` belongs to a raw string.
    fn raw_prefix(&self, text: &str, at: usize) -> bool {
        self.previous == "R" && text[..at].ends_with(['r', 'R'])
    }

    fn finish(&self, text: &str, end: usize, statements: &mut Vec<(Range<usize>, String)>) {
        if !self.has_tokens {
            return;
        }
        let slice = &text[self.start..end];
        let start = self.start + slice.len() - slice.trim_start().len();
        let end = start + slice.trim().len();
        statements.push((start..end, text[start..end].to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::{is_complete, split_statements};

    fn texts(text: &str) -> Vec<String> {
        (split_statements(text).into_iter())
            .map(|(_, statement)| statement)
            .collect()
    }

    #[test]
    fn only_real_semicolons_cut() {
        let text = "SELECT ';' AS `;`; -- a; b\nSELECT 2 /* ; */ ;; ; SELECT \"x\\\";\"";
        let expected = [
            "SELECT ';' AS `;`",
            "-- a; b\nSELECT 2 /* ; */",
            "SELECT \"x\\\";\"",
        ];
        assert_eq!(texts(text), expected);
        assert_eq!(texts("SELECT r'\\'; SELECT 1").len(), 2);
        assert_eq!(texts(" ; -- nothing\n;").len(), 0);
    }

    #[test]
    fn a_text_is_complete_with_its_semicolon() {
        for text in [
            "SELECT 1;",
            "SELECT ';' ; -- done",
            "SELECT 1; /* done */\n",
            "",
            "-- a\n",
            ";",
        ] {
            assert!(is_complete(text), "{text}");
        }
        for text in [
            "SELECT 1",
            "SELECT 1; SELECT 2",
            "SELECT 'a;",
            "SELECT 1 /* ;",
            "SELECT `a;",
            "BEGIN SELECT 1;",
        ] {
            assert!(!is_complete(text), "{text}");
        }
    }

    #[test]
    fn blocks_stay_whole() {
        let text = "BEGIN DECLARE x INT; IF x = 1 THEN SELECT CASE WHEN a THEN 1 END; END IF; END; SELECT 1";
        assert_eq!(texts(text).len(), 2);
    }

    #[test]
    fn ranges_are_the_texts() {
        let text = "SELECT 'é';\n SELECT 2";
        for (range, statement) in split_statements(text) {
            assert_eq!(text[range], statement);
        }
    }
}
