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
use super::expression::{Aggregates, Clause, Resolver, Windows};
use super::group_keys::{GroupKey, GroupKeys};
use super::lateral_alias::project_in_steps;
use super::missing::expose;
use super::resolved::Resolved;
use super::scope::{Scope, ScopeColumn};
use super::select_list::{Item, SelectList};
use super::subquery::hoist;
use super::typed::Typed;
use crate::error::{Error, Result, conditions, quote};
use crate::expr::{AggregateCall, Attribute, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Filter, Subquery};
use crate::plan::unresolved::{self, Grouping};
use hashbrown::HashSet;
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

impl Analyzer<'_> {
    /// A grouped or global aggregation.
    pub(super) fn aggregate(
        &self,
        node: &unresolved::Aggregate,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(&node.input, &environment.of_input())?;
        let written = node.expressions.iter().chain(node.grouping.expressions());
        let (mut input, session) = self.with_time_window(input, written, environment)?;
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::GroupBy);
        let mut items = resolver.expand(&node.expressions)?;
        let groups = self.groups(environment, &scopes, &node.grouping, &items)?;
        if groups.sets.is_some() {
            // A set that lacks a key gives NULL for it, whatever the column was before.
            for column in &mut input.scope.columns {
                column.attribute.nullable = true;
            }
        }
        let scopes = [&input.scope];
        if node.prepend_grouping {
            let keys = groups.keys.iter().cloned().map(Item::Column);
            items = keys.chain(items).collect();
        }

        // The keys, below them a Project for those that contain subqueries.
        let mut keys = GroupKeys {
            keys: Vec::new(),
            input: input.plan.output().iter().map(|column| column.id).collect(),
            has_sets: groups.sets.is_some(),
        };
        let mut computed: Vec<Expr> = groups.keys.iter().map(|key| key.expr.clone()).collect();
        let mut key_subqueries = groups.subqueries;
        let mut plan = hoist(
            input.plan,
            computed.iter_mut(),
            &mut key_subqueries,
            &self.ids,
        );
        if let Some(session) = session {
            plan = session.over(plan, &computed, self)?;
            let made = plan.output().into_iter().map(|column| column.id);
            keys.input.extend(made);
        }
        let mut aggregates = Aggregates::default();
        let mut extra = Vec::new();
        match groups.sets {
            None => {
                let pairs = groups.keys.into_iter().zip(computed);
                keys.keys = pairs
                    .map(|(key, computed)| self.plain_key(key, computed))
                    .collect();
            }
            Some(sets) => {
                let expansion = self.expand_grouping_sets(plan, groups.keys, computed, &sets);
                plan = expansion.plan;
                keys.keys = expansion.keys;
                extra = expansion.extra;
                aggregates.grouping = Some(expansion.facts);
            }
        }

        // The select list over keys and aggregates.
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select)
            .with_aggregates(aggregates)
            .with_windows();
        let mut list = resolver.select_list(&items)?;
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        let mut windows = resolver.windows.take().unwrap_or_default();
        let laterals = std::mem::take(&mut resolver.laterals);
        let mut aggregates = resolver.take_aggregates();
        check_correlation(&list, &keys, &aggregates)?;
        let by_all = matches!(node.grouping, Grouping::All);
        for item in &mut list.items {
            let expr = std::mem::replace(&mut item.typed.expr, Expr::boolean(true));
            item.typed.expr = keys.replace(expr, self);
            let checked = keys.check(&item.typed, &subqueries);
            checked.map_err(|error| match by_all {
                true => Error::of(&conditions::UNRESOLVED_ALL_IN_GROUP_BY),
                false => error.at(item.typed.origin.as_ref()),
            })?;
        }
        windows.map_expressions(&mut |expr| keys.replace(expr, self));
        for expr in windows.expressions() {
            let typed = Typed::new(expr.clone(), "", None);
            keys.check(&typed, &subqueries)?;
        }
        keys.replace_in_subqueries(&mut subqueries);
        retain_used(&mut subqueries, &list, &windows, &aggregates);

        let mut sortable = windows.groups.is_empty();
        let mut having = None;
        if let Some(condition) = &node.having {
            let filter = self.having(
                condition,
                (&input.scope, &keys, &list),
                aggregates,
                &subqueries,
                environment,
            )?;
            sortable &= filter.in_select_list;
            aggregates = filter.aggregates;
            having = Some((filter.predicate, filter.subqueries));
        }

        let calls = &mut calls_of(&aggregates);
        plan = hoist_calls(plan, calls, &mut subqueries, self);
        if let Some((_, own)) = &mut having {
            plan = hoist_calls(plan, calls, own, self);
        }
        let named = keys.keys.iter().map(GroupKey::named);
        plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(plan),
            keys: named.chain(extra.iter().map(NamedExpr::pass)).collect(),
            calls: std::mem::take(calls),
        });
        if let Some((predicate, subqueries)) = having {
            plan = LogicalPlan::Filter(Filter {
                input: Box::new(plan),
                predicate,
                subqueries,
            });
        }
        for mut generator in std::mem::take(&mut list.generators) {
            for argument in &mut generator.arguments {
                let expr = std::mem::replace(argument, Expr::boolean(true));
                *argument = keys.replace(expr, self);
                keys.check(&Typed::new(argument.clone(), "", None), &subqueries)?;
            }
            let arguments = generator.arguments.iter_mut();
            plan = hoist(plan, arguments, &mut subqueries, &self.ids);
            plan = generator.over(plan);
        }
        plan = windows.over(plan);
        let mut scope = list.scope(&input.scope);
        plan = project_in_steps(plan, list.expressions(), subqueries, &laterals);
        scope.below = Some(Rc::new(key_scope(&keys, &input.scope)));
        let aggregation = sortable.then(|| {
            Box::new(Aggregation {
                input: input.scope,
                keys,
                aggregates,
            })
        });
        Ok(Resolved {
            plan,
            scope,
            aggregation,
        })
    }

    /// A key without grouping sets: a column keeps its id.
    fn plain_key(&self, key: Typed, computed: Expr) -> GroupKey {
        let attribute = match &key.expr {
            Expr::Column(column) => column.clone(),
            expr => self.column(key.output_name(), expr.data_type(), expr.nullable()),
        };
        GroupKey {
            attribute,
            expr: key.expr,
            computed,
        }
    }
}

/// Columns of enclosing queries cannot be grouped by or stand beside aggregates.
fn check_correlation(list: &SelectList, keys: &GroupKeys, aggregates: &Aggregates) -> Result<()> {
    let correlated = |expr: &Expr| expr.any(|node| matches!(node, Expr::Outer(_)));
    let mut found: Vec<String> = Vec::new();
    for item in &list.items {
        let of_calls = aggregates.calls.iter().any(|(column, call, _)| {
            let used = item.typed.expr.references().contains(&column.id);
            used && call.expressions().any(correlated)
        });
        if of_calls || correlated(&item.typed.expr) {
            found.push(quote::sql_expression(&item.typed.sql));
        }
    }
    if found.is_empty() && !keys.keys.iter().any(|key| correlated(&key.expr)) {
        return Ok(());
    }
    Err(Error::new(
        &conditions::CORRELATED_REFERENCE,
        [("sqlExprs", found.join(","))],
    ))
}

/// Drops the subqueries of expressions that a key stands in for: they are computed below the aggregation.
fn retain_used(
    subqueries: &mut Vec<Subquery>,
    list: &SelectList,
    windows: &Windows,
    aggregates: &Aggregates,
) {
    let mut used = HashSet::new();
    let items = list.items.iter().map(|item| &item.typed.expr);
    let generator = list.generators.iter().flat_map(|made| &made.arguments);
    let calls = (aggregates.calls.iter()).flat_map(|(_, call, _)| call.expressions());
    for expr in items
        .chain(generator)
        .chain(windows.expressions())
        .chain(calls)
    {
        expr.visit(&mut |node| used.extend(node.subquery_id()));
    }
    subqueries.retain(|subquery| used.contains(&subquery.id));
}

fn calls_of(aggregates: &Aggregates) -> Vec<(Attribute, AggregateCall)> {
    let calls = aggregates.calls.iter();
    calls
        .map(|(column, call, _)| (column.clone(), call.clone()))
        .collect()
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
        time_window: None,
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
