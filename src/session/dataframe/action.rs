//! Actions: what makes a DataFrame run.

use super::DataFrame;
use crate::error::{Error, Result};
use crate::exec::PartitionStream;
use crate::pipeline::Batch;
use crate::plan::unresolved::ExplainMode;
use crate::session::show::{self, Layout};
use crate::session::{Session, rows};
use crate::types::{Row, StructType, arrow_schema};
use arrow::array::{RecordBatch, RecordBatchOptions};
use std::collections::VecDeque;
use std::sync::Arc;

/// See [`DataFrame::to_local_iterator`].
struct LocalIterator {
    session: Session,
    schema: StructType,
    /// What has not run yet; None after the last partition or an error.
    partitions: Option<PartitionStream>,
    batches: VecDeque<Batch>,
    rows: std::vec::IntoIter<Row>,
}

impl LocalIterator {
    /// Fetches rows; false if there are no more.
    fn refill(&mut self) -> Result<bool> {
        loop {
            if let Some(batch) = self.batches.pop_front() {
                let rows = rows::from_batches(&self.schema, std::iter::once(&batch))?;
                self.rows = rows.into_iter();
                return Ok(true);
            }
            let Some(mut partitions) = self.partitions.take() else {
                return Ok(false);
            };
            let next = (self.session).on_workers(|| {
                let next = partitions.next_partitions()?;
                Ok((next, partitions))
            });
            let (next, partitions) = next?;
            if next.is_empty() {
                return Ok(false);
            }
            self.partitions = Some(partitions);
            self.batches.extend(next.into_iter().flatten());
        }
    }
}

impl Iterator for LocalIterator {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            match self.refill() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.batches.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl DataFrame {
    /// All rows.
    pub fn collect(&self) -> Result<Vec<Row>> {
        let partitions = self.run()?;
        rows::from_batches(&self.schema, partitions.iter().flatten())
    }

    /// All rows as Arrow record batches.
    pub fn collect_batches(&self) -> Result<Vec<RecordBatch>> {
        let partitions = self.run()?;
        let schema = Arc::new(arrow_schema(&self.schema));
        let convert = |batch: Batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.rows));
            Ok(RecordBatch::try_new_with_options(
                schema.clone(),
                batch.columns,
                &options,
            )?)
        };
        partitions.into_iter().flatten().map(convert).collect()
    }

    /// Runs the plan; its batches by partition.
    pub(crate) fn run(&self) -> Result<Vec<Vec<Batch>>> {
        self.session.execute(&self.plan)
    }

    /// The rows one by one. Partitions run when their rows are asked for, as many at a time as there are threads; so
    /// the result need not fit into memory, and what is not asked for is not computed. After an error there is no more.
    pub fn to_local_iterator(&self) -> Result<impl Iterator<Item = Result<Row>> + use<>> {
        Ok(LocalIterator {
            partitions: Some(self.session.stream(&self.plan)?),
            session: self.session.clone(),
            schema: self.schema.clone(),
            batches: VecDeque::new(),
            rows: Vec::new().into_iter(),
        })
    }

    /// The number of rows.
    pub fn count(&self) -> Result<u64> {
        let rows = self.counted()?.collect()?;
        let count = rows.first().and_then(|row| row.get(0).as_i64());
        count
            .and_then(|n| u64::try_from(n).ok())
            .ok_or_else(|| Error::internal("count gave no number"))
    }

    /// The first `count` rows.
    pub fn take(&self, count: usize) -> Result<Vec<Row>> {
        self.limit(count)?.collect()
    }

    /// The first `count` rows.
    pub fn head(&self, count: usize) -> Result<Vec<Row>> {
        self.take(count)
    }

    /// The first row, if there is any.
    pub fn first(&self) -> Result<Option<Row>> {
        Ok(self.take(1)?.pop())
    }

    /// The last `count` rows.
    pub fn tail(&self, count: usize) -> Result<Vec<Row>> {
        self.last_rows(count)?.collect()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.take(1)?.is_empty())
    }

    /// The number of partitions that the DataFrame's rows come in. Where that depends on what earlier stages make,
    /// these run, as they do in Spark under adaptive execution; the last stage never does.
    pub fn num_partitions(&self) -> Result<usize> {
        self.session.num_partitions(&self.plan)
    }

    /// Prints the first 20 rows as a table, cells cut to 20 characters.
    pub fn show(&self) -> Result<()> {
        self.show_with(20, 20, false)
    }

    /// Prints the first `count` rows as a table, cells cut to `truncate` characters (0: not cut), or
    /// vertically with a line a cell.
    pub fn show_with(&self, count: usize, truncate: usize, vertical: bool) -> Result<()> {
        println!("{}", self.show_string(count, truncate, vertical)?);
        Ok(())
    }

    /// What [`DataFrame::show_with`] prints, exactly as Spark lays it out.
    pub fn show_string(&self, count: usize, truncate: usize, vertical: bool) -> Result<String> {
        let shown = self.limit(count.saturating_add(1))?;
        let partitions = shown.run()?;
        let layout = Layout {
            rows: count,
            truncate,
            vertical,
        };
        let batches = partitions.iter().flatten();
        show::table(&self.schema, batches, &layout, &self.session.config())
    }

    /// Prints the plans that a mode asks for.
    pub fn explain(&self, mode: ExplainMode) -> Result<()> {
        println!("{}", self.explain_string(mode)?);
        Ok(())
    }

    /// What [`DataFrame::explain`] prints.
    pub fn explain_string(&self, mode: ExplainMode) -> Result<String> {
        self.session.explain(&self.relation, &self.plan, mode)
    }
}
