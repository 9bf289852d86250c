//! Moves correlated filters up through a subquery's plan, to become the condition of a join.
//!
//! ```text
//!   Project [max(x)]                         Project [max(x), k]
//!     Aggregate [] [max(x)]          ──►       Aggregate [k] [max(x)]          condition: k = outer(o)
//!       Filter k = outer(o) AND y > 1            Filter y > 1
//! ```
//!
//! Filters pass through projections, inner joins and the preserved side of other joins. They pass through an
//! aggregate only if they equate an expression of its input with one of outer columns: the expression
//! becomes a grouping key. An aggregate without keys then gives no row where it gave one over nothing;
//! [`Pulled::defaults`] says what that row would have held.

use super::{RuleContext, is_correlated, reads_outer};
use crate::config::Config;
use crate::error::Result;
use crate::expr::{ColumnId, Evaluator, Expr, NamedExpr};
use crate::functions::aggregate::{EmptyResult, value_of_empty};
use crate::functions::scalar::EvalContext;
use crate::kernel::value::array_to_value;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Filter, Join, LogicalJoinKind, Project};
use crate::plan::unresolved::JoinKind;
use crate::types::Value;
use hashbrown::{HashMap, HashSet};

/// A plan without the correlated filters that were in it.
pub struct Pulled {
    /// The plan; columns that the conditions need are added behind its own.
    pub plan: LogicalPlan,
    /// The filters, over the plan's output and outer columns.
    pub conditions: Vec<Expr>,
    /// If the plan gave exactly one row before, and now none for outer rows without a match: what its
    /// columns held in that row.
    pub defaults: Option<HashMap<ColumnId, Expr>>,
}

/// Pulls filters over the outer `columns` out of a plan; None where an operator is in the way.
pub fn pull_up(
    plan: &LogicalPlan,
    columns: &HashSet<ColumnId>,
    context: &RuleContext,
) -> Result<Option<Pulled>> {
    if !is_correlated(plan, columns) {
        return Ok(Some(Pulled {
            plan: plan.clone(),
            conditions: Vec::new(),
            defaults: None,
        }));
    }
    match plan {
        LogicalPlan::Filter(node) => filter(node, columns, context),
        LogicalPlan::Project(node) => project(node, columns, context),
        LogicalPlan::Aggregate(node) => aggregate(node, columns, context),
        LogicalPlan::Join(node) => join(node, columns, context),
        // Order does not matter inside a subquery.
        LogicalPlan::Sort(node) => pull_up(&node.input, columns, context),
        LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Scan(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Generate(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Sample(_)
        | LogicalPlan::Recursion(_)
        | LogicalPlan::RecursionInput(_)
        | LogicalPlan::Shared(_) => Ok(None),
    }
}

/// Splits conjuncts into those that read outer columns and those that do not. None if one of the former
/// cannot be moved.
fn split(predicate: &Expr, columns: &HashSet<ColumnId>) -> Option<(Vec<Expr>, Vec<Expr>)> {
    let (correlated, plain): (Vec<Expr>, Vec<Expr>) = predicate
        .clone()
        .conjuncts()
        .into_iter()
        .partition(|term| reads_outer(term, columns));
    let movable = |term: &Expr| term.is_deterministic() && !term.has_subquery();
    correlated
        .iter()
        .all(movable)
        .then_some((correlated, plain))
}

fn filter(
    node: &Filter,
    columns: &HashSet<ColumnId>,
    context: &RuleContext,
) -> Result<Option<Pulled>> {
    let Some((correlated, plain)) = split(&node.predicate, columns) else {
        return Ok(None);
    };
    if node
        .subqueries
        .iter()
        .any(|subquery| is_correlated(&subquery.plan, columns))
    {
        return Ok(None);
    }
    let Some(mut pulled) = pull_up(&node.input, columns, context)? else {
        return Ok(None);
    };
    // A filter over a row that stands for "no rows" (HAVING) would have to be tried on the defaults.
    if pulled.defaults.is_some() {
        return Ok(None);
    }
    if !plain.is_empty() {
        pulled.plan = LogicalPlan::Filter(Filter {
            input: Box::new(pulled.plan),
            predicate: Expr::all(plain),
            subqueries: node.subqueries.clone(),
        });
    }
    pulled.conditions.extend(correlated);
    Ok(Some(pulled))
}

fn project(
    node: &Project,
    columns: &HashSet<ColumnId>,
    context: &RuleContext,
) -> Result<Option<Pulled>> {
    let blocked = node
        .expressions
        .iter()
        .any(|named| reads_outer(&named.expr, columns))
        || node
            .subqueries
            .iter()
            .any(|subquery| is_correlated(&subquery.plan, columns));
    if blocked {
        return Ok(None);
    }
    let Some(pulled) = pull_up(&node.input, columns, context)? else {
        return Ok(None);
    };
    let mut expressions = node.expressions.clone();
    let mut needed = HashSet::new();
    pulled
        .conditions
        .iter()
        .for_each(|condition| condition.collect_references(&mut needed));
    for column in pulled.plan.output() {
        let given = expressions.iter().any(|named| named.id == column.id);
        if needed.contains(&column.id) && !given {
            expressions.push(NamedExpr::pass(&column));
        }
    }
    let defaults = match &pulled.defaults {
        None => None,
        Some(inner) => {
            let mut defaults = HashMap::new();
            for named in &node.expressions {
                let value = fold(named.expr.clone().substitute(inner), context.config)?;
                defaults.insert(named.id, value);
            }
            Some(defaults)
        }
    };
    let plan = LogicalPlan::Project(Project {
        input: Box::new(pulled.plan),
        expressions,
        subqueries: node.subqueries.clone(),
    });
    Ok(Some(Pulled {
        plan,
        conditions: pulled.conditions,
        defaults,
    }))
}

/// A constant expression as a literal, so that a default of NULL is seen as such.
fn fold(expr: Expr, config: &Config) -> Result<Expr> {
    if !expr.is_constant() {
        return Ok(expr);
    }
    let data_type = expr.data_type();
    let evaluator = Evaluator::new(&expr, &[], config)?;
    match evaluator.eval(&[], 1, &EvalContext::default()) {
        Ok(column) => Ok(Expr::literal(
            array_to_value(column.values(), 0, &data_type)?,
            data_type,
        )),
        // It fails only where a row without a match asks for it.
        Err(_) => Ok(expr),
    }
}

fn aggregate(
    node: &Aggregate,
    columns: &HashSet<ColumnId>,
    context: &RuleContext,
) -> Result<Option<Pulled>> {
    let own_keys = node.keys.iter().map(|named| &named.expr);
    let own_calls = node.calls.iter().flat_map(|(_, call)| call.expressions());
    if own_keys
        .chain(own_calls)
        .any(|expr| reads_outer(expr, columns))
    {
        return Ok(None);
    }
    let Some(pulled) = pull_up(&node.input, columns, context)? else {
        return Ok(None);
    };
    if pulled.defaults.is_some() {
        return Ok(None);
    }
    let mut keys = node.keys.clone();
    let mut conditions = Vec::new();
    for condition in pulled.conditions {
        let Some((inner, outer, null_safe)) = sides(&condition, columns) else {
            return Ok(None);
        };
        let key = match keys.iter().find(|key| key.expr.same(&inner)) {
            Some(key) => key.attribute(),
            None => {
                let key = NamedExpr {
                    id: context.ids.next(),
                    name: "key".into(),
                    expr: inner,
                };
                let attribute = key.attribute();
                keys.push(key);
                attribute
            }
        };
        let (left, right) = (outer, Expr::Column(key));
        conditions.push(if null_safe {
            Expr::null_safe_equal(left, right)?
        } else {
            Expr::equal(left, right)?
        });
    }
    let defaults = if node.keys.is_empty() {
        let mut defaults = HashMap::new();
        for (column, call) in &node.calls {
            let value = match call.function.empty {
                EmptyResult::Null => Value::Null,
                EmptyResult::Zero | EmptyResult::Computed => {
                    let array = value_of_empty(call.kernel.as_ref())?;
                    array_to_value(&array, 0, &call.data_type)?
                }
            };
            defaults.insert(column.id, Expr::literal(value, call.data_type.clone()));
        }
        Some(defaults)
    } else {
        None
    };
    // Without keys of its own the aggregate computed one row; the pulled conditions are its keys now.
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(pulled.plan),
        keys,
        calls: node.calls.clone(),
    });
    let plan = in_order_of(plan, node);
    Ok(Some(Pulled {
        plan,
        conditions,
        defaults,
    }))
}

/// The node's own columns first, added keys behind them.
fn in_order_of(plan: LogicalPlan, node: &Aggregate) -> LogicalPlan {
    let own = LogicalPlan::Aggregate(node.clone()).output();
    let mut expressions: Vec<NamedExpr> = own.iter().map(NamedExpr::pass).collect();
    for column in plan.output() {
        if !own.iter().any(|known| known.id == column.id) {
            expressions.push(NamedExpr::pass(&column));
        }
    }
    plan.project(expressions)
}

/// The sides of an equality between an expression of the input and one of outer columns only, and
/// whether NULL equals NULL in it.
fn sides(condition: &Expr, columns: &HashSet<ColumnId>) -> Option<(Expr, Expr, bool)> {
    let (left, right, null_safe) = condition.as_equality()?;
    let inner_only = |expr: &Expr| !reads_outer(expr, columns);
    let outer_only = |expr: &Expr| expr.references().is_empty();
    if inner_only(left) && outer_only(right) {
        Some((left.clone(), right.clone(), null_safe))
    } else if inner_only(right) && outer_only(left) {
        Some((right.clone(), left.clone(), null_safe))
    } else {
        None
    }
}

fn join(node: &Join, columns: &HashSet<ColumnId>, context: &RuleContext) -> Result<Option<Pulled>> {
    let right_may_give = match &node.kind {
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross) => true,
        LogicalJoinKind::Plain(JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti)
        | LogicalJoinKind::Mark(_)
        | LogicalJoinKind::NullAwareAnti
        | LogicalJoinKind::Single => false,
        LogicalJoinKind::Plain(JoinKind::RightOuter | JoinKind::FullOuter) => return Ok(None),
    };
    let correlated_subquery = node
        .subqueries
        .iter()
        .any(|subquery| is_correlated(&subquery.plan, columns));
    if correlated_subquery || node.lateral {
        return Ok(None);
    }
    let (moved, kept) = match &node.condition {
        None => (Vec::new(), Vec::new()),
        Some(condition) => match split(condition, columns) {
            Some(parts) => parts,
            None => return Ok(None),
        },
    };
    if !right_may_give && (!moved.is_empty() || is_correlated(&node.right, columns)) {
        return Ok(None);
    }
    let Some(left) = pull_up(&node.left, columns, context)? else {
        return Ok(None);
    };
    let Some(right) = pull_up(&node.right, columns, context)? else {
        return Ok(None);
    };
    if left.defaults.is_some() || right.defaults.is_some() {
        return Ok(None);
    }
    let before = LogicalPlan::Join(node.clone()).output();
    let joined = LogicalPlan::Join(Join {
        left: Box::new(left.plan),
        right: Box::new(right.plan),
        condition: (!kept.is_empty()).then(|| Expr::all(kept)),
        ..node.clone()
    });
    // Columns that conditions of the left need must stand behind the join's own.
    let mut expressions: Vec<NamedExpr> = before.iter().map(NamedExpr::pass).collect();
    let after = joined.output();
    let added = after
        .iter()
        .filter(|column| !before.iter().any(|known| known.id == column.id));
    expressions.extend(added.map(NamedExpr::pass));
    let plan = if expressions.len() == before.len() {
        joined
    } else {
        joined.project(expressions)
    };
    let conditions = [left.conditions, right.conditions, moved].concat();
    Ok(Some(Pulled {
        plan,
        conditions,
        defaults: None,
    }))
}
