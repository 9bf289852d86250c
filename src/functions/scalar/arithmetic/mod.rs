//! Arithmetic operators, their `try_` forms and signs.
//!
//! | file | |
//! |---|---|
//! | `numeric` | two numbers: which types they meet at, which kernel computes |
//! | `temporal` | dates, timestamps and intervals |
//! | `sign` | unary minus and plus, `abs` |

mod numeric;
mod sign;
mod temporal;

use super::entry::entry;
use super::{Arity, Display, ScalarFunction};
use crate::error::Result;
use crate::functions::signature::ScalarBinding;
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::arithmetic::{FailureMode, Operator};
use crate::types::coercion::decimal;
use crate::types::{DataType, Value};

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Typed(temporal::display_plus),
        ..entry(
            "+",
            "math_funcs",
            "1.0.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| match arguments {
                [_] => sign::bind_plus(context, arguments),
                _ => bind(Operator::Add, false, context, arguments),
            },
            "a _FUNC_ b - Returns the sum; also a date or timestamp moved by an interval.",
            &[
                ("1 + 2", "3"),
                ("DATE'2020-01-31' + INTERVAL '1' MONTH", "2020-02-29"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Typed(temporal::display_minus),
        ..entry(
            "-",
            "math_funcs",
            "1.0.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| match arguments {
                [_] => sign::bind_minus(context, arguments),
                _ => bind(Operator::Subtract, false, context, arguments),
            },
            "a _FUNC_ b - Returns the difference; of dates and timestamps an interval.",
            &[
                ("2 - 1", "1"),
                (
                    "DATE'2020-01-03' - DATE'2020-01-01'",
                    "2 00:00:00.000000000",
                ),
            ],
        )
    },
    ScalarFunction {
        display: Display::Typed(temporal::display_times),
        ..entry(
            "*",
            "math_funcs",
            "1.0.0",
            Arity::Exact(2),
            |context, arguments| bind(Operator::Multiply, false, context, arguments),
            "a _FUNC_ b - Returns the product; also of an interval and a number.",
            &[("2 * 3", "6")],
        )
    },
    ScalarFunction {
        display: Display::Typed(temporal::display_divide),
        ..entry(
            "/",
            "math_funcs",
            "1.0.0",
            Arity::Exact(2),
            |context, arguments| bind(Operator::Divide, false, context, arguments),
            "a _FUNC_ b - Returns the quotient, a DOUBLE or DECIMAL also for integers.",
            &[("3 / 2", "1.5"), ("2L / 2L", "1.0")],
        )
    },
    ScalarFunction {
        aliases: &["mod"],
        display: Display::Custom(|name, arguments| match arguments {
            [a, b] if name == "%" => format!("({a} % {b})"),
            other => format!("{name}({})", other.join(", ")),
        }),
        ..entry(
            "%",
            "math_funcs",
            "1.0.0",
            Arity::Exact(2),
            |context, arguments| bind(Operator::Remainder, false, context, arguments),
            "a _FUNC_ b, or mod(a, b) - Returns the remainder of the division, with the sign of a.",
            &[("2 % 1.8", "0.2"), ("mod(-5, 3)", "-2")],
        )
    },
    ScalarFunction {
        display: Display::Infix("div"),
        ..entry(
            "div",
            "math_funcs",
            "3.0.0",
            Arity::Exact(2),
            |context, arguments| bind(Operator::IntegralDivide, false, context, arguments),
            "a _FUNC_ b - Returns the quotient without its fraction, a BIGINT.",
            &[
                ("3 div 2", "1"),
                (
                    "INTERVAL '1-1' YEAR TO MONTH div INTERVAL '-1' MONTH",
                    "-13",
                ),
            ],
        )
    },
    entry(
        "pmod",
        "math_funcs",
        "1.5.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::PositiveRemainder, false, context, arguments),
        "_FUNC_(a, b) - Returns the remainder of the division, positive for a positive b.",
        &[("pmod(10, 3)", "1"), ("pmod(-10, 3)", "2")],
    ),
    entry(
        "try_add",
        "math_funcs",
        "3.2.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::Add, true, context, arguments),
        "_FUNC_(a, b) - Returns a + b, NULL on overflow.",
        &[("try_add(1, 2)", "3"), ("try_add(2147483647, 1)", "NULL")],
    ),
    entry(
        "try_subtract",
        "math_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::Subtract, true, context, arguments),
        "_FUNC_(a, b) - Returns a - b, NULL on overflow.",
        &[
            ("try_subtract(2, 1)", "1"),
            ("try_subtract(-2147483648, 1)", "NULL"),
        ],
    ),
    entry(
        "try_multiply",
        "math_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::Multiply, true, context, arguments),
        "_FUNC_(a, b) - Returns a * b, NULL on overflow.",
        &[
            ("try_multiply(2, 3)", "6"),
            ("try_multiply(-2147483648, 10)", "NULL"),
        ],
    ),
    entry(
        "try_divide",
        "math_funcs",
        "3.2.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::Divide, true, context, arguments),
        "_FUNC_(a, b) - Returns a / b, NULL where b is 0.",
        &[("try_divide(3, 2)", "1.5"), ("try_divide(1, 0)", "NULL")],
    ),
    entry(
        "try_mod",
        "math_funcs",
        "4.0.0",
        Arity::Exact(2),
        |context, arguments| bind(Operator::Remainder, true, context, arguments),
        "_FUNC_(a, b) - Returns a % b, NULL where b is 0.",
        &[("try_mod(3, 2)", "1"), ("try_mod(1, 0)", "NULL")],
    ),
    entry(
        "negative",
        "math_funcs",
        "1.0.0",
        Arity::Exact(1),
        sign::bind_minus,
        "_FUNC_(a) - Returns a with its sign turned.",
        &[("negative(1)", "-1")],
    ),
    ScalarFunction {
        display: Display::Prefix("+"),
        ..entry(
            "positive",
            "math_funcs",
            "1.5.0",
            Arity::Exact(1),
            sign::bind_plus,
            "_FUNC_(a) - Returns a.",
            &[("positive(1)", "1")],
        )
    },
    entry(
        "abs",
        "math_funcs",
        "1.2.0",
        Arity::Exact(1),
        sign::bind_abs,
        "_FUNC_(a) - Returns the absolute value of a number or interval.",
        &[
            ("abs(-1)", "1"),
            ("abs(INTERVAL -'1-1' YEAR TO MONTH)", "1-1"),
        ],
    ),
];

/// Two operands: of dates and intervals, else of numbers.
fn bind(
    op: Operator,
    tolerant: bool,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    // Errors of the `try_` functions show the operator inside.
    let symbol = match op {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        _ => "%",
    };
    let operation = match arguments {
        [a, b] if tolerant => format!("({} {symbol} {})", a.sql, b.sql),
        _ => context.sql.to_string(),
    };
    let context = &BindContext {
        sql: &operation,
        ..*context
    };
    match temporal::bind(op, tolerant, context, arguments)? {
        Some(bound) => Ok(bound),
        None => numeric::bind(op, tolerant, context, arguments),
    }
}

/// What failures do in this call.
fn failure_mode(context: &BindContext, tolerant: bool) -> FailureMode {
    match (tolerant, context.config.ansi()) {
        (true, _) => FailureMode::Null,
        (false, true) => FailureMode::Raise,
        (false, false) => FailureMode::Wrap,
    }
}

/// The decimal type of an integer literal, as many digits as it is written with; `None` for anything else.
pub(super) fn integer_literal(argument: &BoundArgument) -> Option<DataType> {
    let value = match argument.constant.as_ref()? {
        Value::Short(v) => i64::from(*v),
        Value::Integer(v) => i64::from(*v),
        Value::Long(v) => *v,
        _ => return None,
    };
    // Constant, but perhaps computed: a literal is printed as its digits.
    (argument.sql == value.to_string()).then(|| decimal::for_literal(value))
}
