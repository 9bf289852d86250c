//! What a finished build knows of its keys, for the scans of the probe side.

// The macro runs over all integer widths, BIGINT included.
#![allow(clippy::useless_conversion)]

use super::codec::{bounds, with_signed};
use super::table::JoinTable;
use crate::datasource::RuntimePredicate;
use crate::error::Result;
use crate::kernel::bits::bits_where;
use crate::kernel::value::array_to_value;
use crate::types::{DataType, Value};
use arrow::array::{Array, ArrayData, ArrayRef, BooleanArray, make_array};
use arrow::buffer::{BooleanBuffer, Buffer};
use std::fmt;
use std::sync::Arc;

/// Widest range of integers for which a bitmap is made.
const BITMAP: u64 = 1 << 26;

/// The values of one join key.
pub(super) struct KeyPredicate {
    bounds: Option<(Value, Value)>,
    values: Values,
    /// Distinct values, if they were counted.
    keys: Option<usize>,
}

enum Values {
    /// The join has one key: its index knows.
    Table(Arc<JoinTable>),
    /// A bit per integer from `min` on.
    Bitmap { min: i64, bits: BooleanBuffer },
    /// Only the bounds are known.
    Any,
    /// The build side is empty.
    Nothing,
}

impl fmt::Debug for KeyPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPredicate({:?})", self.bounds)
    }
}

impl KeyPredicate {
    /// The values of a key of a shared table.
    pub fn of_table(
        table: &Arc<JoinTable>,
        keys: &[ArrayRef],
        key: usize,
        data_type: &DataType,
    ) -> Result<KeyPredicate> {
        let mut predicate = KeyPredicate::of_rows(&keys[key..=key], data_type)?;
        if keys.len() == 1 && !matches!(predicate.values, Values::Nothing) {
            predicate.values = Values::Table(table.clone());
        }
        Ok(predicate)
    }

    /// The values of a key that lie in several arrays.
    pub fn of_rows(arrays: &[ArrayRef], data_type: &DataType) -> Result<KeyPredicate> {
        let is_empty = arrays
            .iter()
            .all(|array| array.logical_null_count() == array.len());
        let mut both: Option<(i64, i64)> = None;
        for array in arrays.iter().filter(|a| a.logical_null_count() < a.len()) {
            let Some((min, max)) = bounds(array) else {
                break;
            };
            both = Some(both.map_or((min, max), |(a, b)| (a.min(min), b.max(max))));
        }
        let values = match both {
            _ if is_empty => Values::Nothing,
            Some((min, max)) if (max.wrapping_sub(min) as u64) < BITMAP => bitmap(arrays, min, max),
            _ => Values::Any,
        };
        let bounds = match (both, arrays.first()) {
            (Some((min, max)), Some(array)) => integer_bounds(array, min, max, data_type)?,
            _ => None,
        };
        let keys = match &values {
            Values::Bitmap { bits, .. } => Some(bits.count_set_bits()),
            Values::Nothing => Some(0),
            Values::Table(_) | Values::Any => None,
        };
        Ok(KeyPredicate {
            bounds,
            values,
            keys,
        })
    }

    /// How many distinct values there are, if they were counted: those of integers in a range that is not too wide.
    pub fn keys(&self) -> Option<usize> {
        self.keys
    }
}

/// The bounds as values of the key's type.
fn integer_bounds(
    column: &ArrayRef,
    min: i64,
    max: i64,
    data_type: &DataType,
) -> Result<Option<(Value, Value)>> {
    let buffer: Buffer = match column.data_type().primitive_width() {
        Some(1) => vec![min as i8, max as i8].into(),
        Some(2) => vec![min as i16, max as i16].into(),
        Some(4) => vec![min as i32, max as i32].into(),
        Some(8) => vec![min, max].into(),
        _ => return Ok(None),
    };
    let data = ArrayData::builder(column.data_type().clone())
        .len(2)
        .add_buffer(buffer);
    let both = make_array(data.build()?);
    Ok(Some((
        array_to_value(both.as_ref(), 0, data_type)?,
        array_to_value(both.as_ref(), 1, data_type)?,
    )))
}

fn bitmap(columns: &[ArrayRef], min: i64, max: i64) -> Values {
    let range = max.wrapping_sub(min) as usize + 1;
    let mut bytes = vec![0u8; range.div_ceil(8)];
    let mut set = |value: i64| {
        let bit = value.wrapping_sub(min) as usize;
        bytes[bit / 8] |= 1 << (bit % 8);
    };
    for column in columns {
        let rows = (0..column.len()).filter(|row| column.is_valid(*row));
        // A key that has bounds is of integers.
        with_signed!(column, values => rows.for_each(|row| set(values[row].into())), _ => ());
    }
    Values::Bitmap {
        min,
        bits: BooleanBuffer::new(bytes.into(), 0, range),
    }
}

impl RuntimePredicate for KeyPredicate {
    fn bounds(&self) -> Option<(Value, Value)> {
        self.bounds.clone()
    }

    fn may_contain(&self, values: &ArrayRef) -> BooleanArray {
        let rows = values.len();
        let all = || BooleanBuffer::new_set(rows);
        let found = match &self.values {
            Values::Nothing => BooleanBuffer::new_unset(rows),
            Values::Any => all(),
            // A value of another type than the key's cannot be judged.
            Values::Table(table) => table.lookup.may_contain(values).unwrap_or_else(|_| all()),
            Values::Bitmap { min, bits } => {
                let has = |value: i64| {
                    let bit = value.wrapping_sub(*min) as u64;
                    bit < bits.len() as u64 && bits.value(bit as usize)
                };
                with_signed!(values, values => {
                    bits_where(&values, |value| has(value.into()))
                }, _ => all())
            }
        };
        match values.logical_nulls() {
            Some(nulls) => BooleanArray::new(&found & nulls.inner(), None),
            None => BooleanArray::new(found, None),
        }
    }
}
