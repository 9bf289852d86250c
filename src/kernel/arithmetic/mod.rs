//! Arithmetic on columns: `+ - * / % div` on integers, floating point and decimals.
//!
//! ```text
//!   binary(left, right, op)   op(l, r) ─► (value, failed?)      a straight loop without branches,
//!                             any failed? ─► look again, only then         the flags or-ed together
//! ```
//!
//! The loop computes every row, also where a side is NULL, and only asks at the end whether anything went
//! wrong; a failing row then raises or becomes NULL, as the mode says. Decimals of up to 18 digits are
//! computed in 64 bits, see [`decimal`].

pub mod decimal;
mod number;
#[cfg(test)]
mod properties;

pub use number::{
    FailureMode, absolute, floating, integer, integral_divide, negate, overflow_error,
    positive_remainder,
};

use super::Column;
use super::lift::{column_of, rows_to_compute, union_nulls};
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::types::arrow_type;
use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use std::sync::Arc;

/// The operators.
pub use crate::types::coercion::decimal::Operator;

/// The values of a primitive column: one per row, or one for all.
enum Side<'a, T> {
    Rows(&'a [T]),
    One(T),
}

fn side<T: ArrowPrimitiveType>(column: &Column) -> Result<Side<'_, T::Native>> {
    let values = column.values();
    let array = values.as_primitive_opt::<T>().ok_or_else(|| {
        let found = values.data_type();
        Error::internal(format!("{found} where {} was settled", T::DATA_TYPE))
    })?;
    Ok(match column {
        Column::Array(_) => Side::Rows(array.values()),
        Column::Constant(_) => Side::One(array.value(0)),
    })
}

/// Applies `op` to two primitive columns. It gives the value and whether it failed; with `raises` the first
/// failing row gives `error`, else failing rows are NULL.
pub fn binary<L: ArrowPrimitiveType, R: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    (left, right): (&Column, &Column),
    rows: usize,
    returns: &DataType,
    raises: bool,
    op: impl Fn(L::Native, R::Native) -> (O::Native, bool),
    error: impl Fn(L::Native, R::Native) -> Error,
) -> Result<Column> {
    let columns = [left, right];
    let rows = rows_to_compute(&columns, rows);
    let mut values = vec![O::Native::default(); rows];
    let mut failed = false;
    let (l, r) = (side::<L>(left)?, side::<R>(right)?);
    // Plain loops: a compiler that does not see through closures that call closures makes no vector instructions of them.
    match (&l, &r) {
        (Side::Rows(l), Side::Rows(r)) => {
            for ((out, l), r) in values.iter_mut().zip(l.iter()).zip(r.iter()) {
                let (value, bad) = op(*l, *r);
                *out = value;
                failed |= bad;
            }
        }
        (Side::Rows(l), Side::One(r)) => {
            for (out, l) in values.iter_mut().zip(l.iter()) {
                let (value, bad) = op(*l, *r);
                *out = value;
                failed |= bad;
            }
        }
        (Side::One(l), Side::Rows(r)) => {
            for (out, r) in values.iter_mut().zip(r.iter()) {
                let (value, bad) = op(*l, *r);
                *out = value;
                failed |= bad;
            }
        }
        (Side::One(l), Side::One(r)) => {
            for out in &mut values {
                let (value, bad) = op(*l, *r);
                *out = value;
                failed |= bad;
            }
        }
    }
    let mut nulls = union_nulls(&columns, rows);
    if failed {
        let at = |row: usize| {
            let l = match &l {
                Side::Rows(l) => l[row],
                Side::One(l) => *l,
            };
            let r = match &r {
                Side::Rows(r) => r[row],
                Side::One(r) => *r,
            };
            (l, r)
        };
        let mut valid = Vec::with_capacity(rows);
        for row in 0..rows {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                valid.push(false);
                continue;
            }
            let (l, r) = at(row);
            let bad = op(l, r).1;
            if bad && raises {
                return Err(error(l, r));
            }
            valid.push(!bad);
        }
        nulls = Some(NullBuffer::from(valid));
    }
    let array = PrimitiveArray::<O>::new(values.into(), nulls);
    let array = array.with_data_type(arrow_type(returns));
    Ok(column_of(&columns, Arc::new(array)))
}

/// Applies `op` to one primitive column, as [`binary`] does to two.
pub fn unary<I: ArrowPrimitiveType>(
    column: &Column,
    raises: bool,
    op: impl Fn(I::Native) -> (I::Native, bool),
    error: impl Fn(I::Native) -> Error,
) -> Result<Column> {
    let values = column.values();
    let array = values.as_primitive_opt::<I>().ok_or_else(|| {
        let found = values.data_type();
        Error::internal(format!("{found} where {} was settled", I::DATA_TYPE))
    })?;
    let mut failed = false;
    let out: Vec<I::Native> = (array.values().iter())
        .map(|value| {
            let (value, bad) = op(*value);
            failed |= bad;
            value
        })
        .collect();
    let mut nulls = array.nulls().cloned();
    if failed {
        let mut valid = Vec::with_capacity(array.len());
        for row in 0..array.len() {
            let bad = array.is_valid(row) && op(array.value(row)).1;
            if bad && raises {
                return Err(error(array.value(row)));
            }
            valid.push(array.is_valid(row) && !bad);
        }
        nulls = Some(NullBuffer::from(valid));
    }
    let out = PrimitiveArray::<I>::new(out.into(), nulls);
    let out = out.with_data_type(array.data_type().clone());
    Ok(column_of(&[column], Arc::new(out)))
}
