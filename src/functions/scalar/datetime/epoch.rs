//! Numbers counted from 1970-01-01: `timestamp_seconds`, `unix_micros`, `date_from_unix_date`.

use super::{datetime, map_values};
use crate::error::conditions::DATETIME_OVERFLOW;
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, ScalarFunction};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, expect_arguments,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::MICROS_PER_SECOND;
use crate::kernel::lift::{try_map1, typed};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};

const ONE: Arity = Arity::Exact(1);

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime("timestamp_seconds", "3.1.0", ONE, bind_seconds,
        "_FUNC_(seconds) - The timestamp so many seconds, whole or not, after 1970-01-01 00:00:00 UTC.",
        &[("timestamp_seconds(1230219000)", "2008-12-25 07:30:00"), ("timestamp_seconds(1230219000.123)", "2008-12-25 07:30:00.123")]),
    datetime("timestamp_millis", "3.1.0", ONE, |c, a| bind_whole(c, a, 1000, "milliseconds"),
        "_FUNC_(milliseconds) - The timestamp so many milliseconds after 1970-01-01 00:00:00 UTC.",
        &[("timestamp_millis(1230219000123)", "2008-12-25 07:30:00.123")]),
    datetime("timestamp_micros", "3.1.0", ONE, |c, a| bind_whole(c, a, 1, "microseconds"),
        "_FUNC_(microseconds) - The timestamp so many microseconds after 1970-01-01 00:00:00 UTC.",
        &[("timestamp_micros(1230219000123123)", "2008-12-25 07:30:00.123123")]),
    datetime("unix_seconds", "3.1.0", ONE, |c, a| bind_unix(c, a, MICROS_PER_SECOND),
        "_FUNC_(timestamp) - Whole seconds since 1970-01-01 00:00:00 UTC.",
        &[("unix_seconds(TIMESTAMP('1970-01-01 00:00:01Z'))", "1")]),
    datetime("unix_millis", "3.1.0", ONE, |c, a| bind_unix(c, a, 1000),
        "_FUNC_(timestamp) - Whole milliseconds since 1970-01-01 00:00:00 UTC.",
        &[("unix_millis(TIMESTAMP('1970-01-01 00:00:01Z'))", "1000")]),
    datetime("unix_micros", "3.1.0", ONE, |c, a| bind_unix(c, a, 1),
        "_FUNC_(timestamp) - Microseconds since 1970-01-01 00:00:00 UTC.",
        &[("unix_micros(TIMESTAMP('1970-01-01 00:00:01Z'))", "1000000")]),
    datetime("unix_date", "3.1.0", ONE, bind_unix_date,
        "_FUNC_(date) - Days since 1970-01-01.",
        &[("unix_date(DATE('1970-01-02'))", "1")]),
    datetime("date_from_unix_date", "3.1.0", ONE, bind_from_unix_date,
        "_FUNC_(days) - The date so many days after 1970-01-01.",
        &[("date_from_unix_date(1)", "1970-01-02")]),
];

#[cold]
fn overflow(number: &str, unit: &str) -> Error {
    let operation = format!("create a TIMESTAMP from {number} {unit} since the epoch");
    Error::new(&DATETIME_OVERFLOW, [("operation", operation)])
}

/// The same values in another Arrow type.
fn widened(column: &Column, to: &ArrowType) -> Result<Column> {
    let cast = |array: &ArrayRef| -> Result<ArrayRef> { Ok(cast(array, to)?) };
    Ok(match column {
        Column::Array(array) => Column::Array(cast(array)?),
        Column::Constant(array) => Column::Constant(cast(array)?),
    })
}

fn bind_seconds(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::Numeric])?;
    let of = types[0].clone();
    let is_float = matches!(of, DataType::Float | DataType::Double);
    let kernel = move |columns: &[Column], rows: usize| {
        let micros = match &of {
            DataType::Decimal { precision, scale } => {
                let wide = ArrowType::Decimal128(*precision, *scale);
                from_decimals(&widened(&columns[0], &wide)?, *scale, rows)?
            }
            DataType::Float | DataType::Double => {
                let seconds = widened(&columns[0], &ArrowType::Float64)?;
                try_map1::<Float64Type, TimestampMicrosecondType>(&seconds, rows, |seconds| {
                    let micros = seconds * MICROS_PER_SECOND as f64;
                    Ok(micros.is_finite().then_some(micros as i64))
                })?
            }
            _ => {
                let seconds = widened(&columns[0], &ArrowType::Int64)?;
                from_whole(&seconds, MICROS_PER_SECOND, "seconds", rows)?
            }
        };
        typed(micros, &DataType::Timestamp)
    };
    Ok(binding(arguments, types, DataType::Timestamp, kernel).nullable_if(is_float))
}

fn from_decimals(seconds: &Column, scale: i8, rows: usize) -> Result<Column> {
    let shift = 6 - i32::from(scale);
    try_map1::<Decimal128Type, TimestampMicrosecondType>(seconds, rows, |unscaled| {
        let power = 10i128.pow(shift.unsigned_abs());
        let micros = if shift >= 0 {
            unscaled.checked_mul(power)
        } else {
            // Finer than microseconds is more than a TIMESTAMP can say.
            (unscaled % power == 0).then_some(unscaled / power)
        };
        let micros = micros.and_then(|micros| i64::try_from(micros).ok());
        micros
            .map(Some)
            .ok_or_else(|| overflow(&format!("{unscaled}e-{scale}"), "seconds"))
    })
}

fn from_whole(numbers: &Column, scale: i64, unit: &str, rows: usize) -> Result<Column> {
    try_map1::<Int64Type, TimestampMicrosecondType>(numbers, rows, |number| {
        let micros = number.checked_mul(scale);
        micros
            .map(Some)
            .ok_or_else(|| overflow(&format!("{number}L"), unit))
    })
}

fn bind_whole(
    context: &BindContext,
    arguments: &[BoundArgument],
    scale: i64,
    unit: &'static str,
) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::Integral])?;
    Ok(binding(
        arguments,
        types,
        DataType::Timestamp,
        move |columns, rows| {
            let numbers = widened(&columns[0], &ArrowType::Int64)?;
            typed(
                from_whole(&numbers, scale, unit, rows)?,
                &DataType::Timestamp,
            )
        },
    ))
}

fn bind_unix(
    context: &BindContext,
    arguments: &[BoundArgument],
    scale: i64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::TIMESTAMP])?;
    Ok(binding(
        arguments,
        types,
        DataType::Long,
        move |columns, _| {
            Ok(map_values::<TimestampMicrosecondType, Int64Type>(
                &columns[0],
                |micros| micros.div_euclid(scale),
            ))
        },
    ))
}

fn bind_unix_date(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DATE])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, _| {
            Ok(map_values::<Date32Type, Int32Type>(&columns[0], |days| {
                days
            }))
        },
    ))
}

fn bind_from_unix_date(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT])?;
    Ok(binding(arguments, types, DataType::Date, |columns, _| {
        Ok(map_values::<Int32Type, Date32Type>(&columns[0], |days| {
            days
        }))
    }))
}
