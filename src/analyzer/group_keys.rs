//! Grouping keys: expressions above an aggregation use the key's column in place of what was grouped by.
//!
//! `SELECT a + b, (a + b) * 2 FROM t GROUP BY a + b` computes `a + b` once per group: wherever the key's
//! expression stands, its column is put. A column of the input that is left then is neither grouped by nor
//! aggregated.

use super::Analyzer;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;
use hashbrown::HashSet;

/// A grouping key.
#[derive(Debug, Clone)]
pub struct GroupKey {
    /// What is grouped by, over the input.
    pub expr: Expr,
    /// The same as the Aggregate node computes it: subqueries are computed below it.
    pub computed: Expr,
    /// Its column in the output of the aggregation.
    pub attribute: Attribute,
}

impl GroupKey {
    /// The key as the Aggregate node makes it.
    pub fn named(&self) -> NamedExpr {
        NamedExpr {
            id: self.attribute.id,
            name: self.attribute.name.clone(),
            expr: self.computed.clone(),
        }
    }
}

/// The keys of an aggregation and the columns of its input.
#[derive(Debug, Clone, Default)]
pub struct GroupKeys {
    /// The keys.
    pub keys: Vec<GroupKey>,
    /// Columns of the input, which may be used inside aggregates only, unless they are keys.
    pub input: HashSet<ColumnId>,
    /// Whether grouping sets were written, perhaps without any key.
    pub has_sets: bool,
}

impl GroupKeys {
    /// The expression with keys in place of what was grouped by.
    pub fn replace(&self, expr: Expr, analyzer: &Analyzer) -> Expr {
        if matches!(expr, Expr::Literal(_)) {
            return expr;
        }
        match self
            .keys
            .iter()
            .find(|key| analyzer.equivalent(&key.expr, &expr))
        {
            Some(key) => {
                let mut column = key.attribute.clone();
                if let Expr::Column(written) = &expr {
                    column.name = written.name.clone();
                }
                Expr::Column(column)
            }
            None => expr.map_children(&mut |child| self.replace(child, analyzer)),
        }
    }

    /// [`GroupKeys::replace`] for the columns of the grouped query that subqueries use.
    pub fn replace_in_subqueries(&self, subqueries: &mut [Subquery]) {
        for subquery in subqueries {
            let taken = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
            subquery.plan = taken.transform(&mut |node| {
                node.map_expressions(&mut |expr| {
                    expr.transform(&mut |part| match part {
                        Expr::Outer(column) => {
                            let inner = Expr::Column(column.clone());
                            match self.keys.iter().find(|key| key.expr.same(&inner)) {
                                Some(key) => Expr::Outer(key.attribute.clone()),
                                None => Expr::Outer(column),
                            }
                        }
                        other => other,
                    })
                })
            });
        }
    }

    /// A column of the input that an expression uses, though it is no key.
    pub fn ungrouped(&self, expr: &Expr, subqueries: &[Subquery]) -> Option<Attribute> {
        let mut found = None;
        let mut check = |column: &Attribute| {
            let is_key = self.keys.iter().any(|key| key.attribute.id == column.id);
            if found.is_none() && self.input.contains(&column.id) && !is_key {
                found = Some(column.clone());
            }
        };
        expr.visit(&mut |node| {
            if let Expr::Column(column) = node {
                check(column);
            }
            let subquery = node
                .subquery_id()
                .and_then(|id| subqueries.iter().find(|s| s.id == id));
            if let Some(subquery) = subquery {
                subquery.plan.visit(&mut |plan| {
                    for inner in plan.expressions() {
                        inner.outer_references().iter().for_each(&mut check);
                    }
                });
            }
        });
        found
    }

    /// `MISSING_AGGREGATION` or `MISSING_GROUP_BY` where an expression uses an ungrouped column.
    pub fn check(&self, typed: &Typed, subqueries: &[Subquery]) -> Result<()> {
        let Some(column) = self.ungrouped(&typed.expr, subqueries) else {
            return Ok(());
        };
        if self.keys.is_empty() && !self.has_sets {
            return Err(Error::of(&conditions::MISSING_GROUP_BY).at(typed.origin.as_ref()));
        }
        Err(Error::new(
            &conditions::MISSING_AGGREGATION,
            [
                ("expression", quote::sql_expression(&column.name)),
                (
                    "expressionAnyValue",
                    quote::sql_expression(&format!("any_value({})", column.name)),
                ),
            ],
        ))
    }
}
