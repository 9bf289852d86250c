//! How values stand in text files and in JSON: the options `dateFormat`, `timestampFormat`, `timeZone` and
//! what holds without them.

use super::datetime_pattern::DatetimePattern;
use super::datetime_text::{parse_date, parse_timestamp, parse_timestamp_ntz, write_date};
use super::interval_text::{
    parse_day_time, parse_year_month, write_calendar, write_day_time, write_year_month,
};
use super::number_text::{
    parse_boolean, parse_double, parse_float, parse_integer, write_decimal, write_double,
    write_float,
};
use super::time_zone::TimeZone;
use crate::error::Result;
use crate::types::{DataType, Decimal, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Patterns and zone for dates and times in text.
#[derive(Debug, Clone)]
pub struct TextFormats {
    date: Option<DatetimePattern>,
    timestamp: Option<DatetimePattern>,
    timestamp_ntz: Option<DatetimePattern>,
    write_timestamp: DatetimePattern,
    write_timestamp_ntz: DatetimePattern,
    zone: TimeZone,
}

impl TextFormats {
    /// The formats that options name, for reading and writing; `zone` is the session's.
    pub fn new(option: impl Fn(&str) -> Option<String>, zone: TimeZone) -> Result<TextFormats> {
        let zone = match option("timeZone") {
            Some(id) => TimeZone::of(&id)?,
            None => zone,
        };
        let parse = |key: &str| {
            option(key)
                .map(|pattern| DatetimePattern::for_parse(&pattern))
                .transpose()
        };
        let write = |key: &str, default: &str| {
            DatetimePattern::for_format(option(key).as_deref().unwrap_or(default))
        };
        Ok(TextFormats {
            date: parse("dateFormat")?,
            timestamp: parse("timestampFormat")?,
            timestamp_ntz: parse("timestampNTZFormat")?,
            write_timestamp: write("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")?,
            write_timestamp_ntz: write("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS")?,
            zone,
        })
    }

    /// A DATE.
    pub fn read_date(&self, text: &str) -> Option<i32> {
        match &self.date {
            Some(pattern) => pattern.parse(text).ok()?.date().ok(),
            None => parse_date(text),
        }
    }

    /// A TIMESTAMP.
    pub fn read_timestamp(&self, text: &str) -> Option<i64> {
        match &self.timestamp {
            Some(pattern) => pattern.parse(text).ok()?.timestamp(&self.zone).ok(),
            None => parse_timestamp(text, &self.zone),
        }
    }

    /// A TIMESTAMP_NTZ.
    pub fn read_timestamp_ntz(&self, text: &str) -> Option<i64> {
        match &self.timestamp_ntz {
            Some(pattern) => pattern.parse(text).ok()?.timestamp_ntz().ok(),
            None => parse_timestamp_ntz(text, false),
        }
    }

    /// Whether a pattern for timestamps was given.
    pub fn has_timestamp_pattern(&self) -> bool {
        self.timestamp.is_some()
    }

    /// A value of an atomic type from text; None if it is not one.
    pub fn read(&self, text: &str, data_type: &DataType) -> Option<Value> {
        let integer = || parse_integer(text, false);
        Some(match data_type {
            DataType::String | DataType::Char(_) | DataType::Varchar(_) => text.into(),
            DataType::Boolean => Value::Boolean(parse_boolean(text)?),
            DataType::Byte => Value::Byte(i8::try_from(integer()?).ok()?),
            DataType::Short => Value::Short(i16::try_from(integer()?).ok()?),
            DataType::Integer => Value::Integer(i32::try_from(integer()?).ok()?),
            DataType::Long => Value::Long(integer()?),
            DataType::Float => Value::Float(parse_float(text)?),
            DataType::Double => Value::Double(parse_double(text)?),
            DataType::Decimal { precision, scale } => {
                Value::Decimal(read_decimal(text, *precision, *scale)?)
            }
            DataType::Binary => Value::from(text.as_bytes()),
            DataType::Date => Value::Date(self.read_date(text)?),
            DataType::Timestamp => Value::Timestamp(self.read_timestamp(text)?),
            DataType::TimestampNtz => Value::TimestampNtz(self.read_timestamp_ntz(text)?),
            DataType::YearMonthInterval { start, end } => {
                Value::YearMonthInterval(parse_year_month(text, *start, *end).ok()?)
            }
            DataType::DayTimeInterval { start, end } => {
                Value::DayTimeInterval(parse_day_time(text, *start, *end).ok()?)
            }
            DataType::CalendarInterval => {
                Value::CalendarInterval(super::interval_text::parse_calendar(text).ok()?)
            }
            _ => return None,
        })
    }

    /// Writes an atomic value that is not NULL; nested ones are not written.
    pub fn write(&self, value: &Value, data_type: &DataType, output: &mut String) {
        match value {
            Value::Boolean(value) => output.push_str(if *value { "true" } else { "false" }),
            Value::Float(value) => write_float(*value, output),
            Value::Double(value) => write_double(*value, output),
            Value::Decimal(value) => write_decimal(value.unscaled, value.scale, output),
            Value::String(text) => output.push_str(text),
            Value::Binary(bytes) => STANDARD.encode_string(bytes, output),
            Value::Date(days) => match &self.date {
                Some(pattern) => {
                    let micros = i64::from(*days) * 86_400_000_000;
                    pattern.write_timestamp(micros, &TimeZone::utc(), output);
                }
                None => write_date(*days, output),
            },
            Value::Timestamp(micros) => self
                .write_timestamp
                .write_timestamp(*micros, &self.zone, output),
            Value::TimestampNtz(micros) => {
                self.write_timestamp_ntz
                    .write_timestamp(*micros, &TimeZone::utc(), output);
            }
            Value::YearMonthInterval(months) => {
                if let DataType::YearMonthInterval { start, end } = data_type {
                    write_year_month(*months, *start, *end, output);
                }
            }
            Value::DayTimeInterval(micros) => {
                if let DataType::DayTimeInterval { start, end } = data_type {
                    write_day_time(*micros, *start, *end, output);
                }
            }
            Value::CalendarInterval(interval) => write_calendar(*interval, output),
            other => {
                if let Some(number) = other.as_i64() {
                    output.push_str(&number.to_string());
                }
            }
        }
    }
}

/// A decimal rounded half up to a scale; None if it is no number or does not fit.
pub fn read_decimal(text: &str, precision: u8, scale: i8) -> Option<Decimal> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut unscaled: i128 = 0;
    // digits that the scale keeps; the next one rounds
    let kept = whole.len() as i64 + i64::from(exponent) + i64::from(scale);
    let mut round_up = false;
    for (place, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = (byte as char).to_digit(10)?;
        if (place as i64) < kept {
            unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(digit))?;
        } else if place as i64 == kept {
            round_up = digit >= 5;
        }
    }
    let missing = kept - (whole.len() + fraction.len()) as i64;
    for _ in 0..missing.clamp(0, 40) {
        unscaled = unscaled.checked_mul(10)?;
    }
    unscaled += i128::from(round_up);
    let limit = 10i128.checked_pow(u32::from(precision))?;
    if unscaled >= limit {
        return None;
    }
    Some(Decimal {
        unscaled: if negative { -unscaled } else { unscaled },
        precision,
        scale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        let read = |text: &str| read_decimal(text, 10, 2).map(|decimal| decimal.unscaled);
        assert_eq!(read("12.345"), Some(1235));
        assert_eq!(read("-0.005"), Some(-1));
        assert_eq!(read("1.5e3"), Some(150_000));
        assert_eq!(read("1e-9"), Some(0));
        assert_eq!(read("123456789"), None);
        assert_eq!(read("x"), None);
    }
}
