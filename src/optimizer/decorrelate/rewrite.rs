//! Joins the subqueries of one node to its input.

use super::dependent::add_columns;
use super::{RuleContext, Unnested, bind_outer, is_correlated, unnest};
use crate::error::{Error, Result};
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr, SubqueryId};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Filter, Join, JoinHint, LogicalJoinKind, Project, Subquery};
use crate::plan::unresolved::JoinKind;
use crate::types::DataType;
use hashbrown::HashSet;

/// Rewrites a node; says whether anything changed.
pub fn node(plan: LogicalPlan, context: &RuleContext) -> Result<(LogicalPlan, bool)> {
    match plan {
        LogicalPlan::Filter(node) if !node.subqueries.is_empty() => filter(node, context),
        LogicalPlan::Project(node) if !node.subqueries.is_empty() => project(node, context),
        LogicalPlan::Join(node) if node.lateral => Ok((lateral(node, context)?, true)),
        LogicalPlan::Join(node) if !node.subqueries.is_empty() => join_condition(node, context),
        other => Ok((other, false)),
    }
}

/// The subqueries of a node that have not been joined yet.
struct Pending {
    subqueries: Vec<Subquery>,
    /// What stands for those that were joined. BETWEEN and functions in SQL use one subquery several times.
    joined: Vec<(SubqueryId, Vec<Expr>, Expr)>,
}

impl Pending {
    fn new(subqueries: Vec<Subquery>) -> Pending {
        Pending {
            subqueries,
            joined: Vec::new(),
        }
    }

    /// What stands for a subquery (of these operands, for IN) that was joined before.
    fn joined(&self, id: SubqueryId, operands: &[Expr]) -> Option<Expr> {
        let same = |known: &[Expr]| {
            known.len() == operands.len() && known.iter().zip(operands).all(|(a, b)| a.same(b))
        };
        let found = self.joined.iter();
        let mut found = found.filter(|(known, inputs, _)| *known == id && same(inputs));
        found.next().map(|(_, _, value)| value.clone())
    }

    fn get(&self, id: SubqueryId) -> Result<&Subquery> {
        let found = self.subqueries.iter().find(|subquery| subquery.id == id);
        found.ok_or_else(|| Error::internal(format!("subquery {} hangs on no plan node", id.0)))
    }

    fn take(&mut self, id: SubqueryId) -> Result<LogicalPlan> {
        let position = self
            .subqueries
            .iter()
            .position(|subquery| subquery.id == id);
        match position {
            Some(position) => Ok(self.subqueries.remove(position).plan),
            None => Err(Error::internal(format!(
                "subquery {} hangs on no plan node",
                id.0
            ))),
        }
    }
}

fn filter(node: Filter, context: &RuleContext) -> Result<(LogicalPlan, bool)> {
    let output = node.input.output();
    let mut pending = Pending::new(node.subqueries);
    let (complex, plain): (Vec<Expr>, Vec<Expr>) = node
        .predicate
        .conjuncts()
        .into_iter()
        .partition(Expr::has_subquery);
    let mut changed = false;
    // Plain terms go below the joins: no subquery is tried for rows that they remove.
    let mut input = *node.input;
    if !plain.is_empty() {
        input = filtered(input, plain, Vec::new());
    }
    let mut kept = Vec::new();
    for term in complex {
        let before = pending.subqueries.len();
        match as_semi_join(term) {
            Ok((operands, id, negated)) => {
                let plan = pending.take(id)?;
                input = semi_join(input, plan, operands, negated, context)?;
            }
            Err(term) => {
                let (next, term) = replace(input, term, &mut pending, context)?;
                input = next;
                kept.push(term);
            }
        }
        changed |= pending.subqueries.len() != before;
    }
    let mut plan = input;
    if !kept.is_empty() {
        plan = filtered(plan, kept, pending.subqueries);
    }
    Ok((restore(plan, &output), changed))
}

fn filtered(input: LogicalPlan, terms: Vec<Expr>, subqueries: Vec<Subquery>) -> LogicalPlan {
    let predicate = Expr::all(terms);
    LogicalPlan::Filter(Filter {
        input: Box::new(input),
        predicate,
        subqueries,
    })
}

/// The plan with just these columns.
fn restore(plan: LogicalPlan, output: &[Attribute]) -> LogicalPlan {
    let now = plan.output();
    if now.len() == output.len() && now.iter().zip(output).all(|(a, b)| a.id == b.id) {
        return plan;
    }
    let expressions = output.iter().map(NamedExpr::pass).collect();
    plan.project(expressions)
}

/// A conjunct that is an EXISTS or IN, perhaps negated: the operands of IN, the subquery, and whether it
/// is negated. Any other term comes back.
fn as_semi_join(term: Expr) -> Result<(Vec<Expr>, SubqueryId, bool), Expr> {
    let plain = |operands: &[Expr]| !operands.iter().any(Expr::has_subquery);
    match term {
        Expr::Exists { id } => Ok((Vec::new(), id, false)),
        Expr::InSubquery { operands, id } if plain(&operands) => Ok((operands, id, false)),
        Expr::Not(inner) => match *inner {
            Expr::Exists { id } => Ok((Vec::new(), id, true)),
            Expr::InSubquery { operands, id } if plain(&operands) => Ok((operands, id, true)),
            other => Err(Expr::Not(Box::new(other))),
        },
        other => Err(other),
    }
}

/// `input ⋉ plan`, or `input ▷ plan` if negated.
fn semi_join(
    mut input: LogicalPlan,
    plan: LogicalPlan,
    operands: Vec<Expr>,
    negated: bool,
    context: &RuleContext,
) -> Result<LogicalPlan> {
    let values = plan.output();
    let plan = if operands.is_empty() {
        without_order(plan)
    } else {
        plan
    };
    let unnested = unnest(plan, &mut input, context, false)?;
    let equalities = equalities(operands, &values)?;
    let nullable = equalities.iter().any(Expr::nullable);
    let (kind, equalities) = match (negated, equalities.len()) {
        (false, _) => (LogicalJoinKind::Plain(JoinKind::LeftSemi), equalities),
        (true, 1) if nullable && unnested.conditions.is_empty() => {
            (LogicalJoinKind::NullAwareAnti, equalities)
        }
        (true, _) => {
            let terms = equalities.into_iter().map(or_unknown).collect();
            (LogicalJoinKind::Plain(JoinKind::LeftAnti), terms)
        }
    };
    let terms = [unnested.conditions, equalities].concat();
    Ok(join(input, unnested.plan, kind, terms))
}

/// The subquery of an EXISTS without what only orders or cuts its rows.
fn without_order(plan: LogicalPlan) -> LogicalPlan {
    match plan {
        LogicalPlan::Sort(node) => without_order(*node.input),
        LogicalPlan::Limit(node)
            if node.offset == 0 && node.limit.is_none_or(|limit| limit > 0) && !node.from_end =>
        {
            without_order(*node.input)
        }
        other => other,
    }
}

fn join(
    left: LogicalPlan,
    right: LogicalPlan,
    kind: LogicalJoinKind,
    terms: Vec<Expr>,
) -> LogicalPlan {
    LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind,
        condition: (!terms.is_empty()).then(|| Expr::all(terms)),
        subqueries: Vec::new(),
        hint: JoinHint::default(),
        lateral: false,
    })
}

fn equalities(operands: Vec<Expr>, values: &[Attribute]) -> Result<Vec<Expr>> {
    let pairs = operands.into_iter().zip(values);
    pairs
        .map(|(operand, value)| Expr::equal(operand, Expr::Column(value.clone())))
        .collect()
}

/// The term, or that it is unknown: where NOT IN finds "unknown", the row goes as if there were a match.
pub(super) fn or_unknown(term: Expr) -> Expr {
    if !term.nullable() {
        return term;
    }
    let unknown = Expr::IsNull {
        operand: Box::new(term.clone()),
        negated: false,
    };
    Expr::Or(vec![term, unknown])
}

fn project(node: Project, context: &RuleContext) -> Result<(LogicalPlan, bool)> {
    let mut pending = Pending::new(node.subqueries);
    let before = pending.subqueries.len();
    let mut input = *node.input;
    let mut expressions = Vec::with_capacity(node.expressions.len());
    for named in node.expressions {
        let (next, expr) = replace(input, named.expr, &mut pending, context)?;
        input = next;
        expressions.push(NamedExpr { expr, ..named });
    }
    let changed = pending.subqueries.len() != before;
    let subqueries = pending.subqueries;
    Ok((
        LogicalPlan::Project(Project {
            input: Box::new(input),
            expressions,
            subqueries,
        }),
        changed,
    ))
}

/// Replaces the correlated subqueries of an expression by columns that joins add to the input.
fn replace(
    mut input: LogicalPlan,
    expr: Expr,
    pending: &mut Pending,
    context: &RuleContext,
) -> Result<(LogicalPlan, Expr)> {
    if !expr.has_subquery() {
        return Ok((input, expr));
    }
    let expr = as_existence(expr);
    let mut failure = None;
    let columns = input.column_ids();
    let expr = expr.transform(&mut |node| {
        let Some(id) = node.subquery_id() else {
            return node;
        };
        if failure.is_some() {
            return node;
        }
        let operands: &[Expr] = match &node {
            Expr::InSubquery { operands, .. } => operands,
            _ => &[],
        };
        if let Some(value) = pending.joined(id, operands) {
            return value;
        }
        let mut attach = || -> Result<Expr> {
            if !is_correlated(&pending.get(id)?.plan, &columns) {
                return Ok(node.clone());
            }
            let plan = pending.take(id)?;
            let taken = std::mem::replace(&mut input, LogicalPlan::one_row());
            let (next, value) = match &node {
                Expr::Exists { .. } => mark(taken, without_order(plan), Vec::new(), context)?,
                Expr::InSubquery { operands, .. } => {
                    membership(taken, plan, operands.clone(), context)?
                }
                _ => scalar(taken, plan, context)?,
            };
            input = next;
            pending.joined.push((id, operands.to_vec(), value.clone()));
            Ok(value)
        };
        attach().unwrap_or_else(|error| {
            failure = Some(error);
            Expr::boolean(true)
        })
    });
    match failure {
        Some(error) => Err(error),
        None => Ok((input, expr)),
    }
}

/// The expression with every IN and NOT IN of a subquery false where it is unknown: Spark runs them as
/// joins that ask whether a row exists. A literal NULL alone stays unknown.
fn as_existence(expr: Expr) -> Expr {
    let known = |expr: Expr| Expr::Coalesce {
        operands: vec![expr, Expr::boolean(false)],
        data_type: DataType::Boolean,
    };
    let is_null = |operands: &[Expr]| {
        matches!(operands, [one] if one.as_literal().is_some_and(|value| value.is_null()))
            || matches!(operands, [Expr::Cast { operand, .. }]
                if operand.as_literal().is_some_and(|value| value.is_null()))
    };
    match expr {
        // Done before: the rule meets a node again when it has joined something else to it.
        Expr::Coalesce {
            operands,
            data_type,
        } if matches!(&operands[..], [first, Expr::Literal(_)] if is_membership(first)) => {
            Expr::Coalesce {
                operands,
                data_type,
            }
        }
        Expr::Not(inner) => match *inner {
            Expr::InSubquery { operands, id } if !is_null(&operands) => {
                known(Expr::Not(Box::new(Expr::InSubquery { operands, id })))
            }
            other => Expr::Not(Box::new(as_existence(other))),
        },
        Expr::InSubquery { operands, id } if !is_null(&operands) => {
            known(Expr::InSubquery { operands, id })
        }
        other => other.map_children(&mut as_existence),
    }
}

fn is_membership(expr: &Expr) -> bool {
    match expr {
        Expr::InSubquery { .. } => true,
        Expr::Not(inner) => matches!(**inner, Expr::InSubquery { .. }),
        _ => false,
    }
}

/// Adds a column that says whether any row of the plan meets all terms.
fn mark(
    mut input: LogicalPlan,
    plan: LogicalPlan,
    terms: Vec<Expr>,
    context: &RuleContext,
) -> Result<(LogicalPlan, Expr)> {
    let Unnested {
        plan, conditions, ..
    } = unnest(plan, &mut input, context, false)?;
    let column = Attribute {
        id: context.ids.next(),
        name: "exists".into(),
        data_type: DataType::Boolean,
        nullable: false,
    };
    let terms = [conditions, terms].concat();
    let plan = join(input, plan, LogicalJoinKind::Mark(column.clone()), terms);
    Ok((plan, Expr::Column(column)))
}

/// `operands IN (plan)` as a value: true if a row matches, NULL if one might, else false.
fn membership(
    input: LogicalPlan,
    plan: LogicalPlan,
    operands: Vec<Expr>,
    context: &RuleContext,
) -> Result<(LogicalPlan, Expr)> {
    let matches = equalities(operands.clone(), &plan.output())?;
    if !matches.iter().any(Expr::nullable) {
        return mark(input, plan, matches, context);
    }
    let copy = plan.with_fresh_ids(context.ids);
    let maybe = equalities(operands, &copy.output())?
        .into_iter()
        .map(or_unknown)
        .collect();
    let (input, is_in) = mark(input, plan, matches, context)?;
    let (input, may_be_in) = mark(input, copy, maybe, context)?;
    let value = Expr::Case {
        branches: vec![
            (is_in, Expr::boolean(true)),
            (may_be_in, Expr::null(DataType::Boolean)),
        ],
        otherwise: Some(Box::new(Expr::boolean(false))),
        data_type: DataType::Boolean,
    };
    Ok((input, value))
}

/// Adds the value of a correlated scalar subquery as a column.
fn scalar(
    mut input: LogicalPlan,
    plan: LogicalPlan,
    context: &RuleContext,
) -> Result<(LogicalPlan, Expr)> {
    let Some(value) = plan.output().into_iter().next() else {
        return Err(Error::internal("a scalar subquery without a column"));
    };
    let unnested = unnest(plan, &mut input, context, true)?;
    let kind = if unnested.at_most_one {
        LogicalJoinKind::Plain(JoinKind::LeftOuter)
    } else {
        LogicalJoinKind::Single
    };
    let data_type = value.data_type.clone();
    let value = Expr::Column(Attribute {
        nullable: true,
        ..value
    });
    let Some(default) = unnested.default else {
        return Ok((join(input, unnested.plan, kind, unnested.conditions), value));
    };
    let marker = NamedExpr {
        id: context.ids.next(),
        name: "matched".into(),
        expr: Expr::boolean(true),
    };
    let matched = Expr::Column(Attribute {
        nullable: true,
        ..marker.attribute()
    });
    let plan = add_columns(unnested.plan, vec![marker]);
    let value = Expr::Case {
        branches: vec![(
            Expr::IsNull {
                operand: Box::new(matched),
                negated: false,
            },
            default,
        )],
        otherwise: Some(Box::new(value)),
        data_type,
    };
    Ok((join(input, plan, kind, unnested.conditions), value))
}

/// A LATERAL join becomes a plain one.
fn lateral(mut node: Join, context: &RuleContext) -> Result<LogicalPlan> {
    let output = node.output();
    let unnested = unnest(*node.right, &mut node.left, context, false)?;
    let columns = node.left.column_ids();
    let condition = node
        .condition
        .map(|condition| bind_outer(condition, &columns));
    let terms = unnested
        .conditions
        .into_iter()
        .chain(condition)
        .collect::<Vec<_>>();
    let plan = LogicalPlan::Join(Join {
        left: node.left,
        right: Box::new(unnested.plan),
        kind: node.kind,
        condition: (!terms.is_empty()).then(|| Expr::all(terms)),
        subqueries: node.subqueries,
        hint: node.hint,
        lateral: false,
    });
    Ok(restore(plan, &output))
}

/// Subqueries in a join condition: computed on the side whose columns they read; for inner joins, else,
/// above the join.
fn join_condition(node: Join, context: &RuleContext) -> Result<(LogicalPlan, bool)> {
    let output = node.output();
    let ids = |plan: &LogicalPlan| -> HashSet<ColumnId> {
        plan.output().iter().map(|column| column.id).collect()
    };
    let (left_ids, right_ids) = (ids(&node.left), ids(&node.right));
    let Some(condition) = node.condition else {
        return Err(Error::internal("a join has subqueries but no condition"));
    };
    let inner = matches!(
        node.kind,
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)
    );
    let mut pending = Pending::new(node.subqueries);
    let before = pending.subqueries.len();
    let (mut left, mut right) = (*node.left, *node.right);
    let mut terms = Vec::new();
    let mut above = Vec::new();
    for term in condition.conjuncts() {
        if !term.has_subquery() {
            terms.push(term);
            continue;
        }
        let reads = reads(&term, &pending, &left_ids, &right_ids)?;
        match reads {
            (false, false) => terms.push(term),
            (_, false) => {
                let (next, term) = replace(left, term, &mut pending, context)?;
                left = next;
                terms.push(term);
            }
            (false, true) => {
                let (next, term) = replace(right, term, &mut pending, context)?;
                right = next;
                terms.push(term);
            }
            (true, true) if inner => above.push(term),
            (true, true) => {
                return Err(Error::unsupported(
                    "a subquery in the condition of an outer join that reads both sides",
                ));
            }
        }
    }
    let (mine, theirs): (Vec<Subquery>, Vec<Subquery>) = (pending.subqueries.into_iter())
        .partition(|subquery| !above.iter().any(|term| uses(term, subquery.id)));
    let changed = mine.len() + theirs.len() != before || !above.is_empty();
    let mut plan = LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind: node.kind,
        condition: (!terms.is_empty()).then(|| Expr::all(terms)),
        subqueries: mine,
        hint: node.hint,
        lateral: false,
    });
    if !above.is_empty() {
        let predicate = Expr::all(above);
        let node = Filter {
            input: Box::new(plan),
            predicate,
            subqueries: theirs,
        };
        plan = filter(node, context)?.0;
    }
    Ok((restore(plan, &output), changed))
}

fn uses(term: &Expr, id: SubqueryId) -> bool {
    term.any(|node| node.subquery_id() == Some(id))
}

/// Whether the correlated subqueries of a term, with the operands of their INs, read the left and the
/// right side.
fn reads(
    term: &Expr,
    pending: &Pending,
    left: &HashSet<ColumnId>,
    right: &HashSet<ColumnId>,
) -> Result<(bool, bool)> {
    let (mut from_left, mut from_right) = (false, false);
    let mut failure = None;
    term.visit(&mut |node| {
        let Some(id) = node.subquery_id() else { return };
        match pending.get(id) {
            Ok(subquery) => {
                let correlated_left = is_correlated(&subquery.plan, left);
                let correlated_right = is_correlated(&subquery.plan, right);
                from_left |= correlated_left;
                from_right |= correlated_right;
                if let Expr::InSubquery { operands, .. } = node
                    && (correlated_left || correlated_right)
                {
                    let read: HashSet<ColumnId> =
                        operands.iter().flat_map(Expr::references).collect();
                    from_left |= !read.is_disjoint(left);
                    from_right |= !read.is_disjoint(right);
                }
            }
            Err(error) => failure = Some(error),
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok((from_left, from_right)),
    }
}
