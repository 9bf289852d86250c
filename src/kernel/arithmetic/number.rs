//! Integers and floating point.

use super::{Operator, binary, unary};
use crate::error::{Error, Result, conditions, quote};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    ArrowNativeTypeOp, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};

const ANSI: &str = "spark.sql.ansi.enabled";

/// What an overflow or a division by zero does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureMode {
    /// It is an error (ANSI mode).
    Raise,
    /// Integers wrap around, division by zero is NULL (legacy mode).
    Wrap,
    /// NULL (the `try_` functions).
    Null,
}

/// `ARITHMETIC_OVERFLOW`; `alternative` names the function that gives NULL instead.
#[cold]
pub fn overflow_error(message: &str, alternative: Option<&str>) -> Error {
    let alternative = alternative.map_or(String::new(), |function| {
        format!(" Use '{function}' to tolerate overflow and return NULL instead.")
    });
    Error::new(
        &conditions::ARITHMETIC_OVERFLOW,
        [
            ("message", message.to_string()),
            ("alternative", alternative),
            ("config", quote::config(ANSI)),
        ],
    )
}

/// `DIVIDE_BY_ZERO`, or `REMAINDER_BY_ZERO` for the remainders.
#[cold]
pub(super) fn zero_error(op: Operator) -> Error {
    let condition = match op {
        Operator::Remainder | Operator::PositiveRemainder => &conditions::REMAINDER_BY_ZERO,
        _ => &conditions::DIVIDE_BY_ZERO,
    };
    Error::new(condition, [("config", quote::config(ANSI))])
}

/// The overflow of an integer operator; the small types show their operands.
#[cold]
fn integer_overflow(op: Operator, returns: &DataType, left: i64, right: i64) -> Error {
    let (symbol, function) = match op {
        Operator::Add => ("+", "try_add"),
        Operator::Subtract => ("-", "try_subtract"),
        Operator::Multiply => ("*", "try_multiply"),
        _ => return overflow_error("Overflow in integral divide", Some("try_divide")),
    };
    if !matches!(returns, DataType::Byte | DataType::Short) {
        return overflow_error("overflow", Some(function));
    }
    Error::new(
        &conditions::BINARY_ARITHMETIC_OVERFLOW,
        [
            ("value1", format!("{left}S")),
            ("symbol", symbol.to_string()),
            ("value2", format!("{right}S")),
            ("functionName", quote::identifier(function)),
        ],
    )
}

/// `+ - * %` on two columns of the same integer type.
pub fn integer(
    op: Operator,
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    match data_type {
        DataType::Byte => integer_of::<Int8Type>(op, data_type, sides, rows, mode),
        DataType::Short => integer_of::<Int16Type>(op, data_type, sides, rows, mode),
        DataType::Integer => integer_of::<Int32Type>(op, data_type, sides, rows, mode),
        DataType::Long => integer_of::<Int64Type>(op, data_type, sides, rows, mode),
        other => Err(Error::internal(format!("integer arithmetic on {other}"))),
    }
}

/// What the loops need of a machine integer.
trait MachineInteger: Copy + Into<i64> + PartialEq + Default {
    fn overflowing_add(self, other: Self) -> (Self, bool);
    fn overflowing_sub(self, other: Self) -> (Self, bool);
    fn overflowing_mul(self, other: Self) -> (Self, bool);
    fn wrapping_rem(self, other: Self) -> Self;
    fn overflowing_neg(self) -> (Self, bool);
    fn overflowing_abs(self) -> (Self, bool);
}

macro_rules! machine_integer {
    ($($native:ty),*) => {$(
        impl MachineInteger for $native {
            #[inline]
            fn overflowing_add(self, other: Self) -> (Self, bool) {
                // The flag that a processor has for it is none of a vector: the sign tells as well, where both sides
                // have another than the sum.
                let sum = self.wrapping_add(other);
                (sum, (self ^ sum) & (other ^ sum) < 0)
            }
            #[inline]
            fn overflowing_sub(self, other: Self) -> (Self, bool) {
                let rest = self.wrapping_sub(other);
                (rest, (self ^ other) & (self ^ rest) < 0)
            }
            #[inline]
            fn overflowing_mul(self, other: Self) -> (Self, bool) {
                <$native>::overflowing_mul(self, other)
            }
            #[inline]
            fn wrapping_rem(self, other: Self) -> Self {
                <$native>::wrapping_rem(self, other)
            }
            #[inline]
            fn overflowing_neg(self) -> (Self, bool) {
                <$native>::overflowing_neg(self)
            }
            #[inline]
            fn overflowing_abs(self) -> (Self, bool) {
                <$native>::overflowing_abs(self)
            }
        }
    )*};
}

machine_integer!(i8, i16, i32, i64);

fn integer_of<T>(
    op: Operator,
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: MachineInteger,
{
    let raises = mode == FailureMode::Raise;
    let checks = mode != FailureMode::Wrap;
    let overflow = |l: T::Native, r: T::Native| integer_overflow(op, data_type, l.into(), r.into());
    let zero = T::Native::default();
    match op {
        Operator::Add => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| {
                let (value, bad) = MachineInteger::overflowing_add(l, r);
                (value, bad & checks)
            },
            overflow,
        ),
        Operator::Subtract => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| {
                let (value, bad) = MachineInteger::overflowing_sub(l, r);
                (value, bad & checks)
            },
            overflow,
        ),
        Operator::Multiply => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| {
                let (value, bad) = MachineInteger::overflowing_mul(l, r);
                (value, bad & checks)
            },
            overflow,
        ),
        Operator::Remainder => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| match r == zero {
                true => (zero, true),
                false => (MachineInteger::wrapping_rem(l, r), false),
            },
            |_, _| zero_error(op),
        ),
        Operator::Divide | Operator::IntegralDivide | Operator::PositiveRemainder => Err(
            Error::internal(format!("{op:?} among the integer operators")),
        ),
    }
}

/// `div` on two BIGINT columns.
pub fn integral_divide(
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    let checks = mode != FailureMode::Wrap;
    binary::<Int64Type, Int64Type, Int64Type>(
        sides,
        rows,
        &DataType::Long,
        mode == FailureMode::Raise,
        |l, r| match r {
            0 => (0, true),
            r => {
                let (value, bad) = l.overflowing_div(r);
                (value, bad & checks)
            }
        },
        |l, r| match r {
            0 => zero_error(Operator::IntegralDivide),
            r => integer_overflow(Operator::IntegralDivide, &DataType::Long, l, r),
        },
    )
}

/// `pmod` on two columns of one integer or floating point type: the remainder, made positive by the divisor.
pub fn positive_remainder(
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    match data_type {
        DataType::Byte => pmod_of::<Int8Type>(data_type, sides, rows, mode),
        DataType::Short => pmod_of::<Int16Type>(data_type, sides, rows, mode),
        DataType::Integer => pmod_of::<Int32Type>(data_type, sides, rows, mode),
        DataType::Long => pmod_of::<Int64Type>(data_type, sides, rows, mode),
        DataType::Float => pmod_of::<Float32Type>(data_type, sides, rows, mode),
        DataType::Double => pmod_of::<Float64Type>(data_type, sides, rows, mode),
        other => Err(Error::internal(format!("pmod on {other}"))),
    }
}

fn pmod_of<T>(
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp,
{
    let zero = T::Native::ZERO;
    binary::<T, T, T>(
        sides,
        rows,
        data_type,
        mode == FailureMode::Raise,
        |l, r| {
            if r.is_eq(zero) || r.is_zero() {
                return (zero, true);
            }
            let rest = l.mod_wrapping(r);
            if rest.is_lt(zero) && !rest.is_zero() {
                (rest.add_wrapping(r).mod_wrapping(r), false)
            } else {
                (rest, false)
            }
        },
        |_, _| zero_error(Operator::PositiveRemainder),
    )
}

/// `+ - * / %` on two columns of the same floating point type.
pub fn floating(
    op: Operator,
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column> {
    match data_type {
        DataType::Float => floating_of::<Float32Type>(op, data_type, sides, rows, mode),
        DataType::Double => floating_of::<Float64Type>(op, data_type, sides, rows, mode),
        other => Err(Error::internal(format!(
            "floating point arithmetic on {other}"
        ))),
    }
}

fn floating_of<T>(
    op: Operator,
    data_type: &DataType,
    sides: (&Column, &Column),
    rows: usize,
    mode: FailureMode,
) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp,
{
    let raises = mode == FailureMode::Raise;
    let error = |_, _| zero_error(op);
    match op {
        Operator::Add => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| (l.add_wrapping(r), false),
            error,
        ),
        Operator::Subtract => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| (l.sub_wrapping(r), false),
            error,
        ),
        Operator::Multiply => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| (l.mul_wrapping(r), false),
            error,
        ),
        // Unlike in IEEE arithmetic, a zero divisor is an error or NULL, also a negative one.
        Operator::Divide => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| (l.div_wrapping(r), is_zero::<T>(r)),
            error,
        ),
        Operator::Remainder => binary::<T, T, T>(
            sides,
            rows,
            data_type,
            raises,
            |l, r| (l.mod_wrapping(r), is_zero::<T>(r)),
            error,
        ),
        Operator::IntegralDivide | Operator::PositiveRemainder => Err(Error::internal(format!(
            "{op:?} among the floating point operators"
        ))),
    }
}

/// Zero of either sign.
#[inline]
fn is_zero<T: ArrowPrimitiveType>(value: T::Native) -> bool
where
    T::Native: ArrowNativeTypeOp,
{
    value.is_zero() || value.is_eq(T::Native::ZERO.neg_wrapping())
}

/// `-x` on an integer or floating point column.
pub fn negate(data_type: &DataType, column: &Column, mode: FailureMode) -> Result<Column> {
    match data_type {
        DataType::Byte => sign_of::<Int8Type>(column, mode, false),
        DataType::Short => sign_of::<Int16Type>(column, mode, false),
        DataType::Integer => sign_of::<Int32Type>(column, mode, false),
        DataType::Long => sign_of::<Int64Type>(column, mode, false),
        DataType::Float => unary::<Float32Type>(column, false, |v| (-v, false), no_error),
        DataType::Double => unary::<Float64Type>(column, false, |v| (-v, false), no_error),
        other => Err(Error::internal(format!("negation of {other}"))),
    }
}

/// `abs(x)` on an integer or floating point column.
pub fn absolute(data_type: &DataType, column: &Column, mode: FailureMode) -> Result<Column> {
    match data_type {
        DataType::Byte => sign_of::<Int8Type>(column, mode, true),
        DataType::Short => sign_of::<Int16Type>(column, mode, true),
        DataType::Integer => sign_of::<Int32Type>(column, mode, true),
        DataType::Long => sign_of::<Int64Type>(column, mode, true),
        DataType::Float => unary::<Float32Type>(column, false, |v| (v.abs(), false), no_error),
        DataType::Double => unary::<Float64Type>(column, false, |v| (v.abs(), false), no_error),
        other => Err(Error::internal(format!("absolute value of {other}"))),
    }
}

fn no_error<T>(_: T) -> Error {
    Error::internal("a sign cannot overflow in floating point")
}

fn sign_of<T>(column: &Column, mode: FailureMode, absolute: bool) -> Result<Column>
where
    T: ArrowPrimitiveType,
    T::Native: MachineInteger,
{
    let checks = mode != FailureMode::Wrap;
    unary::<T>(
        column,
        mode == FailureMode::Raise,
        |value| {
            let (out, bad) = if absolute {
                MachineInteger::overflowing_abs(value)
            } else {
                MachineInteger::overflowing_neg(value)
            };
            (out, bad & checks)
        },
        |_| overflow_error("overflow", None),
    )
}
