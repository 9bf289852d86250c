//! `VALUES (1, 'a'), (2, 'b') [AS t(a, b)]`.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver, coerce};
use super::resolved::{Resolved, project};
use super::scope::Scope;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Literal, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Union, Values};
use crate::plan::unresolved::Expression;
use crate::types::DataType;
use crate::types::coercion::{common_type_of, common_type_without_strings};

impl Analyzer<'_> {
    /// Rows of expressions without columns; each column has the type its values meet at. `names` are those of an
    /// alias around them, for errors.
    pub(super) fn values(
        &self,
        rows: &[Vec<Expression>],
        names: &[String],
        environment: &Environment,
    ) -> Result<Resolved> {
        let scope = Scope::default();
        let scopes = [&scope];
        let width = rows.first().map_or(0, Vec::len);
        if !names.is_empty() && names.len() != width {
            return Err(Error::new(
                &conditions::INLINE_TABLE_NUM_COLUMNS_MISMATCH,
                [
                    ("expectedNumCols", names.len().to_string()),
                    ("actualNumCols", width.to_string()),
                    ("rowIndex", "0".to_string()),
                ],
            ));
        }
        let mut typed_rows: Vec<Vec<Typed>> = Vec::with_capacity(rows.len());
        let mut subqueries = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if row.len() != width {
                return Err(Error::new(
                    &conditions::INLINE_TABLE_NUM_COLUMNS_MISMATCH,
                    [
                        ("expectedNumCols", width.to_string()),
                        ("actualNumCols", row.len().to_string()),
                        ("rowIndex", index.to_string()),
                    ],
                ));
            }
            let mut resolver =
                Resolver::new(self, environment, &scopes, Clause::Other("LocalRelation"));
            let mut typed_row = Vec::with_capacity(width);
            for expression in row {
                let typed = resolver.expression(expression).map_err(|error| {
                    let place = ("expr", quote::sql_expression(&expression_text(expression)));
                    match error.condition().main_name() {
                        "UNSUPPORTED_EXPR_FOR_OPERATOR" => Error::new(
                            &conditions::INLINE_TABLE_CANNOT_EVALUATE_EXPRESSION,
                            [place],
                        )
                        .at(expression.origin.as_ref()),
                        _ => error,
                    }
                })?;
                if !typed.expr.is_deterministic() {
                    let sql = ("expr", quote::sql_expression(&typed.sql));
                    let condition = &conditions::INLINE_TABLE_CANNOT_EVALUATE_EXPRESSION;
                    return Err(Error::new(condition, [sql]).at(expression.origin.as_ref()));
                }
                typed_row.push(typed);
            }
            subqueries.push(std::mem::take(&mut resolver.subqueries));
            typed_rows.push(typed_row);
        }
        let mut types: Vec<DataType> = Vec::with_capacity(width);
        for column in 0..width {
            let of_column: Vec<DataType> = typed_rows
                .iter()
                .map(|row| row[column].data_type())
                .collect();
            // Texts do not meet other types here, unlike in UNION.
            let texts = of_column.iter().filter(|t| t.is_string()).count();
            let nulls = of_column.iter().filter(|t| **t == DataType::Null).count();
            let mixed = texts > 0 && texts + nulls < of_column.len();
            let meet = match self.ansi() {
                true => common_type_of(&of_column, true).filter(|_| !mixed),
                false => (of_column.iter()).try_fold(DataType::Null, |meet, next| {
                    common_type_without_strings(&meet, next, false)
                }),
            };
            let meet = meet.ok_or_else(|| {
                let name = format!("col{}", column + 1);
                let name = names.get(column).cloned().unwrap_or(name);
                let name = ("colName", quote::identifier(&name));
                Error::new(&conditions::INLINE_TABLE_INCOMPATIBLE_TYPES, [name])
            })?;
            types.push(meet);
        }
        let ansi = self.ansi();
        let constant = subqueries.iter().all(Vec::is_empty)
            && typed_rows
                .iter()
                .flatten()
                .all(|typed| typed.expr.is_constant());
        for row in &mut typed_rows {
            for (typed, to) in row.iter_mut().zip(&types) {
                let expr = std::mem::replace(&mut typed.expr, crate::expr::Expr::boolean(true));
                typed.expr = coerce(expr, to, ansi, &typed.origin);
            }
        }
        let nullable = |column: usize| typed_rows.iter().any(|row| row[column].expr.nullable());
        let output: Vec<_> = (types.iter().enumerate())
            .map(|(index, data_type)| {
                self.column(
                    &format!("col{}", index + 1),
                    data_type.clone(),
                    nullable(index),
                )
            })
            .collect();
        if !constant {
            let inputs = typed_rows
                .into_iter()
                .zip(subqueries)
                .map(|(row, subqueries)| {
                    let named = row.into_iter().enumerate().map(|(index, typed)| NamedExpr {
                        id: self.next_id(),
                        name: format!("col{}", index + 1).into(),
                        expr: typed.expr,
                    });
                    project(LogicalPlan::one_row(), named.collect(), subqueries)
                });
            let inputs = inputs.collect();
            return Ok(Resolved::plain(LogicalPlan::Union(Union {
                inputs,
                output,
            })));
        }
        let mut literals = Vec::with_capacity(typed_rows.len());
        for row in typed_rows {
            let mut values = Vec::with_capacity(width);
            for (typed, data_type) in row.into_iter().zip(&types) {
                let value = self
                    .fold(&typed.expr)
                    .map_err(|error| error.at(typed.origin.as_ref()))?;
                let value = value.ok_or_else(|| {
                    Error::new(
                        &conditions::INLINE_TABLE_CANNOT_EVALUATE_EXPRESSION,
                        [("expr", quote::sql_expression(&typed.sql))],
                    )
                })?;
                values.push(Literal {
                    value,
                    data_type: data_type.clone(),
                });
            }
            literals.push(values);
        }
        let nulls = |index: usize| {
            literals
                .iter()
                .any(|row: &Vec<Literal>| row[index].value.is_null())
        };
        let output = output.into_iter().enumerate().map(|(index, mut column)| {
            column.nullable = nulls(index);
            column
        });
        let output = output.collect();
        Ok(Resolved::plain(LogicalPlan::Values(Values {
            output,
            rows: literals,
        })))
    }
}

/// The text of an expression that cannot be resolved.
fn expression_text(expression: &Expression) -> String {
    expression
        .origin
        .as_ref()
        .map(|origin| origin.fragment())
        .unwrap_or_default()
}
