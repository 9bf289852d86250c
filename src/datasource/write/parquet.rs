//! Parquet files in Spark's layout: its schema in the footer, its physical types.
//!
//! Limit: timestamps are stored as microseconds (Spark's `TIMESTAMP_MICROS`), not as INT96.

use super::options::ParquetWriteOptions;
use super::task::FormatWriter;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use crate::types::{DataType, StructField, StructType, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, StructArray};
use arrow::datatypes::{
    DataType as ArrowType, DurationMicrosecondType, Field, Fields, Int32Type, Int64Type,
    IntervalYearMonthType, Schema, SchemaRef,
};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;

/// Rows of a row group. With the default page sizes a scan can skip within it.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// The version of Spark whose layout this is.
const SPARK_VERSION: &str = "4.1.0";

/// Writes one Parquet file.
pub(super) struct ParquetWriter {
    schema: StructType,
    arrow: SchemaRef,
    writer: ArrowWriter<BufWriter<File>>,
}

impl ParquetWriter {
    pub fn new(
        file: File,
        schema: &StructType,
        options: &ParquetWriteOptions,
    ) -> Result<io::Result<ParquetWriter>> {
        let fields: Fields = schema.iter().map(stored_field).collect();
        let arrow = Arc::new(Schema::new(fields));
        let spark_schema = DataType::Struct(schema.clone()).json();
        let pair = |key: &str, value: &str| KeyValue::new(key.to_string(), value.to_string());
        let mut properties = WriterProperties::builder()
            .set_compression(options.compression)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_coerce_types(true)
            .set_created_by(concat!("firesteel version ", env!("CARGO_PKG_VERSION")).to_string())
            .set_key_value_metadata(Some(vec![
                pair("org.apache.spark.version", SPARK_VERSION),
                pair("org.apache.spark.sql.parquet.row.metadata", &spark_schema),
            ]));
        for column in &options.bloom_filters {
            // Options lose their case; columns keep theirs.
            if let Some(index) = schema.index_of(column) {
                let path = ColumnPath::from(schema[index].name.as_str());
                properties = properties.set_column_bloom_filter_enabled(path, true);
            }
        }
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_skip_arrow_metadata(true)
            .with_schema_root("spark_schema".to_string());
        let output = BufWriter::with_capacity(1 << 20, file);
        match ArrowWriter::try_new_with_options(output, arrow.clone(), options) {
            Ok(writer) => Ok(Ok(ParquetWriter {
                schema: schema.clone(),
                arrow,
                writer,
            })),
            Err(error) => split(error).map(Err),
        }
    }
}

/// An I/O error is the file's, anything else a bug.
fn split(error: ParquetError) -> Result<io::Error> {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => Ok(*error),
            Err(other) => Err(Error::internal(other)),
        },
        other => Err(Error::internal(other)),
    }
}

impl FormatWriter for ParquetWriter {
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>> {
        let mut columns = Vec::with_capacity(batch.columns.len());
        for (column, field) in batch.columns.iter().zip(self.schema.iter()) {
            columns.push(stored(column.clone(), &field.data_type)?);
        }
        let batch = RecordBatch::try_new(self.arrow.clone(), columns)?;
        match self.writer.write(&batch) {
            Ok(()) => Ok(Ok(())),
            Err(error) => split(error).map(Err),
        }
    }

    fn bytes(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer
            .close()
            .map(drop)
            .map_err(|error| match split(error) {
                Ok(error) => error,
                Err(error) => io::Error::other(error.to_string()),
            })
    }
}

/// The Arrow type that is handed to the `parquet` crate: intervals are stored as integers.
fn stored_type(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::YearMonthInterval { .. } => ArrowType::Int32,
        DataType::DayTimeInterval { .. } => ArrowType::Int64,
        DataType::Array {
            element,
            contains_null,
        } => ArrowType::List(Arc::new(Field::new(
            "element",
            stored_type(element),
            *contains_null,
        ))),
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => {
            let pair = Fields::from(vec![
                Field::new("key", stored_type(key), false),
                Field::new("value", stored_type(value), *value_contains_null),
            ]);
            let entries = Field::new("key_value", ArrowType::Struct(pair), false);
            ArrowType::Map(Arc::new(entries), false)
        }
        DataType::Struct(fields) => ArrowType::Struct(fields.iter().map(stored_field).collect()),
        other => arrow_type(other),
    }
}

fn stored_field(field: &StructField) -> Field {
    Field::new(&field.name, stored_type(&field.data_type), field.nullable)
}

/// An array in its stored type.
fn stored(array: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let target = stored_type(data_type);
    if *array.data_type() == target {
        return Ok(array);
    }
    Ok(match (data_type, &target) {
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
            let values = stored(list.values().clone(), element)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Arc::new(ListArray::try_new(field.clone(), offsets, values, nulls)?)
        }
        (DataType::Map { key, value, .. }, ArrowType::Map(entries, sorted)) => {
            let map = array.as_map();
            let ArrowType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("a map without entries"));
            };
            let columns = vec![
                stored(map.keys().clone(), key)?,
                stored(map.values().clone(), value)?,
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
                .map(|(column, field)| stored(column.clone(), &field.data_type))
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
