//! The order of inner joins, from estimates.
//!
//! A tree of inner joins is taken apart into its relations and predicates and put together again so that the
//! intermediate results are small: by dynamic programming over connected subsets up to [`EXHAUSTIVE`]
//! relations (Moerkotte and Neumann, *Analysis of Two Existing and One New Dynamic Programming Algorithm*,
//! VLDB 2006), greedily beyond. Joins with hints and joins of other kinds are relations as a whole.

mod graph;
mod search;

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::expr::NamedExpr;
use crate::plan::LogicalPlan;
use graph::Graph;

/// Relations up to which every order is looked at.
const EXHAUSTIVE: usize = 10;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let before = plan.fingerprint();
    let plan = reorder(plan)?;
    let changed = plan.fingerprint() != before;
    Ok(Rewrite::of(plan, changed))
}

/// Reorders the topmost trees of inner joins, then those inside their relations.
fn reorder(mut plan: LogicalPlan) -> Result<LogicalPlan> {
    if !graph::is_reorderable(&plan) {
        reorder_below(&mut plan)?;
        return Ok(plan);
    }
    let output = plan.output();
    let mut graph = Graph::of(plan);
    for relation in &mut graph.relations {
        reorder_in_place(relation)?;
    }
    let plan = search::best_tree(graph)?;
    let expressions = output.iter().map(NamedExpr::pass).collect();
    Ok(plan.project(expressions))
}

fn reorder_in_place(plan: &mut LogicalPlan) -> Result<()> {
    let taken = std::mem::replace(plan, LogicalPlan::one_row());
    *plan = reorder(taken)?;
    Ok(())
}

fn reorder_below(plan: &mut LogicalPlan) -> Result<()> {
    plan.inputs_mut()
        .into_iter()
        .try_for_each(reorder_in_place)?;
    let subqueries = plan.subqueries_mut().into_iter().flatten();
    subqueries
        .map(|subquery| &mut subquery.plan)
        .try_for_each(reorder_in_place)
}
