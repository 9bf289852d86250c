//! Selective semi and anti joins move below inner joins, to the side whose columns they read.
//!
//! ```text
//!   (orders ⋈ lineitem) ⋉ big_orders      ──►      (orders ⋉ big_orders) ⋈ lineitem
//! ```
//!
//! Only where the semi join is expected to remove at least half of the rows: else the inner join above may
//! be the better filter.

use super::{Rewrite, RuleContext, passes};
use crate::error::Result;
use crate::expr::ColumnId;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, LogicalJoinKind};
use crate::plan::statistics::{self, estimate};
use crate::plan::unresolved::JoinKind;
use hashbrown::HashSet;

/// Share of rows above which a semi join stays where it is.
const SELECTIVE: f64 = 0.5;

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.transform(&mut |node| match node {
        LogicalPlan::Join(node) if is_semi(&node) => {
            let (plan, did) = push(node);
            changed |= did;
            plan
        }
        other => other,
    });
    Ok(Rewrite::of(plan, changed))
}

fn is_semi(node: &Join) -> bool {
    let kind = match &node.kind {
        LogicalJoinKind::Plain(JoinKind::LeftSemi | JoinKind::LeftAnti) => true,
        LogicalJoinKind::NullAwareAnti => true,
        LogicalJoinKind::Plain(_) | LogicalJoinKind::Mark(_) | LogicalJoinKind::Single => false,
    };
    kind && node.condition.is_some() && node.subqueries.is_empty() && !node.lateral
}

fn push(mut node: Join) -> (LogicalPlan, bool) {
    let Some(condition) = &node.condition else {
        return (LogicalPlan::Join(node), false);
    };
    let mut path = &*node.left;
    // Projections in between only pass columns through.
    while let Some(input) = passes(path) {
        path = input;
    }
    let LogicalPlan::Join(inner) = path else {
        return (LogicalPlan::Join(node), false);
    };
    let plain = matches!(
        inner.kind,
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)
    );
    if !plain || inner.lateral || !inner.subqueries.is_empty() {
        return (LogicalPlan::Join(node), false);
    }
    let ids = |plan: &LogicalPlan| -> HashSet<ColumnId> {
        plan.output().iter().map(|column| column.id).collect()
    };
    let right = ids(&node.right);
    let read: HashSet<ColumnId> = condition.references().difference(&right).copied().collect();
    let to_left = read.is_subset(&ids(&inner.left));
    let to_right = read.is_subset(&ids(&inner.right));
    if read.is_empty() || to_left == to_right {
        return (LogicalPlan::Join(node), false);
    }
    let side = estimate(if to_left { &inner.left } else { &inner.right });
    let rows = side.rows;
    let after = statistics::join(&node, side, estimate(&node.right)).rows;
    if after > rows * SELECTIVE {
        return (LogicalPlan::Join(node), false);
    }
    let left = std::mem::replace(&mut *node.left, LogicalPlan::one_row());
    (insert(left, node, to_left), true)
}

/// The left input of a semi join with the semi join put over one side of the inner join in it.
fn insert(plan: LogicalPlan, mut semi: Join, to_left: bool) -> LogicalPlan {
    match plan {
        LogicalPlan::Project(mut project) => {
            project.input = Box::new(insert(*project.input, semi, to_left));
            LogicalPlan::Project(project)
        }
        LogicalPlan::Join(mut inner) => {
            let side = if to_left {
                &mut inner.left
            } else {
                &mut inner.right
            };
            *semi.left = std::mem::replace(&mut **side, LogicalPlan::one_row());
            **side = push(semi).0;
            LogicalPlan::Join(inner)
        }
        other => other,
    }
}
