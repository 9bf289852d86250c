//! What one task writes: one file, or one per partition folder and size limit.

use super::csv::CsvWriter;
use super::job::JobShared;
use super::json::JsonWriter;
use super::options::FormatOptions;
use super::parquet::ParquetWriter;
use super::routing::Router;
use super::text::TextFileWriter;
use crate::error::conditions::TASK_WRITE_FAILED;
use crate::error::{Error, Result};
use crate::pipeline::Batch;
use hashbrown::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Files that a task has open at a time. Beyond them, the one that was written to longest ago is finished; if
/// more rows come for its folder, they go into a further file.
const MAX_OPEN_FILES: usize = 128;

/// Writes one file of a format. Owned by one task.
pub(super) trait FormatWriter: Send {
    /// Adds rows. The outer error is ours or the data's, the inner one the file's.
    fn write(&mut self, batch: &Batch) -> Result<io::Result<()>>;

    /// Writes what is left and closes the file; says how many bytes were written in all, before compression for text
    /// formats.
    fn finish(self: Box<Self>) -> io::Result<u64>;
}

/// Writes the rows of one partition. Owned by one worker; dropping it without [`TaskWriter::finish`] leaves its
/// files to be removed with the job's staging folder.
pub struct TaskWriter {
    job: Arc<JobShared>,
    partition: usize,
    router: Option<Router>,
    open: HashMap<usize, OpenFile>,
    /// Per folder, how many files it has.
    counts: HashMap<usize, usize>,
    clock: u64,
    commit: TaskCommit,
}

struct OpenFile {
    path: PathBuf,
    writer: Box<dyn FormatWriter>,
    rows: u64,
    last_use: u64,
}

/// What a task has written. Handed to the job's commit.
#[derive(Debug, Clone, Default)]
pub struct TaskCommit {
    /// Finished files, relative to the staging folder.
    pub(super) files: Vec<PathBuf>,
    /// Rows written.
    pub rows: u64,
    /// Bytes written, before compression for text formats.
    pub bytes: u64,
}

impl TaskWriter {
    pub(super) fn new(job: Arc<JobShared>, partition: usize) -> Result<TaskWriter> {
        let router = if job.partition_columns.is_empty() {
            None
        } else {
            Some(Router::new(
                &job.schema,
                &job.partition_columns,
                job.zone.clone(),
            )?)
        };
        let mut task = TaskWriter {
            job,
            partition,
            router,
            open: HashMap::new(),
            counts: HashMap::new(),
            clock: 0,
            commit: TaskCommit::default(),
        };
        // The first partition writes a file even without rows, so that the schema is kept.
        if partition == 0 && task.router.is_none() {
            task.open(0)?;
        }
        Ok(task)
    }

    /// Adds rows, in the schema of the job.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        if batch.rows == 0 {
            return Ok(());
        }
        self.commit.rows += batch.rows as u64;
        match self.router.take() {
            None => self.write_to(0, batch),
            Some(mut router) => {
                let routed = router.split(batch);
                self.router = Some(router);
                for part in routed? {
                    self.write_to(part.folder, &part.batch)?;
                }
                Ok(())
            }
        }
    }

    /// Finishes the files. They are visible only after the job's commit.
    pub fn finish(mut self) -> Result<TaskCommit> {
        let folders: Vec<usize> = self.open.keys().copied().collect();
        for folder in folders {
            self.close(folder)?;
        }
        self.commit.files.sort();
        Ok(self.commit)
    }

    fn write_to(&mut self, folder: usize, batch: &Batch) -> Result<()> {
        let mut offset = 0;
        while offset < batch.rows {
            if !self.open.contains_key(&folder) {
                self.open(folder)?;
            }
            self.clock += 1;
            let limit = self.job.max_records.unwrap_or(u64::MAX);
            let Some(file) = self.open.get_mut(&folder) else {
                return Err(Error::internal("an output file was not opened"));
            };
            file.last_use = self.clock;
            let room = usize::try_from(limit - file.rows).unwrap_or(usize::MAX);
            let rows = room.min(batch.rows - offset);
            let written = if rows == batch.rows {
                file.writer.write(batch)?
            } else {
                file.writer.write(&batch.slice(offset, rows))?
            };
            written.map_err(|error| self.job.write_error(&error))?;
            file.rows += rows as u64;
            offset += rows;
            if file.rows >= limit {
                self.close(folder)?;
            }
        }
        Ok(())
    }

    fn open(&mut self, folder: usize) -> Result<()> {
        if self.open.len() >= MAX_OPEN_FILES
            && let Some(oldest) = (self.open.iter())
                .min_by_key(|(_, file)| file.last_use)
                .map(|(folder, _)| *folder)
        {
            self.close(oldest)?;
        }
        let count = self.counts.entry(folder).or_insert(0);
        let name = self.job.file_name(self.partition, *count);
        *count += 1;
        let path = match &self.router {
            Some(router) => PathBuf::from(router.name(folder)).join(name),
            None => PathBuf::from(name),
        };
        let full = self.job.staging.join(&path);
        let create = || -> io::Result<File> {
            if let Some(parent) = full.parent() {
                std::fs::create_dir_all(parent)?;
            }
            File::create(&full)
        };
        let file = create().map_err(|error| self.job.write_error(&error))?;
        let schema = &self.job.file_schema;
        let writer: io::Result<Box<dyn FormatWriter>> = match &self.job.format {
            FormatOptions::Csv(options) => {
                CsvWriter::new(file, schema, options).map(|writer| Box::new(writer) as _)
            }
            FormatOptions::Json(options) => {
                JsonWriter::new(file, schema, options).map(|writer| Box::new(writer) as _)
            }
            FormatOptions::Parquet(options) => {
                ParquetWriter::new(file, schema, options)?.map(|writer| Box::new(writer) as _)
            }
            FormatOptions::Text(options) => {
                TextFileWriter::new(file, options).map(|writer| Box::new(writer) as _)
            }
        };
        let writer = writer.map_err(|error| self.job.write_error(&error))?;
        self.open.insert(
            folder,
            OpenFile {
                path,
                writer,
                rows: 0,
                last_use: self.clock,
            },
        );
        Ok(())
    }

    fn close(&mut self, folder: usize) -> Result<()> {
        let Some(file) = self.open.remove(&folder) else {
            return Ok(());
        };
        let bytes = file.writer.finish();
        self.commit.bytes += bytes.map_err(|error| self.job.write_error(&error))?;
        self.commit.files.push(file.path);
        Ok(())
    }
}

impl JobShared {
    /// The error of a file that cannot be written.
    pub(super) fn write_error(&self, error: &io::Error) -> Error {
        let path = crate::datasource::files::uri(&self.output);
        Error::new(&TASK_WRITE_FAILED, [("path", path)]).caused_by(error)
    }
}
