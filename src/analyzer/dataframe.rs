//! Operators that only DataFrames have: `withColumns`, `drop`, `toDF` and the like.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::{Found, ScopeColumn};
use crate::error::{Error, Result, conditions, quote};
use crate::plan::unresolved::{Expression, ExpressionKind, Relation};

impl Analyzer<'_> {
    /// `withColumns`: replaces columns of these names where they stand, adds the others at the end.
    pub(super) fn with_columns(
        &self,
        input: &Relation,
        columns: &[(String, Expression)],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?;
        for (index, (name, _)) in columns.iter().enumerate() {
            if columns[..index]
                .iter()
                .any(|(known, _)| self.same_name(known, name))
            {
                return Err(Error::new(
                    &conditions::COLUMN_ALREADY_EXISTS,
                    [("columnName", quote::identifier(&name.to_lowercase()))],
                ));
            }
        }
        let named = |name: &str, expression: &Expression| {
            Expression::new(ExpressionKind::Alias {
                operand: expression.clone(),
                names: vec![name.to_string()],
            })
            .at(expression.origin.clone())
        };
        let visible: Vec<ScopeColumn> = input.scope.visible().cloned().collect();
        let mut list = Vec::with_capacity(visible.len() + columns.len());
        for column in &visible {
            let replaced = columns
                .iter()
                .find(|(n, _)| self.same_name(n, &column.attribute.name));
            list.push(match replaced {
                Some((name, expression)) => Written::Expression(named(name, expression)),
                None => Written::Column(column.clone()),
            });
        }
        for (name, expression) in columns {
            if !visible
                .iter()
                .any(|column| self.same_name(name, &column.attribute.name))
            {
                list.push(Written::Expression(named(name, expression)));
            }
        }
        self.written(input, list, environment)
    }

    /// `|> EXTEND`: all columns and more.
    pub(super) fn extend(
        &self,
        input: &Relation,
        expressions: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, &environment.of_input())?;
        let columns = input.scope.visible().cloned().map(Written::Column);
        let more = expressions.iter().cloned().map(Written::Expression);
        let list = columns.chain(more).collect();
        self.written(input, list, environment)
    }

    /// A select list of given columns and expressions.
    fn written(
        &self,
        input: Resolved,
        list: Vec<Written>,
        environment: &Environment,
    ) -> Result<Resolved> {
        // Columns are written as references that only this select can mean, by the frame they are in.
        let frame = std::rc::Rc::new(super::scope::Frame {
            plan_id: OWN_FRAME,
            columns: (list.iter().enumerate())
                .filter_map(|(index, item)| match item {
                    Written::Column(column) => Some(crate::expr::Attribute {
                        name: index.to_string().into(),
                        ..column.attribute.clone()
                    }),
                    Written::Expression(_) => None,
                })
                .collect(),
        });
        let mut input = input;
        let others = |other: &std::rc::Rc<super::scope::Frame>| other.plan_id != OWN_FRAME;
        input.scope.frames.retain(others);
        input.scope.frames.push(frame);
        let expressions: Vec<Expression> = (list.into_iter().enumerate())
            .map(|(index, item)| match item {
                Written::Expression(expression) => expression,
                Written::Column(_) => Expression::new(ExpressionKind::Attribute {
                    parts: vec![index.to_string()],
                    plan_id: Some(OWN_FRAME),
                }),
            })
            .collect();
        let mut resolved = self.select(input, &expressions, environment)?;
        resolved
            .scope
            .frames
            .retain(|frame| frame.plan_id != OWN_FRAME);
        Ok(resolved)
    }

    /// `withColumnsRenamed`: names that are not there are ignored.
    pub(super) fn with_columns_renamed(
        &self,
        input: &Relation,
        renames: &[(String, String)],
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?.into_visible(&self.ids);
        for (from, to) in renames {
            for column in &mut input.scope.columns {
                if self.same_name(&column.attribute.name, from) {
                    column.attribute.name = to.as_str().into();
                }
            }
        }
        Ok(input)
    }

    /// `drop`: columns by name or as columns; those that are not there are ignored.
    pub(super) fn drop(
        &self,
        input: &Relation,
        columns: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?.into_visible(&self.ids);
        let mut dropped = Vec::new();
        for expression in columns {
            match &*expression.kind {
                ExpressionKind::Attribute {
                    parts,
                    plan_id: None,
                } => match input.scope.find(parts, self.case_sensitive()) {
                    Found::Column(column, used) if used == parts.len() => {
                        dropped.push(column.attribute.id);
                    }
                    Found::Several(columns) if parts.len() == 1 => {
                        dropped.extend(columns.iter().map(|column| column.attribute.id));
                    }
                    _ => {}
                },
                _ => {
                    let scopes = [&input.scope];
                    let mut resolver = Resolver::new(
                        self,
                        environment,
                        &scopes,
                        Clause::Other("DataFrameDropColumns"),
                    );
                    if let Ok(typed) = resolver.expression(expression)
                        && let crate::expr::Expr::Column(column) = typed.expr
                    {
                        dropped.push(column.id);
                    }
                }
            }
        }
        let below = input.scope.clone();
        input
            .scope
            .columns
            .retain(|column| !dropped.contains(&column.attribute.id));
        input.scope.below = Some(std::rc::Rc::new(below));
        let scope = input.scope.clone();
        let mut visible = input.into_visible(&self.ids);
        visible.scope.below = scope.below;
        Ok(visible)
    }

    /// `toDF(names)`
    pub(super) fn to_df(
        &self,
        input: &Relation,
        names: &[String],
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut input = self.relation(input, environment)?.into_visible(&self.ids);
        if names.len() != input.scope.columns.len() {
            return Err(Error::new(
                &conditions::ASSIGNMENT_ARITY_MISMATCH,
                [
                    ("numTarget", names.len().to_string()),
                    ("numExpr", input.scope.columns.len().to_string()),
                ],
            ));
        }
        for (column, name) in input.scope.columns.iter_mut().zip(names) {
            column.attribute.name = name.as_str().into();
        }
        Ok(input)
    }
}

/// The plan id of the columns that [`Analyzer::written`] lists; no DataFrame has it.
pub(super) const OWN_FRAME: u64 = u64::MAX;

/// An item of a select list that is built here.
enum Written {
    Column(ScopeColumn),
    Expression(Expression),
}
