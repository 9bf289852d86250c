//! Columns that nobody reads are not read, computed or carried.

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::expr::{ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::LogicalJoinKind;
use hashbrown::HashSet;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let before = plan.fingerprint();
    let wanted = plan.output();
    let required: HashSet<ColumnId> = wanted.iter().map(|column| column.id).collect();
    let mut plan = prune(plan, &required);
    let same = |plan: &LogicalPlan| {
        let output = plan.output();
        output.len() == wanted.len() && output.iter().zip(&wanted).all(|(a, b)| a.id == b.id)
    };
    if !same(&plan) {
        let expressions = wanted.iter().map(NamedExpr::pass).collect();
        plan = plan.project(expressions);
    }
    let changed = plan.fingerprint() != before;
    Ok(Rewrite::of(plan, changed))
}

fn with_reads<'a>(
    required: &HashSet<ColumnId>,
    expressions: impl IntoIterator<Item = &'a Expr>,
) -> HashSet<ColumnId> {
    let mut all = required.clone();
    expressions
        .into_iter()
        .for_each(|expr| expr.collect_references(&mut all));
    all
}

/// The plan, giving at least the required columns.
fn prune(mut plan: LogicalPlan, required: &HashSet<ColumnId>) -> LogicalPlan {
    if let Some(subqueries) = plan.subqueries_mut() {
        for subquery in subqueries {
            let all = subquery
                .plan
                .output()
                .iter()
                .map(|column| column.id)
                .collect();
            let taken = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
            subquery.plan = prune(taken, &all);
        }
    }
    match plan {
        LogicalPlan::Values(mut node) => {
            let keep: Vec<bool> = node
                .output
                .iter()
                .map(|c| required.contains(&c.id))
                .collect();
            retain(&mut node.output, &keep);
            node.rows.iter_mut().for_each(|row| retain(row, &keep));
            LogicalPlan::Values(node)
        }
        LogicalPlan::Scan(mut node) => {
            let attributes = &node.attributes;
            node.projection
                .retain(|column| required.contains(&attributes[*column].id));
            LogicalPlan::Scan(node)
        }
        LogicalPlan::Project(mut node) => {
            node.expressions
                .retain(|named| required.contains(&named.id));
            let reads = with_reads(&HashSet::new(), node.expressions.iter().map(|e| &e.expr));
            node.input = Box::new(prune(*node.input, &reads));
            let used = |id| {
                node.expressions
                    .iter()
                    .any(|e| e.expr.any(|x| x.subquery_id() == Some(id)))
            };
            node.subqueries.retain(|subquery| used(subquery.id));
            LogicalPlan::Project(node)
        }
        LogicalPlan::Filter(mut node) => {
            let reads = with_reads(required, [&node.predicate]);
            node.input = Box::new(prune(*node.input, &reads));
            LogicalPlan::Filter(node)
        }
        LogicalPlan::Join(mut node) => {
            let mark_unread = match &node.kind {
                LogicalJoinKind::Mark(mark) => !required.contains(&mark.id),
                LogicalJoinKind::Plain(_)
                | LogicalJoinKind::NullAwareAnti
                | LogicalJoinKind::Single => false,
            };
            if mark_unread {
                return prune(*node.left, required);
            }
            let reads = with_reads(required, &node.condition);
            node.left = Box::new(narrow(prune(*node.left, &reads), &reads));
            node.right = Box::new(narrow(prune(*node.right, &reads), &reads));
            LogicalPlan::Join(node)
        }
        LogicalPlan::Aggregate(mut node) => {
            node.calls
                .retain(|(column, _)| required.contains(&column.id));
            let keys = node.keys.iter().map(|key| &key.expr);
            let calls = node.calls.iter().flat_map(|(_, call)| call.expressions());
            let reads = with_reads(&HashSet::new(), keys.chain(calls));
            node.input = Box::new(narrow(prune(*node.input, &reads), &reads));
            LogicalPlan::Aggregate(node)
        }
        LogicalPlan::Window(mut node) => {
            node.calls
                .retain(|(column, _)| required.contains(&column.id));
            if node.calls.is_empty() {
                return prune(*node.input, required);
            }
            let partition = node.partition_by.iter();
            let order = node.order_by.iter().map(|key| &key.expr);
            let calls = node.calls.iter().flat_map(|(_, call)| call.expressions());
            let reads = with_reads(required, partition.chain(order).chain(calls));
            node.input = Box::new(narrow(prune(*node.input, &reads), &reads));
            LogicalPlan::Window(node)
        }
        LogicalPlan::Sort(mut node) => {
            let reads = with_reads(required, node.order.iter().map(|key| &key.expr));
            node.input = Box::new(narrow(prune(*node.input, &reads), &reads));
            LogicalPlan::Sort(node)
        }
        LogicalPlan::Limit(mut node) => {
            node.input = Box::new(prune(*node.input, required));
            LogicalPlan::Limit(node)
        }
        LogicalPlan::Sample(mut node) => {
            node.input = Box::new(prune(*node.input, required));
            LogicalPlan::Sample(node)
        }
        LogicalPlan::Union(mut node) => {
            let keep: Vec<bool> = node
                .output
                .iter()
                .map(|c| required.contains(&c.id))
                .collect();
            retain(&mut node.output, &keep);
            node.inputs = (node.inputs.into_iter())
                .map(|input| {
                    let mut columns = input.output();
                    retain(&mut columns, &keep);
                    let reads = columns.iter().map(|column| column.id).collect();
                    let input = prune(input, &reads);
                    let expressions: Vec<_> = columns.iter().map(NamedExpr::pass).collect();
                    let output = input.output();
                    let exact = output.len() == columns.len()
                        && output.iter().zip(&columns).all(|(a, b)| a.id == b.id);
                    if exact {
                        input
                    } else {
                        input.project(expressions)
                    }
                })
                .collect();
            LogicalPlan::Union(node)
        }
        LogicalPlan::Expand(mut node) => {
            let keep: Vec<bool> = node
                .output
                .iter()
                .map(|c| required.contains(&c.id))
                .collect();
            retain(&mut node.output, &keep);
            node.projections
                .iter_mut()
                .for_each(|set| retain(set, &keep));
            let reads = with_reads(&HashSet::new(), node.projections.iter().flatten());
            node.input = Box::new(narrow(prune(*node.input, &reads), &reads));
            LogicalPlan::Expand(node)
        }
        LogicalPlan::Generate(mut node) => {
            let reads = with_reads(required, &node.arguments);
            node.input = Box::new(narrow(prune(*node.input, &reads), &reads));
            LogicalPlan::Generate(node)
        }
        LogicalPlan::Repartition(node) => {
            let plan = LogicalPlan::Repartition(node);
            let reads = with_reads(required, plan.expressions());
            plan.map_inputs(&mut |input| prune(input, &reads))
        }
        // Rows are compared whole, or columns are matched by position between rounds.
        whole @ (LogicalPlan::SetOperation(_) | LogicalPlan::Recursion(_)) => {
            whole.map_inputs(&mut |input| {
                let all = input.output().iter().map(|column| column.id).collect();
                prune(input, &all)
            })
        }
        leaf @ (LogicalPlan::Range(_) | LogicalPlan::RecursionInput(_)) => leaf,
        // The subplan itself is pruned to what its uses still read when all of them are known.
        LogicalPlan::Shared(mut node) => {
            node.columns.retain(|(own, _)| required.contains(&own.id));
            LogicalPlan::Shared(node)
        }
    }
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut flags = keep.iter();
    items.retain(|_| flags.next().copied().unwrap_or(true));
}

/// Drops columns that a filter or join below gives and nobody above reads, before they are copied.
fn narrow(plan: LogicalPlan, required: &HashSet<ColumnId>) -> LogicalPlan {
    if !matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Join(_)) {
        return plan;
    }
    let output = plan.output();
    let wanted: Vec<NamedExpr> = (output.iter())
        .filter(|column| required.contains(&column.id))
        .map(NamedExpr::pass)
        .collect();
    if wanted.len() == output.len() {
        plan
    } else {
        plan.project(wanted)
    }
}
