//! The subplans that a query shares, while it is optimized.
//!
//! In a plan, every use of a shared subplan holds the subplan. To rewrite each once, the optimizer takes them
//! out, works on the main plan and on every subplan, and puts them back:
//!
//! ```text
//!   Join                                   main:      Join (use of 7) (use of 7)
//!   :- use of 7 ─► Project r               subplan 7: Project r
//!   +- use of 7 ─► Project r       ──►
//! ```
//!
//! While they are out, the plans that uses hold are out of date; only estimates look at them.

use crate::error::Result;
use crate::expr::{ColumnId, Expr, NamedExpr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Shared, SharedId};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// A plan and the subplans it shares.
pub struct Subplans {
    /// The plan of the query.
    pub main: LogicalPlan,
    /// Subplans; one may use others.
    pub shared: BTreeMap<SharedId, LogicalPlan>,
}

impl Subplans {
    /// Takes a plan apart, with `f` applied to the plan and to every subplan.
    pub fn of(
        plan: LogicalPlan,
        f: &mut impl FnMut(LogicalPlan) -> Result<LogicalPlan>,
    ) -> Result<Subplans> {
        let mut taken = Subplans {
            main: f(plan)?,
            shared: BTreeMap::new(),
        };
        let mut found = uses(&taken.main);
        while let Some(next) = found.pop() {
            if let Entry::Vacant(entry) = taken.shared.entry(next.id) {
                let plan = f(next.plan.as_ref().clone())?;
                found.extend(uses(&plan));
                entry.insert(plan);
            }
        }
        Ok(taken)
    }

    /// Subplans with one use become a part of the plan around it.
    pub fn inline_single_uses(mut self) -> Subplans {
        let mut counts: HashMap<SharedId, usize> = HashMap::new();
        for plan in std::iter::once(&self.main).chain(self.shared.values()) {
            for shared in uses(plan) {
                *counts.entry(shared.id).or_default() += 1;
            }
        }
        // Subplans do not use each other in a circle, so this comes to an end.
        for (id, _) in counts.into_iter().filter(|(_, count)| *count == 1) {
            let Some(mut subplan) = self.shared.remove(&id) else {
                continue;
            };
            let plans = std::iter::once(&mut self.main).chain(self.shared.values_mut());
            for plan in plans {
                let taken = std::mem::replace(plan, LogicalPlan::one_row());
                *plan = taken.transform(&mut |node| match node {
                    LogicalPlan::Shared(shared) if shared.id == id => {
                        let plan = std::mem::replace(&mut subplan, LogicalPlan::one_row());
                        inlined(shared, plan)
                    }
                    other => other,
                });
            }
        }
        self
    }

    /// The columns of a subplan that its uses read.
    pub fn needed(&self, id: SharedId) -> HashSet<ColumnId> {
        let plans = std::iter::once(&self.main).chain(self.shared.values());
        plans
            .flat_map(uses)
            .filter(|shared| shared.id == id)
            .flat_map(|shared| shared.columns.into_iter().map(|(_, column)| column))
            .collect()
    }

    /// The plan, its uses holding the subplans as they are now.
    pub fn attach(self) -> LogicalPlan {
        if self.shared.is_empty() {
            return self.main;
        }
        let mut done = HashMap::new();
        attach(self.main, &self.shared, &mut done)
    }
}

/// The uses of subplans in a plan, its own subplans not entered.
fn uses(plan: &LogicalPlan) -> Vec<Shared> {
    let mut found = Vec::new();
    plan.visit(&mut |node| {
        if let LogicalPlan::Shared(shared) = node {
            found.push(shared.clone());
        }
    });
    found
}

fn attach(
    plan: LogicalPlan,
    shared: &BTreeMap<SharedId, LogicalPlan>,
    done: &mut HashMap<SharedId, Arc<LogicalPlan>>,
) -> LogicalPlan {
    plan.transform(&mut |node| match node {
        LogicalPlan::Shared(mut node) => {
            if let Some(plan) = done.get(&node.id) {
                node.plan = plan.clone();
            } else if let Some(plan) = shared.get(&node.id) {
                node.plan = Arc::new(attach(plan.clone(), shared, done));
                done.insert(node.id, node.plan.clone());
            }
            LogicalPlan::Shared(node)
        }
        other => other,
    })
}

/// A subplan in the place of its use.
fn inlined(shared: Shared, plan: LogicalPlan) -> LogicalPlan {
    let output = plan.output();
    let columns = (shared.columns.into_iter()).filter_map(|(own, column)| {
        let column = output.iter().find(|known| known.id == column)?.clone();
        Some(NamedExpr {
            id: own.id,
            name: own.name,
            expr: Expr::Column(column),
        })
    });
    plan.project(columns.collect())
}
