//! Finding strings in strings.

use super::super::entry::entry;
use super::super::{Arity, Display, NullRule, ScalarFunction};
use crate::error::Result;
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::lift::{Bool, Bytes, Rows, Text, column_of, map2, rows_to_compute};
use crate::kernel::like::LikePattern;
use crate::kernel::text;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{AsArray, Int32Builder};
use arrow::datatypes::Int32Type;
use memchr::memmem;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "instr",
        "string_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_instr,
        "_FUNC_(str, substr) - Position of the first `substr` in `str`, from 1; 0 if there is none.",
        &[("instr('SparkSQL', 'SQL')", "6")],
    ),
    ScalarFunction {
        aliases: &["position"],
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| match arguments {
            [needle, text] => format!("{name}({needle}, {text}, 1)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "locate",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[2, 3]),
            bind_locate,
            "_FUNC_(substr, str[, pos]), position(substr IN str) - Position of the first `substr` in `str` at or behind `pos`, from 1; 0 if there is none.",
            &[
                ("locate('bar', 'foobarbar')", "4"),
                ("locate('bar', 'foobarbar', 5)", "7"),
                ("POSITION('bar' IN 'foobarbar')", "4"),
            ],
        )
    },
    entry(
        "find_in_set",
        "string_funcs",
        "1.5.0",
        Arity::Exact(2),
        bind_find_in_set,
        "_FUNC_(str, str_array) - Position of `str` in a comma-separated list, from 1; 0 if it is not there or has a comma itself.",
        &[("find_in_set('ab', 'abc,b,ab,c,def')", "3")],
    ),
    entry(
        "contains",
        "string_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_test(context, arguments, Test::Contains),
        "_FUNC_(left, right) - Whether `right` is somewhere in `left`. Both strings or both binaries.",
        &[
            ("contains('Spark SQL', 'Spark')", "true"),
            ("contains('Spark SQL', 'SPARK')", "false"),
        ],
    ),
    entry(
        "startswith",
        "string_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_test(context, arguments, Test::StartsWith),
        "_FUNC_(left, right) - Whether `left` begins with `right`. Both strings or both binaries.",
        &[("startswith('Spark SQL', 'Spark')", "true")],
    ),
    entry(
        "endswith",
        "string_funcs",
        "3.3.0",
        Arity::Exact(2),
        |context, arguments| bind_test(context, arguments, Test::EndsWith),
        "_FUNC_(left, right) - Whether `left` ends with `right`. Both strings or both binaries.",
        &[("endswith('Spark SQL', 'SQL')", "true")],
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Contains,
    StartsWith,
    EndsWith,
}

impl Test {
    fn holds(self, text: &[u8], part: &[u8]) -> bool {
        match self {
            Test::Contains => memmem::find(text, part).is_some(),
            Test::StartsWith => text.starts_with(part),
            Test::EndsWith => text.ends_with(part),
        }
    }

    /// The same question as a LIKE pattern, whose kernel is fast for a constant.
    fn pattern(self, part: &str) -> Option<LikePattern> {
        let mut escaped = String::with_capacity(part.len() + 2);
        if self != Test::StartsWith {
            escaped.push('%');
        }
        for c in part.chars() {
            if matches!(c, '%' | '_' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        if self != Test::EndsWith {
            escaped.push('%');
        }
        LikePattern::compile(&escaped, '\\').ok()
    }
}

fn bind_test(
    context: &BindContext,
    arguments: &[BoundArgument],
    test: Test,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING_OR_BINARY])?;
    if super::text_or_binary(&[&types[0], &types[1]]) == DataType::Binary {
        return Ok(binding(
            arguments,
            types,
            DataType::Boolean,
            move |columns, rows| {
                map2::<Bytes, Bytes, Bool>(&columns[0], &columns[1], rows, |text, part| {
                    test.holds(text, part)
                })
            },
        ));
    }
    let types = vec![DataType::String; 2];
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            if let (Column::Array(texts), part) = (&columns[0], &columns[1])
                && part.is_constant()
                && !part.is_null_constant()
                && let Some(texts) = texts.as_string_view_opt()
                && let Some(pattern) = test.pattern(Rows::<Text>::new(part)?.value(0))
            {
                return Ok(Column::Array(Arc::new(pattern.matches_array(texts))));
            }
            map2::<Text, Text, Bool>(&columns[0], &columns[1], rows, |text, part| {
                test.holds(text.as_bytes(), part.as_bytes())
            })
        },
    ))
}

fn bind_instr(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| {
            map2::<Text, Text, Int32Type>(&columns[0], &columns[1], rows, |text, part| {
                text::instr(text, part)
            })
        },
    ))
}

/// A NULL position gives 0, other NULLs give NULL.
fn bind_locate(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let needles = Rows::<Text>::new(&columns[0])?;
            let texts = Rows::<Text>::new(&columns[1])?;
            let starts = match columns.get(2) {
                Some(starts) => Some(Rows::<Int32Type>::new(starts)?),
                None => None,
            };
            let rows = rows_to_compute(&all, rows);
            let mut output = Int32Builder::with_capacity(rows);
            for row in 0..rows {
                let start = starts.as_ref().map_or(Some(1), |starts| starts.get(row));
                output.append_option(match (needles.get(row), texts.get(row), start) {
                    (_, _, None) => Some(0),
                    (Some(needle), Some(text), Some(start)) => {
                        Some(text::locate(needle, text, start))
                    }
                    _ => None,
                });
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}

fn bind_find_in_set(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        |columns, rows| {
            map2::<Text, Text, Int32Type>(&columns[0], &columns[1], rows, |item, list| {
                text::find_in_set(item, list)
            })
        },
    ))
}
