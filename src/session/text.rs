//! Values as text, the two ways in which Spark prints results.
//!
//! [`Style::Show`] is what `show()` prints: `[1, NULL]`, `{a -> 1}`, `[61 62]` for binary.
//! [`Style::Hive`] is what the SQL shell and golden files print: `[1,null]`, `{"a":1}`, nested strings quoted.

use crate::kernel::datetime_text::{write_date, write_timestamp, write_timestamp_ntz};
use crate::kernel::interval_text::{write_calendar, write_day_time, write_year_month};
use crate::kernel::number_text::{write_decimal, write_double, write_float};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, Value};
use std::fmt::Write;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As `show()` does.
    Show,
    /// As Hive did.
    Hive,
}

/// How BINARY prints in [`Style::Hive`], `spark.sql.binaryOutputStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryStyle {
    /// Read as UTF-8.
    Utf8,
    /// `[65, 66]`
    Basic,
    /// Base64 without padding.
    Base64,
    /// `4142`
    Hex,
    /// `[41 42]`
    HexDiscrete,
}

impl BinaryStyle {
    /// The style of that name; None of an empty or unknown one.
    pub fn of(name: &str) -> Option<BinaryStyle> {
        Some(match name.to_uppercase().as_str() {
            "UTF-8" | "UTF8" => BinaryStyle::Utf8,
            "BASIC" => BinaryStyle::Basic,
            "BASE64" => BinaryStyle::Base64,
            "HEX" => BinaryStyle::Hex,
            "HEX_DISCRETE" => BinaryStyle::HexDiscrete,
            _ => return None,
        })
    }
}

/// Prints values in one style and time zone.
#[derive(Debug, Clone)]
pub struct TextWriter {
    style: Style,
    binary: BinaryStyle,
    zone: TimeZone,
}

impl TextWriter {
    /// A writer; without a binary style, the one that is usual for `style`.
    pub fn new(style: Style, zone: TimeZone, binary: Option<BinaryStyle>) -> Self {
        let usual = match style {
            Style::Show => BinaryStyle::HexDiscrete,
            Style::Hive => BinaryStyle::Utf8,
        };
        TextWriter {
            style,
            binary: binary.unwrap_or(usual),
            zone,
        }
    }

    /// The text of a cell.
    pub fn cell(&self, value: &Value, data_type: &DataType) -> String {
        let mut out = String::new();
        self.write(value, data_type, false, &mut out);
        out
    }

    fn write(&self, value: &Value, data_type: &DataType, nested: bool, out: &mut String) {
        match value {
            Value::Null => {
                let lower = nested && self.style == Style::Hive;
                out.push_str(if lower { "null" } else { "NULL" });
            }
            Value::Boolean(v) => out.push_str(if *v { "true" } else { "false" }),
            Value::Byte(v) => self.integer(*v, out),
            Value::Short(v) => self.integer(*v, out),
            Value::Integer(v) => self.integer(*v, out),
            Value::Long(v) => self.integer(*v, out),
            Value::Float(v) => write_float(*v, out),
            Value::Double(v) => write_double(*v, out),
            Value::Decimal(v) => write_decimal(v.unscaled, v.scale, out),
            Value::String(v) if nested && self.style == Style::Hive => {
                let _ = write!(out, "\"{v}\"");
            }
            Value::String(v) => out.push_str(v),
            Value::Binary(v) => self.bytes(v, out),
            Value::Date(v) => write_date(*v, out),
            Value::Timestamp(v) => write_timestamp(*v, &self.zone, out),
            Value::TimestampNtz(v) => write_timestamp_ntz(*v, out),
            Value::YearMonthInterval(months) => self.year_month(*months, data_type, out),
            Value::DayTimeInterval(micros) => self.day_time(*micros, data_type, out),
            Value::CalendarInterval(v) => write_calendar(*v, out),
            Value::Array(_) | Value::Map(_) | Value::Struct(_) => {
                self.nested(value, data_type, out)
            }
        }
    }

    fn integer(&self, value: impl std::fmt::Display, out: &mut String) {
        let _ = write!(out, "{value}");
    }

    fn year_month(&self, months: i32, data_type: &DataType, out: &mut String) {
        match (self.style, data_type) {
            (Style::Show, DataType::YearMonthInterval { start, end }) => {
                write_year_month(months, *start, *end, out);
            }
            _ => {
                let sign = if months < 0 { "-" } else { "" };
                let months = months.unsigned_abs();
                let _ = write!(out, "{sign}{}-{}", months / 12, months % 12);
            }
        }
    }

    fn day_time(&self, micros: i64, data_type: &DataType, out: &mut String) {
        match (self.style, data_type) {
            (Style::Show, DataType::DayTimeInterval { start, end }) => {
                write_day_time(micros, *start, *end, out);
            }
            _ => {
                let sign = if micros < 0 { "-" } else { "" };
                let micros = micros.unsigned_abs();
                let seconds = micros / 1_000_000;
                let _ = write!(
                    out,
                    "{sign}{} {:02}:{:02}:{:02}.{:06}000",
                    seconds / 86_400,
                    seconds / 3_600 % 24,
                    seconds / 60 % 60,
                    seconds % 60,
                    micros % 1_000_000
                );
            }
        }
    }

    fn bytes(&self, bytes: &[u8], out: &mut String) {
        let each = |out: &mut String, separator: &str, write: &dyn Fn(&mut String, u8)| {
            for (index, byte) in bytes.iter().enumerate() {
                if index > 0 {
                    out.push_str(separator);
                }
                write(out, *byte);
            }
        };
        let hex = |out: &mut String, byte: u8| {
            let _ = write!(out, "{byte:02X}");
        };
        match self.binary {
            BinaryStyle::Utf8 => out.push_str(&String::from_utf8_lossy(bytes)),
            BinaryStyle::Basic => {
                out.push('[');
                each(out, ", ", &|out, byte| {
                    let _ = write!(out, "{}", byte as i8);
                });
                out.push(']');
            }
            BinaryStyle::Base64 => {
                use base64::Engine;
                out.push_str(&base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes));
            }
            BinaryStyle::Hex => each(out, "", &hex),
            BinaryStyle::HexDiscrete => {
                out.push('[');
                each(out, " ", &hex);
                out.push(']');
            }
        }
    }

    fn nested(&self, value: &Value, data_type: &DataType, out: &mut String) {
        let hive = self.style == Style::Hive;
        let comma = if hive { "," } else { ", " };
        match (value, data_type) {
            (Value::Array(items), DataType::Array { element, .. }) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    self.write(item, element, true, out);
                }
                out.push(']');
            }
            (Value::Map(entries), DataType::Map { key, value, .. }) => {
                out.push('{');
                for (index, (k, v)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    self.write(k, key, true, out);
                    out.push_str(if hive { ":" } else { " -> " });
                    self.write(v, value, true, out);
                }
                out.push('}');
            }
            (Value::Struct(values), DataType::Struct(fields)) => {
                out.push('{');
                for (index, (v, field)) in values.iter().zip(fields.iter()).enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    if hive {
                        let _ = write!(out, "\"{}\":", field.name);
                    }
                    self.write(v, &field.data_type, true, out);
                }
                out.push('}');
            }
            // A value always has the form of its type.
            _ => debug_assert!(false, "{value:?} is no {data_type}"),
        }
    }
}
