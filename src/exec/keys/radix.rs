//! Rows spread over partitions by hash, so that each partition can be worked on alone.
//!
//! ```text
//!   batches ─► held ─► 64k rows at once: hashed, sorted by partition ─► partition 0: chunk chunk chunk …
//!                                                                       partition 1: chunk chunk chunk …
//!   no memory left ─► the chunks of every partition put together and written as one block each
//! ```
//!
//! Rows keep their order within a partition, spilled or not: what is on disk came before what is not. Columns in codes
//! stay so in memory.

use super::hash_columns;
use crate::error::Result;
use crate::exec::operators::concat_batches;
use crate::kernel::codes::{RowChange, plain};
use crate::pipeline::{Batch, Chunk, QueryContext, Reservation, SpillFile, logical_bytes};
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use std::sync::Arc;

/// How many partitions large tables are split into.
pub(in crate::exec) const PARTITIONS: usize = 64;

/// The partition of a hash, from bits that hash tables inside a partition do not use first.
#[inline]
pub(in crate::exec) fn partition_of(hash: u64, partitions: usize) -> usize {
    ((u128::from(hash.rotate_left(32)) * partitions as u128) >> 64) as usize
}

/// The rows of a batch, partition by partition; their order within one stays.
fn split(batch: &Batch, hashes: &[u64], partitions: usize) -> Result<Vec<Batch>> {
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
    let mut change = RowChange::default();
    let columns = batch
        .columns
        .iter()
        .map(|column| change.apply(column, |column| Ok(take(column, &order, None)?)));
    let sorted = Batch::new(columns.collect::<Result<Vec<ArrayRef>>>()?, batch.rows);
    let slices = starts.windows(2).map(|bounds| {
        let (start, end) = (bounds[0] as usize, bounds[1] as usize);
        sorted.slice(start, end - start)
    });
    Ok(slices.collect())
}

/// How rows find their partition.
#[derive(Debug, Clone)]
pub(in crate::exec) struct RadixKeys {
    /// The columns that decide.
    pub columns: Vec<usize>,
    /// Columns in which NULL finds nothing, so that its rows may lie anywhere: they are dealt out in turn
    /// instead of all going to one partition.
    pub nulls_anywhere: Vec<usize>,
    /// How many partitions.
    pub partitions: usize,
}

impl RadixKeys {
    /// Rows with equal values in these columns together.
    pub fn new(columns: Vec<usize>, partitions: usize) -> RadixKeys {
        RadixKeys {
            columns,
            nulls_anywhere: Vec::new(),
            partitions,
        }
    }

    fn split(&self, batch: &Batch) -> Result<Vec<Batch>> {
        let column = |position: &usize| plain(&batch.columns[*position]);
        let keys: Vec<ArrayRef> = self.columns.iter().map(column).collect::<Result<_>>()?;
        let mut hashes = hash_columns(&keys, batch.rows)?;
        for position in &self.nulls_anywhere {
            let nulls = batch.columns[*position].logical_nulls();
            for row in nulls
                .iter()
                .flat_map(|nulls| (!nulls.inner()).set_indices().collect::<Vec<_>>())
            {
                hashes[row] = super::mix(row as u64);
            }
        }
        split(batch, &hashes, self.partitions)
    }
}

/// Gathers batches and splits them many rows at a time; spills when memory is refused.
pub(in crate::exec) struct RadixBuffer {
    keys: RadixKeys,
    held: Vec<Batch>,
    rows: usize,
    /// For what is held.
    reservation: Reservation,
    partitions: Vec<Vec<Chunk>>,
    /// Bytes of the partitions' chunks in memory.
    in_memory: usize,
    file: Arc<SpillFile>,
}

/// Rows that are split at once, at least: enough for each of 64 partitions to get a good piece.
const ROWS: usize = 64 * 1024;

impl RadixBuffer {
    /// An empty buffer that spills to `file`.
    pub fn new(keys: RadixKeys, file: &Arc<SpillFile>, query: &Arc<QueryContext>) -> RadixBuffer {
        RadixBuffer {
            held: Vec::new(),
            rows: 0,
            reservation: Reservation::new(query),
            partitions: (0..keys.partitions).map(|_| Vec::new()).collect(),
            in_memory: 0,
            file: file.clone(),
            keys,
        }
    }

    /// Sets what decides which partition rows go to, before there are any.
    pub fn split_by_keys(&mut self, keys: RadixKeys) {
        debug_assert!(self.is_empty() && keys.partitions == self.keys.partitions);
        self.keys = keys;
    }

    /// Adds rows.
    pub fn push(&mut self, batch: Batch) -> Result<()> {
        let bytes = logical_bytes(&batch) as usize;
        let fits = self.reservation.resize(self.reservation.bytes() + bytes);
        self.rows += batch.rows;
        self.held.push(batch);
        if !fits && self.bytes() > self.reservation.query().memory.working_set() {
            return self.spill();
        }
        match self.rows >= ROWS.max(self.keys.partitions * 1024) {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.reservation.bytes() + self.in_memory
    }

    /// Splits what is held.
    fn flush(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let batch = concat_batches(&std::mem::take(&mut self.held))?;
        let bytes = self.reservation.bytes();
        for (partition, batch) in self.partitions.iter_mut().zip(self.keys.split(&batch)?) {
            if batch.rows > 0 {
                let share = (bytes as u128 * batch.rows as u128 / rows as u128) as usize;
                self.in_memory += share;
                partition.push(Chunk::Memory(batch, self.reservation.split(share)));
            }
        }
        self.reservation.resize(0);
        Ok(())
    }

    /// Writes everything to disk.
    pub fn spill(&mut self) -> Result<()> {
        self.flush()?;
        if self.in_memory == 0 {
            return Ok(());
        }
        let query = self.reservation.query().clone();
        for partition in &mut self.partitions {
            let first = partition
                .iter()
                .take_while(|chunk| chunk.is_spilled())
                .count();
            let (mut batches, mut reservations) = (Vec::new(), Vec::new());
            for chunk in partition.drain(first..) {
                if let Chunk::Memory(batch, reservation) = chunk {
                    batches.push(batch);
                    reservations.push(reservation);
                }
            }
            if !batches.is_empty() {
                let mut batch = concat_batches(&batches)?;
                for column in &mut batch.columns {
                    *column = plain(column)?;
                }
                let block = self.file.write(&batch, &query)?;
                partition.push(Chunk::Disk(block));
            }
        }
        self.in_memory = 0;
        Ok(())
    }

    /// The rows of every partition.
    pub fn finish(mut self) -> Result<Vec<Vec<Chunk>>> {
        self.flush()?;
        Ok(self.partitions)
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 && self.partitions.iter().all(Vec::is_empty)
    }
}
