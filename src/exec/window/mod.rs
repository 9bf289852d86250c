//! Window functions.
//!
//! ```text
//!   batches ─► few rows, or no PARTITION BY: one bucket     ─┐ each bucket, by whichever worker claims it:
//!              many rows: buckets by hash of PARTITION BY   ─┘ sort, find partitions and peers, evaluate calls
//! ```
//!
//! Aggregates over the whole partition run as one grouped aggregation over the bucket. A frame that only grows
//! adds rows to one accumulator; one that only shrinks is walked backwards if the aggregate does not mind; any
//! other is computed anew for each row.
//!
//! Rows are spilled bucket by bucket when memory is refused.
//!
//! Limits: a bucket is sorted in memory, which without PARTITION BY is all there is; sliding frames cost their length per row.

mod aggregate;
mod bucket;
mod frame;
mod shared;

pub(super) use bucket::{CallPlan, WindowPlan};
pub(super) use frame::{FrameEnd, FramePlan};
pub(super) use shared::WindowShared;
