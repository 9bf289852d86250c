//! The rows of a join's table that come after the probe.

use super::probe::Gathered;
use super::shape::TableRows;
use super::table::JoinTable;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, BatchReader};
use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use std::ops::Range;
use std::sync::Arc;

/// Which rows come after the probe, and what is given of them.
pub(in crate::exec) struct Leftover {
    /// Which rows.
    pub rows: TableRows,
    /// The columns, as the probe gives them.
    pub output: Arc<[Gathered]>,
    /// Their types.
    pub types: Arc<[DataType]>,
}

/// Table rows per partition.
const PARTITION_ROWS: usize = 256 * 1024;
/// Table rows looked at for one batch.
const BATCH_ROWS: usize = 8192;

impl Leftover {
    /// In how many pieces a table's rows can be read.
    pub fn pieces(&self, table: &JoinTable) -> usize {
        match self.rows {
            TableRows::Nothing => 0,
            _ => table.rows.div_ceil(PARTITION_ROWS),
        }
    }

    /// Reads the rows of a piece.
    pub fn read(self: &Arc<Self>, table: &Arc<JoinTable>, piece: usize) -> LeftoverReader {
        let start = piece * PARTITION_ROWS;
        LeftoverReader {
            leftover: self.clone(),
            left: start..table.rows.min(start + PARTITION_ROWS),
            table: table.clone(),
        }
    }
}

/// Reads the table's rows with or without a match.
pub(in crate::exec) struct LeftoverReader {
    leftover: Arc<Leftover>,
    table: Arc<JoinTable>,
    left: Range<usize>,
}

impl BatchReader for LeftoverReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        while self.left.start < self.left.end {
            let start = self.left.start;
            let end = self.left.end.min(start + BATCH_ROWS);
            self.left.start = end;
            let wanted = |row: &usize| match self.leftover.rows {
                TableRows::Nothing => false,
                TableRows::Matching => self.table.is_marked(*row),
                TableRows::Lonely | TableRows::LonelyOuter => !self.table.is_marked(*row),
                TableRows::Marked => true,
            };
            let rows: Vec<u32> = (start..end).filter(wanted).map(|row| row as u32).collect();
            if rows.is_empty() {
                continue;
            }
            let indices = UInt32Array::from(rows);
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.leftover.output.len());
            for (column, data_type) in self.leftover.output.iter().zip(self.leftover.types.iter()) {
                columns.push(match (column, self.leftover.rows) {
                    (Gathered::Table(position) | Gathered::TableCode(position), _) => {
                        take(self.table.columns[*position].as_ref(), &indices, None)?
                    }
                    (Gathered::Probe(_), TableRows::LonelyOuter) => {
                        new_null_array(data_type, indices.len())
                    }
                    (Gathered::Mark, TableRows::Marked) => {
                        let marked = indices.values().iter();
                        let marked = marked.map(|row| Some(self.table.is_marked(*row as usize)));
                        Arc::new(marked.collect::<BooleanArray>())
                    }
                    _ => return Err(Error::internal("a join gives a column it does not have")),
                });
            }
            return Ok(Some(Batch::new(columns, indices.len())));
        }
        Ok(None)
    }
}
