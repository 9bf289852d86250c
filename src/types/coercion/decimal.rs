//! Precision and scale of decimal results, after Hive and SQL Server.
//!
//! Every rule first gives the exact precision and scale, which may pass 38 digits; then it is bounded in
//! one of two ways, by `spark.sql.decimalOperations.allowPrecisionLoss`: on, digits behind the point give
//! way (but at least 6 stay) to those before it; off, both are simply cut at 38.

use crate::types::DataType;

/// Most digits of a decimal.
pub const MAX_PRECISION: u8 = 38;
/// Digits behind the point that an adjusted result keeps.
const MINIMUM_ADJUSTED_SCALE: i32 = 6;

/// An arithmetic operator, for its decimal result type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%` and `mod`
    Remainder,
    /// `pmod`
    PositiveRemainder,
    /// `div`: the quotient before it becomes a BIGINT
    IntegralDivide,
}

/// The precision and scale that have room for every sum, difference or product, which may be more than a type can have.
/// None for other operators.
pub fn exact_digits(op: Operator, left: (u8, i8), right: (u8, i8)) -> Option<(i32, i32)> {
    let (p1, s1) = (i32::from(left.0), i32::from(left.1));
    let (p2, s2) = (i32::from(right.0), i32::from(right.1));
    match op {
        Operator::Add | Operator::Subtract => {
            let scale = s1.max(s2);
            Some(((p1 - s1).max(p2 - s2) + scale + 1, scale))
        }
        Operator::Multiply => Some((p1 + p2 + 1, s1 + s2)),
        _ => None,
    }
}

/// The decimal type that `left op right` has.
pub fn result_type(op: Operator, left: (u8, i8), right: (u8, i8), allow_loss: bool) -> DataType {
    let (p1, s1) = (i32::from(left.0), i32::from(left.1));
    let (p2, s2) = (i32::from(right.0), i32::from(right.1));
    let (precision, scale) = match (exact_digits(op, left, right), op) {
        (Some(digits), _) => digits,
        (None, Operator::Divide) if allow_loss => {
            let scale = MINIMUM_ADJUSTED_SCALE.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        (None, Operator::Divide) => {
            // Without loss Spark gives up digits on both sides of the point evenly.
            let mut whole = 38.min(p1 - s1 + s2);
            let mut fraction = 38.min(6.max(s1 + p2 + 1));
            let excess = whole + fraction - 38;
            if excess > 0 {
                fraction -= excess / 2 + 1;
                whole = 38 - fraction;
            }
            return bounded(whole + fraction, fraction);
        }
        (None, Operator::Remainder | Operator::PositiveRemainder) => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
        // The quotient of whole numbers.
        (None, _) => {
            let whole = p1 - s1 + s2;
            return bounded(if whole == 0 { 1 } else { whole }, 0);
        }
    };
    if allow_loss {
        adjusted(precision, scale)
    } else {
        bounded(precision, scale)
    }
}

/// Precision and scale, both cut at 38.
pub fn bounded(precision: i32, scale: i32) -> DataType {
    DataType::decimal(precision.clamp(1, 38) as u8, scale.min(38) as i8)
}

/// Over 38 digits, digits behind the point give way, down to 6 of them.
pub fn adjusted(precision: i32, scale: i32) -> DataType {
    if precision <= 38 {
        return bounded(precision, scale);
    }
    if scale < 0 {
        return DataType::decimal(38, scale as i8);
    }
    let whole = precision - scale;
    let minimum = scale.min(MINIMUM_ADJUSTED_SCALE);
    DataType::decimal(38, (38 - whole).max(minimum) as i8)
}

/// Over 38 digits, digits behind the point give way, down to none.
fn prefer_whole_digits(precision: i32, scale: i32) -> DataType {
    if precision <= 38 {
        return bounded(precision, scale);
    }
    DataType::decimal(38, (scale - (precision - 38)).max(0) as i8)
}

/// The decimal that holds every value of a number type: INT is DECIMAL(10, 0).
pub fn for_type(t: &DataType) -> DataType {
    match t {
        DataType::Byte => DataType::decimal(3, 0),
        DataType::Short => DataType::decimal(5, 0),
        DataType::Integer => DataType::decimal(10, 0),
        DataType::Long => DataType::decimal(20, 0),
        DataType::Float => DataType::decimal(14, 7),
        DataType::Double => DataType::decimal(30, 15),
        DataType::Decimal { .. } => t.clone(),
        _ => DataType::DECIMAL_SYSTEM_DEFAULT,
    }
}

/// The smallest decimal type for an integer literal: 100 is DECIMAL(3, 0).
pub fn for_literal(value: i64) -> DataType {
    let digits = value
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| log + 1);
    DataType::decimal(digits as u8, 0)
}

/// Whether every value of the integer type fits the decimal type.
pub fn holds(decimal: &DataType, integer: &DataType) -> bool {
    match (decimal, for_type(integer)) {
        (
            DataType::Decimal { precision, scale },
            DataType::Decimal {
                precision: digits, ..
            },
        ) => i32::from(*precision) - i32::from(*scale) >= i32::from(digits) && *scale >= 0,
        _ => false,
    }
}

/// The decimal type that holds both.
pub fn wider(left: (u8, i8), right: (u8, i8)) -> DataType {
    let (p1, s1) = (i32::from(left.0), i32::from(left.1));
    let (p2, s2) = (i32::from(right.0), i32::from(right.1));
    let scale = s1.max(s2);
    prefer_whole_digits((p1 - s1).max(p2 - s2) + scale, scale)
}

/// The meeting of a decimal with another number: decimal with integers, DOUBLE with floating point.
pub fn wider_with_decimal(a: &DataType, b: &DataType) -> Option<DataType> {
    if !(a.is_decimal() || b.is_decimal()) || !a.is_numeric() || !b.is_numeric() {
        return None;
    }
    let float = |t: &DataType| matches!(t, DataType::Float | DataType::Double);
    if float(a) || float(b) {
        return Some(DataType::Double);
    }
    match (for_type(a), for_type(b)) {
        (
            DataType::Decimal {
                precision: p1,
                scale: s1,
            },
            DataType::Decimal {
                precision: p2,
                scale: s2,
            },
        ) => Some(wider((p1, s1), (p2, s2))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_follow_spark() {
        let d = DataType::decimal;
        let loss = |op, a, b| result_type(op, a, b, true);
        assert_eq!(loss(Operator::Add, (10, 2), (5, 4)), d(13, 4));
        assert_eq!(loss(Operator::Multiply, (15, 2), (16, 2)), d(32, 4));
        assert_eq!(loss(Operator::Multiply, (38, 18), (38, 18)), d(38, 6));
        assert_eq!(loss(Operator::Divide, (10, 2), (5, 0)), d(16, 8));
        assert_eq!(loss(Operator::Divide, (38, 10), (38, 10)), d(38, 6));
        assert_eq!(
            result_type(Operator::Divide, (38, 10), (38, 10), false),
            d(38, 18)
        );
        assert_eq!(loss(Operator::Remainder, (10, 2), (5, 4)), d(5, 4));
        assert_eq!(wider((38, 10), (20, 20)), d(38, 10));
    }
}
