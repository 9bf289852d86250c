//! Text files: the one column's strings as lines; NULL is an empty line.

use super::options::TextWriteOptions;
use super::task::FormatWriter;
use crate::datasource::files::FinishWrite;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use arrow::array::{Array, AsArray};
use std::fs::File;
use std::io;

/// Writes one text file.
pub(super) struct TextFileWriter {
    line_separator: String,
    output: Box<dyn FinishWrite>,
    written: u64,
}

impl TextFileWriter {
    pub fn new(file: File, options: &TextWriteOptions) -> io::Result<TextFileWriter> {
        let buffered = io::BufWriter::with_capacity(1 << 20, file);
        Ok(TextFileWriter {
            line_separator: options.line_separator.clone(),
            output: options.compression.writer(buffered)?,
            written: 0,
        })
    }
}

impl FormatWriter for TextFileWriter {
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>> {
        let column = (batch.columns.first())
            .and_then(|column| column.as_string_view_opt())
            .ok_or_else(|| Error::internal("a text file is written from one string column"))?;
        let mut lines = String::new();
        for row in 0..batch.rows {
            if !column.is_null(row) {
                lines.push_str(column.value(row));
            }
            lines.push_str(&self.line_separator);
        }
        self.written += lines.len() as u64;
        Ok(self.output.write_all(lines.as_bytes()))
    }

    fn finish(self: Box<Self>) -> io::Result<u64> {
        self.output.finish()?;
        Ok(self.written)
    }
}
