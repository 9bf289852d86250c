//! Comparison of columns of one type.
//!
//! Spark's order differs from IEEE's: NaN equals itself and is the largest number, -0.0 equals 0.0. Numbers, dates and
//! times have loops of their own ([`natives`]); strings go through Arrow's kernels, which keep a constant side constant;
//! arrays and structs compare element by element, a NULL element first and equal to another NULL.

mod natives;

use super::Column;
use super::lift::{column_of, rows_to_compute, union_nulls};
use super::normalize::{comparable, row_converter};
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::datatypes::DataType as ArrowType;
use arrow::row::Rows;
use natives::compare_natives;
use std::cmp::Ordering;
use std::sync::Arc;

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<=>`: NULL equals NULL, and the result is never NULL.
    NullSafeEqual,
}

impl Comparison {
    /// The comparison that holds for `b` and `a` when this one does for `a` and `b`.
    pub fn swapped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
            same => same,
        }
    }

    /// Whether it holds for values in this order.
    #[inline]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal | Comparison::NullSafeEqual => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// `left op right`, row by row. Both columns have the same type.
pub fn compare(op: Comparison, left: &Column, right: &Column, rows: usize) -> Result<Column> {
    let columns = [left, right];
    let rows = rows_to_compute(&columns, rows);
    if op == Comparison::NullSafeEqual {
        return null_safe_equal(left, right, rows);
    }
    if left.is_null_constant() || right.is_null_constant() {
        return Ok(Column::Constant(new_null_array(&ArrowType::Boolean, 1)));
    }
    if let Some(array) = compare_natives(op, left, right, rows) {
        return Ok(column_of(&columns, Arc::new(array)));
    }
    let array: ArrayRef = match left.values().data_type() {
        nested if nested.is_nested() => {
            let orders = nested_orders(left, right, rows)?;
            let values = BooleanBuffer::collect_bool(rows, |row| op.holds(orders(row)));
            Arc::new(BooleanArray::new(values, union_nulls(&columns, rows)))
        }
        ArrowType::Null => new_null_array(&ArrowType::Boolean, rows),
        _ => Arc::new(match op {
            Comparison::Equal | Comparison::NullSafeEqual => cmp::eq(left, right)?,
            Comparison::NotEqual => cmp::neq(left, right)?,
            Comparison::Less => cmp::lt(left, right)?,
            Comparison::LessOrEqual => cmp::lt_eq(left, right)?,
            Comparison::Greater => cmp::gt(left, right)?,
            Comparison::GreaterOrEqual => cmp::gt_eq(left, right)?,
        }),
    };
    Ok(column_of(&columns, array))
}

/// The order of each row of two nested columns.
fn nested_orders(
    left: &Column,
    right: &Column,
    rows: usize,
) -> Result<impl Fn(usize) -> Ordering + use<>> {
    let converter = row_converter([left.values().data_type().clone()])?;
    let encode = |column: &Column| -> Result<Rows> {
        let values = comparable(column.values())?;
        Ok(converter.convert_columns(&[values])?)
    };
    let (l, r) = (encode(left)?, encode(right)?);
    let (left_mask, right_mask) = (mask(left), mask(right));
    debug_assert!(rows == 1 || l.num_rows().max(r.num_rows()) == rows);
    Ok(move |row: usize| l.row(row & left_mask).cmp(&r.row(row & right_mask)))
}

/// `row & mask` is the index of a row in the column's values.
fn mask(column: &Column) -> usize {
    if column.is_constant() { 0 } else { usize::MAX }
}

fn null_safe_equal(left: &Column, right: &Column, rows: usize) -> Result<Column> {
    let columns = [left, right];
    let valid = |column: &Column| -> BooleanBuffer {
        let mask = mask(column);
        match column.values().logical_nulls() {
            Some(nulls) => BooleanBuffer::collect_bool(rows, |row| nulls.is_valid(row & mask)),
            None => BooleanBuffer::new_set(rows),
        }
    };
    let (l, r) = (valid(left), valid(right));
    let both_null = &!&l & &!&r;
    let both_valid = &l & &r;
    let out = if both_valid.count_set_bits() == 0 {
        both_null
    } else {
        let equal = compare(Comparison::Equal, left, right, rows)?.to_array(rows);
        let equal = equal
            .as_boolean_opt()
            .ok_or_else(|| Error::internal("no booleans"))?;
        &(equal.values() & &both_valid) | &both_null
    };
    Ok(column_of(&columns, Arc::new(BooleanArray::new(out, None))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Float64Array;

    #[test]
    fn floats_follow_spark() {
        let column = |values: Vec<Option<f64>>| Column::Array(Arc::new(Float64Array::from(values)));
        let left = column(vec![Some(f64::NAN), Some(-0.0), Some(1.0), None]);
        let right = column(vec![Some(f64::NAN), Some(0.0), Some(f64::NAN), None]);
        let run = |op| -> Vec<Option<bool>> {
            let out = compare(op, &left, &right, 4).unwrap().to_array(4);
            out.as_boolean().iter().collect()
        };
        assert_eq!(
            run(Comparison::Equal),
            [Some(true), Some(true), Some(false), None]
        );
        assert_eq!(
            run(Comparison::Less),
            [Some(false), Some(false), Some(true), None]
        );
        assert_eq!(
            run(Comparison::NullSafeEqual),
            [Some(true), Some(true), Some(false), Some(true)]
        );
    }
}
