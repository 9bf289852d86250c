//! One form for equal values, so that bits can be compared and hashed.
//!
//! Spark's keys treat NaN as equal to NaN and -0.0 as equal to 0.0, structs as equal whatever their fields are
//! called, and maps as equal in whatever order their entries came. [`comparable`] gives equal values equal
//! arrays of equal Arrow types, at any depth; [`row_converter`] takes such arrays. [`restore`] puts the names
//! and nullability of a declared type back on what a converter returns.

use super::list::conform;
use crate::error::Result;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, MapArray, PrimitiveArray, StructArray,
    UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields, Float32Type, Float64Type};
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

/// The type of [`comparable`] arrays: fields without names, everything nullable.
fn comparable_type(data_type: &DataType) -> DataType {
    let anonymous = |index: usize, field: &Field| {
        Field::new(index.to_string(), comparable_type(field.data_type()), true)
    };
    match data_type {
        DataType::List(element) => DataType::List(Arc::new(anonymous(0, element))),
        DataType::Struct(fields) => DataType::Struct(
            (fields.iter().enumerate())
                .map(|(index, field)| anonymous(index, field))
                .collect::<Fields>(),
        ),
        // A map is the list of its entries, which arrow-row compares by content.
        DataType::Map(entries, _) => DataType::List(Arc::new(anonymous(0, entries))),
        other => other.clone(),
    }
}

/// The same values in the form in which equal values are equal bits: one NaN, one zero, the entries of maps
/// in the order of their keys, and an Arrow type without names.
pub fn comparable(array: &ArrayRef) -> Result<ArrayRef> {
    let anonymous = |index: usize, data_type: &DataType| {
        Arc::new(Field::new(index.to_string(), data_type.clone(), true))
    };
    Ok(match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let elements = comparable(list.values())?;
            Arc::new(ListArray::try_new(
                anonymous(0, elements.data_type()),
                list.offsets().clone(),
                elements,
                list.nulls().cloned(),
            )?)
        }
        DataType::Struct(_) => Arc::new(comparable_struct(array.as_struct())?),
        DataType::Map(_, _) => {
            let map = array.as_map();
            let entries = in_key_order(map)?;
            Arc::new(ListArray::try_new(
                anonymous(0, entries.data_type()),
                map.offsets().clone(),
                entries,
                map.nulls().cloned(),
            )?)
        }
        _ => normalize_floats(array),
    })
}

fn comparable_struct(structure: &StructArray) -> Result<StructArray> {
    let columns: Vec<ArrayRef> =
        (structure.columns().iter().map(comparable)).collect::<Result<_>>()?;
    let fields: Fields = (columns.iter().enumerate())
        .map(|(index, column)| Field::new(index.to_string(), column.data_type().clone(), true))
        .collect();
    let nulls = structure.nulls().cloned();
    Ok(StructArray::try_new_with_length(
        fields,
        columns,
        nulls,
        structure.len(),
    )?)
}

/// The entries of maps in comparable form, each map's in the order of its keys.
fn in_key_order(map: &MapArray) -> Result<ArrayRef> {
    let entries = comparable_struct(map.entries())?;
    let keys = entries.column(0);
    let rows =
        row_converter([keys.data_type().clone()])?.convert_columns(std::slice::from_ref(keys))?;
    let mut order: Vec<u32> = (0..entries.len() as u32).collect();
    let mut changed = false;
    for bounds in map.offsets().windows(2) {
        let places = &mut order[bounds[0] as usize..bounds[1] as usize];
        let key = |place: &u32| rows.row(*place as usize);
        if !places.is_sorted_by_key(key) {
            places.sort_by(|a, b| key(a).cmp(&key(b)));
            changed = true;
        }
    }
    let entries: ArrayRef = Arc::new(entries);
    match changed {
        true => Ok(take(&entries, &UInt32Array::from(order), None)?),
        false => Ok(entries),
    }
}

/// A comparable array as an array of the type that it was made from.
pub fn restore(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if array.data_type() == data_type {
        return Ok(array.clone());
    }
    match data_type {
        DataType::List(element) => {
            let list = array.as_list::<i32>();
            Ok(Arc::new(ListArray::try_new(
                element.clone(),
                list.offsets().clone(),
                restore(list.values(), element.data_type())?,
                list.nulls().cloned(),
            )?))
        }
        DataType::Struct(fields) => {
            let structure = array.as_struct();
            let columns = (structure.columns().iter().zip(fields))
                .map(|(column, field)| restore(column, field.data_type()));
            Ok(Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns.collect::<Result<_>>()?,
                structure.nulls().cloned(),
                structure.len(),
            )?))
        }
        DataType::Map(entries, sorted) => {
            let list = array.as_list::<i32>();
            let values = restore(list.values(), entries.data_type())?;
            Ok(Arc::new(MapArray::try_new(
                entries.clone(),
                list.offsets().clone(),
                values.as_struct().clone(),
                list.nulls().cloned(),
                *sorted,
            )?))
        }
        _ => conform(array, data_type),
    }
}

/// A converter of [`comparable`] arrays to comparable rows, for keys of these types.
pub fn row_converter(types: impl IntoIterator<Item = DataType>) -> Result<RowConverter> {
    Ok(RowConverter::new(
        (types.into_iter())
            .map(|data_type| SortField::new(comparable_type(&data_type)))
            .collect(),
    )?)
}

fn normalized<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    normalize: impl Fn(T::Native) -> T::Native,
) -> ArrayRef {
    let array: &PrimitiveArray<T> = array.as_primitive();
    Arc::new(array.unary::<_, T>(normalize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, Int32Builder, MapBuilder};

    fn maps(entries: &[&[(i32, i32)]]) -> ArrayRef {
        let mut builder = MapBuilder::new(None, Int32Builder::new(), Int32Builder::new());
        for entry in entries {
            for (key, value) in *entry {
                builder.keys().append_value(*key);
                builder.values().append_value(*value);
            }
            builder.append(true).unwrap();
        }
        Arc::new(builder.finish())
    }

    #[test]
    fn equal_values_have_equal_rows() {
        let array = maps(&[&[(1, 2), (2, 3)], &[(1, 3)], &[(2, 3), (1, 2)], &[]]);
        let converter = row_converter([array.data_type().clone()]).unwrap();
        let rows = converter
            .convert_columns(&[comparable(&array).unwrap()])
            .unwrap();
        assert_eq!(rows.row(0), rows.row(2));
        assert_ne!(rows.row(0), rows.row(1));
        let back = converter.convert_rows(&rows).unwrap();
        let back = restore(&back[0], array.data_type()).unwrap();
        let sorted = maps(&[&[(1, 2), (2, 3)], &[(1, 3)], &[(1, 2), (2, 3)], &[]]);
        assert_eq!(&back, &sorted);
    }

    #[test]
    fn names_and_nullability_do_not_matter() {
        let column: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let structure = |name: &str, nullable: bool| -> ArrayRef {
            let field = Field::new(name, DataType::Int32, nullable);
            Arc::new(StructArray::new(
                vec![field].into(),
                vec![column.clone()],
                None,
            ))
        };
        let (a, b) = (structure("a", false), structure("b", true));
        let converter = row_converter([a.data_type().clone()]).unwrap();
        let convert = |array| converter.convert_columns(&[comparable(array).unwrap()]);
        assert_eq!(convert(&a).unwrap().row(1), convert(&b).unwrap().row(1));
    }
}
