//! Walking and rewriting logical plans.

use super::logical::*;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, ColumnIds, Expr};
use hashbrown::HashMap;

impl LogicalPlan {
    /// The same node over inputs that `f` makes of the present ones. Subqueries are left alone.
    pub fn map_inputs(mut self, f: &mut impl FnMut(LogicalPlan) -> LogicalPlan) -> LogicalPlan {
        for input in self.inputs_mut() {
            let taken = std::mem::replace(input, LogicalPlan::one_row());
            *input = f(taken);
        }
        self
    }

    /// Rewrites bottom-up, inputs first; plans of subqueries are rewritten too, before their node.
    pub fn transform(self, f: &mut impl FnMut(LogicalPlan) -> LogicalPlan) -> LogicalPlan {
        fn walk(plan: LogicalPlan, f: &mut dyn FnMut(LogicalPlan) -> LogicalPlan) -> LogicalPlan {
            let mut node = plan.map_inputs(&mut |input| walk(input, f));
            if let Some(subqueries) = node.subqueries_mut() {
                for subquery in subqueries {
                    let taken = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
                    subquery.plan = walk(taken, f);
                }
            }
            f(node)
        }
        walk(self, f)
    }

    /// Like [`LogicalPlan::transform`], for rewrites that can fail.
    pub fn try_transform(
        self,
        f: &mut impl FnMut(LogicalPlan) -> Result<LogicalPlan>,
    ) -> Result<LogicalPlan> {
        let mut failure = None;
        let plan = self.transform(&mut |node| {
            if failure.is_some() {
                return node;
            }
            f(node).unwrap_or_else(|error| {
                failure = Some(error);
                LogicalPlan::one_row()
            })
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(plan),
        }
    }

    /// Whether every run gives the same rows. What is shared counts as a table: it runs once.
    pub fn is_deterministic(&self) -> bool {
        let mut deterministic = true;
        self.visit(&mut |node| {
            let own = node.expressions();
            deterministic = deterministic && own.iter().all(|expr| expr.is_deterministic());
        });
        deterministic
    }

    /// Calls `f` on every node, parents first, subqueries after inputs.
    pub fn visit<'a>(&'a self, f: &mut impl FnMut(&'a LogicalPlan)) {
        fn walk<'a>(plan: &'a LogicalPlan, f: &mut dyn FnMut(&'a LogicalPlan)) {
            f(plan);
            for input in plan.inputs() {
                walk(input, f);
            }
            for subquery in plan.subqueries() {
                walk(&subquery.plan, f);
            }
        }
        walk(self, f);
    }

    /// The subqueries that hang on this node, to be changed; None for nodes that cannot have any.
    pub fn subqueries_mut(&mut self) -> Option<&mut Vec<Subquery>> {
        match self {
            LogicalPlan::Project(node) => Some(&mut node.subqueries),
            LogicalPlan::Filter(node) => Some(&mut node.subqueries),
            LogicalPlan::Join(node) => Some(&mut node.subqueries),
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Expand(_)
            | LogicalPlan::Generate(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Sample(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => None,
        }
    }

    /// The expressions of this very node.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Sample(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => Vec::new(),
            LogicalPlan::Scan(node) => node.filters.iter().collect(),
            LogicalPlan::Project(node) => node.expressions.iter().map(|e| &e.expr).collect(),
            LogicalPlan::Filter(node) => vec![&node.predicate],
            LogicalPlan::Join(node) => node.condition.iter().collect(),
            LogicalPlan::Aggregate(node) => {
                let keys = node.keys.iter().map(|key| &key.expr);
                keys.chain(node.calls.iter().flat_map(|(_, call)| call.expressions()))
                    .collect()
            }
            LogicalPlan::Window(node) => {
                let partition = node.partition_by.iter();
                let order = node.order_by.iter().map(|key| &key.expr);
                let calls = node.calls.iter().flat_map(|(_, call)| call.expressions());
                partition.chain(order).chain(calls).collect()
            }
            LogicalPlan::Sort(node) => node.order.iter().map(|key| &key.expr).collect(),
            LogicalPlan::Expand(node) => node.projections.iter().flatten().collect(),
            LogicalPlan::Generate(node) => node.arguments.iter().collect(),
            LogicalPlan::Repartition(node) => match &node.scheme {
                Partitioning::RoundRobin | Partitioning::Coalesce => Vec::new(),
                Partitioning::Hash(keys) => keys.iter().collect(),
                Partitioning::Range(keys) => keys.iter().map(|key| &key.expr).collect(),
            },
        }
    }

    /// The same node over expressions that `f` makes of the present ones.
    pub fn map_expressions(mut self, f: &mut impl FnMut(Expr) -> Expr) -> LogicalPlan {
        let mut each = |expr: &mut Expr| {
            let taken = std::mem::replace(expr, Expr::boolean(true));
            *expr = f(taken);
        };
        match &mut self {
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Sample(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => {}
            LogicalPlan::Scan(node) => node.filters.iter_mut().for_each(each),
            LogicalPlan::Project(node) => {
                node.expressions
                    .iter_mut()
                    .for_each(|named| each(&mut named.expr));
            }
            LogicalPlan::Filter(node) => each(&mut node.predicate),
            LogicalPlan::Join(node) => node.condition.iter_mut().for_each(each),
            LogicalPlan::Aggregate(node) => {
                node.keys.iter_mut().for_each(|named| each(&mut named.expr));
                for (_, call) in &mut node.calls {
                    *call = call.clone().map_expressions(f);
                }
            }
            LogicalPlan::Window(node) => {
                node.partition_by.iter_mut().for_each(&mut each);
                node.order_by.iter_mut().for_each(|key| each(&mut key.expr));
                for (_, call) in &mut node.calls {
                    *call = call.clone().map_expressions(f);
                }
            }
            LogicalPlan::Sort(node) => node.order.iter_mut().for_each(|key| each(&mut key.expr)),
            LogicalPlan::Expand(node) => node.projections.iter_mut().flatten().for_each(each),
            LogicalPlan::Generate(node) => node.arguments.iter_mut().for_each(each),
            LogicalPlan::Repartition(node) => match &mut node.scheme {
                Partitioning::RoundRobin | Partitioning::Coalesce => {}
                Partitioning::Hash(keys) => keys.iter_mut().for_each(each),
                Partitioning::Range(keys) => keys.iter_mut().for_each(|key| each(&mut key.expr)),
            },
        }
        self
    }

    /// The columns that this very node makes (does not pass through), to be changed.
    fn own_columns_mut(&mut self) -> Vec<ColumnSlot<'_>> {
        use ColumnSlot::{Id, Whole};
        match self {
            LogicalPlan::Values(node) => node.output.iter_mut().map(Whole).collect(),
            LogicalPlan::Range(node) => vec![Whole(&mut node.output)],
            LogicalPlan::Scan(node) => node.attributes.iter_mut().map(Whole).collect(),
            LogicalPlan::Project(node) => node
                .expressions
                .iter_mut()
                .map(|named| Id(&mut named.id))
                .collect(),
            LogicalPlan::Aggregate(node) => {
                let keys = node.keys.iter_mut().map(|named| Id(&mut named.id));
                keys.chain(node.calls.iter_mut().map(|(column, _)| Whole(column)))
                    .collect()
            }
            LogicalPlan::Window(node) => node.calls.iter_mut().map(|(c, _)| Whole(c)).collect(),
            LogicalPlan::Union(node) => node.output.iter_mut().map(Whole).collect(),
            LogicalPlan::Expand(node) => node.output.iter_mut().map(Whole).collect(),
            LogicalPlan::Generate(node) => node.generated.iter_mut().map(Whole).collect(),
            LogicalPlan::Recursion(node) => node.output.iter_mut().map(Whole).collect(),
            LogicalPlan::RecursionInput(node) => node.output.iter_mut().map(Whole).collect(),
            LogicalPlan::Shared(node) => node.columns.iter_mut().map(|(c, _)| Whole(c)).collect(),
            LogicalPlan::Join(node) => match &mut node.kind {
                LogicalJoinKind::Mark(mark) => vec![Whole(mark)],
                LogicalJoinKind::Plain(_)
                | LogicalJoinKind::NullAwareAnti
                | LogicalJoinKind::Single => Vec::new(),
            },
            LogicalPlan::Filter(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Sample(_) => Vec::new(),
        }
    }

    /// A copy whose columns all have fresh ids, so that it can stand beside the original in one query.
    pub fn with_fresh_ids(&self, ids: &ColumnIds) -> LogicalPlan {
        let mut renamed: HashMap<ColumnId, ColumnId> = HashMap::new();
        self.clone().transform(&mut |mut node| {
            for slot in node.own_columns_mut() {
                let id = match slot {
                    ColumnSlot::Id(id) => id,
                    ColumnSlot::Whole(column) => &mut column.id,
                };
                *id = *renamed.entry(*id).or_insert_with(|| ids.next());
            }
            node.map_expressions(&mut |expr| expr.rename_columns(&renamed))
        })
    }
}

/// A column that a node makes: all of it, or only its id where the rest follows from an expression.
enum ColumnSlot<'a> {
    Id(&'a mut ColumnId),
    Whole(&'a mut Attribute),
}

impl Expr {
    /// The same with column ids replaced as `renamed` says, those of enclosing queries included.
    pub fn rename_columns(self, renamed: &HashMap<ColumnId, ColumnId>) -> Expr {
        self.transform(&mut |mut node| {
            if let Expr::Column(column) | Expr::Outer(column) = &mut node
                && let Some(id) = renamed.get(&column.id)
            {
                column.id = *id;
            }
            node
        })
    }
}
