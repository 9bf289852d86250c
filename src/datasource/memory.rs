//! Tables in memory: batches that a user brought, or a cached result.

use super::{ColumnStatistics, ScanRequest, Statistics, Table};
use crate::error::Result;
use crate::pipeline::{Batch, BatchReader, Source, TaskContext, logical_bytes};
use crate::types::StructType;
use std::fmt;
use std::sync::Arc;

/// Rows per batch that a scan gives, so that what follows stays in the cache.
const BATCH_ROWS: usize = 8192;

/// A table whose rows lie in memory, in partitions.
pub struct MemoryTable {
    schema: StructType,
    partitions: Arc<Vec<Vec<Batch>>>,
    rows: u64,
    bytes: u64,
}

impl MemoryTable {
    /// A table of these batches; columns are in the encoding of [`crate::types::arrow_type`].
    pub fn new(schema: StructType, partitions: Vec<Vec<Batch>>) -> MemoryTable {
        let batches = || partitions.iter().flatten();
        MemoryTable {
            rows: batches().map(|batch| batch.rows as u64).sum(),
            bytes: batches().map(logical_bytes).sum(),
            schema,
            partitions: Arc::new(partitions),
        }
    }

    /// Its batches.
    pub fn partitions(&self) -> &[Vec<Batch>] {
        &self.partitions
    }
}

impl fmt::Debug for MemoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryTable({} rows)", self.rows)
    }
}

impl Table for MemoryTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        let nulls = |column: usize| {
            let batches = self.partitions.iter().flatten();
            let nulls = batches.map(|batch| batch.columns[column].logical_null_count() as u64);
            ColumnStatistics {
                nulls: Some(nulls.sum()),
                ..ColumnStatistics::default()
            }
        };
        Statistics {
            rows: Some(self.rows),
            bytes: Some(self.bytes),
            columns: (0..self.schema.len()).map(nulls).collect(),
        }
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(MemoryScan {
            partitions: self.partitions.clone(),
            projection: request.projection,
        }))
    }

    fn format(&self) -> &str {
        "memory"
    }
}

/// Some columns of batches in memory.
struct MemoryScan {
    partitions: Arc<Vec<Vec<Batch>>>,
    projection: Vec<usize>,
}

impl Source for MemoryScan {
    fn partitions(&self) -> usize {
        self.partitions.len()
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        Ok(Box::new(MemoryReader {
            partitions: self.partitions.clone(),
            projection: self.projection.clone(),
            partition,
            batch: 0,
            row: 0,
        }))
    }
}

struct MemoryReader {
    partitions: Arc<Vec<Vec<Batch>>>,
    projection: Vec<usize>,
    partition: usize,
    batch: usize,
    row: usize,
}

impl BatchReader for MemoryReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        while let Some(batch) = self.partitions[self.partition].get(self.batch) {
            if self.row >= batch.rows {
                self.batch += 1;
                self.row = 0;
                continue;
            }
            let rows = BATCH_ROWS.min(batch.rows - self.row);
            let whole = rows == batch.rows;
            let columns = self.projection.iter().map(|column| {
                let column = &batch.columns[*column];
                match whole {
                    true => column.clone(),
                    false => column.slice(self.row, rows),
                }
            });
            let columns = columns.collect();
            self.row += rows;
            return Ok(Some(Batch::new(columns, rows)));
        }
        Ok(None)
    }
}
