//! The functions of the DataFrame API, as in
//! [`pyspark.sql.functions`](https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/functions.html).
//!
//! The most used ones have a Rust function each; every other built-in is reached by [`call_function`] or, in
//! SQL, by [`expr`].

use super::column::{Column, IntoColumn, IntoOperand};
use crate::plan::unresolved::ExpressionKind;
use crate::sql;

/// The column of a name: `"a"`, `"t.a"`, `` "`odd name`" ``, `"*"`, `"t.*"`.
pub fn col(name: &str) -> Column {
    let (star, prefix) = match name.strip_suffix('*') {
        Some("") => {
            return Column::of_kind(ExpressionKind::Star {
                target: Vec::new(),
                except: Vec::new(),
            });
        }
        Some(prefix) if prefix.ends_with('.') => (true, &prefix[..prefix.len() - 1]),
        _ => (false, name),
    };
    match sql::parse_identifier(prefix) {
        Ok(target) if star => Column::of_kind(ExpressionKind::Star {
            target,
            except: Vec::new(),
        }),
        Ok(parts) => Column::of_kind(ExpressionKind::Attribute {
            parts,
            plan_id: None,
        }),
        Err(error) => Column::failed(error),
    }
}

/// The column of a name; the same as [`col`].
pub fn column(name: &str) -> Column {
    col(name)
}

/// A constant.
pub fn lit(value: impl IntoOperand) -> Column {
    value.into_operand()
}

/// An expression in SQL: `expr("a + 1 AS b")`.
pub fn expr(text: &str) -> Column {
    match sql::parse_expression(text, &sql::ParseOptions::default()) {
        Ok(expression) => Column::new(expression),
        Err(error) => Column::failed(error),
    }
}

/// A call of any function by name, built-in or the user's.
pub fn call_function<C: IntoColumn>(name: &str, columns: impl IntoIterator<Item = C>) -> Column {
    Column::call(name, columns.into_iter().map(IntoColumn::into_column))
}

/// `CASE WHEN condition THEN value`; goes on with [`Column::when`] and [`Column::otherwise`].
pub fn when(condition: Column, value: impl IntoOperand) -> Column {
    Column::call("when", [condition, value.into_operand()])
}

/// Marks the smaller side of a join to be broadcast, whatever its size.
pub fn broadcast(frame: &super::DataFrame) -> crate::error::Result<super::DataFrame> {
    frame.hint("broadcast", Vec::<Column>::new())
}

/// `count(DISTINCT columns)`
pub fn count_distinct<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> Column {
    call_function("count", columns).distinct()
}

/// `sum(DISTINCT column)`
pub fn sum_distinct(column: impl IntoColumn) -> Column {
    call_function("sum", [column]).distinct()
}

/// The number of rows in each group where the column is not NULL; `count("*")` counts rows.
pub fn count(column: impl IntoColumn) -> Column {
    let column = column.into_column();
    let is_star = matches!(&column.clone().expression(), Ok(e) if matches!(*e.kind, ExpressionKind::Star { .. }));
    Column::call("count", [if is_star { lit(1) } else { column }])
}

/// The first value of each group; with `ignore_nulls`, the first that is not NULL.
pub fn first(column: impl IntoColumn, ignore_nulls: bool) -> Column {
    call_function("first", [column]).ignore_nulls(ignore_nulls)
}

/// The last value of each group; with `ignore_nulls`, the last that is not NULL.
pub fn last(column: impl IntoColumn, ignore_nulls: bool) -> Column {
    call_function("last", [column]).ignore_nulls(ignore_nulls)
}

/// The value `offset` rows before in the window, or NULL.
pub fn lag(column: impl IntoColumn, offset: i32) -> Column {
    Column::call("lag", [column.into_column(), lit(offset)])
}

/// The value `offset` rows behind in the window, or NULL.
pub fn lead(column: impl IntoColumn, offset: i32) -> Column {
    Column::call("lead", [column.into_column(), lit(offset)])
}

/// The bucket, from 1 to `buckets`, of each row of an ordered window.
pub fn ntile(buckets: i32) -> Column {
    Column::call("ntile", [lit(buckets)])
}

/// Rounded half up to `scale` digits behind the point.
pub fn round(column: impl IntoColumn, scale: i32) -> Column {
    Column::call("round", [column.into_column(), lit(scale)])
}

/// `length` characters from position `start`, counted from 1.
pub fn substring(column: impl IntoColumn, start: i32, length: i32) -> Column {
    Column::call("substring", [column.into_column(), lit(start), lit(length)])
}

/// The parts of a string between matches of a regular expression.
pub fn split(column: impl IntoColumn, pattern: &str) -> Column {
    Column::call("split", [column.into_column(), lit(pattern)])
}

/// A string with every match of a regular expression replaced.
pub fn regexp_replace(column: impl IntoColumn, pattern: &str, replacement: &str) -> Column {
    Column::call(
        "regexp_replace",
        [column.into_column(), lit(pattern), lit(replacement)],
    )
}

/// A group of the first match of a regular expression.
pub fn regexp_extract(column: impl IntoColumn, pattern: &str, group: i32) -> Column {
    Column::call(
        "regexp_extract",
        [column.into_column(), lit(pattern), lit(group)],
    )
}

/// A timestamp cut down to a unit: `date_trunc("month", "pickup")`.
pub fn date_trunc(unit: &str, column: impl IntoColumn) -> Column {
    Column::call("date_trunc", [lit(unit), column.into_column()])
}

/// A date or timestamp as text in a pattern.
pub fn date_format(column: impl IntoColumn, pattern: &str) -> Column {
    Column::call("date_format", [column.into_column(), lit(pattern)])
}

/// Text as a timestamp, in a pattern.
pub fn to_timestamp(column: impl IntoColumn, pattern: &str) -> Column {
    Column::call("to_timestamp", [column.into_column(), lit(pattern)])
}

/// Strings put together with a separator between them.
pub fn concat_ws<C: IntoColumn>(separator: &str, columns: impl IntoIterator<Item = C>) -> Column {
    let columns = columns.into_iter().map(IntoColumn::into_column);
    Column::call("concat_ws", std::iter::once(lit(separator)).chain(columns))
}

macro_rules! constants {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        $($(#[doc = $doc])* pub fn $name() -> Column {
            Column::call(stringify!($name), [])
        })*
    };
}

constants! {
    /// The rank of each row in its ordered window, with gaps.
    rank,
    /// The rank of each row in its ordered window, without gaps.
    dense_rank,
    /// The number of each row in its ordered window.
    row_number,
    /// The relative rank of each row.
    percent_rank,
    /// The share of rows up to each row.
    cume_dist,
    /// Today, in the session's time zone.
    current_date,
    /// Now.
    current_timestamp,
    /// A number that grows along the rows, unique but with gaps.
    monotonically_increasing_id,
    /// The number of the partition that a row is in.
    spark_partition_id,
    /// The file that a row was read from.
    input_file_name,
}

macro_rules! unary {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        $($(#[doc = $doc])* pub fn $name(column: impl IntoColumn) -> Column {
            Column::call(stringify!($name), [column.into_column()])
        })*
    };
}

unary! {
    /// The sum of each group.
    sum,
    /// The mean of each group.
    avg,
    /// The mean of each group.
    mean,
    /// The smallest value of each group.
    min,
    /// The largest value of each group.
    max,
    /// The sample standard deviation of each group.
    stddev,
    /// The population standard deviation of each group.
    stddev_pop,
    /// The sample variance of each group.
    variance,
    /// The middle value of each group.
    median,
    /// The most frequent value of each group.
    mode,
    /// All values of each group, as an array.
    collect_list,
    /// The distinct values of each group, as an array.
    collect_set,
    /// The estimated number of distinct values of each group.
    approx_count_distinct,
    /// Whether a value is NULL.
    isnull,
    /// Whether a floating-point value is NaN.
    isnan,
    /// The magnitude.
    abs,
    /// The square root.
    sqrt,
    /// The exponential.
    exp,
    /// The natural logarithm.
    ln,
    /// The smallest integer that is not less.
    ceil,
    /// The largest integer that is not greater.
    floor,
    /// In lower case.
    lower,
    /// In upper case.
    upper,
    /// Without blanks at both ends.
    trim,
    /// Without blanks at the left end.
    ltrim,
    /// Without blanks at the right end.
    rtrim,
    /// Number of characters.
    length,
    /// With words capitalised.
    initcap,
    /// Back to front.
    reverse,
    /// The MD5 digest as hexadecimal text.
    md5,
    /// The date of a timestamp or of text.
    to_date,
    /// The year.
    year,
    /// The quarter.
    quarter,
    /// The month.
    month,
    /// The day of the month.
    dayofmonth,
    /// The day of the week, Sunday is 1.
    dayofweek,
    /// The day of the year.
    dayofyear,
    /// The ISO week.
    weekofyear,
    /// The hour.
    hour,
    /// The minute.
    minute,
    /// The second.
    second,
    /// The last day of the month.
    last_day,
    /// Seconds since the epoch.
    unix_timestamp,
    /// A row for every element of an array or entry of a map.
    explode,
    /// Like `explode`, and a row of NULLs where there is nothing.
    explode_outer,
    /// Like `explode`, with positions.
    posexplode,
    /// The number of elements.
    size,
    /// The distinct elements of an array.
    array_distinct,
    /// The keys of a map.
    map_keys,
    /// The values of a map.
    map_values,
    /// An array of arrays as one array.
    flatten,
    /// An array in ascending order.
    sort_array,
    /// As JSON text.
    to_json,
}

macro_rules! variadic {
    ($($(#[doc = $doc:literal])* $name:ident $spark:literal),* $(,)?) => {
        $($(#[doc = $doc])* pub fn $name<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> Column {
            call_function($spark, columns)
        })*
    };
}

variadic! {
    /// The first value that is not NULL.
    coalesce "coalesce",
    /// Strings, binaries or arrays put together.
    concat "concat",
    /// The largest value that is not NULL.
    greatest "greatest",
    /// The smallest value that is not NULL.
    least "least",
    /// An array of the columns.
    array "array",
    /// A struct of the columns.
    struct_ "struct",
    /// A map of keys and values in turn.
    create_map "map",
    /// Spark's Murmur3 hash.
    hash "hash",
    /// Which columns of a grouping set are aggregated.
    grouping_id "grouping_id",
}

macro_rules! binary {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        $($(#[doc = $doc])* pub fn $name(left: impl IntoColumn, right: impl IntoOperand) -> Column {
            Column::call(stringify!($name), [left.into_column(), right.into_operand()])
        })*
    };
}

binary! {
    /// The left to the power of the right.
    pow,
    /// The date so many days later.
    date_add,
    /// The date so many days before.
    date_sub,
    /// The date so many months later.
    add_months,
    /// Days from the right to the left.
    datediff,
    /// Whether an array contains a value.
    array_contains,
    /// The element at a position from 1, or the value of a key.
    element_at,
    /// The value that belongs to the largest value of the other column.
    max_by,
    /// The value that belongs to the smallest value of the other column.
    min_by,
    /// The correlation of two columns.
    corr,
    /// An approximate percentile; a value of the data.
    percentile_approx,
    /// The text of a JSON path.
    get_json_object,
}
