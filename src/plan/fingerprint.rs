//! A number that tells plans apart, so that rules can see whether they changed anything.

use super::LogicalPlan;
use super::logical::{JoinHint, LogicalJoinKind, Partitioning};
use crate::expr::{Attribute, NamedExpr, SortKey};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

impl LogicalPlan {
    /// Equal for equal plans, column ids included. Plans that differ have different fingerprints as good as
    /// always; what relies on it must be right, if slower, when they do not.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.visit(&mut |node| node.hash_node(&mut hasher));
        hasher.finish()
    }

    fn hash_node(&self, hasher: &mut DefaultHasher) {
        std::mem::discriminant(self).hash(hasher);
        match self {
            LogicalPlan::Values(node) => {
                columns(&node.output, hasher);
                node.rows.len().hash(hasher);
            }
            LogicalPlan::Range(node) => (node.start, node.end, node.output.id).hash(hasher),
            LogicalPlan::Scan(node) => {
                Arc::as_ptr(&node.table).cast::<()>().hash(hasher);
                node.projection.hash(hasher);
                node.limit.hash(hasher);
                let id = node.attributes.first().map(|column| column.id);
                (id, node.filters.len()).hash(hasher);
            }
            LogicalPlan::Project(node) => named(&node.expressions, hasher),
            LogicalPlan::Filter(_) => {}
            LogicalPlan::Join(node) => {
                match &node.kind {
                    LogicalJoinKind::Plain(kind) => std::mem::discriminant(kind).hash(hasher),
                    LogicalJoinKind::Mark(mark) => mark.id.hash(hasher),
                    LogicalJoinKind::NullAwareAnti => 1u8.hash(hasher),
                    LogicalJoinKind::Single => 2u8.hash(hasher),
                }
                let hinted = node.hint != JoinHint::default();
                (hinted, node.lateral, node.condition.is_some()).hash(hasher);
            }
            LogicalPlan::Aggregate(node) => {
                named(&node.keys, hasher);
                for (column, call) in &node.calls {
                    column.id.hash(hasher);
                    call.hash_into(hasher);
                }
            }
            LogicalPlan::Window(node) => {
                node.partition_by.len().hash(hasher);
                keys(&node.order_by, hasher);
                for (column, call) in &node.calls {
                    column.id.hash(hasher);
                    call.hash_into(hasher);
                }
            }
            LogicalPlan::Sort(node) => {
                node.global.hash(hasher);
                keys(&node.order, hasher);
            }
            LogicalPlan::Limit(node) => (node.offset, node.limit, node.from_end).hash(hasher),
            LogicalPlan::Union(node) => {
                node.inputs.len().hash(hasher);
                columns(&node.output, hasher);
            }
            LogicalPlan::SetOperation(node) => (node.except, node.all).hash(hasher),
            LogicalPlan::Expand(node) => {
                node.projections.len().hash(hasher);
                columns(&node.output, hasher);
            }
            LogicalPlan::Generate(node) => {
                (node.name, node.outer).hash(hasher);
                columns(&node.generated, hasher);
            }
            LogicalPlan::Repartition(node) => {
                node.partitions.hash(hasher);
                match &node.scheme {
                    Partitioning::RoundRobin => 0u8.hash(hasher),
                    Partitioning::Coalesce => 1u8.hash(hasher),
                    Partitioning::Hash(_) => 2u8.hash(hasher),
                    Partitioning::Range(order) => keys(order, hasher),
                }
            }
            LogicalPlan::Sample(node) => (node.seed, node.with_replacement).hash(hasher),
            LogicalPlan::Recursion(node) => (node.id, node.wanted, node.distinct).hash(hasher),
            LogicalPlan::RecursionInput(node) => node.id.hash(hasher),
            LogicalPlan::Shared(node) => {
                node.id.hash(hasher);
                for (own, column) in &node.columns {
                    (own.id, column).hash(hasher);
                }
            }
        }
        let own = self.expressions();
        own.len().hash(hasher);
        own.into_iter().for_each(|expr| expr.hash_into(hasher));
        for subquery in self.subqueries() {
            subquery.id.hash(hasher);
        }
    }
}

fn columns(columns: &[Attribute], hasher: &mut DefaultHasher) {
    columns.len().hash(hasher);
    columns.iter().for_each(|column| column.id.hash(hasher));
}

fn named(expressions: &[NamedExpr], hasher: &mut DefaultHasher) {
    expressions.len().hash(hasher);
    for named in expressions {
        (named.id, &named.name).hash(hasher);
    }
}

fn keys(keys: &[SortKey], hasher: &mut DefaultHasher) {
    keys.len().hash(hasher);
    for key in keys {
        (key.ascending, key.nulls_first).hash(hasher);
    }
}
