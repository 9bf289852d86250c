//! Reads the records of one partition.

use super::convert::fields;
use super::options::JsonOptions;
use super::parser::{Json, parse};
use crate::datasource::csv::ParseMode;
use crate::datasource::files::DataFile;
use crate::datasource::input::{FileRange, Window, find_lines, malformed_record};
use crate::error::Result;
use crate::kernel::Column;
use crate::kernel::value::{value_to_array, values_to_array};
use crate::pipeline::{Batch, BatchReader, TaskContext};
use crate::types::{DataType, StructType, Value};
use arrow::array::ArrayRef;
use std::sync::Arc;

/// Lines of a batch.
const BATCH_LINES: usize = 4 * 1024;

/// What all partitions of a scan share.
#[derive(Debug)]
pub(super) struct JsonScan {
    pub options: JsonOptions,
    /// The columns that are needed from the records.
    pub columns: StructType,
    pub output: Vec<OutputColumn>,
    pub limit: Option<u64>,
}

/// Where a column of the output comes from.
#[derive(Debug, Clone)]
pub(super) enum OutputColumn {
    /// A needed column, by its place among them.
    Parsed(usize),
    /// The text of malformed records.
    Corrupt,
    /// A partition column.
    Partition(usize, DataType),
}

pub(super) struct JsonReader {
    scan: Arc<JsonScan>,
    ranges: std::vec::IntoIter<FileRange>,
    context: TaskContext,
    current: Option<(Window, DataFile)>,
    lines: Vec<(usize, usize)>,
    limit: u64,
}

/// The records of a window: their texts, by beginning and end. Gives the bytes that are done with.
pub(super) fn find_records(
    window: &[u8],
    end: usize,
    last: bool,
    options: &JsonOptions,
    lines: &mut Vec<(usize, usize)>,
) -> usize {
    if options.multi_line {
        if !last || window.is_empty() {
            return 0;
        }
        lines.push((0, window.len()));
        return window.len();
    }
    find_lines(
        window,
        end,
        last,
        BATCH_LINES,
        options.line_separator.as_deref(),
        lines,
    )
}

/// Rows as they are read.
struct Rows {
    values: Vec<Vec<Value>>,
    corrupt: Vec<Value>,
    rows: usize,
}

impl Rows {
    fn push(&mut self, row: Vec<Value>, corrupt: Value) {
        for (column, value) in self.values.iter_mut().zip(row) {
            column.push(value);
        }
        self.corrupt.push(corrupt);
        self.rows += 1;
    }
}

impl JsonReader {
    pub fn new(scan: Arc<JsonScan>, ranges: Vec<FileRange>, context: TaskContext) -> JsonReader {
        let limit = scan.limit.unwrap_or(u64::MAX);
        JsonReader {
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
        let scan = self.scan.clone();
        let Some((window, file)) = &mut self.current else {
            return Ok(None);
        };
        self.lines.clear();
        let (bytes, end, last) = window.bytes()?;
        let consumed = find_records(bytes, end, last, &scan.options, &mut self.lines);
        if self.lines.is_empty() {
            if last || consumed >= end {
                self.current = None;
                return Ok(None);
            }
            window.grow()?;
            return Ok(Some(Batch::default()));
        }
        let mut rows = Rows {
            values: vec![Vec::new(); scan.columns.len()],
            corrupt: Vec::new(),
            rows: 0,
        };
        for (start, end) in &self.lines {
            let text = String::from_utf8_lossy(&bytes[*start..*end]);
            let malformed = read_record(&text, &scan, &mut rows);
            if malformed && scan.options.mode == ParseMode::FailFast {
                let line = window.line_of(*start);
                let columns = build(&rows, &scan.columns)?;
                let types: Vec<&DataType> = scan.columns.iter().map(|f| &f.data_type).collect();
                let config = &self.context.query.config;
                let row = rows.rows - 1;
                return Err(malformed_record(
                    &columns,
                    &types,
                    row,
                    window.name(),
                    line,
                    config,
                ));
            }
        }
        let parsed = build(&rows, &scan.columns)?;
        let mut columns = Vec::with_capacity(scan.output.len());
        for column in &scan.output {
            columns.push(match column {
                OutputColumn::Parsed(index) => parsed[*index].clone(),
                OutputColumn::Corrupt => values_to_array(&rows.corrupt, &DataType::String)?,
                OutputColumn::Partition(index, data_type) => {
                    let one = value_to_array(&file.partition_values[*index], data_type)?;
                    Column::Constant(one).to_array(rows.rows)
                }
            });
        }
        window.consume(consumed);
        Ok(Some(Batch::new(columns, rows.rows)))
    }
}

fn build(rows: &Rows, schema: &StructType) -> Result<Vec<ArrayRef>> {
    (rows.values.iter().zip(schema.iter()))
        .map(|(values, field)| values_to_array(values, &field.data_type))
        .collect()
}

/// Adds the rows of a record; whether it is malformed.
fn read_record(text: &str, scan: &JsonScan, rows: &mut Rows) -> bool {
    let drop = scan.options.mode == ParseMode::DropMalformed;
    let json = match parse(text, scan.options.syntax) {
        Ok(None) => return false,
        Ok(Some(json)) => Some(json),
        Err(_) => None,
    };
    let elements = match &json {
        Some(Json::Array(elements)) => elements.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => &[],
    };
    let objects: Option<Vec<_>> = (elements.iter())
        .map(|element| match element {
            Json::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    let Some(objects) = objects.filter(|_| json.is_some()) else {
        if !drop {
            let nulls = vec![Value::Null; scan.columns.len()];
            rows.push(nulls, Value::String(text.into()));
        }
        return true;
    };
    let mut malformed = false;
    for object in objects {
        let (values, fits) = fields(object, &scan.columns, &scan.options);
        if fits {
            rows.push(values, Value::Null);
        } else {
            malformed = true;
            if !drop {
                rows.push(values, Value::String(text.into()));
            }
        }
    }
    malformed
}

impl BatchReader for JsonReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        while self.limit > 0 {
            self.context.query.check_cancelled()?;
            if self.current.is_none() {
                let Some(range) = self.ranges.next() else {
                    return Ok(None);
                };
                let window = range.window(self.scan.options.encoding)?;
                self.current = Some((window, range.file));
            }
            let Some(batch) = self.step()?.filter(|batch| batch.rows > 0) else {
                continue;
            };
            let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let batch = if batch.rows > wanted {
                batch.slice(0, wanted)
            } else {
                batch
            };
            self.limit -= batch.rows as u64;
            return Ok(Some(batch));
        }
        Ok(None)
    }

    fn input_file(&self) -> Option<Arc<str>> {
        let (window, _) = self.current.as_ref()?;
        Some(window.name().into())
    }
}
