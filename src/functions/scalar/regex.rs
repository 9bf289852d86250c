//! Regular expressions: `rlike`, `regexp_*`, `split`.
//!
//! Patterns are Java's ([`crate::kernel::java_regex`]), nearly always constant, and compiled once.

use super::entry::entry;
use super::{Arity, Display, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, constant, value_out_of_range,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::java_regex::{JavaRegex, Replacement};
use crate::kernel::lift::{
    Bool, Rows, Text, column_of, constant_text, rows_to_compute, try_map1, try_map2, union_nulls,
};
use crate::kernel::string_slice::{Slicer, slice2, slice3};
use crate::kernel::text;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{Array, ArrayRef, AsArray, ListArray, StringViewBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{Field, Int32Type};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["regexp", "regexp_like"],
        display: Display::Custom(|name, arguments| {
            format!("{}({})", name.to_uppercase(), arguments.join(", "))
        }),
        ..entry(
            "rlike",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(2),
            bind_rlike,
            "_FUNC_(str, regexp), str RLIKE regexp - Whether the Java regular expression is found in `str`.",
            &[
                ("rlike('2024-05-01', '^\\\\d{4}-')", "true"),
                ("'Spark' RLIKE 'S.*k'", "true"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_default(name, arguments, 3, "1")),
        parameters: &["str", "regexp", "rep", "position"],
        ..entry(
            "regexp_replace",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[3, 4]),
            bind_replace,
            "_FUNC_(str, regexp, rep[, position]) - `str` with what `regexp` matches from character `position` on replaced by `rep`, in which `$1` stands for the first group.",
            &[
                ("regexp_replace('100-200', '(\\\\d+)', 'num')", "num-num"),
                ("regexp_replace('a-b', '(\\\\w)-(\\\\w)', '$2-$1')", "b-a"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_default(name, arguments, 2, "1")),
        ..entry(
            "regexp_extract",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[2, 3]),
            bind_extract,
            "_FUNC_(str, regexp[, idx]) - What group `idx`, the first by default, of the first match of `regexp` in `str` holds; group 0 is the entire match. Empty if there is no match.",
            &[("regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 2)", "200")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_default(name, arguments, 2, "1")),
        ..entry(
            "regexp_extract_all",
            "string_funcs",
            "3.1.0",
            Arity::OneOf(&[2, 3]),
            bind_extract_all,
            "_FUNC_(str, regexp[, idx]) - What group `idx` of every match of `regexp` in `str` holds.",
            &[(
                "regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1)",
                "[\"100\",\"300\"]",
            )],
        )
    },
    entry(
        "regexp_count",
        "string_funcs",
        "3.4.0",
        Arity::Exact(2),
        bind_count,
        "_FUNC_(str, regexp) - How often `regexp` matches in `str`.",
        &[("regexp_count('abcabc', 'b.')", "2")],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_default(name, arguments, 2, "0")),
        ..entry(
            "regexp_instr",
            "string_funcs",
            "3.4.0",
            Arity::OneOf(&[2, 3]),
            bind_instr,
            "_FUNC_(str, regexp) - Position of the first match of `regexp` in `str`, from 1; 0 if there is none.",
            &[("regexp_instr('user@spark.apache.org', '@[^.]*')", "5")],
        )
    },
    entry(
        "regexp_substr",
        "string_funcs",
        "3.4.0",
        Arity::Exact(2),
        bind_substr,
        "_FUNC_(str, regexp) - The first part of `str` that `regexp` matches; NULL if there is none.",
        &[(
            "regexp_substr('Steven Jones and Stephen Smith', 'Ste(v|ph)en')",
            "Steven",
        )],
    ),
    ScalarFunction {
        display: Display::Custom(|name, arguments| with_default(name, arguments, 2, "-1")),
        ..entry(
            "split",
            "string_funcs",
            "1.5.0",
            Arity::OneOf(&[2, 3]),
            bind_split,
            "_FUNC_(str, regex[, limit]) - The pieces of `str` between matches of `regex`; at most `limit` pieces if that is positive.",
            &[
                (
                    "split('oneAtwoBthreeC', '[ABC]')",
                    "[\"one\",\"two\",\"three\",\"\"]",
                ),
                (
                    "split('oneAtwoBthreeC', '[ABC]', 2)",
                    "[\"one\",\"twoBthreeC\"]",
                ),
            ],
        )
    },
];

/// The call with the value of an argument that was left out.
fn with_default(name: &str, arguments: &[&str], index: usize, default: &str) -> String {
    if arguments.len() > index {
        return format!("{name}({})", arguments.join(", "));
    }
    format!("{name}({}, {default})", arguments.join(", "))
}

fn compile(function: &str, pattern: &str) -> Result<JavaRegex> {
    JavaRegex::compile(pattern).map_err(|error| {
        Error::new(
            &conditions::INVALID_PARAMETER_VALUE_PATTERN,
            [
                ("parameter", quote::identifier("regexp")),
                ("functionName", quote::identifier(function)),
                ("value", format!("'{pattern}'")),
            ],
        )
        .caused_by(error.0)
    })
}

/// Compiles the pattern of each row of a batch.
struct Patterns<'a> {
    function: &'static str,
    compiler: RefCell<RowCompiler<'a, JavaRegex>>,
}

impl<'a> Patterns<'a> {
    fn new(function: &'static str, cache: &'a CompileCache<JavaRegex>) -> Self {
        Patterns {
            function,
            compiler: RefCell::new(RowCompiler::new(cache)),
        }
    }

    #[inline]
    fn with<T>(&self, pattern: &str, run: impl FnOnce(&JavaRegex) -> Result<T>) -> Result<T> {
        let mut compiler = self.compiler.borrow_mut();
        run(compiler.get(pattern, |pattern| compile(self.function, pattern))?)
    }
}

fn bind_rlike(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |columns, rows| {
            let patterns = Patterns::new("rlike", &cache);
            if let Some(pattern) = constant_text(&columns[1]) {
                return patterns.with(pattern, |regex| {
                    if let Column::Array(array) = &columns[0]
                        && let Some(array) = array.as_string_view_opt()
                    {
                        return Ok(Column::Array(Arc::new(regex.is_match_array(array)?)));
                    }
                    let found = |text: &str| Ok(Some(regex.is_match(text)?));
                    try_map1::<Text, Bool>(&columns[0], rows, found)
                });
            }
            try_map2::<Text, Text, Bool>(&columns[0], &columns[1], rows, |text, pattern| {
                patterns.with(pattern, |regex| Ok(Some(regex.is_match(text)?)))
            })
        },
    ))
}

fn bind_replace(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [
        Expected::STRING,
        Expected::STRING,
        Expected::STRING,
        Expected::INT,
    ];
    let types = cast_arguments(context, arguments, &expected)?;
    let position = match arguments.get(3) {
        None => Some(1),
        Some(_) => constant(context, arguments, 3, "position")?.as_i64(),
    };
    if let Some(position) = position
        && position < 1
    {
        let range = "(0, 2147483647]";
        return Err(value_out_of_range(
            context,
            "position",
            range,
            &position.to_string(),
        ));
    }
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| replace(columns, rows, position.unwrap_or(1) as i32, &cache),
    ))
}

fn replace(
    columns: &[Column],
    rows: usize,
    position: i32,
    cache: &CompileCache<JavaRegex>,
) -> Result<Column> {
    let all: Vec<&Column> = columns.iter().collect();
    let rows = rows_to_compute(&all, rows);
    let nulls = union_nulls(&all, rows);
    let texts = Rows::<Text>::new(&columns[0])?;
    let patterns = Rows::<Text>::new(&columns[1])?;
    let replacements = Rows::<Text>::new(&columns[2])?;
    let mut compiler = RowCompiler::new(cache);
    let mut parsed: Option<(String, Arc<JavaRegex>, Replacement)> = None;
    let mut output = StringViewBuilder::with_capacity(rows);
    let mut buffer = String::new();
    for row in 0..rows {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            output.append_null();
            continue;
        }
        let (text, pattern) = (texts.value(row), patterns.value(row));
        let with = replacements.value(row);
        let regex = compiler.get(pattern, |pattern| compile("regexp_replace", pattern))?;
        let skipped = if position > 1 {
            text::left(text, position - 1).end
        } else {
            0
        };
        // a search beyond the end does not take place
        if skipped > 0 && skipped == text.len() {
            output.append_value(text);
            continue;
        }
        let (head, tail) = text.split_at(skipped);
        if regex.find_at(tail, 0)?.is_none() {
            output.append_value(text);
            continue;
        }
        let fresh = !matches!(&parsed, Some((key, of, _)) if key == with && Arc::ptr_eq(of, regex));
        if fresh {
            let replacement = Replacement::parse(with, regex).map_err(|error| {
                Error::new(
                    &conditions::INVALID_REGEXP_REPLACE,
                    [
                        ("source", text.to_string()),
                        ("pattern", pattern.to_string()),
                        ("replacement", with.to_string()),
                        ("position", position.to_string()),
                    ],
                )
                .caused_by(error.0)
            })?;
            parsed = Some((with.to_string(), regex.clone(), replacement));
        }
        buffer.clear();
        buffer.push_str(head);
        if let Some((_, _, replacement)) = &parsed {
            replacement.replace_all(regex, tail, &mut buffer)?;
        }
        output.append_value(&buffer);
    }
    Ok(column_of(&all, Arc::new(output.finish())))
}

/// The group number of `regexp_extract` and `regexp_extract_all` as an index.
fn group_index(function: &str, regex: &JavaRegex, group: i32) -> Result<usize> {
    match usize::try_from(group) {
        Ok(index) if index <= regex.group_count() => Ok(index),
        _ => Err(Error::new(
            &conditions::INVALID_PARAMETER_VALUE_REGEX_GROUP_INDEX,
            [
                ("parameter", quote::identifier("idx")),
                ("functionName", quote::identifier(function)),
                ("groupCount", regex.group_count().to_string()),
                ("groupIndex", group.to_string()),
            ],
        )),
    }
}

fn extract(regex: &JavaRegex, text: &str, group: i32) -> Result<Range<usize>> {
    let found = if group == 0 {
        regex.find_at(text, 0)?
    } else {
        match regex.captures_at(text, 0)? {
            Some(groups) => groups.get(group_index("regexp_extract", regex, group)?),
            None => None,
        }
    };
    Ok(found.map_or(0..0, |(start, end)| start..end))
}

fn bind_extract(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| {
            let patterns = Patterns::new("regexp_extract", &cache);
            match columns {
                [texts, pattern, group] => slice3::<Text, Int32Type>(
                    texts,
                    pattern,
                    group,
                    rows,
                    |text, pattern, group| {
                        patterns.with(pattern, |regex| Ok(Some(extract(regex, text, group)?)))
                    },
                ),
                _ => slice2::<Text>(&columns[0], &columns[1], rows, |text, pattern| {
                    patterns.with(pattern, |regex| Ok(Some(extract(regex, text, 1)?)))
                }),
            }
        },
    ))
}

/// Lists of parts of strings.
struct PartLists<'a> {
    parts: Slicer<'a>,
    offsets: Vec<i32>,
}

impl<'a> PartLists<'a> {
    fn new(source: &'a dyn Array, rows: usize) -> Result<Self> {
        let source = source.as_string_view_opt();
        let source = source.ok_or_else(|| Error::internal("not a string column"))?;
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Ok(PartLists {
            parts: Slicer::new(source, rows * 4),
            offsets,
        })
    }

    fn end_row(&mut self) -> Result<()> {
        let end = i32::try_from(self.parts.len());
        self.offsets
            .push(end.map_err(|_| Error::unsupported("batches of so many strings"))?);
        Ok(())
    }

    fn finish(self, nulls: Option<arrow::buffer::NullBuffer>) -> ArrayRef {
        let field = Field::new("element", arrow::datatypes::DataType::Utf8View, false);
        let offsets = OffsetBuffer::new(self.offsets.into());
        let values = Arc::new(self.parts.finish());
        Arc::new(ListArray::new(Arc::new(field), offsets, values, nulls))
    }
}

fn bind_extract_all(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let cache: CompileCache<JavaRegex> = CompileCache::default();
    let returns = DataType::array(DataType::String, false);
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let nulls = union_nulls(&all, rows);
        let texts = Rows::<Text>::new(&columns[0])?;
        let patterns = Rows::<Text>::new(&columns[1])?;
        let groups = columns.get(2).map(Rows::<Int32Type>::new).transpose()?;
        let compiled = Patterns::new("regexp_extract_all", &cache);
        let mut lists = PartLists::new(columns[0].values().as_ref(), rows)?;
        for row in 0..rows {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                let group = groups.as_ref().map_or(1, |groups| groups.value(row));
                let (text, index) = (texts.value(row), columns[0].index(row));
                compiled.with(patterns.value(row), |regex| {
                    let (mut problem, mut number) = (None, None);
                    regex.for_each_capture(text, |found| {
                        if number.is_none() {
                            match group_index("regexp_extract_all", regex, group) {
                                Ok(index) => number = Some(index),
                                Err(error) => problem = Some(error),
                            }
                        }
                        let Some(number) = number else { return false };
                        let (start, end) = found.get(number).unwrap_or((0, 0));
                        if let Err(error) = lists.parts.push(index, Some(start..end)) {
                            problem = Some(error);
                        }
                        problem.is_none()
                    })?;
                    problem.map_or(Ok(()), Err)
                })?;
            }
            lists.end_row()?;
        }
        Ok(column_of(&all, lists.finish(nulls)))
    }))
}

fn bind_count(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, rows| {
            let patterns = Patterns::new("regexp_count", &cache);
            try_map2::<Text, Text, Int32Type>(&columns[0], &columns[1], rows, |text, pattern| {
                patterns.with(pattern, |regex| {
                    let mut count = 0;
                    regex.for_each_match(text, |_, _| {
                        count += 1;
                        true
                    })?;
                    Ok(Some(count))
                })
            })
        },
    ))
}

/// The third argument is accepted and has no effect, as in Spark, but for being NULL.
fn bind_instr(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |columns, rows| {
            let patterns = Patterns::new("regexp_instr", &cache);
            try_map2::<Text, Text, Int32Type>(&columns[0], &columns[1], rows, |text, pattern| {
                patterns.with(pattern, |regex| {
                    Ok(Some(match regex.find_at(text, 0)? {
                        Some((start, _)) => text::character_count(&text[..start]) as i32 + 1,
                        None => 0,
                    }))
                })
            })
        },
    ))
}

fn bind_substr(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let cache = CompileCache::default();
    let bound = binding(arguments, types, DataType::String, move |columns, rows| {
        let patterns = Patterns::new("regexp_substr", &cache);
        slice2::<Text>(&columns[0], &columns[1], rows, |text, pattern| {
            patterns.with(pattern, |regex| {
                Ok(regex.find_at(text, 0)?.map(|(start, end)| start..end))
            })
        })
    });
    Ok(bound.nullable())
}

fn bind_split(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let expected = [Expected::STRING, Expected::STRING, Expected::INT];
    let types = cast_arguments(context, arguments, &expected)?;
    let cache: CompileCache<JavaRegex> = CompileCache::default();
    let returns = DataType::array(DataType::String, false);
    Ok(binding(arguments, types, returns, move |columns, rows| {
        let all: Vec<&Column> = columns.iter().collect();
        let rows = rows_to_compute(&all, rows);
        let nulls = union_nulls(&all, rows);
        let texts = Rows::<Text>::new(&columns[0])?;
        let patterns = Rows::<Text>::new(&columns[1])?;
        let limits = columns.get(2).map(Rows::<Int32Type>::new).transpose()?;
        let compiled = Patterns::new("split", &cache);
        let mut lists = PartLists::new(columns[0].values().as_ref(), rows)?;
        for row in 0..rows {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                let limit = limits.as_ref().map_or(-1, |limits| limits.value(row));
                let (text, index) = (texts.value(row), columns[0].index(row));
                let mut push = |piece: &str| {
                    let start = piece.as_ptr() as usize - text.as_ptr() as usize;
                    lists.parts.push(index, Some(start..start + piece.len()))
                };
                let pattern = patterns.value(row);
                if pattern.is_empty() {
                    split_characters(text, limit, &mut push)?;
                } else if let Some(delimiter) = literal_delimiter(pattern) {
                    split_literally(text, delimiter, limit, &mut push)?;
                } else {
                    let mut problem = Ok(());
                    compiled.with(pattern, |regex| {
                        regex.split(text, limit, |piece| {
                            if problem.is_ok() {
                                problem = push(piece);
                            }
                        })
                    })?;
                    problem?;
                }
            }
            lists.end_row()?;
        }
        Ok(column_of(&all, lists.finish(nulls)))
    }))
}

/// The one text that a pattern matches, if it is written plainly: `,`, `\\.`, `[|]`.
fn literal_delimiter(pattern: &str) -> Option<char> {
    let mut characters = pattern.chars();
    let c = match (
        characters.next()?,
        characters.next(),
        characters.next(),
        characters.next(),
    ) {
        (c, None, None, None) if !"\\[](){}.*+?^$|".contains(c) => c,
        ('\\', Some(c), None, None) if c.is_ascii_punctuation() => c,
        ('[', Some(c), Some(']'), None) if !"\\^[]&".contains(c) => c,
        _ => return None,
    };
    Some(c)
}

fn split_literally<'t>(
    text: &'t str,
    delimiter: char,
    limit: i32,
    push: &mut impl FnMut(&'t str) -> Result<()>,
) -> Result<()> {
    if limit > 0 {
        return text.splitn(limit as usize, delimiter).try_for_each(push);
    }
    text.split(delimiter).try_for_each(push)
}

/// An empty pattern splits into characters; the last of `limit` pieces holds the rest.
fn split_characters<'t>(
    text: &'t str,
    limit: i32,
    push: &mut impl FnMut(&'t str) -> Result<()>,
) -> Result<()> {
    if text.is_empty() {
        return push(text);
    }
    let mut rest = text;
    let mut count = 0;
    while let Some(c) = rest.chars().next() {
        count += 1;
        if limit > 0 && count == limit {
            return push(rest);
        }
        let (head, tail) = rest.split_at(c.len_utf8());
        push(head)?;
        rest = tail;
    }
    Ok(())
}
