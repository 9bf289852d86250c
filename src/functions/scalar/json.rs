//! JSON in strings: `get_json_object`, `from_json`, `to_json`, `schema_of_json`.

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
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::json::{
    InferOptions, Json, JsonPath, JsonReader, JsonWriter, ParseOptions, infer, parse,
};
use crate::kernel::lift::{Rows, Text, column_of, rows_to_compute, try_map1, try_map2};
use crate::kernel::text_formats::TextFormats;
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::{array_to_value, values_to_array};
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use arrow::array::{Array, StringViewArray, StringViewBuilder};
use arrow::datatypes::Int32Type;
use std::cell::RefCell;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "get_json_object",
        "json_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_get,
        "_FUNC_(json_txt, path) - What stands at a path such as `$.a[0].b` in a JSON text; NULL if there is nothing or the text is no JSON.",
        &[("get_json_object('{\"a\":\"b\"}', '$.a')", "b")],
    ),
    entry(
        "json_array_length",
        "json_funcs",
        "3.1.0",
        Arity::Exact(1),
        bind_array_length,
        "_FUNC_(jsonArray) - Number of elements of a JSON array; NULL for anything else.",
        &[("json_array_length('[1,2,3,4]')", "4")],
    ),
    entry(
        "json_object_keys",
        "json_funcs",
        "3.1.0",
        Arity::Exact(1),
        bind_object_keys,
        "_FUNC_(json_object) - The names of the outermost JSON object as an array; NULL for anything else.",
        &[("json_object_keys('{\"key\": \"value\"}')", "[\"key\"]")],
    ),
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| {
            // Spark calls a map read from JSON by the field that it parses it into.
            let is_map = |schema: &&str| schema.trim_start().to_uppercase().starts_with("MAP<");
            match arguments.get(1).filter(|schema| is_map(schema)) {
                Some(_) => "entries".to_string(),
                None => first_argument_only(name, arguments),
            }
        }),
        ..entry(
            "from_json",
            "json_funcs",
            "2.2.0",
            Arity::OneOf(&[2, 3]),
            bind_from_json,
            "_FUNC_(jsonStr, schema[, options]) - The value of type `schema` that a JSON text writes.",
            &[(
                "from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')",
                "{\"a\":1,\"b\":0.8}",
            )],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(first_argument_only),
        ..entry(
            "to_json",
            "json_funcs",
            "2.2.0",
            Arity::OneOf(&[1, 2]),
            bind_to_json,
            "_FUNC_(expr[, options]) - A struct, array or map as JSON text.",
            &[("to_json(named_struct('a', 1, 'b', 2))", "{\"a\":1,\"b\":2}")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(first_argument_only),
        ..entry(
            "schema_of_json",
            "json_funcs",
            "2.4.0",
            Arity::OneOf(&[1, 2]),
            bind_schema_of,
            "_FUNC_(json[, options]) - The type of a constant JSON text.",
            &[(
                "schema_of_json('[{\"col\":0}]')",
                "ARRAY<STRUCT<col: BIGINT>>",
            )],
        )
    },
];

fn first_argument_only(name: &str, arguments: &[&str]) -> String {
    format!("{name}({})", arguments.first().unwrap_or(&""))
}

fn parsed(text: &str) -> Option<Json<'_>> {
    parse(text, ParseOptions::default()).ok().flatten()
}

fn bind_get(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    let cache: CompileCache<Option<JsonPath>> = CompileCache::default();
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let compiler = RefCell::new(RowCompiler::new(&cache));
        try_map2::<Text, Text, Text>(&columns[0], &columns[1], rows, |text, path| {
            let mut compiler = compiler.borrow_mut();
            let path = compiler.get(path, |path| Ok(JsonPath::compile(path)))?;
            let Some(path) = path.as_ref() else {
                return Ok(None);
            };
            Ok(parsed(text).and_then(|json| path.find(&json)))
        })
    });
    Ok(bound.nullable())
}

fn bind_array_length(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    let bound = binding(arguments, types, DataType::Integer, |columns, rows| {
        try_map1::<Text, Int32Type>(&columns[0], rows, |text| match parsed(text) {
            Some(Json::Array(elements, _)) => Ok(Some(elements.len() as i32)),
            _ => Ok(None),
        })
    });
    Ok(bound.nullable())
}

fn bind_object_keys(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    let returns = DataType::array(DataType::String, true);
    let result = returns.clone();
    let bound = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let texts = Rows::<Text>::new(&columns[0])?;
        let keys = |row: usize| match texts.get(row).and_then(parsed) {
            Some(Json::Object(fields, _)) => Value::Array(
                fields
                    .iter()
                    .map(|(name, _)| Value::from(name.as_ref()))
                    .collect(),
            ),
            _ => Value::Null,
        };
        let values: Vec<Value> = (0..rows).map(keys).collect();
        Ok(column_of(&all, values_to_array(&values, &result)?))
    });
    Ok(bound.nullable())
}

fn parse_options(options: &Options) -> ParseOptions {
    let defaults = ParseOptions::default();
    ParseOptions {
        unquoted_names: options.flag("allowUnquotedFieldNames", defaults.unquoted_names),
        single_quotes: options.flag("allowSingleQuotes", defaults.single_quotes),
        non_numeric_numbers: options.flag("allowNonNumericNumbers", defaults.non_numeric_numbers),
        leading_zeros: options.flag("allowNumericLeadingZeros", defaults.leading_zeros),
        any_escape: options.flag("allowBackslashEscapingAnyCharacter", defaults.any_escape),
        control_characters: options.flag("allowUnquotedControlChars", defaults.control_characters),
        comments: options.flag("allowComments", defaults.comments),
    }
}

fn formats(context: &BindContext, options: &Options) -> Result<TextFormats> {
    let zone = TimeZone::of(context.config.time_zone())?;
    TextFormats::new(|name| options.get(name).map(str::to_string), zone)
}

fn check_schema(context: &BindContext, schema: &DataType) -> Result<()> {
    let failed = |condition| {
        Err(Error::new(
            condition,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("schema", quote::sql_type(schema)),
            ],
        ))
    };
    match schema {
        DataType::Struct(_) | DataType::Array { .. } => Ok(()),
        DataType::Map { key, .. } if key.is_string() => Ok(()),
        DataType::Map { .. } => failed(&conditions::DATATYPE_MISMATCH_INVALID_JSON_MAP_KEY_TYPE),
        _ => failed(&conditions::DATATYPE_MISMATCH_INVALID_JSON_SCHEMA),
    }
}

fn bind_from_json(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let schema = schema_argument(arguments, 1)?;
    let options = Options::of(arguments, 2)?;
    let fail_fast = options.fail_fast(context)?;
    check_schema(context, &schema)?;
    let mut types = expect_arguments(context, &arguments[..1], &[Expected::STRING])?;
    types.extend(
        arguments[1..]
            .iter()
            .map(|argument| argument.data_type.clone()),
    );
    let returns = schema.as_nullable();
    let (read_as, corrupt) = match &returns {
        DataType::Struct(fields) => {
            let (fields, place) = without_corrupt_column(fields, &options.corrupt_column(context));
            (DataType::Struct(fields), place)
        }
        other => (other.clone(), None),
    };
    let reader = JsonReader {
        parse: parse_options(&options),
        formats: formats(context, &options)?,
    };
    let result = returns.clone();
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
            let (mut value, malformed) = match reader.read(text, &read_as) {
                None => {
                    values.push(Value::Null);
                    continue;
                }
                Some(Ok(value)) => (value, false),
                Some(Err(error)) if fail_fast => return Err(malformed_record(&error.partial)),
                Some(Err(error)) => (error.partial, true),
            };
            if let (Some(place), Value::Struct(fields)) = (corrupt, &mut value) {
                let record = if malformed {
                    Value::from(text)
                } else {
                    Value::Null
                };
                fields.insert(place.min(fields.len()), record);
            }
            values.push(value);
        }
        Ok(column_of(&all, values_to_array(&values, &result)?))
    });
    Ok(bound.nullable())
}

fn bind_to_json(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let options = Options::of(arguments, 1)?;
    let data_type = arguments[0].data_type.clone();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    match data_type {
        DataType::Struct(_) | DataType::Array { .. } | DataType::Map { .. } => {}
        DataType::Null => {
            let null: Arc<dyn Array> = Arc::new(StringViewArray::new_null(1));
            return Ok(binding(arguments, types, DataType::String, move |_, _| {
                Ok(Column::Constant(null.clone()))
            }));
        }
        _ => {
            return Err(Error::new(
                &conditions::DATATYPE_MISMATCH_INVALID_JSON_SCHEMA,
                [
                    ("sqlExpr", quote::sql_expression(context.sql)),
                    ("schema", quote::sql_type(&data_type)),
                ],
            ));
        }
    }
    let ignore = context
        .config
        .get("spark.sql.jsonGenerator.ignoreNullFields")
        != Some("false");
    let writer = JsonWriter {
        formats: formats(context, &options)?,
        ignore_null_fields: options.flag("ignoreNullFields", ignore),
        pretty: options.flag("pretty", false),
    };
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let all = [&columns[0]];
        let rows = rows_to_compute(&all, rows);
        let values = columns[0].values();
        let mut output = StringViewBuilder::with_capacity(rows);
        let mut buffer = String::new();
        for row in 0..rows {
            match array_to_value(values, columns[0].index(row), &data_type)? {
                Value::Null => output.append_null(),
                value => {
                    buffer.clear();
                    writer.write(&value, &data_type, &mut buffer);
                    output.append_value(&buffer);
                }
            }
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    });
    Ok(bound.nullable())
}

fn bind_schema_of(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    expect_arguments(context, &arguments[..1], &[Expected::STRING])?;
    let options = Options::of(arguments, 1)?;
    let text = match constant(context, arguments, 0, "json")? {
        Value::Null => return Err(unexpected_null(context, "json")),
        value => as_text(value),
    };
    let infer_options = InferOptions {
        primitives_as_string: options.flag("primitivesAsString", false),
        prefers_decimal: options.flag("prefersDecimal", false),
        timestamps: match options.flag("inferTimestamp", false) {
            true => Some(formats(context, &options)?),
            false => None,
        },
    };
    let Ok(json) = parse(&text, parse_options(&options)) else {
        return Err(Error::new(
            &conditions::FAILED_FUNCTION_CALL,
            [("funcName", quote::identifier(context.name))],
        )
        .caused_by("the text is no JSON"));
    };
    let schema = infer(json.as_ref(), &infer_options).sql();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let schema: Arc<dyn Array> = Arc::new(StringViewArray::from(vec![schema]));
    let bound = binding(arguments, types, DataType::String, move |_, _| {
        Ok(Column::Constant(schema.clone()))
    });
    Ok(bound.never_null())
}
