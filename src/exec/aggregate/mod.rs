//! Hash aggregation, in two steps.
//!
//! ```text
//!   worker 1: batches ─► group table + accumulators ─┐ small: merged as they are into one partition
//!   worker 2: batches ─► group table + accumulators ─┤
//!                                                    └ large: keys and states (or raw rows) split by the hash of
//!                                                      the keys; each radix partition is merged on its own, by
//!                                                      whichever worker of the next stage claims it
//! ```
//!
//! A worker whose table is full hands its groups over and starts afresh. If the table did not make rows fewer,
//! it gives up and hands rows over as they are; so it does at once where states are as large as the rows and
//! groups are many (exact percentiles).
//!
//! Where the files' statistics tell that rows come in the order of a key, groups need not wait for each other: [`clustered`].
//!
//! Workers group by all columns of all grouping sets; their groups are expanded to those of every set when they are
//! put together, so that rows are not.
//!
//! DISTINCT calls over the same arguments form a *family*: workers keep the distinct pairs of keys and
//! arguments, and give up likewise; the merge feeds each pair once to the accumulators. The pairs of few groups are
//! split by their arguments too, so that all workers have some; what the partitions make of a group is merged. Pairs of
//! few groups and whole numbers of a narrow span are bits, which are put together at once.
//!
//! If the order of rows matters to a call (`first`, `collect_list`), every partition has a table of its own, and
//! all are merged in partition order.
//!
//! What was handed over is spilled partition by partition when memory is refused, and so are tables that grow by
//! other means than groups (`collect_list`): they are handed over early.
//!
//! Limits: one partition's groups are in memory while they are merged; of many groups, all pairs of a key are made
//! distinct by one worker; without keys and DISTINCT there is nothing to split, so a global `collect_list` stays
//! in memory.

mod bit_pairs;
mod clustered;
mod distinct;
mod local;
mod merge;
mod pairs;
mod plan;

pub(super) use clustered::ClusteredAggregate;
pub(super) use merge::HashAggregateShared;
pub(super) use plan::{CallPlan, Family, GroupingSets, HashAggregate};
