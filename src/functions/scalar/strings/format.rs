//! Formatted text: `format_string`, `format_number`.

use super::super::entry::entry;
use super::super::{Arity, Display, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, expect_arguments,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::lift::{Rows, Text, column_of, rows_to_compute};
use crate::kernel::number_text::{write_decimal, write_double, write_float};
use crate::kernel::text::decimal_format::DecimalFormat;
use crate::kernel::text::printf::{Format, FormatError};
use crate::kernel::value::array_to_value;
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use arrow::array::{Array, StringViewBuilder};
use arrow::datatypes::Int32Type;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["printf"],
        nulls: NullRule::Custom,
        display: Display::CallAsWritten,
        ..entry(
            "format_string",
            "string_funcs",
            "1.5.0",
            Arity::AtLeast(1),
            bind_format_string,
            "_FUNC_(strfmt, obj, …) - The arguments in a format with conversions as in C's printf.",
            &[(
                "format_string('Hello World %d %s', 100, 'days')",
                "Hello World 100 days",
            )],
        )
    },
    entry(
        "format_number",
        "string_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_format_number,
        "_FUNC_(expr1, expr2) - `expr1` like '#,###,###.##', rounded to `expr2` places behind the point, or in the format `expr2`.",
        &[
            ("format_number(12332.123456, 4)", "12,332.1235"),
            (
                "format_number(12332.123456, '##################.###')",
                "12332.123",
            ),
        ],
    ),
];

fn bind_format_string(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let mut types = cast_arguments(context, &arguments[..1], &[Expected::STRING])?;
    if let Some(Value::String(format)) = &arguments[0].constant
        && format.contains("%0$")
    {
        return Err(zero_index(context));
    }
    types.extend(
        arguments[1..]
            .iter()
            .map(|argument| argument.data_type.clone()),
    );
    let argument_types = types[1..].to_vec();
    let cache: CompileCache<Format> = CompileCache::default();
    let format_nullable = arguments[0].nullable;
    let name = context.name.to_string();
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let formats = Rows::<Text>::new(&columns[0])?;
        let mut compiler = RowCompiler::new(&cache);
        let mut output = StringViewBuilder::with_capacity(rows);
        let mut buffer = String::new();
        let failed = |error: FormatError| match error {
            FormatError::ZeroIndex => Error::new(
                &conditions::INVALID_PARAMETER_VALUE_ZERO_INDEX,
                [
                    ("parameter", quote::identifier("strfmt")),
                    ("functionName", quote::identifier(&name)),
                ],
            ),
            FormatError::Other(complaint) => Error::new(
                &conditions::FAILED_FUNCTION_CALL,
                [("funcName", quote::identifier(&name))],
            )
            .caused_by(complaint),
        };
        for row in 0..rows {
            let Some(format) = formats.get(row) else {
                output.append_null();
                continue;
            };
            let format = compiler.get(format, |text| Format::compile(text).map_err(failed))?;
            let mut values = Vec::with_capacity(argument_types.len());
            for (column, data_type) in columns[1..].iter().zip(&argument_types) {
                values.push(array_to_value(
                    column.values(),
                    column.index(row),
                    data_type,
                )?);
            }
            buffer.clear();
            let text_of = |index: usize| nested_text(&values[index]);
            format
                .write(&values, &text_of, &mut buffer)
                .map_err(failed)?;
            output.append_value(&buffer);
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.never_null().nullable_if(format_nullable))
}

fn zero_index(context: &BindContext) -> Error {
    Error::new(
        &conditions::INVALID_PARAMETER_VALUE_ZERO_INDEX,
        [
            ("parameter", quote::identifier("strfmt")),
            ("functionName", quote::identifier(context.name)),
        ],
    )
}

/// How `%s` prints what is neither text nor number: Spark's internal arrays and rows, `[1,2]`.
fn nested_text(value: &Value) -> String {
    let join = |values: &[Value]| -> String {
        values.iter().map(nested_text).collect::<Vec<_>>().join(",")
    };
    let mut text = String::new();
    match value {
        Value::Null => text.push_str("null"),
        Value::String(value) => text.push_str(value),
        Value::Boolean(value) => text.push_str(&value.to_string()),
        Value::Float(value) => write_float(*value, &mut text),
        Value::Double(value) => write_double(*value, &mut text),
        Value::Decimal(value) => write_decimal(value.unscaled, value.scale, &mut text),
        Value::Date(value) | Value::YearMonthInterval(value) => text.push_str(&value.to_string()),
        Value::Timestamp(value) | Value::TimestampNtz(value) | Value::DayTimeInterval(value) => {
            text.push_str(&value.to_string());
        }
        Value::Binary(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
        Value::Array(values) | Value::Struct(values) => {
            text = format!("[{}]", join(values));
        }
        Value::Map(entries) => {
            let keys: Vec<Value> = entries.iter().map(|(key, _)| key.clone()).collect();
            let values: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
            text = format!("keys: [{}], values: [{}]", join(&keys), join(&values));
        }
        other => {
            if let Some(value) = other.as_i64() {
                text.push_str(&value.to_string());
            }
        }
    }
    text
}

/// The second argument of `format_number`.
enum Shape<'a> {
    Places(Rows<'a, Int32Type>),
    Pattern(Rows<'a, Text>),
}

fn bind_format_number(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const SHAPE: Expected = Expected::OneOf(&[Expected::INT, Expected::STRING]);
    let types = expect_arguments(context, arguments, &[Expected::Numeric, SHAPE])?;
    let number_type = types[0].clone();
    let cache: CompileCache<DecimalFormat> = CompileCache::default();
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let shapes = match columns[1].values().data_type() {
            arrow::datatypes::DataType::Int32 => Shape::Places(Rows::new(&columns[1])?),
            _ => Shape::Pattern(Rows::new(&columns[1])?),
        };
        let numbers = columns[0].values();
        let mut compiler = RowCompiler::new(&cache);
        let mut output = StringViewBuilder::with_capacity(rows);
        let (mut buffer, mut shortest) = (String::new(), String::new());
        for row in 0..rows {
            let index = columns[0].index(row);
            let key = match &shapes {
                Shape::Places(places) => places
                    .get(row)
                    .filter(|places| *places >= 0)
                    .map(|p| p.to_string()),
                Shape::Pattern(patterns) => patterns.get(row).map(str::to_string),
            };
            let (Some(key), false) = (key, numbers.is_null(index)) else {
                output.append_null();
                continue;
            };
            let format = compiler.get(&key, |text| match &shapes {
                Shape::Places(_) => {
                    Ok(DecimalFormat::with_places(text.parse().unwrap_or_default()))
                }
                Shape::Pattern(_) => DecimalFormat::compile(text).ok_or_else(|| {
                    Error::new(
                        &conditions::FAILED_FUNCTION_CALL,
                        [("funcName", quote::identifier("format_number"))],
                    )
                    .caused_by(format!("malformed pattern {text}"))
                }),
            })?;
            buffer.clear();
            shortest.clear();
            match array_to_value(numbers, index, &number_type)? {
                Value::Double(value) if value.is_nan() => buffer.push_str("NaN"),
                Value::Float(value) if value.is_nan() => buffer.push_str("NaN"),
                Value::Double(value) if value.is_infinite() => {
                    format.write_infinity(value < 0.0, &mut buffer);
                }
                Value::Float(value) if value.is_infinite() => {
                    format.write_infinity(value < 0.0, &mut buffer);
                }
                value => {
                    match value {
                        Value::Double(value) => write_double(value, &mut shortest),
                        // Java widens a float first, which shows in its digits
                        Value::Float(value) => write_double(f64::from(value), &mut shortest),
                        Value::Decimal(value) => {
                            write_decimal(value.unscaled, value.scale, &mut shortest);
                        }
                        other => shortest.push_str(&other.as_i64().unwrap_or(0).to_string()),
                    }
                    format.write(&shortest, &mut buffer);
                }
            }
            output.append_value(&buffer);
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.nullable())
}
