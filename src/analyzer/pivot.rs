//! `PIVOT`: one aggregate per value, over the rows of that value.
//!
//! `PIVOT (sum(x) FOR y IN (1, 2))` is `sum(x) FILTER (WHERE y <=> 1) AS 1, sum(x) FILTER (…) AS 2`, grouped by
//! the columns that are used in neither clause. Where a group has no row of a value the result is NULL,
//! for counts too.

use super::Analyzer;
use super::aggregate_call::plain_call;
use super::environment::Environment;
use super::expression::{Aggregates, Clause, Resolver};
use super::resolved::{Resolved, project};
use super::scope::{Scope, ScopeColumn};
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, Expr, NamedExpr};
use crate::functions::aggregate::EmptyResult;
use crate::plan::LogicalPlan;
use crate::plan::logical::Aggregate;
use crate::plan::unresolved::{Expression, ExpressionKind, Relation};
use crate::types::DataType;
use crate::types::coercion::{can_cast, common_type};
use hashbrown::HashMap;
use std::rc::Rc;

impl Analyzer<'_> {
    /// A pivot with its values given.
    pub(super) fn pivot(
        &self,
        input: &Relation,
        grouping: Option<&[Expression]>,
        aggregates: &[Expression],
        columns: &[Expression],
        values: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let input = self.relation(input, environment)?;
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Other("Pivot"));
        let columns = resolver.expressions(columns)?;
        for column in &columns {
            if column.data_type().contains_map() {
                return Err(Error::new(
                    &conditions::INCOMPARABLE_PIVOT_COLUMN,
                    [("columnName", quote::identifier(&column.sql))],
                ));
            }
        }
        if values.is_empty() {
            return Err(Error::unsupported("PIVOT without a list of values"));
        }
        for aggregate in aggregates {
            let call = match &*aggregate.kind {
                ExpressionKind::Alias { operand, .. } => operand,
                _ => aggregate,
            };
            if !syntax::has_aggregate(call) {
                let typed = resolver.expression(call)?;
                return Err(Error::new(
                    &conditions::PIVOT_AGGREGATE_EXPECTED,
                    [("sql", typed.sql)],
                )
                .at(aggregate.origin.as_ref()));
            }
        }
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select)
            .with_aggregates(Aggregates::default());
        let results = resolver.expressions(aggregates)?;
        let collected = resolver.take_aggregates();
        let pivot_values = self.pivot_values(&columns, values, environment)?;
        let keys: Vec<Attribute> = match grouping {
            Some(grouping) => {
                let mut resolver = Resolver::new(self, environment, &scopes, Clause::GroupBy);
                let typed = resolver.expressions(grouping)?;
                let mut keys = Vec::with_capacity(typed.len());
                for key in typed {
                    match key.expr {
                        Expr::Column(column) => keys.push(column),
                        _ => return Err(Error::unsupported("pivot grouped by expressions")),
                    }
                }
                keys
            }
            None => {
                let mut used = hashbrown::HashSet::new();
                columns
                    .iter()
                    .for_each(|column| column.expr.collect_references(&mut used));
                for (_, call, _) in &collected.calls {
                    call.expressions()
                        .for_each(|expr| expr.collect_references(&mut used));
                }
                input
                    .visible()
                    .into_iter()
                    .filter(|column| !used.contains(&column.id))
                    .collect()
            }
        };
        self.pivoted(
            input,
            keys,
            &columns,
            &results,
            &collected,
            &pivot_values,
            environment,
        )
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one clause")]
    fn pivoted(
        &self,
        input: Resolved,
        keys: Vec<Attribute>,
        columns: &[Typed],
        results: &[Typed],
        collected: &Aggregates,
        values: &[PivotValue],
        environment: &Environment,
    ) -> Result<Resolved> {
        let config = self.config();
        let empty = Scope::default();
        let scopes = [&empty];
        let mut calls = Vec::new();
        let mut output: Vec<NamedExpr> = keys.iter().map(NamedExpr::pass).collect();
        for value in values {
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Other("Pivot"));
            let mut terms = Vec::with_capacity(columns.len());
            for (column, part) in columns.iter().zip(&value.parts) {
                let pair = vec![column.clone(), part.clone()];
                terms.push(resolver.call_built_in("<=>", pair, &None)?.expr);
            }
            let is_value = Expr::all(terms);
            let mut columns_of_value: HashMap<_, Expr> = HashMap::new();
            let mut rows = None;
            for (column, call, sql) in &collected.calls {
                let mut call = call.clone();
                let own = call.filter.take();
                call.filter = Some(Expr::all(own.into_iter().chain([is_value.clone()])));
                let nullable = true;
                let made = self.column(sql, call.data_type.clone(), nullable);
                let mut result = Expr::Column(made.clone());
                if call.function.empty != EmptyResult::Null {
                    let count = match &rows {
                        Some(count) => Clone::clone(count),
                        None => {
                            let one = Expr::literal(1, DataType::Integer);
                            let mut count = plain_call("count", vec![one], &config)?;
                            count.filter = Some(is_value.clone());
                            let counted = self.column("rows", DataType::Long, false);
                            calls.push((counted.clone(), count));
                            rows = Some(counted.clone());
                            counted
                        }
                    };
                    let count = Typed::new(Expr::Column(count), "rows", None);
                    let zero = Typed::new(Expr::literal(0i64, DataType::Long), "0", None);
                    let some = resolver.call_built_in(">", vec![count, zero], &None)?;
                    result = Expr::Case {
                        branches: vec![(some.expr, result)],
                        otherwise: None,
                        data_type: call.data_type.clone(),
                    };
                }
                calls.push((made, call));
                columns_of_value.insert(column.id, result);
            }
            for result in results {
                let name = match (results.len(), result.output_name()) {
                    (1, _) => value.name.clone(),
                    (_, name) => format!("{}_{name}", value.name),
                };
                output.push(NamedExpr {
                    id: self.next_id(),
                    name: name.into(),
                    expr: result.expr.clone().substitute(&columns_of_value),
                });
            }
        }
        let plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input.plan),
            keys: keys.iter().map(NamedExpr::pass).collect(),
            calls,
        });
        let scope = output.iter().map(|named| {
            let source = input.scope.by_id(named.id);
            ScopeColumn {
                attribute: named.attribute(),
                qualifier: source.map_or_else(|| Rc::from([]), |source| source.qualifier.clone()),
                identity: named.id,
                hidden: false,
            }
        });
        let scope = Scope {
            columns: scope.collect(),
            frames: input.scope.frames.clone(),
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(project(plan, output, Vec::new()), scope))
    }

    /// The values of the IN list, one part per pivot column, with their output names.
    fn pivot_values(
        &self,
        columns: &[Typed],
        values: &[Expression],
        environment: &Environment,
    ) -> Result<Vec<PivotValue>> {
        let scope = Scope::default();
        let scopes = [&scope];
        let ansi = self.ansi();
        let mut found = Vec::with_capacity(values.len());
        for value in values {
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Other("Pivot"));
            let not_constant = |sql: String| {
                let condition = &conditions::NON_LITERAL_PIVOT_VALUES;
                Error::new(condition, [("expression", quote::sql_expression(&sql))])
            };
            let typed = resolver.expression(value).map_err(|error| {
                let text = value.origin.as_ref().map(|origin| origin.fragment());
                match error.condition().main_name() {
                    "UNRESOLVED_COLUMN" => not_constant(text.unwrap_or_default()),
                    _ => error,
                }
            })?;
            if !typed.expr.is_constant() {
                return Err(not_constant(typed.sql));
            }
            let parts = match (columns.len(), typed.data_type()) {
                (1, _) => vec![typed.clone()],
                (_, DataType::Struct(fields)) if fields.len() == columns.len() => {
                    let mut parts = Vec::with_capacity(fields.len());
                    for field in fields.iter() {
                        parts.push(resolver.field(typed.clone(), &field.name, &None)?);
                    }
                    parts
                }
                _ => vec![typed.clone()],
            };
            if parts.len() != columns.len() {
                return Err(mismatch(&typed, columns));
            }
            for (part, column) in parts.iter().zip(columns) {
                if common_type(&part.data_type(), &column.data_type(), ansi).is_none() {
                    return Err(mismatch(&typed, columns));
                }
            }
            let name = match &typed.name {
                Some(name) if typed.aliased => name.clone(),
                _ => self.pivot_name(&typed, columns, environment)?,
            };
            // The values become what the column is, not the other way round.
            let parts = (parts.into_iter().zip(columns))
                .map(|(part, column)| {
                    match can_cast(&part.data_type(), &column.data_type(), ansi) {
                        true => Typed {
                            expr: super::expression::coerce(
                                part.expr.clone(),
                                &column.data_type(),
                                ansi,
                                &part.origin,
                            ),
                            ..part
                        },
                        false => part,
                    }
                })
                .collect();
            found.push(PivotValue { parts, name });
        }
        Ok(found)
    }

    /// The name of a value's columns: the value as text.
    fn pivot_name(
        &self,
        value: &Typed,
        columns: &[Typed],
        environment: &Environment,
    ) -> Result<String> {
        let _ = environment;
        let ansi = self.ansi();
        let expr = match columns {
            [column] if can_cast(&value.data_type(), &column.data_type(), ansi) => {
                super::expression::coerce(value.expr.clone(), &column.data_type(), ansi, &None)
            }
            _ => value.expr.clone(),
        };
        let text = super::expression::coerce(expr, &DataType::String, ansi, &None);
        Ok(match self.fold(&text)? {
            Some(crate::types::Value::String(text)) => text.to_string(),
            _ => "null".to_string(),
        })
    }
}

/// A value of the pivot's IN list.
struct PivotValue {
    parts: Vec<Typed>,
    name: String,
}

fn mismatch(value: &Typed, columns: &[Typed]) -> Error {
    let pivot = match columns {
        [column] => column.data_type().simple_string(),
        several => {
            let fields: Vec<String> = several
                .iter()
                .map(|column| format!("{}:{}", column.output_name(), column.data_type()))
                .collect();
            format!("struct<{}>", fields.join(","))
        }
    };
    Error::new(
        &conditions::PIVOT_VALUE_DATA_TYPE_MISMATCH,
        [
            ("value", value.sql.clone()),
            ("valueType", value.data_type().simple_string()),
            ("pivotType", pivot),
        ],
    )
}
