//! Fields of dates and times: `year`, `dayofweek`, `hour`.

use super::{datetime, map_values, session_zone};
use crate::error::Result;
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{self, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND};
use crate::kernel::lift::{Text, map1};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{Date32Type, Int32Type, TimestampMicrosecondType};

const ONE: Arity = Arity::Exact(1);

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime("year", "1.5.0", ONE, |c, a| of_date(c, a, year), "_FUNC_(date) - The year.", &[("year('2016-07-30')", "2016")]),
    datetime("quarter", "1.5.0", ONE, |c, a| of_date(c, a, quarter), "_FUNC_(date) - The quarter of the year, 1 to 4.", &[("quarter('2016-08-31')", "3")]),
    datetime("month", "1.5.0", ONE, |c, a| of_date(c, a, month), "_FUNC_(date) - The month, 1 to 12.", &[("month('2016-07-30')", "7")]),
    ScalarFunction {
        aliases: &["dayofmonth"],
        display: Display::CallAsWritten,
        ..datetime("day", "1.5.0", ONE, |c, a| of_date(c, a, day), "_FUNC_(date) - The day of the month, 1 to 31.", &[("day('2009-07-30')", "30")])
    },
    datetime("dayofyear", "1.5.0", ONE, |c, a| of_date(c, a, day_of_year), "_FUNC_(date) - The day of the year, 1 to 366.", &[("dayofyear('2016-04-09')", "100")]),
    datetime("dayofweek", "2.3.0", ONE, |c, a| of_date(c, a, day_of_week), "_FUNC_(date) - The day of the week: 1 for Sunday to 7 for Saturday.", &[("dayofweek('2009-07-30')", "5")]),
    datetime("weekday", "2.4.0", ONE, |c, a| of_date(c, a, weekday), "_FUNC_(date) - The day of the week: 0 for Monday to 6 for Sunday.", &[("weekday('2009-07-30')", "3")]),
    datetime("weekofyear", "1.5.0", ONE, |c, a| of_date(c, a, week_of_year), "_FUNC_(date) - The week of the year after ISO 8601: weeks begin on Monday, and week 1 is the first with more than three days.", &[("weekofyear('2008-02-20')", "8")]),
    datetime("dayname", "4.0.0", ONE, |c, a| name_of_date(c, a, day_name), "_FUNC_(date) - The name of the day of the week, in three letters.", &[("dayname(DATE'2008-02-20')", "Wed")]),
    datetime("monthname", "4.0.0", ONE, |c, a| name_of_date(c, a, month_name), "_FUNC_(date) - The name of the month, in three letters.", &[("monthname('2008-02-20')", "Feb")]),
    datetime("hour", "1.5.0", ONE, |c, a| of_time(c, a, hour), "_FUNC_(timestamp) - The hour, 0 to 23.", &[("hour('2009-07-30 12:58:59')", "12")]),
    datetime("minute", "1.5.0", ONE, |c, a| of_time(c, a, minute), "_FUNC_(timestamp) - The minute, 0 to 59.", &[("minute('2009-07-30 12:58:59')", "58")]),
    datetime("second", "1.5.0", ONE, |c, a| of_time(c, a, second), "_FUNC_(timestamp) - The second, 0 to 59.", &[("second('2009-07-30 12:58:59')", "59")]),
];

pub(super) fn year(days: i32) -> i32 {
    calendar::date_of(days).year
}

pub(super) fn quarter(days: i32) -> i32 {
    (calendar::date_of(days).month as i32 + 2) / 3
}

pub(super) fn month(days: i32) -> i32 {
    calendar::date_of(days).month as i32
}

pub(super) fn day(days: i32) -> i32 {
    calendar::date_of(days).day as i32
}

pub(super) fn day_of_year(days: i32) -> i32 {
    calendar::day_of_year(days) as i32
}

/// Sunday is 1.
pub(super) fn day_of_week(days: i32) -> i32 {
    (calendar::weekday(days) as i32 + 1) % 7 + 1
}

/// Monday is 0.
fn weekday(days: i32) -> i32 {
    calendar::weekday(days) as i32
}

/// Monday is 1.
pub(super) fn iso_day_of_week(days: i32) -> i32 {
    weekday(days) + 1
}

/// The Thursday of the week, which says what year the week belongs to.
fn thursday(days: i32) -> i32 {
    days.saturating_add(3 - weekday(days))
}

pub(super) fn week_of_year(days: i32) -> i32 {
    (day_of_year(thursday(days)) - 1) / 7 + 1
}

pub(super) fn year_of_week(days: i32) -> i32 {
    year(thursday(days))
}

fn day_name(days: i32) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][calendar::weekday(days) as usize]
}

fn month_name(days: i32) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    NAMES[calendar::date_of(days).month as usize - 1]
}

pub(super) fn hour(local_micros: i64) -> i32 {
    (local_micros.div_euclid(MICROS_PER_HOUR)).rem_euclid(24) as i32
}

pub(super) fn minute(local_micros: i64) -> i32 {
    (local_micros.div_euclid(MICROS_PER_MINUTE)).rem_euclid(60) as i32
}

pub(super) fn second(local_micros: i64) -> i32 {
    (local_micros.div_euclid(MICROS_PER_SECOND)).rem_euclid(60) as i32
}

/// A number of a date.
pub(super) fn of_date(
    context: &BindContext,
    arguments: &[BoundArgument],
    field: fn(i32) -> i32,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, _| Ok(map_values::<Date32Type, Int32Type>(&columns[0], field)),
    ))
}

fn name_of_date(
    context: &BindContext,
    arguments: &[BoundArgument],
    field: fn(i32) -> &'static str,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            map1::<Date32Type, Text>(&columns[0], rows, |days| field(days).to_string())
        },
    ))
}

/// A number of a local time.
pub(super) fn of_time(
    context: &BindContext,
    arguments: &[BoundArgument],
    field: fn(i64) -> i32,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::AnyTimestamp])?;
    let local = local_times(context, &types[0])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, _| Ok(local.map::<Int32Type>(&columns[0], field)),
    ))
}

/// Wall-clock times of a TIMESTAMP (in the session's zone) or TIMESTAMP_NTZ column.
#[derive(Debug)]
pub(super) struct LocalTimes {
    /// None where the times are local already.
    zone: Option<crate::kernel::time_zone::TimeZone>,
}

/// How to get wall-clock times of a type.
pub(super) fn local_times(context: &BindContext, data_type: &DataType) -> Result<LocalTimes> {
    let zone = match data_type {
        DataType::TimestampNtz => None,
        _ => Some(session_zone(context)?),
    };
    Ok(LocalTimes { zone })
}

impl LocalTimes {
    /// A value of every wall-clock time.
    pub(super) fn map<O: arrow::array::ArrowPrimitiveType>(
        &self,
        column: &Column,
        f: impl Fn(i64) -> O::Native,
    ) -> Column {
        match &self.zone {
            None => map_values::<TimestampMicrosecondType, O>(column, f),
            Some(zone) => {
                let mut cursor = zone.cursor();
                map_values::<TimestampMicrosecondType, O>(column, |micros| {
                    f(cursor.to_local(micros))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_dates() {
        let date = |y, m, d| calendar::days_of(y, m, d).unwrap();
        assert_eq!(week_of_year(date(2008, 2, 20)), 8);
        assert_eq!(
            (
                week_of_year(date(2005, 1, 2)),
                year_of_week(date(2005, 1, 2))
            ),
            (53, 2004)
        );
        assert_eq!(
            (
                week_of_year(date(2012, 12, 31)),
                year_of_week(date(2012, 12, 31))
            ),
            (1, 2013)
        );
        assert_eq!(day_of_week(date(2009, 7, 30)), 5);
        assert_eq!(weekday(date(2009, 7, 30)), 3);
        assert_eq!(quarter(date(2016, 8, 31)), 3);
        assert_eq!((hour(-1), minute(-1), second(-1)), (23, 59, 59));
    }
}
