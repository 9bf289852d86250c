//! CSV files as Spark writes them: quotes only where a value needs them.

use super::options::CsvWriteOptions;
use super::task::FormatWriter;
use crate::datasource::files::FinishWrite;
use crate::error::Result;
use crate::pipeline::Batch;
use crate::types::{DataType, StructType};
use arrow::array::{Array, AsArray};
use std::fs::File;
use std::io;

/// Writes one CSV file.
pub(super) struct CsvWriter {
    options: CsvWriteOptions,
    schema: StructType,
    output: Box<dyn FinishWrite>,
    text: String,
    written: u64,
}

impl CsvWriter {
    pub fn new(
        file: File,
        schema: &StructType,
        options: &CsvWriteOptions,
    ) -> io::Result<CsvWriter> {
        let buffered = io::BufWriter::with_capacity(1 << 20, file);
        let mut writer = CsvWriter {
            options: options.clone(),
            schema: schema.clone(),
            output: options.compression.writer(buffered)?,
            text: String::new(),
            written: 0,
        };
        if options.header {
            for (index, field) in schema.iter().enumerate() {
                writer.separate(index);
                let text = std::mem::take(&mut writer.text);
                writer.text = writer.options.cell(text, index, &field.name);
            }
            writer.text.push_str(&options.line_separator);
        }
        Ok(writer)
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push_str(&self.options.delimiter);
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written += self.text.len() as u64;
        self.output.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

impl CsvWriteOptions {
    /// Adds a value that is not NULL.
    fn cell(&self, mut out: String, column: usize, value: &str) -> String {
        let mut value = value;
        if self.trim_leading {
            value = value.trim_start_matches(|c: char| c <= ' ');
        }
        if self.trim_trailing {
            value = value.trim_end_matches(|c: char| c <= ' ');
        }
        if value.is_empty() {
            self.verbatim(&mut out, &self.empty_value);
            return out;
        }
        let first = value.as_bytes()[0];
        let needs_quotes = self.quote_all
            || first == self.quote
            || (column == 0 && first == self.comment)
            || value.contains(['\n', '\r'])
            || value.contains(self.delimiter.as_str())
            || (self.escape_quotes && value.as_bytes().contains(&self.quote))
            || (self.line_separator.len() == 1 && value.contains(self.line_separator.as_str()));
        if needs_quotes {
            self.quoted(&mut out, value);
        } else {
            out.push_str(value);
        }
        out
    }

    /// Adds what stands for NULL or for the empty text: quoted like all else with `quoteAll`, unless it has
    /// quotes of its own.
    fn verbatim(&self, out: &mut String, value: &str) {
        let own_quotes = value.len() >= 2
            && value.as_bytes()[0] == self.quote
            && value.as_bytes()[value.len() - 1] == self.quote;
        if self.quote_all && !own_quotes {
            self.quoted(out, value);
        } else {
            out.push_str(value);
        }
    }

    fn quoted(&self, out: &mut String, value: &str) {
        let (quote, escape) = (char::from(self.quote), char::from(self.escape));
        out.push(quote);
        for c in value.chars() {
            if c == quote {
                out.push(escape);
            } else if c == escape
                && let Some(escape_escape) = self.escape_escape
            {
                out.push(char::from(escape_escape));
            }
            out.push(c);
        }
        out.push(quote);
    }
}

impl FormatWriter for CsvWriter {
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>> {
        let options = self.options.clone();
        let mut writers = Vec::with_capacity(batch.columns.len());
        for (column, field) in batch.columns.iter().zip(self.schema.iter()) {
            let plain = matches!(
                field.data_type,
                DataType::Boolean
                    | DataType::Byte
                    | DataType::Short
                    | DataType::Integer
                    | DataType::Long
            );
            let write: Box<dyn Fn(usize, &mut String)> = match &field.data_type {
                DataType::Binary => {
                    let values = column.as_binary_view();
                    Box::new(move |row, out| write_bytes(values.value(row), out))
                }
                data_type => options.cells.writer(column.as_ref(), data_type)?,
            };
            writers.push((column, write, plain && !options.quote_all));
        }
        let single = writers.len() == 1;
        let mut cell = String::new();
        for row in 0..batch.rows {
            let before = self.text.len();
            for (index, (column, write, plain)) in writers.iter().enumerate() {
                if index > 0 {
                    self.text.push_str(&options.delimiter);
                }
                if column.is_null(row) {
                    options.verbatim(&mut self.text, &options.null_value);
                } else if *plain {
                    write(row, &mut self.text);
                } else {
                    cell.clear();
                    write(row, &mut cell);
                    let text = std::mem::take(&mut self.text);
                    self.text = options.cell(text, index, &cell);
                }
            }
            // A record of nothing at all is not written.
            if !(single && self.text.len() == before) {
                self.text.push_str(&options.line_separator);
            }
            if self.text.len() > 1 << 20
                && let Err(error) = self.flush()
            {
                return Ok(Err(error));
            }
        }
        Ok(self.flush())
    }

    fn bytes(&self) -> u64 {
        self.written
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()?;
        self.output.finish()
    }
}

/// Bytes as Spark prints them: `[61 62]`.
fn write_bytes(bytes: &[u8], out: &mut String) {
    out.push('[');
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&format!("{byte:02X}"));
    }
    out.push(']');
}
