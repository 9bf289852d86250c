//! A join with an aggregate over the same rows becomes a window over them.
//!
//! A correlated subquery over a table that the outer query reads too comes, once it is decorrelated, as such a join:
//!
//! ```text
//!   Join p.k = a.k AND v < a.mean                  Join t.k = p.k AND v < mean
//!   :- Join t.k = p.k                              :- Window [avg(v) AS mean] PARTITION BY k
//!   :  :- Scan t                                   :  +- Scan t
//!   :  +- Scan p, few rows                  ──►    +- Scan p, few rows
//!   +- Aggregate [k], [avg(v) AS mean] AS a
//!      +- Scan t
//! ```
//!
//! `t` is then read once instead of twice (Zuzarte and others, *WinMagic: Subquery Elimination Using Window
//! Aggregation*, SIGMOD 2003). Rows of `t` must meet exactly the group that they are in: every key of the aggregate must
//! be equal, by the conditions of inner joins, to the same column of that `t`. A window keeps its rows where an
//! aggregate keeps groups only, so the rule asks for a join on a key that leaves few of them; it reaches the scan
//! as a runtime filter, which may drop whole partitions of a window.

use super::reuse::fuse::{Renamed, fuse};
use super::{Rewrite, RuleContext, passes};
use crate::error::Result;
use crate::expr::{
    AggregateCall, Attribute, Bound, ColumnId, Expr, Frame, FrameUnit, NamedExpr, WindowCall,
    WindowFunctionCall,
};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Join, LogicalJoinKind, Window};
use crate::plan::statistics::estimate;
use crate::plan::unresolved::JoinKind;
use hashbrown::HashSet;

/// Share of the keys that joins may leave.
const SELECTIVE: f64 = 0.1;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.transform(&mut |node| match node {
        LogicalPlan::Join(join) if is_inner(&join) => {
            let join = LogicalPlan::Join(join);
            match windowed(&join) {
                Some(plan) => {
                    changed = true;
                    plan
                }
                None => join,
            }
        }
        other => other,
    });
    Ok(Rewrite::of(plan, changed))
}

/// An aggregate by columns, and what is computed of it.
struct Grouped<'p> {
    node: &'p Aggregate,
    /// Over the aggregate's output.
    output: Vec<NamedExpr>,
}

impl<'p> Grouped<'p> {
    fn of(plan: &'p LogicalPlan) -> Option<Grouped<'p>> {
        match plan {
            LogicalPlan::Aggregate(node) => {
                let fits = |call: &AggregateCall| {
                    !call.distinct
                        && !call.function.order_sensitive
                        && call.arguments.iter().all(Expr::is_deterministic)
                };
                let by_columns = (node.keys.iter()).all(|key| matches!(key.expr, Expr::Column(_)));
                let fits = !node.keys.is_empty()
                    && by_columns
                    && node.calls.iter().all(|(_, call)| fits(call));
                fits.then(|| Grouped {
                    node,
                    output: plan.output().iter().map(NamedExpr::pass).collect(),
                })
            }
            LogicalPlan::Project(project) if project.subqueries.is_empty() => {
                let LogicalPlan::Aggregate(_) = &*project.input else {
                    return None;
                };
                let below = Grouped::of(&project.input)?;
                let deterministic = |named: &NamedExpr| named.expr.is_deterministic();
                project
                    .expressions
                    .iter()
                    .all(deterministic)
                    .then(|| Grouped {
                        output: project.expressions.clone(),
                        ..below
                    })
            }
            _ => None,
        }
    }

    /// The columns of the aggregate's input that it groups by, each with the output column that it is.
    fn keys(&self) -> Option<Vec<(ColumnId, ColumnId)>> {
        let key = |key: &NamedExpr| {
            let Expr::Column(column) = &key.expr else {
                return None;
            };
            let is_key =
                |named: &&NamedExpr| matches!(&named.expr, Expr::Column(c) if c.id == key.id);
            Some((column.id, self.output.iter().find(is_key)?.id))
        };
        self.node.keys.iter().map(key).collect()
    }
}

/// The join with a window in place of an aggregate among its relations.
fn windowed(join: &LogicalPlan) -> Option<LogicalPlan> {
    let mut parts = Parts::default();
    parts.collect(join);
    let leaves = parts.leaves.iter();
    let groups = leaves.filter_map(|leaf| Some((*leaf, Grouped::of(leaf)?)));
    let (window, leaf, aggregate, terms) =
        groups.into_iter().find_map(|(aggregate, grouped)| {
            (parts.leaves.iter()).find_map(|leaf| {
                let (window, terms) = parts.window(leaf, &grouped)?;
                Some((window, *leaf, aggregate, terms))
            })
        })?;
    // All conditions at the top: the rules that follow move them down.
    let mut joined = without(join, aggregate, leaf, &mut Some(window))?;
    match &mut joined {
        LogicalPlan::Join(join) => join.condition = Some(Expr::all(terms)),
        _ => return None,
    }
    Some(joined.project(join.output().iter().map(NamedExpr::pass).collect()))
}

fn is_inner(join: &Join) -> bool {
    let plain = matches!(
        join.kind,
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)
    );
    plain && join.subqueries.is_empty() && !join.lateral
}

/// The relations of inner joins and what the joins ask of them.
#[derive(Default)]
struct Parts<'p> {
    leaves: Vec<&'p LogicalPlan>,
    terms: Vec<Expr>,
}

impl<'p> Parts<'p> {
    fn collect(&mut self, plan: &'p LogicalPlan) {
        match plan {
            LogicalPlan::Join(join) if is_inner(join) => {
                self.terms
                    .extend(join.condition.clone().map_or(Vec::new(), Expr::conjuncts));
                self.collect(&join.left);
                self.collect(&join.right);
            }
            other => match passes(other) {
                Some(input) => self.collect(input),
                None => self.leaves.push(other),
            },
        }
    }

    /// Pairs of columns that are equal and not NULL.
    fn equalities(&self) -> impl Iterator<Item = (&Attribute, &Attribute)> {
        self.terms
            .iter()
            .filter_map(|term| match term.as_equality()? {
                (Expr::Column(left), Expr::Column(right), false)
                    if left.data_type == right.data_type =>
                {
                    Some((left, right))
                }
                _ => None,
            })
    }

    /// The columns that are equal to one, not by way of `except`.
    fn equal_to(&self, column: ColumnId, except: ColumnId) -> HashSet<ColumnId> {
        let mut equal = HashSet::from([column]);
        loop {
            let before = equal.len();
            for (left, right) in self.equalities() {
                let is_new = equal.contains(&left.id) != equal.contains(&right.id);
                if is_new && left.id != except && right.id != except {
                    equal.extend([left.id, right.id]);
                }
            }
            if equal.len() == before {
                return equal;
            }
        }
    }

    /// A window over a leaf that gives what an aggregate of the same rows gives, and the terms of all joins with the
    /// row's own keys in place of its group's.
    fn window(&self, leaf: &LogicalPlan, grouped: &Grouped) -> Option<(LogicalPlan, Vec<Expr>)> {
        let fused = fuse(leaf, &grouped.node.input)?;
        let rows = fused.plan.output();
        let mut keys = Vec::new();
        let mut selective = false;
        for (column, group) in grouped.keys()? {
            let own = fused.columns.get(&column).copied().unwrap_or(column);
            let own = rows.iter().find(|column| column.id == own)?;
            let equal = self.equal_to(own.id, group);
            let meets = |(left, right): (&Attribute, &Attribute)| {
                (left.id == group && equal.contains(&right.id))
                    || (right.id == group && equal.contains(&left.id))
            };
            if !self.equalities().any(meets) {
                return None;
            }
            selective |= self.is_selective(leaf, own.id, &equal);
            keys.push((own.clone(), group));
        }
        if !selective {
            return None;
        }
        let terms = self.terms_of_rows(&keys)?;
        Some((window(fused.plan, grouped, &fused.columns, &keys), terms))
    }

    /// Whether another leaf has few of the values of a key.
    fn is_selective(&self, own: &LogicalPlan, key: ColumnId, equal: &HashSet<ColumnId>) -> bool {
        let all = estimate(own).distinct(key);
        let others = self.leaves.iter().filter(|leaf| !std::ptr::eq(**leaf, own));
        others.into_iter().any(|leaf| {
            let columns = leaf.column_ids();
            let mut joined = equal.iter().filter(|column| columns.contains(*column));
            joined.any(|column| estimate(leaf).distinct(*column) <= all * SELECTIVE)
        })
    }

    /// That a row's key is equal to what its group's is; None if that is known.
    fn own_key(&self, own: &Attribute, group: ColumnId, other: &Expr) -> Option<Result<Expr>> {
        let column = Expr::Column(own.clone());
        if !column.same(other) {
            return Some(Expr::equal(column, other.clone()));
        }
        // NULL meets no group; nor does it meet any other column.
        let meets = |(left, right): (&Attribute, &Attribute)| {
            (left.id == own.id && right.id != group) || (right.id == own.id && left.id != group)
        };
        (!self.equalities().any(meets)).then(|| {
            Ok(Expr::IsNull {
                operand: Box::new(column),
                negated: true,
            })
        })
    }

    /// All terms, over the row's own keys instead of its group's.
    fn terms_of_rows(&self, keys: &[(Attribute, ColumnId)]) -> Option<Vec<Expr>> {
        let mut terms: Vec<Expr> = Vec::new();
        for term in &self.terms {
            let key_of = |column: &Expr| match column {
                Expr::Column(column) => keys.iter().find(|(_, group)| *group == column.id),
                _ => None,
            };
            let of_group = match term.as_equality() {
                Some((left, right, false)) => match (key_of(left), key_of(right)) {
                    (Some(key), None) => Some((key, right)),
                    (None, Some(key)) => Some((key, left)),
                    _ => None,
                },
                _ => None,
            };
            let term = match of_group {
                None => term.clone(),
                Some(((own, group), other)) => match self.own_key(own, *group, other) {
                    Some(term) => term.ok()?,
                    None => continue,
                },
            };
            let is_known = terms.iter().any(|known| {
                known.same(&term)
                    || match (known.as_equality(), term.as_equality()) {
                        (Some((a, b, x)), Some((c, d, y))) => x == y && a.same(d) && b.same(c),
                        _ => false,
                    }
            });
            if !is_known {
                terms.push(term);
            }
        }
        Some(terms)
    }
}

/// The rows of a leaf with what the aggregate says of the group of each.
fn window(
    input: LogicalPlan,
    grouped: &Grouped,
    renamed: &Renamed,
    keys: &[(Attribute, ColumnId)],
) -> LogicalPlan {
    let rows = input.output();
    let rename = |expr: Expr| expr.rename_columns(renamed);
    let calls = grouped.node.calls.iter().map(|(column, call)| {
        let call = AggregateCall {
            arguments: call.arguments.iter().cloned().map(rename).collect(),
            filter: call.filter.clone().map(rename),
            ..call.clone()
        };
        let frame = Frame {
            unit: FrameUnit::Rows,
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        };
        let function = WindowFunctionCall::Aggregate(call);
        (column.clone(), WindowCall { function, frame })
    });
    let window = LogicalPlan::Window(Window {
        partition_by: keys
            .iter()
            .map(|(own, _)| Expr::Column(own.clone()))
            .collect(),
        order_by: Vec::new(),
        calls: calls.collect(),
        input: Box::new(input),
    });
    // Keys of the aggregate's output are columns of the row.
    let own: Renamed = (grouped.node.keys.iter().zip(keys))
        .map(|(key, (own, _))| (key.id, own.id))
        .collect();
    let computed = grouped.output.iter().map(|named| NamedExpr {
        expr: named.expr.clone().rename_columns(&own),
        ..named.clone()
    });
    let output = rows.iter().map(NamedExpr::pass).chain(computed).collect();
    window.project(output)
}

/// The relations of a plan joined without `aggregate` and without conditions, `by` in place of `leaf`.
fn without(
    plan: &LogicalPlan,
    aggregate: &LogicalPlan,
    leaf: &LogicalPlan,
    by: &mut Option<LogicalPlan>,
) -> Option<LogicalPlan> {
    if std::ptr::eq(plan, aggregate) {
        return None;
    }
    if std::ptr::eq(plan, leaf) {
        return by.take();
    }
    match plan {
        LogicalPlan::Join(join) if is_inner(join) => {
            let left = without(&join.left, aggregate, leaf, by);
            let right = without(&join.right, aggregate, leaf, by);
            match (left, right) {
                (Some(left), Some(right)) => Some(LogicalPlan::Join(Join {
                    left: Box::new(left),
                    right: Box::new(right),
                    condition: None,
                    ..join.clone()
                })),
                (left, right) => left.or(right),
            }
        }
        other => match passes(other) {
            Some(input) => without(input, aggregate, leaf, by),
            None => Some(other.clone()),
        },
    }
}
