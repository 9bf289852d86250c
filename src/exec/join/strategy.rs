//! Whether a join runs with one shared table or partition by partition.
//!
//! The planner chooses from estimates and hints; the build, once it is complete, knows better:
//!
//! | planned              | what is true                                   | runs        |
//! |----------------------|------------------------------------------------|-------------|
//! | by estimate          | table up to the sizes below                    | shared      |
//! | by estimate          | larger                                         | partitioned |
//! | by hint, or `spark.sql.adaptive.enabled` is off | anything that memory holds | as planned |
//! | anything             | memory refused the rows or the index           | partitioned |
//! | no keys              | anything                                       | shared      |
//!
//! The name in EXPLAIN follows `spark.sql.autoBroadcastJoinThreshold`, which is about sending a table over a
//! network. Here a shared table costs nothing to share, so the size from which on partitions pay is another one.
//! It was measured on two cores with 1 MB of second-level cache each and 32 MB shared between them, as user and
//! system time of a whole query that joins 10 million random probe rows (20 million from 16 million build rows on):
//!
//! | build rows (with index)  | hashed keys, probe rows of 16 bytes | hashed, 75 bytes | keys that index directly |
//! |--------------------------|--------------------|--------------------|--------------------|
//! | 300 thousand (14 MB)     | shared 0.61, partitioned 0.44 s | 0.95, 1.66 | 0.24, 0.50 |
//! | 1 million (48 MB)        | 0.87, 0.50         | 1.09, 1.14         | 0.34, 0.44         |
//! | 4 million (190 MB)       | 1.28, 0.70         | 1.34, 1.63         | 0.54, 0.59         |
//! | 16 million (770 MB)      | 2.69, 1.88         | 3.35, 5.00         | 1.28, 2.10         |
//! | 40 million (1.9 GB)      | 6.87, 3.53         | 7.28, 6.29         | 1.63, 3.23         |
//!
//! So a direct index (integers of a range without wide gaps, which is what keys mostly are) stays shared at every
//! size. Hashed keys are worth splitting once the table has left the caches, if the probe rows that have to be
//! written and read again are narrow; wide ones need a far larger table. In between was not measured, nor was a
//! probe side in the order of its keys, which favours the shared table. Two things speak against partitions
//! whatever the size: a scan that waits for a runtime filter, since hashed keys of many partitions make none, and
//! probe rows that memory would hardly hold.

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::exec) struct Strategy {
    /// What was planned.
    pub planned: Distribution,
    /// A hint or a setting forbids to think again.
    pub is_fixed: bool,
    /// Estimated bytes of the probe side.
    pub probe_bytes: f64,
    /// Estimated bytes of one of its rows.
    pub probe_row_bytes: f64,
}

/// What is known of a build side when it is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuildFacts {
    /// Rows.
    pub rows: usize,
    /// Keys index a table of all rows without hashing.
    pub is_direct: bool,
    /// A scan waits for what the table knows of the keys.
    pub gives_filter: bool,
}

/// Bytes of a build side with its index from which on it pays to split, if keys are hashed and probe rows narrow.
const LARGE: usize = 64 << 20;
/// The same for wide probe rows.
const VERY_LARGE: usize = 1 << 30;
/// Bytes of a narrow probe row.
const NARROW: f64 = 32.0;
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
    facts: BuildFacts,
    reservation: &mut Reservation,
    query: &Arc<QueryContext>,
) -> Option<usize> {
    let index = facts.rows * INDEX_BYTES;
    let bytes = reservation.bytes() + index;
    let wants_partitions = match (strategy.is_fixed, strategy.planned) {
        _ if facts.rows == 0 => false,
        (true, Distribution::Broadcast) => false,
        (true, Distribution::Shuffle) => true,
        (false, _) => bytes > most_shared(strategy, facts, query),
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

/// Bytes up to which a table is shared if nobody has decided.
fn most_shared(strategy: Strategy, facts: BuildFacts, query: &QueryContext) -> usize {
    let by_user = query
        .config
        .number("spark.firesteel.join.sharedTableBytes")
        .and_then(|bytes| usize::try_from(bytes).ok());
    if let Some(bytes) = by_user {
        return bytes;
    }
    let probe_fits = strategy.probe_bytes < query.memory.limit() as f64 / 4.0;
    match facts.is_direct || facts.gives_filter || !probe_fits {
        true => usize::MAX,
        false if strategy.probe_row_bytes <= NARROW => LARGE,
        false => VERY_LARGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_hashed_tables_with_narrow_probe_rows_are_split() {
        let cancelled = Arc::default();
        let query = Arc::new(QueryContext::new(Arc::default(), 2, 8 << 30, cancelled));
        let runs = |million: usize, is_direct, gives_filter, probe: (f64, f64)| {
            let strategy = Strategy {
                planned: Distribution::Shuffle,
                is_fixed: false,
                probe_bytes: probe.0,
                probe_row_bytes: probe.1,
            };
            let facts = BuildFacts {
                rows: million * 1_000_000,
                is_direct,
                gives_filter,
            };
            let mut reservation = Reservation::new(&query);
            assert!(reservation.try_grow(facts.rows * 24));
            decide(strategy, facts, &mut reservation, &query)
        };
        let (narrow, wide, huge) = ((1e8, 16.0), (1e8, 80.0), (1e12, 16.0));
        assert_eq!(runs(1, false, false, narrow), None);
        assert_eq!(runs(4, false, false, narrow), Some(256));
        assert_eq!(runs(4, false, false, wide), None);
        assert_eq!(runs(40, false, false, wide), Some(256));
        assert_eq!(runs(40, false, false, huge), None);
        assert_eq!(runs(40, true, false, narrow), None);
        assert_eq!(runs(40, false, true, narrow), None);
        // What memory does not hold is split whatever the kind.
        assert_eq!(runs(200, true, false, narrow), Some(256));
    }
}
