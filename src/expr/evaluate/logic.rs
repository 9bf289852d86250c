//! AND and OR, three-valued, with as little work as the rows need.
//!
//! Both are one algorithm. Over the terms seen so far a row is *absorbed* (AND: some term is false; OR: some
//! is true), or all terms *pass* (AND: all true; OR: all false), or neither: NULL. Absorbed rows need no
//! further term.

use super::frame::Frame;
use super::node::{Term, booleans};
use super::selection::{Selection, scatter};
use crate::error::Result;
use crate::kernel::Column;
use arrow::array::{Array, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connective {
    And,
    Or,
}

/// Whether a term is to be evaluated for the needed rows only, given how many of all they are.
pub(super) fn is_worth_subset(term: &Term, needed: usize, rows: usize) -> bool {
    if term.fallible {
        needed < rows
    } else {
        // Gathering costs about as much as a cheap term itself.
        (!term.cheap && needed * 2 < rows) || needed * 16 < rows
    }
}

/// The conjunction or disjunction of the terms.
pub(super) fn combine(terms: &[Term], connective: Connective, frame: &Frame) -> Result<Column> {
    let rows = frame.rows;
    let mut absorbed: Option<BooleanBuffer> = None;
    let mut passing: Option<BooleanBuffer> = None;
    let mut any_null = false;
    for term in terms {
        let needed = absorbed.as_ref().map(|absorbed| !absorbed);
        let count = needed.as_ref().map_or(rows, BooleanBuffer::count_set_bits);
        if count == 0 {
            break;
        }
        let (is_true, is_false) = match &needed {
            Some(needed) if is_worth_subset(term, count, rows) => {
                let subset = frame.subset(needed, term)?;
                let value = term.node.eval(&subset.frame(frame.context))?;
                let (is_true, is_false) = truth(&value, count)?;
                (scatter(needed, &is_true), scatter(needed, &is_false))
            }
            _ => truth(&term.node.eval(frame)?, rows)?,
        };
        let (absorbs, passes) = match connective {
            Connective::And => (is_false, is_true),
            Connective::Or => (is_true, is_false),
        };
        // A row that is absorbed already has bits in neither where the term saw a subset.
        let now = merge(absorbed, absorbs, |a, b| a | b);
        let passes = merge(passing, passes, |a, b| a & b);
        any_null = any_null || now.count_set_bits() + passes.count_set_bits() < rows;
        (absorbed, passing) = (Some(now), Some(passes));
    }
    let absorbed = absorbed.unwrap_or_else(|| BooleanBuffer::new_unset(rows));
    let passing = passing.unwrap_or_else(|| BooleanBuffer::new_set(rows));
    let nulls = any_null
        .then(|| NullBuffer::new(&absorbed | &passing))
        .filter(|nulls| nulls.null_count() > 0);
    let values = match connective {
        Connective::And => passing,
        Connective::Or => absorbed,
    };
    Ok(Column::Array(Arc::new(BooleanArray::new(values, nulls))))
}

/// The rows for which all terms are true: a row for which one is false or NULL is done.
pub(super) fn select(terms: &[Term], frame: &Frame) -> Result<Selection> {
    let rows = frame.rows;
    let mut kept = Selection::All;
    for term in terms {
        let count = kept.count(rows);
        if count == 0 {
            break;
        }
        kept = match &kept {
            Selection::Some { mask, .. } if is_worth_subset(term, count, rows) => {
                let subset = frame.subset(mask, term)?;
                let value = term.node.eval(&subset.frame(frame.context))?;
                let (is_true, _) = truth(&value, count)?;
                Selection::from_mask(scatter(mask, &is_true))
            }
            Selection::Some { mask, .. } => {
                let (is_true, _) = truth(&term.node.eval(frame)?, rows)?;
                Selection::from_mask(mask & &is_true)
            }
            _ => {
                let (is_true, _) = truth(&term.node.eval(frame)?, rows)?;
                Selection::from_mask(is_true)
            }
        };
    }
    Ok(kept)
}

/// Which rows are true and which are false.
pub(super) fn truth(value: &Column, rows: usize) -> Result<(BooleanBuffer, BooleanBuffer)> {
    let array = booleans(value)?;
    if value.is_constant() {
        let known = array.nulls().is_none_or(|nulls| nulls.is_valid(0));
        let fill = |on: bool| match known && on {
            true => BooleanBuffer::new_set(rows),
            false => BooleanBuffer::new_unset(rows),
        };
        return Ok((fill(array.value(0)), fill(!array.value(0))));
    }
    let values = array.values();
    Ok(match array.nulls() {
        None => (values.clone(), !values),
        Some(nulls) => (values & nulls.inner(), &!values & nulls.inner()),
    })
}

fn merge(
    before: Option<BooleanBuffer>,
    new: BooleanBuffer,
    operation: impl Fn(&BooleanBuffer, &BooleanBuffer) -> BooleanBuffer,
) -> BooleanBuffer {
    match before {
        Some(before) => operation(&before, &new),
        None => new,
    }
}
