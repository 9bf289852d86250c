//! The one Arrow encoding of each Spark type.

use super::{DataType, StructField, StructType};
use arrow::datatypes::{DataType as ArrowType, Field, Fields, IntervalUnit, Schema, TimeUnit};
use std::sync::Arc;

/// The Arrow type in which arrays of `data_type` travel through the engine.
pub fn arrow_type(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::Null => ArrowType::Null,
        DataType::Boolean => ArrowType::Boolean,
        DataType::Byte => ArrowType::Int8,
        DataType::Short => ArrowType::Int16,
        DataType::Integer => ArrowType::Int32,
        DataType::Long => ArrowType::Int64,
        DataType::Float => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Decimal { precision, scale } if *precision <= 18 => {
            ArrowType::Decimal64(*precision, *scale)
        }
        DataType::Decimal { precision, scale } => ArrowType::Decimal128(*precision, *scale),
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => ArrowType::Utf8View,
        DataType::Binary => ArrowType::BinaryView,
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::TimestampNtz => ArrowType::Timestamp(TimeUnit::Microsecond, None),
        DataType::YearMonthInterval { .. } => ArrowType::Interval(IntervalUnit::YearMonth),
        DataType::DayTimeInterval { .. } => ArrowType::Duration(TimeUnit::Microsecond),
        DataType::CalendarInterval => ArrowType::Interval(IntervalUnit::MonthDayNano),
        DataType::Array {
            element,
            contains_null,
        } => ArrowType::List(Arc::new(Field::new(
            "element",
            arrow_type(element),
            *contains_null,
        ))),
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => {
            let entries = Fields::from(vec![
                Field::new("key", arrow_type(key), false),
                Field::new("value", arrow_type(value), *value_contains_null),
            ]);
            let entries = Field::new("entries", ArrowType::Struct(entries), false);
            ArrowType::Map(Arc::new(entries), false)
        }
        DataType::Struct(fields) => ArrowType::Struct(fields.iter().map(arrow_field).collect()),
    }
}

/// The Arrow field of a schema field.
pub fn arrow_field(field: &StructField) -> Field {
    Field::new(&field.name, arrow_type(&field.data_type), field.nullable)
}

/// The Arrow schema of a schema.
pub fn arrow_schema(schema: &StructType) -> Schema {
    Schema::new(schema.iter().map(arrow_field).collect::<Fields>())
}

/// The Spark type that an Arrow type from outside (a file, a user's batch) is read as; `None` where
/// Spark has no such type.
pub fn from_arrow_type(arrow: &ArrowType) -> Option<DataType> {
    Some(match arrow {
        ArrowType::Null => DataType::Null,
        ArrowType::Boolean => DataType::Boolean,
        ArrowType::Int8 => DataType::Byte,
        ArrowType::Int16 | ArrowType::UInt8 => DataType::Short,
        ArrowType::Int32 | ArrowType::UInt16 => DataType::Integer,
        ArrowType::Int64 | ArrowType::UInt32 => DataType::Long,
        ArrowType::UInt64 => DataType::decimal(20, 0),
        ArrowType::Float16 | ArrowType::Float32 => DataType::Float,
        ArrowType::Float64 => DataType::Double,
        ArrowType::Decimal32(p, s) | ArrowType::Decimal64(p, s) | ArrowType::Decimal128(p, s) => {
            DataType::decimal(*p, *s)
        }
        ArrowType::Decimal256(p, s) if *p <= 38 => DataType::decimal(*p, *s),
        ArrowType::Decimal256(_, _) => return None,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => DataType::String,
        ArrowType::Binary
        | ArrowType::LargeBinary
        | ArrowType::BinaryView
        | ArrowType::FixedSizeBinary(_) => DataType::Binary,
        ArrowType::Date32 | ArrowType::Date64 => DataType::Date,
        ArrowType::Timestamp(_, Some(_)) => DataType::Timestamp,
        ArrowType::Timestamp(_, None) => DataType::TimestampNtz,
        ArrowType::Interval(IntervalUnit::YearMonth) => DataType::YEAR_MONTH,
        ArrowType::Interval(IntervalUnit::DayTime) | ArrowType::Duration(_) => DataType::DAY_TIME,
        ArrowType::Interval(IntervalUnit::MonthDayNano) => DataType::CalendarInterval,
        ArrowType::List(field)
        | ArrowType::LargeList(field)
        | ArrowType::ListView(field)
        | ArrowType::LargeListView(field)
        | ArrowType::FixedSizeList(field, _) => {
            DataType::array(from_arrow_type(field.data_type())?, field.is_nullable())
        }
        ArrowType::Map(entries, _) => match entries.data_type() {
            ArrowType::Struct(fields) if fields.len() == 2 => DataType::map(
                from_arrow_type(fields[0].data_type())?,
                from_arrow_type(fields[1].data_type())?,
                fields[1].is_nullable(),
            ),
            _ => return None,
        },
        ArrowType::Struct(fields) => DataType::Struct(StructType::new(fields_from_arrow(fields)?)),
        ArrowType::Dictionary(_, value) => from_arrow_type(value)?,
        ArrowType::RunEndEncoded(_, value) => from_arrow_type(value.data_type())?,
        ArrowType::Time32(_) | ArrowType::Time64(_) | ArrowType::Union(_, _) => return None,
    })
}

/// The schema that an Arrow schema from outside is read as; the name of the first column without a
/// Spark type as the error.
pub fn from_arrow_schema(schema: &Schema) -> Result<StructType, String> {
    let unknown = |field: &Arc<Field>| from_arrow_type(field.data_type()).is_none();
    match fields_from_arrow(schema.fields()) {
        Some(fields) => Ok(StructType::new(fields)),
        None => {
            let field = schema.fields().iter().find(|field| unknown(field));
            Err(field.map_or_else(String::new, |field| field.name().clone()))
        }
    }
}

fn fields_from_arrow(fields: &Fields) -> Option<Vec<StructField>> {
    let convert = |field: &Arc<Field>| {
        let data_type = from_arrow_type(field.data_type())?;
        Some(StructField::new(
            field.name(),
            data_type,
            field.is_nullable(),
        ))
    };
    fields.iter().map(convert).collect()
}
