//! Plans aggregations.

use super::grouping_sets::GroupingSets;
use super::{Need, Planner, RuntimeTarget, Stream, from_stage, push};
use crate::error::Result;
use crate::exec::ExplainNode;
use crate::exec::aggregate::{
    CallPlan, ClusteredAggregate, Family, HashAggregate, HashAggregateShared,
};
use crate::exec::explain::list;
use crate::expr::{AggregateCall, Attribute, ColumnId, Expr};
use crate::pipeline::{Metrics, Pipeline};
use crate::plan::LogicalPlan;
use crate::plan::logical::Aggregate;
use crate::types::{DataType, arrow_type};
use hashbrown::HashSet;
use std::sync::{Arc, OnceLock};

impl Planner {
    pub(super) fn aggregate(&mut self, node: &Aggregate, need: Need) -> Result<Stream> {
        let is_needed = |column: &Attribute| need.columns.contains(&column.id);
        let calls: Vec<&(Attribute, AggregateCall)> = node
            .calls
            .iter()
            .filter(|(column, _)| is_needed(column))
            .collect();
        let sets = GroupingSets::of(node, &calls);
        // Those over what is below an Expand, if that is taken in.
        let own_calls: Vec<&AggregateCall> = match &sets {
            Some(sets) => sets.calls.iter().collect(),
            None => calls.iter().map(|(_, call)| call).collect(),
        };
        let below = sets.as_ref().map_or(&*node.input, |sets| sets.input);
        let is_ordered = calls.iter().any(|(_, call)| call.function.order_sensitive);

        // Keys, then the arguments and filters of the calls; DISTINCT calls over equal ones share them.
        let keys = node.keys.iter().map(|key| key.expr.clone());
        let mut expressions: Vec<Expr> = match &sets {
            Some(sets) => sets.keys.iter().cloned().map(Expr::Column).collect(),
            None => keys.collect(),
        };
        let mut families: Vec<(Family, &AggregateCall)> = Vec::new();
        let mut plans = Vec::new();
        for call in &own_calls {
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
                    split: OnceLock::new(),
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

        // A runtime filter on a key removes whole groups; below grouping sets, parts of those without that key.
        let runtime = need.runtime.iter().filter(|_| sets.is_none());
        let runtime = runtime.filter_map(|target| {
            let key = node.keys.iter().find(|key| key.id == target.column)?;
            match &key.expr {
                Expr::Column(column) => Some(RuntimeTarget {
                    column: column.id,
                    ..target.clone()
                }),
                _ => None,
            }
        });
        // Keys that nothing else reads need not be more than codes.
        let (keys, values) =
            expressions.split_at(sets.as_ref().map_or(node.keys.len(), |s| s.keys.len()));
        let mut read = HashSet::new();
        let computed = keys.iter().filter(|key| !matches!(key, Expr::Column(_)));
        (computed.chain(values)).for_each(|expr| expr.collect_references(&mut read));
        let keys = keys.iter().filter_map(|key| match key {
            Expr::Column(column) if !read.contains(&column.id) => Some(column.id),
            _ => None,
        });
        let coded = keys.collect();
        // Calls that see the order of rows, and what numbers them, need that of the input.
        let is_blind = !is_ordered && expressions.iter().all(Expr::is_deterministic);
        let many = key_of_many_values(node).filter(|_| is_blind);
        let need_below = Need::of(&expressions)
            .ordered(is_ordered)
            .filtered(runtime.collect())
            .coded(coded)
            .in_blocks(many.map(|(_, column)| column));
        let mut input = self.plan(below, need_below)?;
        let key_types = (node.keys.iter()).map(|key| arrow_type(&key.expr.data_type()));
        let expansion = sets.as_ref().map(|s| s.expansion(&self.context.config));
        let plan = HashAggregate {
            input: self.projector(&expressions, &input)?,
            key_types: key_types.collect(),
            sets: expansion.transpose()?,
            calls: plans,
            families: families.into_iter().map(|(family, _)| family).collect(),
            is_ordered,
        };
        let mut details = vec![format!("keys={}", list(&node.keys))];
        if let Some(sets) = &sets {
            details.push(format!("sets={}", list(sets.sets.iter().map(list))));
        }
        details.push(format!("functions={}", list(own_calls)));
        let keys = node.keys.iter().map(|key| key.attribute());
        let columns: Vec<Attribute> = keys
            .chain(calls.iter().map(|(column, _)| column.clone()))
            .collect();
        if let (Some((key, _)), Some(blocks)) = (many, input.blocks.take())
            && ClusteredAggregate::takes(&plan)
        {
            details.push(format!("in order of {}", node.keys[key]));
            let aggregate = ClusteredAggregate::new(plan, key, blocks);
            return Ok(clustered(input, aggregate, columns, details));
        }
        let shared = Arc::new(HashAggregateShared::new(plan));
        let metrics: Arc<Metrics> = Arc::default();
        let tree = ExplainNode::over("HashAggregate", details, vec![input.node.clone()]);
        let stage = self.end(input, shared.clone(), metrics.clone());
        Ok(from_stage(shared, columns, stage, tree.measured(metrics)))
    }
}

/// Distinct values of a key from which it is looked at whether rows come in its order: fewer groups are merged at once.
const MANY_VALUES: u64 = 16 * 1024;

/// The key of an aggregation, by position, that is a column of whole numbers or dates and has the most values, if these are
/// many.
fn key_of_many_values(node: &Aggregate) -> Option<(usize, ColumnId)> {
    let columns = node.keys.iter().enumerate();
    let columns = columns.filter_map(|(position, key)| match &key.expr {
        Expr::Column(column) => match column.data_type {
            DataType::Byte
            | DataType::Short
            | DataType::Integer
            | DataType::Long
            | DataType::Date => {
                let values = distinct_values(&node.input, column.id)?;
                Some((values, position, column.id))
            }
            _ => None,
        },
        _ => None,
    });
    let (values, position, column) = columns.max_by_key(|(values, ..)| *values)?;
    (values >= MANY_VALUES).then_some((position, column))
}

/// How many values a column of a scan has, as far as is known, with nothing but filters and projections above it.
fn distinct_values(plan: &LogicalPlan, column: ColumnId) -> Option<u64> {
    match plan {
        LogicalPlan::Scan(scan) => {
            let position = scan.attributes.iter().position(|a| a.id == column)?;
            scan.table.statistics().columns.get(position)?.distinct
        }
        LogicalPlan::Filter(filter) => distinct_values(&filter.input, column),
        LogicalPlan::Project(project) => {
            let mut named = project.expressions.iter();
            match &named.find(|named| named.id == column)?.expr {
                Expr::Column(below) => distinct_values(&project.input, below.id),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The stream of an aggregation that gives groups while rows come in.
fn clustered(
    mut stream: Stream,
    aggregate: ClusteredAggregate,
    columns: Vec<Attribute>,
    details: Vec<String>,
) -> Stream {
    let aggregate = Arc::new(aggregate);
    push(
        &mut stream,
        aggregate.clone(),
        columns,
        "HashAggregate",
        details,
    );
    // Groups that partitions share come when all of these have ended.
    stream.pipelines.push(Pipeline {
        source: aggregate,
        metrics: Arc::default(),
        steps: Vec::new(),
        phase: stream.last_phase() + 1,
    });
    stream
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
