//! What is in an array: `array_contains`, `array_position`, `array_max`, `array_join`.

use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction};
use super::typing::{Meet, array_and_value, array_or_null, display_without_cast, null_type};
use crate::error::Result;
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, not_orderable,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Rows, Text, column_of, rows_to_compute};
use crate::kernel::list::{Lists, element_keys, joined, null_test};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{
    Array, AsArray, BooleanBuilder, Int64Builder, StringViewBuilder, UInt32Builder,
};
use arrow::compute::take;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Custom(display_without_cast),
        ..entry(
            "array_contains",
            "array_funcs",
            "1.5.0",
            Arity::Exact(2),
            bind_contains,
            "_FUNC_(array, value) - Whether the value is in the array; NULL if it is not and the array has a NULL.",
            &[("array_contains(array(1, 2, 3), 2)", "true")],
        )
    },
    entry(
        "array_position",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        bind_position,
        "_FUNC_(array, element) - Position of the first element that is equal, from 1; 0 if there is none.",
        &[("array_position(array(312, 773, 708, 708), 708)", "3")],
    ),
    entry(
        "array_max",
        "array_funcs",
        "2.4.0",
        Arity::Exact(1),
        |context, arguments| bind_extreme(context, arguments, true),
        "_FUNC_(array) - The greatest element; NULLs do not count.",
        &[("array_max(array(1, 20, null, 3))", "20")],
    ),
    entry(
        "array_min",
        "array_funcs",
        "2.4.0",
        Arity::Exact(1),
        |context, arguments| bind_extreme(context, arguments, false),
        "_FUNC_(array) - The least element; NULLs do not count.",
        &[("array_min(array(1, 20, null, 3))", "1")],
    ),
    entry(
        "array_join",
        "array_funcs",
        "2.4.0",
        Arity::OneOf(&[2, 3]),
        bind_join,
        "_FUNC_(array, delimiter[, nullReplacement]) - The elements as one string with `delimiter` between them; NULLs are left out or replaced.",
        &[
            (
                "array_join(array('hello', null, 'world'), ' ')",
                "hello world",
            ),
            (
                "array_join(array('hello', null, 'world'), ' ', ',')",
                "hello , world",
            ),
        ],
    ),
];

fn bind_contains(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    if arguments
        .iter()
        .any(|argument| argument.data_type == DataType::Null)
    {
        return Err(null_type(context));
    }
    let (element, contains_null) = array_and_value(context, arguments, 1, Meet::Wider)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let types = vec![
        DataType::array(element.clone(), contains_null),
        element.clone(),
    ];
    let bound = binding(arguments, types, DataType::Boolean, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let sources = [lists.elements.clone(), columns[1].values().clone()];
        let (elements, bases) = joined(&sources, &element)?;
        let keys = element_keys(&elements)?;
        let element_nulls = elements.logical_nulls();
        let is_null = null_test(&all, rows);
        let mut output = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            if is_null(row) {
                output.append_null();
                continue;
            }
            let wanted = keys.row(bases[1] + columns[1].index(row));
            let has_null = |mut range: std::ops::Range<usize>| {
                element_nulls
                    .as_ref()
                    .is_some_and(|nulls| range.any(|place| nulls.is_null(place)))
            };
            if lists.range(row).any(|place| keys.row(place) == wanted) {
                output.append_value(true);
            } else if has_null(lists.range(row)) {
                output.append_null();
            } else {
                output.append_value(false);
            }
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.nullable_if(contains_null))
}

fn bind_position(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_and_value(context, arguments, 1, Meet::Tightest)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let types = vec![
        DataType::array(element.clone(), contains_null),
        element.clone(),
    ];
    Ok(binding(
        arguments,
        types,
        DataType::Long,
        move |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let rows = rows_to_compute(&all, rows);
            let lists = Lists::new(&columns[0])?;
            let sources = [lists.elements.clone(), columns[1].values().clone()];
            let (elements, bases) = joined(&sources, &element)?;
            let keys = element_keys(&elements)?;
            let is_null = null_test(&all, rows);
            let mut output = Int64Builder::with_capacity(rows);
            for row in 0..rows {
                if is_null(row) {
                    output.append_null();
                    continue;
                }
                let wanted = keys.row(bases[1] + columns[1].index(row));
                let found = lists.range(row).position(|place| keys.row(place) == wanted);
                output.append_value(found.map_or(0, |place| place as i64 + 1));
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}

fn bind_extreme(
    context: &BindContext,
    arguments: &[BoundArgument],
    greatest: bool,
) -> Result<ScalarBinding> {
    let (element, contains_null) = array_or_null(context, arguments, 0)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let types = vec![DataType::array(element.clone(), contains_null)];
    let bound = binding(arguments, types, element, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let keys = element_keys(&lists.elements)?;
        let nulls = lists.elements.logical_nulls();
        let mut places = UInt32Builder::with_capacity(rows);
        for row in 0..rows {
            let there = |place: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*place));
            let candidates = lists.get(row).into_iter().flatten().filter(there);
            let best = candidates.reduce(|best, next| {
                let better = if greatest {
                    keys.row(next) > keys.row(best)
                } else {
                    keys.row(next) < keys.row(best)
                };
                if better { next } else { best }
            });
            places.append_option(best.map(|place| place as u32));
        }
        Ok(column_of(
            &all,
            take(lists.elements.as_ref(), &places.finish(), None)?,
        ))
    });
    Ok(bound.nullable())
}

fn bind_join(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let ansi = context.config.ansi();
    let strings = match &arguments[0].data_type {
        DataType::Array { element, .. }
            if crate::types::coercion::implicit_cast(element, &Expected::STRING, ansi)
                .is_some() =>
        {
            Expected::Any
        }
        _ => Expected::ArrayOf(&Expected::STRING),
    };
    let expected = [strings, Expected::STRING, Expected::STRING];
    let mut types = cast_arguments(context, arguments, &expected)?;
    let contains_null = matches!(
        types[0],
        DataType::Array {
            contains_null: true,
            ..
        }
    );
    types[0] = DataType::array(DataType::String, contains_null);
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let rows = rows_to_compute(&all, rows);
            let lists = Lists::new(&columns[0])?;
            let delimiters = Rows::<Text>::new(&columns[1])?;
            let replacements = columns.get(2).map(Rows::<Text>::new).transpose()?;
            let is_null = null_test(&all, rows);
            let texts = lists.elements.as_string_view();
            let mut output = StringViewBuilder::with_capacity(rows);
            let mut buffer = String::new();
            for row in 0..rows {
                if is_null(row) {
                    output.append_null();
                    continue;
                }
                buffer.clear();
                let mut first = true;
                for place in lists.range(row) {
                    let text = if texts.is_null(place) {
                        match &replacements {
                            Some(replacements) => replacements.value(row),
                            None => continue,
                        }
                    } else {
                        texts.value(place)
                    };
                    if !first {
                        buffer.push_str(delimiters.value(row));
                    }
                    first = false;
                    buffer.push_str(text);
                }
                output.append_value(&buffer);
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}
