//! The Spark schema of a Parquet file.
//!
//! Spark writes its own schema into the footer as JSON; where that is missing, types come from the Parquet
//! types. Everything is nullable, as in Spark. Embedded Arrow schemas are not looked at.

use super::file::ParquetFile;
use crate::config::Config;
use crate::error::conditions::{
    CANNOT_MERGE_SCHEMAS, COLUMN_ALREADY_EXISTS, PARQUET_TYPE_ILLEGAL, UNSUPPORTED_TIME_TYPE,
};
use crate::error::{Error, Result, quote};
use crate::types::{DataType, StructField, StructType, from_arrow_type};
use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::{LogicalType, TimeUnit as ParquetTimeUnit, Type as PhysicalType};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::Type;

/// The footer key under which Spark keeps its schema.
pub(super) const ROW_METADATA_KEY: &str = "org.apache.spark.sql.parquet.row.metadata";

/// The Arrow schema in which the `parquet` crate reads a file unasked.
pub(super) fn native_schema(file: &ParquetFile) -> Result<Schema> {
    let footer = file.footer()?;
    file.guard(|| parquet_to_arrow_schema(footer.file_metadata().schema_descr(), None))
}

/// The Spark schema of one file.
pub(super) fn file_schema(file: &ParquetFile, config: &Config) -> Result<StructType> {
    let footer = file.footer()?;
    if let Some(schema) = spark_schema(&footer) {
        return Ok(schema);
    }
    let native = native_schema(file)?;
    let roots = footer
        .file_metadata()
        .schema_descr()
        .root_schema()
        .get_fields();
    let mut fields = Vec::with_capacity(native.fields().len());
    for (field, parquet) in native.fields().iter().zip(roots) {
        check_readable(parquet, config)?;
        let data_type =
            from_arrow_type(&readable(field.data_type(), parquet)).ok_or_else(|| {
                Error::new(&PARQUET_TYPE_ILLEGAL, [("parquetType", describe(parquet))])
            })?;
        fields.push(StructField::new(
            field.name(),
            data_type.as_nullable(),
            true,
        ));
    }
    Ok(StructType::new(fields))
}

fn spark_schema(footer: &ParquetMetaData) -> Option<StructType> {
    let pairs = footer.file_metadata().key_value_metadata()?;
    let pair = pairs.iter().find(|pair| pair.key == ROW_METADATA_KEY)?;
    match DataType::from_json(pair.value.as_deref()?)
        .ok()?
        .as_nullable()
    {
        // Trust it only where it describes this file.
        DataType::Struct(schema)
            if schema.len()
                == footer
                    .file_metadata()
                    .schema_descr()
                    .root_schema()
                    .get_fields()
                    .len() =>
        {
            Some(schema)
        }
        _ => None,
    }
}

/// Refuses what Spark refuses: times of day, and timestamps of nanoseconds.
fn check_readable(parquet: &Type, config: &Config) -> Result<()> {
    if !parquet.is_primitive() {
        let fields = parquet.get_fields().iter();
        return fields
            .into_iter()
            .try_for_each(|field| check_readable(field, config));
    }
    match parquet.get_basic_info().logical_type_ref() {
        Some(LogicalType::Time(_)) => Err(Error::of(&UNSUPPORTED_TIME_TYPE)),
        Some(LogicalType::Timestamp(timestamp))
            if timestamp.unit == ParquetTimeUnit::NANOS
                && !config.flag("spark.sql.legacy.parquet.nanosAsLong") =>
        {
            Err(Error::new(
                &PARQUET_TYPE_ILLEGAL,
                [("parquetType", describe(parquet))],
            ))
        }
        _ => Ok(()),
    }
}

/// The Arrow type that a column is taken for: INT96 is an instant, though it says nothing of a zone; timestamps of
/// nanoseconds (which a setting allows) are numbers; columns of NULLs are of their physical type.
fn readable(arrow: &ArrowType, parquet: &Type) -> ArrowType {
    let physical = parquet.is_primitive().then(|| parquet.get_physical_type());
    match (arrow, physical) {
        (ArrowType::Timestamp(TimeUnit::Nanosecond, None), Some(PhysicalType::INT96)) => {
            ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        (ArrowType::Timestamp(TimeUnit::Nanosecond, _), Some(_)) => ArrowType::Int64,
        (ArrowType::Null, Some(PhysicalType::BOOLEAN)) => ArrowType::Boolean,
        (ArrowType::Null, Some(PhysicalType::INT32)) => ArrowType::Int32,
        (ArrowType::Null, Some(PhysicalType::INT64)) => ArrowType::Int64,
        (ArrowType::Null, Some(PhysicalType::FLOAT)) => ArrowType::Float32,
        (ArrowType::Null, Some(PhysicalType::DOUBLE)) => ArrowType::Float64,
        (ArrowType::Null, Some(_)) => ArrowType::Binary,
        (other, _) => other.clone(),
    }
}

/// A Parquet type as Spark names it in errors: `INT64`, `INT64 (TIMESTAMP(NANOS,true))`.
fn describe(parquet: &Type) -> String {
    if !parquet.is_primitive() {
        return format!("group {}", parquet.name());
    }
    let physical = physical_name(parquet.get_physical_type());
    match parquet.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => format!(
            "{physical} (TIMESTAMP({:?},{}))",
            timestamp.unit, timestamp.is_adjusted_to_u_t_c
        ),
        Some(logical) => format!("{physical} ({logical:?})"),
        None => physical.to_string(),
    }
}

/// The name of a physical type as Spark prints it.
pub(super) fn physical_name(physical: PhysicalType) -> &'static str {
    match physical {
        PhysicalType::BOOLEAN => "BOOLEAN",
        PhysicalType::INT32 => "INT32",
        PhysicalType::INT64 => "INT64",
        PhysicalType::INT96 => "INT96",
        PhysicalType::FLOAT => "FLOAT",
        PhysicalType::DOUBLE => "DOUBLE",
        PhysicalType::BYTE_ARRAY => "BINARY",
        PhysicalType::FIXED_LEN_BYTE_ARRAY => "FIXED_LEN_BYTE_ARRAY",
    }
}

/// The schema of all files taken together: columns of the first, then those that others add.
pub(super) fn merge(schemas: &[StructType], config: &Config) -> Result<StructType> {
    let mut merged = schemas.first().cloned().unwrap_or_default();
    for schema in schemas.iter().skip(1) {
        merged = merge_structs(&merged, schema, config.case_sensitive()).ok_or_else(|| {
            let sql = |schema: &StructType| quote::sql_type(&DataType::Struct(schema.clone()));
            Error::new(
                &CANNOT_MERGE_SCHEMAS,
                [("left", sql(&merged)), ("right", sql(schema))],
            )
        })?;
    }
    Ok(merged)
}

fn merge_structs(
    left: &StructType,
    right: &StructType,
    case_sensitive: bool,
) -> Option<StructType> {
    let same_name = |a: &str, b: &str| a == b || (!case_sensitive && a.eq_ignore_ascii_case(b));
    let mut fields = Vec::with_capacity(left.len());
    for field in left.iter() {
        let other = right
            .iter()
            .find(|other| same_name(&field.name, &other.name));
        let data_type = match other {
            Some(other) => merge_types(&field.data_type, &other.data_type, case_sensitive)?,
            None => field.data_type.clone(),
        };
        fields.push(StructField {
            data_type,
            ..field.clone()
        });
    }
    let added = |field: &&StructField| !left.iter().any(|own| same_name(&own.name, &field.name));
    fields.extend(right.iter().filter(added).cloned());
    Some(StructType::new(fields))
}

/// Equal types, or decimals of one scale; Spark does not widen integers here.
fn merge_types(left: &DataType, right: &DataType, case_sensitive: bool) -> Option<DataType> {
    match (left, right) {
        (DataType::Struct(a), DataType::Struct(b)) => {
            Some(DataType::Struct(merge_structs(a, b, case_sensitive)?))
        }
        (
            DataType::Array {
                element: a,
                contains_null: n,
            },
            DataType::Array {
                element: b,
                contains_null: m,
            },
        ) => Some(DataType::array(
            merge_types(a, b, case_sensitive)?,
            *n || *m,
        )),
        (
            DataType::Map {
                key: a,
                value: x,
                value_contains_null: n,
            },
            DataType::Map {
                key: b,
                value: y,
                value_contains_null: m,
            },
        ) => Some(DataType::map(
            merge_types(a, b, case_sensitive)?,
            merge_types(x, y, case_sensitive)?,
            *n || *m,
        )),
        (
            DataType::Decimal {
                precision: p,
                scale: s,
            },
            DataType::Decimal {
                precision: q,
                scale: t,
            },
        ) if s == t => Some(DataType::decimal(*p.max(q), *s)),
        _ => (left == right).then(|| left.clone()),
    }
}

/// Refuses schemas in which two columns have one name.
pub(crate) fn check_unique(schema: &StructType, config: &Config) -> Result<()> {
    let mut names: Vec<String> = (schema.iter())
        .map(|field| {
            if config.case_sensitive() {
                field.name.clone()
            } else {
                field.name.to_lowercase()
            }
        })
        .collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::new(
            &COLUMN_ALREADY_EXISTS,
            [("columnName", quote::identifier(&pair[0]))],
        )),
        None => Ok(()),
    }
}
