//! Writing values as JSON.

use super::parse::Json;
use crate::kernel::number_text::write_double;
use crate::kernel::text_formats::TextFormats;
use crate::types::{DataType, Value};
use std::fmt::Write;

/// Appends a string in quotes; characters beyond ASCII stay as they are.
pub fn write_string(text: &str, output: &mut String) {
    output.push('"');
    let mut behind = 0;
    for (place, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            0..=0x1F => "",
            _ => continue,
        };
        output.push_str(&text[behind..place]);
        if escaped.is_empty() {
            let _ = write!(output, "\\u{byte:04X}");
        } else {
            output.push_str(escaped);
        }
        behind = place + 1;
    }
    output.push_str(&text[behind..]);
    output.push('"');
}

/// Appends a parsed value without white space; numbers with a point or exponent as doubles print.
pub fn write_json(json: &Json, output: &mut String) {
    match json {
        Json::Null => output.push_str("null"),
        Json::Boolean(value) => output.push_str(if *value { "true" } else { "false" }),
        Json::Number(text) => write_number(text, output),
        Json::String(text) => write_string(text, output),
        Json::Array(elements, _) => {
            output.push('[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    output.push(',');
                }
                write_json(element, output);
            }
            output.push(']');
        }
        Json::Object(fields, _) => {
            output.push('{');
            for (place, (name, value)) in fields.iter().enumerate() {
                if place > 0 {
                    output.push(',');
                }
                write_string(name, output);
                output.push(':');
                write_json(value, output);
            }
            output.push('}');
        }
    }
}

fn write_number(text: &str, output: &mut String) {
    let integer = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    match text.parse::<f64>() {
        Ok(value) if !integer && value.is_finite() => write_double(value, output),
        Ok(value) if !integer => {
            output.push('"');
            write_double(value, output);
            output.push('"');
        }
        _ => output.push_str(text),
    }
}

/// Writes values of a type.
#[derive(Debug)]
pub struct JsonWriter {
    /// Formats of dates and times.
    pub formats: TextFormats,
    /// Fields of structs that are NULL are left out.
    pub ignore_null_fields: bool,
    /// One field a line, with white space.
    pub pretty: bool,
}

impl JsonWriter {
    /// Appends a value.
    pub fn write(&self, value: &Value, data_type: &DataType, output: &mut String) {
        self.write_at(value, data_type, 0, output);
    }

    fn write_at(&self, value: &Value, data_type: &DataType, depth: usize, output: &mut String) {
        match (value, data_type) {
            (Value::Null, _) => output.push_str("null"),
            (Value::Array(elements), DataType::Array { element, .. }) => {
                output.push('[');
                for (place, value) in elements.iter().enumerate() {
                    if place > 0 {
                        output.push_str(if self.pretty { ", " } else { "," });
                    } else if self.pretty {
                        output.push(' ');
                    }
                    self.write_at(value, element, depth, output);
                }
                if self.pretty {
                    output.push(' ');
                }
                output.push(']');
            }
            (Value::Map(entries), DataType::Map { key, value, .. }) => {
                self.fields(depth, output, |writer, depth, output| {
                    for (entry_key, entry_value) in entries {
                        writer.name(&self.key_text(entry_key, key), depth, output);
                        self.write_at(entry_value, value, depth, output);
                    }
                });
            }
            (Value::Struct(values), DataType::Struct(fields)) => {
                self.fields(depth, output, |writer, depth, output| {
                    for (value, field) in values.iter().zip(fields.iter()) {
                        if value.is_null() && self.ignore_null_fields {
                            continue;
                        }
                        writer.name(&field.name, depth, output);
                        self.write_at(value, &field.data_type, depth, output);
                    }
                });
            }
            (Value::Double(value), _) if !value.is_finite() => {
                self.quoted(&Value::Double(*value), data_type, output)
            }
            (Value::Float(value), _) if !value.is_finite() => {
                self.quoted(&Value::Float(*value), data_type, output)
            }
            (
                Value::Boolean(_)
                | Value::Byte(_)
                | Value::Short(_)
                | Value::Integer(_)
                | Value::Long(_)
                | Value::Float(_)
                | Value::Double(_)
                | Value::Decimal(_),
                _,
            ) => self.formats.write(value, data_type, output),
            _ => self.quoted(value, data_type, output),
        }
    }

    fn quoted(&self, value: &Value, data_type: &DataType, output: &mut String) {
        let mut text = String::new();
        self.formats.write(value, data_type, &mut text);
        write_string(&text, output);
    }

    fn fields(
        &self,
        depth: usize,
        output: &mut String,
        write: impl FnOnce(&mut FieldWriter, usize, &mut String),
    ) {
        output.push('{');
        let mut writer = FieldWriter {
            pretty: self.pretty,
            first: true,
        };
        write(&mut writer, depth + 1, output);
        if self.pretty {
            if writer.first {
                output.push(' ');
            } else {
                output.push('\n');
                output.extend(std::iter::repeat_n("  ", depth));
            }
        }
        output.push('}');
    }

    /// A key of a map as a name: structs and arrays in brackets.
    fn key_text(&self, key: &Value, data_type: &DataType) -> String {
        let mut text = String::new();
        let join = |values: Vec<String>| format!("[{}]", values.join(","));
        match (key, data_type) {
            (Value::Null, _) => text.push_str("null"),
            (Value::Struct(values), DataType::Struct(fields)) => {
                let values = values.iter().zip(fields.iter());
                text = join(
                    values
                        .map(|(value, field)| self.key_text(value, &field.data_type))
                        .collect(),
                );
            }
            (Value::Array(values), DataType::Array { element, .. }) => {
                text = join(
                    values
                        .iter()
                        .map(|value| self.key_text(value, element))
                        .collect(),
                );
            }
            (Value::Date(days), _) => text.push_str(&days.to_string()),
            (Value::Timestamp(micros) | Value::TimestampNtz(micros), _) => {
                text.push_str(&micros.to_string());
            }
            (value, data_type) => self.formats.write(value, data_type, &mut text),
        }
        text
    }
}

/// Commas and white space between fields.
struct FieldWriter {
    pretty: bool,
    first: bool,
}

impl FieldWriter {
    fn name(&mut self, name: &str, depth: usize, output: &mut String) {
        if !self.first {
            output.push(',');
        }
        self.first = false;
        if self.pretty {
            output.push('\n');
            output.extend(std::iter::repeat_n("  ", depth));
        }
        write_string(name, output);
        output.push_str(if self.pretty { " : " } else { ":" });
    }
}
