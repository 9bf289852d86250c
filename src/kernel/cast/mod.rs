//! CAST between all types, over arrays.
//!
//! ```text
//!   Cast::new(STRING, INT, Ansi, zone) ──► a step: array ─► array, chosen once
//!   cast.eval(column, rows)                constants stay constants
//! ```
//!
//! Three [`Mode`]s differ in what a value that does not go does: ANSI raises a condition, the legacy mode
//! gives NULL or wraps around as Java does, TRY gives NULL. Nested types apply the step of their elements.
//! Whether a cast exists at all is [`crate::types::coercion::can_cast`]; the analyzer asks that first and
//! reports [`not_castable`].
//!
//! | file | |
//! |---|---|
//! | `rows` | the loops all steps are made of |
//! | `number` | among numbers and booleans |
//! | `decimal` | to and from DECIMAL |
//! | `datetime` | among dates and timestamps, and numbers |
//! | `interval` | intervals and numbers |
//! | `from_text`, `to_text` | STRING |
//! | `nested` | arrays, maps, structs |
//! | `failure` | the conditions |

mod datetime;
mod decimal;
mod failure;
mod from_text;
mod interval;
mod nested;
mod number;
mod rows;
mod to_text;

pub(crate) use decimal::{decimal_to_f64, divide_half_up, power_of_ten};
pub use failure::{decimal_overflow, not_castable, sql_literal};
pub use to_text::{TextWriter, text_writer};

use super::Column;
use super::time_zone::TimeZone;
use super::value::null_array;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef};
use failure::Failure;
use std::fmt;

/// What a value that cannot be cast does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is an error.
    Ansi,
    /// It is NULL, or wraps around where Java's conversion does.
    Legacy,
    /// It is NULL.
    Try,
}

impl Mode {
    /// The mode of a plain CAST under these settings.
    pub fn of(config: &Config) -> Mode {
        if config.ansi() {
            Mode::Ansi
        } else {
            Mode::Legacy
        }
    }
}

/// From an array to an array of the same length.
type Step = Box<dyn Fn(&ArrayRef) -> Result<ArrayRef> + Send + Sync>;

/// A cast between two types, ready to run. Shared by all workers.
pub struct Cast {
    from: DataType,
    to: DataType,
    step: Step,
}

impl fmt::Debug for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cast({} -> {})", self.from, self.to)
    }
}

/// What the parts of a cast have in common.
#[derive(Clone)]
struct Plan {
    mode: Mode,
    zone: TimeZone,
}

impl Cast {
    /// A cast under the session's settings. An internal error where it does not exist: the analyzer has
    /// checked that.
    pub fn new(from: &DataType, to: &DataType, mode: Mode, config: &Config) -> Result<Cast> {
        Cast::in_zone(from, to, mode, &TimeZone::of(config.time_zone())?)
    }

    /// [`Cast::new`] with the time zone at hand.
    pub fn in_zone(from: &DataType, to: &DataType, mode: Mode, zone: &TimeZone) -> Result<Cast> {
        let plan = Plan {
            mode,
            zone: zone.clone(),
        };
        Ok(Cast {
            from: from.clone(),
            to: to.clone(),
            step: plan.step(from, to)?,
        })
    }

    /// The values cast.
    pub fn eval(&self, column: &Column, rows: usize) -> Result<Column> {
        let _ = rows;
        Ok(match column {
            Column::Array(array) => Column::Array(self.eval_array(array)?),
            Column::Constant(array) => Column::Constant(self.eval_array(array)?),
        })
    }

    /// The values of an array cast.
    pub fn eval_array(&self, array: &ArrayRef) -> Result<ArrayRef> {
        let canonical = arrow_type(&self.from);
        if array.data_type().equals_datatype(&canonical) {
            return (self.step)(array);
        }
        (self.step)(&arrow::compute::cast(array, &canonical)?)
    }
}

impl Plan {
    fn step(&self, from: &DataType, to: &DataType) -> Result<Step> {
        use DataType as T;
        let failure = |raise| Failure::new(from, to, raise, &self.zone);
        let strict = failure(self.mode == Mode::Ansi);
        // Casts to intervals raise in legacy mode, too.
        let stricter = failure(self.mode != Mode::Try);
        Ok(match (from, to) {
            _ if from == to => Box::new(|array| Ok(array.clone())),
            (T::Null, _) => {
                let to = to.clone();
                Box::new(move |array| Ok(null_array(&to, array.len())))
            }
            (T::String | T::Char(_) | T::Varchar(_), T::String | T::Char(_) | T::Varchar(_)) => {
                Box::new(|array| Ok(array.clone()))
            }
            (_, T::String | T::Char(_) | T::Varchar(_)) => to_text::step(self, from),
            (T::String | T::Char(_) | T::Varchar(_), _) => {
                from_text::step(self, to, strict, stricter)?
            }
            (T::YearMonthInterval { .. } | T::DayTimeInterval { .. }, _)
            | (_, T::YearMonthInterval { .. } | T::DayTimeInterval { .. }) => {
                interval::step(self, from, to, stricter)?
            }
            (T::Array { .. } | T::Map { .. } | T::Struct(_), _) => nested::step(self, from, to)?,
            _ if from.is_datetime() || to.is_datetime() => datetime::step(self, from, to, strict)?,
            (T::Decimal { .. }, _) | (_, T::Decimal { .. }) => {
                decimal::step(self, from, to, strict)?
            }
            _ => number::step(self, from, to, strict)?,
        })
    }
}

/// The error of a pair of types without a cast, which the analyzer should have refused.
fn no_such_cast(from: &DataType, to: &DataType) -> Error {
    Error::internal(format!("no cast from {from} to {to}"))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
