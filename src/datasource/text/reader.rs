//! Reads the lines of one partition.

use crate::datasource::files::DataFile;
use crate::datasource::input::{FileRange, Window, find_lines};
use crate::error::Result;
use crate::kernel::Column;
use crate::kernel::value::value_to_array;
use crate::pipeline::{Batch, BatchReader, TaskContext};
use crate::types::DataType;
use arrow::array::{ArrayRef, StringViewBuilder};
use encoding_rs::Encoding;
use std::sync::Arc;

/// Lines of a batch.
const BATCH_ROWS: usize = 16 * 1024;

/// What all partitions of a scan share.
#[derive(Debug)]
pub(super) struct TextScan {
    pub whole_text: bool,
    pub line_separator: Option<Vec<u8>>,
    pub encoding: &'static Encoding,
    pub output: Vec<OutputColumn>,
    pub limit: Option<u64>,
}

/// Where a column of the output comes from.
#[derive(Debug, Clone)]
pub(super) enum OutputColumn {
    /// The line.
    Line,
    /// A partition column.
    Partition(usize, DataType),
}

pub(super) struct TextReader {
    scan: Arc<TextScan>,
    ranges: std::vec::IntoIter<FileRange>,
    context: TaskContext,
    current: Option<(Window, DataFile)>,
    lines: Vec<(usize, usize)>,
    limit: u64,
}

impl TextReader {
    pub fn new(scan: Arc<TextScan>, ranges: Vec<FileRange>, context: TaskContext) -> TextReader {
        let limit = scan.limit.unwrap_or(u64::MAX);
        TextReader {
            scan,
            ranges: ranges.into_iter(),
            context,
            current: None,
            lines: Vec::new(),
            limit,
        }
    }

    /// The next batch of the current range, perhaps without rows; None at its end.
    fn step(&mut self) -> Result<Option<Batch>> {
        let Some((window, file)) = &mut self.current else {
            return Ok(None);
        };
        let wanted = usize::try_from(self.limit)
            .unwrap_or(usize::MAX)
            .min(BATCH_ROWS);
        self.lines.clear();
        let (bytes, end, last) = window.bytes()?;
        let consumed = if self.scan.whole_text {
            if last && !bytes.is_empty() {
                self.lines.push((0, bytes.len()));
                bytes.len()
            } else {
                0
            }
        } else {
            let separator = self.scan.line_separator.as_deref();
            find_lines(bytes, end, last, wanted, separator, &mut self.lines)
        };
        let rows = self.lines.len();
        if rows == 0 {
            if last || consumed >= end {
                self.current = None;
                return Ok(None);
            }
            window.grow()?;
            return Ok(Some(Batch::default()));
        }
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.scan.output.len());
        for column in &self.scan.output {
            columns.push(match column {
                OutputColumn::Line => {
                    let mut builder = StringViewBuilder::with_capacity(rows);
                    for (start, end) in &self.lines {
                        builder.append_value(String::from_utf8_lossy(&bytes[*start..*end]));
                    }
                    Arc::new(builder.finish())
                }
                OutputColumn::Partition(index, data_type) => {
                    let one = value_to_array(&file.partition_values[*index], data_type)?;
                    Column::Constant(one).to_array(rows)
                }
            });
        }
        window.consume(consumed);
        Ok(Some(Batch::new(columns, rows)))
    }
}

impl BatchReader for TextReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        while self.limit > 0 {
            self.context.query.check_cancelled()?;
            if self.current.is_none() {
                let Some(range) = self.ranges.next() else {
                    return Ok(None);
                };
                self.current = Some((range.window(self.scan.encoding)?, range.file));
            }
            if let Some(batch) = self.step()?.filter(|batch| batch.rows > 0) {
                self.limit -= batch.rows as u64;
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    fn input_file(&self) -> Option<Arc<str>> {
        let (window, _) = self.current.as_ref()?;
        Some(window.name().into())
    }
}
