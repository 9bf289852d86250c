//! JSON files as a table.

use super::infer::{finish, infer, merge};
use super::options::JsonOptions;
use super::parser::{Json, parse};
use super::reader::{JsonReader, JsonScan, OutputColumn, find_records};
use crate::config::Config;
use crate::datasource::csv::{ParseMode, check_corrupt_column};
use crate::datasource::files::{DataFile, Listing, PartitionFilter};
use crate::datasource::input::{RangeSource, Window, cut_files};
use crate::datasource::options::SourceOptions;
use crate::datasource::parquet::check_unique;
use crate::datasource::table::{ColumnStatistics, FilterSupport, ScanRequest, Statistics, Table};
use crate::datasource::text::line_ranges;
use crate::error::conditions::{
    MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION, UNABLE_TO_INFER_SCHEMA,
    UNSUPPORTED_FEATURE_QUERY_ONLY_CORRUPT_RECORD_COLUMN,
};
use crate::error::{Error, Result};
use crate::expr::{Attribute, Expr};
use crate::pipeline::{BatchReader, Source, TaskContext};
use crate::types::{DataType, StructField, StructType};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::sync::Arc;

/// A record is guessed to have so many bytes.
const RECORD_BYTES: u64 = 150;

/// A table over JSON files.
#[derive(Debug)]
pub struct JsonTable {
    listing: Listing,
    options: JsonOptions,
    schema: StructType,
}

impl JsonTable {
    /// A table over the files found. Without a `user_schema` it is inferred from all records.
    pub fn open(
        listing: Listing,
        user_schema: Option<&StructType>,
        options: &SourceOptions,
        config: &Config,
    ) -> Result<JsonTable> {
        let options = JsonOptions::new(options, config)?;
        let data_schema = match user_schema {
            Some(schema) => listing.data_schema(schema),
            None => infer_schema(&listing, &options)?,
        };
        check_unique(&data_schema, config)?;
        let is_corrupt = |field: &&StructField| field.name == options.corrupt_column;
        check_corrupt_column(data_schema.iter().find(is_corrupt))?;
        Ok(JsonTable {
            schema: listing.table_schema(&data_schema),
            listing,
            options,
        })
    }
}

fn infer_schema(listing: &Listing, options: &JsonOptions) -> Result<StructType> {
    let files = listing.by_path();
    if files.is_empty() {
        return Err(Error::new(&UNABLE_TO_INFER_SCHEMA, [("format", "JSON")]));
    }
    let of_file = |file: &&DataFile| infer_file(file, options);
    let found: Vec<(DataType, bool)> = files.par_iter().map(of_file).collect::<Result<_>>()?;
    let mut corrupt = false;
    let mut merged = DataType::Null;
    for (data_type, file_corrupt) in found {
        corrupt |= file_corrupt;
        merged = merge(merged, data_type);
    }
    let mut fields = match finish(&merged, options) {
        Some(DataType::Struct(fields)) => fields.to_vec(),
        _ => Vec::new(),
    };
    let known = |name: &str| fields.iter().any(|field| field.name == name);
    if corrupt && options.mode == ParseMode::Permissive && !known(&options.corrupt_column) {
        fields.push(StructField::new(
            &options.corrupt_column,
            DataType::String,
            true,
        ));
        fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(StructType::new(fields))
}

/// The type of a file's records, and whether some are malformed.
fn infer_file(file: &DataFile, options: &JsonOptions) -> Result<(DataType, bool)> {
    let mut window = Window::whole(file, options.encoding)?;
    let mut found = DataType::Null;
    let mut corrupt = false;
    let mut sampled = 0.0;
    let mut lines = Vec::new();
    loop {
        lines.clear();
        let (bytes, end, last) = window.bytes()?;
        let consumed = find_records(bytes, end, last, options, &mut lines);
        for (start, end) in &lines {
            sampled += options.sampling_ratio;
            if options.sampling_ratio < 1.0 && sampled < 1.0 {
                continue;
            }
            sampled -= sampled.floor();
            let text = String::from_utf8_lossy(&bytes[*start..*end]);
            let elements = match parse(&text, options.syntax) {
                Ok(None) => continue,
                Ok(Some(Json::Array(elements))) => Some(elements),
                Ok(Some(other)) => Some(vec![other]),
                Err(_) => None,
            };
            let objects = elements.filter(|elements| {
                elements
                    .iter()
                    .all(|element| matches!(element, Json::Object(_)))
            });
            match objects {
                Some(objects) => {
                    for object in &objects {
                        found = merge(found, infer(object, options));
                    }
                }
                None if options.mode == ParseMode::FailFast => {
                    let line = window.line_of(*start);
                    return Err(Error::new(
                        &MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION,
                        [
                            ("badRecord", options.corrupt_column.as_str()),
                            ("failFastMode", "FAILFAST"),
                        ],
                    )
                    .caused_by(format!("{}, line {line}", window.name())));
                }
                None => corrupt = true,
            }
        }
        let none = lines.is_empty();
        window.consume(consumed);
        if none {
            if last {
                return Ok((found, corrupt));
            }
            window.grow()?;
        }
    }
}

impl Table for JsonTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        let sizes = self.listing.files.iter();
        let bytes: u64 = sizes
            .map(|file| file.compression().expanded(file.size))
            .sum();
        Statistics {
            rows: Some(bytes / RECORD_BYTES),
            bytes: Some(bytes),
            columns: vec![ColumnStatistics::default(); self.schema.len()],
        }
    }

    fn accepts(&self, filter: &Expr, attributes: &[Attribute]) -> FilterSupport {
        if PartitionFilter::covers(filter, attributes, &self.listing) {
            FilterSupport::Exact
        } else {
            FilterSupport::No
        }
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        let keep = PartitionFilter::files(
            &request.filters,
            &request.attributes,
            &self.listing,
            &request.context.config,
        )?;
        let mut columns: Vec<StructField> = Vec::new();
        let mut output = Vec::with_capacity(request.projection.len());
        let mut wants_corrupt = false;
        for column in &request.projection {
            let field = &self.schema[*column];
            let partition = self.listing.partition_schema.index_of(&field.name);
            output.push(if let Some(index) = partition {
                OutputColumn::Partition(index, field.data_type.clone())
            } else if field.name == self.options.corrupt_column {
                wants_corrupt = true;
                OutputColumn::Corrupt
            } else {
                columns.push(field.clone());
                OutputColumn::Parsed(columns.len() - 1)
            });
        }
        if wants_corrupt && columns.is_empty() {
            return Err(Error::of(
                &UNSUPPORTED_FEATURE_QUERY_ONLY_CORRUPT_RECORD_COLUMN,
            ));
        }
        let files = (self.listing.files.iter().zip(&keep)).filter(|(_, keep)| **keep);
        let ranges = cut_files(
            files.map(|(file, _)| file),
            request.partitions,
            self.options.encoding,
            |bytes, wanted| match self.options.multi_line {
                true => std::iter::once(0..bytes.len()).collect(),
                false => line_ranges(bytes, wanted, self.options.line_separator.as_deref()),
            },
        )?;
        let scan = Arc::new(JsonScan {
            options: self.options.clone(),
            columns: StructType::new(columns),
            output,
            limit: request.limit,
        });
        let open = move |ranges, context: &TaskContext| -> Box<dyn BatchReader> {
            Box::new(JsonReader::new(scan.clone(), ranges, context.clone()))
        };
        Ok(Arc::new(RangeSource::new(ranges, request.partitions, open)))
    }

    fn format(&self) -> &str {
        "json"
    }

    fn location(&self) -> String {
        self.listing.location()
    }
}
