//! The columns of a row group that no filter looks at, for the rows that filters have chosen; without filters, all
//! columns of all rows, if some of them are to be given in codes.
//!
//! Columns that are stored as codes come as codes of the chosen rows; the others are decoded in the usual way, and so are
//! all that are not to be given in codes if every row is wanted.

use super::codes::CodedColumn;
use super::decode::{BATCH_ROWS, ColumnStream, FilePlan};
use crate::error::{Error, Result};
use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use std::sync::Arc;

/// See the module.
pub(super) struct Rest {
    /// Per column, its codes, and whether they are given.
    coded: Vec<(Option<CodedColumn>, bool)>,
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
    /// The chosen rows (None: no filter has chosen).
    pub chosen: Option<&'a BooleanBuffer>,
}

/// A column of the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct RestColumn {
    /// Its position in the plan.
    pub slot: usize,
    /// It may be given in codes.
    pub coded: bool,
}

impl Rest {
    /// Begins to read columns.
    pub fn read(
        plan: &Arc<FilePlan>,
        row_group: usize,
        columns: &[RestColumn],
        wanted: &Wanted,
    ) -> Result<Rest> {
        let is_part = |chosen: &&BooleanBuffer| chosen.count_set_bits() < wanted.rows;
        let chosen = wanted.chosen.filter(is_part);
        let mut coded = Vec::with_capacity(columns.len());
        let mut uncoded = Vec::new();
        for column in columns {
            let RestColumn { slot, coded: given } = *column;
            let codes = match given || wanted.chosen.is_some() {
                true => CodedColumn::read(plan, row_group, slot, wanted.rows, chosen)?,
                false => None,
            };
            if codes.is_none() {
                uncoded.push(slot);
            }
            coded.push((codes, given));
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

    /// All columns of the next rows out of `all` chosen ones, where the stream gives the chosen rows only, and how many rows
    /// these are; 0 at the end.
    pub fn next(&mut self, all: usize) -> Result<(Vec<ArrayRef>, usize)> {
        let (decoded, rows) = match &mut self.stream {
            None => (Vec::new(), BATCH_ROWS.min(all - self.offset)),
            Some(stream) => stream.next()?.unwrap_or_default(),
        };
        match rows {
            0 => Ok((Vec::new(), 0)),
            _ => Ok((self.columns(decoded, rows)?, rows)),
        }
    }

    /// All columns of the next `rows` chosen rows; `decoded` are those that the stream has given for them.
    pub fn columns(&mut self, decoded: Vec<ArrayRef>, rows: usize) -> Result<Vec<ArrayRef>> {
        let mut decoded = decoded.into_iter();
        let columns = self.coded.iter().map(|coded| match coded {
            (Some(codes), true) => codes.give(self.offset, rows, None),
            (Some(codes), false) => codes.gather(self.offset, rows, None),
            (None, _) => (decoded.next())
                .ok_or_else(|| Error::internal("a column of a scan was not decoded")),
        });
        let columns = columns.collect();
        self.offset += rows;
        columns
    }
}
