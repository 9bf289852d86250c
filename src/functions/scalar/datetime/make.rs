//! Dates and timestamps from their fields: `make_date`, `make_timestamp`.

use super::{datetime, session_zone};
use crate::error::conditions::{
    DATETIME_FIELD_OUT_OF_BOUNDS_WITHOUT_SUGGESTION as OUT_OF_BOUNDS, INVALID_FRACTION_OF_SECOND,
};
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{self, MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND};
use crate::kernel::compile_cache::CompileCache;
use crate::kernel::lift::{Rows, Text, column_of, retype, rows_to_compute, try_map3};
use crate::kernel::time_zone::TimeZone;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, TimestampMicrosecondBuilder};
use arrow::datatypes::{Date32Type, Decimal64Type, Int32Type};
use std::sync::Arc;

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime("make_date", "3.0.0", Arity::Exact(3), bind_date,
        "_FUNC_(year, month, day) - The date of these fields.",
        &[("make_date(2013, 7, 15)", "2013-07-15"), ("make_date(2019, 7, NULL)", "NULL")]),
    datetime("make_timestamp", "3.0.0", SIX_OR_SEVEN, |c, a| bind_timestamp(c, a, configured(c), false),
        "_FUNC_(year, month, day, hour, min, sec[, timezone]) - The timestamp of these fields, in the time zone \
         if one is given; 60 seconds are the next minute.",
        &[("make_timestamp(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"), ("make_timestamp(2014, 12, 28, 6, 30, 45.887, 'CET')", "2014-12-27 21:30:45.887")]),
    datetime("try_make_timestamp", "4.0.0", SIX_OR_SEVEN, |c, a| bind_timestamp(c, a, configured(c), true),
        "_FUNC_(year, month, day, hour, min, sec[, timezone]) - Like make_timestamp, but NULL for fields out of \
         range.",
        &[("try_make_timestamp(2024, 13, 22, 15, 30, 0)", "NULL")]),
    datetime("make_timestamp_ltz", "3.4.0", SIX_OR_SEVEN, |c, a| bind_timestamp(c, a, DataType::Timestamp, false),
        "_FUNC_(year, month, day, hour, min, sec[, timezone]) - The TIMESTAMP of these fields, in the time zone \
         if one is given.",
        &[("make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887, 'CET')", "2014-12-27 21:30:45.887")]),
    datetime("try_make_timestamp_ltz", "4.0.0", SIX_OR_SEVEN, |c, a| bind_timestamp(c, a, DataType::Timestamp, true),
        "_FUNC_(year, month, day, hour, min, sec[, timezone]) - Like make_timestamp_ltz, but NULL for fields out \
         of range.",
        &[("try_make_timestamp_ltz(2024, 13, 22, 15, 30, 0)", "NULL")]),
    datetime("make_timestamp_ntz", "3.4.0", Arity::Exact(6), |c, a| bind_timestamp(c, a, DataType::TimestampNtz, false),
        "_FUNC_(year, month, day, hour, min, sec) - The TIMESTAMP_NTZ of these fields.",
        &[("make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887")]),
    datetime("try_make_timestamp_ntz", "4.0.0", Arity::Exact(6), |c, a| bind_timestamp(c, a, DataType::TimestampNtz, true),
        "_FUNC_(year, month, day, hour, min, sec) - Like make_timestamp_ntz, but NULL for fields out of range.",
        &[("try_make_timestamp_ntz(2024, 13, 22, 15, 30, 0)", "NULL")]),
];

const SIX_OR_SEVEN: Arity = Arity::OneOf(&[6, 7]);

/// Seconds with microseconds, as Spark takes them.
const SECONDS: DataType = DataType::Decimal {
    precision: 16,
    scale: 6,
};

fn configured(context: &BindContext) -> DataType {
    match context.config.get("spark.sql.timestampType") {
        Some(name) if name.eq_ignore_ascii_case("TIMESTAMP_NTZ") => DataType::TimestampNtz,
        _ => DataType::Timestamp,
    }
}

#[cold]
fn out_of_bounds(name: &str, least: i32, most: i32, value: i32) -> Error {
    let message = format!("Invalid value for {name} (valid values {least} - {most}): {value}");
    Error::new(&OUT_OF_BOUNDS, [("rangeMessage", message)])
}

fn in_bounds(name: &str, least: i32, most: i32, value: i32) -> Result<()> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(out_of_bounds(name, least, most, value))
    }
}

/// The day number of a date, or why there is none.
fn date(year: i32, month: i32, day: i32) -> Result<i32> {
    in_bounds("Year", -999_999_999, 999_999_999, year)?;
    in_bounds("MonthOfYear", 1, 12, month)?;
    in_bounds("DayOfMonth", 1, 31, day)?;
    calendar::days_of(year, month as u32, day as u32).ok_or_else(|| {
        const MONTHS: [&str; 12] = [
            "JANUARY",
            "FEBRUARY",
            "MARCH",
            "APRIL",
            "MAY",
            "JUNE",
            "JULY",
            "AUGUST",
            "SEPTEMBER",
            "OCTOBER",
            "NOVEMBER",
            "DECEMBER",
        ];
        if day as u32 <= calendar::days_in_month(year, month as u32) {
            return super::overflow();
        }
        let message = if (month, day) == (2, 29) {
            format!("Invalid date 'February 29' as '{year}' is not a leap year")
        } else {
            format!("Invalid date '{} {day}'", MONTHS[month as usize - 1])
        };
        Error::new(&OUT_OF_BOUNDS, [("rangeMessage", message)])
    })
}

/// Errors stay errors, or become NULL.
fn or_null<T>(result: Result<T>, fails: bool) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if fails => Err(error),
        Err(_) => Ok(None),
    }
}

fn bind_date(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT])?;
    let fails = context.config.ansi();
    Ok(
        binding(arguments, types, DataType::Date, move |columns, rows| {
            try_map3::<Int32Type, Int32Type, Int32Type, Date32Type>(
                &columns[0],
                &columns[1],
                &columns[2],
                rows,
                |year, month, day| or_null(date(year, month, day), fails),
            )
        })
        .nullable_if(!fails),
    )
}

/// The wall-clock time of these fields; seconds in microseconds.
fn local_micros(
    year: i32,
    month: i32,
    day: i32,
    hour: i32,
    minute: i32,
    seconds: i64,
) -> Result<i64> {
    let whole = seconds.div_euclid(MICROS_PER_SECOND);
    if seconds > 60 * MICROS_PER_SECOND && whole == 60 {
        let shown = crate::types::Decimal {
            unscaled: i128::from(seconds),
            precision: 16,
            scale: 6,
        };
        let shown = shown.to_string();
        let shown = shown.trim_end_matches('0').to_string();
        return Err(Error::new(
            &INVALID_FRACTION_OF_SECOND,
            [("secAndMicros", shown)],
        ));
    }
    let days = date(year, month, day)?;
    in_bounds("HourOfDay", 0, 23, hour)?;
    in_bounds("MinuteOfHour", 0, 59, minute)?;
    if whole != 60 {
        in_bounds(
            "SecondOfMinute",
            0,
            59,
            i32::try_from(whole).unwrap_or(i32::MAX),
        )?;
    }
    let minutes = i64::from(hour * 60 + minute);
    i64::from(days)
        .checked_mul(MICROS_PER_DAY)
        .and_then(|micros| micros.checked_add(minutes * MICROS_PER_MINUTE + seconds))
        .ok_or_else(super::overflow)
}

fn bind_timestamp(
    context: &BindContext,
    arguments: &[BoundArgument],
    returns: DataType,
    is_try: bool,
) -> Result<ScalarBinding> {
    let expected = [
        Expected::INT,
        Expected::INT,
        Expected::INT,
        Expected::INT,
        Expected::INT,
        Expected::Exact(SECONDS),
        Expected::STRING,
    ];
    let types = cast_arguments(context, arguments, &expected)?;
    let fails = context.config.ansi() && !is_try;
    let session = match returns {
        DataType::TimestampNtz => TimeZone::utc(),
        _ => session_zone(context)?,
    };
    let zones = CompileCache::default();
    let result = returns.clone();
    let kernel = move |columns: &[Column], rows: usize| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let fields = (columns[..5].iter())
            .map(Rows::<Int32Type>::new)
            .collect::<Result<Vec<_>>>()?;
        let seconds = Rows::<Decimal64Type>::new(&columns[5])?;
        let zone = columns.get(6).map(Rows::<Text>::new).transpose()?;
        let mut builder = TimestampMicrosecondBuilder::with_capacity(rows);
        for row in 0..rows {
            let field = |index: usize| fields[index].get(row);
            let (Some(y), Some(mo), Some(d), Some(h), Some(mi), Some(s)) = (
                field(0),
                field(1),
                field(2),
                field(3),
                field(4),
                seconds.get(row),
            ) else {
                builder.append_null();
                continue;
            };
            let zone = match &zone {
                None => None,
                Some(zone) => match zone.get(row) {
                    Some(zone) => Some(zones.get(zone, TimeZone::of)?),
                    None => {
                        builder.append_null();
                        continue;
                    }
                },
            };
            let micros = or_null(local_micros(y, mo, d, h, mi, s), fails)?;
            let zone = zone.as_deref().unwrap_or(&session);
            builder.append_option(micros.map(|micros| zone.to_utc(micros)));
        }
        let array: ArrayRef = Arc::new(builder.finish());
        Ok(column_of(&all, retype(array, &result)?))
    };
    Ok(binding(arguments, types, returns, kernel).nullable_if(!fails))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_checked() {
        let second = MICROS_PER_SECOND;
        let next_minute = local_micros(2019, 6, 30, 23, 59, 60 * second).unwrap();
        assert_eq!(next_minute, local_micros(2019, 7, 1, 0, 0, 0).unwrap());
        let message = |result: Result<i64>| {
            let error = result.unwrap_err();
            let parameter = error.parameters().first().map(|(_, value)| value.clone());
            (error.condition().name, parameter.unwrap_or_default())
        };
        assert_eq!(
            message(local_micros(2019, 13, 1, 0, 0, 0)),
            (
                OUT_OF_BOUNDS.name,
                "Invalid value for MonthOfYear (valid values 1 - 12): 13".into()
            )
        );
        assert_eq!(
            message(local_micros(2019, 6, 30, 23, 59, 60 * second + second / 2)),
            (INVALID_FRACTION_OF_SECOND.name, "60.5".into())
        );
        assert_eq!(
            message(local_micros(2019, 6, 30, 23, 59, 61 * second)),
            (
                OUT_OF_BOUNDS.name,
                "Invalid value for SecondOfMinute (valid values 0 - 59): 61".into()
            )
        );
        assert!(date(2019, 2, 30).is_err());
    }
}
