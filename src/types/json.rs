//! Schemas as JSON, in the form Spark stores beside Parquet files and gives with `df.schema.json()`:
//!
//! ```text
//!   {"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}}]}
//! ```
//!
//! Of the metadata only the comment survives the round trip.

use super::{DataType, StructField, StructType, ddl};
use crate::error::conditions::INVALID_JSON_DATA_TYPE;
use crate::error::{Error, Result};
use serde_json::{Map, Value as Json, json};

impl DataType {
    /// The compact JSON text.
    pub fn json(&self) -> String {
        self.json_value().to_string()
    }

    /// The JSON text over several lines, as Spark's `prettyJson`.
    pub fn pretty_json(&self) -> String {
        let mut text = String::new();
        write_pretty(&self.json_value(), 0, &mut text);
        text
    }

    /// Reads the JSON form.
    pub fn from_json(text: &str) -> Result<DataType> {
        let value: Json = serde_json::from_str(text).map_err(|_| invalid(text))?;
        read_type(&value)
    }

    fn json_value(&self) -> Json {
        match self {
            DataType::Array {
                element,
                contains_null,
            } => json!({
                "type": "array",
                "elementType": element.json_value(),
                "containsNull": contains_null,
            }),
            DataType::Map {
                key,
                value,
                value_contains_null,
            } => json!({
                "type": "map",
                "keyType": key.json_value(),
                "valueType": value.json_value(),
                "valueContainsNull": value_contains_null,
            }),
            DataType::Struct(schema) => {
                let fields: Vec<Json> = schema.iter().map(field_json).collect();
                json!({"type": "struct", "fields": fields})
            }
            atomic => Json::String(atomic.type_name()),
        }
    }
}

impl StructType {
    /// The compact JSON text.
    pub fn json(&self) -> String {
        DataType::Struct(self.clone()).json()
    }

    /// The JSON text over several lines.
    pub fn pretty_json(&self) -> String {
        DataType::Struct(self.clone()).pretty_json()
    }

    /// Reads the JSON form of a schema.
    pub fn from_json(text: &str) -> Result<StructType> {
        match DataType::from_json(text)? {
            DataType::Struct(schema) => Ok(schema),
            _ => Err(invalid(text)),
        }
    }
}

fn field_json(field: &StructField) -> Json {
    let mut metadata = Map::new();
    if let Some(comment) = &field.comment {
        metadata.insert("comment".into(), Json::String(comment.to_string()));
    }
    json!({
        "name": field.name,
        "type": field.data_type.json_value(),
        "nullable": field.nullable,
        "metadata": metadata,
    })
}

fn invalid(text: &str) -> Error {
    Error::new(&INVALID_JSON_DATA_TYPE, [("invalidType", text)])
}

fn read_type(value: &Json) -> Result<DataType> {
    let fail = || invalid(&value.to_string());
    if let Json::String(name) = value {
        return read_atomic(name).ok_or_else(|| invalid(name));
    }
    let flag = |key: &str| value[key].as_bool().ok_or_else(fail);
    match value["type"].as_str() {
        Some("array") => Ok(DataType::array(
            read_type(&value["elementType"])?,
            flag("containsNull")?,
        )),
        Some("map") => Ok(DataType::map(
            read_type(&value["keyType"])?,
            read_type(&value["valueType"])?,
            flag("valueContainsNull")?,
        )),
        Some("struct") => {
            let fields = value["fields"].as_array().ok_or_else(fail)?;
            let fields: Result<Vec<StructField>> = fields.iter().map(read_field).collect();
            Ok(DataType::structure(fields?))
        }
        _ => Err(fail()),
    }
}

fn read_field(value: &Json) -> Result<StructField> {
    let name = value["name"].as_str();
    let name = name.ok_or_else(|| invalid(&value.to_string()))?;
    let nullable = value["nullable"].as_bool().unwrap_or(true);
    let field = StructField::new(name, read_type(&value["type"])?, nullable);
    Ok(match value["metadata"]["comment"].as_str() {
        Some(comment) => field.with_comment(comment),
        None => field,
    })
}

/// A type that is a name. The names differ from SQL's for the integers, and only they are known.
fn read_atomic(name: &str) -> Option<DataType> {
    match name {
        "null" => return Some(DataType::Null),
        "timestamp_ltz" => return Some(DataType::Timestamp),
        _ => {}
    }
    let data_type = ddl::parse_data_type(name).ok()?;
    let same = data_type.type_name() == name.replace(' ', "") || data_type.type_name() == name;
    (same || (name == "decimal" && data_type.is_decimal())).then_some(data_type)
}

/// Jackson's layout: two blanks per level, ` : ` between key and value, lists of objects on one line.
fn write_pretty(value: &Json, depth: usize, text: &mut String) {
    match value {
        Json::Object(entries) if entries.is_empty() => text.push_str("{ }"),
        Json::Object(entries) => {
            let indent = "  ".repeat(depth + 1);
            for (index, (key, value)) in entries.iter().enumerate() {
                text.push_str(if index == 0 { "{\n" } else { ",\n" });
                text.push_str(&format!("{indent}{} : ", Json::String(key.clone())));
                write_pretty(value, depth + 1, text);
            }
            text.push_str(&format!("\n{}}}", "  ".repeat(depth)));
        }
        Json::Array(items) if items.is_empty() => text.push_str("[ ]"),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "[ " } else { ", " });
                write_pretty(item, depth, text);
            }
            text.push_str(" ]");
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let schema = ddl::parse_schema(
            "a INT NOT NULL COMMENT 'x', b MAP<STRING, ARRAY<DECIMAL(5,2)>>, c INTERVAL YEAR TO MONTH, d VOID",
        );
        let schema = schema.unwrap();
        assert_eq!(StructType::from_json(&schema.json()).unwrap(), schema);
        assert_eq!(
            StructType::from_json(&schema.pretty_json()).unwrap(),
            schema
        );
        let first = r#"{"type":"struct","fields":[{"name":"a","type":"integer","nullable":false,"metadata":{"comment":"x"}}"#;
        assert!(schema.json().starts_with(first));
    }

    #[test]
    fn sql_names_are_not_json_names() {
        assert!(DataType::from_json("\"int\"").is_err());
        assert!(DataType::from_json("\"bigint\"").is_err());
        assert_eq!(
            DataType::from_json("\"decimal\"").unwrap(),
            DataType::DECIMAL_USER_DEFAULT
        );
    }
}
