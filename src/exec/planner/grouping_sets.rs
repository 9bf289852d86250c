//! Aggregations over grouping sets, taken apart.
//!
//! ```text
//!   Aggregate [a', b', id]               workers group by the columns that the keys come from:  a, b
//!   +- Expand a, b, 0                    their groups, not their rows, are expanded:            a, b, 0
//!             a, NULL, 1          ──►                                                           a, NULL, 1
//!             NULL, NULL, 3                                                                     NULL, NULL, 3
//! ```
//!
//! A group of a coarser set is the union of groups of the finest, so its state is their states merged. Rows go
//! through one table once, however many sets there are.

use crate::config::Config;
use crate::error::Result;
use crate::exec::aggregate;
use crate::expr::{AggregateCall, Attribute, ColumnId, Expr, Projector};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Expand};
use crate::types::arrow_type;
use hashbrown::HashMap;

/// An aggregation over an Expand, as one over what is below it.
pub(super) struct GroupingSets<'p> {
    /// What is below the Expand.
    pub input: &'p LogicalPlan,
    /// What workers group by: columns of the input.
    pub keys: Vec<Attribute>,
    /// The keys of the result, once per set: columns of `keys` and constants.
    pub sets: Vec<Vec<Expr>>,
    /// The calls, over the input.
    pub calls: Vec<AggregateCall>,
}

impl<'p> GroupingSets<'p> {
    /// None if the aggregation is not over an Expand, or rows have to be expanded one by one: for DISTINCT, for calls
    /// that see the order of rows or keep them, and where an argument is not the same in all sets.
    pub fn of(node: &'p Aggregate, calls: &[&(Attribute, AggregateCall)]) -> Option<Self> {
        let LogicalPlan::Expand(expand) = &*node.input else {
            return None;
        };
        let merges = |call: &AggregateCall| {
            let is_distinct = call.distinct && !call.function.ignores_duplicates;
            !is_distinct && !call.function.order_sensitive && !call.kernel.keeps_rows()
        };
        if !calls.iter().all(|(_, call)| merges(call)) {
            return None;
        }
        let position = |id: ColumnId| expand.output.iter().position(|column| column.id == id);
        let positions = node.keys.iter().map(|key| match &key.expr {
            Expr::Column(column) => position(column.id),
            _ => None,
        });
        let positions: Vec<usize> = positions.collect::<Option<_>>()?;
        let mut keys: Vec<Attribute> = Vec::new();
        let mut sets = Vec::new();
        for projection in &expand.projections {
            let set: Vec<Expr> = positions.iter().map(|p| projection[*p].clone()).collect();
            for key in &set {
                match key {
                    Expr::Column(column) if keys.iter().all(|known| known.id != column.id) => {
                        keys.push(column.clone());
                    }
                    Expr::Column(_) | Expr::Literal(_) => {}
                    _ => return None,
                }
            }
            sets.push(set);
        }
        let constant = constant_columns(expand);
        let calls = calls.iter().map(|(_, call)| {
            let below = |expr: &Expr| {
                let known = expr.references().iter().all(|id| constant.contains_key(id));
                known.then(|| expr.clone().rename_columns(&constant))
            };
            Some(AggregateCall {
                arguments: call.arguments.iter().map(below).collect::<Option<_>>()?,
                filter: match &call.filter {
                    Some(filter) => Some(below(filter)?),
                    None => None,
                },
                ..call.clone()
            })
        });
        let calls = calls.collect::<Option<_>>()?;
        (!keys.is_empty()).then_some(GroupingSets {
            input: &expand.input,
            keys,
            sets,
            calls,
        })
    }

    /// How groups are expanded.
    pub fn expansion(&self, config: &Config) -> Result<aggregate::GroupingSets> {
        let types = self.keys.iter().map(|key| arrow_type(&key.data_type));
        let sets = self.sets.iter();
        Ok(aggregate::GroupingSets {
            key_types: types.collect(),
            projections: sets
                .map(|set| Projector::new(set, &self.keys, config))
                .collect::<Result<_>>()?,
        })
    }
}

/// The output columns that are the same column of the input in every projection, each with that column.
fn constant_columns(expand: &Expand) -> HashMap<ColumnId, ColumnId> {
    let same = |position: usize| {
        let mut columns = expand.projections.iter().map(|p| match &p[position] {
            Expr::Column(column) => Some(column.id),
            _ => None,
        });
        let first = columns.next()??;
        columns.all(|other| other == Some(first)).then_some(first)
    };
    (expand.output.iter().enumerate())
        .filter_map(|(position, column)| Some((column.id, same(position)?)))
        .collect()
}
