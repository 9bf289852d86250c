//! Numbers about strings: lengths, codes, distances.

use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction};
use crate::error::Result;
use crate::functions::signature::{ScalarBinding, binding, cast_arguments, expect_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bool, Bytes, Text, map1, map2, map3, write1};
use crate::kernel::text::{self, distance, mask};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["len", "char_length", "character_length"],
        display: Display::CallAsWritten,
        ..entry(
            "length",
            "string_funcs",
            "1.5.0",
            Arity::Exact(1),
            bind_length,
            "_FUNC_(expr) - Number of characters of a string, spaces at its end included, or of bytes of a binary.",
            &[
                ("length('Spark SQL ')", "10"),
                ("length(x'537061726b')", "5"),
            ],
        )
    },
    entry(
        "octet_length",
        "string_funcs",
        "2.3.0",
        Arity::Exact(1),
        |context, arguments| bind_bytes(context, arguments, 1),
        "_FUNC_(expr) - Number of bytes of a string in UTF-8, or of a binary.",
        &[("octet_length('Spark SQL')", "9")],
    ),
    entry(
        "bit_length",
        "string_funcs",
        "2.3.0",
        Arity::Exact(1),
        |context, arguments| bind_bytes(context, arguments, 8),
        "_FUNC_(expr) - Number of bits of a string in UTF-8, or of a binary.",
        &[("bit_length('Spark SQL')", "72")],
    ),
    entry(
        "ascii",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_ascii,
        "_FUNC_(str) - Code point of the first character of `str`; 0 if it is empty.",
        &[("ascii('222')", "50")],
    ),
    ScalarFunction {
        aliases: &["char"],
        display: Display::CallAsWritten,
        ..entry(
            "chr",
            "string_funcs",
            "2.3.0",
            Arity::Exact(1),
            bind_chr,
            "_FUNC_(expr) - The character with code `expr` modulo 256; empty if `expr` is negative.",
            &[("chr(65)", "A")],
        )
    },
    entry(
        "levenshtein",
        "string_funcs",
        "1.5.0",
        Arity::OneOf(&[2, 3]),
        bind_levenshtein,
        "_FUNC_(str1, str2[, threshold]) - Number of single-character edits that turn one string into the other; -1 if that is more than `threshold`.",
        &[
            ("levenshtein('kitten', 'sitting')", "3"),
            ("levenshtein('kitten', 'sitting', 2)", "-1"),
        ],
    ),
    entry(
        "jaro_winkler_similarity",
        "string_funcs",
        "4.3.0",
        Arity::Exact(2),
        bind_jaro_winkler,
        "_FUNC_(str1, str2) - Jaro-Winkler similarity of two strings, from 0 (nothing in common) to 1 (equal).",
        &[("jaro_winkler_similarity('same', 'same')", "1.0")],
    ),
    entry(
        "soundex",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_soundex,
        "_FUNC_(str) - Soundex code of `str`, equal for words that sound alike in English.",
        &[("soundex('Miller')", "M460")],
    ),
    entry(
        "luhn_check",
        "string_funcs",
        "3.5.0",
        Arity::Exact(1),
        bind_luhn,
        "_FUNC_(str) - Whether a string of digits, such as the number of a credit card, is valid by Luhn's rule.",
        &[
            ("luhn_check('8112189876')", "true"),
            ("luhn_check('79927398714')", "false"),
        ],
    ),
];

fn bind_length(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING_OR_BINARY])?;
    let binary = types[0] == DataType::Binary;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, rows| {
            if binary {
                return map1::<Bytes, Int32Type>(&columns[0], rows, |bytes| bytes.len() as i32);
            }
            let counts = |texts: &ArrayRef| -> ArrayRef {
                Arc::new(text::character_counts(texts.as_string_view()))
            };
            Ok(match &columns[0] {
                Column::Array(texts) => Column::Array(counts(texts)),
                Column::Constant(text) => Column::Constant(counts(text)),
            })
        },
    ))
}

fn bind_bytes(
    context: &BindContext,
    arguments: &[BoundArgument],
    per_byte: i32,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING_OR_BINARY])?;
    let binary = types[0] == DataType::Binary;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, rows| {
            let size = |length: usize| (length as i32).wrapping_mul(per_byte);
            if binary {
                map1::<Bytes, Int32Type>(&columns[0], rows, |bytes| size(bytes.len()))
            } else {
                map1::<Text, Int32Type>(&columns[0], rows, |text| size(text.len()))
            }
        },
    ))
}

fn bind_ascii(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| {
            map1::<Text, Int32Type>(&columns[0], rows, |text| {
                text.chars().next().map_or(0, |c| c as i32)
            })
        },
    ))
}

fn bind_chr(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BIGINT])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Int64Type, Text>(&columns[0], rows, |code, output| {
                if code >= 0 {
                    output.push(char::from((code & 0xFF) as u8));
                }
                Ok(true)
            })
        },
    ))
}

fn bind_levenshtein(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| match columns {
            [left, right, threshold] => map3::<Text, Text, Int32Type, Int32Type>(
                left,
                right,
                threshold,
                rows,
                |left, right, threshold| distance::levenshtein(left, right, Some(threshold)),
            ),
            _ => map2::<Text, Text, Int32Type>(&columns[0], &columns[1], rows, |left, right| {
                distance::levenshtein(left, right, None)
            }),
        },
    ))
}

fn bind_jaro_winkler(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Double,
        |columns, rows| {
            map2::<Text, Text, Float64Type>(&columns[0], &columns[1], rows, |left, right| {
                distance::jaro_winkler(left, right)
            })
        },
    ))
}

fn bind_soundex(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Text, Text>(&columns[0], rows, |text, output| {
                output.push_str(&distance::soundex(text));
                Ok(true)
            })
        },
    ))
}

fn bind_luhn(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        |columns, rows| map1::<Text, Bool>(&columns[0], rows, mask::luhn_check),
    ))
}
