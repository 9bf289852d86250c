//! `na.fill`, `na.drop` and `na.replace` of DataFrames.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver, coerce};
use super::resolved::{Resolved, project};
use super::scope::{Found, Scope, ScopeColumn};
use super::suggestion::unresolved_column;
use super::typed::Typed;
use crate::error::Result;
use crate::expr::{Attribute, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Filter;
use crate::plan::unresolved::Relation;
use crate::types::{DataType, Value};

impl Analyzer<'_> {
    /// `na.fill`: one value for all columns of its kind, or one per named column.
    pub(super) fn na_fill(
        &self,
        input: &Relation,
        columns: &[String],
        values: &[Value],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        let names = self.named(&input, columns)?;
        self.map_columns(input, |column| {
            let value = match (
                columns.is_empty(),
                names.iter().position(|c| c.id == column.id),
            ) {
                (true, _) => values.first(),
                (false, Some(index)) => values.get(index).or(values.first()),
                (false, None) => None,
            };
            let Some(value) = value.filter(|value| goes_with(value, &column.data_type)) else {
                return Ok(None);
            };
            let literal = literal_of(value);
            let filled = coerce(literal, &column.data_type, self.ansi(), &None);
            let own = Expr::Column(column.clone());
            let own = match column.data_type {
                // NaN counts as missing.
                DataType::Float | DataType::Double => self.nan_to_null(own, environment)?,
                _ => own,
            };
            Ok(Some(Expr::Coalesce {
                operands: vec![own, filled],
                data_type: column.data_type.clone(),
            }))
        })
    }

    /// `na.drop`: rows with enough values that are neither NULL nor NaN.
    pub(super) fn na_drop(
        &self,
        input: &Relation,
        columns: &[String],
        minimum_non_nulls: Option<usize>,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        let columns = match columns.is_empty() {
            true => input.visible(),
            false => self.named(&input, columns)?,
        };
        let minimum = minimum_non_nulls.unwrap_or(columns.len());
        let mut present = Vec::with_capacity(columns.len());
        for column in &columns {
            let own = Expr::Column(column.clone());
            let own = match column.data_type {
                DataType::Float | DataType::Double => self.nan_to_null(own, environment)?,
                _ => own,
            };
            present.push(Expr::IsNull {
                operand: Box::new(own),
                negated: true,
            });
        }
        let predicate = if minimum >= columns.len() {
            Expr::all(present)
        } else {
            let scope = Scope::default();
            let scopes = [&scope];
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Where);
            let int = |value: i32| Expr::literal(value, DataType::Integer);
            let mut sum = Typed::new(int(0), "0", None);
            for is_there in present {
                let one = Expr::Case {
                    branches: vec![(is_there, int(1))],
                    otherwise: Some(Box::new(int(0))),
                    data_type: DataType::Integer,
                };
                let one = Typed::new(one, "1", None);
                sum = resolver.call_built_in("+", vec![sum, one], &None)?;
            }
            let wanted = Typed::new(int(minimum as i32), minimum.to_string(), None);
            resolver.call_built_in(">=", vec![sum, wanted], &None)?.expr
        };
        Ok(input.with_plan(|plan| {
            LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries: Vec::new(),
            })
        }))
    }

    /// `na.replace`: values that are replaced by others, in all columns of their kind or the named ones.
    pub(super) fn na_replace(
        &self,
        input: &Relation,
        columns: &[String],
        replacements: &[(Value, Value)],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        let names = self.named(&input, columns)?;
        let scope = Scope::default();
        self.map_columns(input, |column| {
            let named = columns.is_empty() || names.iter().any(|name| name.id == column.id);
            let fits = replacements.iter().any(|(from, to)| {
                goes_with(from, &column.data_type) || goes_with(to, &column.data_type)
            });
            if !named || !fits {
                return Ok(None);
            }
            let scopes = [&scope];
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select);
            let mut branches = Vec::with_capacity(replacements.len());
            for (from, to) in replacements {
                let own = Typed::new(Expr::Column(column.clone()), column.name.to_string(), None);
                let cast = |value: &Value| {
                    coerce(literal_of(value), &column.data_type, self.ansi(), &None)
                };
                let from = Typed::new(cast(from), "value", None);
                let equal = resolver.call_built_in("=", vec![own, from], &None)?;
                branches.push((equal.expr, cast(to)));
            }
            Ok(Some(Expr::Case {
                branches,
                otherwise: Some(Box::new(Expr::Column(column.clone()))),
                data_type: column.data_type.clone(),
            }))
        })
    }

    /// The columns of these names.
    pub(super) fn named(&self, input: &Resolved, names: &[String]) -> Result<Vec<Attribute>> {
        let find = |name: &String| match input
            .scope
            .find(std::slice::from_ref(name), self.case_sensitive())
        {
            Found::Column(column, _) => Ok(column.attribute.clone()),
            _ => Err(unresolved_column(
                std::slice::from_ref(name),
                &[&input.scope],
            )),
        };
        names.iter().map(find).collect()
    }

    /// The columns of a relation, some of them replaced under their names.
    fn map_columns(
        &self,
        input: Resolved,
        f: impl Fn(&Attribute) -> Result<Option<Expr>>,
    ) -> Result<Resolved> {
        let mut expressions = Vec::new();
        let mut columns = Vec::new();
        for old in &input.scope.columns {
            let named = match f(&old.attribute)? {
                None => NamedExpr::pass(&old.attribute),
                Some(expr) => NamedExpr {
                    id: self.next_id(),
                    name: old.attribute.name.clone(),
                    expr,
                },
            };
            columns.push(ScopeColumn {
                attribute: named.attribute(),
                identity: named.id,
                ..old.clone()
            });
            expressions.push(named);
        }
        let plan = project(input.plan, expressions, Vec::new());
        let scope = Scope {
            columns,
            frames: input.scope.frames,
            below: None,
            time_window: None,
        };
        Ok(Resolved::new(plan, scope))
    }

    /// NULL where a number is NaN.
    fn nan_to_null(&self, expr: Expr, environment: &Environment) -> Result<Expr> {
        let scope = Scope::default();
        let scopes = [&scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select);
        let data_type = expr.data_type();
        let typed = Typed::new(expr.clone(), "value", None);
        let is_nan = resolver.call_built_in("isnan", vec![typed], &None)?;
        Ok(Expr::Case {
            branches: vec![(is_nan.expr, Expr::null(data_type.clone()))],
            otherwise: Some(Box::new(expr)),
            data_type,
        })
    }
}

/// Whether a value can stand in for a missing one of a type: numbers for numbers, text for text.
fn goes_with(value: &Value, data_type: &DataType) -> bool {
    match value {
        Value::Boolean(_) => *data_type == DataType::Boolean,
        Value::String(_) => data_type.is_string(),
        Value::Null => true,
        _ => data_type.is_numeric(),
    }
}

/// A constant of the type that a value has by itself.
pub(super) fn literal_of(value: &Value) -> Expr {
    let data_type = match value {
        Value::Boolean(_) => DataType::Boolean,
        Value::Byte(_) => DataType::Byte,
        Value::Short(_) => DataType::Short,
        Value::Integer(_) => DataType::Integer,
        Value::Long(_) => DataType::Long,
        Value::Float(_) => DataType::Float,
        Value::Double(_) => DataType::Double,
        Value::Decimal(v) => DataType::decimal(v.precision, v.scale),
        Value::String(_) => DataType::String,
        Value::Date(_) => DataType::Date,
        Value::Timestamp(_) => DataType::Timestamp,
        Value::TimestampNtz(_) => DataType::TimestampNtz,
        _ => DataType::Null,
    };
    Expr::literal(value.clone(), data_type)
}
