//! Windows of time: `window`, `session_window` and `window_time`.
//!
//! The analyzer turns the first two into columns below the operator that uses them, since an event may lie in
//! several windows and sessions depend on other rows (`analyzer/time_window.rs`). What it computes for one
//! row is here, as `time_window`: the window of a given number, counted back from the last that has begun.

use super::datetime;
use crate::error::{Error, Result};
use crate::functions::bind::Binding;
use crate::functions::scalar::{Arity, Form, ScalarFunction, SpecialForm, make_struct};
use crate::functions::signature::{ScalarBinding, binding};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::types::{DataType, StructField, StructType, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StructArray};
use arrow::datatypes::{DataType as ArrowType, TimestampMicrosecondType};
use std::sync::Arc;

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        form: Form::Special(SpecialForm::TimeWindow),
        ..datetime("window", "2.0.0", Arity::OneOf(&[2, 3, 4]), bind_time_window,
            "_FUNC_(time, duration[, slide[, start]]) - The window of time that `time` lies in, as a struct of \
             `start` and `end`; several rows where windows overlap, which they do if `slide` is shorter than \
             `duration`. Windows begin at multiples of `slide`, shifted by `start`.",
            &[])
    },
    ScalarFunction {
        form: Form::Special(SpecialForm::SessionWindow),
        ..datetime("session_window", "3.2.0", Arity::Exact(2), bind_time_window,
            "_FUNC_(time, gap) - The session that `time` lies in, as a struct of `start` and `end`: it ends when \
             no event has come for the duration `gap`.",
            &[])
    },
    ScalarFunction {
        form: Form::Special(SpecialForm::WindowTime),
        ..datetime("window_time", "3.4.0", Arity::Exact(1), bind_time_window,
            "_FUNC_(window) - The last moment of a window of time.",
            &[])
    },
    datetime("time_window", "2.0.0", Arity::Exact(5), bind_time_window,
        "_FUNC_(time, duration, slide, start, number) - The window of time of that number that `time` may lie \
         in, counted back from 0; durations are in microseconds.",
        &[]),
    datetime("make_window", "3.2.0", Arity::Exact(2), bind_make_window,
        "_FUNC_(start, end) - The window of time from `start` to before `end`.", &[]),
];

/// The type of a window over times of a type.
pub fn window_type(time: &DataType) -> DataType {
    let field = |name: &str| StructField::new(name, time.clone(), true);
    DataType::Struct(StructType::new([field("start"), field("end")]))
}

fn bind_make_window(_: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let returns = window_type(&types[0]);
    let DataType::Struct(schema) = &returns else {
        return Err(Error::internal("a window is a struct"));
    };
    let kernel = make_struct(schema);
    Ok(Binding {
        arguments: types,
        returns,
        nullable: false,
        kernel,
    })
}

fn bind_time_window(_: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let constant = |index: usize| {
        let value = arguments
            .get(index)
            .and_then(|a| a.constant.as_ref()?.as_i64());
        value.ok_or_else(|| Error::internal("a window's durations are settled by the analyzer"))
    };
    let (duration, slide, start, number) = (constant(1)?, constant(2)?, constant(3)?, constant(4)?);
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let returns = window_type(&types[0]);
    let ArrowType::Struct(fields) = arrow_type(&returns) else {
        return Err(Error::internal("a window is a struct"));
    };
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let rows = rows_to_compute(&[&columns[0]], rows);
        let times = columns[0].values();
        let times = times
            .as_primitive_opt::<TimestampMicrosecondType>()
            .ok_or_else(|| Error::internal("a window over no timestamps"))?;
        let begin = |time: i64| {
            let since = time.wrapping_sub(start).rem_euclid(slide);
            time.wrapping_sub(since)
                .wrapping_sub(number.wrapping_mul(slide))
        };
        let starts: PrimitiveArray<TimestampMicrosecondType> = times.unary(begin);
        let ends: PrimitiveArray<TimestampMicrosecondType> =
            times.unary(|time| begin(time).wrapping_add(duration));
        let parts = [starts, ends]
            .into_iter()
            .zip(fields.iter())
            .map(|(part, field)| {
                Arc::new(part.with_data_type(field.data_type().clone())) as ArrayRef
            });
        let windows = StructArray::try_new_with_length(
            fields.clone(),
            parts.collect(),
            times.nulls().cloned(),
            rows,
        )?;
        Ok(column_of(&[&columns[0]], Arc::new(windows)))
    }))
}
