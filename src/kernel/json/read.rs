//! JSON as values of a type.
//!
//! A value that does not fit its type spoils the innermost array or map around it and is NULL in a struct;
//! the rest of the record is kept, and the caller learns that it was malformed.

use super::parse::{Json, ParseOptions, parse};
use super::write::write_json;
use crate::kernel::number_text::parse_double;
use crate::kernel::text_formats::{TextFormats, read_decimal};
use crate::types::{DataType, StructType, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A record that does not fit; with what could be read of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadError {
    /// NULL, or a struct with the fields that fit.
    pub partial: Value,
}

/// Reads records.
#[derive(Debug)]
pub struct JsonReader {
    /// What the parser allows.
    pub parse: ParseOptions,
    /// Formats of dates and times.
    pub formats: TextFormats,
}

/// A value that does not fit its type; inside, what could be read.
type Fit = Result<Value, Value>;

impl JsonReader {
    /// A record of a type: `None` for an empty text.
    pub fn read(&self, text: &str, data_type: &DataType) -> Option<Result<Value, ReadError>> {
        let failed = |partial| Some(Err(ReadError { partial }));
        let json = match parse(text, self.parse) {
            Ok(None) => return None,
            Ok(Some(json)) => json,
            Err(_) => return failed(empty_record(data_type)),
        };
        let fit = match (&json, data_type) {
            // one object where an array of them is wanted
            (Json::Object(_, _), DataType::Array { element, .. })
                if matches!(**element, DataType::Struct(_)) =>
            {
                self.convert(&json, element)
                    .map(|value| Value::Array(vec![value]))
            }
            (Json::Array(_, _) | Json::Null, DataType::Struct(_)) => Err(empty_record(data_type)),
            _ => self.convert(&json, data_type),
        };
        match fit {
            Ok(value) => Some(Ok(value)),
            Err(partial) => failed(match data_type {
                DataType::Struct(_) => partial,
                _ => Value::Null,
            }),
        }
    }

    fn convert(&self, json: &Json, data_type: &DataType) -> Fit {
        match (json, data_type) {
            (Json::Null, _) => Ok(Value::Null),
            (Json::Object(fields, _), DataType::Struct(schema)) => self.structure(fields, schema),
            (Json::Object(fields, _), DataType::Map { value, .. }) => {
                let mut entries: Vec<(Value, Value)> = Vec::with_capacity(fields.len());
                for (name, field) in fields {
                    let key = Value::from(name.as_ref());
                    let item = self.convert(field, value).map_err(|_| Value::Null)?;
                    match entries.iter_mut().find(|(known, _)| *known == key) {
                        Some(entry) => entry.1 = item,
                        None => entries.push((key, item)),
                    }
                }
                Ok(Value::Map(entries))
            }
            (Json::Array(elements, _), DataType::Array { element, .. }) => {
                let values = elements.iter().map(|json| self.convert(json, element));
                values
                    .collect::<Result<Vec<_>, _>>()
                    .map(Value::Array)
                    .map_err(|_| Value::Null)
            }
            (_, DataType::String | DataType::Char(_) | DataType::Varchar(_)) => {
                Ok(Value::from(text_of(json)))
            }
            _ => self.atom(json, data_type).ok_or(Value::Null),
        }
    }

    fn structure(&self, fields: &[(std::borrow::Cow<str>, Json)], schema: &StructType) -> Fit {
        let mut values = vec![Value::Null; schema.len()];
        let mut malformed = false;
        for (name, json) in fields {
            let Some(index) = schema.iter().position(|field| field.name == *name) else {
                continue;
            };
            values[index] = match self.convert(json, &schema[index].data_type) {
                Ok(value) => value,
                Err(partial) => {
                    malformed = true;
                    partial
                }
            };
        }
        if malformed {
            Err(Value::Struct(values))
        } else {
            Ok(Value::Struct(values))
        }
    }

    fn atom(&self, json: &Json, data_type: &DataType) -> Option<Value> {
        match (json, data_type) {
            (Json::Boolean(value), DataType::Boolean) => Some(Value::Boolean(*value)),
            (Json::Number(text), _) => self.number(text, data_type),
            (Json::String(text), DataType::Float | DataType::Double) => {
                let special = [
                    "NaN",
                    "Infinity",
                    "+Infinity",
                    "-Infinity",
                    "INF",
                    "+INF",
                    "-INF",
                ];
                if !special.contains(&text.as_ref()) {
                    return None;
                }
                self.number(text, data_type)
            }
            (Json::String(text), DataType::Decimal { precision, scale }) => {
                read_decimal(text, *precision, *scale).map(Value::Decimal)
            }
            (Json::String(text), DataType::Binary) => {
                STANDARD.decode(text.as_ref()).ok().map(Value::from)
            }
            (Json::String(text), _)
                if !data_type.is_numeric() && *data_type != DataType::Boolean =>
            {
                self.formats.read(text, data_type)
            }
            _ => None,
        }
    }

    fn number(&self, text: &str, data_type: &DataType) -> Option<Value> {
        let integer = || {
            let plain = text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
            if plain {
                text.parse::<i64>().ok()
            } else {
                None
            }
        };
        let double = || match text {
            "NaN" => Some(f64::NAN),
            "Infinity" | "+Infinity" | "INF" | "+INF" => Some(f64::INFINITY),
            "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
            _ => parse_double(text),
        };
        Some(match data_type {
            DataType::Byte => Value::Byte(i8::try_from(integer()?).ok()?),
            DataType::Short => Value::Short(i16::try_from(integer()?).ok()?),
            DataType::Integer => Value::Integer(i32::try_from(integer()?).ok()?),
            DataType::Long => Value::Long(integer()?),
            DataType::Float => Value::Float(double()? as f32),
            DataType::Double => Value::Double(double()?),
            DataType::Decimal { precision, scale } => {
                Value::Decimal(read_decimal(text, *precision, *scale)?)
            }
            DataType::Date => Value::Date(i32::try_from(integer()?).ok()?),
            DataType::Timestamp => Value::Timestamp(integer()?.checked_mul(1_000_000)?),
            _ => return None,
        })
    }
}

/// What a malformed record gives: a struct of NULLs, or NULL.
fn empty_record(data_type: &DataType) -> Value {
    match data_type {
        DataType::Struct(fields) => Value::Struct(vec![Value::Null; fields.len()]),
        _ => Value::Null,
    }
}

/// A value as a STRING: strings unquoted, all else as written.
fn text_of(json: &Json) -> String {
    match json {
        Json::String(text) => text.to_string(),
        Json::Number(text) | Json::Array(_, text) | Json::Object(_, text) => (*text).to_string(),
        other => {
            let mut text = String::new();
            write_json(other, &mut text);
            text
        }
    }
}
