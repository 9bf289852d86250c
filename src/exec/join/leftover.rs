//! The rows of a join's table that come after the probe.

use super::probe::Gathered;
use super::shape::TableRows;
use super::table::{JoinCell, JoinTable};
use crate::error::{Error, Result};
use crate::pipeline::{Batch, BatchReader, Source, TaskContext};
use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use std::ops::Range;
use std::sync::Arc;

/// Reads the table's rows with or without a match.
pub(in crate::exec) struct Leftover {
    /// Where the table is.
    pub cell: Arc<JoinCell>,
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

impl Source for Leftover {
    fn partitions(&self) -> usize {
        match self.cell.get() {
            Some(table) => table.rows.div_ceil(PARTITION_ROWS),
            None => 0,
        }
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        let table = self.cell.table()?;
        let start = partition * PARTITION_ROWS;
        Ok(Box::new(LeftoverReader {
            left: start..table.rows.min(start + PARTITION_ROWS),
            table,
            rows: self.rows,
            output: self.output.clone(),
            types: self.types.clone(),
        }))
    }
}

struct LeftoverReader {
    table: Arc<JoinTable>,
    left: Range<usize>,
    rows: TableRows,
    output: Arc<[Gathered]>,
    types: Arc<[DataType]>,
}

impl BatchReader for LeftoverReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        while self.left.start < self.left.end {
            let start = self.left.start;
            let end = self.left.end.min(start + BATCH_ROWS);
            self.left.start = end;
            let wanted = |row: &usize| match self.rows {
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
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.output.len());
            for (column, data_type) in self.output.iter().zip(self.types.iter()) {
                columns.push(match (column, self.rows) {
                    (Gathered::Table(position), _) => {
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
