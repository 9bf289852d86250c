//! `first`, `last` and `any_value`.

use super::kernel::{booleans, downcast, kernel, vec_bytes};
use super::rows::{Rows, counted};
use super::value_store::ValueStore;
use super::{Accumulator, AggregateFunction, AggregateKernel, Frames, frames};
use crate::error::{Error, Result, conditions::LEGACY_1210};
use crate::functions::scalar::{Arity, Display};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::{DataType, Value};
use arrow::array::{ArrayRef, BooleanArray};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "first",
        aliases: &["first_value"],
        doc: Doc {
            usage: "_FUNC_(expr[, ignoreNulls]) - Returns the value of the first row; with `ignoreNulls` \
                    true, of the first row where it is not NULL.",
            examples: &[
                (
                    "SELECT first(col) FROM VALUES (10), (5), (20) AS tab(col)",
                    "10",
                ),
                (
                    "SELECT first(col) FROM VALUES (NULL), (5), (20) AS tab(col)",
                    "NULL",
                ),
                (
                    "SELECT first(col, true) FROM VALUES (NULL), (5), (20) AS tab(col)",
                    "5",
                ),
            ],
            group: "agg_funcs",
            since: "2.0.0",
        },
        bind: |context, arguments| bind(context, arguments, Pick::First),
        ..BASE
    },
    AggregateFunction {
        name: "last",
        aliases: &["last_value"],
        doc: Doc {
            usage: "_FUNC_(expr[, ignoreNulls]) - Returns the value of the last row; with `ignoreNulls` \
                    true, of the last row where it is not NULL.",
            examples: &[
                (
                    "SELECT last(col) FROM VALUES (10), (5), (20) AS tab(col)",
                    "20",
                ),
                (
                    "SELECT last(col) FROM VALUES (10), (5), (NULL) AS tab(col)",
                    "NULL",
                ),
                (
                    "SELECT last(col, true) FROM VALUES (10), (5), (NULL) AS tab(col)",
                    "5",
                ),
            ],
            group: "agg_funcs",
            since: "2.0.0",
        },
        bind: |context, arguments| bind(context, arguments, Pick::Last),
        ..BASE
    },
    AggregateFunction {
        name: "any_value",
        doc: Doc {
            usage: "_FUNC_(expr[, ignoreNulls]) - Returns the value of some row of the group; with \
                    `ignoreNulls` true, of some row where it is not NULL.",
            examples: &[
                (
                    "SELECT any_value(col) FROM VALUES (10), (5), (20) AS tab(col)",
                    "10",
                ),
                (
                    "SELECT any_value(col, true) FROM VALUES (NULL), (5), (20) AS tab(col)",
                    "5",
                ),
            ],
            group: "agg_funcs",
            since: "3.4.0",
        },
        bind: |context, arguments| bind(context, arguments, Pick::First),
        ..BASE
    },
];

const BASE: AggregateFunction = AggregateFunction {
    arity: Arity::OneOf(&[1, 2]),
    display: Display::Custom(|name, arguments| {
        format!("{name}({})", arguments.first().copied().unwrap_or(""))
    }),
    order_sensitive: true,
    ignores_duplicates: true,
    allows_ignore_nulls: true,
    ..AggregateFunction::BASE
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    First,
    Last,
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    pick: Pick,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let ignore_nulls = match arguments.get(1).map(|argument| &argument.constant) {
        None => false,
        Some(Some(Value::Boolean(ignore_nulls))) => *ignore_nulls,
        Some(_) => return Err(Error::new(&LEGACY_1210, [("funcName", context.name)])),
    };
    let data_type = arguments[0].data_type.clone();
    let of = data_type.clone();
    Ok(Binding {
        arguments: arguments.iter().map(|a| a.data_type.clone()).collect(),
        returns: data_type.clone(),
        nullable: true,
        kernel: kernel(vec![data_type, DataType::Boolean], move || Picked {
            pick,
            ignore_nulls,
            values: ValueStore::new(&of),
            groups: 0,
            scratch: Vec::new(),
        }),
    })
}

/// One row's value per group.
struct Picked {
    pick: Pick,
    ignore_nulls: bool,
    values: ValueStore,
    groups: usize,
    /// For `last`: the last row of each group in the current batch, plus one.
    scratch: Vec<u32>,
}

impl Picked {
    fn add(&mut self, array: &ArrayRef, rows: &Rows) -> Result<()> {
        let mut winners: Vec<(u32, u32)> = Vec::new();
        match self.pick {
            Pick::First => {
                // Marked in `scratch` too, since the store only learns of winners afterwards.
                self.scratch.resize(self.groups, 0);
                rows.for_each(|row, group| {
                    if self.scratch[group] == 0 && !self.values.is_set(group) {
                        self.scratch[group] = 1;
                        winners.push((group as u32, row as u32));
                    }
                });
            }
            Pick::Last if rows.is_single_group() => {
                let mut last = None;
                rows.for_each_row(|row| last = Some(row));
                winners.extend(last.map(|row| (0, row as u32)));
            }
            Pick::Last => {
                self.scratch.resize(self.groups, 0);
                rows.for_each(|row, group| {
                    if self.scratch[group] == 0 {
                        winners.push((group as u32, 0));
                    }
                    self.scratch[group] = row as u32 + 1;
                });
                for (group, row) in &mut winners {
                    *row = self.scratch[*group as usize] - 1;
                }
            }
        }
        for (group, _) in &winners {
            if let Some(mark) = self.scratch.get_mut(*group as usize) {
                *mark = 0;
            }
        }
        self.values.assign(array, &winners)
    }
}

impl Accumulator for Picked {
    fn resize(&mut self, groups: usize) {
        self.groups = groups;
        self.values.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let not_null: &[&ArrayRef] = if self.ignore_nulls { &[&array] } else { &[] };
        let rows = Rows::new(group_of_row, self.groups, not_null, filter);
        self.add(&array, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let is_set = downcast::<BooleanArray>(&states[1])?;
        let rows = Rows::new(group_of_row, self.groups, &[], Some(is_set));
        self.add(&states[0], &rows)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let is_set: Vec<bool> = (0..self.groups).map(|g| self.values.is_set(g)).collect();
        Ok(vec![self.values.gather(0..self.groups)?, booleans(&is_set)])
    }

    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let rows = frames.of_row.len();
        let array = arguments[0].to_array(rows);
        let not_null: &[&ArrayRef] = if self.ignore_nulls { &[&array] } else { &[] };
        let mask = counted(not_null, filter);
        let picked = frames::winners(frames, mask.as_ref(), |new, old| match self.pick {
            Pick::First => new < old,
            Pick::Last => new > old,
        });
        let picked: Vec<(u32, u32)> = (picked.into_iter().enumerate())
            .filter(|(_, row)| *row != frames::NO_ROW)
            .map(|(group, row)| (group as u32, row))
            .collect();
        self.reset();
        self.resize(rows);
        self.values.assign(&array, &picked)?;
        Ok(true)
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        self.values.gather(groups)
    }

    fn reset(&mut self) {
        self.values.reset();
    }

    fn bytes(&self) -> usize {
        self.values.bytes() + vec_bytes(&self.scratch)
    }
}
