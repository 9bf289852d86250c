//! Values in folder names: `year=2021/month=01`.
//!
//! A column's type is the narrowest of INT, BIGINT, DECIMAL, DOUBLE, TIMESTAMP, DATE, STRING that holds all
//! its values, as Spark infers it; a user's schema overrides it. Names are escaped like URLs (`%2F`).

use super::DEFAULT_PARTITION_NAME;
use crate::config::Config;
use crate::error::conditions::{
    EMPTY_PARTITION_COLUMN_NAME, EMPTY_PARTITION_COLUMN_VALUE, INVALID_PARTITION_VALUE,
};
use crate::error::{Error, Result, quote};
use crate::kernel::datetime_text::{parse_date, parse_timestamp, parse_timestamp_ntz};
use crate::kernel::number_text::{DecimalText, parse_boolean, parse_double};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, Decimal, StructField, StructType, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// The partition columns of one folder, with their values as the names have them (still escaped).
#[derive(Debug)]
pub(super) struct FolderValues {
    pub folder: PathBuf,
    pub columns: Vec<(String, String)>,
}

/// `name=value` of a folder's name; None if it is not of that form.
pub(super) fn parse_folder_name(name: &str) -> Result<Option<(String, String)>> {
    let Some((column, value)) = name.split_once('=') else {
        return Ok(None);
    };
    if column.is_empty() {
        return Err(Error::new(
            &EMPTY_PARTITION_COLUMN_NAME,
            [("columnSpec", name)],
        ));
    }
    if value.is_empty() {
        return Err(Error::new(
            &EMPTY_PARTITION_COLUMN_VALUE,
            [("columnSpec", name)],
        ));
    }
    Ok(Some((unescape_path_name(column), value.to_string())))
}

/// The partition columns and, per folder, their values.
pub(super) fn resolve(
    folders: &[FolderValues],
    user_schema: Option<&StructType>,
    inference: bool,
    config: &Config,
) -> Result<(Vec<StructField>, Vec<Arc<[Value]>>)> {
    let names: Vec<&String> = (folders.first())
        .map(|folder| folder.columns.iter().map(|(name, _)| name).collect())
        .unwrap_or_default();
    let mut fields = Vec::with_capacity(names.len());
    let mut rows = vec![Vec::with_capacity(names.len()); folders.len()];
    for (index, name) in names.iter().enumerate() {
        let raw: Vec<&str> = (folders.iter())
            .map(|folder| folder.columns[index].1.as_str())
            .collect();
        let asked = user_schema.and_then(|schema| {
            let found = schema.index_of(name)?;
            Some(schema[found].clone())
        });
        let field = match asked {
            Some(field) => field,
            None => StructField::new(*name, infer_column(&raw, inference, config), true),
        };
        for (row, text) in rows.iter_mut().zip(&raw) {
            row.push(convert(text, &field, config)?);
        }
        fields.push(StructField {
            nullable: true,
            ..field
        });
    }
    Ok((fields, rows.into_iter().map(Arc::from).collect()))
}

fn infer_column(values: &[&str], inference: bool, config: &Config) -> DataType {
    (values.iter())
        .map(|value| infer(value, inference, config))
        .reduce(wider)
        .unwrap_or(DataType::Null)
}

/// The type of one value.
fn infer(raw: &str, inference: bool, config: &Config) -> DataType {
    if raw == DEFAULT_PARTITION_NAME {
        return DataType::Null;
    }
    if !inference {
        return DataType::String;
    }
    if raw.parse::<i32>().is_ok() {
        return DataType::Integer;
    }
    if raw.parse::<i64>().is_ok() {
        return DataType::Long;
    }
    if let Some(decimal) = whole_decimal(raw) {
        return DataType::decimal(decimal, 0);
    }
    if parse_double(raw).is_some() {
        return DataType::Double;
    }
    let text = unescape_path_name(raw);
    if is_timestamp(&text) {
        return if config.get("spark.sql.timestampType") == Some("TIMESTAMP_NTZ") {
            DataType::TimestampNtz
        } else {
            DataType::Timestamp
        };
    }
    if is_date(&text) {
        return DataType::Date;
    }
    DataType::String
}

/// The type that holds values of both; STRING where Spark finds nothing narrower.
fn wider(a: DataType, b: DataType) -> DataType {
    use DataType::*;
    let digits = |data_type: &DataType| match data_type {
        Integer => Some(10),
        Long => Some(20),
        Decimal { precision, .. } => Some(*precision),
        _ => None,
    };
    match (&a, &b) {
        _ if a == b => a,
        (Null, other) | (other, Null) => other.clone(),
        (Integer, Long) | (Long, Integer) => Long,
        (Integer, Double) | (Double, Integer) => Double,
        (Decimal { .. }, _) | (_, Decimal { .. }) => match (digits(&a), digits(&b)) {
            (Some(p), Some(q)) => DataType::decimal(p.max(q), 0),
            _ => String,
        },
        (Date, Timestamp) | (Timestamp, Date) => Timestamp,
        (Date, TimestampNtz) | (TimestampNtz, Date) => TimestampNtz,
        _ => String,
    }
}

/// A folder's value as a value of its column.
fn convert(raw: &str, field: &StructField, config: &Config) -> Result<Value> {
    if raw == DEFAULT_PARTITION_NAME {
        return Ok(Value::Null);
    }
    let text = unescape_path_name(raw);
    let trimmed = text.trim();
    let value = match &field.data_type {
        DataType::Null => Some(Value::Null),
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            Some(Value::String(text.as_str().into()))
        }
        DataType::Boolean => parse_boolean(trimmed).map(Value::Boolean),
        DataType::Byte => trimmed.parse().ok().map(Value::Byte),
        DataType::Short => trimmed.parse().ok().map(Value::Short),
        DataType::Integer => trimmed.parse().ok().map(Value::Integer),
        DataType::Long => trimmed.parse().ok().map(Value::Long),
        DataType::Float => parse_double(trimmed).map(|v| Value::Float(v as f32)),
        DataType::Double => parse_double(trimmed).map(Value::Double),
        DataType::Decimal { precision, scale } => {
            decimal_of(trimmed, *precision, *scale).map(Value::Decimal)
        }
        DataType::Date => parse_date(trimmed).map(Value::Date),
        DataType::Timestamp => {
            let zone = TimeZone::of(config.time_zone())?;
            parse_timestamp(trimmed, &zone).map(Value::Timestamp)
        }
        DataType::TimestampNtz => parse_timestamp_ntz(trimmed, true).map(Value::TimestampNtz),
        DataType::Binary => Some(Value::Binary(text.as_bytes().into())),
        _ => None,
    };
    value.ok_or_else(|| {
        Error::new(
            &INVALID_PARTITION_VALUE,
            [
                ("value", format!("'{text}'")),
                ("dataType", quote::sql_type(&field.data_type)),
                ("columnName", quote::identifier(&field.name)),
            ],
        )
    })
}

/// A number without digits behind the point, of at most 38 digits; `1e5` is one.
fn whole_decimal(text: &str) -> Option<u8> {
    let number = text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_whitespace);
    let written = DecimalText::parse(text).filter(|_| number)?;
    // `1.` and `1e5` have no digits behind the point, `1.0` has one.
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let fraction = mantissa
        .split_once('.')
        .map_or("", |(_, fraction)| fraction);
    if fraction.len() as i64 > exponent.parse::<i64>().ok()? {
        return None;
    }
    let value = written.to_scale(38, 0).ok()?;
    Some(
        value
            .unsigned_abs()
            .checked_ilog10()
            .map_or(1, |log| log as u8 + 1),
    )
}

fn decimal_of(text: &str, precision: u8, scale: i8) -> Option<Decimal> {
    let unscaled = DecimalText::parse(text)?.to_scale(precision, scale).ok()?;
    Some(Decimal {
        unscaled,
        precision,
        scale,
    })
}

/// `yyyy-MM-dd`: what inference takes for a date.
fn is_date(text: &str) -> bool {
    let digits = |(i, byte): (usize, u8)| {
        if i == 4 || i == 7 {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    };
    text.len() == 10 && text.bytes().enumerate().all(digits) && parse_date(text).is_some()
}

/// `yyyy-MM-dd HH:mm:ss[.S]`: what inference takes for a timestamp.
fn is_timestamp(text: &str) -> bool {
    text.len() >= 19
        && text.as_bytes()[10] == b' '
        && text.get(..10).is_some_and(is_date)
        && text
            .bytes()
            .skip(11)
            .all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.')
        && parse_timestamp_ntz(text, false).is_some()
}

/// Undoes the escaping of a folder name: `%2F` → `/`. A `%` without two hexadecimal digits stays.
pub fn unescape_path_name(name: &str) -> String {
    if !name.contains('%') {
        return name.to_string();
    }
    let bytes = name.as_bytes();
    let mut text: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let code = (bytes[position] == b'%')
            .then(|| name.get(position + 1..position + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                let mut encoded = [0; 4];
                text.extend_from_slice(char::from(code).encode_utf8(&mut encoded).as_bytes());
                position += 3;
            }
            None => {
                text.push(bytes[position]);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// A folder name for any text: what file systems dislike is escaped.
pub fn escape_path_name(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        let special = c.is_ascii_control() || "\"#%'*/:=?\\{[]^".contains(c);
        if special {
            escaped.push_str(&format!("%{:02X}", c as u32));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Spark 4.3 infers for these values.
    #[test]
    fn types_are_inferred_as_spark_does() {
        let config = Config::default();
        let cases: &[(&[&str], &str)] = &[
            (&["1", "2"], "int"),
            (&["1", "2.5"], "double"),
            (&["1", "99999999999"], "bigint"),
            (&["1", "99999999999999999999"], "decimal(20,0)"),
            (
                &["1", "99999999999999999999999999999999999999999"],
                "double",
            ),
            (&["2021-01-01", "2021-01-02"], "date"),
            (&["2021-01-01", "2021-01-02 10%3A11%3A12"], "timestamp"),
            (&["true"], "string"),
            (&["01"], "int"),
            (&["1", "a"], "string"),
            (&[DEFAULT_PARTITION_NAME], "void"),
            (&["1e5"], "decimal(6,0)"),
            (&["1d", "2f"], "double"),
            (&["2021-01-01", "5"], "string"),
            (&["99999999999", "2.5"], "string"),
            (&["2021-1-1"], "string"),
            (&["1."], "decimal(1,0)"),
            (&["2021-01-01T10%3A00%3A00"], "string"),
            (&["NaN"], "double"),
            (&["0x1"], "string"),
            (&[" 1"], "double"),
            (&["99999999999", "99999999999999999999"], "decimal(20,0)"),
        ];
        for (values, expected) in cases {
            assert_eq!(
                infer_column(values, true, &config).simple_string(),
                *expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn names_are_escaped_and_back() {
        for text in ["a/b", "x=y%", "10:11", "plain", "ü 1"] {
            assert_eq!(unescape_path_name(&escape_path_name(text)), text);
        }
        assert_eq!(escape_path_name("a/b:c"), "a%2Fb%3Ac");
        assert_eq!(unescape_path_name("50%"), "50%");
    }
}
