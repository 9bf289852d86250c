//! The build side of a join, complete and indexed.

use super::lookup::Lookup;
use super::partitioned::Partitions;
use crate::error::{Error, Result};
use crate::exec::keys::RadixKeys;
use crate::exec::operators::concat_arrays;
use crate::pipeline::{Batch, Reservation, map};
use arrow::array::{ArrayRef, new_empty_array};
use arrow::datatypes::DataType;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where a build puts what it has made, and probes find it.
#[derive(Default)]
pub(in crate::exec) struct JoinCell(OnceLock<Built>);

/// The build side, complete.
pub(in crate::exec) enum Built {
    /// One table for all.
    Shared(Arc<JoinTable>),
    /// Split; the probe side is to be split too.
    Partitioned(Arc<Partitions>),
}

impl JoinCell {
    /// Puts the build side in; once.
    pub fn fill(&self, built: Built) -> Result<()> {
        let filled = self.0.set(built);
        filled.map_err(|_| Error::internal("a join was built twice"))
    }

    /// The build side, if it is complete.
    pub fn get(&self) -> Option<&Built> {
        self.0.get()
    }

    /// The build side; its stage comes before that of the probe.
    pub fn built(&self) -> Result<&Built> {
        self.get()
            .ok_or_else(|| Error::internal("a join was probed before it was built"))
    }
}

/// What the rows of a build side are.
pub(in crate::exec) struct BuildRows {
    /// How many columns are read above; keys that are none of them come behind.
    pub columns: usize,
    /// The types of all columns.
    pub types: Vec<DataType>,
    /// The keys.
    pub keys: Vec<TableKey>,
    /// The probe notes which rows have a match.
    pub marks: bool,
}

/// A key of a build side.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct TableKey {
    /// Its column.
    pub column: usize,
    /// NULL equals NULL.
    pub null_safe: bool,
}

impl BuildRows {
    /// How rows are split by their keys.
    pub fn radix_keys(&self, partitions: usize) -> RadixKeys {
        let open = self.keys.iter().filter(|key| !key.null_safe);
        RadixKeys {
            columns: self.keys.iter().map(|key| key.column).collect(),
            nulls_anywhere: open.map(|key| key.column).collect(),
            partitions,
        }
    }
}

/// Rows of the build side, indexed: all of them, or those of a partition.
pub(in crate::exec) struct JoinTable {
    /// The columns that are read above.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
    /// The build side has no rows, whatever this partition of it has.
    pub is_empty: bool,
    /// A key is NULL somewhere on the build side.
    pub has_null: bool,
    /// Rows with a match, where that matters; a bit each.
    pub matched: Vec<AtomicU64>,
    pub(super) lookup: Lookup,
    _reservation: Reservation,
}

/// Rows from which on columns are put together by all threads.
const PARALLEL_ROWS: usize = 64 * 1024;

impl JoinTable {
    /// Indexes rows of so many `bytes`, for which memory has been taken; also gives the keys. `total` and
    /// `has_null` are about the whole build side.
    pub fn new(
        spec: &BuildRows,
        batches: Vec<Batch>,
        total: usize,
        has_null: bool,
        bytes: usize,
        mut reservation: Reservation,
    ) -> Result<(JoinTable, Vec<ArrayRef>)> {
        let query = reservation.query().clone();
        let rows: usize = batches.iter().map(|batch| batch.rows).sum();
        if rows >= u32::MAX as usize {
            return Err(Error::unsupported(
                "a join side of more than four billion rows",
            ));
        }
        let one = |column: usize| {
            let parts: Vec<&ArrayRef> = batches.iter().map(|b| &b.columns[column]).collect();
            match parts.is_empty() {
                true => Ok(new_empty_array(&spec.types[column])),
                false => concat_arrays(&parts),
            }
        };
        let all = 0..spec.types.len();
        let mut columns = match rows < PARALLEL_ROWS {
            true => all.map(one).collect::<Result<Vec<_>>>()?,
            false => map(&query, all.collect(), one)?,
        };
        drop(batches);
        let keys = spec.keys.iter().map(|key| columns[key.column].clone());
        let keys: Vec<ArrayRef> = keys.collect();
        columns.truncate(spec.columns);
        let null_safe = spec.keys.iter().map(|key| key.null_safe).collect();
        let lookup = Lookup::new(&keys, null_safe, rows, &query)?;
        reservation.resize(bytes + lookup.index.bytes());
        let marks = if spec.marks { rows.div_ceil(64) } else { 0 };
        let table = JoinTable {
            columns,
            rows,
            is_empty: total == 0,
            has_null,
            matched: (0..marks).map(|_| AtomicU64::new(0)).collect(),
            lookup,
            _reservation: reservation,
        };
        Ok((table, keys))
    }

    /// Notes that a row has a match.
    #[inline]
    pub fn mark(&self, row: u32) {
        let bit = 1 << (row % 64);
        let word = &self.matched[row as usize / 64];
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether a row has a match.
    #[inline]
    pub fn is_marked(&self, row: usize) -> bool {
        self.matched[row / 64].load(Ordering::Relaxed) & (1 << (row % 64)) != 0
    }
}
