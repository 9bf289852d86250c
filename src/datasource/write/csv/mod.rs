//! CSV files as Spark writes them: quotes only where a value needs them.
//!
//! Rows are written one after the other into a buffer that stays in the processor's cache, and from there to the file.
//! The types that most columns have put their digits straight into it; all others are written as CAST prints
//! them into a text of their own first.

mod buffer;
mod cell;

use self::buffer::TextBuffer;
use self::cell::CellRules;
use super::options::CsvWriteOptions;
use super::task::FormatWriter;
use crate::datasource::files::FinishWrite;
use crate::error::Result;
use crate::kernel::cast::TextWriter;
use crate::kernel::digits::{
    DATE_WIDTH, DECIMAL_WIDTH, DateTexts, INTEGER_WIDTH, put_decimal, put_integer,
};
use crate::pipeline::Batch;
use crate::types::{DataType, StructType};
use arrow::array::{Array, AsArray, StringViewArray};
use arrow::datatypes::{Date32Type, Decimal64Type, Int32Type, Int64Type};
use std::fmt::Write;
use std::fs::File;
use std::io;

/// Bytes of text that are written to the file at a time: they fit into the second cache.
const CHUNK_BYTES: usize = 256 << 10;

/// Bytes that compressed text is gathered to. Plain text comes in larger chunks, which go straight to the file.
const COMPRESSED_BYTES: usize = 64 << 10;

/// Writes one CSV file.
pub(super) struct CsvWriter {
    options: CsvWriteOptions,
    rules: CellRules,
    schema: StructType,
    output: Box<dyn FinishWrite>,
    text: TextBuffer,
    dates: DateTexts,
    written: u64,
}

impl CsvWriter {
    pub fn new(
        file: File,
        schema: &StructType,
        options: &CsvWriteOptions,
    ) -> io::Result<CsvWriter> {
        let buffered = io::BufWriter::with_capacity(COMPRESSED_BYTES, file);
        let mut writer = CsvWriter {
            rules: CellRules::new(options),
            options: options.clone(),
            schema: schema.clone(),
            output: options.compression.writer(buffered)?,
            text: TextBuffer::default(),
            dates: DateTexts::default(),
            written: 0,
        };
        if options.header {
            for (index, field) in schema.iter().enumerate() {
                if index > 0 {
                    writer.text.push(options.delimiter.as_bytes());
                }
                writer.rules.cell(&mut writer.text, index, &field.name);
            }
            writer.text.push(options.line_separator.as_bytes());
        }
        Ok(writer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written += self.text.len() as u64;
        self.output.write_all(self.text.text())?;
        self.text.clear();
        Ok(())
    }
}

/// How the values of a column are written.
enum Cells<'a> {
    Integers(&'a [i32]),
    Longs(&'a [i64]),
    /// Unscaled numbers and their scale.
    Decimals(&'a [i64], usize),
    Dates(&'a [i32]),
    /// Strings, which may need quotes.
    Text(&'a StringViewArray),
    /// Anything else that needs none.
    Plain(TextWriter<'a>),
    /// Anything else that may need quotes.
    Other(TextWriter<'a>),
}

impl<'a> Cells<'a> {
    fn new(
        array: &'a dyn Array,
        data_type: &DataType,
        index: usize,
        options: &'a CsvWriteOptions,
        rules: &CellRules,
    ) -> Result<Cells<'a>> {
        if let Some(text) = array.as_string_view_opt()
            && data_type.is_string()
        {
            return Ok(Cells::Text(text));
        }
        if *data_type == DataType::Binary {
            let values = array.as_binary_view();
            return Ok(Cells::Other(Box::new(move |row, out| {
                write_bytes(values.value(row), out)
            })));
        }
        let is_plain = rules.is_plain(data_type, index);
        if is_plain && let Some(numbers) = Cells::numbers(array, data_type) {
            return Ok(numbers);
        }
        let write = options.cells.writer(array, data_type)?;
        Ok(match is_plain {
            true => Cells::Plain(write),
            false => Cells::Other(write),
        })
    }

    /// Columns whose digits are put in place.
    fn numbers(array: &'a dyn Array, data_type: &DataType) -> Option<Cells<'a>> {
        Some(match data_type {
            DataType::Integer => Cells::Integers(array.as_primitive_opt::<Int32Type>()?.values()),
            DataType::Long => Cells::Longs(array.as_primitive_opt::<Int64Type>()?.values()),
            DataType::Decimal { precision, scale } if *precision <= 18 && *scale >= 0 => {
                let values = array.as_primitive_opt::<Decimal64Type>()?.values();
                Cells::Decimals(values, usize::from(scale.unsigned_abs()))
            }
            DataType::Date => Cells::Dates(array.as_primitive_opt::<Date32Type>()?.values()),
            _ => return None,
        })
    }
}

impl FormatWriter for CsvWriter {
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>> {
        let options = self.options.clone();
        let (delimiter, line_separator) = (
            options.delimiter.as_bytes(),
            options.line_separator.as_bytes(),
        );
        let mut columns = Vec::with_capacity(batch.columns.len());
        for (index, (column, field)) in batch.columns.iter().zip(self.schema.iter()).enumerate() {
            let array = column.as_ref();
            let cells = Cells::new(array, &field.data_type, index, &options, &self.rules)?;
            columns.push((column.logical_nulls(), cells));
        }
        let single = columns.len() == 1;
        let mut cell = String::new();
        for row in 0..batch.rows {
            let (rules, text, dates) = (&self.rules, &mut self.text, &mut self.dates);
            let before = text.len();
            for (index, (nulls, cells)) in columns.iter().enumerate() {
                if index > 0 {
                    match delimiter {
                        [byte] => text.push_byte(*byte),
                        longer => text.push(longer),
                    }
                }
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    rules.null(text);
                    continue;
                }
                match cells {
                    Cells::Integers(values) => {
                        text.put(INTEGER_WIDTH, |room| put_integer(room, values[row].into()));
                    }
                    Cells::Longs(values) => {
                        text.put(INTEGER_WIDTH, |room| put_integer(room, values[row]));
                    }
                    Cells::Decimals(values, scale) => {
                        text.put(DECIMAL_WIDTH, |room| put_decimal(room, values[row], *scale));
                    }
                    Cells::Dates(values) => {
                        text.put(DATE_WIDTH, |room| dates.put(room, values[row]));
                    }
                    Cells::Text(values) => rules.cell(text, index, values.value(row)),
                    Cells::Plain(write) => {
                        cell.clear();
                        write(row, &mut cell);
                        text.push(cell.as_bytes());
                    }
                    Cells::Other(write) => {
                        cell.clear();
                        write(row, &mut cell);
                        rules.cell(text, index, &cell);
                    }
                }
            }
            // A record of nothing at all is not written.
            if !(single && text.len() == before) {
                text.push(line_separator);
            }
            if text.len() >= CHUNK_BYTES
                && let Err(error) = self.flush()
            {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    fn finish(mut self: Box<Self>) -> io::Result<u64> {
        self.flush()?;
        self.output.finish()?;
        Ok(self.written)
    }
}

/// Bytes as Spark prints them: `[61 62]`.
fn write_bytes(bytes: &[u8], out: &mut String) {
    out.push('[');
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        // Writing to a string never fails.
        let _ = write!(out, "{byte:02X}");
    }
    out.push(']');
}
