//! Picks columns by position; computes nothing.

use crate::error::Result;
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};
use std::sync::Arc;

/// Gives some of the columns, in another order perhaps.
pub(in crate::exec) struct Select(pub Arc<[usize]>);

struct SelectLocal(Arc<[usize]>);

impl Operator for Select {
    fn open(&self, _: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(SelectLocal(self.0.clone())))
    }
}

impl OperatorLocal for SelectLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        let columns = self.0.iter().map(|c| batch.columns[*c].clone()).collect();
        output.push(Batch::new(columns, batch.rows))
    }
}
