//! One Parquet file: its bytes and its footer, both had once.

use crate::datasource::files::{DataFile, MappedFile};
use crate::error::conditions::{
    FAILED_READ_FILE_CANNOT_READ_FILE_FOOTER, FAILED_READ_FILE_FILE_NOT_EXIST,
    FAILED_READ_FILE_NO_HINT,
};
use crate::error::{Error, Result};
use bytes::Bytes;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// Bytes of a row group from which on its memory is given up.
const LEAST_RELEASED: usize = 1 << 20;

/// A Parquet file of a table. Shared by all workers.
#[derive(Debug)]
pub(super) struct ParquetFile {
    pub data: DataFile,
    map: OnceLock<Result<MappedFile>>,
    footer: OnceLock<Result<Arc<ParquetMetaData>>>,
}

impl ParquetFile {
    pub fn new(data: DataFile) -> ParquetFile {
        ParquetFile {
            data,
            map: OnceLock::new(),
            footer: OnceLock::new(),
        }
    }

    /// The file's bytes, mapped at the first call.
    pub fn bytes(&self) -> Result<Bytes> {
        let map = self.map.get_or_init(|| {
            MappedFile::open(&self.data.path).map_err(|error| {
                let condition = if error.kind() == std::io::ErrorKind::NotFound {
                    &FAILED_READ_FILE_FILE_NOT_EXIST
                } else {
                    &FAILED_READ_FILE_NO_HINT
                };
                Error::new(condition, [("path", self.uri())]).caused_by(error)
            })
        });
        match map {
            Ok(map) => Ok(map.bytes().clone()),
            Err(error) => Err(error.clone()),
        }
    }

    /// Gives up the memory of a row group that has been read. A table of many gigabytes is then not resident as a whole
    /// when a query has gone through it.
    pub fn release(&self, row_group: usize) {
        let (Some(Ok(map)), Some(Ok(footer))) = (self.map.get(), self.footer.get()) else {
            return;
        };
        let columns = footer.row_group(row_group).columns().iter();
        // Of a damaged footer, anything may come; ranges out of the file are left alone.
        let ranges = columns.filter_map(|column| {
            let first = column.data_page_offset();
            let start = column
                .dictionary_page_offset()
                .map_or(first, |page| page.min(first));
            let end = start.checked_add(column.compressed_size())?;
            Some((usize::try_from(start).ok()?, usize::try_from(end).ok()?))
        });
        let (start, end) = ranges.fold((usize::MAX, 0), |(start, end), (from, to)| {
            (start.min(from), end.max(to))
        });
        if end.saturating_sub(start) >= LEAST_RELEASED {
            map.release(start..end);
        }
    }

    /// The file's footer without page indexes, read at the first call.
    pub fn footer(&self) -> Result<Arc<ParquetMetaData>> {
        let footer = self.footer.get_or_init(|| {
            let bytes = self.bytes()?;
            let read = || {
                ParquetMetaDataReader::new()
                    .with_page_index_policy(PageIndexPolicy::Skip)
                    .parse_and_finish(&bytes)
            };
            let failed = |cause: String| {
                Error::new(
                    &FAILED_READ_FILE_CANNOT_READ_FILE_FOOTER,
                    [("path", self.uri())],
                )
                .caused_by(cause)
            };
            match catch_unwind(AssertUnwindSafe(read)) {
                Ok(Ok(footer)) => Ok(Arc::new(footer)),
                Ok(Err(error)) => Err(failed(error.to_string())),
                Err(panic) => Err(failed(panic_text(panic))),
            }
        });
        footer.clone()
    }

    /// The path as Spark prints it in errors of reading.
    pub fn uri(&self) -> String {
        format!("file://{}", self.data.path.display())
    }

    /// The error of a file whose data cannot be decoded.
    pub fn damaged(&self, cause: impl ToString) -> Error {
        Error::new(&FAILED_READ_FILE_NO_HINT, [("path", self.uri())]).caused_by(cause.to_string())
    }

    /// Runs a piece of decoding; its errors and panics become errors of the file.
    pub fn guard<T>(&self, decode: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T> {
        match catch_unwind(AssertUnwindSafe(decode)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.damaged(error)),
            Err(panic) => Err(self.damaged(panic_text(panic))),
        }
    }
}

fn panic_text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(text) => text.to_string(),
            Err(_) => "the decoder panicked".to_string(),
        },
    }
}
