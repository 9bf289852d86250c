//! SQL text to the unresolved plan.
//!
//! ```text
//!   text ─ lexer ─► tokens ─ Parser ─► Statement: Query(Relation) | Command
//!                              │
//!                              ├ query, select, from, pipe      relations
//!                              ├ expression, primary, function  expressions, loosest binding first
//!                              ├ literal, interval, window      what they are made of
//!                              └ command/                       everything that is no query
//! ```
//!
//! A recursive-descent parser of Spark's grammar that builds the unresolved plan directly. Going through
//! another parser's tree would lose two things that users see: the place of every expression, which errors
//! report, and how literals were written, which names columns. Hardly a word is reserved, so the grammar
//! decides by looking ahead at tokens and, in two places (`Parser::either`), by trying both readings.
//!
//! Every [`Expression`] and [`Relation`] carries the fragment of text that Spark's query context would print.
//! Nesting is limited, so that hostile input ends in `FAILED_TO_PARSE_TOO_COMPLEX` and not in a stack
//! overflow; chains of operators are parsed in loops.
//!
//! Limits: no SQL scripting, no scripts in TRANSFORM, no time travel, no multi-insert; data definition
//! that the engine cannot run is recognised ([`Command::Unsupported`]) but not checked to the end.
//!
//! [`Command::Unsupported`]: crate::plan::unresolved::Command::Unsupported

mod command;
mod cursor;
mod expression;
mod from;
mod function;
mod identifier;
mod interval;
mod keywords;
mod lexer;
mod literal;
mod pipe;
mod pivot;
mod primary;
mod query;
mod sample;
mod select;
mod split;
mod window;

#[cfg(test)]
mod tests;

pub use split::{is_complete, split_statements};

use crate::config::Config;
use crate::error::conditions::PARSE_EMPTY_STATEMENT;
use crate::error::{Error, ObjectKind, Result};
use crate::plan::unresolved::{Expression, Relation, Statement};
use cursor::Parser;

/// The settings that decide what a text means.
#[derive(Debug, Clone)]
pub struct ParseOptions {
    /// What stands for `?` and `:name`, if that is known already.
    pub parameters: Vec<(Option<String>, Expression)>,
    /// `spark.sql.ansi.doubleQuotedIdentifiers`: `"a"` is a name, not a string.
    pub double_quoted_identifiers: bool,
    /// `spark.sql.ansi.enforceReservedKeywords`: reserved words may not name things.
    pub enforce_reserved_keywords: bool,
    /// `spark.sql.legacy.interval.enabled`: interval literals are calendar intervals.
    pub legacy_interval: bool,
    /// `spark.sql.legacy.exponentLiteralAsDecimal.enabled`: `1e3` is a decimal.
    pub exponent_literal_as_decimal: bool,
    /// `spark.sql.parser.escapedStringLiterals`: backslashes in strings mean themselves.
    pub escaped_string_literals: bool,
    /// `spark.sql.legacy.identifierClause`: `IDENTIFIER('a')` only where a table, function or column is
    /// referred to.
    pub legacy_identifier_clause: bool,
    /// `spark.sql.legacy.bangEqualsNot`: `!` may stand for NOT in `a ! IN (b)`, too.
    pub bang_equals_not: bool,
    /// `spark.sql.timestampType = TIMESTAMP_NTZ`: what `TIMESTAMP'…'` without a zone makes.
    pub timestamp_ntz: bool,
    /// `spark.sql.session.timeZone`, in which TIMESTAMP literals are read.
    pub time_zone: String,
    /// What the text is: a statement, or the body of a view.
    pub kind: ObjectKind,
}

impl Default for ParseOptions {
    fn default() -> Self {
        ParseOptions {
            parameters: Vec::new(),
            double_quoted_identifiers: false,
            enforce_reserved_keywords: false,
            legacy_interval: false,
            exponent_literal_as_decimal: false,
            escaped_string_literals: false,
            legacy_identifier_clause: false,
            bang_equals_not: false,
            timestamp_ntz: false,
            time_zone: "UTC".into(),
            kind: ObjectKind::Statement,
        }
    }
}

impl ParseOptions {
    /// The options that a session's settings ask for.
    pub fn of(config: &Config) -> ParseOptions {
        let ntz = config
            .get("spark.sql.timestampType")
            .is_some_and(|name| name.eq_ignore_ascii_case("TIMESTAMP_NTZ"));
        ParseOptions {
            parameters: Vec::new(),
            double_quoted_identifiers: config.flag("spark.sql.ansi.doubleQuotedIdentifiers"),
            enforce_reserved_keywords: config.flag("spark.sql.ansi.enforceReservedKeywords"),
            legacy_interval: config.flag("spark.sql.legacy.interval.enabled"),
            exponent_literal_as_decimal: config
                .flag("spark.sql.legacy.exponentLiteralAsDecimal.enabled"),
            escaped_string_literals: config.flag("spark.sql.parser.escapedStringLiterals"),
            legacy_identifier_clause: config.flag("spark.sql.legacy.identifierClause"),
            bang_equals_not: config.flag("spark.sql.legacy.bangEqualsNot"),
            timestamp_ntz: ntz,
            time_zone: config.time_zone().to_string(),
            kind: ObjectKind::Statement,
        }
    }
}

/// Parses one statement: a query or a command. Semicolons may follow it.
pub fn parse_statement(text: &str, options: &ParseOptions) -> Result<Statement> {
    parse(text, options, |parser| parser.statement())
}

/// Parses a query.
pub fn parse_query(text: &str, options: &ParseOptions) -> Result<Relation> {
    parse(text, options, |parser| parser.query())
}

/// Parses an expression as `expr()`, `select_expr` and `filter` take it: perhaps a star, perhaps with an
/// alias.
pub fn parse_expression(text: &str, options: &ParseOptions) -> Result<Expression> {
    parse(text, options, |parser| parser.named_expression())
}

/// The parts of a dotted name, `` a.`b.c` ``, as `col()` and `table()` take it.
pub fn parse_identifier(text: &str) -> Result<Vec<String>> {
    parse(text, &ParseOptions::default(), |parser| {
        parser.qualified_name()
    })
}

/// Brackets nested deeper than this are parsed on a thread with a larger stack.
const DEPTH_FOR_OWN_STACK: usize = 24;

fn parse<T: Send>(
    text: &str,
    options: &ParseOptions,
    part: impl Fn(&mut Parser<'_>) -> Result<T> + Send,
) -> Result<T> {
    let mut parser = Parser::new(text, options)?;
    if parser.is_end() {
        return Err(Error::of(&PARSE_EMPTY_STATEMENT));
    }
    let mut run = move || {
        let parsed = part(&mut parser)?;
        parser.expect_end()?;
        Ok(parsed)
    };
    if nesting(text) < DEPTH_FOR_OWN_STACK {
        return run();
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(64 << 20);
        match builder.spawn_scoped(scope, run) {
            Ok(thread) => {
                (thread.join()).unwrap_or_else(|_| Err(Error::internal("the parser panicked")))
            }
            Err(error) => Err(Error::internal("no thread for the parser").caused_by(error)),
        }
    })
}

/// An upper bound of how deep the constructs of a text nest: open brackets, and everything that may nest
/// without brackets.
fn nesting(text: &str) -> usize {
    let mut depth: usize = 0;
    let mut deepest = 0;
    let mut prefixes = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'<' => depth += 1,
            b')' | b']' | b'>' => depth = depth.saturating_sub(1),
            b'-' | b'+' | b'~' | b'!' => prefixes += 1,
            b'c' | b'C' | b'e' | b'E' | b'n' | b'N' => {
                let starts = |word: &str| {
                    let found = text.get(at..at + word.len());
                    found.is_some_and(|found| found.eq_ignore_ascii_case(word))
                };
                if ["case", "explain", "not"].into_iter().any(starts) {
                    prefixes += 1;
                }
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest + prefixes
}
