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
//! Columns without a filter come the same way once filters have chosen rows: only the codes of those rows are
//! unpacked, and only their values are copied.
//!
//! A dictionary may be as large as the column (keys are). It is used all the same: to give it up when its size shows
//! would be to decompress its page twice, which costs more than any filter.
//!
//! Limits: flat columns only, of physical types other than INT96 and FIXED_LEN_BYTE_ARRAY; a column chunk of which
//! one page is not dictionary-encoded is decoded in the usual way.

use super::coded_pages::{Pages, may_be_coded, read_pages};
use super::compressed_pages::chunk_pages;
use super::convert::adapt;
use super::decode::FilePlan;
use crate::error::Result;
use crate::kernel::codes::of_valid_codes;
use crate::types::arrow_type;
use arrow::array::{ArrayRef, UInt32Array, new_null_array};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::{concat, take};
use std::sync::Arc;

/// Rows per value from which on codes are worth giving: whoever gets them looks up every value once.
const ROWS_PER_VALUE: usize = 8;

/// A column of a row group as codes.
#[derive(Debug, Clone)]
pub(super) struct CodedColumn {
    /// A code per row.
    codes: ScalarBuffer<u32>,
    /// The values in the engine's encoding; if there are NULLs, the last is.
    values: ArrayRef,
}

impl CodedColumn {
    /// Reads a column (by its position in the plan) of a row group of `rows` rows: all of them, or those that have
    /// their bit in `kept` set. None if it is not stored as codes.
    pub fn read(
        plan: &FilePlan,
        row_group: usize,
        column: usize,
        rows: usize,
        kept: Option<&BooleanBuffer>,
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
            let mut pages = chunk_pages(bytes, chunk, rows)?;
            Ok(read_pages(pages.as_mut(), chunk, decoded, rows, kept))
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
            codes: codes.into(),
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
        let mut codes = Vec::with_capacity(kept.count_set_bits());
        append_selected(&self.codes, kept, &mut codes);
        CodedColumn {
            codes: codes.into(),
            values: self.values.clone(),
        }
    }

    /// `rows` rows from `offset` on, as codes if there are many rows to a value, else as values; with a `mask`, as in
    /// [`Self::gather`].
    pub fn give(
        &self,
        offset: usize,
        rows: usize,
        mask: Option<&BooleanBuffer>,
    ) -> Result<ArrayRef> {
        if self.values.len() * ROWS_PER_VALUE > self.codes.len() {
            return self.gather(offset, rows, mask);
        }
        let codes = UInt32Array::new(self.chosen_codes(offset, rows, mask), None);
        // They were compared with the dictionary's length when they were read.
        Ok(Arc::new(of_valid_codes(codes, self.values.clone())))
    }

    /// The values of `rows` rows from `offset` on; with a `mask`, which is as long, of those that have their bit set.
    pub fn gather(
        &self,
        offset: usize,
        rows: usize,
        mask: Option<&BooleanBuffer>,
    ) -> Result<ArrayRef> {
        let codes = UInt32Array::new(self.chosen_codes(offset, rows, mask), None);
        Ok(take(self.values.as_ref(), &codes, None)?)
    }

    fn chosen_codes(
        &self,
        offset: usize,
        rows: usize,
        mask: Option<&BooleanBuffer>,
    ) -> ScalarBuffer<u32> {
        let codes = self.codes.slice(offset, rows);
        let Some(mask) = mask else {
            return codes;
        };
        let mut kept = Vec::with_capacity(mask.count_set_bits());
        append_selected(&codes, mask, &mut kept);
        kept.into()
    }
}

/// Appends the codes whose bit is set.
pub(super) fn append_selected(codes: &[u32], mask: &BooleanBuffer, out: &mut Vec<u32>) {
    let mut block = [0; 64];
    for (codes, word) in codes.chunks(64).zip(mask.bit_chunks().iter_padded()) {
        let mut word = word;
        match word.count_ones() {
            64 => out.extend_from_slice(codes),
            // Without a branch: which of many are wanted cannot be foreseen.
            16.. => {
                let mut length = 0;
                for (bit, code) in codes.iter().enumerate() {
                    block[length & 63] = *code;
                    length += (word >> bit & 1) as usize;
                }
                out.extend_from_slice(&block[..length]);
            }
            _ => {
                while word != 0 {
                    out.push(codes[word.trailing_zeros() as usize]);
                    word &= word - 1;
                }
            }
        }
    }
}
