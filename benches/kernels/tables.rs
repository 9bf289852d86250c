//! Kernels that have no door of their own are measured as queries over tables in memory or a Parquet file: what a query
//! takes above another that reads the same columns and does less.

use super::data;
use super::harness::{Bench, Limit};
use arrow::array::{ArrayRef, RecordBatch};
use firesteel::prelude::*;
use parquet::arrow::ArrowWriter;
use std::path::Path;

/// A session of one thread and its tables.
pub struct Tables {
    spark: Session,
}

impl Tables {
    /// No tables yet.
    pub fn new() -> Tables {
        let spark = Session::builder().master("local[1]").create();
        Tables {
            spark: spark.expect("a session"),
        }
    }

    /// A table in memory, in batches of the engine's size.
    pub fn in_memory(&self, name: &str, columns: &[(&str, ArrayRef)]) {
        let whole = RecordBatch::try_from_iter(columns.iter().cloned()).expect("a table");
        let starts = (0..whole.num_rows()).step_by(data::BATCH);
        let batches = starts
            .map(|start| whole.slice(start, data::BATCH.min(whole.num_rows() - start)))
            .collect();
        let frame = self.spark.create_dataframe_from_batches(batches);
        let frame = frame.expect("a table");
        frame.create_or_replace_temp_view(name).expect("a view");
    }

    /// A table in a Parquet file with dictionaries.
    pub fn in_file(&self, name: &str, path: &Path, columns: &[(&str, ArrayRef)]) {
        let batch = RecordBatch::try_from_iter(columns.iter().cloned()).expect("a table");
        let file = std::fs::File::create(path).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("rows are written");
        writer.close().expect("the file is complete");
        let frame = self.spark.read().parquet(path).expect("the file");
        frame.create_or_replace_temp_view(name).expect("a view");
    }

    /// Runs a query; the number of its rows.
    pub fn query(&self, text: &str) -> usize {
        let rows = self.spark.sql(text).and_then(|frame| frame.collect());
        rows.expect("rows").len()
    }

    /// Measures `query` above `base`.
    pub fn measure_above(
        &self,
        bench: &mut Bench,
        (family, name): (&'static str, &str),
        rows: usize,
        limit: Limit<'_>,
        base: &str,
        query: &str,
    ) {
        let (base, query) = (|| self.query(base), || self.query(query));
        bench.measure_above(family, name, rows, limit, base, query);
    }
}
