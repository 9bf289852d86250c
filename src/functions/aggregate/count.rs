//! `count` and `count_if`.

use super::kernel::{downcast, kernel, primitive_valid, vec_bytes};
use super::rows::{Rows, counted, is_true};
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult, Frames};
use crate::error::Result;
use crate::functions::scalar::Arity;
use crate::functions::signature::cast_arguments;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use arrow::datatypes::Int64Type;
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "count",
        doc: Doc {
            usage: "_FUNC_(*) - Returns how many rows there are, NULLs included.\n\
                    _FUNC_(expr[, expr...]) - Returns how many rows have no NULL in any of the expressions.\n\
                    _FUNC_(DISTINCT expr[, expr...]) - Returns how many different combinations without a \
                    NULL there are.",
            examples: &[
                (
                    "SELECT count(*) FROM VALUES (NULL), (5), (5), (20) AS tab(col)",
                    "4",
                ),
                (
                    "SELECT count(col) FROM VALUES (NULL), (5), (5), (20) AS tab(col)",
                    "3",
                ),
                (
                    "SELECT count(DISTINCT col) FROM VALUES (NULL), (5), (5), (10) AS tab(col)",
                    "2",
                ),
            ],
            group: "agg_funcs",
            since: "1.0.0",
        },
        arity: Arity::AtLeast(1),
        empty: EmptyResult::Zero,
        bind: bind_count,
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "count_if",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns for how many rows the condition is true.",
            examples: &[
                (
                    "SELECT count_if(col % 2 = 0) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col)",
                    "2",
                ),
                (
                    "SELECT count_if(col IS NULL) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col)",
                    "1",
                ),
            ],
            group: "agg_funcs",
            since: "3.0.0",
        },
        empty: EmptyResult::Zero,
        bind: bind_count_if,
        ..AggregateFunction::BASE
    },
];

fn bind_count(
    _: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: arguments.iter().map(|a| a.data_type.clone()).collect(),
        returns: DataType::Long,
        nullable: false,
        kernel: kernel(vec![DataType::Long], || Count {
            counts: Vec::new(),
            condition: false,
        }),
    })
}

fn bind_count_if(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::BOOLEAN])?,
        returns: DataType::Long,
        nullable: false,
        kernel: kernel(vec![DataType::Long], || Count {
            counts: Vec::new(),
            condition: true,
        }),
    })
}

struct Count {
    counts: Vec<i64>,
    /// Counts rows where the argument is true instead of not NULL.
    condition: bool,
}

/// Where the condition of `count_if` and the FILTER are true.
fn condition(array: &ArrayRef, filter: Option<&BooleanArray>) -> Result<BooleanArray> {
    let mut condition = is_true(downcast::<BooleanArray>(array)?);
    if let Some(filter) = filter {
        condition = &condition & &is_true(filter);
    }
    Ok(BooleanArray::new(condition, None))
}

impl Count {
    /// The arguments that decide whether a row counts.
    fn arrays(&self, arguments: &[Column], rows: usize) -> Vec<ArrayRef> {
        (arguments.iter())
            .filter(|column| self.condition || !column.is_constant())
            .map(|column| column.to_array(rows))
            .collect()
    }
}

impl Accumulator for Count {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        if arguments.iter().any(Column::is_null_constant) {
            return Ok(());
        }
        let arrays = self.arrays(arguments, group_of_row.len());
        let groups = self.counts.len();
        if self.condition {
            let condition = condition(&arrays[0], filter)?;
            let rows = Rows::new(group_of_row, groups, &[], Some(&condition));
            rows.count_into(&mut self.counts);
        } else {
            let arrays: Vec<&ArrayRef> = arrays.iter().collect();
            let rows = Rows::new(group_of_row, groups, &arrays, filter);
            rows.count_into(&mut self.counts);
        }
        Ok(())
    }

    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let rows = frames.of_row.len();
        self.counts.clear();
        self.counts.resize(rows, 0);
        if arguments.iter().any(Column::is_null_constant) {
            return Ok(true);
        }
        let arrays = self.arrays(arguments, rows);
        let mask = if self.condition {
            counted(&[], Some(&condition(&arrays[0], filter)?))
        } else {
            let arrays: Vec<&ArrayRef> = arrays.iter().collect();
            counted(&arrays, filter)
        };
        match mask {
            None => {
                for (count, frame) in self.counts.iter_mut().zip(frames.of_row) {
                    *count = frame.len() as i64;
                }
            }
            Some(mask) => {
                let mut before = Vec::with_capacity(rows + 1);
                let mut count = 0;
                before.push(count);
                before.extend(mask.iter().map(|counts| {
                    count += i64::from(counts);
                    count
                }));
                for (count, frame) in self.counts.iter_mut().zip(frames.of_row) {
                    *count = before[frame.end] - before[frame.start];
                }
            }
        }
        Ok(true)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let counts = downcast::<Int64Array>(&states[0])?;
        for (count, group) in counts.values().iter().zip(group_of_row) {
            self.counts[*group as usize] += count;
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![primitive_valid::<Int64Type>(self.counts.clone())])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        Ok(primitive_valid::<Int64Type>(self.counts[groups].to_vec()))
    }

    fn reset(&mut self) {
        self.counts.fill(0);
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.counts)
    }
}
