//! Dates and timestamps as text: what CAST reads and prints.
//!
//! ```text
//!   DATE        [+-]yyyy[-m[-d]] and anything behind a blank or T
//!   TIMESTAMP   [+-]yyyy[-m[-d[( |T)h:m:s[.fraction][zone]]]]      a time alone means today
//! ```
//!
//! Patterns (`to_date(s, 'dd.MM.yyyy')`) are elsewhere; the special words of literals (`now`,
//! `tomorrow`) are here: [`special_date`], [`special_timestamp`]. Fractions beyond microseconds are cut off.

use super::calendar::{
    self, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
};
use super::digits::{DATE_WIDTH, put_date};
use super::number_text::trim_all;
use super::time_zone::TimeZone;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes a date, `yyyy-MM-dd`; years over 9999 get a plus sign.
pub fn write_date(days: i32, out: &mut String) {
    let mut bytes = [0; DATE_WIDTH];
    let width = put_date(&mut bytes, days);
    out.push_str(std::str::from_utf8(&bytes[..width]).unwrap_or(""));
}

/// Writes a wall-clock time, `yyyy-MM-dd HH:mm:ss` with a fraction only where there is one.
pub fn write_timestamp_ntz(local_micros: i64, out: &mut String) {
    write_date(calendar::day_of(local_micros), out);
    let time = calendar::time_of(local_micros);
    out.push(' ');
    push_digits(out, time.hour, 2);
    out.push(':');
    push_digits(out, time.minute, 2);
    out.push(':');
    push_digits(out, time.second, 2);
    if time.micros > 0 {
        out.push('.');
        let (mut fraction, mut width) = (time.micros, 6);
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        push_digits(out, fraction, width);
    }
}

/// Writes an instant as wall-clock time of a zone.
pub fn write_timestamp(utc_micros: i64, zone: &TimeZone, out: &mut String) {
    write_timestamp_ntz(zone.to_local(utc_micros), out);
}

fn push_digits(out: &mut String, mut value: u32, width: usize) {
    let mut buffer = [b'0'; 10];
    let mut start = buffer.len();
    while value > 0 {
        start -= 1;
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    start = start.min(buffer.len() - width);
    out.push_str(std::str::from_utf8(&buffer[start..]).unwrap_or(""));
}

/// Reads a DATE as CAST does.
pub fn parse_date(text: &str) -> Option<i32> {
    let bytes = trim_all(text).as_bytes();
    let (negative, bytes) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut fields = [1u32; 3];
    let mut rest = bytes;
    for (index, field) in fields.iter_mut().enumerate() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let valid = if index == 0 {
            (4..=7).contains(&digits)
        } else {
            (1..=2).contains(&digits)
        };
        if !valid {
            return None;
        }
        *field = number(&rest[..digits]);
        rest = &rest[digits..];
        match rest.first() {
            None => break,
            Some(b'-') if index < 2 => rest = &rest[1..],
            Some(b' ' | b'T') if index == 2 => break,
            Some(_) => return None,
        }
    }
    let year = fields[0] as i32;
    calendar::days_of(if negative { -year } else { year }, fields[1], fields[2])
}

fn number(digits: &[u8]) -> u32 {
    (digits.iter()).fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

/// The parts of a timestamp text.
struct Parts<'a> {
    year: i32,
    month: u32,
    day: u32,
    /// Microseconds of the day.
    time: i64,
    zone: Option<&'a str>,
    only_time: bool,
}

/// Splits a timestamp text; `None` where it has another form. Ranges of the date are not checked yet.
fn split(text: &str) -> Option<Parts<'_>> {
    let text = trim_all(text);
    let bytes = text.as_bytes();
    let mut position = 0;
    let mut parts = Parts {
        year: 1,
        month: 1,
        day: 1,
        time: 0,
        zone: None,
        only_time: false,
    };
    let take = |position: &mut usize| -> (u32, usize) {
        let start = *position;
        while bytes.get(*position).is_some_and(u8::is_ascii_digit) && *position - start < 9 {
            *position += 1;
        }
        (number(&bytes[start..*position]), *position - start)
    };
    let two = |(value, digits): (u32, usize)| (1..=2).contains(&digits).then_some(value);

    let sign = matches!(bytes.first()?, b'-' | b'+');
    position += usize::from(sign);
    let hour;
    if !sign && bytes[0] == b'T' {
        position += 1;
        parts.only_time = true;
        hour = two(take(&mut position))?;
    } else {
        let (first, digits) = take(&mut position);
        if !sign && bytes.get(position) == Some(&b':') {
            parts.only_time = true;
            hour = two((first, digits))?;
        } else {
            if !(4..=6).contains(&digits) {
                return None;
            }
            parts.year = if bytes[0] == b'-' {
                -(first as i32)
            } else {
                first as i32
            };
            for index in 0..2 {
                match bytes.get(position) {
                    None => return Some(parts),
                    Some(b'-') => position += 1,
                    Some(_) => return None,
                }
                let field = two(take(&mut position))?;
                match index {
                    0 => parts.month = field,
                    _ => parts.day = field,
                }
            }
            match bytes.get(position) {
                None => return Some(parts),
                Some(b' ' | b'T') => position += 1,
                Some(_) => return None,
            }
            hour = two(take(&mut position))?;
        }
    }

    let mut clock = [hour, 0, 0];
    for field in &mut clock[1..] {
        match bytes.get(position) {
            None => break,
            Some(b':') => position += 1,
            Some(_) => return None,
        }
        *field = two(take(&mut position))?;
    }
    if clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
        return None;
    }
    parts.time = i64::from(clock[0]) * MICROS_PER_HOUR
        + i64::from(clock[1]) * MICROS_PER_MINUTE
        + i64::from(clock[2]) * MICROS_PER_SECOND;
    if bytes.get(position) == Some(&b'.') {
        position += 1;
        let mut unit = MICROS_PER_SECOND / 10;
        while let Some(digit) = bytes.get(position).filter(|byte| byte.is_ascii_digit()) {
            parts.time += i64::from(digit - b'0') * unit;
            unit /= 10;
            position += 1;
        }
    }
    if position < bytes.len() {
        parts.zone = Some(text.get(position..)?);
    }
    Some(parts)
}

/// Reads a TIMESTAMP as CAST does; `zone` holds where the text names none.
pub fn parse_timestamp(text: &str, zone: &TimeZone) -> Option<i64> {
    let parts = split(text)?;
    let named;
    let zone = match parts.zone {
        Some(id) => {
            named = parse_zone(id)?;
            &named
        }
        None => zone,
    };
    let days = if parts.only_time {
        zone.day_at(now_micros())
    } else {
        calendar::days_of(parts.year, parts.month, parts.day)?
    };
    let local = i128::from(days) * i128::from(MICROS_PER_DAY) + i128::from(parts.time);
    // The offset is looked up for the nearest wall-clock time that 64 bits hold.
    let nearest = local.clamp(i128::from(i64::MIN / 2), i128::from(i64::MAX / 2)) as i64;
    let offset = nearest - zone.to_utc(nearest);
    i64::try_from(local - i128::from(offset)).ok()
}

/// Reads a TIMESTAMP_NTZ as CAST does: a zone in the text is checked and, with `allow_zone`, ignored; a
/// time alone is refused.
pub fn parse_timestamp_ntz(text: &str, allow_zone: bool) -> Option<i64> {
    let parts = split(text)?;
    if parts.only_time {
        return None;
    }
    if let Some(id) = parts.zone {
        parse_zone(id).filter(|_| allow_zone)?;
    }
    let days = calendar::days_of(parts.year, parts.month, parts.day)?;
    i64::from(days)
        .checked_mul(MICROS_PER_DAY)?
        .checked_add(parts.time)
}

/// Whether a timestamp text names a zone (a literal without type then is a TIMESTAMP, else may be a
/// TIMESTAMP_NTZ).
pub fn names_zone(text: &str) -> bool {
    split(text).is_some_and(|parts| parts.zone.is_some())
}

fn parse_zone(id: &str) -> Option<TimeZone> {
    let id = trim_all(id);
    (!id.is_empty()).then(|| TimeZone::parse(id)).flatten()
}

/// The current instant in microseconds.
pub fn now_micros() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(elapsed) => i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX),
        Err(error) => -i64::try_from(error.duration().as_micros()).unwrap_or(i64::MAX),
    }
}

/// `DATE 'today'` and its kin: `epoch now today tomorrow yesterday`, perhaps followed by a zone.
pub fn special_date(text: &str, zone: &TimeZone, now: i64) -> Option<i32> {
    let (word, zone) = special(text, zone)?;
    let today = zone.day_at(now);
    match word.as_str() {
        "epoch" => Some(0),
        "now" | "today" => Some(today),
        "tomorrow" => today.checked_add(1),
        "yesterday" => today.checked_sub(1),
        _ => None,
    }
}

/// `TIMESTAMP 'tomorrow'` and its kin, see [`special_date`].
pub fn special_timestamp(text: &str, zone: &TimeZone, now: i64) -> Option<i64> {
    let (word, zone) = special(text, zone)?;
    let today = zone.day_at(now);
    match word.as_str() {
        "epoch" => Some(0),
        "now" => Some(now),
        "today" => Some(zone.start_of_day(today)),
        "tomorrow" => Some(zone.start_of_day(today.checked_add(1)?)),
        "yesterday" => Some(zone.start_of_day(today.checked_sub(1)?)),
        _ => None,
    }
}

/// `TIMESTAMP_NTZ 'tomorrow'` and its kin, see [`special_date`].
pub fn special_timestamp_ntz(text: &str, zone: &TimeZone, now: i64) -> Option<i64> {
    let (word, zone) = special(text, zone)?;
    match word.as_str() {
        "epoch" => Some(0),
        "now" => Some(zone.to_local(now)),
        word => {
            let days = special_date(word, &zone, now)?;
            Some(i64::from(days) * MICROS_PER_DAY)
        }
    }
}

fn special(text: &str, zone: &TimeZone) -> Option<(String, TimeZone)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (word, id) = text.split_at(end);
    let zone = match id.trim() {
        "" => zone.clone(),
        id => TimeZone::parse(id)?,
    };
    Some((word.to_ascii_lowercase(), zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(micros: i64, zone: &TimeZone) -> String {
        let mut out = String::new();
        write_timestamp(micros, zone, &mut out);
        out
    }

    #[test]
    fn dates_read_and_print() {
        let printed = |text: &str| {
            parse_date(text).map(|days| {
                let mut out = String::new();
                write_date(days, &mut out);
                out
            })
        };
        assert_eq!(printed(" 2020-1 ").as_deref(), Some("2020-01-01"));
        assert_eq!(printed("2020-02-29Tjunk").as_deref(), Some("2020-02-29"));
        assert_eq!(printed("-0044-03-15").as_deref(), Some("-0044-03-15"));
        assert_eq!(printed("12345-01-01").as_deref(), Some("+12345-01-01"));
        for wrong in ["2020-02-30", "20-01-01", "2020-1 ", "", "2020/01/01"] {
            assert!(wrong == "2020-1 " || printed(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn timestamps_read_and_print() {
        let zone = TimeZone::parse("America/Los_Angeles").unwrap();
        let read = |text: &str| parse_timestamp(text, &zone).map(|micros| printed(micros, &zone));
        assert_eq!(
            read("2020-1-2 3:4:5.60").as_deref(),
            Some("2020-01-02 03:04:05.6")
        );
        assert_eq!(
            read("2020-01-02T03:04:05Z").as_deref(),
            Some("2020-01-01 19:04:05")
        );
        assert_eq!(
            read("2020-01-02 03:04:05.1234567 Europe/Paris").as_deref(),
            Some("2020-01-01 18:04:05.123456")
        );
        assert_eq!(
            read("2020-03-08 02:30:00").as_deref(),
            Some("2020-03-08 03:30:00")
        );
        assert_eq!(read("2020-01-02 24:00:00"), None);
        assert_eq!(read("2020-01-02 03:04:05 Nowhere"), None);
    }
}
