//! From a format's name and paths to a table.

use super::csv::CsvTable;
use super::files::Listing;
use super::json::JsonTable;
use super::options::SourceOptions;
use super::parquet::ParquetTable;
use super::table::Table;
use super::text::TextTable;
use crate::config::Config;
use crate::error::conditions::DATA_SOURCE_NOT_FOUND;
use crate::error::{Error, Result};
use crate::types::{DataType, StructType};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The file formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Text with separated fields.
    Csv,
    /// JSON, one object a line or one document a file.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Lines of text.
    Text,
}

impl FileFormat {
    /// The format of that name, in any case; also Spark's class names.
    pub fn find(name: &str) -> Option<FileFormat> {
        let name = name.to_ascii_lowercase();
        let short = name.strip_prefix("org.apache.spark.sql.").unwrap_or(&name);
        let short = short.strip_suffix("fileformat").unwrap_or(short);
        let short = short.rsplit('.').next().unwrap_or(short);
        Some(match short {
            "csv" => FileFormat::Csv,
            "json" => FileFormat::Json,
            "parquet" => FileFormat::Parquet,
            "text" => FileFormat::Text,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Json => "json",
            FileFormat::Parquet => "parquet",
            FileFormat::Text => "text",
        }
    }
}

/// A table over files. Lists them, and reads as much of them as the schema needs; the data are read by scans.
pub fn open_files(
    format: &str,
    paths: &[String],
    schema: Option<&StructType>,
    options: &BTreeMap<String, String>,
    config: &Config,
) -> Result<Arc<dyn Table>> {
    let Some(file_format) = FileFormat::find(format) else {
        return Err(Error::new(&DATA_SOURCE_NOT_FOUND, [("provider", format)]));
    };
    let options = SourceOptions::new(options);
    // What a file lacks reads as NULL, whatever the user's schema says.
    let schema = schema.map(nullable);
    let schema = schema.as_ref();
    let listing = Listing::find(paths, schema, &options, config)?;
    Ok(match file_format {
        FileFormat::Parquet => Arc::new(ParquetTable::open(listing, schema, &options, config)?),
        FileFormat::Csv => Arc::new(CsvTable::open(listing, schema, &options, config)?),
        FileFormat::Text => Arc::new(TextTable::open(listing, schema, &options, config)?),
        FileFormat::Json => Arc::new(JsonTable::open(listing, schema, &options, config)?),
    })
}

fn nullable(schema: &StructType) -> StructType {
    match DataType::Struct(schema.clone()).as_nullable() {
        DataType::Struct(nullable) => nullable,
        _ => schema.clone(),
    }
}
