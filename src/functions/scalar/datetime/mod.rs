//! Dates, timestamps and intervals.
//!
//! ```text
//!   now          current_date, now                fields     year, hour, dayname
//!   extract      extract, date_part               arithmetic date_add, months_between, next_day
//!   units        timestampadd, timestampdiff      truncate   trunc, date_trunc
//!   text         to_date, to_timestamp, date_format, unix_timestamp, from_unixtime
//!   epoch        timestamp_seconds, unix_date     zones      from_utc_timestamp, convert_timezone
//!   windows      window, session_window
//!   make         make_date, make_timestamp        make_interval   make_interval, make_dt_interval
//! ```
//!
//! A TIMESTAMP is shown and taken apart in the session's time zone, which a binding takes from the settings
//! once; a column's conversions go through a [`ZoneCursor`](crate::kernel::time_zone::ZoneCursor), so that
//! fields of a timestamp cost little more than those of a date.

pub mod arithmetic;
pub mod epoch;
pub mod extract;
pub mod fields;
pub mod make;
pub mod make_interval;
pub mod now;
pub mod text;
pub mod truncate;
pub mod units;
pub mod windows;
pub mod zones;

use super::entry::entry;
use super::{Arity, Bind, ScalarFunction};
use crate::error::{Error, Result, conditions::ARITHMETIC_OVERFLOW, quote};
use crate::functions::BindContext;
use crate::kernel::Column;
use crate::kernel::time_zone::TimeZone;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::ScalarBuffer;
use std::sync::Arc;

/// An entry of Spark's group `datetime_funcs`.
const fn datetime(
    name: &'static str,
    since: &'static str,
    arity: Arity,
    bind: Bind,
    usage: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> ScalarFunction {
    entry(name, "datetime_funcs", since, arity, bind, usage, examples)
}

/// The session's time zone.
fn session_zone(context: &BindContext) -> Result<TimeZone> {
    TimeZone::of(context.config.time_zone())
}

/// Computes every value from one value, NULLs included (their slots hold anything): a loop without
/// branches. `f` must take any value.
fn map_values<I: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    column: &Column,
    f: impl FnMut(I::Native) -> O::Native,
) -> Column {
    let array = column.values().as_primitive::<I>();
    let values: Vec<O::Native> = array.values().iter().copied().map(f).collect();
    let nulls = array.nulls().cloned();
    let array: ArrayRef = Arc::new(PrimitiveArray::<O>::new(ScalarBuffer::from(values), nulls));
    match column {
        Column::Array(_) => Column::Array(array),
        Column::Constant(_) => Column::Constant(array),
    }
}

/// A date or interval that leaves its type.
#[cold]
fn overflow() -> Error {
    Error::new(
        &ARITHMETIC_OVERFLOW,
        [
            ("message", "overflow".to_string()),
            ("alternative", String::new()),
            ("config", quote::config("spark.sql.ansi.enabled")),
        ],
    )
}
