//! Columns as codes into their dictionary.
//!
//! Writers store most columns as a dictionary of their values and a small code per row. A filter on one such column is
//! evaluated once per dictionary value instead of once per row; rows are then chosen by their code, and only the
//! values of rows that stay are ever copied out of the dictionary:
//!
//! ```text
//!   dictionary     AIR  MAIL  RAIL  SHIP        filter: mode IN ('MAIL', 'SHIP')
//!   filter          0    1     0     1    ◄──── four evaluations
//!   codes          3 3 0 1 2 2 0 1 …            a byte or less per row, unpacked
//!   selection      1 1 0 1 0 0 0 1 …      ◄──── a look into a table per row
//! ```
//!
//! NULL has a code too: one past the last value.
//!
//! Limits: flat columns only, of physical types other than INT96 and FIXED_LEN_BYTE_ARRAY; a column chunk of which
//! one page is not dictionary-encoded is decoded in the usual way.

use super::convert::adapt;
use super::decode::FilePlan;
use super::rle;
use crate::error::Result;
use crate::types::arrow_type;
use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, StringViewBuilder, UInt32Array, make_array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType as ArrowType, Decimal64Type, Int32Type};
use parquet::basic::{Encoding, PageType, Type as PhysicalType};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// A column whose dictionary has more values than this part of its rows is decoded in the usual way: a look at each
/// value is hardly less work than a look at each row.
const LARGE_DICTIONARY: f64 = 0.5;

/// A column of a row group as codes.
#[derive(Debug, Clone)]
pub(super) struct CodedColumn {
    /// A code per row.
    codes: Arc<Vec<u32>>,
    /// The values in the engine's encoding; if there are NULLs, the last is.
    values: ArrayRef,
}

impl CodedColumn {
    /// Reads a column (by its position in the plan) of a row group of `rows` rows. None if it is not stored as codes.
    pub fn read(
        plan: &FilePlan,
        row_group: usize,
        column: usize,
        rows: usize,
    ) -> Result<Option<CodedColumn>> {
        let Some((leaf, decoded, wanted)) = plan.flat_column(column) else {
            return Ok(None);
        };
        let file = plan.file();
        let footer = file.footer()?;
        let chunk = footer.row_group(row_group).column(leaf);
        if !may_be_coded(chunk) {
            return Ok(None);
        }
        let bytes = Arc::new(file.bytes()?);
        let read = || {
            let pages = SerializedPageReader::new(bytes, chunk, rows, None)?;
            Ok(read_pages(pages, chunk, decoded, rows))
        };
        let (codes, values, has_nulls) = match file.guard(read)? {
            Pages::Coded(codes, values, has_nulls) => (codes, values, has_nulls),
            Pages::Other => return Ok(None),
            Pages::Damaged(cause) => return Err(file.damaged(cause)),
        };
        let mut values = adapt(values, wanted)?;
        if has_nulls {
            let null = new_null_array(&arrow_type(wanted), 1);
            values = concat(&[values.as_ref(), null.as_ref()])?;
        }
        Ok(Some(CodedColumn {
            codes: Arc::new(codes),
            values,
        }))
    }

    /// The values that codes stand for.
    pub fn values(&self) -> &ArrayRef {
        &self.values
    }

    /// The rows among those of `mask` (None: all) whose value has its bit set.
    pub fn choose(&self, table: &BooleanBuffer, mask: Option<&BooleanBuffer>) -> BooleanBuffer {
        // Bytes are looked up faster than bits.
        let table: Vec<u8> = table.iter().map(u8::from).collect();
        let look_up = |codes: &[u32]| {
            let mut word = 0u64;
            for (bit, code) in codes.iter().enumerate() {
                word |= u64::from(table[*code as usize]) << bit;
            }
            word
        };
        let words = self.codes.chunks(64);
        let words: Vec<u64> = match mask {
            None => words.map(look_up).collect(),
            Some(mask) => (words.zip(mask.bit_chunks().iter_padded()))
                .map(|(codes, mask)| match mask {
                    0 => 0,
                    mask => look_up(codes) & mask,
                })
                .collect(),
        };
        BooleanBuffer::new(words.into(), 0, self.codes.len())
    }

    /// The column of the rows that have their bit set.
    pub fn compact(&self, kept: &BooleanBuffer) -> CodedColumn {
        CodedColumn {
            codes: Arc::new(selected(&self.codes, kept)),
            values: self.values.clone(),
        }
    }

    /// The values of `rows` rows from `offset` on; with a `mask`, which is as long, of those that have their bit set.
    pub fn gather(
        &self,
        offset: usize,
        rows: usize,
        mask: Option<&BooleanBuffer>,
    ) -> Result<ArrayRef> {
        let codes = &self.codes[offset..offset + rows];
        let codes: UInt32Array = match mask {
            Some(mask) => selected(codes, mask),
            None => codes.to_vec(),
        }
        .into();
        Ok(take(self.values.as_ref(), &codes, None)?)
    }
}

/// The codes whose bit is set.
fn selected(codes: &[u32], mask: &BooleanBuffer) -> Vec<u32> {
    let mut out = Vec::with_capacity(mask.count_set_bits());
    for (codes, word) in codes.chunks(64).zip(mask.bit_chunks().iter_padded()) {
        let mut word = word;
        while word != 0 {
            out.push(codes[word.trailing_zeros() as usize]);
            word &= word - 1;
        }
    }
    out
}

/// Whether a footer gives hope that all pages of a chunk hold codes.
fn may_be_coded(chunk: &ColumnChunkMetaData) -> bool {
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

enum Pages {
    /// Codes, values, and whether there are NULLs.
    Coded(Vec<u32>, ArrayRef, bool),
    /// Not all of it is coded, or not in a way that is known here.
    Other,
    Damaged(&'static str),
}

fn read_pages(
    mut pages: impl PageReader,
    chunk: &ColumnChunkMetaData,
    decoded: &ArrowType,
    rows: usize,
) -> Pages {
    let optional = chunk.column_descr().max_def_level() > 0;
    let mut values: Option<ArrayRef> = None;
    let mut codes = Vec::with_capacity(rows);
    let mut scratch = Vec::new();
    loop {
        let page = match pages.get_next_page() {
            Ok(Some(page)) => page,
            Ok(None) => break,
            // The usual decoder says it better.
            Err(_) => return Pages::Other,
        };
        let (data, count, encoding, levels) = match &page {
            Page::DictionaryPage {
                buf, num_values, ..
            } => {
                if f64::from(*num_values) > rows as f64 * LARGE_DICTIONARY {
                    return Pages::Other;
                }
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
        if codes.len() + count > rows {
            return Pages::Damaged("a column has more rows than its row group");
        }
        let null = values.len() as u32;
        if page_codes(data, levels, count, null, &mut codes, &mut scratch).is_none() {
            return Pages::Damaged("codes of a page are cut off");
        }
    }
    let Some(values) = values else {
        return Pages::Other;
    };
    if codes.len() != rows {
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

/// A section with its length in front of it, and what follows.
fn prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(data.get(..4)?.try_into().ok()?) as usize;
    let rest = &data[4..];
    (length <= rest.len()).then(|| rest.split_at(length))
}

/// Appends the codes of a page's rows; `null` where the level says that there is no value.
fn page_codes(
    data: &[u8],
    levels: Option<&[u8]>,
    rows: usize,
    null: u32,
    codes: &mut Vec<u32>,
    scratch: &mut Vec<u32>,
) -> Option<()> {
    let present = match levels {
        None => rows,
        Some(levels) => {
            scratch.clear();
            rle::decode(levels, 1, rows, scratch)?;
            scratch.iter().filter(|level| **level == 1).count()
        }
    };
    let start = codes.len();
    if present > 0 {
        let (width, data) = data.split_first()?;
        rle::decode(data, u32::from(*width), present, codes)?;
    }
    if present < rows {
        // From the back, so that no code is overwritten before it has moved.
        codes.resize(start + rows, null);
        let mut next = start + present;
        for row in (0..rows).rev() {
            if scratch[row] == 1 {
                next -= 1;
                codes[start + row] = codes[next];
            } else {
                codes[start + row] = null;
            }
        }
    }
    Some(())
}

/// The values of a dictionary page as the Arrow type that the usual decoder would be asked for.
fn plain_values(
    data: &[u8],
    count: usize,
    physical: PhysicalType,
    decoded: &ArrowType,
) -> Option<ArrayRef> {
    let fixed = |width: usize, data_type: &ArrowType| {
        let data = data.get(..count.checked_mul(width)?)?;
        let array = ArrayData::builder(data_type.clone())
            .len(count)
            .add_buffer(Buffer::from(data))
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
            let mut builder = StringViewBuilder::with_capacity(count);
            let mut rest = data;
            for _ in 0..count {
                let (value, after) = prefixed(rest)?;
                builder
                    .try_append_value(std::str::from_utf8(value).ok()?)
                    .ok()?;
                rest = after;
            }
            Some(Arc::new(builder.finish()))
        }
        _ => None,
    }
}
