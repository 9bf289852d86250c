//! Literals: numbers, strings, and typed ones such as `DATE'2020-01-01'` and `X'1F'`.

use super::cursor::Parser;
use super::lexer::{NumberKind, Token, TokenKind};
use crate::error::conditions::{
    DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, INVALID_NUMERIC_LITERAL_RANGE, INVALID_TYPED_LITERAL,
    UNSUPPORTED_TYPED_LITERAL,
};
use crate::error::{Error, Result};
use crate::kernel::datetime_text::{
    names_zone, now_micros, parse_date, parse_timestamp, parse_timestamp_ntz, special_date,
    special_timestamp, special_timestamp_ntz,
};
use crate::kernel::time_zone::TimeZone;
use crate::plan::unresolved::{Expression, ExpressionKind};
use crate::types::{DataType, Decimal, Value};

/// What typed literals exist, as the error about others lists them.
const TYPED_LITERALS: &str =
    r#""DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME""#;

impl Parser<'_> {
    /// A number, perhaps with a minus before it.
    pub(super) fn number(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let negative = self.take_symbol("-");
        let token = self.advance();
        let TokenKind::Number(kind) = token.kind else {
            return Err(self.unexpected());
        };
        let sign = if negative { "-" } else { "" };
        let text = format!("{sign}{}", self.text(token));
        let (value, data_type) = self.number_value(mark, kind, &text)?;
        Ok(self.spanned(mark, ExpressionKind::Literal(value, data_type)))
    }

    fn number_value(&self, mark: usize, kind: NumberKind, text: &str) -> Result<(Value, DataType)> {
        let without = |suffix: usize| &text[..text.len() - suffix];
        let range = |digits: &str, name: &str, least: &str, greatest: &str| {
            let parameters = [
                ("rawStrippedQualifier", digits),
                ("minValue", least),
                ("maxValue", greatest),
                ("typeName", name),
            ];
            self.error(mark, &INVALID_NUMERIC_LITERAL_RANGE, parameters)
        };
        match kind {
            NumberKind::Integer => {
                if let Ok(value) = text.parse() {
                    Ok((Value::Integer(value), DataType::Integer))
                } else if let Ok(value) = text.parse() {
                    Ok((Value::Long(value), DataType::Long))
                } else {
                    self.decimal(text)
                }
            }
            NumberKind::Byte => match without(1).parse() {
                Ok(value) => Ok((Value::Byte(value), DataType::Byte)),
                Err(_) => Err(range(without(1), "tinyint", "-128", "127")),
            },
            NumberKind::Short => match without(1).parse() {
                Ok(value) => Ok((Value::Short(value), DataType::Short)),
                Err(_) => Err(range(without(1), "smallint", "-32768", "32767")),
            },
            NumberKind::Long => match without(1).parse() {
                Ok(value) => Ok((Value::Long(value), DataType::Long)),
                Err(_) => {
                    let (least, greatest) = (i64::MIN.to_string(), i64::MAX.to_string());
                    Err(range(without(1), "bigint", &least, &greatest))
                }
            },
            NumberKind::Decimal => self.decimal(text),
            NumberKind::BigDecimal => {
                (self.decimal(without(2))).map_err(|error| error.at(self.origin(mark).as_ref()))
            }
            NumberKind::Exponent if self.options.exponent_literal_as_decimal => self.decimal(text),
            NumberKind::Exponent | NumberKind::Double => {
                let digits = text.trim_end_matches(['d', 'D']);
                match digits.parse::<f64>() {
                    Ok(value) if value.is_finite() => Ok((Value::Double(value), DataType::Double)),
                    _ => {
                        let limit = "1.7976931348623157E+308";
                        Err(range(digits, "double", &format!("-{limit}"), limit))
                    }
                }
            }
            NumberKind::Float => {
                let digits = without(1);
                // The limits are compared before the value is rounded to a FLOAT.
                let exact: f64 = digits.parse().unwrap_or(f64::INFINITY);
                match digits.parse::<f32>() {
                    Ok(value) if exact.abs() <= f64::from(f32::MAX) => {
                        Ok((Value::Float(value), DataType::Float))
                    }
                    _ => {
                        let limit = "3.4028234663852886E+38";
                        Err(range(digits, "float", &format!("-{limit}"), limit))
                    }
                }
            }
        }
    }

    /// A decimal with just the digits written: `1.50` is DECIMAL(3,2), `0.01` DECIMAL(2,2).
    fn decimal(&self, text: &str) -> Result<(Value, DataType)> {
        let too_long = |precision: i64| {
            let parameters = [("precision", precision), ("maxPrecision", 38)];
            Error::new(&DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, parameters)
        };
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (
                &text[..at],
                text[at + 1..].parse().unwrap_or(i64::from(i32::MAX)),
            ),
            None => (text, 0),
        };
        let fraction = mantissa.find('.').map_or(0, |at| mantissa.len() - at - 1);
        let mut scale = fraction as i64 - exponent;
        let mut digits = mantissa
            .replace(['.', '-'], "")
            .trim_start_matches('0')
            .to_string();
        if scale < 0 {
            if digits.len() as i64 - scale > 38 {
                return Err(too_long(digits.len() as i64 - scale));
            }
            if !digits.is_empty() {
                digits.push_str(&"0".repeat(-scale as usize));
            }
            scale = 0;
        }
        let precision = (digits.len() as i64).max(1).max(scale);
        if precision > 38 {
            return Err(too_long(precision));
        }
        let mut unscaled: i128 = digits.parse().unwrap_or(0);
        if text.starts_with('-') {
            unscaled = -unscaled;
        }
        let (precision, scale) = (precision as u8, scale as i8);
        let value = Decimal {
            unscaled,
            precision,
            scale,
        };
        Ok((
            Value::Decimal(value),
            DataType::Decimal { precision, scale },
        ))
    }

    /// Strings side by side, which are one string.
    pub(super) fn text_literal(&mut self) -> Expression {
        let mark = self.mark();
        let text = self.adjacent_texts();
        self.spanned(
            mark,
            ExpressionKind::Literal(Value::from(text), DataType::String),
        )
    }

    fn adjacent_texts(&mut self) -> String {
        let mut text = String::new();
        while self.is_kind_at(0, TokenKind::Text) {
            let token = self.advance();
            text.push_str(&self.decode_text(token));
        }
        text
    }

    /// A string where the grammar takes nothing else.
    pub(super) fn text_value(&mut self) -> Result<String> {
        if !self.is_kind_at(0, TokenKind::Text) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        Ok(self.decode_text(token))
    }

    /// What a string token means.
    pub(super) fn decode_text(&self, token: Token) -> String {
        let text = self.text(token);
        let raw = text.starts_with(['r', 'R']);
        let quoted = if raw { &text[1..] } else { text };
        let quote = &quoted[..1];
        let content = &quoted[1..quoted.len() - 1];
        if raw {
            return content.to_string();
        }
        if self.options.escaped_string_literals {
            return content.replace(&quote.repeat(2), quote);
        }
        unescape(content, quote.chars().next().unwrap_or('\''))
    }

    /// The session's time zone.
    fn time_zone(&self) -> Result<TimeZone> {
        TimeZone::of(&self.options.time_zone)
    }

    /// `DATE'…'`, `TIMESTAMP'…'`, `X'…'` and so on; `INTERVAL'…'` is in `interval.rs`.
    pub(super) fn typed_literal(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        let name = self.text(name).to_uppercase();
        let text = self.text_value()?;
        let invalid = || {
            let parameters = [
                ("valueType", format!("\"{name}\"")),
                ("value", format!("'{text}'")),
            ];
            self.error(mark, &INVALID_TYPED_LITERAL, parameters)
        };
        let zone = &self.time_zone()?;
        let now = now_micros();
        let timestamp = || {
            let value =
                special_timestamp(&text, zone, now).or_else(|| parse_timestamp(&text, zone));
            value.map(|value| (Value::Timestamp(value), DataType::Timestamp))
        };
        let timestamp_ntz = || {
            let special = special_timestamp_ntz(&text, zone, now);
            let value = special.or_else(|| parse_timestamp_ntz(&text, true));
            value.map(|value| (Value::TimestampNtz(value), DataType::TimestampNtz))
        };
        let (value, data_type) = match name.as_str() {
            "DATE" => special_date(&text, zone, now)
                .or_else(|| parse_date(&text))
                .map(|value| (Value::Date(value), DataType::Date)),
            "TIMESTAMP_NTZ" => timestamp_ntz(),
            "TIMESTAMP" if self.options.timestamp_ntz && !names_zone(&text) => timestamp_ntz(),
            "TIMESTAMP" | "TIMESTAMP_LTZ" => timestamp(),
            "X" => hexadecimal(&text).map(|bytes| (Value::from(bytes), DataType::Binary)),
            "TIME" if !is_time_of_day(&text) => None,
            "TIME" => {
                return Err(Error::unsupported("the type TIME").at(self.origin(mark).as_ref()));
            }
            _ => {
                let parameters = [
                    ("unsupportedType", format!("\"{name}\"")),
                    ("supportedTypes", TYPED_LITERALS.to_string()),
                ];
                return Err(self.error(mark, &UNSUPPORTED_TYPED_LITERAL, parameters));
            }
        }
        .ok_or_else(invalid)?;
        Ok(self.spanned(mark, ExpressionKind::Literal(value, data_type)))
    }
}

/// Whether a text is a time of day: `h:mm[:ss[.ffffff]] [AM|PM]`.
fn is_time_of_day(text: &str) -> bool {
    let text = text.trim().to_ascii_uppercase();
    let (clock, hours) = match text.strip_suffix("AM").or_else(|| text.strip_suffix("PM")) {
        Some(clock) => (clock.trim_end(), 1..=12),
        None => (text.as_str(), 0..=23),
    };
    let digits = |part: &str, most: usize| {
        let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (plain && part.len() <= most)
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (clock, None),
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let minute = |part: &str| digits(part, 2).is_some_and(|value| value < 60);
    match parts.as_slice() {
        [hour, rest @ ..] if (1..=2).contains(&rest.len()) => {
            digits(hour, 2).is_some_and(|hour| hours.contains(&hour))
                && rest.iter().all(|part| minute(part))
                && fraction.is_none_or(|part| rest.len() == 2 && digits(part, 6).is_some())
        }
        _ => false,
    }
}

/// The bytes that pairs of hexadecimal digits stand for; an odd digit counts as a pair with 0 before it.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let padded = if text.len().is_multiple_of(2) {
        text.to_string()
    } else {
        format!("0{text}")
    };
    (0..padded.len() / 2)
        .map(|pair| u8::from_str_radix(&padded[pair * 2..pair * 2 + 2], 16).ok())
        .collect()
}

/// Spark's escapes: `\n` and friends, `\101` (octal), `\u0041`, `\U0001F600`; `\%` and `\_` keep their
/// backslash for LIKE; any other character stands for itself, as does a doubled quote.
fn unescape(content: &str, quote: char) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content.chars();
    while let Some(c) = rest.next() {
        if c == quote {
            rest.next();
            text.push(quote);
            continue;
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        if let Some((character, length)) = code_point(rest.as_str()) {
            text.push(character);
            rest = rest.as_str()[length..].chars();
            continue;
        }
        match rest.next() {
            Some('0') => text.push('\0'),
            Some('b') => text.push('\u{8}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('Z') => text.push('\u{1a}'),
            Some(wildcard @ ('%' | '_')) => {
                text.push('\\');
                text.push(wildcard);
            }
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

/// The character behind a backslash that is given by its number, and how many bytes give it.
fn code_point(text: &str) -> Option<(char, usize)> {
    let number = |from: usize, to: usize, radix: u32| {
        let digits = text.get(from..to)?;
        let valid = digits.chars().all(|digit| digit.is_digit(radix));
        let number = valid.then(|| u32::from_str_radix(digits, radix).ok())??;
        Some((char::from_u32(number).unwrap_or('\u{fffd}'), to))
    };
    match text.chars().next()? {
        'u' => number(1, 5, 16),
        'U' => number(1, 9, 16),
        '0' | '1' => number(0, 3, 8),
        _ => None,
    }
}
