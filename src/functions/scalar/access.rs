//! Structs and the parts of nested values: `s.f`, `a[0]`, `m['k']`.
//!
//! The analyzer builds these calls from dotted names and brackets; their names cannot be written as
//! functions.

use super::{Arity, Display, Form, Kernel, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::unexpected_type;
use crate::functions::{BindContext, Binding, BoundArgument};
use crate::kernel::Column;
use crate::types::coercion::{Expected, common_type, implicit_cast};
use crate::types::{DataType, StructType, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, StructArray, UInt32Array, make_comparator, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use std::cmp::Ordering;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        name: ".",
        arity: Arity::Exact(2),
        nulls: NullRule::Custom,
        display: Display::Custom(|_, arguments| arguments.join(".")),
        form: Form::Kernel(bind_field),
        ..ScalarFunction::BASE
    },
    ScalarFunction {
        name: "[]",
        arity: Arity::Exact(2),
        nulls: NullRule::Custom,
        display: Display::Custom(|_, arguments| match arguments {
            [base, key] => format!("{base}[{key}]"),
            other => other.join(""),
        }),
        form: Form::Kernel(bind_item),
        ..ScalarFunction::BASE
    },
];

/// The kernel that makes structs of one column per field.
pub fn make_struct(schema: &StructType) -> Arc<dyn Kernel> {
    let data_type = arrow_type(&DataType::Struct(schema.clone()));
    Arc::new(move |arguments: &[Column], rows: usize| {
        let ArrowType::Struct(fields) = &data_type else {
            return Err(Error::internal(format!("{data_type} for a struct")));
        };
        let constant = arguments.iter().all(Column::is_constant);
        let rows = if constant { 1 } else { rows };
        let columns: Vec<ArrayRef> = arguments
            .iter()
            .map(|column| column.to_array(rows))
            .collect();
        let array: ArrayRef = Arc::new(StructArray::try_new_with_length(
            fields.clone(),
            columns,
            None,
            rows,
        )?);
        Ok(if constant {
            Column::Constant(array)
        } else {
            Column::Array(array)
        })
    })
}

/// `.`: a struct, or an array of structs, and the ordinal of the field.
fn bind_field(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn Kernel>>> {
    let wrong = || Error::internal(format!("{} is no field access", context.sql));
    let [base, ordinal] = arguments else {
        return Err(wrong());
    };
    let ordinal = ordinal
        .constant
        .as_ref()
        .and_then(|value| value.as_i64())
        .ok_or_else(wrong)?;
    let ordinal = usize::try_from(ordinal).map_err(|_| wrong())?;
    let types = arguments
        .iter()
        .map(|argument| argument.data_type.clone())
        .collect();
    match &base.data_type {
        DataType::Struct(fields) => {
            let field = fields.get(ordinal).ok_or_else(wrong)?;
            Ok(Binding {
                arguments: types,
                returns: field.data_type.clone(),
                nullable: base.nullable || field.nullable,
                kernel: Arc::new(move |arguments: &[Column], _: usize| {
                    let field = |array: &ArrayRef| field_of(array.as_struct(), ordinal);
                    Ok(match &arguments[0] {
                        Column::Array(array) => Column::Array(field(array)?),
                        Column::Constant(array) => Column::Constant(field(array)?),
                    })
                }),
            })
        }
        DataType::Array {
            element,
            contains_null,
        } => {
            let DataType::Struct(fields) = &**element else {
                return Err(wrong());
            };
            let field = fields.get(ordinal).ok_or_else(wrong)?;
            let returns =
                DataType::array(field.data_type.clone(), *contains_null || field.nullable);
            let list_type = arrow_type(&returns);
            Ok(Binding {
                arguments: types,
                returns,
                nullable: base.nullable,
                kernel: Arc::new(move |arguments: &[Column], _: usize| {
                    let ArrowType::List(item) = &list_type else {
                        return Err(Error::internal(format!("{list_type} for an array")));
                    };
                    let project = |array: &ArrayRef| -> Result<ArrayRef> {
                        let lists = array.as_list::<i32>();
                        let values = field_of(lists.values().as_struct(), ordinal)?;
                        Ok(Arc::new(ListArray::try_new(
                            item.clone(),
                            lists.offsets().clone(),
                            values,
                            lists.nulls().cloned(),
                        )?))
                    };
                    Ok(match &arguments[0] {
                        Column::Array(array) => Column::Array(project(array)?),
                        Column::Constant(array) => Column::Constant(project(array)?),
                    })
                }),
            })
        }
        _ => Err(wrong()),
    }
}

/// A field of structs, NULL where the struct is.
fn field_of(structs: &StructArray, ordinal: usize) -> Result<ArrayRef> {
    let field = structs.column(ordinal);
    if structs.null_count() == 0 {
        return Ok(field.clone());
    }
    let own = field.logical_nulls();
    let nulls = NullBuffer::union(structs.nulls(), own.as_ref());
    let data = field.to_data().into_builder().nulls(nulls);
    match field.data_type() {
        ArrowType::Null => Ok(field.clone()),
        _ => Ok(arrow::array::make_array(data.build()?)),
    }
}

/// `[]`: the element of an array at an index, or the value of a map for a key.
fn bind_item(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn Kernel>>> {
    let ansi = context.config.ansi();
    let [base, key] = arguments else {
        return Err(Error::internal(format!(
            "{} is no element access",
            context.sql
        )));
    };
    match &base.data_type {
        DataType::Array { element, .. } => {
            let index = match &key.data_type {
                DataType::Null => Some(DataType::Integer),
                t if t.is_integral() => Some(t.clone()),
                _ => None,
            };
            if index.is_none() {
                let required = "\"INTEGRAL\"".to_string();
                return Err(unexpected_type(context, arguments, 1, &required));
            }
            Ok(Binding {
                arguments: vec![base.data_type.clone(), DataType::Long],
                returns: (**element).clone(),
                nullable: true,
                kernel: Arc::new(move |arguments: &[Column], rows: usize| {
                    element_at_index(&arguments[0], &arguments[1], rows, ansi)
                }),
            })
        }
        DataType::Map {
            key: wanted, value, ..
        } => {
            let both = common_type(wanted, &key.data_type, ansi).filter(|both| both == &**wanted);
            let both = both.or_else(|| {
                implicit_cast(&key.data_type, &Expected::Exact((**wanted).clone()), ansi)
            });
            if both.is_none() {
                return Err(unexpected_type(
                    context,
                    arguments,
                    1,
                    &quote::sql_type(wanted),
                ));
            }
            if !wanted.is_orderable() {
                return Err(crate::functions::signature::not_orderable(context, wanted));
            }
            Ok(Binding {
                arguments: vec![base.data_type.clone(), (**wanted).clone()],
                returns: (**value).clone(),
                nullable: true,
                kernel: Arc::new(|arguments: &[Column], rows: usize| {
                    value_of_key(&arguments[0], &arguments[1], rows)
                }),
            })
        }
        other => Err(Error::new(
            &conditions::INVALID_EXTRACT_BASE_FIELD_TYPE,
            [
                ("base", quote::sql_expression(&base.sql)),
                ("other", quote::sql_type(other)),
            ],
        )),
    }
}

/// `a[i]`, counted from 0; outside of the array an error in ANSI mode, else NULL.
fn element_at_index(base: &Column, index: &Column, rows: usize, ansi: bool) -> Result<Column> {
    let constant = base.is_constant() && index.is_constant();
    let rows = if constant { 1 } else { rows };
    let lists = base.values().as_list::<i32>();
    let indexes = index.values().as_primitive::<Int64Type>();
    let mut positions: Vec<Option<u32>> = Vec::with_capacity(rows);
    for row in 0..rows {
        let (list, at) = (base.index(row), index.index(row));
        if lists.is_null(list) || indexes.is_null(at) {
            positions.push(None);
            continue;
        }
        let offsets = lists.value_offsets();
        let (start, end) = (offsets[list], offsets[list + 1]);
        let (length, wanted) = (i64::from(end - start), indexes.value(at));
        if (0..length).contains(&wanted) {
            positions.push(u32::try_from(i64::from(start) + wanted).ok());
        } else if ansi {
            return Err(Error::new(
                &conditions::INVALID_ARRAY_INDEX,
                [
                    ("indexValue", wanted.to_string()),
                    ("arraySize", length.to_string()),
                    ("ansiConfig", quote::config("spark.sql.ansi.enabled")),
                ],
            ));
        } else {
            positions.push(None);
        }
    }
    taken(lists.values(), positions, constant)
}

/// `m[k]`: NULL where the map has no such key.
fn value_of_key(base: &Column, key: &Column, rows: usize) -> Result<Column> {
    let constant = base.is_constant() && key.is_constant();
    let rows = if constant { 1 } else { rows };
    let maps = base.values().as_map();
    let keys = key.values();
    if matches!(keys.data_type(), ArrowType::Null) {
        return Ok(Column::Constant(new_null_array(
            maps.values().data_type(),
            1,
        )));
    }
    let compare = make_comparator(maps.keys().as_ref(), keys.as_ref(), SortOptions::default())?;
    let offsets = maps.value_offsets();
    let positions = (0..rows).map(|row| {
        let (map, at) = (base.index(row), key.index(row));
        if maps.is_null(map) || keys.is_null(at) {
            return None;
        }
        let entries = offsets[map] as usize..offsets[map + 1] as usize;
        let found = entries
            .into_iter()
            .find(|entry| compare(*entry, at) == Ordering::Equal);
        found.and_then(|entry| u32::try_from(entry).ok())
    });
    let positions = positions.collect();
    taken(maps.values(), positions, constant)
}

fn taken(values: &ArrayRef, positions: Vec<Option<u32>>, constant: bool) -> Result<Column> {
    let array = take(values.as_ref(), &UInt32Array::from(positions), None)?;
    Ok(if constant {
        Column::Constant(array)
    } else {
        Column::Array(array)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::value::{array_to_value, value_to_array};
    use crate::types::Value;

    #[test]
    fn elements_and_values_are_found() {
        let array = DataType::array(DataType::Integer, false);
        let list = Value::Array(vec![Value::Integer(7), Value::Integer(8)]);
        let list = Column::Constant(value_to_array(&list, &array).unwrap());
        let index =
            |i: i64| Column::Constant(value_to_array(&Value::Long(i), &DataType::Long).unwrap());
        let found = element_at_index(&list, &index(1), 3, true).unwrap();
        let value = array_to_value(found.values(), 0, &DataType::Integer).unwrap();
        assert_eq!(value, Value::Integer(8));
        let outside = element_at_index(&list, &index(2), 3, true).unwrap_err();
        assert_eq!(outside.condition().name, "INVALID_ARRAY_INDEX");
        assert!(
            element_at_index(&list, &index(2), 3, false)
                .unwrap()
                .is_null_constant()
        );
    }
}
