//! The pages of a Snappy-compressed column chunk.
//!
//! The `parquet` crate finds the pages and reads their headers; it is told that they are not compressed, so that it hands
//! them out as they lie in the file. What is left is done here: pages that were stored because they could not be
//! compressed (the codes of a dictionary, as a rule) are used where they are, others are decompressed by `snappy`.

use super::snappy::{Content, decompress, stored};
use bytes::Bytes;
use parquet::basic::{CompressionCodec, Encoding, Type as PhysicalType};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// The pages of a column chunk of `rows` rows, decompressed.
pub(super) fn chunk_pages<R: ChunkReader + 'static>(
    file: Arc<R>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
) -> Result<Box<dyn PageReader>> {
    if chunk.compression_codec() != CompressionCodec::SNAPPY {
        return Ok(Box::new(SerializedPageReader::new(
            file, chunk, rows, None,
        )?));
    }
    let is_numbers = matches!(
        chunk.column_type(),
        PhysicalType::INT64 | PhysicalType::DOUBLE
    );
    Ok(Box::new(SnappyPages {
        pages: stored_pages(file, chunk, rows)?,
        is_numbers,
    }))
}

/// The pages of a column chunk as they lie in the file, compressed or not.
pub(super) fn stored_pages<R: ChunkReader + 'static>(
    file: Arc<R>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
) -> Result<SerializedPageReader<R>> {
    let as_stored = (chunk.clone().into_builder())
        .set_compression_codec(CompressionCodec::UNCOMPRESSED)
        .build()?;
    SerializedPageReader::new(file, &as_stored, rows, None)
}

/// See the module.
struct SnappyPages<R: ChunkReader> {
    /// The pages as they lie in the file.
    pages: SerializedPageReader<R>,
    /// Whether values that are not codes are numbers of eight bytes.
    is_numbers: bool,
}

impl<R: ChunkReader> SnappyPages<R> {
    /// The data of a data page.
    fn data(&self, page: &Bytes, encoding: Encoding) -> Result<Bytes> {
        // Plain strings may live on as views: not of the file, which may change.
        let may_live_on = encoding == Encoding::PLAIN;
        match if may_live_on { None } else { stored(page) } {
            Some(page) => Ok(page),
            None => self.decompress(page, encoding),
        }
    }

    fn decompress(&self, page: &Bytes, encoding: Encoding) -> Result<Bytes> {
        if page.is_empty() {
            return Ok(Bytes::new());
        }
        // A dictionary's pages say PLAIN, or, if they are old, PLAIN_DICTIONARY.
        let is_plain = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
        let content = match self.is_numbers && is_plain {
            true => Content::Eights,
            false => Content::Any,
        };
        let data = decompress(page.clone(), content).map(Bytes::from_owner);
        data.ok_or_else(|| ParquetError::General("a page is damaged".to_string()))
    }
}

impl<R: ChunkReader> PageReader for SnappyPages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(mut page) = self.pages.get_next_page()? else {
            return Ok(None);
        };
        match &mut page {
            Page::DictionaryPage { buf, encoding, .. } => *buf = self.decompress(buf, *encoding)?,
            Page::DataPage { buf, encoding, .. } => *buf = self.data(buf, *encoding)?,
            Page::DataPageV2 {
                buf,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                ..
            } => {
                // Levels lie in front of the values and are not compressed.
                let levels = (*def_levels_byte_len as usize)
                    .checked_add(*rep_levels_byte_len as usize)
                    .filter(|levels| *levels <= buf.len())
                    .ok_or_else(|| ParquetError::General("levels are cut off".to_string()))?;
                if *is_compressed {
                    let values = self.data(&buf.slice(levels..), *encoding)?;
                    *buf = match levels {
                        0 => values,
                        _ => [&buf[..levels], &values[..]].concat().into(),
                    };
                    *is_compressed = false;
                }
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl<R: ChunkReader> Iterator for SnappyPages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}
