//! Joins: ON, USING, NATURAL, LATERAL.
//!
//! USING and NATURAL keep one of each pair of columns in `*`; the other stays reachable by its qualified
//! name. A full outer join computes the kept one from both.

use super::Analyzer;
use super::environment::{Environment, Outer};
use super::expression::{Clause, Resolver};
use super::resolved::{Resolved, project};
use super::scope::{Scope, ScopeColumn};
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, LogicalJoinKind};
use crate::plan::unresolved::{self, JoinConstraint, JoinKind};
use crate::types::DataType;
use std::rc::Rc;

impl Analyzer<'_> {
    /// A join.
    pub(super) fn join(
        &self,
        node: &unresolved::Join,
        environment: &Environment,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let left = self.relation(&node.left, environment)?;
        let right = if node.lateral {
            if matches!(
                node.constraint,
                JoinConstraint::Using(_) | JoinConstraint::Natural
            ) {
                return Err(Error::of(&conditions::LATERAL_JOIN_USING));
            }
            if matches!(node.kind, JoinKind::RightOuter | JoinKind::FullOuter) {
                let kind = sql_of(node.kind);
                return Err(Error::new(
                    &conditions::INVALID_LATERAL_JOIN_TYPE,
                    [("joinType", kind)],
                ));
            }
            let scopes = [&left.scope];
            let outer = Outer {
                scopes: &scopes,
                aggregates: None,
                parent: environment.outer,
                depth: environment.depth() + 1,
            };
            let inner = Environment {
                ctes: environment.ctes.clone(),
                outer: Some(&outer),
                windows: Rc::from([]),
            };
            let right = self.relation(&node.right, &inner)?;
            check_deterministic(&right.plan)?;
            right
        } else {
            self.relation(&node.right, environment)?
        };
        let hint = self.join_hint(&node.left, &node.right);
        let both = joined_scope(&left.scope, &right.scope, JoinKind::Inner);
        let mut keys = Vec::new();
        let mut subqueries = Vec::new();
        let condition = match &node.constraint {
            JoinConstraint::None => None,
            JoinConstraint::On(condition) => {
                let scopes = [&both];
                let mut resolver = Resolver::new(self, environment, &scopes, Clause::Join);
                let typed = resolver.expression(condition)?;
                if typed.data_type() != DataType::Boolean {
                    return Err(Error::new(
                        &conditions::JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE,
                        [
                            ("joinCondition", quote::sql_expression(&typed.sql)),
                            ("conditionType", quote::sql_type(&typed.data_type())),
                        ],
                    )
                    .at(condition.origin.as_ref()));
                }
                subqueries = std::mem::take(&mut resolver.subqueries);
                let sides = [&left.scope, &right.scope];
                if subqueries
                    .iter()
                    .any(|query| reads_both(&query.plan, sides))
                {
                    return Err(Error::new(
                        &conditions::UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION,
                        [("subqueryExpression", typed.sql)],
                    )
                    .at(condition.origin.as_ref()));
                }
                Some(resolver.coerce(typed.expr, &DataType::Boolean, &typed.origin))
            }
            JoinConstraint::Using(names) => {
                for name in names {
                    let side = |scope: &Scope, side: &str| self.using_column(scope, name, side);
                    keys.push((side(&left.scope, "left")?, side(&right.scope, "right")?));
                }
                self.equal(&keys, environment, &both)?
            }
            JoinConstraint::Natural => {
                let names = common_names(&left.scope, &right.scope);
                for name in &names {
                    let side = |scope: &Scope, side: &str| self.using_column(scope, name, side);
                    keys.push((side(&left.scope, "left")?, side(&right.scope, "right")?));
                }
                self.equal(&keys, environment, &both)?
            }
        };
        let scope = joined_scope(&left.scope, &right.scope, node.kind);
        let kind = match node.kind {
            JoinKind::Cross => JoinKind::Inner,
            other => other,
        };
        let plan = LogicalPlan::Join(Join {
            left: Box::new(left.plan),
            right: Box::new(right.plan),
            kind: LogicalJoinKind::Plain(kind),
            condition,
            subqueries,
            hint,
            lateral: node.lateral,
        });
        if keys.is_empty() {
            return Ok(Resolved::new(plan, scope));
        }
        Ok(self.with_keys(plan, scope, &keys, node.kind))
    }

    /// The scope of a USING join: keys first, then the other columns; the keys of one side are hidden.
    fn with_keys(
        &self,
        plan: LogicalPlan,
        scope: Scope,
        keys: &[(ScopeColumn, ScopeColumn)],
        kind: JoinKind,
    ) -> Resolved {
        let find = |key: &ScopeColumn| scope.by_id(key.attribute.id).cloned();
        let hidden = |key: &ScopeColumn| {
            find(key).map(|column| ScopeColumn {
                hidden: true,
                ..column
            })
        };
        let is_key = |column: &&ScopeColumn| {
            keys.iter().any(|(left, right)| {
                column.attribute.id == left.attribute.id
                    || column.attribute.id == right.attribute.id
            })
        };
        let mut plan = plan;
        let mut columns: Vec<ScopeColumn> = Vec::new();
        let mut hiding: Vec<ScopeColumn> = Vec::new();
        match kind {
            JoinKind::RightOuter => {
                columns.extend(keys.iter().filter_map(|(_, right)| find(right)));
                hiding.extend(keys.iter().filter_map(|(left, _)| hidden(left)));
            }
            JoinKind::FullOuter => {
                let mut all: Vec<NamedExpr> = plan.output().iter().map(NamedExpr::pass).collect();
                for (left, right) in keys {
                    let (Some(left), Some(right)) = (find(left), find(right)) else {
                        continue;
                    };
                    let ansi = self.ansi();
                    let (a, b) = (left.attribute.clone(), right.attribute.clone());
                    let data_type =
                        crate::types::coercion::common_type(&a.data_type, &b.data_type, ansi)
                            .unwrap_or(a.data_type.clone());
                    let side = |column| {
                        super::expression::coerce(Expr::Column(column), &data_type, ansi, &None)
                    };
                    let named = NamedExpr {
                        id: self.next_id(),
                        name: a.name.clone(),
                        expr: Expr::Coalesce {
                            operands: vec![side(a), side(b)],
                            data_type: data_type.clone(),
                        },
                    };
                    columns.push(ScopeColumn::new(named.attribute(), Rc::from([])));
                    all.push(named);
                }
                plan = project(plan, all, Vec::new());
                hiding.extend(keys.iter().filter_map(|(left, _)| hidden(left)));
                hiding.extend(keys.iter().filter_map(|(_, right)| hidden(right)));
            }
            JoinKind::Inner
            | JoinKind::Cross
            | JoinKind::LeftOuter
            | JoinKind::LeftSemi
            | JoinKind::LeftAnti => {
                columns.extend(keys.iter().filter_map(|(left, _)| find(left)));
                hiding.extend(keys.iter().filter_map(|(_, right)| hidden(right)));
            }
        }
        columns.extend(scope.columns.iter().filter(|c| !is_key(c)).cloned());
        columns.extend(hiding);
        let scope = Scope { columns, ..scope };
        Resolved::new(plan, scope)
    }

    /// The column of a USING clause on one side.
    fn using_column(&self, scope: &Scope, name: &str, side: &str) -> Result<ScopeColumn> {
        let same = |column: &&ScopeColumn| self.same_name(&column.attribute.name, name);
        // Of several the first is taken, as Spark does.
        if let Some(column) = scope.visible().find(same) {
            return Ok(column.clone());
        }
        let columns = scope.visible();
        let mut known: Vec<String> = columns
            .map(|column| quote::identifier(&column.attribute.name))
            .collect();
        known.sort();
        Err(Error::new(
            &conditions::UNRESOLVED_USING_COLUMN_FOR_JOIN,
            [
                ("colName", quote::identifier(name)),
                ("side", side.to_string()),
                ("suggestion", known.join(", ")),
            ],
        ))
    }

    /// Equality of all pairs.
    fn equal(
        &self,
        keys: &[(ScopeColumn, ScopeColumn)],
        environment: &Environment,
        scope: &Scope,
    ) -> Result<Option<Expr>> {
        let scopes = [scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Join);
        let mut terms = Vec::with_capacity(keys.len());
        for (left, right) in keys {
            let side = |column: &ScopeColumn| {
                let name = column.attribute.name.to_string();
                Typed::new(Expr::Column(column.attribute.clone()), name, None)
            };
            let equal = resolver.call_built_in("=", vec![side(left), side(right)], &None)?;
            terms.push(equal.expr);
        }
        Ok((!terms.is_empty()).then(|| Expr::all(terms)))
    }
}

/// The columns of both sides, nullable where an outer join fills them up.
/// What a lateral subquery computes of each row of the other side must be the same however often it is computed.
fn check_deterministic(plan: &LogicalPlan) -> Result<()> {
    let mut found = None;
    plan.visit(&mut |node| {
        let mut expressions = node.expressions().into_iter();
        let varies = |expr: &&Expr| !expr.is_deterministic() && !expr.outer_references().is_empty();
        if found.is_none() && expressions.any(|expr| varies(&expr)) {
            found = Some(node.describe());
        }
    });
    match found {
        None => Ok(()),
        Some(node) => Err(Error::new(
            &conditions::NON_DETERMINISTIC_LATERAL_SUBQUERIES,
            [("treeNode", node)],
        )),
    }
}

fn joined_scope(left: &Scope, right: &Scope, kind: JoinKind) -> Scope {
    let (left_nullable, right_nullable, right_kept) = match kind {
        JoinKind::Inner | JoinKind::Cross => (false, false, true),
        JoinKind::LeftOuter => (false, true, true),
        JoinKind::RightOuter => (true, false, true),
        JoinKind::FullOuter => (true, true, true),
        JoinKind::LeftSemi | JoinKind::LeftAnti => (false, false, false),
    };
    let side = |scope: &Scope, nullable: bool| {
        let columns = scope.columns.iter().cloned().map(move |mut column| {
            column.attribute.nullable |= nullable;
            column
        });
        columns.collect::<Vec<_>>()
    };
    let mut columns = side(left, left_nullable);
    let mut frames = left.frames.clone();
    if right_kept {
        columns.extend(side(right, right_nullable));
        frames.extend(right.frames.iter().cloned());
    }
    Scope {
        columns,
        frames,
        below: None,
        time_window: None,
    }
}

/// Whether a subquery reads columns of both sides of a join.
fn reads_both(plan: &LogicalPlan, sides: [&Scope; 2]) -> bool {
    let mut read = [false, false];
    plan.visit(&mut |node| {
        for column in node
            .expressions()
            .iter()
            .flat_map(|expr| expr.outer_references())
        {
            for (read, side) in read.iter_mut().zip(sides) {
                *read |= side.by_id(column.id).is_some();
            }
        }
    });
    read == [true, true]
}

/// The names both sides have, in the order of the left; one that both have twice counts twice.
fn common_names(left: &Scope, right: &Scope) -> Vec<String> {
    let name = |column: &ScopeColumn| column.attribute.name.to_string();
    let mut rest: Vec<String> = right.visible().map(name).collect();
    let mut common = Vec::new();
    for name in left.visible().map(name) {
        if let Some(position) = rest.iter().position(|other| *other == name) {
            rest.remove(position);
            common.push(name);
        }
    }
    common
}

/// The words of a join kind.
fn sql_of(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "INNER",
        JoinKind::Cross => "CROSS",
        JoinKind::LeftOuter => "LEFT OUTER",
        JoinKind::RightOuter => "RIGHT OUTER",
        JoinKind::FullOuter => "FULL OUTER",
        JoinKind::LeftSemi => "LEFT SEMI",
        JoinKind::LeftAnti => "LEFT ANTI",
    }
}
