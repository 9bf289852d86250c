//! ORDER BY.
//!
//! Rows are not moved while they are sorted. When all are there, each gets a number: its keys, packed into the bits in
//! which rows differ ([`layout`]), above the number of the row. Numbers are split by their upper bits and sorted
//! bucket by bucket ([`radix`]); rows whose keys do not fit and whose numbers are equal so far are compared by the
//! keys that were left out, as comparable bytes (arrow-row) that are made for them alone.
//!
//! ```text
//!   batches ─► keys and their bounds (by every worker) ─► numbers ─► split ─► sorted buckets
//!                                     ─► slices of the order, each gathered by whichever worker of the next stage claims it
//! ```
//!
//! Where rows are compared before all of them are known (ORDER BY with LIMIT, runs on disk) or by others (window
//! functions), a row has an [`Item`](run::Item): a prefix of its keys of 128 bits, and the bytes of those that do not
//! fit beside it.
//!
//! When memory is refused, a worker writes what it has as a sorted run; runs are merged in the end ([`spill`]), by one
//! worker.
//!
//! Rows with equal keys keep their input order, so results are the same at any number of threads.

mod bound;
mod full;
mod gather;
mod key;
mod layout;
mod ordered;
mod radix;
mod rows;
mod run;
mod spill;
mod top;

#[cfg(test)]
mod tests;

pub(super) use full::{SortPartitions, SortShared};
pub(super) use key::{Encoded, SortKeys};
pub(super) use rows::RowKeys;
pub(super) use run::Run;
pub(super) use top::{TopK, TopSlot};
