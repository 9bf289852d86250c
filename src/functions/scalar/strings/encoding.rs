//! Between strings and bytes: Base64, Base32, character sets, `to_binary`.

use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction, constant::as_text};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments, constant};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bytes, Text, map1, try_map1, try_map2, write1};
use crate::kernel::text::{base32, charset};
use crate::kernel::value::null_array;
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use charset::Charset;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "base64",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_base64,
        "_FUNC_(bin) - `bin` as Base64 text, on one line.",
        &[
            ("base64('Spark SQL')", "U3BhcmsgU1FM"),
            ("base64(x'537061726b2053514c')", "U3BhcmsgU1FM"),
        ],
    ),
    entry(
        "unbase64",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_unbase64,
        "_FUNC_(str) - The bytes of a Base64 text; characters outside its alphabet are skipped.",
        &[("unbase64('U3BhcmsgU1FM')", "Spark SQL")],
    ),
    entry(
        "to_base32",
        "string_funcs",
        "4.3.0",
        Arity::Exact(1),
        bind_to_base32,
        "_FUNC_(bin) - `bin` as Base32 text.",
        &[("to_base32('abc')", "MFRGG===")],
    ),
    entry(
        "from_base32",
        "string_funcs",
        "4.3.0",
        Arity::Exact(1),
        bind_from_base32,
        "_FUNC_(str) - The bytes of a Base32 text.",
        &[("from_base32('MFRGG===')", "abc")],
    ),
    entry(
        "encode",
        "string_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_encode,
        "_FUNC_(str, charset) - The bytes of `str` in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16 or UTF-32.",
        &[("encode('abc', 'utf-8')", "abc")],
    ),
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("decode({})", arguments.join(", "))),
        ..entry(
            // `decode` itself is a special form, whose two-argument case the analyzer binds to this
            "decode_charset",
            "internal",
            "1.5.0",
            Arity::Exact(2),
            bind_decode,
            "_FUNC_(bin, charset) - The string that `bin` is in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16 or UTF-32.",
            &[],
        )
    },
    entry(
        "to_binary",
        "string_funcs",
        "3.3.0",
        Arity::OneOf(&[1, 2]),
        |context, arguments| bind_to_binary(context, arguments, false),
        "_FUNC_(str[, fmt]) - The bytes that `str` writes down in format `fmt`: 'hex' (the default), 'utf-8', 'utf8' or 'base64'. An error if it does not.",
        &[("to_binary('abc', 'utf-8')", "abc")],
    ),
    entry(
        "try_to_binary",
        "string_funcs",
        "3.3.0",
        Arity::OneOf(&[1, 2]),
        |context, arguments| bind_to_binary(context, arguments, true),
        "_FUNC_(str[, fmt]) - Like `to_binary`, but NULL where that is an error.",
        &[
            ("try_to_binary('abc', 'utf-8')", "abc"),
            ("try_to_binary('a!', 'base64')", "NULL"),
        ],
    ),
];

/// Takes a last quantum with or without its padding, as Java's decoders do.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn bind_base64(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Bytes, Text>(&columns[0], rows, |bytes, output| {
                STANDARD.encode_string(bytes, output);
                Ok(true)
            })
        },
    ))
}

/// The bytes of a Base64 text in which anything outside the alphabet is skipped (MIME).
fn mime_bytes(text: &str) -> Option<Vec<u8>> {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let padding = |byte: &u8| *byte == b'=';
    let digits: Vec<u8> = text
        .bytes()
        .take_while(|b| !padding(b))
        .filter(known)
        .collect();
    LENIENT.decode(digits).ok()
}

fn bind_unbase64(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Binary,
        |columns, rows| {
            try_map1::<Text, Bytes>(&columns[0], rows, |text| match mime_bytes(text) {
                Some(bytes) => Ok(Some(bytes)),
                None => Err(not_convertible(text, "BASE64", "try_to_binary")),
            })
        },
    ))
}

fn bind_to_base32(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Bytes, Text>(&columns[0], rows, |bytes, output| {
                base32::encode(bytes, output);
                Ok(true)
            })
        },
    ))
}

fn bind_from_base32(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Binary,
        |columns, rows| {
            try_map1::<Text, Bytes>(&columns[0], rows, |text| match base32::decode(text) {
                Some(bytes) => Ok(Some(bytes)),
                None => Err(not_convertible(text, "BASE32", "try_to_binary")),
            })
        },
    ))
}

fn named_charset(function: &str, name: &str) -> Result<Charset> {
    Charset::named(name).ok_or_else(|| {
        Error::new(
            &conditions::INVALID_PARAMETER_VALUE_CHARSET,
            [
                ("functionName", quote::identifier(function)),
                ("parameter", quote::identifier("charset")),
                ("charset", name.to_string()),
                ("charsets", charset::NAMES.to_string()),
            ],
        )
    })
}

fn malformed_coding(function: &str, charset: &str) -> Error {
    Error::new(
        &conditions::MALFORMED_CHARACTER_CODING,
        [
            ("function", quote::identifier(function)),
            ("charset", charset.to_string()),
        ],
    )
}

fn bind_encode(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let bound = binding(arguments, types, DataType::Binary, |columns, rows| {
        try_map2::<Text, Text, Bytes>(&columns[0], &columns[1], rows, |text, name| {
            let bytes = named_charset("encode", name)?.encode(text);
            bytes
                .map(Some)
                .ok_or_else(|| malformed_coding("encode", name))
        })
    });
    Ok(bound.nullable())
}

fn bind_decode(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY, Expected::STRING])?;
    let bound = binding(arguments, types, DataType::String, |columns, rows| {
        try_map2::<Bytes, Text, Text>(&columns[0], &columns[1], rows, |bytes, name| {
            let text = named_charset("decode", name)?.decode(bytes);
            text.map(Some)
                .ok_or_else(|| malformed_coding("decode", name))
        })
    });
    Ok(bound.nullable())
}

/// What `to_binary` reads.
#[derive(Debug, Clone, Copy)]
enum BinaryFormat {
    Hex,
    Utf8,
    Base64,
}

impl BinaryFormat {
    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            BinaryFormat::Utf8 => Some(text.as_bytes().to_vec()),
            BinaryFormat::Hex => hex_bytes(text),
            BinaryFormat::Base64 => strict_base64(text),
        }
    }

    fn name(self) -> &'static str {
        match self {
            BinaryFormat::Hex => "HEX",
            BinaryFormat::Utf8 => "UTF-8",
            BinaryFormat::Base64 => "BASE64",
        }
    }
}

/// The bytes of hexadecimal digits; an odd number of them means a leading zero.
fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let mut nibbles = Vec::with_capacity(text.len() + 1);
    if text.len() % 2 == 1 {
        nibbles.push(0);
    }
    for byte in text.bytes() {
        nibbles.push((byte as char).to_digit(16)? as u8);
    }
    Some(
        nibbles
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

/// Base64 where only white space may stand between the digits and padding must be right.
fn strict_base64(text: &str) -> Option<Vec<u8>> {
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let digits: Vec<u8> = text.bytes().filter(|byte| !white(byte)).collect();
    let pads = text.trim_end_matches(|c: char| white(&(c as u8)) && c.is_ascii());
    let pads = pads.bytes().rev().take_while(|byte| *byte == b'=').count();
    if pads != digits.iter().filter(|byte| **byte == b'=').count() {
        // padding must stand together at the end
        return None;
    }
    let padded = digits.len() % 4 == 0;
    let unpadded = !digits.contains(&b'=') && digits.len() % 4 != 1;
    if padded || unpadded {
        LENIENT.decode(digits).ok()
    } else {
        None
    }
}

fn not_convertible(text: &str, format: &str, suggestion: &str) -> Error {
    Error::new(
        &conditions::CONVERSION_INVALID_INPUT,
        [
            ("str", format!("'{text}'")),
            ("fmt", format!("'{format}'")),
            ("targetType", quote::sql_type(&DataType::Binary)),
            ("suggestion", quote::identifier(suggestion)),
        ],
    )
}

fn bind_to_binary(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let format = match arguments.get(1) {
        None => Some(BinaryFormat::Hex),
        Some(_) => match constant(context, arguments, 1, "fmt")? {
            Value::Null => None,
            value => Some(match as_text(value).to_lowercase().as_str() {
                "hex" => BinaryFormat::Hex,
                "utf-8" | "utf8" => BinaryFormat::Utf8,
                "base64" => BinaryFormat::Base64,
                _ if tolerant => {
                    let null = null_array(&DataType::Binary, 1);
                    let bound = binding(arguments, types, DataType::Binary, move |_, _| {
                        Ok(Column::Constant(null.clone()))
                    });
                    return Ok(bound.nullable());
                }
                _ => {
                    return Err(Error::new(
                        &conditions::DATATYPE_MISMATCH_INVALID_ARG_VALUE,
                        [
                            ("sqlExpr", quote::sql_expression(context.sql)),
                            ("inputName", "fmt".to_string()),
                            ("requireType", "case-insensitive \"STRING\"".to_string()),
                            (
                                "validValues",
                                "'hex', 'utf-8', 'utf8', or 'base64'".to_string(),
                            ),
                            ("inputValue", format!("'{}'", as_text(value))),
                        ],
                    ));
                }
            }),
        },
    };
    let bound = binding(
        arguments,
        types,
        DataType::Binary,
        move |columns: &[Column], rows| match format {
            None => try_map1::<Text, Bytes>(&columns[0], rows, |_| Ok(None)),
            Some(BinaryFormat::Utf8) => {
                map1::<Text, Bytes>(&columns[0], rows, |text| text.as_bytes().to_vec())
            }
            Some(format) => {
                try_map1::<Text, Bytes>(&columns[0], rows, |text| match format.decode(text) {
                    None if !tolerant => Err(not_convertible(text, format.name(), "try_to_binary")),
                    bytes => Ok(bytes),
                })
            }
        },
    );
    Ok(bound.nullable())
}
