//! Columns whose pages are all plain: values one behind the other, without a dictionary.
//!
//! Pages that Snappy has compressed are decompressed as values are asked for ([`super::snappy`]), so that they are looked
//! at while they are in the cache. Only rows that are wanted become values of an array; pages without any are passed by.
//! What the values are is known to [`super::strings`] and [`super::numbers`].
//!
//! Limits: flat columns of which the footer says that all pages are plain. Whatever is found that is not expected, damage
//! included, is left to the `parquet` crate, which begins again at the batch that could not be made.

use super::coded_pages::{prefixed, unwanted_rows};
use super::compressed_pages::stored_pages;
use super::decode::FilePlan;
use super::growing::GrowingMemory;
use super::numbers::Numbers;
use super::rle;
use super::snappy::{Content, Decompressor};
use super::strings::Strings;
use crate::error::Result;
use arrow::array::ArrayRef;
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::datatypes::DataType as ArrowType;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type as PhysicalType};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// Bytes that are decompressed at a time: a part of a core's second cache.
pub(super) const STRETCH: usize = 64 * 1024;

/// A column of a row group, read from the front.
pub(super) struct PlainPages {
    pages: SerializedPageReader<Bytes>,
    /// Whether pages come as Snappy has left them.
    snappy: bool,
    optional: bool,
    physical: PhysicalType,
    /// What the values become.
    decoded: ArrowType,
    /// The rows that are wanted; None: all.
    selection: Option<BooleanBuffer>,
    /// The next row, and how many there are.
    row: usize,
    rows: usize,
    page: Option<OpenPage>,
    /// Bytes that pages have before them, so that values lie at multiples of eight if the page begins as the last one did.
    lead: usize,
}

/// A page that is being read.
pub(super) struct OpenPage {
    pub bytes: PageBytes,
    /// Where the next value begins.
    pub at: usize,
    /// Per row, whether it has a value; None: all have.
    pub present: Option<BooleanBuffer>,
    /// Rows, and the next of them.
    pub rows: usize,
    pub row: usize,
}

pub(super) enum PageBytes {
    Whole(Buffer),
    Compressed(Decompressor),
}

/// The rows of a row group that are wanted, from the first one that a page still has on; None: all are.
pub(super) type Selected<'a> = Option<(&'a BooleanBuffer, usize)>;

/// Values that become an array.
pub(super) trait Collect {
    /// How many there are.
    fn len(&self) -> usize;
    /// Reads a page until there are `missing` more values, or to its end. None if it is not what it should be.
    fn read(&mut self, page: &mut OpenPage, missing: usize, selected: Selected) -> Option<()>;
    /// The array.
    fn finish(self) -> Option<ArrayRef>;
}

/// Whether the footer says that a column is flat and that all its pages are plain.
fn is_plain(chunk: &ColumnChunkMetaData) -> bool {
    let column = chunk.column_descr();
    let is_data = |kind| matches!(kind, PageType::DATA_PAGE | PageType::DATA_PAGE_V2);
    let is_level = |encoding| matches!(encoding, Encoding::RLE | Encoding::PLAIN);
    column.max_rep_level() == 0
        && column.max_def_level() <= 1
        && chunk.dictionary_page_offset().is_none()
        && match (
            chunk.page_encoding_stats(),
            chunk.page_encoding_stats_mask(),
        ) {
            (Some(pages), _) => pages
                .iter()
                .all(|page| !is_data(page.page_type) || page.encoding == Encoding::PLAIN),
            (None, Some(mask)) => mask.encodings().all(|encoding| encoding == Encoding::PLAIN),
            (None, None) => chunk.encodings().all(is_level),
        }
}

impl PlainPages {
    /// Begins to read a column (by its position in the plan) of a row group of `rows` rows: those of `selection` (None:
    /// all). None if it is not one of those that are read here.
    pub fn open(
        plan: &FilePlan,
        row_group: usize,
        column: usize,
        rows: usize,
        selection: Option<&BooleanBuffer>,
    ) -> Result<Option<PlainPages>> {
        let Some((leaf, decoded, _)) = plan.flat_column(column) else {
            return Ok(None);
        };
        let file = plan.file();
        let footer = file.footer()?;
        let chunk = footer.row_group(row_group).column(leaf);
        let physical = chunk.column_type();
        if !is_readable(physical, decoded) || !is_plain(chunk) {
            return Ok(None);
        }
        let snappy = chunk.compression() == Compression::SNAPPY;
        let bytes = Arc::new(file.bytes()?);
        let open = || match snappy {
            true => stored_pages(bytes, chunk, rows),
            false => SerializedPageReader::new(bytes, chunk, rows, None),
        };
        let Ok(pages) = file.guard(open) else {
            return Ok(None);
        };
        Ok(Some(PlainPages {
            pages,
            snappy,
            optional: chunk.column_descr().max_def_level() > 0,
            physical,
            decoded: decoded.clone(),
            selection: selection.cloned(),
            row: 0,
            rows,
            page: None,
            lead: 0,
        }))
    }

    /// The next row of the row group that has not been read.
    pub fn row(&self) -> usize {
        self.row
    }

    fn content(&self) -> Content {
        match self.physical {
            PhysicalType::BYTE_ARRAY => Content::Any,
            PhysicalType::INT32 | PhysicalType::FLOAT => Content::Fours,
            _ => Content::Eights,
        }
    }

    /// The next `count` rows that are wanted. None if they cannot be read here.
    pub fn next(&mut self, count: usize) -> Option<ArrayRef> {
        let decoded = self.decoded.clone();
        match self.physical {
            PhysicalType::BYTE_ARRAY => {
                self.collect(count, Strings::new(decoded == ArrowType::Utf8View, count))
            }
            PhysicalType::INT32 | PhysicalType::FLOAT => {
                self.collect(count, Numbers::<u32>::new(decoded, count))
            }
            PhysicalType::INT64 | PhysicalType::DOUBLE => {
                self.collect(count, Numbers::<u64>::new(decoded, count))
            }
            _ => None,
        }
    }

    fn collect(&mut self, count: usize, mut values: impl Collect) -> Option<ArrayRef> {
        while values.len() < count {
            let Some(page) = &mut self.page else {
                self.next_page()?;
                continue;
            };
            let selected = self.selection.as_ref().map(|mask| (mask, self.row));
            let before = page.row;
            values.read(page, count - values.len(), selected)?;
            self.row += page.row - before;
            if page.row == page.rows {
                self.page = None;
            }
        }
        values.finish()
    }

    /// Opens the next page with a row that is wanted.
    fn next_page(&mut self) -> Option<()> {
        loop {
            if self.row >= self.rows {
                return None;
            }
            if let Some(selection) = &self.selection {
                let skipped = unwanted_rows(&mut self.pages, selection, self.row).ok()?;
                self.row += skipped;
                if skipped > 0 {
                    continue;
                }
            }
            let page = OpenPage::new(self.pages.get_next_page().ok()??, self)?;
            if page.rows > self.rows - self.row {
                return None;
            }
            self.lead = page.at.wrapping_neg() % 8;
            self.page = (page.rows > 0).then_some(page);
            if self.page.is_some() {
                return Some(());
            }
        }
    }
}

/// Whether values of the physical type can be read here as what they are to become.
fn is_readable(physical: PhysicalType, decoded: &ArrowType) -> bool {
    use ArrowType as A;
    match physical {
        PhysicalType::BYTE_ARRAY => matches!(decoded, A::Utf8View | A::BinaryView),
        PhysicalType::INT32 => matches!(decoded, A::Int32 | A::Date32 | A::Decimal64(..)),
        PhysicalType::INT64 => matches!(decoded, A::Int64 | A::Decimal64(..) | A::Timestamp(..)),
        PhysicalType::FLOAT => matches!(decoded, A::Float32),
        PhysicalType::DOUBLE => matches!(decoded, A::Float64),
        _ => false,
    }
}

impl OpenPage {
    fn new(page: Page, column: &PlainPages) -> Option<OpenPage> {
        let (mut bytes, rows, levels) = match page {
            Page::DataPage {
                buf,
                num_values,
                encoding: Encoding::PLAIN,
                def_level_encoding,
                ..
            } => {
                if column.optional && def_level_encoding != Encoding::RLE {
                    return None;
                }
                let bytes = match column.snappy {
                    true => PageBytes::Compressed(Decompressor::new(
                        buf,
                        column.content(),
                        column.lead,
                    )?),
                    false => PageBytes::Whole(buf.into()),
                };
                (bytes, num_values as usize, None)
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding: Encoding::PLAIN,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                ..
            } => {
                let start = rep_levels_byte_len as usize;
                let end = start.checked_add(def_levels_byte_len as usize)?;
                let levels = buf.get(start..end).map(|_| buf.slice(start..end))?;
                let values = buf.slice(end..);
                let bytes = match column.snappy && is_compressed && !values.is_empty() {
                    true => PageBytes::Compressed(Decompressor::new(
                        values,
                        column.content(),
                        column.lead,
                    )?),
                    false => PageBytes::Whole(values.into()),
                };
                (bytes, num_values as usize, Some(levels))
            }
            _ => return None,
        };
        let (mut at, mut present) = (0, None);
        if column.optional {
            let own;
            let levels = match &levels {
                Some(levels) => &levels[..],
                None => {
                    bytes.fill(4)?;
                    let length = u32::from_le_bytes(bytes.get().get(..4)?.try_into().ok()?);
                    bytes.fill((length as usize).checked_add(4)?)?;
                    own = prefixed(bytes.get())?.0;
                    at = own.len() + 4;
                    own
                }
            };
            present = rle::decode_bits(levels, rows)?;
        }
        Some(OpenPage {
            bytes,
            at,
            present,
            rows,
            row: 0,
        })
    }
}

impl PageBytes {
    /// Makes so many bytes known, or all. None if the page is damaged.
    pub fn fill(&mut self, wanted: usize) -> Option<()> {
        match self {
            PageBytes::Whole(_) => Some(()),
            PageBytes::Compressed(block) => block.fill(wanted),
        }
    }

    /// The bytes that are known.
    pub fn get(&self) -> &[u8] {
        match self {
            PageBytes::Whole(bytes) => bytes,
            PageBytes::Compressed(block) => block.output().bytes(),
        }
    }

    /// How many bytes there are.
    pub fn length(&self) -> usize {
        match self {
            PageBytes::Whole(bytes) => bytes.len(),
            PageBytes::Compressed(block) => block.output().length(),
        }
    }

    /// The bytes that are known, for arrays.
    pub fn share(&self) -> Buffer {
        match self {
            PageBytes::Whole(bytes) => bytes.clone(),
            PageBytes::Compressed(block) => GrowingMemory::share(block.output()),
        }
    }
}
