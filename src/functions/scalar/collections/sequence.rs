//! `sequence`: from a start to a stop by a step, over integers, dates and timestamps.
//!
//! Steps of months, days and microseconds are counted from the start each time (the n-th value is start +
//! n · step), so that months of unequal length do not drift: 31 January, 28 February, 31 March.

use super::super::entry::entry;
use super::super::{Arity, ScalarFunction};
use super::build::{LONGEST_ARRAY, too_long};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{ScalarBinding, binding};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{add_months, day_of};
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::{array_to_value, values_to_array};
use crate::types::coercion::common_type_of;
use crate::types::{CalendarInterval, DataType, DayTimeField, Value};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[entry(
    "sequence",
    "array_funcs",
    "2.4.0",
    Arity::OneOf(&[2, 3]),
    bind_sequence,
    "_FUNC_(start, stop[, step]) - The values from `start` to `stop`, both included, by `step`: integers (by 1 or -1), or dates and timestamps (by an interval, one day or minus one day by default).",
    &[
        ("sequence(1, 5)", "[1,2,3,4,5]"),
        ("sequence(5, 1)", "[5,4,3,2,1]"),
        (
            "sequence(DATE'2018-01-01', DATE'2018-03-01', INTERVAL 1 MONTH)",
            "[2018-01-01,2018-02-01,2018-03-01]",
        ),
    ],
)];

fn is_interval(data_type: &DataType) -> bool {
    data_type.is_ansi_interval() || *data_type == DataType::CalendarInterval
}

fn wrong_types(context: &BindContext) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_SEQUENCE_WRONG_INPUT_TYPES,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("functionName", quote::identifier(context.name)),
            (
                "startType",
                "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\")".to_string(),
            ),
            (
                "stepType",
                "(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")"
                    .to_string(),
            ),
            ("otherStartType", "\"INTEGRAL\"".to_string()),
        ],
    )
}

fn bind_sequence(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let step = arguments.get(2).map(|argument| argument.data_type.clone());
    let interval = step.as_ref().is_some_and(is_interval);
    let meeting = if interval { &arguments[..2] } else { arguments };
    let types: Vec<DataType> = meeting.iter().map(|a| a.data_type.clone()).collect();
    let element =
        common_type_of(&types, context.config.ansi()).ok_or_else(|| wrong_types(context))?;
    let right = match &element {
        t if t.is_integral() => !interval,
        t if t.is_datetime() => interval || step.is_none() || step == Some(DataType::Null),
        _ => false,
    };
    if !right {
        return Err(wrong_types(context));
    }
    let mut types = vec![element.clone(); 2];
    types.extend(step.map(|step| if interval { step } else { element.clone() }));
    let zone = TimeZone::of(context.config.time_zone())?;
    let returns = DataType::array(element.clone(), false);
    let result = returns.clone();
    let step_type = types.get(2).cloned();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let value = |column: &Column, row: usize, data_type: &DataType| {
            array_to_value(column.values(), column.index(row), data_type)
        };
        let mut output = Vec::with_capacity(rows);
        for row in 0..rows {
            let start = value(&columns[0], row, &element)?;
            let stop = value(&columns[1], row, &element)?;
            let step = match (columns.get(2), &step_type) {
                (Some(column), Some(data_type)) => Some(value(column, row, data_type)?),
                _ => None,
            };
            let missing =
                start.is_null() || stop.is_null() || step.as_ref().is_some_and(Value::is_null);
            output.push(if missing {
                Value::Null
            } else {
                Value::Array(sequence(
                    &start,
                    &stop,
                    step.as_ref(),
                    step_type.as_ref(),
                    &zone,
                )?)
            });
        }
        Ok(column_of(&all, values_to_array(&output, &result)?))
    }))
}

fn sequence(
    start: &Value,
    stop: &Value,
    step: Option<&Value>,
    step_type: Option<&DataType>,
    zone: &TimeZone,
) -> Result<Vec<Value>> {
    if let (Some(first), Some(last)) = (start.as_i64(), stop.as_i64()) {
        let default = if first <= last { 1 } else { -1 };
        let step = step.map_or(Some(default), Value::as_i64).unwrap_or(default);
        let same_type = |value: i64| match start {
            Value::Byte(_) => Value::Byte(value as i8),
            Value::Short(_) => Value::Short(value as i16),
            Value::Integer(_) => Value::Integer(value as i32),
            _ => Value::Long(value),
        };
        return Ok(integers(first, last, step)?.map(same_type).collect());
    }
    let micros = |value: &Value| match value {
        Value::Date(days) => Some(i64::from(*days) * MICROS_PER_DAY),
        Value::Timestamp(micros) | Value::TimestampNtz(micros) => Some(*micros),
        _ => None,
    };
    let (Some(first), Some(last)) = (micros(start), micros(stop)) else {
        return Err(Error::internal("a sequence of neither numbers nor times"));
    };
    let days = if first <= last { 1 } else { -1 };
    let step = match step {
        None => CalendarInterval {
            months: 0,
            days,
            microseconds: 0,
        },
        Some(Value::YearMonthInterval(months)) => CalendarInterval {
            months: *months,
            days: 0,
            microseconds: 0,
        },
        Some(Value::DayTimeInterval(micros)) => CalendarInterval {
            months: 0,
            days: (micros / MICROS_PER_DAY) as i32,
            microseconds: micros % MICROS_PER_DAY,
        },
        Some(Value::CalendarInterval(interval)) => *interval,
        Some(_) => return Err(Error::internal("a step that is no interval")),
    };
    let is_date = matches!(start, Value::Date(_));
    if is_date && step.microseconds != 0 {
        let name = match step_type {
            Some(DataType::DayTimeInterval { .. }) => DataType::DayTimeInterval {
                start: DayTimeField::Day,
                end: DayTimeField::Second,
            },
            _ => DataType::CalendarInterval,
        };
        return Err(Error::new(
            &conditions::ILLEGAL_SEQUENCE_STEP,
            [("intervalType", name.simple_string())],
        ));
    }
    let zone = matches!(start, Value::Timestamp(_)).then_some(zone);
    let same_type = |micros: i64| match start {
        Value::Date(_) => Value::Date(day_of(micros)),
        Value::Timestamp(_) => Value::Timestamp(micros),
        _ => Value::TimestampNtz(micros),
    };
    if step.months == 0 && step.days == 0 {
        return Ok(integers(first, last, step.microseconds)?
            .map(same_type)
            .collect());
    }
    // months have 28 days at least, which bounds the number of values
    let least = step.microseconds
        + i64::from(step.days) * MICROS_PER_DAY
        + i64::from(step.months) * 28 * MICROS_PER_DAY;
    check_bounds(first, last, least)?;
    let rising = least > 0;
    let mut values = Vec::new();
    let (mut time, mut count) = (first, 0i64);
    while if rising { time <= last } else { time >= last } {
        values.push(same_type(time));
        count += 1;
        let Some(next) = later(first, &step, count, zone) else {
            break;
        };
        // a step of months and days of opposite signs could stand still
        if next == time {
            break;
        }
        time = next;
    }
    Ok(values)
}

/// `start + count · step`; months and days move the wall clock, microseconds the instant.
fn later(start: i64, step: &CalendarInterval, count: i64, zone: Option<&TimeZone>) -> Option<i64> {
    let local = zone.map_or(start, |zone| zone.to_local(start));
    let day = add_months(
        day_of(local),
        i32::try_from(count * i64::from(step.months)).ok()?,
    )?;
    let day = i64::from(day) + count * i64::from(step.days);
    let local = day
        .checked_mul(MICROS_PER_DAY)?
        .checked_add(local.rem_euclid(MICROS_PER_DAY))?;
    let instant = zone.map_or(local, |zone| zone.to_utc(local));
    instant.checked_add(count.checked_mul(step.microseconds)?)
}

/// The number of values, at most; an error if the step does not lead from start to stop.
fn check_bounds(start: i64, stop: i64, step: i64) -> Result<i64> {
    let leads =
        (step > 0 && start <= stop) || (step < 0 && start >= stop) || (step == 0 && start == stop);
    if !leads {
        return Err(Error::new(
            &conditions::LEGACY_3243,
            [
                ("start", start.to_string()),
                ("stop", stop.to_string()),
                ("step", step.to_string()),
            ],
        ));
    }
    if start == stop {
        return Ok(1);
    }
    let count = (i128::from(stop) - i128::from(start)) / i128::from(step) + 1;
    if count > i128::from(LONGEST_ARRAY) {
        return Err(too_long(
            "sequence",
            "count",
            i64::try_from(count).unwrap_or(i64::MAX),
        ));
    }
    Ok(count as i64)
}

fn integers(start: i64, stop: i64, step: i64) -> Result<impl Iterator<Item = i64>> {
    let count = check_bounds(start, stop, step)?;
    Ok((0..count).map(move |n| start.wrapping_add(n.wrapping_mul(step))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting() {
        let of = |start: i32, stop: i32, step: Option<i32>| {
            let step = step.map(Value::Integer);
            let zone = TimeZone::utc();
            sequence(
                &Value::Integer(start),
                &Value::Integer(stop),
                step.as_ref(),
                None,
                &zone,
            )
        };
        assert_eq!(of(5, 1, None).unwrap().len(), 5);
        assert_eq!(
            of(1, 10, Some(3)).unwrap().last(),
            Some(&Value::Integer(10))
        );
        assert_eq!(of(1, 1, Some(0)).unwrap().len(), 1);
        assert!(of(1, 10, Some(-1)).is_err());
    }

    #[test]
    fn months_do_not_drift() {
        let month = Value::YearMonthInterval(1);
        let (start, stop) = (Value::Date(17562), Value::Date(17682));
        let days = sequence(&start, &stop, Some(&month), None, &TimeZone::utc()).unwrap();
        // 2018-01-31, 02-28, 03-31, 04-30, 05-31
        assert_eq!(days, [17562, 17590, 17621, 17651, 17682].map(Value::Date));
    }
}
