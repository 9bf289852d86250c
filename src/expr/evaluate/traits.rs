//! What lazy evaluation has to know of an expression: whether it can fail, and whether it is cheap.

use crate::expr::{Call, CalledFunction, CastMode, Expr};
use crate::functions::scalar::Volatility;
use crate::types::DataType;
use crate::types::coercion::decimal::{Operator, exact_digits};

/// Functions that give a value for every row, whatever it holds. A function that is missing here is only
/// slower inside AND, OR and CASE.
const TOTAL: &[&str] = &[
    "=",
    "==",
    "<=>",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "like",
    "ilike",
    "startswith",
    "endswith",
    "contains",
    "isnan",
    "upper",
    "lower",
    "length",
    "char_length",
    "octet_length",
    "bit_length",
    "trim",
    "ltrim",
    "rtrim",
    "btrim",
    "substring",
    "left",
    "right",
    "concat",
    "replace",
    "reverse",
    "instr",
    "locate",
    "position",
    "ascii",
    "year",
    "month",
    "day",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "weekofyear",
    "quarter",
    "hour",
    "minute",
    "second",
    "weekday",
    "&",
    "|",
    "^",
    "~",
    "greatest",
    "least",
    "get_struct_field",
    "md5",
    "sha1",
    "hash",
    "xxhash64",
    "ceil",
    "floor",
    "date_trunc",
    "trunc",
    "last_day",
];

/// Total functions that cost about as much as reading their arguments.
pub(super) const CHEAP: &[&str] = &[
    "=", "==", "<=>", "!=", "<>", "<", "<=", ">", ">=", "isnan", "&", "|", "^", "~",
];

/// Whether evaluating can fail, or has effects that other rows must not see.
pub(super) fn is_fallible(expr: &Expr) -> bool {
    expr.any(|node| match node {
        Expr::Call(call) => match &call.function {
            CalledFunction::User(_) => true,
            CalledFunction::BuiltIn(function) => {
                let total = TOTAL.contains(&function.name) || is_exact_arithmetic(call);
                function.volatility == Volatility::Volatile || !total
            }
        },
        Expr::Cast {
            operand, to, mode, ..
        } => *mode == CastMode::Ansi && !is_widening(&operand.data_type(), to),
        Expr::Lambda { .. } => true,
        Expr::Column(_)
        | Expr::Outer(_)
        | Expr::Literal(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::IsNull { .. }
        | Expr::Case { .. }
        | Expr::Coalesce { .. }
        | Expr::In { .. }
        | Expr::ScalarSubquery { .. }
        | Expr::Exists { .. }
        | Expr::InSubquery { .. }
        | Expr::TaskFact(_) => false,
    })
}

/// Precision and scale of a decimal type.
pub(super) fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal { precision, scale } => Some((*precision, *scale)),
        _ => None,
    }
}

/// The operator of a sum, difference or product of decimals, and the precision and scale that every result has room in.
pub(super) fn exact_decimal(call: &Call) -> Option<(Operator, (i32, i32))> {
    let operator = match &call.function {
        CalledFunction::BuiltIn(_) => match call.name() {
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            _ => return None,
        },
        CalledFunction::User(_) => return None,
    };
    let [left, right] = &call.arguments[..] else {
        return None;
    };
    let (left, right) = (digits(&left.data_type())?, digits(&right.data_type())?);
    Some((operator, exact_digits(operator, left, right)?))
}

/// Whether it is a sum, difference or product whose type has room for every result, as that of decimals has unless it would
/// need more digits than there are, and that of floating-point numbers always.
fn is_exact_arithmetic(call: &Call) -> bool {
    if let Some((_, (exact, exact_scale))) = exact_decimal(call) {
        return digits(&call.data_type).is_some_and(|(precision, scale)| {
            exact <= i32::from(precision) && exact_scale == i32::from(scale)
        });
    }
    let is_floating = |expr: &Expr| matches!(expr.data_type(), DataType::Float | DataType::Double);
    matches!(call.name(), "+" | "-" | "*") && call.arguments.iter().all(is_floating)
}

/// Whether sharing it among terms that some rows need and others do not costs little: it cannot fail and is made of
/// arithmetic and comparisons.
pub(super) fn is_cheap_to_share(expr: &Expr) -> bool {
    let is_simple = |node: &Expr| match node {
        Expr::Call(call) => {
            (CHEAP.contains(&call.name()) || is_exact_arithmetic(call))
                && (call.arguments.iter()).all(|argument| is_fixed_width(&argument.data_type()))
        }
        Expr::Cast { operand, to, .. } => {
            is_fixed_width(&operand.data_type()) && is_fixed_width(to)
        }
        Expr::Column(_) | Expr::Literal(_) => true,
        _ => false,
    };
    !expr.any(|node| !is_simple(node)) && !is_fallible(expr)
}

/// Whether it costs about as much as reading its inputs: comparisons and null tests of fixed-width values.
pub(super) fn is_cheap(expr: &Expr) -> bool {
    !expr.any(|node| match node {
        Expr::Call(call) => {
            !CHEAP.contains(&call.name())
                || call
                    .arguments
                    .iter()
                    .any(|a| !is_fixed_width(&a.data_type()))
        }
        Expr::Cast { operand, to, .. } => {
            !is_fixed_width(&operand.data_type()) || !is_fixed_width(to)
        }
        Expr::Column(_)
        | Expr::Outer(_)
        | Expr::Literal(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::IsNull { .. }
        | Expr::Coalesce { .. }
        | Expr::TaskFact(_) => false,
        Expr::In { operand, .. } => !is_fixed_width(&operand.data_type()),
        Expr::Lambda { .. }
        | Expr::Case { .. }
        | Expr::ScalarSubquery { .. }
        | Expr::Exists { .. }
        | Expr::InSubquery { .. } => true,
    })
}

fn is_fixed_width(data_type: &DataType) -> bool {
    data_type.is_atomic() && !data_type.is_string() && *data_type != DataType::Binary
}

/// Whether every value of `from` has one of `to`.
pub(super) fn is_widening(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    let rank = |integral: &DataType| match integral {
        Byte => 1,
        Short => 2,
        Integer => 3,
        Long => 4,
        _ => 0,
    };
    match (from, to) {
        (Null, _) => true,
        (a, b) if a == b => true,
        (a, b) if b.is_string() => a.is_atomic(),
        (a, b) if a.is_integral() && b.is_integral() => rank(a) <= rank(b),
        (a, Float | Double) => a.is_numeric(),
        (
            Decimal {
                precision: p,
                scale: s,
            },
            Decimal {
                precision: q,
                scale: t,
            },
        ) => t >= s && i16::from(*q) - i16::from(*t) >= i16::from(*p) - i16::from(*s),
        (a, Decimal { precision, scale }) if a.is_integral() => {
            let digits = [0, 3, 5, 10, 19][rank(a)];
            i16::from(*precision) - i16::from(*scale) >= digits
        }
        (Date, TimestampNtz) => true,
        _ => false,
    }
}
