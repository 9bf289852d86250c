//! IN over a list: a hash set of the constants, equality with each of the others.
//!
//! Values are compared as the engine's keys are: NaN equals NaN, -0.0 equals 0.0.

// The macros run over all integer widths, BIGINT included.
#![allow(clippy::useless_conversion)]

use super::frame::Frame;
use super::logic::{is_worth_subset, truth};
use super::node::Term;
use super::selection::scatter;
use crate::error::{Error, Result};
use crate::kernel::Column;
use crate::kernel::bits::bits_where;
use crate::kernel::normalize::{comparable, row_converter};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::{concat, filter};
use arrow::datatypes::*;
use arrow::row::{OwnedRow, RowConverter};
use hashbrown::HashSet;
use std::sync::Arc;

/// The right side of an IN.
#[derive(Debug, Clone)]
pub(super) struct ConstantSet {
    lookup: Lookup,
    has_null: bool,
    others: Vec<Term>,
}

#[derive(Debug, Clone)]
enum Lookup {
    Empty,
    /// Integers of up to 64 bits and what lies in them: dates, timestamps, small decimals.
    Small(Vec<i64>),
    Integers(HashSet<i64>),
    Wide(HashSet<i128>),
    Strings(HashSet<Box<[u8]>>),
    Rows(Arc<RowConverter>, HashSet<OwnedRow>),
}

/// Lists up to here are compared value by value over the whole batch, which vectorises.
const SMALL_LIST: usize = 6;

impl ConstantSet {
    pub fn new(data_type: &DataType, constants: &[ArrayRef], others: Vec<Term>) -> Result<Self> {
        let valid: Vec<ArrayRef> = (constants.iter())
            .filter(|value| value.logical_null_count() == 0)
            .map(|value| match data_type.is_nested() {
                true => comparable(value),
                false => Ok(value.clone()),
            })
            .collect::<Result<_>>()?;
        let valid: Vec<&dyn Array> = valid.iter().map(AsRef::as_ref).collect();
        let lookup = if valid.is_empty() {
            Lookup::Empty
        } else {
            Lookup::of(data_type, &concat(&valid)?)?
        };
        Ok(ConstantSet {
            lookup,
            has_null: valid.len() < constants.len(),
            others,
        })
    }

    pub fn for_partition(&self, partition: usize) -> ConstantSet {
        ConstantSet {
            others: self
                .others
                .iter()
                .map(|t| t.for_partition(partition))
                .collect(),
            ..self.clone()
        }
    }

    /// Three-valued membership of every value of the operand.
    pub fn eval(&self, operand: &Column, frame: &Frame) -> Result<Column> {
        let values = operand.values();
        let found = self.lookup.contains(values)?;
        let valid = values.logical_nulls();
        if self.others.is_empty() {
            let nulls = match (valid, self.has_null) {
                (nulls, false) => nulls,
                // What is not found may equal the NULL; what is found is valid itself.
                (_, true) => Some(NullBuffer::new(found.clone())),
            };
            let result: ArrayRef = Arc::new(BooleanArray::new(found, nulls));
            return Ok(match operand {
                Column::Array(_) => Column::Array(result),
                Column::Constant(_) => Column::Constant(result),
            });
        }
        self.with_others(&operand.to_array(frame.rows), frame)
    }

    fn with_others(&self, operand: &ArrayRef, frame: &Frame) -> Result<Column> {
        let rows = frame.rows;
        let mut found = self.lookup.contains(operand)?;
        let valid = match operand.logical_nulls() {
            Some(nulls) => nulls.into_inner(),
            None => BooleanBuffer::new_set(rows),
        };
        let mut unknown = match self.has_null {
            true => BooleanBuffer::new_set(rows),
            false => BooleanBuffer::new_unset(rows),
        };
        for item in &self.others {
            let needed = &valid & &!&found;
            let count = needed.count_set_bits();
            if count == 0 {
                break;
            }
            let (equal, null) = if is_worth_subset(item, count, rows) {
                let subset = frame.subset(&needed, item)?;
                let value = item.node.eval(&subset.frame(frame.context))?;
                let mask = BooleanArray::new(needed.clone(), None);
                let mine = filter(operand.as_ref(), &mask)?;
                let (equal, null) = equality(&mine, &value.to_array(count))?;
                (scatter(&needed, &equal), scatter(&needed, &null))
            } else {
                let value = item.node.eval(frame)?.to_array(rows);
                equality(operand, &value)?
            };
            found = &found | &equal;
            unknown = &unknown | &null;
        }
        // Found, or known not to be: neither the operand nor an item is NULL.
        let known = &valid & &(&found | &!&unknown);
        let nulls = Some(NullBuffer::new(known)).filter(|nulls| nulls.null_count() > 0);
        let found = &found & &valid;
        Ok(Column::Array(Arc::new(BooleanArray::new(found, nulls))))
    }
}

/// Where two arrays are equal, and where the second is NULL.
fn equality(left: &ArrayRef, right: &ArrayRef) -> Result<(BooleanBuffer, BooleanBuffer)> {
    let null = match right.logical_nulls() {
        Some(nulls) => !nulls.inner(),
        None => BooleanBuffer::new_unset(right.len()),
    };
    let (left, right) = (comparable(left)?, comparable(right)?);
    let equal = if left.data_type().is_nested() {
        let converter = row_converter([left.data_type().clone()])?;
        let (left, right) = (
            converter.convert_columns(&[left])?,
            converter.convert_columns(&[right])?,
        );
        BooleanBuffer::collect_bool(left.num_rows(), |row| left.row(row) == right.row(row))
    } else {
        let equal = arrow::compute::kernels::cmp::eq(&left, &right)?;
        truth(&Column::Array(Arc::new(equal)), left.len())?.0
    };
    Ok((&equal & &!&null, null))
}

/// Runs `$body` with `$array` the values of a fixed-width array that fits 64 bits, as their primitive type.
macro_rules! with_integers {
    ($array:expr, $values:ident => $body:expr, _ => $other:expr) => {
        match $array.data_type() {
            DataType::Int8 => with_integers!(@ $array, Int8Type, $values, $body),
            DataType::Int16 => with_integers!(@ $array, Int16Type, $values, $body),
            DataType::Int32 => with_integers!(@ $array, Int32Type, $values, $body),
            DataType::Int64 => with_integers!(@ $array, Int64Type, $values, $body),
            DataType::Date32 => with_integers!(@ $array, Date32Type, $values, $body),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                with_integers!(@ $array, TimestampMicrosecondType, $values, $body)
            }
            DataType::Duration(TimeUnit::Microsecond) => {
                with_integers!(@ $array, DurationMicrosecondType, $values, $body)
            }
            DataType::Interval(IntervalUnit::YearMonth) => {
                with_integers!(@ $array, IntervalYearMonthType, $values, $body)
            }
            DataType::Decimal64(_, _) => with_integers!(@ $array, Decimal64Type, $values, $body),
            _ => $other,
        }
    };
    (@ $array:expr, $type:ty, $values:ident, $body:expr) => {{
        let $values = $array.as_primitive::<$type>().values();
        $body
    }};
}

impl Lookup {
    fn of(data_type: &DataType, constants: &ArrayRef) -> Result<Lookup> {
        if constants.data_type() != data_type && !data_type.is_nested() {
            let message = format!("IN compares {data_type} with {}", constants.data_type());
            return Err(Error::internal(message));
        }
        let integers: Option<Vec<i64>> = with_integers!(
            constants, values => Some(values.iter().map(|v| i64::from(*v)).collect()),
            _ => None
        );
        if let Some(mut integers) = integers {
            integers.sort_unstable();
            integers.dedup();
            return Ok(match integers.len() {
                0..=SMALL_LIST => Lookup::Small(integers),
                _ => Lookup::Integers(integers.into_iter().collect()),
            });
        }
        Ok(match data_type {
            DataType::Decimal128(_, _) => {
                let values = constants.as_primitive::<Decimal128Type>().values();
                Lookup::Wide(values.iter().copied().collect())
            }
            DataType::Utf8View => {
                let values = constants.as_string_view().iter().flatten();
                Lookup::Strings(values.map(|v| v.as_bytes().into()).collect())
            }
            _ => {
                let converter = row_converter([data_type.clone()])?;
                let rows = converter.convert_columns(&[comparable(constants)?])?;
                let set = rows.iter().map(|row| row.owned()).collect();
                Lookup::Rows(Arc::new(converter), set)
            }
        })
    }

    /// A bit for every value that is one of the constants; none for NULL.
    fn contains(&self, values: &ArrayRef) -> Result<BooleanBuffer> {
        let rows = values.len();
        let unexpected = || {
            let found = values.data_type();
            Err(Error::internal(format!("IN over another type, {found}")))
        };
        let bits = match self {
            Lookup::Empty => BooleanBuffer::new_unset(rows),
            Lookup::Small(set) => with_integers!(
                values, array => small_contains(array, set),
                _ => return unexpected()
            ),
            Lookup::Integers(set) => with_integers!(
                values,
                array => BooleanBuffer::collect_bool(rows, |row| set.contains(&i64::from(array[row]))),
                _ => return unexpected()
            ),
            Lookup::Wide(set) => {
                let array = values.as_primitive::<Decimal128Type>().values();
                BooleanBuffer::collect_bool(rows, |row| set.contains(&array[row]))
            }
            Lookup::Strings(set) => {
                let array = values.as_string_view();
                BooleanBuffer::collect_bool(rows, |row| set.contains(array.value(row).as_bytes()))
            }
            Lookup::Rows(converter, set) => {
                let converted = converter.convert_columns(&[comparable(values)?])?;
                let mut row_set = HashSet::with_capacity(set.len());
                row_set.extend(set.iter().map(|row| row.row()));
                BooleanBuffer::collect_bool(rows, |row| row_set.contains(&converted.row(row)))
            }
        };
        Ok(match values.logical_nulls() {
            Some(nulls) => &bits & nulls.inner(),
            None => bits,
        })
    }
}

/// Compares the whole array with one constant after the other.
fn small_contains<T: Copy + PartialEq + TryFrom<i64>>(values: &[T], set: &[i64]) -> BooleanBuffer {
    let mut found = BooleanBuffer::new_unset(values.len());
    for constant in set {
        if let Ok(constant) = T::try_from(*constant) {
            found = &found | &bits_where(values, |value| value == constant);
        }
    }
    found
}
