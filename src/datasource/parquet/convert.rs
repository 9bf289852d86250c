//! From what the decoder gives to the engine's encodings.
//!
//! Two halves that belong together: [`decode_as`] picks, for a column of a file and the Spark type it is to
//! have, the Arrow type in which the `parquet` crate can decode it that is nearest to the engine's encoding;
//! [`adapt`] does the rest on the decoded array. Which pairs go together at all follows Spark's vectorized
//! reader.

use crate::error::Result;
use crate::types::{DataType, StructType, arrow_field, arrow_type};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, Int32Array, ListArray, MapArray, PrimitiveArray,
    StringViewArray, StructArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, DurationMicrosecondType, Field, FieldRef, Fields,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use parquet::basic::Type as PhysicalType;
use parquet::schema::types::SchemaDescriptor;
use std::sync::Arc;

/// A column that cannot be read as the type asked for.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The leaf, by its position in the file.
    pub leaf: usize,
    /// What it was to be read as.
    pub expected: DataType,
}

/// Collects which leaves of a file are to be decoded, and as what.
pub(super) struct LeafPlan<'a> {
    schema: &'a SchemaDescriptor,
    /// The next leaf of the walk.
    next: usize,
    /// The leaves to decode.
    pub leaves: Vec<usize>,
}

impl<'a> LeafPlan<'a> {
    /// A walk that begins at leaf `first`.
    pub fn new(schema: &'a SchemaDescriptor, first: usize) -> Self {
        LeafPlan {
            schema,
            next: first,
            leaves: Vec::new(),
        }
    }

    /// The Arrow type to ask the decoder for. `native` is what it would give unasked.
    pub fn decode_as(
        &mut self,
        native: &ArrowType,
        wanted: &DataType,
    ) -> Result<ArrowType, Mismatch> {
        let first = self.next;
        match (native, wanted) {
            (ArrowType::List(item), DataType::Array { element, .. }) => {
                Ok(ArrowType::List(self.child(item, element)?))
            }
            (ArrowType::Map(entries, sorted), DataType::Map { key, value, .. }) => {
                let ArrowType::Struct(pair) = entries.data_type() else {
                    return Err(self.mismatch(first, wanted));
                };
                let [key_field, value_field] = &pair[..] else {
                    return Err(self.mismatch(first, wanted));
                };
                let pair = Fields::from(vec![
                    self.child(key_field, key)?,
                    self.child(value_field, value)?,
                ]);
                let entries = entries.as_ref().clone();
                let entries = entries.with_data_type(ArrowType::Struct(pair));
                Ok(ArrowType::Map(Arc::new(entries), *sorted))
            }
            (ArrowType::Struct(fields), DataType::Struct(schema)) => self.structure(fields, schema),
            (
                ArrowType::List(_) | ArrowType::Map(_, _) | ArrowType::Struct(_),
                DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_),
            ) => Err(self.mismatch(first, wanted)),
            _ => {
                let physical = self.schema.column(first).physical_type();
                self.next += 1;
                self.leaves.push(first);
                leaf_type(native, physical, wanted).ok_or_else(|| self.mismatch(first, wanted))
            }
        }
    }

    fn mismatch(&self, leaf: usize, wanted: &DataType) -> Mismatch {
        Mismatch {
            leaf,
            expected: wanted.clone(),
        }
    }

    fn child(&mut self, field: &FieldRef, wanted: &DataType) -> Result<FieldRef, Mismatch> {
        let data_type = self.decode_as(field.data_type(), wanted)?;
        Ok(Arc::new(field.as_ref().clone().with_data_type(data_type)))
    }

    /// Fields by name. If none is wanted, the first leaf is decoded all the same: it says where the struct
    /// is NULL.
    fn structure(&mut self, fields: &Fields, schema: &StructType) -> Result<ArrowType, Mismatch> {
        let first = self.next;
        let before = self.leaves.len();
        let mut planned = Vec::with_capacity(fields.len());
        for field in fields {
            match schema.index_of(field.name()) {
                Some(index) => planned.push(self.child(field, &schema[index].data_type)?),
                None => {
                    self.next += leaf_count(field.data_type());
                    planned.push(field.clone());
                }
            }
        }
        if self.leaves.len() == before {
            self.leaves.push(first);
        }
        Ok(ArrowType::Struct(planned.into()))
    }
}

/// Leaves of a type.
pub(super) fn leaf_count(arrow: &ArrowType) -> usize {
    match arrow {
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => {
            leaf_count(item.data_type())
        }
        ArrowType::Map(entries, _) => leaf_count(entries.data_type()),
        ArrowType::Struct(fields) => fields.iter().map(|f| leaf_count(f.data_type())).sum(),
        _ => 1,
    }
}

/// What to decode a leaf as; None where Spark refuses to read it as the type wanted.
fn leaf_type(native: &ArrowType, physical: PhysicalType, wanted: &DataType) -> Option<ArrowType> {
    use DataType as Spark;
    let whole = |precision: &u8, scale: &i8| i32::from(*precision) - i32::from(*scale);
    let fits = match (native, wanted) {
        (ArrowType::Null, _) => true,
        (ArrowType::Boolean, Spark::Boolean) => true,
        (
            ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32,
            Spark::Byte | Spark::Short | Spark::Integer | Spark::Long | Spark::Double,
        ) => true,
        (ArrowType::Int32, Spark::Date | Spark::YearMonthInterval { .. }) => true,
        (
            ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32,
            Spark::Decimal { precision, scale },
        ) => whole(precision, scale) >= 10,
        (ArrowType::UInt8, Spark::Short | Spark::Integer | Spark::Long) => true,
        (ArrowType::UInt16, Spark::Integer | Spark::Long) => true,
        (ArrowType::UInt32, Spark::Long) => true,
        (ArrowType::UInt64 | ArrowType::Int64, Spark::Decimal { precision, scale }) => {
            whole(precision, scale) >= 20
        }
        (ArrowType::Int64, Spark::Long | Spark::DayTimeInterval { .. }) => true,
        (ArrowType::Float16, Spark::Float | Spark::Double) => true,
        (ArrowType::Float32, Spark::Float | Spark::Double) => true,
        (ArrowType::Float64, Spark::Double) => true,
        (ArrowType::Date32, Spark::Date | Spark::TimestampNtz) => true,
        (ArrowType::FixedSizeBinary(_), Spark::Binary) => true,
        (ArrowType::Decimal128(p, s), Spark::Decimal { precision, scale }) => {
            if scale < s || whole(precision, scale) < whole(p, s) {
                return None;
            }
            return Some(if *p <= 18 {
                ArrowType::Decimal64(*p, *s)
            } else {
                ArrowType::Decimal128(*p, *s)
            });
        }
        // Under spark.sql.legacy.parquet.nanosAsLong.
        (ArrowType::Timestamp(TimeUnit::Nanosecond, _), Spark::Long) => true,
        (ArrowType::Timestamp(unit, zone), Spark::Timestamp | Spark::TimestampNtz) => {
            return Some(if physical == PhysicalType::INT96 {
                ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            } else {
                ArrowType::Timestamp(*unit, zone.clone())
            });
        }
        (ArrowType::Utf8, Spark::String | Spark::Char(_) | Spark::Varchar(_) | Spark::Binary) => {
            return Some(ArrowType::Utf8View);
        }
        (ArrowType::Binary, Spark::String | Spark::Char(_) | Spark::Varchar(_) | Spark::Binary) => {
            return Some(ArrowType::BinaryView);
        }
        _ => false,
    };
    fits.then(|| native.clone())
}

/// A decoded array in the engine's encoding of `wanted`.
pub(super) fn adapt(array: ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    let target = arrow_type(wanted);
    if *array.data_type() == target {
        return Ok(array);
    }
    match wanted {
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let ArrowType::List(field) = target else {
                return Ok(array);
            };
            let values = adapt(list.values().clone(), element)?;
            let nulls = list.nulls().cloned();
            Ok(Arc::new(ListArray::try_new(
                nullable(&field),
                list.offsets().clone(),
                values,
                nulls,
            )?))
        }
        DataType::Map { key, value, .. } => {
            let map = array.as_map();
            let ArrowType::Map(entries, sorted) = target else {
                return Ok(array);
            };
            let ArrowType::Struct(fields) = entries.data_type() else {
                return Ok(array);
            };
            let columns = vec![
                adapt(map.keys().clone(), key)?,
                adapt(map.values().clone(), value)?,
            ];
            let pairs = StructArray::try_new(fields.clone(), columns, None)?;
            Ok(Arc::new(MapArray::try_new(
                entries.clone(),
                map.offsets().clone(),
                pairs,
                map.nulls().cloned(),
                sorted,
            )?))
        }
        DataType::Struct(schema) => {
            let structure = array.as_struct();
            let mut columns = Vec::with_capacity(schema.len());
            for field in schema.iter() {
                let found = (structure.fields().iter())
                    .position(|own| own.name().eq_ignore_ascii_case(&field.name));
                columns.push(match found {
                    Some(index) => adapt(structure.column(index).clone(), &field.data_type)?,
                    None => new_null_array(&arrow_type(&field.data_type), structure.len()),
                });
            }
            let fields: Fields = schema.iter().map(arrow_field).collect();
            Ok(Arc::new(StructArray::try_new(
                fields,
                columns,
                structure.nulls().cloned(),
            )?))
        }
        DataType::Timestamp => Ok(Arc::new(to_micros(&array)?.with_timezone("UTC"))),
        DataType::TimestampNtz => Ok(Arc::new(to_micros(&array)?)),
        DataType::Byte => {
            let wide = int32(&array)?;
            Ok(Arc::new(wide.unary::<_, Int8Type>(|value| value as i8)))
        }
        DataType::Short => {
            let wide = int32(&array)?;
            Ok(Arc::new(wide.unary::<_, Int16Type>(|value| value as i16)))
        }
        DataType::YearMonthInterval { .. } => {
            let months = array.as_primitive::<Int32Type>();
            Ok(Arc::new(months.reinterpret_cast::<IntervalYearMonthType>()))
        }
        DataType::DayTimeInterval { .. } => {
            let micros = array.as_primitive::<Int64Type>();
            Ok(Arc::new(
                micros.reinterpret_cast::<DurationMicrosecondType>(),
            ))
        }
        DataType::String | DataType::Char(_) | DataType::Varchar(_)
            if *array.data_type() == ArrowType::BinaryView =>
        {
            Ok(Arc::new(utf8(array.as_binary_view())))
        }
        _ => Ok(cast(&array, &target)?),
    }
}

/// The field of a list, whatever the file says of nulls.
fn nullable(field: &FieldRef) -> FieldRef {
    let field: &Field = field.as_ref();
    Arc::new(field.clone())
}

fn int32(array: &ArrayRef) -> Result<Int32Array> {
    let wide = cast(array, &ArrowType::Int32)?;
    Ok(wide.as_primitive::<Int32Type>().clone())
}

/// Timestamps of any unit in microseconds, cut towards the past.
fn to_micros(array: &ArrayRef) -> Result<PrimitiveArray<TimestampMicrosecondType>> {
    fn scaled<T: ArrowPrimitiveType<Native = i64>>(
        array: &ArrayRef,
        micros: impl Fn(i64) -> i64,
    ) -> PrimitiveArray<TimestampMicrosecondType> {
        array.as_primitive::<T>().unary(micros)
    }
    Ok(match array.data_type() {
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .clone()
            .with_timezone_opt(None::<Arc<str>>),
        ArrowType::Timestamp(TimeUnit::Nanosecond, _) => {
            scaled::<TimestampNanosecondType>(array, |nanos| nanos.div_euclid(1000))
        }
        ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
            scaled::<TimestampMillisecondType>(array, |millis| millis.wrapping_mul(1000))
        }
        ArrowType::Timestamp(TimeUnit::Second, _) => {
            scaled::<TimestampSecondType>(array, |seconds| seconds.wrapping_mul(1_000_000))
        }
        _ => cast(array, &ArrowType::Timestamp(TimeUnit::Microsecond, None))?
            .as_primitive::<TimestampMicrosecondType>()
            .clone(),
    })
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
fn utf8(bytes: &BinaryViewArray) -> StringViewArray {
    match bytes.clone().to_string_view() {
        Ok(text) => text,
        Err(_) => (bytes.iter())
            .map(|value| value.map(|value| String::from_utf8_lossy(value).into_owned()))
            .collect(),
    }
}
