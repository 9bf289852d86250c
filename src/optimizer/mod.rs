//! The optimizer: an ordered list of rules over the logical plan.
//!
//! ```text
//!   analyzed plan ─► required rules ─► rewrites to a fixed point ─► join order ─► rewrites ─► last touches
//!                                                                    ─► what is computed twice is shared
//! ```
//!
//! Each rule has a name by which `spark.sql.optimizer.excludedRules` can switch it off (`*`: all but the
//! required ones); the golden runner uses that to check that every query gives the same rows optimised and
//! not. A rule takes a plan and says whether it changed it; the output columns of the whole plan must stay
//! the same, which debug builds check after every rule.

mod aggregate_to_window;
mod decorrelate;
mod join_order;
mod limits;
mod merge_projects;
mod prune_columns;
mod prune_fields;
mod push_aggregates;
mod push_filters;
mod push_semi_joins;
mod reuse;
mod set_operations;
mod simplify;
mod subplans;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::expr::{ColumnId, ColumnIds, NamedExpr};
use crate::plan::LogicalPlan;
use hashbrown::HashSet;
use subplans::Subplans;

/// What rules may ask for.
pub struct RuleContext<'a> {
    /// Settings of the query.
    pub config: &'a Config,
    /// For new columns.
    pub ids: &'a ColumnIds,
}

/// What a rule made of a plan.
pub enum Rewrite {
    /// It did not apply.
    Unchanged(LogicalPlan),
    /// A better plan.
    Changed(LogicalPlan),
}

impl Rewrite {
    /// A plan that was changed or not.
    fn of(plan: LogicalPlan, changed: bool) -> Rewrite {
        if changed {
            Rewrite::Changed(plan)
        } else {
            Rewrite::Unchanged(plan)
        }
    }
}

/// A rewrite of whole plans that keeps their output.
pub struct Rule {
    /// The name, as `spark.sql.optimizer.excludedRules` and EXPLAIN show it.
    pub name: &'static str,
    /// What it does. Called from the thread that plans.
    pub apply: fn(LogicalPlan, &RuleContext) -> Result<Rewrite>,
}

/// Rules that every plan needs before it can run.
static REQUIRED: &[Rule] = &[
    Rule {
        name: "replace_set_operations",
        apply: set_operations::replace,
    },
    Rule {
        name: "decorrelate_subqueries",
        apply: decorrelate::apply,
    },
];

/// A group of rules and how often it runs.
struct Phase {
    rules: &'static [Rule],
    /// Rounds at most; a round that changes nothing is the last.
    rounds: usize,
}

const SIMPLIFY: Rule = Rule {
    name: "simplify_expressions",
    apply: simplify::apply,
};
const MERGE: Rule = Rule {
    name: "merge_projections",
    apply: merge_projects::apply,
};
const PUSH_FILTERS: Rule = Rule {
    name: "push_filters",
    apply: push_filters::apply,
};
const PUSH_SEMI: Rule = Rule {
    name: "push_semi_joins",
    apply: push_semi_joins::apply,
};
const PUSH_AGGREGATES: Rule = Rule {
    name: "push_aggregates",
    apply: push_aggregates::apply,
};
const AGGREGATE_TO_WINDOW: Rule = Rule {
    name: "aggregate_to_window",
    apply: aggregate_to_window::apply,
};
const JOIN_ORDER: Rule = Rule {
    name: "order_joins",
    apply: join_order::apply,
};
const LIMITS: Rule = Rule {
    name: "push_limits",
    apply: limits::apply,
};
const PRUNE: Rule = Rule {
    name: "prune_columns",
    apply: prune_columns::apply,
};

const PRUNE_FIELDS: Rule = Rule {
    name: "prune_fields",
    apply: prune_fields::apply,
};

static PHASES: &[Phase] = &[
    Phase {
        rules: &[SIMPLIFY, MERGE, PUSH_FILTERS, LIMITS],
        rounds: 4,
    },
    Phase {
        rules: &[PRUNE, MERGE],
        rounds: 1,
    },
    Phase {
        rules: &[
            PUSH_SEMI,
            AGGREGATE_TO_WINDOW,
            JOIN_ORDER,
            PUSH_FILTERS,
            PUSH_AGGREGATES,
        ],
        rounds: 1,
    },
    Phase {
        rules: &[PRUNE, MERGE, LIMITS],
        rounds: 2,
    },
    Phase {
        rules: &[PRUNE_FIELDS],
        rounds: 1,
    },
];

const REUSE: Rule = Rule {
    name: "reuse_subplans",
    apply: reuse::apply,
};

/// Optimizes a plan, the plans of subqueries that stay in its expressions, and the subplans that it shares.
pub fn optimize(plan: LogicalPlan, config: &Config, ids: &ColumnIds) -> Result<LogicalPlan> {
    let optimizer = Optimizer {
        context: RuleContext { config, ids },
        excluded: (config
            .get("spark.sql.optimizer.excludedRules")
            .unwrap_or(""))
        .split(',')
        .map(str::trim)
        .collect(),
    };
    let subplans = Subplans::of(plan, &mut |plan| optimizer.require(plan))?;
    let mut subplans = subplans.inline_single_uses();
    subplans.main = optimizer.rewrite(subplans.main)?;
    // A subplan is older than those that use it, and what they read is known when they are done.
    let shared: Vec<_> = subplans.shared.keys().rev().copied().collect();
    for id in shared {
        let needed = subplans.needed(id);
        if let Some(plan) = subplans.shared.remove(&id) {
            let plan = optimizer.rewrite(only(plan, &needed))?;
            subplans.shared.insert(id, plan);
        }
    }
    let plan = subplans.attach();
    match optimizer.runs(&REUSE) {
        true => Ok(apply(&REUSE, plan, &optimizer.context)?.0),
        false => Ok(plan),
    }
}

/// A plan without the columns that are not needed.
fn only(plan: LogicalPlan, needed: &HashSet<ColumnId>) -> LogicalPlan {
    let output = plan.output();
    let kept = output.iter().filter(|column| needed.contains(&column.id));
    let kept: Vec<NamedExpr> = kept.map(NamedExpr::pass).collect();
    match kept.len() == output.len() {
        true => plan,
        false => plan.project(kept),
    }
}

/// The input of a projection that only passes columns on.
fn passes(plan: &LogicalPlan) -> Option<&LogicalPlan> {
    match plan {
        LogicalPlan::Project(project)
            if project.subqueries.is_empty()
                && project.expressions.iter().all(NamedExpr::is_pass) =>
        {
            Some(&project.input)
        }
        _ => None,
    }
}

/// The rules of one query.
struct Optimizer<'a> {
    context: RuleContext<'a>,
    excluded: Vec<&'a str>,
}

impl Optimizer<'_> {
    fn runs(&self, rule: &Rule) -> bool {
        !(self.excluded.iter()).any(|name| *name == "*" || *name == rule.name)
    }

    /// What every plan needs.
    fn require(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut plan = plan;
        for rule in REQUIRED {
            plan = apply(rule, plan, &self.context)?.0;
        }
        Ok(plan)
    }

    /// Runs the phases over a plan, and before that over the subqueries that no required rule has turned
    /// into joins: those without outer columns.
    fn rewrite(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut plan = plan;
        self.rewrite_subqueries(&mut plan)?;
        for phase in PHASES {
            for _ in 0..phase.rounds {
                let mut changed = false;
                for rule in phase.rules.iter().filter(|rule| self.runs(rule)) {
                    let (next, did) = apply(rule, plan, &self.context)?;
                    plan = next;
                    changed |= did;
                }
                if !changed {
                    break;
                }
            }
        }
        Ok(plan)
    }

    fn rewrite_subqueries(&self, plan: &mut LogicalPlan) -> Result<()> {
        for subquery in plan.subqueries_mut().into_iter().flatten() {
            let plan = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
            subquery.plan = self.rewrite(plan)?;
        }
        let mut inputs = plan.inputs_mut().into_iter();
        inputs.try_for_each(|input| self.rewrite_subqueries(input))
    }
}

/// Applies one rule and checks, in debug builds, that the output is the same.
fn apply(rule: &Rule, plan: LogicalPlan, context: &RuleContext) -> Result<(LogicalPlan, bool)> {
    let before = if cfg!(debug_assertions) {
        plan.output()
    } else {
        Vec::new()
    };
    let (plan, changed) = match (rule.apply)(plan, context)? {
        Rewrite::Unchanged(plan) => return Ok((plan, false)),
        Rewrite::Changed(plan) => (plan, true),
    };
    if cfg!(debug_assertions) {
        let after = plan.output();
        let same = before.len() == after.len()
            && before
                .iter()
                .zip(&after)
                .all(|(a, b)| a.id == b.id && a.data_type == b.data_type);
        if !same {
            let message = format!("rule {} changed the output of\n{plan}", rule.name);
            return Err(Error::internal(message));
        }
    }
    Ok((plan, changed))
}

#[cfg(test)]
mod tests;
