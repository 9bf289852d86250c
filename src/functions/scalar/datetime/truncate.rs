//! `trunc` and `date_trunc`: the start of the year, month, hour in which a time lies.

use super::{datetime, map_values, session_zone};
use crate::error::Result;
use crate::functions::scalar::{Arity, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{
    self, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
};
use crate::kernel::lift::{Text, try_map2, typed};
use crate::kernel::time_zone::ZoneCursor;
use crate::types::coercion::Expected;
use crate::types::{DataType, Value, arrow_type};
use arrow::array::new_null_array;
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime(
        "trunc",
        "1.5.0",
        Arity::Exact(2),
        bind_trunc,
        "_FUNC_(date, fmt) - The first day of the year (`YEAR`, `YYYY`, `YY`), `QUARTER`, month (`MONTH`, \
         `MM`, `MON`) or `WEEK` that the date lies in; NULL for any other `fmt`.",
        &[
            ("trunc('2019-08-04', 'week')", "2019-07-29"),
            ("trunc('2009-02-12', 'MM')", "2009-02-01"),
        ],
    ),
    datetime(
        "date_trunc",
        "2.3.0",
        Arity::Exact(2),
        bind_date_trunc,
        "_FUNC_(fmt, ts) - The beginning of the unit that the timestamp lies in: those of `trunc`, `DAY` \
         (`DD`), `HOUR`, `MINUTE`, `SECOND`, `MILLISECOND` or `MICROSECOND`; NULL for any other `fmt`.",
        &[
            (
                "date_trunc('YEAR', '2015-03-05T09:32:05.359')",
                "2015-01-01 00:00:00",
            ),
            (
                "date_trunc('MILLISECOND', '2015-03-05T09:32:05.123456')",
                "2015-03-05 09:32:05.123",
            ),
        ],
    ),
];

/// What a time is cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    /// Microseconds that divide the hour; cut without asking the time zone.
    Micros(i64),
    Hour,
}

impl Level {
    fn parse(name: &str) -> Option<Level> {
        Some(match name.to_uppercase().as_str() {
            "YEAR" | "YYYY" | "YY" => Level::Year,
            "QUARTER" => Level::Quarter,
            "MONTH" | "MM" | "MON" => Level::Month,
            "WEEK" => Level::Week,
            "DAY" | "DD" => Level::Day,
            "HOUR" => Level::Hour,
            "MINUTE" => Level::Micros(MICROS_PER_MINUTE),
            "SECOND" => Level::Micros(MICROS_PER_SECOND),
            "MILLISECOND" => Level::Micros(1000),
            "MICROSECOND" => Level::Micros(1),
            _ => return None,
        })
    }

    /// Whether dates can be cut to it.
    fn is_of_date(self) -> bool {
        matches!(
            self,
            Level::Year | Level::Quarter | Level::Month | Level::Week
        )
    }
}

fn truncate_date(days: i32, level: Level) -> i32 {
    let date = calendar::date_of(days);
    let first = |month| calendar::day_number(i64::from(date.year), month, 1) as i32;
    match level {
        Level::Year => first(1),
        Level::Quarter => first((date.month - 1) / 3 * 3 + 1),
        Level::Month => first(date.month),
        Level::Week => days.saturating_sub(calendar::weekday(days) as i32),
        Level::Day | Level::Hour | Level::Micros(_) => days,
    }
}

fn truncate_timestamp(micros: i64, level: Level, zone: &mut ZoneCursor) -> i64 {
    match level {
        // Offsets from UTC are whole seconds, and whole minutes since the days of local mean time.
        Level::Micros(size) if size <= MICROS_PER_SECOND => micros - micros.rem_euclid(size),
        Level::Micros(size) => {
            let local = zone.to_local(micros);
            micros - local.rem_euclid(size)
        }
        Level::Hour => {
            let local = zone.to_local(micros);
            zone.to_utc(local - local.rem_euclid(MICROS_PER_HOUR))
        }
        _ => {
            let days = truncate_date(calendar::day_of(zone.to_local(micros)), level);
            zone.to_utc(i64::from(days).saturating_mul(MICROS_PER_DAY))
        }
    }
}

/// The level of a constant format: known for all rows, or NULL for all of them.
fn constant_level(argument: &BoundArgument, accepts: fn(Level) -> bool) -> Option<Option<Level>> {
    match &argument.constant {
        Some(Value::String(name)) => Some(Level::parse(name).filter(|level| accepts(*level))),
        Some(_) => Some(None),
        None => None,
    }
}

fn all_null(data_type: &DataType) -> Column {
    Column::Constant(new_null_array(&arrow_type(data_type), 1))
}

fn bind_trunc(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE, Expected::STRING])?;
    let level = constant_level(&arguments[1], Level::is_of_date);
    Ok(binding(
        arguments,
        types,
        DataType::Date,
        move |columns, rows| match level {
            Some(None) => Ok(all_null(&DataType::Date)),
            Some(Some(level)) => Ok(map_values::<Date32Type, Date32Type>(&columns[0], |days| {
                truncate_date(days, level)
            })),
            None => try_map2::<Date32Type, Text, Date32Type>(
                &columns[0],
                &columns[1],
                rows,
                |days, name| {
                    let level = Level::parse(name).filter(|level| level.is_of_date());
                    Ok(level.map(|level| truncate_date(days, level)))
                },
            ),
        },
    )
    .nullable())
}

fn bind_date_trunc(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING, Expected::TIMESTAMP])?;
    let level = constant_level(&arguments[0], |_| true);
    let zone = session_zone(context)?;
    Ok(binding(
        arguments,
        types,
        DataType::Timestamp,
        move |columns, rows| {
            let mut cursor = zone.cursor();
            let truncated = match level {
                Some(None) => return Ok(all_null(&DataType::Timestamp)),
                Some(Some(level)) => {
                    map_values::<TimestampMicrosecondType, TimestampMicrosecondType>(
                        &columns[1],
                        |micros| truncate_timestamp(micros, level, &mut cursor),
                    )
                }
                None => try_map2::<Text, TimestampMicrosecondType, TimestampMicrosecondType>(
                    &columns[0],
                    &columns[1],
                    rows,
                    |name, micros| {
                        let mut cursor = zone.cursor();
                        let level = Level::parse(name);
                        Ok(level.map(|level| truncate_timestamp(micros, level, &mut cursor)))
                    },
                )?,
            };
            typed(truncated, &DataType::Timestamp)
        },
    )
    .nullable())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::datetime_text::{parse_timestamp, write_timestamp};
    use crate::kernel::time_zone::TimeZone;

    #[test]
    fn truncates_in_the_zone() {
        let zone = TimeZone::parse("Asia/Kolkata").unwrap();
        let cases = [
            ("year", "2015-01-01 00:00:00"),
            ("quarter", "2015-04-01 00:00:00"),
            ("mon", "2015-05-01 00:00:00"),
            ("week", "2015-05-04 00:00:00"),
            ("dd", "2015-05-05 00:00:00"),
            ("hour", "2015-05-05 09:00:00"),
            ("minute", "2015-05-05 09:32:00"),
            ("second", "2015-05-05 09:32:05"),
            ("millisecond", "2015-05-05 09:32:05.123"),
        ];
        let micros = parse_timestamp("2015-05-05 09:32:05.123456", &zone).unwrap();
        for (name, expected) in cases {
            let level = Level::parse(name).unwrap();
            let mut out = String::new();
            write_timestamp(
                truncate_timestamp(micros, level, &mut zone.cursor()),
                &zone,
                &mut out,
            );
            assert_eq!(out, expected, "{name}");
        }
    }
}
