//! ORDER BY.
//!
//! Rows are not moved while they are sorted. Each gets an [`Item`](run::Item): a prefix of its key that sorts as a
//! number, its position in the input, and where it lies. Keys of fixed width up to 128 bits are all in the
//! prefix; others lie beside as comparable bytes (arrow-row) for ties.
//!
//! ```text
//!   batches ─► keys (by every worker) ─► items ─► parallel sort ─► slices of the order, each gathered by
//!                                                                  whichever worker of the next stage claims it
//! ```
//!
//! When memory is refused, a worker writes what it has as a sorted run; runs are merged in the end ([`spill`]), by one
//! worker.
//!
//! The partitions of a window are sorted by row number alone, in keys as narrow as their values allow ([`rows`]).
//!
//! Rows with equal keys keep their input order, so results are the same at any number of threads.

mod full;
mod key;
mod rows;
mod run;
mod spill;
mod top;

pub(super) use full::{SortPartitions, SortShared};
pub(super) use key::{Encoded, SortKeys};
pub(super) use rows::RowKeys;
pub(super) use run::Run;
pub(super) use top::TopK;
