//! `LIKE` and its kin.

use super::entry::entry;
use super::{Arity, Display, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::lift::{Bool, Rows, Text, column_of, rows_to_compute, try_map2, write1};
use crate::kernel::like::{EscapeError, LikePattern};
use crate::types::coercion::Expected;
use crate::types::{DataType, Value};
use arrow::array::{AsArray, BooleanBuilder};
use std::cell::RefCell;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Custom(|_, arguments| match arguments {
            [text, pattern, escape] => format!("{text} LIKE {pattern} ESCAPE '{escape}'"),
            _ => arguments.join(" LIKE "),
        }),
        ..entry(
            "like",
            "predicate_funcs",
            "1.0.0",
            Arity::OneOf(&[2, 3]),
            |context, arguments| bind_like(context, arguments, false),
            "str _FUNC_ pattern [ESCAPE escape] - Whether `str` is like `pattern`, in which `%` stands for any characters and `_` for one. `escape`, a backslash by default, before either takes its meaning away.",
            &[
                ("'Spark' LIKE '_park'", "true"),
                ("'50%' LIKE '50/%' ESCAPE '/'", "true"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [text, pattern, escape] => format!("{name}({text}, {pattern}) ESCAPE '{escape}'"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "ilike",
            "predicate_funcs",
            "3.3.0",
            Arity::OneOf(&[2, 3]),
            |context, arguments| bind_like(context, arguments, true),
            "str _FUNC_ pattern [ESCAPE escape] - Like LIKE, whatever the case of letters.",
            &[("'Spark' ILIKE '_PARK'", "true")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "likeall",
            "internal",
            "3.0.0",
            Arity::AtLeast(1),
            |context, arguments| bind_quantified(context, arguments, Quantifier::All, false),
            "str LIKE ALL (pattern, …) - Whether `str` is like every pattern.",
            &[],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "notlikeall",
            "internal",
            "3.0.0",
            Arity::AtLeast(1),
            |context, arguments| bind_quantified(context, arguments, Quantifier::All, true),
            "str NOT LIKE ALL (pattern, …) - Whether `str` is like none of the patterns.",
            &[],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "likeany",
            "internal",
            "3.0.0",
            Arity::AtLeast(1),
            |context, arguments| bind_quantified(context, arguments, Quantifier::Any, false),
            "str LIKE ANY (pattern, …) - Whether `str` is like some pattern.",
            &[],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "notlikeany",
            "internal",
            "3.0.0",
            Arity::AtLeast(1),
            |context, arguments| bind_quantified(context, arguments, Quantifier::Any, true),
            "str NOT LIKE ANY (pattern, …) - Whether `str` is not like some pattern.",
            &[],
        )
    },
];

/// A text as a SQL literal, as Spark shows it in errors.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn compile(pattern: &str, escape: char) -> Result<LikePattern> {
    LikePattern::compile(pattern, escape).map_err(|error| match error {
        EscapeError::AtTheEnd => Error::new(
            &conditions::INVALID_FORMAT_ESC_AT_THE_END,
            [("format", literal(pattern))],
        ),
        EscapeError::Before(c) => Error::new(
            &conditions::INVALID_FORMAT_ESC_IN_THE_MIDDLE,
            [
                ("format", literal(pattern)),
                ("char", literal(&c.to_string())),
            ],
        ),
    })
}

/// The escape character: a constant of one character.
fn escape_of(arguments: &[BoundArgument]) -> Result<char> {
    let Some(argument) = arguments.get(2) else {
        return Ok('\\');
    };
    let mut characters = match &argument.constant {
        Some(Value::String(text)) => text.chars(),
        _ => "".chars(),
    };
    match (characters.next(), characters.next()) {
        (Some(escape), None) => Ok(escape),
        _ => Err(Error::new(
            &conditions::INVALID_ESCAPE_CHAR,
            [("sqlExpr", quote::sql_expression(&argument.sql))],
        )),
    }
}

fn bind_like(
    context: &BindContext,
    arguments: &[BoundArgument],
    ignore_case: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let escape = escape_of(arguments)?;
    let cache: CompileCache<LikePattern> = CompileCache::default();
    let compile = move |pattern: &str| compile(pattern, escape);
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            if !ignore_case {
                return like(&columns[0], &columns[1], rows, &cache, &compile);
            }
            let lower = |column: &Column| {
                write1::<Text, Text>(column, rows, |text, output| {
                    output.push_str(&text.to_lowercase());
                    Ok(true)
                })
            };
            like(
                &lower(&columns[0])?,
                &lower(&columns[1])?,
                rows,
                &cache,
                &compile,
            )
        },
    ))
}

fn like(
    texts: &Column,
    patterns: &Column,
    rows: usize,
    cache: &CompileCache<LikePattern>,
    compile: &dyn Fn(&str) -> Result<LikePattern>,
) -> Result<Column> {
    if let Column::Array(array) = texts
        && patterns.is_constant()
        && !patterns.is_null_constant()
        && let Some(array) = array.as_string_view_opt()
    {
        let pattern = cache.get(Rows::<Text>::new(patterns)?.value(0), compile)?;
        return Ok(Column::Array(Arc::new(pattern.matches_array(array))));
    }
    let compiler = RefCell::new(RowCompiler::new(cache));
    try_map2::<Text, Text, Bool>(texts, patterns, rows, |text, pattern| {
        Ok(Some(
            compiler.borrow_mut().get(pattern, compile)?.matches(text),
        ))
    })
}

/// How many of the patterns must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    All,
    Any,
}

fn bind_quantified(
    context: &BindContext,
    arguments: &[BoundArgument],
    quantifier: Quantifier,
    negated: bool,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let caches: Vec<CompileCache<LikePattern>> = arguments
        .iter()
        .skip(1)
        .map(|_| CompileCache::default())
        .collect();
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            let all: Vec<&Column> = columns.iter().collect();
            let rows = rows_to_compute(&all, rows);
            let texts = Rows::<Text>::new(&columns[0])?;
            let mut patterns = Vec::with_capacity(columns.len());
            for (column, cache) in columns[1..].iter().zip(&caches) {
                patterns.push((Rows::<Text>::new(column)?, RowCompiler::new(cache)));
            }
            // one answer decides: a miss for ALL, a hit for ANY
            let decisive = quantifier == Quantifier::Any;
            let mut output = BooleanBuilder::with_capacity(rows);
            for row in 0..rows {
                let Some(text) = texts.get(row) else {
                    output.append_null();
                    continue;
                };
                let mut answer = Some(!decisive);
                for (pattern, compiler) in &mut patterns {
                    let Some(pattern) = pattern.get(row) else {
                        answer = None;
                        continue;
                    };
                    let hit = compiler.get(pattern, |p| compile(p, '\\'))?.matches(text);
                    if (hit != negated) == decisive {
                        answer = Some(decisive);
                        break;
                    }
                }
                output.append_option(answer);
            }
            Ok(column_of(&all, Arc::new(output.finish())))
        },
    ))
}
