//! URLs: `parse_url`, `url_encode`, `url_decode`.

use super::entry::entry;
use super::{Arity, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, expect_arguments,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::java_regex::JavaRegex;
use crate::kernel::lift::{Text, try_map1, write1};
use crate::kernel::string_slice::{slice2, slice3};
use crate::kernel::uri::Uri;
use crate::types::DataType;
use crate::types::coercion::Expected;
use std::cell::RefCell;
use std::fmt::Write;
use std::ops::Range;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "parse_url",
        "url_funcs",
        "2.0.0",
        Arity::OneOf(&[2, 3]),
        |context, arguments| bind_parse_url(context, arguments, !context.config.ansi()),
        "_FUNC_(url, partToExtract[, key]) - A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO; of QUERY the value of `key` if given. NULL if there is no such part.",
        &[
            (
                "parse_url('http://spark.apache.org/path?query=1', 'HOST')",
                "spark.apache.org",
            ),
            (
                "parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query')",
                "1",
            ),
        ],
    ),
    entry(
        "try_parse_url",
        "url_funcs",
        "4.0.0",
        Arity::OneOf(&[2, 3]),
        |context, arguments| bind_parse_url(context, arguments, true),
        "_FUNC_(url, partToExtract[, key]) - Like `parse_url`, but NULL for a malformed URL.",
        &[("try_parse_url('inva lid://x', 'HOST')", "NULL")],
    ),
    entry(
        "url_encode",
        "url_funcs",
        "3.4.0",
        Arity::Exact(1),
        bind_encode,
        "_FUNC_(str) - `str` as it stands in a form's data: `%` and hexadecimal digits for special characters, `+` for a space.",
        &[(
            "url_encode('https://spark.apache.org')",
            "https%3A%2F%2Fspark.apache.org",
        )],
    ),
    entry(
        "url_decode",
        "url_funcs",
        "3.4.0",
        Arity::Exact(1),
        |context, arguments| bind_decode(context, arguments, false),
        "_FUNC_(str) - The text that `url_encode` made `str` of.",
        &[(
            "url_decode('https%3A%2F%2Fspark.apache.org')",
            "https://spark.apache.org",
        )],
    ),
    ScalarFunction {
        nulls: NullRule::Propagate,
        ..entry(
            "try_url_decode",
            "url_funcs",
            "4.0.0",
            Arity::Exact(1),
            |context, arguments| bind_decode(context, arguments, true),
            "_FUNC_(str) - Like `url_decode`, but NULL for a malformed text.",
            &[("try_url_decode('%zz')", "NULL")],
        )
    },
];

/// Where a part lies in the URL.
fn part_of(url: &str, part: &str, tolerant: bool) -> Result<Option<Range<usize>>> {
    let Some(uri) = Uri::parse(url) else {
        if tolerant {
            return Ok(None);
        }
        return Err(Error::new(&conditions::INVALID_URL, [("url", url)]));
    };
    let place = |part: &str| {
        let start = part.as_ptr() as usize - url.as_ptr() as usize;
        start..start + part.len()
    };
    Ok(match part {
        "HOST" => uri.host.map(place),
        "PATH" => uri.path.map(place),
        "QUERY" => uri.query.map(place),
        "REF" => uri.fragment.map(place),
        "PROTOCOL" => uri.scheme.map(place),
        "AUTHORITY" => uri.authority.map(place),
        "USERINFO" => uri.user_info.map(place),
        "FILE" => uri.path.map(place).map(|path| match uri.query.map(place) {
            Some(query) => path.start..query.end,
            None => path,
        }),
        _ => None,
    })
}

fn bind_parse_url(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    let cache: CompileCache<Option<JavaRegex>> = CompileCache::default();
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let compiler = RefCell::new(RowCompiler::new(&cache));
        match columns {
            [url, part, key] => slice3::<Text, Text>(url, part, key, rows, |url, part, key| {
                if part != "QUERY" {
                    return Ok(None);
                }
                let Some(query) = part_of(url, part, tolerant)? else {
                    return Ok(None);
                };
                // Spark puts the key into a regular expression as it is
                let mut compiler = compiler.borrow_mut();
                let regex = compiler.get(key, |key| {
                    Ok(JavaRegex::compile(&format!("(&|^){key}=([^&]*)")).ok())
                })?;
                let Some(regex) = regex.as_ref() else {
                    return Ok(None);
                };
                let value = regex
                    .captures_at(&url[query.clone()], 0)?
                    .and_then(|groups| groups.get(regex.group_count()));
                Ok(value.map(|(start, end)| query.start + start..query.start + end))
            }),
            _ => slice2::<Text>(&columns[0], &columns[1], rows, |url, part| {
                part_of(url, part, tolerant)
            }),
        }
    });
    Ok(bound.nullable())
}

fn bind_encode(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Text, Text>(&columns[0], rows, |text, output| {
                for byte in text.bytes() {
                    match byte {
                        b' ' => output.push('+'),
                        b'.' | b'-' | b'*' | b'_' => output.push(byte as char),
                        byte if byte.is_ascii_alphanumeric() => output.push(byte as char),
                        byte => {
                            let _ = write!(output, "%{byte:02X}");
                        }
                    }
                }
                Ok(true)
            })
        },
    ))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || (rest.next()? as char).to_digit(16);
                (digit()? << 4 | digit()?) as u8
            }
            byte => byte,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn bind_decode(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        try_map1::<Text, Text>(&columns[0], rows, |text| match decode(text) {
            None if !tolerant => Err(Error::new(&conditions::CANNOT_DECODE_URL, [("url", text)])),
            decoded => Ok(decoded),
        })
    });
    Ok(bound.nullable_if(tolerant))
}
