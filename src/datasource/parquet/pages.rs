//! Leaving out pages of a row group by the page index.
//!
//! Pages of different columns end at different rows. The ends of all columns that the filters read cut the row group
//! into intervals; in an interval every column lies within one page, whose range is known:
//!
//! ```text
//!   a   |--- 1..5 ---|------ 6..9 ------|
//!   b   |------- 0..3 -------|-- 4..7 --|
//!       |     1      |   2   |    3     |     a > 5 AND b < 4: only interval 2
//! ```

use super::file::ParquetFile;
use super::scan::{Origin, ParquetScan};
use super::statistics::bounds;
use crate::datasource::pruning::{ColumnRange, may_match};
use crate::error::Result;
use crate::types::DataType;
use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::metadata::page_index::{PageIndex, PageIndexProvider};
use parquet::file::metadata::{
    ColumnChunkMask, PageIndexPolicy, ParquetMetaDataBuilder, ParquetMetaDataReader,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;
use std::ops::Range;

/// Row groups smaller than this have about one page per column.
const MIN_ROWS: usize = 32 * 1024;

/// The pages of one column.
struct ColumnPages {
    /// The column, by its position in the table.
    column: usize,
    /// Per page: its first row, and what is known of its values.
    pages: Vec<(usize, ColumnRange)>,
}

impl ColumnPages {
    fn range_at(&self, row: usize) -> ColumnRange {
        let page = self.pages.partition_point(|(first, _)| *first <= row);
        match page.checked_sub(1).and_then(|page| self.pages.get(page)) {
            Some((_, range)) => range.clone(),
            None => ColumnRange::unknown(),
        }
    }
}

/// The rows of a row group in pages for which the scan's filters may hold; None if that is all of them, or if
/// nothing is known.
pub(super) fn select(
    scan: &ParquetScan,
    file: &ParquetFile,
    leaf_of: &dyn Fn(usize) -> Option<usize>,
    row_group: usize,
    rows: usize,
) -> Result<Option<BooleanBuffer>> {
    if scan.filters.is_empty() || rows < MIN_ROWS {
        return Ok(None);
    }
    let footer = file.footer()?;
    let metadata = footer.row_group(row_group);
    let wanted: Vec<(usize, usize, &DataType)> = (scan.predicate.iter())
        .filter_map(|column| match column.origin {
            Origin::File(slot) => {
                let leaf = leaf_of(slot)?;
                let chunk = metadata.column(leaf);
                let indexed =
                    chunk.column_index_offset().is_some() && chunk.offset_index_offset().is_some();
                let flat = chunk.column_descr().max_rep_level() == 0;
                (indexed && flat).then_some((column.column, leaf, &column.data_type))
            }
            Origin::Partition(_) => None,
        })
        .collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    // A footer of this row group alone, so that no other index is read.
    let bytes = file.bytes()?;
    let read = || {
        let mask = ColumnChunkMask::columns(wanted.iter().map(|(_, leaf, _)| *leaf));
        let alone = ParquetMetaDataBuilder::new(footer.file_metadata().clone())
            .set_row_groups(vec![metadata.clone()])
            .build();
        let (_, index) = ParquetMetaDataReader::new_with_metadata(alone)
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_page_index_mask(mask)
            .read_page_index_and_finish(&bytes)?;
        Ok(index)
    };
    let Some(index) = file.guard(read)? else {
        return Ok(None);
    };
    let columns: Vec<ColumnPages> = (wanted.iter())
        .filter_map(|(column, leaf, data_type)| {
            let descriptor = metadata.column(*leaf).column_descr();
            column_pages(&index, *column, *leaf, descriptor, data_type)
        })
        .collect();
    Ok(choose(scan, &columns, file, rows))
}

fn column_pages(
    index: &PageIndex,
    column: usize,
    leaf: usize,
    descriptor: &ColumnDescriptor,
    data_type: &DataType,
) -> Option<ColumnPages> {
    let locations = index.offset_index(0, leaf)?.page_locations();
    let ranges = index.column_index(0, leaf)?;
    let mut pages = Vec::with_capacity(locations.len());
    for (page, location) in locations.iter().enumerate() {
        let first = usize::try_from(location.first_row_index).ok()?;
        pages.push((first, page_range(ranges, page, descriptor, data_type)));
    }
    Some(ColumnPages { column, pages })
}

fn page_range(
    index: &ColumnIndexMetaData,
    page: usize,
    descriptor: &ColumnDescriptor,
    data_type: &DataType,
) -> ColumnRange {
    if page as u64 >= index.num_pages() {
        return ColumnRange::unknown();
    }
    let bytes = |value: Option<&[u8]>| value.map(|value| ByteArray::from(value.to_vec()));
    let fixed = |value: Option<&[u8]>| bytes(value).map(FixedLenByteArray::from);
    let statistics = match index {
        ColumnIndexMetaData::BOOLEAN(i) => Statistics::boolean(
            i.min_value(page).copied(),
            i.max_value(page).copied(),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::INT32(i) => Statistics::int32(
            i.min_value(page).copied(),
            i.max_value(page).copied(),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::INT64(i) => Statistics::int64(
            i.min_value(page).copied(),
            i.max_value(page).copied(),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::FLOAT(i) => Statistics::float(
            i.min_value(page).copied(),
            i.max_value(page).copied(),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::DOUBLE(i) => Statistics::double(
            i.min_value(page).copied(),
            i.max_value(page).copied(),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::BYTE_ARRAY(i) => Statistics::byte_array(
            bytes(i.min_value(page)),
            bytes(i.max_value(page)),
            None,
            None,
            false,
        ),
        ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(i) => Statistics::fixed_len_byte_array(
            fixed(i.min_value(page)),
            fixed(i.max_value(page)),
            None,
            None,
            false,
        ),
        _ => return ColumnRange::unknown(),
    };
    let (minimum, maximum) = bounds(&statistics, descriptor, data_type).unwrap_or((None, None));
    let optional = descriptor.max_def_level() > 0;
    ColumnRange {
        minimum,
        maximum,
        may_be_null: optional && index.null_count(page) != Some(0),
        all_null: index.is_null_page(page),
    }
}

/// The intervals for which the filters may hold.
fn choose(
    scan: &ParquetScan,
    columns: &[ColumnPages],
    file: &ParquetFile,
    rows: usize,
) -> Option<BooleanBuffer> {
    let mut cuts: Vec<usize> = (columns.iter())
        .flat_map(|column| column.pages.iter().map(|(first, _)| *first))
        .chain([0])
        .filter(|row| *row < rows)
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let partition_range = |column: usize| {
        let known = scan.predicate.iter().find(|known| known.column == column)?;
        match known.origin {
            Origin::Partition(index) => {
                Some(ColumnRange::constant(&file.data.partition_values[index]))
            }
            Origin::File(_) => None,
        }
    };
    let mut kept: Vec<Range<usize>> = Vec::new();
    for (position, start) in cuts.iter().enumerate() {
        let end = cuts.get(position + 1).copied().unwrap_or(rows);
        let range_of = |column: usize| match columns.iter().find(|c| c.column == column) {
            Some(pages) => pages.range_at(*start),
            None => partition_range(column).unwrap_or_else(ColumnRange::unknown),
        };
        if !may_match(&scan.filters, &scan.attributes, &range_of) {
            continue;
        }
        match kept.last_mut() {
            Some(last) if last.end == *start => last.end = end,
            _ => kept.push(*start..end),
        }
    }
    if kept.len() == 1 && kept[0] == (0..rows) {
        return None;
    }
    let mut mask = BooleanBufferBuilder::new(rows);
    for range in kept {
        mask.append_n(range.start - mask.len(), false);
        mask.append_n(range.len(), true);
    }
    mask.append_n(rows - mask.len(), false);
    Some(mask.finish())
}
