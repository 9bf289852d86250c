//! Casts between ANSI intervals of different fields, and between intervals and numbers.
//!
//! A number counts the interval's last field: `CAST(5 AS INTERVAL DAY TO HOUR)` is five hours.

use super::datetime::micros_to_decimal;
use super::decimal::{divide_half_up, power_of_ten, rescaled};
use super::failure::Failure;
use super::rows::{map, try_map};
use super::{Plan, Step, no_such_cast};
use crate::error::Result;
use crate::kernel::calendar::{
    MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, DayTimeField, YearMonthField};
use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    Decimal64Type, Decimal128Type, DurationMicrosecondType, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalYearMonthType,
};

type Months = IntervalYearMonthType;
type Micros = DurationMicrosecondType;

fn months_of(field: YearMonthField) -> i32 {
    match field {
        YearMonthField::Year => 12,
        YearMonthField::Month => 1,
    }
}

fn micros_of(field: DayTimeField) -> i64 {
    match field {
        DayTimeField::Day => MICROS_PER_DAY,
        DayTimeField::Hour => MICROS_PER_HOUR,
        DayTimeField::Minute => MICROS_PER_MINUTE,
        DayTimeField::Second => MICROS_PER_SECOND,
    }
}

pub(super) fn step(plan: &Plan, from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    Ok(match (from, to) {
        (T::YearMonthInterval { .. }, T::YearMonthInterval { end, .. }) => {
            let unit = months_of(*end);
            map::<Months, Months>(to, move |v| v - v % unit)
        }
        (T::DayTimeInterval { .. }, T::DayTimeInterval { end, .. }) => {
            let unit = match end {
                DayTimeField::Second => 1,
                other => micros_of(*other),
            };
            map::<Micros, Micros>(to, move |v| v - v % unit)
        }
        (T::YearMonthInterval { end, .. }, _) => {
            let unit = months_of(*end);
            to_number::<Months>(&plan.zone, from, to, failure, move |v| i64::from(v / unit))?
        }
        (
            T::DayTimeInterval {
                end: DayTimeField::Second,
                ..
            },
            T::Decimal { precision, scale },
        ) => {
            if *precision <= 18 {
                micros_to_decimal::<Micros, Decimal64Type>(to, *precision, *scale, failure)
            } else {
                micros_to_decimal::<Micros, Decimal128Type>(to, *precision, *scale, failure)
            }
        }
        (T::DayTimeInterval { end, .. }, _) => {
            let unit = micros_of(*end);
            to_number::<Micros>(&plan.zone, from, to, failure, move |v| v / unit)?
        }
        (_, T::YearMonthInterval { end, .. }) => {
            let unit = i128::from(months_of(*end));
            from_number::<Months>(from, to, failure, unit, |v| i32::try_from(v).ok())?
        }
        (_, T::DayTimeInterval { end, .. }) => {
            let unit = i128::from(micros_of(*end));
            from_number::<Micros>(from, to, failure, unit, |v| i64::try_from(v).ok())?
        }
        _ => return Err(no_such_cast(from, to)),
    })
}

fn to_number<I: ArrowPrimitiveType>(
    zone: &TimeZone,
    from: &DataType,
    to: &DataType,
    failure: Failure,
    count: impl Fn(I::Native) -> i64 + Send + Sync + 'static,
) -> Result<Step> {
    use DataType as T;
    Ok(match to {
        T::Byte => try_map::<I, Int8Type>(to, failure, move |v| i8::try_from(count(v)).ok()),
        T::Short => try_map::<I, Int16Type>(to, failure, move |v| i16::try_from(count(v)).ok()),
        T::Integer => try_map::<I, Int32Type>(to, failure, move |v| i32::try_from(count(v)).ok()),
        T::Long => map::<I, Int64Type>(to, count),
        T::Decimal { precision, scale } => {
            // By way of BIGINT, so that an overflow shows the number and not the interval.
            let (precision, scale) = (*precision, *scale);
            let limit = power_of_ten(u32::from(precision));
            let fits = move |v: i64| rescaled(i128::from(v), 0, scale).filter(|v| v.abs() < limit);
            let first = map::<I, Int64Type>(&T::Long, count);
            let failure = Failure::new(&T::Long, to, failure.raises, zone);
            let second = if precision <= 18 {
                try_map::<Int64Type, Decimal64Type>(to, failure, move |v| fits(v).map(|v| v as i64))
            } else {
                try_map::<Int64Type, Decimal128Type>(to, failure, fits)
            };
            Box::new(move |array| second(&first(array)?))
        }
        _ => return Err(no_such_cast(from, to)),
    })
}

fn from_number<O: ArrowPrimitiveType>(
    from: &DataType,
    to: &DataType,
    failure: Failure,
    unit: i128,
    fits: impl Fn(i128) -> Option<O::Native> + Send + Sync + Copy + 'static,
) -> Result<Step> {
    use DataType as T;
    let integer = move |v: i64| fits(i128::from(v) * unit);
    Ok(match from {
        T::Byte => try_map::<Int8Type, O>(to, failure, move |v| integer(i64::from(v))),
        T::Short => try_map::<Int16Type, O>(to, failure, move |v| integer(i64::from(v))),
        T::Integer => try_map::<Int32Type, O>(to, failure, move |v| integer(i64::from(v))),
        T::Long => try_map::<Int64Type, O>(to, failure, integer),
        T::Decimal { precision, scale } => {
            let divisor = power_of_ten(u32::from(scale.unsigned_abs()));
            let decimal = move |v: i128| fits(divide_half_up(v.checked_mul(unit)?, divisor));
            if *precision <= 18 {
                try_map::<Decimal64Type, O>(to, failure, move |v| decimal(i128::from(v)))
            } else {
                try_map::<Decimal128Type, O>(to, failure, decimal)
            }
        }
        _ => return Err(no_such_cast(from, to)),
    })
}
