//! Calls of aggregate functions: DISTINCT, FILTER, WITHIN GROUP, IGNORE NULLS.
//!
//! The call is collected, and the expression around it refers to the column it will make. An aggregate in a
//! subquery whose arguments are columns of the enclosing query only belongs to that query:
//! `HAVING EXISTS (SELECT * FROM u WHERE u.x = max(t.a))`.

use super::call::{check_arity, display, in_order, unsupported_syntax};
use super::expression::{Aggregates, Clause, Inside, Resolver, coerce};
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{AggregateCall, Attribute, Expr};
use crate::functions::BindContext;
use crate::functions::aggregate::{AggregateFunction, WithinGroup};
use crate::plan::unresolved::{Expression, ExpressionKind, FunctionCall, SortOrder};
use crate::types::DataType;
use arrow::compute::SortOptions;

impl Resolver<'_> {
    /// A call outside of OVER.
    pub(super) fn aggregate_call(
        &mut self,
        function: &'static AggregateFunction,
        name: &str,
        call: &FunctionCall,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        if self.inside == Inside::Aggregate {
            return Err(Error::of(&conditions::NESTED_AGGREGATE_FUNCTION));
        }
        if !self.lambdas.is_empty() {
            let sql = quote::sql_expression(name);
            return Err(Error::new(
                &conditions::UNSUPPORTED_EXPR_FOR_OPERATOR,
                [("operator", "lambda".to_string()), ("invalidExprSqls", sql)],
            ));
        }
        let (bound, sql) = self.inside(Inside::Aggregate, |inner| {
            inner.bind_aggregate(function, name, call, origin)
        })?;
        if let Some(typed) = self.aggregate_of_outer_query(&bound, &sql, origin)? {
            return Ok(typed);
        }
        let Some(aggregates) = &self.aggregates else {
            return Err(self.forbidden(&sql));
        };
        let column = aggregates
            .borrow_mut()
            .add(bound, sql.clone(), |data_type, nullable| {
                self.analyzer.column(&sql, data_type, nullable)
            });
        Ok(Typed::new(Expr::Column(column), sql, origin.clone()))
    }

    /// The call as one of the enclosing query, if its arguments are columns of that query only.
    fn aggregate_of_outer_query(
        &self,
        call: &AggregateCall,
        sql: &str,
        origin: &Option<Origin>,
    ) -> Result<Option<Typed>> {
        let outer: Vec<_> = call
            .expressions()
            .flat_map(Expr::outer_references)
            .collect();
        if outer.is_empty() {
            return Ok(None);
        }
        if call.expressions().any(|expr| !expr.references().is_empty()) {
            return Err(Error::new(
                &conditions::AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES,
                [("function", sql.to_string())],
            ));
        }
        let ids: Vec<_> = outer.iter().map(|column| column.id).collect();
        let hosts = matches!(self.clause, Clause::Where | Clause::Having);
        let Some(aggregates) = self.outer_aggregates(&ids).filter(|_| hosts) else {
            return Ok(None);
        };
        let call = call.clone().map_expressions(&mut |expr| {
            expr.transform(&mut |node| match node {
                Expr::Outer(column) => Expr::Column(column),
                other => other,
            })
        });
        let column = aggregates
            .borrow_mut()
            .add(call, sql.to_string(), |data_type, nullable| {
                self.analyzer.column(sql, data_type, nullable)
            });
        let sql = format!("outer({sql})");
        Ok(Some(Typed::new(Expr::Outer(column), sql, origin.clone())))
    }

    /// Settles a call's types; gives it with its spelling.
    pub(super) fn bind_aggregate(
        &mut self,
        function: &'static AggregateFunction,
        name: &str,
        call: &FunctionCall,
        origin: &Option<Origin>,
    ) -> Result<(AggregateCall, String)> {
        self.check_modifiers(function, name, call)?;
        if function.name == "count"
            && let [argument] = call.arguments.as_slice()
            && let ExpressionKind::Star { target, .. } = &*argument.value.kind
            && !target.is_empty()
        {
            return Err(Error::new(
                &conditions::INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT,
                [("tableName", quote::name(target))],
            ));
        }
        let ordered = in_order(name, function.parameters, &call.arguments)?;
        let mut arguments = self.arguments(&ordered)?;
        if function.name == "count" && arguments.is_empty() {
            return Err(Error::new(
                &conditions::WRONG_NUM_ARGS_WITH_SUGGESTION,
                [
                    ("functionName", quote::identifier(name)),
                    ("expectedNum", " >= 1".to_string()),
                    ("actualNum", "0".to_string()),
                    (
                        "legacyConfKey",
                        "\"spark.sql.legacy.allowParameterlessCount\"".to_string(),
                    ),
                    ("legacyConfValue", "\"true\"".to_string()),
                ],
            ));
        }
        check_arity(name, function.arity, arguments.len())?;
        let sql = self.aggregate_sql(function, name, call, &arguments);
        let mut keys = Vec::with_capacity(call.within_group.len());
        for key in &call.within_group {
            keys.push((self.expression(&key.expression)?, key));
        }
        let mut sql = sql;
        if !keys.is_empty() {
            let keys: Vec<String> = keys
                .iter()
                .map(|(typed, key)| key_sql(typed, key, function.name))
                .collect();
            sql = format!("{sql} WITHIN GROUP (ORDER BY {})", keys.join(", "));
        }
        let filter = match &call.filter {
            None => None,
            Some(filter) => {
                let typed = self.aggregate_filter(filter)?;
                if !matches!(typed.data_type(), DataType::Boolean | DataType::Null) {
                    let filter_sql = ("filterExpr", quote::sql_expression(&typed.sql));
                    let error = Error::new(&conditions::AGGREGATE_FILTER_NOT_BOOLEAN, [filter_sql]);
                    return Err(error.at(filter.origin.as_ref()));
                }
                sql = format!("{sql} FILTER (WHERE {})", typed.sql);
                Some(self.coerce(typed.expr, &DataType::Boolean, &typed.origin))
            }
        };
        let mut bound = self.bound(&arguments);
        for (typed, key) in keys {
            let mut argument = self.bound(std::slice::from_ref(&typed)).remove(0);
            argument.order = Some(SortOptions {
                descending: !key.ascending,
                nulls_first: key.nulls_first,
            });
            bound.push(argument);
            arguments.push(typed);
        }
        if call.ignore_nulls == Some(true) {
            let constant = Typed::new(Expr::boolean(true), "true", None);
            bound.extend(self.bound(std::slice::from_ref(&constant)));
            arguments.push(constant);
        }
        if arguments.iter().any(|typed| !typed.expr.is_deterministic()) {
            return Err(Error::new(
                &conditions::AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION,
                [("sqlExpr", quote::sql_expression(&sql))],
            ));
        }
        let config = self.analyzer.config();
        let context = BindContext {
            config: &config,
            name,
            sql: &sql,
        };
        let binding = (function.bind)(&context, &bound)?;
        let arguments = self.coerced(arguments, &binding.arguments, origin);
        let call = AggregateCall {
            function,
            kernel: binding.kernel,
            arguments,
            distinct: call.distinct && !function.ignores_duplicates,
            filter,
            data_type: binding.returns,
            nullable: binding.nullable,
            origin: origin.clone(),
        };
        Ok((call, sql))
    }

    /// The condition of FILTER, which holds neither aggregates nor window functions.
    fn aggregate_filter(&mut self, filter: &Expression) -> Result<Typed> {
        let has_aggregate = syntax::has_aggregate(filter);
        if !has_aggregate && !syntax::has_window(filter) {
            return self.expression(filter);
        }
        let mut probe = Resolver::new(self.analyzer, self.environment, self.scopes, Clause::Select)
            .with_aggregates(Aggregates::default())
            .with_windows();
        let typed = probe.expression(filter)?;
        let whole = ("filterExpr", quote::sql_expression(&typed.sql));
        let aggregates = probe.take_aggregates();
        let aggregate = aggregates.calls.first().map(|(_, _, sql)| sql.clone());
        let windows = probe.windows.take().unwrap_or_default();
        let window = windows.groups.first().and_then(|group| group.calls.first());
        let error = if has_aggregate {
            let part = quote::sql_expression(&aggregate.unwrap_or_default());
            Error::new(
                &conditions::AGGREGATE_FILTER_CONTAINS_AGGREGATE,
                [whole, ("aggExpr", part)],
            )
        } else {
            let part = window.map(|(_, _, sql)| quote::sql_expression(sql));
            Error::new(
                &conditions::AGGREGATE_FILTER_CONTAINS_WINDOW_FUNCTION,
                [whole, ("windowExpr", part.unwrap_or_default())],
            )
        };
        Err(error.at(filter.origin.as_ref()))
    }

    fn check_modifiers(
        &self,
        function: &AggregateFunction,
        name: &str,
        call: &FunctionCall,
    ) -> Result<()> {
        let given = !call.within_group.is_empty();
        let routine = ("funcName", quote::identifier(name));
        match function.within_group {
            WithinGroup::Forbidden if given => {
                return Err(unsupported_syntax(name, "WITHIN GROUP (ORDER BY ...)"));
            }
            WithinGroup::Required if !given => {
                if call.distinct {
                    return Err(Error::new(
                        &conditions::WITHIN_GROUP_DISTINCT_UNSUPPORTED,
                        [routine],
                    ));
                }
                return Err(Error::new(&conditions::WITHIN_GROUP_MISSING, [routine]));
            }
            WithinGroup::Forbidden | WithinGroup::Required | WithinGroup::Optional => {}
        }
        let one_key = !matches!(function.name, "listagg" | "string_agg");
        if call.distinct && one_key && function.within_group != WithinGroup::Forbidden {
            return Err(Error::new(
                &conditions::WITHIN_GROUP_DISTINCT_UNSUPPORTED,
                [routine],
            ));
        }
        if given && one_key && call.within_group.len() != 1 {
            return Err(Error::new(
                &conditions::WITHIN_GROUP_WRONG_NUM_ORDERINGS,
                [
                    routine,
                    ("expectedNum", "1".to_string()),
                    ("actualNum", call.within_group.len().to_string()),
                ],
            ));
        }
        if call.ignore_nulls == Some(true) && !function.allows_ignore_nulls {
            return Err(unsupported_syntax(name, "IGNORE NULLS"));
        }
        Ok(())
    }

    /// `sum(DISTINCT a)`
    fn aggregate_sql(
        &self,
        function: &AggregateFunction,
        name: &str,
        call: &FunctionCall,
        arguments: &[Typed],
    ) -> String {
        let mut texts: Vec<String> = arguments.iter().map(|typed| typed.sql.clone()).collect();
        if call.distinct
            && let Some(first) = texts.first_mut()
        {
            *first = format!("DISTINCT {first}");
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        // IGNORE NULLS makes Spark forget under which name it was called.
        let name = match (name, call.ignore_nulls) {
            ("first_value", Some(true)) => "first",
            ("last_value", Some(true)) => "last",
            _ => name,
        };
        display(function.display, function.name, name, &texts)
    }
}

/// A key of WITHIN GROUP as Spark prints it.
fn key_sql(typed: &Typed, key: &SortOrder, function: &str) -> String {
    if matches!(function, "listagg" | "string_agg") {
        return sort_sql(&typed.sql, key.ascending, key.nulls_first);
    }
    // `mode` takes the last of equally frequent values of the reverse order, and prints that order.
    let descending = key.ascending == (function == "mode");
    match descending {
        false => typed.sql.clone(),
        true => format!("{} DESC", typed.sql),
    }
}

/// A sort key as Spark prints it: `a ASC NULLS FIRST`.
pub(super) fn sort_sql(sql: &str, ascending: bool, nulls_first: bool) -> String {
    let direction = if ascending { "ASC" } else { "DESC" };
    let nulls = if nulls_first { "FIRST" } else { "LAST" };
    format!("{sql} {direction} NULLS {nulls}")
}

impl Aggregates {
    /// The column of a call: that of an equal one that is there already, or a new one.
    pub fn add(
        &mut self,
        call: AggregateCall,
        sql: String,
        column: impl FnOnce(DataType, bool) -> Attribute,
    ) -> Attribute {
        let known = self
            .calls
            .iter()
            .find(|(_, known, text)| *text == sql && same(known, &call));
        if let Some((column, _, _)) = known {
            return column.clone();
        }
        let column = column(call.data_type.clone(), call.nullable);
        self.calls.push((column.clone(), call, sql));
        column
    }
}

/// Whether two calls are the same computation.
fn same(a: &AggregateCall, b: &AggregateCall) -> bool {
    let (mut left, mut right) = (a.expressions(), b.expressions());
    a.function.name == b.function.name
        && a.distinct == b.distinct
        && a.filter.is_some() == b.filter.is_some()
        && a.data_type == b.data_type
        && a.arguments.len() == b.arguments.len()
        && left.by_ref().zip(right.by_ref()).all(|(a, b)| a.same(b))
}

/// A call of an aggregate over resolved arguments, for operators that are rewritten to aggregates.
pub(super) fn plain_call(
    name: &'static str,
    arguments: Vec<Expr>,
    config: &crate::config::Config,
) -> Result<AggregateCall> {
    use crate::functions::{BoundArgument, Function, lookup};
    let Some(Function::Aggregate(function)) = lookup(name) else {
        return Err(Error::unsupported(format!("the aggregate {name}")));
    };
    let bound: Vec<BoundArgument> = (arguments.iter())
        .map(|argument| BoundArgument {
            data_type: argument.data_type(),
            nullable: argument.nullable(),
            constant: argument.as_literal().cloned(),
            sql: argument.to_string(),
            is_lambda: false,
            order: None,
        })
        .collect();
    let sql = format!("{name}(..)");
    let context = BindContext {
        config,
        name,
        sql: &sql,
    };
    let binding = (function.bind)(&context, &bound)?;
    let arguments = arguments.into_iter().zip(&binding.arguments);
    let arguments = arguments.map(|(argument, to)| coerce(argument, to, config.ansi(), &None));
    Ok(AggregateCall {
        function,
        kernel: binding.kernel,
        arguments: arguments.collect(),
        distinct: false,
        filter: None,
        data_type: binding.returns,
        nullable: binding.nullable,
        origin: None,
    })
}
