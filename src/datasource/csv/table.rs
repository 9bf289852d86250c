//! CSV files as a table.

use super::column::ColumnParser;
use super::filter::{RowFilter, is_simple};
use super::header::{column_names, first_record};
use super::infer::infer_schema;
use super::options::{CsvOptions, ParseMode};
use super::parse::DatetimeParser;
use super::reader::{CsvReader, CsvScan, OutputColumn};
use super::split::ranges;
use super::tokenizer::Tokenizer;
use crate::config::Config;
use crate::datasource::files::{Listing, PartitionFilter, can_evaluate};
use crate::datasource::input::{RangeSource, Window, cut_files};
use crate::datasource::options::SourceOptions;
use crate::datasource::table::{ColumnStatistics, FilterSupport, ScanRequest, Statistics, Table};
use crate::error::conditions::{
    INVALID_CORRUPT_RECORD_TYPE, UNABLE_TO_INFER_SCHEMA, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
    UNSUPPORTED_FEATURE_QUERY_ONLY_CORRUPT_RECORD_COLUMN,
};
use crate::error::{Error, Result, quote};
use crate::expr::{Attribute, ColumnId, Expr};
use crate::pipeline::{BatchReader, Source, TaskContext};
use crate::types::{DataType, StructField, StructType};
use hashbrown::HashSet;
use std::sync::{Arc, OnceLock};

/// Bytes from which rows are estimated.
const SAMPLE_BYTES: usize = 64 << 10;

/// A table over CSV files.
#[derive(Debug)]
pub struct CsvTable {
    listing: Listing,
    options: CsvOptions,
    /// Columns of the files, without the one for malformed records.
    file_schema: StructType,
    /// All columns.
    schema: StructType,
    case_sensitive: bool,
    /// Whether filters are applied while parsing.
    pushdown: bool,
    statistics: OnceLock<Statistics>,
}

impl CsvTable {
    /// A table over the files found. Without a `user_schema` the files give the names and, if asked for, the
    /// types of the columns.
    pub fn open(
        listing: Listing,
        user_schema: Option<&StructType>,
        options: &SourceOptions,
        config: &Config,
    ) -> Result<CsvTable> {
        let options = CsvOptions::new(options, config)?;
        let data_schema = match user_schema {
            Some(schema) => listing.data_schema(schema),
            None => infer(&listing, &options, config)?,
        };
        for field in data_schema.iter() {
            check_type(field, "CSV")?;
        }
        let is_corrupt = |field: &StructField| field.name == options.corrupt_column;
        check_corrupt_column(data_schema.iter().find(|field| is_corrupt(field)))?;
        let in_files = data_schema.iter().filter(|field| !is_corrupt(field));
        let file_schema = StructType::new(in_files.cloned());
        let schema = listing.table_schema(&data_schema);
        crate::datasource::parquet::check_unique(&schema, config)?;
        Ok(CsvTable {
            listing,
            options,
            file_schema,
            schema,
            case_sensitive: config.case_sensitive(),
            pushdown: config.flag("spark.sql.csv.filterPushdown.enabled"),
            statistics: OnceLock::new(),
        })
    }

    /// Where a column of the table comes from.
    fn origin(&self, column: usize) -> Origin {
        let field = &self.schema[column];
        if let Some(index) = self.listing.partition_schema.index_of(&field.name) {
            return Origin::Partition(index);
        }
        if field.name == self.options.corrupt_column {
            return Origin::Corrupt;
        }
        let position = (self.file_schema.iter()).position(|own| own.name == field.name);
        Origin::File(position.unwrap_or(usize::MAX))
    }
}

enum Origin {
    File(usize),
    Corrupt,
    Partition(usize),
}

/// Types that text formats of one value per cell can hold.
pub(crate) fn check_type(field: &StructField, format: &str) -> Result<()> {
    let supported = !matches!(
        field.data_type,
        DataType::Null
            | DataType::Array { .. }
            | DataType::Map { .. }
            | DataType::Struct(_)
            | DataType::CalendarInterval
    );
    if supported {
        return Ok(());
    }
    Err(Error::new(
        &UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
        [
            ("format", format.to_string()),
            ("columnName", quote::identifier(&field.name)),
            ("columnType", quote::sql_type(&field.data_type)),
        ],
    ))
}

/// The column for malformed records must be a nullable string.
pub(crate) fn check_corrupt_column(column: Option<&StructField>) -> Result<()> {
    match column {
        Some(field) if field.data_type != DataType::String || !field.nullable => Err(Error::new(
            &INVALID_CORRUPT_RECORD_TYPE,
            [
                ("columnName", quote::identifier(&field.name)),
                ("actualType", quote::sql_type(&field.data_type)),
            ],
        )),
        _ => Ok(()),
    }
}

/// The schema that the files give.
fn infer(listing: &Listing, options: &CsvOptions, config: &Config) -> Result<StructType> {
    let files = listing.by_path();
    if files.is_empty() {
        return Err(Error::new(&UNABLE_TO_INFER_SCHEMA, [("format", "CSV")]));
    }
    let tokenizer = Tokenizer::new(options);
    let mut first = None;
    for file in &files {
        let mut window = Window::whole(file, options.encoding)?;
        first = first_record(&mut window, &tokenizer, options.max_columns)?;
        if first.is_some() {
            break;
        }
    }
    let Some(first) = first else {
        return Ok(StructType::default());
    };
    let names = column_names(&first, options, config.case_sensitive());
    if options.infer_schema {
        return infer_schema(&files, &names, options);
    }
    let field = |name: String| StructField::new(name, DataType::String, true);
    Ok(StructType::new(names.into_iter().map(field)))
}

impl Table for CsvTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    /// The number of rows is estimated from the length of the first ones.
    fn statistics(&self) -> Statistics {
        let compute = || {
            let bytes: u64 = (self.listing.files.iter())
                .map(|file| file.compression().expanded(file.size))
                .sum();
            let rows = match self.listing.files.iter().find(|file| file.size > 0) {
                None => Some(0),
                Some(file) => record_length(file, &self.options)
                    .map(|length| (bytes as f64 / length).ceil() as u64),
            };
            Statistics {
                rows,
                bytes: Some(bytes),
                columns: vec![ColumnStatistics::default(); self.schema.len()],
            }
        };
        self.statistics.get_or_init(compute).clone()
    }

    fn accepts(&self, filter: &Expr, attributes: &[Attribute]) -> FilterSupport {
        if PartitionFilter::covers(filter, attributes, &self.listing) {
            return FilterSupport::Exact;
        }
        let in_files: Vec<ColumnId> = (attributes.iter().enumerate())
            .filter(|(column, _)| matches!(self.origin(*column), Origin::File(_)))
            .map(|(_, attribute)| attribute.id)
            .collect();
        let reads = filter.references();
        let own = !reads.is_empty() && reads.iter().all(|id| in_files.contains(id));
        // Where malformed rows show, only those filters may decide over them that do so in Spark.
        let (permissive, corrupt) = (
            self.options.mode == ParseMode::Permissive,
            &self.options.corrupt_column,
        );
        let any = permissive && !self.schema.iter().any(|field| field.name == *corrupt);
        let pushed = own && can_evaluate(filter) && (any || is_simple(filter, &in_files));
        match self.pushdown && pushed {
            true => FilterSupport::Exact,
            false => FilterSupport::No,
        }
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        let config = &request.context.config;
        let keep =
            PartitionFilter::files(&request.filters, &request.attributes, &self.listing, config)?;
        let origins: Vec<Origin> = (request.projection.iter())
            .map(|column| self.origin(*column))
            .collect();
        let attributes = &request.attributes;
        let over_files =
            |filter: &&Expr| !PartitionFilter::covers(filter, attributes, &self.listing);
        let filters: Vec<Expr> = request.filters.iter().filter(over_files).cloned().collect();
        let mut reads = HashSet::new();
        (filters.iter()).for_each(|filter| filter.collect_references(&mut reads));
        let filtered = (0..attributes.len())
            .filter(|column| reads.contains(&attributes[*column].id))
            .map(|column| self.origin(column));
        let mut columns: Vec<usize> = (request.projection.iter())
            .map(|column| self.origin(*column))
            .chain(filtered)
            .filter_map(|origin| match origin {
                Origin::File(position) => Some(position),
                _ => None,
            })
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let wants_corrupt = origins
            .iter()
            .any(|origin| matches!(origin, Origin::Corrupt));
        if wants_corrupt && columns.is_empty() {
            return Err(Error::of(
                &UNSUPPORTED_FEATURE_QUERY_ONLY_CORRUPT_RECORD_COLUMN,
            ));
        }
        let output = (origins.iter().zip(&request.projection))
            .map(|(origin, column)| match origin {
                Origin::File(position) => {
                    OutputColumn::Parsed(columns.binary_search(position).unwrap_or_default())
                }
                Origin::Corrupt => OutputColumn::Corrupt,
                Origin::Partition(index) => {
                    OutputColumn::Partition(*index, self.schema[*column].data_type.clone())
                }
            })
            .collect();
        let datetimes = Arc::new(DatetimeParser::new(
            self.options.date_format.as_deref(),
            self.options.timestamp_format.as_deref(),
            self.options.timestamp_ntz_format.as_deref(),
            &self.options.time_zone,
        )?);
        let parsers = (columns.iter())
            .map(|column| {
                let data_type = &self.file_schema[*column].data_type;
                ColumnParser::new(data_type, &self.options, &datetimes)
            })
            .collect();
        let needed: Vec<Attribute> = (columns.iter())
            .filter_map(|position| {
                let of = |column: &usize| matches!(self.origin(*column), Origin::File(p) if p == *position);
                let column = (0..attributes.len()).find(of)?;
                Some(attributes[column].clone())
            })
            .collect();
        let filter = RowFilter::new(&filters, &needed, config)?;
        let files = (self.listing.files.iter().zip(&keep)).filter(|(_, keep)| **keep);
        let ranges = cut_files(
            files.map(|(file, _)| file),
            request.partitions,
            self.options.encoding,
            |bytes, wanted| ranges(bytes, wanted, &self.options),
        )?;
        let scan = CsvScan {
            options: self.options.clone(),
            tokenizer: Tokenizer::new(&self.options),
            file_schema: self.file_schema.clone(),
            output,
            check_width: !columns.is_empty()
                && (wants_corrupt || columns.len() == self.file_schema.len()),
            columns,
            parsers,
            filter,
            case_sensitive: self.case_sensitive,
            limit: request.limit,
            metrics: request.metrics.clone(),
        };
        let scan = Arc::new(scan);
        let open = move |ranges, context: &TaskContext| -> Box<dyn BatchReader> {
            Box::new(CsvReader::new(scan.clone(), ranges, context.clone()))
        };
        Ok(Arc::new(RangeSource::new(ranges, request.partitions, open)))
    }

    fn format(&self) -> &str {
        "csv"
    }

    fn location(&self) -> String {
        self.listing.location()
    }
}

/// Average bytes of a record at the beginning of a file.
fn record_length(file: &crate::datasource::files::DataFile, options: &CsvOptions) -> Option<f64> {
    let mut window = Window::whole(file, options.encoding).ok()?;
    let tokenizer = Tokenizer::new(options);
    let mut records = super::tokenizer::Records::of_columns(&[]);
    let (bytes, end, last) = window.bytes().ok()?;
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let last = last && sample.len() == bytes.len();
    let progress = tokenizer.read(
        sample,
        end.min(sample.len()),
        last,
        usize::MAX,
        &mut records,
    );
    (records.len() > 0).then(|| progress.consumed as f64 / records.len() as f64)
}
