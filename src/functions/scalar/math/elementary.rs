//! Functions from DOUBLE to DOUBLE, and constants.
//!
//! Limit: the last digit of trigonometric functions may differ from Java's by one.

use crate::error::Result;
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{map1, map2, try_map1, try_map2};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::Float64Array;
use arrow::datatypes::Float64Type;
use std::sync::Arc;

/// A function of one number, printed in capitals as Spark does for most of these.
macro_rules! function {
    ($name:literal, $shown:literal, $since:literal, $f:expr, $usage:literal, $examples:expr) => {
        ScalarFunction {
            display: Display::Custom(|_, arguments| {
                format!(concat!($shown, "({})"), arguments.join(", "))
            }),
            ..entry(
                $name,
                "math_funcs",
                $since,
                Arity::Exact(1),
                |context, arguments| bind_unary(context, arguments, $f),
                $usage,
                $examples,
            )
        }
    };
}

/// The same, NULL at and below a bound.
macro_rules! logarithm {
    ($name:literal, $shown:literal, $bound:literal, $f:expr, $usage:literal, $examples:expr) => {
        ScalarFunction {
            display: Display::Custom(|_, arguments| {
                format!(concat!($shown, "({})"), arguments.join(", "))
            }),
            ..entry(
                $name,
                "math_funcs",
                "1.4.0",
                Arity::Exact(1),
                |context, arguments| bind_logarithm(context, arguments, $bound, $f),
                $usage,
                $examples,
            )
        }
    };
}

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "sqrt",
        "SQRT",
        "1.1.1",
        f64::sqrt,
        "_FUNC_(a) - Returns the square root.",
        &[("sqrt(4)", "2.0")]
    ),
    function!(
        "cbrt",
        "CBRT",
        "1.4.0",
        f64::cbrt,
        "_FUNC_(a) - Returns the cube root.",
        &[("cbrt(27.0)", "3.0")]
    ),
    function!(
        "exp",
        "EXP",
        "1.4.0",
        libm::exp,
        "_FUNC_(a) - Returns e to the power of a.",
        &[("exp(0)", "1.0")]
    ),
    function!(
        "expm1",
        "EXPM1",
        "1.4.0",
        libm::expm1,
        "_FUNC_(a) - Returns exp(a) - 1, exact for small a.",
        &[("expm1(0)", "0.0")]
    ),
    function!(
        "sin",
        "SIN",
        "1.4.0",
        f64::sin,
        "_FUNC_(a) - Returns the sine of an angle in radians.",
        &[("sin(0)", "0.0")]
    ),
    function!(
        "cos",
        "COS",
        "1.4.0",
        f64::cos,
        "_FUNC_(a) - Returns the cosine of an angle in radians.",
        &[("cos(0)", "1.0")]
    ),
    function!(
        "tan",
        "TAN",
        "1.4.0",
        f64::tan,
        "_FUNC_(a) - Returns the tangent of an angle in radians.",
        &[("tan(0)", "0.0")]
    ),
    function!(
        "cot",
        "COT",
        "2.3.0",
        |a| 1.0 / a.tan(),
        "_FUNC_(a) - Returns the cotangent of an angle in radians.",
        &[("cot(1)", "0.6420926159343306")]
    ),
    function!(
        "sec",
        "SEC",
        "3.3.0",
        |a| 1.0 / a.cos(),
        "_FUNC_(a) - Returns the secant of an angle in radians.",
        &[("sec(0)", "1.0")]
    ),
    function!(
        "csc",
        "CSC",
        "3.3.0",
        |a| 1.0 / a.sin(),
        "_FUNC_(a) - Returns the cosecant of an angle in radians.",
        &[("csc(1)", "1.1883951057781212")]
    ),
    function!(
        "asin",
        "ASIN",
        "1.4.0",
        libm::asin,
        "_FUNC_(a) - Returns the angle whose sine is a; NaN outside -1 to 1.",
        &[("asin(0)", "0.0"), ("asin(2)", "NaN")]
    ),
    function!(
        "acos",
        "ACOS",
        "1.4.0",
        libm::acos,
        "_FUNC_(a) - Returns the angle whose cosine is a; NaN outside -1 to 1.",
        &[("acos(1)", "0.0"), ("acos(2)", "NaN")]
    ),
    function!(
        "atan",
        "ATAN",
        "1.4.0",
        libm::atan,
        "_FUNC_(a) - Returns the angle whose tangent is a.",
        &[("atan(0)", "0.0")]
    ),
    function!(
        "sinh",
        "SINH",
        "1.4.0",
        libm::sinh,
        "_FUNC_(a) - Returns the hyperbolic sine.",
        &[("sinh(0)", "0.0")]
    ),
    function!(
        "cosh",
        "COSH",
        "1.4.0",
        libm::cosh,
        "_FUNC_(a) - Returns the hyperbolic cosine.",
        &[("cosh(0)", "1.0")]
    ),
    function!(
        "tanh",
        "TANH",
        "1.4.0",
        libm::tanh,
        "_FUNC_(a) - Returns the hyperbolic tangent.",
        &[("tanh(0)", "0.0")]
    ),
    function!(
        "asinh",
        "ASINH",
        "3.0.0",
        inverse_sinh,
        "_FUNC_(a) - Returns the number whose hyperbolic sine is a.",
        &[("asinh(0)", "0.0")]
    ),
    function!(
        "acosh",
        "ACOSH",
        "3.0.0",
        inverse_cosh,
        "_FUNC_(a) - Returns the number whose hyperbolic cosine is a.",
        &[("acosh(1)", "0.0"), ("acosh(0)", "NaN")]
    ),
    function!(
        "atanh",
        "ATANH",
        "3.0.0",
        |a| 0.5 * (libm::log1p(a) - libm::log1p(-a)),
        "_FUNC_(a) - Returns the number whose hyperbolic tangent is a.",
        &[("atanh(0)", "0.0"), ("atanh(2)", "NaN")]
    ),
    function!(
        "degrees",
        "DEGREES",
        "1.4.0",
        to_degrees,
        "_FUNC_(a) - Returns an angle in radians as degrees.",
        &[("degrees(3.141592653589793)", "180.0")]
    ),
    function!(
        "radians",
        "RADIANS",
        "1.4.0",
        to_radians,
        "_FUNC_(a) - Returns an angle in degrees as radians.",
        &[("radians(180)", "3.141592653589793")]
    ),
    function!(
        "rint",
        "rint",
        "1.4.0",
        f64::round_ties_even,
        "_FUNC_(a) - Returns the nearest whole number, the even one of two, as a DOUBLE.",
        &[("rint(12.3456)", "12.0")]
    ),
    logarithm!(
        "ln",
        "ln",
        0.0,
        libm::log,
        "_FUNC_(a) - Returns the natural logarithm; NULL unless a is positive.",
        &[("ln(1)", "0.0")]
    ),
    logarithm!(
        "log10",
        "LOG10",
        0.0,
        log10,
        "_FUNC_(a) - Returns the logarithm to base 10.",
        &[("log10(10)", "1.0")]
    ),
    logarithm!(
        "log2",
        "LOG2",
        0.0,
        |a| libm::log(a) / libm::log(2.0),
        "_FUNC_(a) - Returns the logarithm to base 2.",
        &[("log2(2)", "1.0")]
    ),
    logarithm!(
        "log1p",
        "LOG1P",
        -1.0,
        libm::log1p,
        "_FUNC_(a) - Returns ln(1 + a), exact for small a.",
        &[("log1p(0)", "0.0")]
    ),
    ScalarFunction {
        display: Display::Custom(|_, arguments| match arguments {
            [a] => format!("LOG(E(), {a})"),
            other => format!("LOG({})", other.join(", ")),
        }),
        ..entry(
            "log",
            "math_funcs",
            "1.5.0",
            Arity::OneOf(&[1, 2]),
            bind_log,
            "_FUNC_(base, a) - Returns the logarithm of a to a base, e by default; NULL unless both are positive.",
            &[("log(10, 100)", "2.0")],
        )
    },
    ScalarFunction {
        aliases: &["power"],
        display: Display::Custom(|name, arguments| {
            let name = if name == "power" { "POWER" } else { "pow" };
            format!("{name}({})", arguments.join(", "))
        }),
        ..entry(
            "pow",
            "math_funcs",
            "1.4.0",
            Arity::Exact(2),
            |context, arguments| bind_binary(context, arguments, libm::pow),
            "_FUNC_(a, b) - Returns a to the power of b.",
            &[("pow(2, 3)", "8.0")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("ATAN2({})", arguments.join(", "))),
        ..entry(
            "atan2",
            "math_funcs",
            "1.4.0",
            Arity::Exact(2),
            // Adding zero makes a negative zero a positive one.
            |context, arguments| {
                bind_binary(context, arguments, |y, x| libm::atan2(y + 0.0, x + 0.0))
            },
            "_FUNC_(y, x) - Returns the angle of the point (x, y) in radians.",
            &[("atan2(0, 0)", "0.0")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("HYPOT({})", arguments.join(", "))),
        ..entry(
            "hypot",
            "math_funcs",
            "1.4.0",
            Arity::Exact(2),
            |context, arguments| bind_binary(context, arguments, f64::hypot),
            "_FUNC_(a, b) - Returns the square root of a² + b².",
            &[("hypot(3, 4)", "5.0")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, _| "E()".to_string()),
        ..entry(
            "e",
            "math_funcs",
            "1.5.0",
            Arity::Exact(0),
            |_, arguments| bind_constant(arguments, std::f64::consts::E),
            "_FUNC_() - Returns Euler's number.",
            &[("e()", "2.718281828459045")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, _| "PI()".to_string()),
        ..entry(
            "pi",
            "math_funcs",
            "1.5.0",
            Arity::Exact(0),
            |_, arguments| bind_constant(arguments, std::f64::consts::PI),
            "_FUNC_() - Returns the ratio of a circle's circumference to its diameter.",
            &[("pi()", "3.141592653589793")],
        )
    },
];

/// Large numbers are not squared, small ones not added to one, so that no digits are lost.
fn inverse_sinh(a: f64) -> f64 {
    let size = a.abs();
    if !a.is_finite() || size < 1.0 / (1u64 << 28) as f64 {
        return a;
    }
    let square = size * size;
    let value = if size > (1u64 << 28) as f64 {
        libm::log(size) + std::f64::consts::LN_2
    } else if size > 2.0 {
        libm::log(2.0 * size + 1.0 / ((square + 1.0).sqrt() + size))
    } else {
        libm::log1p(size + square / (1.0 + (1.0 + square).sqrt()))
    };
    value.copysign(a)
}

/// NaN below 1; see [`inverse_sinh`].
fn inverse_cosh(a: f64) -> f64 {
    if a < 1.0 || a.is_nan() {
        f64::NAN
    } else if a > (1u64 << 28) as f64 {
        libm::log(a) + std::f64::consts::LN_2
    } else if a > 2.0 {
        libm::log(2.0 * a - 1.0 / (a + (a * a - 1.0).sqrt()))
    } else {
        let above = a - 1.0;
        libm::log1p(above + (2.0 * above + above * above).sqrt())
    }
}

/// As Java has it: the binary exponent and the rest apart, which makes powers of ten come out whole less
/// often than one would wish.
fn log10(a: f64) -> f64 {
    const LOG10_2_HIGH: f64 = 3.010_299_956_636_117_7e-1;
    const LOG10_2_LOW: f64 = 3.694_239_077_158_931e-13;
    if !a.is_normal() || a < 0.0 {
        return a.log10();
    }
    let exponent = (a.to_bits() >> 52) as i32 - 1023;
    // A fraction between 1 and 2, or below 1 between 1/2 and 1.
    let lifted = i32::from(exponent < 0);
    let mantissa = a.to_bits() & ((1 << 52) - 1);
    let fraction = f64::from_bits(((1023 - lifted) as u64) << 52 | mantissa);
    let whole = f64::from(exponent + lifted);
    let rest = whole * LOG10_2_LOW + std::f64::consts::LOG10_E * libm::log(fraction);
    rest + whole * LOG10_2_HIGH
}

/// Java multiplies by 180/π, rounded once.
fn to_degrees(a: f64) -> f64 {
    a * 57.295_779_513_082_32
}

/// Java multiplies by π/180, rounded once.
fn to_radians(a: f64) -> f64 {
    a * 0.017_453_292_519_943_295
}

fn bind_unary(
    context: &BindContext,
    arguments: &[BoundArgument],
    f: fn(f64) -> f64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DOUBLE])?;
    Ok(binding(
        arguments,
        types,
        DataType::Double,
        move |args, rows| map1::<Float64Type, Float64Type>(&args[0], rows, f),
    ))
}

fn bind_binary(
    context: &BindContext,
    arguments: &[BoundArgument],
    f: fn(f64, f64) -> f64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DOUBLE])?;
    Ok(binding(
        arguments,
        types,
        DataType::Double,
        move |args, rows| {
            map2::<Float64Type, Float64Type, Float64Type>(&args[0], &args[1], rows, f)
        },
    ))
}

fn bind_logarithm(
    context: &BindContext,
    arguments: &[BoundArgument],
    bound: f64,
    f: fn(f64) -> f64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::DOUBLE])?;
    let bound = binding(arguments, types, DataType::Double, move |args, rows| {
        try_map1::<Float64Type, Float64Type>(&args[0], rows, |a| {
            Ok(if a <= bound { None } else { Some(f(a)) })
        })
    });
    Ok(bound.nullable())
}

fn bind_log(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    if let [argument] = arguments {
        // The base is the first argument, also where it is left out.
        let base = BoundArgument {
            data_type: DataType::Double,
            sql: "E()".to_string(),
            ..argument.clone()
        };
        cast_arguments(context, &[base, argument.clone()], &[Expected::DOUBLE])?;
        return bind_logarithm(context, arguments, 0.0, f64::ln);
    }
    let types = cast_arguments(context, arguments, &[Expected::DOUBLE])?;
    let bound = binding(arguments, types, DataType::Double, |args, rows| {
        try_map2::<Float64Type, Float64Type, Float64Type>(&args[0], &args[1], rows, |base, a| {
            // NaN is no error: it goes through.
            let positive = |x: f64| x > 0.0 || x.is_nan();
            let defined = positive(base) && positive(a);
            Ok(defined.then(|| a.ln() / base.ln()))
        })
    });
    Ok(bound.nullable())
}

fn bind_constant(arguments: &[BoundArgument], value: f64) -> Result<ScalarBinding> {
    Ok(binding(
        arguments,
        Vec::new(),
        DataType::Double,
        move |_, _| Ok(Column::Constant(Arc::new(Float64Array::from(vec![value])))),
    ))
}
