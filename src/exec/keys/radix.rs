//! Rows spread over partitions by hash, so that each partition can be worked on alone.

use super::hash_columns;
use crate::error::Result;
use crate::pipeline::Batch;
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

/// How many partitions large tables are split into.
pub(in crate::exec) const PARTITIONS: usize = 64;

/// The partition of a hash, from bits that hash tables inside a partition do not use first.
#[inline]
pub(in crate::exec) fn partition_of(hash: u64, partitions: usize) -> usize {
    ((u128::from(hash.rotate_left(32)) * partitions as u128) >> 64) as usize
}

/// The rows of a batch, partition by partition; their order within one stays.
pub(in crate::exec) fn split(
    batch: &Batch,
    hashes: &[u64],
    partitions: usize,
) -> Result<Vec<Batch>> {
    let numbers: Vec<u32> = hashes
        .iter()
        .map(|hash| partition_of(*hash, partitions) as u32)
        .collect();
    split_by(batch, &numbers, partitions)
}

/// The rows of a batch, partition by partition, given the partition of each.
pub(in crate::exec) fn split_by(
    batch: &Batch,
    numbers: &[u32],
    partitions: usize,
) -> Result<Vec<Batch>> {
    let mut starts = vec![0u32; partitions + 1];
    for number in numbers {
        starts[*number as usize + 1] += 1;
    }
    for partition in 0..partitions {
        starts[partition + 1] += starts[partition];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; batch.rows];
    for (row, number) in numbers.iter().enumerate() {
        let place = &mut next[*number as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    let order = UInt32Array::from(order);
    let columns = batch
        .columns
        .iter()
        .map(|column| take(column.as_ref(), &order, None));
    let sorted = Batch::new(columns.collect::<Result<Vec<ArrayRef>, _>>()?, batch.rows);
    let slices = starts.windows(2).map(|bounds| {
        let (start, end) = (bounds[0] as usize, bounds[1] as usize);
        sorted.slice(start, end - start)
    });
    Ok(slices.collect())
}

/// Gathers batches and splits them many rows at a time.
pub(in crate::exec) struct RadixBuffer {
    /// The columns that decide.
    keys: Vec<usize>,
    held: Vec<Batch>,
    rows: usize,
    partitions: Vec<Vec<Batch>>,
}

/// Rows that are split at once: enough for each partition to get a good piece.
const ROWS: usize = 64 * 1024;

impl RadixBuffer {
    /// Splits by the columns at these positions.
    pub fn new(keys: Vec<usize>, partitions: usize) -> RadixBuffer {
        RadixBuffer {
            keys,
            held: Vec::new(),
            rows: 0,
            partitions: vec![Vec::new(); partitions],
        }
    }

    /// Adds rows.
    pub fn push(&mut self, batch: Batch) -> Result<()> {
        self.rows += batch.rows;
        self.held.push(batch);
        match self.rows >= ROWS {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let batch = crate::exec::operators::concat_batches(&std::mem::take(&mut self.held))?;
        let keys: Vec<ArrayRef> = self
            .keys
            .iter()
            .map(|k| batch.columns[*k].clone())
            .collect();
        let hashes = hash_columns(&keys, batch.rows)?;
        let split = split(&batch, &hashes, self.partitions.len())?;
        for (partition, rows) in self.partitions.iter_mut().zip(split) {
            if rows.rows > 0 {
                partition.push(rows);
            }
        }
        Ok(())
    }

    /// The rows of every partition.
    pub fn finish(mut self) -> Result<Vec<Vec<Batch>>> {
        self.flush()?;
        Ok(self.partitions)
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 && self.partitions.iter().all(Vec::is_empty)
    }
}
