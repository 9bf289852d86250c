//! Making arrays and structs.

use super::super::entry::entry;
use super::super::{Arity, Display, Form, NullRule, ScalarFunction, SpecialForm};
use super::typing::array_or_null;
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, any_nullable, binding, common_argument_type, expect_arguments,
    unexpected_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Rows, column_of, rows_to_compute};
use crate::kernel::list::{
    ListBuilder, Lists, conform, element_field, joined, list_array, null_test,
};
use crate::types::coercion::Expected;
use crate::types::{DataType, StructField};
use arrow::array::{ArrayRef, ListArray, StructArray, UInt32Builder};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType as ArrowType, Int32Type};
use std::sync::Arc;

/// The longest array that Spark makes.
pub(super) const LONGEST_ARRAY: i64 = 2_147_483_632;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "array",
            "array_funcs",
            "1.1.0",
            Arity::AtLeast(0),
            bind_array,
            "_FUNC_(expr, …) - An array of the arguments.",
            &[("array(1, 2, 3)", "[1,2,3]")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "array_repeat",
            "array_funcs",
            "2.4.0",
            Arity::Exact(2),
            bind_repeat,
            "_FUNC_(element, count) - An array of `element`, `count` times.",
            &[("array_repeat('123', 2)", "[\"123\",\"123\"]")],
        )
    },
    entry(
        "arrays_zip",
        "array_funcs",
        "2.4.0",
        Arity::AtLeast(0),
        bind_zip,
        "_FUNC_(a1, a2, …) - An array of structs, the n-th of the n-th elements of all arrays; NULL where an array is shorter.",
        &[(
            "arrays_zip(array(1, 2), array('a', 'b'))",
            "[{\"0\":1,\"1\":\"a\"},{\"0\":2,\"1\":\"b\"}]",
        )],
    ),
    entry(
        "flatten",
        "array_funcs",
        "2.4.0",
        Arity::Exact(1),
        bind_flatten,
        "_FUNC_(arrayOfArrays) - The elements of the inner arrays in one array; NULL if one of them is NULL.",
        &[("flatten(array(array(1, 2), array(3, 4)))", "[1,2,3,4]")],
    ),
    ScalarFunction {
        nulls: NullRule::Custom,
        form: Form::Special(SpecialForm::Struct),
        ..entry(
            "struct",
            "struct_funcs",
            "1.4.0",
            Arity::AtLeast(1),
            bind_array,
            "_FUNC_(col1, col2, …) - A struct of the arguments, with fields called as they are, or `col1`, `col2`, ….",
            &[("struct(1, 2, 3)", "{\"col1\":1,\"col2\":2,\"col3\":3}")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        form: Form::Special(SpecialForm::NamedStruct),
        ..entry(
            "named_struct",
            "struct_funcs",
            "1.5.0",
            Arity::AtLeast(1),
            bind_array,
            "_FUNC_(name1, val1, …) - A struct with fields of these names and values.",
            &[("named_struct('a', 1, 'b', 2)", "{\"a\":1,\"b\":2}")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Call,
        form: Form::Special(SpecialForm::Decode),
        ..entry(
            "decode",
            "string_funcs",
            "3.2.0",
            Arity::AtLeast(2),
            bind_array,
            "_FUNC_(bin, charset) - The string that `bin` is in a character set.\n_FUNC_(expr, search, result, …[, default]) - The result behind the first `search` that `expr` equals, NULL being equal to NULL; `default`, or NULL, if there is none.",
            &[
                ("decode(2, 1, 'one', 2, 'two', 'many')", "two"),
                ("decode(encode('abc', 'utf-8'), 'utf-8')", "abc"),
            ],
        )
    },
];

fn bind_array(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let element = common_argument_type(context, arguments)?;
    let types = vec![element.clone(); arguments.len()];
    let returns = DataType::array(element.clone(), any_nullable(arguments));
    let result = returns.clone();
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        if columns.is_empty() {
            let none = arrow::array::new_empty_array(element_field(&result)?.data_type());
            let offsets = OffsetBuffer::new_zeroed(1);
            return Ok(Column::Constant(list_array(none, offsets, None, &result)?));
        }
        let arrays: Vec<ArrayRef> = columns
            .iter()
            .map(|column| column.values().clone())
            .collect();
        let (elements, bases) = joined(&arrays, &element)?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            for (column, base) in columns.iter().zip(&bases) {
                output.push(base + column.index(row));
            }
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(elements.as_ref(), &result)?))
    });
    Ok(bound.never_null())
}

fn bind_repeat(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::Any, Expected::INT])?;
    let returns = DataType::array(types[0].clone(), arguments[0].nullable);
    let result = returns.clone();
    let count_nullable = arguments[1].nullable;
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let counts = Rows::<Int32Type>::new(&columns[1])?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            let Some(count) = counts.get(row) else {
                output.null_row();
                continue;
            };
            if i64::from(count) > LONGEST_ARRAY {
                return Err(too_long("array_repeat", "count", i64::from(count)));
            }
            for _ in 0..count.max(0) {
                output.push(columns[0].index(row));
            }
            output.end_row()?;
        }
        Ok(column_of(
            &all,
            output.finish(columns[0].values().as_ref(), &result)?,
        ))
    });
    Ok(bound.never_null().nullable_if(count_nullable))
}

/// `COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER`.
pub(super) fn too_long(function: &str, parameter: &str, elements: i64) -> Error {
    Error::new(
        &conditions::COLLECTION_SIZE_LIMIT_EXCEEDED_PARAMETER,
        [
            ("numberOfElements", elements.to_string()),
            ("functionName", quote::identifier(function)),
            ("maxRoundedArrayLength", LONGEST_ARRAY.to_string()),
            ("parameter", quote::identifier(parameter)),
        ],
    )
}

/// Fields are called after the columns that the arrays are, else by their position from 0.
fn bind_zip(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let mut fields = Vec::with_capacity(arguments.len());
    let mut types = Vec::with_capacity(arguments.len());
    for index in 0..arguments.len() {
        let (element, contains_null) = array_or_null(context, arguments, index)?;
        types.push(DataType::array(element.clone(), contains_null));
        fields.push(StructField::new(
            field_name(&arguments[index].sql, index),
            element,
            true,
        ));
    }
    let returns = DataType::array(DataType::structure(fields), false);
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        zip_arrays(columns, rows, &result)
    }))
}

/// The last part of a column's name; the position for any other expression.
fn field_name(sql: &str, index: usize) -> String {
    let name = sql.rsplit('.').next().unwrap_or(sql);
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let is_constant = ["null", "true", "false"].contains(&sql.to_lowercase().as_str());
    let is_name = !is_constant
        && sql.chars().all(|c| plain(c) || c == '.')
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if is_name {
        name.to_string()
    } else {
        index.to_string()
    }
}

/// One array of structs of the elements at equal places; the shorter arrays give NULLs.
pub fn zip_arrays(columns: &[Column], rows: usize, returns: &DataType) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let field = element_field(returns)?;
    let ArrowType::Struct(fields) = field.data_type() else {
        return Err(Error::internal(
            "arrays zipped to something that is no struct",
        ));
    };
    let lists = columns.iter().map(Lists::new).collect::<Result<Vec<_>>>()?;
    let is_null = null_test(&all, rows);
    let mut places: Vec<UInt32Builder> = lists.iter().map(|_| UInt32Builder::new()).collect();
    let mut offsets = vec![0i32];
    let mut total = 0usize;
    for row in 0..rows {
        if !is_null(row) {
            let longest = lists
                .iter()
                .map(|list| list.range(row).len())
                .max()
                .unwrap_or(0);
            for (list, places) in lists.iter().zip(&mut places) {
                let range = list.range(row);
                for place in 0..longest {
                    let inside = place < range.len();
                    places.append_option(inside.then(|| (range.start + place) as u32));
                }
            }
            total += longest;
        }
        offsets.push(i32::try_from(total).map_err(|_| Error::unsupported("arrays of that size"))?);
    }
    let mut children = Vec::with_capacity(lists.len());
    for ((list, mut places), field) in lists.iter().zip(places).zip(fields) {
        let taken = take(list.elements.as_ref(), &places.finish(), None)?;
        children.push(conform(&taken, field.data_type())?);
    }
    let structs = StructArray::try_new_with_length(fields.clone(), children, None, total)?;
    let nulls: Vec<bool> = (0..rows).map(|row| !is_null(row)).collect();
    let nulls = nulls.contains(&false).then(|| NullBuffer::from(nulls));
    let offsets = OffsetBuffer::new(offsets.into());
    let array = ListArray::try_new(field.clone(), offsets, Arc::new(structs), nulls)?;
    Ok(column_of(&all, Arc::new(array)))
}

fn bind_flatten(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let returns = match &arguments[0].data_type {
        DataType::Null => DataType::array(DataType::Null, true),
        DataType::Array { element, .. } if matches!(**element, DataType::Array { .. }) => {
            (**element).clone()
        }
        _ => {
            return Err(unexpected_type(
                context,
                arguments,
                0,
                "\"ARRAY\" of \"ARRAY\"",
            ));
        }
    };
    let types = match &arguments[0].data_type {
        DataType::Null => vec![DataType::array(returns.clone(), true)],
        other => vec![other.clone()],
    };
    let inner_nulls = matches!(
        types[0],
        DataType::Array {
            contains_null: true,
            ..
        }
    );
    let result = returns.clone();
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let outer = Lists::new(&columns[0])?;
        let inner_column = Column::Array(outer.elements.clone());
        let inner = Lists::new(&inner_column)?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            match outer.get(row) {
                Some(range) if !range.clone().any(|place| inner.is_null(place)) => {
                    range.for_each(|place| output.extend(inner.range(place)));
                    output.end_row()?;
                }
                _ => output.null_row(),
            }
        }
        Ok(column_of(
            &all,
            output.finish(inner.elements.as_ref(), &result)?,
        ))
    });
    Ok(bound.nullable_if(inner_nulls))
}

/// The elements of several arrays one behind the other; NULL if one of them is.
pub fn concat_arrays(columns: &[Column], rows: usize, returns: &DataType) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let lists = columns.iter().map(Lists::new).collect::<Result<Vec<_>>>()?;
    let elements: Vec<_> = lists.iter().map(|list| list.elements.clone()).collect();
    let (elements, bases) = joined(&elements, element_type(returns))?;
    let is_null = null_test(&all, rows);
    let mut output = ListBuilder::new(rows);
    for row in 0..rows {
        if is_null(row) {
            output.null_row();
            continue;
        }
        for (list, base) in lists.iter().zip(&bases) {
            let range = list.range(row);
            output.extend(base + range.start..base + range.end);
        }
        output.end_row()?;
    }
    Ok(column_of(&all, output.finish(elements.as_ref(), returns)?))
}

/// The element type of an array type; the type itself of any other.
pub(super) fn element_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Array { element, .. } => element,
        other => other,
    }
}
