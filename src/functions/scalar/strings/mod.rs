//! String functions (Spark's `string_funcs`), one file per subject.
//!
//! Everything counts characters. What one string becomes is in [`crate::kernel::text`]; the files here say
//! how arguments are typed and which column loop runs.

pub mod concat;
pub mod edit;
pub mod encoding;
pub mod format;
pub mod measure;
pub mod number_format;
pub mod part;
pub mod search;
pub mod utf8;

/// `BINARY` if every one of these arguments is BINARY, else `STRING`: how functions over both settle.
fn text_or_binary(arguments: &[&crate::types::DataType]) -> crate::types::DataType {
    use crate::types::DataType;
    if !arguments.is_empty() && arguments.iter().all(|t| **t == DataType::Binary) {
        DataType::Binary
    } else {
        DataType::String
    }
}
