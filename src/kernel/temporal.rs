//! Arithmetic of dates, timestamps and intervals, one value at a time.
//!
//! A timestamp moves by calendar units in the time zone (a day may have 23 hours) and by microseconds on the
//! time line; the difference of two timestamps is that of their wall clocks. What overflows is `None`.

use super::calendar::{MICROS_PER_DAY, add_months, day_of};
use super::time_zone::TimeZone;
use crate::types::CalendarInterval;

/// An instant moved by months, days and microseconds, in that order, in a zone.
pub fn timestamp_plus(
    micros: i64,
    months: i32,
    days: i64,
    rest: i64,
    zone: &TimeZone,
) -> Option<i64> {
    if months == 0 && days == 0 {
        return micros.checked_add(rest);
    }
    let offset = zone.offset_at(micros);
    let local = zone.to_local(micros);
    let date = match months {
        0 => day_of(local),
        months => add_months(day_of(local), months)?,
    };
    let local = (i64::from(date).checked_add(days)?)
        .checked_mul(MICROS_PER_DAY)?
        .checked_add(local.rem_euclid(MICROS_PER_DAY))?;
    zone.to_utc_preferring(local, offset).checked_add(rest)
}

/// An instant moved by a day-time interval: its days by the calendar, the rest on the time line.
pub fn timestamp_plus_day_time(micros: i64, interval: i64, zone: &TimeZone) -> Option<i64> {
    let days = interval / MICROS_PER_DAY;
    timestamp_plus(micros, 0, days, interval % MICROS_PER_DAY, zone)
}

/// The time between the wall clocks of two instants.
pub fn timestamp_difference(end: i64, start: i64, zone: &TimeZone) -> Option<i64> {
    zone.to_local(end).checked_sub(zone.to_local(start))
}

/// The sum of two legacy intervals.
pub fn calendar_sum(a: CalendarInterval, b: CalendarInterval) -> Option<CalendarInterval> {
    Some(CalendarInterval {
        months: a.months.checked_add(b.months)?,
        days: a.days.checked_add(b.days)?,
        microseconds: a.microseconds.checked_add(b.microseconds)?,
    })
}

/// A legacy interval with its sign turned.
pub fn calendar_negated(a: CalendarInterval) -> Option<CalendarInterval> {
    Some(CalendarInterval {
        months: a.months.checked_neg()?,
        days: a.days.checked_neg()?,
        microseconds: a.microseconds.checked_neg()?,
    })
}

/// A legacy interval times a factor. Fractions of days become time, fractions of months are lost.
pub fn calendar_scaled(
    a: CalendarInterval,
    scale: impl Fn(f64) -> f64,
) -> Option<CalendarInterval> {
    let whole = |value: f64| {
        let whole = value.trunc();
        (whole >= f64::from(i32::MIN) && whole <= f64::from(i32::MAX)).then_some(whole as i32)
    };
    let days = scale(f64::from(a.days));
    let rest = (days - days.trunc()) * MICROS_PER_DAY as f64;
    Some(CalendarInterval {
        months: whole(scale(f64::from(a.months)))?,
        days: whole(days)?,
        // Java rounds halves up, towards positive infinity.
        microseconds: (scale(a.microseconds as f64) + rest + 0.5).floor() as i64,
    })
}

/// The integer nearest to a double, halves away from zero.
pub fn rounded(value: f64) -> Option<i64> {
    let rounded = value.round();
    let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    range.contains(&rounded).then_some(rounded as i64)
}
