//! Decimal arithmetic against whole numbers of any size.

use super::decimal::{decimal, digits};
use super::{FailureMode, Operator};
use crate::kernel::Column;
use crate::kernel::value::{array_to_values, values_to_array};
use crate::types::coercion::decimal::result_type;
use crate::types::{DataType, Decimal, Value};
use num_bigint::BigInt;
use proptest::prelude::*;

/// A decimal type and a value of it.
fn operand() -> impl Strategy<Value = Decimal> {
    (1u8..=38)
        .prop_flat_map(|precision| (Just(precision), 0..=precision))
        .prop_flat_map(|(precision, scale)| {
            let largest = 10i128.pow(u32::from(precision)) - 1;
            // Small numbers as often as large ones.
            let size = prop_oneof![Just(largest), 0..=largest.min(1000)];
            size.prop_flat_map(move |size| -size..=size)
                .prop_map(move |unscaled| Decimal {
                    unscaled,
                    precision,
                    scale: scale as i8,
                })
        })
}

fn power(exponent: i32) -> BigInt {
    BigInt::from(10).pow(exponent.unsigned_abs())
}

/// The quotient rounded half away from zero.
fn rounded(value: &BigInt, divisor: &BigInt) -> BigInt {
    let two = BigInt::from(2);
    let negative = (*value < BigInt::ZERO) != (*divisor < BigInt::ZERO);
    let (value, divisor) = (
        BigInt::from(value.magnitude().clone()),
        BigInt::from(divisor.magnitude().clone()),
    );
    let size = (&value * &two + &divisor) / (&divisor * &two);
    if negative { -size } else { size }
}

/// The result at the result type's scale, without limits; `None` for a zero divisor.
fn expected(op: Operator, left: Decimal, right: Decimal, scale: i32) -> Option<BigInt> {
    let (l, r) = (BigInt::from(left.unscaled), BigInt::from(right.unscaled));
    let (s1, s2) = (i32::from(left.scale), i32::from(right.scale));
    let common = s1.max(s2);
    let (al, ar) = (&l * power(common - s1), &r * power(common - s2));
    let zero = right.unscaled == 0;
    let (value, from) = match op {
        Operator::Add => (al + ar, common),
        Operator::Subtract => (al - ar, common),
        Operator::Multiply => (l * r, s1 + s2),
        Operator::Remainder if !zero => (al % ar, common),
        Operator::Divide if !zero => {
            let shift = scale + s2 - s1;
            return Some(match shift {
                0.. => rounded(&(l * power(shift)), &r),
                _ => rounded(&l, &(r * power(shift))),
            });
        }
        _ => return None,
    };
    Some(match from - scale {
        shift @ 1.. => rounded(&value, &power(shift)),
        shift => value * power(shift),
    })
}

proptest! {
    #[test]
    fn results_are_exact_or_null(
        left in operand(),
        right in operand(),
        which in 0usize..5,
        allow_loss: bool,
    ) {
        let op = [
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Remainder,
        ][which];
        let type_of = |value: Decimal| DataType::decimal(value.precision, value.scale);
        let (lt, rt) = (type_of(left), type_of(right));
        let returns = result_type(op, digits(&lt).unwrap(), digits(&rt).unwrap(), allow_loss);
        let (precision, scale) = digits(&returns).unwrap();
        let column = |value: Decimal, data_type: &DataType| {
            Column::Array(values_to_array(&[Value::Decimal(value), Value::Null], data_type).unwrap())
        };
        let sides = (&column(left, &lt), &column(right, &rt));
        let out = decimal(op, (&lt, &rt), &returns, sides, 2, FailureMode::Null).unwrap();
        let out = array_to_values(out.values(), &returns).unwrap();
        prop_assert_eq!(&out[1], &Value::Null);

        let limit = power(i32::from(precision));
        let fits = expected(op, left, right, i32::from(scale))
            .filter(|value| value.magnitude() < limit.magnitude());
        match (&out[0], fits) {
            (Value::Decimal(found), Some(expected)) => {
                prop_assert_eq!(BigInt::from(found.unscaled), expected);
            }
            (found, expected) => {
                prop_assert_eq!(found, &Value::Null);
                prop_assert_eq!(expected, None);
            }
        }
    }
}
