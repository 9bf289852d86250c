//! Parquet files in Spark's layout: its schema in the footer, its physical types.

mod dictionary;
mod flat;
mod int96;
mod stored;

use self::dictionary::SAMPLE_ROWS;
use self::flat::{Compressor, FlatWriter};
use self::stored::{stored, stored_field};
use super::options::{ParquetWriteOptions, TimestampEncoding};
use super::task::FormatWriter;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use crate::types::{DataType, StructType};
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType as ArrowType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};
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
    timestamps: TimestampEncoding,
    encoded: EncodedFile,
}

impl ParquetWriter {
    pub fn new(
        file: File,
        schema: &StructType,
        options: &ParquetWriteOptions,
    ) -> Result<io::Result<ParquetWriter>> {
        let spark_schema = DataType::Struct(schema.clone()).json();
        let pair = |key: &str, value: &str| KeyValue::new(key.to_string(), value.to_string());
        let mut properties = WriterProperties::builder()
            .set_compression(options.compression)
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
        let fields: Fields = (schema.iter())
            .map(|field| stored_field(field, options.timestamps))
            .collect();
        let arrow = Arc::new(Schema::new(fields));
        match EncodedFile::new(file, arrow, properties.build()) {
            Ok(encoded) => Ok(Ok(ParquetWriter {
                schema: schema.clone(),
                timestamps: options.timestamps,
                encoded,
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
            columns.push(stored(column.clone(), &field.data_type, self.timestamps)?);
        }
        match self.encoded.write(&columns, batch.rows) {
            Ok(()) => Ok(Ok(())),
            Err(error) => split(error).map(Err),
        }
    }

    fn finish(self: Box<Self>) -> io::Result<u64> {
        self.encoded.finish().map_err(|error| match split(error) {
            Ok(error) => error,
            Err(error) => io::Error::other(error.to_string()),
        })
    }
}

/// A file whose columns are encoded under one schema and described by another (see [`int96`]).
struct EncodedFile {
    file: SerializedFileWriter<BufWriter<File>>,
    arrow: SchemaRef,
    /// The schema under which columns are encoded, and how.
    encoded: SchemaDescriptor,
    properties: WriterPropertiesPtr,
    /// For columns that are encoded here; none if the codec is the crate's.
    compressor: Option<Compressor>,
    row_group: Option<RowGroup>,
}

/// The row group that is being written.
enum RowGroup {
    /// Its first rows, fewer than are looked at to choose encodings.
    Begun {
        batches: Vec<Vec<ArrayRef>>,
        rows: usize,
    },
    /// Leaf columns that are being encoded.
    Encoded { leaves: Vec<Leaf>, rows: usize },
}

/// A leaf column of a row group.
enum Leaf {
    /// Encoded here.
    Flat(Box<FlatWriter>),
    /// Encoded by the crate.
    Other(Box<ArrowColumnWriter>),
}

impl RowGroup {
    fn rows(&self) -> usize {
        match self {
            RowGroup::Begun { rows, .. } | RowGroup::Encoded { rows, .. } => *rows,
        }
    }
}

impl EncodedFile {
    fn new(
        file: File,
        arrow: SchemaRef,
        properties: WriterProperties,
    ) -> parquet::errors::Result<EncodedFile> {
        let encoded = ArrowSchemaConverter::new()
            .with_coerce_types(true)
            .schema_root("spark_schema")
            .convert(&arrow)?;
        let properties = Arc::new(properties);
        let output = BufWriter::with_capacity(1 << 20, file);
        let schema = int96::file_schema(encoded.root_schema())?;
        Ok(EncodedFile {
            file: SerializedFileWriter::new(output, schema, properties.clone())?,
            // One codec for all columns.
            compressor: Compressor::new(properties.compression(&ColumnPath::new(Vec::new())))?,
            arrow,
            encoded,
            properties,
            row_group: None,
        })
    }

    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> parquet::errors::Result<()> {
        let mut offset = 0;
        while offset < rows {
            let mut group = self.row_group.take().unwrap_or(RowGroup::Begun {
                batches: Vec::new(),
                rows: 0,
            });
            let taken = (ROW_GROUP_ROWS - group.rows()).min(rows - offset);
            let columns: Vec<ArrayRef> = (columns.iter())
                .map(|column| column.slice(offset, taken))
                .collect();
            match &mut group {
                RowGroup::Begun { batches, rows } => {
                    batches.push(columns);
                    *rows += taken;
                    if *rows >= SAMPLE_ROWS {
                        group = self.encode(batches, *rows)?;
                    }
                }
                RowGroup::Encoded { leaves, rows } => {
                    self.encode_rows(&columns, leaves)?;
                    *rows += taken;
                }
            }
            offset += taken;
            let is_full = group.rows() == ROW_GROUP_ROWS;
            self.row_group = Some(group);
            if is_full {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Chooses encodings for a row group by its first rows, and encodes these.
    fn encode(
        &mut self,
        batches: &[Vec<ArrayRef>],
        rows: usize,
    ) -> parquet::errors::Result<RowGroup> {
        let dictionaries = dictionary::dictionaries(batches);
        let mut leaves: Vec<Leaf> = (self.crate_writers(&dictionaries)?.into_iter())
            .map(|writer| Leaf::Other(Box::new(writer)))
            .collect();
        let mut leaf = 0;
        for field in self.arrow.fields() {
            if let Some(writer) = self.flat_writer(leaf, field, dictionaries[leaf]) {
                leaves[leaf] = Leaf::Flat(Box::new(writer));
            }
            leaf += leaves_of(field.data_type());
        }
        for batch in batches {
            self.encode_rows(batch, &mut leaves)?;
        }
        Ok(RowGroup::Encoded { leaves, rows })
    }

    /// The crate's writers of all leaf columns.
    fn crate_writers(
        &self,
        dictionaries: &[bool],
    ) -> parquet::errors::Result<Vec<ArrowColumnWriter>> {
        let mut properties = self.properties.as_ref().clone().into_builder();
        for (column, has_dictionary) in self.encoded.columns().iter().zip(dictionaries) {
            let path = column.path().clone();
            properties = properties.set_column_dictionary_enabled(path, *has_dictionary);
        }
        // Column writers take their schema and properties from a file writer; this one writes nothing.
        let (sink, root) = (io::sink(), self.encoded.root_schema_ptr());
        let encoder = SerializedFileWriter::new(sink, root, Arc::new(properties.build()))?;
        let columns = ArrowRowGroupWriterFactory::new(&encoder, self.arrow.clone());
        columns.create_column_writers(self.file.flushed_row_groups().len())
    }

    /// The writer of a column that is encoded here.
    fn flat_writer(&self, leaf: usize, field: &Field, has_dictionary: bool) -> Option<FlatWriter> {
        self.compressor.as_ref()?;
        let column = self.file.schema_descr().column(leaf);
        let path = column.path();
        if self.properties.bloom_filter_properties(path).is_some() {
            return None;
        }
        let codec = self.properties.compression(path);
        FlatWriter::new(&column, field.data_type(), codec, has_dictionary)
    }

    /// Adds rows to the leaf columns of a row group.
    fn encode_rows(
        &mut self,
        columns: &[ArrayRef],
        leaves: &mut [Leaf],
    ) -> parquet::errors::Result<()> {
        let mut leaves = leaves.iter_mut();
        for (field, column) in self.arrow.fields().iter().zip(columns) {
            let first = leaves.next();
            if let Some(Leaf::Flat(writer)) = first
                && let Some(compressor) = &mut self.compressor
            {
                writer.write(column.as_ref(), compressor)?;
                continue;
            }
            let mut writers = first.into_iter().chain(leaves.by_ref());
            for leaf in compute_leaves(field, column)? {
                if let Some(Leaf::Other(writer)) = writers.next() {
                    writer.write(&leaf)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the row group, if there is one.
    fn flush(&mut self) -> parquet::errors::Result<()> {
        let group = match self.row_group.take() {
            None => return Ok(()),
            Some(RowGroup::Begun { batches, rows }) => self.encode(&batches, rows)?,
            Some(group) => group,
        };
        let RowGroup::Encoded { leaves, .. } = group else {
            return Ok(());
        };
        let described: Vec<_> = self.file.schema_descr().columns().to_vec();
        let mut target = self.file.next_row_group()?;
        for (leaf, column) in leaves.into_iter().zip(&described) {
            match (leaf, &mut self.compressor) {
                (Leaf::Flat(writer), Some(compressor)) => {
                    writer.finish(compressor, &mut target)?;
                }
                (Leaf::Other(writer), _) => {
                    let mut chunk = writer.close()?;
                    int96::describe_as(chunk.close_mut(), column)?;
                    chunk.append_to_row_group(&mut target)?;
                }
                (Leaf::Flat(_), None) => {
                    return Err(ParquetError::General(
                        "a column without a compressor".into(),
                    ));
                }
            }
        }
        target.close().map(drop)
    }

    /// Ends the file; says how many bytes it has.
    fn finish(mut self) -> parquet::errors::Result<u64> {
        self.flush()?;
        self.file.finish()?;
        Ok(self.file.bytes_written() as u64)
    }
}

/// How many leaf columns a type has.
fn leaves_of(data_type: &ArrowType) -> usize {
    match data_type {
        ArrowType::Struct(fields) => (fields.iter())
            .map(|field| leaves_of(field.data_type()))
            .sum(),
        ArrowType::List(item) => leaves_of(item.data_type()),
        ArrowType::Map(entries, _) => leaves_of(entries.data_type()),
        _ => 1,
    }
}
