//! From parsed fields to a date or timestamp.

use super::format::MONTHS;
use crate::kernel::calendar::{self, MICROS_PER_DAY, MICROS_PER_SECOND};
use crate::kernel::time_zone::TimeZone;

/// The fields that a text had. Errors are in the words of Java, which Spark passes on.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// For messages.
    pub(super) text: String,
    pub(super) before_christ: Option<i64>,
    pub(super) year_of_era: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) day_of_year: Option<i64>,
    pub(super) half_day: Option<i64>,
    pub(super) hour: Option<i64>,
    pub(super) clock_hour: Option<i64>,
    pub(super) hour_of_half: Option<i64>,
    pub(super) clock_hour_of_half: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) nanos: Option<i64>,
    pub(super) zone: Option<TimeZone>,
}

impl Parsed {
    /// The date in days; missing parts are those of 1970-01-01.
    pub fn date(&self) -> Result<i32, String> {
        self.check_ranges()?;
        // Java resolves a date with a year while parsing, Spark one without afterwards: the messages differ.
        let year = match self.year_of_era {
            None => 1970,
            Some(year) if self.before_christ == Some(1) => 1 - year,
            Some(year) => year,
        };
        let year = i32::try_from(year).map_err(|_| "long overflow".to_string())?;
        let resolved = self.year_of_era.is_some();
        let parsed = |message: String| match resolved {
            true => self.unparsable(&message),
            false => message,
        };
        let derived_end = if resolved { "" } else { "." };
        if resolved && let (Some(month), Some(day)) = (self.month, self.day) {
            let days = civil(year, month, day).map_err(parsed)?;
            return match self.day_of_year {
                Some(n) if n != i64::from(calendar::day_of_year(days)) => {
                    self.check_day_of_year(year, n).map_err(parsed)?;
                    Err(self.conflict_with(days, n, month, day, parsed))
                }
                _ => Ok(days),
            };
        }
        let Some(n) = self.day_of_year else {
            return civil(year, self.month.unwrap_or(1), self.day.unwrap_or(1));
        };
        self.check_day_of_year(year, n).map_err(parsed)?;
        let days = calendar::day_number(i64::from(year), 1, 1) + n - 1;
        let days = i32::try_from(days).map_err(|_| "long overflow".to_string())?;
        let date = calendar::date_of(days);
        let differs = |name: &str, given: Option<i64>, derived: u32| match given {
            Some(given) if given != i64::from(derived) => {
                let mut text = String::new();
                crate::kernel::datetime_text::write_date(days, &mut text);
                Err(if resolved {
                    parsed(format!(
                        "Conflict found: Field {name} {derived} differs from {name} {given} derived from {text}"
                    ))
                } else {
                    format!(
                        "Conflict found: Field {name} {given} differs from {name} {derived} derived from \
                         {text}{derived_end}"
                    )
                })
            }
            _ => Ok(()),
        };
        differs("MonthOfYear", self.month, date.month)?;
        differs("DayOfMonth", self.day, date.day)?;
        Ok(days)
    }

    /// The wall-clock time in microseconds.
    pub fn timestamp_ntz(&self) -> Result<i64, String> {
        let days = self.date()?;
        i64::from(days)
            .checked_mul(MICROS_PER_DAY)
            .and_then(|micros| micros.checked_add(self.micros_of_day()))
            .ok_or_else(|| "long overflow".to_string())
    }

    /// The instant in microseconds, in the zone that the text names, else in `zone`.
    pub fn timestamp(&self, zone: &TimeZone) -> Result<i64, String> {
        let local = self.timestamp_ntz()?;
        Ok(self.zone.as_ref().unwrap_or(zone).to_utc(local))
    }

    fn micros_of_day(&self) -> i64 {
        let of_half = self
            .hour_of_half
            .or(self.clock_hour_of_half.map(|hour| hour % 12));
        let afternoon = if self.half_day == Some(1) { 12 } else { 0 };
        let hour = (self.hour)
            .or(self.clock_hour.map(|hour| hour % 24))
            .or(of_half.map(|hour| hour + afternoon))
            .unwrap_or(afternoon);
        let minutes = hour * 60 + self.minute.unwrap_or(0);
        let seconds = minutes * 60 + self.second.unwrap_or(0);
        seconds * MICROS_PER_SECOND + self.nanos.unwrap_or(0) / 1000
    }

    fn check_ranges(&self) -> Result<(), String> {
        let ranges = [
            ("YearOfEra", self.year_of_era, 1, 999_999_999),
            ("MonthOfYear", self.month, 1, 12),
            ("DayOfMonth", self.day, 1, 31),
            ("DayOfYear", self.day_of_year, 1, 366),
            ("HourOfDay", self.hour, 0, 23),
            ("ClockHourOfDay", self.clock_hour, 1, 24),
            ("HourOfAmPm", self.hour_of_half, 0, 11),
            ("ClockHourOfAmPm", self.clock_hour_of_half, 1, 12),
            ("MinuteOfHour", self.minute, 0, 59),
            ("SecondOfMinute", self.second, 0, 59),
        ];
        for (name, value, least, most) in ranges {
            if let Some(value) = value
                && !(least..=most).contains(&value)
            {
                let most = match name {
                    "DayOfMonth" => "28/31".to_string(),
                    "DayOfYear" => "365/366".to_string(),
                    "YearOfEra" => "999999999/1000000000".to_string(),
                    _ => most.to_string(),
                };
                return Err(self.unparsable(&format!(
                    "Invalid value for {name} (valid values {least} - {most}): {value}"
                )));
            }
        }
        Ok(())
    }

    fn check_day_of_year(&self, year: i32, n: i64) -> Result<(), String> {
        if n == 366 && !calendar::is_leap_year(year) {
            return Err(format!(
                "Invalid date 'DayOfYear 366' as '{year}' is not a leap year"
            ));
        }
        Ok(())
    }

    fn conflict_with(
        &self,
        days: i32,
        n: i64,
        month: i64,
        day: i64,
        parsed: impl Fn(String) -> String,
    ) -> String {
        let derived = days - calendar::day_of_year(days) as i32 + n as i32;
        let date = calendar::date_of(derived);
        let mut text = String::new();
        crate::kernel::datetime_text::write_date(derived, &mut text);
        let (name, own, other) = if i64::from(date.month) != month {
            ("MonthOfYear", i64::from(date.month), month)
        } else {
            ("DayOfMonth", i64::from(date.day), day)
        };
        parsed(format!(
            "Conflict found: Field {name} {own} differs from {name} {other} derived from {text}"
        ))
    }

    fn unparsable(&self, message: &str) -> String {
        format!(
            "Text '{}' could not be parsed: {message}",
            shown(&self.text)
        )
    }
}

/// The day number of a date whose month and day are in range.
fn civil(year: i32, month: i64, day: i64) -> Result<i32, String> {
    let (month, day) = (month as u32, day as u32);
    calendar::days_of(year, month, day).ok_or_else(|| match MONTHS.get(month as usize - 1) {
        Some(_) if month == 2 && day == 29 => {
            format!("Invalid date 'February 29' as '{year}' is not a leap year")
        }
        Some(name) if day > calendar::days_in_month(year, month) => {
            format!("Invalid date '{} {day}'", name.to_uppercase())
        }
        _ => "long overflow".to_string(),
    })
}

/// Texts over 64 characters are cut in messages.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() > 64 {
        format!("{}...", text.chars().take(64).collect::<String>())
    } else {
        text.to_string()
    }
}
