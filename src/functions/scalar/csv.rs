//! CSV records in strings: `from_csv`, `to_csv`, `schema_of_csv`.

use super::constant::as_text;
use super::entry::entry;
use super::options::{Options, malformed_record, schema_argument, without_corrupt_column};
use super::{Arity, Display, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, constant, expect_arguments, unexpected_null,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::cast::text_writer;
use crate::kernel::csv_record::{CsvFormat, infer};
use crate::kernel::lift::{Rows, Text, column_of, rows_to_compute};
use crate::kernel::text_formats::TextFormats;
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::{array_to_value, value_to_array, values_to_array};
use crate::types::coercion::Expected;
use crate::types::{DataType, StructField, StructType, Value};
use arrow::array::{Array, StringViewArray, StringViewBuilder};
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(first_argument_only),
        ..entry(
            "from_csv",
            "csv_funcs",
            "3.0.0",
            Arity::OneOf(&[2, 3]),
            bind_from_csv,
            "_FUNC_(csvStr, schema[, options]) - The struct of type `schema` that a CSV record writes.",
            &[(
                "from_csv('1, 0.8', 'a INT, b DOUBLE')",
                "{\"a\":1,\"b\":0.8}",
            )],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(first_argument_only),
        ..entry(
            "to_csv",
            "csv_funcs",
            "3.0.0",
            Arity::OneOf(&[1, 2]),
            bind_to_csv,
            "_FUNC_(expr[, options]) - A struct as a CSV record.",
            &[("to_csv(named_struct('a', 1, 'b', 2))", "1,2")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(first_argument_only),
        ..entry(
            "schema_of_csv",
            "csv_funcs",
            "3.0.0",
            Arity::OneOf(&[1, 2]),
            bind_schema_of,
            "_FUNC_(csv[, options]) - The type of a constant CSV record.",
            &[("schema_of_csv('1,abc')", "STRUCT<_c0: INT, _c1: STRING>")],
        )
    },
];

fn first_argument_only(name: &str, arguments: &[&str]) -> String {
    format!("{name}({})", arguments.first().unwrap_or(&""))
}

/// `ignore_spaces`: the default for white space around values, which differs between reading and writing.
fn csv_format(options: &Options, ignore_spaces: bool) -> CsvFormat {
    let separator = options.get("sep").or_else(|| options.get("delimiter"));
    CsvFormat {
        separator: separator
            .filter(|sep| !sep.is_empty())
            .unwrap_or(",")
            .replace("\\t", "\t"),
        quote: options.character("quote", '"'),
        escape: options.character("escape", '\\'),
        null_value: options.get("nullValue").unwrap_or("").to_string(),
        empty_value: options.get("emptyValue").unwrap_or("").to_string(),
        ignore_leading: options.flag("ignoreLeadingWhiteSpace", ignore_spaces),
        ignore_trailing: options.flag("ignoreTrailingWhiteSpace", ignore_spaces),
        quote_all: options.flag("quoteAll", false),
    }
}

fn formats(context: &BindContext, options: &Options) -> Result<TextFormats> {
    let zone = TimeZone::of(context.config.time_zone())?;
    TextFormats::new(|name| options.get(name).map(str::to_string), zone)
}

/// The values of a record under a schema, and whether it fits.
fn read(
    record: &str,
    schema: &StructType,
    format: &CsvFormat,
    formats: &TextFormats,
) -> (Vec<Value>, bool) {
    let cells = format.split(record);
    let mut fits = cells.len() == schema.len();
    let mut values = Vec::with_capacity(schema.len());
    for (place, field) in schema.iter().enumerate() {
        let value = match cells.get(place) {
            Some(Some(cell)) => {
                let value = formats.read(cell, &field.data_type);
                fits &= value.is_some();
                value.unwrap_or(Value::Null)
            }
            _ => Value::Null,
        };
        values.push(value);
    }
    (values, fits)
}

fn bind_from_csv(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let schema = schema_argument(arguments, 1)?;
    let DataType::Struct(fields) = schema.as_nullable() else {
        return Err(Error::new(
            &conditions::INVALID_SCHEMA_NON_STRUCT_TYPE,
            [
                ("inputSchema", quote::sql_expression(&arguments[1].sql)),
                ("dataType", quote::sql_type(&schema)),
            ],
        ));
    };
    let options = Options::of(arguments, 2)?;
    let fail_fast = options.fail_fast(context)?;
    let mut types = expect_arguments(context, &arguments[..1], &[Expected::STRING])?;
    types.extend(
        arguments[1..]
            .iter()
            .map(|argument| argument.data_type.clone()),
    );
    let (read_as, corrupt) = without_corrupt_column(&fields, &options.corrupt_column(context));
    let (format, formats) = (csv_format(&options, false), formats(context, &options)?);
    let returns = DataType::Struct(fields);
    let result = returns.clone();
    let nullable = arguments[0].nullable;
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all = [&columns[0]];
        let rows = rows_to_compute(&all, rows);
        let texts = Rows::<Text>::new(&columns[0])?;
        let mut values = Vec::with_capacity(rows);
        for row in 0..rows {
            let Some(text) = texts.get(row) else {
                values.push(Value::Null);
                continue;
            };
            let (mut cells, fits) = read(text, &read_as, &format, &formats);
            if !fits && fail_fast {
                return Err(malformed_record(&Value::Struct(cells)));
            }
            if let Some(place) = corrupt {
                let record = if fits { Value::Null } else { Value::from(text) };
                cells.insert(place.min(cells.len()), record);
            }
            values.push(Value::Struct(cells));
        }
        Ok(column_of(&all, values_to_array(&values, &result)?))
    });
    Ok(bound.never_null().nullable_if(nullable))
}

fn bind_to_csv(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let options = Options::of(arguments, 1)?;
    let DataType::Struct(fields) = arguments[0].data_type.clone() else {
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_UNSUPPORTED_INPUT_TYPE,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(context.name)),
                ("dataType", quote::sql_type(&arguments[0].data_type)),
            ],
        ));
    };
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let data_type = types[0].clone();
    let (format, formats) = (csv_format(&options, true), formats(context, &options)?);
    let zone = TimeZone::of(context.config.time_zone())?;
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let all = [&columns[0]];
        let rows = rows_to_compute(&all, rows);
        let values = columns[0].values();
        let mut output = StringViewBuilder::with_capacity(rows);
        let (mut record, mut cell) = (String::new(), String::new());
        for row in 0..rows {
            let Value::Struct(values) = array_to_value(values, columns[0].index(row), &data_type)?
            else {
                output.append_null();
                continue;
            };
            record.clear();
            for (place, (value, field)) in values.iter().zip(fields.iter()).enumerate() {
                cell.clear();
                match value {
                    Value::Null => {}
                    Value::Array(_) | Value::Map(_) | Value::Struct(_) => {
                        let array = value_to_array(value, &field.data_type)?;
                        text_writer(array.as_ref(), &field.data_type, &zone)?(0, &mut cell);
                    }
                    value => formats.write(value, &field.data_type, &mut cell),
                }
                format.append(
                    (!value.is_null()).then_some(cell.as_str()),
                    place == 0,
                    &mut record,
                );
            }
            output.append_value(&record);
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.nullable())
}

fn bind_schema_of(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    expect_arguments(context, &arguments[..1], &[Expected::STRING])?;
    let options = Options::of(arguments, 1)?;
    let record = match constant(context, arguments, 0, "csv")? {
        Value::Null => return Err(unexpected_null(context, "csv")),
        value => as_text(value),
    };
    let formats = formats(context, &options)?;
    let cells = csv_format(&options, false).split(&record);
    let fields = cells.iter().enumerate().map(|(place, cell)| {
        StructField::new(format!("_c{place}"), infer(cell.as_deref(), &formats), true)
    });
    let schema = DataType::structure(fields).sql();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let schema: Arc<dyn Array> = Arc::new(StringViewArray::from(vec![schema]));
    let bound = binding(arguments, types, DataType::String, move |_, _| {
        Ok(Column::Constant(schema.clone()))
    });
    Ok(bound.never_null())
}
