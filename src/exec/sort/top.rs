//! ORDER BY with LIMIT: keeps the best rows only.
//!
//! A worker gathers candidates and cuts them down to the wanted number from time to time; the worst that is left
//! is a bound: no row above it can matter. Workers share the lowest bound, so that each drops rows by what
//! any of them has seen.

use super::SortKeys;
use super::run::{Run, gather};
use crate::error::Result;
use crate::exec::Materialized;
use crate::exec::operators::Position;
use crate::pipeline::{Batch, Flow, QueryContext, Sink, SinkLocal, TaskContext, downcast_locals};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A sort of which the first rows are wanted.
pub(in crate::exec) struct TopK {
    keys: Arc<SortKeys>,
    /// Rows wanted, those to be skipped included.
    rows: usize,
    /// Rows to skip.
    offset: usize,
    bound: Arc<AtomicU64>,
    output: Arc<Materialized>,
}

struct TopKLocal {
    keys: Arc<SortKeys>,
    rows: usize,
    bound: Arc<AtomicU64>,
    run: Run,
    position: Position,
}

/// Candidates beyond the wanted rows before they are cut down.
const SLACK: usize = 16 * 1024;

impl TopK {
    /// The first `rows` rows without the first `offset`, to `output`.
    pub fn new(keys: SortKeys, rows: usize, offset: usize, output: Arc<Materialized>) -> TopK {
        TopK {
            keys: Arc::new(keys),
            rows,
            offset,
            bound: Arc::new(AtomicU64::new(u64::MAX)),
            output,
        }
    }
}

impl TopKLocal {
    /// Drops candidates that cannot be among the best.
    fn cut(&mut self) -> Result<()> {
        if let Some(worst) = self.run.keep_first(self.rows) {
            self.bound
                .fetch_min((worst >> 64) as u64, Ordering::Relaxed);
        }
        // Few rows of many batches: copy them, so that the batches can go.
        self.run.forget_unused();
        Ok(())
    }
}

impl Sink for TopK {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(TopKLocal {
            keys: self.keys.clone(),
            rows: self.rows,
            bound: self.bound.clone(),
            run: Run::default(),
            position: Position::start(task),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut all = Run::default();
        for local in downcast_locals::<TopKLocal>(locals) {
            all.append(local.run);
        }
        all.keep_first(self.rows);
        all.sort(query);
        let kept = all.items.get(self.offset..).unwrap_or_default();
        let batch = gather(&all.batches, kept)?;
        self.output.fill(vec![vec![batch]])
    }
}

impl SinkLocal for TopKLocal {
    fn begin_partition(&mut self, task: &TaskContext) -> Result<()> {
        self.position = Position::start(task);
        self.run.begin_partition(task.partition);
        Ok(())
    }

    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let rows = batch.rows;
        let bound = self.bound.load(Ordering::Relaxed);
        let keep = |prefix: u128| (prefix >> 64) as u64 <= bound;
        self.run
            .push(&self.keys, batch, self.position.context(), keep)?;
        self.position.advance(rows);
        if self.run.items.len() > self.rows + SLACK {
            self.cut()?;
        }
        Ok(Flow::Continue)
    }
}
