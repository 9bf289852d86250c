//! `SET` and `RESET`: settings, the time zone, session variables.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::conditions::{
    INVALID_INTERVAL_FORMAT_TIMEZONE_INTERVAL_OUT_OF_RANGE, INVALID_SET_SYNTAX,
    INVALID_TIME_ZONE_DISPLACEMENT,
};
use crate::error::{Error, Result};
use crate::plan::unresolved::{Command, ExpressionKind};
use crate::types::Value;

const TIME_ZONE: &str = "spark.sql.session.timeZone";
const MICROS_PER_SECOND: i64 = 1_000_000;

impl Parser<'_> {
    /// `SET`, `SET key`, `SET key = value`, `SET -v`, `SET TIME ZONE …`, `SET VARIABLE …`
    pub(super) fn set(&mut self) -> Result<Command> {
        self.advance();
        if self.is_words(&["TIME", "ZONE"]) {
            return self.set_time_zone();
        }
        if self.is_any_word(&["VAR", "VARIABLE"]) && !self.is_symbol_at(1, "=") {
            return self.set_variable();
        }
        if self.is_any_word(&["ROLE", "CATALOG"]) && self.is_identifier_at(1) {
            return Ok(self.unsupported("SET CATALOG"));
        }
        let mark = self.mark();
        let text = self.rest_of_statement();
        if text.is_empty() {
            let (key, value) = (None, None);
            return Ok(Command::Set { key, value });
        }
        if text == "-v" {
            let (key, value) = (Some(text), None);
            return Ok(Command::Set { key, value });
        }
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value.trim())),
            None => (text.as_str(), None),
        };
        let Some(key) = setting_key(key) else {
            return Err(self.error::<0, String>(mark, &INVALID_SET_SYNTAX, []));
        };
        let value = value.map(unquoted);
        Ok(Command::Set {
            key: Some(key),
            value,
        })
    }

    /// `RESET [key]`
    pub(super) fn reset(&mut self) -> Result<Command> {
        self.advance();
        let text = self.rest_of_statement();
        let key = match text.is_empty() {
            true => None,
            false => Some(unquoted(&text)),
        };
        Ok(Command::Reset { key })
    }

    /// The text up to the closing semicolons, as written: values of settings are no SQL.
    fn rest_of_statement(&mut self) -> String {
        let start = self.token().start;
        while !self.is_end() {
            self.advance();
        }
        let text = self.source.text[start..].trim_end();
        text.trim_end_matches(';').trim().to_string()
    }

    /// `SET TIME ZONE LOCAL | 'zone' | INTERVAL …`
    fn set_time_zone(&mut self) -> Result<Command> {
        let mark = self.mark() - 1;
        self.take_words(&["TIME", "ZONE"]);
        let zone = if self.take_word("LOCAL") {
            "LOCAL".to_string()
        } else if self.is_kind_at(0, TokenKind::Text) {
            self.text_value()?
        } else if self.is_interval_literal() {
            let interval = self.interval_literal()?;
            if !self.is_end() && !self.is_symbol(";") {
                return Err(self.time_zone_error(mark));
            }
            let micros = match &*interval.kind {
                ExpressionKind::Literal(Value::DayTimeInterval(micros), _) => Some(*micros),
                ExpressionKind::Literal(Value::CalendarInterval(interval), _) => {
                    (interval.months == 0 && interval.days == 0).then_some(interval.microseconds)
                }
                _ => None,
            };
            let most = 18 * 3600 * MICROS_PER_SECOND;
            match micros {
                Some(micros) if micros.abs() <= most && micros % MICROS_PER_SECOND == 0 => {
                    offset_zone(micros / MICROS_PER_SECOND)
                }
                _ => {
                    let parameters = [("input", self.text_since(mark).to_string())];
                    let condition = &INVALID_INTERVAL_FORMAT_TIMEZONE_INTERVAL_OUT_OF_RANGE;
                    return Err(self.error(mark, condition, parameters));
                }
            }
        } else {
            return Err(self.time_zone_error(mark));
        };
        Ok(Command::Set {
            key: Some(TIME_ZONE.to_string()),
            value: Some(zone),
        })
    }

    /// The error about the whole statement.
    fn time_zone_error(&mut self, mark: usize) -> Error {
        while !self.is_end() && !self.is_symbol(";") {
            self.advance();
        }
        self.error::<0, String>(mark, &INVALID_TIME_ZONE_DISPLACEMENT, [])
    }
}

/// A zone name for an offset: `+08:00`, `-03:30:15`.
fn offset_zone(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (
        seconds.abs() / 3600,
        seconds.abs() / 60 % 60,
        seconds.abs() % 60,
    );
    match rest {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        rest => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// A key of a setting: words, digits, points and colons, or anything in backticks.
fn setting_key(text: &str) -> Option<String> {
    if text.starts_with('`') {
        let length = super::super::lexer::quoted_length(text, false)?;
        return (length == text.len()).then(|| unquoted(text));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '\\');
    (!text.is_empty() && text.chars().all(plain)).then(|| text.to_string())
}

/// The text without backticks around it.
fn unquoted(text: &str) -> String {
    match text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
    {
        Some(inner) => inner.replace("``", "`"),
        None => text.to_string(),
    }
}
