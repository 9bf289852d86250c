//! The pages of a column chunk as codes into its dictionary.
//!
//! Pages without a row that is wanted are passed by unread; of the others only the codes of wanted rows are unpacked.

use super::codes::append_selected;
use super::prefilter::count;
use super::rle;
use super::spread::spread;
use super::strings::plain_texts;
use arrow::array::{Array, ArrayData, ArrayRef, AsArray, BooleanArray, make_array};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::compute::filter;
use arrow::datatypes::{DataType as ArrowType, Decimal64Type, Int32Type};
use bytes::Bytes;
use parquet::basic::{Encoding, PageType, Type as PhysicalType};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use std::sync::Arc;

/// Whether a footer gives hope that all pages of a chunk hold codes.
pub(super) fn may_be_coded(chunk: &ColumnChunkMetaData) -> bool {
    let column = chunk.column_descr();
    if column.max_rep_level() > 0 || column.max_def_level() > 1 {
        return false;
    }
    let is_code = |encoding| {
        matches!(
            encoding,
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
        )
    };
    if let Some(pages) = chunk.page_encoding_stats() {
        let data = |kind| matches!(kind, PageType::DATA_PAGE | PageType::DATA_PAGE_V2);
        return pages
            .iter()
            .all(|page| !data(page.page_type) || is_code(page.encoding));
    }
    if let Some(mask) = chunk.page_encoding_stats_mask() {
        return mask.encodings().all(is_code);
    }
    // Plain data pages cannot be told from a plain dictionary; delta encodings can.
    chunk.dictionary_page_offset().is_some()
}

/// What the pages of a column chunk hold.
pub(super) enum Pages {
    /// Codes, values, and whether there are NULLs.
    Coded(Vec<u32>, ArrayRef, bool),
    /// Not all of it is coded, or not in a way that is known here.
    Other,
    Damaged(&'static str),
}

/// Reads the rows of `kept` (None: all) of a column chunk.
pub(super) fn read_pages(
    pages: &mut dyn PageReader,
    chunk: &ColumnChunkMetaData,
    decoded: &ArrowType,
    rows: usize,
    kept: Option<&BooleanBuffer>,
) -> Pages {
    let optional = chunk.column_descr().max_def_level() > 0;
    let wanted = count(kept, rows);
    let mut values: Option<ArrayRef> = None;
    let mut codes = Codes {
        codes: Vec::with_capacity(wanted),
        whole: Vec::new(),
        unpacked: Vec::new(),
    };
    let mut row = 0;
    loop {
        if let Some(kept) = kept {
            match unwanted_rows(pages, kept, row) {
                Ok(0) => {}
                Ok(skipped) => {
                    row += skipped;
                    continue;
                }
                // The usual decoder says it better.
                Err(_) => return Pages::Other,
            }
        }
        let page = match pages.get_next_page() {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(_) => return Pages::Other,
        };
        let (data, count, encoding, levels) = match &page {
            Page::DictionaryPage {
                buf, num_values, ..
            } => {
                let physical = chunk.column_type();
                values = plain_values(buf, *num_values as usize, physical, decoded);
                if values.is_none() {
                    return Pages::Other;
                }
                continue;
            }
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                ..
            } => {
                if !optional {
                    (&buf[..], *num_values, *encoding, None)
                } else if *def_level_encoding != Encoding::RLE {
                    return Pages::Other;
                } else {
                    let Some((levels, data)) = prefixed(buf) else {
                        return Pages::Damaged("levels of a page are cut off");
                    };
                    (data, *num_values, *encoding, Some(levels))
                }
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let start = *rep_levels_byte_len as usize;
                let end = start.saturating_add(*def_levels_byte_len as usize);
                let (Some(levels), Some(data)) = (buf.get(start..end), buf.get(end..)) else {
                    return Pages::Damaged("levels of a page are cut off");
                };
                let levels = optional.then_some(levels);
                (data, *num_values, *encoding, levels)
            }
        };
        let (Some(values), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY) =
            (&values, encoding)
        else {
            return Pages::Other;
        };
        let count = count as usize;
        if count > rows - row {
            return Pages::Damaged("a column has more rows than its row group");
        }
        let null = values.len() as u32;
        let kept = kept.map(|kept| kept.slice(row, count));
        if codes.page(data, levels, count, null, kept).is_none() {
            return Pages::Damaged("codes of a page are cut off");
        }
        row += count;
    }
    let Some(values) = values else {
        return Pages::Other;
    };
    let codes = codes.codes;
    if row != rows || codes.len() != wanted {
        return Pages::Damaged("a column has fewer rows than its row group");
    }
    // A fold is compiled to vector instructions, `max` is not.
    let largest = codes
        .iter()
        .fold(0, |largest: u32, code| largest.max(*code));
    if largest as usize > values.len() {
        return Pages::Damaged("a code lies outside of its dictionary");
    }
    let has_nulls = largest as usize == values.len();
    Pages::Coded(codes, values, has_nulls)
}

/// Passes by the next page, which begins at `row`, if none of its rows is wanted; says how many they are, or 0.
pub(super) fn unwanted_rows(
    pages: &mut dyn PageReader,
    kept: &BooleanBuffer,
    row: usize,
) -> parquet::errors::Result<usize> {
    let Some(next) = pages.peek_next_page()? else {
        return Ok(0);
    };
    match next.num_rows.or(next.num_levels) {
        Some(rows) if !next.is_dict && rows > 0 && rows <= kept.len() - row => {
            if kept.slice(row, rows).set_indices().next().is_some() {
                return Ok(0);
            }
            pages.skip_next_page()?;
            Ok(rows)
        }
        _ => Ok(0),
    }
}

/// The codes so far, and room to work in.
struct Codes {
    codes: Vec<u32>,
    /// All codes of a page of which some are wanted.
    whole: Vec<u32>,
    /// Those of the values that are there and wanted.
    unpacked: Vec<u32>,
}

/// From this part of the rows of a page on, all its codes are unpacked: a code alone costs as much as several in a row.
const DENSE: f64 = 0.1;

impl Codes {
    /// Appends the codes of the `kept` rows (None: all) of a page of `rows` rows; `null` where the level says that there
    /// is no value. None if the page is damaged.
    fn page(
        &mut self,
        data: &[u8],
        levels: Option<&[u8]>,
        rows: usize,
        null: u32,
        kept: Option<BooleanBuffer>,
    ) -> Option<()> {
        let present = match levels {
            None => None,
            Some(levels) => rle::decode_bits(levels, rows)?,
        };
        let there = present.as_ref().map_or(rows, BooleanBuffer::count_set_bits);
        let section = match there {
            0 => None,
            _ => Some(data.split_first()?),
        };
        // Of the values that are there, those that are wanted.
        let kept_there = match (&kept, &present) {
            (Some(kept), Some(present)) => Some(bits_of(kept, present)?),
            (kept, _) => kept.clone(),
        };
        // What has to be spread is unpacked beside.
        let out = match present.is_none() {
            true => &mut self.codes,
            false => {
                self.unpacked.clear();
                &mut self.unpacked
            }
        };
        if let Some((width, data)) = section {
            let width = u32::from(*width);
            match &kept_there {
                None => rle::decode(data, width, there, out)?,
                Some(kept) if (kept.count_set_bits() as f64) < there as f64 * DENSE => {
                    rle::pick(data, width, there, kept, out)?;
                }
                Some(kept) => {
                    self.whole.clear();
                    rle::decode(data, width, there, &mut self.whole)?;
                    append_selected(&self.whole, kept, out);
                }
            }
        }
        if let Some(present) = present {
            let present = match kept {
                None => present,
                Some(kept) => bits_of(&present, &kept)?,
            };
            let unpacked = &self.unpacked;
            let code = |at: usize| unpacked.get(at).copied().unwrap_or(null);
            spread(code, &present, null, &mut self.codes);
        }
        Some(())
    }
}

/// The bits of some rows.
fn bits_of(bits: &BooleanBuffer, rows: &BooleanBuffer) -> Option<BooleanBuffer> {
    let [bits, rows] = [bits, rows].map(|bits| BooleanArray::new(bits.clone(), None));
    Some(filter(&bits, &rows).ok()?.as_boolean().values().clone())
}

/// A section with its length in front of it, and what follows.
pub(super) fn prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(data.get(..4)?.try_into().ok()?) as usize;
    let rest = &data[4..];
    (length <= rest.len()).then(|| rest.split_at(length))
}

/// The values of a dictionary page as the Arrow type that the usual decoder would be asked for.
fn plain_values(
    data: &Bytes,
    count: usize,
    physical: PhysicalType,
    decoded: &ArrowType,
) -> Option<ArrayRef> {
    let fixed = |width: usize, data_type: &ArrowType| {
        let length = count.checked_mul(width)?;
        let page = (length <= data.len()).then(|| data.slice(..length))?;
        // The page itself, unless it does not lie on a multiple of the width (it comes from an allocator; so it does).
        let is_aligned = page.as_ptr().align_offset(width) == 0;
        let buffer = match is_aligned {
            true => Buffer::from(page),
            false => Buffer::from(&page[..]),
        };
        let array = ArrayData::builder(data_type.clone())
            .len(count)
            .add_buffer(buffer)
            .build();
        array.ok().map(make_array)
    };
    match (physical, decoded) {
        (PhysicalType::INT32, ArrowType::Int32 | ArrowType::Date32)
        | (PhysicalType::FLOAT, ArrowType::Float32) => fixed(4, decoded),
        (
            PhysicalType::INT64,
            ArrowType::Int64 | ArrowType::Decimal64(_, _) | ArrowType::Timestamp(_, _),
        )
        | (PhysicalType::DOUBLE, ArrowType::Float64) => fixed(8, decoded),
        (PhysicalType::INT32, ArrowType::Decimal64(precision, scale)) => {
            let narrow = fixed(4, &ArrowType::Int32)?;
            let wide = narrow
                .as_primitive::<Int32Type>()
                .unary::<_, Decimal64Type>(i64::from);
            let typed = wide.with_precision_and_scale(*precision, *scale).ok()?;
            Some(Arc::new(typed))
        }
        (PhysicalType::BYTE_ARRAY, ArrowType::Utf8View) => {
            // Long values stay in the page, short ones lie in their views.
            plain_texts(Buffer::from(data.clone()), count)
        }
        _ => None,
    }
}
