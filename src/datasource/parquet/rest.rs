//! The columns of a row group that no filter looks at, for the rows that filters have chosen.
//!
//! Columns that are stored as codes come as codes of the chosen rows; the others are decoded in the usual way.

use super::codes::CodedColumn;
use super::decode::{ColumnStream, FilePlan};
use crate::error::{Error, Result};
use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use std::sync::Arc;

/// See the module.
pub(super) struct Rest {
    /// Per column, its codes.
    coded: Vec<Option<CodedColumn>>,
    /// Decodes the other columns; None if there are none.
    pub stream: Option<ColumnStream>,
    /// Chosen rows that have been given.
    offset: usize,
}

/// The rows of a row group that are to be read.
pub(super) struct Wanted<'a> {
    /// Number of rows of the row group.
    pub rows: usize,
    /// The rows that the decoder gives (None: all), and their number.
    pub decoded: Option<&'a BooleanBuffer>,
    pub decoded_rows: usize,
    /// The chosen rows.
    pub chosen: &'a BooleanBuffer,
}

impl Rest {
    /// Begins to read `columns` (positions in the plan).
    pub fn read(
        plan: &Arc<FilePlan>,
        row_group: usize,
        columns: &[usize],
        wanted: &Wanted,
    ) -> Result<Rest> {
        let chosen = match wanted.chosen.count_set_bits() == wanted.rows {
            true => None,
            false => Some(wanted.chosen),
        };
        let mut coded = Vec::with_capacity(columns.len());
        let mut uncoded = Vec::new();
        for column in columns {
            let codes = CodedColumn::read(plan, row_group, *column, wanted.rows, chosen)?;
            if codes.is_none() {
                uncoded.push(*column);
            }
            coded.push(codes);
        }
        let stream = match uncoded.is_empty() {
            true => None,
            false => Some(plan.decode(row_group, &uncoded, wanted.decoded, wanted.decoded_rows)?),
        };
        Ok(Rest {
            coded,
            stream,
            offset: 0,
        })
    }

    /// All columns of the next `rows` chosen rows; `decoded` are those that the stream has given for them.
    pub fn columns(&mut self, decoded: Vec<ArrayRef>, rows: usize) -> Result<Vec<ArrayRef>> {
        let mut decoded = decoded.into_iter();
        let columns = self.coded.iter().map(|coded| match coded {
            Some(codes) => codes.gather(self.offset, rows, None),
            None => (decoded.next())
                .ok_or_else(|| Error::internal("a column of a scan was not decoded")),
        });
        let columns = columns.collect();
        self.offset += rows;
        columns
    }
}
