//! Subqueries become joins.
//!
//! A subquery's plan hangs on the node whose expressions use it and may read columns of that node's input
//! ([`Expr::Outer`]). This rule, innermost subqueries first, joins such plans to the input instead:
//!
//! ```text
//!   WHERE EXISTS (q)         input ⋉ q            SELECT (q)          input ⟕ q, the value is a column
//!   WHERE a IN (q)           input ⋉ q on a = c   … EXISTS (q) OR …   mark join: a column says "matched"
//!   WHERE a NOT IN (q)       null-aware anti join  FROM t, LATERAL q   t ⋈ q
//! ```
//!
//! What the join's condition is comes from one of two ways to free `q` of its outer columns:
//!
//! 1. [`pull_up`]: correlated filters move up through the plan into the join condition. Cheap, but not
//!    possible through every operator.
//! 2. [`dependent`]: `q` is computed for all distinct values of the outer columns at once, which are pushed
//!    down to where they are needed (Neumann and Kemper, *Unnesting Arbitrary Queries*, BTW 2015). Always
//!    possible; reads the outer input twice.
//!
//! Uncorrelated scalar, EXISTS and IN subqueries inside expressions stay: the executor runs them once.

mod dependent;
mod pull_up;
mod rewrite;

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Shared;
use hashbrown::HashSet;

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.try_transform(&mut |node| {
        let (node, did) = rewrite::node(node, context)?;
        changed |= did;
        Ok(node)
    })?;
    Ok(Rewrite::of(plan, changed))
}

/// A subquery's plan freed of the columns of one enclosing query.
struct Unnested {
    /// The plan; its first columns are those of the subquery.
    plan: LogicalPlan,
    /// When its rows belong to a row of the enclosing query.
    conditions: Vec<Expr>,
    /// Whether at most one row can belong to each.
    at_most_one: bool,
    /// The value of the first column where no row belongs, if that is not NULL.
    default: Option<Expr>,
}

/// Frees a subquery's plan of the columns of `outer`, which may become a shared subplan.
fn unnest(
    plan: LogicalPlan,
    outer: &mut LogicalPlan,
    context: &RuleContext,
    scalar: bool,
) -> Result<Unnested> {
    let columns = outer.column_ids();
    if let Some(pulled) = pull_up::pull_up(&plan, &columns, context)?
        && (scalar || pulled.defaults.is_none())
    {
        let first = plan.output().first().map(|column| column.id);
        let at_most_one = pulled.defaults.is_some();
        let default = (pulled.defaults)
            .and_then(|mut defaults| defaults.remove(&first?))
            .filter(|default| !default.as_literal().is_some_and(|value| value.is_null()));
        let conditions = pulled
            .conditions
            .into_iter()
            .map(|c| bind_outer(c, &columns))
            .collect();
        return Ok(Unnested {
            plan: pulled.plan,
            conditions,
            at_most_one,
            default,
        });
    }
    let at_most_one = gives_one_row(&plan);
    // The outer input is read twice, and must be the same both times.
    if !outer.is_deterministic() {
        let taken = std::mem::replace(outer, LogicalPlan::one_row());
        *outer = LogicalPlan::Shared(Shared::new(taken, context.ids));
    }
    let (plan, conditions) = dependent::unnest(plan, outer, context)?;
    Ok(Unnested {
        plan,
        conditions,
        at_most_one,
        default: None,
    })
}

/// Whether a plan can give no more than one row.
fn gives_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(node) => node.keys.is_empty(),
        LogicalPlan::Project(node) => gives_one_row(&node.input),
        LogicalPlan::Filter(node) => gives_one_row(&node.input),
        LogicalPlan::Sort(node) => gives_one_row(&node.input),
        LogicalPlan::Limit(node) => {
            node.limit.is_some_and(|n| n <= 1) || gives_one_row(&node.input)
        }
        LogicalPlan::Values(node) => node.rows.len() <= 1,
        _ => false,
    }
}

/// The columns of `columns` that a plan reads as outer columns, anywhere inside.
fn outer_columns(plan: &LogicalPlan, columns: &HashSet<ColumnId>) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    plan.visit(&mut |node| {
        for column in node
            .expressions()
            .into_iter()
            .flat_map(Expr::outer_references)
        {
            if columns.contains(&column.id) && !found.iter().any(|known| known.id == column.id) {
                found.push(column);
            }
        }
    });
    found
}

/// Whether a plan reads any of `columns` as outer columns.
fn is_correlated(plan: &LogicalPlan, columns: &HashSet<ColumnId>) -> bool {
    !outer_columns(plan, columns).is_empty()
}

/// Whether an expression itself reads any of `columns` as outer columns.
fn reads_outer(expr: &Expr, columns: &HashSet<ColumnId>) -> bool {
    expr.outer_references()
        .iter()
        .any(|column| columns.contains(&column.id))
}

/// Outer references to `columns` become plain columns: the expression now stands where they are inputs.
fn bind_outer(expr: Expr, columns: &HashSet<ColumnId>) -> Expr {
    expr.transform(&mut |node| match node {
        Expr::Outer(column) if columns.contains(&column.id) => Expr::Column(column),
        other => other,
    })
}
