//! LIMIT moves towards the data; sorts that nobody sees go; what is empty is known to be.

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Limit, LogicalJoinKind, Values};
use crate::plan::unresolved::JoinKind;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let before = plan.fingerprint();
    let plan = plan.transform(&mut |node| match node {
        LogicalPlan::Limit(node) => limit(node),
        LogicalPlan::Filter(node) if node.subqueries.is_empty() && is_false(&node.predicate) => {
            empty(LogicalPlan::Filter(node))
        }
        LogicalPlan::Aggregate(mut node) => {
            let ordered = node
                .calls
                .iter()
                .any(|(_, call)| call.function.order_sensitive);
            if !ordered {
                node.input = Box::new(without_sort(*node.input));
            }
            LogicalPlan::Aggregate(node)
        }
        LogicalPlan::Sort(mut node) if node.global => {
            node.input = Box::new(without_sort(*node.input));
            LogicalPlan::Sort(node)
        }
        other => without_empty(other),
    });
    let changed = plan.fingerprint() != before;
    Ok(Rewrite::of(plan, changed))
}

fn is_false(predicate: &crate::expr::Expr) -> bool {
    predicate
        .as_literal()
        .is_some_and(|v| v.is_null() || v.as_bool() == Some(false))
}

/// No rows, under the plan's columns.
fn empty(plan: LogicalPlan) -> LogicalPlan {
    LogicalPlan::Values(Values {
        output: plan.output(),
        rows: Vec::new(),
    })
}

fn is_empty(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Values(node) if node.rows.is_empty())
}

/// The input of a sort whose order is lost above.
fn without_sort(plan: LogicalPlan) -> LogicalPlan {
    match plan {
        LogicalPlan::Sort(node) => without_sort(*node.input),
        LogicalPlan::Project(mut node)
            if node.expressions.iter().all(|e| e.expr.is_deterministic()) =>
        {
            node.input = Box::new(without_sort(*node.input));
            LogicalPlan::Project(node)
        }
        other => other,
    }
}

/// Nodes that give nothing because an input gives nothing.
fn without_empty(plan: LogicalPlan) -> LogicalPlan {
    let nothing = match &plan {
        LogicalPlan::Project(node) => is_empty(&node.input) && node.subqueries.is_empty(),
        LogicalPlan::Filter(node) => is_empty(&node.input) && node.subqueries.is_empty(),
        LogicalPlan::Window(node) => is_empty(&node.input),
        LogicalPlan::Sort(node) => is_empty(&node.input),
        LogicalPlan::Expand(node) => is_empty(&node.input),
        LogicalPlan::Sample(node) => is_empty(&node.input),
        LogicalPlan::Generate(node) => is_empty(&node.input),
        LogicalPlan::Aggregate(node) => !node.keys.is_empty() && is_empty(&node.input),
        LogicalPlan::Union(node) => node.inputs.iter().all(is_empty),
        LogicalPlan::Join(node) => match &node.kind {
            LogicalJoinKind::Plain(kind) => match kind {
                JoinKind::Inner | JoinKind::Cross | JoinKind::LeftSemi => {
                    is_empty(&node.left) || is_empty(&node.right)
                }
                JoinKind::LeftOuter | JoinKind::LeftAnti => is_empty(&node.left),
                JoinKind::RightOuter => is_empty(&node.right),
                JoinKind::FullOuter => is_empty(&node.left) && is_empty(&node.right),
            },
            LogicalJoinKind::Mark(_)
            | LogicalJoinKind::NullAwareAnti
            | LogicalJoinKind::Single => is_empty(&node.left),
        },
        LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Scan(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::SetOperation(_)
        // Its partitions are what the user asked for, rows or not.
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Recursion(_)
        | LogicalPlan::RecursionInput(_) | LogicalPlan::Shared(_) => false,
    };
    if nothing { empty(plan) } else { plan }
}

fn limit(mut node: Limit) -> LogicalPlan {
    if node.from_end {
        return LogicalPlan::Limit(node);
    }
    if node.limit == Some(0) || is_empty(&node.input) {
        return empty(LogicalPlan::Limit(node));
    }
    if node.limit.is_none() && node.offset == 0 {
        return *node.input;
    }
    let rows = node.limit.map(|limit| limit.saturating_add(node.offset));
    let input = std::mem::replace(&mut *node.input, LogicalPlan::one_row());
    match input {
        LogicalPlan::Limit(inner) if !inner.from_end => LogicalPlan::Limit(both(&node, inner)),
        LogicalPlan::Project(mut project)
            if project.subqueries.is_empty()
                && project
                    .expressions
                    .iter()
                    .all(|e| e.expr.is_deterministic()) =>
        {
            let below = Limit {
                input: project.input,
                ..node
            };
            project.input = Box::new(limit(below));
            LogicalPlan::Project(project)
        }
        LogicalPlan::Union(mut union) => {
            if let Some(rows) = rows {
                union.inputs = union
                    .inputs
                    .into_iter()
                    .map(|input| at_most(input, rows))
                    .collect();
            }
            LogicalPlan::Limit(Limit {
                input: Box::new(LogicalPlan::Union(union)),
                ..node
            })
        }
        LogicalPlan::Scan(mut scan) => {
            if scan
                .limit
                .is_none_or(|known| rows.is_some_and(|rows| rows < known))
            {
                let exact = scan.filters.iter().all(|filter| {
                    scan.table.accepts(filter, &scan.attributes)
                        == crate::datasource::FilterSupport::Exact
                });
                if exact {
                    scan.limit = rows;
                }
            }
            LogicalPlan::Limit(Limit {
                input: Box::new(LogicalPlan::Scan(scan)),
                ..node
            })
        }
        other => LogicalPlan::Limit(Limit {
            input: Box::new(other),
            ..node
        }),
    }
}

/// A limit of `rows` over a plan, unless it has one as low.
fn at_most(plan: LogicalPlan, rows: u64) -> LogicalPlan {
    let limited = match &plan {
        LogicalPlan::Limit(node) => node.limit.is_some_and(|limit| limit <= rows),
        LogicalPlan::Project(node) => matches!(node.input.as_ref(),
            LogicalPlan::Limit(node) if node.limit.is_some_and(|limit| limit <= rows)),
        _ => false,
    };
    if limited {
        return plan;
    }
    limit(Limit {
        input: Box::new(plan),
        offset: 0,
        limit: Some(rows),
        from_end: false,
    })
}

/// A limit over a limit.
fn both(outer: &Limit, inner: Limit) -> Limit {
    let left = inner.limit.map(|limit| limit.saturating_sub(outer.offset));
    let limit = match (outer.limit, left) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Limit {
        input: inner.input,
        offset: inner.offset + outer.offset,
        limit,
        from_end: false,
    }
}
