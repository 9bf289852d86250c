//! Casts to STRING.
//!
//! Nested values print as `[1, 2]`, `{a -> 1, b -> null}` and `{1, x}`, their parts as a cast of them would,
//! NULLs inside as `null`. BINARY is taken for UTF-8; what is not valid becomes U+FFFD.

use super::{Mode, Plan, Step};
use crate::error::{Error, Result};
use crate::kernel::time_zone::TimeZone;
use crate::kernel::value::calendar_from_arrow;
use crate::kernel::{datetime_text, interval_text, number_text};
use crate::types::DataType;
use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, OffsetSizeTrait, PrimitiveArray, StringViewBuilder,
};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use std::sync::Arc;

/// Writes the value of a row that is not NULL.
pub type TextWriter<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

pub(super) fn step(plan: &Plan, from: &DataType) -> Step {
    let from = from.clone();
    let style = Style {
        zone: plan.zone.clone(),
        scientific: plan.mode == Mode::Legacy,
    };
    Box::new(move |array| {
        let write = writer(array.as_ref(), &from, &style)?;
        let nulls = array.logical_nulls();
        let mut builder = StringViewBuilder::with_capacity(array.len());
        let mut buffer = String::new();
        for row in 0..array.len() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                builder.append_null();
                continue;
            }
            buffer.clear();
            write(row, &mut buffer);
            builder.append_value(&buffer);
        }
        Ok(Arc::new(builder.finish()))
    })
}

/// What writes the values of an array as CAST to STRING would, for printing and errors.
pub fn text_writer<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    zone: &TimeZone,
) -> Result<TextWriter<'a>> {
    let style = Style {
        zone: zone.clone(),
        scientific: false,
    };
    writer(array, data_type, &style)
}

/// How values are written.
struct Style {
    zone: TimeZone,
    /// Small decimals as `1E-7`, as Spark does with ANSI mode off.
    scientific: bool,
}

fn writer<'a>(array: &'a dyn Array, data_type: &DataType, style: &Style) -> Result<TextWriter<'a>> {
    use DataType as T;
    let wrong = || Error::internal(format!("{} for {data_type}", array.data_type()));
    Ok(match data_type {
        T::Null => Box::new(|_, out| out.push_str("null")),
        T::Boolean => {
            let values = array.as_boolean_opt().ok_or_else(wrong)?;
            Box::new(move |row, out| {
                out.push_str(if values.value(row) { "true" } else { "false" });
            })
        }
        T::Byte => integer(primitive::<Int8Type>(array)?),
        T::Short => integer(primitive::<Int16Type>(array)?),
        T::Integer => integer(primitive::<Int32Type>(array)?),
        T::Long => integer(primitive::<Int64Type>(array)?),
        T::Float => {
            let values = primitive::<Float32Type>(array)?;
            Box::new(move |row, out| number_text::write_float(values.value(row), out))
        }
        T::Double => {
            let values = primitive::<Float64Type>(array)?;
            Box::new(move |row, out| number_text::write_double(values.value(row), out))
        }
        T::Decimal { precision, scale } => {
            let scale = *scale;
            let write = if style.scientific {
                number_text::write_decimal_scientific
            } else {
                number_text::write_decimal
            };
            if *precision <= 18 {
                let values = primitive::<Decimal64Type>(array)?;
                Box::new(move |row, out| write(i128::from(values.value(row)), scale, out))
            } else {
                let values = primitive::<Decimal128Type>(array)?;
                Box::new(move |row, out| write(values.value(row), scale, out))
            }
        }
        T::String | T::Char(_) | T::Varchar(_) => {
            let values = array.as_string_view_opt().ok_or_else(wrong)?;
            Box::new(move |row, out| out.push_str(values.value(row)))
        }
        T::Binary => {
            let values = array.as_binary_view_opt().ok_or_else(wrong)?;
            Box::new(move |row, out| out.push_str(&String::from_utf8_lossy(values.value(row))))
        }
        T::Date => {
            let values = primitive::<Date32Type>(array)?;
            Box::new(move |row, out| datetime_text::write_date(values.value(row), out))
        }
        T::Timestamp => {
            let values = primitive::<TimestampMicrosecondType>(array)?;
            let zone = style.zone.clone();
            Box::new(move |row, out| datetime_text::write_timestamp(values.value(row), &zone, out))
        }
        T::TimestampNtz => {
            let values = primitive::<TimestampMicrosecondType>(array)?;
            Box::new(move |row, out| datetime_text::write_timestamp_ntz(values.value(row), out))
        }
        T::YearMonthInterval { start, end } => {
            let values = primitive::<IntervalYearMonthType>(array)?;
            let (start, end) = (*start, *end);
            Box::new(move |row, out| {
                interval_text::write_year_month(values.value(row), start, end, out);
            })
        }
        T::DayTimeInterval { start, end } => {
            let values = primitive::<DurationMicrosecondType>(array)?;
            let (start, end) = (*start, *end);
            Box::new(move |row, out| {
                interval_text::write_day_time(values.value(row), start, end, out);
            })
        }
        T::CalendarInterval => {
            let values = primitive::<IntervalMonthDayNanoType>(array)?;
            Box::new(move |row, out| {
                interval_text::write_calendar(calendar_from_arrow(values.value(row)), out);
            })
        }
        T::Array { element, .. } => {
            let list = array.as_list_opt::<i32>().ok_or_else(wrong)?;
            let write = part_writer(list.values().as_ref(), element, style)?;
            Box::new(move |row, out| {
                out.push('[');
                for (position, index) in range(list.value_offsets(), row).enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    write(index, out);
                }
                out.push(']');
            })
        }
        T::Map { key, value, .. } => {
            let map = array.as_map_opt().ok_or_else(wrong)?;
            let write_key = part_writer(map.keys().as_ref(), key, style)?;
            let write_value = part_writer(map.values().as_ref(), value, style)?;
            Box::new(move |row, out| {
                out.push('{');
                for (position, index) in range(map.value_offsets(), row).enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    write_key(index, out);
                    out.push_str(" -> ");
                    write_value(index, out);
                }
                out.push('}');
            })
        }
        T::Struct(fields) => {
            let columns = array.as_struct_opt().ok_or_else(wrong)?.columns();
            let writers: Vec<TextWriter> = (columns.iter().zip(fields.iter()))
                .map(|(column, field)| part_writer(column.as_ref(), &field.data_type, style))
                .collect::<Result<_>>()?;
            Box::new(move |row, out| {
                out.push('{');
                for (position, write) in writers.iter().enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    write(row, out);
                }
                out.push('}');
            })
        }
    })
}

fn range<O: OffsetSizeTrait>(offsets: &[O], row: usize) -> std::ops::Range<usize> {
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}

/// A writer of parts of nested values, which may be NULL.
fn part_writer<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    style: &Style,
) -> Result<TextWriter<'a>> {
    let write = writer(array, data_type, style)?;
    if array.null_count() == 0 {
        return Ok(write);
    }
    Ok(Box::new(move |row, out| {
        if array.is_null(row) {
            out.push_str("null");
        } else {
            write(row, out);
        }
    }))
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array) -> Result<&PrimitiveArray<T>> {
    array.as_primitive_opt::<T>().ok_or_else(|| {
        Error::internal(format!(
            "{} where {} was settled",
            array.data_type(),
            T::DATA_TYPE
        ))
    })
}

fn integer<T>(values: &PrimitiveArray<T>) -> TextWriter<'_>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64>,
{
    Box::new(move |row, out| number_text::write_integer(values.value(row).into(), out))
}
