//! Steps of a pipeline that need not see all rows.

mod coalesce;
mod expand;
mod filter;
mod generate;
mod limit;
mod project;
mod sample;
mod select;

pub(super) use coalesce::{Coalescer, concat_arrays, concat_batches};
pub(super) use expand::Expand;
pub(super) use filter::Filter;
pub(super) use generate::Generate;
pub(super) use limit::{Limit, LimitSink};
pub(super) use project::Project;
pub(super) use sample::Sample;
pub(super) use select::Select;

use crate::functions::scalar::EvalContext;
use crate::pipeline::{TaskContext, input_file};

/// What kernels may ask, kept up to date over the batches of a partition.
pub(super) struct Position(EvalContext);

impl Position {
    /// The beginning of a partition.
    pub fn start(context: &TaskContext) -> Position {
        Position(EvalContext {
            partition: context.partition,
            ..EvalContext::default()
        })
    }

    /// For the present batch.
    pub fn context(&self) -> &EvalContext {
        &self.0
    }

    /// A batch has come in: it is from this thread's present file.
    pub fn begin_batch(&mut self) {
        self.0.input_file = input_file();
    }

    /// A batch of so many rows is done.
    pub fn advance(&mut self, rows: usize) {
        self.0.rows_before += rows as u64;
    }
}
