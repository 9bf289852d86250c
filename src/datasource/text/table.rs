//! Text files as a table.

use super::reader::{OutputColumn, TextReader, TextScan};
use crate::config::Config;
use crate::datasource::csv::character_set;
use crate::datasource::files::{Listing, PartitionFilter};
use crate::datasource::input::{RangeSource, cut_files, line_boundary};
use crate::datasource::options::SourceOptions;
use crate::datasource::table::{ColumnStatistics, FilterSupport, ScanRequest, Statistics, Table};
use crate::error::conditions::UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE;
use crate::error::{Error, Result, quote};
use crate::expr::{Attribute, Expr};
use crate::pipeline::{BatchReader, Source, TaskContext};
use crate::types::{DataType, StructType};
use encoding_rs::Encoding;
use std::ops::Range;
use std::sync::Arc;

/// A line is guessed to have so many bytes.
const LINE_BYTES: u64 = 80;

/// A table over text files.
#[derive(Debug)]
pub struct TextTable {
    listing: Listing,
    schema: StructType,
    whole_text: bool,
    line_separator: Option<Vec<u8>>,
    encoding: &'static Encoding,
}

impl TextTable {
    /// A table over the files found. A user's schema may rename the one column.
    pub fn open(
        listing: Listing,
        user_schema: Option<&StructType>,
        options: &SourceOptions,
        _config: &Config,
    ) -> Result<TextTable> {
        let data_schema = match user_schema {
            Some(schema) => listing.data_schema(schema),
            None => StructType::default().add("value", DataType::String, true),
        };
        if data_schema.len() > 1 {
            return Err(Error::unsupported(format!(
                "text files of {} columns; they have one",
                data_schema.len()
            )));
        }
        if let Some(field) = data_schema
            .iter()
            .find(|field| !field.data_type.is_string())
        {
            return Err(Error::new(
                &UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
                [
                    ("format", "Text".to_string()),
                    ("columnName", quote::identifier(&field.name)),
                    ("columnType", quote::sql_type(&field.data_type)),
                ],
            ));
        }
        let separator = options.get("lineSep").map(|text| text.as_bytes().to_vec());
        let encoding = options.get_either("encoding", "charset").unwrap_or("UTF-8");
        Ok(TextTable {
            schema: listing.table_schema(&data_schema),
            listing,
            whole_text: options.flag("wholetext", false)?,
            line_separator: separator.filter(|separator| !separator.is_empty()),
            encoding: character_set(encoding)?,
        })
    }
}

/// Ranges of about `wanted` bytes at line boundaries.
pub(crate) fn line_ranges(
    bytes: &[u8],
    wanted: usize,
    separator: Option<&[u8]>,
) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while bytes.len() - start > wanted + wanted / 2 {
        let end = line_boundary(bytes, start + wanted, separator);
        if end >= bytes.len() {
            break;
        }
        ranges.push(start..end);
        start = end;
    }
    ranges.push(start..bytes.len());
    ranges
}

impl Table for TextTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        let sizes = self.listing.files.iter();
        let bytes: u64 = sizes
            .map(|file| file.compression().expanded(file.size))
            .sum();
        let rows = if self.whole_text {
            self.listing.files.len() as u64
        } else {
            bytes / LINE_BYTES
        };
        Statistics {
            rows: Some(rows),
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
        let output = (request.projection.iter())
            .map(|column| {
                let field = &self.schema[*column];
                match self.listing.partition_schema.index_of(&field.name) {
                    Some(index) => OutputColumn::Partition(index, field.data_type.clone()),
                    None => OutputColumn::Line,
                }
            })
            .collect();
        let files = (self.listing.files.iter().zip(&keep)).filter(|(_, keep)| **keep);
        let ranges = cut_files(
            files.map(|(file, _)| file),
            request.partitions,
            self.encoding,
            |bytes, wanted| match self.whole_text {
                true => std::iter::once(0..bytes.len()).collect(),
                false => line_ranges(bytes, wanted, self.line_separator.as_deref()),
            },
        )?;
        let scan = Arc::new(TextScan {
            whole_text: self.whole_text,
            line_separator: self.line_separator.clone(),
            encoding: self.encoding,
            output,
            limit: request.limit,
        });
        let open = move |ranges, context: &TaskContext| -> Box<dyn BatchReader> {
            Box::new(TextReader::new(scan.clone(), ranges, context.clone()))
        };
        Ok(Arc::new(RangeSource::new(ranges, request.partitions, open)))
    }

    fn format(&self) -> &str {
        "text"
    }

    fn location(&self) -> String {
        self.listing.location()
    }
}
