//! `mode`: the most frequent value.

use super::group_lists::list_array;
use super::kernel::{Failing, boxed_kernel};
use super::key_counts::KeyCounts;
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, WithinGroup};
use crate::error::conditions::{
    NON_FOLDABLE_ARGUMENT, UNEXPECTED_INPUT_TYPE, WITHIN_GROUP_MISSING,
    WITHIN_GROUP_WRONG_NUM_ORDERINGS,
};
use crate::error::{Error, Result, quote};
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::unexpected_null;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::hash::murmur3;
use crate::types::{DataType, Value, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, UInt32Array, new_null_array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::Int64Type;
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "mode",
    doc: Doc {
        usage: "_FUNC_(col[, deterministic]) - Returns the most frequent value that is not NULL. Of several, \
                any; the smallest if `deterministic` is true.\n\
                _FUNC_() WITHIN GROUP (ORDER BY col) - Returns the most frequent value; of several, the \
                first in the order.",
        examples: &[
            (
                "SELECT mode(col) FROM VALUES (0), (10), (10), (NULL), (NULL), (NULL) AS tab(col)",
                "10",
            ),
            (
                "SELECT mode(col, true) FROM VALUES (-10), (0), (10) AS tab(col)",
                "-10",
            ),
            (
                "SELECT mode() WITHIN GROUP (ORDER BY col DESC) FROM VALUES (0), (10), (10), (20), (20) AS \
              tab(col)",
                "20",
            ),
        ],
        group: "agg_funcs",
        since: "3.4.0",
    },
    arity: Arity::OneOf(&[0, 1, 2]),
    display: Display::Custom(display),
    within_group: WithinGroup::Optional,
    bind,
    ..AggregateFunction::BASE
}];

/// Spark keeps a deterministic mode as one over a reversed order, and prints it so.
fn display(name: &str, arguments: &[&str]) -> String {
    match arguments {
        [value, "true"] => format!("{name}() WITHIN GROUP (ORDER BY {value} DESC)"),
        [value, "false"] => format!("{name}({value})"),
        _ => format!("{name}({})", arguments.join(", ")),
    }
}

/// Which of several most frequent values is taken.
#[derive(Debug, Clone, Copy)]
enum Tie {
    /// The one that Spark's hash map has first, as far as [`hash_places`] knows; else the smallest.
    Any,
    Smallest,
    Largest,
}

/// Where Spark's hash map would have values of a group: by Java's hash code, mixed with Murmur3, in a table
/// that is at most 70% full. Values that collide would move on; that is left out, as are types whose hash
/// codes are not simple.
fn hash_places(values: &ArrayRef) -> Option<Vec<u32>> {
    use arrow::datatypes::{DataType as ArrowType, Int32Type};
    let codes: ArrayRef = match values.data_type() {
        ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32 | ArrowType::Date32 => {
            cast(values, &ArrowType::Int32).ok()?
        }
        ArrowType::Int64 => {
            let folded = |value: i64| (value ^ (value.cast_unsigned() >> 32).cast_signed()) as i32;
            Arc::new(
                values
                    .as_primitive::<Int64Type>()
                    .unary::<_, Int32Type>(folded),
            )
        }
        ArrowType::Utf8View => {
            let hashes = murmur3(std::slice::from_ref(values), values.len(), 42).ok()?;
            Arc::new(Int32Array::from(hashes))
        }
        _ => return None,
    };
    let mut capacity = 64;
    while values.len() as f64 > f64::from(capacity) * 0.7 {
        capacity *= 2;
    }
    let mixed = murmur3(&[codes], values.len(), 0).ok()?;
    Some(
        mixed
            .into_iter()
            .map(|hash| hash.cast_unsigned() & (capacity - 1))
            .collect(),
    )
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let tie = match arguments {
        [value] => match value.order {
            Some(order) if order.descending => Tie::Largest,
            Some(_) => Tie::Smallest,
            None => Tie::Any,
        },
        [_, deterministic] if deterministic.order.is_none() => {
            if check_deterministic(context, deterministic)? {
                Tie::Smallest
            } else {
                Tie::Any
            }
        }
        [] => {
            return Err(Error::new(
                &WITHIN_GROUP_MISSING,
                [("funcName", quote::identifier(context.name))],
            ));
        }
        _ => {
            return Err(Error::new(
                &WITHIN_GROUP_WRONG_NUM_ORDERINGS,
                [
                    ("funcName", quote::identifier(context.name)),
                    ("expectedNum", "1".to_string()),
                    ("actualNum", arguments.len().to_string()),
                ],
            ));
        }
    };
    let value = arguments[0].data_type.clone();
    let returns = value.clone();
    // Fails here, not in the middle of a query, for a type that has no keys.
    KeyCounts::new(&value)?;
    let states = vec![
        DataType::array(value.clone(), false),
        DataType::array(DataType::Long, false),
    ];
    Ok(Binding {
        arguments: arguments.iter().map(|a| a.data_type.clone()).collect(),
        kernel: boxed_kernel(states, move || match KeyCounts::new(&value) {
            Ok(values) => Box::new(Mode {
                value: value.clone(),
                tie,
                values,
            }),
            Err(error) => Box::new(Failing(error)),
        }),
        returns,
        nullable: true,
    })
}

/// The value of the argument `deterministic`.
fn check_deterministic(context: &BindContext, argument: &BoundArgument) -> Result<bool> {
    match (&argument.data_type, &argument.constant) {
        (DataType::Boolean | DataType::Null, Some(Value::Null)) => {
            Err(unexpected_null(context, "deterministic"))
        }
        (DataType::Boolean, Some(value)) => Ok(value.as_bool() == Some(true)),
        (DataType::Boolean, None) => Err(Error::new(
            &NON_FOLDABLE_ARGUMENT,
            [
                ("funcName", quote::identifier(context.name)),
                ("paramName", quote::identifier("deterministic")),
                ("paramType", quote::sql_type(&DataType::Boolean)),
            ],
        )),
        (other, _) => Err(Error::new(
            &UNEXPECTED_INPUT_TYPE,
            [
                ("functionName", quote::identifier(context.name)),
                ("paramIndex", "second".to_string()),
                ("requiredType", quote::sql_type(&DataType::Boolean)),
                ("inputSql", quote::sql_expression(&argument.sql)),
                ("inputType", quote::sql_type(other)),
            ],
        )),
    }
}

struct Mode {
    value: DataType,
    tie: Tie,
    values: KeyCounts,
}

impl Mode {
    fn mode(&self, group: usize) -> Result<Option<u32>> {
        let entries = self.values.entries(group);
        let most = entries
            .iter()
            .map(|entry| self.values.count_of(*entry))
            .max();
        let is_most = |entry: &&u32| Some(self.values.count_of(**entry)) == most;
        if matches!(self.tie, Tie::Any) && entries.iter().filter(is_most).count() > 1 {
            let values = self.values.values(entries.iter().copied())?;
            if let Some(places) = hash_places(&values) {
                let candidates = entries
                    .iter()
                    .zip(places)
                    .filter(|(entry, _)| is_most(entry));
                return Ok(candidates
                    .min_by_key(|(_, place)| *place)
                    .map(|(entry, _)| *entry));
            }
        }
        let best = |a: u32, b: u32| {
            let by_count = self.values.count_of(a).cmp(&self.values.count_of(b));
            let by_key = self.values.key(a).cmp(self.values.key(b));
            let order = by_count.then(match self.tie {
                Tie::Any | Tie::Smallest => by_key.reverse(),
                Tie::Largest => by_key,
            });
            if order.is_lt() { b } else { a }
        };
        Ok(entries.iter().copied().reduce(best))
    }
}

impl Accumulator for Mode {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.values.group_count(), &[&values], filter);
        self.values.add(&values, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let counts = states[1]
            .as_list::<i32>()
            .values()
            .as_primitive::<Int64Type>();
        self.values
            .merge(&states[0], Some(counts.values()), group_of_row)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let mut offsets = vec![0];
        let mut entries: Vec<u32> = Vec::new();
        for group in 0..self.values.group_count() {
            entries.extend_from_slice(self.values.entries(group));
            offsets.push(entries.len() as i32);
        }
        let counts: Int64Array = entries.iter().map(|e| self.values.count_of(*e)).collect();
        let values = self.values.values(entries.into_iter())?;
        Ok(vec![
            list_array(&self.value, false, offsets.clone(), values)?,
            list_array(&DataType::Long, false, offsets, Arc::new(counts))?,
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let modes: Vec<Option<u32>> = groups
            .map(|group| self.mode(group))
            .collect::<Result<_>>()?;
        let values = self.values.values(modes.iter().copied().flatten())?;
        if values.is_empty() {
            return Ok(new_null_array(&arrow_type(&self.value), modes.len()));
        }
        let mut next = 0;
        let indices: UInt32Array = (modes.iter())
            .map(|mode| {
                mode.map(|_| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        Ok(take(values.as_ref(), &indices, None)?)
    }

    fn reset(&mut self) {
        self.values.reset();
    }

    fn bytes(&self) -> usize {
        self.values.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;

    #[test]
    fn ties_fall_as_in_spark() {
        let first = |values: ArrayRef| {
            let places = hash_places(&values).unwrap();
            (0..values.len()).min_by_key(|row| places[*row]).unwrap()
        };
        // SELECT mode(x) FROM VALUES (-10), (0), (10) gives 0, of 'b', 'a', 'c' it gives 'b'.
        assert_eq!(first(Arc::new(Int32Array::from(vec![-10, 0, 10]))), 1);
        assert_eq!(
            first(Arc::new(StringViewArray::from(vec!["b", "a", "c"]))),
            0
        );
    }
}
