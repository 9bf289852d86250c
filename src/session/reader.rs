//! Reading files.

use super::{DataFrame, Session};
use crate::analyzer::TableResolver;
use crate::config::Config;
use crate::datasource::{FileFormat, MemoryTable, Table, open_files};
use crate::error::conditions::UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use crate::plan::unresolved::{Options, Relation, RelationKind};
use crate::types::{DataType, StructType, parse_schema};
use arrow::array::RecordBatch;
use std::sync::Arc;

/// Whether CHAR and VARCHAR in schemas mean STRING.
const CHAR_AS_STRING: &str = "spark.sql.legacy.charVarcharAsString";

/// Reads files into DataFrames, from [`Session::read`], as in
/// [PySpark's `DataFrameReader`](https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/io.html).
#[derive(Debug, Clone)]
pub struct DataFrameReader {
    session: Session,
    format: Option<String>,
    schema: Option<Result<StructType>>,
    options: Options,
}

/// What stands for a schema: a [`StructType`], or DDL text such as `"a INT, b STRING"`.
pub trait IntoSchema {
    /// The schema.
    fn into_schema(self) -> Result<StructType>;
}

impl IntoSchema for StructType {
    fn into_schema(self) -> Result<StructType> {
        Ok(self)
    }
}

impl IntoSchema for &StructType {
    fn into_schema(self) -> Result<StructType> {
        Ok(self.clone())
    }
}

impl IntoSchema for &str {
    fn into_schema(self) -> Result<StructType> {
        parse_schema(self)
    }
}

/// What stands for paths: one, or a list of them. Globs are allowed.
pub trait IntoPaths {
    /// The paths.
    fn into_paths(self) -> Vec<String>;
}

impl IntoPaths for &str {
    fn into_paths(self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl IntoPaths for &String {
    fn into_paths(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl IntoPaths for String {
    fn into_paths(self) -> Vec<String> {
        vec![self]
    }
}

impl IntoPaths for &std::path::Path {
    fn into_paths(self) -> Vec<String> {
        vec![self.to_string_lossy().into_owned()]
    }
}

impl<S: Into<String>> IntoPaths for Vec<S> {
    fn into_paths(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String>, const N: usize> IntoPaths for [S; N] {
    fn into_paths(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl DataFrameReader {
    pub(super) fn new(session: Session) -> Self {
        DataFrameReader {
            session,
            format: None,
            schema: None,
            options: Options::new(),
        }
    }

    /// `csv`, `parquet`, `json` or `text`; `spark.sql.sources.default` if not called.
    pub fn format(mut self, format: &str) -> Self {
        self.format = Some(format.to_string());
        self
    }

    /// The schema that the data is read under, instead of one that the files give. CHAR and VARCHAR cannot be in it,
    /// unless `spark.sql.legacy.charVarcharAsString` makes them STRING.
    pub fn schema(mut self, schema: impl IntoSchema) -> Self {
        self.schema = Some(schema.into_schema());
        self
    }

    /// An option of the format; names as in Spark, in any case.
    pub fn option(mut self, key: &str, value: impl ToString) -> Self {
        self.options.insert(key.to_string(), value.to_string());
        self
    }

    /// Several options.
    pub fn options<K: Into<String>, V: ToString>(
        mut self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let options = options
            .into_iter()
            .map(|(key, value)| (key.into(), value.to_string()));
        self.options.extend(options);
        self
    }

    /// CSV files.
    pub fn csv(self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.format("csv").load(paths)
    }

    /// Parquet files.
    pub fn parquet(self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.format("parquet").load(paths)
    }

    /// Files with a JSON object a line.
    pub fn json(self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.format("json").load(paths)
    }

    /// Text files: a column `value`, a row a line.
    pub fn text(self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.format("text").load(paths)
    }

    /// Files of the format that was set.
    pub fn load(self, paths: impl IntoPaths) -> Result<DataFrame> {
        let config = self.session.config();
        let default = || {
            config
                .get("spark.sql.sources.default")
                .unwrap_or("parquet")
                .to_string()
        };
        let mut schema = self.schema.transpose()?;
        if let Some(own) = schema {
            let plain = DataType::Struct(own.clone()).char_as_string();
            if plain != DataType::Struct(own) && !config.flag(CHAR_AS_STRING) {
                return Err(Error::of(&UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING));
            }
            schema = match plain {
                DataType::Struct(plain) => Some(plain),
                _ => None,
            };
        }
        let kind = RelationKind::Read {
            format: self.format.unwrap_or_else(default),
            schema,
            options: self.options,
            paths: paths.into_paths(),
        };
        DataFrame::new(&self.session, Relation::new(kind))
    }

    /// A table or view by name.
    pub fn table(self, name: &str) -> Result<DataFrame> {
        self.session.table(name)
    }
}

/// Makes tables of paths for the analyzer.
pub(super) struct Files;

impl TableResolver for Files {
    fn read_files(
        &self,
        format: &str,
        paths: &[String],
        schema: Option<&StructType>,
        options: &Options,
        config: &Config,
    ) -> Result<Arc<dyn Table>> {
        open_files(format, paths, schema, options, config)
    }

    fn memory(&self, schema: &StructType, batches: &Arc<[RecordBatch]>) -> Arc<dyn Table> {
        let convert = |batch: &RecordBatch| Batch::new(batch.columns().to_vec(), batch.num_rows());
        let partition = batches.iter().map(convert).collect();
        Arc::new(MemoryTable::new(schema.clone(), vec![partition]))
    }

    fn is_format(&self, format: &str) -> bool {
        FileFormat::find(format).is_some()
    }
}
