//! Hashes of rows, the same for equal keys whatever their encoding, so that both sides of a join and all
//! workers of an aggregation agree on who has which row.

use crate::error::Result;
use crate::kernel::native::raw_values;
use crate::kernel::normalize::{comparable, row_converter};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::ArrowNativeType;
use arrow::datatypes::DataType;
use std::hash::{BuildHasher, Hasher};

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const NULL: u64 = 0x517c_c1b7_2722_0a95;

/// Folds the 128-bit product of two words: every input bit reaches the upper output bits.
#[inline]
pub(in crate::exec) fn mix(value: u64) -> u64 {
    let product = u128::from(value ^ SEED) * 0xa076_1d64_78bd_642f_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline]
fn combine(hash: u64, value: u64) -> u64 {
    mix(hash.rotate_left(23) ^ value)
}

/// One hash per row over all columns.
pub(in crate::exec) fn hash_columns(columns: &[ArrayRef], rows: usize) -> Result<Vec<u64>> {
    let mut hashes = vec![SEED; rows];
    for column in columns {
        hash_column(column, &mut hashes)?;
    }
    Ok(hashes)
}

fn hash_column(column: &ArrayRef, hashes: &mut [u64]) -> Result<()> {
    let column = comparable(column)?;
    let nulls = column.logical_nulls();
    match column.data_type() {
        DataType::Null => fold(hashes, None, |_| NULL),
        DataType::Boolean => {
            let values = column.as_boolean().values().clone();
            fold(hashes, nulls, |row| u64::from(values.value(row)));
        }
        DataType::Utf8View => {
            let array = column.as_string_view();
            let views = array.views();
            fold(hashes, nulls, |row| {
                text_hash(views[row], || array.value(row).as_bytes())
            });
        }
        DataType::BinaryView => {
            let array = column.as_binary_view();
            let views = array.views();
            fold(hashes, nulls, |row| {
                text_hash(views[row], || array.value(row))
            });
        }
        other if !other.is_nested() => match other.primitive_width() {
            Some(1) => fixed::<u8>(&column, hashes, nulls, u64::from),
            Some(2) => fixed::<u16>(&column, hashes, nulls, u64::from),
            Some(4) => fixed::<u32>(&column, hashes, nulls, u64::from),
            Some(8) => fixed::<u64>(&column, hashes, nulls, |v| v),
            Some(16) => fixed::<i128>(&column, hashes, nulls, |v| {
                mix(v as u64) ^ ((v >> 64) as u64)
            }),
            _ => nested(&column, hashes)?,
        },
        _ => nested(&column, hashes)?,
    }
    Ok(())
}

/// The hash of a string: of its view where that holds all of it, else of its bytes.
#[inline]
pub(super) fn text_hash<'a>(view: u128, bytes: impl FnOnce() -> &'a [u8]) -> u64 {
    if view as u32 <= 12 {
        mix(view as u64) ^ ((view >> 64) as u64)
    } else {
        bytes_hash(bytes())
    }
}

/// A hash of bytes with a fixed seed.
#[inline]
pub(super) fn bytes_hash(bytes: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(SEED).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

fn fixed<T: ArrowNativeType>(
    column: &ArrayRef,
    hashes: &mut [u64],
    nulls: Option<NullBuffer>,
    widen: impl Fn(T) -> u64,
) {
    let values = raw_values::<T>(column);
    fold(hashes, nulls, |row| widen(values[row]));
}

#[inline]
fn fold(hashes: &mut [u64], nulls: Option<NullBuffer>, value: impl Fn(usize) -> u64) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => {
            for (row, hash) in hashes.iter_mut().enumerate() {
                *hash = combine(*hash, value(row));
            }
        }
        Some(nulls) => {
            for (row, hash) in hashes.iter_mut().enumerate() {
                let value = if nulls.is_valid(row) {
                    value(row)
                } else {
                    NULL
                };
                *hash = combine(*hash, value);
            }
        }
    }
}

fn nested(column: &ArrayRef, hashes: &mut [u64]) -> Result<()> {
    let converter = row_converter([column.data_type().clone()])?;
    let rows = converter.convert_columns(std::slice::from_ref(column))?;
    for (row, hash) in hashes.iter_mut().enumerate() {
        *hash = combine(*hash, bytes_hash(rows.row(row).data()));
    }
    Ok(())
}
