//! CSV files as Spark writes them: quotes only where a value needs them.

use super::options::CsvWriteOptions;
use super::task::FormatWriter;
use crate::datasource::files::FinishWrite;
use crate::error::Result;
use crate::kernel::cast::TextWriter;
use crate::pipeline::Batch;
use crate::types::{DataType, StructType};
use arrow::array::{Array, AsArray, StringViewArray};
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
                options.cell(&mut writer.text, index, &field.name);
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

/// How the values of a column are written.
enum Cells<'a> {
    /// As they are.
    Plain(TextWriter<'a>),
    /// Strings, which may need quotes.
    Text(&'a StringViewArray),
    /// Anything else that may need quotes.
    Other(TextWriter<'a>),
}

impl CsvWriteOptions {
    /// Adds a value that is not NULL.
    fn cell(&self, out: &mut String, column: usize, value: &str) {
        let mut value = value;
        if self.trim_leading {
            value = value.trim_start_matches(|c: char| c <= ' ');
        }
        if self.trim_trailing {
            value = value.trim_end_matches(|c: char| c <= ' ');
        }
        let Some(first) = value.as_bytes().first() else {
            return self.verbatim(out, &self.empty_value);
        };
        let is_comment = column == 0 && *first == self.comment;
        if self.quote_all
            || is_comment
            || (value.bytes().any(|byte| self.is_special(byte)) && self.needs_quotes(value))
        {
            self.quoted(out, value);
        } else {
            out.push_str(value);
        }
    }

    /// Whether a byte may be a reason for quotes.
    #[inline]
    fn is_special(&self, byte: u8) -> bool {
        byte == self.quote
            || byte == b'\n'
            || byte == b'\r'
            || self.delimiter.as_bytes().first() == Some(&byte)
            || self.line_separator.as_bytes().first() == Some(&byte)
    }

    /// Whether a value with special bytes needs quotes.
    fn needs_quotes(&self, value: &str) -> bool {
        let bytes = value.as_bytes();
        bytes.first() == Some(&self.quote)
            || value.contains(['\n', '\r'])
            || value.contains(self.delimiter.as_str())
            || (self.escape_quotes && bytes.contains(&self.quote))
            || (self.line_separator.len() == 1 && value.contains(self.line_separator.as_str()))
    }

    /// Whether no value of the type needs a second look, since it is made of other characters than those that do.
    fn is_plain(&self, data_type: &DataType, column: usize) -> bool {
        let characters = match data_type {
            DataType::Boolean
            | DataType::Byte
            | DataType::Short
            | DataType::Integer
            | DataType::Long => return !self.quote_all,
            DataType::Decimal { .. } => "0123456789-.",
            DataType::Float | DataType::Double => "0123456789-.EInfinityNaN",
            // By a pattern there may be anything.
            DataType::Date if self.cells.has_plain_dates() => "0123456789-+",
            _ => return false,
        };
        let is_plain = |byte: u8| !self.is_special(byte) && (column > 0 || byte != self.comment);
        !self.quote_all && characters.bytes().all(is_plain)
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
        for (index, (column, field)) in batch.columns.iter().zip(self.schema.iter()).enumerate() {
            let cells = match &field.data_type {
                DataType::Binary => {
                    let values = column.as_binary_view();
                    Cells::Other(Box::new(move |row, out| {
                        write_bytes(values.value(row), out)
                    }))
                }
                data_type => match column.as_string_view_opt() {
                    Some(text) if data_type.is_string() => Cells::Text(text),
                    _ => {
                        let write = options.cells.writer(column.as_ref(), data_type)?;
                        match options.is_plain(data_type, index) {
                            true => Cells::Plain(write),
                            false => Cells::Other(write),
                        }
                    }
                },
            };
            writers.push((column.logical_nulls(), cells));
        }
        let single = writers.len() == 1;
        let mut cell = String::new();
        for row in 0..batch.rows {
            let before = self.text.len();
            for (index, (nulls, cells)) in writers.iter().enumerate() {
                if index > 0 {
                    self.text.push_str(&options.delimiter);
                }
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    options.verbatim(&mut self.text, &options.null_value);
                    continue;
                }
                match cells {
                    Cells::Plain(write) => write(row, &mut self.text),
                    Cells::Text(text) => options.cell(&mut self.text, index, text.value(row)),
                    Cells::Other(write) => {
                        cell.clear();
                        write(row, &mut cell);
                        options.cell(&mut self.text, index, &cell);
                    }
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
        out.push_str(&format!("{byte:02X}"));
    }
    out.push(']');
}
