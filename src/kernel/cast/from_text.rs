//! Casts from STRING.

use super::failure::{Failure, decimal_overflow};
use super::rows::{parse, strings, with_failed};
use super::{Mode, Plan, Step, no_such_cast};
use crate::error::{Error, Result, conditions};
use crate::kernel::number_text::{DecimalOverflow, DecimalText};
use crate::kernel::value::calendar_to_arrow;
use crate::kernel::{datetime_text, interval_text, number_text};
use crate::types::DataType;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, StringViewArray,
};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use std::sync::Arc;

pub(super) fn step(plan: &Plan, to: &DataType, strict: Failure, stricter: Failure) -> Result<Step> {
    use DataType as T;
    let raises = strict.raises;
    let cut = plan.mode == Mode::Legacy;
    let zone = plan.zone.clone();
    let invalid = move |array: &ArrayRef, row: usize| strict.invalid(array, row);
    // Intervals have conditions of their own, which reading the text again gives.
    let interval = stricter.raises;
    Ok(match to {
        T::Byte => parse::<Int8Type>(
            to,
            raises,
            move |text| i8::try_from(number_text::parse_integer(text, cut)?).ok(),
            invalid,
        ),
        T::Short => parse::<Int16Type>(
            to,
            raises,
            move |text| i16::try_from(number_text::parse_integer(text, cut)?).ok(),
            invalid,
        ),
        T::Integer => parse::<Int32Type>(
            to,
            raises,
            move |text| i32::try_from(number_text::parse_integer(text, cut)?).ok(),
            invalid,
        ),
        T::Long => parse::<Int64Type>(
            to,
            raises,
            move |text| number_text::parse_integer(text, cut),
            invalid,
        ),
        T::Float => parse::<Float32Type>(to, raises, number_text::parse_float, invalid),
        T::Double => parse::<Float64Type>(to, raises, number_text::parse_double, invalid),
        T::Decimal { precision, scale } if *precision <= 18 => {
            decimal::<Decimal64Type>(to, *precision, *scale, raises, invalid)
        }
        T::Decimal { precision, scale } => {
            decimal::<Decimal128Type>(to, *precision, *scale, raises, invalid)
        }
        T::Boolean => Box::new(move |array| boolean(array, raises, &invalid)),
        T::Binary => Box::new(binary),
        T::Date => parse::<Date32Type>(to, raises, datetime_text::parse_date, invalid),
        T::Timestamp => parse::<TimestampMicrosecondType>(
            to,
            raises,
            move |text| datetime_text::parse_timestamp(text, &zone),
            invalid,
        ),
        T::TimestampNtz => parse::<TimestampMicrosecondType>(
            to,
            raises,
            |text| datetime_text::parse_timestamp_ntz(text, true),
            invalid,
        ),
        T::YearMonthInterval { start, end } => {
            let (start, end) = (*start, *end);
            parse::<IntervalYearMonthType>(
                to,
                interval,
                move |text| interval_text::parse_year_month(text, start, end).ok(),
                move |array, row| {
                    reason(array, row, |text| {
                        interval_text::parse_year_month(text, start, end).err()
                    })
                },
            )
        }
        T::DayTimeInterval { start, end } => {
            let (start, end) = (*start, *end);
            parse::<DurationMicrosecondType>(
                to,
                interval,
                move |text| interval_text::parse_day_time(text, start, end).ok(),
                move |array, row| {
                    reason(array, row, |text| {
                        interval_text::parse_day_time(text, start, end).err()
                    })
                },
            )
        }
        T::CalendarInterval => parse::<IntervalMonthDayNanoType>(
            to,
            raises,
            |text| {
                interval_text::parse_calendar(text)
                    .ok()
                    .map(calendar_to_arrow)
            },
            invalid,
        ),
        _ => return Err(no_such_cast(&T::String, to)),
    })
}

fn reason(array: &ArrayRef, row: usize, read: impl Fn(&str) -> Option<Error>) -> Error {
    let error = strings(array).map(|texts| read(texts.value(row)));
    match error {
        Ok(Some(error)) | Err(error) => error,
        Ok(None) => Error::internal("a text that reads well was refused"),
    }
}

fn decimal<O>(
    to: &DataType,
    precision: u8,
    scale: i8,
    raises: bool,
    invalid: impl Fn(&ArrayRef, usize) -> Error + Send + Sync + 'static,
) -> Step
where
    O: ArrowPrimitiveType,
    O::Native: TryFrom<i128>,
{
    let value = move |text: &str| {
        let unscaled = DecimalText::parse(text)?.to_scale(precision, scale).ok()?;
        O::Native::try_from(unscaled).ok()
    };
    parse::<O>(to, raises, value, move |array, row| {
        let Ok(texts) = strings(array) else {
            return invalid(array, row);
        };
        let Some(text) = DecimalText::parse(texts.value(row)) else {
            return invalid(array, row);
        };
        match text.to_scale(precision, scale) {
            Err(DecimalOverflow::Unsupported) => Error::new(
                &conditions::NUMERIC_OUT_OF_SUPPORTED_RANGE,
                [("value", texts.value(row))],
            ),
            _ => decimal_overflow(&text.plain(), precision, scale),
        }
    })
}

fn boolean(
    array: &ArrayRef,
    raises: bool,
    invalid: &dyn Fn(&ArrayRef, usize) -> Error,
) -> Result<ArrayRef> {
    let input: &StringViewArray = strings(array)?;
    let mut values = vec![false; input.len()];
    let mut failed = Vec::new();
    for (row, value) in values.iter_mut().enumerate() {
        if input.is_null(row) {
            continue;
        }
        match number_text::parse_boolean(input.value(row)) {
            Some(parsed) => *value = parsed,
            None if raises => return Err(invalid(array, row)),
            None => failed.push(row),
        }
    }
    let nulls = with_failed(input.nulls(), &failed, input.len());
    Ok(Arc::new(BooleanArray::new(values.into(), nulls)))
}

/// Texts as their UTF-8 bytes; nothing is copied.
fn binary(array: &ArrayRef) -> Result<ArrayRef> {
    let bytes: BinaryViewArray = strings(array)?.clone().to_binary_view();
    Ok(Arc::new(bytes))
}
