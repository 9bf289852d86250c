//! Reckoning with dates: `date_add`, `datediff`, `add_months`, `months_between`, `last_day`, `next_day`.

use super::{datetime, map_values, overflow, session_zone};
use crate::error::conditions::ILLEGAL_DAY_OF_WEEK;
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::calendar::{self, MICROS_PER_DAY, MICROS_PER_SECOND, SECONDS_PER_DAY};
use crate::kernel::lift::{Bool, Text, map2, try_map2, try_map3};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::BooleanArray;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    TimestampMicrosecondType,
};
use std::sync::Arc;

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["dateadd"],
        ..datetime("date_add", "1.5.0", Arity::Exact(2), |c, a| bind_shift(c, a, i32::wrapping_add),
            "_FUNC_(start_date, num_days) - The date that many days later.",
            &[("date_add('2016-07-30', 1)", "2016-07-31")])
    },
    datetime("date_sub", "1.5.0", Arity::Exact(2), |c, a| bind_shift(c, a, i32::wrapping_sub),
        "_FUNC_(start_date, num_days) - The date that many days earlier.",
        &[("date_sub('2016-07-30', 1)", "2016-07-29")]),
    ScalarFunction {
        aliases: &["date_diff"],
        display: Display::CallAsWritten,
        ..datetime("datediff", "1.5.0", Arity::Exact(2), bind_difference,
            "_FUNC_(endDate, startDate) - The number of days from `startDate` to `endDate`.",
            &[("datediff('2009-07-31', '2009-07-30')", "1"), ("datediff('2009-07-30', '2009-07-31')", "-1")])
    },
    datetime("add_months", "1.5.0", Arity::Exact(2), bind_add_months,
        "_FUNC_(start_date, num_months) - The date that many months later; where the month is too short, its \
         last day.",
        &[("add_months('2016-08-31', 1)", "2016-09-30")]),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [one, other] => format!("{name}({one}, {other}, true)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime("months_between", "1.5.0", Arity::OneOf(&[2, 3]), bind_months_between,
            "_FUNC_(timestamp1, timestamp2[, roundOff]) - The number of months from `timestamp2` to \
             `timestamp1`: whole where both are on the same or on the last day of their month, else with a \
             fraction in months of 31 days, rounded to 8 digits unless `roundOff` is false.",
            &[
                ("months_between('1997-02-28 10:30:00', '1996-10-30')", "3.94959677"),
                ("months_between('1997-02-28 10:30:00', '1996-10-30', false)", "3.9495967741935485"),
            ])
    },
    datetime("last_day", "1.5.0", Arity::Exact(1), bind_last_day,
        "_FUNC_(date) - The last day of the date's month.",
        &[("last_day('2009-01-12')", "2009-01-31")]),
    datetime("next_day", "1.5.0", Arity::Exact(2), bind_next_day,
        "_FUNC_(start_date, day_of_week) - The first date later than `start_date` on that day of the week \
         (two letters, three letters or the whole name).",
        &[("next_day('2015-01-14', 'TU')", "2015-01-20")]),
];

/// Numbers of days.
static DAYS: &[Expected] = &[
    Expected::INT,
    Expected::Exact(DataType::Short),
    Expected::Exact(DataType::Byte),
];

fn bind_shift(
    context: &BindContext,
    arguments: &[BoundArgument],
    shift: fn(i32, i32) -> i32,
) -> Result<ScalarBinding> {
    let expected = [Expected::DATE, Expected::OneOf(DAYS)];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::Date,
        move |columns, rows| {
            let (date, days) = (&columns[0], &columns[1]);
            match days.values().data_type() {
                ArrowType::Int8 => {
                    map2::<Date32Type, Int8Type, Date32Type>(date, days, rows, |date, days| {
                        shift(date, i32::from(days))
                    })
                }
                ArrowType::Int16 => {
                    map2::<Date32Type, Int16Type, Date32Type>(date, days, rows, |date, days| {
                        shift(date, i32::from(days))
                    })
                }
                _ => map2::<Date32Type, Int32Type, Date32Type>(date, days, rows, shift),
            }
        },
    ))
}

fn bind_difference(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| {
            map2::<Date32Type, Date32Type, Int32Type>(
                &columns[0],
                &columns[1],
                rows,
                |end, start| end.wrapping_sub(start),
            )
        },
    ))
}

fn bind_add_months(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE, Expected::INT])?;
    Ok(binding(
        arguments,
        types,
        DataType::Date,
        |columns, rows| {
            let (date, months) = (&columns[0], &columns[1]);
            try_map2::<Date32Type, Int32Type, Date32Type>(date, months, rows, |date, months| {
                calendar::add_months(date, months)
                    .map(Some)
                    .ok_or_else(overflow)
            })
        },
    ))
}

fn bind_months_between(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let expected = [Expected::TIMESTAMP, Expected::TIMESTAMP, Expected::BOOLEAN];
    let types = cast_arguments(context, arguments, &expected)?;
    let zone = session_zone(context)?;
    Ok(binding(
        arguments,
        types,
        DataType::Double,
        move |columns, rows| {
            let rounded = crate::kernel::Column::Constant(Arc::new(BooleanArray::from(vec![true])));
            let rounded = columns.get(2).unwrap_or(&rounded);
            try_map3::<TimestampMicrosecondType, TimestampMicrosecondType, Bool, Float64Type>(
                &columns[0],
                &columns[1],
                rounded,
                rows,
                |one, other, rounded| {
                    let months = months_between(zone.to_local(one), zone.to_local(other));
                    Ok(Some(if rounded {
                        (months * 1e8 + 0.5).floor() / 1e8
                    } else {
                        months
                    }))
                },
            )
        },
    ))
}

/// Months from `other` to `one`, both wall-clock times.
fn months_between(one: i64, other: i64) -> f64 {
    let split = |micros: i64| {
        let date = calendar::date_of(calendar::day_of(micros));
        let is_last = date.day == calendar::days_in_month(date.year, date.month);
        let seconds = micros.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
        let months = i64::from(date.year) * 12 + i64::from(date.month);
        (months, i64::from(date.day), is_last, seconds)
    };
    let (months1, day1, is_last1, seconds1) = split(one);
    let (months2, day2, is_last2, seconds2) = split(other);
    let months = (months1 - months2) as f64;
    if day1 == day2 || (is_last1 && is_last2) {
        return months;
    }
    let seconds = (day1 - day2) * SECONDS_PER_DAY + seconds1 - seconds2;
    months + seconds as f64 / (31 * SECONDS_PER_DAY) as f64
}

fn bind_last_day(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE])?;
    Ok(binding(arguments, types, DataType::Date, |columns, _| {
        Ok(map_values::<Date32Type, Date32Type>(&columns[0], |days| {
            let date = calendar::date_of(days);
            let length = calendar::days_in_month(date.year, date.month);
            days.saturating_add((length - date.day) as i32)
        }))
    }))
}

fn bind_next_day(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE, Expected::STRING])?;
    let ansi = context.config.ansi();
    Ok(
        binding(arguments, types, DataType::Date, move |columns, rows| {
            try_map2::<Date32Type, Text, Date32Type>(
                &columns[0],
                &columns[1],
                rows,
                |days, name| match weekday_of(name) {
                    Some(wanted) => {
                        let ahead = (wanted + 6 - calendar::weekday(days)) % 7 + 1;
                        Ok(Some(days.wrapping_add(ahead as i32)))
                    }
                    None if ansi => Err(Error::new(&ILLEGAL_DAY_OF_WEEK, [("string", name)])),
                    None => Ok(None),
                },
            )
        })
        .nullable(),
    )
}

/// Monday is 0.
fn weekday_of(name: &str) -> Option<u32> {
    const NAMES: [&str; 7] = [
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
    ];
    let name = name.trim().to_uppercase();
    let fits = |full: &&str| name == **full || name == full[..2] || name == full[..3];
    NAMES.iter().position(fits).map(|index| index as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_between_days() {
        let at = |y, m, d, seconds: i64| {
            i64::from(calendar::days_of(y, m, d).unwrap()) * MICROS_PER_DAY
                + seconds * MICROS_PER_SECOND
        };
        let half_past_ten = 10 * 3600 + 1800;
        let months = months_between(at(1997, 2, 28, half_past_ten), at(1996, 10, 30, 0));
        assert_eq!(months, 3.9495967741935485);
        assert_eq!(months_between(at(2020, 2, 29, 5), at(2020, 1, 31, 7)), 1.0);
        assert_eq!(weekday_of("tu"), Some(1));
        assert_eq!(weekday_of("Sun"), Some(6));
        assert_eq!(weekday_of("xx"), None);
    }
}
