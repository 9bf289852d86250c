//! Arrays as sets: `array_distinct`, `array_union`, `array_intersect`, `array_except`, `arrays_overlap`.
//!
//! Results keep the order of first occurrence. NULL is an element like others, except to `arrays_overlap`.

use super::super::entry::entry;
use super::super::{Arity, ScalarFunction};
use super::typing::{array_or_null, two_arrays};
use crate::error::Result;
use crate::functions::signature::{Nullable, ScalarBinding, binding, not_orderable};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::kernel::list::{ListBuilder, Lists, element_keys, joined, null_test};
use crate::types::DataType;
use arrow::array::{Array, BooleanBuilder};
use arrow::row::{Row, Rows};
use hashbrown::HashSet;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "array_distinct",
        "array_funcs",
        "2.4.0",
        Arity::Exact(1),
        bind_distinct,
        "_FUNC_(array) - The array without repetitions.",
        &[("array_distinct(array(1, 2, 3, null, 3))", "[1,2,3,null]")],
    ),
    entry(
        "array_union",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        |context, arguments| bind_set(context, arguments, SetOperation::Union),
        "_FUNC_(array1, array2) - The elements of either array, without repetitions.",
        &[("array_union(array(1, 2, 3), array(1, 3, 5))", "[1,2,3,5]")],
    ),
    entry(
        "array_intersect",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        |context, arguments| bind_set(context, arguments, SetOperation::Intersect),
        "_FUNC_(array1, array2) - The elements that are in both arrays, without repetitions.",
        &[("array_intersect(array(1, 2, 3), array(1, 3, 5))", "[1,3]")],
    ),
    entry(
        "array_except",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        |context, arguments| bind_set(context, arguments, SetOperation::Except),
        "_FUNC_(array1, array2) - The elements of the first array that are not in the second, without repetitions.",
        &[("array_except(array(1, 2, 3), array(1, 3, 5))", "[2]")],
    ),
    entry(
        "arrays_overlap",
        "array_funcs",
        "2.4.0",
        Arity::Exact(2),
        bind_overlap,
        "_FUNC_(a1, a2) - Whether the arrays have an element in common; NULL if they do not, neither is empty, and one has a NULL.",
        &[("arrays_overlap(array(1, 2, 3), array(3, 4, 5))", "true")],
    ),
];

/// A set of elements of one row; scanned while small, hashed when it grows.
struct Seen<'a> {
    keys: &'a Rows,
    few: Vec<usize>,
    many: HashSet<Row<'a>>,
}

impl<'a> Seen<'a> {
    const FEW: usize = 16;

    fn new(keys: &'a Rows) -> Self {
        Seen {
            keys,
            few: Vec::new(),
            many: HashSet::new(),
        }
    }

    fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    fn contains(&self, place: usize) -> bool {
        let key = self.keys.row(place);
        if self.many.is_empty() {
            self.few.iter().any(|seen| self.keys.row(*seen) == key)
        } else {
            self.many.contains(&key)
        }
    }

    /// Whether the element is new.
    fn insert(&mut self, place: usize) -> bool {
        if self.contains(place) {
            return false;
        }
        if !self.many.is_empty() {
            self.many.insert(self.keys.row(place));
        } else if self.few.len() == Self::FEW {
            let keys = self.keys;
            self.many
                .extend(self.few.drain(..).map(|seen| keys.row(seen)));
            self.many.insert(keys.row(place));
        } else {
            self.few.push(place);
        }
        true
    }
}

fn bind_distinct(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_or_null(context, arguments, 0)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let returns = DataType::array(element, contains_null);
    let result = returns.clone();
    let types = vec![returns.clone()];
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let lists = Lists::new(&columns[0])?;
        let keys = element_keys(&lists.elements)?;
        let mut seen = Seen::new(&keys);
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            let Some(range) = lists.get(row) else {
                output.null_row();
                continue;
            };
            seen.clear();
            range
                .filter(|place| seen.insert(*place))
                .for_each(|place| output.push(place));
            output.end_row()?;
        }
        Ok(column_of(
            &all,
            output.finish(lists.elements.as_ref(), &result)?,
        ))
    }))
}

/// A set operation on two arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SetOperation {
    Union,
    Intersect,
    Except,
}

fn bind_set(
    context: &BindContext,
    arguments: &[BoundArgument],
    operation: SetOperation,
) -> Result<ScalarBinding> {
    let (element, left_nulls, right_nulls) = two_arrays(context, arguments)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let contains_null = match operation {
        SetOperation::Union => left_nulls || right_nulls,
        SetOperation::Intersect => left_nulls && right_nulls,
        SetOperation::Except => left_nulls,
    };
    let types = vec![
        DataType::array(element.clone(), left_nulls),
        DataType::array(element.clone(), right_nulls),
    ];
    let returns = DataType::array(element.clone(), contains_null);
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let (left, right) = (Lists::new(&columns[0])?, Lists::new(&columns[1])?);
        let sources = [left.elements.clone(), right.elements.clone()];
        let (elements, bases) = joined(&sources, &element)?;
        let keys = element_keys(&elements)?;
        let is_null = null_test(&all, rows);
        let (mut taken, mut other) = (Seen::new(&keys), Seen::new(&keys));
        let mut output = ListBuilder::new(rows);
        for row in 0..rows {
            if is_null(row) {
                output.null_row();
                continue;
            }
            taken.clear();
            other.clear();
            let right = right.range(row);
            let right = bases[1] + right.start..bases[1] + right.end;
            if operation == SetOperation::Union {
                for place in left.range(row).chain(right) {
                    if taken.insert(place) {
                        output.push(place);
                    }
                }
            } else {
                right.for_each(|place| {
                    other.insert(place);
                });
                let wanted = operation == SetOperation::Intersect;
                for place in left.range(row) {
                    if other.contains(place) == wanted && taken.insert(place) {
                        output.push(place);
                    }
                }
            }
            output.end_row()?;
        }
        Ok(column_of(&all, output.finish(elements.as_ref(), &result)?))
    }))
}

fn bind_overlap(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, left_nulls, right_nulls) = two_arrays(context, arguments)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &element));
    }
    let types = vec![
        DataType::array(element.clone(), left_nulls),
        DataType::array(element.clone(), right_nulls),
    ];
    let bound = binding(arguments, types, DataType::Boolean, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let (left, right) = (Lists::new(&columns[0])?, Lists::new(&columns[1])?);
        let sources = [left.elements.clone(), right.elements.clone()];
        let (elements, bases) = joined(&sources, &element)?;
        let keys = element_keys(&elements)?;
        let nulls = elements.logical_nulls();
        let there = |place: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*place));
        let is_null = null_test(&all, rows);
        let mut seen = Seen::new(&keys);
        let mut output = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            if is_null(row) {
                output.append_null();
                continue;
            }
            let (left, right) = (left.range(row), right.range(row));
            let right = bases[1] + right.start..bases[1] + right.end;
            seen.clear();
            left.clone().filter(there).for_each(|place| {
                seen.insert(place);
            });
            let common = right
                .clone()
                .filter(there)
                .any(|place| seen.contains(place));
            let empty = left.is_empty() || right.is_empty();
            let unknown = !empty && left.chain(right).any(|place| !there(&place));
            output.append_option(match (common, unknown) {
                (true, _) => Some(true),
                (false, true) => None,
                (false, false) => Some(false),
            });
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.nullable_if(left_nulls || right_nulls))
}
