//! Between single values and arrays: literals become constants, results become rows.
//!
//! Limits: building goes through one pass per nesting level, reading through one downcast per value; for
//! data in bulk stay with arrays.

use crate::error::{Error, Result};
use crate::types::{CalendarInterval, DataType, Decimal, Value, arrow_field, arrow_type};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BooleanArray, ListArray,
    MapArray, NullArray, PrimitiveArray, StringViewArray, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType,
    Fields, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use std::sync::Arc;

/// An array of length 1 that holds `value`.
pub fn value_to_array(value: &Value, data_type: &DataType) -> Result<ArrayRef> {
    build(&[value], data_type)
}

/// An array of these values.
pub fn values_to_array(values: &[Value], data_type: &DataType) -> Result<ArrayRef> {
    build(&values.iter().collect::<Vec<_>>(), data_type)
}

/// The value at `row`, for an array that holds values of `data_type` in any Arrow encoding.
pub fn array_to_value(array: &dyn Array, row: usize, data_type: &DataType) -> Result<Value> {
    let wanted = arrow_type(data_type);
    if array.data_type().equals_datatype(&wanted) || is_nested(data_type) {
        return read(array, row, data_type);
    }
    let one = cast(&array.slice(row, 1), &wanted)?;
    read(one.as_ref(), 0, data_type)
}

/// All values of an array.
pub fn array_to_values(array: &dyn Array, data_type: &DataType) -> Result<Vec<Value>> {
    (0..array.len())
        .map(|row| array_to_value(array, row, data_type))
        .collect()
}

fn is_nested(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_)
    )
}

fn mismatch(value: &Value, data_type: &DataType) -> Error {
    Error::internal(format!("{value:?} is no value of {data_type}"))
}

fn build(values: &[&Value], data_type: &DataType) -> Result<ArrayRef> {
    use DataType as T;
    let wrong = |value: &Value| mismatch(value, data_type);
    Ok(match data_type {
        T::Null => Arc::new(NullArray::new(values.len())),
        T::Boolean => {
            let items = values.iter().map(|value| match value {
                Value::Null => Ok(None),
                Value::Boolean(v) => Ok(Some(*v)),
                other => Err(wrong(other)),
            });
            Arc::new(items.collect::<Result<BooleanArray>>()?)
        }
        T::Byte => integers::<Int8Type>(values, data_type)?,
        T::Short => integers::<Int16Type>(values, data_type)?,
        T::Integer => integers::<Int32Type>(values, data_type)?,
        T::Long => integers::<Int64Type>(values, data_type)?,
        T::Float => primitives::<Float32Type>(values, data_type, |value| match value {
            Value::Float(v) => Some(*v),
            _ => None,
        })?,
        T::Double => primitives::<Float64Type>(values, data_type, |value| match value {
            Value::Double(v) => Some(*v),
            Value::Float(v) => Some(f64::from(*v)),
            _ => None,
        })?,
        T::Decimal { precision, scale } if *precision <= 18 => {
            primitives::<Decimal64Type>(values, data_type, |value| match value {
                Value::Decimal(v) => i64::try_from(rescale(v, *scale)?).ok(),
                other => {
                    (other.as_i64()?).checked_mul(10i64.checked_pow(u32::try_from(*scale).ok()?)?)
                }
            })?
        }
        T::Decimal { scale, .. } => {
            primitives::<Decimal128Type>(values, data_type, |value| match value {
                Value::Decimal(v) => rescale(v, *scale),
                other => i128::from(other.as_i64()?)
                    .checked_mul(10i128.checked_pow(u32::try_from(*scale).ok()?)?),
            })?
        }
        T::String | T::Char(_) | T::Varchar(_) => {
            let items = values.iter().map(|value| match value {
                Value::Null => Ok(None),
                Value::String(v) => Ok(Some(v.as_ref())),
                other => Err(wrong(other)),
            });
            let items = items.collect::<Result<Vec<Option<&str>>>>()?;
            Arc::new(StringViewArray::from_iter(items))
        }
        T::Binary => {
            let items = values.iter().map(|value| match value {
                Value::Null => Ok(None),
                Value::Binary(v) => Ok(Some(v.as_ref())),
                other => Err(wrong(other)),
            });
            let items = items.collect::<Result<Vec<Option<&[u8]>>>>()?;
            Arc::new(BinaryViewArray::from_iter(items))
        }
        T::Date => primitives::<Date32Type>(values, data_type, |value| match value {
            Value::Date(v) => Some(*v),
            _ => None,
        })?,
        T::Timestamp | T::TimestampNtz => {
            primitives::<TimestampMicrosecondType>(values, data_type, |value| match value {
                Value::Timestamp(v) | Value::TimestampNtz(v) => Some(*v),
                _ => None,
            })?
        }
        T::YearMonthInterval { .. } => {
            primitives::<IntervalYearMonthType>(values, data_type, |value| match value {
                Value::YearMonthInterval(v) => Some(*v),
                _ => None,
            })?
        }
        T::DayTimeInterval { .. } => {
            primitives::<DurationMicrosecondType>(values, data_type, |value| match value {
                Value::DayTimeInterval(v) => Some(*v),
                _ => None,
            })?
        }
        T::CalendarInterval => {
            primitives::<IntervalMonthDayNanoType>(values, data_type, |value| match value {
                Value::CalendarInterval(v) => Some(calendar_to_arrow(*v)),
                _ => None,
            })?
        }
        T::Array { element, .. } => {
            let mut lengths = Vec::with_capacity(values.len());
            let mut elements = Vec::new();
            for value in values {
                match value {
                    Value::Null => lengths.push(0),
                    Value::Array(items) => {
                        lengths.push(items.len());
                        elements.extend(items);
                    }
                    other => return Err(wrong(other)),
                }
            }
            let field = match arrow_type(data_type) {
                ArrowType::List(field) => field,
                other => return Err(Error::internal(format!("{other} for an array"))),
            };
            let elements = build(&elements, element)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(ListArray::try_new(field, offsets, elements, nulls(values))?)
        }
        T::Map { key, value, .. } => {
            let mut lengths = Vec::with_capacity(values.len());
            let (mut keys, mut items) = (Vec::new(), Vec::new());
            for value in values {
                match value {
                    Value::Null => lengths.push(0),
                    Value::Map(entries) => {
                        lengths.push(entries.len());
                        keys.extend(entries.iter().map(|(key, _)| key));
                        items.extend(entries.iter().map(|(_, item)| item));
                    }
                    other => return Err(wrong(other)),
                }
            }
            let (field, fields) = match arrow_type(data_type) {
                ArrowType::Map(field, _) => match field.data_type() {
                    ArrowType::Struct(fields) => (field.clone(), fields.clone()),
                    other => return Err(Error::internal(format!("{other} for map entries"))),
                },
                other => return Err(Error::internal(format!("{other} for a map"))),
            };
            let columns = vec![build(&keys, key)?, build(&items, value)?];
            let entries = StructArray::try_new(fields, columns, None)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(MapArray::try_new(
                field,
                offsets,
                entries,
                nulls(values),
                false,
            )?)
        }
        T::Struct(fields) => {
            let mut columns: Vec<Vec<&Value>> = vec![Vec::new(); fields.len()];
            for value in values {
                match value {
                    Value::Null => columns
                        .iter_mut()
                        .for_each(|column| column.push(&Value::Null)),
                    Value::Struct(items) if items.len() == fields.len() => {
                        for (column, item) in columns.iter_mut().zip(items) {
                            column.push(item);
                        }
                    }
                    other => return Err(wrong(other)),
                }
            }
            let nulls = nulls(values);
            if fields.is_empty() {
                return Ok(Arc::new(StructArray::new_empty_fields(values.len(), nulls)));
            }
            let columns: Result<Vec<ArrayRef>> = (columns.iter().zip(fields.iter()))
                .map(|(column, field)| build(column, &field.data_type))
                .collect();
            let fields: Fields = fields.iter().map(arrow_field).collect();
            Arc::new(StructArray::try_new(fields, columns?, nulls)?)
        }
    })
}

fn nulls(values: &[&Value]) -> Option<NullBuffer> {
    let valid: NullBuffer = values.iter().map(|value| !value.is_null()).collect();
    (valid.null_count() > 0).then_some(valid)
}

fn integers<T>(values: &[&Value], data_type: &DataType) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i64>,
{
    primitives::<T>(values, data_type, |value| {
        T::Native::try_from(value.as_i64()?).ok()
    })
}

fn primitives<T: ArrowPrimitiveType>(
    values: &[&Value],
    data_type: &DataType,
    item: impl Fn(&Value) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let items = values.iter().map(|value| match value {
        Value::Null => Ok(None),
        other => item(other)
            .map(Some)
            .ok_or_else(|| mismatch(other, data_type)),
    });
    let items = items.collect::<Result<Vec<Option<T::Native>>>>()?;
    let array = PrimitiveArray::<T>::from_iter(items);
    Ok(Arc::new(array.with_data_type(arrow_type(data_type))))
}

/// The digits of a decimal at another scale, where that is exact.
fn rescale(value: &Decimal, scale: i8) -> Option<i128> {
    let shift = i32::from(scale) - i32::from(value.scale);
    let factor = 10i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        value.unscaled.checked_mul(factor)
    } else {
        (value.unscaled % factor == 0).then(|| value.unscaled / factor)
    }
}

fn read(array: &dyn Array, row: usize, data_type: &DataType) -> Result<Value> {
    use DataType as T;
    if array.is_null(row) || *data_type == T::Null {
        return Ok(Value::Null);
    }
    let wrong = || Error::internal(format!("{} for {data_type}", array.data_type()));
    Ok(match data_type {
        T::Null => Value::Null,
        T::Boolean => Value::Boolean(array.as_boolean_opt().ok_or_else(wrong)?.value(row)),
        T::Byte => Value::Byte(number::<Int8Type>(array, row)?),
        T::Short => Value::Short(number::<Int16Type>(array, row)?),
        T::Integer => Value::Integer(number::<Int32Type>(array, row)?),
        T::Long => Value::Long(number::<Int64Type>(array, row)?),
        T::Float => Value::Float(number::<Float32Type>(array, row)?),
        T::Double => Value::Double(number::<Float64Type>(array, row)?),
        T::Decimal { precision, scale } => Value::Decimal(Decimal {
            unscaled: if *precision <= 18 {
                i128::from(number::<Decimal64Type>(array, row)?)
            } else {
                number::<Decimal128Type>(array, row)?
            },
            precision: *precision,
            scale: *scale,
        }),
        T::String | T::Char(_) | T::Varchar(_) => Value::String(
            array
                .as_string_view_opt()
                .ok_or_else(wrong)?
                .value(row)
                .into(),
        ),
        T::Binary => Value::Binary(
            array
                .as_binary_view_opt()
                .ok_or_else(wrong)?
                .value(row)
                .into(),
        ),
        T::Date => Value::Date(number::<Date32Type>(array, row)?),
        T::Timestamp => Value::Timestamp(number::<TimestampMicrosecondType>(array, row)?),
        T::TimestampNtz => Value::TimestampNtz(number::<TimestampMicrosecondType>(array, row)?),
        T::YearMonthInterval { .. } => {
            Value::YearMonthInterval(number::<IntervalYearMonthType>(array, row)?)
        }
        T::DayTimeInterval { .. } => {
            Value::DayTimeInterval(number::<DurationMicrosecondType>(array, row)?)
        }
        T::CalendarInterval => {
            let interval = number::<IntervalMonthDayNanoType>(array, row)?;
            Value::CalendarInterval(calendar_from_arrow(interval))
        }
        T::Array { element, .. } => {
            let items = array.as_list_opt::<i32>().ok_or_else(wrong)?.value(row);
            Value::Array(array_to_values(items.as_ref(), element)?)
        }
        T::Map { key, value, .. } => {
            let entries = array.as_map_opt().ok_or_else(wrong)?.value(row);
            let keys = array_to_values(entries.column(0).as_ref(), key)?;
            let items = array_to_values(entries.column(1).as_ref(), value)?;
            Value::Map(keys.into_iter().zip(items).collect())
        }
        T::Struct(fields) => {
            let columns = array.as_struct_opt().ok_or_else(wrong)?.columns();
            let items = columns.iter().zip(fields.iter());
            let items = items.map(|(column, f)| array_to_value(column.as_ref(), row, &f.data_type));
            Value::Struct(items.collect::<Result<_>>()?)
        }
    })
}

fn number<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Result<T::Native> {
    let array = array
        .as_primitive_opt::<T>()
        .ok_or_else(|| Error::internal(format!("{} for {}", array.data_type(), T::DATA_TYPE)))?;
    Ok(array.value(row))
}

/// A legacy interval as it lies in an array. Arrow counts nanoseconds, so microseconds beyond ±292 years
/// saturate.
pub fn calendar_to_arrow(interval: CalendarInterval) -> IntervalMonthDayNano {
    IntervalMonthDayNano {
        months: interval.months,
        days: interval.days,
        nanoseconds: interval.microseconds.saturating_mul(1000),
    }
}

/// A legacy interval from an array.
pub fn calendar_from_arrow(interval: IntervalMonthDayNano) -> CalendarInterval {
    CalendarInterval {
        months: interval.months,
        days: interval.days,
        microseconds: interval.nanoseconds / 1000,
    }
}

/// An array of `rows` NULLs of a type.
pub fn null_array(data_type: &DataType, rows: usize) -> ArrayRef {
    new_null_array(&arrow_type(data_type), rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::StructField;

    #[test]
    fn values_survive_the_round_trip() {
        let decimal = Value::Decimal(Decimal {
            unscaled: 1234,
            precision: 10,
            scale: 2,
        });
        let person = DataType::structure([
            StructField::new("name", DataType::String, true),
            StructField::new("pay", DataType::decimal(10, 2), true),
        ]);
        let cases = [
            (
                DataType::array(DataType::Integer, true),
                Value::Array(vec![Value::Integer(1), Value::Null]),
            ),
            (person, Value::Struct(vec!["x".into(), decimal])),
            (
                DataType::map(DataType::String, DataType::Long, true),
                Value::Map(vec![
                    ("a".into(), Value::Long(1)),
                    ("b".into(), Value::Null),
                ]),
            ),
            (DataType::Timestamp, Value::Timestamp(5)),
            (DataType::DAY_TIME, Value::DayTimeInterval(-1)),
            (DataType::Null, Value::Null),
        ];
        for (data_type, value) in cases {
            let array = values_to_array(&[value.clone(), Value::Null], &data_type).unwrap();
            assert_eq!(*array.data_type(), arrow_type(&data_type));
            assert_eq!(array_to_value(&array, 0, &data_type).unwrap(), value);
            assert_eq!(array_to_value(&array, 1, &data_type).unwrap(), Value::Null);
        }
    }
}
