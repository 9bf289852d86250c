//! Where in the SQL text an error comes from.

use std::fmt;
use std::sync::Arc;

/// What kind of text a place belongs to: the statement itself or the body of a view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ObjectKind {
    /// The statement that the user gave.
    #[default]
    Statement,
    /// The text of a view, with its name as Spark prints it.
    View(String),
    /// A call of the DataFrame API, with the name of the method.
    DataFrame(String),
}

/// A SQL text that spans refer to.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct SourceText {
    /// The whole text of the statement.
    pub text: String,
    /// What the text is.
    pub kind: ObjectKind,
}

impl SourceText {
    /// The text of a statement.
    pub fn statement(text: impl Into<String>) -> Arc<Self> {
        Arc::new(SourceText {
            text: text.into(),
            kind: ObjectKind::Statement,
        })
    }
}

/// A fragment of a SQL text: characters `start..end`, 0-based and end-exclusive, counted in characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    /// The text that the positions refer to.
    pub source: Arc<SourceText>,
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

impl Origin {
    /// The smallest fragment that covers both.
    pub fn to(&self, other: &Origin) -> Origin {
        Origin {
            source: self.source.clone(),
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The fragment's text.
    pub fn fragment(&self) -> String {
        let length = self.end.saturating_sub(self.start) as usize;
        let characters = self.source.text.chars();
        characters.skip(self.start as usize).take(length).collect()
    }

    /// The place as Spark reports it.
    pub fn context(&self) -> QueryContext {
        let (object_type, object_name) = match &self.source.kind {
            ObjectKind::Statement | ObjectKind::DataFrame(_) => ("", ""),
            ObjectKind::View(name) => ("VIEW", name.as_str()),
        };
        let before: Vec<char> = (self.source.text.chars())
            .take(self.start as usize)
            .collect();
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count();
        QueryContext {
            object_type: object_type.to_string(),
            object_name: object_name.to_string(),
            start_index: self.start + 1,
            stop_index: self.end,
            fragment: self.fragment(),
            line,
            column,
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// The place of an error as Spark reports it (`queryContext` in its golden files).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryContext {
    /// Empty for a statement, `VIEW` for the text of a view.
    pub object_type: String,
    /// The view's name, or empty.
    pub object_name: String,
    /// First character of the fragment, 1-based.
    pub start_index: u32,
    /// Last character of the fragment, 1-based and inclusive.
    pub stop_index: u32,
    /// The fragment's text.
    pub fragment: String,
    /// Line of the first character, 1-based.
    pub line: usize,
    /// Characters before it in its line.
    pub column: usize,
}

impl fmt::Display for QueryContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.object_type.is_empty() {
            "SQL".to_string()
        } else {
            format!("SQL of {} {}", self.object_type, self.object_name)
        };
        writeln!(
            f,
            "== {kind} (line {}, position {}) ==",
            self.line,
            self.column + 1
        )?;
        writeln!(f, "{}", self.fragment)?;
        let width = self.fragment.lines().next().unwrap_or("").chars().count();
        write!(f, "{}", "^".repeat(width.max(1)))
    }
}
