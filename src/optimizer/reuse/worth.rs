//! Whether sharing a part pays.
//!
//! Apart, every use does the work of the part, or less of it where something around the use spares it: a join
//! hands what it knows of its other side to the scans below (a runtime filter), a LIMIT stops early. Shared, the
//! work is done once and in full, and the rows are written to memory and read by each use.

use super::super::subplans::Subplans;
use super::signature::{Place, node_at, way_to};
use crate::expr::{ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::LogicalJoinKind;
use crate::plan::statistics::{Estimate, estimate};
use crate::plan::unresolved::JoinKind;

/// What it costs to write a value to memory, in units of reading one from a file.
const KEEP_VALUE: f64 = 0.5;
/// What it costs to read a value from memory.
const READ_VALUE: f64 = 0.1;
/// What it costs to put a row into a hash table or to look one up.
const HASH_ROW: f64 = 3.0;
/// What it costs to sort a row.
const SORT_ROW: f64 = 8.0;
/// What it costs to compute an operator of an expression for a row.
const COMPUTE: f64 = 0.5;
/// What a function costs that goes through a text, or that the engine does not know.
const COMPUTE_MUCH: f64 = 20.0;

/// Whether a node does work that may be worth sharing: reading a table again costs no more than reading kept
/// rows, unless what is done to each row costs much.
pub fn is_heavy(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Join(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Recursion(_) => true,
        LogicalPlan::Filter(_) | LogicalPlan::Generate(_) => plan
            .expressions()
            .iter()
            .any(|expr| computing(expr) >= COMPUTE_MUCH),
        // A limit or a union is worth what its input is worth.
        LogicalPlan::Limit(_) | LogicalPlan::Union(_) | LogicalPlan::Repartition(_) => {
            plan.inputs().into_iter().any(is_heavy)
        }
        LogicalPlan::Project(node) => is_heavy(&node.input),
        LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Scan(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Sample(_)
        | LogicalPlan::RecursionInput(_)
        | LogicalPlan::Shared(_) => false,
    }
}

/// Whether sharing a part among uses at these places costs less than running each.
pub fn is_worthwhile<'p>(
    plan: &LogicalPlan,
    subplans: &Subplans,
    places: impl Iterator<Item = &'p Place>,
) -> bool {
    let kept: Vec<f64> = places.map(|place| kept(subplans, place)).collect();
    // What every use would cut short must not run in full: rows that nobody asked for might even fail.
    if kept.iter().all(|share| *share < 1.0) && kept.contains(&0.0) {
        return false;
    }
    let work = work(plan);
    let output = estimate(plan);
    let values = output.rows * plan.output().len().max(1) as f64;
    let apart: f64 = kept.iter().map(|share| share * work).sum();
    let shared = work + values * (KEEP_VALUE + READ_VALUE * kept.len() as f64);
    shared < apart
}

/// The work that a plan does, in units of reading a value from a file.
fn work(plan: &LogicalPlan) -> f64 {
    let inputs: f64 = plan.inputs().into_iter().map(work).sum();
    let rows: f64 = plan
        .inputs()
        .into_iter()
        .map(|input| estimate(input).rows)
        .sum();
    let computed: f64 = plan.expressions().into_iter().map(computing).sum();
    let own = match plan {
        LogicalPlan::Scan(node) => {
            let rows = node
                .table
                .statistics()
                .rows
                .map_or(rows_of(plan), |rows| rows as f64);
            rows * (node.projection.len() + node.filters.len()).max(1) as f64
        }
        LogicalPlan::Join(_) => {
            let given = rows_of(plan) * plan.output().len() as f64 * READ_VALUE;
            rows * (HASH_ROW + computed) + given
        }
        LogicalPlan::Aggregate(node) => {
            let calls = node.calls.len() as f64 * COMPUTE;
            let keys = if node.keys.is_empty() { 0.0 } else { HASH_ROW };
            rows * (keys + calls + computed)
        }
        LogicalPlan::Window(_) | LogicalPlan::Sort(_) => rows * (SORT_ROW + computed),
        // Every round starts a query of its own.
        LogicalPlan::Recursion(_) => 10.0 * (inputs + 10_000.0),
        LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Project(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Generate(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Sample(_)
        | LogicalPlan::RecursionInput(_)
        | LogicalPlan::Shared(_) => rows * computed,
    };
    inputs + own
}

fn rows_of(plan: &LogicalPlan) -> f64 {
    estimate(plan).rows
}

/// What it costs to compute an expression for a row.
fn computing(expr: &Expr) -> f64 {
    let mut cost = 0.0;
    expr.visit(&mut |node| {
        cost += match node {
            Expr::Column(_) | Expr::Literal(_) | Expr::Outer(_) | Expr::TaskFact(_) => 0.0,
            Expr::Lambda { .. } => COMPUTE_MUCH,
            Expr::Call(call) if is_expensive(call.name()) => COMPUTE_MUCH,
            Expr::Call(call) => match &call.function {
                crate::expr::CalledFunction::User(_) => COMPUTE_MUCH,
                crate::expr::CalledFunction::BuiltIn(_) => COMPUTE,
            },
            _ => COMPUTE,
        };
    });
    cost
}

fn is_expensive(name: &str) -> bool {
    name.starts_with("regexp")
        || name.starts_with("from_")
        || name.starts_with("parse_")
        || matches!(
            name,
            "rlike"
                | "split"
                | "sha1"
                | "sha2"
                | "md5"
                | "aes_encrypt"
                | "aes_decrypt"
                | "levenshtein"
                | "get_json_object"
                | "to_json"
                | "schema_of_json"
                | "xpath"
                | "date_format"
                | "soundex"
        )
}

/// The share of a part's work that is done where it stands, when it runs there on its own: below 1 where a join
/// around it spares it rows, 0 where a LIMIT cuts it short.
fn kept(subplans: &Subplans, place: &Place) -> f64 {
    let mut filters: Vec<(ColumnId, f64)> = Vec::new();
    let mut is_limited = false;
    for (node, taken) in way_to(subplans, place) {
        let Some(taken) = taken else {
            filters.clear();
            is_limited = false;
            continue;
        };
        match node {
            LogicalPlan::Join(join) => {
                // The side that is built is read to its end.
                let (own, other) = match taken {
                    0 => (&join.left, &join.right),
                    _ => (&join.right, &join.left),
                };
                let (own, other) = (estimate(own), estimate(other));
                let is_probe = own.rows >= other.rows;
                is_limited &= is_probe;
                if is_probe && may_drop(&join.kind, taken) {
                    filters.extend(by_keys(join.condition.as_ref(), &own, &other));
                }
            }
            LogicalPlan::Project(project) => {
                filters = (filters.into_iter())
                    .filter_map(|(id, share)| {
                        let named = project.expressions.iter().find(|named| named.id == id)?;
                        match &named.expr {
                            Expr::Column(column) => Some((column.id, share)),
                            _ => None,
                        }
                    })
                    .collect();
            }
            LogicalPlan::Aggregate(aggregate) => {
                is_limited = false;
                filters = (filters.into_iter())
                    .filter_map(|(id, share)| {
                        let key = aggregate.keys.iter().find(|key| key.id == id)?;
                        match &key.expr {
                            Expr::Column(column) => Some((column.id, share)),
                            _ => None,
                        }
                    })
                    .collect();
            }
            LogicalPlan::Limit(limit) => {
                filters.clear();
                is_limited = limit.limit.is_some() && !limit.from_end;
            }
            LogicalPlan::Sort(_) => is_limited = false,
            LogicalPlan::Window(_) | LogicalPlan::Recursion(_) => {
                filters.clear();
                is_limited = false;
            }
            LogicalPlan::Union(union) => {
                let input = union.inputs[taken].output();
                filters = (filters.into_iter())
                    .filter_map(|(id, share)| {
                        let position = union.output.iter().position(|column| column.id == id)?;
                        Some((input[position].id, share))
                    })
                    .collect();
            }
            LogicalPlan::Filter(_) => {}
            LogicalPlan::SetOperation(_)
            | LogicalPlan::Expand(_)
            | LogicalPlan::Generate(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Sample(_) => filters.clear(),
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_) => {}
        }
    }
    if is_limited {
        return 0.0;
    }
    let output = node_at(subplans, place).column_ids();
    let shares = filters.iter().filter(|(id, _)| output.contains(id));
    shares.map(|(_, share)| share).product()
}

/// Whether a join gives nothing for rows of an input that have no match.
fn may_drop(kind: &LogicalJoinKind, input: usize) -> bool {
    match kind {
        LogicalJoinKind::Plain(kind) => match kind {
            JoinKind::Inner | JoinKind::Cross | JoinKind::LeftSemi => true,
            JoinKind::LeftOuter => input == 1,
            JoinKind::RightOuter => input == 0,
            JoinKind::FullOuter | JoinKind::LeftAnti => false,
        },
        LogicalJoinKind::Mark(_) | LogicalJoinKind::NullAwareAnti | LogicalJoinKind::Single => {
            input == 1
        }
    }
}

/// The columns of one side that are keys of a join, each with the share of its values that the other side has.
fn by_keys(condition: Option<&Expr>, own: &Estimate, other: &Estimate) -> Vec<(ColumnId, f64)> {
    let terms = condition.cloned().map_or(Vec::new(), Expr::conjuncts);
    let share = |mine: ColumnId, theirs: ColumnId| {
        let share = other.distinct(theirs) / own.distinct(mine);
        // Above that the engine makes no runtime filter.
        if share <= 0.7 { share } else { 1.0 }
    };
    let keys = terms.iter().filter_map(|term| match term.as_equality()? {
        (Expr::Column(a), Expr::Column(b), false) => {
            // Which side a column is of shows in the estimates where they know it.
            if own.columns.contains_key(&a.id) && !other.columns.contains_key(&a.id) {
                Some((a.id, share(a.id, b.id)))
            } else if own.columns.contains_key(&b.id) && !other.columns.contains_key(&b.id) {
                Some((b.id, share(b.id, a.id)))
            } else {
                None
            }
        }
        _ => None,
    });
    keys.collect()
}
