//! Casts of arrays, maps and structs: the step of their parts, under the target's names.

use super::{Plan, Step, no_such_cast};
use crate::error::{Error, Result};
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType as ArrowType;
use std::sync::Arc;

pub(super) fn step(plan: &Plan, from: &DataType, to: &DataType) -> Result<Step> {
    use DataType as T;
    let target = arrow_type(to);
    Ok(match (from, to) {
        (T::Array { element: e, .. }, T::Array { element: f, .. }) => {
            let inner = plan.step(e, f)?;
            let ArrowType::List(field) = target else {
                return Err(no_such_cast(from, to));
            };
            Box::new(move |array| {
                let list = array.as_list_opt::<i32>().ok_or_else(|| wrong(array))?;
                let (_, offsets, values, nulls) = list.clone().into_parts();
                let (offsets, values) = trimmed(offsets, &values);
                let values = inner(&values)?;
                let list = ListArray::try_new(field.clone(), offsets, values, nulls)?;
                Ok(Arc::new(list) as ArrayRef)
            })
        }
        (
            T::Map {
                key: k, value: v, ..
            },
            T::Map {
                key: l, value: w, ..
            },
        ) => {
            let (keys, values) = (plan.step(k, l)?, plan.step(v, w)?);
            let ArrowType::Map(field, _) = target else {
                return Err(no_such_cast(from, to));
            };
            let ArrowType::Struct(fields) = field.data_type().clone() else {
                return Err(no_such_cast(from, to));
            };
            Box::new(move |array| {
                let map = array.as_map_opt().ok_or_else(|| wrong(array))?;
                let columns = vec![keys(map.keys())?, values(map.values())?];
                let entries = StructArray::try_new(fields.clone(), columns, None)?;
                let offsets = map.offsets().clone();
                let nulls = map.nulls().cloned();
                let map = MapArray::try_new(field.clone(), offsets, entries, nulls, false)?;
                Ok(Arc::new(map) as ArrayRef)
            })
        }
        (T::Struct(x), T::Struct(y)) if x.len() == y.len() => {
            let steps: Vec<Step> = (x.iter().zip(y.iter()))
                .map(|(f, g)| plan.step(&f.data_type, &g.data_type))
                .collect::<Result<_>>()?;
            let ArrowType::Struct(fields) = target else {
                return Err(no_such_cast(from, to));
            };
            Box::new(move |array| {
                let input = array.as_struct_opt().ok_or_else(|| wrong(array))?;
                let nulls = input.nulls().cloned();
                if steps.is_empty() {
                    return Ok(Arc::new(StructArray::new_empty_fields(input.len(), nulls)));
                }
                // What lies under a NULL struct must not raise.
                let columns = (input.columns().iter().zip(&steps))
                    .map(|(column, step)| step(&masked(column, input)?))
                    .collect::<Result<Vec<_>>>()?;
                Ok(Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?) as ArrayRef)
            })
        }
        _ => return Err(no_such_cast(from, to)),
    })
}

fn wrong(array: &ArrayRef) -> Error {
    Error::internal(format!(
        "{} where a nested type was settled",
        array.data_type()
    ))
}

/// Only the values that a list refers to: what else lies in the buffer must not raise.
fn trimmed(offsets: OffsetBuffer<i32>, values: &ArrayRef) -> (OffsetBuffer<i32>, ArrayRef) {
    let first = offsets.first();
    let length = offsets.last() - first;
    if first == 0 && length as usize == values.len() {
        return (offsets, values.clone());
    }
    let values = values.slice(first as usize, length as usize);
    let shifted: Vec<i32> = offsets.iter().map(|offset| offset - first).collect();
    (OffsetBuffer::new(shifted.into()), values)
}

/// A column of a struct, NULL where the struct is.
fn masked(column: &ArrayRef, parent: &StructArray) -> Result<ArrayRef> {
    match parent.nulls() {
        Some(nulls) if nulls.null_count() > 0 && *column.data_type() != ArrowType::Null => {
            let both = arrow::buffer::NullBuffer::union(column.nulls(), Some(nulls));
            let data = column.to_data().into_builder().nulls(both).build()?;
            Ok(arrow::array::make_array(data))
        }
        _ => Ok(column.clone()),
    }
}
