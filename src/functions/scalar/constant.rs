//! Constants seen at binding time, before they are cast to what the kernel takes.

use crate::types::Value;

/// The text of a constant that is to be a STRING; only scalars that print plainly are of use here.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Byte(_) | Value::Short(_) | Value::Integer(_) | Value::Long(_) => value
            .as_i64()
            .map_or_else(String::new, |value| value.to_string()),
        Value::Float(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}
