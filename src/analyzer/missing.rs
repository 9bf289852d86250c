//! Columns that a select list dropped and an operator above it still uses: they are passed up to it.
//!
//! `SELECT a FROM t ORDER BY b` sorts a Project that gives `a` and `b`; the query's result drops `b` again.

use super::scope::Scope;
use crate::expr::{Attribute, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;

/// Makes the plan give every column that these expressions read, as far as it can.
pub(super) fn expose_all(
    plan: &mut LogicalPlan,
    expressions: &[&Expr],
    subqueries: &[Subquery],
    scope: &Scope,
) {
    let mut wanted: Vec<Attribute> = Vec::new();
    let mut add = |column: &Attribute| {
        let is_here = scope.by_id(column.id).is_some();
        if !is_here && !wanted.iter().any(|known| known.id == column.id) {
            wanted.push(column.clone());
        }
    };
    for expr in expressions {
        expr.visit(&mut |node| {
            if let Expr::Column(column) = node {
                add(column);
            }
        });
    }
    for subquery in subqueries {
        subquery.plan.visit(&mut |node| {
            for expr in node.expressions() {
                expr.outer_references().iter().for_each(&mut add);
            }
        });
    }
    for column in &wanted {
        expose(plan, column);
    }
}

/// Makes a plan give a column; false where it cannot.
pub(super) fn expose(plan: &mut LogicalPlan, column: &Attribute) -> bool {
    if plan.output().iter().any(|known| known.id == column.id) {
        return true;
    }
    match plan {
        LogicalPlan::Project(node) => {
            let found = expose(&mut node.input, column);
            if found {
                let output = node.input.output();
                let column = output
                    .iter()
                    .find(|known| known.id == column.id)
                    .unwrap_or(column);
                node.expressions.push(NamedExpr::pass(column));
            }
            found
        }
        LogicalPlan::Filter(node) => expose(&mut node.input, column),
        LogicalPlan::Sort(node) => expose(&mut node.input, column),
        LogicalPlan::Limit(node) => expose(&mut node.input, column),
        LogicalPlan::Window(node) => expose(&mut node.input, column),
        LogicalPlan::Generate(node) => expose(&mut node.input, column),
        LogicalPlan::Repartition(node) => expose(&mut node.input, column),
        LogicalPlan::Sample(node) => expose(&mut node.input, column),
        LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Scan(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Recursion(_)
        | LogicalPlan::RecursionInput(_)
        | LogicalPlan::Shared(_) => false,
    }
}
