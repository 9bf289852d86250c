//! `listagg` (`string_agg`): the texts of a group, joined.

use super::group_lists::GroupLists;
use super::kernel::kernel;
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, WithinGroup};
use crate::error::Result;
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::{constant, data_diff_types, unexpected_type};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::coercion::{Expected, implicit_cast};
use crate::types::{DataType, Value};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, StringViewArray, UInt32Array,
};
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "listagg",
    aliases: &["string_agg"],
    doc: Doc {
        usage: "_FUNC_(expr[, delimiter]) [WITHIN GROUP (ORDER BY key[, ...])] - Returns the values that \
                are not NULL as one string or binary, with the delimiter between them, in the order of the \
                keys if there are any; NULL if there is no value.",
        examples: &[
            (
                "SELECT listagg(col) FROM VALUES ('a'), ('b'), ('c') AS tab(col)",
                "abc",
            ),
            (
                "SELECT listagg(col, ', ') FROM VALUES ('a'), (NULL), ('b') AS tab(col)",
                "a, b",
            ),
            (
                "SELECT listagg(col, '|') WITHIN GROUP (ORDER BY col DESC) FROM VALUES ('a'), ('c'), ('b') \
                 AS tab(col)",
                "c|b|a",
            ),
        ],
        group: "agg_funcs",
        since: "4.0.0",
    },
    arity: Arity::OneOf(&[1, 2]),
    display: Display::Custom(|name, arguments| match arguments {
        [value] => format!("{name}({value}, NULL)"),
        _ => format!("{name}({})", arguments.join(", ")),
    }),
    order_sensitive: true,
    within_group: WithinGroup::Optional,
    allows_window_frame: false,
    bind,
    ..AggregateFunction::BASE
}];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let keys = arguments
        .iter()
        .position(|argument| argument.order.is_some());
    let (plain, keys) = arguments.split_at(keys.unwrap_or(arguments.len()));
    let returns = match &plain[0].data_type {
        DataType::Binary => DataType::Binary,
        other => implicit_cast(other, &Expected::STRING, context.config.ansi())
            .filter(|t| t.is_string())
            .ok_or_else(|| {
                unexpected_type(context, arguments, 0, &Expected::STRING_OR_BINARY.sql())
            })?,
    };
    let mut types = vec![returns.clone()];
    let mut delimiter: Vec<u8> = Vec::new();
    if let Some(argument) = plain.get(1) {
        let expected = Expected::Exact(returns.clone());
        let fits = match &argument.data_type {
            DataType::Null => true,
            DataType::Binary => returns == DataType::Binary,
            other => {
                returns != DataType::Binary
                    && implicit_cast(other, &expected, context.config.ansi()).is_some()
            }
        };
        if !fits {
            return Err(data_diff_types(context, plain));
        }
        types.push(returns.clone());
        delimiter = match constant(context, arguments, 1, "delimiter")? {
            Value::Null => Vec::new(),
            Value::String(text) => text.as_bytes().to_vec(),
            Value::Binary(bytes) => bytes.to_vec(),
            number => number
                .as_i64()
                .map_or(Vec::new(), |n| n.to_string().into_bytes()),
        };
    }
    let first_key = types.len();
    types.extend(keys.iter().map(|key| key.data_type.clone()));
    let orders: Vec<SortOptions> = keys.iter().filter_map(|key| key.order).collect();
    let key_types: Vec<DataType> = keys.iter().map(|key| key.data_type.clone()).collect();
    let mut states = vec![DataType::array(returns.clone(), false)];
    states.extend(
        key_types
            .iter()
            .map(|key| DataType::array(key.clone(), true)),
    );
    let of = returns.clone();
    Ok(Binding {
        arguments: types,
        returns,
        nullable: true,
        kernel: kernel(states, move || ListAgg {
            is_binary: of == DataType::Binary,
            delimiter: delimiter.clone(),
            first_key,
            orders: orders.clone(),
            values: GroupLists::new(&of, false),
            keys: key_types
                .iter()
                .map(|key| GroupLists::new(key, true))
                .collect(),
        }),
    })
}

struct ListAgg {
    is_binary: bool,
    delimiter: Vec<u8>,
    /// Index of the first argument that is a key.
    first_key: usize,
    orders: Vec<SortOptions>,
    values: GroupLists,
    keys: Vec<GroupLists>,
}

impl ListAgg {
    fn joined(&self, group: usize) -> Result<Option<Vec<u8>>> {
        let values = self.values.values(group)?;
        if values.is_empty() {
            return Ok(None);
        }
        let order = if self.keys.is_empty() {
            None
        } else {
            let columns = (self.keys.iter().zip(&self.orders))
                .map(|(key, options)| {
                    Ok(SortColumn {
                        values: key.values(group)?,
                        options: Some(*options),
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            Some(lexsort_to_indices(&columns, None)?)
        };
        let mut out = Vec::new();
        for place in 0..values.len() {
            if place > 0 {
                out.extend_from_slice(&self.delimiter);
            }
            let index = order
                .as_ref()
                .map_or(place, |o: &UInt32Array| o.value(place) as usize);
            if self.is_binary {
                out.extend_from_slice(values.as_binary_view().value(index));
            } else {
                out.extend_from_slice(values.as_string_view().value(index).as_bytes());
            }
        }
        Ok(Some(out))
    }
}

impl Accumulator for ListAgg {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups);
        self.keys.iter_mut().for_each(|key| key.resize(groups));
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.values.group_count(), &[&values], filter);
        self.values.add(&values, &rows)?;
        for (key, argument) in self.keys.iter_mut().zip(&arguments[self.first_key..]) {
            key.add(&argument.to_array(group_of_row.len()), &rows)?;
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        self.values.merge(&states[0], group_of_row);
        for (key, state) in self.keys.iter_mut().zip(&states[1..]) {
            key.merge(state, group_of_row);
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let groups = 0..self.values.group_count();
        (std::iter::once(&self.values).chain(&self.keys))
            .map(|lists| lists.lists(groups.clone()))
            .collect()
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let joined = groups
            .map(|group| self.joined(group))
            .collect::<Result<Vec<_>>>()?;
        let array: BinaryViewArray = joined.iter().map(Option::as_deref).collect();
        if self.is_binary {
            return Ok(Arc::new(array));
        }
        let array: StringViewArray = array.to_string_view()?;
        Ok(Arc::new(array))
    }

    fn reset(&mut self) {
        self.values.reset();
        self.keys.iter_mut().for_each(GroupLists::reset);
    }

    fn bytes(&self) -> usize {
        self.values.bytes() + self.keys.iter().map(GroupLists::bytes).sum::<usize>()
    }
}
