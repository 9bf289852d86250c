//! The proleptic Gregorian calendar on day numbers, and the units of time.
//!
//! DATE is days since 1970-01-01. Conversions use the era of 400 years, 146,097 days, that the calendar
//! repeats in, so they are exact and branch-free for any year an `i32` of days can reach.

/// Microseconds per second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds per minute.
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Microseconds per hour.
pub const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
/// Microseconds per day of 24 hours.
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;
/// Seconds per day of 24 hours.
pub const SECONDS_PER_DAY: i64 = 86_400;
/// Months per year.
pub const MONTHS_PER_YEAR: i32 = 12;

/// A date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate {
    /// Year; 0 is 1 BC.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999,999.
    pub micros: u32,
}

/// Whether the year has 366 days.
#[inline]
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month, 1 to 12.
#[inline]
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date of a day number.
#[inline]
pub fn date_of(days: i32) -> CivilDate {
    // Count from 0000-03-01, so that the leap day ends its year.
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    CivilDate {
        year: year as i32,
        month: month as u32,
        day: day as u32,
    }
}

/// The day number of a date that exists, however far away.
#[inline]
pub fn day_number(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The day number of a date; `None` where there is no such date or it lies outside the range of DATE.
#[inline]
pub fn days_of(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    i32::try_from(day_number(i64::from(year), month, day)).ok()
}

/// The time of day of a local timestamp.
#[inline]
pub fn time_of(local_micros: i64) -> TimeOfDay {
    let micros = local_micros.rem_euclid(MICROS_PER_DAY);
    let seconds = (micros / MICROS_PER_SECOND) as u32;
    TimeOfDay {
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        micros: (micros % MICROS_PER_SECOND) as u32,
    }
}

/// The day number of a local timestamp.
#[inline]
pub fn day_of(local_micros: i64) -> i32 {
    local_micros.div_euclid(MICROS_PER_DAY) as i32
}

/// The date `months` later; the day is cut to the length of the month it falls in. `None` outside the
/// range of DATE.
pub fn add_months(days: i32, months: i32) -> Option<i32> {
    let date = date_of(days);
    let count = i64::from(date.year) * 12 + i64::from(date.month) - 1 + i64::from(months);
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
    let year = i32::try_from(year).ok()?;
    days_of(year, month, date.day.min(days_in_month(year, month)))
}

/// Monday is 0, Sunday 6.
#[inline]
pub fn weekday(days: i32) -> u32 {
    (i64::from(days) + 3).rem_euclid(7) as u32
}

/// 1 January is 1.
pub fn day_of_year(days: i32) -> u32 {
    let start = day_number(i64::from(date_of(days).year), 1, 1);
    (i64::from(days) - start + 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_day_numbers_agree() {
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2000, 2, 30), None);
        assert_eq!(days_of(1582, 10, 14), Some(-141_428));
        for days in (-5_000_000..5_000_000).step_by(997) {
            let date = date_of(days);
            assert_eq!(days_of(date.year, date.month, date.day), Some(days));
        }
        assert_eq!(
            add_months(days_of(2024, 1, 31).unwrap(), 1),
            days_of(2024, 2, 29)
        );
        assert_eq!(weekday(0), 3);
        assert_eq!(day_of_year(days_of(2024, 12, 31).unwrap()), 366);
    }
}
