//! A write job: what is checked before anything is written, and what ends it.

use super::commit;
use super::options::FormatOptions;
use super::task::{TaskCommit, TaskWriter};
use crate::config::Config;
use crate::datasource::csv::check_type;
use crate::datasource::files::{local_path, uri};
use crate::datasource::open::FileFormat;
use crate::datasource::options::SourceOptions;
use crate::datasource::parquet::check_unique;
use crate::error::conditions::{
    ALL_PARTITION_COLUMNS_NOT_ALLOWED, DATA_SOURCE_NOT_FOUND,
    EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE, INVALID_PARTITION_COLUMN_DATA_TYPE,
    PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA, PATH_ALREADY_EXISTS,
    UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
};
use crate::error::{Error, Result, quote};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, StructField, StructType};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What happens to data that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveMode {
    /// They stay, and new files come beside them.
    Append,
    /// They are replaced.
    Overwrite,
    /// Nothing is written.
    Ignore,
    /// It is an error.
    ErrorIfExists,
}

impl SaveMode {
    /// The mode of that name, in any case; None for a name unknown.
    pub fn find(name: &str) -> Option<SaveMode> {
        Some(match name.to_ascii_lowercase().as_str() {
            "append" => SaveMode::Append,
            "overwrite" => SaveMode::Overwrite,
            "ignore" => SaveMode::Ignore,
            "error" | "errorifexists" | "default" => SaveMode::ErrorIfExists,
            _ => return None,
        })
    }
}

/// What the tasks of a job share.
#[derive(Debug)]
pub(super) struct JobShared {
    pub output: PathBuf,
    /// `<output>/_temporary/<id>`
    pub staging: PathBuf,
    pub id: String,
    pub schema: StructType,
    /// The columns that go into the files.
    pub file_schema: StructType,
    /// Positions of the partition columns in the schema.
    pub partition_columns: Vec<usize>,
    pub format: FormatOptions,
    pub max_records: Option<u64>,
    pub zone: TimeZone,
}

impl JobShared {
    /// `part-00000-<id>-c000.csv`; a dot before the count below partition folders, as Spark has it.
    pub(super) fn file_name(&self, partition: usize, count: usize) -> String {
        let mark = if self.partition_columns.is_empty() {
            '-'
        } else {
            '.'
        };
        let extension = self.format.extension();
        format!(
            "part-{partition:05}-{}{mark}c{count:03}{extension}",
            self.id
        )
    }
}

/// A job that writes files into a folder. Dropping it without a commit undoes it.
#[derive(Debug)]
pub struct WriteJob {
    shared: Arc<JobShared>,
    mode: SaveMode,
    dynamic: bool,
    done: bool,
}

/// What a job has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteSummary {
    /// Files.
    pub files: usize,
    /// Rows.
    pub rows: u64,
    /// Bytes, before compression for text formats.
    pub bytes: u64,
}

impl WriteJob {
    /// Begins a job that writes rows of `schema` into the folder `path`. None if the mode is `Ignore` and there
    /// is something already. With `Overwrite`, what is there stays until the commit.
    pub fn new(
        format: &str,
        path: &str,
        mode: SaveMode,
        options: &BTreeMap<String, String>,
        schema: &StructType,
        partition_by: &[String],
        config: &Config,
    ) -> Result<Option<WriteJob>> {
        let Some(file_format) = FileFormat::find(format) else {
            return Err(Error::new(&DATA_SOURCE_NOT_FOUND, [("provider", format)]));
        };
        let options = SourceOptions::new(options);
        let output = crate::datasource::files::absolute(&local_path(path));
        if output.exists() {
            match mode {
                SaveMode::Ignore => return Ok(None),
                SaveMode::ErrorIfExists => {
                    return Err(Error::new(
                        &PATH_ALREADY_EXISTS,
                        [("outputPath", uri(&output))],
                    ));
                }
                SaveMode::Append | SaveMode::Overwrite => {}
            }
        }
        check_unique(schema, config)?;
        let partition_columns = partition_columns(schema, partition_by, config)?;
        let in_files = |(column, _): &(usize, &StructField)| !partition_columns.contains(column);
        let file_schema: StructType =
            StructType::new((schema.iter().enumerate().filter(in_files)).map(|(_, f)| f.clone()));
        check_schema(file_format, &file_schema)?;
        let overwrite_mode = options
            .get("partitionOverwriteMode")
            .or(config.get("spark.sql.sources.partitionOverwriteMode"))
            .unwrap_or("static");
        let dynamic = mode == SaveMode::Overwrite
            && !partition_columns.is_empty()
            && overwrite_mode.eq_ignore_ascii_case("dynamic");
        let max_records = options
            .get("maxRecordsPerFile")
            .or(config.get("spark.sql.files.maxRecordsPerFile"))
            .and_then(|text| text.trim().parse::<u64>().ok())
            .filter(|records| *records > 0);
        let id = uuid::Uuid::new_v4().to_string();
        let shared = JobShared {
            staging: staging_root(&output).join(&id),
            output,
            id,
            schema: schema.clone(),
            file_schema,
            partition_columns,
            format: FormatOptions::new(file_format, &options, config)?,
            max_records,
            zone: TimeZone::of(config.time_zone())?,
        };
        Ok(Some(WriteJob {
            shared: Arc::new(shared),
            mode,
            dynamic,
            done: false,
        }))
    }

    /// The writer for one partition. Called by the worker that writes it, many at once.
    pub fn task(&self, partition: usize) -> Result<TaskWriter> {
        TaskWriter::new(self.shared.clone(), partition)
    }

    /// Makes the files of these tasks visible. Called once, when all have finished; if it fails, the old data
    /// are as before.
    pub fn commit(mut self, tasks: Vec<TaskCommit>) -> Result<WriteSummary> {
        let mut summary = WriteSummary::default();
        let mut files = Vec::new();
        for task in tasks {
            summary.rows += task.rows;
            summary.bytes += task.bytes;
            files.extend(task.files);
        }
        summary.files = files.len();
        let replace = match (self.mode, self.dynamic) {
            (SaveMode::Overwrite, true) => commit::Replace::Folders,
            (SaveMode::Overwrite, false) => commit::Replace::All,
            _ => commit::Replace::Nothing,
        };
        let (output, staging) = (&self.shared.output, &self.shared.staging);
        commit::commit(output, staging, &files, replace)
            .map_err(|error| self.shared.write_error(&error))?;
        self.done = true;
        Ok(summary)
    }

    /// Removes what was staged.
    pub fn abort(mut self) {
        self.clean();
    }

    fn clean(&mut self) {
        if !std::mem::replace(&mut self.done, true) {
            commit::remove_staging(&self.shared.output, &self.shared.staging);
        }
    }
}

impl Drop for WriteJob {
    fn drop(&mut self) {
        self.clean();
    }
}

/// Where jobs stage their files: inside the output folder, hence on the same file system.
fn staging_root(output: &std::path::Path) -> PathBuf {
    if output.is_file() {
        // A plain file is to be overwritten by a folder.
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        return output.with_file_name(format!("_temporary-{name}"));
    }
    output.join("_temporary")
}

fn partition_columns(
    schema: &StructType,
    partition_by: &[String],
    config: &Config,
) -> Result<Vec<usize>> {
    let mut columns = Vec::with_capacity(partition_by.len());
    for name in partition_by {
        let same = |field: &StructField| {
            field.name == *name
                || (!config.case_sensitive() && field.name.eq_ignore_ascii_case(name))
        };
        let Some(column) = schema.iter().position(same) else {
            return Err(Error::new(
                &PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA,
                [
                    ("column", quote::identifier(name)),
                    ("schema", quote::sql_type(&DataType::Struct(schema.clone()))),
                ],
            ));
        };
        let data_type = &schema[column].data_type;
        if matches!(
            data_type,
            DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_)
        ) {
            return Err(Error::new(
                &INVALID_PARTITION_COLUMN_DATA_TYPE,
                [("type", quote::sql_type(data_type))],
            ));
        }
        columns.push(column);
    }
    if !columns.is_empty() && columns.len() == schema.len() {
        return Err(Error::of(&ALL_PARTITION_COLUMNS_NOT_ALLOWED));
    }
    Ok(columns)
}

/// Whether files of the format can hold the columns.
fn check_schema(format: FileFormat, schema: &StructType) -> Result<()> {
    let name = match format {
        FileFormat::Csv => "CSV",
        FileFormat::Json => "JSON",
        FileFormat::Parquet => "Parquet",
        FileFormat::Text => "Text",
    };
    if schema.is_empty() {
        return Err(Error::new(
            &EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE,
            [("format", name)],
        ));
    }
    let unsupported = |field: &StructField| {
        Error::new(
            &UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE,
            [
                ("format", name.to_string()),
                ("columnName", quote::identifier(&field.name)),
                ("columnType", quote::sql_type(&field.data_type)),
            ],
        )
    };
    match format {
        FileFormat::Csv => schema.iter().try_for_each(|field| check_type(field, name)),
        FileFormat::Json | FileFormat::Parquet => {
            let odd = |field: &&StructField| has_calendar_interval(&field.data_type);
            schema
                .iter()
                .find(odd)
                .map_or(Ok(()), |field| Err(unsupported(field)))
        }
        FileFormat::Text => {
            if let Some(field) = schema.iter().find(|field| !field.data_type.is_string()) {
                return Err(unsupported(field));
            }
            if schema.len() > 1 {
                return Err(Error::unsupported(format!(
                    "text files of {} columns; they have one",
                    schema.len()
                )));
            }
            Ok(())
        }
    }
}

fn has_calendar_interval(data_type: &DataType) -> bool {
    match data_type {
        DataType::CalendarInterval => true,
        DataType::Array { element, .. } => has_calendar_interval(element),
        DataType::Map { key, value, .. } => {
            has_calendar_interval(key) || has_calendar_interval(value)
        }
        DataType::Struct(fields) => fields.iter().any(|f| has_calendar_interval(&f.data_type)),
        _ => false,
    }
}
