//! Stages and how they depend on each other.

use super::metrics::Measure;
use super::{Metrics, Operator, OperatorLocal, Sink, SinkLocal, Source};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A stage of a [`StageGraph`], by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageId(pub usize);

/// Stages; a stage only depends on stages before it.
#[derive(Default)]
pub struct StageGraph {
    pub(super) stages: Vec<Stage>,
}

/// Pipelines that end in one sink.
pub struct Stage {
    /// What runs. Partitions of the first pipeline come first in the order of partitions, then those of the
    /// second, and so on.
    pub pipelines: Vec<Pipeline>,
    /// Where they end.
    pub sink: Arc<dyn Sink>,
    /// Counters of the sink.
    pub metrics: Arc<Metrics>,
    /// How long it takes, once it has run.
    pub clock: StageClock,
    /// Stages that must have finished before this one begins.
    pub dependencies: Vec<StageId>,
}

/// The wall time of a stage, from its first partition to the end of its sink.
#[derive(Debug, Default)]
pub struct StageClock {
    begun: OnceLock<Instant>,
    took: OnceLock<Duration>,
}

impl StageClock {
    /// Starts it, unless it has been.
    pub(super) fn start(&self) {
        self.begun.get_or_init(Instant::now);
    }

    /// Stops it, unless it has been.
    pub(super) fn stop(&self) {
        if let Some(begun) = self.begun.get() {
            self.took.get_or_init(|| begun.elapsed());
        }
    }

    /// The time; None if the stage has not run to its end.
    pub fn took(&self) -> Option<Duration> {
        self.took.get().copied()
    }
}

/// A source and the operators that its batches go through.
#[derive(Clone)]
pub struct Pipeline {
    /// Where its rows come from.
    pub source: Arc<dyn Source>,
    /// Counters of the source.
    pub metrics: Arc<Metrics>,
    /// What they go through.
    pub steps: Vec<Step>,
    /// Pipelines of a higher phase begin when all of a lower one have ended (rows without a match of a full
    /// outer join come after all others). They may be made ready by operators of the lower phase.
    pub phase: usize,
}

/// An operator in a pipeline.
#[derive(Clone)]
pub struct Step {
    /// What it does.
    pub operator: Arc<dyn Operator>,
    /// Its counters.
    pub metrics: Arc<Metrics>,
}

impl StageGraph {
    /// Adds a stage.
    pub fn add(&mut self, stage: Stage) -> StageId {
        self.stages.push(stage);
        StageId(self.stages.len() - 1)
    }

    /// The stages in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }
}

/// A step's state in a running partition.
pub(super) struct StepLocal {
    pub local: Box<dyn OperatorLocal>,
    pub measure: Measure,
}

/// A sink's local with its counts.
pub(super) struct SinkSlot {
    pub local: Box<dyn SinkLocal>,
    pub measure: Measure,
}
