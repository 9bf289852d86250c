//! Compression of pages; one compressor for all columns of a file.

use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};

/// Compresses pages. Made per file, since what a compressor works with is large.
pub(in crate::datasource::write::parquet) enum Compressor {
    None,
    Snappy(Box<snap::raw::Encoder>),
    Zstd(Box<zstd::bulk::Compressor<'static>>),
}

impl Compressor {
    /// The compressor of a codec; None for codecs that only the `parquet` crate writes.
    pub fn new(codec: Compression) -> Result<Option<Compressor>> {
        Ok(Some(match codec {
            Compression::UNCOMPRESSED => Compressor::None,
            Compression::SNAPPY => Compressor::Snappy(Box::new(snap::raw::Encoder::new())),
            Compression::ZSTD(level) => Compressor::Zstd(Box::new(zstd::bulk::Compressor::new(
                level.compression_level(),
            )?)),
            _ => return Ok(None),
        }))
    }

    /// The bytes of a page as they go into the file.
    pub fn compress(&mut self, page: &[u8]) -> Result<Vec<u8>> {
        Ok(match self {
            Compressor::None => page.to_vec(),
            Compressor::Snappy(encoder) => (encoder.compress_vec(page))
                .map_err(|error| ParquetError::External(Box::new(error)))?,
            Compressor::Zstd(compressor) => compressor.compress(page)?,
        })
    }
}
