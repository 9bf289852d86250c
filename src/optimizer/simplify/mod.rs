//! Expressions become simpler: constants are computed, truths that are known are used.
//!
//! An expression that fails when it is computed here is left as it is: it must fail only if a row asks for it.

mod boolean;
mod compare;

use super::{Rewrite, RuleContext};
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Evaluator, Expr};
use crate::functions::scalar::EvalContext;
use crate::kernel::value::array_to_value;
use crate::plan::LogicalPlan;
use std::hash::{DefaultHasher, Hasher};

/// The rule.
pub fn apply(plan: LogicalPlan, context: &RuleContext) -> Result<Rewrite> {
    let mut changed = false;
    let plan = plan.transform(&mut |node| {
        node.map_expressions(&mut |expr| {
            if matches!(expr, Expr::Column(_) | Expr::Literal(_)) {
                return expr;
            }
            let before = fingerprint(&expr);
            let simpler = simplify(expr, context.config);
            changed |= fingerprint(&simpler) != before;
            simpler
        })
    });
    Ok(Rewrite::of(plan, changed))
}

fn fingerprint(expr: &Expr) -> u64 {
    let mut hasher = DefaultHasher::new();
    expr.hash_into(&mut hasher);
    hasher.finish()
}

/// The expression, bottom-up, as simple as these rules know.
fn simplify(expr: Expr, config: &Config) -> Expr {
    expr.transform(&mut |node| {
        let node = fold(node, config);
        match node {
            Expr::And(terms) => boolean::and(terms),
            Expr::Or(terms) => boolean::or(terms),
            Expr::Not(operand) => boolean::not(*operand),
            Expr::IsNull { operand, negated } => boolean::is_null(*operand, negated),
            Expr::Case {
                branches,
                otherwise,
                data_type,
            } => boolean::case(branches, otherwise, data_type),
            Expr::Coalesce {
                operands,
                data_type,
            } => boolean::coalesce(operands, data_type),
            Expr::In { operand, list } => compare::in_list(*operand, list),
            Expr::Cast {
                operand,
                to,
                mode,
                origin,
            } => {
                if operand.data_type() == to {
                    *operand
                } else {
                    Expr::Cast {
                        operand,
                        to,
                        mode,
                        origin,
                    }
                }
            }
            Expr::Call(call) => compare::without_cast(call),
            other => other,
        }
    })
}

/// A constant expression as a literal. Only the node itself is looked at: its children are folded already.
fn fold(node: Expr, config: &Config) -> Expr {
    let candidate = match &node {
        Expr::Call(_)
        | Expr::Cast { .. }
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::IsNull { .. }
        | Expr::Case { .. }
        | Expr::Coalesce { .. }
        | Expr::In { .. } => {
            node.children()
                .iter()
                .all(|child| matches!(child, Expr::Literal(_)))
                && node.is_deterministic()
        }
        Expr::Column(_)
        | Expr::Outer(_)
        | Expr::Literal(_)
        | Expr::Lambda { .. }
        | Expr::ScalarSubquery { .. }
        | Expr::Exists { .. }
        | Expr::InSubquery { .. }
        | Expr::TaskFact(_) => false,
    };
    if !candidate {
        return node;
    }
    let data_type = node.data_type();
    let value = Evaluator::new(&node, &[], config)
        .and_then(|evaluator| evaluator.eval(&[], 1, &EvalContext::default()))
        .and_then(|column| array_to_value(column.values(), 0, &data_type));
    match value {
        Ok(value) => Expr::literal(value, data_type),
        Err(_) => node,
    }
}
