//! How Spark spells constants: strings bare, dates and intervals as typed literals.

use crate::config::Config;
use crate::expr::Literal;
use crate::kernel::datetime_text::{write_date, write_timestamp, write_timestamp_ntz};
use crate::kernel::interval_text::{write_calendar, write_day_time, write_year_month};
use crate::kernel::number_text::{write_decimal_scientific, write_double, write_float};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, Value};

/// A constant as Spark prints it in column names and errors.
pub fn sql(literal: &Literal, config: &Config) -> String {
    let mut out = String::new();
    match (&literal.value, &literal.data_type) {
        (Value::Null, _) => out.push_str("NULL"),
        (Value::Boolean(v), _) => out.push_str(if *v { "true" } else { "false" }),
        (Value::Byte(v), _) => out = v.to_string(),
        (Value::Short(v), _) => out = v.to_string(),
        (Value::Integer(v), _) => out = v.to_string(),
        (Value::Long(v), _) => out = v.to_string(),
        (Value::Float(v), _) => write_float(*v, &mut out),
        (Value::Double(v), _) => write_double(*v, &mut out),
        (Value::Decimal(v), _) => write_decimal_scientific(v.unscaled, v.scale, &mut out),
        (Value::String(v), _) => out.push_str(v),
        (Value::Binary(v), _) => {
            out.push_str("X'");
            v.iter()
                .for_each(|byte| out.push_str(&format!("{byte:02X}")));
            out.push('\'');
        }
        (Value::Date(v), _) => {
            out.push_str("DATE '");
            write_date(*v, &mut out);
            out.push('\'');
        }
        (Value::Timestamp(v), _) => {
            out.push_str("TIMESTAMP '");
            let zone = TimeZone::parse(config.time_zone()).unwrap_or_else(TimeZone::utc);
            write_timestamp(*v, &zone, &mut out);
            out.push('\'');
        }
        (Value::TimestampNtz(v), _) => {
            out.push_str("TIMESTAMP_NTZ '");
            write_timestamp_ntz(*v, &mut out);
            out.push('\'');
        }
        (Value::YearMonthInterval(v), DataType::YearMonthInterval { start, end }) => {
            write_year_month(*v, *start, *end, &mut out);
        }
        (Value::DayTimeInterval(v), DataType::DayTimeInterval { start, end }) => {
            write_day_time(*v, *start, *end, &mut out);
        }
        (Value::CalendarInterval(v), _) => {
            out.push_str("INTERVAL '");
            write_calendar(*v, &mut out);
            out.push('\'');
        }
        (Value::Array(items), DataType::Array { element, .. }) => {
            let items = items.iter().map(|item| part(item, element, config));
            out = format!("ARRAY({})", items.collect::<Vec<_>>().join(", "));
        }
        (Value::Map(entries), DataType::Map { key, value, .. }) => {
            let entries = entries
                .iter()
                .map(|(k, v)| format!("{}, {}", part(k, key, config), part(v, value, config)));
            out = format!("MAP({})", entries.collect::<Vec<_>>().join(", "));
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let pairs = fields.iter().zip(values).map(|(field, value)| {
                format!(
                    "'{}', {}",
                    field.name,
                    part(value, &field.data_type, config)
                )
            });
            out = format!("NAMED_STRUCT({})", pairs.collect::<Vec<_>>().join(", "));
        }
        (other, _) => out = format!("{other:?}"),
    }
    out
}

/// A constant as it could be written in SQL: with suffixes and quotes that tell its type.
pub fn typed_sql(literal: &Literal, config: &Config) -> String {
    let plain = sql(literal, config);
    match (&literal.value, &literal.data_type) {
        (Value::Null, DataType::Null) => plain,
        (Value::Null, data_type) => format!("CAST(NULL AS {})", data_type.sql()),
        (Value::Byte(_), _) => format!("{plain}Y"),
        (Value::Short(_), _) => format!("{plain}S"),
        (Value::Long(_), _) => format!("{plain}L"),
        (Value::Float(_), _) => format!("CAST({plain} AS FLOAT)"),
        (Value::Double(_), _) => format!("{plain}D"),
        (Value::Decimal(_), _) => format!("{plain}BD"),
        (Value::String(_), data_type) => part(&literal.value, data_type, config),
        _ => plain,
    }
}

/// A constant inside a nested one: there strings are quoted.
fn part(value: &Value, data_type: &DataType, config: &Config) -> String {
    if let Value::String(text) = value {
        return format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    }
    let literal = Literal {
        value: value.clone(),
        data_type: data_type.clone(),
    };
    sql(&literal, config)
}
