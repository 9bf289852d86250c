//! `HAVING`.
//!
//! Names mean grouping columns first, then columns of the select list; in arguments of aggregates they mean
//! columns of the input.

use super::Analyzer;
use super::aggregate::key_scope;
use super::environment::Environment;
use super::expression::{Aggregates, Clause, Resolver, coerce};
use super::filter::not_boolean;
use super::group_keys::GroupKeys;
use super::lateral_alias::take_subqueries;
use super::scope::Scope;
use super::select_list::SelectList;
use super::suggestion::unresolved_column;
use crate::error::Result;
use crate::expr::Expr;
use crate::plan::logical::Subquery;
use crate::plan::unresolved::Expression;
use crate::types::DataType;
use hashbrown::HashMap;

/// A resolved HAVING.
pub(super) struct Having {
    /// The condition, over keys and aggregates.
    pub predicate: Expr,
    /// Its subqueries.
    pub subqueries: Vec<Subquery>,
    /// All aggregates, its own included.
    pub aggregates: Aggregates,
    /// Whether every key and aggregate it uses is a column of the select list. If not, Spark drops the
    /// others before ORDER BY, which then sees no aggregation any more.
    pub in_select_list: bool,
}

impl Analyzer<'_> {
    /// Resolves HAVING over an input, its keys and the select list.
    pub(super) fn having(
        &self,
        condition: &Expression,
        (input, keys, list): (&Scope, &GroupKeys, &SelectList),
        aggregates: Aggregates,
        subqueries: &[Subquery],
        environment: &Environment,
    ) -> Result<Having> {
        let grouped = key_scope(keys, input);
        let mut output = list.scope(input);
        output.frames.clear();
        let scopes = [&grouped, &output, input];
        let mut resolver =
            Resolver::new(self, environment, &scopes, Clause::Having).with_aggregates(aggregates);
        resolver.aggregate_scope = Some(input);
        let mut typed = resolver.expression(condition)?;
        if typed.data_type() != DataType::Boolean {
            return Err(not_boolean(&typed).at(condition.origin.as_ref()));
        }
        let mut own = std::mem::take(&mut resolver.subqueries);
        let aggregates = resolver.take_aggregates();
        let replaced = keys.replace(typed.expr, self);
        let in_select_list = replaced.references().iter().all(|id| {
            list.items.iter().any(|item| {
                item.attribute.id == *id
                    || matches!(&item.typed.expr, Expr::Column(column) if column.id == *id)
            })
        });
        let aliases: HashMap<_, _> = (list.items.iter())
            .map(|item| (item.attribute.id, item.typed.expr.clone()))
            .collect();
        typed.expr = replaced.substitute(&aliases);
        if let Some(column) = keys.ungrouped(&typed.expr, &own) {
            let parts = [column.name.to_string()];
            let error = unresolved_column(&parts, &[&list.scope(input)]);
            return Err(error.at(condition.origin.as_ref()));
        }
        keys.replace_in_subqueries(&mut own);
        // Subqueries of aliases it uses come along.
        let mut known = subqueries.to_vec();
        own.extend(take_subqueries(&mut known, std::iter::once(&typed.expr)));
        let origin = typed.origin;
        Ok(Having {
            predicate: coerce(typed.expr, &DataType::Boolean, self.ansi(), &origin),
            subqueries: own,
            aggregates,
            in_select_list,
        })
    }
}
