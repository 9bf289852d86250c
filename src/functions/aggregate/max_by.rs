//! `max_by` and `min_by`: the value that goes with the largest or smallest key.

use super::kernel::{Failing, boxed_kernel, vec_bytes};
use super::key_counts::KeyCodec;
use super::min_max::require_orderable;
use super::rows::Rows;
use super::value_store::ValueStore;
use super::{Accumulator, AggregateFunction, AggregateKernel};
use crate::error::Result;
use crate::functions::scalar::Arity;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use arrow::array::{ArrayRef, BooleanArray};
use std::ops::Range;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "max_by",
        doc: Doc {
            usage: "_FUNC_(x, y) - Returns the value of `x` in the row where `y` is largest.",
            examples: &[("SELECT max_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)", "b")],
            group: "agg_funcs",
            since: "3.0.0",
        },
        bind: |context, arguments| bind(context, arguments, true),
        ..BASE
    },
    AggregateFunction {
        name: "min_by",
        doc: Doc {
            usage: "_FUNC_(x, y) - Returns the value of `x` in the row where `y` is smallest.",
            examples: &[("SELECT min_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)", "a")],
            group: "agg_funcs",
            since: "3.0.0",
        },
        bind: |context, arguments| bind(context, arguments, false),
        ..BASE
    },
];

const BASE: AggregateFunction = AggregateFunction {
    arity: Arity::Exact(2),
    order_sensitive: true,
    ..AggregateFunction::BASE
};

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    max: bool,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    require_orderable(context, &arguments[1])?;
    let (value, key) = (
        arguments[0].data_type.clone(),
        arguments[1].data_type.clone(),
    );
    KeyCodec::new(&key)?;
    let types = vec![value.clone(), key.clone()];
    Ok(Binding {
        returns: value.clone(),
        kernel: boxed_kernel(types.clone(), move || match KeyCodec::new(&key) {
            Ok(codec) => Box::new(Extreme {
                max,
                codec,
                values: ValueStore::new(&value),
                keys: Vec::new(),
                key_bytes: 0,
            }),
            Err(error) => Box::new(Failing(error)),
        }),
        arguments: types,
        nullable: true,
    })
}

/// The value with the best key of each group.
struct Extreme {
    max: bool,
    codec: KeyCodec,
    values: ValueStore,
    /// The best key in comparable bytes; empty for none.
    keys: Vec<Vec<u8>>,
    key_bytes: usize,
}

impl Extreme {
    fn add(&mut self, values: &ArrayRef, keys: &ArrayRef, rows: &Rows) -> Result<()> {
        let keys = self.codec.keys(keys)?;
        let mut winners: Vec<(u32, u32)> = Vec::new();
        rows.for_each(|row, group| {
            let new = keys.row(row).data();
            let old = &mut self.keys[group];
            // Of equal keys, the last wins.
            let wins = if self.max {
                new >= old.as_slice()
            } else {
                new <= old.as_slice()
            };
            if wins || old.is_empty() {
                self.key_bytes += new.len().saturating_sub(old.capacity());
                old.clear();
                old.extend_from_slice(new);
                winners.push((group as u32, row as u32));
            }
        });
        self.values.assign(values, &winners)
    }
}

impl Accumulator for Extreme {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups);
        self.keys.resize(groups, Vec::new());
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = arguments[0].to_array(group_of_row.len());
        let keys = arguments[1].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.keys.len(), &[&keys], filter);
        self.add(&values, &keys, &rows)
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let rows = Rows::new(group_of_row, self.keys.len(), &[&states[1]], None);
        self.add(&states[0], &states[1], &rows)
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        // No key is the NULL key, which merges as nothing.
        let null = self.codec.null_key()?;
        let keys = self.keys.iter().map(|key| match key.as_slice() {
            [] => null.as_slice(),
            key => key,
        });
        Ok(vec![
            self.finish(0..self.keys.len())?,
            self.codec.values(keys)?,
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        self.values.gather(groups)
    }

    fn reset(&mut self) {
        self.values.reset();
        self.keys.iter_mut().for_each(Vec::clear);
    }

    fn bytes(&self) -> usize {
        self.values.bytes() + vec_bytes(&self.keys) + self.key_bytes
    }
}
