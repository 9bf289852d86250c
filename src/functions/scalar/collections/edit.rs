//! Changed arrays: appending, inserting, removing, slicing, turning round.

use super::super::entry::entry;
use super::super::{Arity, Display, EvalContext, Kernel, NullRule, ScalarFunction, Volatility};
use super::build::LONGEST_ARRAY;
use super::typing::{
    Meet, array_and_value, array_or_null, array_type, display_without_cast, index_type,
    types_differ,
};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{Nullable, ScalarBinding, any_nullable, binding, cast_arguments};
use crate::functions::{BindContext, Binding, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bytes, Rows, Text, column_of, map1, rows_to_compute, write1};
use crate::kernel::list::{ListBuilder, Lists, element_keys, joined, null_test};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::Array;
use arrow::datatypes::Int32Type;
use std::ops::Range;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(display_without_cast),
        ..entry(
            "array_append",
            "array_funcs",
            "3.4.0",
            Arity::Exact(2),
            |context, arguments| bind_add(context, arguments, false),
            "_FUNC_(array, element) - The array with `element` behind it.",
            &[("array_append(array('b', 'd'), 'c')", "[\"b\",\"d\",\"c\"]")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(display_without_cast),
        ..entry(
            "array_prepend",
            "array_funcs",
            "3.5.0",
            Arity::Exact(2),
            |context, arguments| bind_add(context, arguments, true),
            "_FUNC_(array, element) - The array with `element` before it.",
            &[("array_prepend(array('b', 'd'), 'c')", "[\"c\",\"b\",\"d\"]")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(display_without_cast),
        ..entry(
            "array_insert",
            "array_funcs",
            "3.4.0",
            Arity::Exact(3),
            bind_insert,
            "_FUNC_(array, pos, val) - The array with `val` at position `pos`, from 1, or from the end if negative (-1 appends). NULLs fill the gap where the array is too short.",
            &[
                ("array_insert(array(1, 2, 3, 4), 5, 5)", "[1,2,3,4,5]"),
                ("array_insert(array(5, 4, 3, 2), -4, 1)", "[5,1,4,3,2]"),
            ],
        )
    },
    entry(
        "array_remove",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        bind_remove,
        "_FUNC_(array, element) - The array without the elements equal to `element`.",
        &[("array_remove(array(1, 2, 3, null, 3), 3)", "[1,2,null]")],
    ),
    entry(
        "array_compact",
        "array_funcs",
        "3.4.0",
        Arity::Exact(1),
        bind_compact,
        "_FUNC_(array) - The array without its NULLs.",
        &[("array_compact(array(1, 2, null))", "[1,2]")],
    ),
    entry(
        "slice",
        "array_funcs",
        "2.4.0",
        Arity::Exact(3),
        bind_slice,
        "_FUNC_(x, start, length) - `length` elements from position `start`, from 1, or from the end if negative.",
        &[
            ("slice(array(1, 2, 3, 4), 2, 2)", "[2,3]"),
            ("slice(array(1, 2, 3, 4), -2, 2)", "[3,4]"),
        ],
    ),
    entry(
        "reverse",
        "collection_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_reverse,
        "_FUNC_(expr) - A string, or an array, from its end to its start.",
        &[
            ("reverse('Spark SQL')", "LQS krapS"),
            ("reverse(array(2, 1, 4, 3))", "[3,4,1,2]"),
        ],
    ),
    ScalarFunction {
        volatility: Volatility::Volatile,
        ..entry(
            "shuffle",
            "array_funcs",
            "2.4.0",
            Arity::OneOf(&[1, 2]),
            bind_shuffle,
            "_FUNC_(array[, seed]) - The elements of the array in random order.",
            &[("size(shuffle(array(1, 20, 3, 5)))", "4")],
        )
    },
];

fn bind_add(
    context: &BindContext,
    arguments: &[BoundArgument],
    first: bool,
) -> Result<ScalarBinding> {
    let (element, contains_null) = array_and_value(context, arguments, 1, Meet::Wider)?;
    let types = vec![
        DataType::array(element.clone(), contains_null),
        element.clone(),
    ];
    let returns = DataType::array(element.clone(), contains_null || arguments[1].nullable);
    let result = returns.clone();
    let array_nullable = arguments[0].nullable;
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let sources = [lists.elements.clone(), columns[1].values().clone()];
        let (elements, bases) = joined(&sources, &element)?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            let Some(range) = lists.get(row) else {
                output.null_row();
                continue;
            };
            let added = bases[1] + columns[1].index(row);
            if first {
                output.push(added);
            }
            output.extend(range);
            if !first {
                output.push(added);
            }
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(elements.as_ref(), &result)?))
    });
    Ok(bound.never_null().nullable_if(array_nullable))
}

fn bind_insert(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    if !matches!(arguments[0].data_type, DataType::Array { .. }) {
        let condition = &conditions::DATATYPE_MISMATCH_ARRAY_FUNCTION_DIFF_TYPES;
        let shown = [arguments[0].clone(), arguments[2].clone()];
        return Err(types_differ(
            condition,
            context,
            &shown,
            ("dataType", "ARRAY"),
        ));
    }
    let (element, contains_null) = array_and_value(context, arguments, 2, Meet::Wider)?;
    let array = DataType::array(element.clone(), contains_null);
    let types = vec![array, index_type(context, arguments, 1)?, element.clone()];
    // before Spark 3.5 a negative position counted from behind the last element
    let legacy = context
        .config
        .flag("spark.sql.legacy.negativeIndexInArrayInsert");
    let returns = DataType::array(element.clone(), true);
    let result = returns.clone();
    let nullable = any_nullable(&arguments[..2]);
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let positions = Rows::<Int32Type>::new(&columns[1])?;
        let sources = [lists.elements.clone(), columns[2].values().clone()];
        let (elements, bases) = joined(&sources, &element)?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            let (Some(range), Some(position)) = (lists.get(row), positions.get(row)) else {
                output.null_row();
                continue;
            };
            let position = if legacy && position < 0 {
                position - 1
            } else {
                position
            };
            insert(
                &mut output,
                range,
                position,
                bases[1] + columns[2].index(row),
            )?;
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(elements.as_ref(), &result)?))
    });
    Ok(bound.never_null().nullable_if(nullable))
}

fn insert(
    output: &mut ListBuilder,
    range: Range<usize>,
    position: i32,
    added: usize,
) -> Result<()> {
    let length = range.len() as i64;
    let position = i64::from(position);
    let size = length.max(position.abs() - 1) + 1;
    if size > LONGEST_ARRAY {
        return Err(Error::new(
            &conditions::COLLECTION_SIZE_LIMIT_EXCEEDED_FUNCTION,
            [
                ("numberOfElements", size.to_string()),
                ("maxRoundedArrayLength", LONGEST_ARRAY.to_string()),
                ("functionName", quote::identifier("array_insert")),
            ],
        ));
    }
    // elements before the new one, NULLs of the gap, elements behind
    match position {
        0 => return Err(Error::of(&conditions::INVALID_INDEX_OF_ZERO)),
        1.. => {
            let before = (position - 1).min(length) as usize;
            output.extend(range.start..range.start + before);
            (length..position - 1).for_each(|_| output.push_null());
            output.push(added);
            output.extend(range.start + before..range.end);
        }
        _ => {
            let behind = (-position - 1).min(length) as usize;
            output.extend(range.start..range.end - behind);
            output.push(added);
            (length..-position - 1).for_each(|_| output.push_null());
            output.extend(range.end - behind..range.end);
        }
    }
    Ok(())
}

fn bind_remove(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_and_value(context, arguments, 1, Meet::Tightest)?;
    let array = DataType::array(element.clone(), contains_null);
    let types = vec![array.clone(), element.clone()];
    Ok(binding(
        arguments,
        types,
        array.clone(),
        move |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let rows = rows_to_compute(&all, rows);
            let lists = Lists::new(&columns[0])?;
            let sources = [lists.elements.clone(), columns[1].values().clone()];
            let (elements, bases) = joined(&sources, &element)?;
            let keys = element_keys(&elements)?;
            let is_null = null_test(&all, rows);
            let mut output = ListBuilder::new(rows);
            for row in 0..rows {
                if is_null(row) {
                    output.null_row();
                    continue;
                }
                let removed = keys.row(bases[1] + columns[1].index(row));
                let kept = lists.range(row).filter(|place| keys.row(*place) != removed);
                kept.for_each(|place| output.push(place));
                output.end_row()?;
            }
            Ok(column_of(&all, output.finish(elements.as_ref(), &array)?))
        },
    ))
}

fn bind_compact(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_or_null(context, arguments, 0)?;
    let types = vec![DataType::array(element.clone(), contains_null)];
    let returns = DataType::array(element.clone(), element == DataType::Null);
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let nulls = lists.elements.logical_nulls();
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            let Some(range) = lists.get(row) else {
                output.null_row();
                continue;
            };
            let there = |place: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*place));
            range.filter(there).for_each(|place| output.push(place));
            output.end_row()?;
        }
        Ok(column_of(
            &all,
            output.finish(lists.elements.as_ref(), &result)?,
        ))
    }))
}

fn bind_slice(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    array_type(context, arguments, 0)?;
    let types = cast_arguments(
        context,
        arguments,
        &[Expected::Array, Expected::INT, Expected::INT],
    )?;
    let returns = types[0].clone();
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let starts = Rows::<Int32Type>::new(&columns[1])?;
        let lengths = Rows::<Int32Type>::new(&columns[2])?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            match (lists.get(row), starts.get(row), lengths.get(row)) {
                (Some(range), Some(start), Some(length)) => {
                    output.extend(slice_range(range, start, length)?);
                    output.end_row()?;
                }
                _ => output.null_row(),
            }
        }
        Ok(column_of(
            &all,
            output.finish(lists.elements.as_ref(), &result)?,
        ))
    }))
}

fn slice_range(range: Range<usize>, start: i32, length: i32) -> Result<Range<usize>> {
    let function = quote::identifier("slice");
    if start == 0 {
        return Err(Error::new(
            &conditions::INVALID_PARAMETER_VALUE_START,
            [
                ("parameter", quote::identifier("start")),
                ("functionName", function),
            ],
        ));
    }
    let Ok(length) = usize::try_from(length) else {
        return Err(Error::new(
            &conditions::INVALID_PARAMETER_VALUE_LENGTH,
            [
                ("parameter", quote::identifier("length")),
                ("length", length.to_string()),
                ("functionName", function),
            ],
        ));
    };
    let size = start.unsigned_abs() as usize;
    let first = if start > 0 {
        size - 1
    } else if size <= range.len() {
        range.len() - size
    } else {
        return Ok(range.start..range.start);
    };
    if first >= range.len() {
        return Ok(range.start..range.start);
    }
    let end = range.end.min(range.start + first + length);
    Ok(range.start + first..end)
}

fn bind_reverse(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const EITHER: Expected =
        Expected::OneOf(&[Expected::STRING, Expected::BINARY, Expected::Array]);
    let types = cast_arguments(context, arguments, &[EITHER])?;
    let returns = types[0].clone();
    if returns == DataType::Binary {
        return Ok(binding(arguments, types, returns, |columns, rows| {
            map1::<Bytes, Bytes>(&columns[0], rows, |bytes| {
                bytes.iter().rev().copied().collect()
            })
        }));
    }
    if !matches!(returns, DataType::Array { .. }) {
        return Ok(binding(
            arguments,
            types,
            DataType::String,
            |columns, rows| {
                write1::<Text, Text>(&columns[0], rows, |text, output| {
                    output.extend(text.chars().rev());
                    Ok(true)
                })
            },
        ));
    }
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            match lists.get(row) {
                Some(range) => {
                    range.rev().for_each(|place| output.push(place));
                    output.end_row()?;
                }
                None => output.null_row(),
            }
        }
        Ok(column_of(
            &all,
            output.finish(lists.elements.as_ref(), &result)?,
        ))
    }))
}

fn bind_shuffle(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_or_null(context, arguments, 0)?;
    let returns = DataType::array(element, contains_null);
    let mut types = vec![returns.clone()];
    let mut seed = None;
    if let Some(argument) = arguments.get(1) {
        types.push(DataType::Long);
        seed = argument.constant.as_ref().and_then(|value| value.as_i64());
    }
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    Ok(Binding {
        arguments: types,
        nullable: any_nullable(arguments),
        kernel: Arc::new(Shuffle {
            seed: seed.map_or(high ^ low, |seed| seed as u64),
            returns: returns.clone(),
        }),
        returns,
    })
}

/// `shuffle`: Fisher and Yates, with random numbers from the seed, the partition and the row.
struct Shuffle {
    seed: u64,
    returns: DataType,
}

impl Kernel for Shuffle {
    fn eval(&self, columns: &[Column], rows: usize, context: &EvalContext) -> Result<Column> {
        let lists = Lists::new(&columns[0])?;
        let mut output = ListBuilder::new(rows);
        let mut places = Vec::new();
        let mut state = self.seed ^ (context.partition as u64).rotate_left(40);
        state = state.wrapping_add(context.rows_before.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for row in 0..rows {
            let Some(range) = lists.get(row) else {
                output.null_row();
                continue;
            };
            places.clear();
            places.extend(range);
            for last in (1..places.len()).rev() {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut bits = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                places.swap(last, ((bits ^ (bits >> 31)) % (last as u64 + 1)) as usize);
            }
            places.iter().for_each(|place| output.push(*place));
            output.end_row()?;
        }
        Ok(Column::Array(
            output.finish(lists.elements.as_ref(), &self.returns)?,
        ))
    }
}
