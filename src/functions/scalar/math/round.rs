//! `round` (half up), `bround` (half to even), `ceil` and `floor`.
//!
//! The type stays, but for decimals, which lose the digits that were rounded away. A DOUBLE is rounded as
//! Java prints it: `round(1.005D, 2)` is 1.01, although the number is a little less than 1.005.

use crate::error::{Error, Result};
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments, constant};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::arithmetic::{decimal::digits, overflow_error, unary};
use crate::kernel::cast::{Cast, Mode, power_of_ten};
use crate::kernel::divisor::Divisor;
use crate::kernel::lift::{map1, try_map1, typed};
use crate::kernel::value::null_array;
use crate::types::coercion::{self, Expected};
use crate::types::{DataType, Value};
use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    Decimal64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Custom(print_with_scale),
        ..entry(
            "round",
            "math_funcs",
            "1.5.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_round(context, arguments, Rounding::HalfUp),
            "_FUNC_(a[, d]) - Returns a rounded to d digits behind the point, 0 by default; halves go up.",
            &[("round(2.5, 0)", "3"), ("round(25, -1)", "30")],
        )
    },
    ScalarFunction {
        display: Display::Custom(print_with_scale),
        ..entry(
            "bround",
            "math_funcs",
            "2.0.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_round(context, arguments, Rounding::HalfEven),
            "_FUNC_(a[, d]) - Returns a rounded to d digits behind the point, 0 by default; halves go to the even digit.",
            &[("bround(2.5, 0)", "2"), ("bround(25, -1)", "20")],
        )
    },
    ScalarFunction {
        aliases: &["ceiling"],
        display: Display::Custom(|name, arguments| match arguments {
            [a] if name == "ceil" => format!("CEIL({a})"),
            other => format!("{name}({})", other.join(", ")),
        }),
        ..entry(
            "ceil",
            "math_funcs",
            "1.4.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_whole(context, arguments, Rounding::Up),
            "_FUNC_(a[, d]) - Returns the least number of d digits behind the point that is not below a.",
            &[("ceil(-0.1)", "0"), ("ceil(3.1411, 3)", "3.142")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [a] => format!("FLOOR({a})"),
            other => format!("{name}({})", other.join(", ")),
        }),
        ..entry(
            "floor",
            "math_funcs",
            "1.4.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_whole(context, arguments, Rounding::Down),
            "_FUNC_(a[, d]) - Returns the greatest number of d digits behind the point that is not above a.",
            &[("floor(-0.1)", "-1"), ("floor(3.1411, 3)", "3.141")],
        )
    },
];

fn print_with_scale(name: &str, arguments: &[&str]) -> String {
    match arguments {
        [a] => format!("{name}({a}, 0)"),
        other => format!("{name}({})", other.join(", ")),
    }
}

/// Where a number between two others goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    /// To the nearer, halves away from zero.
    HalfUp,
    /// To the nearer, halves to the even one.
    HalfEven,
    /// To the greater.
    Up,
    /// To the lesser.
    Down,
}

impl Rounding {
    /// The quotient of whole numbers, rounded; `divisor` is positive.
    fn divide(self, value: i128, divisor: i128) -> i128 {
        // One machine division where there are many instructions else.
        if let (Ok(value), Ok(divisor)) = (i64::try_from(value), i64::try_from(divisor)) {
            return i128::from(self.divide_narrow(value, divisor));
        }
        let quotient = value.div_euclid(divisor);
        let rest = value.rem_euclid(divisor);
        let up = match self {
            Rounding::Up => rest > 0,
            Rounding::Down => false,
            Rounding::HalfUp => {
                // Away from zero: below it, a half stays at the lesser.
                rest > divisor - rest || (rest == divisor - rest && value >= 0)
            }
            Rounding::HalfEven => {
                rest > divisor - rest || (rest == divisor - rest && quotient % 2 != 0)
            }
        };
        quotient + i128::from(up)
    }
}

impl Rounding {
    /// [`Self::divide`] in 64 bits: a quotient by more than 1 has room for one more.
    fn divide_narrow(self, value: i64, divisor: i64) -> i64 {
        if divisor == 1 {
            return value;
        }
        let quotient = value.div_euclid(divisor);
        let rest = value.rem_euclid(divisor);
        let up = match self {
            Rounding::Up => rest > 0,
            Rounding::Down => false,
            Rounding::HalfUp => rest > divisor - rest || (rest == divisor - rest && value >= 0),
            Rounding::HalfEven => {
                rest > divisor - rest || (rest == divisor - rest && quotient % 2 != 0)
            }
        };
        quotient + i64::from(up)
    }
}

/// The second argument, constant; `None` for NULL.
fn scale(context: &BindContext, arguments: &[BoundArgument]) -> Result<Option<i32>> {
    if arguments.len() < 2 {
        return Ok(Some(0));
    }
    let types = cast_arguments(context, &arguments[1..], &[Expected::INT]).map_err(|_| {
        crate::functions::signature::unexpected_type(context, arguments, 1, "\"INT\"")
    })?;
    debug_assert_eq!(types.len(), 1);
    // A constant of another type is shown as the INT it would be.
    let mut shown = arguments.to_vec();
    shown[1].data_type = DataType::Integer;
    let value = match constant(context, &shown, 1, "scale")? {
        Value::Null => return Ok(None),
        Value::String(text) => crate::kernel::number_text::parse_integer(text, false),
        Value::Double(v) => Some(*v as i64),
        Value::Float(v) => Some(*v as i64),
        Value::Decimal(v) => {
            let factor = power_of_ten(u32::from(v.scale.unsigned_abs()));
            i64::try_from(v.unscaled / factor).ok()
        }
        other => other.as_i64(),
    };
    Ok(value.and_then(|value| i32::try_from(value).ok()))
}

/// The decimal type that `DECIMAL(p, s)` rounded to a scale has.
fn rounded_type((precision, from): (u8, i8), scale: i32) -> DataType {
    let (precision, from) = (i32::from(precision), i32::from(from));
    // Rounding may carry into one more digit.
    let whole = precision - from + 1;
    if scale < 0 {
        let precision = whole.max(scale.saturating_neg().saturating_add(1));
        return coercion::decimal::bounded(precision.min(38), 0);
    }
    let scale = from.min(scale);
    coercion::decimal::bounded((whole + scale).min(38), scale)
}

fn bind_round(
    context: &BindContext,
    arguments: &[BoundArgument],
    rounding: Rounding,
) -> Result<ScalarBinding> {
    let mut types = cast_arguments(context, &arguments[..1], &[Expected::Numeric])?;
    let scale = scale(context, arguments)?;
    let from = types[0].clone();
    types.extend(
        arguments[1..]
            .iter()
            .map(|argument| argument.data_type.clone()),
    );
    let returns = match from {
        DataType::Decimal {
            precision,
            scale: s,
        } => rounded_type((precision, s), scale.unwrap_or(0)),
        _ => from.clone(),
    };
    let ansi = context.config.ansi();
    let out = returns.clone();
    let bound = binding(arguments, types, returns, move |args, rows| {
        let Some(scale) = scale else {
            return Ok(Column::Constant(null_array(&out, 1)));
        };
        round_column(&args[0], rows, &from, &out, scale, rounding, ansi)
    });
    Ok(bound.nullable())
}

fn round_column(
    column: &Column,
    rows: usize,
    from: &DataType,
    out: &DataType,
    scale: i32,
    rounding: Rounding,
    ansi: bool,
) -> Result<Column> {
    match from {
        DataType::Byte => integer::<Int8Type>(column, rows, scale, rounding, ansi, |v| v as i8),
        DataType::Short => integer::<Int16Type>(column, rows, scale, rounding, ansi, |v| v as i16),
        DataType::Integer => {
            integer::<Int32Type>(column, rows, scale, rounding, ansi, |v| v as i32)
        }
        DataType::Long => integer::<Int64Type>(column, rows, scale, rounding, ansi, |v| v as i64),
        DataType::Float => map1::<Float32Type, Float32Type>(column, rows, |value| {
            round_double(f64::from(value), scale, rounding) as f32
        }),
        DataType::Double => map1::<Float64Type, Float64Type>(column, rows, |value| {
            round_double(value, scale, rounding)
        }),
        DataType::Decimal { .. } => decimal(column, rows, digits(from)?, out, scale, rounding),
        other => Err(Error::internal(format!("rounding of {other}"))),
    }
}

fn integer<T>(
    column: &Column,
    rows: usize,
    scale: i32,
    rounding: Rounding,
    ansi: bool,
    wrap: impl Fn(i128) -> T::Native,
) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128> + TryFrom<i128>,
{
    if scale >= 0 {
        return Ok(column.clone());
    }
    if scale < -37 {
        return map1::<T, T>(column, rows, |_| T::Native::default());
    }
    let unit = power_of_ten(scale.unsigned_abs());
    try_map1::<T, T>(column, rows, |value| {
        let rounded = rounding.divide(value.into(), unit) * unit;
        match T::Native::try_from(rounded) {
            Ok(value) => Ok(Some(value)),
            Err(_) if ansi => Err(overflow_error("Overflow", None)),
            Err(_) => Ok(Some(wrap(rounded))),
        }
    })
}

/// The digits that the number prints as, rounded.
fn round_double(value: f64, scale: i32, rounding: Rounding) -> f64 {
    if !value.is_finite() || scale > 340 {
        return value;
    }
    if scale < -340 {
        return 0.0;
    }
    // Away from a half by more than the error of one multiplication, nothing else can come out.
    if (0..=15).contains(&scale) {
        let factor = power_of_ten(scale.unsigned_abs()) as f64;
        let scaled = value * factor;
        let distance = (scaled.abs().fract() - 0.5).abs();
        if scaled.abs() < 1e15 && distance > 1e-4 * (1.0f64).max(scaled.abs() * 1e-10) {
            return scaled.round() / factor + 0.0;
        }
    }
    round_digits(value, scale, rounding)
}

fn round_digits(value: f64, scale: i32, rounding: Rounding) -> f64 {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    // Digits to keep: those before the point and `scale` behind it.
    let keep = exponent.saturating_add(1).saturating_add(scale);
    if keep >= digits.len() as i32 {
        return value;
    }
    if keep < 0 {
        return 0.0;
    }
    let keep = keep as usize;
    let mut whole: u128 = 0;
    for digit in &digits[..keep] {
        whole = whole * 10 + u128::from(digit - b'0');
    }
    let first = digits[keep];
    let exactly_half = first == b'5' && digits[keep + 1..].iter().all(|digit| *digit == b'0');
    let up = match rounding {
        Rounding::HalfEven if exactly_half => whole % 2 == 1,
        _ => first >= b'5',
    };
    whole += u128::from(up);
    let rounded: f64 = format!("{whole}e{}", -scale).parse().unwrap_or(value);
    // Java's decimals have no negative zero.
    if value < 0.0 && rounded != 0.0 {
        -rounded
    } else {
        rounded
    }
}

/// Rounds decimals of up to 18 digits.
fn narrow(column: &Column, round: impl Fn(i64) -> i64) -> Result<Column> {
    let never = |_| Error::internal("a rounded decimal outgrew its type");
    unary::<Decimal64Type>(column, false, |value| (round(value), false), never)
}

fn decimal(
    column: &Column,
    rows: usize,
    from: (u8, i8),
    out: &DataType,
    scale: i32,
    rounding: Rounding,
) -> Result<Column> {
    let (to_precision, _) = digits(out)?;
    let shift = i32::from(from.1) - scale;
    // A digit less for every one that goes, and one more that rounding up may make.
    let always_fits = i32::from(from.0) - shift < i32::from(to_precision);
    if from.0 <= 18 && to_precision <= 18 && scale >= 0 && (1..=18).contains(&shift) && always_fits
    {
        let divisor = power_of_ten(shift.unsigned_abs()) as i64;
        let divisor = Divisor::new(divisor).ok_or_else(|| Error::internal("a power of ten"))?;
        let column = match rounding {
            Rounding::Down => narrow(column, |value| divisor.divide_down(value)),
            Rounding::Up => narrow(column, |value| {
                divisor.divide_down(value.wrapping_neg()).wrapping_neg()
            }),
            Rounding::HalfUp => narrow(column, |value| divisor.divide_half_up(value)),
            Rounding::HalfEven => {
                let divisor = divisor.value();
                narrow(column, |value| rounding.divide_narrow(value, divisor))
            }
        };
        return typed(column?, out);
    }
    let value = move |unscaled: i128| -> Option<i128> {
        if shift <= 0 {
            return Some(unscaled);
        }
        if shift > 38 {
            // All digits go; what is left is at most one unit of the scale.
            let unit = rounding.divide(unscaled.signum(), 3);
            return unit.checked_mul(power_of_ten(scale.unsigned_abs()));
        }
        let rounded = rounding.divide(unscaled, power_of_ten(shift.unsigned_abs()));
        // A negative scale leaves zeros before the point.
        match scale {
            0.. => Some(rounded),
            _ => rounded.checked_mul(power_of_ten(scale.unsigned_abs())),
        }
    };
    let limit = power_of_ten(u32::from(to_precision));
    let fits = move |unscaled: i128| value(unscaled).filter(|v| v.abs() < limit);
    let column = match (from.0 <= 18, to_precision <= 18) {
        (true, true) => try_map1::<Decimal64Type, Decimal64Type>(column, rows, |v| {
            Ok(fits(i128::from(v)).map(|v| v as i64))
        }),
        (true, false) => {
            try_map1::<Decimal64Type, Decimal128Type>(column, rows, |v| Ok(fits(i128::from(v))))
        }
        (false, true) => try_map1::<Decimal128Type, Decimal64Type>(column, rows, |v| {
            Ok(fits(v).map(|v| v as i64))
        }),
        (false, false) => try_map1::<Decimal128Type, Decimal128Type>(column, rows, |v| Ok(fits(v))),
    };
    typed(column?, out)
}

/// `ceil` and `floor`: BIGINT for doubles and integers, DECIMAL for decimals and wherever a scale is given.
fn bind_whole(
    context: &BindContext,
    arguments: &[BoundArgument],
    rounding: Rounding,
) -> Result<ScalarBinding> {
    const WITHOUT_SCALE: Expected =
        Expected::OneOf(&[Expected::DOUBLE, Expected::Decimal, Expected::BIGINT]);
    if arguments.len() == 2 {
        return bind_whole_at_scale(context, arguments, rounding);
    }
    // Integers are as they are; only then is DOUBLE tried.
    let from = match &arguments[0].data_type {
        integer if integer.is_integral() => DataType::Long,
        DataType::Float => DataType::Double,
        _ => cast_arguments(context, arguments, &[WITHOUT_SCALE])?[0].clone(),
    };
    let returns = match &from {
        DataType::Decimal { precision, scale } => {
            let whole = i32::from(*precision) - i32::from(*scale);
            coercion::decimal::bounded(if *scale == 0 { whole } else { whole + 1 }, 0)
        }
        _ => DataType::Long,
    };
    let ansi = context.config.ansi();
    let out = returns.clone();
    let types = vec![from.clone()];
    Ok(binding(
        arguments,
        types,
        returns,
        move |args, rows| match &from {
            DataType::Double => try_map1::<Float64Type, Int64Type>(&args[0], rows, |value| {
                let whole = if rounding == Rounding::Up {
                    value.ceil()
                } else {
                    value.floor()
                };
                let fits = whole.is_nan()
                    || (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole);
                if ansi && !fits {
                    return Err(overflow_error("overflow", None));
                }
                Ok(Some(whole as i64))
            }),
            DataType::Decimal { .. } => decimal(&args[0], rows, digits(&from)?, &out, 0, rounding),
            _ => Ok(args[0].clone()),
        },
    ))
}

fn bind_whole_at_scale(
    context: &BindContext,
    arguments: &[BoundArgument],
    rounding: Rounding,
) -> Result<ScalarBinding> {
    let first = &arguments[0].data_type;
    let ansi = context.config.ansi();
    if coercion::implicit_cast(first, &Expected::Numeric, ansi).is_none() {
        let required = Expected::Decimal.sql();
        return Err(crate::functions::signature::unexpected_type(
            context, arguments, 0, &required,
        ));
    }
    let target = match first {
        t if t.is_numeric() => coercion::decimal::for_type(t),
        _ => DataType::DECIMAL_SYSTEM_DEFAULT,
    };
    let scale = scale(context, arguments)?;
    let returns = rounded_type(digits(&target)?, scale.unwrap_or(0));
    let types = vec![first.clone(), arguments[1].data_type.clone()];
    let cast = Cast::new(first, &target, Mode::of(context.config), context.config)?;
    let out = returns.clone();
    let bound = binding(arguments, types, returns, move |args, rows| {
        let Some(scale) = scale else {
            return Ok(Column::Constant(null_array(&out, 1)));
        };
        let number = cast.eval(&args[0], rows)?;
        decimal(&number, rows, digits(&target)?, &out, scale, rounding)
    });
    Ok(bound.nullable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_round_as_they_print() {
        let up = |value, scale| round_double(value, scale, Rounding::HalfUp);
        assert_eq!(up(1.005, 2), 1.01);
        assert_eq!(up(0.285, 2), 0.29);
        assert_eq!(up(-2.5, 0), -3.0);
        assert_eq!(up(123_456_789.987_654_33, 3), 123_456_789.988);
        assert_eq!(up(1250.0, -2), 1300.0);
        assert_eq!(up(1e300, 2), 1e300);
        assert_eq!(round_double(0.125, 2, Rounding::HalfEven), 0.12);
        assert_eq!(round_double(3.5, 0, Rounding::HalfEven), 4.0);
        assert_eq!(Rounding::HalfUp.divide(-25, 10), -3);
        assert_eq!(Rounding::Up.divide(-1, 10), 0);
        // Wide and narrow divisions round alike.
        let all = [
            Rounding::Up,
            Rounding::Down,
            Rounding::HalfUp,
            Rounding::HalfEven,
        ];
        let wide = 1_i128 << 80;
        for rounding in all {
            for value in [-35, -30, -25, -21, -1, 0, 1, 15, 25, 26, 34] {
                let narrow = rounding.divide(value, 10);
                assert_eq!(rounding.divide(value * wide, 10 * wide), narrow);
            }
            assert_eq!(rounding.divide(i64::MIN.into(), 1), i64::MIN.into());
        }
    }
}
