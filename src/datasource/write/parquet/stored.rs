//! Columns as they are handed to the `parquet` crate.
//!
//! Intervals become integers, timestamps what `spark.sql.parquet.outputTimestampType` says: for INT96, which
//! Arrow has no type for, the twelve bytes themselves (see [`super::int96`]).

use super::int96::int96_bytes;
use crate::datasource::write::options::TimestampEncoding;
use crate::error::{Error, Result};
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::datatypes::{
    DataType as ArrowType, DurationMicrosecondType, Field, Fields, Int32Type, Int64Type,
    IntervalYearMonthType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
};
use std::sync::Arc;

/// The Arrow type that is handed to the `parquet` crate.
fn stored_type(data_type: &DataType, timestamps: TimestampEncoding) -> ArrowType {
    match data_type {
        DataType::Timestamp => match timestamps {
            TimestampEncoding::Int96 => ArrowType::FixedSizeBinary(12),
            TimestampEncoding::Micros => arrow_type(data_type),
            TimestampEncoding::Millis => {
                ArrowType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
            }
        },
        DataType::YearMonthInterval { .. } => ArrowType::Int32,
        DataType::DayTimeInterval { .. } => ArrowType::Int64,
        DataType::Array {
            element,
            contains_null,
        } => ArrowType::List(Arc::new(Field::new(
            "element",
            stored_type(element, timestamps),
            *contains_null,
        ))),
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => {
            let pair = Fields::from(vec![
                Field::new("key", stored_type(key, timestamps), false),
                Field::new(
                    "value",
                    stored_type(value, timestamps),
                    *value_contains_null,
                ),
            ]);
            let entries = Field::new("key_value", ArrowType::Struct(pair), false);
            ArrowType::Map(Arc::new(entries), false)
        }
        DataType::Struct(fields) => {
            let stored = fields.iter().map(|field| stored_field(field, timestamps));
            ArrowType::Struct(stored.collect())
        }
        other => arrow_type(other),
    }
}

pub(super) fn stored_field(field: &StructField, timestamps: TimestampEncoding) -> Field {
    let data_type = stored_type(&field.data_type, timestamps);
    Field::new(&field.name, data_type, field.nullable)
}

/// An array in its stored type.
pub(super) fn stored(
    array: ArrayRef,
    data_type: &DataType,
    timestamps: TimestampEncoding,
) -> Result<ArrayRef> {
    let target = stored_type(data_type, timestamps);
    if *array.data_type() == target {
        return Ok(array);
    }
    Ok(match (data_type, &target) {
        (DataType::Timestamp, ArrowType::FixedSizeBinary(_)) => Arc::new(int96_bytes(
            array.as_primitive::<TimestampMicrosecondType>(),
        )?),
        (DataType::Timestamp, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let millis = micros.unary::<_, TimestampMillisecondType>(|us| us.div_euclid(1000));
            Arc::new(millis.with_timezone("UTC"))
        }
        (DataType::YearMonthInterval { .. }, _) => {
            let months = array.as_primitive::<IntervalYearMonthType>();
            Arc::new(months.reinterpret_cast::<Int32Type>())
        }
        (DataType::DayTimeInterval { .. }, _) => {
            let micros = array.as_primitive::<DurationMicrosecondType>();
            Arc::new(micros.reinterpret_cast::<Int64Type>())
        }
        (DataType::Array { element, .. }, ArrowType::List(field)) => {
            let list = array.as_list::<i32>();
            let values = stored(list.values().clone(), element, timestamps)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Arc::new(ListArray::try_new(field.clone(), offsets, values, nulls)?)
        }
        (DataType::Map { key, value, .. }, ArrowType::Map(entries, sorted)) => {
            let map = array.as_map();
            let ArrowType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("a map without entries"));
            };
            let columns = vec![
                stored(map.keys().clone(), key, timestamps)?,
                stored(map.values().clone(), value, timestamps)?,
            ];
            let pairs = StructArray::try_new(fields.clone(), columns, None)?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::try_new(
                entries.clone(),
                offsets,
                pairs,
                nulls,
                *sorted,
            )?)
        }
        (DataType::Struct(schema), ArrowType::Struct(fields)) => {
            let structure = array.as_struct();
            let columns = (structure.columns().iter().zip(schema.iter()))
                .map(|(column, field)| stored(column.clone(), &field.data_type, timestamps))
                .collect::<Result<_>>()?;
            let nulls = structure.nulls().cloned();
            Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?)
        }
        _ => {
            return Err(Error::internal(format!(
                "{} for {data_type}",
                array.data_type()
            )));
        }
    })
}
