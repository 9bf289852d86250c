//! `timestampadd` and `timestampdiff`: reckoning with timestamps in units of time.
//!
//! The unit arrives as a constant string, since the parser turns `timestampadd(MONTH, ..)` into that. Days
//! and longer units move the wall clock, shorter ones the instant; differences are those of wall clocks.

use super::{datetime, session_zone};
use crate::error::conditions::DATETIME_OVERFLOW;
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, ScalarFunction};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments, constant};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::calendar::{
    self, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
};
use crate::kernel::cast::sql_literal;
use crate::kernel::lift::{map2, try_map2, typed};
use crate::kernel::time_zone::TimeZone;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime(
        "timestampadd",
        "3.3.0",
        Arity::Exact(3),
        bind_add,
        "_FUNC_(unit, count, timestamp) - The timestamp that many units later; the unit is YEAR, QUARTER, \
         MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND. Also written \
         `dateadd` and `date_add`.",
        &[(
            "timestampadd(MONTH, 1, timestamp_ntz'2020-01-31 00:00:00')",
            "2020-02-29 00:00:00",
        )],
    ),
    datetime(
        "timestampdiff",
        "3.3.0",
        Arity::Exact(3),
        bind_difference,
        "_FUNC_(unit, start, end) - The number of whole units from `start` to `end`; units are those of \
         `timestampadd`. Also written `datediff`, `date_diff` and `timediff`.",
        &[(
            "timestampdiff(HOUR, timestamp'2020-01-31 00:00:00', timestamp'2020-02-01 10:59:00')",
            "34",
        )],
    ),
];

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// So many months.
    Months(i64),
    /// So many days of the calendar.
    Days(i64),
    /// So many microseconds.
    Micros(i64),
}

fn unit(context: &BindContext, arguments: &[BoundArgument]) -> Result<(String, Unit)> {
    let name = constant(context, arguments, 0, "unit")?
        .as_str()
        .unwrap_or("")
        .to_uppercase();
    let unit = match name.as_str() {
        "YEAR" => Unit::Months(12),
        "QUARTER" => Unit::Months(3),
        "MONTH" => Unit::Months(1),
        "WEEK" => Unit::Days(7),
        "DAY" | "DAYOFYEAR" => Unit::Days(1),
        "HOUR" => Unit::Micros(MICROS_PER_HOUR),
        "MINUTE" => Unit::Micros(MICROS_PER_MINUTE),
        "SECOND" => Unit::Micros(MICROS_PER_SECOND),
        "MILLISECOND" => Unit::Micros(1000),
        "MICROSECOND" => Unit::Micros(1),
        other => {
            return Err(Error::internal(format!(
                "the parser let the unit {other} through"
            )));
        }
    };
    Ok((name, unit))
}

fn bind_add(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (name, unit) = unit(context, arguments)?;
    let expected = [Expected::STRING, Expected::BIGINT, Expected::AnyTimestamp];
    let types = cast_arguments(context, arguments, &expected)?;
    let returns = types[2].clone();
    let zone = match returns {
        DataType::TimestampNtz => TimeZone::utc(),
        _ => session_zone(context)?,
    };
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let (count, timestamp) = (&columns[1], &columns[2]);
        let added = try_map2::<Int64Type, TimestampMicrosecondType, TimestampMicrosecondType>(
            count,
            timestamp,
            rows,
            |count, micros| {
                let sum = add(unit, count, micros, &zone);
                sum.map(Some)
                    .ok_or_else(|| overflow(&name, count, micros, &result, &zone))
            },
        )?;
        typed(added, &result)
    }))
}

fn overflow(name: &str, count: i64, micros: i64, data_type: &DataType, zone: &TimeZone) -> Error {
    let array = arrow::array::TimestampMicrosecondArray::from(vec![micros]);
    let shown = match data_type {
        DataType::Timestamp => sql_literal(&array.with_timezone("UTC"), 0, data_type, zone),
        _ => sql_literal(&array, 0, data_type, zone),
    };
    let operation = format!("add {count}L {name} to {}", shown.unwrap_or_default());
    Error::new(&DATETIME_OVERFLOW, [("operation", operation)])
}

/// A timestamp moved by units; None where it leaves the range.
fn add(unit: Unit, count: i64, micros: i64, zone: &TimeZone) -> Option<i64> {
    match unit {
        Unit::Micros(size) => micros.checked_add(count.checked_mul(size)?),
        Unit::Days(size) => {
            let days = count.checked_mul(size)?.checked_mul(MICROS_PER_DAY)?;
            Some(zone.to_utc(zone.to_local(micros).checked_add(days)?))
        }
        Unit::Months(size) => {
            let months = i32::try_from(count.checked_mul(size)?).ok()?;
            let local = zone.to_local(micros);
            let days = calendar::add_months(calendar::day_of(local), months)?;
            let midnight = i64::from(days).checked_mul(MICROS_PER_DAY)?;
            Some(zone.to_utc(midnight.checked_add(local.rem_euclid(MICROS_PER_DAY))?))
        }
    }
}

fn bind_difference(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (_, unit) = unit(context, arguments)?;
    let expected = [Expected::STRING, Expected::TIMESTAMP, Expected::TIMESTAMP];
    let types = cast_arguments(context, arguments, &expected)?;
    let zone = session_zone(context)?;
    Ok(binding(
        arguments,
        types,
        DataType::Long,
        move |columns, rows| {
            map2::<TimestampMicrosecondType, TimestampMicrosecondType, Int64Type>(
                &columns[1],
                &columns[2],
                rows,
                |start, end| difference(unit, zone.to_local(start), zone.to_local(end)),
            )
        },
    ))
}

/// Whole units between wall-clock times.
fn difference(unit: Unit, start: i64, end: i64) -> i64 {
    match unit {
        Unit::Micros(size) => end.saturating_sub(start) / size,
        Unit::Days(size) => end.saturating_sub(start) / (size * MICROS_PER_DAY),
        Unit::Months(size) => {
            // Months and the rest of a month as one number that grows with time.
            let packed = |micros: i64| {
                let date = calendar::date_of(calendar::day_of(micros));
                let months = i128::from(date.year) * 12 + i128::from(date.month);
                let rest = i64::from(date.day) * MICROS_PER_DAY + micros.rem_euclid(MICROS_PER_DAY);
                months * i128::from(32 * MICROS_PER_DAY) + i128::from(rest)
            };
            let months = (packed(end) - packed(start)) / i128::from(32 * MICROS_PER_DAY);
            months as i64 / size
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(y: i32, m: u32, d: u32, hour: i64) -> i64 {
        i64::from(calendar::days_of(y, m, d).unwrap()) * MICROS_PER_DAY + hour * MICROS_PER_HOUR
    }

    #[test]
    fn whole_units_only() {
        let months = Unit::Months(1);
        assert_eq!(
            difference(months, at(2020, 1, 31, 0), at(2020, 2, 29, 0)),
            0
        );
        assert_eq!(
            difference(months, at(2020, 1, 29, 5), at(2020, 2, 29, 4)),
            0
        );
        assert_eq!(
            difference(months, at(2020, 1, 29, 5), at(2020, 2, 29, 5)),
            1
        );
        assert_eq!(
            difference(months, at(2020, 3, 1, 0), at(2020, 1, 31, 0)),
            -1
        );
        assert_eq!(
            difference(Unit::Months(12), at(2020, 3, 1, 0), at(2022, 2, 28, 0)),
            1
        );
        assert_eq!(
            difference(Unit::Days(1), at(2020, 1, 1, 1), at(2020, 1, 2, 0)),
            0
        );
    }

    #[test]
    fn days_move_the_wall_clock() {
        let zone = TimeZone::parse("America/Los_Angeles").unwrap();
        let before = zone.to_utc(at(2024, 3, 9, 12));
        let after = zone.to_utc(at(2024, 3, 10, 12));
        assert_eq!(add(Unit::Days(1), 1, before, &zone), Some(after));
        assert_eq!(
            add(Unit::Micros(MICROS_PER_HOUR), 23, before, &zone),
            Some(after)
        );
        let utc = TimeZone::utc();
        assert_eq!(
            add(Unit::Months(1), 1, at(2020, 1, 31, 3), &utc),
            Some(at(2020, 2, 29, 3))
        );
        assert_eq!(add(Unit::Months(12), 1_000_000, 0, &utc), None);
    }
}
