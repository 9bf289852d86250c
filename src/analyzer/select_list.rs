//! Select lists: stars expanded, items resolved in order, their output columns and qualifiers.

use super::Analyzer;
use super::expression::{Inside, Resolver};
use super::generate::BoundGenerator;
use super::lateral_alias::Lateral;
use super::scope::{Scope, ScopeColumn};
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{Attribute, Expr, NamedExpr};
use crate::plan::unresolved::{Expression, ExpressionKind};
use std::rc::Rc;

/// An item of a select list after stars were expanded.
#[derive(Clone)]
pub(super) enum Item<'s> {
    /// A column of a star.
    Column(Typed),
    /// Anything else.
    Written(&'s Expression),
}

/// A resolved select list.
#[derive(Default)]
pub(super) struct SelectList {
    /// The output columns.
    pub items: Vec<SelectItem>,
    /// The generators, with the columns they make; each sees the columns of those before it.
    pub generators: Vec<BoundGenerator>,
}

/// An output column of a select list.
pub(super) struct SelectItem {
    /// Its value and name.
    pub typed: Typed,
    /// Its column, unless it passes one through: then that column under this id.
    pub attribute: Attribute,
}

impl<'r> Resolver<'r> {
    /// Expands the stars of a select list.
    pub(super) fn expand<'s>(&mut self, expressions: &'s [Expression]) -> Result<Vec<Item<'s>>> {
        let mut items = Vec::with_capacity(expressions.len());
        for expression in expressions {
            match &*expression.kind {
                ExpressionKind::Star { target, except } => {
                    let columns = self.expand_star(target, except, &expression.origin)?;
                    items.extend(columns.into_iter().map(Item::Column));
                }
                _ => items.push(Item::Written(expression)),
            }
        }
        Ok(items)
    }

    /// Resolves a select list, item by item; each alias is known to the items after it.
    pub(super) fn select_list(&mut self, items: &[Item]) -> Result<SelectList> {
        let mut list = SelectList::default();
        let generators: Vec<&Expression> = (items.iter())
            .filter_map(|item| match item {
                Item::Written(expression) if syntax::is_generator(expression) => Some(*expression),
                _ => None,
            })
            .collect();
        if generators.len() > 1 && self.aggregates.is_some() {
            let mut texts = Vec::with_capacity(generators.len());
            for generator in &generators {
                texts.push(quote::sql_expression(&self.bind_generator(generator)?.sql));
            }
            return Err(Error::new(
                &conditions::UNSUPPORTED_GENERATOR_MULTI_GENERATOR,
                [
                    ("num", generators.len().to_string()),
                    ("generators", texts.join(", ")),
                ],
            ));
        }
        for item in items {
            let typed = match item {
                Item::Column(typed) => typed.clone(),
                Item::Written(expression) if syntax::is_generator(expression) => {
                    let generator = self.bind_generator(expression)?;
                    for column in &generator.columns {
                        let typed = Typed {
                            name: Some(column.name.to_string()),
                            ..Typed::new(
                                Expr::Column(column.clone()),
                                column.name.to_string(),
                                expression.origin.clone(),
                            )
                        };
                        list.push(self.analyzer, typed, &mut self.laterals);
                    }
                    list.generators.push(generator);
                    continue;
                }
                Item::Written(expression) => {
                    self.inside = Inside::Nothing;
                    self.expression(expression)?
                }
            };
            list.push(self.analyzer, typed, &mut self.laterals);
        }
        Ok(list)
    }
}

impl SelectList {
    fn push(&mut self, analyzer: &Analyzer, typed: Typed, laterals: &mut Vec<Lateral>) {
        let passes = match &typed.expr {
            Expr::Column(column)
                if !typed.aliased && typed.name.as_deref() == Some(&*column.name) =>
            {
                Some(column)
            }
            _ => None,
        };
        let used =
            |column: &Attribute| self.items.iter().any(|item| item.attribute.id == column.id);
        let attribute = match passes {
            Some(column) if !used(column) => column.clone(),
            _ => analyzer.column(
                typed.output_name(),
                typed.data_type(),
                typed.expr.nullable(),
            ),
        };
        let is_field = typed.name.is_some() && !matches!(typed.expr, Expr::Column(_));
        if typed.aliased || is_field {
            laterals.push(Lateral {
                name: typed.output_name().to_string(),
                attribute: attribute.clone(),
            });
        }
        self.items.push(SelectItem { typed, attribute });
    }

    /// The expressions of a Project.
    pub fn expressions(&self) -> Vec<NamedExpr> {
        let named = |item: &SelectItem| NamedExpr {
            id: item.attribute.id,
            name: item.attribute.name.clone(),
            expr: item.typed.expr.clone(),
        };
        self.items.iter().map(named).collect()
    }

    /// The scope of the output: columns that are passed through keep their qualifiers.
    pub fn scope(&self, input: &Scope) -> Scope {
        let columns = self.items.iter().map(|item| {
            let passed = match &item.typed.expr {
                Expr::Column(column) if !item.typed.aliased => input.by_id(column.id),
                _ => None,
            };
            let mut attribute = item.attribute.clone();
            attribute.data_type = item.typed.expr.data_type();
            attribute.nullable = item.typed.expr.nullable();
            match passed {
                Some(source) => ScopeColumn {
                    attribute,
                    qualifier: source.qualifier.clone(),
                    identity: source.identity,
                    hidden: false,
                },
                None => ScopeColumn::new(attribute, Rc::from([])),
            }
        });
        Scope {
            columns: columns.collect(),
            frames: input.frames.clone(),
            below: None,
            time_window: None,
        }
    }
}
