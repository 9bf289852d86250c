//! Unary minus and plus, `abs`.

use super::failure_mode;
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::arithmetic::{self, FailureMode, overflow_error};
use crate::kernel::lift::try_map1;
use crate::kernel::temporal::calendar_negated;
use crate::kernel::value::{calendar_from_arrow, calendar_to_arrow};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{DurationMicrosecondType, IntervalMonthDayNanoType, IntervalYearMonthType};

pub(super) fn bind_plus(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::NUMERIC_OR_INTERVAL])?;
    let returns = types.first().cloned().unwrap_or(DataType::Double);
    Ok(binding(arguments, types, returns, |args, _| {
        Ok(args[0].clone())
    }))
}

pub(super) fn bind_minus(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    bind(context, arguments, Sign::Minus)
}

pub(super) fn bind_abs(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    bind(context, arguments, Sign::Absolute)
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Minus,
    Absolute,
}

fn bind(context: &BindContext, arguments: &[BoundArgument], sign: Sign) -> Result<ScalarBinding> {
    const NUMERIC_OR_ANSI_INTERVAL: Expected = Expected::OneOf(&[
        Expected::Numeric,
        Expected::DayTimeInterval,
        Expected::YearMonthInterval,
    ]);
    let expected = match sign {
        Sign::Minus => Expected::NUMERIC_OR_INTERVAL,
        Sign::Absolute => NUMERIC_OR_ANSI_INTERVAL,
    };
    let types = cast_arguments(context, arguments, &[expected])?;
    let mode = failure_mode(context, false);
    let data_type = types.first().cloned().unwrap_or(DataType::Double);
    Ok(binding(
        arguments,
        types,
        data_type.clone(),
        move |args, rows| apply(&data_type, &args[0], rows, sign, mode),
    ))
}

fn apply(
    data_type: &DataType,
    column: &Column,
    rows: usize,
    sign: Sign,
    mode: FailureMode,
) -> Result<Column> {
    // Intervals overflow with an error in any mode.
    let overflow = || match sign {
        Sign::Minus => Error::of(&conditions::INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION),
        Sign::Absolute => overflow_error("overflow", None),
    };
    match data_type {
        DataType::Decimal { .. } if sign == Sign::Minus => {
            arithmetic::decimal::negate(data_type, column)
        }
        DataType::Decimal { .. } => arithmetic::decimal::absolute(data_type, column),
        DataType::YearMonthInterval { .. } => {
            type Months = IntervalYearMonthType;
            try_map1::<Months, Months>(column, rows, |months| {
                let out = if sign == Sign::Absolute && months >= 0 {
                    Some(months)
                } else {
                    months.checked_neg()
                };
                out.map(Some).ok_or_else(overflow)
            })
        }
        DataType::DayTimeInterval { .. } => {
            type Micros = DurationMicrosecondType;
            try_map1::<Micros, Micros>(column, rows, |micros| {
                let out = if sign == Sign::Absolute && micros >= 0 {
                    Some(micros)
                } else {
                    micros.checked_neg()
                };
                out.map(Some).ok_or_else(overflow)
            })
        }
        DataType::CalendarInterval => {
            type Calendar = IntervalMonthDayNanoType;
            try_map1::<Calendar, Calendar>(column, rows, |interval| {
                let negated = calendar_negated(calendar_from_arrow(interval));
                (negated.map(|interval| Some(calendar_to_arrow(interval))))
                    .ok_or_else(|| overflow_error("overflow", None))
            })
        }
        _ if sign == Sign::Minus => arithmetic::negate(data_type, column, mode),
        _ => arithmetic::absolute(data_type, column, mode),
    }
}
