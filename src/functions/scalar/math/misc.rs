//! `factorial`, `sign`, `width_bucket`.

use crate::error::Result;
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Rows, Write, column_of, map1, rows_to_compute, try_map1, union_nulls};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{
    DurationMicrosecondType, Float64Type, Int32Type, Int64Type, IntervalYearMonthType,
};

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "factorial",
        "math_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_factorial,
        "_FUNC_(n) - Returns the product of the numbers from 1 to n; NULL unless n is 0 to 20.",
        &[("factorial(5)", "120"), ("factorial(21)", "NULL")],
    ),
    ScalarFunction {
        aliases: &["signum"],
        display: Display::Custom(|name, arguments| {
            let name = if name == "signum" { "SIGNUM" } else { "sign" };
            format!("{name}({})", arguments.join(", "))
        }),
        ..entry(
            "sign",
            "math_funcs",
            "1.4.0",
            Arity::Exact(1),
            bind_sign,
            "_FUNC_(a) - Returns -1.0, 0.0 or 1.0 as a number or interval is negative, zero or positive.",
            &[("sign(40)", "1.0"), ("sign(INTERVAL -'100' YEAR)", "-1.0")],
        )
    },
    entry(
        "width_bucket",
        "math_funcs",
        "3.1.0",
        Arity::Exact(4),
        bind_width_bucket,
        "_FUNC_(value, min, max, n) - Returns which of n buckets of equal width between min and max the value falls into; 0 and n + 1 are before and behind.",
        &[
            ("width_bucket(5.3, 0.2, 10.6, 5)", "3"),
            ("width_bucket(-0.9, 5.2, 0.5, 2)", "3"),
        ],
    ),
];

fn bind_factorial(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT])?;
    let bound = binding(arguments, types, DataType::Long, |args, rows| {
        try_map1::<Int32Type, Int64Type>(&args[0], rows, |n| {
            Ok((0..=20).contains(&n).then(|| (1..=i64::from(n)).product()))
        })
    });
    Ok(bound.nullable())
}

fn bind_sign(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const EXPECTED: Expected = Expected::OneOf(&[
        Expected::DOUBLE,
        Expected::YearMonthInterval,
        Expected::DayTimeInterval,
    ]);
    let types = cast_arguments(context, arguments, &[EXPECTED])?;
    let from = types[0].clone();
    Ok(binding(
        arguments,
        types,
        DataType::Double,
        move |args, rows| match from {
            DataType::YearMonthInterval { .. } => {
                map1::<IntervalYearMonthType, Float64Type>(&args[0], rows, |v| {
                    f64::from(v.signum())
                })
            }
            DataType::DayTimeInterval { .. } => {
                map1::<DurationMicrosecondType, Float64Type>(&args[0], rows, |v| v.signum() as f64)
            }
            // A zero keeps its sign, and NaN stays.
            _ => map1::<Float64Type, Float64Type>(&args[0], rows, |v| {
                if v == 0.0 || v.is_nan() {
                    v
                } else {
                    v.signum()
                }
            }),
        },
    ))
}

fn bind_width_bucket(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const EXPECTED: Expected = Expected::OneOf(&[
        Expected::DOUBLE,
        Expected::YearMonthInterval,
        Expected::DayTimeInterval,
    ]);
    let value = cast_arguments(context, &arguments[..1], &[EXPECTED])?[0].clone();
    let bounds = match value {
        DataType::YearMonthInterval { .. } => Expected::YearMonthInterval,
        DataType::DayTimeInterval { .. } => Expected::DayTimeInterval,
        _ => Expected::DOUBLE,
    };
    let expected = [EXPECTED, bounds.clone(), bounds, Expected::BIGINT];
    let types = cast_arguments(context, arguments, &expected)?;
    let bound = binding(arguments, types, DataType::Long, move |args, rows| {
        let as_double = |column: &Column| match value {
            DataType::YearMonthInterval { .. } => {
                map1::<IntervalYearMonthType, Float64Type>(column, rows, f64::from)
            }
            DataType::DayTimeInterval { .. } => {
                map1::<DurationMicrosecondType, Float64Type>(column, rows, |v| v as f64)
            }
            _ => Ok(column.clone()),
        };
        let (value, min, max) = (
            as_double(&args[0])?,
            as_double(&args[1])?,
            as_double(&args[2])?,
        );
        let columns = [&value, &min, &max, &args[3]];
        let rows = rows_to_compute(&columns, rows);
        let nulls = union_nulls(&columns, rows);
        let value = Rows::<Float64Type>::new(&value)?;
        let min = Rows::<Float64Type>::new(&min)?;
        let max = Rows::<Float64Type>::new(&max)?;
        let buckets = Rows::<Int64Type>::new(&args[3])?;
        let mut builder = <Int64Type as Write>::builder(rows);
        for row in 0..rows {
            let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
            let bucket = || {
                width_bucket(
                    value.value(row),
                    min.value(row),
                    max.value(row),
                    buckets.value(row),
                )
            };
            builder.append_option(if valid { bucket() } else { None });
        }
        Ok(column_of(&columns, <Int64Type as Write>::finish(builder)))
    });
    Ok(bound.nullable())
}

fn width_bucket(value: f64, min: f64, max: f64, buckets: i64) -> Option<i64> {
    let defined = buckets > 0
        && buckets < i64::MAX
        && !value.is_nan()
        && min.is_finite()
        && max.is_finite()
        && min != max;
    if !defined {
        return None;
    }
    // A range from high to low is counted downwards.
    let (from_start, width) = if min < max {
        (value - min, max - min)
    } else {
        (min - value, min - max)
    };
    Some(if from_start < 0.0 {
        0
    } else if from_start >= width {
        buckets + 1
    } else {
        (buckets as f64 * from_start / width) as i64 + 1
    })
}
