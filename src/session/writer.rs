//! Writing files.

use super::DataFrame;
pub use crate::datasource::write::SaveMode;
use crate::datasource::write::WriteJob;
use crate::error::{Error, Result, conditions::INVALID_SAVE_MODE};
use crate::plan::unresolved::Options;

/// What is written where.
#[derive(Debug, Clone)]
pub(crate) struct WriteSpec {
    /// `parquet`, `csv`, …
    pub format: String,
    /// The folder.
    pub path: String,
    /// What happens to what is there.
    pub mode: SaveMode,
    /// Options of the format.
    pub options: Options,
    /// Columns that become folders.
    pub partition_by: Vec<String>,
}

/// Writes a DataFrame to files, from [`DataFrame::write`], as in
/// [PySpark's `DataFrameWriter`](https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/io.html).
///
/// One file per partition. Files are staged under `_temporary` and moved into place when all are finished,
/// then the empty file `_SUCCESS` is written; a job that fails leaves what was there before.
#[derive(Debug, Clone)]
pub struct DataFrameWriter {
    frame: DataFrame,
    format: Option<String>,
    mode: Result<SaveMode>,
    options: Options,
    partition_by: Vec<String>,
}

impl DataFrameWriter {
    pub(super) fn new(frame: DataFrame) -> Self {
        DataFrameWriter {
            frame,
            format: None,
            mode: Ok(SaveMode::ErrorIfExists),
            options: Options::new(),
            partition_by: Vec::new(),
        }
    }

    /// `csv`, `parquet`, `json` or `text`; `spark.sql.sources.default` if not called.
    pub fn format(mut self, format: &str) -> Self {
        self.format = Some(format.to_string());
        self
    }

    /// `error` (the default), `append`, `overwrite` or `ignore`.
    pub fn mode(mut self, mode: &str) -> Self {
        let unknown = || Error::new(&INVALID_SAVE_MODE, [("mode", format!("\"{mode}\""))]);
        self.mode = SaveMode::find(mode).ok_or_else(unknown);
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

    /// Columns whose values become folders: `year=2021/month=1`.
    pub fn partition_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.partition_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Writes CSV files into a folder.
    pub fn csv(self, path: &str) -> Result<()> {
        self.format("csv").save(path)
    }

    /// Writes Parquet files into a folder.
    pub fn parquet(self, path: &str) -> Result<()> {
        self.format("parquet").save(path)
    }

    /// Writes files with a JSON object a line into a folder.
    pub fn json(self, path: &str) -> Result<()> {
        self.format("json").save(path)
    }

    /// Writes the one string column as lines into a folder.
    pub fn text(self, path: &str) -> Result<()> {
        self.format("text").save(path)
    }

    /// Writes files of the format that was set into a folder.
    pub fn save(self, path: &str) -> Result<()> {
        let config = self.frame.session().config();
        let default = || {
            config
                .get("spark.sql.sources.default")
                .unwrap_or("parquet")
                .to_string()
        };
        self.frame.save(&WriteSpec {
            format: self.format.unwrap_or_else(default),
            path: path.to_string(),
            mode: self.mode?,
            options: self.options,
            partition_by: self.partition_by,
        })
    }

    /// Creates a table of the rows in the current database.
    pub fn save_as_table(self, name: &str) -> Result<()> {
        let session = self.frame.session().clone();
        let mode = self.mode?;
        let name = crate::sql::parse_identifier(name)?;
        let exists = session.state.catalog.find(&name).is_some();
        match mode {
            SaveMode::Ignore if exists => return Ok(()),
            SaveMode::Append if exists => {
                return super::command::append_to_table(
                    &session,
                    name,
                    self.frame.relation().clone(),
                );
            }
            _ => {}
        }
        let table = crate::plan::unresolved::CreateTable {
            name,
            schema: None,
            format: self.format,
            options: self.options,
            partitioned_by: self.partition_by,
            location: None,
            comment: None,
            properties: Options::new(),
            defaults: Vec::new(),
            replace: mode == SaveMode::Overwrite,
            if_not_exists: false,
            query: Some(self.frame.relation().clone()),
        };
        super::command::create_table(&session, table)
    }

    /// Appends the rows to a table, column by column; or replaces its rows in mode `overwrite`.
    pub fn insert_into(self, name: &str) -> Result<()> {
        let session = self.frame.session().clone();
        let name = crate::sql::parse_identifier(name)?;
        super::command::append_to_table(&session, name, self.frame.relation().clone())
    }
}

impl DataFrame {
    /// Runs the plan into files.
    pub(crate) fn save(&self, spec: &WriteSpec) -> Result<()> {
        let session = self.session();
        let config = session.config();
        let WriteSpec {
            format,
            path,
            mode,
            options,
            partition_by,
        } = spec;
        let schema = self.schema();
        let job = WriteJob::new(format, path, *mode, options, schema, partition_by, &config)?;
        match job {
            Some(job) => session.write(self.logical_plan(), job),
            None => Ok(()),
        }
    }
}
