//! Parts of files, and how they are dealt out to partitions.

use super::window::{Window, file_uri, read_error};
use crate::datasource::files::{Compression, DataFile, MappedFile, deal};
use crate::error::Result;
use crate::pipeline::{BatchReader, Source, TaskContext};
use encoding_rs::{Encoding, UTF_8};
use std::ops::Range;
use std::sync::Arc;

/// Ranges are not made smaller than this.
const MIN_RANGE: u64 = 1 << 20;

/// A part of a file.
#[derive(Debug, Clone)]
pub(crate) struct FileRange {
    pub file: DataFile,
    /// The mapped file and the range of it; None: the whole file through a stream.
    mapped: Option<(Arc<MappedFile>, Range<usize>)>,
}

impl FileRange {
    /// Whether it begins where the file begins.
    pub fn is_first(&self) -> bool {
        self.mapped
            .as_ref()
            .is_none_or(|(_, range)| range.start == 0)
    }

    /// A window on it.
    pub fn window(&self, encoding: &'static Encoding) -> Result<Window> {
        match &self.mapped {
            Some((map, range)) => Ok(Window::mapped(&self.file, map.clone(), range.clone())),
            None => Window::stream(&self.file, encoding),
        }
    }

    fn size(&self) -> u64 {
        match &self.mapped {
            Some((_, range)) => range.len() as u64,
            None => self.file.compression().expanded(self.file.size),
        }
    }
}

/// Cuts files into about `partitions` ranges. `cut` gives the ranges of a mapped file for a wished size; files that
/// cannot be mapped are read whole.
pub(crate) fn cut_files<'a>(
    files: impl Iterator<Item = &'a DataFile> + Clone,
    partitions: usize,
    encoding: &'static Encoding,
    cut: impl Fn(&[u8], usize) -> Vec<Range<usize>>,
) -> Result<Vec<FileRange>> {
    let total: u64 = files.clone().map(|file| file.size).sum();
    let wanted = (total / partitions.max(1) as u64).max(MIN_RANGE) as usize;
    let mut ranges = Vec::new();
    for file in files.filter(|file| file.size > 0) {
        if encoding != UTF_8 || file.compression() != Compression::None {
            ranges.push(FileRange {
                file: file.clone(),
                mapped: None,
            });
            continue;
        }
        let map = MappedFile::open(&file.path);
        let map = Arc::new(map.map_err(|error| read_error(&file_uri(file), &error))?);
        for range in cut(map.bytes(), wanted) {
            ranges.push(FileRange {
                file: file.clone(),
                mapped: Some((map.clone(), range)),
            });
        }
    }
    Ok(ranges)
}

/// Makes the reader of a partition's ranges.
type OpenRanges = dyn Fn(Vec<FileRange>, &TaskContext) -> Box<dyn BatchReader> + Send + Sync;

/// Ranges dealt out to partitions. Shared by all workers.
pub(crate) struct RangeSource {
    partitions: Vec<Vec<FileRange>>,
    open: Box<OpenRanges>,
}

impl RangeSource {
    pub fn new(
        ranges: Vec<FileRange>,
        partitions: usize,
        open: impl Fn(Vec<FileRange>, &TaskContext) -> Box<dyn BatchReader> + Send + Sync + 'static,
    ) -> RangeSource {
        let sizes: Vec<u64> = ranges.iter().map(FileRange::size).collect();
        RangeSource {
            partitions: deal(ranges, &sizes, partitions),
            open: Box::new(open),
        }
    }
}

impl Source for RangeSource {
    fn partitions(&self) -> usize {
        self.partitions.len()
    }

    fn open(&self, partition: usize, context: &TaskContext) -> Result<Box<dyn BatchReader>> {
        Ok((self.open)(self.partitions[partition].clone(), context))
    }
}
