//! Window functions.
//!
//! ```text
//!   batches ─► few rows, or no PARTITION BY: one bucket     ─┐ each bucket, by whichever worker claims it:
//!              many rows: buckets by hash of PARTITION BY   ─┘ find partitions, sort each, evaluate calls
//!           └► many rows, whole partitions without ORDER BY: rows stay, values are looked up ([`whole`])
//! ```
//!
//! All rows of a bucket are worked on at once, however many partitions it has: partitions are numbered by a hash
//! table, rows dealt out by number, and only those of partitions that do not come in order are sorted ([`arrange`]).
//! Calls get the arrays of the whole bucket and the bounds of its partitions. How aggregates go from frame to
//! frame is told in [`aggregate`].
//!
//! Rows are spilled bucket by bucket when memory is refused.
//!
//! Limits: a bucket is sorted in memory, which without PARTITION BY is all there is. Sliding frames cost their length
//! per row where rows cannot be taken back: sums of floating-point numbers, which Spark rounds anew for every frame, and
//! aggregates other than counts, sums, averages, minima and maxima.

mod aggregate;
mod arrange;
mod bucket;
mod frame;
mod shared;
mod whole;

pub(super) use bucket::{CallPlan, WindowPlan};
pub(super) use frame::{FrameEnd, FramePlan};
pub(super) use shared::WindowShared;
