//! Aggregation moves below a join whose key is among the grouping keys.
//!
//! ```text
//!   Aggregate [c.key], [count(o.id)]           Aggregate [c.key], [sum(coalesce(n, 0))]
//!   +- Join LeftOuter, c.key = o.c             +- Join LeftOuter, c.key = o.c
//!      :- c                            ──►        :- c
//!      +- o, many rows of each c                  +- Aggregate [o.c], [count(o.id) AS n]
//!                                                    +- o
//! ```
//!
//! Rows are made fewer before they are joined instead of after it (Yan and Larson, *Eager Aggregation and Lazy Aggregation*,
//! VLDB 1995). The upper aggregate stays, since the other side may have a key several times; it gets one row where it got
//! all that were joined. The lower one has no more groups than the upper one, but for keys that the join drops: so the join
//! must not be one that drops most.
//!
//! Only calls whose partial results can be put together again without another answer: no sums of doubles, which depend on
//! the order, and none that could overflow in a group that the join drops.

use super::set_operations::sum_of;
use super::{Rewrite, RuleContext, passes};
use crate::error::Result;
use crate::expr::{AggregateCall, Attribute, CastMode, ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Join, LogicalJoinKind};
use crate::plan::statistics::{Estimate, estimate, inner_rows};
use crate::plan::unresolved::JoinKind;
use crate::types::DataType;
use hashbrown::HashSet;

/// Rows of a key, on average, from which it pays.
const ROWS_PER_KEY: f64 = 4.0;
/// Share of the rows that an inner join must keep.
const KEPT: f64 = 0.5;
/// Digits of decimals whose sums cannot overflow: ten more than these are still exact.
const MOST_DIGITS: u8 = 18;

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.try_transform(&mut |node| match node {
        LogicalPlan::Aggregate(node) => Ok(match Pushed::of(&node) {
            Some(pushed) => {
                changed = true;
                pushed.plan(&node, context)?
            }
            None => LogicalPlan::Aggregate(node),
        }),
        other => Ok(other),
    })?;
    Ok(Rewrite::of(plan, changed))
}

/// How a call's partial results are put together.
#[derive(Clone, Copy)]
enum Kind {
    /// They are added up.
    Count,
    Sum,
    /// The call itself, over them.
    Extreme,
}

impl Kind {
    fn of(call: &AggregateCall) -> Option<Kind> {
        // Anything else might fail for a row that the join drops, or have a value in one that it pads.
        let is_column = |argument: &Expr| matches!(argument, Expr::Column(_));
        let is_counted = |argument: &Expr| {
            let is_value = argument.as_literal().is_some_and(|value| !value.is_null());
            is_column(argument) || is_value
        };
        if call.filter.is_some() {
            return None;
        }
        let columns = call.arguments.iter().all(is_column);
        match call.function.name {
            "min" | "max" if columns => Some(Kind::Extreme),
            "count" if !call.distinct && call.arguments.iter().all(is_counted) => Some(Kind::Count),
            "sum" if !call.distinct && columns => match call.arguments[0].data_type() {
                DataType::Byte | DataType::Short | DataType::Integer => Some(Kind::Sum),
                DataType::Decimal { precision, .. } if precision <= MOST_DIGITS => Some(Kind::Sum),
                _ => None,
            },
            _ => None,
        }
    }
}

/// An aggregation that can be moved.
struct Pushed<'p> {
    join: &'p Join,
    /// The aggregation moves to the left side.
    to_left: bool,
    /// The join may pad rows of the other side.
    is_outer: bool,
    /// The side's columns that the join compares.
    keys: Vec<&'p Attribute>,
    kinds: Vec<Kind>,
}

impl<'p> Pushed<'p> {
    fn of(node: &'p Aggregate) -> Option<Pushed<'p>> {
        let mut input = &*node.input;
        while let Some(below) = passes(input) {
            input = below;
        }
        let LogicalPlan::Join(join) = input else {
            return None;
        };
        if node.keys.is_empty() || join.lateral || !join.subqueries.is_empty() {
            return None;
        }
        let kinds: Vec<Kind> = (node.calls.iter())
            .map(|(_, call)| Kind::of(call))
            .collect::<Option<_>>()?;
        let sides: &[bool] = match join.kind {
            LogicalJoinKind::Plain(JoinKind::Inner) => &[true, false],
            LogicalJoinKind::Plain(JoinKind::LeftOuter) => &[false],
            LogicalJoinKind::Plain(JoinKind::RightOuter) => &[true],
            _ => return None,
        };
        let sides = sides.iter();
        let mut pushed = sides.map(|to_left| Pushed {
            join,
            to_left: *to_left,
            is_outer: join.kind != LogicalJoinKind::Plain(JoinKind::Inner),
            keys: Vec::new(),
            kinds: kinds.clone(),
        });
        pushed.find_map(|pushed| pushed.with_keys(node)?.if_it_pays())
    }

    /// With its keys, if calls and grouping keys read the right columns.
    fn with_keys(mut self, node: &Aggregate) -> Option<Pushed<'p>> {
        let ids = |plan: &LogicalPlan| -> HashSet<ColumnId> {
            plan.output().iter().map(|column| column.id).collect()
        };
        let (own, other) = (ids(self.side()), ids(self.other()));
        let mut arguments = node.calls.iter().flat_map(|(_, call)| &call.arguments);
        if !arguments.all(|argument| argument.references().is_subset(&own)) {
            return None;
        }
        let grouped: Option<HashSet<ColumnId>> = (node.keys.iter())
            .map(|key| match &key.expr {
                Expr::Column(column) => Some(column.id),
                _ => None,
            })
            .collect();
        let mut grouped = grouped?;
        let condition = self.join.condition.as_ref()?;
        let terms = match condition {
            Expr::And(terms) => terms.as_slice(),
            term => std::slice::from_ref(term),
        };
        for term in terms {
            let (Expr::Column(left), Expr::Column(right), false) = term.as_equality()? else {
                return None;
            };
            let (key, equal) = match own.contains(&left.id) {
                true => (left, right),
                false => (right, left),
            };
            let is_float = matches!(key.data_type, DataType::Float | DataType::Double);
            let across = own.contains(&key.id) && other.contains(&equal.id);
            if !across || is_float || key.data_type != equal.data_type {
                return None;
            }
            // In rows that an outer join pads the side's own key is NULL.
            if !grouped.contains(&equal.id) && (self.is_outer || !grouped.contains(&key.id)) {
                return None;
            }
            self.keys.push(key);
        }
        self.keys.iter().for_each(|key| {
            grouped.remove(&key.id);
        });
        grouped.is_subset(&other).then_some(self)
    }

    /// If there are many rows of each key, as far as is known, and the join drops few.
    fn if_it_pays(self) -> Option<Pushed<'p>> {
        let side = estimate(self.side());
        let mut groups = 1.0;
        for key in &self.keys {
            groups *= side.columns.get(&key.id)?.distinct?;
        }
        if side.rows < ROWS_PER_KEY * groups {
            return None;
        }
        let kept = |side: &Estimate| {
            let other = estimate(self.other());
            let condition = self.join.condition.as_ref();
            match self.to_left {
                true => inner_rows(condition, side, &other),
                false => inner_rows(condition, &other, side),
            }
        };
        (self.is_outer || kept(&side) >= KEPT * side.rows).then_some(self)
    }

    fn side(&self) -> &'p LogicalPlan {
        match self.to_left {
            true => &self.join.left,
            false => &self.join.right,
        }
    }

    fn other(&self) -> &'p LogicalPlan {
        match self.to_left {
            true => &self.join.right,
            false => &self.join.left,
        }
    }

    /// The plan with an aggregation on either side of the join.
    fn plan(&self, node: &Aggregate, context: &RuleContext) -> Result<LogicalPlan> {
        let mut below = Vec::new();
        let mut above = Vec::new();
        let mut output: Vec<NamedExpr> = (node.keys.iter())
            .map(|key| NamedExpr::pass(&key.attribute()))
            .collect();
        for ((result, call), kind) in node.calls.iter().zip(&self.kinds) {
            let partial = Attribute {
                id: context.ids.next(),
                ..result.clone()
            };
            let joined = Attribute {
                nullable: partial.nullable || self.is_outer,
                ..partial.clone()
            };
            let combined = match kind {
                Kind::Extreme => AggregateCall {
                    arguments: vec![Expr::Column(joined)],
                    ..call.clone()
                },
                Kind::Sum => sum_of(Expr::Column(joined), context.config)?,
                Kind::Count => {
                    // A padded row is a row, but has no value.
                    let counts_rows = call.arguments.iter().all(|a| a.references().is_empty());
                    let argument = match self.is_outer {
                        true => Expr::Coalesce {
                            operands: vec![
                                Expr::Column(joined),
                                Expr::literal(i64::from(counts_rows), DataType::Long),
                            ],
                            data_type: DataType::Long,
                        },
                        false => Expr::Column(joined),
                    };
                    AggregateCall {
                        nullable: false,
                        ..sum_of(argument, context.config)?
                    }
                }
            };
            below.push((partial, call.clone()));
            // The sum of sums has more digits than the sum.
            let sum = Attribute {
                id: match combined.data_type == result.data_type {
                    true => result.id,
                    false => context.ids.next(),
                },
                data_type: combined.data_type.clone(),
                ..result.clone()
            };
            output.push(NamedExpr {
                id: result.id,
                name: result.name.clone(),
                expr: match sum.id == result.id {
                    true => Expr::Column(sum.clone()),
                    false => Expr::Cast {
                        operand: Box::new(Expr::Column(sum.clone())),
                        to: result.data_type.clone(),
                        mode: match context.config.ansi() {
                            true => CastMode::Ansi,
                            false => CastMode::Legacy,
                        },
                        origin: call.origin.clone(),
                    },
                },
            });
            above.push((sum, combined));
        }
        let mut join = self.join.clone();
        let side = match self.to_left {
            true => &mut join.left,
            false => &mut join.right,
        };
        let input = std::mem::replace(&mut **side, LogicalPlan::one_row());
        let mut keys: Vec<NamedExpr> = Vec::new();
        for key in &self.keys {
            if keys.iter().all(|known| known.id != key.id) {
                keys.push(NamedExpr::pass(key));
            }
        }
        **side = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input),
            keys,
            calls: below,
        });
        let plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(LogicalPlan::Join(join)),
            keys: node.keys.clone(),
            calls: above,
        });
        Ok(match output.iter().all(NamedExpr::is_pass) {
            true => plan,
            false => plan.project(output),
        })
    }
}
