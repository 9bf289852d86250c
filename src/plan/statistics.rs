//! Estimates: how many rows a plan gives and how many distinct values its columns have.
//!
//! Base tables know from their files' metadata; everything above is arithmetic on the classic assumptions
//! (values spread evenly, predicates independent, the smaller set of join keys contained in the larger).
//! The join order, broadcast decisions and build sides come from here; execution corrects what it can when
//! it sees true sizes.

use super::logical::{Aggregate, Join, LogicalJoinKind, LogicalPlan, Scan};
use super::unresolved::JoinKind;
use crate::expr::{Attribute, ColumnId, Expr};
use crate::types::{DataType, Value};
use hashbrown::HashMap;

/// What is expected of a plan's output.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    /// Rows.
    pub rows: f64,
    /// What is known of columns.
    pub columns: HashMap<ColumnId, ColumnEstimate>,
}

/// What is expected of a column.
#[derive(Debug, Clone, Default)]
pub struct ColumnEstimate {
    /// Distinct values.
    pub distinct: Option<f64>,
    /// Smallest and largest value, as numbers.
    pub range: Option<(f64, f64)>,
    /// Share of NULLs.
    pub nulls: f64,
}

/// Rows assumed of a table of unknown size.
const UNKNOWN_ROWS: f64 = 100_000.0;
/// Share of rows that have a certain value in a column of which nothing is known.
const CATEGORY_SHARE: f64 = 0.04;
/// Share of rows that pass a predicate of which nothing is known.
const UNKNOWN_SELECTIVITY: f64 = 1.0 / 3.0;

impl Estimate {
    /// Bytes in memory, from the rows and the widths of the types.
    pub fn bytes(&self, output: &[Attribute]) -> f64 {
        let width: f64 = output.iter().map(|column| width(&column.data_type)).sum();
        self.rows * width.max(1.0)
    }

    /// Distinct values of a column, never more than rows.
    pub fn distinct(&self, id: ColumnId) -> f64 {
        let known = self.columns.get(&id).and_then(|column| column.distinct);
        known
            .unwrap_or_else(|| unknown_distinct(self.rows))
            .min(self.rows)
            .max(1.0)
    }

    fn scaled(mut self, rows: f64) -> Estimate {
        self.rows = rows.max(0.0);
        self
    }
}

/// Distinct values of a column of which nothing is known, in a table of so many rows.
fn unknown_distinct(rows: f64) -> f64 {
    (rows / 10.0).max(rows.min(100.0))
}

/// Bytes of a value in memory, roughly.
fn width(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Null => 0.0,
        DataType::Boolean | DataType::Byte => 1.0,
        DataType::Short => 2.0,
        DataType::Integer | DataType::Float | DataType::Date => 4.0,
        DataType::YearMonthInterval { .. } => 4.0,
        DataType::Long
        | DataType::Double
        | DataType::Timestamp
        | DataType::TimestampNtz
        | DataType::DayTimeInterval { .. } => 8.0,
        DataType::Decimal { precision, .. } => {
            if *precision <= 18 {
                8.0
            } else {
                16.0
            }
        }
        DataType::CalendarInterval => 16.0,
        DataType::String | DataType::Char(_) | DataType::Varchar(_) | DataType::Binary => 28.0,
        DataType::Array { element, .. } => 4.0 + 8.0 * width(element),
        DataType::Map { key, value, .. } => 4.0 + 8.0 * (width(key) + width(value)),
        DataType::Struct(fields) => fields.iter().map(|field| width(&field.data_type)).sum(),
    }
}

/// Estimates a plan.
pub fn estimate(plan: &LogicalPlan) -> Estimate {
    match plan {
        LogicalPlan::Values(node) => Estimate {
            rows: node.rows.len() as f64,
            ..Estimate::default()
        },
        LogicalPlan::Range(node) => range(node),
        LogicalPlan::Scan(node) => scan(node),
        LogicalPlan::Project(node) => {
            let mut input = estimate(&node.input);
            for named in &node.expressions {
                if let Expr::Column(column) = &named.expr
                    && column.id != named.id
                    && let Some(known) = input.columns.get(&column.id).cloned()
                {
                    input.columns.insert(named.id, known);
                } else if named.expr.as_literal().is_some() {
                    let one = ColumnEstimate {
                        distinct: Some(1.0),
                        ..ColumnEstimate::default()
                    };
                    input.columns.insert(named.id, one);
                } else if !matches!(named.expr, Expr::Column(_)) {
                    let distinct = distinct_of(&named.expr, &input);
                    input.columns.insert(
                        named.id,
                        ColumnEstimate {
                            distinct: Some(distinct),
                            ..Default::default()
                        },
                    );
                }
            }
            input
        }
        LogicalPlan::Filter(node) => {
            let input = estimate(&node.input);
            filtered(input, &node.predicate)
        }
        LogicalPlan::Join(node) => join(node, estimate(&node.left), estimate(&node.right)),
        LogicalPlan::Aggregate(node) => aggregate(node),
        LogicalPlan::Window(node) => estimate(&node.input),
        LogicalPlan::Sort(node) => estimate(&node.input),
        LogicalPlan::Limit(node) => {
            let input = estimate(&node.input);
            let rows = (input.rows - node.offset as f64).max(0.0);
            input.scaled(node.limit.map_or(rows, |limit| rows.min(limit as f64)))
        }
        LogicalPlan::Union(node) => {
            let rows = node.inputs.iter().map(|input| estimate(input).rows).sum();
            Estimate {
                rows,
                ..Estimate::default()
            }
        }
        LogicalPlan::SetOperation(node) => estimate(&node.left),
        LogicalPlan::Expand(node) => {
            let rows = estimate(&node.input).rows * node.projections.len() as f64;
            Estimate {
                rows,
                ..Estimate::default()
            }
        }
        LogicalPlan::Generate(node) => {
            let input = estimate(&node.input);
            let rows = input.rows * 4.0;
            input.scaled(rows)
        }
        LogicalPlan::Repartition(node) => estimate(&node.input),
        LogicalPlan::Sample(node) => {
            let input = estimate(&node.input);
            let rows = input.rows * (node.upper - node.lower);
            input.scaled(rows)
        }
        LogicalPlan::Recursion(node) => {
            let rows = estimate(&node.anchor).rows * 10.0;
            Estimate {
                rows,
                ..Estimate::default()
            }
        }
        LogicalPlan::Shared(node) => {
            let mut plan = estimate(&node.plan);
            for (own, column) in &node.columns {
                if let Some(known) = plan.columns.get(column).cloned() {
                    plan.columns.insert(own.id, known);
                }
            }
            plan
        }
        LogicalPlan::RecursionInput(_) => Estimate {
            rows: 100.0,
            ..Estimate::default()
        },
    }
}

fn range(node: &super::logical::Range) -> Estimate {
    let rows = ((node.end as f64 - node.start as f64) / node.step as f64)
        .ceil()
        .max(0.0);
    let bounds = (node.start as f64, node.end as f64);
    let column = ColumnEstimate {
        distinct: Some(rows),
        range: Some(bounds),
        nulls: 0.0,
    };
    Estimate {
        rows,
        columns: HashMap::from([(node.output.id, column)]),
    }
}

fn scan(node: &Scan) -> Estimate {
    let statistics = node.table.statistics();
    let rows = match (statistics.rows, statistics.bytes) {
        (Some(rows), _) => rows as f64,
        (None, Some(bytes)) => {
            let row: f64 = node
                .attributes
                .iter()
                .map(|column| width(&column.data_type))
                .sum();
            bytes as f64 / row.max(1.0)
        }
        (None, None) => UNKNOWN_ROWS,
    };
    let mut columns = HashMap::new();
    for (attribute, known) in node.attributes.iter().zip(&statistics.columns) {
        let range = match (&known.minimum, &known.maximum) {
            (Some(low), Some(high)) => number(low).zip(number(high)),
            _ => None,
        };
        let counted = known.distinct.map(|n| n as f64);
        // Whole numbers cannot be more different than their range is wide.
        let is_whole = attribute.data_type.is_integral() || attribute.data_type == DataType::Date;
        let spread = range
            .filter(|_| is_whole)
            .map(|(low, high)| (high - low + 1.0).min(rows));
        let column = ColumnEstimate {
            distinct: counted.or(spread),
            range,
            nulls: known
                .nulls
                .map_or(0.0, |nulls| nulls as f64 / rows.max(1.0)),
        };
        columns.insert(attribute.id, column);
    }
    let all = Estimate { rows, columns };
    node.filters.iter().fold(all, filtered)
}

/// A value on a number line, for ranges.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(v) => Some(f64::from(*v)),
        Value::Double(v) => Some(*v),
        Value::Decimal(v) => Some(v.unscaled as f64 / 10f64.powi(i32::from(v.scale))),
        Value::Date(v) => Some(f64::from(*v)),
        Value::Timestamp(v) | Value::TimestampNtz(v) => Some(*v as f64),
        other => other.as_i64().map(|v| v as f64),
    }
}

/// Rows of the table below filters and projections; of another plan its own.
pub fn unfiltered_rows(plan: &LogicalPlan) -> f64 {
    match plan {
        LogicalPlan::Project(node) => unfiltered_rows(&node.input),
        LogicalPlan::Filter(node) => unfiltered_rows(&node.input),
        LogicalPlan::Scan(node) => {
            let whole = Scan {
                filters: Vec::new(),
                ..node.clone()
            };
            scan(&whole).rows
        }
        other => estimate(other).rows,
    }
}

/// Whether the number of rows hangs on what HAVING lets through: a filter on results of an aggregation, of which no
/// statistics tell anything.
pub fn hangs_on_having(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Project(node) => hangs_on_having(&node.input),
        LogicalPlan::Filter(node) => {
            let mut input = &*node.input;
            while let LogicalPlan::Project(project) = input {
                input = &project.input;
            }
            // Filters on keys alone stand below.
            matches!(input, LogicalPlan::Aggregate(node) if !node.keys.is_empty())
                || hangs_on_having(input)
        }
        LogicalPlan::Join(node) => {
            let filters = matches!(
                node.kind,
                LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::LeftSemi)
            );
            filters && (hangs_on_having(&node.left) || hangs_on_having(&node.right))
        }
        _ => false,
    }
}

/// The estimate of the rows that pass a predicate.
pub fn filtered(input: Estimate, predicate: &Expr) -> Estimate {
    let rows = input.rows * selectivity(predicate, &input);
    let mut output = input.scaled(rows);
    for term in predicate.clone().conjuncts() {
        narrow(&mut output, &term);
    }
    output
}

/// What a comparison with a constant says about the column's values that are left.
fn narrow(output: &mut Estimate, term: &Expr) {
    if let Some((id, operator, value)) = comparison(term) {
        let column = output.columns.entry(id).or_default();
        match operator {
            "=" | "<=>" => column.distinct = Some(1.0),
            _ => {
                if let (Some((low, high)), Some(value)) = (column.range, number(value)) {
                    let range = if operator.starts_with('<') {
                        (low, high.min(value))
                    } else {
                        (low.max(value), high)
                    };
                    let share = (range.1 - range.0).max(0.0) / (high - low).max(1e-9);
                    column.range = Some(range);
                    column.distinct = column.distinct.map(|n| (n * share).max(1.0));
                }
            }
        }
    }
    if let Expr::In { operand, list } = term
        && let Expr::Column(column) = operand.as_ref()
    {
        output.columns.entry(column.id).or_default().distinct = Some(list.len() as f64);
    }
}

/// `column operator constant`, turned round where the constant is on the left.
fn comparison(term: &Expr) -> Option<(ColumnId, &str, &Value)> {
    let Expr::Call(call) = term else { return None };
    let mirrored = match call.name() {
        name @ ("=" | "<=>") => name,
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => return None,
    };
    match call.arguments.as_slice() {
        [Expr::Column(column), Expr::Literal(literal)] => {
            Some((column.id, call.function.name(), &literal.value))
        }
        [Expr::Literal(literal), Expr::Column(column)] => {
            Some((column.id, mirrored, &literal.value))
        }
        _ => None,
    }
}

/// The share of rows for which a predicate is true.
pub fn selectivity(predicate: &Expr, input: &Estimate) -> f64 {
    match predicate {
        Expr::And(terms) => conjunction(terms, input),
        Expr::Or(terms) => {
            1.0 - terms
                .iter()
                .map(|term| 1.0 - selectivity(term, input))
                .product::<f64>()
        }
        Expr::Not(operand) => 1.0 - selectivity(operand, input),
        Expr::Literal(literal) => {
            if literal.value.as_bool() == Some(true) {
                1.0
            } else {
                0.0
            }
        }
        Expr::IsNull { operand, negated } => {
            let nulls = match operand.as_ref() {
                Expr::Column(column) => input.columns.get(&column.id).map_or(0.05, |c| c.nulls),
                _ => 0.05,
            };
            if *negated { 1.0 - nulls } else { nulls }
        }
        Expr::In { operand, list } => {
            let each = constant_share(operand, input);
            (list.len() as f64 * each).min(1.0)
        }
        Expr::Call(call) => match (call.name(), call.arguments.as_slice()) {
            ("=" | "<=>", [side, Expr::Literal(_)] | [Expr::Literal(_), side]) => {
                constant_share(side, input)
            }
            ("=" | "<=>", [left, right]) => {
                1.0 / distinct_of(left, input)
                    .max(distinct_of(right, input))
                    .max(1.0)
            }
            ("<" | "<=" | ">" | ">=", _) => {
                range_share(predicate, input).unwrap_or(UNKNOWN_SELECTIVITY)
            }
            ("like" | "ilike" | "rlike" | "startswith" | "contains" | "endswith", _) => 0.1,
            _ => UNKNOWN_SELECTIVITY,
        },
        _ => UNKNOWN_SELECTIVITY,
    }
}

/// The share of rows in which a column has a certain value. Nobody looks for a value in a column of which
/// nothing is known unless it is a category of some kind.
fn constant_share(side: &Expr, input: &Estimate) -> f64 {
    let is_known = match side {
        Expr::Column(column) => {
            let known = input.columns.get(&column.id);
            known.is_some_and(|column| column.distinct.is_some())
        }
        _ => true,
    };
    let share = 1.0 / distinct_of(side, input).max(1.0);
    if is_known {
        share
    } else {
        share.max(CATEGORY_SHARE)
    }
}

/// A conjunction: independent terms, but a lower and an upper bound of one column overlap.
fn conjunction(terms: &[Expr], input: &Estimate) -> f64 {
    let mut bounds: HashMap<ColumnId, (f64, f64)> = HashMap::new();
    let mut share = 1.0;
    for term in terms {
        let bound = comparison(term).filter(|(_, operator, _)| operator.contains(['<', '>']));
        match (bound, range_share(term, input)) {
            (Some((id, operator, _)), Some(part)) if operator != "<=>" => {
                let entry = bounds.entry(id).or_insert((1.0, 1.0));
                let side = if operator.starts_with('<') {
                    &mut entry.1
                } else {
                    &mut entry.0
                };
                *side = side.min(part);
            }
            _ => share *= selectivity(term, input),
        }
    }
    let within = |(above, below): (f64, f64)| (above + below - 1.0).max(1e-4);
    share * bounds.into_values().map(within).product::<f64>()
}

fn range_share(term: &Expr, input: &Estimate) -> Option<f64> {
    let (id, operator, value) = comparison(term)?;
    let (low, high) = input.columns.get(&id)?.range?;
    let value = number(value)?;
    if high <= low {
        return None;
    }
    let below = ((value - low) / (high - low)).clamp(0.0, 1.0);
    Some(if operator.starts_with('<') {
        below
    } else {
        1.0 - below
    })
}

/// Distinct values of an expression: those of the columns in it, multiplied.
fn distinct_of(expr: &Expr, input: &Estimate) -> f64 {
    match expr {
        Expr::Column(column) => input.distinct(column.id),
        Expr::Literal(_) => 1.0,
        Expr::Call(call) if matches!(call.name(), "year") => 10.0,
        other => {
            let product: f64 = other
                .references()
                .iter()
                .map(|id| input.distinct(*id))
                .product();
            product.min(input.rows).max(1.0)
        }
    }
}

/// The estimate of a join of two estimated inputs.
pub fn join(node: &Join, left: Estimate, right: Estimate) -> Estimate {
    let condition = node.condition.as_ref();
    let matches = inner_rows(condition, &left, &right);
    let (l, r) = (left.rows, right.rows);
    let columns = both_columns(&left, &right);
    let semi_share = || match_share(condition, &left, &right);
    let rows = match &node.kind {
        LogicalJoinKind::Plain(kind) => match kind {
            JoinKind::Inner | JoinKind::Cross => matches,
            JoinKind::LeftOuter => matches.max(l),
            JoinKind::RightOuter => matches.max(r),
            JoinKind::FullOuter => matches.max(l).max(r),
            JoinKind::LeftSemi => return left.clone().scaled(l * semi_share()),
            JoinKind::LeftAnti => return left.clone().scaled(l * (1.0 - semi_share()).max(0.05)),
        },
        LogicalJoinKind::Mark(_) => return left,
        LogicalJoinKind::NullAwareAnti => {
            return left.clone().scaled(l * (1.0 - semi_share()).max(0.05));
        }
        LogicalJoinKind::Single => l,
    };
    Estimate { rows, columns }
}

/// The columns of both sides of a join. A column has no more distinct values than its side has rows, however
/// many rows the join makes of them.
pub fn both_columns(left: &Estimate, right: &Estimate) -> HashMap<ColumnId, ColumnEstimate> {
    let of = |side: &Estimate| -> Vec<(ColumnId, ColumnEstimate)> {
        let capped = side.columns.iter().map(|(id, column)| {
            let distinct = column
                .distinct
                .map(|distinct| distinct.min(side.rows).max(1.0));
            let column = ColumnEstimate {
                distinct,
                ..column.clone()
            };
            (*id, column)
        });
        capped.collect()
    };
    of(left).into_iter().chain(of(right)).collect()
}

/// Rows of an inner join on keys, given the distinct values that each key has on either side. Several keys together
/// have no more distinct values on a side than it has rows.
pub fn matching_rows(keys: impl Iterator<Item = (f64, f64)>, left: f64, right: f64) -> f64 {
    let (mut l, mut r) = (1.0, 1.0);
    for (in_left, in_right) in keys {
        l *= in_left.max(1.0);
        r *= in_right.max(1.0);
    }
    left * right / l.min(left).max(r.min(right)).max(1.0)
}

/// Rows of an inner join.
pub fn inner_rows(condition: Option<&Expr>, left: &Estimate, right: &Estimate) -> f64 {
    let Some(condition) = condition else {
        return left.rows * right.rows;
    };
    let mut keys = Vec::new();
    let mut rest = Vec::new();
    for term in condition.clone().conjuncts() {
        match term.as_equality() {
            Some((a, b, _)) => {
                let is_left = |expr: &Expr| {
                    let read = expr.references();
                    read.iter().all(|id| left.columns.contains_key(id))
                };
                let (l, r) = if is_left(b) && !is_left(a) {
                    (b, a)
                } else {
                    (a, b)
                };
                keys.push((distinct_of(l, left), distinct_of(r, right)));
            }
            None => rest.push(term),
        }
    }
    let mut rows = matching_rows(keys.into_iter(), left.rows, right.rows);
    if !rest.is_empty() {
        let both = Estimate {
            rows: left.rows * right.rows,
            columns: both_columns(left, right),
        };
        rows *= rest
            .iter()
            .map(|term| selectivity(term, &both))
            .product::<f64>();
    }
    rows.max(1.0)
}

/// The share of left rows that have a match.
fn match_share(condition: Option<&Expr>, left: &Estimate, right: &Estimate) -> f64 {
    let Some(condition) = condition else {
        return 1.0;
    };
    let mut share: f64 = 1.0;
    for term in condition.clone().conjuncts() {
        if let Some((Expr::Column(a), Expr::Column(b), _)) = term.as_equality() {
            let (l, r) = if left.columns.contains_key(&b.id) {
                (b, a)
            } else {
                (a, b)
            };
            share = share.min(right.distinct(r.id) / left.distinct(l.id));
        } else {
            share = share.min(0.8);
        }
    }
    share.clamp(0.0, 1.0)
}

fn aggregate(node: &Aggregate) -> Estimate {
    let input = estimate(&node.input);
    if node.keys.is_empty() {
        return Estimate {
            rows: 1.0,
            ..Estimate::default()
        };
    }
    let groups: f64 = node
        .keys
        .iter()
        .map(|key| distinct_of(&key.expr, &input))
        .product();
    let rows = groups.min(input.rows).max(1.0);
    let mut columns = HashMap::new();
    for key in &node.keys {
        let distinct = Some(distinct_of(&key.expr, &input).min(rows));
        let known = match &key.expr {
            Expr::Column(column) => input.columns.get(&column.id).cloned().unwrap_or_default(),
            _ => ColumnEstimate::default(),
        };
        columns.insert(key.id, ColumnEstimate { distinct, ..known });
    }
    Estimate { rows, columns }
}
