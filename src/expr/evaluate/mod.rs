//! The compiled evaluator: an expression over columns at known positions, ready to run on batches.
//!
//! ```text
//!   Expr + input attributes ──compile──► Node tree ──eval(columns, rows)──► Column
//!     columns by id                        columns by position
//!     casts, IN lists                      compiled once
//! ```
//!
//! * Constants stay constants: a [`Column::Constant`] goes all the way through. A subtree without columns is
//!   computed at its first use, and only then can it fail.
//! * Terms of AND, OR, CASE and COALESCE that can fail, or cost much, see only the rows that need them
//!   ([`branch`], [`logic`]): their inputs are gathered, evaluated and scattered back. Cheap terms that cannot
//!   fail are computed for all rows and combined by bitmaps, which is much faster.
//! * An error carries the place of the innermost expression that has one.
//!
//! An [`Evaluator`] is shared by all workers. Kernels with state of their own per partition (`rand`) are
//! replaced by [`Evaluator::for_partition`].

mod branch;
mod choices;
mod compile;
mod frame;
mod fused_decimal;
mod lambda;
mod logic;
mod membership;
mod node;
mod projection;
mod selection;
mod traits;

pub use projection::Projector;
pub use selection::{Selection, scatter};

use super::{Attribute, Expr};
use crate::config::Config;
use crate::error::Result;
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::types::arrow_type;
use arrow::array::{ArrayRef, new_empty_array};
use arrow::datatypes::DataType as ArrowType;
use frame::Frame;
use node::{Node, Term};
use std::sync::Arc;

/// An expression compiled against the columns of a batch.
#[derive(Debug)]
pub struct Evaluator {
    term: Term,
    data_type: ArrowType,
}

impl Evaluator {
    /// Compiles `expr`; `input[i]` is what column `i` of a batch holds.
    pub fn new(expr: &Expr, input: &[Attribute], config: &Config) -> Result<Evaluator> {
        Ok(Evaluator {
            term: compile::Compiler::new(input, config).term(expr)?,
            data_type: arrow_type(&expr.data_type()),
        })
    }

    /// The values for a batch of `rows` rows. Called by any worker, many at once.
    pub fn eval(&self, columns: &[ArrayRef], rows: usize, context: &EvalContext) -> Result<Column> {
        if rows == 0 {
            return Ok(Column::Array(new_empty_array(&self.data_type)));
        }
        self.term.node.eval(&Frame::new(columns, rows, context))
    }

    /// The rows for which a boolean expression is true. The terms of a conjunction are evaluated one after
    /// the other, each for the rows that are left if it can fail or costs much.
    pub fn eval_predicate(
        &self,
        columns: &[ArrayRef],
        rows: usize,
        context: &EvalContext,
    ) -> Result<Selection> {
        if rows == 0 {
            return Ok(Selection::None);
        }
        let frame = Frame::new(columns, rows, context);
        match &self.term.node {
            Node::And(terms) => logic::select(terms, &frame),
            _ => logic::select(std::slice::from_ref(&self.term), &frame),
        }
    }

    /// The positions of the columns it reads, ascending.
    pub fn inputs(&self) -> &[usize] {
        &self.term.inputs
    }

    /// The column it passes through unchanged, if that is all it does.
    pub fn as_column(&self) -> Option<usize> {
        match self.term.node {
            Node::Column(position) => Some(position),
            _ => None,
        }
    }

    /// The evaluator for one partition: itself, unless a kernel in it keeps state per partition.
    pub fn for_partition(self: &Arc<Self>, partition: usize) -> Arc<Evaluator> {
        if !self.term.volatile {
            return self.clone();
        }
        Arc::new(Evaluator {
            term: self.term.for_partition(partition),
            data_type: self.data_type.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
