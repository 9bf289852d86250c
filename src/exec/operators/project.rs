//! SELECT: computes columns.

use super::Position;
use crate::error::Result;
use crate::expr::Projector;
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};

/// Computes the columns of its output.
pub(in crate::exec) struct Project {
    /// What computes them.
    pub projector: Projector,
}

struct ProjectLocal {
    projector: Projector,
    position: Position,
}

impl Operator for Project {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(ProjectLocal {
            projector: self.projector.for_partition(context.partition),
            position: Position::start(context),
        }))
    }
}

impl OperatorLocal for ProjectLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        self.position.begin_batch();
        let context = self.position.context();
        let columns = self
            .projector
            .eval_arrays(&batch.columns, batch.rows, context)?;
        self.position.advance(batch.rows);
        output.push(Batch::new(columns, batch.rows))
    }
}
