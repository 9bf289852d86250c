//! `ORDER BY`, `SORT BY` and `QUALIFY`.
//!
//! Names are looked up in the output of the select list first, then in its input; over an aggregation they
//! may also be keys and aggregates that the select list does not have. What is missing is passed up to the
//! sort and dropped after it.

use super::Analyzer;
use super::aggregate::add_calls;
use super::aggregate_call::sort_sql;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::missing::expose_all;
use super::resolved::Resolved;
use super::scope::Scope;
use super::subquery::hoist;
use super::suggestion::unresolved_column;
use super::syntax;
use super::typed::Typed;
use super::window::check_orderable;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Expr, SortKey};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Filter, Sort, Subquery};
use crate::plan::unresolved::{Expression, ExpressionKind, Relation, SortOrder};
use crate::types::{DataType, Value};

impl Analyzer<'_> {
    /// Rows in order, over the whole input or within partitions.
    pub(super) fn sort(
        &self,
        input: &Relation,
        order: &[SortOrder],
        global: bool,
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?;
        let (keys, mut subqueries) = self.sort_keys(&mut input, order, environment)?;
        let mut order: Vec<SortKey> = (keys.into_iter().zip(order))
            .map(|(typed, written)| SortKey {
                expr: typed.expr,
                ascending: written.ascending,
                nulls_first: written.nulls_first,
            })
            .collect();
        Ok(input.with_plan(|plan| {
            let keys = order.iter_mut().map(|key| &mut key.expr);
            let plan = hoist(plan, keys, &mut subqueries, &self.ids);
            LogicalPlan::Sort(Sort {
                input: Box::new(plan),
                order,
                global,
            })
        }))
    }

    /// `ORDER BY ALL`: by all columns, from the left.
    pub(super) fn sort_all(
        &self,
        input: &Relation,
        ascending: bool,
        nulls_first: bool,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?;
        let mut order = Vec::new();
        for column in input.visible() {
            let name = column.name.to_string();
            let typed = Typed::new(Expr::Column(column), name, None);
            check_orderable(&typed)?;
            order.push(SortKey {
                expr: typed.expr,
                ascending,
                nulls_first,
            });
        }
        Ok(input.with_plan(|plan| {
            LogicalPlan::Sort(Sort {
                input: Box::new(plan),
                order,
                global: true,
            })
        }))
    }

    /// Sort keys over a resolved input, which is changed to give the columns they need.
    pub(super) fn sort_keys(
        &self,
        input: &mut Resolved,
        order: &[SortOrder],
        environment: &Environment,
    ) -> Result<(Vec<Typed>, Vec<Subquery>)> {
        let by_ordinal = self.config().flag("spark.sql.orderByOrdinal");
        let visible = input.visible();
        let mut keys = Vec::with_capacity(order.len());
        let mut written = Vec::new();
        for (index, key) in order.iter().enumerate() {
            match &*key.expression.kind {
                ExpressionKind::Literal(Value::Integer(position), _) if by_ordinal => {
                    let position = *position;
                    let column = usize::try_from(position).ok();
                    let column = column.and_then(|p| visible.get(p.checked_sub(1)?));
                    let Some(column) = column else {
                        return Err(Error::new(
                            &conditions::ORDER_BY_POS_OUT_OF_RANGE,
                            [
                                ("index", position.to_string()),
                                ("size", visible.len().to_string()),
                            ],
                        )
                        .at(key.expression.origin.as_ref()));
                    };
                    let name = column.name.to_string();
                    keys.push(Typed::new(Expr::Column(column.clone()), name, None));
                }
                _ => {
                    keys.push(Typed::new(Expr::boolean(true), "", None));
                    written.push((index, &key.expression));
                }
            }
        }
        let expressions: Vec<&Expression> =
            written.iter().map(|(_, expression)| *expression).collect();
        let (resolved, subqueries) =
            self.above(input, &expressions, Clause::OrderBy, environment)?;
        for ((index, _), typed) in written.iter().zip(resolved) {
            keys[*index] = typed;
        }
        for (key, written) in keys.iter().zip(order) {
            if !key.data_type().is_orderable() {
                let sql = sort_sql(&key.sql, written.ascending, written.nulls_first);
                let error = Error::new(
                    &conditions::DATATYPE_MISMATCH_INVALID_ORDERING_TYPE,
                    [
                        ("sqlExpr", quote::sql_expression(&sql)),
                        ("functionName", quote::identifier("sortorder")),
                        ("dataType", quote::sql_type(&key.data_type())),
                    ],
                );
                return Err(error.at(written.expression.origin.as_ref()));
            }
        }
        Ok((keys, subqueries))
    }

    /// Expressions of an operator above a select list, which may use what the list does not give.
    fn above(
        &self,
        input: &mut Resolved,
        expressions: &[&Expression],
        clause: Clause,
        environment: &Environment,
    ) -> Result<(Vec<Typed>, Vec<Subquery>)> {
        let mut scopes: Vec<&Scope> = input.scope.chain().collect();
        let aggregation = input.aggregation.as_ref();
        if let Some(aggregation) = aggregation {
            scopes.push(&aggregation.input);
        }
        let mut resolver = Resolver::new(self, environment, &scopes, clause);
        resolver.later_scopes_settle_ambiguity = true;
        let qualify = clause == Clause::Having;
        if qualify
            && expressions
                .iter()
                .any(|expression| syntax::has_window(expression))
        {
            resolver = resolver.with_windows();
        }
        let mut known = 0;
        if let Some(aggregation) = aggregation {
            known = aggregation.aggregates.calls.len();
            resolver = resolver.with_aggregates(aggregation.aggregates.clone());
            resolver.aggregate_scope = Some(&aggregation.input);
        }
        let mut typed = Vec::with_capacity(expressions.len());
        for expression in expressions {
            typed.push(resolver.expression(expression)?);
        }
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        let mut windows = resolver.windows.take().unwrap_or_default();
        let aggregates = resolver.take_aggregates();
        if let Some(aggregation) = &mut input.aggregation {
            let keys = &aggregation.keys;
            for typed in &mut typed {
                let expr = std::mem::replace(&mut typed.expr, Expr::boolean(true));
                typed.expr = keys.replace(expr, self);
                if let Some(column) = keys.ungrouped(&typed.expr, &subqueries)
                    && input.scope.by_id(column.id).is_none()
                {
                    let parts = [column.name.to_string()];
                    return Err(
                        unresolved_column(&parts, &[&input.scope]).at(typed.origin.as_ref())
                    );
                }
            }
            windows.map_expressions(&mut |expr| keys.replace(expr, self));
            keys.replace_in_subqueries(&mut subqueries);
            let new = aggregates.calls[known..].iter();
            let new: Vec<_> = new
                .map(|(column, call, _)| (column.clone(), call.clone()))
                .collect();
            if !new.is_empty() {
                add_calls(&mut input.plan, new, &mut subqueries, self)?;
            }
            aggregation.aggregates = aggregates;
        }
        let mut read: Vec<&Expr> = typed.iter().map(|typed| &typed.expr).collect();
        read.extend(windows.expressions());
        expose_all(&mut input.plan, &read, &subqueries, &input.scope);
        if !windows.groups.is_empty() {
            let plan = std::mem::replace(&mut input.plan, LogicalPlan::one_row());
            input.plan = windows.over(plan);
        }
        // A key that the select list computes already is not computed again.
        if let LogicalPlan::Project(project) = &input.plan {
            for typed in &mut typed {
                let computed = project.expressions.iter().find(|named| {
                    !named.is_pass()
                        && !matches!(typed.expr, Expr::Literal(_))
                        && named.expr.is_deterministic()
                        && named.expr.same(&typed.expr)
                });
                if let Some(named) = computed {
                    typed.expr = Expr::Column(named.attribute());
                }
            }
        }
        Ok((typed, subqueries))
    }

    /// `QUALIFY`: a filter after window functions.
    pub(super) fn qualify(
        &self,
        input: &Relation,
        condition: &Expression,
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?;
        let (mut typed, subqueries) =
            self.above(&mut input, &[condition], Clause::Having, environment)?;
        let typed = typed.remove(0);
        if typed.data_type() != DataType::Boolean {
            return Err(super::filter::not_boolean(&typed).at(condition.origin.as_ref()));
        }
        let ansi = self.ansi();
        let predicate = super::expression::coerce(typed.expr, &DataType::Boolean, ansi, &None);
        Ok(input.with_plan(|plan| {
            LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries,
            })
        }))
    }
}
