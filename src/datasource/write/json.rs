//! JSON lines as Spark writes them: NULL fields are left out, bytes are base64, keys of maps are text.

use super::options::JsonWriteOptions;
use super::task::FormatWriter;
use crate::datasource::files::FinishWrite;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use crate::types::{DataType, StructType};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float32Type, Float64Type};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io;

/// Writes one file of JSON lines.
pub(super) struct JsonWriter {
    options: JsonWriteOptions,
    schema: StructType,
    output: Box<dyn FinishWrite>,
    text: String,
    written: u64,
}

impl JsonWriter {
    pub fn new(
        file: File,
        schema: &StructType,
        options: &JsonWriteOptions,
    ) -> io::Result<JsonWriter> {
        let buffered = io::BufWriter::with_capacity(1 << 20, file);
        Ok(JsonWriter {
            options: options.clone(),
            schema: schema.clone(),
            output: options.compression.writer(buffered)?,
            text: String::new(),
            written: 0,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written += self.text.len() as u64;
        self.output.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

impl FormatWriter for JsonWriter {
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>> {
        let options = self.options.clone();
        let write = object_writer(&batch.columns, &self.schema, &options)?;
        for row in 0..batch.rows {
            write(row, &mut self.text);
            self.text.push_str(&options.line_separator);
            if self.text.len() > 1 << 20
                && let Err(error) = self.flush()
            {
                return Ok(Err(error));
            }
        }
        drop(write);
        Ok(self.flush())
    }

    fn finish(mut self: Box<Self>) -> io::Result<u64> {
        self.flush()?;
        self.output.finish()?;
        Ok(self.written)
    }
}

type ValueWriter<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

fn object_writer<'a>(
    columns: &'a [ArrayRef],
    schema: &StructType,
    options: &'a JsonWriteOptions,
) -> Result<ValueWriter<'a>> {
    let mut fields = Vec::with_capacity(columns.len());
    for (column, field) in columns.iter().zip(schema.iter()) {
        let mut key = String::new();
        write_text(&field.name, &mut key);
        key.push(':');
        fields.push((
            key,
            column,
            value_writer(column.as_ref(), &field.data_type, options)?,
        ));
    }
    Ok(Box::new(move |row, out| {
        out.push('{');
        let mut first = true;
        for (key, column, write) in &fields {
            let null =
                column.is_null(row) || *column.data_type() == arrow::datatypes::DataType::Null;
            if null && options.ignore_null_fields {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push_str(key);
            if null {
                out.push_str("null");
            } else {
                write(row, out);
            }
        }
        out.push('}');
    }))
}

/// Writes values that are not NULL.
fn value_writer<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    options: &'a JsonWriteOptions,
) -> Result<ValueWriter<'a>> {
    let wrong = || Error::internal(format!("{} for {data_type}", array.data_type()));
    let or_null = |values: &'a ArrayRef, write: ValueWriter<'a>| -> ValueWriter<'a> {
        Box::new(move |row, out: &mut String| {
            if values.is_null(row) {
                out.push_str("null");
            } else {
                write(row, out);
            }
        })
    };
    Ok(match data_type {
        DataType::Null => Box::new(|_, out| out.push_str("null")),
        DataType::Boolean
        | DataType::Byte
        | DataType::Short
        | DataType::Integer
        | DataType::Long
        | DataType::Decimal { .. } => options.cells.writer(array, data_type)?,
        DataType::Float | DataType::Double => {
            let write = options.cells.writer(array, data_type)?;
            let finite: Box<dyn Fn(usize) -> bool> = if *data_type == DataType::Float {
                let values = array.as_primitive_opt::<Float32Type>().ok_or_else(wrong)?;
                Box::new(|row| values.value(row).is_finite())
            } else {
                let values = array.as_primitive_opt::<Float64Type>().ok_or_else(wrong)?;
                Box::new(|row| values.value(row).is_finite())
            };
            Box::new(move |row, out| {
                // NaN and the infinities are no JSON numbers.
                let quote = if finite(row) { "" } else { "\"" };
                out.push_str(quote);
                write(row, out);
                out.push_str(quote);
            })
        }
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            let values = array.as_string_view_opt().ok_or_else(wrong)?;
            Box::new(|row, out| write_text(values.value(row), out))
        }
        DataType::Binary => {
            let values = array.as_binary_view_opt().ok_or_else(wrong)?;
            Box::new(|row, out| {
                out.push('"');
                STANDARD.encode_string(values.value(row), out);
                out.push('"');
            })
        }
        DataType::Array { element, .. } => {
            let list = array.as_list_opt::<i32>().ok_or_else(wrong)?;
            let write = value_writer(list.values().as_ref(), element, options)?;
            let write = or_null(list.values(), write);
            Box::new(move |row, out| {
                let offsets = list.value_offsets();
                out.push('[');
                for (position, index) in (offsets[row]..offsets[row + 1]).enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    write(index as usize, out);
                }
                out.push(']');
            })
        }
        DataType::Map { key, value, .. } => {
            let map = array.as_map_opt().ok_or_else(wrong)?;
            let write_key = options.cells.writer(map.keys().as_ref(), key)?;
            let write_value = value_writer(map.values().as_ref(), value, options)?;
            let write_value = or_null(map.values(), write_value);
            Box::new(move |row, out| {
                let offsets = map.value_offsets();
                out.push('{');
                for (position, index) in (offsets[row]..offsets[row + 1]).enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    let mut text = String::new();
                    write_key(index as usize, &mut text);
                    write_text(&text, out);
                    out.push(':');
                    write_value(index as usize, out);
                }
                out.push('}');
            })
        }
        DataType::Struct(schema) => {
            let structure = array.as_struct_opt().ok_or_else(wrong)?;
            object_writer(structure.columns(), schema, options)?
        }
        _ => {
            let write = options.cells.writer(array, data_type)?;
            Box::new(move |row, out| {
                let mut text = String::new();
                write(row, &mut text);
                write_text(&text, out);
            })
        }
    })
}

/// A JSON string.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
