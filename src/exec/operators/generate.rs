//! LATERAL VIEW, explode and their kin.

use super::Position;
use crate::error::Result;
use crate::expr::Projector;
use crate::functions::generator::GeneratorKernel;
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};
use arrow::compute::take;
use std::sync::Arc;

/// Gives the rows that a generator makes of each input row, beside the input's columns.
pub(in crate::exec) struct Generate {
    /// The generator.
    pub kernel: Arc<dyn GeneratorKernel>,
    /// Its arguments.
    pub arguments: Projector,
    /// An input row that generates nothing gives one row of NULLs.
    pub outer: bool,
    /// The input columns that go on, by position.
    pub columns: Arc<[usize]>,
    /// The generated columns that go on, by position.
    pub generated: Arc<[usize]>,
}

struct GenerateLocal {
    kernel: Arc<dyn GeneratorKernel>,
    arguments: Projector,
    outer: bool,
    columns: Arc<[usize]>,
    generated: Arc<[usize]>,
    position: Position,
}

/// Input rows per call, so that a batch of long arrays does not become one huge batch.
const INPUT_ROWS: usize = 1024;

impl Operator for Generate {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(GenerateLocal {
            kernel: self.kernel.clone(),
            arguments: self.arguments.for_partition(context.partition),
            outer: self.outer,
            columns: self.columns.clone(),
            generated: self.generated.clone(),
            position: Position::start(context),
        }))
    }
}

impl OperatorLocal for GenerateLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        for start in (0..batch.rows).step_by(INPUT_ROWS) {
            let input = batch.slice(start, INPUT_ROWS.min(batch.rows - start));
            let context = self.position.context();
            let arguments = self.arguments.eval(&input.columns, input.rows, context)?;
            self.position.advance(input.rows);
            let made = self.kernel.generate(&arguments, input.rows, self.outer)?;
            let rows = made.row_of_output.len();
            let mut columns = Vec::with_capacity(self.columns.len() + self.generated.len());
            for column in self.columns.iter() {
                let column = input.columns[*column].as_ref();
                columns.push(take(column, &made.row_of_output, None)?);
            }
            columns.extend(self.generated.iter().map(|c| made.columns[*c].clone()));
            if output.push(Batch::new(columns, rows))? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }
}
