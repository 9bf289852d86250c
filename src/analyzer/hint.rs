//! Hints, and how rows are spread over partitions.
//!
//! A join hint marks a relation, by name or by standing right above it; the join next above takes it.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::Scope;
use super::subquery::hoist;
use crate::error::{Error, Result};
use crate::expr::{Expr, SortKey};
use crate::plan::LogicalPlan;
use crate::plan::logical::{JoinHint, JoinStrategy, Partitioning, Repartition};
use crate::plan::unresolved::{
    Expression, ExpressionKind, PartitionBy, Relation, RelationKind, SortOrder,
};
use crate::types::{DataType, Value};

/// A join hint in force: a strategy, and the names it is for; none: the relation right below it.
#[derive(Debug, Clone)]
pub(super) struct NamedHint {
    strategy: JoinStrategy,
    names: Vec<Vec<String>>,
}

fn join_strategy(name: &str) -> Option<JoinStrategy> {
    Some(match name.to_uppercase().as_str() {
        "BROADCAST" | "BROADCASTJOIN" | "MAPJOIN" => JoinStrategy::Broadcast,
        "MERGE" | "SHUFFLE_MERGE" | "MERGEJOIN" => JoinStrategy::Merge,
        "SHUFFLE_HASH" => JoinStrategy::ShuffleHash,
        "SHUFFLE_REPLICATE_NL" => JoinStrategy::ReplicateNestedLoop,
        _ => return None,
    })
}

impl Analyzer<'_> {
    /// A hint over a relation. Unknown hints are ignored, as Spark does.
    pub(super) fn hint(
        &self,
        input: &Relation,
        name: &str,
        parameters: &[Expression],
        environment: &Environment,
    ) -> Result<Resolved> {
        if let Some(strategy) = join_strategy(name) {
            let names = parameters.iter().filter_map(relation_name).collect();
            self.hints.borrow_mut().push(NamedHint { strategy, names });
            let resolved = self.relation(input, environment);
            self.hints.borrow_mut().pop();
            return resolved;
        }
        let (count, columns) = match parameters.split_first() {
            Some((first, rest)) => match &*first.kind {
                ExpressionKind::Literal(value, _) => {
                    (value.as_i64().and_then(|n| usize::try_from(n).ok()), rest)
                }
                _ => (None, parameters),
            },
            None => (None, parameters),
        };
        let input = self.relation(input, environment)?;
        let scheme = match name.to_uppercase().as_str() {
            "COALESCE" => Partitioning::Coalesce,
            "REPARTITION" | "REBALANCE" if columns.is_empty() => Partitioning::RoundRobin,
            "REPARTITION" | "REBALANCE" => {
                return self.spread(
                    input,
                    count,
                    &PartitionBy::Hash(columns.to_vec()),
                    environment,
                );
            }
            "REPARTITION_BY_RANGE" => {
                let order = columns.iter().map(|column| SortOrder {
                    expression: column.clone(),
                    ascending: true,
                    nulls_first: true,
                });
                let by = PartitionBy::Range(order.collect());
                return self.spread(input, count, &by, environment);
            }
            _ => return Ok(input),
        };
        Ok(repartitioned(input, scheme, count))
    }

    /// The strategies hinted at for the two sides of a join.
    pub(super) fn join_hint(&self, left: &Relation, right: &Relation) -> JoinHint {
        JoinHint {
            left: self.hint_of(left),
            right: self.hint_of(right),
        }
    }

    /// The strategy hinted at for a relation, by a hint above it or on it.
    fn hint_of(&self, relation: &Relation) -> Option<JoinStrategy> {
        let named = |name: &[String]| {
            let hints = self.hints.borrow();
            let matching = hints.iter().rev().find(|hint| {
                hint.names.iter().any(|wanted| {
                    name.len() >= wanted.len()
                        && name[name.len() - wanted.len()..]
                            .iter()
                            .zip(wanted)
                            .all(|(a, b)| self.same_name(a, b))
                })
            });
            matching.map(|hint| hint.strategy)
        };
        match &*relation.kind {
            RelationKind::Hint {
                input,
                name,
                parameters,
            } => match join_strategy(name) {
                Some(strategy) if parameters.is_empty() => Some(strategy),
                _ => self.hint_of(input),
            },
            RelationKind::SubqueryAlias { input, name, .. } => {
                named(name).or_else(|| match &*input.kind {
                    RelationKind::Hint { .. } => self.hint_of(input),
                    _ => None,
                })
            }
            RelationKind::Table { name, .. } => named(name),
            RelationKind::Project { input, .. } | RelationKind::Filter { input, .. } => {
                self.hint_of(input)
            }
            _ => None,
        }
    }

    /// `repartition(n)` and `coalesce(n)`
    pub(super) fn repartition(
        &self,
        input: &Relation,
        partitions: usize,
        shuffle: bool,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?;
        let scheme = match shuffle {
            true => Partitioning::RoundRobin,
            false => Partitioning::Coalesce,
        };
        Ok(repartitioned(input, scheme, Some(partitions)))
    }

    /// `repartition(n, columns)`, `repartitionByRange`, `DISTRIBUTE BY`
    pub(super) fn repartition_by(
        &self,
        input: &Relation,
        partitions: Option<usize>,
        by: &PartitionBy,
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?;
        self.spread(input, partitions, by, environment)
    }

    fn spread(
        &self,
        mut input: Resolved,
        partitions: Option<usize>,
        by: &PartitionBy,
        environment: &Environment,
    ) -> Result<Resolved> {
        let scheme = match by {
            PartitionBy::Hash(keys) => {
                let scopes: Vec<&Scope> = input.scope.chain().collect();
                let operator = Clause::Other("RepartitionByExpression");
                let mut resolver = Resolver::new(self, environment, &scopes, operator);
                let typed = resolver.expressions(keys)?;
                let mut subqueries = std::mem::take(&mut resolver.subqueries);
                let mut keys: Vec<Expr> = typed.into_iter().map(|typed| typed.expr).collect();
                super::missing::expose_all(
                    &mut input.plan,
                    &keys.iter().collect::<Vec<_>>(),
                    &subqueries,
                    &input.scope,
                );
                let plan = std::mem::replace(&mut input.plan, LogicalPlan::one_row());
                input.plan = hoist(plan, keys.iter_mut(), &mut subqueries, &self.ids);
                Partitioning::Hash(keys)
            }
            PartitionBy::Range(order) => {
                let (typed, mut subqueries) = self.sort_keys(&mut input, order, environment)?;
                let mut keys: Vec<SortKey> = (typed.into_iter().zip(order))
                    .map(|(typed, written)| SortKey {
                        expr: typed.expr,
                        ascending: written.ascending,
                        nulls_first: written.nulls_first,
                    })
                    .collect();
                let plan = std::mem::replace(&mut input.plan, LogicalPlan::one_row());
                let expressions = keys.iter_mut().map(|key| &mut key.expr);
                input.plan = hoist(plan, expressions, &mut subqueries, &self.ids);
                Partitioning::Range(keys)
            }
        };
        if partitions == Some(0) {
            return Err(Error::internal("the number of partitions must be positive"));
        }
        Ok(repartitioned(input, scheme, partitions))
    }
}

fn repartitioned(input: Resolved, scheme: Partitioning, partitions: Option<usize>) -> Resolved {
    input.with_plan(|plan| {
        LogicalPlan::Repartition(Repartition {
            input: Box::new(plan),
            scheme,
            partitions,
        })
    })
}

/// The relation that a hint's parameter names: `t`, `db.t`, or `'t'`.
fn relation_name(parameter: &Expression) -> Option<Vec<String>> {
    match &*parameter.kind {
        ExpressionKind::Attribute { parts, .. } => Some(parts.clone()),
        ExpressionKind::Literal(Value::String(name), DataType::String) => {
            Some(name.split('.').map(str::to_string).collect())
        }
        _ => None,
    }
}
