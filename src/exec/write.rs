//! Writing files: the sink of a write, over the writers of [`crate::datasource::write`].

use crate::datasource::write::{TaskCommit, TaskWriter, WriteJob, WriteSummary};
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Flow, QueryContext, Sink, SinkLocal, TaskContext, downcast_locals};
use std::sync::{Arc, Mutex, PoisonError};

/// Writes each partition to files of its own and commits them all at the end. If the query fails, the job is
/// dropped uncommitted, which removes what was staged.
pub struct Write {
    job: Arc<WriteJob>,
    /// What the tasks have written, for the commit.
    finished: Mutex<Vec<TaskCommit>>,
}

impl Write {
    /// A sink of a job.
    pub fn new(job: WriteJob) -> Write {
        Write {
            job: Arc::new(job),
            finished: Mutex::default(),
        }
    }

    /// Commits the job. Called once, after the query has run.
    pub fn commit(self) -> Result<WriteSummary> {
        let finished = self
            .finished
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let job = Arc::try_unwrap(self.job);
        let job =
            job.map_err(|_| Error::internal("a writer is at work after its query has ended"))?;
        job.commit(finished)
    }
}

impl Sink for Write {
    /// A file per partition, numbered in their order.
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, context: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        let job = self.job.clone();
        Ok(Box::new(WriteLocal {
            job,
            partition: context.partition,
            writer: None,
            commits: Vec::new(),
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, _: &Arc<QueryContext>) -> Result<()> {
        let locals = downcast_locals::<WriteLocal>(locals);
        let mut commits: Vec<TaskCommit> =
            locals.into_iter().flat_map(|local| local.commits).collect();
        if commits.is_empty() {
            // Even no rows leave a file, so that the schema can be read back.
            commits.push(self.job.task(0)?.finish()?);
        }
        *self.finished.lock().unwrap_or_else(PoisonError::into_inner) = commits;
        Ok(())
    }
}

struct WriteLocal {
    job: Arc<WriteJob>,
    partition: usize,
    writer: Option<TaskWriter>,
    commits: Vec<TaskCommit>,
}

impl SinkLocal for WriteLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(self.job.task(self.partition)?),
        };
        writer.write(&batch)?;
        Ok(Flow::Continue)
    }

    fn end_partition(&mut self) -> Result<()> {
        if let Some(writer) = self.writer.take() {
            self.commits.push(writer.finish()?);
        }
        Ok(())
    }
}
