//! Digests and checksums: `md5`, `sha1`, `sha2`, `crc32`, `hmac`.

use super::entry::entry;
use super::{Arity, Display, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::lift::{Bytes, Text, map1, try_map2, try_map3, write1, write2};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::{Int32Type, Int64Type};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "md5",
        "hash_funcs",
        "1.5.0",
        Arity::Exact(1),
        |context, arguments| bind_hex(context, arguments, |bytes| Md5::digest(bytes).to_vec()),
        "_FUNC_(expr) - The MD5 digest as hexadecimal digits.",
        &[("md5('Spark')", "8cde774d6f7333752ed72cacddb05126")],
    ),
    ScalarFunction {
        aliases: &["sha"],
        display: Display::CallAsWritten,
        ..entry(
            "sha1",
            "hash_funcs",
            "1.5.0",
            Arity::Exact(1),
            |context, arguments| bind_hex(context, arguments, |bytes| Sha1::digest(bytes).to_vec()),
            "_FUNC_(expr) - The SHA-1 digest as hexadecimal digits.",
            &[("sha1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")],
        )
    },
    entry(
        "sha2",
        "hash_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_sha2,
        "_FUNC_(expr, bitLength) - The SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits; 0 means 256. NULL for other lengths.",
        &[(
            "sha2('Spark', 256)",
            "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b",
        )],
    ),
    entry(
        "crc32",
        "hash_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_crc32,
        "_FUNC_(expr) - The cyclic redundancy check value as a BIGINT.",
        &[("crc32('Spark')", "1557323817")],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [key, message] => format!("{name}({key}, {message}, SHA-256)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "hmac",
            "hash_funcs",
            "4.3.0",
            Arity::OneOf(&[2, 3]),
            bind_hmac,
            "_FUNC_(key, message[, algorithm]) - The keyed-hash message authentication code with SHA-224, SHA-256 (the default), SHA-384, SHA-512, SHA-1 or MD5.",
            &[("length(hmac('key', 'data'))", "32")],
        )
    },
];

fn push_hex(bytes: &[u8], output: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        output.push(DIGITS[usize::from(byte >> 4)] as char);
        output.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

fn bind_hex(
    context: &BindContext,
    arguments: &[BoundArgument],
    digest: fn(&[u8]) -> Vec<u8>,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            write1::<Bytes, Text>(&columns[0], rows, |bytes, output| {
                push_hex(&digest(bytes), output);
                Ok(true)
            })
        },
    ))
}

fn bind_sha2(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY, Expected::INT])?;
    let bound = binding(arguments, types, DataType::String, |columns, rows| {
        write2::<Bytes, Int32Type, Text>(&columns[0], &columns[1], rows, |bytes, bits, output| {
            match bits {
                224 => push_hex(&Sha224::digest(bytes), output),
                0 | 256 => push_hex(&Sha256::digest(bytes), output),
                384 => push_hex(&Sha384::digest(bytes), output),
                512 => push_hex(&Sha512::digest(bytes), output),
                _ => return Ok(false),
            }
            Ok(true)
        })
    });
    Ok(bound.nullable())
}

fn bind_crc32(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY])?;
    Ok(binding(
        arguments,
        types,
        DataType::Long,
        |columns, rows| {
            map1::<Bytes, Int64Type>(&columns[0], rows, |bytes| i64::from(crc32fast::hash(bytes)))
        },
    ))
}

/// HMAC of RFC 2104.
fn hmac<D: Digest>(block: usize, key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut padded = if key.len() > block {
        D::digest(key).to_vec()
    } else {
        key.to_vec()
    };
    padded.resize(block, 0);
    let masked = |mask: u8| padded.iter().map(|byte| byte ^ mask).collect::<Vec<u8>>();
    let inner = D::new()
        .chain_update(masked(0x36))
        .chain_update(message)
        .finalize();
    D::new()
        .chain_update(masked(0x5C))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

fn hmac_named(algorithm: &str, key: &[u8], message: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(Some(match algorithm.to_uppercase().as_str() {
        "SHA-224" => hmac::<Sha224>(64, key, message),
        "SHA-256" => hmac::<Sha256>(64, key, message),
        "SHA-384" => hmac::<Sha384>(128, key, message),
        "SHA-512" => hmac::<Sha512>(128, key, message),
        "SHA-1" => hmac::<Sha1>(64, key, message),
        "MD5" => hmac::<Md5>(64, key, message),
        _ => {
            return Err(Error::new(
                &conditions::INVALID_PARAMETER_VALUE_HMAC_ALGORITHM,
                [
                    ("parameter", quote::identifier("algorithm")),
                    ("functionName", quote::identifier("hmac")),
                    ("algorithm", algorithm.to_string()),
                ],
            ));
        }
    }))
}

fn bind_hmac(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::BINARY, Expected::BINARY, Expected::STRING];
    let types = cast_arguments(context, arguments, &expected)?;
    let bound = binding(
        arguments,
        types,
        DataType::Binary,
        |columns, rows| match columns {
            [key, message, algorithm] => try_map3::<Bytes, Bytes, Text, Bytes>(
                key,
                message,
                algorithm,
                rows,
                |key, message, algorithm| hmac_named(algorithm, key, message),
            ),
            _ => try_map2::<Bytes, Bytes, Bytes>(&columns[0], &columns[1], rows, |key, message| {
                hmac_named("SHA-256", key, message)
            }),
        },
    );
    Ok(bound.nullable())
}
