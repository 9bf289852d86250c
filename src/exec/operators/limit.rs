//! LIMIT and OFFSET: the first rows in partition order, at any number of threads.
//!
//! Workers claim partitions in order, so the rows of a LIMIT come from the first few. Every partition gives at
//! most `offset + limit` rows, and stops when the partitions before it have given enough; the sink cuts
//! exactly.

use crate::error::Result;
use crate::exec::Materialized;
use crate::pipeline::{
    Batch, Downstream, Flow, Operator, OperatorLocal, QueryContext, Sink, SinkLocal, TaskContext,
    downcast_locals,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many partitions keep a counter; those beyond share the last one and are never skipped by it.
const COUNTED: usize = 4096;

/// Lets at most so many rows of every partition pass, and stops partitions that cannot matter.
pub(in crate::exec) struct Limit {
    shared: Arc<LimitShared>,
}

struct LimitShared {
    rows: u64,
    /// Rows that each partition has given.
    given: Vec<AtomicU64>,
}

struct LimitLocal {
    shared: Arc<LimitShared>,
    partition: usize,
    left: u64,
}

impl Limit {
    /// The first `rows` rows are needed.
    pub fn new(rows: u64) -> Limit {
        Limit {
            shared: Arc::new(LimitShared {
                rows,
                given: (0..COUNTED).map(|_| AtomicU64::new(0)).collect(),
            }),
        }
    }
}

impl LimitShared {
    /// Whether the partitions before this one have given enough.
    fn is_full_before(&self, partition: usize) -> bool {
        let before = &self.given[..partition.min(COUNTED)];
        let mut sum = 0u64;
        for rows in before {
            sum = sum.saturating_add(rows.load(Ordering::Relaxed));
            if sum >= self.rows {
                return true;
            }
        }
        false
    }
}

impl Operator for Limit {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(LimitLocal {
            shared: self.shared.clone(),
            partition: context.partition,
            left: self.shared.rows,
        }))
    }

    fn wants(&self, partition: usize) -> bool {
        // Not by what all have given: a later partition may have been faster.
        !self.shared.is_full_before(partition)
    }
}

impl OperatorLocal for LimitLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        if self.left == 0 || self.shared.is_full_before(self.partition) {
            return Ok(Flow::Stop);
        }
        let rows = (batch.rows as u64).min(self.left) as usize;
        self.left -= rows as u64;
        if self.partition < COUNTED {
            self.shared.given[self.partition].fetch_add(rows as u64, Ordering::Relaxed);
        }
        let batch = match rows == batch.rows {
            true => batch,
            false => batch.slice(0, rows),
        };
        match output.push(batch)? {
            Flow::Continue if self.left > 0 => Ok(Flow::Continue),
            _ => Ok(Flow::Stop),
        }
    }
}

/// Collects batches in partition order and cuts out `offset..offset + limit`, or that from the end.
pub(in crate::exec) struct LimitSink {
    /// Rows to skip.
    pub offset: u64,
    /// Rows to give; None: all.
    pub limit: Option<u64>,
    /// The last rows instead of the first.
    pub from_end: bool,
    /// Where they go.
    pub output: Arc<Materialized>,
}

#[derive(Default)]
struct LimitSinkLocal(Vec<Batch>);

impl Sink for LimitSink {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, _: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(LimitSinkLocal::default()))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, _: &Arc<QueryContext>) -> Result<()> {
        let locals = downcast_locals::<LimitSinkLocal>(locals);
        let total: u64 = locals
            .iter()
            .flat_map(|l| &l.0)
            .map(|b| b.rows as u64)
            .sum();
        let limit = self.limit.unwrap_or(u64::MAX);
        let (mut skip, mut left) = match self.from_end {
            true => (total.saturating_sub(limit), limit),
            false => (self.offset, limit),
        };
        let mut partitions = Vec::new();
        for local in locals {
            let mut kept = Vec::new();
            for batch in local.0 {
                let skipped = skip.min(batch.rows as u64);
                let rows = left.min(batch.rows as u64 - skipped);
                skip -= skipped;
                left -= rows;
                if rows > 0 {
                    kept.push(batch.slice(skipped as usize, rows as usize));
                }
            }
            partitions.push(kept);
        }
        // With a limit Spark gives a single partition.
        let partitions = match self.limit {
            Some(_) => vec![partitions.concat()],
            None => partitions,
        };
        self.output.fill(partitions)
    }
}

impl SinkLocal for LimitSinkLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.0.push(batch);
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker that claims a partition and is then held up must still read it when a later one has given enough.
    #[test]
    fn later_partitions_do_not_satisfy_a_limit() {
        let limit = Limit::new(10);
        limit.shared.given[3].fetch_add(10, Ordering::Relaxed);
        assert!(limit.wants(2));
        assert!(limit.wants(3));
        assert!(!limit.wants(4));
        limit.shared.given[0].fetch_add(10, Ordering::Relaxed);
        assert!(!limit.wants(2));
    }
}
