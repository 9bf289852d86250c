//! Parts of a query that compute the same run once.
//!
//! ```text
//!   Join on total = most                          Join on total = most
//!   :- Aggregate revenue by supplier     ──►      :- Shared 1: Aggregate revenue by supplier
//!   +- Aggregate max(total)                       +- Aggregate max(total)
//!      +- Aggregate revenue by supplier              +- Shared 1
//! ```
//!
//! A CTE or view is resolved anew wherever it is named, so that each use is optimized for what is around it.
//! This rule comes last and looks for what is equal nevertheless, subqueries included:
//!
//! 1. Parts of the same shape over the same tables ([`signature`]) are candidates, the largest first.
//! 2. Candidates are [`fuse`]d: their nodes must agree in all but the columns that they give, which pruning has
//!    cut to what each use reads. Uses whose filters differ stay apart: each then reads less on its own.
//! 3. [`worth`] compares the work saved with keeping the rows, and with what the joins around a use would
//!    have spared it by runtime filters.
//!
//! Nothing volatile is shared here; a CTE that is volatile is shared from the start, by the analyzer. Parts of a
//! recursion are left alone, since they read other rows every round.

pub(super) mod fuse;
mod signature;
mod worth;

use super::subplans::Subplans;
use super::{Rewrite, RuleContext, only};
use crate::error::Result;
use crate::expr::ColumnId;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Shared, SharedId};
use fuse::{Fused, fuse};
use hashbrown::HashSet;
use signature::{Candidate, Place, candidates, node_at, node_at_mut};
use std::sync::Arc;

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    if !signature::has_repetition(&plan) {
        return Ok(Rewrite::Unchanged(plan));
    }
    let mut subplans = Subplans::of(plan, &mut Ok)?;
    let mut refused = HashSet::new();
    let mut changed = false;
    while let Some(found) = best(&subplans, &mut refused) {
        changed = true;
        let id = SharedId(context.ids.next().0);
        let subplan = Arc::new(found.plan);
        for (place, columns) in found.uses {
            let node = node_at_mut(&mut subplans, &place);
            let columns = (node.output().into_iter())
                .map(|own| {
                    let column = columns.get(&own.id).copied().unwrap_or(own.id);
                    (own, column)
                })
                .collect();
            let plan = subplan.clone();
            *node = LogicalPlan::Shared(Shared { id, plan, columns });
        }
        let plan = Arc::unwrap_or_clone(subplan);
        subplans.shared.insert(id, plan);
    }
    Ok(Rewrite::of(subplans.attach(), changed))
}

/// Equal parts that are worth sharing.
struct Found {
    plan: LogicalPlan,
    /// Where it is used, and which of its columns those of each use are.
    uses: Vec<(Place, fuse::Renamed)>,
}

/// The columns of a fused plan that its uses read.
fn read_by(subplans: &Subplans, uses: &[(&Candidate, fuse::Renamed)]) -> HashSet<ColumnId> {
    let mut read = HashSet::new();
    for (candidate, columns) in uses {
        for own in node_at(subplans, &candidate.place).output() {
            read.insert(columns.get(&own.id).copied().unwrap_or(own.id));
        }
    }
    read
}

/// The largest parts that are worth sharing. Shapes that are not go to `refused`.
fn best(subplans: &Subplans, refused: &mut HashSet<u64>) -> Option<Found> {
    let mut groups = candidates(subplans, refused);
    groups.sort_by_key(|group| std::cmp::Reverse(group[0].size));
    for group in groups {
        if let Some(found) = share(subplans, &group) {
            return Some(found);
        }
        refused.insert(group[0].signature);
    }
    None
}

/// Fuses the largest set of equal candidates, if it is worth it.
fn share(subplans: &Subplans, group: &[Candidate]) -> Option<Found> {
    let mut open: Vec<&Candidate> = group.iter().collect();
    while open.len() > 1 {
        let first = open.remove(0);
        let mut plan = node_at(subplans, &first.place).clone();
        let mut uses = vec![(first, fuse::Renamed::new())];
        open.retain(|other| {
            let Some(fused) = fuse(&plan, node_at(subplans, &other.place)) else {
                return true;
            };
            let Fused {
                plan: both,
                columns,
            } = fused;
            plan = both;
            uses.push((other, columns));
            false
        });
        plan = only(plan, &read_by(subplans, &uses));
        if uses.len() > 1
            && worth::is_worthwhile(&plan, subplans, uses.iter().map(|(c, _)| &c.place))
        {
            let uses = uses.into_iter();
            return Some(Found {
                plan,
                uses: uses
                    .map(|(candidate, columns)| (candidate.place.clone(), columns))
                    .collect(),
            });
        }
    }
    None
}
