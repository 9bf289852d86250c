//! Casts to and from DECIMAL.
//!
//! Between decimals that both fit 64 bits all is done in 64 bits; where the target has room for every value
//! of the source no check is made.

use super::failure::{Failure, decimal_overflow};
use super::rows::{from_boolean, map, primitive, to_boolean, try_map, with_failed};
use super::{Mode, Plan, Step, no_such_cast};
use crate::error::Result;
use crate::kernel::divisor::Divisor;
use crate::kernel::number_text::DecimalText;
use crate::types::{DataType, arrow_type, coercion};
use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::{
    Decimal64Type, Decimal128Type, DecimalType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use std::sync::Arc;

/// Powers of ten that fit an `i128`.
pub(crate) const POWERS_OF_TEN: [i128; 39] = {
    let mut powers = [1i128; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// `10^exponent`.
pub(crate) fn power_of_ten(exponent: u32) -> i128 {
    POWERS_OF_TEN[(exponent as usize).min(38)]
}

pub(super) fn step(plan: &Plan, from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    Ok(match (from, to) {
        (
            T::Decimal {
                precision: p,
                scale: s,
            },
            T::Decimal {
                precision: q,
                scale: t,
            },
        ) => match (*p <= 18, *q <= 18) {
            (true, true) => rescale_narrow((*p, *s), (*q, *t), to, failure),
            (true, false) => {
                rescale::<Decimal64Type, Decimal128Type>((*p, *s), (*q, *t), to, failure)
            }
            (false, true) => {
                rescale::<Decimal128Type, Decimal64Type>((*p, *s), (*q, *t), to, failure)
            }
            (false, false) => {
                rescale::<Decimal128Type, Decimal128Type>((*p, *s), (*q, *t), to, failure)
            }
        },
        (T::Decimal { precision, scale }, _) if *precision <= 18 => {
            from_decimal::<Decimal64Type>(plan, from, to, *scale, failure)?
        }
        (T::Decimal { scale, .. }, _) => {
            from_decimal::<Decimal128Type>(plan, from, to, *scale, failure)?
        }
        (_, T::Decimal { precision, scale }) if *precision <= 18 => {
            to_decimal::<Decimal64Type>(from, to, (*precision, *scale), failure)?
        }
        (_, T::Decimal { precision, scale }) => {
            to_decimal::<Decimal128Type>(from, to, (*precision, *scale), failure)?
        }
        _ => return Err(no_such_cast(from, to)),
    })
}

/// Digits before the point, to tell whether a target has room.
fn whole_digits((precision, scale): (u8, i8)) -> i32 {
    i32::from(precision) - i32::from(scale)
}

/// The quotient rounded half away from zero. `divisor` is positive.
#[inline]
pub(crate) fn divide_half_up(value: i128, divisor: i128) -> i128 {
    let quotient = value / divisor;
    let rest = value % divisor;
    // `rest >= divisor - rest` is `2 * rest >= divisor` without overflow.
    if rest.abs() >= divisor - rest.abs() {
        quotient + value.signum()
    } else {
        quotient
    }
}

/// `unscaled · 10^-from` at scale `to`, rounded half up; `None` outside 38 digits.
#[inline]
pub(crate) fn rescaled(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let shift = i32::from(to) - i32::from(from);
    if shift > 38 {
        return (unscaled == 0).then_some(0);
    }
    if shift >= 0 {
        unscaled.checked_mul(power_of_ten(shift.unsigned_abs()))
    } else if shift < -38 {
        Some(0)
    } else {
        Some(divide_half_up(unscaled, power_of_ten(shift.unsigned_abs())))
    }
}

/// Between decimals of at most 18 digits.
fn rescale_narrow(from: (u8, i8), to: (u8, i8), target: &DataType, failure: Failure) -> Step {
    let shift = i32::from(to.1) - i32::from(from.1);
    let limit = power_of_ten(u32::from(to.0)) as i64;
    let roomy = whole_digits(to) >= whole_digits(from);
    if shift >= 0 {
        let factor = power_of_ten(shift.unsigned_abs().min(18)) as i64;
        if roomy {
            return map::<Decimal64Type, Decimal64Type>(target, move |v| v.wrapping_mul(factor));
        }
        return try_map::<Decimal64Type, Decimal64Type>(target, failure, move |v| {
            v.checked_mul(factor).filter(|v| v.abs() < limit)
        });
    }
    let divisor = power_of_ten(shift.unsigned_abs().min(18)) as i64;
    let round = move |v: i64| {
        let (quotient, rest) = (v / divisor, v % divisor);
        quotient
            + if rest.abs() >= divisor - rest.abs() {
                v.signum()
            } else {
                0
            }
    };
    // Rounding may carry into one more digit.
    if whole_digits(to) > whole_digits(from) {
        return map::<Decimal64Type, Decimal64Type>(target, round);
    }
    try_map::<Decimal64Type, Decimal64Type>(target, failure, move |v| {
        Some(round(v)).filter(|v| v.abs() < limit)
    })
}

fn rescale<I, O>(from: (u8, i8), to: (u8, i8), target: &DataType, failure: Failure) -> Step
where
    I: DecimalType,
    O: DecimalType,
    I::Native: Into<i128>,
    O::Native: TryFrom<i128>,
{
    let limit = power_of_ten(u32::from(to.0));
    try_map::<I, O>(target, failure, move |v| {
        let v = rescaled(v.into(), from.1, to.1)?;
        if v.abs() < limit {
            O::Native::try_from(v).ok()
        } else {
            None
        }
    })
}

fn from_decimal<I>(
    plan: &Plan,
    from: &DataType,
    to: &DataType,
    scale: i8,
    failure: Failure,
) -> Result<Step>
where
    I: DecimalType,
    I::Native: Into<i128>,
{
    use DataType as T;
    let divisor = power_of_ten(u32::from(scale.max(0).unsigned_abs()));
    let factor = power_of_ten(u32::from(scale.min(0).unsigned_abs()));
    let narrow = i64::try_from(divisor).ok().and_then(Divisor::new);
    let whole = move |v: I::Native| -> i128 {
        let v: i128 = v.into();
        let whole = match (i64::try_from(v), narrow) {
            (Ok(v), Some(divisor)) if v != i64::MIN => i128::from(divisor.divide(v)),
            _ => v / divisor,
        };
        whole.wrapping_mul(factor)
    };
    let wrap = plan.mode == Mode::Legacy;
    macro_rules! integer {
        ($target:ty, $native:ty) => {
            if wrap {
                map::<I, $target>(to, move |v| whole(v) as $native)
            } else {
                try_map::<I, $target>(to, failure, move |v| <$native>::try_from(whole(v)).ok())
            }
        };
    }
    Ok(match to {
        T::Boolean => to_boolean::<I>(|v| v.into() != 0),
        T::Byte => integer!(Int8Type, i8),
        T::Short => integer!(Int16Type, i16),
        T::Integer => integer!(Int32Type, i32),
        T::Long => integer!(Int64Type, i64),
        T::Float => map::<I, Float32Type>(to, move |v| decimal_to_f32(v.into(), scale)),
        T::Double => map::<I, Float64Type>(to, move |v| decimal_to_f64(v.into(), scale)),
        _ => return Err(no_such_cast(from, to)),
    })
}

/// The double nearest to `unscaled · 10^-scale`.
#[inline]
pub(crate) fn decimal_to_f64(unscaled: i128, scale: i8) -> f64 {
    // Both operands are exact below 2^53 and 10^22, so the one division rounds correctly.
    if unscaled.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        return unscaled as f64 / power_of_ten(u32::from(scale.unsigned_abs())) as f64;
    }
    format!("{unscaled}e{}", -i32::from(scale))
        .parse()
        .unwrap_or(f64::NAN)
}

/// The float nearest to `unscaled · 10^-scale`.
#[inline]
pub(crate) fn decimal_to_f32(unscaled: i128, scale: i8) -> f32 {
    if unscaled.unsigned_abs() < 1 << 24 && (0..=10).contains(&scale) {
        return unscaled as f32 / power_of_ten(u32::from(scale.unsigned_abs())) as f32;
    }
    format!("{unscaled}e{}", -i32::from(scale))
        .parse()
        .unwrap_or(f32::NAN)
}

fn to_decimal<O>(
    from: &DataType,
    to: &DataType,
    (precision, scale): (u8, i8),
    failure: Failure,
) -> Result<Step>
where
    O: DecimalType,
    O::Native: TryFrom<i128> + Default,
{
    use DataType as T;
    let native = |v: i128| O::Native::try_from(v).ok();
    Ok(match from {
        T::Boolean => {
            let one = rescaled(1, 0, scale).filter(|v| *v < power_of_ten(u32::from(precision)));
            match one.and_then(native) {
                Some(one) => from_boolean::<O>(to, O::Native::default(), one),
                // DECIMAL(1,1) has no one; whatever the mode, Spark raises or gives NULL by row.
                None => {
                    let first = from_boolean::<Int32Type>(&T::Integer, 0, 1);
                    let second =
                        from_integer::<Int32Type, O>(&T::Integer, to, precision, scale, failure);
                    Box::new(move |array| second(&first(array)?))
                }
            }
        }
        T::Byte => from_integer::<Int8Type, O>(from, to, precision, scale, failure),
        T::Short => from_integer::<Int16Type, O>(from, to, precision, scale, failure),
        T::Integer => from_integer::<Int32Type, O>(from, to, precision, scale, failure),
        T::Long => from_integer::<Int64Type, O>(from, to, precision, scale, failure),
        T::Float => from_floating::<Float32Type, O>(to, precision, scale, failure),
        T::Double => from_floating::<Float64Type, O>(to, precision, scale, failure),
        _ => return Err(no_such_cast(from, to)),
    })
}

fn from_integer<I, O>(
    from: &DataType,
    to: &DataType,
    precision: u8,
    scale: i8,
    failure: Failure,
) -> Step
where
    I: ArrowPrimitiveType,
    I::Native: Into<i64>,
    O: DecimalType,
    O::Native: TryFrom<i128> + Default,
{
    if coercion::decimal::holds(to, from) {
        let factor = power_of_ten(u32::from(scale.unsigned_abs()));
        if precision <= 18 {
            let factor = factor as i64;
            return map::<I, Decimal64Type>(to, move |v| Into::<i64>::into(v).wrapping_mul(factor));
        }
        return map::<I, O>(to, move |v| {
            let v: i64 = v.into();
            O::Native::try_from(i128::from(v) * factor).unwrap_or_default()
        });
    }
    let limit = power_of_ten(u32::from(precision));
    try_map::<I, O>(to, failure, move |v| {
        let v = rescaled(i128::from(Into::<i64>::into(v)), 0, scale)?;
        if v.abs() < limit {
            O::Native::try_from(v).ok()
        } else {
            None
        }
    })
}

/// The digits that Java prints for the number (as a DOUBLE) are what counts. NaN and infinities are NULL in any mode.
fn from_floating<I, O>(to: &DataType, precision: u8, scale: i8, failure: Failure) -> Step
where
    I: ArrowPrimitiveType,
    I::Native: Into<f64>,
    O: DecimalType,
    O::Native: TryFrom<i128>,
{
    let to = arrow_type(to);
    Box::new(move |array| {
        let input = primitive::<I>(array)?;
        let mut values = vec![O::Native::default(); input.len()];
        let mut failed = Vec::new();
        for (row, value) in values.iter_mut().enumerate() {
            if input.is_null(row) {
                continue;
            }
            let number: f64 = input.value(row).into();
            if !number.is_finite() {
                failed.push(row);
                continue;
            }
            let text = DecimalText::parse(&format!("{number:e}"));
            let parsed = (text.as_ref())
                .and_then(|text| text.to_scale(precision, scale).ok())
                .and_then(|unscaled| O::Native::try_from(unscaled).ok());
            match parsed {
                Some(parsed) => *value = parsed,
                None if failure.raises => {
                    let text = text.map(|text| text.plain()).unwrap_or_default();
                    return Err(decimal_overflow(&text, precision, scale));
                }
                None => failed.push(row),
            }
        }
        let nulls = with_failed(input.nulls(), &failed, input.len());
        let out = PrimitiveArray::<O>::new(values.into(), nulls);
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}
