//! The schema of JSON values.
//!
//! Every value has a type; the types of all are merged, what does not go together becomes STRING. Fields of structs
//! come in the order of their names.

use super::options::JsonOptions;
use super::parser::Json;
use crate::types::{DataType, StructField, StructType};

/// The type of a value; `VOID` for null.
pub(super) fn infer(json: &Json, options: &JsonOptions) -> DataType {
    match json {
        Json::Null => DataType::Null,
        Json::Boolean(_) if options.primitives_as_string => DataType::String,
        Json::Boolean(_) => DataType::Boolean,
        Json::String(text) => {
            if options.infer_timestamp && options.datetimes.timestamp(text.as_bytes()).is_some() {
                DataType::Timestamp
            } else {
                DataType::String
            }
        }
        Json::Number(_) if options.primitives_as_string => DataType::String,
        Json::Number(text) => number(text, options.prefers_decimal),
        Json::Array(values) => {
            let elements = values.iter().map(|value| infer(value, options));
            DataType::array(elements.reduce(merge).unwrap_or(DataType::Null), true)
        }
        Json::Object(object) => {
            let mut fields: Vec<StructField> = (object.iter())
                .map(|(name, value)| StructField::new(name.as_ref(), infer(value, options), true))
                .collect();
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            let mut merged: Vec<StructField> = Vec::with_capacity(fields.len());
            for field in fields {
                match merged.last_mut() {
                    Some(last) if last.name == field.name => {
                        let known = std::mem::replace(&mut last.data_type, DataType::Null);
                        last.data_type = merge(known, field.data_type);
                    }
                    _ => merged.push(field),
                }
            }
            DataType::Struct(StructType::new(merged))
        }
    }
}

fn number(text: &str, prefers_decimal: bool) -> DataType {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if text.parse::<i64>().is_ok() {
            return DataType::Long;
        }
        let precision = digits.trim_start_matches('0').len();
        return match u8::try_from(precision) {
            Ok(precision) if precision <= 38 => DataType::decimal(precision, 0),
            _ => DataType::Double,
        };
    }
    if let Some((whole, fraction)) = digits.split_once('.')
        && prefers_decimal
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        let scale = fraction.len();
        let precision = format!("{whole}{fraction}")
            .trim_start_matches('0')
            .len()
            .max(scale);
        if precision <= 38 {
            return DataType::decimal(precision as u8, scale as i8);
        }
    }
    DataType::Double
}

/// The narrowest type that holds both.
pub(super) fn merge(a: DataType, b: DataType) -> DataType {
    use DataType::*;
    match (a, b) {
        (a, b) if a == b => a,
        (Null, other) | (other, Null) => other,
        (Long, Double) | (Double, Long) => Double,
        (Decimal { .. }, Double) | (Double, Decimal { .. }) => Double,
        (Long, decimal @ Decimal { .. }) | (decimal @ Decimal { .. }, Long) => {
            merge(DataType::decimal(20, 0), decimal)
        }
        (
            Decimal {
                precision: p,
                scale: s,
            },
            Decimal {
                precision: q,
                scale: t,
            },
        ) => {
            let scale = s.max(t);
            let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(t));
            match u8::try_from(whole + i16::from(scale)) {
                Ok(precision) if precision <= 38 => DataType::decimal(precision, scale),
                _ => Double,
            }
        }
        (Array { element: a, .. }, Array { element: b, .. }) => {
            DataType::array(merge(a.as_ref().clone(), b.as_ref().clone()), true)
        }
        (Struct(a), Struct(b)) => Struct(merge_structs(&a, &b)),
        _ => String,
    }
}

fn merge_structs(a: &StructType, b: &StructType) -> StructType {
    let mut fields = Vec::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => return StructType::new(fields),
            (Some(own), Some(other)) if own.name == other.name => {
                let merged = merge(own.data_type.clone(), other.data_type.clone());
                fields.push(StructField::new(&own.name, merged, true));
                left.next();
                right.next();
            }
            (Some(own), other) if other.is_none_or(|other| own.name < other.name) => {
                fields.extend(left.next().cloned());
            }
            _ => fields.extend(right.next().cloned()),
        }
    }
}

/// The type as a column has it: nothing but nulls is STRING, structs without fields are left out.
pub(super) fn finish(data_type: &DataType, options: &JsonOptions) -> Option<DataType> {
    match data_type {
        DataType::Null if options.drop_all_null => None,
        DataType::Null => Some(DataType::String),
        DataType::Array { element, .. } => Some(DataType::array(finish(element, options)?, true)),
        DataType::Struct(fields) => {
            let kept = fields.iter().filter_map(|field| {
                let data_type = finish(&field.data_type, options)?;
                Some(StructField::new(&field.name, data_type, true))
            });
            let kept = StructType::new(kept.collect::<Vec<_>>());
            (!kept.is_empty()).then_some(DataType::Struct(kept))
        }
        other => Some(other.clone()),
    }
}
