//! Intervals as text.
//!
//! ```text
//!   year-month   1-2            INTERVAL '1-2' YEAR TO MONTH
//!   day-time     1 02:03:04.5   INTERVAL '1 02:03:04.5' DAY TO SECOND    (or any run of its fields)
//!   legacy       1 year 2 days 3.5 seconds
//! ```
//!
//! CAST prints the ANSI types as literals and reads both the literal and what stands between its quotes. The
//! form between quotes is also what the parser reads a literal with. Query results are printed in another
//! form, which is not made here.

use super::calendar::{
    MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, MONTHS_PER_YEAR,
};
use super::number_text::trim_all;
use crate::error::conditions::{
    INVALID_INTERVAL_FORMAT_ARITHMETIC_EXCEPTION as ARITHMETIC_EXCEPTION,
    INVALID_INTERVAL_FORMAT_DAY_TIME_PARSING as DAY_TIME_PARSING,
    INVALID_INTERVAL_FORMAT_INPUT_IS_EMPTY as INPUT_IS_EMPTY,
    INVALID_INTERVAL_FORMAT_INTERVAL_PARSING as INTERVAL_PARSING,
    INVALID_INTERVAL_FORMAT_INVALID_FRACTION as INVALID_FRACTION,
    INVALID_INTERVAL_FORMAT_INVALID_PRECISION as INVALID_PRECISION,
    INVALID_INTERVAL_FORMAT_INVALID_PREFIX as INVALID_PREFIX,
    INVALID_INTERVAL_FORMAT_INVALID_UNIT as INVALID_UNIT,
    INVALID_INTERVAL_FORMAT_INVALID_VALUE as INVALID_VALUE,
    INVALID_INTERVAL_FORMAT_MISSING_NUMBER as MISSING_NUMBER,
    INVALID_INTERVAL_FORMAT_MISSING_UNIT as MISSING_UNIT,
    INVALID_INTERVAL_FORMAT_UNMATCHED_FORMAT_STRING as UNMATCHED,
    INVALID_INTERVAL_FORMAT_UNMATCHED_FORMAT_STRING_WITH_NOTICE as UNMATCHED_WITH_NOTICE,
    INVALID_INTERVAL_FORMAT_UNRECOGNIZED_NUMBER as UNRECOGNIZED_NUMBER,
};
use crate::error::{Condition, Error, Result};
use crate::types::{CalendarInterval, DayTimeField, YearMonthField};
use std::fmt::Write;

/// Writes months as a literal of a year-month interval.
pub fn write_year_month(months: i32, start: YearMonthField, end: YearMonthField, out: &mut String) {
    let sign = if months < 0 { "-" } else { "" };
    let magnitude = months.unsigned_abs();
    let (years, rest) = (magnitude / 12, magnitude % 12);
    let _ = match (start, end) {
        (YearMonthField::Year, YearMonthField::Year) => {
            write!(out, "INTERVAL '{sign}{years}' YEAR")
        }
        (YearMonthField::Month, _) => write!(out, "INTERVAL '{months}' MONTH"),
        _ => write!(out, "INTERVAL '{sign}{years}-{rest}' YEAR TO MONTH"),
    };
}

/// Writes microseconds as a literal of a day-time interval.
pub fn write_day_time(micros: i64, start: DayTimeField, end: DayTimeField, out: &mut String) {
    use DayTimeField::{Day, Hour, Minute, Second};
    out.push_str("INTERVAL '");
    if micros < 0 {
        out.push('-');
    }
    let mut rest = micros.unsigned_abs();
    let mut take = |unit: i64| {
        let count = rest / unit.unsigned_abs();
        rest %= unit.unsigned_abs();
        count
    };
    for field in [Day, Hour, Minute, Second] {
        if field < start || field > end {
            continue;
        }
        if field > start {
            out.push(if field == Hour { ' ' } else { ':' });
        }
        let _ = match field {
            Day => write!(out, "{}", take(MICROS_PER_DAY)),
            Hour => write!(out, "{:02}", take(MICROS_PER_HOUR)),
            Minute => write!(out, "{:02}", take(MICROS_PER_MINUTE)),
            Second => {
                let _ = write!(out, "{:02}", take(MICROS_PER_SECOND));
                write_fraction(take(1), out);
                Ok(())
            }
        };
    }
    out.push_str("' ");
    out.push_str(&start.name().to_uppercase());
    if start != end {
        out.push_str(" TO ");
        out.push_str(&end.name().to_uppercase());
    }
}

/// Writes a legacy interval: `1 years 2 months 3 days 4.5 seconds`.
pub fn write_calendar(interval: CalendarInterval, out: &mut String) {
    let start = out.len();
    let mut unit = |count: i64, name: &str| {
        if count != 0 {
            let blank = if out.len() > start { " " } else { "" };
            let _ = write!(out, "{blank}{count} {name}");
        }
    };
    unit(i64::from(interval.months / MONTHS_PER_YEAR), "years");
    unit(i64::from(interval.months % MONTHS_PER_YEAR), "months");
    unit(i64::from(interval.days), "days");
    unit(interval.microseconds / MICROS_PER_HOUR, "hours");
    unit(
        interval.microseconds % MICROS_PER_HOUR / MICROS_PER_MINUTE,
        "minutes",
    );
    let rest = interval.microseconds % MICROS_PER_MINUTE;
    if rest != 0 {
        let blank = if out.len() > start { " " } else { "" };
        let sign = if rest < 0 { "-" } else { "" };
        let rest = rest.unsigned_abs();
        let second = MICROS_PER_SECOND.unsigned_abs();
        let _ = write!(out, "{blank}{sign}{}", rest / second);
        write_fraction(rest % second, out);
        out.push_str(" seconds");
    } else if out.len() == start {
        out.push_str("0 seconds");
    }
}

/// `.5` for 500,000 microseconds, nothing for none.
fn write_fraction(micros: u64, out: &mut String) {
    if micros > 0 {
        let digits = format!("{micros:06}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

/// Reads a year-month interval: `[+-]y-m`, `[+-]n` where it has one field, or the whole literal.
pub fn parse_year_month(text: &str, start: YearMonthField, end: YearMonthField) -> Result<i32> {
    let (first, last) = (start.name(), end.name());
    let (negative, body) = unwrap_literal(text, first, last);
    let parsing = || format_error(&INTERVAL_PARSING, text, [("interval", "year-month")]);
    let months = if start == end {
        if !all_digits(body) {
            return Err(unmatched_year_month(text, first, last));
        }
        let factor = if start == YearMonthField::Year { 12 } else { 1 };
        (body.parse::<i64>().ok()).and_then(|count| signed(negative, count).checked_mul(factor))
    } else {
        let Some((years, months)) = body
            .split_once('-')
            .filter(|(years, months)| all_digits(years) && all_digits(months))
        else {
            return Err(unmatched_year_month(text, first, last));
        };
        match (years.parse::<i64>(), months.parse::<i64>()) {
            (Ok(years), Ok(months)) if years <= 178_956_970 && months < 12 => {
                Some(signed(negative, years * 12 + months))
            }
            _ => None,
        }
    };
    months
        .and_then(|months| i32::try_from(months).ok())
        .ok_or_else(parsing)
}

/// Reads a day-time interval of these fields: `[+-]d h:m:s.n` or the whole literal.
pub fn parse_day_time(text: &str, start: DayTimeField, end: DayTimeField) -> Result<i64> {
    use DayTimeField::{Day, Hour, Minute, Second};
    let (first, last) = (start.name(), end.name());
    let (negative, mut body) = unwrap_literal(text, first, last);
    let unmatched = || unmatched_day_time(text, start, end);
    let mut micros: i128 = 0;
    let mut out_of_range = None;
    for field in [Day, Hour, Minute, Second] {
        if field < start || field > end {
            continue;
        }
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let most = match field {
            _ if field > start => 2,
            Day => 9,
            Hour => 10,
            Minute => 12,
            Second => 13,
        };
        if digits == 0 || digits > most {
            return Err(unmatched());
        }
        let (number, rest) = body.split_at(digits);
        body = rest;
        let count: i64 = number.parse().map_err(|_| unmatched())?;
        let (unit, limit) = match field {
            Day => (MICROS_PER_DAY, 106_751_991),
            Hour => (
                MICROS_PER_HOUR,
                if field > start { 23 } else { 2_562_047_788 },
            ),
            Minute => (
                MICROS_PER_MINUTE,
                if field > start { 59 } else { 153_722_867_280 },
            ),
            Second => (
                MICROS_PER_SECOND,
                if field > start { 59 } else { 9_223_372_036_854 },
            ),
        };
        if count > limit {
            let name = field.name();
            out_of_range.get_or_insert(format!("{name} {count} outside range [0, {limit}]"));
        }
        micros += i128::from(count) * i128::from(unit);
        if field == Second && body.starts_with('.') {
            let fraction = &body[1..];
            if fraction.is_empty() || fraction.len() > 9 || !all_digits(fraction) {
                return Err(unmatched());
            }
            micros += i128::from(fraction_micros(fraction));
            body = "";
        } else if field < end {
            let separator = if field == Day { ' ' } else { ':' };
            body = body.strip_prefix(separator).ok_or_else(unmatched)?;
        }
    }
    if !body.is_empty() {
        return Err(unmatched());
    }
    if let Some(message) = out_of_range {
        return Err(format_error(
            &DAY_TIME_PARSING,
            text,
            [("msg", message.as_str())],
        ));
    }
    let micros = if negative { -micros } else { micros };
    i64::try_from(micros)
        .map_err(|_| format_error(&DAY_TIME_PARSING, text, [("msg", "long overflow")]))
}

/// The sign and the body of `[+-]body` or of `INTERVAL [+-]'[+-]body' FIRST [TO LAST]`.
fn unwrap_literal<'a>(text: &'a str, first: &str, last: &str) -> (bool, &'a str) {
    let text = trim_all(text);
    let sign = |text: &'a str| match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+' | b'|') => (false, &text[1..]),
        _ => (false, text),
    };
    let literal = || {
        let (word, rest) = text.split_at_checked(8)?;
        if !word.eq_ignore_ascii_case("interval") || !rest.starts_with(char::is_whitespace) {
            return None;
        }
        let (outer, rest) = sign(rest.trim_start());
        let (body, unit) = rest.strip_prefix('\'')?.split_once('\'')?;
        let (inner, body) = sign(body);
        let words: Vec<&str> = unit.split_whitespace().collect();
        let fields = match words.as_slice() {
            [only] => first == last && only.eq_ignore_ascii_case(first),
            [from, to, until] => {
                from.eq_ignore_ascii_case(first)
                    && to.eq_ignore_ascii_case("to")
                    && until.eq_ignore_ascii_case(last)
            }
            _ => false,
        };
        (fields && unit.starts_with(char::is_whitespace)).then_some((outer != inner, body))
    };
    literal().unwrap_or_else(|| sign(text))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn signed(negative: bool, value: i64) -> i64 {
    if negative { -value } else { value }
}

/// Microseconds of the digits behind a point.
fn fraction_micros(digits: &str) -> i64 {
    let mut unit = MICROS_PER_SECOND / 10;
    let mut micros = 0;
    for digit in digits.bytes() {
        micros += i64::from(digit - b'0') * unit;
        unit /= 10;
    }
    micros
}

fn format_error<const N: usize>(
    condition: &'static Condition,
    input: &str,
    parameters: [(&'static str, &str); N],
) -> Error {
    let input = ("input", input);
    match parameters.first() {
        Some(first) => Error::new(condition, [input, *first]),
        None => Error::new(condition, [input]),
    }
}

fn unmatched_year_month(text: &str, first: &str, last: &str) -> Error {
    let body = match (first, last) {
        ("year", "year") => "y",
        ("month", _) => "m",
        _ => "y-m",
    };
    unmatched(&UNMATCHED, text, "year-month", body, first, last)
}

fn unmatched_day_time(text: &str, start: DayTimeField, end: DayTimeField) -> Error {
    use DayTimeField::{Day, Hour, Minute, Second};
    let mut body = String::new();
    for field in [Day, Hour, Minute, Second] {
        if field < start || field > end {
            continue;
        }
        if field > start {
            body.push(if field == Hour { ' ' } else { ':' });
        }
        body.push_str(match field {
            Day => "d",
            Hour => "h",
            Minute => "m",
            Second => "s.n",
        });
    }
    let (first, last) = (start.name(), end.name());
    unmatched(&UNMATCHED_WITH_NOTICE, text, "day-time", &body, first, last)
}

fn unmatched(
    condition: &'static Condition,
    text: &str,
    kind: &str,
    body: &str,
    first: &str,
    last: &str,
) -> Error {
    let name = if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    };
    let unit = name.to_uppercase();
    let format = format!("`[+|-]{body}`, `INTERVAL [+|-]'[+|-]{body}' {unit}`");
    Error::new(
        condition,
        [
            ("intervalStr", kind.to_string()),
            ("supportedFormat", format),
            ("typeName", format!("interval {name}")),
            ("input", text.to_string()),
        ],
    )
}

/// The units of a legacy interval: months, days, microseconds of one.
fn unit_of(word: &str) -> Option<(i64, i64, i64)> {
    let word = word.to_ascii_lowercase();
    Some(match word.strip_suffix('s').unwrap_or(&word) {
        "year" => (12, 0, 0),
        "month" => (1, 0, 0),
        "week" => (0, 7, 0),
        "day" => (0, 1, 0),
        "hour" => (0, 0, MICROS_PER_HOUR),
        "minute" => (0, 0, MICROS_PER_MINUTE),
        "second" => (0, 0, MICROS_PER_SECOND),
        "millisecond" => (0, 0, 1000),
        "microsecond" => (0, 0, 1),
        _ => return None,
    })
}

/// Reads a legacy interval: `[interval] ([+-] number unit)+`; only seconds take a fraction.
pub fn parse_calendar(text: &str) -> Result<CalendarInterval> {
    let fail = |condition, name: &'static str, word: &str| {
        Err(format_error(
            condition,
            text,
            [(name, format!("'{word}'").as_str())],
        ))
    };
    let mut rest = trim_all(text);
    if rest.is_empty() {
        return Err(format_error(&INPUT_IS_EMPTY, text, []));
    }
    if let Some((word, behind)) = rest.split_at_checked(8)
        && word.eq_ignore_ascii_case("interval")
    {
        if !behind.starts_with(char::is_whitespace) {
            let word = rest.split_whitespace().next().unwrap_or(rest);
            return match behind {
                "" => Err(format_error(&INPUT_IS_EMPTY, text, [])),
                _ => fail(&INVALID_PREFIX, "prefix", word),
            };
        }
        rest = behind.trim_start();
    }
    let (mut months, mut days, mut micros) = (0i64, 0i64, 0i64);
    let mut last = "";
    while !rest.is_empty() {
        let (negative, behind) = match rest.as_bytes()[0] {
            b'-' => (true, rest[1..].trim_start()),
            b'+' => (false, rest[1..].trim_start()),
            _ => (false, rest),
        };
        rest = behind;
        if rest.is_empty() {
            return fail(&MISSING_NUMBER, "word", last);
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !number.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return fail(&UNRECOGNIZED_NUMBER, "number", number);
        }
        if !digits(whole) || !fraction.is_none_or(digits) || number == "." {
            return fail(&INVALID_VALUE, "value", number);
        }
        if fraction.is_some_and(|fraction| fraction.len() > 9) {
            return fail(&INVALID_PRECISION, "value", number);
        }
        last = number;
        rest = behind.trim_start();
        if rest.is_empty() {
            return fail(&MISSING_UNIT, "word", last);
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let Some((month, day, micro)) = unit_of(word) else {
            return fail(&INVALID_UNIT, "unit", word);
        };
        if fraction.is_some() && micro != MICROS_PER_SECOND {
            return fail(&INVALID_FRACTION, "unit", word);
        }
        let overflow = || format_error(&ARITHMETIC_EXCEPTION, text, []);
        let count: i64 = match whole {
            "" => 0,
            whole => whole.parse().map_err(|_| overflow())?,
        };
        let add = |total: &mut i64, count: i64, unit: i64| -> Option<()> {
            *total = total.checked_add(signed(negative, count).checked_mul(unit)?)?;
            Some(())
        };
        add(&mut months, count, month)
            .and_then(|()| add(&mut days, count, day))
            .and_then(|()| add(&mut micros, count, micro))
            .and_then(|()| add(&mut micros, fraction.map_or(0, fraction_micros), 1))
            .ok_or_else(overflow)?;
        last = word;
        rest = behind.trim_start();
    }
    match (i32::try_from(months), i32::try_from(days)) {
        (Ok(months), Ok(days)) => Ok(CalendarInterval {
            months,
            days,
            microseconds: micros,
        }),
        _ => Err(format_error(&ARITHMETIC_EXCEPTION, text, [])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DayTimeField::{Day, Hour, Second};
    use YearMonthField::{Month, Year};

    #[test]
    fn ansi_intervals_print_and_read() {
        let mut out = String::new();
        write_year_month(-14, Year, Month, &mut out);
        assert_eq!(out, "INTERVAL '-1-2' YEAR TO MONTH");
        assert_eq!(parse_year_month(&out, Year, Month).unwrap(), -14);
        out.clear();
        write_day_time(93_784_500_000, Day, Second, &mut out);
        assert_eq!(out, "INTERVAL '1 02:03:04.5' DAY TO SECOND");
        assert_eq!(parse_day_time(&out, Day, Second).unwrap(), 93_784_500_000);
        out.clear();
        write_day_time(i64::MIN, Day, Second, &mut out);
        assert_eq!(parse_day_time(&out, Day, Second).unwrap(), i64::MIN);
        assert_eq!(
            parse_day_time("-1 2", Day, Hour).unwrap(),
            -26 * MICROS_PER_HOUR
        );
        assert!(parse_day_time("1 24", Day, Hour).is_err());
        assert!(parse_year_month("1-12", Year, Month).is_err());
    }

    #[test]
    fn legacy_intervals_print_and_read() {
        let round = |text: &str| {
            let mut out = String::new();
            write_calendar(parse_calendar(text).unwrap(), &mut out);
            out
        };
        assert_eq!(
            round("interval -1 month 1 week 1.5 seconds"),
            "-1 months 7 days 1.5 seconds"
        );
        assert_eq!(round("- 1 day"), "-1 days");
        assert_eq!(round("0 days"), "0 seconds");
        for wrong in [
            "",
            "1",
            "1.5 days",
            "1 fortnight",
            "interval",
            "1 year1 month",
        ] {
            assert!(parse_calendar(wrong).is_err(), "{wrong}");
        }
    }
}
