//! Casts among integers, floating point, booleans and (with ANSI mode off) binaries.

use super::failure::Failure;
use super::rows::{from_boolean, map, primitive, to_boolean, try_map};
use super::{Mode, Plan, Step, no_such_cast};
use crate::error::Result;
use crate::types::DataType;
use arrow::array::{ArrayRef, ArrowPrimitiveType, BinaryViewArray};
use arrow::datatypes::{
    ArrowNativeType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use std::sync::Arc;

pub(super) fn step(plan: &Plan, from: &DataType, to: &DataType, failure: Failure) -> Result<Step> {
    use DataType as T;
    let wrap = plan.mode == Mode::Legacy;
    Ok(match from {
        T::Boolean => match to {
            T::Byte => from_boolean::<Int8Type>(to, 0, 1),
            T::Short => from_boolean::<Int16Type>(to, 0, 1),
            T::Integer => from_boolean::<Int32Type>(to, 0, 1),
            T::Long => from_boolean::<Int64Type>(to, 0, 1),
            T::Float => from_boolean::<Float32Type>(to, 0.0, 1.0),
            T::Double => from_boolean::<Float64Type>(to, 0.0, 1.0),
            _ => return Err(no_such_cast(from, to)),
        },
        T::Byte => from_integer::<Int8Type>(from, to, failure, wrap)?,
        T::Short => from_integer::<Int16Type>(from, to, failure, wrap)?,
        T::Integer => from_integer::<Int32Type>(from, to, failure, wrap)?,
        T::Long => from_integer::<Int64Type>(from, to, failure, wrap)?,
        T::Float => match to {
            T::Boolean => to_boolean::<Float32Type>(|v| v != 0.0),
            T::Double => map::<Float32Type, Float64Type>(to, f64::from),
            _ => from_floating::<Float32Type>(from, to, failure, wrap)?,
        },
        T::Double => match to {
            T::Boolean => to_boolean::<Float64Type>(|v| v != 0.0),
            T::Float => map::<Float64Type, Float32Type>(to, |v| v as f32),
            _ => from_floating::<Float64Type>(from, to, failure, wrap)?,
        },
        _ => return Err(no_such_cast(from, to)),
    })
}

fn from_integer<I>(from: &DataType, to: &DataType, failure: Failure, wrap: bool) -> Result<Step>
where
    I: ArrowPrimitiveType,
    I::Native: Into<i64> + ArrowNativeType,
{
    use DataType as T;
    macro_rules! narrow {
        ($target:ty, $native:ty) => {
            if wrap {
                map::<I, $target>(to, |v| Into::<i64>::into(v) as $native)
            } else {
                try_map::<I, $target>(to, failure, |v| {
                    <$native>::try_from(Into::<i64>::into(v)).ok()
                })
            }
        };
    }
    Ok(match to {
        T::Boolean => to_boolean::<I>(|v| v.into() != 0),
        T::Byte => narrow!(Int8Type, i8),
        T::Short => narrow!(Int16Type, i16),
        T::Integer => narrow!(Int32Type, i32),
        T::Long => map::<I, Int64Type>(to, Into::into),
        T::Float => map::<I, Float32Type>(to, |v| v.into() as f32),
        T::Double => map::<I, Float64Type>(to, |v| v.into() as f64),
        T::Binary => Box::new(|array| big_endian::<I>(array)),
        _ => return Err(no_such_cast(from, to)),
    })
}

/// Integers as their bytes, most significant first.
fn big_endian<I>(array: &ArrayRef) -> Result<ArrayRef>
where
    I: ArrowPrimitiveType,
    I::Native: Into<i64>,
{
    let width = size_of::<I::Native>();
    let bytes = primitive::<I>(array)?.iter().map(|value| {
        value.map(|value| {
            let bytes: i64 = value.into();
            bytes.to_be_bytes()[8 - width..].to_vec()
        })
    });
    Ok(Arc::new(bytes.collect::<BinaryViewArray>()))
}

/// The fraction is cut off. A value beyond the type is an error, or saturates as in Java.
fn from_floating<I>(from: &DataType, to: &DataType, failure: Failure, wrap: bool) -> Result<Step>
where
    I: ArrowPrimitiveType,
    I::Native: Into<f64>,
{
    use DataType as T;
    macro_rules! narrow {
        // Java goes through INT to the smaller types.
        ($target:ty, $native:ty, $through:ty) => {
            if wrap {
                map::<I, $target>(to, |v| Into::<f64>::into(v) as $through as $native)
            } else {
                try_map::<I, $target>(to, failure, |v| {
                    let v: f64 = v.into();
                    let fits =
                        v.floor() <= <$native>::MAX as f64 && v.ceil() >= <$native>::MIN as f64;
                    fits.then_some(v as $native)
                })
            }
        };
    }
    Ok(match to {
        T::Byte => narrow!(Int8Type, i8, i32),
        T::Short => narrow!(Int16Type, i16, i32),
        T::Integer => narrow!(Int32Type, i32, i32),
        T::Long => narrow!(Int64Type, i64, i64),
        _ => return Err(no_such_cast(from, to)),
    })
}
