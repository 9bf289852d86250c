//! Changed strings: case, padding, replacing, masking.

use super::super::entry::entry;
use super::super::math::random::{fresh_seed, random_text};
use super::super::{Arity, Display, Form, NullRule, ScalarFunction, Volatility};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, constant, expect_arguments, unexpected_null,
    value_out_of_range,
};
use crate::functions::{BindContext, Binding, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::lift::{
    Bytes, Rows, Text, column_of, constant_text, map3, rows_to_compute, write1, write2, write3,
};
use crate::kernel::replace_text::replace_text;
use crate::kernel::text::{self, Translation, mask::Mask, sentences};
use crate::kernel::value::values_to_array;
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use arrow::array::{AsArray, StringViewBuilder};
use arrow::datatypes::Int32Type;
use memchr::memmem;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["ucase"],
        display: Display::CallAsWritten,
        ..entry(
            "upper",
            "string_funcs",
            "1.0.1",
            Arity::Exact(1),
            bind_upper,
            "_FUNC_(str) - `str` in upper case.",
            &[("upper('SparkSql')", "SPARKSQL")],
        )
    },
    ScalarFunction {
        aliases: &["lcase"],
        display: Display::CallAsWritten,
        ..entry(
            "lower",
            "string_funcs",
            "1.0.1",
            Arity::Exact(1),
            bind_lower,
            "_FUNC_(str) - `str` in lower case.",
            &[("lower('SparkSql')", "sparksql")],
        )
    },
    entry(
        "initcap",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_initcap,
        "_FUNC_(str) - `str` with the first letter of every word in upper case and the others in lower case; words are parted by spaces.",
        &[("initcap('sPark sql')", "Spark Sql")],
    ),
    ScalarFunction {
        display: Display::Custom(pad_display),
        parameters: &["str", "len", "pad"],
        ..entry(
            "lpad",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[2, 3]),
            |context, arguments| bind_pad(context, arguments, true),
            "_FUNC_(str, len[, pad]) - `str` filled up at its start with `pad`, a space by default (for a binary, a zero byte), to `len` characters; cut off if it is longer.",
            &[
                ("lpad('hi', 5, '??')", "???hi"),
                ("lpad('hi', 1, '??')", "h"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(pad_display),
        parameters: &["str", "len", "pad"],
        ..entry(
            "rpad",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[2, 3]),
            |context, arguments| bind_pad(context, arguments, false),
            "_FUNC_(str, len[, pad]) - `str` filled up at its end with `pad`, a space by default (for a binary, a zero byte), to `len` characters; cut off if it is longer.",
            &[("rpad('hi', 5, '??')", "hi???")],
        )
    },
    entry(
        "repeat",
        "string_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_repeat,
        "_FUNC_(str, n) - `str`, `n` times over.",
        &[("repeat('123', 2)", "123123")],
    ),
    entry(
        "space",
        "string_funcs",
        "1.5.0",
        Arity::Exact(1),
        bind_space,
        "_FUNC_(n) - `n` spaces.",
        &[("concat(space(2), '1')", "  1")],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [text, search] => format!("{name}({text}, {search}, )"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "replace",
            "string_funcs",
            "2.3.0",
            Arity::OneOf(&[2, 3]),
            bind_replace,
            "_FUNC_(str, search[, replace]) - `str` with every `search` replaced, or removed.",
            &[("replace('ABCabc', 'abc', 'DEF')", "ABCDEF")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [text, with, position] => format!("{name}({text}, {with}, {position}, -1)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        parameters: &["input", "replace", "pos", "len"],
        ..entry(
            "overlay",
            "string_funcs",
            "3.0.0",
            Arity::OneOf(&[3, 4]),
            bind_overlay,
            "_FUNC_(input, replace, pos[, len]), _FUNC_(input PLACING replace FROM pos [FOR len]) - `input` with `len` characters from `pos` replaced; by default as many as `replace` has.",
            &[
                ("overlay('Spark SQL' PLACING '_' FROM 6)", "Spark_SQL"),
                ("overlay('Spark SQL', 'tructured', 2, 4)", "Structured SQL"),
            ],
        )
    },
    entry(
        "translate",
        "string_funcs",
        "1.5.0",
        Arity::Exact(3),
        bind_translate,
        "_FUNC_(input, from, to) - `input` with every character of `from` replaced by the one at the same place of `to`, or removed where `to` is shorter.",
        &[("translate('AaBbCc', 'abc', '123')", "A1B2C3")],
    ),
    entry(
        "quote",
        "string_funcs",
        "4.1.0",
        Arity::Exact(1),
        bind_quote,
        "_FUNC_(str) - `str` in single quotes, with single quotes in it escaped by a backslash.",
        &[("quote('Don\\'t')", "'Don\\'t'")],
    ),
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| {
            const DEFAULTS: [&str; 5] = ["", "X", "x", "n", "NULL"];
            let given = arguments.iter().copied();
            let all: Vec<&str> = given
                .chain(DEFAULTS.iter().skip(arguments.len()).copied())
                .collect();
            format!("{name}({})", all.join(", "))
        }),
        parameters: &["str", "upperChar", "lowerChar", "digitChar", "otherChar"],
        defaults: &[
            ("upperChar", Some("X")),
            ("lowerChar", Some("x")),
            ("digitChar", Some("n")),
            ("otherChar", None),
        ],
        ..entry(
            "mask",
            "string_funcs",
            "3.4.0",
            Arity::OneOf(&[1, 2, 3, 4, 5]),
            bind_mask,
            "_FUNC_(str[, upperChar[, lowerChar[, digitChar[, otherChar]]]]) - `str` with upper-case letters, lower-case letters, digits and other characters replaced by these characters ('X', 'x', 'n' and unchanged by default). NULL keeps characters of that kind.",
            &[
                ("mask('abcd-EFGH-8765-4321')", "xxxx-XXXX-nnnn-nnnn"),
                ("mask('AbCD123-@$#', 'Q', 'q', 'd', 'o')", "QqQQdddoooo"),
            ],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| match arguments {
            [text] => format!("{name}({text}, , )"),
            [text, language] => format!("{name}({text}, {language}, )"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "sentences",
            "string_funcs",
            "2.0.0",
            Arity::OneOf(&[1, 2, 3]),
            bind_sentences,
            "_FUNC_(str[, lang[, country]]) - The words of `str` as an array per sentence.",
            &[(
                "sentences('Hi there! Good morning.')",
                "[[\"Hi\",\"there\"],[\"Good\",\"morning\"]]",
            )],
        )
    },
    ScalarFunction {
        volatility: Volatility::Volatile,
        parameters: &["length", "seed"],
        form: Form::Kernel(bind_randstr),
        ..entry(
            "randstr",
            "string_funcs",
            "4.0.0",
            Arity::OneOf(&[1, 2]),
            bind_randstr,
            "_FUNC_(length[, seed]) - A string of `length` random characters of 0-9, a-z, A-Z. Equal seeds give equal strings.",
            &[("length(randstr(5))", "5")],
        )
    },
];

/// One STRING in, one out.
fn bind_text(
    context: &BindContext,
    arguments: &[BoundArgument],
    write: fn(&str, &mut String),
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            write1::<Text, Text>(&columns[0], rows, |text, output| {
                write(text, output);
                Ok(true)
            })
        },
    ))
}

fn bind_upper(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    bind_text(context, arguments, |text, output| {
        if text.is_ascii() {
            output.push_str(text);
            output.make_ascii_uppercase();
        } else {
            output.push_str(&text.to_uppercase());
        }
    })
}

fn bind_lower(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    bind_text(context, arguments, |text, output| {
        if text.is_ascii() {
            output.push_str(text);
            output.make_ascii_lowercase();
        } else {
            output.push_str(&text.to_lowercase());
        }
    })
}

fn bind_initcap(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    bind_text(context, arguments, text::initcap)
}

fn bind_quote(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    bind_text(context, arguments, text::quote)
}

fn pad_display(name: &str, arguments: &[&str]) -> String {
    match arguments {
        [bytes, length] if bytes.starts_with("X'") => format!("{name}({bytes}, {length}, X'00')"),
        [text, length] => format!("{name}({text}, {length},  )"),
        _ => format!("{name}({})", arguments.join(", ")),
    }
}

fn bind_pad(
    context: &BindContext,
    arguments: &[BoundArgument],
    on_left: bool,
) -> Result<ScalarBinding> {
    let is_binary = |argument: Option<&BoundArgument>| {
        argument.is_none_or(|argument| argument.data_type == DataType::Binary)
    };
    if is_binary(arguments.first()) && is_binary(arguments.get(2)) {
        let expected = [Expected::BINARY, Expected::INT, Expected::BINARY];
        let types = cast_arguments(context, arguments, &expected)?;
        return Ok(binding(
            arguments,
            types,
            DataType::Binary,
            move |columns, rows| match columns {
                [bytes, length, padding] => map3::<Bytes, Int32Type, Bytes, Bytes>(
                    bytes,
                    length,
                    padding,
                    rows,
                    |bytes, length, padding| text::pad_bytes(bytes, length, padding, on_left),
                ),
                _ => write2::<Bytes, Int32Type, Bytes>(
                    &columns[0],
                    &columns[1],
                    rows,
                    |bytes, length, output| {
                        *output = text::pad_bytes(bytes, length, &[0], on_left);
                        Ok(true)
                    },
                ),
            },
        ));
    }
    let expected = [Expected::STRING, Expected::INT, Expected::STRING];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| match columns {
            [text, length, padding] => write3::<Text, Int32Type, Text, Text>(
                text,
                length,
                padding,
                rows,
                |text, length, padding, output| {
                    text::pad(text, length, padding, on_left, output);
                    Ok(true)
                },
            ),
            _ => write2::<Text, Int32Type, Text>(
                &columns[0],
                &columns[1],
                rows,
                |text, length, output| {
                    text::pad(text, length, " ", on_left, output);
                    Ok(true)
                },
            ),
        },
    ))
}

fn bind_repeat(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING, Expected::INT])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write2::<Text, Int32Type, Text>(
                &columns[0],
                &columns[1],
                rows,
                |text, count, output| {
                    text::repeat(text, count, output);
                    Ok(true)
                },
            )
        },
    ))
}

fn bind_space(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            write1::<Int32Type, Text>(&columns[0], rows, |count, output| {
                text::repeat(" ", count, output);
                Ok(true)
            })
        },
    ))
}

/// `replace` of a column of texts by constants; None if it is not that.
fn replace_by_constant(columns: &[Column]) -> Option<Column> {
    let Column::Array(texts) = &columns[0] else {
        return None;
    };
    let texts = texts.as_string_view_opt()?;
    let search = constant_text(&columns[1]).filter(|search| !search.is_empty())?;
    let by = columns.get(2).map_or(Some(""), constant_text)?;
    Some(Column::Array(Arc::new(replace_text(texts, search, by))))
}

fn bind_replace(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    fn replace(text: &str, search: &str, by: &str, output: &mut String) {
        if search.is_empty() {
            output.push_str(text);
            return;
        }
        let mut behind = 0;
        for place in memmem::find_iter(text.as_bytes(), search.as_bytes()) {
            output.push_str(&text[behind..place]);
            output.push_str(by);
            behind = place + search.len();
        }
        output.push_str(&text[behind..]);
    }
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            if let Some(replaced) = replace_by_constant(columns) {
                return Ok(replaced);
            }
            match columns {
                [text, search, by] => write3::<Text, Text, Text, Text>(
                    text,
                    search,
                    by,
                    rows,
                    |text, search, by, output| {
                        replace(text, search, by, output);
                        Ok(true)
                    },
                ),
                _ => write2::<Text, Text, Text>(
                    &columns[0],
                    &columns[1],
                    rows,
                    |text, search, output| {
                        replace(text, search, "", output);
                        Ok(true)
                    },
                ),
            }
        },
    ))
}

fn bind_overlay(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [
        Expected::STRING_OR_BINARY,
        Expected::STRING_OR_BINARY,
        Expected::INT,
        Expected::INT,
    ];
    let types = cast_arguments(context, arguments, &expected)?;
    let binary = types[0] == DataType::Binary;
    if binary != (types[1] == DataType::Binary) {
        return Err(crate::functions::signature::data_diff_types(
            context,
            &arguments[..2],
        ));
    }
    let returns = if binary {
        DataType::Binary
    } else {
        DataType::String
    };
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let as_long_as_the_replacement;
        let length = match columns.get(3) {
            Some(length) => length,
            None => {
                let minus_one = arrow::array::Int32Array::from(vec![-1]);
                as_long_as_the_replacement = Column::Constant(Arc::new(minus_one));
                &as_long_as_the_replacement
            }
        };
        let all = [&columns[0], &columns[1], &columns[2], length];
        let positions = Rows::<Int32Type>::new(&columns[2])?;
        let lengths = Rows::<Int32Type>::new(length)?;
        let rows = rows_to_compute(&all, rows);
        if binary {
            let bytes = Rows::<Bytes>::new(&columns[0])?;
            let with = Rows::<Bytes>::new(&columns[1])?;
            let mut output = arrow::array::BinaryViewBuilder::with_capacity(rows);
            for row in 0..rows {
                let arguments = (
                    bytes.get(row),
                    with.get(row),
                    positions.get(row),
                    lengths.get(row),
                );
                output.append_option(match arguments {
                    (Some(bytes), Some(with), Some(position), Some(length)) => {
                        Some(text::overlay_bytes(bytes, with, position, length))
                    }
                    _ => None,
                });
            }
            return Ok(column_of(&all, Arc::new(output.finish())));
        }
        let texts = Rows::<Text>::new(&columns[0])?;
        let with = Rows::<Text>::new(&columns[1])?;
        let mut output = StringViewBuilder::with_capacity(rows);
        let mut buffer = String::new();
        for row in 0..rows {
            let arguments = (
                texts.get(row),
                with.get(row),
                positions.get(row),
                lengths.get(row),
            );
            match arguments {
                (Some(text), Some(with), Some(position), Some(length)) => {
                    buffer.clear();
                    text::overlay(text, with, position, length, &mut buffer);
                    output.append_value(&buffer);
                }
                _ => output.append_null(),
            }
        }
        Ok(column_of(&all, Arc::new(output.finish())))
    }))
}

fn bind_translate(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    // kept under `from`, a NUL and `to`: NUL in `from` itself would be ambiguous, so it is doubled
    let cache: CompileCache<Translation> = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            let compiler = std::cell::RefCell::new(RowCompiler::new(&cache));
            let key = std::cell::RefCell::new(String::new());
            write3::<Text, Text, Text, Text>(
                &columns[0],
                &columns[1],
                &columns[2],
                rows,
                |text, from, to, output| {
                    let (mut compiler, mut key) = (compiler.borrow_mut(), key.borrow_mut());
                    key.clear();
                    key.push_str(&from.replace('\0', "\0\0"));
                    key.push('\0');
                    key.push_str(to);
                    let map = compiler.get(&key, |_| Ok(Translation::new(from, to)))?;
                    map.apply(text, output);
                    Ok(true)
                },
            )
        },
    ))
}

fn bind_mask(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = expect_arguments(context, arguments, &[Expected::STRING])?;
    const NAMES: [&str; 5] = ["str", "upperChar", "lowerChar", "digitChar", "otherChar"];
    let mut characters = [Some('X'), Some('x'), Some('n'), None];
    for (index, character) in characters.iter_mut().enumerate() {
        if index + 1 >= arguments.len() {
            break;
        }
        let name = NAMES[index + 1];
        *character = match constant(context, arguments, index + 1, name)? {
            Value::Null => None,
            value => {
                let text = crate::functions::scalar::constant::as_text(value);
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(c), None) => Some(c),
                    _ => {
                        return Err(Error::new(
                            &conditions::DATATYPE_MISMATCH_INPUT_SIZE_NOT_ONE,
                            [
                                ("sqlExpr", quote::sql_expression(context.sql)),
                                ("exprName", name.to_string()),
                            ],
                        ));
                    }
                }
            }
        };
    }
    let [upper, lower, digit, other] = characters;
    let mask = Mask {
        upper,
        lower,
        digit,
        other,
    };
    let result = binding(arguments, types, DataType::String, move |columns, rows| {
        write1::<Text, Text>(&columns[0], rows, |text, output| {
            mask.apply(text, output);
            Ok(true)
        })
    });
    Ok(result.nullable())
}

fn bind_sentences(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let words = DataType::array(DataType::String, false);
    let returns = DataType::array(words, false);
    let result = returns.clone();
    let binding = binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let texts = Rows::<Text>::new(&columns[0])?;
        let rows = rows_to_compute(&all, rows);
        let values: Vec<Value> = (0..rows)
            .map(|row| match texts.get(row) {
                Some(text) => Value::Array(
                    sentences::sentences(text)
                        .into_iter()
                        .map(|words| Value::Array(words.into_iter().map(Value::from).collect()))
                        .collect(),
                ),
                None => Value::Null,
            })
            .collect();
        Ok(column_of(&all, values_to_array(&values, &result)?))
    });
    Ok(binding.nullable())
}

fn bind_randstr(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::INT, Expected::BIGINT])?;
    let length = match constant(context, arguments, 0, "length")? {
        Value::Null => return Err(unexpected_null(context, "`length`")),
        value => value.as_i64().unwrap_or(0),
    };
    if !(0..=i64::from(i32::MAX)).contains(&length) {
        return Err(value_out_of_range(
            context,
            "`length`",
            "[0, 2147483647]",
            &length.to_string(),
        ));
    }
    let seed = match arguments.get(1) {
        Some(_) => constant(context, arguments, 1, "seed")?
            .as_i64()
            .unwrap_or(0),
        None => fresh_seed(context.sql),
    };
    Ok(Binding {
        arguments: types,
        returns: DataType::String,
        nullable: false,
        kernel: random_text(length as usize, seed),
    })
}
