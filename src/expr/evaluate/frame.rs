//! The rows that an expression is being evaluated for.

use super::node::Term;
use crate::error::Result;
use crate::functions::scalar::EvalContext;
use arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{FilterBuilder, take};

/// Columns of a batch, or of some of its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Columns by position. In a subset only those that the term reads are gathered; the others are as
    /// long as the whole batch and must not be looked at.
    pub columns: &'a [ArrayRef],
    /// Rows to evaluate, at least 1.
    pub rows: usize,
    /// The row of the batch that each row is, if this is a subset and the term asks.
    pub row_ids: Option<&'a UInt32Array>,
    /// What kernels may ask beside.
    pub context: &'a EvalContext,
}

/// Owns the columns of a frame over some of the rows.
pub(super) struct Subset {
    columns: Vec<ArrayRef>,
    rows: usize,
    row_ids: Option<UInt32Array>,
}

impl<'a> Frame<'a> {
    /// All rows of a batch.
    pub fn new(columns: &'a [ArrayRef], rows: usize, context: &'a EvalContext) -> Self {
        Frame {
            columns,
            rows,
            row_ids: None,
            context,
        }
    }

    /// The rows that `mask` has set, with the columns that `term` reads.
    pub fn subset(&self, mask: &BooleanBuffer, term: &Term) -> Result<Subset> {
        let mask = BooleanArray::new(mask.clone(), None);
        let mut builder = FilterBuilder::new(&mask);
        if term.inputs.len() > 1 {
            builder = builder.optimize();
        }
        let filter = builder.build();
        let mut columns = self.columns.to_vec();
        for position in &term.inputs {
            columns[*position] = filter.filter(self.columns[*position].as_ref())?;
        }
        let row_ids = term.needs_row_ids.then(|| {
            let set = mask.values().set_indices();
            match self.row_ids {
                Some(ids) => set.map(|row| ids.value(row)).collect(),
                None => set.map(|row| row as u32).collect(),
            }
        });
        Ok(Subset {
            columns,
            rows: filter.count(),
            row_ids,
        })
    }

    /// One row per element of a lambda's arrays: the captured columns, then the parameters.
    pub fn elements(
        &self,
        parameters: &[ArrayRef],
        row_of_element: &UInt32Array,
        term: &Term,
    ) -> Result<Subset> {
        let mut columns = self.columns.to_vec();
        for position in &term.inputs {
            if *position < columns.len() {
                let gathered = take(self.columns[*position].as_ref(), row_of_element, None)?;
                columns[*position] = gathered;
            }
        }
        columns.extend(parameters.iter().cloned());
        let row_ids = term.needs_row_ids.then(|| match self.row_ids {
            Some(ids) => row_of_element
                .values()
                .iter()
                .map(|row| ids.value(*row as usize))
                .collect(),
            None => row_of_element.clone(),
        });
        Ok(Subset {
            columns,
            rows: row_of_element.len(),
            row_ids,
        })
    }
}

impl Subset {
    /// The frame over it.
    pub fn frame<'a>(&'a self, context: &'a EvalContext) -> Frame<'a> {
        Frame {
            columns: &self.columns,
            rows: self.rows,
            row_ids: self.row_ids.as_ref(),
            context,
        }
    }
}
