//! Errors: Spark error conditions with parameters and the place in the SQL text.
//!
//! Every error a user can cause is a [`Condition`]: a static with Spark's name (`DIVIDE_BY_ZERO`), Spark's
//! SQLSTATE and a message template of our own. An [`Error`] is a condition, the values of its parameters and,
//! once somebody who knows the place has called [`Error::at`], the fragment of SQL that caused it:
//!
//! ```text
//!   kernel: Error::new(&DIVIDE_BY_ZERO, [("config", "\"spark.sql.ansi.enabled\"")])
//!        │   knows what happened, not where
//!        ▼
//!   expr::evaluate: .at(&origin)         the innermost expression that has an origin wins
//!        ▼
//!   session / golden / cli: condition(), sqlstate(), parameters(), context()
//! ```
//!
//! Nothing in the engine ever matches on message text. Names, SQLSTATEs and parameter names are those of
//! Spark's [error conditions](https://spark.apache.org/docs/latest/sql-error-conditions.html).

mod condition;
pub mod conditions;
mod context;
pub mod quote;

pub use condition::Condition;
pub use context::{ObjectKind, Origin, QueryContext, SourceText};

use std::fmt;

/// The result of everything in the engine that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A Spark error condition with its parameters and, where known, the SQL fragment that caused it.
///
/// Boxed, so that `Result<T>` stays small on hot paths.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    condition: &'static Condition,
    parameters: Vec<(&'static str, String)>,
    origin: Option<Origin>,
    /// What a library below us said (an I/O error, the Parquet crate), for the message only.
    cause: Option<String>,
}

impl Error {
    /// An error of `condition`; `parameters` are Spark's parameter names with their values as Spark
    /// prints them (types and identifiers already quoted, see [`quote`]).
    pub fn new<const N: usize, V: ToString>(
        condition: &'static Condition,
        parameters: [(&'static str, V); N],
    ) -> Self {
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.to_string()))
            .collect();
        Error(Box::new(Inner {
            condition,
            parameters,
            origin: None,
            cause: None,
        }))
    }

    /// An error of a condition without parameters.
    pub fn of(condition: &'static Condition) -> Self {
        Error::new::<0, String>(condition, [])
    }

    /// A bug of ours: a state that no input should be able to reach.
    pub fn internal(message: impl fmt::Display) -> Self {
        Error::new(
            &conditions::INTERNAL_ERROR,
            [("message", message.to_string())],
        )
    }

    /// A feature of Spark that Firesteel lacks; `feature` names it as a user would.
    pub fn unsupported(feature: impl fmt::Display) -> Self {
        Error::new(
            &conditions::UNSUPPORTED_FEATURE,
            [("feature", feature.to_string())],
        )
    }

    /// Attaches the place in the SQL text, unless an inner expression has already done so.
    pub fn at(mut self, origin: Option<&Origin>) -> Self {
        if self.0.origin.is_none() && self.0.condition.has_context {
            self.0.origin = origin.cloned();
        }
        self
    }

    /// Attaches what a lower library said; it is shown behind the message.
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// The condition: its name, SQLSTATE and message template.
    pub fn condition(&self) -> &'static Condition {
        self.0.condition
    }

    /// Spark's five-character SQLSTATE.
    pub fn sqlstate(&self) -> &'static str {
        self.0.condition.sqlstate
    }

    /// Parameter names and values, in the order they were given.
    pub fn parameters(&self) -> &[(&'static str, String)] {
        &self.0.parameters
    }

    /// The value of one parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.0.parameters.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The place in the SQL text, if known.
    pub fn context(&self) -> Option<QueryContext> {
        self.0.origin.as_ref().map(Origin::context)
    }

    /// The message without condition name and context.
    pub fn message(&self) -> String {
        let mut text = self.0.condition.render(&self.0.parameters);
        if let Some(cause) = &self.0.cause {
            text.push_str(" Cause: ");
            text.push_str(cause);
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.0.condition.name, self.message())?;
        write!(f, " SQLSTATE: {}", self.0.condition.sqlstate)?;
        match self.context() {
            Some(context) => write!(f, "\n{context}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// Errors of Arrow kernels are ours: types were settled in the analyzer, so they cannot be the user's.
impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(error) => *error,
                Err(other) => Error::internal(other),
            },
            other => Error::internal(other),
        }
    }
}
