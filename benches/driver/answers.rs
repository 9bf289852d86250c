//! Rows of a query in an Arrow file, for whoever compares engines.

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use std::path::Path;
use std::sync::Arc;

/// The engine's encodings that not every reader of Arrow files computes with, in older ones.
fn widely_known(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::LargeUtf8,
        DataType::BinaryView => DataType::LargeBinary,
        DataType::Decimal64(precision, scale) => DataType::Decimal128(*precision, *scale),
        other => other.clone(),
    }
}

/// Writes the rows; a result without batches becomes a file without columns.
pub fn write(path: &Path, batches: &[RecordBatch]) -> Result<(), ArrowError> {
    let fields = batches.first().map(|batch| batch.schema());
    let fields = fields.iter().flat_map(|schema| schema.fields().iter());
    let fields: Vec<Field> = fields
        .map(|f| Field::new(f.name(), widely_known(f.data_type()), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let mut writer = FileWriter::try_new(std::fs::File::create(path)?, &schema)?;
    for batch in batches {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns: Vec<_> = columns.collect::<Result<_, _>>()?;
        writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    }
    writer.finish()
}
