//! Single values from the bytes of a field, by Spark's rules for CSV.
//!
//! They are Java's: no spaces around integers, `true` and `false` only, thousands separators in decimals,
//! `NaN` and `Inf` as the options spell them. Dates and timestamps without a pattern are read as CAST does.

use super::options::CsvOptions;
use crate::error::Result;
use crate::kernel::calendar::days_of;
use crate::kernel::datetime_pattern::DatetimePattern;
use crate::kernel::datetime_text::{parse_date, parse_timestamp, parse_timestamp_ntz};
use crate::kernel::number_text::{DecimalText, parse_double};
use crate::kernel::time_zone::TimeZone;

/// Java's `Long.parseLong`: a sign and digits.
#[inline]
pub(crate) fn integer(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    if digits.len() <= 18 {
        // Cannot overflow.
        let mut value: i64 = 0;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        return Some(if negative { -value } else { value });
    }
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse().ok()
}

/// `true` or `false` in any case.
#[inline]
pub(crate) fn boolean(bytes: &[u8]) -> Option<bool> {
    if bytes.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if bytes.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}

/// The unscaled value of a decimal, rounded half up; commas between digits are passed over.
#[inline]
pub(crate) fn decimal(bytes: &[u8], precision: u8, scale: i8) -> Option<i128> {
    short_decimal(bytes, precision, scale).unwrap_or_else(|| long_decimal(bytes, precision, scale))
}

/// The usual case: up to 18 digits with no more behind the point than the scale has. None: not that case.
#[inline]
fn short_decimal(bytes: &[u8], precision: u8, scale: i8) -> Option<Option<i128>> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let scale = u32::try_from(scale).ok()?;
    if digits.is_empty() || digits.len() + scale as usize > 18 {
        return None;
    }
    let mut value: i64 = 0;
    let mut point = None;
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
        } else if *byte == b'.' && point.is_none() && digits.len() > 1 {
            point = Some(index);
        } else {
            return None;
        }
    }
    let behind = point.map_or(0, |point| digits.len() - point - 1) as u32;
    let missing = scale.checked_sub(behind)?;
    value *= POWERS[missing as usize];
    if value >= *POWERS.get(usize::from(precision)).unwrap_or(&i64::MAX) {
        return Some(None);
    }
    Some(Some(i128::from(if negative { -value } else { value })))
}

const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut index = 1;
    while index < 19 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

#[cold]
fn long_decimal(bytes: &[u8], precision: u8, scale: i8) -> Option<i128> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.contains(char::is_whitespace) {
        return None;
    }
    let plain = text.replace(',', "");
    DecimalText::parse(&plain)?.to_scale(precision, scale).ok()
}

/// Reads floating-point numbers.
#[derive(Debug, Clone)]
pub(crate) struct DoubleParser {
    nan: String,
    positive_inf: String,
    negative_inf: String,
}

impl DoubleParser {
    pub fn new(options: &CsvOptions) -> DoubleParser {
        DoubleParser {
            nan: options.nan_value.clone(),
            positive_inf: options.positive_inf.clone(),
            negative_inf: options.negative_inf.clone(),
        }
    }

    #[inline]
    pub fn parse(&self, bytes: &[u8]) -> Option<f64> {
        let text = std::str::from_utf8(bytes).ok()?;
        let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
        if bytes.iter().all(plain) {
            return text.parse().ok();
        }
        self.special(text).or_else(|| java_double(text))
    }

    #[inline]
    pub fn parse_float(&self, bytes: &[u8]) -> Option<f32> {
        let text = std::str::from_utf8(bytes).ok()?;
        match self.special(text) {
            Some(value) => Some(value as f32),
            None => match text.parse::<f32>() {
                Ok(value)
                    if text
                        .bytes()
                        .all(|byte| !byte.is_ascii_alphabetic() || byte | 32 == b'e') =>
                {
                    Some(value)
                }
                _ => java_double(text).map(|value| value as f32),
            },
        }
    }

    fn special(&self, text: &str) -> Option<f64> {
        if text == self.nan {
            Some(f64::NAN)
        } else if text == self.positive_inf {
            Some(f64::INFINITY)
        } else if text == self.negative_inf {
            Some(f64::NEG_INFINITY)
        } else {
            None
        }
    }
}

/// What Java's `Double.parseDouble` takes beyond plain numbers: spaces, `1d`, `0x1p3`, `NaN`, `Infinity`.
#[cold]
fn java_double(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    match trimmed.trim_start_matches(['-', '+']) {
        "NaN" | "Infinity" => {}
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {}
        _ => return None,
    }
    parse_double(trimmed)
}

/// Reads dates and timestamps.
#[derive(Debug, Clone)]
pub(crate) struct DatetimeParser {
    date: Option<DatetimePattern>,
    timestamp: Option<DatetimePattern>,
    timestamp_ntz: Option<DatetimePattern>,
    zone: TimeZone,
}

impl DatetimeParser {
    /// Patterns that Spark refuses are errors; None stands for CAST's rules.
    pub fn new(
        date: Option<&str>,
        timestamp: Option<&str>,
        timestamp_ntz: Option<&str>,
        zone: &TimeZone,
    ) -> Result<DatetimeParser> {
        let compile = |pattern: Option<&str>| pattern.map(DatetimePattern::for_parse).transpose();
        Ok(DatetimeParser {
            date: compile(date)?,
            timestamp: compile(timestamp)?,
            timestamp_ntz: compile(timestamp_ntz)?,
            zone: zone.clone(),
        })
    }

    /// Days since 1970-01-01.
    #[inline]
    pub fn date(&self, bytes: &[u8]) -> Option<i32> {
        match &self.date {
            None => match iso_date(bytes) {
                Some(days) => days,
                None => parse_date(std::str::from_utf8(bytes).ok()?),
            },
            Some(pattern) => pattern
                .parse(std::str::from_utf8(bytes).ok()?)
                .ok()?
                .date()
                .ok(),
        }
    }

    /// A date by the pattern, or strictly `yyyy-MM-dd`: what inference takes for a date.
    pub fn strict_date(&self, bytes: &[u8]) -> Option<i32> {
        match &self.date {
            None => iso_date(bytes).flatten(),
            Some(_) => self.date(bytes),
        }
    }

    /// Microseconds since the epoch.
    #[inline]
    pub fn timestamp(&self, bytes: &[u8]) -> Option<i64> {
        match &self.timestamp {
            None => match iso_timestamp(bytes) {
                Some(local) => local.map(|local| self.zone.to_utc(local)),
                None => parse_timestamp(std::str::from_utf8(bytes).ok()?, &self.zone),
            },
            Some(pattern) => {
                let parsed = pattern.parse(std::str::from_utf8(bytes).ok()?).ok()?;
                parsed.timestamp(&self.zone).ok()
            }
        }
    }

    /// Microseconds since 1970-01-01 00:00:00 on the wall clock.
    #[inline]
    pub fn timestamp_ntz(&self, bytes: &[u8]) -> Option<i64> {
        match &self.timestamp_ntz {
            None => match iso_timestamp(bytes) {
                Some(local) => local,
                None => parse_timestamp_ntz(std::str::from_utf8(bytes).ok()?, false),
            },
            Some(pattern) => {
                let parsed = pattern.parse(std::str::from_utf8(bytes).ok()?).ok()?;
                parsed.timestamp_ntz().ok()
            }
        }
    }

    /// Whether dates have a pattern of their own.
    pub fn has_date_pattern(&self) -> bool {
        self.date.is_some()
    }
}

#[inline]
fn two_digits(bytes: &[u8], at: usize) -> Option<u32> {
    let (tens, ones) = (
        bytes[at].wrapping_sub(b'0'),
        bytes[at + 1].wrapping_sub(b'0'),
    );
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// `yyyy-MM-dd`: Some(None) if it is of that shape but no day. None: another shape.
#[inline]
fn iso_date(bytes: &[u8]) -> Option<Option<i32>> {
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = two_digits(bytes, 0)? * 100 + two_digits(bytes, 2)?;
    let (month, day) = (two_digits(bytes, 5)?, two_digits(bytes, 8)?);
    Some(days_of(year as i32, month, day))
}

/// `yyyy-MM-dd HH:mm:ss`, also with `T` and with a fraction of up to six digits.
#[inline]
fn iso_timestamp(bytes: &[u8]) -> Option<Option<i64>> {
    if bytes.len() < 19
        || (bytes[10] != b' ' && bytes[10] != b'T')
        || bytes[13] != b':'
        || bytes[16] != b':'
    {
        return None;
    }
    let days = iso_date(&bytes[..10])?;
    let (hour, minute) = (two_digits(bytes, 11)?, two_digits(bytes, 14)?);
    let second = two_digits(bytes, 17)?;
    let mut fraction = 0;
    if bytes.len() > 19 {
        if bytes[19] != b'.' || bytes.len() > 26 {
            return None;
        }
        let digits = &bytes[20..];
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            fraction = fraction * 10 + i64::from(digit);
        }
        fraction *= POWERS[6 - digits.len()];
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Some(None);
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(days.map(|days| i64::from(days) * 86_400_000_000 + seconds * 1_000_000 + fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_java_does() {
        assert_eq!(integer(b"+12"), Some(12));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775808"), None);
        for bad in [&b""[..], b"-", b" 1", b"1.0", b"1e3", b"1L"] {
            assert_eq!(integer(bad), None);
        }
        for (text, value) in [
            ("1.25", Some(125)),
            ("1.255", Some(126)),
            ("1.245", Some(125)),
            ("12345.6", None),
            ("1e2", Some(10000)),
            ("1,000.5", Some(100050)),
            (" 2.5", None),
            ("+3", Some(300)),
            ("-0.5", Some(-50)),
            ("-", None),
            (".", None),
            ("5.", Some(500)),
        ] {
            assert_eq!(decimal(text.as_bytes(), 6, 2), value, "{text}");
        }
        assert_eq!(boolean(b"TRUE"), Some(true));
        assert_eq!(boolean(b"1"), None);
    }

    #[test]
    fn doubles_take_what_java_takes() {
        let parser = DoubleParser {
            nan: "NaN".into(),
            positive_inf: "Inf".into(),
            negative_inf: "-Inf".into(),
        };
        for (text, value) in [
            ("-1e10", Some(-1e10)),
            ("Inf", Some(f64::INFINITY)),
            ("Infinity", Some(f64::INFINITY)),
            ("1d", Some(1.0)),
            (" 1.5 ", Some(1.5)),
            ("0x1p3", Some(8.0)),
            (".5", Some(0.5)),
            ("inf", None),
            ("nan", None),
            ("1,5", None),
            ("e", None),
        ] {
            assert_eq!(parser.parse(text.as_bytes()), value, "{text}");
        }
        assert_eq!(parser.parse_float(b"1.1"), Some(1.1));
        assert_eq!(parser.parse_float(b"inf"), None);
    }

    #[test]
    fn datetimes_without_patterns_are_read_as_cast_does() {
        let zone = TimeZone::utc();
        let parser = DatetimeParser::new(None, None, None, &zone).unwrap();
        assert_eq!(parser.date(b"1970-01-02"), Some(1));
        assert_eq!(parser.date(b"1970-1-2"), Some(1));
        assert_eq!(parser.date(b"1970-02-30"), None);
        assert_eq!(parser.strict_date(b"1970-1-2"), None);
        assert_eq!(parser.timestamp(b"1970-01-01 00:00:01.5"), Some(1_500_000));
        assert_eq!(parser.timestamp(b"1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(parser.timestamp(b"1970-01-01 25:00:00"), None);
        assert_eq!(parser.timestamp_ntz(b"1970-01-01T00:00:01Z"), None);
        let parser = DatetimeParser::new(Some("dd/MM/yyyy"), None, None, &zone).unwrap();
        assert_eq!(parser.date(b"02/01/1970"), Some(1));
        assert_eq!(parser.date(b"1970-01-02"), None);
    }
}
