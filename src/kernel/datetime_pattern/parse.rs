//! Reading dates and times by a pattern.

use super::DatetimePattern;
use super::compile::{Field, Item, OffsetStyle, Sign, Text};
use super::fields::{Parsed, shown};
use super::format::MONTHS;
use super::zone_names;
use crate::kernel::time_zone::TimeZone;

/// The position at which a text stops to fit.
struct Mismatch(usize);

impl DatetimePattern {
    /// Reads the fields of a text, all of it. The error is in the words of Java.
    pub fn parse(&self, text: &str) -> Result<Parsed, String> {
        let mut reader = Reader {
            text,
            fields: Parsed::default(),
        };
        match reader.items(&self.items, 0) {
            Ok(end) if end == text.len() => {
                reader.fields.text = text.to_string();
                Ok(reader.fields)
            }
            Ok(end) => Err(format!(
                "Text '{}' could not be parsed, unparsed text found at index {}",
                shown(text),
                characters(text, end)
            )),
            Err(Mismatch(at)) => Err(format!(
                "Text '{}' could not be parsed at index {}",
                shown(text),
                characters(text, at)
            )),
        }
    }
}

/// A byte position as an index of characters.
fn characters(text: &str, position: usize) -> usize {
    text.char_indices()
        .take_while(|(at, _)| *at < position)
        .count()
}

struct Reader<'a> {
    text: &'a str,
    fields: Parsed,
}

impl Reader<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or("")
    }

    /// Reads items from a position on and gives the position behind them.
    fn items(&mut self, items: &[Item], mut at: usize) -> Result<usize, Mismatch> {
        for item in items {
            at = self.item(item, at)?;
        }
        Ok(at)
    }

    fn item(&mut self, item: &Item, at: usize) -> Result<usize, Mismatch> {
        match item {
            Item::Literal(literal) => self.literal(literal, at),
            Item::Number {
                field,
                least,
                most,
                sign,
                reserved,
            } => {
                let (value, end) = self.number(at, *least, *most, *sign, *reserved)?;
                self.set(*field, value, at)?;
                Ok(end)
            }
            Item::ShortYear => {
                let (value, end) = self.number(at, 2, 2, Sign::Never, 0)?;
                self.set(Field::YearOfEra, 2000 + value, at)?;
                Ok(end)
            }
            Item::Words { field, full } => self.words(*field, *full, at),
            Item::Fraction { least, most } => self.fraction(*least, *most, at),
            Item::ZoneId => self.zone(false, at),
            Item::ZoneName { .. } => self.zone(true, at),
            Item::Offset(style) => self.offset(*style, at),
            Item::GmtOffset { .. } => self.gmt_offset(at),
            Item::Optional(items) => {
                let before = self.fields.clone();
                match self.items(items, at) {
                    Ok(end) => Ok(end),
                    Err(_) => {
                        self.fields = before;
                        Ok(at)
                    }
                }
            }
        }
    }

    fn literal(&self, literal: &str, at: usize) -> Result<usize, Mismatch> {
        let mut end = at;
        let mut rest = self.rest(at).chars();
        for wanted in literal.chars() {
            match rest.next() {
                Some(c) if c == wanted || c.to_lowercase().eq(wanted.to_lowercase()) => {
                    end += c.len_utf8();
                }
                _ => return Err(Mismatch(at)),
            }
        }
        Ok(end)
    }

    /// A number of `least` to `most` digits, leaving `reserved` digits over for what follows.
    fn number(
        &self,
        at: usize,
        least: usize,
        most: usize,
        sign: Sign,
        reserved: usize,
    ) -> Result<(i64, usize), Mismatch> {
        let bytes = self.text.as_bytes();
        let (negative, positive, start) = match bytes.get(at) {
            Some(b'-') if sign != Sign::Never => (true, false, at + 1),
            Some(b'+') if sign == Sign::ExceedsPad => (false, true, at + 1),
            _ => (false, false, at),
        };
        let digits = bytes[start.min(bytes.len())..]
            .iter()
            .take(most + reserved)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let taken = if reserved > 0 {
            digits.saturating_sub(reserved).max(least).min(digits)
        } else {
            digits
        };
        if taken < least {
            return Err(Mismatch(at));
        }
        let end = start + taken;
        let value: i64 = self.text[start..end].parse().map_err(|_| Mismatch(at))?;
        // A plus sign belongs to more digits than letters, and to nothing else.
        if sign == Sign::ExceedsPad && !negative && positive != (taken > least) {
            return Err(Mismatch(at));
        }
        if negative && value == 0 {
            return Err(Mismatch(at));
        }
        Ok((if negative { -value } else { value }, end))
    }

    fn set(&mut self, field: Field, value: i64, at: usize) -> Result<(), Mismatch> {
        let fields = &mut self.fields;
        let place = match field {
            Field::YearOfEra => &mut fields.year_of_era,
            Field::Month => &mut fields.month,
            Field::Day => &mut fields.day,
            Field::DayOfYear => &mut fields.day_of_year,
            Field::Hour => &mut fields.hour,
            Field::ClockHour => &mut fields.clock_hour,
            Field::HourOfHalf => &mut fields.hour_of_half,
            Field::ClockHourOfHalf => &mut fields.clock_hour_of_half,
            Field::Minute => &mut fields.minute,
            Field::Second => &mut fields.second,
            // Not in patterns for reading.
            Field::Quarter | Field::WeekOfMonth => return Ok(()),
        };
        if place.is_some_and(|old| old != value) {
            return Err(Mismatch(at));
        }
        *place = Some(value);
        Ok(())
    }

    fn words(&mut self, field: Text, full: bool, at: usize) -> Result<usize, Mismatch> {
        let choices: Vec<&str> = match field {
            Text::Era if full => vec!["Before Christ", "Anno Domini"],
            Text::Era => vec!["BC", "AD"],
            Text::HalfDay => vec!["AM", "PM"],
            Text::Month if full => MONTHS.to_vec(),
            Text::Month => MONTHS.iter().map(|name| &name[..3]).collect(),
            // Not in patterns for reading.
            Text::Weekday | Text::Quarter => Vec::new(),
        };
        let rest = self.rest(at);
        let found = choices.iter().position(|name| {
            rest.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        let index = found.ok_or(Mismatch(at))?;
        match field {
            Text::Era => self.fields.before_christ = Some(1 - index as i64),
            Text::HalfDay => self.fields.half_day = Some(index as i64),
            Text::Month => self.set(Field::Month, index as i64 + 1, at)?,
            Text::Weekday | Text::Quarter => {}
        }
        Ok(at + choices[index].len())
    }

    fn fraction(&mut self, least: usize, most: usize, at: usize) -> Result<usize, Mismatch> {
        let digits = self
            .rest(at)
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if digits < least {
            return Err(Mismatch(at));
        }
        let end = at + digits;
        let value: i64 = self.text[at..end].parse().map_err(|_| Mismatch(at))?;
        self.fields.nanos = Some(value * 10i64.pow(9 - digits as u32));
        Ok(end)
    }

    fn zone(&mut self, names: bool, at: usize) -> Result<usize, Mismatch> {
        let found = zone_names::zone_at_start(self.rest(at), names);
        let (zone, length) = found.ok_or(Mismatch(at))?;
        self.fields.zone = Some(zone);
        Ok(at + length)
    }

    fn offset(&mut self, style: OffsetStyle, at: usize) -> Result<usize, Mismatch> {
        let rest = self.rest(at);
        if style.zero == "Z" && rest.starts_with(['Z', 'z']) {
            self.fields.zone = Some(TimeZone::utc());
            return Ok(at + 1);
        }
        let colon = matches!(style.letters, 3 | 5);
        let mut end = self.two_digits(at + 1, false).ok_or(Mismatch(at))?;
        if !rest.starts_with(['+', '-']) {
            return Err(Mismatch(at));
        }
        match self.two_digits(end, colon) {
            Some(minutes) => end = minutes,
            None if style.letters == 1 => {}
            None => return Err(Mismatch(at)),
        }
        if style.letters > 3 {
            end = self.two_digits(end, colon).unwrap_or(end);
        }
        self.set_offset(at, end)
    }

    /// The position behind two digits, with a colon before them if wanted.
    fn two_digits(&self, at: usize, colon: bool) -> Option<usize> {
        let at = if colon {
            self.rest(at).starts_with(':').then_some(at + 1)?
        } else {
            at
        };
        let digits = self.text.as_bytes().get(at..at + 2)?;
        digits.iter().all(u8::is_ascii_digit).then_some(at + 2)
    }

    fn gmt_offset(&mut self, at: usize) -> Result<usize, Mismatch> {
        let start = self.literal("GMT", at)?;
        if !self.rest(start).starts_with(['+', '-']) {
            self.fields.zone = Some(TimeZone::utc());
            return Ok(start);
        }
        let part = |c: char| c.is_ascii_digit() || c == ':';
        let length = self
            .rest(start + 1)
            .find(|c| !part(c))
            .unwrap_or(self.rest(start + 1).len());
        self.set_offset(start, start + 1 + length)
    }

    fn set_offset(&mut self, start: usize, end: usize) -> Result<usize, Mismatch> {
        let zone = TimeZone::parse(&self.text[start..end]).ok_or(Mismatch(start))?;
        self.fields.zone = Some(zone);
        Ok(end)
    }
}
