//! Parts of a string: `substring`, `left`, `right`, `trim`, `split_part`, …

use super::super::entry::entry;
use super::super::{Arity, Display, ScalarFunction};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bytes, Text, write2, write3};
use crate::kernel::string_slice::{slice1, slice2, slice3};
use crate::kernel::text::{self, TrimSet, TrimSide};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::Int32Array;
use arrow::datatypes::Int32Type;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["substr"],
        display: Display::Custom(|name, arguments| match arguments {
            [text, position] => format!("{name}({text}, {position}, 2147483647)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        parameters: &["str", "pos", "len"],
        ..entry(
            "substring",
            "string_funcs",
            "1.0.0",
            Arity::OneOf(&[2, 3]),
            bind_substring,
            "_FUNC_(str, pos[, len]) - The part of `str` that begins at character `pos` and has `len` characters, or goes on to the end. A negative `pos` counts from the end. Works on bytes if `str` is binary.",
            &[
                ("substring('Spark SQL', 5)", "k SQL"),
                ("substring('Spark SQL', -3)", "SQL"),
                ("substring('Spark SQL', 5, 1)", "k"),
            ],
        )
    },
    ScalarFunction {
        parameters: &["str", "len"],
        ..entry(
            "left",
            "string_funcs",
            "2.3.0",
            Arity::Exact(2),
            bind_left,
            "_FUNC_(str, len) - The first `len` characters of `str`; empty if `len` is not positive.",
            &[("left('Spark SQL', 3)", "Spa")],
        )
    },
    ScalarFunction {
        parameters: &["str", "len"],
        ..entry(
            "right",
            "string_funcs",
            "2.3.0",
            Arity::Exact(2),
            bind_right,
            "_FUNC_(str, len) - The last `len` characters of `str`; empty if `len` is not positive.",
            &[("right('Spark SQL', 3)", "SQL")],
        )
    },
    entry(
        "substring_index",
        "string_funcs",
        "1.5.0",
        Arity::Exact(3),
        bind_substring_index,
        "_FUNC_(str, delim, count) - What stands before the `count`-th `delim` in `str`; with a negative `count`, what stands behind the delimiter counted from the end.",
        &[
            ("substring_index('www.apache.org', '.', 2)", "www.apache"),
            ("substring_index('www.apache.org', '.', -1)", "org"),
        ],
    ),
    entry(
        "split_part",
        "string_funcs",
        "3.3.0",
        Arity::Exact(3),
        bind_split_part,
        "_FUNC_(str, delimiter, partNum) - The `partNum`-th piece of `str` between delimiters, from the end if negative; empty if there are not so many.",
        &[
            ("split_part('11.12.13', '.', 3)", "13"),
            ("split_part('11.12.13', '.', -3)", "11"),
        ],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| trim_display(name, "BOTH", arguments)),
        ..entry(
            "trim",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_trim(context, arguments, TrimSide::Both, true),
            "_FUNC_(str) - `str` without the spaces at both ends.\n_FUNC_(trimStr, str), _FUNC_([BOTH|LEADING|TRAILING] [trimStr] FROM str) - `str` without the characters of `trimStr` at its ends.",
            &[
                ("trim('  SparkSQL  ')", "SparkSQL"),
                ("trim(BOTH 'SL' FROM 'SSparkSQLS')", "parkSQ"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| trim_display(name, "LEADING", arguments)),
        ..entry(
            "ltrim",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_trim(context, arguments, TrimSide::Leading, true),
            "_FUNC_(str) - `str` without the spaces at its start.\n_FUNC_(trimStr, str) - `str` without the characters of `trimStr` at its start.",
            &[
                ("ltrim('  SparkSQL')", "SparkSQL"),
                ("ltrim('Sp', 'SSparkSQLS')", "arkSQLS"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| trim_display(name, "TRAILING", arguments)),
        ..entry(
            "rtrim",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[1, 2]),
            |context, arguments| bind_trim(context, arguments, TrimSide::Trailing, true),
            "_FUNC_(str) - `str` without the spaces at its end.\n_FUNC_(trimStr, str) - `str` without the characters of `trimStr` at its end.",
            &[
                ("rtrim('SparkSQL   ')", "SparkSQL"),
                ("rtrim('LQSa', 'SSparkSQLSa')", "SSpark"),
            ],
        )
    },
    entry(
        "btrim",
        "string_funcs",
        "3.2.0",
        Arity::OneOf(&[1, 2]),
        |context, arguments| bind_trim(context, arguments, TrimSide::Both, false),
        "_FUNC_(str[, trimStr]) - `str` without the characters of `trimStr`, or spaces, at both ends.",
        &[
            ("btrim('  SparkSQL  ')", "SparkSQL"),
            ("btrim('SSparkSQLS', 'SL')", "parkSQ"),
        ],
    ),
];

fn bind_substring(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(
        context,
        arguments,
        &[Expected::STRING_OR_BINARY, Expected::INT, Expected::INT],
    )?;
    let returns = super::text_or_binary(&[&types[0]]);
    let binary = returns == DataType::Binary;
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let to_the_end;
        let length = match columns.get(2) {
            Some(length) => length,
            None => {
                to_the_end = Column::Constant(Arc::new(Int32Array::from(vec![i32::MAX])));
                &to_the_end
            }
        };
        if binary {
            return write3::<Bytes, Int32Type, Int32Type, Bytes>(
                &columns[0],
                &columns[1],
                length,
                rows,
                |bytes, position, length, output| {
                    let range = text::substring_bytes(bytes, position, length);
                    output.extend_from_slice(&bytes[range]);
                    Ok(true)
                },
            );
        }
        slice3::<Int32Type, Int32Type>(
            &columns[0],
            &columns[1],
            length,
            rows,
            |text, position, length| Ok(Some(text::substring(text, position, length))),
        )
    }))
}

fn bind_left(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING_OR_BINARY, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let returns = super::text_or_binary(&[&types[0]]);
    if returns == DataType::Binary {
        return Ok(binding(arguments, types, returns, |columns, rows| {
            write2::<Bytes, Int32Type, Bytes>(
                &columns[0],
                &columns[1],
                rows,
                |bytes, count, output| {
                    output.extend_from_slice(&bytes[text::substring_bytes(bytes, 1, count)]);
                    Ok(true)
                },
            )
        }));
    }
    Ok(binding(arguments, types, returns, |columns, rows| {
        slice2::<Int32Type>(&columns[0], &columns[1], rows, |text, count| {
            Ok(Some(text::left(text, count)))
        })
    }))
}

fn bind_right(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING, Expected::INT])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            slice2::<Int32Type>(&columns[0], &columns[1], rows, |text, count| {
                Ok(Some(text::right(text, count)))
            })
        },
    ))
}

fn bind_substring_index(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            slice3::<Text, Int32Type>(
                &columns[0],
                &columns[1],
                &columns[2],
                rows,
                |text, delimiter, count| Ok(Some(text::substring_index(text, delimiter, count))),
            )
        },
    ))
}

fn bind_split_part(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        |columns, rows| {
            slice3::<Text, Int32Type>(
                &columns[0],
                &columns[1],
                &columns[2],
                rows,
                |text, delimiter, part| {
                    if part == 0 {
                        return Err(Error::of(&conditions::INVALID_INDEX_OF_ZERO));
                    }
                    Ok(Some(text::split_part(text, delimiter, part)))
                },
            )
        },
    ))
}

/// `TRIM(BOTH x FROM s)` where there are characters to trim, else `trim(s)`.
fn trim_display(name: &str, side: &str, arguments: &[&str]) -> String {
    match arguments {
        [set, text] => format!("TRIM({side} {set} FROM {text})"),
        _ => format!("{name}({})", arguments.join(", ")),
    }
}

/// `set_first`: the characters come before the text, as in `trim(set, text)`.
fn bind_trim(
    context: &BindContext,
    arguments: &[BoundArgument],
    side: TrimSide,
    set_first: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            let (text, set) = match columns {
                [set, text] if set_first => (text, Some(set)),
                [text, set] => (text, Some(set)),
                [text] => (text, None),
                _ => return Err(Error::internal("trim takes one or two arguments")),
            };
            let Some(set) = set else {
                return slice1(text, rows, |text| Ok(Some(TrimSet::Space.trim(side, text))));
            };
            if set.is_null_constant() || !set.is_constant() {
                return slice2::<Text>(text, set, rows, |text, set| {
                    Ok(Some(TrimSet::of(set).trim(side, text)))
                });
            }
            let set = crate::kernel::lift::Rows::<Text>::new(set)?;
            let set = TrimSet::of(set.value(0));
            slice1(text, rows, |text| Ok(Some(set.trim(side, text))))
        },
    ))
}
