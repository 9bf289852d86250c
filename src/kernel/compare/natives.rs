//! Numbers, dates and times: loops over native values.

use super::Comparison;
use crate::kernel::Column;
use crate::kernel::bits::{bits_where, bits_where_both};
use crate::kernel::lift::union_nulls;
use crate::kernel::native::raw_values;
use arrow::array::BooleanArray;
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{ArrowNativeType, DataType, IntervalUnit};

/// Spark's order.
trait Ordered: ArrowNativeType {
    fn is_same(self, other: Self) -> bool;
    fn is_below(self, other: Self) -> bool;
}

macro_rules! whole {
    ($($native:ty),*) => {$(
        impl Ordered for $native {
            #[inline]
            fn is_same(self, other: Self) -> bool {
                self == other
            }
            #[inline]
            fn is_below(self, other: Self) -> bool {
                self < other
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, i128);

/// NaN equals itself and is above all others.
macro_rules! floating {
    ($($native:ty),*) => {$(
        impl Ordered for $native {
            #[inline]
            fn is_same(self, other: Self) -> bool {
                (self == other) | (self.is_nan() & other.is_nan())
            }
            #[inline]
            fn is_below(self, other: Self) -> bool {
                (self < other) | (!self.is_nan() & other.is_nan())
            }
        }
    )*};
}

floating!(f32, f64);

/// `left op right` where their values are native ones; `None` where they are not. Two constants are compared as columns
/// of one row.
pub(super) fn compare_natives(
    op: Comparison,
    left: &Column,
    right: &Column,
    rows: usize,
) -> Option<BooleanArray> {
    let data_type = left.values().data_type();
    if data_type != right.values().data_type() {
        return None;
    }
    let bits = match data_type {
        DataType::Int8 => bits::<i8>(op, left, right),
        DataType::Int16 => bits::<i16>(op, left, right),
        DataType::Int32
        | DataType::Date32
        | DataType::Decimal32(..)
        | DataType::Interval(IntervalUnit::YearMonth) => bits::<i32>(op, left, right),
        DataType::Int64
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Decimal64(..) => bits::<i64>(op, left, right),
        DataType::Decimal128(..) => bits::<i128>(op, left, right),
        DataType::Float32 => bits::<f32>(op, left, right),
        DataType::Float64 => bits::<f64>(op, left, right),
        _ => return None,
    };
    Some(BooleanArray::new(bits, union_nulls(&[left, right], rows)))
}

fn bits<T: Ordered>(op: Comparison, left: &Column, right: &Column) -> BooleanBuffer {
    let (l, r) = (
        raw_values::<T>(left.values()),
        raw_values::<T>(right.values()),
    );
    match (left, right) {
        (Column::Array(_), Column::Constant(_)) => with_constant(op, &l, r[0]),
        (Column::Constant(_), Column::Array(_)) => with_constant(op.swapped(), &r, l[0]),
        _ => two(op, &l, &r),
    }
}

fn with_constant<T: Ordered>(op: Comparison, values: &[T], constant: T) -> BooleanBuffer {
    match op {
        Comparison::Equal | Comparison::NullSafeEqual => {
            bits_where(values, |value| value.is_same(constant))
        }
        Comparison::NotEqual => bits_where(values, |value| !value.is_same(constant)),
        Comparison::Less => bits_where(values, |value| value.is_below(constant)),
        Comparison::LessOrEqual => bits_where(values, |value| !constant.is_below(value)),
        Comparison::Greater => bits_where(values, |value| constant.is_below(value)),
        Comparison::GreaterOrEqual => bits_where(values, |value| !value.is_below(constant)),
    }
}

fn two<T: Ordered>(op: Comparison, left: &[T], right: &[T]) -> BooleanBuffer {
    match op {
        Comparison::Equal | Comparison::NullSafeEqual => bits_where_both(left, right, T::is_same),
        Comparison::NotEqual => bits_where_both(left, right, |l, r| !l.is_same(r)),
        Comparison::Less => bits_where_both(left, right, T::is_below),
        Comparison::LessOrEqual => bits_where_both(left, right, |l, r| !r.is_below(l)),
        Comparison::Greater => bits_where_both(right, left, T::is_below),
        Comparison::GreaterOrEqual => bits_where_both(left, right, |l, r| !l.is_below(r)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::compare::compare;
    use arrow::array::{ArrayRef, AsArray, Decimal128Array, Float64Array, Int32Array};
    use std::cmp::Ordering;
    use std::sync::Arc;

    const OPERATORS: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];

    /// Compares each way in which two columns can come, against the order of their elements.
    fn check<T: Copy>(
        left: &[Option<T>],
        right: &[Option<T>],
        order: impl Fn(T, T) -> Ordering,
        array: impl Fn(&[Option<T>]) -> ArrayRef,
    ) {
        let rows = left.len();
        let (l, r) = (array(left), array(right));
        for op in OPERATORS {
            let expect = |l: Option<T>, r: Option<T>| Some(op.holds(order(l?, r?)));
            let run = |l: Column, r: Column| -> Vec<Option<bool>> {
                let found = compare(op, &l, &r, rows).unwrap().to_array(rows);
                found.as_boolean().iter().collect()
            };
            let expected: Vec<_> = (0..rows).map(|row| expect(left[row], right[row])).collect();
            let both = run(Column::Array(l.clone()), Column::Array(r.clone()));
            assert_eq!(both, expected, "{op:?}");
            for row in [0, 1, 2, 3] {
                let constant = Column::Constant(r.slice(row, 1));
                let expected: Vec<_> = left.iter().map(|l| expect(*l, right[row])).collect();
                let found = run(Column::Array(l.clone()), constant.clone());
                assert_eq!(found, expected, "{op:?}");
                let expected: Vec<_> = left.iter().map(|l| expect(right[row], *l)).collect();
                assert_eq!(run(constant, Column::Array(l.clone())), expected, "{op:?}");
            }
        }
    }

    #[test]
    fn whole_numbers() {
        let number = |n: i32| (n % 7 != 0).then_some((n * 7919) % 13 - 6);
        let left: Vec<_> = (0..150).map(number).collect();
        let right: Vec<_> = (0..150).map(|n| number(n * 3 + 1)).collect();
        check(
            &left,
            &right,
            |l, r| l.cmp(&r),
            |v| Arc::new(Int32Array::from(v.to_vec())),
        );
        let wide = |v: &[Option<i32>]| -> ArrayRef {
            let values = v.iter().map(|v| v.map(|v| i128::from(v) << 90));
            Arc::new(values.collect::<Decimal128Array>())
        };
        check(&left, &right, |l, r| l.cmp(&r), wide);
    }

    #[test]
    fn floating_point_in_sparks_order() {
        let some = [
            f64::NAN,
            0.0,
            -0.0,
            1.5,
            f64::INFINITY,
            -1.0,
            f64::NEG_INFINITY,
        ];
        let left: Vec<_> = (0..150)
            .map(|n| (n % 11 != 5).then_some(some[n % 7]))
            .collect();
        let right: Vec<_> = (0..150).map(|n| Some(some[n / 7 % 7])).collect();
        let order = |l: f64, r: f64| {
            let with_nan = || l.is_nan().cmp(&r.is_nan());
            l.partial_cmp(&r).unwrap_or_else(with_nan)
        };
        check(&left, &right, order, |v| {
            Arc::new(Float64Array::from(v.to_vec()))
        });
    }

    #[test]
    fn slices_start_where_they_start() {
        let array: ArrayRef = Arc::new(Int32Array::from_iter_values(0..200));
        let (early, late) = (array.slice(3, 100), array.slice(4, 100));
        let columns = (Column::Array(early), Column::Array(late));
        let less = compare(Comparison::Less, &columns.0, &columns.1, 100).unwrap();
        assert_eq!(less.to_array(100).as_boolean().true_count(), 100);
    }
}
