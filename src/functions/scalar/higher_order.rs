//! Higher-order functions: `transform`, `filter`, `aggregate` and their kin.
//!
//! A lambda is called once per batch, not once per element: all elements of all rows lie in one array, and
//! the lambda's body is an expression over that array like any other. `aggregate` and `array_sort` with a
//! comparator depend on the element before; they go step by step, with all rows taking a step together.
//!
//! ```text
//!   rows      [1,2]  [3]  []            transform(a, (x, i) -> …)
//!   elements   1 2    3                 parameter x
//!   row        0 0    1                 captured columns are taken by it
//!   index      0 1    0                 parameter i
//! ```

use super::collections::{array_type, map_type, order};
use super::entry::entry;
use super::{
    Arity, Bind, Display, EvalContext, Form, Kernel, Lambda, LambdaTypes, NullRule, ScalarFunction,
};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{ScalarBinding, any_nullable, unexpected_type};
use crate::functions::{BindContext, Binding, BoundArgument};
use crate::kernel::Column;
use crate::kernel::cast::text_writer;
use crate::kernel::list::{
    ListBuilder, Lists, conform, element_keys, entries_of, joined, list_array, map_array,
};
use crate::kernel::map_builder::{DuplicateKeys, Keys, MapBuilder};
use crate::kernel::time_zone::TimeZone;
use crate::types::coercion::common_type_without_strings;
use crate::types::{DataType, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Int32Array, UInt32Array, UInt32Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{interleave, take};
use arrow::datatypes::Int32Type;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

const fn higher(
    name: &'static str,
    group: &'static str,
    since: &'static str,
    arity: Arity,
    (types, bind): (LambdaTypes, Bind),
    usage: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> ScalarFunction {
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::CallAsWritten,
        form: Form::HigherOrder(types, bind),
        ..entry(name, group, since, arity, bind, usage, examples)
    }
}

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    higher(
        "transform",
        "lambda_funcs",
        "2.4.0",
        Arity::Exact(2),
        (element_and_index, bind_transform),
        "_FUNC_(expr, func) - An array of what the function makes of each element (and, with two parameters, its index from 0).",
        &[
            ("transform(array(1, 2, 3), x -> x + 1)", "[2,3,4]"),
            ("transform(array(1, 2, 3), (x, i) -> x + i)", "[1,3,5]"),
        ],
    ),
    higher(
        "filter",
        "lambda_funcs",
        "2.4.0",
        Arity::Exact(2),
        (element_and_index, |context, arguments| {
            bind_predicate(context, arguments, Predicate::Filter)
        }),
        "_FUNC_(expr, func) - The elements for which the function (of the element and, with two parameters, its index from 0) is true.",
        &[("filter(array(1, 2, 3), x -> x % 2 == 1)", "[1,3]")],
    ),
    higher(
        "exists",
        "lambda_funcs",
        "2.4.0",
        Arity::Exact(2),
        (one_element, |context, arguments| {
            bind_predicate(context, arguments, Predicate::Exists)
        }),
        "_FUNC_(expr, pred) - Whether the predicate is true for some element.",
        &[("exists(array(1, 2, 3), x -> x % 2 == 0)", "true")],
    ),
    higher(
        "forall",
        "lambda_funcs",
        "3.0.0",
        Arity::Exact(2),
        (one_element, |context, arguments| {
            bind_predicate(context, arguments, Predicate::ForAll)
        }),
        "_FUNC_(expr, pred) - Whether the predicate is true for every element.",
        &[("forall(array(1, 2, 3), x -> x % 2 == 0)", "false")],
    ),
    ScalarFunction {
        aliases: &["reduce"],
        first_lambda: 2,
        display: Display::Custom(|name, arguments| match arguments {
            [array, start, merge] => format!(
                "{name}({array}, {start}, {merge}, lambdafunction(namedlambdavariable(), namedlambdavariable()))"
            ),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..higher(
            "aggregate",
            "lambda_funcs",
            "2.4.0",
            Arity::OneOf(&[3, 4]),
            (fold_types, bind_fold),
            "_FUNC_(expr, start, merge[, finish]) - Starts with `start`, merges the elements in one after the other, and finishes.",
            &[
                ("aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x)", "6"),
                (
                    "aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x, acc -> acc * 10)",
                    "60",
                ),
            ],
        )
    },
    ScalarFunction {
        first_lambda: 2,
        ..higher(
            "zip_with",
            "lambda_funcs",
            "2.4.0",
            Arity::Exact(3),
            (zip_types, bind_zip_with),
            "_FUNC_(left, right, func) - An array of what the function makes of the elements at equal places; the shorter array gives NULLs.",
            &[(
                "zip_with(array(1, 2), array(3, 4), (x, y) -> x + y)",
                "[4,6]",
            )],
        )
    },
    higher(
        "map_filter",
        "lambda_funcs",
        "3.0.0",
        Arity::Exact(2),
        (key_and_value, |context, arguments| {
            bind_map(context, arguments, MapFunction::Filter)
        }),
        "_FUNC_(expr, func) - The entries for which the function of key and value is true.",
        &[(
            "map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)",
            "{1:0,3:-1}",
        )],
    ),
    higher(
        "transform_keys",
        "lambda_funcs",
        "3.0.0",
        Arity::Exact(2),
        (key_and_value, |context, arguments| {
            bind_map(context, arguments, MapFunction::Keys)
        }),
        "_FUNC_(expr, func) - The map with each key replaced by what the function makes of key and value.",
        &[(
            "transform_keys(map_from_arrays(array(1, 2), array(1, 2)), (k, v) -> k + 1)",
            "{2:1,3:2}",
        )],
    ),
    higher(
        "transform_values",
        "lambda_funcs",
        "3.0.0",
        Arity::Exact(2),
        (key_and_value, |context, arguments| {
            bind_map(context, arguments, MapFunction::Values)
        }),
        "_FUNC_(expr, func) - The map with each value replaced by what the function makes of key and value.",
        &[(
            "transform_values(map_from_arrays(array(1, 2), array(1, 2)), (k, v) -> v + 1)",
            "{1:2,2:3}",
        )],
    ),
    ScalarFunction {
        first_lambda: 2,
        ..higher(
            "map_zip_with",
            "lambda_funcs",
            "3.0.0",
            Arity::Exact(3),
            (map_zip_types, bind_map_zip),
            "_FUNC_(map1, map2, function) - A map of the keys of both maps, with what the function makes of the key and both values; NULL where a map does not have it.",
            &[(
                "map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 2, 'y'), (k, v1, v2) -> concat(v1, v2))",
                "{1:\"ax\",2:\"by\"}",
            )],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [array] => format!("{name}({array}, {DEFAULT_COMPARATOR})"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..higher(
            "array_sort",
            "lambda_funcs",
            "2.4.0",
            Arity::OneOf(&[1, 2]),
            (comparator_types, bind_array_sort),
            "_FUNC_(expr[, func]) - The array in ascending order, NULLs last; or in the order of a comparator, which gives a negative number, 0 or a positive number.",
            &[
                ("array_sort(array(5, 6, 1))", "[1,5,6]"),
                (
                    "array_sort(array('bc', 'ab', 'dc'), (left, right) -> case when left < right then 1 when left > right then -1 else 0 end)",
                    "[\"dc\",\"bc\",\"ab\"]",
                ),
            ],
        )
    },
];

/// The comparator that `array_sort` is printed with where it is called without one.
const DEFAULT_COMPARATOR: &str = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND \
    (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, \
    (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, \
    (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), \
    namedlambdavariable(), namedlambdavariable())";

/// Runs with the lambdas of a call.
type Run = dyn Fn(&[Column], &[&dyn Lambda], usize) -> Result<Column> + Send + Sync;

/// A kernel with lambdas.
struct HigherOrder {
    run: Box<Run>,
}

impl Kernel for HigherOrder {
    /// A higher-order function may be called without a lambda (`array_sort`).
    fn eval(&self, arguments: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        (self.run)(arguments, &[], rows)
    }

    fn eval_higher_order(
        &self,
        arguments: &[Column],
        lambdas: &[&dyn Lambda],
        rows: usize,
        _: &EvalContext,
    ) -> Result<Column> {
        (self.run)(arguments, lambdas, rows)
    }
}

fn bound(
    arguments: Vec<DataType>,
    returns: DataType,
    nullable: bool,
    run: impl Fn(&[Column], &[&dyn Lambda], usize) -> Result<Column> + Send + Sync + 'static,
) -> ScalarBinding {
    Binding {
        arguments,
        returns,
        nullable,
        kernel: Arc::new(HigherOrder { run: Box::new(run) }),
    }
}

fn lambda<'l>(lambdas: &[&'l dyn Lambda], index: usize) -> Result<&'l dyn Lambda> {
    let lambda = lambdas.get(index).copied();
    lambda.ok_or_else(|| Error::internal("a higher-order function without its lambda"))
}

/// The parameters that a lambda may have, cut to those that it declares.
fn parameters(
    offered: Vec<(DataType, bool)>,
    declared: usize,
    least: usize,
) -> Result<Vec<(DataType, bool)>> {
    // a number that does not fit is reported by the analyzer, which compares with what is given here
    let count = if (least..=offered.len()).contains(&declared) {
        declared
    } else {
        least
    };
    Ok(offered.into_iter().take(count).collect())
}

fn element_and_index(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (element, contains_null) = array_type(context, arguments, 0)?;
    let offered = vec![(element.clone(), contains_null), (DataType::Integer, false)];
    parameters(offered, declared, 1)
}

fn one_element(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (element, contains_null) = array_type(context, arguments, 0)?;
    parameters(vec![(element.clone(), contains_null)], declared, 1)
}

fn key_and_value(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (key, value, value_nulls) = map_type(context, arguments, 0)?;
    parameters(vec![(key, false), (value, value_nulls)], declared, 2)
}

/// All elements of the rows, compactly: the elements that rows point at, their rows, and new offsets.
struct Elements {
    values: ArrayRef,
    rows: UInt32Array,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
}

impl Elements {
    fn of(column: &Column, rows: usize) -> Result<Elements> {
        let lists = Lists::new(column)?;
        let mut places = ListBuilder::new(rows);
        let mut row_of = Vec::new();
        for row in 0..rows {
            match lists.get(row) {
                Some(range) => {
                    row_of.extend(std::iter::repeat_n(row as u32, range.len()));
                    places.extend(range);
                    places.end_row()?;
                }
                None => places.null_row(),
            }
        }
        let (values, offsets, nulls) = places.finish_parts(lists.elements.as_ref())?;
        Ok(Elements {
            values,
            rows: row_of.into(),
            offsets,
            nulls,
        })
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    /// Places of the elements of a row.
    fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The index of each element in its row.
    fn indexes(&self) -> ArrayRef {
        let row_count = self.offsets.len() - 1;
        let indexes = (0..row_count).flat_map(|row| 0..self.range(row).len() as i32);
        Arc::new(Int32Array::from_iter_values(indexes))
    }
}

/// Rows to compute: a captured column may differ from row to row, so a constant array is no shortcut.
fn bind_transform(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    array_type(context, arguments, 0)?;
    let body = &arguments[1];
    let types = vec![arguments[0].data_type.clone(), body.data_type.clone()];
    let returns = DataType::array(body.data_type.clone(), body.nullable);
    let result = returns.clone();
    Ok(bound(
        types,
        returns,
        arguments[0].nullable,
        move |columns, lambdas, rows| {
            let elements = Elements::of(&columns[0], rows)?;
            let given = [elements.values.clone(), elements.indexes()];
            let values = lambda(lambdas, 0)?.call(&given, &elements.rows)?;
            let array = list_array(values, elements.offsets, elements.nulls, &result)?;
            Ok(Column::Array(array))
        },
    ))
}

/// What a predicate over the elements decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Predicate {
    Filter,
    Exists,
    ForAll,
}

fn check_boolean(context: &BindContext, arguments: &[BoundArgument], index: usize) -> Result<()> {
    match arguments[index].data_type {
        DataType::Boolean | DataType::Null => Ok(()),
        _ => Err(unexpected_type(context, arguments, index, "\"BOOLEAN\"")),
    }
}

fn bind_predicate(
    context: &BindContext,
    arguments: &[BoundArgument],
    predicate: Predicate,
) -> Result<ScalarBinding> {
    array_type(context, arguments, 0)?;
    check_boolean(context, arguments, 1)?;
    let array = arguments[0].data_type.clone();
    let types = vec![array.clone(), DataType::Boolean];
    if predicate == Predicate::Filter {
        let nullable = arguments[0].nullable;
        return Ok(bound(
            types,
            array.clone(),
            nullable,
            move |columns, lambdas, rows| {
                let elements = Elements::of(&columns[0], rows)?;
                let given = [elements.values.clone(), elements.indexes()];
                let held = lambda(lambdas, 0)?.call(&given, &elements.rows)?;
                let held = held.as_boolean();
                let mut output = ListBuilder::new(rows);
                for row in 0..rows {
                    if elements.is_null(row) {
                        output.null_row();
                        continue;
                    }
                    let kept = elements.range(row).filter(|place| is_true(held, *place));
                    kept.for_each(|place| output.push(place));
                    output.end_row()?;
                }
                Ok(Column::Array(
                    output.finish(elements.values.as_ref(), &array)?,
                ))
            },
        ));
    }
    let nullable = any_nullable(arguments);
    Ok(bound(
        types,
        DataType::Boolean,
        nullable,
        move |columns, lambdas, rows| {
            let elements = Elements::of(&columns[0], rows)?;
            let given = [elements.values.clone()];
            let held = lambda(lambdas, 0)?.call(&given, &elements.rows)?;
            let held = held.as_boolean();
            // one answer decides; a NULL leaves the question open
            let decisive = predicate == Predicate::Exists;
            let mut output = BooleanBuilder::with_capacity(rows);
            for row in 0..rows {
                if elements.is_null(row) {
                    output.append_null();
                    continue;
                }
                let mut answer = Some(!decisive);
                for place in elements.range(row) {
                    if held.is_null(place) {
                        answer = None;
                    } else if held.value(place) == decisive {
                        answer = Some(decisive);
                        break;
                    }
                }
                output.append_option(answer);
            }
            Ok(Column::Array(Arc::new(output.finish())))
        },
    ))
}

fn is_true(held: &BooleanArray, place: usize) -> bool {
    held.is_valid(place) && held.value(place)
}

fn fold_types(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (element, contains_null) = array_type(context, arguments, 0)?;
    let state = (arguments[1].data_type.clone(), true);
    if index == 3 {
        return parameters(vec![state], declared, 1);
    }
    parameters(vec![state, (element.clone(), contains_null)], declared, 2)
}

/// Whether two types differ in nothing but the names of struct fields and what may be NULL.
fn alike(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => alike(a, b),
        (
            DataType::Map {
                key: k, value: v, ..
            },
            DataType::Map {
                key: l, value: w, ..
            },
        ) => alike(k, l) && alike(v, w),
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut pairs = a.iter().zip(b.iter());
            a.len() == b.len() && pairs.all(|(a, b)| alike(&a.data_type, &b.data_type))
        }
        _ => a.same_type(b),
    }
}

fn bind_fold(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    array_type(context, arguments, 0)?;
    let state = arguments[1].data_type.clone();
    if !alike(&state, &arguments[2].data_type) && arguments[2].data_type != DataType::Null {
        return Err(unexpected_type(
            context,
            arguments,
            2,
            &quote::sql_type(&state),
        ));
    }
    let mut types = vec![arguments[0].data_type.clone(), state.clone(), state.clone()];
    let returns = match arguments.get(3) {
        Some(finish) => {
            types.push(finish.data_type.clone());
            finish.data_type.clone()
        }
        None => state.clone(),
    };
    let result = arrow_type(&returns);
    Ok(bound(
        types,
        returns,
        true,
        move |columns, lambdas, rows| {
            let elements = Elements::of(&columns[0], rows)?;
            let merge = lambda(lambdas, 0)?;
            let mut states = conform(&columns[1].to_array(rows), &arrow_type(&state))?;
            let longest = (0..rows)
                .map(|row| elements.range(row).len())
                .max()
                .unwrap_or(0);
            for step in 0..longest {
                // the rows that have an element at this place take it; the others keep their state
                let taking: Vec<u32> = (0..rows)
                    .filter(|row| step < elements.range(*row).len())
                    .map(|row| row as u32)
                    .collect();
                let places = taking
                    .iter()
                    .map(|row| (elements.range(*row as usize).start + step) as u32);
                let places = UInt32Array::from_iter_values(places);
                let taking = UInt32Array::from(taking);
                let given = [
                    take(states.as_ref(), &taking, None)?,
                    take(elements.values.as_ref(), &places, None)?,
                ];
                let merged = conform(&merge.call(&given, &taking)?, &arrow_type(&state))?;
                states = if taking.len() == rows {
                    merged
                } else {
                    let mut sources: Vec<(usize, usize)> = (0..rows).map(|row| (0, row)).collect();
                    for (place, row) in taking.values().iter().enumerate() {
                        sources[*row as usize] = (1, place);
                    }
                    interleave(&[states.as_ref(), merged.as_ref()], &sources)?
                };
            }
            let finished = if lambdas.len() > 1 {
                let every_row = UInt32Array::from_iter_values(0..rows as u32);
                lambdas[1].call(&[states], &every_row)?
            } else {
                states
            };
            let finished = conform(&finished, &result)?;
            if elements.nulls.is_none() {
                return Ok(Column::Array(finished));
            }
            let mut places = UInt32Builder::with_capacity(rows);
            (0..rows).for_each(|row| {
                places.append_option((!elements.is_null(row)).then_some(row as u32))
            });
            Ok(Column::Array(take(
                finished.as_ref(),
                &places.finish(),
                None,
            )?))
        },
    ))
}

fn zip_types(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (left, _) = array_type(context, arguments, 0)?;
    let (right, _) = array_type(context, arguments, 1)?;
    parameters(
        vec![(left.clone(), true), (right.clone(), true)],
        declared,
        2,
    )
}

fn bind_zip_with(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    array_type(context, arguments, 0)?;
    array_type(context, arguments, 1)?;
    let body = &arguments[2];
    let types = arguments
        .iter()
        .map(|argument| argument.data_type.clone())
        .collect();
    let returns = DataType::array(body.data_type.clone(), body.nullable);
    let result = returns.clone();
    let nullable = any_nullable(&arguments[..2]);
    Ok(bound(
        types,
        returns,
        nullable,
        move |columns, lambdas, rows| {
            let (left, right) = (Lists::new(&columns[0])?, Lists::new(&columns[1])?);
            let (mut left_places, mut right_places) = (UInt32Builder::new(), UInt32Builder::new());
            let mut row_of = Vec::new();
            let mut offsets = vec![0i32];
            let mut valid = Vec::with_capacity(rows);
            for row in 0..rows {
                let ranges = left.get(row).zip(right.get(row));
                valid.push(ranges.is_some());
                if let Some((left, right)) = ranges {
                    let longest = left.len().max(right.len());
                    let place = |range: &Range<usize>, index: usize| {
                        (index < range.len()).then(|| (range.start + index) as u32)
                    };
                    for index in 0..longest {
                        left_places.append_option(place(&left, index));
                        right_places.append_option(place(&right, index));
                        row_of.push(row as u32);
                    }
                }
                offsets.push(row_of.len() as i32);
            }
            let given = [
                take(left.elements.as_ref(), &left_places.finish(), None)?,
                take(right.elements.as_ref(), &right_places.finish(), None)?,
            ];
            let values = lambda(lambdas, 0)?.call(&given, &UInt32Array::from(row_of))?;
            let nulls = valid.contains(&false).then(|| NullBuffer::from(valid));
            let array = list_array(values, OffsetBuffer::new(offsets.into()), nulls, &result)?;
            Ok(Column::Array(array))
        },
    ))
}

/// What a lambda over key and value makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MapFunction {
    Filter,
    Keys,
    Values,
}

fn bind_map(
    context: &BindContext,
    arguments: &[BoundArgument],
    function: MapFunction,
) -> Result<ScalarBinding> {
    let (key, value, value_nulls) = map_type(context, arguments, 0)?;
    let body = &arguments[1];
    let returns = match function {
        MapFunction::Filter => {
            check_boolean(context, arguments, 1)?;
            DataType::map(key.clone(), value.clone(), value_nulls)
        }
        MapFunction::Keys => {
            if body.data_type.contains_map() {
                return Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_INVALID_MAP_KEY_TYPE,
                    [
                        ("sqlExpr", quote::sql_expression(context.sql)),
                        ("keyType", quote::sql_type(&body.data_type)),
                    ],
                ));
            }
            DataType::map(body.data_type.clone(), value.clone(), value_nulls)
        }
        MapFunction::Values => DataType::map(key.clone(), body.data_type.clone(), body.nullable),
    };
    let body_type = match function {
        MapFunction::Filter => DataType::Boolean,
        _ => body.data_type.clone(),
    };
    let types = vec![
        DataType::map(key.clone(), value, value_nulls),
        body_type.clone(),
    ];
    let result = returns.clone();
    let policy = DuplicateKeys::of(context.config);
    Ok(bound(
        types,
        returns,
        arguments[0].nullable,
        move |columns, lambdas, rows| {
            let entries = Elements::of(&columns[0], rows)?;
            let pairs = entries.values.as_struct();
            let (keys, values) = (pairs.column(0).clone(), pairs.column(1).clone());
            let made = lambda(lambdas, 0)?.call(&[keys.clone(), values.clone()], &entries.rows)?;
            let array = match function {
                MapFunction::Filter => {
                    let held = made.as_boolean();
                    let mut output = ListBuilder::new(rows);
                    for row in 0..rows {
                        if entries.is_null(row) {
                            output.null_row();
                            continue;
                        }
                        let kept = entries.range(row).filter(|place| is_true(held, *place));
                        kept.for_each(|place| output.push(place));
                        output.end_row()?;
                    }
                    output.finish_map(entries.values.as_ref(), &result)?
                }
                MapFunction::Values => {
                    let pairs = entries_of(keys, made, &result)?;
                    map_array(pairs, entries.offsets, entries.nulls, &result)?
                }
                MapFunction::Keys => {
                    let new_keys = Keys::new(&made, &body_type)?;
                    let mut output = MapBuilder::new(&new_keys, policy, rows);
                    for row in 0..rows {
                        if entries.is_null(row) {
                            output.null_row();
                            continue;
                        }
                        for place in entries.range(row) {
                            output.put(place, Some(place))?;
                        }
                        output.end_row()?;
                    }
                    output.finish(values.as_ref(), &result)?
                }
            };
            Ok(Column::Array(array))
        },
    ))
}

/// The key type that both maps meet at.
fn common_key(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<(DataType, DataType, DataType)> {
    let (left_key, left, _) = map_type(context, arguments, 0)?;
    let (right_key, right, _) = map_type(context, arguments, 1)?;
    match common_type_without_strings(&left_key, &right_key, context.config.ansi()) {
        Some(key) => Ok((key, left, right)),
        None => Err(Error::new(
            &conditions::DATATYPE_MISMATCH_MAP_ZIP_WITH_DIFF_TYPES,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(context.name)),
                ("leftType", quote::sql_type(&left_key)),
                ("rightType", quote::sql_type(&right_key)),
            ],
        )),
    }
}

fn map_zip_types(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (key, left, right) = common_key(context, arguments)?;
    parameters(vec![(key, false), (left, true), (right, true)], declared, 3)
}

fn bind_map_zip(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (key, left, right) = common_key(context, arguments)?;
    let body = &arguments[2];
    let types = vec![
        DataType::map(key.clone(), left, true),
        DataType::map(key.clone(), right, true),
        body.data_type.clone(),
    ];
    let returns = DataType::map(key.clone(), body.data_type.clone(), body.nullable);
    let result = returns.clone();
    let nullable = any_nullable(&arguments[..2]);
    Ok(bound(
        types,
        returns,
        nullable,
        move |columns, lambdas, rows| {
            let (left, right) = (Lists::new(&columns[0])?, Lists::new(&columns[1])?);
            let (left_keys, left_values) = left.keys_and_values()?;
            let (right_keys, right_values) = right.keys_and_values()?;
            let (keys, bases) = joined(&[left_keys, right_keys], &key)?;
            let key_rows = element_keys(&keys)?;
            let mut key_places = Vec::new();
            let (mut left_places, mut right_places) = (UInt32Builder::new(), UInt32Builder::new());
            let mut row_of = Vec::new();
            let mut offsets = vec![0i32];
            let mut valid = Vec::with_capacity(rows);
            for row in 0..rows {
                let ranges = left.get(row).zip(right.get(row));
                valid.push(ranges.is_some());
                if let Some((left, right)) = ranges {
                    let right_row = |place: usize| key_rows.row(bases[1] + place);
                    for place in left.clone() {
                        let other = right
                            .clone()
                            .find(|other| right_row(*other) == key_rows.row(place));
                        key_places.push(place as u32);
                        left_places.append_value(place as u32);
                        right_places.append_option(other.map(|other| other as u32));
                        row_of.push(row as u32);
                    }
                    for place in right.clone() {
                        if left
                            .clone()
                            .any(|other| key_rows.row(other) == right_row(place))
                        {
                            continue;
                        }
                        key_places.push((bases[1] + place) as u32);
                        left_places.append_null();
                        right_places.append_value(place as u32);
                        row_of.push(row as u32);
                    }
                }
                offsets.push(row_of.len() as i32);
            }
            let keys = take(keys.as_ref(), &UInt32Array::from(key_places), None)?;
            let given = [
                keys.clone(),
                take(left_values.as_ref(), &left_places.finish(), None)?,
                take(right_values.as_ref(), &right_places.finish(), None)?,
            ];
            let values = lambda(lambdas, 0)?.call(&given, &UInt32Array::from(row_of))?;
            let entries = entries_of(keys, values, &result)?;
            let nulls = valid.contains(&false).then(|| NullBuffer::from(valid));
            let array = map_array(entries, OffsetBuffer::new(offsets.into()), nulls, &result)?;
            Ok(Column::Array(array))
        },
    ))
}

fn comparator_types(
    context: &BindContext,
    arguments: &[BoundArgument],
    _: usize,
    declared: usize,
) -> Result<Vec<(DataType, bool)>> {
    let (element, contains_null) = array_type(context, arguments, 0)?;
    let parameter = (element.clone(), contains_null);
    parameters(vec![parameter.clone(), parameter], declared, 2)
}

fn bind_array_sort(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, _) = array_type(context, arguments, 0)?;
    let (array, element) = (arguments[0].data_type.clone(), element.clone());
    let nullable = arguments[0].nullable;
    let Some(comparator) = arguments.get(1) else {
        if !element.is_orderable() {
            return Err(crate::functions::signature::not_orderable(context, &array));
        }
        return Ok(bound(
            vec![array.clone()],
            array.clone(),
            nullable,
            move |columns, _, rows| {
                let sorted = order::sort(&columns[0], rows, &array, true, |_| Some(true))?;
                Ok(Column::Array(sorted))
            },
        ));
    };
    if comparator.data_type != DataType::Integer {
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_UNEXPECTED_RETURN_TYPE,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier("lambdafunction")),
                ("expectedType", quote::sql_type(&DataType::Integer)),
                ("actualType", quote::sql_type(&comparator.data_type)),
            ],
        ));
    }
    let types = vec![array.clone(), DataType::Integer];
    Ok(bound(
        types,
        array.clone(),
        nullable,
        move |columns, lambdas, rows| {
            let elements = Elements::of(&columns[0], rows)?;
            let sorted = sort_by(&elements, rows, lambda(lambdas, 0)?, &element)?;
            let mut output = ListBuilder::new(rows);
            for row in 0..rows {
                if elements.is_null(row) {
                    output.null_row();
                    continue;
                }
                elements
                    .range(row)
                    .for_each(|place| output.push(sorted[place] as usize));
                output.end_row()?;
            }
            Ok(Column::Array(
                output.finish(elements.values.as_ref(), &array)?,
            ))
        },
    ))
}

/// The places of the elements in the order of a comparator, row by row: a merge sort from the bottom up, in
/// which all rows compare one pair of elements per call of the lambda.
fn sort_by(
    elements: &Elements,
    rows: usize,
    comparator: &dyn Lambda,
    element: &DataType,
) -> Result<Vec<u32>> {
    let mut order: Vec<u32> = (0..elements.len() as u32).collect();
    let longest = (0..rows)
        .map(|row| elements.range(row).len())
        .max()
        .unwrap_or(0);
    let mut width = 1;
    while width < longest {
        let mut merges: Vec<Merge> = (0..rows)
            .flat_map(|row| {
                let range = elements.range(row);
                range.clone().step_by(2 * width).map(move |start| Merge {
                    row: row as u32,
                    left: start,
                    middle: (start + width).min(range.end),
                    right: (start + width).min(range.end),
                    end: (start + 2 * width).min(range.end),
                    output: start,
                })
            })
            .collect();
        let mut merged = order.clone();
        loop {
            let open: Vec<usize> = (0..merges.len())
                .filter(|index| merges[*index].is_open())
                .collect();
            if open.is_empty() {
                break;
            }
            let side = |place: fn(&Merge) -> usize| {
                UInt32Array::from_iter_values(
                    open.iter().map(|index| order[place(&merges[*index])]),
                )
            };
            let (left, right) = (side(|merge| merge.left), side(|merge| merge.right));
            // as Java's sort asks: the later element first
            let given = [
                take(elements.values.as_ref(), &right, None)?,
                take(elements.values.as_ref(), &left, None)?,
            ];
            let row_of = UInt32Array::from_iter_values(open.iter().map(|index| merges[*index].row));
            let compared = comparator.call(&given, &row_of)?;
            let compared = compared.as_primitive::<Int32Type>();
            for (place, index) in open.iter().enumerate() {
                if compared.is_null(place) {
                    return Err(incomparable(&given, place, element));
                }
                merges[*index].step(compared.value(place).cmp(&0), &order, &mut merged);
            }
        }
        for merge in &mut merges {
            merge.drain(&order, &mut merged);
        }
        order = merged;
        width *= 2;
    }
    Ok(order)
}

fn incomparable(given: &[ArrayRef; 2], place: usize, element: &DataType) -> Error {
    let text = |array: &ArrayRef| {
        let mut text = String::new();
        match text_writer(array.as_ref(), element, &TimeZone::utc()) {
            _ if array.is_null(place) => text.push_str("null"),
            Ok(write) => write(place, &mut text),
            Err(_) => {}
        }
        text
    };
    Error::new(
        &conditions::COMPARATOR_RETURNS_NULL,
        [
            ("firstValue", text(&given[0])),
            ("secondValue", text(&given[1])),
        ],
    )
}

/// Two sorted runs of a row that are being merged.
struct Merge {
    row: u32,
    left: usize,
    middle: usize,
    right: usize,
    end: usize,
    output: usize,
}

impl Merge {
    fn is_open(&self) -> bool {
        self.left < self.middle && self.right < self.end
    }

    /// Takes the next element, the right one if it compares as less than the left.
    fn step(&mut self, ordering: Ordering, order: &[u32], merged: &mut [u32]) {
        let next = if ordering == Ordering::Less {
            &mut self.right
        } else {
            &mut self.left
        };
        merged[self.output] = order[*next];
        *next += 1;
        self.output += 1;
    }

    /// Takes what is left of either run.
    fn drain(&mut self, order: &[u32], merged: &mut [u32]) {
        for place in (self.left..self.middle).chain(self.right..self.end) {
            merged[self.output] = order[place];
            self.output += 1;
        }
    }
}
