//! Decimals.
//!
//! The result type (from [`crate::types::coercion::decimal`]) decides the width. Up to 18 digits everything
//! stays in 64 bits and, the precision rules seeing to it, cannot overflow. Wider results are computed in 128
//! bits, each row trying a 64-bit product first; where 128 bits do not hold an intermediate result, 256 are
//! taken for that row.
//!
//! ```text
//!   DECIMAL(15,2) * DECIMAL(16,2) ─► DECIMAL(32,4)    i64 × i64 → i128, one instruction
//!   DECIMAL(32,4) * DECIMAL(16,2) ─► DECIMAL(38,6)    if both fit 64 bits the same, else checked
//! ```

use super::number::{FailureMode, zero_error};
use super::{Operator, Side, binary, side, unary};
use crate::error::conditions::NUMERIC_VALUE_OUT_OF_RANGE_WITHOUT_SUGGESTION;
use crate::error::{Error, Result};
use crate::kernel::Column;
use crate::kernel::cast::{decimal_overflow, divide_half_up, power_of_ten};
use crate::kernel::divisor::Divisor;
use crate::types::DataType;
use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{Decimal64Type, Decimal128Type, Int64Type, i256};

/// Precision and scale.
type Digits = (u8, i8);

/// The precision and scale of a decimal type.
pub fn digits(data_type: &DataType) -> Result<Digits> {
    match data_type {
        DataType::Decimal { precision, scale } => Ok((*precision, *scale)),
        other => Err(Error::internal(format!("{other} among decimals"))),
    }
}

/// `left op right` for decimals of these types, as a decimal of type `returns`; `div` gives BIGINT.
pub fn decimal(
    op: Operator,
    (left_type, right_type): (&DataType, &DataType),
    returns: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    let (l, r) = (digits(left_type)?, digits(right_type)?);
    if op == Operator::IntegralDivide {
        return match (l.0 <= 18, r.0 <= 18) {
            (true, true) => quotient::<Decimal64Type, Decimal64Type>(l, r, sides, rows, mode),
            (true, false) => quotient::<Decimal64Type, Decimal128Type>(l, r, sides, rows, mode),
            (false, true) => quotient::<Decimal128Type, Decimal64Type>(l, r, sides, rows, mode),
            (false, false) => quotient::<Decimal128Type, Decimal128Type>(l, r, sides, rows, mode),
        };
    }
    let out = digits(returns)?;
    if out.0 <= 18 && l.0 <= 18 && r.0 <= 18 && narrow_enough(op, l, r, out) {
        return narrow(op, (l, r, out), returns, sides, rows, mode);
    }
    let plan = Plan {
        op,
        left: l,
        right: r,
        out,
        raises: mode == FailureMode::Raise,
    };
    match (l.0 <= 18, r.0 <= 18, out.0 <= 18) {
        (true, true, false) if op == Operator::Multiply && l.1 + r.1 == out.1 => {
            binary::<Decimal64Type, Decimal64Type, Decimal128Type>(
                sides,
                rows,
                returns,
                false,
                |l, r| (i128::from(l) * i128::from(r), false),
                |_, _| Error::internal("a product of 18 digits each overflowed"),
            )
        }
        (true, true, false) => {
            plan.wide::<Decimal64Type, Decimal64Type, Decimal128Type>(returns, sides, rows)
        }
        (true, false, false) => {
            plan.wide::<Decimal64Type, Decimal128Type, Decimal128Type>(returns, sides, rows)
        }
        (false, true, false) => {
            plan.wide::<Decimal128Type, Decimal64Type, Decimal128Type>(returns, sides, rows)
        }
        (false, false, false) => {
            plan.wide::<Decimal128Type, Decimal128Type, Decimal128Type>(returns, sides, rows)
        }
        (true, true, true) => {
            plan.wide::<Decimal64Type, Decimal64Type, Decimal64Type>(returns, sides, rows)
        }
        (true, false, true) => {
            plan.wide::<Decimal64Type, Decimal128Type, Decimal64Type>(returns, sides, rows)
        }
        (false, true, true) => {
            plan.wide::<Decimal128Type, Decimal64Type, Decimal64Type>(returns, sides, rows)
        }
        (false, false, true) => {
            plan.wide::<Decimal128Type, Decimal128Type, Decimal64Type>(returns, sides, rows)
        }
    }
}

/// Whether operands brought to one scale (or their product) stay within 64 bits.
fn narrow_enough(op: Operator, left: Digits, right: Digits, out: Digits) -> bool {
    let scale = left.1.max(right.1);
    let aligned = |side: Digits| i32::from(side.0) + i32::from(scale - side.1) <= 18;
    match op {
        Operator::Add | Operator::Subtract => aligned(left) && aligned(right),
        Operator::Remainder | Operator::PositiveRemainder => aligned(left) && aligned(right),
        Operator::Multiply => true,
        Operator::Divide => {
            let shift = dividend_shift(left, right, out);
            (0..=18).contains(&(i32::from(left.0) + shift)) && shift >= 0
        }
        Operator::IntegralDivide => false,
    }
}

/// By how many digits a dividend moves up, so that the quotient of whole numbers has the scale of the result.
fn dividend_shift(left: Digits, right: Digits, out: Digits) -> i32 {
    i32::from(out.1) - i32::from(left.1) + i32::from(right.1)
}

/// All in 64 bits. The result type has room for every result, so only zero divisors fail.
fn narrow(
    op: Operator,
    (left, right, out): (Digits, Digits, Digits),
    returns: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    let scale = left.1.max(right.1);
    let factor = |side: Digits| power_of_ten(u32::from((scale - side.1).unsigned_abs())) as i64;
    let (fl, fr) = (factor(left), factor(right));
    let raises = mode == FailureMode::Raise;
    let run = |op: &dyn Fn(i64, i64) -> (i64, bool), error: &dyn Fn() -> Error| {
        binary::<Decimal64Type, Decimal64Type, Decimal64Type>(
            sides,
            rows,
            returns,
            raises,
            op,
            |_, _| error(),
        )
    };
    macro_rules! plain {
        ($op:expr) => {
            binary::<Decimal64Type, Decimal64Type, Decimal64Type>(
                sides,
                rows,
                returns,
                false,
                $op,
                |_, _| Error::internal("a decimal outgrew its precision"),
            )
        };
    }
    match op {
        Operator::Add if fl == 1 && fr == 1 => plain!(|l, r| (l.wrapping_add(r), false)),
        Operator::Subtract if fl == 1 && fr == 1 => plain!(|l, r| (l.wrapping_sub(r), false)),
        Operator::Add => {
            plain!(|l, r| (l.wrapping_mul(fl).wrapping_add(r.wrapping_mul(fr)), false))
        }
        Operator::Subtract => {
            plain!(|l, r| (l.wrapping_mul(fl).wrapping_sub(r.wrapping_mul(fr)), false))
        }
        Operator::Multiply => plain!(|l, r| (l.wrapping_mul(r), false)),
        Operator::Remainder => run(
            &|l, r| match r {
                0 => (0, true),
                r => (l.wrapping_mul(fl).wrapping_rem(r.wrapping_mul(fr)), false),
            },
            &|| zero_error(op),
        ),
        Operator::PositiveRemainder => run(
            &|l, r| match r {
                0 => (0, true),
                r => {
                    let (l, r) = (l.wrapping_mul(fl), r.wrapping_mul(fr));
                    let rest = l.wrapping_rem(r);
                    let rest = if rest < 0 {
                        rest.wrapping_add(r).wrapping_rem(r)
                    } else {
                        rest
                    };
                    (rest, false)
                }
            },
            &|| zero_error(op),
        ),
        Operator::Divide => {
            let shift = dividend_shift(left, right, out);
            let factor = power_of_ten(shift.unsigned_abs()) as i64;
            if let Side::One(divisor) = side::<Decimal64Type>(sides.1)?
                && let Some(divisor) = Divisor::new(divisor)
            {
                return plain!(|l, _| (divisor.divide_half_up(l.wrapping_mul(factor)), false));
            }
            binary::<Decimal64Type, Decimal64Type, Decimal64Type>(
                sides,
                rows,
                returns,
                raises,
                |l, r| match r {
                    0 => (0, true),
                    r => (quotient_half_up(l.wrapping_mul(factor), r), false),
                },
                |_, _| zero_error(op),
            )
        }
        Operator::IntegralDivide => Err(Error::internal(format!("{op:?} in 64 bits"))),
    }
}

/// A quotient rounded to the nearest; halves away from zero. Not for a divisor of 0.
#[inline]
fn quotient_half_up(dividend: i64, divisor: i64) -> i64 {
    let quotient = dividend.wrapping_div(divisor);
    let rest = dividend.wrapping_rem(divisor);
    // At most 18 digits, so that twice the rest fits.
    match rest.unsigned_abs() * 2 >= divisor.unsigned_abs() {
        true if (dividend < 0) == (divisor < 0) => quotient + 1,
        true => quotient - 1,
        false => quotient,
    }
}

/// An operation with a result of up to 38 digits.
struct Plan {
    op: Operator,
    left: Digits,
    right: Digits,
    out: Digits,
    raises: bool,
}

impl Plan {
    fn wide<L, R, O>(
        &self,
        returns: &DataType,
        sides: (&Column, &Column),
        rows: usize,
    ) -> Result<Column>
    where
        L: ArrowPrimitiveType,
        R: ArrowPrimitiveType,
        O: ArrowPrimitiveType,
        L::Native: Into<i128>,
        R::Native: Into<i128>,
        O::Native: TryFrom<i128> + Default,
    {
        let limit = power_of_ten(u32::from(self.out.0));
        let finish = |value: Option<i128>| match value {
            Some(value) if value.unsigned_abs() < limit.unsigned_abs() => {
                match O::Native::try_from(value) {
                    Ok(value) => (value, false),
                    Err(_) => (O::Native::default(), true),
                }
            }
            _ => (O::Native::default(), true),
        };
        let error = |l: L::Native, r: R::Native| self.error(l.into(), r.into());
        let run = |op: &dyn Fn(i128, i128) -> Option<i128>| {
            binary::<L, R, O>(
                sides,
                rows,
                returns,
                self.raises,
                |l, r| finish(op(l.into(), r.into())),
                error,
            )
        };
        let scale = self.left.1.max(self.right.1);
        let factor = |side: Digits| power_of_ten(u32::from((scale - side.1).unsigned_abs()));
        let (fl, fr) = (factor(self.left), factor(self.right));
        match self.op {
            // Products lose digits only where the type gave up scale; else nothing has to be rounded.
            Operator::Multiply if self.left.1 + self.right.1 == self.out.1 => {
                if small_bits::<L>(sides.0)? + small_bits::<R>(sides.1)? <= limit.ilog2() {
                    let low = |value: i128| i128::from(value as i64);
                    // The product fits, so that nothing is lost in the type of the result.
                    let product = |l, r| O::Native::try_from(low(l) * low(r)).unwrap_or_default();
                    return binary::<L, R, O>(
                        sides,
                        rows,
                        returns,
                        false,
                        |l, r| (product(l.into(), r.into()), false),
                        error,
                    );
                }
                binary::<L, R, O>(
                    sides,
                    rows,
                    returns,
                    self.raises,
                    |l, r| finish(multiply(l.into(), r.into())),
                    error,
                )
            }
            Operator::Add if fl == 1 && fr == 1 && scale == self.out.1 => binary::<L, R, O>(
                sides,
                rows,
                returns,
                self.raises,
                |l, r| finish(Some(Into::<i128>::into(l).wrapping_add(r.into()))),
                error,
            ),
            Operator::Subtract if fl == 1 && fr == 1 && scale == self.out.1 => binary::<L, R, O>(
                sides,
                rows,
                returns,
                self.raises,
                |l, r| finish(Some(Into::<i128>::into(l).wrapping_sub(r.into()))),
                error,
            ),
            _ => run(&|l, r| self.exact(l, r).and_then(narrowed)),
        }
    }

    /// The result at the output's scale, computed in 256 bits where 128 are too few; `None` for a zero divisor
    /// or an overflow.
    fn exact(&self, left: i128, right: i128) -> Option<i256> {
        let scale = self.left.1.max(self.right.1);
        let factor = |side: Digits| power_of_ten(u32::from((scale - side.1).unsigned_abs()));
        let (fl, fr) = (factor(self.left), factor(self.right));
        let aligned = || Some((left.checked_mul(fl)?, right.checked_mul(fr)?));
        let wide = || (times(left, fl), times(right, fr));
        let (value, scale) = match self.op {
            Operator::Add => match aligned().and_then(|(l, r)| l.checked_add(r)) {
                Some(sum) => (i256::from_i128(sum), scale),
                None => (wide().0.checked_add(wide().1)?, scale),
            },
            Operator::Subtract => match aligned().and_then(|(l, r)| l.checked_sub(r)) {
                Some(difference) => (i256::from_i128(difference), scale),
                None => (wide().0.checked_sub(wide().1)?, scale),
            },
            Operator::Multiply => (times(left, right), self.left.1 + self.right.1),
            Operator::Divide => {
                if right == 0 {
                    return None;
                }
                // left·10^-s1 / (right·10^-s2) at scale s is left·10^(s + s2 - s1) / right.
                let shift =
                    i32::from(self.out.1) + i32::from(self.right.1) - i32::from(self.left.1);
                return divided(left, right, shift);
            }
            Operator::Remainder | Operator::PositiveRemainder => {
                if right == 0 {
                    return None;
                }
                let (l, r) = wide();
                let mut rest = l.checked_rem(r)?;
                if self.op == Operator::PositiveRemainder && rest < i256::ZERO {
                    rest = rest.checked_add(r)?.checked_rem(r)?;
                }
                (rest, scale)
            }
            Operator::IntegralDivide => return None,
        };
        rounded(value, i32::from(scale) - i32::from(self.out.1))
    }

    /// A zero divisor, or the number that the type cannot hold.
    #[cold]
    fn error(&self, left: i128, right: i128) -> Error {
        let divides = matches!(
            self.op,
            Operator::Divide | Operator::Remainder | Operator::PositiveRemainder
        );
        if divides && right == 0 {
            return zero_error(self.op);
        }
        // Shown with all its digits, but a quotient.
        let scale = match self.op {
            Operator::Multiply => self.left.1 + self.right.1,
            Operator::Divide => self.out.1,
            _ => self.left.1.max(self.right.1),
        };
        let plain = Plan {
            out: (38, scale),
            ..*self
        };
        let text = plain
            .exact(left, right)
            .map(|value| plain_text(value, scale));
        decimal_overflow(&text.unwrap_or_default(), self.out.0, self.out.1)
    }
}

/// How many bits the absolute values of a column take: at most 64, or more than any type allows.
fn small_bits<T: ArrowPrimitiveType>(column: &Column) -> Result<u32>
where
    T::Native: Into<i128>,
{
    let bits = |values: &[T::Native]| {
        let (mut used, mut excess) = (0, 0);
        for value in values {
            let value: i128 = (*value).into();
            let (low, high) = (value as i64, (value >> 64) as i64);
            // All ones below zero.
            let sign = low >> 63;
            used |= low ^ sign;
            excess |= high ^ sign;
        }
        match excess {
            0 => 64 - used.leading_zeros(),
            _ => u32::from(u8::MAX),
        }
    };
    Ok(match side::<T>(column)? {
        Side::Rows(values) => bits(values),
        Side::One(value) => bits(&[value]),
    })
}

/// The product, by one machine multiplication where both factors fit 64 bits.
#[inline]
fn multiply(left: i128, right: i128) -> Option<i128> {
    let (l, r) = (left as i64, right as i64);
    if i128::from(l) == left && i128::from(r) == right {
        Some(i128::from(l) * i128::from(r))
    } else {
        left.checked_mul(right)
    }
}

fn times(left: i128, right: i128) -> i256 {
    i256::from_i128(left).wrapping_mul(i256::from_i128(right))
}

fn narrowed(value: i256) -> Option<i128> {
    value.to_i128()
}

/// `value · 10^-shift` rounded half up; a negative shift multiplies.
fn rounded(value: i256, shift: i32) -> Option<i256> {
    if shift <= 0 {
        let factor = i256::from_i128(power_of_ten(shift.unsigned_abs()));
        return value.checked_mul(factor);
    }
    if let Some(value) = value.to_i128() {
        let divisor = power_of_ten(shift.unsigned_abs());
        return Some(i256::from_i128(divide_half_up(value, divisor)));
    }
    half_up(value, i256::from_i128(power_of_ten(shift.unsigned_abs())))
}

/// `left · 10^shift / right`, rounded half up.
fn divided(left: i128, right: i128, shift: i32) -> Option<i256> {
    let power = power_of_ten(shift.unsigned_abs());
    if shift < 0 {
        return half_up(i256::from_i128(left), times(right, power));
    }
    // 128 bits are enough for most rows, and much faster.
    if shift <= 38
        && let Some(numerator) = left.checked_mul(power)
        && right != i128::MIN
    {
        let quotient = divide_half_up(numerator, right.abs());
        return Some(i256::from_i128(if right < 0 {
            -quotient
        } else {
            quotient
        }));
    }
    let mut numerator = times(left, power);
    if shift > 38 {
        let more = power_of_ten(shift.unsigned_abs() - 38);
        numerator = numerator.checked_mul(i256::from_i128(more))?;
    }
    half_up(numerator, i256::from_i128(right))
}

fn half_up(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.checked_rem(divisor)?.wrapping_abs();
    let divisor_size = divisor.wrapping_abs();
    if rest >= divisor_size.wrapping_sub(rest) {
        let negative = (value < i256::ZERO) != (divisor < i256::ZERO);
        let one = if negative { i256::MINUS_ONE } else { i256::ONE };
        quotient.checked_add(one)
    } else {
        Some(quotient)
    }
}

/// `value · 10^-scale` in plain notation.
fn plain_text(value: i256, scale: i8) -> String {
    let text = value.to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.as_str()),
    };
    if scale <= 0 {
        return text;
    }
    let width = scale as usize;
    let digits = format!("{digits:0>least$}", least = width + 1);
    let (whole, fraction) = digits.split_at(digits.len() - width);
    format!("{sign}{whole}.{fraction}")
}

/// `div`: the quotient without its fraction, as BIGINT.
fn quotient<L, R>(
    left: Digits,
    right: Digits,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column>
where
    L: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
    L::Native: Into<i128>,
    R::Native: Into<i128>,
{
    let scale = left.1.max(right.1);
    let factor = |side: Digits| power_of_ten(u32::from((scale - side.1).unsigned_abs()));
    let (fl, fr) = (factor(left), factor(right));
    binary::<L, R, Int64Type>(
        sides,
        rows,
        &DataType::Long,
        mode == FailureMode::Raise,
        |l, r| {
            let (l, r): (i128, i128) = (l.into(), r.into());
            if r == 0 {
                return (0, true);
            }
            let value = match (l.checked_mul(fl), r.checked_mul(fr)) {
                (Some(l), Some(r)) => Some(l / r),
                _ => times(l, fl)
                    .checked_div(times(r, fr))
                    .and_then(|v| v.to_i128()),
            };
            // Beyond BIGINT Java keeps the low 64 bits.
            (value.unwrap_or_default() as i64, false)
        },
        |_, _| zero_error(Operator::IntegralDivide),
    )
}

/// `-x` on a decimal column; decimals are symmetric, so nothing overflows.
pub fn negate(data_type: &DataType, column: &Column) -> Result<Column> {
    let none = "a decimal's sign cannot overflow";
    if digits(data_type)?.0 <= 18 {
        unary::<Decimal64Type>(
            column,
            false,
            |v| (v.wrapping_neg(), false),
            |_| Error::internal(none),
        )
    } else {
        negate_wide(data_type, column, |_| true)
    }
}

/// Minus where `applies` says so. What rounding makes too long is an error in any mode, as it is in Spark.
fn negate_wide(
    data_type: &DataType,
    column: &Column,
    applies: impl Fn(i128) -> bool + Copy,
) -> Result<Column> {
    let (precision, scale) = digits(data_type)?;
    let limit = 10u128.pow(u32::from(precision));
    unary::<Decimal128Type>(
        column,
        true,
        |v| {
            if !applies(v) {
                return (v, false);
            }
            let negated = rounded_to_34_digits(v).wrapping_neg();
            (negated, negated.unsigned_abs() >= limit)
        },
        |v| {
            let rounded = rounded_to_34_digits(v).wrapping_neg().to_string();
            Error::new(
                &NUMERIC_VALUE_OUT_OF_RANGE_WITHOUT_SUGGESTION,
                [
                    ("originalValue", v.wrapping_neg().to_string()),
                    ("roundedValue", rounded),
                    ("precision", precision.to_string()),
                    ("scale", scale.to_string()),
                ],
            )
        },
    )
}

/// Spark's unary minus computes in the 34 digits of IEEE decimal128, ties to even.
fn rounded_to_34_digits(unscaled: i128) -> i128 {
    const LIMIT: u128 = 10u128.pow(34);
    let mut unit = 1i128;
    while unscaled.unsigned_abs() / unit.unsigned_abs() >= LIMIT {
        unit *= 10;
    }
    let (quotient, rest) = (unscaled / unit, unscaled % unit);
    let twice = rest.unsigned_abs() * 2;
    let up = twice > unit.unsigned_abs() || (twice == unit.unsigned_abs() && quotient % 2 != 0);
    (quotient + if up && unit > 1 { unscaled.signum() } else { 0 }) * unit
}

/// `abs(x)` on a decimal column.
pub fn absolute(data_type: &DataType, column: &Column) -> Result<Column> {
    let none = "a decimal's sign cannot overflow";
    if digits(data_type)?.0 <= 18 {
        unary::<Decimal64Type>(
            column,
            false,
            |v| (v.wrapping_abs(), false),
            |_| Error::internal(none),
        )
    } else {
        negate_wide(data_type, column, i128::is_negative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::value::{array_to_value, value_to_array};
    use crate::types::coercion::decimal::result_type;
    use crate::types::{Decimal, Value};

    fn run(op: Operator, left: (i128, u8, i8), right: (i128, u8, i8)) -> Result<String> {
        let column = |(unscaled, precision, scale): (i128, u8, i8)| {
            let data_type = DataType::decimal(precision, scale);
            let value = Value::Decimal(Decimal {
                unscaled,
                precision,
                scale,
            });
            (
                Column::Constant(value_to_array(&value, &data_type).unwrap()),
                data_type,
            )
        };
        let (l, lt) = column(left);
        let (r, rt) = column(right);
        let returns = result_type(op, (left.1, left.2), (right.1, right.2), true);
        let out = decimal(op, (&lt, &rt), &returns, (&l, &r), 1, FailureMode::Raise)?;
        match array_to_value(out.values(), 0, &returns)? {
            Value::Decimal(value) => Ok(value.to_string()),
            other => Ok(format!("{other:?}")),
        }
    }

    #[test]
    fn results_have_the_digits_of_spark() {
        assert_eq!(run(Operator::Add, (150, 3, 2), (25, 2, 1)).unwrap(), "4.00");
        assert_eq!(
            run(Operator::Multiply, (12345, 15, 2), (-99, 16, 2)).unwrap(),
            "-122.2155"
        );
        assert_eq!(
            run(Operator::Divide, (1, 38, 0), (3, 1, 0)).unwrap(),
            "0.333333"
        );
        assert_eq!(
            run(Operator::Divide, (-2, 1, 0), (3, 1, 0)).unwrap(),
            "-0.666667"
        );
        // In 64 bits: halves round away from zero, whatever the signs.
        for (left, right, quotient) in [
            (1, 64, "0.015625"),
            (1, 128, "0.007813"),
            (-1, 128, "-0.007813"),
            (1, -128, "-0.007813"),
            (-1, -128, "0.007813"),
            (9_999_999, 999, "10010.009009"),
        ] {
            let found = run(Operator::Divide, (left, 7, 0), (right, 3, 0)).unwrap();
            assert_eq!(found, quotient, "{left} / {right}");
        }
        // One digit more than 64 bits allow on the way.
        assert_eq!(
            run(Operator::Divide, (999_999_999_999, 12, 0), (7, 3, 0)).unwrap(),
            "142857142857.000000"
        );
        assert_eq!(
            run(Operator::Remainder, (-550, 3, 2), (3, 1, 0)).unwrap(),
            "-2.50"
        );
        assert_eq!(
            run(Operator::PositiveRemainder, (-550, 3, 2), (3, 1, 0)).unwrap(),
            "0.50"
        );
        let largest = 10i128.pow(38) - 1;
        let error = run(Operator::Add, (largest, 38, 0), (1, 1, 0)).unwrap_err();
        assert_eq!(
            error.parameter("value"),
            Some("100000000000000000000000000000000000000")
        );
        assert_eq!(
            run(Operator::Divide, (1, 1, 0), (0, 1, 0))
                .unwrap_err()
                .condition()
                .name,
            "DIVIDE_BY_ZERO"
        );
    }
}
