//! The loops that steps are made of.

use super::Step;
use super::failure::Failure;
use crate::error::{Error, Result};
use crate::types::{DataType, arrow_type};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringViewArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use std::sync::Arc;

/// The array as primitives.
pub(super) fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<&PrimitiveArray<T>> {
    array.as_primitive_opt::<T>().ok_or_else(|| {
        Error::internal(format!(
            "{} where {} was settled",
            array.data_type(),
            T::DATA_TYPE
        ))
    })
}

/// The array as booleans.
pub(super) fn booleans(array: &ArrayRef) -> Result<&BooleanArray> {
    (array.as_boolean_opt())
        .ok_or_else(|| Error::internal(format!("{} where BOOLEAN was settled", array.data_type())))
}

/// The array as strings.
pub(super) fn strings(array: &ArrayRef) -> Result<&StringViewArray> {
    (array.as_string_view_opt())
        .ok_or_else(|| Error::internal(format!("{} where STRING was settled", array.data_type())))
}

/// A conversion that always succeeds.
pub(super) fn map<I: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    to: &DataType,
    f: impl Fn(I::Native) -> O::Native + Send + Sync + 'static,
) -> Step {
    let to = arrow_type(to);
    Box::new(move |array| {
        let out: PrimitiveArray<O> = primitive::<I>(array)?.unary(&f);
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}

/// A conversion that overflows for some values.
pub(super) fn try_map<I: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    to: &DataType,
    failure: Failure,
    f: impl Fn(I::Native) -> Option<O::Native> + Send + Sync + 'static,
) -> Step {
    let to = arrow_type(to);
    Box::new(move |array| {
        let input = primitive::<I>(array)?;
        let out: PrimitiveArray<O> = if failure.raises {
            let mut failed = false;
            let values: Vec<O::Native> = (input.values().iter())
                .map(|value| {
                    let value = f(*value);
                    failed |= value.is_none();
                    value.unwrap_or_default()
                })
                .collect();
            // What lies under a NULL may be anything.
            let fails = |row: &usize| input.is_valid(*row) && f(input.value(*row)).is_none();
            if failed && let Some(row) = (0..input.len()).find(fails) {
                return Err(failure.overflow(array, row));
            }
            PrimitiveArray::new(values.into(), input.nulls().cloned())
        } else {
            input.unary_opt(&f)
        };
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}

/// A conversion of primitives to BOOLEAN.
pub(super) fn to_boolean<I: ArrowPrimitiveType>(
    f: impl Fn(I::Native) -> bool + Send + Sync + 'static,
) -> Step {
    Box::new(move |array| {
        let input = primitive::<I>(array)?;
        let values = BooleanBuffer::collect_bool(input.len(), |row| f(input.values()[row]));
        Ok(Arc::new(BooleanArray::new(values, input.nulls().cloned())))
    })
}

/// A conversion of BOOLEAN to primitives.
pub(super) fn from_boolean<O: ArrowPrimitiveType>(
    to: &DataType,
    no: O::Native,
    yes: O::Native,
) -> Step {
    let to = arrow_type(to);
    Box::new(move |array| {
        let input = booleans(array)?;
        let values: Vec<O::Native> = (input.values().iter())
            .map(|value| if value { yes } else { no })
            .collect();
        let out = PrimitiveArray::<O>::new(values.into(), input.nulls().cloned());
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}

/// A conversion of texts to primitives; `Err` holds the condition of a text that cannot be read.
pub(super) fn parse<O: ArrowPrimitiveType>(
    to: &DataType,
    raises: bool,
    f: impl Fn(&str) -> Option<O::Native> + Send + Sync + 'static,
    error: impl Fn(&ArrayRef, usize) -> Error + Send + Sync + 'static,
) -> Step {
    let to = arrow_type(to);
    Box::new(move |array| {
        let input = strings(array)?;
        let mut values = vec![O::Native::default(); input.len()];
        let mut valid = Vec::new();
        for (row, value) in values.iter_mut().enumerate() {
            if input.is_null(row) {
                continue;
            }
            match f(input.value(row)) {
                Some(parsed) => *value = parsed,
                None if raises => return Err(error(array, row)),
                None => valid.push(row),
            }
        }
        let nulls = with_failed(input.nulls(), &valid, input.len());
        let out = PrimitiveArray::<O>::new(values.into(), nulls);
        Ok(Arc::new(out.with_data_type(to.clone())))
    })
}

/// The null bits with the rows of `failed` added.
pub(super) fn with_failed(
    nulls: Option<&NullBuffer>,
    failed: &[usize],
    rows: usize,
) -> Option<NullBuffer> {
    if failed.is_empty() {
        return nulls.cloned();
    }
    let mut valid = match nulls {
        Some(nulls) => nulls.inner().iter().collect::<Vec<bool>>(),
        None => vec![true; rows],
    };
    for row in failed {
        valid[*row] = false;
    }
    Some(NullBuffer::from(valid))
}
