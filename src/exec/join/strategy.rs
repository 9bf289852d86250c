//! Whether a join runs with one shared table or partition by partition.
//!
//! The planner chooses from estimates and hints; the build, once it is complete, knows better:
//!
//! | planned              | what is true                                   | runs        |
//! |----------------------|------------------------------------------------|-------------|
//! | either, by estimate  | table up to [`SHARED_BYTES`]                   | shared      |
//! | either, by estimate  | larger                                         | partitioned |
//! | by hint, or `spark.sql.adaptive.enabled` is off | anything that memory holds | as planned |
//! | anything             | memory refused the rows or the index           | partitioned |
//! | no keys              | anything                                       | shared      |
//!
//! The name in EXPLAIN follows `spark.sql.autoBroadcastJoinThreshold`, which is about sending a table over a
//! network. Here a shared table costs nothing to share, so the size from which on partitions pay is another one.

use crate::pipeline::{QueryContext, Reservation};
use std::sync::Arc;

/// How a join is planned to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) enum Distribution {
    /// One table for all workers; the probe streams.
    Broadcast,
    /// Both sides split by the hash of their keys.
    Shuffle,
}

/// The plan's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) struct Strategy {
    /// What was planned.
    pub planned: Distribution,
    /// A hint or a setting forbids to think again.
    pub is_fixed: bool,
}

/// Bytes of a build side with its index up to which one shared table is used.
pub(super) const SHARED_BYTES: usize = 1 << 30;
/// Bytes of a build partition that is worked on while it stays in the cache.
const PARTITION_BYTES: usize = 1 << 20;
/// Partitions of rows that are spilled before their number is known.
const SPILL_PARTITIONS: usize = 64;
/// Bytes of index per row, about.
const INDEX_BYTES: usize = 24;

/// Partitions into which a side is split that has to be spilled while it comes in.
pub(super) fn spill_partitions(query: &QueryContext) -> usize {
    // Each worker holds the table of one partition: more workers, smaller partitions.
    SPILL_PARTITIONS.max((query.threads * 16).next_power_of_two())
}

/// Into how many partitions a complete build side in memory is to be split; None: it is shared. Takes the memory
/// for the index of a shared table.
pub(super) fn decide(
    strategy: Strategy,
    rows: usize,
    reservation: &mut Reservation,
    query: &Arc<QueryContext>,
) -> Option<usize> {
    let index = rows * INDEX_BYTES;
    let bytes = reservation.bytes() + index;
    let wants_partitions = match (strategy.is_fixed, strategy.planned) {
        _ if rows == 0 => false,
        (true, Distribution::Broadcast) => false,
        (true, Distribution::Shuffle) => true,
        (false, _) => bytes > SHARED_BYTES,
    };
    if !wants_partitions && reservation.try_grow(index) {
        return None;
    }
    let by_cache = (bytes / PARTITION_BYTES).next_power_of_two();
    Some(
        by_cache
            .clamp(16, 256)
            .max(query.threads.next_power_of_two()),
    )
}
