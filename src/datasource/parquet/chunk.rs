//! A batch of predicate columns with the rows that have passed so far.

use super::codes::CodedColumn;
use super::prefilter::is_true;
use crate::datasource::table::RuntimePredicate;
use crate::error::Result;
use crate::expr::{Evaluator, Selection, scatter};
use crate::functions::scalar::EvalContext;
use arrow::array::{ArrayRef, NullArray};
use std::sync::Arc;

/// A predicate column of a chunk.
pub(super) enum PredicateColumn {
    /// Its values.
    Values(ArrayRef),
    /// Codes; those of the chunk begin at the offset.
    Coded(CodedColumn, usize),
}

/// How a predicate column is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Give {
    Nothing,
    Values,
    /// Codes, if that is how it was read.
    Codes,
}

pub(super) struct Chunk {
    pub columns: Vec<PredicateColumn>,
    pub rows: usize,
    pub selection: Selection,
}

impl Chunk {
    /// Drops rows for which a filter over the predicate columns is not true.
    pub fn narrow(&mut self, evaluator: &Evaluator, context: &EvalContext) -> Result<()> {
        let count = self.selection.count(self.rows);
        if count == 0 {
            return Ok(());
        }
        let wanted = |position: usize| match evaluator.inputs().contains(&position) {
            true => Give::Values,
            false => Give::Nothing,
        };
        let wanted: Vec<Give> = (0..self.columns.len()).map(wanted).collect();
        // The filter must not see rows that an earlier one has dropped: it might fail for them.
        let columns = self.selected(&wanted)?;
        let passed = evaluator.eval_predicate(&columns, count, context)?;
        self.selection = match (&self.selection, passed) {
            (_, Selection::None) => Selection::None,
            (_, Selection::All) => return Ok(()),
            (Selection::Some { mask, .. }, Selection::Some { mask: passed, .. }) => {
                Selection::from_mask(scatter(mask, &passed))
            }
            (_, passed) => passed,
        };
        Ok(())
    }

    /// Drops rows that a runtime filter rules out by a column.
    pub fn ask(&mut self, position: usize, predicate: &dyn RuntimePredicate) -> Result<()> {
        let column = match &self.columns[position] {
            PredicateColumn::Values(array) => array.clone(),
            PredicateColumn::Coded(column, offset) => {
                let array = column.gather(*offset, self.rows, None)?;
                self.columns[position] = PredicateColumn::Values(array.clone());
                array
            }
        };
        let hits = is_true(&predicate.may_contain(&column));
        let mask = match &self.selection {
            Selection::Some { mask, .. } => mask & &hits,
            _ => hits,
        };
        self.selection = Selection::from_mask(mask);
        Ok(())
    }

    /// The selected rows of the wanted columns; in place of the others something of the same length.
    pub fn selected(&self, wanted: &[Give]) -> Result<Vec<ArrayRef>> {
        let count = self.selection.count(self.rows);
        let plain = (self.columns.iter().zip(wanted)).filter_map(|(column, wanted)| match column {
            PredicateColumn::Values(array) if *wanted != Give::Nothing => Some(array.clone()),
            _ => None,
        });
        let plain: Vec<ArrayRef> = plain.collect();
        let mut plain = self.selection.filter(&plain)?.into_iter();
        let nothing: ArrayRef = Arc::new(NullArray::new(count));
        (self.columns.iter().zip(wanted))
            .map(|(column, wanted)| match column {
                _ if *wanted == Give::Nothing => Ok(nothing.clone()),
                PredicateColumn::Values(_) => Ok(plain.next().unwrap_or(nothing.clone())),
                PredicateColumn::Coded(column, offset) => {
                    let (rows, mask) = match &self.selection {
                        Selection::Some { mask, .. } => (self.rows, Some(mask)),
                        Selection::All => (self.rows, None),
                        Selection::None => (0, None),
                    };
                    match wanted {
                        Give::Codes => column.give(*offset, rows, mask),
                        Give::Nothing | Give::Values => column.gather(*offset, rows, mask),
                    }
                }
            })
            .collect()
    }
}
