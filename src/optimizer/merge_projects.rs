//! Projections over projections become one; projections that change nothing go.

use super::{Rewrite, RuleContext};
use crate::error::Result;
use crate::expr::{ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Project;
use hashbrown::HashMap;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.transform(&mut |node| match node {
        LogicalPlan::Project(outer) => {
            let (plan, did) = merge(outer);
            changed |= did;
            plan
        }
        other => other,
    });
    Ok(Rewrite::of(plan, changed))
}

fn merge(outer: Project) -> (LogicalPlan, bool) {
    if is_identity(&outer) {
        return (*outer.input, true);
    }
    let LogicalPlan::Project(inner) = *outer.input else {
        return (LogicalPlan::Project(outer), false);
    };
    if !may_inline(&outer.expressions, &inner.expressions) {
        let input = Box::new(LogicalPlan::Project(inner));
        return (LogicalPlan::Project(Project { input, ..outer }), false);
    }
    let replacements: HashMap<ColumnId, Expr> = inner
        .expressions
        .into_iter()
        .map(|named| (named.id, named.expr))
        .collect();
    let expressions = (outer.expressions.into_iter())
        .map(|named| NamedExpr {
            expr: named.expr.substitute(&replacements),
            ..named
        })
        .collect();
    let subqueries = inner
        .subqueries
        .into_iter()
        .chain(outer.subqueries)
        .collect();
    (
        LogicalPlan::Project(Project {
            input: inner.input,
            expressions,
            subqueries,
        }),
        true,
    )
}

/// Whether it gives its input's columns as they are, in their order.
fn is_identity(node: &Project) -> bool {
    let input = node.input.output();
    node.subqueries.is_empty()
        && input.len() == node.expressions.len()
        && node.expressions.iter().zip(&input).all(|(named, column)| {
            named.is_pass() && named.id == column.id && named.name == column.name
        })
}

/// Whether no work is done twice and nothing volatile is moved: computed columns may be read once.
fn may_inline(outer: &[NamedExpr], inner: &[NamedExpr]) -> bool {
    let mut reads: HashMap<ColumnId, usize> = HashMap::new();
    for named in outer {
        named.expr.visit(&mut |node| {
            if let Expr::Column(column) = node {
                *reads.entry(column.id).or_default() += 1;
            }
        });
    }
    // A lambda's body runs once an element: what it captures is computed outside.
    let lambdas = outer
        .iter()
        .any(|named| named.expr.any(|e| matches!(e, Expr::Lambda { .. })));
    inner.iter().all(|named| match &named.expr {
        Expr::Column(_) | Expr::Literal(_) => true,
        expr => {
            let count = reads.get(&named.id).copied().unwrap_or(0);
            expr.is_deterministic() && !expr.has_subquery() && !lambdas && count <= 1
        }
    })
}
