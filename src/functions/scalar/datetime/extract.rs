//! `extract(field FROM source)` and `date_part(field, source)`.
//!
//! The field is a constant, so that a call is bound to the one function of the field. The parser gives
//! `extract` its field as a string.

use super::fields::{self, local_times};
use super::{datetime, map_values};
use crate::error::conditions::{INVALID_EXTRACT_FIELD, NON_FOLDABLE_ARGUMENT};
use crate::error::{Error, Result, quote};
use crate::functions::scalar::{Arity, Display, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, cast_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::calendar::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};
use crate::kernel::lift::{map1, retype, try_map1};
use crate::kernel::value::calendar_from_arrow;
use crate::types::coercion::Expected;
use crate::types::{DataType, DayTimeField, Value, YearMonthField, arrow_type};
use arrow::array::new_null_array;
use arrow::datatypes::{
    Decimal64Type, DurationMicrosecondType, Int8Type, Int32Type, IntervalMonthDayNanoType,
    IntervalYearMonthType,
};

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["datepart"],
        display: Display::Custom(|name, arguments| match name {
            "datepart" => format!("{name}({})", arguments.join(" FROM ")),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..datetime(
            "date_part",
            "3.0.0",
            Arity::Exact(2),
            bind,
            "_FUNC_(field, source) - A field of a date, timestamp or interval, as `extract` gives it.",
            &[
                (
                    "date_part('YEAR', TIMESTAMP '2019-08-12 01:00:00.123456')",
                    "2019",
                ),
                ("date_part('days', interval 5 days 3 hours 7 minutes)", "5"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|name, arguments| format!("{name}({})", arguments.join(" FROM "))),
        ..datetime(
            "extract",
            "3.0.0",
            Arity::Exact(2),
            bind,
            "_FUNC_(field FROM source) - A field of a date, timestamp or interval: YEAR, YEAROFWEEK, QUARTER, \
             MONTH, WEEK, DAY, DAYOFWEEK (Sunday is 1), DAYOFWEEK_ISO (Monday is 1), DOY, HOUR, MINUTE, \
             SECOND (with its fraction).",
            &[
                (
                    "extract(week FROM timestamp'2019-08-12 01:00:00.123456')",
                    "33",
                ),
                (
                    "extract(SECONDS FROM timestamp'2019-10-01 00:00:01.000001')",
                    "1.000001",
                ),
                ("extract(MONTH FROM INTERVAL '2021-11' YEAR TO MONTH)", "11"),
            ],
        )
    },
];

/// What can be extracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    YearOfWeek,
    Quarter,
    Month,
    Week,
    Day,
    DayOfWeek,
    DayOfWeekIso,
    DayOfYear,
    Hour,
    Minute,
    Second,
}

impl Part {
    fn parse(name: &str) -> Option<Part> {
        Some(match name.to_uppercase().as_str() {
            "YEAR" | "Y" | "YEARS" | "YR" | "YRS" => Part::Year,
            "YEAROFWEEK" => Part::YearOfWeek,
            "QUARTER" | "QTR" => Part::Quarter,
            "MONTH" | "MON" | "MONS" | "MONTHS" => Part::Month,
            "WEEK" | "W" | "WEEKS" => Part::Week,
            "DAY" | "D" | "DAYS" => Part::Day,
            "DAYOFWEEK" | "DOW" => Part::DayOfWeek,
            "DAYOFWEEK_ISO" | "DOW_ISO" => Part::DayOfWeekIso,
            "DOY" => Part::DayOfYear,
            "HOUR" | "H" | "HOURS" | "HR" | "HRS" => Part::Hour,
            "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" => Part::Minute,
            "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" => Part::Second,
            _ => return None,
        })
    }
}

/// Seconds with their microseconds.
const SECONDS: DataType = DataType::Decimal {
    precision: 8,
    scale: 6,
};

fn bind(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let field = match &arguments[0].constant {
        Some(Value::String(field)) => field.clone(),
        Some(Value::Null) => {
            let types = vec![
                arguments[0].data_type.clone(),
                arguments[1].data_type.clone(),
            ];
            let null = new_null_array(&arrow_type(&DataType::Double), 1);
            let kernel = move |_: &[Column], _| Ok(Column::Constant(null.clone()));
            return Ok(binding(arguments, types, DataType::Double, kernel).nullable());
        }
        _ => {
            return Err(Error::new(
                &NON_FOLDABLE_ARGUMENT,
                [
                    ("funcName", quote::identifier(context.name)),
                    ("paramName", quote::identifier("field")),
                    ("paramType", quote::sql_type(&DataType::String)),
                ],
            ));
        }
    };
    let source = &arguments[1];
    let unknown = || {
        Error::new(
            &INVALID_EXTRACT_FIELD,
            [
                ("field", quote::identifier(&field)),
                ("expr", quote::sql_expression(&source.sql)),
            ],
        )
    };
    let part = Part::parse(&field).ok_or_else(unknown)?;
    let inner = std::slice::from_ref(source);
    let of_source = match &source.data_type {
        DataType::YearMonthInterval { start, end } => {
            of_year_month(part, *start, *end, inner).ok_or_else(unknown)?
        }
        DataType::DayTimeInterval { start, end } => {
            of_day_time(part, *start, *end, inner).ok_or_else(unknown)?
        }
        DataType::CalendarInterval => of_calendar(part, inner).ok_or_else(unknown)?,
        _ => of_datetime(context, part, inner)?,
    };
    // The kernel gets the field as its first argument, which it knows already.
    let kernel = of_source.kernel;
    Ok(ScalarBinding {
        arguments: vec![DataType::String, of_source.arguments[0].clone()],
        returns: of_source.returns,
        nullable: source.nullable,
        kernel: std::sync::Arc::new(WithoutField(kernel)),
    })
}

/// Passes all arguments but the first on.
struct WithoutField(std::sync::Arc<dyn crate::functions::scalar::Kernel>);

impl crate::functions::scalar::Kernel for WithoutField {
    fn eval(
        &self,
        arguments: &[Column],
        rows: usize,
        context: &crate::functions::scalar::EvalContext,
    ) -> Result<Column> {
        self.0.eval(&arguments[1..], rows, context)
    }
}

fn of_datetime(
    context: &BindContext,
    part: Part,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let of_date = |field| fields::of_date(context, arguments, field);
    let of_time = |field| fields::of_time(context, arguments, field);
    match part {
        Part::Year => of_date(fields::year),
        Part::YearOfWeek => of_date(fields::year_of_week),
        Part::Quarter => of_date(fields::quarter),
        Part::Month => of_date(fields::month),
        Part::Week => of_date(fields::week_of_year),
        Part::Day => of_date(fields::day),
        Part::DayOfWeek => of_date(fields::day_of_week),
        Part::DayOfWeekIso => of_date(fields::iso_day_of_week),
        Part::DayOfYear => of_date(fields::day_of_year),
        Part::Hour => of_time(fields::hour),
        Part::Minute => of_time(fields::minute),
        Part::Second => {
            let types = cast_arguments(context, arguments, &[Expected::AnyTimestamp])?;
            let local = local_times(context, &types[0])?;
            Ok(binding(arguments, types, SECONDS, move |columns, _| {
                seconds(
                    local.map::<Decimal64Type>(&columns[0], |t| t.rem_euclid(MICROS_PER_MINUTE)),
                )
            }))
        }
    }
}

fn seconds(column: Column) -> Result<Column> {
    Ok(match column {
        Column::Array(array) => Column::Array(retype(array, &SECONDS)?),
        Column::Constant(array) => Column::Constant(retype(array, &SECONDS)?),
    })
}

fn of_year_month(
    part: Part,
    start: YearMonthField,
    end: YearMonthField,
    arguments: &[BoundArgument],
) -> Option<ScalarBinding> {
    let types = vec![arguments[0].data_type.clone()];
    let has = |field| start <= field && field <= end;
    match part {
        Part::Year if has(YearMonthField::Year) => Some(binding(
            arguments,
            types,
            DataType::Integer,
            |columns, _| {
                Ok(map_values::<IntervalYearMonthType, Int32Type>(
                    &columns[0],
                    |m| m / 12,
                ))
            },
        )),
        Part::Month if has(YearMonthField::Month) => {
            Some(binding(arguments, types, DataType::Byte, |columns, _| {
                Ok(map_values::<IntervalYearMonthType, Int8Type>(
                    &columns[0],
                    |m| (m % 12) as i8,
                ))
            }))
        }
        _ => None,
    }
}

fn of_day_time(
    part: Part,
    start: DayTimeField,
    end: DayTimeField,
    arguments: &[BoundArgument],
) -> Option<ScalarBinding> {
    let types = vec![arguments[0].data_type.clone()];
    let field = match part {
        Part::Day => DayTimeField::Day,
        Part::Hour => DayTimeField::Hour,
        Part::Minute => DayTimeField::Minute,
        Part::Second => DayTimeField::Second,
        _ => return None,
    };
    if field < start || field > end {
        return None;
    }
    Some(match field {
        DayTimeField::Day => binding(arguments, types, DataType::Integer, |columns, _| {
            Ok(map_values::<DurationMicrosecondType, Int32Type>(
                &columns[0],
                |t| (t / MICROS_PER_DAY) as i32,
            ))
        }),
        DayTimeField::Hour => binding(arguments, types, DataType::Byte, |columns, _| {
            Ok(map_values::<DurationMicrosecondType, Int8Type>(
                &columns[0],
                hours,
            ))
        }),
        DayTimeField::Minute => binding(arguments, types, DataType::Byte, |columns, _| {
            Ok(map_values::<DurationMicrosecondType, Int8Type>(
                &columns[0],
                minutes,
            ))
        }),
        DayTimeField::Second => binding(arguments, types, SECONDS, |columns, _| {
            seconds(map_values::<DurationMicrosecondType, Decimal64Type>(
                &columns[0],
                |t| t % MICROS_PER_MINUTE,
            ))
        }),
    })
}

/// Hours of an interval within its last day.
fn hours(micros: i64) -> i8 {
    (micros % MICROS_PER_DAY / MICROS_PER_HOUR) as i8
}

fn minutes(micros: i64) -> i8 {
    (micros % MICROS_PER_HOUR / MICROS_PER_MINUTE) as i8
}

fn of_calendar(part: Part, arguments: &[BoundArgument]) -> Option<ScalarBinding> {
    let types = vec![DataType::CalendarInterval];
    let byte = |field: fn(i64) -> i8| {
        binding(
            arguments,
            vec![DataType::CalendarInterval],
            DataType::Byte,
            move |columns, rows| {
                map1::<IntervalMonthDayNanoType, Int8Type>(&columns[0], rows, |interval| {
                    field(calendar_from_arrow(interval).microseconds)
                })
            },
        )
    };
    Some(match part {
        Part::Year => binding(arguments, types, DataType::Integer, |columns, rows| {
            map1::<IntervalMonthDayNanoType, Int32Type>(&columns[0], rows, |interval| {
                calendar_from_arrow(interval).months / 12
            })
        }),
        Part::Month => binding(arguments, types, DataType::Byte, |columns, rows| {
            map1::<IntervalMonthDayNanoType, Int8Type>(&columns[0], rows, |interval| {
                (calendar_from_arrow(interval).months % 12) as i8
            })
        }),
        Part::Day => binding(arguments, types, DataType::Integer, |columns, rows| {
            try_map1::<IntervalMonthDayNanoType, Int32Type>(&columns[0], rows, |interval| {
                let interval = calendar_from_arrow(interval);
                let days = (interval.microseconds / MICROS_PER_DAY) as i32;
                interval
                    .days
                    .checked_add(days)
                    .map(Some)
                    .ok_or_else(super::overflow)
            })
        }),
        Part::Hour => byte(hours),
        Part::Minute => byte(minutes),
        Part::Second => binding(arguments, types, SECONDS, |columns, rows| {
            seconds(map1::<IntervalMonthDayNanoType, Decimal64Type>(
                &columns[0],
                rows,
                |interval| calendar_from_arrow(interval).microseconds % MICROS_PER_MINUTE,
            )?)
        }),
        _ => return None,
    })
}
