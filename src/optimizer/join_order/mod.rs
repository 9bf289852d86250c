//! The order of inner joins, from estimates.
//!
//! A tree of inner joins is taken apart into its relations and predicates and put together again so that the
//! intermediate results are small: by dynamic programming over connected subsets up to [`EXHAUSTIVE`]
//! relations (Moerkotte and Neumann, *Analysis of Two Existing and One New Dynamic Programming Algorithm*,
//! VLDB 2006), greedily beyond. Joins with hints and joins of other kinds are relations as a whole.
//!
//! A side that is built and must match two columns of the other side may be cut down first by a small part of it:
//!
//! ```text
//!   supplier, joined on (key, nation) to     ──►   supplier ⋉ nations of ASIA, joined on (key, nation) to
//!   (lineitem ⋈ … ⋈ nations of ASIA)               (lineitem ⋈ … ⋈ nations of ASIA)
//! ```
//!
//! The semi join removes nothing that the join would keep, and the keys that are left, as a runtime filter, spare
//! the scan of the largest table rows.

mod graph;
mod search;

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::expr::{ColumnIds, NamedExpr};
use crate::plan::LogicalPlan;
use graph::Graph;

/// Relations up to which every order is looked at.
const EXHAUSTIVE: usize = 10;

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let before = plan.fingerprint();
    let plan = reorder(plan, context.ids)?;
    let changed = plan.fingerprint() != before;
    Ok(Rewrite::of(plan, changed))
}

/// Reorders the topmost trees of inner joins, then those inside their relations.
fn reorder(mut plan: LogicalPlan, ids: &ColumnIds) -> Result<LogicalPlan> {
    if !graph::is_reorderable(&plan) {
        reorder_below(&mut plan, ids)?;
        return Ok(plan);
    }
    let output = plan.output();
    let mut graph = Graph::of(plan);
    for relation in &mut graph.relations {
        reorder_in_place(relation, ids)?;
    }
    let plan = search::best_tree(graph, ids)?;
    let expressions = output.iter().map(NamedExpr::pass).collect();
    Ok(plan.project(expressions))
}

fn reorder_in_place(plan: &mut LogicalPlan, ids: &ColumnIds) -> Result<()> {
    let taken = std::mem::replace(plan, LogicalPlan::one_row());
    *plan = reorder(taken, ids)?;
    Ok(())
}

fn reorder_below(plan: &mut LogicalPlan, ids: &ColumnIds) -> Result<()> {
    let mut inputs = plan.inputs_mut().into_iter();
    inputs.try_for_each(|input| reorder_in_place(input, ids))?;
    let mut subqueries = plan.subqueries_mut().into_iter().flatten();
    subqueries.try_for_each(|subquery| reorder_in_place(&mut subquery.plan, ids))
}
