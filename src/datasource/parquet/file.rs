//! One Parquet file: its bytes and its footer, both had once.

use crate::datasource::files::{DataFile, map_file};
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

/// A Parquet file of a table. Shared by all workers.
#[derive(Debug)]
pub(super) struct ParquetFile {
    pub data: DataFile,
    bytes: OnceLock<Result<Bytes>>,
    footer: OnceLock<Result<Arc<ParquetMetaData>>>,
}

impl ParquetFile {
    pub fn new(data: DataFile) -> ParquetFile {
        ParquetFile {
            data,
            bytes: OnceLock::new(),
            footer: OnceLock::new(),
        }
    }

    /// The file's bytes, mapped at the first call.
    pub fn bytes(&self) -> Result<Bytes> {
        let bytes = self.bytes.get_or_init(|| {
            map_file(&self.data.path).map_err(|error| {
                let condition = if error.kind() == std::io::ErrorKind::NotFound {
                    &FAILED_READ_FILE_FILE_NOT_EXIST
                } else {
                    &FAILED_READ_FILE_NO_HINT
                };
                Error::new(condition, [("path", self.uri())]).caused_by(error)
            })
        });
        bytes.clone()
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
