//! Putting strings together: `concat` (of binaries and arrays too), `concat_ws`, `elt`.

use super::super::collections;
use super::super::entry::entry;
use super::super::{Arity, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{
    Nullable, ScalarBinding, any_nullable, binding, cast_arguments, common_argument_type,
    data_diff_types,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bytes, List, Read, Rows, Text, column_of, rows_to_compute};
use crate::types::DataType;
use crate::types::coercion::{Expected, implicit_cast};
use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, StringViewBuilder, UInt32Array};
use arrow::compute::interleave;
use arrow::datatypes::Int32Type;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "concat",
        "collection_funcs",
        "1.5.0",
        Arity::AtLeast(0),
        bind_concat,
        "_FUNC_(col1, col2, …) - The arguments one behind the other: strings, binaries or arrays.",
        &[
            ("concat('Spark', 'SQL')", "SparkSQL"),
            (
                "concat(array(1, 2, 3), array(4, 5), array(6))",
                "[1,2,3,4,5,6]",
            ),
        ],
    ),
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "concat_ws",
            "string_funcs",
            "1.5.0",
            Arity::AtLeast(1),
            bind_concat_ws,
            "_FUNC_(sep, [str | array(str), …]) - The strings, and the elements of the arrays of strings, with `sep` between them; NULLs are left out.",
            &[
                ("concat_ws(' ', 'Spark', 'SQL')", "Spark SQL"),
                ("concat_ws('/', 'foo', null, array('bar'))", "foo/bar"),
            ],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "elt",
            "string_funcs",
            "2.0.0",
            Arity::AtLeast(2),
            bind_elt,
            "_FUNC_(n, input1, input2, …) - The `n`-th input. If there is none: an error in ANSI mode, else NULL.",
            &[("elt(1, 'scala', 'java')", "scala")],
        )
    },
];

fn bind_concat(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let is_array = |argument: &BoundArgument| matches!(argument.data_type, DataType::Array { .. });
    let ansi = context.config.ansi();
    if !arguments.is_empty() && arguments.iter().all(is_array) {
        let returns = common_argument_type(context, arguments)?;
        let types = vec![returns.clone(); arguments.len()];
        let result = returns.clone();
        return Ok(binding(arguments, types, returns, move |columns, rows| {
            collections::build::concat_arrays(columns, rows, &result)
        }));
    }
    let binary = |argument: &BoundArgument| argument.data_type == DataType::Binary;
    if !arguments.is_empty() && arguments.iter().all(binary) {
        let types = vec![DataType::Binary; arguments.len()];
        return Ok(binding(
            arguments,
            types,
            DataType::Binary,
            |columns, rows| {
                let all: Vec<&Column> = columns.iter().collect();
                let parts = open::<Bytes>(columns)?;
                let rows = rows_to_compute(&all, rows);
                let mut output = BinaryViewBuilder::with_capacity(rows);
                let mut buffer = Vec::new();
                for row in 0..rows {
                    buffer.clear();
                    let whole = parts.iter().all(|part| {
                        let bytes = part.get(row);
                        buffer.extend_from_slice(bytes.unwrap_or_default());
                        bytes.is_some()
                    });
                    output.append_option(whole.then_some(buffer.as_slice()));
                }
                Ok(column_of(&all, Arc::new(output.finish())))
            },
        ));
    }
    let castable =
        |argument: &BoundArgument| implicit_cast(&argument.data_type, &Expected::STRING, ansi);
    if arguments
        .iter()
        .any(|argument| castable(argument).is_none())
    {
        // Spark reports the types after it has cast what it could
        let mut shown = arguments.to_vec();
        for argument in &mut shown {
            if let Some(data_type) = castable(argument) {
                argument.data_type = data_type;
            }
        }
        return Err(data_diff_types(context, &shown));
    }
    let types = vec![DataType::String; arguments.len()];
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let parts = open::<Text>(columns)?;
            let rows = rows_to_compute(&all, rows);
            let mut output = StringViewBuilder::with_capacity(rows);
            let mut buffer = String::new();
            for row in 0..rows {
                buffer.clear();
                let whole = parts.iter().all(|part| {
                    let text = part.get(row);
                    buffer.push_str(text.unwrap_or_default());
                    text.is_some()
                });
                output.append_option(whole.then_some(buffer.as_str()));
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}

fn open<T: Read>(columns: &[Column]) -> Result<Vec<Rows<'_, T>>> {
    columns.iter().map(Rows::new).collect()
}

/// An argument of `concat_ws` behind the separator.
enum Part<'a> {
    Text(Rows<'a, Text>),
    Texts(Rows<'a, List>),
}

fn bind_concat_ws(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const PART: Expected =
        Expected::OneOf(&[Expected::ArrayOf(&Expected::STRING), Expected::STRING]);
    let types = cast_arguments(context, arguments, &[Expected::STRING, PART])?;
    let separator_nullable = arguments[0].nullable;
    let bound = binding(arguments, types, DataType::String, |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let separators = Rows::<Text>::new(&columns[0])?;
        let mut parts = Vec::with_capacity(columns.len());
        for column in &columns[1..] {
            parts.push(match column.values().data_type() {
                arrow::datatypes::DataType::List(_) => Part::Texts(Rows::new(column)?),
                _ => Part::Text(Rows::new(column)?),
            });
        }
        let mut output = StringViewBuilder::with_capacity(rows);
        let mut buffer = String::new();
        for row in 0..rows {
            let Some(separator) = separators.get(row) else {
                output.append_null();
                continue;
            };
            buffer.clear();
            let mut first = true;
            let mut push = |text: &str, buffer: &mut String| {
                if !first {
                    buffer.push_str(separator);
                }
                first = false;
                buffer.push_str(text);
            };
            for part in &parts {
                match part {
                    Part::Text(texts) => {
                        if let Some(text) = texts.get(row) {
                            push(text, &mut buffer);
                        }
                    }
                    Part::Texts(lists) => {
                        let Some(list) = lists.get(row) else { continue };
                        let Some(texts) = list.as_string_view_opt() else {
                            continue;
                        };
                        texts
                            .iter()
                            .flatten()
                            .for_each(|text| push(text, &mut buffer));
                    }
                }
            }
            output.append_value(&buffer);
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.never_null().nullable_if(separator_nullable))
}

fn bind_elt(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let binary = arguments[1..]
        .iter()
        .all(|argument| argument.data_type == DataType::Binary);
    let (returns, input) = if binary {
        (DataType::Binary, Expected::BINARY)
    } else {
        (DataType::String, Expected::STRING)
    };
    let types = cast_arguments(context, arguments, &[Expected::INT, input])?;
    let ansi = context.config.ansi();
    let inputs_nullable = any_nullable(arguments);
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let indexes = Rows::<Int32Type>::new(&columns[0])?;
        let inputs = &columns[1..];
        // (input, row in it); the last array is a single NULL
        let mut places = Vec::with_capacity(rows);
        for row in 0..rows {
            let Some(index) = indexes.get(row) else {
                places.push((inputs.len(), 0));
                continue;
            };
            match usize::try_from(index)
                .ok()
                .and_then(|index| index.checked_sub(1))
            {
                Some(input) if input < inputs.len() => {
                    places.push((input, inputs[input].index(row)));
                }
                _ if ansi => {
                    return Err(Error::new(
                        &conditions::INVALID_ARRAY_INDEX,
                        [
                            ("indexValue", index.to_string()),
                            ("arraySize", inputs.len().to_string()),
                        ],
                    ));
                }
                _ => places.push((inputs.len(), 0)),
            }
        }
        let mut arrays: Vec<ArrayRef> = inputs
            .iter()
            .map(|column| column.values().clone())
            .collect();
        let null = UInt32Array::new_null(1);
        arrays.push(arrow::compute::take(arrays[0].as_ref(), &null, None)?);
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        Ok(column_of(&all, interleave(&arrays, &places)?))
    });
    Ok(bound.nullable_if(inputs_nullable || !ansi).nullable())
}
