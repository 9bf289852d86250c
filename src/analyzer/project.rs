//! `SELECT` without GROUP BY.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::lateral_alias::project_in_steps;
use super::resolved::Resolved;
use super::subquery::hoist;
use super::syntax;
use crate::error::Result;
use crate::plan::unresolved::{Aggregate, Expression, Grouping, Relation};
use std::rc::Rc;

impl Analyzer<'_> {
    /// A select list over a relation. One with aggregates makes one group of all rows.
    pub(super) fn project(
        &self,
        input: &Relation,
        expressions: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        let named_windows = environment.windows.iter();
        let aggregates = expressions.iter().any(syntax::has_aggregate)
            || (named_windows
                .clone()
                .any(|(_, spec)| syntax::spec_has_aggregate(spec))
                && expressions.iter().any(syntax::has_window));
        if aggregates {
            let node = Aggregate {
                input: input.clone(),
                grouping: Grouping::Global,
                expressions: expressions.to_vec(),
                having: None,
                prepend_grouping: false,
            };
            return self.aggregate(&node, environment);
        }
        let input = self.relation(input, &environment.of_input())?;
        self.select(input, expressions, environment)
    }

    /// A select list without aggregates over a resolved input.
    pub(super) fn select(
        &self,
        input: Resolved,
        expressions: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        let (input, session) = self.with_time_window(input, expressions.iter(), environment)?;
        let scopes = [&input.scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Select).with_windows();
        let items = resolver.expand(expressions)?;
        let mut list = resolver.select_list(&items)?;
        let mut subqueries = std::mem::take(&mut resolver.subqueries);
        let mut windows = resolver.windows.take().unwrap_or_default();
        let laterals = std::mem::take(&mut resolver.laterals);
        let mut plan = input.plan;
        if let Some(session) = session {
            plan = session.over(plan, &[], self)?;
        }
        for mut generator in std::mem::take(&mut list.generators) {
            plan = hoist(
                plan,
                generator.arguments.iter_mut(),
                &mut subqueries,
                &self.ids,
            );
            plan = generator.over(plan);
        }
        if windows.expressions().any(|expr| expr.has_subquery()) {
            let mut taken = Vec::new();
            windows.map_expressions(&mut |expr| {
                taken.push(expr.clone());
                expr
            });
            plan = hoist(plan, taken.iter_mut(), &mut subqueries, &self.ids);
            let mut replaced = taken.into_iter();
            windows.map_expressions(&mut |expr| replaced.next().unwrap_or(expr));
        }
        plan = windows.over(plan);
        let mut scope = list.scope(&input.scope);
        plan = project_in_steps(plan, list.expressions(), subqueries, &laterals);
        scope.below = Some(Rc::new(input.scope));
        Ok(Resolved::new(plan, scope))
    }
}
