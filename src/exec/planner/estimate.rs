//! Rough numbers of rows, to choose build sides and strategies by.

use crate::expr::{CalledFunction, ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, LogicalJoinKind, Scan};
use crate::plan::unresolved::JoinKind;
use crate::types::{DataType, arrow_type};

/// What a plan node is thought to give.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct Estimate {
    /// Rows.
    pub rows: f64,
    /// Rows of the largest table below, before any filter: what keys of it may count up to.
    pub base: f64,
    /// Share of the rows that filters let through.
    pub selectivity: f64,
}

/// Rows of a table that does not say.
const UNKNOWN_ROWS: f64 = 1e6;

impl Estimate {
    fn exactly(rows: f64) -> Estimate {
        Estimate {
            rows,
            base: rows.max(1.0),
            selectivity: 1.0,
        }
    }

    fn scaled(self, factor: f64) -> Estimate {
        Estimate {
            rows: (self.rows * factor).max(1.0),
            base: self.base,
            selectivity: self.selectivity * factor,
        }
    }

    /// The estimate of a plan.
    pub fn of(plan: &LogicalPlan) -> Estimate {
        match plan {
            LogicalPlan::Values(node) => Estimate::exactly(node.rows.len() as f64),
            LogicalPlan::Range(node) => {
                let span = (node.end as f64 - node.start as f64) / node.step as f64;
                Estimate::exactly(span.max(0.0))
            }
            LogicalPlan::Scan(node) => scan(node),
            LogicalPlan::Project(node) => Estimate::of(&node.input),
            LogicalPlan::Filter(node) => {
                Estimate::of(&node.input).scaled(selectivity(&node.predicate, &|_| None))
            }
            LogicalPlan::Join(node) => join(node),
            LogicalPlan::Aggregate(node) => {
                let input = Estimate::of(&node.input);
                match node.keys.len() {
                    0 => Estimate::exactly(1.0),
                    _ => Estimate {
                        rows: (input.rows / 4.0).max(1.0),
                        ..input
                    },
                }
            }
            LogicalPlan::Window(node) => Estimate::of(&node.input),
            LogicalPlan::Sort(node) => Estimate::of(&node.input),
            LogicalPlan::Limit(node) => {
                let input = Estimate::of(&node.input);
                let limit = node.limit.map_or(f64::MAX, |limit| limit as f64);
                input.scaled((limit / input.rows.max(1.0)).min(1.0))
            }
            LogicalPlan::Union(node) => {
                let inputs = node.inputs.iter().map(|input| Estimate::of(input).rows);
                Estimate::exactly(inputs.sum())
            }
            LogicalPlan::SetOperation(node) => Estimate::of(&node.left),
            LogicalPlan::Expand(node) => {
                let input = Estimate::of(&node.input);
                Estimate::exactly(input.rows * node.projections.len() as f64)
            }
            LogicalPlan::Generate(node) => Estimate::exactly(Estimate::of(&node.input).rows * 4.0),
            LogicalPlan::Repartition(node) => Estimate::of(&node.input),
            LogicalPlan::Sample(node) => {
                Estimate::of(&node.input).scaled((node.upper - node.lower).clamp(0.0, 1.0))
            }
            LogicalPlan::Recursion(node) => Estimate::exactly(Estimate::of(&node.anchor).rows * 10.0),
            LogicalPlan::RecursionInput(_) => Estimate::exactly(1000.0),
        }
    }

    /// Bytes of these columns for all rows.
    pub fn bytes<'a>(&self, columns: impl IntoIterator<Item = &'a crate::expr::Attribute>) -> f64 {
        let widths = columns.into_iter().map(|column| width(&column.data_type));
        self.rows * widths.sum::<f64>().max(1.0)
    }
}

/// Bytes of an average value.
fn width(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Boolean => 1.0,
        DataType::String | DataType::Char(_) | DataType::Varchar(_) | DataType::Binary => 24.0,
        other => arrow_type(other).primitive_width().map_or(64.0, |width| width as f64),
    }
}

fn scan(node: &Scan) -> Estimate {
    let statistics = node.table.statistics();
    let rows = statistics.rows.map(|rows| rows as f64).or_else(|| {
        let per_row: f64 = node.attributes.iter().map(|a| width(&a.data_type)).sum();
        statistics.bytes.map(|bytes| bytes as f64 * 2.0 / per_row.max(1.0))
    });
    let distinct = |id: ColumnId| {
        let column = node.attributes.iter().position(|a| a.id == id)?;
        statistics.columns.get(column)?.distinct.map(|distinct| distinct as f64)
    };
    let filters = node.filters.iter().map(|filter| selectivity(filter, &distinct));
    Estimate::exactly(rows.unwrap_or(UNKNOWN_ROWS)).scaled(filters.product())
}

/// The share of rows for which a predicate is thought to be true.
fn selectivity(predicate: &Expr, distinct: &dyn Fn(ColumnId) -> Option<f64>) -> f64 {
    match predicate {
        Expr::And(terms) => terms.iter().map(|term| selectivity(term, distinct)).product(),
        Expr::Or(terms) => {
            terms.iter().map(|term| selectivity(term, distinct)).sum::<f64>().min(1.0)
        }
        Expr::Not(operand) => 1.0 - selectivity(operand, distinct),
        Expr::IsNull { negated, .. } => if *negated { 0.95 } else { 0.05 },
        Expr::In { operand, list } => (equality(operand, distinct) * list.len() as f64).min(1.0),
        Expr::Call(call) => match &call.function {
            CalledFunction::BuiltIn(function) => match function.name {
                "=" | "==" | "<=>" => {
                    let sides = call.arguments.iter().map(|side| equality(side, distinct));
                    sides.fold(1.0, f64::min)
                }
                "<" | "<=" | ">" | ">=" => 0.4,
                "like" | "startswith" | "contains" | "endswith" => 0.1,
                _ => 0.3,
            },
            CalledFunction::User(_) => 0.3,
        },
        Expr::Literal(literal) if literal.value.as_bool() == Some(true) => 1.0,
        _ => 0.3,
    }
}

fn equality(side: &Expr, distinct: &dyn Fn(ColumnId) -> Option<f64>) -> f64 {
    match side {
        Expr::Column(column) => distinct(column.id).map_or(0.1, |distinct| 1.0 / distinct.max(1.0)),
        Expr::Literal(_) => 1.0,
        _ => 0.1,
    }
}

fn join(node: &Join) -> Estimate {
    let (left, right) = (Estimate::of(&node.left), Estimate::of(&node.right));
    let base = left.base.max(right.base);
    let pairs = match &node.condition {
        None => left.rows * right.rows,
        // A key of one side is looked up in the other: the smaller table bounds how many there are.
        Some(_) => left.rows * right.rows / left.base.min(right.base).max(1.0),
    };
    let of = |rows: f64| Estimate {
        rows: rows.max(1.0),
        base,
        selectivity: left.selectivity * right.selectivity,
    };
    match &node.kind {
        LogicalJoinKind::Plain(kind) => match kind {
            JoinKind::Inner | JoinKind::Cross => of(pairs),
            JoinKind::LeftOuter => of(pairs.max(left.rows)),
            JoinKind::RightOuter => of(pairs.max(right.rows)),
            JoinKind::FullOuter => of(pairs.max(left.rows + right.rows)),
            JoinKind::LeftSemi => left.scaled(right.selectivity.clamp(0.05, 1.0)),
            JoinKind::LeftAnti => left.scaled(0.5),
        },
        LogicalJoinKind::Mark(_) | LogicalJoinKind::Single => left,
        LogicalJoinKind::NullAwareAnti => left.scaled(0.5),
    }
}
