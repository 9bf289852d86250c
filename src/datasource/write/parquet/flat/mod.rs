//! Columns that are encoded here rather than by the `parquet` crate: integers and texts that are not nested.
//!
//! The crate copies the values of a batch, looks each up in a dictionary by a hash of its bytes, and compares each text
//! with the bounds so far. That was half of the time of writing a table of few distinct values. Here
//!
//! ```text
//!   integers   a multiplication for a hash, a comparison of numbers
//!   texts      views are compared, not texts; bounds are looked for among a page's distinct values
//! ```
//!
//! and the pages, chunks and statistics are the same as the crate's: data pages of version 1, a dictionary that is given
//! up when it has grown to a megabyte, bounds of every page and chunk.
//!
//! Limits: codecs other than Snappy and ZSTD, bloom filters and all other types are the crate's.

mod bounds;
mod compress;
mod hybrid;
mod integers;
mod texts;

#[cfg(test)]
mod tests;

pub(super) use self::compress::Compressor;

use self::bounds::Direction;
use self::hybrid::{put_packed_bits, put_run};
use self::integers::Integers;
use self::texts::Texts;
use arrow::array::{Array, BooleanBufferBuilder};
use arrow::datatypes::DataType as ArrowType;
use bytes::Bytes;
use parquet::basic::BoundaryOrder;
use parquet::basic::{
    Compression, Encoding, EncodingMask, LogicalType, PageType, Type as PhysicalType,
};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, LevelHistogram, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::io::Write;

/// Rows and bytes of a page, and bytes of a dictionary: the crate's own limits, and Spark's.
const PAGE_ROWS: usize = 20_000;
const PAGE_BYTES: usize = 1 << 20;
const DICTIONARY_BYTES: usize = 1 << 20;

/// What is encoded of a page besides its levels.
struct PageValues {
    encoding: Encoding,
    /// Bounds as statistics keep them, if there are values.
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// Bytes of texts.
    text_bytes: Option<i64>,
}

/// Encodes the values of one column chunk, page by page.
trait ValueEncoder: Send {
    /// How many of the first `most` rows go into the page; at least one.
    fn fitting(&self, array: &dyn Array, most: usize) -> usize;

    /// Adds the values that are not NULL.
    fn add(&mut self, array: &dyn Array) -> Result<()>;

    /// Whether the page has all the bytes it may.
    fn is_full(&self) -> bool;

    /// Adds the page's values to its bytes and begins the next.
    fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues;

    /// Bytes of the dictionary; zero if there is none.
    fn dictionary_bytes(&self) -> usize;

    /// The dictionary page and how many values it has. Later values are encoded without one.
    fn take_dictionary(&mut self) -> Option<(Vec<u8>, usize)>;

    /// Bounds of the chunk.
    fn statistics(&self, nulls: u64) -> Statistics;

    /// How the pages' bounds are ordered.
    fn direction(&self) -> Direction;
}

fn wrong_array(array: &dyn Array) -> ParquetError {
    ParquetError::General(format!(
        "an array of {} in a column of another type",
        array.data_type()
    ))
}

/// Encodes one column chunk.
pub(super) struct FlatWriter {
    column: ColumnDescPtr,
    codec: Compression,
    values: Box<dyn ValueEncoder>,
    /// Which rows of the page are not NULL, in a column that may have NULLs.
    valid: BooleanBufferBuilder,
    page_rows: usize,
    page_nulls: usize,
    pages: TrackedWrite<Vec<u8>>,
    /// The dictionary page, once no values are added to it.
    dictionary: Option<(Vec<u8>, PageWriteSpec)>,
    rows: usize,
    nulls: usize,
    uncompressed: usize,
    text_bytes: Option<i64>,
    encodings: Vec<PageEncodingStats>,
    /// Offset, size and rows of the data pages; offsets are those behind the dictionary.
    locations: Vec<(u64, usize, usize, Option<i64>)>,
    index: ColumnIndexBuilder,
}

impl FlatWriter {
    /// The writer of a column of arrays of a type; None if the crate has to write it.
    pub fn new(
        column: &ColumnDescPtr,
        array: &ArrowType,
        codec: Compression,
        has_dictionary: bool,
    ) -> Option<FlatWriter> {
        if column.max_rep_level() > 0 || column.max_def_level() > 1 {
            return None;
        }
        let values: Box<dyn ValueEncoder> = match (column.physical_type(), array) {
            (
                PhysicalType::INT32,
                ArrowType::Int32 | ArrowType::Date32 | ArrowType::Decimal64(..),
            ) => Box::new(Integers::<i32>::new(has_dictionary)),
            (
                PhysicalType::INT64,
                ArrowType::Int64 | ArrowType::Decimal64(..) | ArrowType::Timestamp(..),
            ) => Box::new(Integers::<i64>::new(has_dictionary)),
            (PhysicalType::BYTE_ARRAY, ArrowType::Utf8View | ArrowType::BinaryView) => {
                let is_text = column.logical_type_ref() == Some(&LogicalType::String);
                Box::new(Texts::new(is_text, has_dictionary))
            }
            _ => return None,
        };
        Some(FlatWriter {
            column: column.clone(),
            codec,
            values,
            valid: BooleanBufferBuilder::new(0),
            page_rows: 0,
            page_nulls: 0,
            pages: TrackedWrite::new(Vec::new()),
            dictionary: None,
            rows: 0,
            nulls: 0,
            uncompressed: 0,
            text_bytes: None,
            encodings: Vec::new(),
            locations: Vec::new(),
            index: ColumnIndexBuilder::new(column.physical_type()),
        })
    }

    /// Adds rows.
    pub fn write(&mut self, array: &dyn Array, compressor: &mut Compressor) -> Result<()> {
        if array.null_count() > 0 && self.column.max_def_level() == 0 {
            return Err(ParquetError::General(format!(
                "a NULL in the column {}, which has none",
                self.column.name()
            )));
        }
        let mut at = 0;
        while at < array.len() {
            let most = (array.len() - at).min(PAGE_ROWS - self.page_rows);
            let rest = array.slice(at, most);
            let rows = self.values.fitting(rest.as_ref(), most);
            let taken = rest.slice(0, rows);
            self.values.add(taken.as_ref())?;
            if self.column.max_def_level() > 0 {
                match taken.nulls() {
                    Some(nulls) => self.valid.append_buffer(nulls.inner()),
                    None => self.valid.append_n(rows, true),
                }
                self.page_nulls += taken.null_count();
            }
            self.page_rows += rows;
            at += rows;
            if self.page_rows == PAGE_ROWS || self.values.is_full() {
                self.end_page(compressor)?;
            }
        }
        Ok(())
    }

    fn end_page(&mut self, compressor: &mut Compressor) -> Result<()> {
        let mut bytes = Vec::new();
        if self.column.max_def_level() > 0 {
            put_levels(
                self.valid.finish().values(),
                self.page_rows,
                self.page_nulls,
                &mut bytes,
            );
        }
        let page = self.values.end_page(&mut bytes);
        let compressed = CompressedPage::new(
            Page::DataPage {
                buf: Bytes::from(compressor.compress(&bytes)?),
                num_values: self.page_rows as u32,
                encoding: page.encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
            bytes.len(),
        );
        let written = SerializedPageWriter::new(&mut self.pages).write_page(compressed)?;
        self.uncompressed += written.uncompressed_size;
        self.count_page(PageType::DATA_PAGE, page.encoding);
        let has_values = page.bounds.is_some();
        let (min, max) = page.bounds.unwrap_or_default();
        (self.index).append(!has_values, min, max, self.page_nulls as i64, None);
        let levels = self.levels(self.page_rows, self.page_nulls);
        self.index.append_histograms(&None, &levels);
        let (offset, size) = (written.offset, written.compressed_size);
        self.locations
            .push((offset, size, self.page_rows, page.text_bytes));
        if let Some(bytes) = page.text_bytes {
            *self.text_bytes.get_or_insert(0) += bytes;
        }
        self.rows += std::mem::take(&mut self.page_rows);
        self.nulls += std::mem::take(&mut self.page_nulls);
        if self.values.dictionary_bytes() > DICTIONARY_BYTES {
            self.end_dictionary(compressor)?;
        }
        Ok(())
    }

    fn end_dictionary(&mut self, compressor: &mut Compressor) -> Result<()> {
        let Some((bytes, values)) = self.values.take_dictionary() else {
            return Ok(());
        };
        let compressed = CompressedPage::new(
            Page::DictionaryPage {
                buf: Bytes::from(compressor.compress(&bytes)?),
                num_values: values as u32,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            },
            bytes.len(),
        );
        let mut page = TrackedWrite::new(Vec::new());
        let written = SerializedPageWriter::new(&mut page).write_page(compressed)?;
        self.uncompressed += written.uncompressed_size;
        self.count_page(PageType::DICTIONARY_PAGE, Encoding::PLAIN);
        page.flush()?;
        self.dictionary = Some((page.into_inner()?, written));
        Ok(())
    }

    /// How many rows are NULL and how many are not, in a column that may have NULLs.
    fn levels(&self, rows: usize, nulls: usize) -> Option<LevelHistogram> {
        let counts = vec![nulls as i64, (rows - nulls) as i64];
        (self.column.max_def_level() > 0).then(|| counts.into())
    }

    fn count_page(&mut self, page_type: PageType, encoding: Encoding) {
        let same = |counted: &&mut PageEncodingStats| {
            counted.page_type == page_type && counted.encoding == encoding
        };
        match self.encodings.iter_mut().find(same) {
            Some(counted) => counted.count += 1,
            None => self.encodings.push(PageEncodingStats {
                page_type,
                encoding,
                count: 1,
            }),
        }
    }

    /// Ends the chunk and adds it to the row group.
    pub fn finish<W: Write + Send>(
        mut self,
        compressor: &mut Compressor,
        target: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        if self.page_rows > 0 {
            self.end_page(compressor)?;
        }
        self.end_dictionary(compressor)?;
        self.pages.flush()?;
        let has_dictionary = self.dictionary.is_some();
        let (mut bytes, _) = self.dictionary.take().unzip();
        let mut bytes = bytes.take().unwrap_or_default();
        let dictionary_bytes = bytes.len();
        let pages = std::mem::replace(&mut self.pages, TrackedWrite::new(Vec::new()));
        bytes.append(&mut pages.into_inner()?);

        let mut offsets = OffsetIndexBuilder::new();
        for (offset, size, rows, text_bytes) in &self.locations {
            offsets.append_row_count(*rows as i64);
            offsets.append_unencoded_byte_array_data_bytes(*text_bytes);
            offsets.append_offset_and_size((dictionary_bytes as u64 + offset) as i64, *size as i32);
        }
        self.index
            .set_boundary_order(match self.values.direction() {
                Direction::Unknown | Direction::Ascending => BoundaryOrder::ASCENDING,
                Direction::Descending => BoundaryOrder::DESCENDING,
                Direction::Neither => BoundaryOrder::UNORDERED,
            });
        let encodings =
            (self.encodings.iter().map(|counted| &counted.encoding)).chain(&[Encoding::RLE]);
        let metadata = ColumnChunkMetaData::builder(self.column.clone())
            .set_compression(self.codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings))
            .set_page_encoding_stats(self.encodings.clone())
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_num_values(self.rows as i64)
            .set_data_page_offset(dictionary_bytes as i64)
            .set_dictionary_page_offset(has_dictionary.then_some(0))
            .set_statistics(self.values.statistics(self.nulls as u64))
            .set_unencoded_byte_array_data_bytes(self.text_bytes)
            .set_definition_level_histogram(self.levels(self.rows, self.nulls))
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: Some(self.index.build()?),
            offset_index: Some(offsets.build()),
        };
        target.append_column(&Bytes::from(bytes), close)
    }
}

/// Adds which rows are not NULL, behind the length of that.
fn put_levels(valid: &[u8], rows: usize, nulls: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    match nulls {
        0 => put_run(rows, 1, 1, out),
        nulls if nulls == rows => put_run(rows, 0, 1, out),
        _ => put_packed_bits(rows, valid, out),
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
