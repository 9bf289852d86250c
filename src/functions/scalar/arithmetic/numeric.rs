//! `+ - * / % div pmod` of two numbers.
//!
//! The types are settled in Spark's order: a string beside something else becomes a number; an integer
//! beside a decimal becomes a decimal, a literal one with the digits it has; a decimal beside floating point
//! becomes DOUBLE; else both become the wider type. `/` then divides doubles, `div` BIGINTs. Decimals are not
//! brought to one scale: the kernel takes them as they are.

use super::{failure_mode, integer_literal};
use crate::error::{Error, Result};
use crate::functions::scalar::EvalContext;
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, operands_differ, operands_of_wrong_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::arithmetic::decimal::{decimal, digits};
use crate::kernel::arithmetic::{
    FailureMode, Operator, floating, integer, integral_divide, positive_remainder,
};
use crate::kernel::cast::{Cast, Mode};
use crate::types::DataType;
use crate::types::coercion::{self, Expected};

/// What an operator takes once its operands have met.
fn accepted(op: Operator) -> Expected {
    const DECIMAL: Expected = Expected::Decimal;
    match op {
        Operator::Add | Operator::Subtract => Expected::NUMERIC_OR_INTERVAL,
        Operator::Multiply | Operator::Remainder | Operator::PositiveRemainder => Expected::Numeric,
        Operator::Divide => Expected::OneOf(&[Expected::DOUBLE, DECIMAL]),
        Operator::IntegralDivide => Expected::OneOf(&[
            Expected::BIGINT,
            DECIMAL,
            Expected::YearMonthInterval,
            Expected::DayTimeInterval,
        ]),
    }
}

pub(super) fn bind(
    op: Operator,
    tolerant: bool,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let (left, right) = operand_types(op, context, arguments)?;
    let mode = failure_mode(context, tolerant);
    if tolerant
        && arguments
            .iter()
            .any(|argument| argument.data_type.is_string())
    {
        return bind_tolerant_of_text(op, context, arguments, [left, right]);
    }
    let divides = !matches!(op, Operator::Add | Operator::Subtract | Operator::Multiply);
    let decimals = left.is_decimal() && right.is_decimal();
    let nullable = divides || tolerant || (decimals && mode != FailureMode::Raise);
    let types = vec![left.clone(), right.clone()];
    let bound = if decimals {
        let loss = context.config.allow_precision_loss();
        let returns = coercion::decimal::result_type(op, digits(&left)?, digits(&right)?, loss);
        let result = match op {
            Operator::IntegralDivide => DataType::Long,
            _ => returns.clone(),
        };
        binding(arguments, types, result, move |args, rows| {
            decimal(
                op,
                (&left, &right),
                &returns,
                (&args[0], &args[1]),
                rows,
                mode,
            )
        })
    } else {
        binding(arguments, types, left.clone(), move |args, rows| {
            let sides = (&args[0], &args[1]);
            match (op, &left) {
                (Operator::IntegralDivide, _) => integral_divide(sides, rows, mode),
                (Operator::PositiveRemainder, _) => positive_remainder(&left, sides, rows, mode),
                (_, DataType::Float | DataType::Double) => floating(op, &left, sides, rows, mode),
                _ => integer(op, &left, sides, rows, mode),
            }
        })
    };
    Ok(bound.nullable_if(nullable))
}

/// A `try_` function of a string: one that is no number gives NULL, so it is cast inside.
fn bind_tolerant_of_text(
    op: Operator,
    context: &BindContext,
    arguments: &[BoundArgument],
    types: [DataType; 2],
) -> Result<ScalarBinding> {
    let mut numbers = arguments.to_vec();
    let mut casts = Vec::with_capacity(2);
    for (argument, to) in numbers.iter_mut().zip(&types) {
        let from = std::mem::replace(&mut argument.data_type, to.clone());
        casts.push(Cast::new(&from, to, Mode::Try, context.config)?);
        argument.constant = None;
    }
    let bound = bind(op, true, context, &numbers)?;
    let kernel = bound.kernel;
    let given = arguments
        .iter()
        .map(|argument| argument.data_type.clone())
        .collect();
    let bound = binding(arguments, given, bound.returns, move |args, rows| {
        let numbers: Vec<Column> = (args.iter().zip(&casts))
            .map(|(column, cast)| cast.eval(column, rows))
            .collect::<Result<_>>()?;
        kernel.eval(&numbers, rows, &EvalContext::default())
    });
    Ok(bound.nullable())
}

/// The types the operands are cast to: the same, unless both are decimals.
fn operand_types(
    op: Operator,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<(DataType, DataType)> {
    let [left, right] = arguments else {
        return Err(Error::internal("an operator has two operands"));
    };
    let ansi = context.config.ansi();
    let accepted = accepted(op);
    let (mut l, mut r) = (left.data_type.clone(), right.data_type.clone());
    if l.is_string() != r.is_string() || (l.is_string() && !ansi) {
        (l, r) = without_strings(l, r, ansi);
    }
    if l.is_decimal() != r.is_decimal() {
        (l, r) = beside_decimal((left, l), (right, r));
    }
    if op == Operator::IntegralDivide {
        l = long_for_integer(l);
        r = long_for_integer(r);
    }
    if !(l.is_decimal() && r.is_decimal()) && l != r {
        let number_or_null = |t: &DataType| t.is_numeric() || *t == DataType::Null;
        // NULL / decimal is a DOUBLE, decimal / NULL is not.
        let division = op == Operator::Divide && number_or_null(&l) && number_or_null(&r);
        let met = match (division, &l) {
            (true, DataType::Null) => Some(DataType::Double),
            _ => coercion::tightest_common_type(&l, &r, ansi),
        };
        match met.filter(|met| division || accepted.accepts(met)) {
            Some(met) => (l, r) = (met.clone(), met),
            None => return Err(operands_differ(context, &l, &r)),
        }
    }
    if l == DataType::Null {
        let both = accepted.default_type();
        return Ok((both.clone(), both));
    }
    if op == Operator::Divide && l.is_numeric() && !l.is_decimal() {
        return Ok((DataType::Double, DataType::Double));
    }
    if !accepted.accepts(&l) || !(l.is_numeric()) {
        return Err(operands_of_wrong_type(context, &accepted.sql(), &l));
    }
    Ok((l, r))
}

/// A string beside another type: in ANSI mode it becomes a number as wide as can be (and takes the other
/// number with it), in legacy mode a DOUBLE.
fn without_strings(l: DataType, r: DataType, ansi: bool) -> (DataType, DataType) {
    if !ansi {
        let interval = |t: &DataType| t.is_ansi_interval() || *t == DataType::CalendarInterval;
        let double = |t: DataType, other: &DataType| match t.is_string() && !interval(other) {
            true => DataType::Double,
            false => t,
        };
        let (left, right) = (double(l.clone(), &r), double(r, &l));
        return (left, right);
    }
    match coercion::comparison_type(&l, &r, true) {
        Some(met) if !met.is_string() => (met.clone(), met),
        _ => (l, r),
    }
}

/// One decimal: the other side becomes a decimal, or both DOUBLE beside floating point.
fn beside_decimal(
    (left, l): (&BoundArgument, DataType),
    (right, r): (&BoundArgument, DataType),
) -> (DataType, DataType) {
    let other = if l.is_decimal() { &r } else { &l };
    if matches!(other, DataType::Float | DataType::Double) {
        return (DataType::Double, DataType::Double);
    }
    let decimal = |argument: &BoundArgument, t: DataType| {
        if t.is_integral() {
            integer_literal(argument).unwrap_or_else(|| coercion::decimal::for_type(&t))
        } else {
            t
        }
    };
    (decimal(left, l), decimal(right, r))
}

fn long_for_integer(t: DataType) -> DataType {
    if t.is_integral() { DataType::Long } else { t }
}
