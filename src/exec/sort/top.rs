//! ORDER BY with LIMIT: keeps the best rows only.
//!
//! A worker gathers candidates and cuts them down to the wanted number from time to time; the worst that is left
//! is a bound: no row above it can matter. Workers share the lowest bound, so that each drops rows by what
//! any of them has seen. Most rows are dropped by their first key, before anything else is made of them.
//! A scan in the same stage is told the bound, too, and need not decode the other columns of such rows.

use super::SortKeys;
use super::bound::{Bound, UpToBound};
use super::run::{Run, first_position, gather};
use crate::datasource::RuntimePredicate;
use crate::error::Result;
use crate::exec::Materialized;
use crate::exec::operators::Position;
use crate::pipeline::{Batch, Flow, QueryContext, Sink, SinkLocal, TaskContext, downcast_locals};
use std::sync::{Arc, OnceLock};

/// Where the sink puts its bound for the scan that its rows come from, once there is one.
pub(in crate::exec) type TopSlot = Arc<OnceLock<Arc<dyn RuntimePredicate>>>;

/// A sort of which the first rows are wanted.
pub(in crate::exec) struct TopK {
    keys: Arc<SortKeys>,
    /// Rows wanted, those to be skipped included.
    rows: usize,
    /// Rows to skip.
    offset: usize,
    bound: Arc<Bound>,
    slot: TopSlot,
    output: Arc<Materialized>,
}

struct TopKLocal {
    keys: Arc<SortKeys>,
    rows: usize,
    bound: Arc<Bound>,
    slot: TopSlot,
    run: Run,
    /// Position of the row that comes next.
    next: u64,
    position: Position,
}

/// Candidates beyond the wanted rows before they are cut down: as many as are wanted, within these bounds. The sooner
/// the first cut, the sooner there is a bound.
const LEAST_SLACK: usize = 1024;
const MOST_SLACK: usize = 16 * 1024;

impl TopK {
    /// The first `rows` rows without the first `offset`, to `output`.
    pub fn new(
        keys: SortKeys,
        rows: usize,
        offset: usize,
        slot: TopSlot,
        output: Arc<Materialized>,
    ) -> TopK {
        TopK {
            keys: Arc::new(keys),
            rows,
            offset,
            bound: Arc::new(Bound::new()),
            slot,
            output,
        }
    }
}

impl TopKLocal {
    /// Drops candidates that cannot be among the best.
    fn cut(&mut self) -> Result<()> {
        if let Some(worst) = self.run.keep_first(self.rows) {
            self.bound.lower(&self.keys, &self.run, &worst)?;
            // From now on no row matters whose first key is NULL, if NULL comes last.
            if self.keys.has_first(worst.prefix) || self.bound.has_text() {
                self.slot.get_or_init(|| {
                    let (keys, bound) = (self.keys.clone(), self.bound.clone());
                    let predicate: Arc<dyn RuntimePredicate> = Arc::new(UpToBound { keys, bound });
                    predicate
                });
            }
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
            slot: self.slot.clone(),
            run: Run::default(),
            next: first_position(task.partition),
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
        self.next = first_position(task.partition);
        Ok(())
    }

    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let (rows, position) = (batch.rows, self.next);
        let context = self.position.context();
        let keys = (self.keys.expressions).eval_arrays(&batch.columns, rows, context)?;
        self.position.advance(rows);
        self.next += rows as u64;
        let chosen = keys
            .first()
            .and_then(|key| self.bound.chosen(&self.keys, key));
        match chosen {
            Some(chosen) if chosen.count_set_bits() == 0 => return Ok(Flow::Continue),
            Some(chosen) if chosen.count_set_bits() < rows => {
                self.run
                    .push_chosen(&self.keys, &keys, &batch, position, &chosen)?;
            }
            _ => {
                let last = self.bound.last_prefix();
                let keep = |prefix: u128| prefix <= last;
                self.run
                    .push_keys(&self.keys, &keys, batch, position, keep)?;
            }
        }
        if self.run.items.len() > self.rows + self.rows.clamp(LEAST_SLACK, MOST_SLACK) {
            self.cut()?;
        }
        Ok(Flow::Continue)
    }
}
