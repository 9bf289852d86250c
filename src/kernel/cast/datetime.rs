//! Casts among dates and timestamps, and between timestamps and numbers (seconds since the epoch).

use super::failure::Failure;
use super::rows::{from_boolean, map, primitive, to_boolean, try_map, with_failed};
use super::{Mode, Plan, Step, no_such_cast};
use crate::error::Result;
use crate::kernel::calendar::{self, MICROS_PER_DAY, MICROS_PER_SECOND};
use crate::kernel::cast::decimal::{power_of_ten, rescaled};
use crate::kernel::value::null_array;
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, Float64Array, PrimitiveArray};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, DecimalType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use std::sync::Arc;

type Micros = TimestampMicrosecondType;

pub(super) fn step(plan: &Plan, from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    let zone = plan.zone.clone();
    Ok(match (from, to) {
        (T::Date, T::Timestamp) => {
            map::<Date32Type, Micros>(to, move |days| zone.start_of_day(days))
        }
        (T::Date, T::TimestampNtz) => {
            map::<Date32Type, Micros>(to, |days| i64::from(days).saturating_mul(MICROS_PER_DAY))
        }
        (T::Timestamp, T::Date) => map::<Micros, Date32Type>(to, move |micros| zone.day_at(micros)),
        (T::TimestampNtz, T::Date) => map::<Micros, Date32Type>(to, calendar::day_of),
        (T::Timestamp, T::TimestampNtz) => {
            map::<Micros, Micros>(to, move |micros| zone.to_local(micros))
        }
        (T::TimestampNtz, T::Timestamp) => {
            map::<Micros, Micros>(to, move |micros| zone.to_utc(micros))
        }
        // With ANSI mode off a date is no number and no truth.
        (T::Date, _) => {
            let to = to.clone();
            Box::new(move |array| Ok(null_array(&to, array.len())))
        }
        (T::Timestamp, _) => from_timestamp(from, to, failure)?,
        (_, T::Timestamp) => to_timestamp(plan, from, to, failure)?,
        _ => return Err(no_such_cast(from, to)),
    })
}

fn from_timestamp(from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    let seconds = |micros: i64| micros.div_euclid(MICROS_PER_SECOND);
    macro_rules! integer {
        ($target:ty, $native:ty) => {
            try_map::<Micros, $target>(to, failure, move |v| <$native>::try_from(seconds(v)).ok())
        };
    }
    let fraction = |micros: i64| micros as f64 / MICROS_PER_SECOND as f64;
    Ok(match to {
        T::Boolean => to_boolean::<Micros>(|v| v != 0),
        T::Byte => integer!(Int8Type, i8),
        T::Short => integer!(Int16Type, i16),
        T::Integer => integer!(Int32Type, i32),
        T::Long => map::<Micros, Int64Type>(to, seconds),
        T::Float => map::<Micros, Float32Type>(to, move |v| fraction(v) as f32),
        T::Double => map::<Micros, Float64Type>(to, fraction),
        T::Decimal { precision, scale } if *precision <= 18 => {
            micros_to_decimal::<Micros, Decimal64Type>(to, *precision, *scale, failure)
        }
        T::Decimal { precision, scale } => {
            micros_to_decimal::<Micros, Decimal128Type>(to, *precision, *scale, failure)
        }
        _ => return Err(no_such_cast(from, to)),
    })
}

/// Microseconds as a decimal number of seconds.
pub(super) fn micros_to_decimal<I, O>(
    to: &DataType,
    precision: u8,
    scale: i8,
    failure: Failure,
) -> Step
where
    I: ArrowPrimitiveType<Native = i64>,
    O: DecimalType,
    O::Native: TryFrom<i128>,
{
    let limit = power_of_ten(u32::from(precision));
    let to = to.clone();
    let target = arrow_type(&to);
    Box::new(move |array| {
        let input = primitive::<I>(array)?;
        let mut values = vec![O::Native::default(); input.len()];
        let mut failed = Vec::new();
        for (row, value) in values.iter_mut().enumerate() {
            if input.is_null(row) {
                continue;
            }
            let micros = i128::from(input.value(row));
            let fits = rescaled(micros, 6, scale).filter(|v| v.abs() < limit);
            match fits.and_then(|v| O::Native::try_from(v).ok()) {
                Some(fits) => *value = fits,
                None if failure.raises => {
                    let mut text = String::new();
                    crate::kernel::number_text::write_decimal(micros, 6, &mut text);
                    return Err(super::failure::decimal_overflow(&text, precision, scale));
                }
                None => failed.push(row),
            }
        }
        let nulls = with_failed(input.nulls(), &failed, input.len());
        let out = PrimitiveArray::<O>::new(values.into(), nulls);
        Ok(Arc::new(out.with_data_type(target.clone())))
    })
}

fn to_timestamp(plan: &Plan, from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    fn integer<I>(to: &DataType) -> Step
    where
        I: ArrowPrimitiveType,
        I::Native: Into<i64>,
    {
        map::<I, Micros>(to, |v| {
            Into::<i64>::into(v).saturating_mul(MICROS_PER_SECOND)
        })
    }
    fn decimal<I>(to: &DataType, scale: i8) -> Step
    where
        I: ArrowPrimitiveType,
        I::Native: Into<i128>,
    {
        map::<I, Micros>(to, move |v| {
            let v: i128 = v.into();
            // Java keeps the low 64 bits of the number of microseconds.
            let micros = if scale >= 6 {
                v / power_of_ten(u32::from(scale.unsigned_abs()) - 6)
            } else {
                v.wrapping_mul(power_of_ten((6 - i32::from(scale)).unsigned_abs()))
            };
            micros as i64
        })
    }
    Ok(match from {
        T::Boolean => from_boolean::<Micros>(to, 0, 1),
        T::Byte => integer::<Int8Type>(to),
        T::Short => integer::<Int16Type>(to),
        T::Integer => integer::<Int32Type>(to),
        T::Long => integer::<Int64Type>(to),
        T::Float => floating::<Float32Type>(plan, to, failure),
        T::Double => floating::<Float64Type>(plan, to, failure),
        T::Decimal { precision, scale } if *precision <= 18 => decimal::<Decimal64Type>(to, *scale),
        T::Decimal { scale, .. } => decimal::<Decimal128Type>(to, *scale),
        _ => return Err(no_such_cast(from, to)),
    })
}

/// NaN and infinities are no instants; ANSI mode also refuses what lies beyond the range.
fn floating<I>(plan: &Plan, to: &DataType, failure: Failure) -> Step
where
    I: ArrowPrimitiveType,
    I::Native: Into<f64>,
{
    let legacy = plan.mode == Mode::Legacy;
    let zone = plan.zone.clone();
    let to = arrow_type(to);
    Box::new(move |array| {
        let input = primitive::<I>(array)?;
        let mut values = vec![0i64; input.len()];
        let mut failed = Vec::new();
        for (row, value) in values.iter_mut().enumerate() {
            if input.is_null(row) {
                continue;
            }
            let seconds: f64 = input.value(row).into();
            let micros = seconds * MICROS_PER_SECOND as f64;
            let in_range = micros.floor() <= i64::MAX as f64 && micros.ceil() >= i64::MIN as f64;
            if seconds.is_finite() && (legacy || in_range) {
                *value = micros as i64;
            } else if !failure.raises {
                failed.push(row);
            } else if seconds.is_finite() {
                // Spark overflows on the way to microseconds and says so.
                let micros: ArrayRef = Arc::new(Float64Array::from(vec![micros]));
                let failure = Failure::new(&DataType::Double, &DataType::Long, true, &zone);
                return Err(failure.overflow(&micros, 0));
            } else {
                return Err(failure.invalid(array, row));
            }
        }
        let nulls = with_failed(input.nulls(), &failed, input.len());
        let out = PrimitiveArray::<Micros>::new(values.into(), nulls);
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}
