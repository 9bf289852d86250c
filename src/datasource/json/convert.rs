//! From JSON values to values of a schema.

use super::options::JsonOptions;
use super::parser::Json;
use crate::datasource::csv::integer;
use crate::kernel::interval_text::{parse_day_time, parse_year_month};
use crate::kernel::number_text::{DecimalText, parse_double};
use crate::types::{DataType, Decimal, StructType, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A value that does not fit its type.
#[derive(Debug)]
pub(super) struct Misfit;

/// The values of an object's fields, and whether all fitted. Names are compared with case; of a name that occurs
/// twice the last counts.
pub(super) fn fields(
    object: &[(std::borrow::Cow<str>, Json)],
    schema: &StructType,
    options: &JsonOptions,
) -> (Vec<Value>, bool) {
    let mut fits = true;
    let values = (schema.iter())
        .map(|field| {
            let found = object.iter().rev().find(|(name, _)| *name == field.name);
            let converted =
                found.map(|(_, json)| convert(json, &field.data_type, options, &mut fits));
            converted
                .unwrap_or(Ok(Value::Null))
                .unwrap_or_else(|Misfit| {
                    fits = false;
                    Value::Null
                })
        })
        .collect();
    (values, fits)
}

/// One value. Inside structs what does not fit is NULL and clears `fits`; inside arrays and maps it spoils the whole.
fn convert(
    json: &Json,
    data_type: &DataType,
    options: &JsonOptions,
    fits: &mut bool,
) -> Result<Value, Misfit> {
    if *json == Json::Null {
        return Ok(Value::Null);
    }
    let text = match json {
        Json::String(text) => Some(text.as_ref()),
        _ => None,
    };
    let number = match json {
        Json::Number(text) => Some(*text),
        _ => None,
    };
    let whole = || number.and_then(|text| integer(text.as_bytes()));
    let datetimes = &options.datetimes;
    let value = match data_type {
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            Some(Value::String(json.text().into()))
        }
        DataType::Boolean => match json {
            Json::Boolean(value) => Some(Value::Boolean(*value)),
            _ => None,
        },
        DataType::Byte => whole().and_then(|v| i8::try_from(v).ok()).map(Value::Byte),
        DataType::Short => whole()
            .and_then(|v| i16::try_from(v).ok())
            .map(Value::Short),
        DataType::Integer => whole()
            .and_then(|v| i32::try_from(v).ok())
            .map(Value::Integer),
        DataType::Long => whole().map(Value::Long),
        DataType::Float => double(number, text).map(|value| Value::Float(value as f32)),
        DataType::Double => double(number, text).map(Value::Double),
        DataType::Decimal { precision, scale } => number
            .or(text)
            .and_then(DecimalText::parse)
            .and_then(|decimal| decimal.to_scale(*precision, *scale).ok())
            .map(|unscaled| {
                Value::Decimal(Decimal {
                    unscaled,
                    precision: *precision,
                    scale: *scale,
                })
            }),
        DataType::Binary => {
            let decoded = text.and_then(|text| STANDARD.decode(text).ok());
            decoded.map(|bytes| Value::Binary(bytes.into()))
        }
        DataType::Date => text
            .and_then(|text| datetimes.date(text.as_bytes()))
            .map(Value::Date),
        DataType::Timestamp => match text {
            Some(text) => datetimes.timestamp(text.as_bytes()),
            None => whole().and_then(|seconds| seconds.checked_mul(1_000_000)),
        }
        .map(Value::Timestamp),
        DataType::TimestampNtz => text
            .and_then(|text| datetimes.timestamp_ntz(text.as_bytes()))
            .map(Value::TimestampNtz),
        DataType::YearMonthInterval { start, end } => text
            .and_then(|text| parse_year_month(text, *start, *end).ok())
            .map(Value::YearMonthInterval),
        DataType::DayTimeInterval { start, end } => text
            .and_then(|text| parse_day_time(text, *start, *end).ok())
            .map(Value::DayTimeInterval),
        DataType::Array { element, .. } => match json {
            Json::Array(values) => {
                let mut converted = Vec::with_capacity(values.len());
                for value in values {
                    converted.push(convert(value, element, options, fits)?);
                }
                Some(Value::Array(converted))
            }
            _ => None,
        },
        DataType::Map { value, .. } => match json {
            Json::Object(fields) => {
                let mut entries: Vec<(Value, Value)> = Vec::with_capacity(fields.len());
                for (name, json) in fields {
                    let key = Value::String(name.as_ref().into());
                    let value = convert(json, value, options, fits)?;
                    match entries.iter_mut().find(|(known, _)| *known == key) {
                        Some(entry) => entry.1 = value,
                        None => entries.push((key, value)),
                    }
                }
                Some(Value::Map(entries))
            }
            _ => None,
        },
        DataType::Struct(schema) => match json {
            Json::Object(object) => {
                let (values, all_fit) = self::fields(object, schema, options);
                *fits &= all_fit;
                Some(Value::Struct(values))
            }
            _ => None,
        },
        DataType::Null | DataType::CalendarInterval => None,
    };
    value.ok_or(Misfit)
}

fn double(number: Option<&str>, text: Option<&str>) -> Option<f64> {
    let special = |text: &str| match text {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" | "INF" | "+INF" => Some(f64::INFINITY),
        "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    match number {
        Some(number) => special(number).or_else(|| parse_double(number)),
        None => special(text?),
    }
}
