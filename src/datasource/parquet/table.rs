//! Parquet files as a table.

use super::file::ParquetFile;
use super::scan::ParquetScan;
use super::schema::{check_unique, file_schema, merge};
use super::statistics::table_statistics;
use crate::config::Config;
use crate::datasource::files::{Listing, can_evaluate};
use crate::datasource::options::SourceOptions;
use crate::datasource::table::{ColumnStatistics, FilterSupport, ScanRequest, Statistics, Table};
use crate::error::conditions::UNABLE_TO_INFER_SCHEMA;
use crate::error::{Error, Result};
use crate::expr::{Attribute, Expr};
use crate::pipeline::Source;
use crate::types::{StructField, StructType};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::sync::{Arc, OnceLock};

/// A table over Parquet files.
#[derive(Debug)]
pub struct ParquetTable {
    pub(super) listing: Listing,
    pub(super) files: Vec<Arc<ParquetFile>>,
    schema: StructType,
    /// Whether filters are applied while reading.
    pushdown: bool,
    statistics: OnceLock<Statistics>,
}

impl ParquetTable {
    /// A table over the files found. Without a `user_schema`, footers give it: that of the first file by
    /// path, or of all with `mergeSchema`.
    pub fn open(
        listing: Listing,
        user_schema: Option<&StructType>,
        options: &SourceOptions,
        config: &Config,
    ) -> Result<ParquetTable> {
        // Files without a byte hold no rows.
        let files: Vec<Arc<ParquetFile>> = (listing.files.iter())
            .map(|file| Arc::new(ParquetFile::new(file.clone())))
            .collect();
        let data_schema = match user_schema {
            Some(schema) => listing.data_schema(schema),
            None => infer(&files, options, config)?,
        };
        let schema = listing.table_schema(&data_schema);
        check_unique(&schema, config)?;
        Ok(ParquetTable {
            listing,
            files,
            schema,
            pushdown: config.flag("spark.sql.parquet.filterPushdown"),
            statistics: OnceLock::new(),
        })
    }

    /// The partition column that a column of the table is; None if it comes from the files.
    pub(super) fn partition_index(&self, field: &StructField) -> Option<usize> {
        self.listing.partition_schema.index_of(&field.name)
    }
}

fn infer(
    files: &[Arc<ParquetFile>],
    options: &SourceOptions,
    config: &Config,
) -> Result<StructType> {
    let mut by_path: Vec<&Arc<ParquetFile>> = files.iter().filter(|f| f.data.size > 0).collect();
    by_path.sort_by(|a, b| a.data.path.cmp(&b.data.path));
    let Some(first) = by_path.first() else {
        return Err(Error::new(&UNABLE_TO_INFER_SCHEMA, [("format", "Parquet")]));
    };
    let merge_all = options.flag("mergeSchema", config.flag("spark.sql.parquet.mergeSchema"))?;
    if !merge_all || by_path.len() == 1 {
        return file_schema(first, config);
    }
    let schemas: Vec<StructType> = by_path
        .par_iter()
        .map(|file| file_schema(file, config))
        .collect::<Result<_>>()?;
    merge(&schemas, config)
}

impl Table for ParquetTable {
    fn schema(&self) -> &StructType {
        &self.schema
    }

    fn statistics(&self) -> Statistics {
        let compute = || {
            let files: Vec<&ParquetFile> = (self.files.iter())
                .filter(|file| file.data.size > 0)
                .map(|file| file.as_ref())
                .collect();
            if files.len() > 1 {
                // Only to have them read side by side; failures come back below.
                files.par_iter().for_each(|file| drop(file.footer()));
            }
            let mut statistics = table_statistics(&files, &self.schema);
            for (index, field) in self.schema.iter().enumerate() {
                if let Some(partition) = self.partition_index(field)
                    && let Some(column) = statistics.columns.get_mut(index)
                {
                    *column = partition_statistics(&self.listing, partition);
                }
            }
            statistics
        };
        self.statistics.get_or_init(compute).clone()
    }

    fn accepts(&self, filter: &Expr, attributes: &[Attribute]) -> FilterSupport {
        let known = |id| attributes.iter().any(|attribute| attribute.id == id);
        if self.pushdown && can_evaluate(filter) && filter.references().into_iter().all(known) {
            FilterSupport::Exact
        } else {
            FilterSupport::No
        }
    }

    fn prunes_fields(&self) -> bool {
        true
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(ParquetScan::prepare(self, request)?))
    }

    fn format(&self) -> &str {
        "parquet"
    }

    fn location(&self) -> String {
        self.listing.location()
    }
}

/// Statistics of a partition column: its values are known, how often each occurs is not.
fn partition_statistics(listing: &Listing, partition: usize) -> ColumnStatistics {
    use crate::datasource::pruning::compare_values;
    let mut values: Vec<_> = (listing.files.iter())
        .map(|file| &file.partition_values[partition])
        .filter(|value| !value.is_null())
        .collect();
    values.sort_by(|a, b| compare_values(a, b).unwrap_or(std::cmp::Ordering::Equal));
    values.dedup();
    ColumnStatistics {
        nulls: None,
        distinct: Some(values.len() as u64),
        minimum: values.first().map(|value| (*value).clone()),
        maximum: values.last().map(|value| (*value).clone()),
        width: None,
    }
}
