//! One form for equal values, so that bits can be compared and hashed.
//!
//! Spark's keys treat NaN as equal to NaN and -0.0 as equal to 0.0. After [`normalize_floats`], equal floats
//! have equal bits, at any depth.

use crate::error::Result;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray, StructArray,
};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::row::{RowConverter, SortField};
use std::sync::Arc;

/// The same values with one NaN and no negative zero.
pub fn normalize_floats(array: &ArrayRef) -> ArrayRef {
    if !contains_float(array.data_type()) {
        return array.clone();
    }
    match array.data_type() {
        DataType::Float32 => normalized::<Float32Type>(array, |v| match v {
            v if v.is_nan() => f32::NAN,
            v => v + 0.0,
        }),
        DataType::Float64 => normalized::<Float64Type>(array, |v| match v {
            v if v.is_nan() => f64::NAN,
            v => v + 0.0,
        }),
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            Arc::new(ListArray::new(
                field.clone(),
                list.offsets().clone(),
                normalize_floats(list.values()),
                list.nulls().cloned(),
            ))
        }
        DataType::Struct(fields) => {
            let structure = array.as_struct();
            let columns = structure.columns().iter().map(normalize_floats).collect();
            Arc::new(StructArray::new(
                fields.clone(),
                columns,
                structure.nulls().cloned(),
            ))
        }
        _ => array.clone(),
    }
}

/// Whether a float is somewhere inside.
pub fn contains_float(data_type: &DataType) -> bool {
    match data_type {
        DataType::Float32 | DataType::Float64 => true,
        DataType::List(field) | DataType::Map(field, _) => contains_float(field.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| contains_float(f.data_type())),
        _ => false,
    }
}

/// A converter to comparable rows, for keys of these types.
pub fn row_converter(types: impl IntoIterator<Item = DataType>) -> Result<RowConverter> {
    Ok(RowConverter::new(
        types.into_iter().map(SortField::new).collect(),
    )?)
}

fn normalized<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    normalize: impl Fn(T::Native) -> T::Native,
) -> ArrayRef {
    let array: &PrimitiveArray<T> = array.as_primitive();
    Arc::new(array.unary::<_, T>(normalize))
}
