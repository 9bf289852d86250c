//! Plans aggregations.

use super::{Need, Planner, RuntimeTarget, Stream, from_stage};
use crate::error::Result;
use crate::exec::ExplainNode;
use crate::exec::aggregate::{CallPlan, Family, HashAggregate, HashAggregateShared};
use crate::exec::explain::list;
use crate::expr::{AggregateCall, Attribute, Expr};
use crate::pipeline::Metrics;
use crate::plan::logical::Aggregate;
use crate::types::arrow_type;
use std::sync::Arc;

impl Planner {
    pub(super) fn aggregate(&mut self, node: &Aggregate, need: Need) -> Result<Stream> {
        let is_needed = |column: &Attribute| need.columns.contains(&column.id);
        let calls: Vec<&(Attribute, AggregateCall)> = node
            .calls
            .iter()
            .filter(|(column, _)| is_needed(column))
            .collect();
        let is_ordered = calls.iter().any(|(_, call)| call.function.order_sensitive);

        // Keys, then the arguments and filters of the calls; DISTINCT calls over equal ones share them.
        let mut expressions: Vec<Expr> = node.keys.iter().map(|key| key.expr.clone()).collect();
        let key_types = expressions
            .iter()
            .map(|key| arrow_type(&key.data_type()))
            .collect();
        let mut families: Vec<(Family, &AggregateCall)> = Vec::new();
        let mut plans = Vec::new();
        for (_, call) in &calls {
            let is_distinct = call.distinct && !call.function.ignores_duplicates;
            let known = families
                .iter()
                .position(|(_, other)| is_distinct && same_input(call, other));
            if let Some(family) = known {
                let Family {
                    arguments, filter, ..
                } = &families[family].0;
                plans.push(CallPlan {
                    kernel: call.kernel.clone(),
                    arguments: arguments.clone(),
                    filter: *filter,
                    family: Some(family),
                });
                continue;
            }
            let first = expressions.len();
            expressions.extend(
                call.arguments
                    .iter()
                    .map(|a| guarded(a, call.filter.as_ref())),
            );
            let arguments = first..expressions.len();
            let filter = call.filter.as_ref().map(|filter| {
                expressions.push(filter.clone());
                expressions.len() - 1
            });
            let family = is_distinct.then(|| {
                let types = call.arguments.iter().map(|a| arrow_type(&a.data_type()));
                let family = Family {
                    arguments: arguments.clone(),
                    types: types.collect(),
                    filter,
                };
                families.push((family, call));
                families.len() - 1
            });
            plans.push(CallPlan {
                kernel: call.kernel.clone(),
                arguments,
                filter,
                family,
            });
        }

        // A runtime filter on a key removes whole groups.
        let runtime = need.runtime.iter().filter_map(|target| {
            let key = node.keys.iter().find(|key| key.id == target.column)?;
            match &key.expr {
                Expr::Column(column) => Some(RuntimeTarget {
                    column: column.id,
                    ..target.clone()
                }),
                _ => None,
            }
        });
        let below = Need::of(&expressions)
            .ordered(is_ordered)
            .filtered(runtime.collect());
        let input = self.plan(&node.input, below)?;
        let shared = Arc::new(HashAggregateShared::new(HashAggregate {
            input: self.projector(&expressions, &input)?,
            key_types,
            calls: plans,
            families: families.into_iter().map(|(family, _)| family).collect(),
            is_ordered,
        }));
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![
            format!("keys={}", list(&node.keys)),
            format!("functions={}", list(calls.iter().map(|(_, call)| call))),
        ];
        let tree = ExplainNode::over("HashAggregate", details, vec![input.node.clone()]);
        let keys = node.keys.iter().map(|key| key.attribute());
        let columns = keys
            .chain(calls.iter().map(|(column, _)| column.clone()))
            .collect();
        let stage = self.end(input, shared.clone(), metrics.clone());
        Ok(from_stage(shared, columns, stage, tree.measured(metrics)))
    }
}

/// An argument that only sees the rows that FILTER lets through: `sum(1 / a) FILTER (WHERE a > 0)` does not
/// divide by zero. The accumulators leave the other rows out, so what it is there does not matter.
fn guarded(argument: &Expr, filter: Option<&Expr>) -> Expr {
    match (argument, filter) {
        (_, None) | (Expr::Column(_) | Expr::Literal(_), Some(_)) => argument.clone(),
        (_, Some(filter)) => Expr::Case {
            branches: vec![(filter.clone(), argument.clone())],
            otherwise: None,
            data_type: argument.data_type(),
        },
    }
}

/// Whether two DISTINCT calls see the same rows and arguments.
fn same_input(a: &AggregateCall, b: &AggregateCall) -> bool {
    let same_filter = match (&a.filter, &b.filter) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    };
    same_filter
        && a.arguments.len() == b.arguments.len()
        && a.arguments.iter().zip(&b.arguments).all(|(a, b)| a.same(b))
}
