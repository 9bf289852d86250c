//! Intervals from their fields: `make_interval`, `make_dt_interval`, `make_ym_interval`.

use super::{datetime, overflow};
use crate::error::conditions::INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION as INTERVAL_OVERFLOW;
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};
use crate::kernel::lift::{Rows, column_of, rows_to_compute};
use crate::kernel::value::calendar_to_arrow;
use crate::types::coercion::Expected;
use crate::types::{CalendarInterval, DataType};
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, DurationMicrosecondBuilder, IntervalMonthDayNanoBuilder,
    IntervalYearMonthBuilder, PrimitiveBuilder,
};
use arrow::datatypes::{Decimal64Type, Int32Type};
use std::sync::Arc;

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_zeros(name, arguments, 7, true)),
        ..datetime("make_interval", "3.0.0", Arity::OneOf(&[0, 1, 2, 3, 4, 5, 6, 7]), |c, a| bind_calendar(c, a, false),
            "_FUNC_([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - The legacy INTERVAL of these \
             fields, 0 if missing.",
            &[("make_interval(100, 11, 1, 1, 12, 30, 01.001001)", "100 years 11 months 8 days 12 hours 30 minutes 1.001001 seconds"), ("make_interval(100, null, 3)", "NULL")])
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_zeros(name, arguments, 7, true)),
        ..datetime("try_make_interval", "4.0.0", Arity::OneOf(&[0, 1, 2, 3, 4, 5, 6, 7]), |c, a| bind_calendar(c, a, true),
            "_FUNC_([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - Like make_interval, but NULL \
             for what does not fit.",
            &[("try_make_interval(2147483647)", "NULL")])
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_zeros(name, arguments, 4, true)),
        ..datetime("make_dt_interval", "3.2.0", Arity::OneOf(&[0, 1, 2, 3, 4]), bind_day_time,
            "_FUNC_([days[, hours[, mins[, secs]]]]) - The INTERVAL DAY TO SECOND of these fields, 0 if missing.",
            &[("make_dt_interval(1, 12, 30, 01.001001)", "1 12:30:01.001001000"), ("make_dt_interval(100, null, 3)", "NULL")])
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_zeros(name, arguments, 2, false)),
        ..datetime("make_ym_interval", "3.2.0", Arity::OneOf(&[0, 1, 2]), bind_year_month,
            "_FUNC_([years[, months]]) - The INTERVAL YEAR TO MONTH of these fields, 0 if missing.",
            &[("make_ym_interval(1, 2)", "1-2"), ("make_ym_interval(-1, 1)", "-0-11")])
    },
];

/// Missing arguments are printed as the zeros they are.
fn with_zeros(name: &str, arguments: &[&str], count: usize, seconds: bool) -> String {
    let zero = |index: usize| {
        if seconds && index + 1 == count {
            "0.000000"
        } else {
            "0"
        }
    };
    let shown: Vec<&str> = (0..count)
        .map(|index| arguments.get(index).copied().unwrap_or_else(|| zero(index)))
        .collect();
    format!("{name}({})", shown.join(", "))
}

/// Seconds with microseconds, as Spark takes them.
const SECONDS: DataType = DataType::Decimal {
    precision: 18,
    scale: 6,
};

/// Integers, and seconds in the last of `count` places.
fn field_types(
    context: &BindContext,
    arguments: &[BoundArgument],
    count: usize,
) -> Result<Vec<DataType>> {
    let mut expected = vec![Expected::INT; count - 1];
    expected.push(Expected::Exact(SECONDS));
    cast_arguments(context, arguments, &expected)
}

/// Calls `make` with the fields of every row, missing ones as 0; the last of `count` is in microseconds if
/// `seconds`.
fn from_fields<O: ArrowPrimitiveType>(
    columns: &[Column],
    rows: usize,
    count: usize,
    seconds: bool,
    mut builder: PrimitiveBuilder<O>,
    make: impl Fn(&[i64]) -> Result<Option<O::Native>>,
) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = if all.is_empty() {
        1
    } else {
        rows_to_compute(&all, rows)
    };
    let whole = columns.len().min(if seconds { count - 1 } else { count });
    let fields = (columns[..whole].iter())
        .map(Rows::<Int32Type>::new)
        .collect::<Result<Vec<_>>>()?;
    let last = (columns.get(whole))
        .map(Rows::<Decimal64Type>::new)
        .transpose()?;
    let mut values = vec![0i64; count];
    'rows: for row in 0..rows {
        for (field, value) in fields.iter().zip(&mut values) {
            let Some(number) = field.get(row) else {
                builder.append_null();
                continue 'rows;
            };
            *value = i64::from(number);
        }
        if let Some(last) = &last {
            let Some(micros) = last.get(row) else {
                builder.append_null();
                continue;
            };
            values[count - 1] = micros;
        }
        builder.append_option(make(&values)?);
    }
    let array: ArrayRef = Arc::new(builder.finish());
    Ok(if all.is_empty() {
        Column::Constant(array)
    } else {
        column_of(&all, array)
    })
}

fn calendar(fields: &[i64]) -> Option<CalendarInterval> {
    let [years, months, weeks, days, hours, minutes, micros] = *fields else {
        return None;
    };
    let time = (hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE).checked_add(micros)?;
    // What Arrow keeps are nanoseconds.
    time.checked_mul(1000)?;
    Some(CalendarInterval {
        months: i32::try_from(years * 12 + months).ok()?,
        days: i32::try_from(weeks * 7 + days).ok()?,
        microseconds: time,
    })
}

fn bind_calendar(
    context: &BindContext,
    arguments: &[BoundArgument],
    is_try: bool,
) -> Result<ScalarBinding> {
    let types = field_types(context, arguments, 7)?;
    let fails = context.config.ansi() && !is_try;
    Ok(binding(
        arguments,
        types,
        DataType::CalendarInterval,
        move |columns, rows| {
            let builder = IntervalMonthDayNanoBuilder::new();
            from_fields(columns, rows, 7, true, builder, |fields| {
                match calendar(fields) {
                    Some(interval) => Ok(Some(calendar_to_arrow(interval))),
                    None if fails => Err(overflow()),
                    None => Ok(None),
                }
            })
        },
    )
    .nullable_if(!fails))
}

#[cold]
fn interval_overflow() -> Error {
    Error::of(&INTERVAL_OVERFLOW)
}

fn bind_day_time(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = field_types(context, arguments, 4)?;
    Ok(binding(
        arguments,
        types,
        DataType::DAY_TIME,
        |columns, rows| {
            let builder = DurationMicrosecondBuilder::new();
            from_fields(columns, rows, 4, true, builder, |fields| {
                let [days, hours, minutes, micros] = *fields else {
                    return Ok(None);
                };
                (days.checked_mul(MICROS_PER_DAY))
                    .and_then(|total| total.checked_add(hours * MICROS_PER_HOUR))
                    .and_then(|total| total.checked_add(minutes * MICROS_PER_MINUTE))
                    .and_then(|total| total.checked_add(micros))
                    .map(Some)
                    .ok_or_else(interval_overflow)
            })
        },
    ))
}

fn bind_year_month(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT])?;
    Ok(binding(
        arguments,
        types,
        DataType::YEAR_MONTH,
        |columns, rows| {
            let builder = IntervalYearMonthBuilder::new();
            from_fields(columns, rows, 2, false, builder, |fields| {
                let [years, months] = *fields else {
                    return Ok(None);
                };
                i32::try_from(years * 12 + months)
                    .map(Some)
                    .map_err(|_| interval_overflow())
            })
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_add_up() {
        let interval = calendar(&[100, 11, 1, 1, 12, 30, 1_001_001]).unwrap();
        assert_eq!((interval.months, interval.days), (1211, 8));
        assert_eq!(interval.microseconds, 45_001_001_001);
        assert_eq!(calendar(&[i64::from(i32::MAX), 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(
            with_zeros("make_dt_interval", &["2"], 4, true),
            "make_dt_interval(2, 0, 0, 0.000000)"
        );
    }
}
