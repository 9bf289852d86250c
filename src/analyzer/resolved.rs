//! A resolved relation: its plan and what names reach in it.

use super::aggregate::Aggregation;
use super::scope::{Scope, ScopeColumn};
use crate::expr::{Attribute, ColumnIds, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Project, Subquery};

/// A resolved relation. Every column of the scope (not of the scopes below it) is in the plan's output;
/// the plan may give more columns, and in another order.
#[derive(Debug)]
pub struct Resolved {
    /// The plan.
    pub plan: LogicalPlan,
    /// What names reach.
    pub scope: Scope,
    /// Set for a GROUP BY or global aggregation, to which ORDER BY may add aggregates.
    pub aggregation: Option<Box<Aggregation>>,
}

impl Resolved {
    /// A plan whose scope is its own output, without qualifier.
    pub fn plain(plan: LogicalPlan) -> Resolved {
        let scope = Scope::unqualified(plan.output());
        Resolved::new(plan, scope)
    }

    /// A plan with a scope.
    pub fn new(plan: LogicalPlan, scope: Scope) -> Resolved {
        Resolved {
            plan,
            scope,
            aggregation: None,
        }
    }

    /// The same scope over another plan.
    pub fn with_plan(self, make: impl FnOnce(LogicalPlan) -> LogicalPlan) -> Resolved {
        Resolved {
            plan: make(self.plan),
            ..self
        }
    }

    /// The visible columns.
    pub fn visible(&self) -> Vec<Attribute> {
        self.scope
            .visible()
            .map(|column| column.attribute.clone())
            .collect()
    }

    /// The same with the plan's output being the visible columns in order, each with an id of its own, and
    /// nothing below or hidden to reach.
    pub fn into_visible(self, ids: &ColumnIds) -> Resolved {
        let wanted: Vec<ScopeColumn> = self.scope.visible().cloned().collect();
        let frames = self.scope.frames.clone();
        let output = self.plan.output();
        let exact = output.len() == wanted.len()
            && output.iter().zip(&wanted).all(|(have, want)| {
                have.id == want.attribute.id && have.name == want.attribute.name
            });
        let (plan, columns) = if exact {
            (self.plan, wanted)
        } else {
            let mut columns: Vec<ScopeColumn> = Vec::with_capacity(wanted.len());
            let mut expressions = Vec::with_capacity(wanted.len());
            for mut column in wanted {
                let expr = Expr::Column(column.attribute.clone());
                if columns
                    .iter()
                    .any(|known| known.attribute.id == column.attribute.id)
                {
                    column.attribute.id = ids.next();
                }
                expressions.push(NamedExpr {
                    id: column.attribute.id,
                    name: column.attribute.name.clone(),
                    expr,
                });
                columns.push(column);
            }
            (project(self.plan, expressions, Vec::new()), columns)
        };
        let scope = Scope {
            columns,
            frames,
            below: None,
            time_window: None,
        };
        Resolved::new(plan, scope)
    }
}

/// A Project node.
pub fn project(
    input: LogicalPlan,
    expressions: Vec<NamedExpr>,
    subqueries: Vec<Subquery>,
) -> LogicalPlan {
    LogicalPlan::Project(Project {
        input: Box::new(input),
        expressions,
        subqueries,
    })
}
