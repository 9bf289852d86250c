//! Between text and time: `to_date`, `to_timestamp`, `date_format`, `unix_timestamp`, `from_unixtime`.
//!
//! Without a pattern, reading is CAST. With one, a text that does not fit is `CANNOT_PARSE_TIMESTAMP` in ANSI
//! mode, else NULL. A pattern is compiled once where it is constant, which it nearly always is.

use super::{datetime, session_zone};
use crate::error::conditions::CANNOT_PARSE_TIMESTAMP;
use crate::error::{Error, Result, quote};
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, any_nullable, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::MICROS_PER_SECOND;
use crate::kernel::cast::{Cast, Mode};
use crate::kernel::compile_cache::{CompileCache, RowCompiler};
use crate::kernel::datetime_pattern::{DatetimePattern, Parsed};
use crate::kernel::datetime_text::now_micros;
use crate::kernel::lift::{Rows, Text, column_of, map1, retype, rows_to_compute};
use crate::kernel::time_zone::TimeZone;
use crate::types::DataType;
use crate::types::coercion::{Expected, can_cast};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array, StringViewArray};
use arrow::array::{PrimitiveBuilder, StringViewBuilder};
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use std::sync::Arc;

const ONE_OR_TWO: Arity = Arity::OneOf(&[1, 2]);

/// The entries.
#[rustfmt::skip]
pub static FUNCTIONS: &[ScalarFunction] = &[
    datetime("to_date", "1.5.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::Date, false),
        "_FUNC_(date_str[, fmt]) - The date that a text gives, by a pattern or as CAST reads it.",
        &[("to_date('2009-07-30 04:17:52')", "2009-07-30"), ("to_date('2016-12-31', 'yyyy-MM-dd')", "2016-12-31")]),
    datetime("try_to_date", "4.0.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::Date, true),
        "_FUNC_(date_str[, fmt]) - Like to_date, but NULL for a text that gives no date.",
        &[("try_to_date('2016-12-31', 'yyyy-MM-dd')", "2016-12-31"), ("try_to_date('foo', 'yyyy-MM-dd')", "NULL")]),
    datetime("to_timestamp", "2.2.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::configured(c), false),
        "_FUNC_(timestamp_str[, fmt]) - The timestamp that a text gives, by a pattern or as CAST reads it.",
        &[("to_timestamp('2016-12-31 00:12:00')", "2016-12-31 00:12:00"), ("to_timestamp('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00")]),
    datetime("try_to_timestamp", "3.3.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::configured(c), true),
        "_FUNC_(timestamp_str[, fmt]) - Like to_timestamp, but NULL for a text that gives no timestamp.",
        &[("try_to_timestamp('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00"), ("try_to_timestamp('foo', 'yyyy-MM-dd')", "NULL")]),
    datetime("to_timestamp_ltz", "3.4.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::Timestamp, false),
        "_FUNC_(timestamp_str[, fmt]) - The TIMESTAMP that a text gives, by a pattern or as CAST reads it.",
        &[("to_timestamp_ltz('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00")]),
    datetime("to_timestamp_ntz", "3.4.0", ONE_OR_TWO, |c, a| bind_read(c, a, Target::TimestampNtz, false),
        "_FUNC_(timestamp_str[, fmt]) - The TIMESTAMP_NTZ that a text gives, by a pattern or as CAST reads it.",
        &[("to_timestamp_ntz('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00")]),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [] => format!("{name}(current_timestamp(), {DEFAULT_PATTERN})"),
            [time] => format!("{name}({time}, {DEFAULT_PATTERN})"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime("unix_timestamp", "1.5.0", Arity::OneOf(&[0, 1, 2]), bind_unix,
            "_FUNC_([timeExp[, fmt]]) - Seconds since 1970-01-01 00:00:00 UTC of a time, of a text by a pattern \
             (`yyyy-MM-dd HH:mm:ss` if missing), or of now.",
            &[("unix_timestamp('2016-04-08', 'yyyy-MM-dd')", "1460098800")])
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [time] => format!("{name}({time}, {DEFAULT_PATTERN})"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime("to_unix_timestamp", "1.6.0", ONE_OR_TWO, bind_unix,
            "_FUNC_(timeExp[, fmt]) - Seconds since 1970-01-01 00:00:00 UTC of a time, or of a text by a \
             pattern (`yyyy-MM-dd HH:mm:ss` if missing).",
            &[("to_unix_timestamp('2016-04-08', 'yyyy-MM-dd')", "1460098800")])
    },
    datetime("date_format", "1.5.0", Arity::Exact(2), bind_format,
        "_FUNC_(timestamp, fmt) - The time as text, by a pattern.",
        &[("date_format('2016-04-08', 'y')", "2016"), ("date_format(DATE'2020-01-01', 'EEEE, d MMMM')", "Wednesday, 1 January")]),
    ScalarFunction {
        display: Display::Custom(|name, arguments| match arguments {
            [seconds] => format!("{name}({seconds}, {DEFAULT_PATTERN})"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime("from_unixtime", "1.5.0", ONE_OR_TWO, bind_from_unix,
            "_FUNC_(unix_time[, fmt]) - The time so many seconds after 1970-01-01 00:00:00 UTC as text, by a \
             pattern (`yyyy-MM-dd HH:mm:ss` if missing).",
            &[("from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')", "1969-12-31 16:00:00")])
    },
];

const DEFAULT_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Date,
    Timestamp,
    TimestampNtz,
}

impl Target {
    /// What TIMESTAMP means in the session.
    fn configured(context: &BindContext) -> Target {
        match context.config.get("spark.sql.timestampType") {
            Some(name) if name.eq_ignore_ascii_case("TIMESTAMP_NTZ") => Target::TimestampNtz,
            _ => Target::Timestamp,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Target::Date => DataType::Date,
            Target::Timestamp => DataType::Timestamp,
            Target::TimestampNtz => DataType::TimestampNtz,
        }
    }

    /// The function that gives NULL instead of an error.
    fn try_function(self) -> &'static str {
        match self {
            Target::Date => "try_to_date",
            Target::Timestamp | Target::TimestampNtz => "try_to_timestamp",
        }
    }
}

#[cold]
fn cannot_parse(message: String, target: Target) -> Error {
    Error::new(
        &CANNOT_PARSE_TIMESTAMP,
        [
            ("message", message),
            ("func", quote::identifier(target.try_function())),
        ],
    )
}

static TIMES: &[Expected] = &[
    Expected::STRING,
    Expected::DATE,
    Expected::TIMESTAMP,
    Expected::TIMESTAMP_NTZ,
];

fn bind_read(
    context: &BindContext,
    arguments: &[BoundArgument],
    target: Target,
    is_try: bool,
) -> Result<ScalarBinding> {
    let ansi = context.config.ansi();
    let source = &arguments[0].data_type;
    let returns = target.data_type();
    let fails = ansi && !is_try;
    if arguments.len() == 1 || source.is_datetime() {
        // A plain cast; the pattern is for texts only. Numbers count seconds, other types go through text.
        let mut types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
        if !(source.is_numeric() && target != Target::Date && can_cast(source, &returns, ansi)) {
            let expected = [Expected::OneOf(TIMES)];
            types[0] = cast_arguments(context, &arguments[..1], &expected)?.swap_remove(0);
        }
        let mode = if is_try {
            Mode::Try
        } else {
            Mode::of(context.config)
        };
        let cast = Cast::new(&types[0], &returns, mode, context.config)?;
        let kernel = move |columns: &[Column], rows: usize| cast.eval(&columns[0], rows);
        return Ok(binding(arguments, types, returns, kernel).nullable_if(!fails));
    }
    let expected = [Expected::OneOf(TIMES), Expected::STRING];
    let types = cast_arguments(context, arguments, &expected)?;
    let zone = session_zone(context)?;
    let cache = CompileCache::default();
    let kernel = move |columns: &[Column], rows: usize| {
        let (texts, patterns) = (&columns[0], &columns[1]);
        let reader = PatternReader {
            cache: &cache,
            target,
            fails,
        };
        match target {
            Target::Date => reader.read::<Date32Type>(texts, patterns, rows, Parsed::date),
            Target::Timestamp => {
                reader
                    .read::<TimestampMicrosecondType>(texts, patterns, rows, |p| p.timestamp(&zone))
            }
            Target::TimestampNtz => reader.read::<TimestampMicrosecondType>(
                texts,
                patterns,
                rows,
                Parsed::timestamp_ntz,
            ),
        }
    };
    Ok(binding(arguments, types, returns, kernel).nullable_if(!fails))
}

/// Reads texts by patterns.
struct PatternReader<'a> {
    cache: &'a CompileCache<DatetimePattern>,
    target: Target,
    fails: bool,
}

impl PatternReader<'_> {
    fn read<T: ArrowPrimitiveType>(
        &self,
        texts: &Column,
        patterns: &Column,
        rows: usize,
        resolve: impl Fn(&Parsed) -> Result<T::Native, String>,
    ) -> Result<Column> {
        let columns = [texts, patterns];
        let rows = rows_to_compute(&columns, rows);
        let (text, pattern) = (Rows::<Text>::new(texts)?, Rows::<Text>::new(patterns)?);
        let mut compiler = RowCompiler::new(self.cache);
        let mut builder = PrimitiveBuilder::<T>::with_capacity(rows);
        for row in 0..rows {
            let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
                builder.append_null();
                continue;
            };
            let pattern = compiler.get(pattern, DatetimePattern::for_parse)?;
            match pattern.parse(text).and_then(|parsed| resolve(&parsed)) {
                Ok(value) => builder.append_value(value),
                Err(message) if self.fails => return Err(cannot_parse(message, self.target)),
                Err(_) => builder.append_null(),
            }
        }
        let array: ArrayRef = Arc::new(builder.finish());
        let array = match self.target {
            _ if T::DATA_TYPE == arrow::datatypes::DataType::Int64 => array,
            target => retype(array, &target.data_type())?,
        };
        Ok(column_of(&columns, array))
    }
}

fn bind_unix(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let zone = session_zone(context)?;
    if arguments.is_empty() {
        // The same for all rows of the query.
        let now: ArrayRef = Arc::new(Int64Array::from(vec![now_micros() / MICROS_PER_SECOND]));
        let kernel = move |_: &[Column], _| Ok(Column::Constant(now.clone()));
        return Ok(binding(arguments, Vec::new(), DataType::Long, kernel));
    }
    let expected = [Expected::OneOf(TIMES), Expected::STRING];
    let types = cast_arguments(context, arguments, &expected)?;
    let fails = context.config.ansi();
    let nullable = any_nullable(arguments) || !fails;
    let cache = CompileCache::default();
    let source = types[0].clone();
    let default: Column = Column::Constant(Arc::new(StringViewArray::from(vec![DEFAULT_PATTERN])));
    let kernel = move |columns: &[Column], rows: usize| match source {
        DataType::Date => map1::<Date32Type, Int64Type>(&columns[0], rows, |days| {
            zone.start_of_day(days).div_euclid(MICROS_PER_SECOND)
        }),
        DataType::Timestamp | DataType::TimestampNtz => {
            map1::<TimestampMicrosecondType, Int64Type>(&columns[0], rows, |micros| {
                micros.div_euclid(MICROS_PER_SECOND)
            })
        }
        _ => {
            let reader = PatternReader {
                cache: &cache,
                target: Target::Timestamp,
                fails,
            };
            let patterns = columns.get(1).unwrap_or(&default);
            reader.read::<Int64Type>(&columns[0], patterns, rows, |parsed| {
                Ok(parsed.timestamp(&zone)?.div_euclid(MICROS_PER_SECOND))
            })
        }
    };
    Ok(binding(arguments, types, DataType::Long, kernel).nullable_if(nullable))
}

fn bind_format(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::TIMESTAMP, Expected::STRING])?;
    let zone = session_zone(context)?;
    let cache = CompileCache::default();
    Ok(binding(
        arguments,
        types,
        DataType::String,
        move |columns, rows| format_column(&columns[0], &columns[1], rows, &zone, &cache, 1),
    ))
}

fn bind_from_unix(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BIGINT, Expected::STRING])?;
    let zone = session_zone(context)?;
    let cache = CompileCache::default();
    let default: Column = Column::Constant(Arc::new(StringViewArray::from(vec![DEFAULT_PATTERN])));
    Ok(
        binding(arguments, types, DataType::String, move |columns, rows| {
            let patterns = columns.get(1).unwrap_or(&default);
            format_column(
                &columns[0],
                patterns,
                rows,
                &zone,
                &cache,
                MICROS_PER_SECOND,
            )
        })
        .nullable(),
    )
}

/// Instants, in units of `scale` microseconds, as text.
fn format_column(
    times: &Column,
    patterns: &Column,
    rows: usize,
    zone: &TimeZone,
    cache: &CompileCache<DatetimePattern>,
    scale: i64,
) -> Result<Column> {
    let columns = [times, patterns];
    let rows = rows_to_compute(&columns, rows);
    let values = times.values();
    let micros: &[i64] = match values.data_type() {
        arrow::datatypes::DataType::Int64 => values.as_primitive::<Int64Type>().values(),
        _ => values.as_primitive::<TimestampMicrosecondType>().values(),
    };
    let pattern = Rows::<Text>::new(patterns)?;
    let mut compiler = RowCompiler::new(cache);
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        let index = times.index(row);
        let (false, Some(pattern)) = (values.is_null(index), pattern.get(row)) else {
            builder.append_null();
            continue;
        };
        text.clear();
        let pattern = compiler.get(pattern, DatetimePattern::for_format)?;
        pattern.write_timestamp(micros[index].saturating_mul(scale), zone, &mut text);
        builder.append_value(&text);
    }
    Ok(column_of(&columns, Arc::new(builder.finish())))
}
