//! Subqueries in expressions: values, EXISTS, IN.
//!
//! A subquery's plan hangs on the node whose expressions use it. Nodes that cannot hold subqueries
//! (aggregates, windows, sorts, generators) get the expressions precomputed by a Project below them
//! ([`hoist`]).

use super::environment::{Environment, Outer};
use super::expression::Resolver;
use super::lateral_alias::take_subqueries;
use super::resolved::{Resolved, project};
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Attribute, ColumnIds, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;
use crate::plan::unresolved::{Expression, Relation};
use crate::types::DataType;
use crate::types::coercion::{common_type, comparison_type};
use std::rc::Rc;

impl Resolver<'_> {
    /// The query of a subquery, with the scopes here around it.
    fn subquery(&self, query: &Relation) -> Result<Resolved> {
        let outer = Outer {
            scopes: self.scopes,
            aggregates: self.aggregates.as_ref(),
            parent: self.environment.outer,
            depth: self.environment.depth() + 1,
        };
        let environment = Environment {
            ctes: self.environment.ctes.clone(),
            outer: Some(&outer),
            windows: Rc::from([]),
        };
        let resolved = self.analyzer.relation(query, &environment)?;
        Ok(resolved.into_visible(&self.analyzer.ids))
    }

    /// The columns of enclosing queries that a plan uses, as Spark prints them.
    fn correlation(&self, plan: &LogicalPlan) -> String {
        let mut found: Vec<Attribute> = Vec::new();
        plan.visit(&mut |node| {
            for expr in node.expressions() {
                for column in outer_columns(expr) {
                    if self.is_outside(&column) {
                        found.push(column);
                    }
                }
            }
        });
        let names: Vec<&str> = found.iter().map(|column| column.name.as_ref()).collect();
        names.join(", ")
    }

    /// Whether a column belongs to the query here or to one around it.
    fn is_outside(&self, column: &Attribute) -> bool {
        let here = self
            .scopes
            .iter()
            .any(|scope| scope.by_id(column.id).is_some());
        let mut enclosing = self.environment.outer;
        while let Some(outer) = enclosing {
            if outer
                .scopes
                .iter()
                .any(|scope| scope.by_id(column.id).is_some())
            {
                return true;
            }
            enclosing = outer.parent;
        }
        let collected = self.aggregates.as_ref().is_some_and(|aggregates| {
            aggregates
                .borrow()
                .calls
                .iter()
                .any(|(known, _, _)| known.id == column.id)
        });
        here || collected
    }

    /// `(SELECT ..)` as a value.
    pub(super) fn scalar_subquery(
        &mut self,
        query: &Relation,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let resolved = self.subquery(query)?;
        let output = resolved.plan.output();
        let [column] = output.as_slice() else {
            return Err(Error::new(
                &conditions::SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN,
                [("number", output.len())],
            ));
        };
        let sql = format!("scalarsubquery({})", self.correlation(&resolved.plan));
        let id = self.analyzer.next_subquery(&resolved.plan);
        let expr = Expr::ScalarSubquery {
            id,
            data_type: column.data_type.clone(),
        };
        let plan = resolved.plan;
        self.subqueries.push(Subquery { id, plan });
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    /// `EXISTS (SELECT ..)`
    pub(super) fn exists(&mut self, query: &Relation, origin: &Option<Origin>) -> Result<Typed> {
        let plan = self.subquery(query)?.plan;
        let sql = format!("exists({})", self.correlation(&plan));
        let id = self.analyzer.next_subquery(&plan);
        self.subqueries.push(Subquery { id, plan });
        Ok(Typed::new(Expr::Exists { id }, sql, origin.clone()))
    }

    /// `(a, b) IN (SELECT ..)`
    pub(super) fn in_subquery(
        &mut self,
        operands: &[Expression],
        query: &Relation,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let operands = self.expressions(operands)?;
        let plan = self.subquery(query)?.plan;
        let columns = plan.output();
        let left = match operands.as_slice() {
            [one] => one.sql.clone(),
            several => {
                let fields: Vec<String> = (several.iter())
                    .map(|typed| format!("'{}', {}", typed.output_name(), typed.sql))
                    .collect();
                format!("named_struct({})", fields.join(", "))
            }
        };
        let sql = format!("({left} IN (listquery({})))", self.correlation(&plan));
        let quoted = |texts: Vec<String>| texts.join(", ");
        if operands.len() != columns.len() {
            return Err(Error::new(
                &conditions::DATATYPE_MISMATCH_IN_SUBQUERY_LENGTH_MISMATCH,
                [
                    ("sqlExpr", quote::sql_expression(&sql)),
                    ("leftLength", operands.len().to_string()),
                    ("rightLength", columns.len().to_string()),
                    (
                        "leftColumns",
                        quoted(
                            operands
                                .iter()
                                .map(|o| quote::sql_expression(&o.sql))
                                .collect(),
                        ),
                    ),
                    (
                        "rightColumns",
                        quoted(
                            columns
                                .iter()
                                .map(|c| quote::sql_expression(&c.name))
                                .collect(),
                        ),
                    ),
                ],
            ));
        }
        let ansi = self.analyzer.ansi();
        let meet = |a: &DataType, b: &DataType| {
            comparison_type(a, b, ansi).or_else(|| common_type(a, b, ansi))
        };
        let types: Vec<Option<DataType>> = (operands.iter().zip(&columns))
            .map(|(operand, column)| meet(&operand.data_type(), &column.data_type))
            .collect();
        if types.iter().any(Option::is_none) {
            let pairs = operands.iter().zip(&columns).zip(&types);
            let mismatched =
                pairs
                    .filter(|(_, meet)| meet.is_none())
                    .map(|((operand, column), _)| {
                        format!(
                            "(\"{}\":{}, \"{}\":{})",
                            operand.sql,
                            operand.data_type().sql(),
                            column.name,
                            column.data_type.sql()
                        )
                    });
            return Err(Error::new(
                &conditions::DATATYPE_MISMATCH_IN_SUBQUERY_DATA_TYPE_MISMATCH,
                [
                    ("sqlExpr", quote::sql_expression(&sql)),
                    (
                        "mismatchedColumns",
                        mismatched.collect::<Vec<_>>().join(", "),
                    ),
                    (
                        "leftType",
                        quoted(
                            operands
                                .iter()
                                .map(|o| quote::sql_type(&o.data_type()))
                                .collect(),
                        ),
                    ),
                    (
                        "rightType",
                        quoted(
                            columns
                                .iter()
                                .map(|c| quote::sql_type(&c.data_type))
                                .collect(),
                        ),
                    ),
                ],
            ));
        }
        let types: Vec<DataType> = types.into_iter().flatten().collect();
        let plan = cast_columns(plan, &types, &self.analyzer.ids, ansi);
        let operands = self.coerced(operands, &types, origin);
        let id = self.analyzer.next_subquery(&plan);
        self.subqueries.push(Subquery { id, plan });
        Ok(Typed::new(
            Expr::InSubquery { operands, id },
            sql,
            origin.clone(),
        ))
    }
}

/// The columns of enclosing queries that an expression reads, as often as it does.
fn outer_columns(expr: &Expr) -> Vec<Attribute> {
    let mut found = Vec::new();
    expr.visit(&mut |node| {
        if let Expr::Outer(column) = node {
            found.push(column.clone());
        }
    });
    found
}

/// A plan whose columns are cast to these types where they have others; changed columns get fresh ids.
pub(super) fn cast_columns(
    plan: LogicalPlan,
    types: &[DataType],
    ids: &ColumnIds,
    ansi: bool,
) -> LogicalPlan {
    let output = plan.output();
    let mut changed = false;
    let expressions = output.iter().zip(types).map(|(column, to)| {
        let expr = Expr::Column(column.clone());
        let cast = super::expression::coerce(expr, to, ansi, &None);
        if matches!(cast, Expr::Column(_)) {
            return NamedExpr::pass(column);
        }
        changed = true;
        NamedExpr {
            id: ids.next(),
            name: column.name.clone(),
            expr: cast,
        }
    });
    let expressions: Vec<NamedExpr> = expressions.collect();
    if changed {
        project(plan, expressions, Vec::new())
    } else {
        plan
    }
}

/// Precomputes the expressions that contain subqueries in a Project over the input, and puts the columns
/// it makes in their place.
pub(super) fn hoist<'x>(
    input: LogicalPlan,
    expressions: impl Iterator<Item = &'x mut Expr>,
    subqueries: &mut Vec<Subquery>,
    ids: &ColumnIds,
) -> LogicalPlan {
    let mut computed: Vec<NamedExpr> = Vec::new();
    for expr in expressions {
        if !expr.has_subquery() {
            continue;
        }
        let known = computed.iter().find(|named| named.expr.same(expr));
        let named = match known {
            Some(named) => named.clone(),
            None => {
                let named = NamedExpr {
                    id: ids.next(),
                    name: "_subquery".into(),
                    expr: expr.clone(),
                };
                computed.push(named.clone());
                named
            }
        };
        *expr = Expr::Column(named.attribute());
    }
    if computed.is_empty() {
        return input;
    }
    let own = take_subqueries(subqueries, computed.iter().map(|named| &named.expr));
    let mut all: Vec<NamedExpr> = input.output().iter().map(NamedExpr::pass).collect();
    all.extend(computed);
    project(input, all, own)
}
