//! Numbers in and out of text by format: `to_number`, `to_char`.

use super::super::constant::as_text;
use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments, constant};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::datetime_pattern::DatetimePattern;
use crate::kernel::lift::{Bytes, Text, try_map1, typed, write1, write2};
use crate::kernel::text::number_format::{NumberFormat, NumberFormatError};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::null_array;
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use arrow::datatypes::{Decimal64Type, Decimal128Type, TimestampMicrosecondType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::cell::RefCell;
use std::fmt::Write;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "to_number",
        "string_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_to_number(context, arguments, false),
        "_FUNC_(expr, fmt) - The number that `expr` writes in format `fmt`: digits `0` (so many) and `9` (at most so many), point `.` or `D`, separator `,` or `G`, `$`, sign `S` or `MI`, and `PR` for angle brackets around negative numbers. An error if it does not.",
        &[
            ("to_number('454', '999')", "454"),
            ("to_number('12,454.8-', '99,999.9S')", "-12454.8"),
        ],
    ),
    entry(
        "try_to_number",
        "string_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_to_number(context, arguments, true),
        "_FUNC_(expr, fmt) - Like `to_number`, but NULL where that is an error.",
        &[
            ("try_to_number('$78.12', '$99.99')", "78.12"),
            ("try_to_number('x', '9')", "NULL"),
        ],
    ),
    ScalarFunction {
        aliases: &["to_varchar"],
        display: Display::Typed(|_, texts, types| {
            let name = match types.first() {
                Some(time) if time.is_datetime() => "date_format",
                _ => "to_char",
            };
            format!("{name}({})", texts.join(", "))
        }),
        ..entry(
            "to_char",
            "string_funcs",
            "3.4.0",
            Arity::Exact(2),
            bind_to_char,
            "_FUNC_(expr, format) - `expr` as text: a number in a format of `to_number`, a date or timestamp in a datetime pattern, a binary as 'base64', 'hex' or 'utf-8'.",
            &[
                ("to_char(454, '999')", "454"),
                ("to_char(78.12, '$99.99')", "$78.12"),
                ("to_char(date'2016-04-08', 'y')", "2016"),
                (
                    "to_char(x'537061726b2053514c', 'hex')",
                    "537061726B2053514C",
                ),
            ],
        )
    },
];

fn malformed(error: NumberFormatError, format: &str) -> Error {
    let condition = match &error {
        NumberFormatError::Empty => &conditions::INVALID_FORMAT_EMPTY,
        NumberFormatError::NoDigit => &conditions::INVALID_FORMAT_WRONG_NUM_DIGIT,
        NumberFormatError::CurrencyBehindDigit => &conditions::INVALID_FORMAT_CUR_MUST_BEFORE_DIGIT,
        NumberFormatError::CurrencyBehindPoint => &conditions::INVALID_FORMAT_CUR_MUST_BEFORE_DEC,
        NumberFormatError::LoneSeparator => &conditions::INVALID_FORMAT_CONT_THOUSANDS_SEPS,
        NumberFormatError::SeparatorBehindPoint => {
            &conditions::INVALID_FORMAT_THOUSANDS_SEPS_MUST_BEFORE_DEC
        }
        NumberFormatError::Repeated(_) => &conditions::INVALID_FORMAT_WRONG_NUM_TOKEN,
        NumberFormatError::Unexpected(_) => &conditions::INVALID_FORMAT_UNEXPECTED_TOKEN,
    };
    let format = format!("'{format}'");
    match error {
        NumberFormatError::Repeated(token) | NumberFormatError::Unexpected(token) => {
            Error::new(condition, [("token", token), ("format", format)])
        }
        _ => Error::new(condition, [("format", format)]),
    }
}

/// The format, which must be constant; None for NULL.
fn format_of(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Option<(NumberFormat, String)>> {
    let text = match constant(context, arguments, 1, "format")? {
        Value::Null => return Ok(None),
        value => as_text(value).to_uppercase(),
    };
    match NumberFormat::compile(&text) {
        Ok(format) => Ok(Some((format, text))),
        Err(error) => Err(malformed(error, &text)),
    }
}

fn bind_to_number(
    context: &BindContext,
    arguments: &[BoundArgument],
    tolerant: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let Some((format, shown)) = format_of(context, arguments)? else {
        let returns = DataType::DECIMAL_USER_DEFAULT;
        let null = null_array(&returns, 1);
        return Ok(binding(arguments, types, returns, move |_, _| {
            Ok(Column::Constant(null.clone()))
        }));
    };
    let (precision, scale) = format.precision_and_scale();
    let returns = DataType::decimal(precision, scale);
    let result = returns.clone();
    let parse = move |text: &str| match format.parse(text) {
        None if !tolerant => Err(Error::new(
            &conditions::INVALID_FORMAT_MISMATCH_INPUT,
            [
                ("inputType", quote::sql_type(&DataType::String)),
                ("input", text.to_string()),
                ("format", shown.clone()),
            ],
        )),
        number => Ok(number),
    };
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let column = if precision <= 18 {
            try_map1::<Text, Decimal64Type>(&columns[0], rows, |text| {
                Ok(parse(text)?.map(|number| number as i64))
            })?
        } else {
            try_map1::<Text, Decimal128Type>(&columns[0], rows, &parse)?
        };
        typed(column, &result)
    });
    Ok(bound.nullable_if(tolerant))
}

fn bind_to_char(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    match &arguments[0].data_type {
        DataType::Binary => return bind_binary_to_char(context, arguments),
        data_type if data_type.is_datetime() => return bind_datetime_to_char(context, arguments),
        _ => {}
    }
    let types = cast_arguments(context, arguments, &[Expected::Decimal, Expected::STRING])?;
    let Some((format, _)) = format_of(context, arguments)? else {
        let null = null_array(&DataType::String, 1);
        return Ok(binding(arguments, types, DataType::String, move |_, _| {
            Ok(Column::Constant(null.clone()))
        }));
    };
    let DataType::Decimal { precision, scale } = types[0] else {
        return Err(Error::internal(
            "to_char settled a number that is no decimal",
        ));
    };
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            if precision <= 18 {
                write1::<Decimal64Type, Text>(&columns[0], rows, |number, output| {
                    format.write(i128::from(number), scale, output);
                    Ok(true)
                })
            } else {
                write1::<Decimal128Type, Text>(&columns[0], rows, |number, output| {
                    format.write(number, scale, output);
                    Ok(true)
                })
            }
        },
    ))
}

fn bind_binary_to_char(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BINARY, Expected::STRING])?;
    let format = constant(context, arguments, 1, "format")?;
    let write: fn(&[u8], &mut String) -> bool = match as_text(format).to_lowercase().as_str() {
        _ if format.is_null() => |_, _| false,
        "base64" => |bytes, output| {
            STANDARD.encode_string(bytes, output);
            true
        },
        "hex" => |bytes, output| {
            for byte in bytes {
                let _ = write!(output, "{byte:02X}");
            }
            true
        },
        "utf-8" => |bytes, output| {
            output.push_str(&String::from_utf8_lossy(bytes));
            true
        },
        _ => {
            return Err(Error::new(
                &conditions::INVALID_PARAMETER_VALUE_BINARY_FORMAT,
                [
                    ("parameter", quote::identifier("format")),
                    ("functionName", quote::identifier(context.name)),
                    ("invalidFormat", format!("'{}'", as_text(format))),
                ],
            ));
        }
    };
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        write1::<Bytes, Text>(&columns[0], rows, |bytes, output| Ok(write(bytes, output)))
    });
    Ok(bound.nullable())
}

fn bind_datetime_to_char(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let types = vec![DataType::Timestamp, DataType::String];
    let zone = TimeZone::of(context.config.time_zone())?;
    let cache: CompileCache<DatetimePattern> = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            let compiler = RefCell::new(RowCompiler::new(&cache));
            write2::<TimestampMicrosecondType, Text, Text>(
                &columns[0],
                &columns[1],
                rows,
                |micros, pattern, output| {
                    let mut compiler = compiler.borrow_mut();
                    let pattern = compiler.get(pattern, DatetimePattern::for_format)?;
                    pattern.write_timestamp(micros, &zone, output);
                    Ok(true)
                },
            )
        },
    ))
}
