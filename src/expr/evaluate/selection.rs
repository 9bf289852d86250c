//! Which rows of a batch a predicate keeps.

use crate::error::Result;
use crate::kernel::codes::RowChange;
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::FilterBuilder;

/// The rows of a batch for which a predicate is true.
#[derive(Debug, Clone)]
pub enum Selection {
    /// All.
    All,
    /// None of them.
    None,
    /// Those whose bit is set: neither none nor all.
    Some {
        /// One bit per row.
        mask: BooleanBuffer,
        /// Number of set bits.
        count: usize,
    },
}

impl Selection {
    /// The rows that have their bit set.
    pub fn from_mask(mask: BooleanBuffer) -> Selection {
        match mask.count_set_bits() {
            0 => Selection::None,
            count if count == mask.len() => Selection::All,
            count => Selection::Some { mask, count },
        }
    }

    /// How many of `rows` rows.
    pub fn count(&self, rows: usize) -> usize {
        match self {
            Selection::All => rows,
            Selection::None => 0,
            Selection::Some { count, .. } => *count,
        }
    }

    /// One bit per row.
    pub fn mask(&self, rows: usize) -> BooleanBuffer {
        match self {
            Selection::All => BooleanBuffer::new_set(rows),
            Selection::None => BooleanBuffer::new_unset(rows),
            Selection::Some { mask, .. } => mask.clone(),
        }
    }

    /// The selected rows of some columns.
    pub fn filter(&self, columns: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        match self {
            Selection::All => Ok(columns.to_vec()),
            Selection::None => Ok(columns.iter().map(|column| column.slice(0, 0)).collect()),
            Selection::Some { mask, .. } => {
                let mask = BooleanArray::new(mask.clone(), None);
                let mut builder = FilterBuilder::new(&mask);
                if columns.len() > 1 {
                    builder = builder.optimize();
                }
                let filter = builder.build();
                let mut change = RowChange::default();
                (columns.iter())
                    .map(|column| change.apply(column, |column| Ok(filter.filter(column)?)))
                    .collect()
            }
        }
    }
}

/// Puts the bits of a subset back to the rows that `mask` has set; others are unset.
pub fn scatter(mask: &BooleanBuffer, bits: &BooleanBuffer) -> BooleanBuffer {
    let mut out = vec![0u8; mask.len().div_ceil(8)];
    for (bit, row) in bits.iter().zip(mask.set_indices()) {
        out[row / 8] |= u8::from(bit) << (row % 8);
    }
    BooleanBuffer::new(out.into(), 0, mask.len())
}
