//! Reads the ranges of one partition.

use super::column::{ColumnParser, Fields};
use super::filter::{Parsed, RowFilter};
use super::header::{check_header, first_record};
use super::options::{CsvOptions, ParseMode};
use super::tokenizer::{Records, Tokenizer};
use crate::datasource::files::DataFile;
use crate::datasource::input::{FileRange, Window, malformed_record};
use crate::error::conditions::MALFORMED_CSV_RECORD;
use crate::error::{Error, Result};
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::kernel::value::value_to_array;
use crate::pipeline::{Batch, BatchReader, ScanMetrics, TaskContext};
use crate::types::{DataType, StructType};
use arrow::array::{ArrayRef, StringViewBuilder};
use std::sync::Arc;

/// Records of a batch.
const BATCH_ROWS: usize = 16 * 1024;

/// What all partitions of a scan share.
#[derive(Debug)]
pub(super) struct CsvScan {
    pub options: CsvOptions,
    pub tokenizer: Tokenizer,
    /// Columns of the files, without the one for malformed records.
    pub file_schema: StructType,
    /// The columns to give.
    pub output: Vec<OutputColumn>,
    /// The columns of the files that are needed, ascending, with their parsers.
    pub columns: Vec<usize>,
    pub parsers: Vec<ColumnParser>,
    /// Filters over the needed columns.
    pub filter: RowFilter,
    /// Whether a record with another number of fields is malformed.
    pub check_width: bool,
    pub case_sensitive: bool,
    pub limit: Option<u64>,
    pub metrics: Arc<ScanMetrics>,
}

/// Where a column of the output comes from.
#[derive(Debug, Clone)]
pub(super) enum OutputColumn {
    /// A needed column of the files, by its place among them.
    Parsed(usize),
    /// The text of malformed records.
    Corrupt,
    /// A partition column.
    Partition(usize, DataType),
}

pub(super) struct CsvReader {
    scan: Arc<CsvScan>,
    ranges: std::vec::IntoIter<FileRange>,
    context: TaskContext,
    current: Option<(Window, DataFile)>,
    records: Records,
    limit: u64,
}

/// The error of a record with too many columns, which begins at `offset`.
pub(super) fn too_wide(window: &[u8], offset: usize) -> Error {
    let rest = &window[offset..];
    let line = rest.split(|byte| *byte == b'\n' || *byte == b'\r').next();
    let text = String::from_utf8_lossy(line.unwrap_or(rest)).into_owned();
    Error::new(&MALFORMED_CSV_RECORD, [("badRecord", text)])
}

impl CsvReader {
    pub fn new(scan: Arc<CsvScan>, ranges: Vec<FileRange>, context: TaskContext) -> CsvReader {
        let records = Records::of_columns(&scan.columns);
        let limit = scan.limit.unwrap_or(u64::MAX);
        CsvReader {
            scan,
            ranges: ranges.into_iter(),
            context,
            current: None,
            records,
            limit,
        }
    }

    /// Opens the next range; false if there is none.
    fn advance(&mut self) -> Result<bool> {
        let Some(range) = self.ranges.next() else {
            return Ok(false);
        };
        let scan = &self.scan;
        scan.metrics.read_part();
        let mut window = range.window(scan.options.encoding)?;
        if range.is_first() && scan.options.header {
            let width = if scan.options.enforce_schema {
                0
            } else {
                scan.file_schema.len().max(1)
            };
            let header = first_record(&mut window, &scan.tokenizer, width)?;
            if let Some(header) = header.filter(|_| !scan.options.enforce_schema) {
                let name = window.name().to_string();
                check_header(
                    &header,
                    &scan.file_schema,
                    &scan.columns,
                    scan.case_sensitive,
                    &name,
                )?;
            }
        }
        self.current = Some((window, range.file));
        Ok(true)
    }

    /// The next batch of the current range, perhaps without rows; None at its end.
    fn step(&mut self) -> Result<Option<Batch>> {
        let scan = self.scan.clone();
        let Some((window, file)) = &mut self.current else {
            return Ok(None);
        };
        self.records.clear();
        let name: Arc<str> = window.name().into();
        let (bytes, end, last) = window.bytes()?;
        let records = &mut self.records;
        let progress = (scan.metrics)
            .splitting(|| (scan.tokenizer).read(bytes, end, last, BATCH_ROWS, records));
        let rows = self.records.len();
        if rows == 0 {
            if progress.too_wide {
                return Err(too_wide(bytes, progress.consumed));
            }
            let done = last || progress.consumed >= end;
            let consumed = progress.consumed;
            window.consume(consumed);
            if done {
                self.current = None;
                return Ok(None);
            }
            if consumed == 0 {
                window.grow()?;
            }
            return Ok(Some(Batch::default()));
        }
        let text = &bytes[..progress.consumed];
        let utf8 = std::str::from_utf8(text).is_ok();
        let fields = Fields {
            fields: &[],
            window: text,
            arena: &self.records.arena,
            utf8,
        };
        let context = EvalContext {
            partition: self.context.partition,
            rows_before: 0,
            input_file: Some(name),
        };
        let (records, parsers) = (&self.records, &scan.parsers);
        let (filter, metrics) = (&scan.filter, &scan.metrics);
        let mut rest = Parsed::filtered(filter, parsers, records, fields, &context, metrics)?;
        if rest.rows == 0 {
            window.consume(progress.consumed);
            return Ok(Some(Batch::default()));
        }
        rest.complete(parsers, records, fields)?;
        if scan.check_width {
            rest.check_width(records, scan.file_schema.len() as u32);
        }
        if rest.failures.any() && scan.options.mode == ParseMode::FailFast {
            let failed = rest.failures.rows();
            let row = failed.iter().position(|failed| *failed).unwrap_or(0);
            let parsed: Vec<ArrayRef> = rest.columns.iter().flatten().cloned().collect();
            let (start, _) = self.records.extents[rest.record(row)];
            let line = window.line_of(start as usize);
            let types: Vec<&DataType> = (scan.columns.iter())
                .map(|column| &scan.file_schema[*column].data_type)
                .collect();
            return Err(malformed_record(
                &parsed,
                &types,
                row,
                window.name(),
                line,
                &self.context.query.config,
            ));
        }
        match scan.options.mode {
            ParseMode::DropMalformed => rest.drop_failures()?,
            _ => rest.drop_doomed()?,
        }
        let rows = rest.rows;
        let mut columns = Vec::with_capacity(scan.output.len());
        for column in &scan.output {
            columns.push(match column {
                OutputColumn::Parsed(index) => rest.columns[*index]
                    .clone()
                    .ok_or_else(|| Error::internal("a column was not converted"))?,
                OutputColumn::Corrupt => corrupt_records(text, &self.records, &rest),
                OutputColumn::Partition(index, data_type) => {
                    let one = value_to_array(&file.partition_values[*index], data_type)?;
                    Column::Constant(one).to_array(rows)
                }
            });
        }
        window.consume(progress.consumed);
        Ok(Some(Batch::new(columns, rows)))
    }
}

/// The text of the records that failed, NULL for the others.
fn corrupt_records(text: &[u8], records: &Records, parsed: &Parsed) -> ArrayRef {
    let mut builder = StringViewBuilder::with_capacity(parsed.rows);
    for (row, failed) in parsed.failures.rows().iter().enumerate() {
        if *failed {
            let (start, end) = records.extents[parsed.record(row)];
            let record = &text[start as usize..end as usize];
            builder.append_value(String::from_utf8_lossy(record));
        } else {
            builder.append_null();
        }
    }
    Arc::new(builder.finish())
}

impl BatchReader for CsvReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            if self.limit == 0 {
                return Ok(None);
            }
            self.context.query.check_cancelled()?;
            if self.current.is_none() && !self.advance()? {
                return Ok(None);
            }
            let Some(batch) = self.step()? else { continue };
            if batch.rows == 0 {
                continue;
            }
            let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let batch = if batch.rows > wanted {
                batch.slice(0, wanted)
            } else {
                batch
            };
            self.limit -= batch.rows as u64;
            return Ok(Some(batch));
        }
    }

    fn input_file(&self) -> Option<Arc<str>> {
        let (window, _) = self.current.as_ref()?;
        Some(window.name().into())
    }
}
