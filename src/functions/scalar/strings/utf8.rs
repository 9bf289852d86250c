//! Checks for malformed UTF-8.
//!
//! Strings are always well-formed here, so malformed text exists only as BINARY, which these functions take
//! as it is.

use super::super::entry::entry;
use super::super::{Arity, ScalarFunction};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bool, Bytes, Text, map1, try_map1};
use crate::types::DataType;
use crate::types::coercion::Expected;
use std::fmt::Write;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "is_valid_utf8",
        "string_funcs",
        "4.0.0",
        Arity::Exact(1),
        bind_is_valid,
        "_FUNC_(str) - Whether `str` is well-formed UTF-8.",
        &[
            ("is_valid_utf8('Spark')", "true"),
            ("is_valid_utf8(x'80')", "false"),
        ],
    ),
    entry(
        "make_valid_utf8",
        "string_funcs",
        "4.0.0",
        Arity::Exact(1),
        bind_make_valid,
        "_FUNC_(str) - `str` with malformed parts replaced by U+FFFD.",
        &[("make_valid_utf8(x'80')", "\u{FFFD}")],
    ),
    entry(
        "validate_utf8",
        "string_funcs",
        "4.0.0",
        Arity::Exact(1),
        |context, arguments| bind_validate(context, arguments, false),
        "_FUNC_(str) - `str` if it is well-formed UTF-8; otherwise an error.",
        &[("validate_utf8('Spark')", "Spark")],
    ),
    entry(
        "try_validate_utf8",
        "string_funcs",
        "4.0.0",
        Arity::Exact(1),
        |context, arguments| bind_validate(context, arguments, true),
        "_FUNC_(str) - `str` if it is well-formed UTF-8; otherwise NULL.",
        &[
            ("try_validate_utf8('Spark')", "Spark"),
            ("try_validate_utf8(x'80')", "NULL"),
        ],
    ),
];

/// BINARY as it is, everything else as STRING.
fn argument_types(context: &BindContext, arguments: &[BoundArgument]) -> Result<Vec<DataType>> {
    if arguments[0].data_type == DataType::Binary {
        return Ok(vec![DataType::Binary]);
    }
    cast_arguments(context, arguments, &[Expected::STRING])
}

fn bind_is_valid(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = argument_types(context, arguments)?;
    let binary = types[0] == DataType::Binary;
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            if binary {
                map1::<Bytes, Bool>(&columns[0], rows, |bytes| {
                    std::str::from_utf8(bytes).is_ok()
                })
            } else {
                map1::<Text, Bool>(&columns[0], rows, |_| true)
            }
        },
    ))
}

fn bind_make_valid(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = argument_types(context, arguments)?;
    let binary = types[0] == DataType::Binary;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns: &[Column], rows| {
            if binary {
                map1::<Bytes, Text>(&columns[0], rows, |bytes| {
                    String::from_utf8_lossy(bytes).into_owned()
                })
            } else {
                Ok(columns[0].clone())
            }
        },
    ))
}

fn bind_validate(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    let types = argument_types(context, arguments)?;
    let binary = types[0] == DataType::Binary;
    let bound = binding(
        arguments,
        types,
        DataType::String,
        move |columns: &[Column], rows| {
            if !binary {
                return Ok(columns[0].clone());
            }
            try_map1::<Bytes, Text>(&columns[0], rows, |bytes| {
                match std::str::from_utf8(bytes) {
                    Ok(text) => Ok(Some(text.to_string())),
                    Err(_) if tolerant => Ok(None),
                    Err(_) => {
                        let mut shown = String::new();
                        for byte in bytes {
                            let _ = write!(shown, "\\x{byte:02X}");
                        }
                        Err(Error::new(
                            &conditions::INVALID_UTF8_STRING,
                            [("str", shown)],
                        ))
                    }
                }
            })
        },
    );
    Ok(bound.nullable_if(tolerant))
}
