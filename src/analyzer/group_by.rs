//! The elements of GROUP BY: expressions, positions and aliases of the select list, ALL, grouping sets.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Aggregates, Clause, Resolver};
use super::grouping_sets::{cube, product, rollup};
use super::scope::Scope;
use super::select_list::Item;
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions};
use crate::plan::logical::Subquery;
use crate::plan::unresolved::{Expression, ExpressionKind, Grouping, GroupingElement};
use crate::types::Value;

/// A resolved grouping clause.
#[derive(Default)]
pub(super) struct Groups {
    /// The keys, each once.
    pub keys: Vec<Typed>,
    /// Positions of keys per grouping set; None: one set of all keys.
    pub sets: Option<Vec<Vec<usize>>>,
    /// Subqueries of the keys.
    pub subqueries: Vec<Subquery>,
}

impl Analyzer<'_> {
    /// The keys and grouping sets of a GROUP BY over a select list.
    pub(super) fn groups(
        &self,
        environment: &Environment,
        scopes: &[&Scope],
        grouping: &Grouping,
        items: &[Item],
    ) -> Result<Groups> {
        let mut resolver = Resolver::new(self, environment, scopes, Clause::GroupBy);
        let mut groups = Groups::default();
        match grouping {
            Grouping::Global => {}
            Grouping::All => {
                for item in items {
                    let typed = match item {
                        Item::Column(typed) => typed.clone(),
                        Item::Written(item)
                            if syntax::has_aggregate(item) || syntax::is_generator(item) =>
                        {
                            continue;
                        }
                        Item::Written(item) => resolver.expression(item)?,
                    };
                    resolver.add_key(&mut groups.keys, typed);
                }
            }
            Grouping::Elements(elements) => {
                let is_plain = |e: &GroupingElement| matches!(e, GroupingElement::Expression(_));
                if self.config().flag("spark.sql.groupByAliases") {
                    resolver.select_items = items;
                }
                let mut sets = Vec::with_capacity(elements.len());
                for element in elements {
                    sets.push(resolver.element(element, items, &mut groups.keys)?);
                }
                let plain = elements.iter().all(is_plain);
                groups.sets = (!plain).then(|| product(sets));
            }
        }
        groups.subqueries = std::mem::take(&mut resolver.subqueries);
        Ok(groups)
    }
}

impl Resolver<'_> {
    /// The sets of one element, as positions of keys; new keys are added.
    fn element(
        &mut self,
        element: &GroupingElement,
        items: &[Item],
        keys: &mut Vec<Typed>,
    ) -> Result<Vec<Vec<usize>>> {
        let mut sets_of = |groups: &[Vec<Expression>], keys: &mut Vec<Typed>| {
            let sets = groups.iter().map(|group| self.key_set(group, items, keys));
            sets.collect::<Result<Vec<Vec<usize>>>>()
        };
        Ok(match element {
            GroupingElement::Expression(expression) => sets_of(&[vec![expression.clone()]], keys)?,
            GroupingElement::Set(expressions) => sets_of(std::slice::from_ref(expressions), keys)?,
            GroupingElement::Rollup(groups) => rollup(&sets_of(groups, keys)?),
            GroupingElement::Cube(groups) => cube(&sets_of(groups, keys)?),
            GroupingElement::Keys(expressions) => {
                self.key_set(expressions, items, keys)?;
                vec![Vec::new()]
            }
            GroupingElement::GroupingSets(elements) => {
                let mut sets = Vec::new();
                for element in elements {
                    sets.extend(self.element(element, items, keys)?);
                }
                sets
            }
        })
    }

    /// The positions of the keys of one set.
    fn key_set(
        &mut self,
        expressions: &[Expression],
        items: &[Item],
        keys: &mut Vec<Typed>,
    ) -> Result<Vec<usize>> {
        let mut set: Vec<usize> = Vec::with_capacity(expressions.len());
        for expression in expressions {
            let typed = self.key(expression, items)?;
            let position = self.add_key(keys, typed);
            if !set.contains(&position) {
                set.push(position);
            }
        }
        Ok(set)
    }

    /// The position of a key, which is added unless it is there already.
    fn add_key(&self, keys: &mut Vec<Typed>, key: Typed) -> usize {
        let same = |known: &Typed| self.analyzer.equivalent(&known.expr, &key.expr);
        keys.iter().position(same).unwrap_or_else(|| {
            keys.push(key);
            keys.len() - 1
        })
    }

    /// One key: a position of the select list, or an expression.
    fn key(&mut self, expression: &Expression, items: &[Item]) -> Result<Typed> {
        let by_ordinal = self.analyzer.config().flag("spark.sql.groupByOrdinal");
        let index = match &*expression.kind {
            ExpressionKind::Literal(Value::Integer(index), _) if by_ordinal => *index,
            _ => return self.expression(expression),
        };
        let item = usize::try_from(index)
            .ok()
            .and_then(|i| items.get(i.checked_sub(1)?));
        let origin = expression.origin.as_ref();
        match item {
            None => Err(Error::new(
                &conditions::GROUP_BY_POS_OUT_OF_RANGE,
                [
                    ("index", index.to_string()),
                    ("size", items.len().to_string()),
                ],
            )
            .at(origin)),
            Some(Item::Column(typed)) => Ok(typed.clone()),
            Some(Item::Written(item)) if syntax::has_aggregate(item) => {
                let mut probe =
                    Resolver::new(self.analyzer, self.environment, self.scopes, Clause::Select)
                        .with_aggregates(Aggregates::default())
                        .with_windows();
                let sql = probe.expression(item)?.sql;
                Err(Error::new(
                    &conditions::GROUP_BY_POS_AGGREGATE,
                    [("index", index.to_string()), ("aggExpr", sql)],
                )
                .at(origin))
            }
            Some(Item::Written(item)) => self.expression(item),
        }
    }

    /// The item of the select list that a name in GROUP BY means, if the input has no such column.
    pub(super) fn selected_as(
        &mut self,
        name: &str,
        origin: &Option<Origin>,
    ) -> Result<Option<Typed>> {
        // An item is not looked up among its own names.
        let items = std::mem::take(&mut self.select_items);
        let mut found = Ok(None);
        for item in items {
            let expression = match item {
                Item::Written(expression) => *expression,
                Item::Column(_) => continue,
            };
            let matches = match &*expression.kind {
                ExpressionKind::Alias { names, .. } => {
                    names.len() == 1 && self.analyzer.same_name(&names[0], name)
                }
                _ => {
                    let subqueries = self.subqueries.len();
                    let typed = self.expression(expression);
                    self.subqueries.truncate(subqueries);
                    typed.is_ok_and(|typed| self.analyzer.same_name(typed.output_name(), name))
                }
            };
            if matches {
                found = self.expression(expression).map(|typed| {
                    Some(Typed {
                        origin: origin.clone(),
                        ..typed
                    })
                });
                break;
            }
        }
        self.select_items = items;
        found
    }
}
