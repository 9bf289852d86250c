//! Sorted arrays. `array_sort` with a comparator is a higher-order function.

use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction};
use super::typing::array_or_null;
use crate::error::Result;
use crate::functions::signature::{ScalarBinding, binding, expect_arguments, not_orderable};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bool, Rows, column_of, rows_to_compute};
use crate::kernel::list::{ListBuilder, Lists, element_keys};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::Array;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[ScalarFunction {
    display: Display::Custom(|name, arguments| match arguments {
        [array] => format!("{name}({array}, true)"),
        _ => format!("{name}({})", arguments.join(", ")),
    }),
    ..entry(
        "sort_array",
        "array_funcs",
        "1.5.0",
        Arity::OneOf(&[1, 2]),
        bind_sort_array,
        "_FUNC_(array[, ascendingOrder]) - The array in order; NULLs come first, or last in descending order.",
        &[(
            "sort_array(array('b', 'd', null, 'c', 'a'), true)",
            "[null,\"a\",\"b\",\"c\",\"d\"]",
        )],
    )
}];

fn bind_sort_array(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (element, contains_null) = array_or_null(context, arguments, 0)?;
    if !element.is_orderable() {
        return Err(not_orderable(context, &arguments[0].data_type));
    }
    let mut types = expect_arguments(context, arguments, &[Expected::Any, Expected::BOOLEAN])?;
    types[0] = DataType::array(element, contains_null);
    let returns = types[0].clone();
    let result = returns.clone();
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let directions = columns.get(1).map(Rows::<Bool>::new).transpose()?;
        sort(&columns[0], rows, &result, false, |row| match &directions {
            Some(directions) => directions.get(row),
            None => Some(true),
        })
        .map(|array| column_of(&all, array))
    }))
}

/// Every array sorted; `ascending` says how, or that the row is NULL. NULL elements come first when
/// ascending and last when descending, or always last.
pub fn sort(
    lists: &Column,
    rows: usize,
    returns: &DataType,
    nulls_last: bool,
    ascending: impl Fn(usize) -> Option<bool>,
) -> Result<arrow::array::ArrayRef> {
    let lists = Lists::new(lists)?;
    let keys = element_keys(&lists.elements)?;
    let nulls = lists.elements.logical_nulls();
    let is_null = |place: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(place));
    let mut output = ListBuilder::new(rows);
    let (mut places, mut missing) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let (Some(range), Some(ascending)) = (lists.get(row), ascending(row)) else {
            output.null_row();
            continue;
        };
        places.clear();
        missing.clear();
        for place in range {
            if is_null(place) {
                missing.push(place);
            } else {
                places.push(place);
            }
        }
        // stable, so that equal values such as 0.0 and -0.0 keep their order
        places.sort_by(|a, b| {
            let order = keys.row(*a).cmp(&keys.row(*b));
            if ascending { order } else { order.reverse() }
        });
        let nulls_first = ascending && !nulls_last;
        let (first, second) = if nulls_first {
            (&missing, &places)
        } else {
            (&places, &missing)
        };
        first
            .iter()
            .chain(second)
            .for_each(|place| output.push(*place));
        output.end_row()?;
    }
    output.finish(lists.elements.as_ref(), returns)
}
