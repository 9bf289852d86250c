//! Writing dates and times by a pattern.

use super::DatetimePattern;
use super::compile::{Field, Item, OffsetStyle, Sign, Text};
use super::zone_names;
use crate::kernel::calendar::{self, CivilDate, TimeOfDay};
use crate::kernel::time_zone::TimeZone;
use std::fmt::Write;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A local time with all that patterns can show of it.
struct Moment<'a> {
    days: i32,
    date: CivilDate,
    time: TimeOfDay,
    utc_micros: i64,
    /// Seconds east of UTC.
    offset: i32,
    zone: &'a TimeZone,
}

impl DatetimePattern {
    /// Writes an instant as the wall clock of a zone shows it.
    pub fn write_timestamp(&self, utc_micros: i64, zone: &TimeZone, out: &mut String) {
        let local = zone.to_local(utc_micros);
        let days = calendar::day_of(local);
        let moment = Moment {
            days,
            date: calendar::date_of(days),
            time: calendar::time_of(local),
            utc_micros,
            offset: zone.offset_at(utc_micros),
            zone,
        };
        write_items(&self.items, &moment, out);
    }
}

fn write_items(items: &[Item], moment: &Moment, out: &mut String) {
    for item in items {
        match item {
            Item::Literal(text) => out.push_str(text),
            Item::Number {
                field, least, sign, ..
            } => {
                write_number(moment.number(*field), *least, *sign, out);
            }
            Item::ShortYear => {
                let year = moment.number(Field::YearOfEra) % 100;
                write_number(year, 2, Sign::Never, out);
            }
            Item::Words { field, full } => out.push_str(moment.words(*field, *full)),
            Item::Fraction { most, .. } => {
                let nanos = format!("{:06}000", moment.time.micros);
                out.push_str(&nanos[..*most]);
            }
            Item::ZoneId => out.push_str(moment.zone.id()),
            Item::ZoneName { full } => {
                out.push_str(&zone_names::name(moment.zone, moment.utc_micros, *full));
            }
            Item::Offset(style) => write_offset(moment.offset, *style, out),
            Item::GmtOffset { full } => write_gmt_offset(moment.offset, *full, out),
            Item::Optional(items) => write_items(items, moment, out),
        }
    }
}

impl Moment<'_> {
    fn number(&self, field: Field) -> i64 {
        let date = &self.date;
        let hour = i64::from(self.time.hour);
        match field {
            Field::YearOfEra if date.year > 0 => i64::from(date.year),
            Field::YearOfEra => 1 - i64::from(date.year),
            Field::Quarter => i64::from(self.quarter()),
            Field::Month => i64::from(date.month),
            Field::Day => i64::from(date.day),
            Field::DayOfYear => i64::from(calendar::day_of_year(self.days)),
            Field::WeekOfMonth => i64::from((date.day - 1) % 7 + 1),
            Field::Hour => hour,
            Field::ClockHour => (hour + 23) % 24 + 1,
            Field::HourOfHalf => hour % 12,
            Field::ClockHourOfHalf => (hour + 11) % 12 + 1,
            Field::Minute => i64::from(self.time.minute),
            Field::Second => i64::from(self.time.second),
        }
    }

    fn quarter(&self) -> u32 {
        (self.date.month - 1) / 3 + 1
    }

    fn words(&self, field: Text, full: bool) -> &'static str {
        let shortened = |name: &'static str| if full { name } else { &name[..3] };
        match field {
            Text::Era => match (self.date.year > 0, full) {
                (true, false) => "AD",
                (true, true) => "Anno Domini",
                (false, false) => "BC",
                (false, true) => "Before Christ",
            },
            Text::Month => shortened(MONTHS[self.date.month as usize - 1]),
            Text::Weekday => shortened(WEEKDAYS[calendar::weekday(self.days) as usize]),
            Text::Quarter => {
                const SHORT: [&str; 4] = ["Q1", "Q2", "Q3", "Q4"];
                const FULL: [&str; 4] =
                    ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];
                (if full { FULL } else { SHORT })[self.quarter() as usize - 1]
            }
            Text::HalfDay if self.time.hour < 12 => "AM",
            Text::HalfDay => "PM",
        }
    }
}

fn write_number(value: i64, width: usize, sign: Sign, out: &mut String) {
    if value < 0 {
        out.push('-');
    } else if sign == Sign::ExceedsPad && value >= 10i64.pow(width as u32) {
        out.push('+');
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "{:0width$}", value.unsigned_abs());
}

fn write_offset(offset: i32, style: OffsetStyle, out: &mut String) {
    if offset == 0 {
        out.push_str(style.zero);
        return;
    }
    let colon = if matches!(style.letters, 3 | 5) {
        ":"
    } else {
        ""
    };
    let (hours, minutes, seconds) = parts(offset);
    let _ = write!(out, "{}{hours:02}", if offset < 0 { '-' } else { '+' });
    if style.letters > 1 || minutes > 0 {
        let _ = write!(out, "{colon}{minutes:02}");
    }
    if style.letters > 3 && seconds > 0 {
        let _ = write!(out, "{colon}{seconds:02}");
    }
}

fn write_gmt_offset(offset: i32, full: bool, out: &mut String) {
    out.push_str("GMT");
    if offset == 0 {
        return;
    }
    let (hours, minutes, seconds) = parts(offset);
    let sign = if offset < 0 { '-' } else { '+' };
    let _ = match (full, minutes > 0 || seconds > 0) {
        (true, _) => write!(out, "{sign}{hours:02}:{minutes:02}"),
        (false, true) => write!(out, "{sign}{hours}:{minutes:02}"),
        (false, false) => write!(out, "{sign}{hours}"),
    };
    if seconds > 0 {
        let _ = write!(out, ":{seconds:02}");
    }
}

fn parts(offset: i32) -> (i32, i32, i32) {
    let seconds = offset.abs();
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}
