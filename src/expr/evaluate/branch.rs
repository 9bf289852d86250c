//! CASE and COALESCE: every row takes its value from one of several terms.

use super::frame::Frame;
use super::logic::{is_worth_subset, truth};
use super::node::Term;
use super::selection::scatter;
use crate::error::Result;
use crate::kernel::Column;
use crate::kernel::list::conform;
use arrow::array::{Array, ArrayRef, BooleanArray, Scalar};
use arrow::buffer::BooleanBuffer;
use arrow::compute::interleave;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use std::sync::Arc;

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

/// The value of some rows.
struct Choice {
    rows: BooleanBuffer,
    value: Column,
    /// `value` has one element per chosen row, rather than per row of the batch.
    compact: bool,
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

/// The terms have one type, but an array of one may say that it holds no nulls inside and that of another
/// that it may; Arrow wants one answer.
fn agree_on_nulls(choices: &mut [Choice]) -> Result<()> {
    let Some(first) = choices
        .first()
        .map(|c| c.value.values().data_type().clone())
    else {
        return Ok(());
    };
    let agree = |choice: &Choice| *choice.value.values().data_type() == first;
    if !first.is_nested() || choices.iter().all(agree) {
        return Ok(());
    }
    let target = with_nulls(&first);
    for choice in choices {
        let values = conform(choice.value.values(), &target)?;
        choice.value = match choice.value {
            Column::Constant(_) => Column::Constant(values),
            Column::Array(_) => Column::Array(values),
        };
    }
    Ok(())
}

/// The type with nulls allowed at every depth, but for the keys of maps.
fn with_nulls(data_type: &ArrowType) -> ArrowType {
    let open = |field: &FieldRef| -> FieldRef {
        Arc::new(Field::new(
            field.name(),
            with_nulls(field.data_type()),
            true,
        ))
    };
    match data_type {
        ArrowType::List(item) => ArrowType::List(open(item)),
        ArrowType::Struct(fields) => ArrowType::Struct(fields.iter().map(open).collect()),
        ArrowType::Map(entries, sorted) => match entries.data_type() {
            ArrowType::Struct(parts) if parts.len() == 2 => {
                let key = Field::new(
                    parts[0].name(),
                    with_nulls(parts[0].data_type()),
                    parts[0].is_nullable(),
                );
                let parts = ArrowType::Struct(vec![Arc::new(key), open(&parts[1])].into());
                let entries = Field::new(entries.name(), parts, entries.is_nullable());
                ArrowType::Map(Arc::new(entries), *sorted)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// Puts the choices together; every row is in exactly one.
fn assemble(mut choices: Vec<Choice>, rows: usize) -> Result<Column> {
    if choices.len() == 1
        && let Some(only) = choices.pop()
    {
        return Ok(only.value);
    }
    agree_on_nulls(&mut choices)?;
    if choices.len() == 2 && choices.iter().all(|choice| !choice.compact) {
        let mask = BooleanArray::new(choices[0].rows.clone(), None);
        let (first, second) = (&choices[0].value, &choices[1].value);
        let zipped = match (first, second) {
            (Column::Constant(a), Column::Constant(b)) => {
                zip(&mask, &Scalar::new(a.clone()), &Scalar::new(b.clone()))
            }
            (Column::Constant(a), Column::Array(b)) => zip(&mask, &Scalar::new(a.clone()), b),
            (Column::Array(a), Column::Constant(b)) => zip(&mask, a, &Scalar::new(b.clone())),
            (Column::Array(a), Column::Array(b)) => zip(&mask, a, b),
        };
        return Ok(Column::Array(zipped?));
    }
    let mut indices = vec![(0usize, 0usize); rows];
    for (number, choice) in choices.iter().enumerate() {
        for (position, row) in choice.rows.set_indices().enumerate() {
            let index = match &choice.value {
                Column::Constant(_) => 0,
                Column::Array(_) if choice.compact => position,
                Column::Array(_) => row,
            };
            indices[row] = (number, index);
        }
    }
    let values: Vec<&dyn Array> = choices.iter().map(|c| c.value.values().as_ref()).collect();
    Ok(Column::Array(interleave(&values, &indices)?))
}
