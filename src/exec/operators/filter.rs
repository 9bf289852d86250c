//! WHERE: keeps the rows for which a predicate is true.

use super::{Coalescer, Position};
use crate::error::Result;
use crate::expr::{Evaluator, Selection};
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};
use std::sync::Arc;

/// Filters batches, and drops the columns that only the predicate needs.
pub(in crate::exec) struct Filter {
    /// What must be true.
    pub predicate: Arc<Evaluator>,
    /// The columns that go on, by position.
    pub columns: Arc<[usize]>,
}

struct FilterLocal {
    predicate: Arc<Evaluator>,
    columns: Arc<[usize]>,
    position: Position,
    small: Coalescer,
}

impl Operator for Filter {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(FilterLocal {
            predicate: self.predicate.for_partition(context.partition),
            columns: self.columns.clone(),
            position: Position::start(context),
            small: Coalescer::default(),
        }))
    }
}

impl OperatorLocal for FilterLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        let rows = batch.rows;
        self.position.begin_batch();
        let context = self.position.context();
        let kept = self
            .predicate
            .eval_predicate(&batch.columns, rows, context)?;
        self.position.advance(rows);
        if let Selection::None = kept {
            return Ok(Flow::Continue);
        }
        let columns = self.columns.iter().map(|c| batch.columns[*c].clone());
        let columns = kept.filter(&columns.collect::<Vec<_>>())?;
        self.small
            .push(Batch::new(columns, kept.count(rows)), output)
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        self.small.flush(output).map(|_| ())
    }
}
