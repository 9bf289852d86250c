//! Columns of strings that are stored plainly, each behind its length.
//!
//! ```text
//!   page    |5|hello|30|https://…        |0||…         from a length on, 16 bytes are nearly the view:
//!   view     5 hello·······                            a short string is in them,
//!            30 http  buffer  offset                   of a long one the length and the first bytes
//! ```
//!
//! Pages that Snappy has compressed are decompressed as strings are asked for ([`super::snappy`]), so that lengths are
//! followed, UTF-8 is checked and views are made while the bytes are in the cache. Only rows that are wanted get a view;
//! pages without any are passed by.
//!
//! Limits: flat columns of which the footer says that all pages are plain. Whatever is found that is not expected, damage
//! included, is left to the `parquet` crate, which begins again at the batch that could not be made.

use super::coded_pages::{prefixed, unwanted_rows};
use super::compressed_pages::stored_pages;
use super::decode::FilePlan;
use super::growing::GrowingMemory;
use super::rle;
use super::snappy::Decompressor;
use crate::error::Result;
use arrow::array::{ArrayRef, BinaryViewArray, StringViewArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::DataType as ArrowType;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type as PhysicalType};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// Bytes that are decompressed at a time: a part of a core's second cache.
const STRETCH: usize = 64 * 1024;

/// The strings up to this length lie in their views.
const LONGEST_INLINE: u32 = 12;

/// Bytes of a view.
const VIEW: usize = 16;

/// A column of a row group, read from the front.
pub(super) struct StringPages {
    pages: SerializedPageReader<Bytes>,
    /// Whether pages come as Snappy has left them.
    snappy: bool,
    optional: bool,
    /// Whether the bytes are to be UTF-8.
    text: bool,
    /// The rows that are wanted; None: all.
    selection: Option<BooleanBuffer>,
    /// The next row, and how many there are.
    row: usize,
    rows: usize,
    page: Option<OpenPage>,
}

/// A page that is being read.
struct OpenPage {
    bytes: PageBytes,
    /// Where the next value begins.
    at: usize,
    /// Per row, whether it has a value; None: all have.
    levels: Option<Vec<u32>>,
    /// Rows, and the next of them.
    rows: usize,
    row: usize,
}

enum PageBytes {
    Whole(Buffer),
    Compressed(Decompressor),
}

/// Whether the footer says that a column is flat and that all its pages are plain strings.
fn is_plain(chunk: &ColumnChunkMetaData) -> bool {
    let column = chunk.column_descr();
    let is_data = |kind| matches!(kind, PageType::DATA_PAGE | PageType::DATA_PAGE_V2);
    let is_level = |encoding| matches!(encoding, Encoding::RLE | Encoding::PLAIN);
    chunk.column_type() == PhysicalType::BYTE_ARRAY
        && column.max_rep_level() == 0
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

impl StringPages {
    /// Begins to read a column (by its position in the plan) of a row group of `rows` rows: those of `selection` (None:
    /// all). None if it is not one of those that are read here.
    pub fn open(
        plan: &FilePlan,
        row_group: usize,
        column: usize,
        rows: usize,
        selection: Option<&BooleanBuffer>,
    ) -> Result<Option<StringPages>> {
        let Some((leaf, decoded, _)) = plan.flat_column(column) else {
            return Ok(None);
        };
        let text = match decoded {
            ArrowType::Utf8View => true,
            ArrowType::BinaryView => false,
            _ => return Ok(None),
        };
        let file = plan.file();
        let footer = file.footer()?;
        let chunk = footer.row_group(row_group).column(leaf);
        if !is_plain(chunk) {
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
        Ok(Some(StringPages {
            pages,
            snappy,
            optional: chunk.column_descr().max_def_level() > 0,
            text,
            selection: selection.cloned(),
            row: 0,
            rows,
            page: None,
        }))
    }

    /// The next row of the row group that has not been read.
    pub fn row(&self) -> usize {
        self.row
    }

    /// The next `count` rows that are wanted. None if they cannot be read here.
    pub fn next(&mut self, count: usize) -> Option<ArrayRef> {
        let mut strings = Strings {
            views: Vec::with_capacity(count),
            ..Strings::default()
        };
        while strings.views.len() < count {
            let Some(page) = &mut self.page else {
                self.next_page()?;
                continue;
            };
            let missing = count - strings.views.len();
            let selection = self.selection.as_ref().map(|mask| (mask, self.row));
            let before = page.row;
            page.read(missing, selection, &mut strings, self.text)?;
            self.row += page.row - before;
            if page.row == page.rows {
                self.page = None;
            }
        }
        strings.finish(self.text)
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
            self.page = (page.rows > 0).then_some(page);
            if self.page.is_some() {
                return Some(());
            }
        }
    }
}

impl OpenPage {
    fn new(page: Page, column: &StringPages) -> Option<OpenPage> {
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
                    true => PageBytes::Compressed(Decompressor::new(buf)?),
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
                    true => PageBytes::Compressed(Decompressor::new(values)?),
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
            let mut decoded = Vec::new();
            rle::decode(levels, 1, rows, &mut decoded)?;
            if decoded.contains(&0) {
                present = Some(decoded);
            }
        }
        Some(OpenPage {
            bytes,
            at,
            levels: present,
            rows,
            row: 0,
        })
    }

    /// Reads on until `missing` rows that are wanted have been appended, or to the end of the page. The first row of the
    /// page that is read is the row of the selection that is named with it.
    fn read(
        &mut self,
        missing: usize,
        selection: Option<(&BooleanBuffer, usize)>,
        strings: &mut Strings,
        text: bool,
    ) -> Option<()> {
        let buffer = u32::try_from(strings.buffers.len()).ok()?;
        let (first, end) = (self.row, strings.views.len() + missing);
        let mut wanted = STRETCH;
        while self.row < self.rows && strings.views.len() < end {
            self.bytes.fill(self.at.checked_add(wanted)?)?;
            let bytes = self.bytes.get();
            let (start, before) = (self.at, strings.views.len());
            let (row, at) = (self.row, self.at);
            let walk = Walk {
                bytes,
                is_whole: bytes.len() == self.bytes.length(),
                buffer,
                levels: self.levels.as_deref(),
            };
            let (row, at, longest) = match selection {
                None => walk.walk(row..self.rows, at, end, strings, |_| true)?,
                Some((mask, selected)) => {
                    // A page has no more rows than are left of its row group, and those are the mask's.
                    let is_wanted = |row: usize| mask.value(selected + (row - first));
                    walk.walk(row..self.rows, at, end, strings, is_wanted)?
                }
            };
            // A string that is longer than what was asked for.
            wanted = match row == self.row {
                true => wanted.checked_mul(2)?,
                false => STRETCH,
            };
            (self.row, self.at) = (row, at);
            if text && strings.views.len() > before {
                let bytes = self.bytes.get();
                let new = &strings.views[before..];
                check_utf8(&bytes[start..at], bytes, longest, new)?;
            }
        }
        strings.buffers.push(self.bytes.share());
        Some(())
    }
}

impl PageBytes {
    fn fill(&mut self, wanted: usize) -> Option<()> {
        match self {
            PageBytes::Whole(_) => Some(()),
            PageBytes::Compressed(block) => block.fill(wanted),
        }
    }

    fn get(&self) -> &[u8] {
        match self {
            PageBytes::Whole(bytes) => bytes,
            PageBytes::Compressed(block) => block.output().bytes(),
        }
    }

    fn length(&self) -> usize {
        match self {
            PageBytes::Whole(bytes) => bytes.len(),
            PageBytes::Compressed(block) => block.output().length(),
        }
    }

    fn share(&self) -> Buffer {
        match self {
            PageBytes::Whole(bytes) => bytes.clone(),
            PageBytes::Compressed(block) => GrowingMemory::share(block.output()),
        }
    }
}

/// The strings of a batch.
#[derive(Default)]
struct Strings {
    views: Vec<u128>,
    buffers: Vec<Buffer>,
    /// Per row, whether it has a value; empty as long as all have.
    present: Vec<bool>,
}

impl Strings {
    fn finish(self, text: bool) -> Option<ArrayRef> {
        let nulls = (!self.present.is_empty()).then(|| NullBuffer::from(self.present));
        let (views, buffers) = (self.views.into(), self.buffers.into());
        // SAFETY: a long view has been made of bytes that lie in the buffer that has its number, with their length and
        // first bytes; short views hold their bytes and zeros. Text was checked to be UTF-8, string by string or as a
        // whole that begins and ends with a string and has only ASCII between strings (`check_utf8`).
        let array: ArrayRef = unsafe {
            match text {
                true => Arc::new(StringViewArray::new_unchecked(views, buffers, nulls)),
                false => Arc::new(BinaryViewArray::new_unchecked(views, buffers, nulls)),
            }
        };
        Some(array)
    }
}

/// What strings are read from.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Whether that is all of the page.
    is_whole: bool,
    /// The number that the bytes have among the buffers of the array.
    buffer: u32,
    levels: Option<&'a [u32]>,
}

impl Walk<'_> {
    /// Appends the wanted ones of `rows`, whose first value is at `at`, until there are `end` strings or the bytes may
    /// not have the next. The row and the place behind what was read, and the length of the longest string there, wanted or
    /// not; None if a string goes beyond the end of the page.
    #[inline(always)]
    fn walk(
        &self,
        rows: std::ops::Range<usize>,
        mut at: usize,
        end: usize,
        strings: &mut Strings,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize, u32)> {
        let bytes = self.bytes;
        let (mut row, mut longest) = (rows.start, 0);
        while row < rows.end && strings.views.len() < end {
            let wanted = is_wanted(row);
            if let Some(levels) = self.levels
                && levels[row] == 0
            {
                if wanted {
                    strings.present.resize(strings.views.len(), true);
                    strings.present.push(false);
                    strings.views.push(0);
                }
                row += 1;
                continue;
            }
            let head = match bytes.get(at..).and_then(<[u8]>::first_chunk::<VIEW>) {
                Some(head) => u128::from_le_bytes(*head),
                None if !self.is_whole => break,
                None => {
                    // At the end of the page, with zeros behind it.
                    let rest = bytes.get(at..)?;
                    let mut head = [0; VIEW];
                    head[..rest.len()].copy_from_slice(rest);
                    (rest.len() >= 4).then_some(u128::from_le_bytes(head))?
                }
            };
            let length = head as u32;
            let next = (at + 4).checked_add(length as usize)?;
            if next > bytes.len() {
                if self.is_whole {
                    return None;
                }
                break;
            }
            if wanted {
                strings.views.push(match length {
                    ..=LONGEST_INLINE => head & (u128::MAX >> (96 - 8 * length)),
                    _ => {
                        let place = u64::from(self.buffer) | u64::from(at as u32 + 4) << 32;
                        u128::from(head as u64) | u128::from(place) << 64
                    }
                });
                if !strings.present.is_empty() {
                    strings.present.push(true);
                }
            }
            at = next;
            row += 1;
            longest = longest.max(length);
        }
        Some((row, at, longest))
    }
}

/// Checks that strings are UTF-8. They were read from `stretch`, which holds lengths and strings and nothing else; no
/// string in it, those that are not wanted included, is longer than `longest`. `bytes` are those of their buffer.
fn check_utf8(stretch: &[u8], bytes: &[u8], longest: u32, views: &[u128]) -> Option<()> {
    // Lengths below 128 are ASCII: if the whole is UTF-8, no character goes across them.
    if stretch.is_ascii() || (longest < 128 && std::str::from_utf8(stretch).is_ok()) {
        return Some(());
    }
    for view in views {
        let length = *view as u32;
        let inline = view.to_le_bytes();
        let string = match length {
            ..=LONGEST_INLINE => &inline[4..4 + length as usize],
            _ => &bytes[(view >> 96) as usize..][..length as usize],
        };
        std::str::from_utf8(string).ok()?;
    }
    Some(())
}
