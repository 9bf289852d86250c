//! Stages and how they depend on each other.

use super::metrics::Measure;
use super::{Metrics, Operator, OperatorLocal, Sink, SinkLocal, Source};
use std::sync::Arc;

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
    /// Stages that must have finished before this one begins.
    pub dependencies: Vec<StageId>,
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
