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

/// Range of integers for which a bitmap is made however few they are.
const BITMAP: u64 = 1 << 26;
/// How much wider than the number of rows it may be: a bitmap is then no larger than what the join keeps of a row.
const BITS_PER_ROW: u64 = 256;
/// Range from which on none is made: 128 MiB.
const WIDEST: u64 = 1 << 30;

/// The values of one join key.
pub(super) struct KeyPredicate {
    bounds: Option<(Value, Value)>,
    values: Values,
    /// Distinct values, if they were counted.
    keys: Option<usize>,
}

enum Values {
    /// The join has one key, and its index knows: it has a place or a bit for it, or no bitmap is made.
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
        let arrays = &keys[key..=key];
        let index = &table.lookup.index;
        if keys.len() == 1
            && let Some(distinct) = index.distinct().filter(|words| *words > 0)
        {
            // A bitmap would only say again what its places or bits do.
            return Ok(KeyPredicate {
                bounds: value_bounds(arrays, span(arrays), data_type)?,
                values: Values::Table(table.clone()),
                keys: Some(distinct),
            });
        }
        let mut predicate = KeyPredicate::of_rows(arrays, data_type)?;
        if keys.len() == 1 && matches!(predicate.values, Values::Any) {
            predicate.values = Values::Table(table.clone());
        }
        Ok(predicate)
    }

    /// The values of a key that lie in several arrays.
    pub fn of_rows(arrays: &[ArrayRef], data_type: &DataType) -> Result<KeyPredicate> {
        let is_empty = arrays
            .iter()
            .all(|array| array.logical_null_count() == array.len());
        let both = span(arrays);
        let rows: usize = arrays.iter().map(|array| array.len()).sum();
        let widest = (rows as u64 * BITS_PER_ROW).clamp(BITMAP, WIDEST);
        let values = match both {
            _ if is_empty => Values::Nothing,
            Some((min, max)) if (max.wrapping_sub(min) as u64) < widest => bitmap(arrays, min, max),
            _ => Values::Any,
        };
        let bounds = value_bounds(arrays, both, data_type)?;
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

/// The least and greatest of whole numbers in several arrays.
fn span(arrays: &[ArrayRef]) -> Option<(i64, i64)> {
    let mut both: Option<(i64, i64)> = None;
    for array in arrays.iter().filter(|a| a.logical_null_count() < a.len()) {
        let Some((min, max)) = bounds(array) else {
            break;
        };
        both = Some(both.map_or((min, max), |(a, b)| (a.min(min), b.max(max))));
    }
    both
}

/// The bounds, if there are any, as values of the key's type.
fn value_bounds(
    arrays: &[ArrayRef],
    both: Option<(i64, i64)>,
    data_type: &DataType,
) -> Result<Option<(Value, Value)>> {
    match (both, arrays.first()) {
        (Some((min, max)), Some(array)) => integer_bounds(array, min, max, data_type),
        _ => Ok(None),
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

#[cfg(test)]
mod tests {
    use super::super::table::{BuildRows, TableKey};
    use super::*;
    use crate::pipeline::{Batch, QueryContext, Reservation};
    use arrow::array::Int64Array;

    /// What is kept of the keys of a build side, after it was asked about values near them.
    fn check(keys: Vec<Option<i64>>) -> KeyPredicate {
        let query = Arc::new(QueryContext::new(
            Arc::default(),
            2,
            1 << 30,
            Arc::default(),
        ));
        let column: ArrayRef = Arc::new(Int64Array::from(keys.clone()));
        let spec = BuildRows {
            columns: 1,
            types: vec![column.data_type().clone()],
            keys: vec![TableKey {
                column: 0,
                null_safe: false,
            }],
            marks: false,
        };
        let rows = keys.len();
        let batches = vec![Batch::new(vec![column], rows)];
        let reservation = Reservation::new(&query);
        let table = JoinTable::new(&spec, batches, rows, false, 0, reservation);
        let (table, columns) = table.unwrap();
        let predicate = KeyPredicate::of_table(&Arc::new(table), &columns, 0, &DataType::Long);
        let predicate = predicate.unwrap();
        let near = (keys.iter().flatten()).flat_map(|key| [key - 1, *key, key + 1]);
        let asked = near.chain([i64::MIN, 0, i64::MAX]).map(Some).chain([None]);
        let asked: Vec<Option<i64>> = asked.collect();
        let values: ArrayRef = Arc::new(Int64Array::from(asked.clone()));
        let found = predicate.may_contain(&values);
        for (row, key) in asked.iter().enumerate() {
            let expected = key.is_some() && keys.contains(key);
            assert_eq!(found.value(row) && found.is_valid(row), expected, "{key:?}");
        }
        predicate
    }

    #[test]
    fn the_quickest_of_what_knows_the_keys_is_asked() {
        let kept = |keys: Vec<Option<i64>>| check(keys).values;
        let close = (50..90).map(Some).chain([None]).collect();
        assert!(matches!(kept(close), Values::Table(_)));
        // Too far apart for places in an array, not for bits.
        let apart = (0..40).map(|key| Some(key * 1_000_003)).collect();
        assert!(matches!(kept(apart), Values::Bitmap { .. }));
        let far = vec![Some(-7), Some(1 << 40), None];
        assert!(matches!(kept(far), Values::Table(_)));
        assert!(matches!(kept(vec![None, None]), Values::Nothing));
    }
}
