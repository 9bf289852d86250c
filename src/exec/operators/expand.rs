//! Several output rows per input row, from several projections: grouping sets, unpivot.

use super::Position;
use crate::error::Result;
use crate::expr::Projector;
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};

/// Gives every batch once per projection.
///
/// The rows of one input row do not come one after the other, as Spark's do, but batch by batch: what follows
/// is an aggregation that does not care.
pub(in crate::exec) struct Expand {
    /// Each makes one output row per input row.
    pub projections: Vec<Projector>,
    /// Rows are put back into Spark's order: all of one input row together.
    pub interleaved: bool,
}

struct ExpandLocal {
    projections: Vec<Projector>,
    interleaved: bool,
    position: Position,
}

impl Operator for Expand {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        let own = |projector: &Projector| projector.for_partition(context.partition);
        Ok(Box::new(ExpandLocal {
            projections: self.projections.iter().map(own).collect(),
            interleaved: self.interleaved,
            position: Position::start(context),
        }))
    }
}

impl OperatorLocal for ExpandLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        let mut parts = Vec::with_capacity(self.projections.len());
        for projection in &self.projections {
            let context = self.position.context();
            let columns = projection.eval_arrays(&batch.columns, batch.rows, context)?;
            let part = Batch::new(columns, batch.rows);
            if !self.interleaved {
                if output.push(part)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            } else {
                parts.push(part);
            }
        }
        self.position.advance(batch.rows);
        if !self.interleaved || parts.is_empty() {
            return Ok(Flow::Continue);
        }
        let count = parts.len();
        let order: Vec<(usize, usize)> = (0..batch.rows)
            .flat_map(|row| (0..count).map(move |part| (part, row)))
            .collect();
        let mut columns = Vec::with_capacity(parts[0].columns.len());
        for column in 0..parts[0].columns.len() {
            let arrays: Vec<_> = parts.iter().map(|p| p.columns[column].as_ref()).collect();
            columns.push(arrow::compute::interleave(&arrays, &order)?);
        }
        output.push(Batch::new(columns, order.len()))
    }
}
