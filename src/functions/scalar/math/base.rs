//! Numbers in other bases: `bin`, `hex`, `unhex`, `conv`.

use crate::error::Result;
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{Arity, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::arithmetic::overflow_error;
use crate::kernel::lift::{Bytes, Text, write1, write3};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{Int32Type, Int64Type};
use std::fmt::Write;

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "bin",
        "math_funcs",
        "1.5.0",
        Arity::Exact(1),
        |context, arguments| {
            let types = cast_arguments(context, arguments, &[Expected::BIGINT])?;
            Ok(binding(arguments, types, DataType::String, |args, rows| {
                write1::<Int64Type, Text>(&args[0], rows, |value, out| {
                    Ok(write!(out, "{value:b}").is_ok())
                })
            }))
        },
        "_FUNC_(a) - Returns a BIGINT in binary digits.",
        &[("bin(13)", "1101"), ("bin(13.3)", "1101")],
    ),
    entry(
        "hex",
        "math_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_hex,
        "_FUNC_(a) - Returns a number, or the bytes of a string or binary, in hexadecimal digits.",
        &[
            ("hex(17)", "11"),
            ("hex('Spark SQL')", "537061726B2053514C"),
        ],
    ),
    entry(
        "unhex",
        "math_funcs",
        "1.5.0",
        Arity::Exact(1),
        |context, arguments| {
            let types = cast_arguments(context, arguments, &[Expected::STRING])?;
            let bound = binding(arguments, types, DataType::Binary, |args, rows| {
                write1::<Text, Bytes>(&args[0], rows, |digits, out| Ok(parse_hex(digits, out)))
            });
            Ok(bound.nullable())
        },
        "_FUNC_(a) - Returns the bytes of hexadecimal digits; NULL where a holds anything else.",
        &[("decode(unhex('537061726B2053514C'), 'UTF-8')", "Spark SQL")],
    ),
    entry(
        "conv",
        "math_funcs",
        "1.5.0",
        Arity::Exact(3),
        bind_conv,
        "_FUNC_(num, from, to) - Returns the digits of a number of one base in another; a negative `to` keeps the sign.",
        &[("conv('100', 2, 10)", "4"), ("conv(-10, 16, -10)", "-16")],
    ),
];

fn bind_hex(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const EXPECTED: Expected =
        Expected::OneOf(&[Expected::BIGINT, Expected::BINARY, Expected::STRING]);
    let types = cast_arguments(context, arguments, &[EXPECTED])?;
    let from = types[0].clone();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |args, rows| {
            let digits = |bytes: &[u8], out: &mut String| {
                for byte in bytes {
                    let _ = write!(out, "{byte:02X}");
                }
                Ok(true)
            };
            match from {
                DataType::Long => write1::<Int64Type, Text>(&args[0], rows, |value, out| {
                    Ok(write!(out, "{value:X}").is_ok())
                }),
                DataType::Binary => write1::<Bytes, Text>(&args[0], rows, digits),
                _ => write1::<Text, Text>(&args[0], rows, |text, out| digits(text.as_bytes(), out)),
            }
        },
    ))
}

/// An odd first digit is a byte of its own.
fn parse_hex(digits: &str, out: &mut Vec<u8>) -> bool {
    let value = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut rest = digits.as_bytes();
    if rest.len() % 2 == 1 {
        let Some(first) = value(rest[0]) else {
            return false;
        };
        out.push(first);
        rest = &rest[1..];
    }
    for pair in rest.chunks_exact(2) {
        match (value(pair[0]), value(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return false,
        }
    }
    true
}

fn bind_conv(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::INT, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let ansi = context.config.ansi();
    let bound = binding(arguments, types, DataType::String, move |args, rows| {
        write3::<Text, Int32Type, Int32Type, Text>(
            &args[0],
            &args[1],
            &args[2],
            rows,
            |number, from, to, out| convert(number, from, to, ansi, out),
        )
    });
    Ok(bound.nullable())
}

/// Reads digits as far as they go, into 64 bits without sign.
fn convert(number: &str, from: i32, to: i32, ansi: bool, out: &mut String) -> Result<bool> {
    let number = number.trim_matches(' ');
    let bases = 2..=36;
    if number.is_empty() || !bases.contains(&from) || !bases.contains(&to.saturating_abs()) {
        return Ok(false);
    }
    let (mut negative, digits) = match number.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let mut value: u64 = 0;
    for digit in digits
        .chars()
        .map_while(|c| c.to_digit(from.unsigned_abs()))
    {
        let next = (value.checked_mul(u64::from(from.unsigned_abs())))
            .and_then(|value| value.checked_add(u64::from(digit)));
        match next {
            Some(next) => value = next,
            None if ansi => return Err(overflow_error("Overflow in function conv()", None)),
            None => {
                value = u64::MAX;
                break;
            }
        }
    }
    let high_bit = value.cast_signed() < 0;
    if negative && to > 0 {
        value = if high_bit {
            u64::MAX
        } else {
            value.wrapping_neg()
        };
    }
    if to < 0 && value.cast_signed() < 0 {
        value = value.wrapping_neg();
        negative = true;
    }
    if negative && to < 0 {
        out.push('-');
    }
    let base = u64::from(to.unsigned_abs());
    let mut buffer = [0u8; 64];
    let mut start = buffer.len();
    loop {
        start -= 1;
        let digit = char::from_digit((value % base) as u32, 36).unwrap_or('0');
        buffer[start] = digit.to_ascii_uppercase() as u8;
        value /= base;
        if value == 0 {
            break;
        }
    }
    out.extend(buffer[start..].iter().map(|byte| char::from(*byte)));
    Ok(true)
}
