//! `LIMIT`, `OFFSET` and `tail`.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::Scope;
use crate::error::{Error, Result, conditions, quote};
use crate::plan::LogicalPlan;
use crate::plan::logical::Limit;
use crate::plan::unresolved::{Expression, Relation, RelationKind};
use crate::types::DataType;

impl Analyzer<'_> {
    /// The first rows. Over an OFFSET the two become one node.
    pub(super) fn limit(
        &self,
        input: &Relation,
        limit: &Expression,
        environment: &Environment,
    ) -> Result<Resolved> {
        let offset = match &*input.kind {
            RelationKind::Offset { input, offset } => Some((input, offset)),
            _ => None,
        };
        let rows = self.row_count(limit, "limit", environment)?;
        let (input, offset) = match offset {
            Some((inner, offset)) => (
                self.relation(inner, environment)?,
                self.row_count(offset, "offset", environment)?,
            ),
            None => (self.relation(input, environment)?, 0),
        };
        Ok(limited(input, offset, Some(rows), false))
    }

    /// All but the first rows.
    pub(super) fn offset(
        &self,
        input: &Relation,
        offset: &Expression,
        environment: &Environment,
    ) -> Result<Resolved> {
        let offset = self.row_count(offset, "offset", environment)?;
        let input = self.relation(input, environment)?;
        Ok(limited(input, offset, None, false))
    }

    /// The last rows.
    pub(super) fn tail(
        &self,
        input: &Relation,
        rows: u64,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?;
        Ok(limited(input, 0, Some(rows), true))
    }

    /// A number of rows: a constant INT that is neither NULL nor negative.
    pub(super) fn row_count(
        &self,
        expression: &Expression,
        clause: &str,
        environment: &Environment,
    ) -> Result<u64> {
        let scope = Scope::default();
        let scopes = [&scope];
        let operator = Clause::Other("GlobalLimit");
        let mut resolver = Resolver::new(self, environment, &scopes, operator);
        let typed = match resolver.expression(expression) {
            Ok(typed) => typed,
            Err(error) if error.condition().main_name() == "UNRESOLVED_COLUMN" => {
                let text = expression.origin.as_ref().map(|origin| origin.fragment());
                let text = ("expr", quote::sql_expression(&text.unwrap_or_default()));
                let name = ("name", clause.to_string());
                let condition = &conditions::INVALID_LIMIT_LIKE_EXPRESSION_IS_UNFOLDABLE;
                return Err(Error::new(condition, [text, name]).at(expression.origin.as_ref()));
            }
            Err(error) => return Err(error),
        };
        let text = ("expr", quote::sql_expression(&typed.sql));
        let name = ("name", clause.to_string());
        let error = if !typed.expr.is_constant() {
            Error::new(
                &conditions::INVALID_LIMIT_LIKE_EXPRESSION_IS_UNFOLDABLE,
                [name, text],
            )
        } else if typed.data_type() != DataType::Integer {
            let data_type = ("dataType", quote::sql_type(&typed.data_type()));
            Error::new(
                &conditions::INVALID_LIMIT_LIKE_EXPRESSION_DATA_TYPE,
                [name, text, data_type],
            )
        } else {
            match self.fold(&typed.expr)?.and_then(|value| value.as_i64()) {
                None => Error::new(
                    &conditions::INVALID_LIMIT_LIKE_EXPRESSION_IS_NULL,
                    [name, text],
                ),
                Some(rows) => match u64::try_from(rows) {
                    Ok(rows) => return Ok(rows),
                    Err(_) => Error::new(
                        &conditions::INVALID_LIMIT_LIKE_EXPRESSION_IS_NEGATIVE,
                        [name, text, ("v", rows.to_string())],
                    ),
                },
            }
        };
        Err(error.at(expression.origin.as_ref()))
    }
}

fn limited(input: Resolved, offset: u64, limit: Option<u64>, from_end: bool) -> Resolved {
    let mut resolved = input.with_plan(|mut plan| {
        if let (Some(limit), false) = (limit, from_end) {
            stop_recursion(&mut plan, limit.saturating_add(offset));
        }
        LogicalPlan::Limit(Limit {
            input: Box::new(plan),
            offset,
            limit,
            from_end,
        })
    });
    resolved.aggregation = None;
    resolved
}

/// Lets recursions whose rows come up to a LIMIT unchanged in number stop when it has enough. This is no
/// optimization: without it a recursion that has no end fails.
fn stop_recursion(plan: &mut LogicalPlan, rows: u64) {
    match plan {
        LogicalPlan::Recursion(node) => node.wanted = Some(rows),
        LogicalPlan::Project(node) => stop_recursion(&mut node.input, rows),
        LogicalPlan::Union(node) => {
            for input in &mut node.inputs {
                stop_recursion(input, rows);
            }
        }
        LogicalPlan::Limit(node) if !node.from_end => {
            let inner = node.limit.map_or(rows, |limit| limit.min(rows));
            stop_recursion(&mut node.input, inner.saturating_add(node.offset));
        }
        _ => {}
    }
}
