//! Options and schemas that are given as constant arguments: `from_json(j, 'a INT', map('mode', 'FAILFAST'))`.

use crate::error::{Error, Result, conditions, quote};
use crate::functions::{BindContext, BoundArgument};
use crate::types::{DataType, StructField, StructType, Value, parse_data_type, parse_schema};

/// Options by name, whatever the case.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    entries: Vec<(String, String)>,
}

impl Options {
    /// The options at argument `index`, if it is there.
    pub fn of(arguments: &[BoundArgument], index: usize) -> Result<Options> {
        let Some(argument) = arguments.get(index) else {
            return Ok(Options::default());
        };
        let DataType::Map { key, value, .. } = &argument.data_type else {
            return Err(Error::of(&conditions::INVALID_OPTIONS_NON_MAP_FUNCTION));
        };
        if !key.is_string() || !value.is_string() {
            return Err(Error::new(
                &conditions::INVALID_OPTIONS_NON_STRING_TYPE,
                [("mapType", quote::sql_type(&argument.data_type))],
            ));
        }
        let Some(Value::Map(entries)) = &argument.constant else {
            return Err(Error::of(&conditions::INVALID_OPTIONS_NON_MAP_FUNCTION));
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let entries = entries.iter().map(|(key, value)| (text(key), text(value)));
        Ok(Options {
            entries: entries.collect(),
        })
    }

    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .entries
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The value of an option that is `true` or `false`.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name)
            .map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    /// The first character of an option.
    pub fn character(&self, name: &str, default: char) -> char {
        self.get(name)
            .and_then(|value| value.chars().next())
            .unwrap_or(default)
    }

    /// Whether the mode is FAILFAST; an error if it is neither that nor PERMISSIVE.
    pub fn fail_fast(&self, context: &BindContext) -> Result<bool> {
        let mode = self.get("mode").unwrap_or("PERMISSIVE");
        match mode.to_uppercase().as_str() {
            "DROPMALFORMED" => Err(Error::new(
                &conditions::PARSE_MODE_UNSUPPORTED,
                [
                    ("funcName", quote::identifier(context.name)),
                    ("mode", mode.to_uppercase()),
                ],
            )),
            // an unknown mode is PERMISSIVE
            mode => Ok(mode == "FAILFAST"),
        }
    }

    /// The name of the column for malformed records.
    pub fn corrupt_column(&self, context: &BindContext) -> String {
        let named = self.get("columnNameOfCorruptRecord");
        let default = || context.config.get("spark.sql.columnNameOfCorruptRecord");
        named
            .or_else(default)
            .unwrap_or("_corrupt_record")
            .to_string()
    }
}

/// The type at argument `index`: a constant text with a type or a list of columns.
pub(super) fn schema_argument(arguments: &[BoundArgument], index: usize) -> Result<DataType> {
    let argument = &arguments[index];
    let Some(Value::String(text)) = &argument.constant else {
        return Err(Error::new(
            &conditions::INVALID_SCHEMA_NON_STRING_LITERAL,
            [("inputSchema", quote::sql_expression(&argument.sql))],
        ));
    };
    if let Ok(data_type) = parse_data_type(text) {
        return Ok(data_type);
    }
    if text.trim_start().starts_with(['{', '"']) {
        return DataType::from_json(text);
    }
    parse_schema(text).map(DataType::Struct).map_err(|error| {
        // Spark reports what its parser of types says, which stops behind the first word
        let mut words = text.split_whitespace();
        match (words.next(), words.next()) {
            (Some(first), Some(second))
                if first.chars().all(|c| c.is_alphanumeric() || c == '_') =>
            {
                let hint = format!(": extra input '{second}'");
                Error::new(
                    &conditions::PARSE_SYNTAX_ERROR,
                    [("error", format!("'{second}'")), ("hint", hint)],
                )
            }
            _ => error,
        }
    })
}

/// Where the column for malformed records stands in a schema, and the schema without it.
pub(super) fn without_corrupt_column(
    schema: &StructType,
    name: &str,
) -> (StructType, Option<usize>) {
    let place = schema
        .iter()
        .position(|field| field.name == name && field.data_type.is_string());
    let Some(place) = place else {
        return (schema.clone(), None);
    };
    let rest = schema
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != place);
    let rest: Vec<StructField> = rest.map(|(_, field)| field.clone()).collect();
    (StructType::new(rest), Some(place))
}

/// The error of FAILFAST for a record.
pub(super) fn malformed_record(values: &Value) -> Error {
    let text = |value: &Value| match value {
        Value::Null => "null".to_string(),
        Value::String(text) => text.to_string(),
        other => super::constant::as_text(other),
    };
    let read = match values {
        Value::Struct(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        other => text(other),
    };
    Error::new(
        &conditions::MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION,
        [
            ("badRecord", format!("[{read}]")),
            ("failFastMode", "FAILFAST".to_string()),
        ],
    )
}
