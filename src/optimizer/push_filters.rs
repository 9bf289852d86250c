//! Predicates move down: to where their columns come from, into join conditions, into scans.
//!
//! ```text
//!   Filter o.total > 5 AND c.nation = 3          Join o.customer = c.id
//!     Join o.customer = c.id             ──►       Scan o, total > 5
//!                                                  Scan c, nation = 3
//! ```
//!
//! On the way, at joins: outer joins whose padded rows a predicate rejects become inner ones, predicates are
//! copied over equalities (`a = b AND a > 5` also gives `b > 5`), and of a disjunction over both sides each
//! side gets what follows for it alone. Such copies are tried on rows that the query itself would not have asked
//! about, so only what cannot fail is copied.
//!
//! Not crossed: LIMIT, samples, recursion, aggregates without keys, windows (but for their partitioning
//! columns), volatile expressions, the padded side of outer joins. Terms with subqueries go below semi and anti joins
//! only.

use super::{Rewrite, RuleContext};
use crate::datasource::FilterSupport;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr};
use crate::functions::scalar::NullRule;
use crate::plan::LogicalPlan;
use crate::plan::logical::{
    Aggregate, Filter, Join, LogicalJoinKind, Project, Scan, Subquery, Union, Window,
};
use crate::plan::unresolved::JoinKind;
use hashbrown::{HashMap, HashSet};

/// The rule.
pub fn apply(plan: LogicalPlan, _: &RuleContext) -> Result<Rewrite> {
    let before = plan.fingerprint();
    let plan = push(plan, Vec::new());
    let changed = plan.fingerprint() != before;
    Ok(Rewrite::of(plan, changed))
}

/// The plan with only the rows for which all `terms` are true; the terms as far down as they may go.
fn push(plan: LogicalPlan, terms: Vec<Expr>) -> LogicalPlan {
    match plan {
        LogicalPlan::Filter(node) => filter(node, terms),
        LogicalPlan::Project(node) => project(node, terms),
        LogicalPlan::Join(node) => join(node, terms),
        LogicalPlan::Aggregate(node) => aggregate(node, terms),
        LogicalPlan::Window(node) => window(node, terms),
        LogicalPlan::Union(node) => union(node, terms),
        LogicalPlan::Scan(node) => scan(node, terms),
        LogicalPlan::Sort(mut node) => {
            node.input = Box::new(push(*node.input, terms));
            LogicalPlan::Sort(node)
        }
        LogicalPlan::Repartition(mut node) => {
            node.input = Box::new(push(*node.input, terms));
            LogicalPlan::Repartition(node)
        }
        LogicalPlan::Generate(mut node) => {
            let input = node.input.column_ids();
            let (below, above) = partition(terms, |term| reads_only(term, &input));
            node.input = Box::new(push(*node.input, below));
            keep(LogicalPlan::Generate(node), above)
        }
        barrier @ (LogicalPlan::Values(_)
        | LogicalPlan::Range(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Sample(_)
        | LogicalPlan::Recursion(_)
        | LogicalPlan::RecursionInput(_)
        | LogicalPlan::Shared(_)) => keep(
            barrier.map_inputs(&mut |input| push(input, Vec::new())),
            terms,
        ),
    }
}

/// A filter over the plan, if there are any terms.
fn keep(plan: LogicalPlan, terms: Vec<Expr>) -> LogicalPlan {
    if terms.is_empty() {
        return plan;
    }
    let predicate = Expr::all(terms);
    LogicalPlan::Filter(Filter {
        input: Box::new(plan),
        predicate,
        subqueries: Vec::new(),
    })
}

fn reads_only(term: &Expr, columns: &HashSet<ColumnId>) -> bool {
    term.references().is_subset(columns)
}

fn partition(terms: Vec<Expr>, goes: impl Fn(&Expr) -> bool) -> (Vec<Expr>, Vec<Expr>) {
    terms.into_iter().partition(|term| goes(term))
}

/// Adds a term unless it is there already.
fn add(terms: &mut Vec<Expr>, term: Expr) {
    if !terms.iter().any(|known| known.same(&term)) {
        terms.push(term);
    }
}

fn filter(node: Filter, terms: Vec<Expr>) -> LogicalPlan {
    let mut below = Vec::new();
    let mut stay = Vec::new();
    for term in node.predicate.conjuncts() {
        if term.has_subquery() || !term.is_deterministic() {
            stay.push(term);
        } else if term.as_literal().and_then(|value| value.as_bool()) != Some(true) {
            add(&mut below, term);
        }
    }
    if stay.iter().any(|term| !term.is_deterministic()) {
        // What stands above a volatile filter must not change the rows that it sees.
        let input = push(*node.input, below);
        let predicate = Expr::all(stay);
        let plan = Filter {
            input: Box::new(input),
            predicate,
            subqueries: node.subqueries,
        };
        return keep(LogicalPlan::Filter(plan), terms);
    }
    for term in terms {
        add(&mut below, term);
    }
    let input = push(*node.input, below);
    if stay.is_empty() {
        return input;
    }
    sink(input, Expr::all(stay), node.subqueries)
}

/// A filter with subqueries over the plan, below the semi and anti joins that only drop rows of the side that it reads.
/// It moves as a whole: its subqueries hang on it.
fn sink(plan: LogicalPlan, predicate: Expr, subqueries: Vec<Subquery>) -> LogicalPlan {
    use LogicalJoinKind::{NullAwareAnti, Plain};
    match plan {
        LogicalPlan::Join(mut join)
            if matches!(
                join.kind,
                Plain(JoinKind::LeftSemi | JoinKind::LeftAnti) | NullAwareAnti
            ) && !join.lateral
                && join.condition.as_ref().is_none_or(Expr::is_deterministic)
                && reads_only(&predicate, &join.left.column_ids()) =>
        {
            join.left = Box::new(sink(*join.left, predicate, subqueries));
            LogicalPlan::Join(join)
        }
        input => LogicalPlan::Filter(Filter {
            input: Box::new(input),
            predicate,
            subqueries,
        }),
    }
}

fn project(node: Project, terms: Vec<Expr>) -> LogicalPlan {
    let mut replacements = HashMap::new();
    let mut fixed = HashSet::new();
    for NamedExpr { id, expr, .. } in &node.expressions {
        if expr.has_subquery() || !expr.is_deterministic() {
            fixed.insert(*id);
        } else {
            replacements.insert(*id, expr.clone());
        }
    }
    // A volatile column must be computed for the same rows as before.
    let volatile = node
        .expressions
        .iter()
        .any(|named| !named.expr.is_deterministic());
    let (below, above) = partition(terms, |term| {
        !volatile && term.references().is_disjoint(&fixed)
    });
    let below = below
        .into_iter()
        .map(|term| term.substitute(&replacements))
        .collect();
    let plan = Project {
        input: Box::new(push(*node.input, below)),
        ..node
    };
    keep(LogicalPlan::Project(plan), above)
}

fn aggregate(node: Aggregate, terms: Vec<Expr>) -> LogicalPlan {
    let keys: HashMap<ColumnId, Expr> = (node.keys.iter())
        .filter(|key| key.expr.is_deterministic())
        .map(|key| (key.id, key.expr.clone()))
        .collect();
    let (below, above) = partition(terms, |term| {
        let read = term.references();
        !read.is_empty() && read.iter().all(|id| keys.contains_key(id))
    });
    let below = below
        .into_iter()
        .map(|term| term.substitute(&keys))
        .collect();
    let plan = Aggregate {
        input: Box::new(push(*node.input, below)),
        ..node
    };
    keep(LogicalPlan::Aggregate(plan), above)
}

fn window(node: Window, terms: Vec<Expr>) -> LogicalPlan {
    let partitions: HashSet<ColumnId> = (node.partition_by.iter())
        .filter_map(|expr| match expr {
            Expr::Column(column) => Some(column.id),
            _ => None,
        })
        .collect();
    let (below, above) = partition(terms, |term| {
        !partitions.is_empty() && reads_only(term, &partitions)
    });
    let plan = Window {
        input: Box::new(push(*node.input, below)),
        ..node
    };
    keep(LogicalPlan::Window(plan), above)
}

fn union(node: Union, terms: Vec<Expr>) -> LogicalPlan {
    let output = node.output;
    let inputs = (node.inputs.into_iter())
        .map(|input| {
            let columns = input.output();
            let pairs = output.iter().zip(columns);
            let replacements: HashMap<ColumnId, Expr> = pairs
                .map(|(to, from)| (to.id, Expr::Column(from)))
                .collect();
            let own = terms
                .iter()
                .map(|term| term.clone().substitute(&replacements))
                .collect();
            push(input, own)
        })
        .collect();
    LogicalPlan::Union(Union { inputs, output })
}

fn scan(mut node: Scan, terms: Vec<Expr>) -> LogicalPlan {
    let mut above = Vec::new();
    // A filter beside a limit would change which rows the limit takes.
    if node.limit.is_some() {
        return keep(LogicalPlan::Scan(node), terms);
    }
    for term in terms {
        let known = node.filters.iter().any(|filter| filter.same(&term));
        match node.table.accepts(&term, &node.attributes) {
            FilterSupport::No => above.push(term),
            FilterSupport::Exact if known => {}
            FilterSupport::Exact => node.filters.push(term),
            FilterSupport::Prunes => {
                if !known {
                    node.filters.push(term.clone());
                }
                above.push(term);
            }
        }
    }
    keep(LogicalPlan::Scan(node), above)
}

/// The sides of a join and what is to go where.
struct Sides {
    left: HashSet<ColumnId>,
    right: HashSet<ColumnId>,
    to_left: Vec<Expr>,
    to_right: Vec<Expr>,
    condition: Vec<Expr>,
    above: Vec<Expr>,
}

fn join(mut node: Join, terms: Vec<Expr>) -> LogicalPlan {
    let plain = |node: Join, terms: Vec<Expr>| {
        let plan = LogicalPlan::Join(node);
        keep(plan.map_inputs(&mut |input| push(input, Vec::new())), terms)
    };
    let volatile = node
        .condition
        .as_ref()
        .is_some_and(|c| !c.is_deterministic());
    if node.lateral || volatile || !node.subqueries.is_empty() {
        return plain(node, terms);
    }
    let (left, right) = (node.left.column_ids(), node.right.column_ids());
    node.kind = strengthen(node.kind, &terms, &left, &right);
    let condition = node.condition.take().map_or(Vec::new(), Expr::conjuncts);
    let mut sides = Sides {
        left,
        right,
        to_left: Vec::new(),
        to_right: Vec::new(),
        condition: Vec::new(),
        above: Vec::new(),
    };
    match &node.kind {
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross) => {
            node.kind = LogicalJoinKind::Plain(JoinKind::Inner);
            sides.inner([condition, terms].concat());
        }
        LogicalJoinKind::Plain(JoinKind::LeftOuter) | LogicalJoinKind::Single => {
            sides.preserve_left(condition, terms);
        }
        LogicalJoinKind::Plain(JoinKind::RightOuter) => {
            sides.swap();
            sides.preserve_left(condition, terms);
            sides.swap();
        }
        LogicalJoinKind::Plain(JoinKind::FullOuter) => {
            sides.condition = condition;
            sides.above = terms;
        }
        LogicalJoinKind::Plain(JoinKind::LeftSemi) => {
            let (mine, above) = partition(terms, |term| reads_only(term, &sides.left));
            sides.inner([condition, mine].concat());
            sides.above = above;
        }
        LogicalJoinKind::Plain(JoinKind::LeftAnti) | LogicalJoinKind::Mark(_) => {
            sides.preserve_left(condition, terms);
        }
        LogicalJoinKind::NullAwareAnti => {
            let (mine, above) = partition(terms, |term| reads_only(term, &sides.left));
            sides.to_left = mine;
            sides.above = above;
            sides.condition = condition;
        }
    }
    node.left = Box::new(push(*node.left, sides.to_left));
    node.right = Box::new(push(*node.right, sides.to_right));
    node.condition = (!sides.condition.is_empty()).then(|| Expr::all(sides.condition));
    keep(LogicalPlan::Join(node), sides.above)
}

impl Sides {
    fn swap(&mut self) {
        std::mem::swap(&mut self.left, &mut self.right);
        std::mem::swap(&mut self.to_left, &mut self.to_right);
    }

    /// Rows of both sides go where a term is not true: every term goes as far as it can.
    fn inner(&mut self, terms: Vec<Expr>) {
        for term in terms.into_iter().flat_map(Expr::conjuncts) {
            if !term.is_deterministic() {
                self.above.push(term);
            } else if reads_only(&term, &self.left) {
                add(&mut self.to_left, term);
            } else if reads_only(&term, &self.right) {
                add(&mut self.to_right, term);
            } else {
                add(&mut self.condition, term);
            }
        }
        self.weaken();
        let equal = self.equal_columns();
        self.to_right = self.copy_over(&self.to_left, &self.to_right, &equal);
        let back: Vec<_> = equal.into_iter().map(|(l, r)| (r, l)).collect();
        self.to_left = self.copy_over(&self.to_right, &self.to_left, &back);
    }

    /// Rows of the left stay whatever the condition says: terms above go left, those of the condition
    /// right.
    fn preserve_left(&mut self, condition: Vec<Expr>, above: Vec<Expr>) {
        for term in condition {
            if term.is_deterministic() && reads_only(&term, &self.right) {
                add(&mut self.to_right, term);
            } else {
                add(&mut self.condition, term);
            }
        }
        let (mine, above) = partition(above, |term| reads_only(term, &self.left));
        self.to_left = mine;
        self.above = above;
        let equal = self.equal_columns();
        self.to_right = self.copy_over(&self.to_left, &self.to_right, &equal);
    }

    /// Pairs of columns, left and right, that the condition says are equal.
    fn equal_columns(&self) -> Vec<(Attribute, Attribute)> {
        let pair = |term: &Expr| match term.as_equality()? {
            (Expr::Column(a), Expr::Column(b), false) if a.data_type == b.data_type => {
                if self.left.contains(&a.id) && self.right.contains(&b.id) {
                    Some((a.clone(), b.clone()))
                } else if self.left.contains(&b.id) && self.right.contains(&a.id) {
                    Some((b.clone(), a.clone()))
                } else {
                    None
                }
            }
            _ => None,
        };
        self.condition.iter().filter_map(pair).collect()
    }

    /// `to` and what `from` says about single columns that are equal to one of the other side.
    fn copy_over(&self, from: &[Expr], to: &[Expr], equal: &[(Attribute, Attribute)]) -> Vec<Expr> {
        let mut terms = to.to_vec();
        // The other side has rows that the term was never tried on.
        for term in from.iter().filter(|term| term.never_fails()) {
            let read = term.references();
            for (mine, other) in equal {
                if read.len() == 1 && read.contains(&mine.id) {
                    let replacement = HashMap::from([(mine.id, Expr::Column(other.clone()))]);
                    add(&mut terms, term.clone().substitute(&replacement));
                }
            }
        }
        terms
    }

    /// From `(l1 AND r1) OR (l2 AND r2)` over both sides follows `l1 OR l2` on the left.
    fn weaken(&mut self) {
        for term in &self.condition {
            let Expr::Or(alternatives) = term else {
                continue;
            };
            if let Some(weaker) = implied(alternatives, &self.left) {
                add(&mut self.to_left, weaker);
            }
            if let Some(weaker) = implied(alternatives, &self.right) {
                add(&mut self.to_right, weaker);
            }
        }
    }
}

/// What a disjunction says about some columns alone, if every alternative says anything about them.
fn implied(alternatives: &[Expr], columns: &HashSet<ColumnId>) -> Option<Expr> {
    let parts = alternatives.iter().map(|alternative| {
        let terms = alternative.clone().conjuncts().into_iter();
        let mine: Vec<Expr> = terms
            .filter(|term| {
                reads_only(term, columns) && !term.references().is_empty() && term.never_fails()
            })
            .collect();
        (!mine.is_empty()).then(|| Expr::all(mine))
    });
    Some(Expr::Or(parts.collect::<Option<Vec<_>>>()?))
}

/// An outer join whose padded rows the terms above it reject needs no padding; a mark join that keeps only
/// marked rows is a semi join.
fn strengthen(
    kind: LogicalJoinKind,
    terms: &[Expr],
    left: &HashSet<ColumnId>,
    right: &HashSet<ColumnId>,
) -> LogicalJoinKind {
    let LogicalJoinKind::Plain(plain) = kind else {
        return kind;
    };
    let rejects = |columns: &HashSet<ColumnId>| terms.iter().any(|term| not_true(term, columns));
    LogicalJoinKind::Plain(match plain {
        JoinKind::LeftOuter if rejects(right) => JoinKind::Inner,
        JoinKind::RightOuter if rejects(left) => JoinKind::Inner,
        JoinKind::FullOuter => match (rejects(left), rejects(right)) {
            (true, true) => JoinKind::Inner,
            (true, false) => JoinKind::LeftOuter,
            (false, true) => JoinKind::RightOuter,
            (false, false) => JoinKind::FullOuter,
        },
        JoinKind::Inner
        | JoinKind::Cross
        | JoinKind::LeftOuter
        | JoinKind::RightOuter
        | JoinKind::LeftSemi
        | JoinKind::LeftAnti => plain,
    })
}

/// Whether a predicate cannot be true where all of `columns` are NULL.
fn not_true(term: &Expr, columns: &HashSet<ColumnId>) -> bool {
    match term {
        Expr::And(terms) => terms.iter().any(|term| not_true(term, columns)),
        Expr::Or(terms) => terms.iter().all(|term| not_true(term, columns)),
        Expr::IsNull {
            operand,
            negated: true,
        } => is_null(operand, columns),
        other => is_null(other, columns),
    }
}

/// Whether an expression is NULL where all of `columns` are.
fn is_null(expr: &Expr, columns: &HashSet<ColumnId>) -> bool {
    match expr {
        Expr::Column(column) => columns.contains(&column.id),
        Expr::Call(call) => {
            let propagates = match &call.function {
                crate::expr::CalledFunction::BuiltIn(function) => {
                    function.nulls == NullRule::Propagate
                }
                crate::expr::CalledFunction::User(_) => false,
            };
            propagates
                && call
                    .arguments
                    .iter()
                    .any(|argument| is_null(argument, columns))
        }
        Expr::Cast { operand, .. } | Expr::Not(operand) => is_null(operand, columns),
        Expr::In { operand, .. } => is_null(operand, columns),
        Expr::And(terms) | Expr::Or(terms) => terms.iter().all(|term| is_null(term, columns)),
        Expr::Outer(_)
        | Expr::Literal(_)
        | Expr::Lambda { .. }
        | Expr::IsNull { .. }
        | Expr::Case { .. }
        | Expr::Coalesce { .. }
        | Expr::ScalarSubquery { .. }
        | Expr::Exists { .. }
        | Expr::InSubquery { .. }
        | Expr::TaskFact(_) => false,
    }
}
