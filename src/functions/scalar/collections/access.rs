//! Elements and sizes: `element_at`, `get`, `size`.

use super::super::entry::entry;
use super::super::{Arity, Display, NullRule, ScalarFunction};
use super::typing::{Meet, array_type, index_type, map_and_key, map_type};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, unexpected_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Rows, column_of, rows_to_compute};
use crate::kernel::list::{Lists, element_keys, joined, null_test};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{BooleanBuilder, Int32Builder, UInt32Builder};
use arrow::compute::take;
use arrow::datatypes::Int32Type;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "element_at",
        "collection_funcs",
        "2.4.0",
        Arity::Exact(2),
        |context, arguments| bind_element_at(context, arguments, !context.config.ansi()),
        "_FUNC_(array, index) - The element at `index`, from 1, or from the end if negative; an error in ANSI mode if there is none.\n_FUNC_(map, key) - The value of `key`, or NULL.",
        &[
            ("element_at(array(1, 2, 3), 2)", "2"),
            ("element_at(map(1, 'a', 2, 'b'), 2)", "b"),
        ],
    ),
    entry(
        "try_element_at",
        "collection_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_element_at(context, arguments, true),
        "_FUNC_(array, index) - Like `element_at`, but NULL if there is no such element.\n_FUNC_(map, key) - The value of `key`, or NULL.",
        &[("try_element_at(array(1, 2, 3), 5)", "NULL")],
    ),
    entry(
        "get",
        "array_funcs",
        "3.4.0",
        Arity::Exact(2),
        bind_get,
        "_FUNC_(array, index) - The element at `index`, from 0; NULL if there is none.",
        &[
            ("get(array(1, 2, 3), 0)", "1"),
            ("get(array(1, 2, 3), 3)", "NULL"),
        ],
    ),
    ScalarFunction {
        aliases: &["cardinality"],
        nulls: NullRule::Custom,
        display: Display::CallAsWritten,
        ..entry(
            "size",
            "collection_funcs",
            "1.5.0",
            Arity::Exact(1),
            bind_size,
            "_FUNC_(expr) - Number of elements of an array or entries of a map.",
            &[
                ("size(array('b', 'd', 'c', 'a'))", "4"),
                ("size(map('a', 1, 'b', 2))", "2"),
            ],
        )
    },
    entry(
        "array_size",
        "array_funcs",
        "3.3.0",
        Arity::Exact(1),
        bind_array_size,
        "_FUNC_(expr) - Number of elements of an array.",
        &[("array_size(array('b', 'd', 'c', 'a'))", "4")],
    ),
    entry(
        "map_contains_key",
        "map_funcs",
        "3.3.0",
        Arity::Exact(2),
        bind_contains_key,
        "_FUNC_(map, key) - Whether the map has the key.",
        &[("map_contains_key(map(1, 'a', 2, 'b'), 1)", "true")],
    ),
];

/// How an index counts, and what one outside of the array does.
#[derive(Debug, Clone, Copy)]
enum Indexing {
    /// From 0; NULL outside.
    FromZero,
    /// From 1 or the end; outside an error unless tolerant.
    FromOne { tolerant: bool },
}

impl Indexing {
    /// Place of the element in an array of this length.
    fn place(self, index: i32, length: usize) -> Result<Option<usize>> {
        match self {
            Indexing::FromZero => Ok(usize::try_from(index).ok().filter(|index| *index < length)),
            Indexing::FromOne { .. } if index == 0 => {
                Err(Error::of(&conditions::INVALID_INDEX_OF_ZERO))
            }
            Indexing::FromOne { tolerant } => {
                let size = index.unsigned_abs() as usize;
                if size <= length {
                    Ok(Some(if index > 0 { size - 1 } else { length - size }))
                } else if tolerant {
                    Ok(None)
                } else {
                    Err(Error::new(
                        &conditions::INVALID_ARRAY_INDEX_IN_ELEMENT_AT,
                        [
                            ("indexValue", index.to_string()),
                            ("arraySize", length.to_string()),
                        ],
                    ))
                }
            }
        }
    }
}

fn pick_elements(columns: &[Column], rows: usize, indexing: Indexing) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let lists = Lists::new(&columns[0])?;
    let indexes = Rows::<Int32Type>::new(&columns[1])?;
    let mut places = UInt32Builder::with_capacity(rows);
    for row in 0..rows {
        let place = match (lists.get(row), indexes.get(row)) {
            (Some(range), Some(index)) => indexing
                .place(index, range.len())?
                .map(|place| (range.start + place) as u32),
            _ => None,
        };
        places.append_option(place);
    }
    let picked = take(lists.elements.as_ref(), &places.finish(), None)?;
    Ok(column_of(&all, picked))
}

fn bind_element_at(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    if let DataType::Map {
        value_contains_null,
        ..
    } = &arguments[0].data_type
    {
        let (key, value) = map_and_key(context, arguments, Meet::Tightest)?;
        let map = DataType::map(key.clone(), value.clone(), *value_contains_null);
        let types = vec![map, key.clone()];
        let bound = binding(arguments, types, value, move |columns, rows| {
            look_up(columns, rows, &key)
        });
        return Ok(bound.nullable());
    }
    let DataType::Array { element, .. } = &arguments[0].data_type else {
        return Err(unexpected_type(
            context,
            arguments,
            0,
            "(\"ARRAY\" or \"MAP\")",
        ));
    };
    let mut types = vec![arguments[0].data_type.clone()];
    types.push(index_type(context, arguments, 1)?);
    let indexing = Indexing::FromOne { tolerant };
    let bound = binding(
        arguments,
        types,
        (**element).clone(),
        move |columns, rows| pick_elements(columns, rows, indexing),
    );
    Ok(bound.nullable())
}

/// The value of a key.
fn look_up(columns: &[Column], rows: usize, key: &DataType) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let maps = Lists::new(&columns[0])?;
    let (keys, values) = maps.keys_and_values()?;
    let (keys, bases) = joined(&[keys, columns[1].values().clone()], key)?;
    let keys = element_keys(&keys)?;
    let is_null = null_test(&all, rows);
    let mut places = UInt32Builder::with_capacity(rows);
    for row in 0..rows {
        let place = if is_null(row) {
            None
        } else {
            let wanted = keys.row(bases[1] + columns[1].index(row));
            // of equal keys, which a file may hold, the first counts
            maps.range(row).find(|place| keys.row(*place) == wanted)
        };
        places.append_option(place.map(|place| place as u32));
    }
    Ok(column_of(
        &all,
        take(values.as_ref(), &places.finish(), None)?,
    ))
}

fn bind_get(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, _) = array_type(context, arguments, 0)?;
    let types = cast_arguments(context, arguments, &[Expected::Array, Expected::INT])?;
    let bound = binding(arguments, types, element.clone(), |columns, rows| {
        pick_elements(columns, rows, Indexing::FromZero)
    });
    Ok(bound.nullable())
}

fn sizes(columns: &[Column], rows: usize, of_null: Option<i32>) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let lists = Lists::new(&columns[0])?;
    let mut output = Int32Builder::with_capacity(rows);
    for row in 0..rows {
        output.append_option(lists.get(row).map(|range| range.len() as i32).or(of_null));
    }
    Ok(column_of(&all, Arc::new(output.finish())))
}

/// NULL has no size, or with ANSI mode off (where `spark.sql.legacy.sizeOfNull` holds) the size -1.
fn bind_size(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = match &arguments[0].data_type {
        DataType::Array { .. } | DataType::Map { .. } => vec![arguments[0].data_type.clone()],
        DataType::Null => vec![DataType::array(DataType::Null, true)],
        _ => {
            return Err(unexpected_type(
                context,
                arguments,
                0,
                "(\"ARRAY\" or \"MAP\")",
            ));
        }
    };
    let legacy = context.config.get("spark.sql.legacy.sizeOfNull") != Some("false");
    let of_null = (legacy && !context.config.ansi()).then_some(-1);
    let bound = binding(arguments, types, DataType::Integer, move |columns, rows| {
        sizes(columns, rows, of_null)
    });
    Ok(if of_null.is_some() {
        bound.never_null()
    } else {
        bound
    })
}

fn bind_array_size(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = match &arguments[0].data_type {
        DataType::Null => vec![DataType::array(DataType::Null, true)],
        _ => {
            array_type(context, arguments, 0)?;
            vec![arguments[0].data_type.clone()]
        }
    };
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| sizes(columns, rows, None),
    ))
}

fn bind_contains_key(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    if arguments
        .iter()
        .any(|argument| argument.data_type == DataType::Null)
    {
        return Err(super::typing::null_type(context));
    }
    let (_, value, value_nulls) = map_type(context, arguments, 0)?;
    let (key, _) = map_and_key(context, arguments, Meet::Wider)?;
    let types = vec![DataType::map(key.clone(), value, value_nulls), key.clone()];
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let rows = rows_to_compute(&all, rows);
            let maps = Lists::new(&columns[0])?;
            let (keys, _) = maps.keys_and_values()?;
            let (keys, bases) = joined(&[keys, columns[1].values().clone()], &key)?;
            let keys = element_keys(&keys)?;
            let is_null = null_test(&all, rows);
            let mut output = BooleanBuilder::with_capacity(rows);
            for row in 0..rows {
                if is_null(row) {
                    output.append_null();
                    continue;
                }
                let wanted = keys.row(bases[1] + columns[1].index(row));
                output.append_value(maps.range(row).any(|place| keys.row(place) == wanted));
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}
