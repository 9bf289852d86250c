//! `collect_list` (`array_agg`) and `collect_set`.

use super::group_lists::{GroupLists, list_array};
use super::kernel::{Failing, boxed_kernel, kernel};
use super::key_counts::KeyCounts;
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult};
use crate::error::{Error, Result, conditions::DATATYPE_MISMATCH_UNSUPPORTED_INPUT_TYPE, quote};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::{ArrayRef, BooleanArray};
use std::ops::Range;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "collect_list",
        aliases: &["array_agg"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns an array of all values that are not NULL.",
            examples: &[("SELECT collect_list(col) FROM VALUES (1), (2), (1), (NULL) AS tab(col)", "[1,2,1]")],
            group: "agg_funcs",
            since: "2.0.0",
        },
        order_sensitive: true,
        empty: EmptyResult::Computed,
        bind: bind_list,
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "collect_set",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns an array of the different values that are not NULL.",
            examples: &[("SELECT collect_set(col) FROM VALUES (1), (2), (1), (NULL) AS tab(col)", "[1,2]")],
            group: "agg_funcs",
            since: "2.0.0",
        },
        order_sensitive: true,
        ignores_duplicates: true,
        empty: EmptyResult::Computed,
        bind: bind_set,
        ..AggregateFunction::BASE
    },
];

fn bind_list(
    _: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let element = arguments[0].data_type.clone();
    let returns = DataType::array(element.clone(), false);
    Ok(Binding {
        arguments: vec![element.clone()],
        kernel: kernel(vec![returns.clone()], move || CollectList {
            lists: GroupLists::new(&element, false),
        }),
        returns,
        nullable: false,
    })
}

struct CollectList {
    lists: GroupLists,
}

impl Accumulator for CollectList {
    fn resize(&mut self, groups: usize) {
        self.lists.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.lists.group_count(), &[&values], filter);
        self.lists.add(&values, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        self.lists.merge(&states[0], group_of_row);
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.lists.lists(0..self.lists.group_count())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        self.lists.lists(groups)
    }

    fn reset(&mut self) {
        self.lists.reset();
    }

    fn bytes(&self) -> usize {
        self.lists.bytes()
    }
}

fn bind_set(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let element = arguments[0].data_type.clone();
    if element.contains_map() {
        return Err(Error::new(
            &DATATYPE_MISMATCH_UNSUPPORTED_INPUT_TYPE,
            [
                ("functionName", quote::identifier(context.name)),
                ("dataType", "\"MAP\" or \"COLLATED STRING\"".to_string()),
                ("sqlExpr", quote::sql_expression(context.sql)),
            ],
        ));
    }
    // Fails here, not in the middle of a query, for a type that has no keys.
    KeyCounts::new(&element)?;
    let returns = DataType::array(element.clone(), false);
    Ok(Binding {
        arguments: vec![element.clone()],
        kernel: boxed_kernel(vec![returns.clone()], move || {
            match KeyCounts::new(&element) {
                Ok(values) => Box::new(CollectSet {
                    element: element.clone(),
                    values,
                }),
                Err(error) => Box::new(Failing(error)),
            }
        }),
        returns,
        nullable: false,
    })
}

struct CollectSet {
    element: DataType,
    values: KeyCounts,
}

impl Accumulator for CollectSet {
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
        self.values.merge(&states[0], None, group_of_row)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.finish(0..self.values.group_count())?])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let mut offsets = vec![0];
        let mut entries = Vec::new();
        for group in groups {
            entries.extend_from_slice(self.values.entries(group));
            offsets.push(entries.len() as i32);
        }
        let values = self.values.values(entries.into_iter())?;
        list_array(&self.element, false, offsets, values)
    }

    fn reset(&mut self) {
        self.values.reset();
    }

    fn bytes(&self) -> usize {
        self.values.bytes()
    }
}
