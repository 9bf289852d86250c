//! Several expressions over the same rows, with what they have in common computed once.
//!
//! A subexpression that stands at least twice, once of these where it is evaluated for every row, becomes a *shared
//! column*: it is computed first, and stands behind the input's columns for the expressions that use it. One that
//! stands only in the branches of CASE and the like does so too if no row can make it fail and it costs little.

use super::Evaluator;
use super::traits::is_cheap_to_share;
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Expr};
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use arrow::array::ArrayRef;
use std::sync::Arc;

/// Compiled expressions over one input. Shared by all workers.
#[derive(Debug, Clone)]
pub struct Projector {
    /// Each reads the input and the shared columns before it.
    shared: Vec<Arc<Evaluator>>,
    outputs: Vec<Arc<Evaluator>>,
}

impl Projector {
    /// Compiles the expressions; `input[i]` is what column `i` of a batch holds.
    pub fn new(expressions: &[Expr], input: &[Attribute], config: &Config) -> Result<Projector> {
        let mut expressions = expressions.to_vec();
        let mut input = input.to_vec();
        let mut shared = Vec::new();
        while let Some(common) = largest_common(&expressions) {
            // Ids from the top cannot meet those of the query, which count up from 0.
            let attribute = Attribute {
                id: ColumnId(u32::MAX - input.len() as u32),
                name: "shared".into(),
                data_type: common.data_type(),
                nullable: common.nullable(),
            };
            expressions = (expressions.into_iter())
                .map(|expr| replace(expr, &common, &attribute))
                .collect();
            // It may itself contain something that others have in common with it.
            shared.push((common, input.len()));
            input.push(attribute);
        }
        let shared = (shared.into_iter())
            .map(|(expr, width)| Ok(Arc::new(Evaluator::new(&expr, &input[..width], config)?)));
        let outputs =
            (expressions.iter()).map(|expr| Ok(Arc::new(Evaluator::new(expr, &input, config)?)));
        Ok(Projector {
            shared: shared.collect::<Result<_>>()?,
            outputs: outputs.collect::<Result<_>>()?,
        })
    }

    /// The values of all expressions.
    pub fn eval(
        &self,
        columns: &[ArrayRef],
        rows: usize,
        context: &EvalContext,
    ) -> Result<Vec<Column>> {
        let mut with_shared;
        let mut columns = columns;
        if !self.shared.is_empty() {
            with_shared = columns.to_vec();
            for evaluator in &self.shared {
                let value = evaluator.eval(&with_shared, rows, context)?;
                with_shared.push(value.to_array(rows));
            }
            columns = &with_shared;
        }
        let outputs = self.outputs.iter();
        outputs
            .map(|output| output.eval(columns, rows, context))
            .collect()
    }

    /// The values of all expressions as arrays.
    pub fn eval_arrays(
        &self,
        columns: &[ArrayRef],
        rows: usize,
        context: &EvalContext,
    ) -> Result<Vec<ArrayRef>> {
        let values = self.eval(columns, rows, context)?;
        Ok(values.iter().map(|column| column.to_array(rows)).collect())
    }

    /// The input columns that the expressions pass through, if that is all they do.
    pub fn as_columns(&self) -> Option<Vec<usize>> {
        if !self.shared.is_empty() {
            return None;
        }
        self.outputs
            .iter()
            .map(|output| output.as_column())
            .collect()
    }

    /// How many expressions.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// How many subexpressions are computed for several.
    #[cfg(test)]
    pub(super) fn shared(&self) -> usize {
        self.shared.len()
    }

    /// Whether there are no expressions.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The projector for one partition: kernels that keep state per partition are its own.
    pub fn for_partition(&self, partition: usize) -> Projector {
        let own = |all: &[Arc<Evaluator>]| all.iter().map(|e| e.for_partition(partition)).collect();
        Projector {
            shared: own(&self.shared),
            outputs: own(&self.outputs),
        }
    }
}

/// A subexpression that could become a shared column.
struct Candidate<'a> {
    expr: &'a Expr,
    /// Number of its nodes.
    size: usize,
    /// It is evaluated for every row.
    sure: bool,
}

/// The largest subexpression that is worth computing once.
fn largest_common(expressions: &[Expr]) -> Option<Expr> {
    let mut candidates = Vec::new();
    for expr in expressions {
        collect(expr, true, &mut candidates);
    }
    let mut best: Option<&Candidate> = None;
    for (index, candidate) in candidates.iter().enumerate() {
        let is_same =
            |other: &&Candidate| other.size == candidate.size && candidate.expr.same(other.expr);
        let mut others = candidates[index + 1..].iter().filter(is_same).peekable();
        if best.is_none_or(|best| candidate.size > best.size)
            && others.peek().is_some()
            && (candidate.sure
                || others.any(|other| other.sure)
                || is_cheap_to_share(candidate.expr))
        {
            best = Some(candidate);
        }
    }
    best.map(|best| best.expr.clone())
}

/// Adds the subexpressions that are worth sharing; returns the number of nodes. `sure` is whether `expr` is evaluated
/// for every row.
fn collect<'a>(expr: &'a Expr, sure: bool, candidates: &mut Vec<Candidate<'a>>) -> usize {
    // A limit on what planning may cost for very wide projections.
    const MOST: usize = 400;
    let worthwhile = match expr {
        Expr::Call(_) | Expr::Cast { .. } => true,
        Expr::Case { .. } | Expr::And(_) | Expr::Or(_) | Expr::Coalesce { .. } => true,
        Expr::Lambda { .. } => return 1,
        _ => false,
    };
    let mut size = 1;
    let children = expr.children();
    // Of lazily evaluated children only the first is sure to be evaluated.
    let surely = match expr {
        Expr::Case { .. } | Expr::And(_) | Expr::Or(_) | Expr::Coalesce { .. } => 1,
        Expr::In { .. } => 1,
        _ => children.len(),
    };
    for (position, child) in children.into_iter().enumerate() {
        size += collect(child, sure && position < surely, candidates);
    }
    if worthwhile && candidates.len() < MOST && expr.is_deterministic() && !expr.is_constant() {
        candidates.push(Candidate { expr, size, sure });
    }
    size
}

/// The expression with a column instead of each occurrence of a subexpression.
pub(super) fn replace(expr: Expr, common: &Expr, attribute: &Attribute) -> Expr {
    if expr.same(common) {
        return Expr::Column(attribute.clone());
    }
    if matches!(expr, Expr::Lambda { .. }) {
        return expr;
    }
    expr.map_children(&mut |child| replace(child, common, attribute))
}
