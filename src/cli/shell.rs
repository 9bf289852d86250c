//! The interactive shell: statements over several lines, history, completion, colours.

use super::runner::Runner;
use crate::error::Result;
use crate::session::Session;
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, CompletionResult, DefaultHinter, Emacs, FileBackedHistory,
    Highlighter, KeyCode, KeyModifiers, MenuBuilder, Prompt, PromptEditMode, PromptHistorySearch,
    Reedline, ReedlineEvent, ReedlineMenu, Signal, Span, StyledText, Suggestion, ValidationResult,
    Validator, default_emacs_keybindings,
};
use std::borrow::Cow;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Lines of history kept.
const HISTORY: usize = 10_000;

/// Words that are completed and coloured.
const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "ANTI",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CACHE",
    "CASE",
    "CAST",
    "CREATE",
    "CROSS",
    "CUBE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FIRST",
    "FROM",
    "FULL",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IF",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "OVERWRITE",
    "PARTITION",
    "PIVOT",
    "RANGE",
    "REPLACE",
    "RIGHT",
    "RLIKE",
    "ROLLUP",
    "ROWS",
    "SELECT",
    "SEMI",
    "SET",
    "SETS",
    "SHOW",
    "SORT",
    "TABLE",
    "TABLES",
    "TEMPORARY",
    "THEN",
    "TRUE",
    "UNION",
    "UNPIVOT",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Reads statements and runs them until the end of input. Without a terminal it runs what comes in as a
/// script.
pub fn open(mut runner: Runner) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(runner.run_all(&super::read("-")?));
    }
    eprintln!(
        "Firesteel {} (Spark {} SQL). Statements end with ;  exit; or Ctrl-D leaves.",
        env!("CARGO_PKG_VERSION"),
        crate::session::SPARK_VERSION
    );
    let mut editor = editor(&runner.session);
    loop {
        match editor.read_line(&SparkPrompt) {
            Ok(Signal::Success(text)) => {
                let word = text.trim().trim_end_matches(';').trim().to_lowercase();
                if word == "exit" || word == "quit" {
                    return Ok(true);
                }
                runner.run_all(&text);
            }
            Ok(Signal::CtrlD) => return Ok(true),
            // Ctrl-C at the prompt drops the line.
            Ok(_) => {}
            Err(error) => {
                return Err(
                    crate::error::Error::internal("the terminal could not be read")
                        .caused_by(error),
                );
            }
        }
    }
}

fn editor(session: &Session) -> Reedline {
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![
            ReedlineEvent::Menu("completions".to_string()),
            ReedlineEvent::MenuNext,
        ]),
    );
    let menu = ColumnarMenu::default().with_name("completions");
    let editor = Reedline::create()
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_completer(Box::new(SqlCompleter {
            session: session.clone(),
        }))
        .with_highlighter(Box::new(SqlHighlighter))
        .with_validator(Box::new(SqlValidator))
        .with_hinter(Box::new(
            DefaultHinter::default().with_style(Style::new().fg(Color::DarkGray)),
        ));
    match history_file().and_then(|path| FileBackedHistory::with_file(HISTORY, path).ok()) {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    }
}

/// `~/.firesteel_history`
fn history_file() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(PathBuf::from(home).join(".firesteel_history"))
}

struct SparkPrompt;

impl Prompt for SparkPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "firesteel".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        "         > ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        format!("(search: {}) ", search.term).into()
    }
}

/// A text is complete when its last statement ends with a semicolon.
struct SqlValidator;

impl Validator for SqlValidator {
    fn validate(&self, text: &str) -> ValidationResult {
        let word = text.trim().to_lowercase();
        let leaves = word == "exit" || word == "quit";
        if leaves || word.is_empty() || is_complete(text) {
            ValidationResult::Complete
        } else {
            ValidationResult::Incomplete
        }
    }
}

/// Whether a semicolon outside quotes and comments ends the text.
fn is_complete(text: &str) -> bool {
    let mut ends = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('-', Some('-')) => {
                characters.by_ref().find(|c| *c == '\n');
            }
            ('/', Some('*')) => {
                let mut last = ' ';
                let closed = characters.by_ref().skip(1).any(|c| {
                    let end = last == '*' && c == '/';
                    last = c;
                    end
                });
                if !closed {
                    return false;
                }
            }
            ('\'' | '"' | '`', _) => {
                ends = false;
                if !skip_quoted(&mut characters, c) {
                    return false;
                }
            }
            (';', _) => ends = true,
            (c, _) if c.is_whitespace() => {}
            _ => ends = false,
        }
    }
    ends
}

/// Goes behind the closing quote; false if there is none. A backslash takes the next character with it,
/// but not in names.
fn skip_quoted(characters: &mut impl Iterator<Item = char>, quote: char) -> bool {
    while let Some(c) = characters.next() {
        if c == quote {
            return true;
        }
        if c == '\\' && quote != '`' {
            characters.next();
        }
    }
    false
}

struct SqlCompleter {
    session: Session,
}

impl Completer for SqlCompleter {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        CompletionResult::Fresh {
            suggestions: self.suggestions(line, position).into(),
            partial: None,
        }
    }
}

impl SqlCompleter {
    fn suggestions(&self, line: &str, position: usize) -> Vec<Suggestion> {
        let before = &line[..position];
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = before.rfind(|c| !is_word(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = before[start..].to_lowercase();
        if word.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<String> = Vec::new();
        let names = self.session.table_names().unwrap_or_default();
        for name in &names {
            if line.to_lowercase().contains(&name.to_lowercase())
                && let Ok(frame) = self.session.table(name)
            {
                found.extend(
                    frame
                        .columns()
                        .into_iter()
                        .filter(|c| c.to_lowercase().starts_with(&word)),
                );
            }
        }
        found.extend(
            names
                .into_iter()
                .filter(|name| name.to_lowercase().starts_with(&word)),
        );
        let keywords = KEYWORDS
            .iter()
            .filter(|k| k.to_lowercase().starts_with(&word));
        found.extend(keywords.map(ToString::to_string));
        let functions = crate::functions::functions().map(|function| function.name());
        let functions = functions
            .filter(|name| name.starts_with(&word) && name.starts_with(char::is_alphabetic));
        found.extend(functions.map(|name| format!("{name}(")));
        found.dedup();
        let suggestion = |value: String| Suggestion {
            append_whitespace: !value.ends_with('('),
            value,
            span: Span::new(start, position),
            ..Suggestion::default()
        };
        found.into_iter().map(suggestion).collect()
    }
}

struct SqlHighlighter;

impl Highlighter for SqlHighlighter {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        for (style, text) in pieces(line) {
            styled.push((style, text));
        }
        styled
    }
}

/// The line in pieces: strings, comments, numbers, keywords, the rest.
fn pieces(line: &str) -> Vec<(Style, String)> {
    let keyword = Style::new().fg(Color::Blue).bold();
    let string = Style::new().fg(Color::Green);
    let number = Style::new().fg(Color::Cyan);
    let comment = Style::new().fg(Color::DarkGray);
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (style, length) = if rest.starts_with("--") {
            (comment, rest.find('\n').unwrap_or(rest.len()))
        } else if first == '\'' || first == '"' || first == '`' {
            let end = rest[1..].find(first).map_or(rest.len(), |at| at + 2);
            (string, end)
        } else if first.is_ascii_digit() {
            (
                number,
                rest.find(|c: char| !(c.is_alphanumeric() || c == '.'))
                    .unwrap_or(rest.len()),
            )
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            let is_keyword = KEYWORDS.contains(&rest[..end].to_uppercase().as_str());
            (if is_keyword { keyword } else { Style::new() }, end)
        } else {
            (Style::new(), first.len_utf8())
        };
        pieces.push((style, rest[..length].to_string()));
        rest = &rest[length..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_complete_with_its_semicolon() {
        assert!(is_complete("SELECT 1;"));
        assert!(is_complete("SELECT ';';\n"));
        assert!(!is_complete("SELECT 1"));
        assert!(!is_complete("SELECT 'a;"));
    }

    #[test]
    fn pieces_make_up_the_line() {
        let line = "SELECT 'a b', 12 -- done";
        let text: String = pieces(line).into_iter().map(|(_, text)| text).collect();
        assert_eq!(text, line);
    }
}
