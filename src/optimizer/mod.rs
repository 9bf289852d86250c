//! The optimizer: an ordered list of rules over the logical plan.
//!
//! ```text
//!   analyzed plan ─► required rules ─► rewrites to a fixed point ─► join order ─► rewrites ─► last touches
//! ```
//!
//! Each rule has a name by which `spark.sql.optimizer.excludedRules` can switch it off (`*`: all but the
//! required ones); the golden runner uses that to check that every query gives the same rows optimised and
//! not. A rule takes a plan and says whether it changed it; the output columns of the whole plan must stay
//! the same, which debug builds check after every rule.

mod decorrelate;
mod join_order;
mod limits;
mod merge_projects;
mod prune_columns;
mod prune_fields;
mod push_filters;
mod push_semi_joins;
mod set_operations;
mod simplify;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::expr::ColumnIds;
use crate::plan::LogicalPlan;

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
        rules: &[PUSH_SEMI, JOIN_ORDER, PUSH_FILTERS],
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

/// Optimizes a plan, and the plans of subqueries that stay in its expressions.
pub fn optimize(plan: LogicalPlan, config: &Config, ids: &ColumnIds) -> Result<LogicalPlan> {
    let context = RuleContext { config, ids };
    let excluded: Vec<&str> = (config
        .get("spark.sql.optimizer.excludedRules")
        .unwrap_or(""))
    .split(',')
    .map(str::trim)
    .collect();
    let runs = |rule: &Rule| {
        !excluded
            .iter()
            .any(|name| *name == "*" || *name == rule.name)
    };
    let mut plan = plan;
    for rule in REQUIRED {
        plan = apply(rule, plan, &context)?.0;
    }
    plan = optimize_subqueries(plan, config, ids)?;
    for phase in PHASES {
        for _ in 0..phase.rounds {
            let mut changed = false;
            for rule in phase.rules.iter().filter(|rule| runs(rule)) {
                let (next, did) = apply(rule, plan, &context)?;
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

/// Optimizes the subqueries that no required rule has turned into joins: those without outer columns.
fn optimize_subqueries(plan: LogicalPlan, config: &Config, ids: &ColumnIds) -> Result<LogicalPlan> {
    plan.try_transform(&mut |mut node| {
        for subquery in node.subqueries_mut().into_iter().flatten() {
            let plan = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
            subquery.plan = optimize(plan, config, ids)?;
        }
        Ok(node)
    })
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
