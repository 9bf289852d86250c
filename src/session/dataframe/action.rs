//! Actions: what makes a DataFrame run.

use super::DataFrame;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use crate::plan::unresolved::ExplainMode;
use crate::session::rows;
use crate::session::show::{self, Layout};
use crate::types::{Row, arrow_schema};
use arrow::array::{RecordBatch, RecordBatchOptions};
use std::sync::Arc;

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

    /// The rows one by one, converted as they are asked for.
    pub fn to_local_iterator(&self) -> Result<impl Iterator<Item = Result<Row>> + use<>> {
        let partitions = self.run()?;
        let schema = self.schema.clone();
        let batches = partitions.into_iter().flatten();
        Ok(batches.flat_map(move |batch| {
            match rows::from_batches(&schema, std::iter::once(&batch)) {
                Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            }
        }))
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

    /// The number of partitions that the DataFrame is computed in.
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
