//! Maps: making them and taking them apart.

use super::super::entry::entry;
use super::super::{Arity, Display, NullRule, ScalarFunction};
use super::typing::{array_type, map_type};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, any_nullable, binding, cast_arguments, common_argument_type,
    expect_arguments, unexpected_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::java_regex::JavaRegex;
use crate::kernel::lift::{Rows, Text, column_of, rows_to_compute};
use crate::kernel::list::{Lists, joined, list_array, null_test};
use crate::kernel::map_builder::{DuplicateKeys, Keys, MapBuilder};
use crate::types::coercion::{Expected, common_type_of};
use crate::types::{DataType, StructField};
use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, new_empty_array};
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "map",
            "map_funcs",
            "2.0.0",
            Arity::AtLeast(0),
            bind_map,
            "_FUNC_(key0, value0, key1, value1, …) - A map of these entries.",
            &[("map(1.0, '2', 3.0, '4')", "{1.0:\"2\",3.0:\"4\"}")],
        )
    },
    entry(
        "map_keys",
        "map_funcs",
        "2.0.0",
        Arity::Exact(1),
        |context, arguments| bind_part(context, arguments, Part::Keys),
        "_FUNC_(map) - The keys of a map as an array.",
        &[("map_keys(map(1, 'a', 2, 'b'))", "[1,2]")],
    ),
    entry(
        "map_values",
        "map_funcs",
        "2.0.0",
        Arity::Exact(1),
        |context, arguments| bind_part(context, arguments, Part::Values),
        "_FUNC_(map) - The values of a map as an array.",
        &[("map_values(map(1, 'a', 2, 'b'))", "[\"a\",\"b\"]")],
    ),
    entry(
        "map_entries",
        "map_funcs",
        "3.0.0",
        Arity::Exact(1),
        |context, arguments| bind_part(context, arguments, Part::Entries),
        "_FUNC_(map) - The entries of a map as an array of structs.",
        &[("map_entries(map(1, 'a'))", "[{\"key\":1,\"value\":\"a\"}]")],
    ),
    entry(
        "map_from_arrays",
        "map_funcs",
        "2.4.0",
        Arity::Exact(2),
        bind_from_arrays,
        "_FUNC_(keys, values) - A map of an array of keys and one of values, of equal length.",
        &[(
            "map_from_arrays(array(1.0, 3.0), array('2', '4'))",
            "{1.0:\"2\",3.0:\"4\"}",
        )],
    ),
    entry(
        "map_from_entries",
        "map_funcs",
        "2.4.0",
        Arity::Exact(1),
        bind_from_entries,
        "_FUNC_(arrayOfEntries) - A map of an array of structs of a key and a value.",
        &[(
            "map_from_entries(array(struct(1, 'a'), struct(2, 'b')))",
            "{1:\"a\",2:\"b\"}",
        )],
    ),
    entry(
        "map_concat",
        "map_funcs",
        "2.4.0",
        Arity::AtLeast(0),
        bind_concat,
        "_FUNC_(map, …) - The entries of all maps in one.",
        &[("map_concat(map(1, 'a'), map(2, 'b'))", "{1:\"a\",2:\"b\"}")],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [text] => format!("{name}({text}, ,, :)"),
            [text, pairs] => format!("{name}({text}, {pairs}, :)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "str_to_map",
            "map_funcs",
            "2.0.1",
            Arity::OneOf(&[1, 2, 3]),
            bind_str_to_map,
            "_FUNC_(text[, pairDelim[, keyValueDelim]]) - A map of the pairs of a text; the delimiters are regular expressions, `,` and `:` by default.",
            &[("str_to_map('a:1,b:2')", "{\"a\":\"1\",\"b\":\"2\"}")],
        )
    },
];

/// Checks the type of a map's keys.
fn check_key(context: &BindContext, key: &DataType) -> Result<()> {
    if !key.contains_map() {
        return Ok(());
    }
    Err(Error::new(
        &conditions::DATATYPE_MISMATCH_INVALID_MAP_KEY_TYPE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("keyType", quote::sql_type(key)),
        ],
    ))
}

fn bind_map(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    if arguments.len() % 2 != 0 {
        return Err(Error::new(
            &conditions::WRONG_NUM_ARGS_WITHOUT_SUGGESTION,
            [
                ("functionName", quote::identifier(context.name)),
                ("expectedNum", "2n (n > 0)".to_string()),
                ("actualNum", arguments.len().to_string()),
                (
                    "docroot",
                    "https://spark.apache.org/docs/latest".to_string(),
                ),
            ],
        ));
    }
    let common = |offset: usize, condition| {
        let types: Vec<DataType> = arguments
            .iter()
            .skip(offset)
            .step_by(2)
            .map(|a| a.data_type.clone())
            .collect();
        common_type_of(&types, context.config.ansi()).ok_or_else(|| {
            let mut names: Vec<String> = Vec::new();
            for data_type in &types {
                let name = quote::sql_type(data_type);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Error::new(
                condition,
                [
                    ("sqlExpr", quote::sql_expression(context.sql)),
                    ("functionName", quote::identifier(context.name)),
                    ("dataType", format!("[{}]", names.join(", "))),
                ],
            )
        })
    };
    let key = common(0, &conditions::DATATYPE_MISMATCH_CREATE_MAP_KEY_DIFF_TYPES)?;
    let value = common(
        1,
        &conditions::DATATYPE_MISMATCH_CREATE_MAP_VALUE_DIFF_TYPES,
    )?;
    check_key(context, &key)?;
    let value_nulls = arguments
        .iter()
        .skip(1)
        .step_by(2)
        .any(|argument| argument.nullable);
    let types = [key.clone(), value.clone()]
        .into_iter()
        .cycle()
        .take(arguments.len())
        .collect();
    let returns = DataType::map(key.clone(), value.clone(), value_nulls);
    let result = returns.clone();
    let policy = DuplicateKeys::of(context.config);
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let every_other = |offset: usize| -> Vec<ArrayRef> {
            columns
                .iter()
                .skip(offset)
                .step_by(2)
                .map(|column| column.values().clone())
                .collect()
        };
        let (keys, key_bases, values, value_bases) = if columns.is_empty() {
            let none = |t: &DataType| new_empty_array(&crate::types::arrow_type(t));
            (none(&key), vec![], none(&value), vec![])
        } else {
            let (keys, key_bases) = joined(&every_other(0), &key)?;
            let (values, value_bases) = joined(&every_other(1), &value)?;
            (keys, key_bases, values, value_bases)
        };
        let keys = Keys::new(&keys, &key)?;
        let mut output = MapBuilder::new(&keys, policy, rows);
        for row in 0..rows {
            for (pair, (key_base, value_base)) in key_bases.iter().zip(&value_bases).enumerate() {
                let key = key_base + columns[2 * pair].index(row);
                let value = value_base + columns[2 * pair + 1].index(row);
                output.put(key, Some(value))?;
            }
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(values.as_ref(), &result)?))
    });
    Ok(bound.never_null())
}

/// What a map is taken apart into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Keys,
    Values,
    Entries,
}

fn bind_part(
    context: &BindContext,
    arguments: &[BoundArgument],
    part: Part,
) -> Result<ScalarBinding> {
    let (key, value, value_nulls) = map_type(context, arguments, 0)?;
    let types = vec![DataType::map(key.clone(), value.clone(), value_nulls)];
    let returns = match part {
        Part::Keys => DataType::array(key, false),
        Part::Values => DataType::array(value, value_nulls),
        Part::Entries => {
            let key = StructField::new("key", key, false);
            let value = StructField::new("value", value, value_nulls);
            DataType::array(DataType::structure([key, value]), false)
        }
    };
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, _| {
        let Some(maps) = columns[0].values().as_map_opt() else {
            return Err(Error::internal("not a map column"));
        };
        let elements: ArrayRef = match part {
            Part::Keys => maps.keys().clone(),
            Part::Values => maps.values().clone(),
            Part::Entries => Arc::new(maps.entries().clone()),
        };
        let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
        let array = list_array(elements, offsets, nulls, &result)?;
        Ok(match &columns[0] {
            Column::Array(_) => Column::Array(array),
            Column::Constant(_) => Column::Constant(array),
        })
    }))
}

fn bind_from_arrays(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::Array])?;
    let of = |index: usize| match &types[index] {
        DataType::Array {
            element,
            contains_null,
        } => ((**element).clone(), *contains_null),
        _ => (DataType::Null, true),
    };
    let ((key, _), (value, value_nulls)) = (of(0), of(1));
    check_key(context, &key)?;
    let returns = DataType::map(key.clone(), value, value_nulls);
    let result = returns.clone();
    let policy = DuplicateKeys::of(context.config);
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let (key_lists, value_lists) = (Lists::new(&columns[0])?, Lists::new(&columns[1])?);
        let keys = Keys::new(&key_lists.elements, &key)?;
        let is_null = null_test(&all, rows);
        let mut output = MapBuilder::new(&keys, policy, rows);
        for row in 0..rows {
            if is_null(row) {
                output.null_row();
                continue;
            }
            let (keys, values) = (key_lists.range(row), value_lists.range(row));
            if keys.len() != values.len() {
                return Err(Error::of(&conditions::UNEQUAL_MAP_ARRAYS));
            }
            for (key, value) in keys.zip(values) {
                output.put(key, Some(value))?;
            }
            output.end_row()?;
        }
        Ok(column_of(
            &all,
            output.finish(value_lists.elements.as_ref(), &result)?,
        ))
    }))
}

fn bind_from_entries(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let pair = match &arguments[0].data_type {
        DataType::Array { element, .. } => match &**element {
            DataType::Struct(fields) if fields.len() == 2 => Some(fields.clone()),
            _ => None,
        },
        _ => None,
    };
    let Some(fields) = pair else {
        return Err(unexpected_type(
            context,
            arguments,
            0,
            "\"ARRAY\" of pair \"STRUCT\"",
        ));
    };
    let key = fields[0].data_type.clone();
    check_key(context, &key)?;
    let (_, entry_nulls) = array_type(context, arguments, 0)?;
    let returns = DataType::map(key.clone(), fields[1].data_type.clone(), fields[1].nullable);
    let result = returns.clone();
    let types = vec![arguments[0].data_type.clone()];
    let policy = DuplicateKeys::of(context.config);
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let (key_array, values) = lists.keys_and_values()?;
        let keys = Keys::new(&key_array, &key)?;
        let mut output = MapBuilder::new(&keys, policy, rows);
        for row in 0..rows {
            match lists.get(row) {
                Some(range) if !range.clone().any(|place| lists.elements.is_null(place)) => {
                    for place in range {
                        output.put(place, Some(place))?;
                    }
                    output.end_row()?;
                }
                _ => output.null_row(),
            }
        }
        Ok(column_of(&all, output.finish(values.as_ref(), &result)?))
    });
    Ok(bound.nullable_if(entry_nulls))
}

fn bind_concat(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let is_map = |argument: &BoundArgument| matches!(argument.data_type, DataType::Map { .. });
    if !arguments.iter().all(is_map) {
        let names: Vec<String> = arguments
            .iter()
            .map(|a| quote::sql_type(&a.data_type))
            .collect();
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_MAP_CONCAT_DIFF_TYPES,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(context.name)),
                ("dataType", format!("[{}]", names.join(", "))),
            ],
        ));
    }
    let returns = if arguments.is_empty() {
        DataType::map(DataType::String, DataType::String, false)
    } else {
        common_argument_type(context, arguments)?
    };
    let DataType::Map { key, value, .. } = &returns else {
        return Err(Error::internal("maps that meet at no map"));
    };
    let (key, value) = ((**key).clone(), (**value).clone());
    let result = returns.clone();
    let types = vec![returns.clone(); arguments.len()];
    let policy = DuplicateKeys::of(context.config);
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let maps = columns.iter().map(Lists::new).collect::<Result<Vec<_>>>()?;
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for map in &maps {
            let (map_keys, map_values) = map.keys_and_values()?;
            keys.push(map_keys);
            values.push(map_values);
        }
        if maps.is_empty() {
            keys.push(new_empty_array(&crate::types::arrow_type(&key)));
            values.push(new_empty_array(&crate::types::arrow_type(&value)));
        }
        let (keys, bases) = joined(&keys, &key)?;
        let (values, _) = joined(&values, &value)?;
        let keys = Keys::new(&keys, &key)?;
        let is_null = null_test(&all, rows);
        let mut output = MapBuilder::new(&keys, policy, rows);
        for row in 0..rows {
            if is_null(row) {
                output.null_row();
                continue;
            }
            for (map, base) in maps.iter().zip(&bases) {
                for place in map.range(row) {
                    output.put(base + place, Some(base + place))?;
                }
            }
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(values.as_ref(), &result)?))
    }))
}

fn bind_str_to_map(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    let returns = DataType::map(DataType::String, DataType::String, true);
    let result = returns.clone();
    let policy = DuplicateKeys::of(context.config);
    let nullable = any_nullable(arguments);
    let caches: [CompileCache<JavaRegex>; 2] = Default::default();
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let texts = Rows::<Text>::new(&columns[0])?;
        let pair_delimiters = columns.get(1).map(Rows::<Text>::new).transpose()?;
        let key_delimiters = columns.get(2).map(Rows::<Text>::new).transpose()?;
        let is_null = null_test(&all, rows);
        let (mut pairs_by, mut key_by) =
            (RowCompiler::new(&caches[0]), RowCompiler::new(&caches[1]));
        let compile = |pattern: &str| {
            JavaRegex::compile(pattern).map_err(|error| {
                Error::new(
                    &conditions::INVALID_PARAMETER_VALUE_PATTERN,
                    [
                        ("parameter", quote::identifier("regexp")),
                        ("functionName", quote::identifier("str_to_map")),
                        ("value", format!("'{pattern}'")),
                    ],
                )
                .caused_by(error.0)
            })
        };
        let (mut keys, mut values) = (StringViewBuilder::new(), StringViewBuilder::new());
        // number of pairs of each row, None for NULL
        let mut counts = Vec::with_capacity(rows);
        for row in 0..rows {
            if is_null(row) {
                counts.push(None);
                continue;
            }
            let pairs = pair_delimiters
                .as_ref()
                .map_or(",", |delimiters| delimiters.value(row));
            let key = key_delimiters
                .as_ref()
                .map_or(":", |delimiters| delimiters.value(row));
            let (pairs, key) = (pairs_by.get(pairs, compile)?, key_by.get(key, compile)?);
            let mut problem = Ok(());
            let mut count = 0usize;
            pairs.split(texts.value(row), -1, |pair| {
                let mut pieces = Vec::with_capacity(2);
                if let Err(error) = key.split(pair, 2, |piece| pieces.push(piece)) {
                    problem = Err(error);
                }
                keys.append_value(pieces.first().copied().unwrap_or(""));
                values.append_option(pieces.get(1));
                count += 1;
            })?;
            problem?;
            counts.push(Some(count));
        }
        let keys: ArrayRef = Arc::new(keys.finish());
        let keys = Keys::new(&keys, &DataType::String)?;
        let mut output = MapBuilder::new(&keys, policy, rows);
        let mut place = 0;
        for count in counts {
            let Some(count) = count else {
                output.null_row();
                continue;
            };
            for place in place..place + count {
                output.put(place, Some(place))?;
            }
            place += count;
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(&values.finish(), &result)?))
    });
    Ok(bound.never_null().nullable_if(nullable))
}
