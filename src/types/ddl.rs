//! Schemas as text: DDL strings such as `a INT NOT NULL, b STRUCT<c: DECIMAL(10,2)>`.

/// A field name as it stands in DDL: in backticks unless it is a plain identifier.
pub fn quote_if_needed(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let number = name.chars().all(|c| c.is_ascii_digit());
    if plain && !number {
        name.to_string()
    } else {
        crate::error::quote::identifier(name)
    }
}

/// ` COMMENT 'text'`, or nothing for a field without one.
pub(super) fn comment_clause(field: &super::StructField) -> String {
    let Some(comment) = &field.comment else {
        return String::new();
    };
    let escaped = comment.replace('\\', "\\\\").replace('\'', "\\'");
    format!(" COMMENT '{escaped}'")
}
