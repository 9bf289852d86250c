//! What happens to batches on their way from a source to a sink.

use super::stage::{SinkSlot, StepLocal};
use super::{Batch, TaskContext};
use crate::error::Result;
use std::time::Instant;

/// Whether a consumer wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Nothing more of this partition is needed.
    Stop,
}

/// A step of a pipeline, shared by all workers. State per partition lies in its locals.
pub trait Operator: Send + Sync {
    /// The state for one partition. Called by the worker that claimed it, before its first batch; every
    /// stage that this one depends on has finished by then.
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>>;

    /// False if a partition cannot add to the result (those before it satisfy a LIMIT). Called before it is opened; others
    /// that were claimed after it may be done already.
    fn wants(&self, partition: usize) -> bool {
        let _ = partition;
        true
    }
}

/// The state of an operator for one partition. Owned by one worker.
pub trait OperatorLocal: Send {
    /// Takes a batch of at least one row and pushes what it makes of it downstream.
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow>;

    /// The partition is at its end: pushes what was held back.
    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        let _ = output;
        Ok(())
    }
}

/// The steps behind an operator, down to the sink.
pub struct Downstream<'a> {
    pub(super) steps: &'a mut [StepLocal],
    pub(super) sink: &'a mut SinkSlot,
}

impl Downstream<'_> {
    /// Hands a batch on. Empty ones go nowhere.
    pub fn push(&mut self, batch: Batch) -> Result<Flow> {
        if batch.rows == 0 {
            return Ok(Flow::Continue);
        }
        let start = Instant::now();
        match self.steps.split_first_mut() {
            Some((step, rest)) => {
                step.measure.input(&batch);
                let mut output = Downstream {
                    steps: rest,
                    sink: &mut *self.sink,
                };
                let flow = step.local.push(batch, &mut output);
                step.measure.nanos += start.elapsed().as_nanos() as u64;
                flow
            }
            None => {
                self.sink.measure.input(&batch);
                let flow = self.sink.local.push(batch);
                self.sink.measure.nanos += start.elapsed().as_nanos() as u64;
                flow
            }
        }
    }

    /// Ends all steps in order, each pushing what it held back to the next.
    pub(super) fn finish(&mut self) -> Result<()> {
        if let Some((step, rest)) = self.steps.split_first_mut() {
            let mut output = Downstream {
                steps: rest,
                sink: &mut *self.sink,
            };
            let start = Instant::now();
            step.local.finish(&mut output)?;
            step.measure.nanos += start.elapsed().as_nanos() as u64;
            output.finish()?;
        }
        Ok(())
    }
}
