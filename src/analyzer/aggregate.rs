//! `GROUP BY`, `HAVING` and global aggregation.
//!
//! ```text
//!   Project      the select list, over keys and aggregates
//!   [Window]     window functions over aggregates
//!   [Filter]     HAVING
//!   Aggregate    keys and collected calls
//!   [Expand]     grouping sets
//!   [Project]    keys and arguments that contain subqueries
//!   input
//! ```

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Aggregates, Clause, Resolver};
use super::group_keys::{GroupKey, GroupKeys};
use super::grouping_sets::{cube, product, rollup};
use super::lateral_alias::project_in_steps;
use super::missing::expose;
use super::resolved::Resolved;
use super::scope::{Found, Scope, ScopeColumn};
use super::select_list::Item;
use super::subquery::hoist;
use super::syntax;
use super::typed::Typed;
use crate::error::{Error, Result, conditions};
use crate::expr::{AggregateCall, Attribute, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Filter, Subquery};
use crate::plan::unresolved::{self, Expression, ExpressionKind, Grouping, GroupingElement};
use crate::types::{DataType, Value};
use hashbrown::HashMap;
use std::rc::Rc;

/// What ORDER BY over an aggregation needs to add aggregates to it.
#[derive(Debug)]
pub struct Aggregation {
    /// Names of the input, for arguments of aggregates.
    pub input: Scope,
    /// The keys.
    pub keys: GroupKeys,
    /// The calls so far.
    pub aggregates: Aggregates,
}

/// A resolved grouping clause.
struct Groups {
    keys: Vec<Typed>,
    /// Positions of keys per grouping set; None: one set of all keys.
    sets: Option<Vec<Vec<usize>>>,
}

impl Analyzer<'_> {
    /// A grouped or global aggregation.
    pub(super) fn aggregate(
        &self,
        node: &unresolved::Aggregate,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(&node.input, &environment.of_input())?;
        self.aggregate_over(input, node, environment)
    }

    /// The same over a resolved input.
    pub(super) fn aggregate_over(
        &self,
        input: Resolved,
        node: &unresolved::Aggregate,
        environment: &Environment,
    ) -> Result<Resolved> {
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::GroupBy);
        let mut items = resolver.expand(&node.expressions)?;
        let groups = self.groups(&mut resolver, &node.grouping, &items, &node.expressions)?;
        let mut key_subqueries = std::mem::take(&mut resolver.subqueries);
        if node.prepend_grouping {
            let keys = groups.keys.iter().cloned().map(Item::Column);
            items = keys.chain(items).collect();
        }
        let mut keys = GroupKeys {
            keys: Vec::new(),
            input: input.plan.output().iter().map(|column| column.id).collect(),
        };
        let mut aggregates = Aggregates::default();
        let mut plan = input.plan;
        let mut extra = Vec::new();
        let mut typed_keys = groups.keys;
        plan = hoist(
            plan,
            typed_keys.iter_mut().map(|key| &mut key.expr),
            &mut key_subqueries,
            &self.ids,
        );
        match groups.sets {
            None => {
                keys.keys = typed_keys
                    .into_iter()
                    .map(|key| self.plain_key(key))
                    .collect();
            }
            Some(sets) => {
                let expansion = self.expand_grouping_sets(plan, typed_keys, &sets);
                plan = expansion.plan;
                keys.keys = expansion.keys;
                extra = expansion.extra;
                aggregates.grouping = Some(expansion.facts);
            }
        }

        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select)
            .with_aggregates(aggregates)
            .with_windows();
        let mut list = resolver.select_list(&items)?;
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        let mut windows = resolver.windows.take().unwrap_or_default();
        let laterals = std::mem::take(&mut resolver.laterals);
        let mut aggregates = resolver.take_aggregates();

        let by_all = matches!(node.grouping, Grouping::All);
        for item in &mut list.items {
            let expr = std::mem::replace(&mut item.typed.expr, Expr::boolean(true));
            item.typed.expr = keys.replace(expr);
            keys.check(&item.typed, &subqueries)
                .map_err(|error| match by_all {
                    true => Error::of(&conditions::UNRESOLVED_ALL_IN_GROUP_BY),
                    false => error.at(item.typed.origin.as_ref()),
                })?;
        }
        windows.map_expressions(&mut |expr| keys.replace(expr));
        for expr in windows.expressions() {
            let typed = Typed::new(expr.clone(), "", None);
            keys.check(&typed, &subqueries)?;
        }
        keys.replace_in_subqueries(&mut subqueries);

        // HAVING: keys by their input names, then names of the select list.
        let mut having = None;
        if let Some(condition) = &node.having {
            let grouped = key_scope(&keys, &input.scope);
            let mut output = list.scope(&input.scope);
            output.frames.clear();
            let scopes = [&grouped, &output, &input.scope];
            let mut resolver = Resolver::new(self, environment, &scopes, Clause::Having)
                .with_aggregates(aggregates);
            resolver.aggregate_scope = Some(&input.scope);
            let typed = resolver.expression(condition)?;
            if !matches!(typed.data_type(), DataType::Boolean | DataType::Null) {
                return Err(super::filter::not_boolean(&typed).at(condition.origin.as_ref()));
            }
            let mut own = std::mem::take(&mut resolver.subqueries);
            aggregates = resolver.take_aggregates();
            let aliases: HashMap<_, _> = (list.items.iter())
                .map(|item| (item.attribute.id, item.typed.expr.clone()))
                .collect();
            let mut typed = typed;
            typed.expr = keys.replace(typed.expr).substitute(&aliases);
            if let Some(column) = keys.ungrouped(&typed.expr, &own) {
                return Err(self.not_grouped(&column, &list.scope(&input.scope), &keys, condition));
            }
            keys.replace_in_subqueries(&mut own);
            let used = super::lateral_alias::take_subqueries(
                &mut subqueries.clone(),
                std::iter::once(&typed.expr),
            );
            own.extend(used);
            having = Some((self.boolean(typed), own));
        }

        plan = self.aggregate_node(
            plan,
            &keys,
            &extra,
            &mut aggregates,
            &mut subqueries,
            having.as_mut().map(|(_, own)| own),
        );
        if let Some((predicate, subqueries)) = having {
            plan = LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries,
            });
        }
        if let Some(mut generator) = list.generator.take() {
            for argument in &mut generator.arguments {
                let expr = std::mem::replace(argument, Expr::boolean(true));
                *argument = keys.replace(expr);
                let typed = Typed::new(argument.clone(), "", None);
                keys.check(&typed, &subqueries)?;
            }
            plan = hoist(
                plan,
                generator.arguments.iter_mut(),
                &mut subqueries,
                &self.ids,
            );
            plan = generator.over(plan);
        }
        plan = windows.over(plan);
        let mut scope = list.scope(&input.scope);
        plan = project_in_steps(plan, list.expressions(), subqueries, &laterals);
        scope.below = Some(Rc::new(key_scope(&keys, &input.scope)));
        Ok(Resolved {
            plan,
            scope,
            aggregation: Some(Box::new(Aggregation {
                input: input.scope,
                keys,
                aggregates,
            })),
        })
    }

    fn boolean(&self, typed: Typed) -> Expr {
        super::expression::coerce(typed.expr, &DataType::Boolean, self.ansi(), &typed.origin)
    }

    /// The Aggregate node, below it a Project for arguments that contain subqueries.
    fn aggregate_node(
        &self,
        input: LogicalPlan,
        keys: &GroupKeys,
        extra: &[Attribute],
        aggregates: &mut Aggregates,
        subqueries: &mut Vec<Subquery>,
        having: Option<&mut Vec<Subquery>>,
    ) -> LogicalPlan {
        let mut calls: Vec<(Attribute, AggregateCall)> = (aggregates.calls.iter())
            .map(|(column, call, _)| (column.clone(), call.clone()))
            .collect();
        let mut input = hoist_calls(input, &mut calls, subqueries, self);
        if let Some(own) = having {
            input = hoist_calls(input, &mut calls, own, self);
        }
        let grouped = aggregates.grouping.is_some();
        let named = keys.keys.iter().map(|key| match grouped {
            true => NamedExpr::pass(&key.attribute),
            false => NamedExpr {
                id: key.attribute.id,
                name: key.attribute.name.clone(),
                expr: key.expr.clone(),
            },
        });
        let keys = named.chain(extra.iter().map(NamedExpr::pass)).collect();
        LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input),
            keys,
            calls,
        })
    }

    /// A key without grouping sets: a column keeps its id.
    fn plain_key(&self, key: Typed) -> GroupKey {
        let attribute = match &key.expr {
            Expr::Column(column) => column.clone(),
            expr => self.column(key.output_name(), expr.data_type(), expr.nullable()),
        };
        GroupKey {
            attribute,
            expr: key.expr,
        }
    }

    /// The keys and grouping sets of a GROUP BY.
    fn groups(
        &self,
        resolver: &mut Resolver,
        grouping: &Grouping,
        items: &[Item],
        written: &[Expression],
    ) -> Result<Groups> {
        let elements = match grouping {
            Grouping::Global => {
                return Ok(Groups {
                    keys: Vec::new(),
                    sets: None,
                });
            }
            Grouping::All => {
                return Ok(Groups {
                    keys: self.all_keys(resolver, items)?,
                    sets: None,
                });
            }
            Grouping::Elements(elements) => elements,
        };
        let mut keys: Vec<Typed> = Vec::new();
        let plain = elements
            .iter()
            .all(|e| matches!(e, GroupingElement::Expression(_)));
        let mut sets = Vec::new();
        for element in elements {
            sets.push(self.element(resolver, element, items, written, &mut keys)?);
        }
        Ok(Groups {
            keys,
            sets: (!plain).then(|| product(sets)),
        })
    }

    /// The sets of one element, as positions of keys; new keys are added.
    fn element(
        &self,
        resolver: &mut Resolver,
        element: &GroupingElement,
        items: &[Item],
        written: &[Expression],
        keys: &mut Vec<Typed>,
    ) -> Result<Vec<Vec<usize>>> {
        let mut key_set = |expressions: &[Expression], keys: &mut Vec<Typed>| {
            let mut set: Vec<usize> = Vec::with_capacity(expressions.len());
            for expression in expressions {
                let typed = self.key(resolver, expression, items, written)?;
                let known = keys.iter().position(|known| known.expr.same(&typed.expr));
                let position = known.unwrap_or_else(|| {
                    keys.push(typed);
                    keys.len() - 1
                });
                if !set.contains(&position) {
                    set.push(position);
                }
            }
            Ok::<_, Error>(set)
        };
        Ok(match element {
            GroupingElement::Expression(expression) => {
                vec![key_set(std::slice::from_ref(expression), keys)?]
            }
            GroupingElement::Set(expressions) => vec![key_set(expressions, keys)?],
            GroupingElement::Rollup(groups) => {
                let groups: Result<Vec<_>> =
                    groups.iter().map(|group| key_set(group, keys)).collect();
                rollup(&groups?)
            }
            GroupingElement::Cube(groups) => {
                let groups: Result<Vec<_>> =
                    groups.iter().map(|group| key_set(group, keys)).collect();
                cube(&groups?)
            }
            GroupingElement::GroupingSets(elements) => {
                let mut sets = Vec::new();
                for element in elements {
                    sets.extend(self.element(resolver, element, items, written, keys)?);
                }
                sets
            }
        })
    }

    /// One key: an ordinal, an expression over the input, or an alias of the select list.
    fn key(
        &self,
        resolver: &mut Resolver,
        expression: &Expression,
        items: &[Item],
        written: &[Expression],
    ) -> Result<Typed> {
        let config = self.config();
        let origin = expression.origin.as_ref();
        if let ExpressionKind::Literal(Value::Integer(index), _) = &*expression.kind
            && config.flag("spark.sql.groupByOrdinal")
        {
            let index = *index;
            let item = usize::try_from(index)
                .ok()
                .and_then(|i| items.get(i.checked_sub(1)?));
            let Some(item) = item else {
                return Err(Error::new(
                    &conditions::GROUP_BY_POS_OUT_OF_RANGE,
                    [
                        ("index", index.to_string()),
                        ("size", items.len().to_string()),
                    ],
                )
                .at(origin));
            };
            let _ = written;
            return match item {
                Item::Column(typed) => Ok(typed.clone()),
                Item::Written(item) => {
                    if syntax::has_aggregate(item) {
                        let mut probe = Resolver::new(
                            self,
                            resolver.environment,
                            resolver.scopes,
                            Clause::Select,
                        )
                        .with_aggregates(Aggregates::default())
                        .with_windows();
                        let sql = probe.expression(item)?.output_name().to_string();
                        return Err(Error::new(
                            &conditions::GROUP_BY_POS_AGGREGATE,
                            [("index", index.to_string()), ("aggExpr", sql)],
                        )
                        .at(origin));
                    }
                    self.alias_value(resolver, item, items)
                }
            };
        }
        let name = match &*expression.kind {
            ExpressionKind::Attribute {
                parts,
                plan_id: None,
            } => match parts.as_slice() {
                [name] => Some(name),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = name.filter(|_| config.flag("spark.sql.groupByAliases")) else {
            return resolver.expression(expression);
        };
        let is_column = resolver.scopes.iter().any(|scope| {
            !matches!(
                scope.find(std::slice::from_ref(name), self.case_sensitive()),
                Found::Nothing
            )
        });
        let alias = items.iter().find_map(|item| match item {
            Item::Written(item) => match &*item.kind {
                ExpressionKind::Alias { names, .. }
                    if names.len() == 1 && self.same_name(&names[0], name) =>
                {
                    Some(*item)
                }
                _ => None,
            },
            Item::Column(_) => None,
        });
        match alias {
            Some(item) if !is_column => self.alias_value(resolver, item, items),
            _ => resolver.expression(expression),
        }
    }

    /// The value of an item of the select list that is grouped by.
    fn alias_value(&self, resolver: &mut Resolver, item: &Expression, _: &[Item]) -> Result<Typed> {
        resolver.expression(item)
    }

    /// The keys of GROUP BY ALL: every item without aggregates.
    fn all_keys(&self, resolver: &mut Resolver, items: &[Item]) -> Result<Vec<Typed>> {
        let mut keys: Vec<Typed> = Vec::new();
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
            if !keys.iter().any(|known| known.expr.same(&typed.expr)) {
                keys.push(typed);
            }
        }
        Ok(keys)
    }

    /// A column in HAVING or ORDER BY that is not grouped by: as if it were not there.
    fn not_grouped(
        &self,
        column: &Attribute,
        output: &Scope,
        keys: &GroupKeys,
        condition: &Expression,
    ) -> Error {
        let error = if keys.keys.is_empty() {
            Error::of(&conditions::MISSING_GROUP_BY)
        } else {
            super::suggestion::unresolved_column(&[column.name.to_string()], &[output])
        };
        error.at(condition.origin.as_ref())
    }
}

/// The scope of the keys that are plain columns, under their input names.
pub(super) fn key_scope(keys: &GroupKeys, input: &Scope) -> Scope {
    let columns = keys.keys.iter().filter_map(|key| match &key.expr {
        Expr::Column(column) => {
            let source = input.by_id(column.id)?;
            Some(ScopeColumn {
                attribute: key.attribute.clone(),
                ..source.clone()
            })
        }
        _ => None,
    });
    Scope {
        columns: columns.collect(),
        frames: input.frames.clone(),
        below: None,
    }
}

/// [`hoist`] for the arguments and filters of calls.
fn hoist_calls(
    input: LogicalPlan,
    calls: &mut [(Attribute, AggregateCall)],
    subqueries: &mut Vec<Subquery>,
    analyzer: &Analyzer,
) -> LogicalPlan {
    let expressions = calls
        .iter_mut()
        .flat_map(|(_, call)| call.arguments.iter_mut().chain(&mut call.filter));
    let known: Vec<_> = subqueries.iter().map(|subquery| subquery.id).collect();
    let own = expressions
        .filter(|expr| expr.any(|node| node.subquery_id().is_some_and(|id| known.contains(&id))));
    hoist(input, own, subqueries, &analyzer.ids)
}

/// Adds calls to the Aggregate node below a select list, and passes their columns up.
pub(super) fn add_calls(
    plan: &mut LogicalPlan,
    calls: Vec<(Attribute, AggregateCall)>,
    subqueries: &mut Vec<Subquery>,
    analyzer: &Analyzer,
) -> Result<()> {
    let columns: Vec<Attribute> = calls.iter().map(|(column, _)| column.clone()).collect();
    let mut node = &mut *plan;
    loop {
        node = match node {
            LogicalPlan::Aggregate(aggregate) => {
                let mut calls = calls;
                let input = std::mem::replace(&mut *aggregate.input, LogicalPlan::one_row());
                *aggregate.input = hoist_calls(input, &mut calls, subqueries, analyzer);
                aggregate.calls.extend(calls);
                break;
            }
            LogicalPlan::Project(project) => &mut project.input,
            LogicalPlan::Filter(filter) => &mut filter.input,
            LogicalPlan::Window(window) => &mut window.input,
            LogicalPlan::Generate(generate) => &mut generate.input,
            LogicalPlan::Sort(sort) => &mut sort.input,
            LogicalPlan::Limit(limit) => &mut limit.input,
            other => return Err(Error::internal(format!("no aggregation below {other:?}"))),
        };
    }
    for column in &columns {
        expose(plan, column);
    }
    Ok(())
}
