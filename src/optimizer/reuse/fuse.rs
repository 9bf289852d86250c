//! Makes one plan of two that compute the same but for the columns that they give.
//!
//! ```text
//!   Aggregate [k], [sum(a) AS x]  ┐        Aggregate [k], [sum(a) AS x, max(b) AS y]
//!     Scan t [k, a]               │   ──►    Scan t [k, a, b]
//!   Aggregate [k], [max(b) AS y]  │
//!     Scan t [k, b]               ┘
//! ```
//!
//! Rows must be the same rows for the same reasons: equal tables, filters, join conditions, keys, orders. Of
//! columns the fused plan has those of both; what both compute it computes once. Only what cannot fail on a row
//! that one of the two plans did not look at may be added, which holds since both look at the same rows.

use crate::expr::{
    AggregateCall, Attribute, ColumnId, Expr, NamedExpr, SortKey, SubqueryId, WindowCall,
};
use crate::expr::{Bound, WindowFunctionCall};
use crate::functions::aggregate::WithinGroup;
use crate::plan::LogicalPlan;
use crate::plan::logical::{
    Aggregate, Filter, Join, Limit, Project, Scan, Shared, Sort, Subquery, Union, Window,
};
use hashbrown::HashMap;
use std::sync::Arc;

/// Which columns of the fused plan those of the second plan are; those missing keep their ids.
pub type Renamed = HashMap<ColumnId, ColumnId>;

/// Two plans in one.
pub struct Fused {
    /// Gives all columns of both. Those of the first keep their ids.
    pub plan: LogicalPlan,
    /// See [`Renamed`].
    pub columns: Renamed,
}

/// Fuses two plans, if they compute the same.
pub fn fuse(a: &LogicalPlan, b: &LogicalPlan) -> Option<Fused> {
    let passes = |plan: &LogicalPlan| match plan {
        LogicalPlan::Project(node) => {
            node.subqueries.is_empty() && node.expressions.iter().all(NamedExpr::is_pass)
        }
        _ => false,
    };
    match (a, b) {
        // Projections that only drop columns say what is read, not what is computed.
        (LogicalPlan::Project(node), _) if passes(a) => fuse(&node.input, b),
        (_, LogicalPlan::Project(node)) if passes(b) => fuse(a, &node.input),
        (LogicalPlan::Project(a), LogicalPlan::Project(b)) => project(a, b),
        (LogicalPlan::Project(node), other) => {
            let fused = fuse(&node.input, other)?;
            computed(fused, &node.expressions, &node.subqueries, &[])
        }
        (other, LogicalPlan::Project(node)) => {
            let fused = fuse(other, &node.input)?;
            computed(fused, &[], &[], &node.expressions).filter(|_| node.subqueries.is_empty())
        }
        (LogicalPlan::Scan(a), LogicalPlan::Scan(b)) => scan(a, b),
        (LogicalPlan::Filter(a), LogicalPlan::Filter(b)) => filter(a, b),
        (LogicalPlan::Join(a), LogicalPlan::Join(b)) => join(a, b),
        (LogicalPlan::Aggregate(a), LogicalPlan::Aggregate(b)) => aggregate(a, b),
        (LogicalPlan::Window(a), LogicalPlan::Window(b)) => window(a, b),
        (LogicalPlan::Sort(a), LogicalPlan::Sort(b)) => sort(a, b),
        (LogicalPlan::Limit(a), LogicalPlan::Limit(b)) => limit(a, b),
        (LogicalPlan::Union(a), LogicalPlan::Union(b)) => union(a, b),
        (LogicalPlan::Shared(a), LogicalPlan::Shared(b)) => shared(a, b),
        (
            LogicalPlan::Values(_)
            | LogicalPlan::Range(_)
            | LogicalPlan::Scan(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::SetOperation(_)
            | LogicalPlan::Expand(_)
            | LogicalPlan::Generate(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Sample(_)
            | LogicalPlan::Recursion(_)
            | LogicalPlan::RecursionInput(_)
            | LogicalPlan::Shared(_),
            _,
        ) => identical(a, b),
    }
}

/// Plans that are equal to the last column.
fn identical(a: &LogicalPlan, b: &LogicalPlan) -> Option<Fused> {
    let (mine, theirs) = (a.output(), b.output());
    let same_tables = tables(a) == tables(b);
    if std::mem::discriminant(a) != std::mem::discriminant(b)
        || mine.len() != theirs.len()
        || !same_tables
        || !a.is_deterministic()
        || a.canonical_form() != b.canonical_form()
    {
        return None;
    }
    let pairs = theirs.iter().zip(&mine);
    Some(Fused {
        plan: a.clone(),
        columns: pairs.map(|(theirs, mine)| (theirs.id, mine.id)).collect(),
    })
}

/// The tables that a plan reads, by identity.
fn tables(plan: &LogicalPlan) -> Vec<*const ()> {
    let mut found = Vec::new();
    plan.visit(&mut |node| {
        if let LogicalPlan::Scan(scan) = node {
            found.push(Arc::as_ptr(&scan.table).cast::<()>());
        }
    });
    found
}

/// The second plan's expression over the fused columns.
fn translated(expr: &Expr, columns: &Renamed) -> Expr {
    expr.clone().rename_columns(columns)
}

/// Whether two predicates ask the same, in any order of their terms.
fn same_terms(a: Option<&Expr>, b: Option<&Expr>, columns: &Renamed) -> bool {
    let terms = |expr: Option<&Expr>| expr.cloned().map_or(Vec::new(), Expr::conjuncts);
    let (a, b) = (terms(a), terms(b));
    let b: Vec<Expr> = b.iter().map(|term| translated(term, columns)).collect();
    let all_in = |some: &[Expr], others: &[Expr]| {
        some.iter()
            .all(|term| others.iter().any(|other| same_term(term, other)))
    };
    a.iter().all(Expr::is_deterministic) && all_in(&a, &b) && all_in(&b, &a)
}

fn same_term(a: &Expr, b: &Expr) -> bool {
    a.same(b)
        || match (a.as_equality(), b.as_equality()) {
            (Some((w, x, m)), Some((y, z, n))) => m == n && w.same(z) && x.same(y),
            _ => false,
        }
}

fn scan(a: &Scan, b: &Scan) -> Option<Fused> {
    if !Arc::ptr_eq(&a.table, &b.table)
        || a.attributes.len() != b.attributes.len()
        || a.limit.is_some()
        || b.limit.is_some()
        // Uses may read different fields of a struct.
        || (a.attributes.iter().zip(&b.attributes)).any(|(a, b)| a.data_type != b.data_type)
    {
        return None;
    }
    let pairs = b.attributes.iter().zip(&a.attributes);
    let columns: Renamed = pairs.map(|(b, a)| (b.id, a.id)).collect();
    let all = |scan: &Scan| (!scan.filters.is_empty()).then(|| Expr::all(scan.filters.clone()));
    if !same_terms(all(a).as_ref(), all(b).as_ref(), &columns) {
        return None;
    }
    let mut scan = a.clone();
    for column in &b.projection {
        if !scan.projection.contains(column) {
            scan.projection.push(*column);
        }
    }
    Some(Fused {
        plan: LogicalPlan::Scan(scan),
        columns,
    })
}

/// The subqueries of two nodes that must be equal: which of the first's those of the second are.
fn subqueries(a: &[Subquery], b: &[Subquery]) -> Option<HashMap<SubqueryId, SubqueryId>> {
    if a.len() != b.len() {
        return None;
    }
    let mut same = HashMap::new();
    for theirs in b {
        let mine = a.iter().find(|mine| {
            tables(&mine.plan) == tables(&theirs.plan)
                && mine.plan.is_deterministic()
                && mine.plan.canonical_form() == theirs.plan.canonical_form()
        })?;
        same.insert(theirs.id, mine.id);
    }
    Some(same)
}

/// An expression that asks the first plan's subqueries instead of the second's.
fn asking(expr: &Expr, same: &HashMap<SubqueryId, SubqueryId>) -> Expr {
    if same.is_empty() {
        return expr.clone();
    }
    expr.clone().transform(&mut |mut node| {
        if let Expr::ScalarSubquery { id, .. } | Expr::Exists { id } | Expr::InSubquery { id, .. } =
            &mut node
            && let Some(mine) = same.get(id)
        {
            *id = *mine;
        }
        node
    })
}

fn filter(a: &Filter, b: &Filter) -> Option<Fused> {
    let same = subqueries(&a.subqueries, &b.subqueries)?;
    let input = fuse(&a.input, &b.input)?;
    let theirs = asking(&b.predicate, &same);
    same_terms(Some(&a.predicate), Some(&theirs), &input.columns).then(|| Fused {
        plan: LogicalPlan::Filter(Filter {
            input: Box::new(input.plan),
            ..a.clone()
        }),
        columns: input.columns,
    })
}

fn project(a: &Project, b: &Project) -> Option<Fused> {
    let same = subqueries(&a.subqueries, &b.subqueries)?;
    let input = fuse(&a.input, &b.input)?;
    let theirs: Vec<NamedExpr> = (b.expressions.iter())
        .map(|named| NamedExpr {
            expr: asking(&named.expr, &same),
            ..named.clone()
        })
        .collect();
    computed(input, &a.expressions, &a.subqueries, &theirs)
}

/// A fused input with what either side computes over it. All columns of the input go on: a side without a
/// projection reads them.
fn computed(
    input: Fused,
    a: &[NamedExpr],
    subqueries: &[Subquery],
    b: &[NamedExpr],
) -> Option<Fused> {
    if a.iter()
        .chain(b)
        .any(|named| !named.expr.is_deterministic())
    {
        return None;
    }
    let mut expressions: Vec<NamedExpr> = a.to_vec();
    let mut columns = input.columns;
    let mut renamed = Renamed::new();
    for named in b {
        let expr = translated(&named.expr, &columns);
        match expressions.iter().find(|known| known.expr.same(&expr)) {
            Some(known) => {
                renamed.insert(named.id, known.id);
            }
            None => {
                // A column passed through keeps the identity that it has below.
                let id = match (&expr, named.is_pass()) {
                    (Expr::Column(column), true) => column.id,
                    _ => named.id,
                };
                renamed.insert(named.id, id);
                expressions.push(NamedExpr {
                    id,
                    name: named.name.clone(),
                    expr,
                });
            }
        }
    }
    for column in input.plan.output() {
        if !expressions.iter().any(|known| known.id == column.id) {
            expressions.push(NamedExpr::pass(&column));
        }
    }
    columns.extend(renamed);
    Some(Fused {
        plan: LogicalPlan::Project(Project {
            input: Box::new(input.plan),
            expressions,
            subqueries: subqueries.to_vec(),
        }),
        columns,
    })
}

fn join(a: &Join, b: &Join) -> Option<Fused> {
    use crate::plan::logical::LogicalJoinKind as Kind;
    let same_kind = match (&a.kind, &b.kind) {
        (Kind::Plain(a), Kind::Plain(b)) => a == b,
        (Kind::Mark(_), Kind::Mark(_))
        | (Kind::NullAwareAnti, Kind::NullAwareAnti)
        | (Kind::Single, Kind::Single) => true,
        (Kind::Plain(_) | Kind::Mark(_) | Kind::NullAwareAnti | Kind::Single, _) => false,
    };
    if !same_kind || a.hint != b.hint || a.lateral || b.lateral {
        return None;
    }
    if !a.subqueries.is_empty() || !b.subqueries.is_empty() {
        return None;
    }
    let left = fuse(&a.left, &b.left)?;
    let right = fuse(&a.right, &b.right)?;
    let mut columns = left.columns;
    columns.extend(right.columns);
    if !same_terms(a.condition.as_ref(), b.condition.as_ref(), &columns) {
        return None;
    }
    if let (Kind::Mark(mine), Kind::Mark(theirs)) = (&a.kind, &b.kind) {
        columns.insert(theirs.id, mine.id);
    }
    Some(Fused {
        plan: LogicalPlan::Join(Join {
            left: Box::new(left.plan),
            right: Box::new(right.plan),
            ..a.clone()
        }),
        columns,
    })
}

fn same_call(a: &AggregateCall, b: &AggregateCall) -> bool {
    let all_same =
        |a: &[Expr], b: &[Expr]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b));
    let same_filter = match (&a.filter, &b.filter) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same(b),
        (None, Some(_)) | (Some(_), None) => false,
    };
    // The direction of WITHIN GROUP is known to the kernel alone.
    let same_order =
        Arc::ptr_eq(&a.kernel, &b.kernel) || a.function.within_group == WithinGroup::Forbidden;
    a.function.name == b.function.name
        && a.distinct == b.distinct
        && a.data_type == b.data_type
        && same_filter
        && same_order
        && all_same(&a.arguments, &b.arguments)
}

fn aggregate(a: &Aggregate, b: &Aggregate) -> Option<Fused> {
    let input = fuse(&a.input, &b.input)?;
    let mut columns = input.columns;
    if a.keys.len() != b.keys.len() || a.keys.iter().any(|key| !key.expr.is_deterministic()) {
        return None;
    }
    let mut renamed = Renamed::new();
    for key in &b.keys {
        let expr = translated(&key.expr, &columns);
        let mine = a.keys.iter().find(|known| known.expr.same(&expr))?;
        renamed.insert(key.id, mine.id);
    }
    // Every key of the first must be one of the second too: a key may stand twice.
    if !(a.keys.iter()).all(|mine| renamed.values().any(|id| *id == mine.id)) {
        return None;
    }
    let mut calls = a.calls.clone();
    for (column, call) in &b.calls {
        let call = call
            .clone()
            .map_expressions(&mut |expr| translated(&expr, &columns));
        match calls.iter().find(|(_, known)| same_call(known, &call)) {
            Some((known, _)) => {
                renamed.insert(column.id, known.id);
            }
            None => calls.push((column.clone(), call)),
        }
    }
    columns.extend(renamed);
    Some(Fused {
        plan: LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input.plan),
            keys: a.keys.clone(),
            calls,
        }),
        columns,
    })
}

fn same_keys(a: &[SortKey], b: &[SortKey], columns: &Renamed) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            (a.ascending, a.nulls_first) == (b.ascending, b.nulls_first)
                && a.expr.is_deterministic()
                && a.expr.same(&translated(&b.expr, columns))
        })
}

fn same_window_call(a: &WindowCall, b: &WindowCall) -> bool {
    let same_bound = |a: &Bound, b: &Bound| match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) | (Bound::CurrentRow, Bound::CurrentRow) => true,
        (Bound::Rows(a), Bound::Rows(b)) => a == b,
        (Bound::Range(a), Bound::Range(b)) => a.same(b),
        (Bound::Unbounded | Bound::CurrentRow | Bound::Rows(_) | Bound::Range(_), _) => false,
    };
    let same_function = match (&a.function, &b.function) {
        (WindowFunctionCall::Aggregate(a), WindowFunctionCall::Aggregate(b)) => same_call(a, b),
        (
            WindowFunctionCall::Window {
                function: f,
                arguments: x,
                ignore_nulls: m,
                data_type: s,
                ..
            },
            WindowFunctionCall::Window {
                function: g,
                arguments: y,
                ignore_nulls: n,
                data_type: t,
                ..
            },
        ) => {
            f.name == g.name
                && m == n
                && s == t
                && x.len() == y.len()
                && x.iter().zip(y).all(|(x, y)| x.same(y))
        }
        (WindowFunctionCall::Aggregate(_) | WindowFunctionCall::Window { .. }, _) => false,
    };
    same_function
        && a.frame.unit == b.frame.unit
        && same_bound(&a.frame.start, &b.frame.start)
        && same_bound(&a.frame.end, &b.frame.end)
}

fn window(a: &Window, b: &Window) -> Option<Fused> {
    let input = fuse(&a.input, &b.input)?;
    let mut columns = input.columns;
    let deterministic = a.partition_by.iter().all(Expr::is_deterministic)
        && a.calls.iter().chain(&b.calls).all(|(_, call)| {
            call.expressions()
                .iter()
                .all(|expr| expr.is_deterministic())
        });
    let same_partitions = a.partition_by.len() == b.partition_by.len()
        && (a.partition_by.iter().zip(&b.partition_by))
            .all(|(a, b)| a.same(&translated(b, &columns)));
    if !deterministic || !same_partitions || !same_keys(&a.order_by, &b.order_by, &columns) {
        return None;
    }
    let mut calls = a.calls.clone();
    let mut renamed = Renamed::new();
    for (column, call) in &b.calls {
        let call = call
            .clone()
            .map_expressions(&mut |expr| translated(&expr, &columns));
        match calls
            .iter()
            .find(|(_, known)| same_window_call(known, &call))
        {
            Some((known, _)) => {
                renamed.insert(column.id, known.id);
            }
            None => calls.push((column.clone(), call)),
        }
    }
    columns.extend(renamed);
    Some(Fused {
        plan: LogicalPlan::Window(Window {
            input: Box::new(input.plan),
            calls,
            ..a.clone()
        }),
        columns,
    })
}

fn sort(a: &Sort, b: &Sort) -> Option<Fused> {
    let input = fuse(&a.input, &b.input)?;
    (a.global == b.global && same_keys(&a.order, &b.order, &input.columns)).then(|| Fused {
        plan: LogicalPlan::Sort(Sort {
            input: Box::new(input.plan),
            ..a.clone()
        }),
        columns: input.columns,
    })
}

fn limit(a: &Limit, b: &Limit) -> Option<Fused> {
    if (a.offset, a.limit, a.from_end) != (b.offset, b.limit, b.from_end) {
        return None;
    }
    let input = fuse(&a.input, &b.input)?;
    Some(Fused {
        plan: LogicalPlan::Limit(Limit {
            input: Box::new(input.plan),
            ..a.clone()
        }),
        columns: input.columns,
    })
}

/// Columns of a union are equal if they are in every input.
fn union(a: &Union, b: &Union) -> Option<Fused> {
    if a.inputs.len() != b.inputs.len() {
        return None;
    }
    let pairs = a.inputs.iter().zip(&b.inputs);
    let inputs: Vec<Fused> = pairs.map(|(a, b)| fuse(a, b)).collect::<Option<_>>()?;
    // For every input, the fused columns that are those of the union, in its order.
    let mut places: Vec<Vec<ColumnId>> = (a.inputs.iter())
        .map(|input| input.output().iter().map(|column| column.id).collect())
        .collect();
    let theirs: Vec<Vec<ColumnId>> = (b.inputs.iter().zip(&inputs))
        .map(|(input, fused)| {
            let output = input.output().into_iter();
            output
                .map(|column| fused.columns.get(&column.id).copied().unwrap_or(column.id))
                .collect()
        })
        .collect();
    let mut output: Vec<Attribute> = a.output.clone();
    let mut columns = Renamed::new();
    for (position, column) in b.output.iter().enumerate() {
        let known = (0..output.len()).find(|known| {
            output[*known].data_type == column.data_type
                && (places.iter().zip(&theirs))
                    .all(|(mine, theirs)| mine[*known] == theirs[position])
        });
        match known {
            Some(known) => {
                columns.insert(column.id, output[known].id);
            }
            None => {
                output.push(column.clone());
                for (mine, theirs) in places.iter_mut().zip(&theirs) {
                    mine.push(theirs[position]);
                }
            }
        }
    }
    let inputs = inputs.into_iter().zip(places).map(|(fused, places)| {
        let output = fused.plan.output();
        let exact = output
            .iter()
            .map(|column| column.id)
            .eq(places.iter().copied());
        let passed: Option<Vec<NamedExpr>> = (places.iter())
            .map(|id| {
                output
                    .iter()
                    .find(|column| column.id == *id)
                    .map(NamedExpr::pass)
            })
            .collect();
        match exact {
            true => Some(fused.plan),
            false => Some(fused.plan.project(passed?)),
        }
    });
    Some(Fused {
        plan: LogicalPlan::Union(Union {
            inputs: inputs.collect::<Option<_>>()?,
            output,
        }),
        columns,
    })
}

fn shared(a: &Shared, b: &Shared) -> Option<Fused> {
    if a.id != b.id {
        return None;
    }
    let mut fused = a.clone();
    let mut columns = Renamed::new();
    for (own, column) in &b.columns {
        match fused.columns.iter().find(|(_, known)| known == column) {
            Some((known, _)) => {
                columns.insert(own.id, known.id);
            }
            None => fused.columns.push((own.clone(), *column)),
        }
    }
    Some(Fused {
        plan: LogicalPlan::Shared(fused),
        columns,
    })
}
