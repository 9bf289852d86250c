//! The type of a JSON value, as Spark infers it.

use super::parse::Json;
use crate::kernel::text_formats::TextFormats;
use crate::types::coercion::decimal;
use crate::types::{DataType, StructField, StructType};

/// Options of inference.
#[derive(Debug)]
pub struct InferOptions {
    /// `primitivesAsString`
    pub primitives_as_string: bool,
    /// `prefersDecimal`: fractions are decimals where they fit.
    pub prefers_decimal: bool,
    /// `inferTimestamp`: strings that are timestamps are TIMESTAMP.
    pub timestamps: Option<TextFormats>,
}

/// The type of a value; VOID for `null`, which [`infer`]'s caller makes STRING.
fn type_of(json: &Json, options: &InferOptions) -> DataType {
    match json {
        Json::Null => DataType::Null,
        Json::String(text) => match &options.timestamps {
            Some(formats) if formats.read_timestamp(text).is_some() => DataType::Timestamp,
            _ => DataType::String,
        },
        Json::Boolean(_) | Json::Number(_) if options.primitives_as_string => DataType::String,
        Json::Boolean(_) => DataType::Boolean,
        Json::Number(text) => number_type(text, options),
        Json::Array(elements, _) => {
            let types = elements.iter().map(|element| type_of(element, options));
            DataType::array(types.fold(DataType::Null, |a, b| compatible(&a, &b)), true)
        }
        Json::Object(fields, _) => {
            let mut inferred: Vec<StructField> = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                let data_type = type_of(value, options);
                match inferred.iter_mut().find(|field| field.name == *name) {
                    Some(field) => field.data_type = compatible(&field.data_type, &data_type),
                    None => inferred.push(StructField::new(name.as_ref(), data_type, true)),
                }
            }
            inferred.sort_by(|a, b| a.name.cmp(&b.name));
            DataType::structure(inferred)
        }
    }
}

fn number_type(text: &str, options: &InferOptions) -> DataType {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        if text.parse::<i64>().is_ok() {
            return DataType::Long;
        }
        return match u8::try_from(digits) {
            Ok(digits) if digits <= 38 => DataType::decimal(digits, 0),
            _ => DataType::Double,
        };
    }
    if options.prefers_decimal && !text.contains(['e', 'E', 'N', 'I']) {
        let scale = text
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        let whole = text.trim_start_matches(['-', '0']);
        let precision = whole.bytes().filter(u8::is_ascii_digit).count().max(scale);
        if precision <= 38 {
            return DataType::decimal(precision.max(1) as u8, scale as i8);
        }
    }
    DataType::Double
}

/// The type of two values in the same place.
fn compatible(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        _ if a == b => a.clone(),
        (DataType::Null, other) | (other, DataType::Null) => other.clone(),
        (DataType::Long, DataType::Double) | (DataType::Double, DataType::Long) => DataType::Double,
        (DataType::Double, DataType::Decimal { .. })
        | (DataType::Decimal { .. }, DataType::Double) => DataType::Double,
        (DataType::Long, DataType::Decimal { .. }) => compatible(&DataType::decimal(20, 0), b),
        (DataType::Decimal { .. }, DataType::Long) => compatible(a, &DataType::decimal(20, 0)),
        (
            DataType::Decimal {
                precision: p,
                scale: s,
            },
            DataType::Decimal {
                precision: q,
                scale: t,
            },
        ) => {
            let scale = i32::from(*s.max(t));
            let whole = (i32::from(*p) - i32::from(*s)).max(i32::from(*q) - i32::from(*t));
            if whole + scale > 38 {
                DataType::Double
            } else {
                decimal::bounded(whole + scale, scale)
            }
        }
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => {
            DataType::array(compatible(a, b), true)
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut fields: Vec<StructField> = a.to_vec();
            for field in b.iter() {
                match fields.iter_mut().find(|known| known.name == field.name) {
                    Some(known) => known.data_type = compatible(&known.data_type, &field.data_type),
                    None => fields.push(field.clone()),
                }
            }
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            DataType::structure(fields)
        }
        _ => DataType::String,
    }
}

/// Without VOIDs, which become STRING, and without structs of no fields, which go; None if nothing is left.
fn canonical(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Null => Some(DataType::String),
        DataType::Array { element, .. } => Some(DataType::array(canonical(element)?, true)),
        DataType::Struct(fields) => {
            let fields = fields.iter().filter_map(|field| {
                Some(StructField::new(
                    &field.name,
                    canonical(&field.data_type)?,
                    true,
                ))
            });
            let fields = StructType::new(fields);
            (!fields.is_empty()).then_some(DataType::Struct(fields))
        }
        other => Some(other.clone()),
    }
}

/// The type of a value; STRING for nothing and for `null`.
pub fn infer(json: Option<&Json>, options: &InferOptions) -> DataType {
    let inferred = json.map_or(DataType::Null, |json| type_of(json, options));
    canonical(&inferred).unwrap_or_else(|| DataType::structure([]))
}

#[cfg(test)]
mod tests {
    use super::super::parse::{ParseOptions, parse};
    use super::*;

    #[test]
    fn types() {
        let options = InferOptions {
            primitives_as_string: false,
            prefers_decimal: false,
            timestamps: None,
        };
        let of = |text| {
            let json = parse(text, ParseOptions::default()).unwrap();
            infer(json.as_ref(), &options).sql()
        };
        assert_eq!(of(r#"[{"col":0}]"#), "ARRAY<STRUCT<col: BIGINT>>");
        assert_eq!(
            of(r#"[{"b":1},{"a":2}]"#),
            "ARRAY<STRUCT<a: BIGINT, b: BIGINT>>"
        );
        assert_eq!(of(r#"[1, 2.5]"#), "ARRAY<DOUBLE>");
        assert_eq!(of(r#"[1, "a"]"#), "ARRAY<STRING>");
        assert_eq!(
            of(r#"{"a":99999999999999999999}"#),
            "STRUCT<a: DECIMAL(20,0)>"
        );
        assert_eq!(of(r#"{"e":null}"#), "STRUCT<e: STRING>");
        assert_eq!(of(""), "STRING");
    }
}
