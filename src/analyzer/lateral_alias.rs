//! Lateral column aliases: `SELECT a + 1 AS b, b * 2 AS c`.
//!
//! An item that uses an alias of an earlier one is computed in a Project above the one that computes the
//! alias:
//!
//! ```text
//!   Project  b, b * 2 AS c            items that use level 0
//!     Project  *, a + 1 AS b          level 0: items over the input only
//! ```

use super::resolved::project;
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;
use hashbrown::HashMap;

/// An alias that later items of the select list may use.
#[derive(Debug, Clone)]
pub struct Lateral {
    /// The alias.
    pub name: String,
    /// The column it makes.
    pub attribute: Attribute,
}

/// A Project of a select list, in as many steps as its lateral aliases need.
pub fn project_in_steps(
    input: LogicalPlan,
    items: Vec<NamedExpr>,
    mut subqueries: Vec<Subquery>,
    laterals: &[Lateral],
) -> LogicalPlan {
    let mut level_of: HashMap<ColumnId, usize> = HashMap::new();
    let mut levels = Vec::with_capacity(items.len());
    for item in &items {
        let used = uses(&item.expr, &subqueries, laterals);
        let level = used
            .iter()
            .map(|id| level_of.get(id).map_or(0, |level| level + 1))
            .max();
        let level = level.unwrap_or(0);
        level_of.insert(item.id, level);
        levels.push(level);
    }
    let last = levels.iter().copied().max().unwrap_or(0);
    let mut plan = input;
    for level in 0..last {
        let mut expressions: Vec<NamedExpr> = plan.output().iter().map(NamedExpr::pass).collect();
        let new = items.iter().zip(&levels).filter(|(_, at)| **at == level);
        let new: Vec<NamedExpr> = new
            .map(|(item, _)| item.clone())
            .filter(|item| !item.is_pass())
            .collect();
        let own = take_subqueries(&mut subqueries, new.iter().map(|item| &item.expr));
        expressions.extend(new);
        plan = project(plan, expressions, own);
    }
    let computed = items.into_iter().zip(&levels).map(|(item, level)| {
        if *level < last && !item.is_pass() {
            NamedExpr::pass(&item.attribute())
        } else {
            item
        }
    });
    let computed = computed.collect();
    project(plan, computed, subqueries)
}

/// The lateral aliases an expression uses, also inside its subqueries.
fn uses(expr: &Expr, subqueries: &[Subquery], laterals: &[Lateral]) -> Vec<ColumnId> {
    let mut ids = expr.references();
    expr.visit(&mut |node| {
        let subquery = node
            .subquery_id()
            .and_then(|id| subqueries.iter().find(|s| s.id == id));
        if let Some(subquery) = subquery {
            subquery.plan.visit(&mut |plan| {
                for inner in plan.expressions() {
                    ids.extend(inner.outer_references().iter().map(|column| column.id));
                }
            });
        }
    });
    let known = laterals.iter().map(|lateral| lateral.attribute.id);
    known.filter(|id| ids.contains(id)).collect()
}

/// Takes out the subqueries that these expressions refer to.
pub fn take_subqueries<'x>(
    subqueries: &mut Vec<Subquery>,
    expressions: impl Iterator<Item = &'x Expr>,
) -> Vec<Subquery> {
    let mut wanted = Vec::new();
    for expr in expressions {
        expr.visit(&mut |node| wanted.extend(node.subquery_id()));
    }
    let (taken, left) = subqueries
        .drain(..)
        .partition(|subquery| wanted.contains(&subquery.id));
    *subqueries = left;
    taken
}
