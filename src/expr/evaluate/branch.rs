//! CASE and COALESCE: every row takes its value from one of several terms.

use super::choices::{Choice, assemble};
use super::frame::Frame;
use super::logic::{is_worth_subset, truth};
use super::node::Term;
use super::selection::scatter;
use crate::error::Result;
use crate::kernel::Column;
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;

/// A compiled CASE.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub branches: Vec<(Term, Term)>,
    /// NULL of the right type where there is no ELSE.
    pub otherwise: Term,
}

/// A compiled COALESCE.
#[derive(Debug, Clone)]
pub(super) struct Coalesce {
    pub operands: Vec<Term>,
    /// NULL of the right type.
    pub null: ArrayRef,
}

impl Case {
    pub fn eval(&self, frame: &Frame) -> Result<Column> {
        let rows = frame.rows;
        let mut remaining = BooleanBuffer::new_set(rows);
        let mut left = rows;
        let mut choices = Vec::with_capacity(self.branches.len() + 1);
        for (condition, value) in &self.branches {
            if left == 0 {
                break;
            }
            let matching = if is_worth_subset(condition, left, rows) {
                let subset = frame.subset(&remaining, condition)?;
                let condition = condition.node.eval(&subset.frame(frame.context))?;
                scatter(&remaining, &truth(&condition, left)?.0)
            } else {
                &remaining & &truth(&condition.node.eval(frame)?, rows)?.0
            };
            let count = matching.count_set_bits();
            if count > 0 {
                remaining = &remaining & &!&matching;
                left -= count;
                choices.push(choose(value, matching, count, frame)?);
            }
        }
        if left > 0 {
            choices.push(choose(&self.otherwise, remaining, left, frame)?);
        }
        assemble(choices, rows)
    }
}

impl Coalesce {
    pub fn eval(&self, frame: &Frame) -> Result<Column> {
        let rows = frame.rows;
        let mut remaining = BooleanBuffer::new_set(rows);
        let mut left = rows;
        let mut choices: Vec<Choice> = Vec::with_capacity(self.operands.len() + 1);
        for operand in &self.operands {
            if left == 0 {
                break;
            }
            let mut choice = choose(operand, remaining.clone(), left, frame)?;
            let Some(nulls) = choice.value.values().logical_nulls() else {
                left = 0;
                choices.push(choice);
                break;
            };
            if choice.value.is_constant() {
                continue;
            }
            let valid = match choice.compact {
                true => scatter(&remaining, nulls.inner()),
                false => &remaining & nulls.inner(),
            };
            let count = valid.count_set_bits();
            if count == 0 {
                continue;
            }
            if choice.compact && count < left {
                let keep = BooleanArray::new(nulls.into_inner(), None);
                let values = arrow::compute::filter(choice.value.values().as_ref(), &keep)?;
                choice.value = Column::Array(values);
            }
            remaining = &remaining & &!&valid;
            left -= count;
            choice.rows = valid;
            choices.push(choice);
        }
        if left > 0 {
            choices.push(Choice {
                rows: remaining,
                value: Column::Constant(self.null.clone()),
                compact: false,
            });
        }
        assemble(choices, rows)
    }
}

/// The values of `term` for the rows of `mask`.
fn choose(term: &Term, mask: BooleanBuffer, count: usize, frame: &Frame) -> Result<Choice> {
    let compact = is_worth_subset(term, count, frame.rows);
    let value = if compact {
        let subset = frame.subset(&mask, term)?;
        term.node.eval(&subset.frame(frame.context))?
    } else {
        term.node.eval(frame)?
    };
    Ok(Choice {
        rows: mask,
        compact: compact && !value.is_constant(),
        value,
    })
}
