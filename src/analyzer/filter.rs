//! `WHERE`, and `filter` of DataFrames, which may use columns that the select before it dropped.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::missing::expose_all;
use super::resolved::Resolved;
use super::scope::Scope;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::plan::LogicalPlan;
use crate::plan::logical::Filter;
use crate::plan::unresolved::{Expression, Relation};
use crate::types::DataType;

impl Analyzer<'_> {
    /// Rows for which a condition is true.
    pub(super) fn filter(
        &self,
        input: &Relation,
        condition: &Expression,
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?;
        let scopes: Vec<&Scope> = input.scope.chain().collect();
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Where);
        let typed = resolver.expression(condition)?;
        if typed.data_type() != DataType::Boolean {
            return Err(not_boolean(&typed));
        }
        let predicate = typed.expr;
        let subqueries = std::mem::take(&mut resolver.subqueries);
        expose_all(&mut input.plan, &[&predicate], &subqueries, &input.scope);
        Ok(input.with_plan(|plan| {
            LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries,
            })
        }))
    }
}

/// `DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN`
pub(super) fn not_boolean(condition: &Typed) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_FILTER_NOT_BOOLEAN,
        [
            ("sqlExpr", quote::sql_expression(&condition.sql)),
            ("filter", quote::sql_expression(&condition.sql)),
            ("type", quote::sql_type(&condition.data_type())),
        ],
    )
}
