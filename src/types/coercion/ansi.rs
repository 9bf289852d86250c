//! Coercion in ANSI mode: a value only ever becomes one of a wider type, and strings become what they
//! stand beside.

use super::{Expected, can_store_assign, is_atomic};
use crate::types::DataType;

/// A string beside another atomic type becomes that type; beside a number the widest of its kind.
pub(super) fn promote_string(a: &DataType, b: &DataType) -> Option<DataType> {
    let other = match (a.is_string(), b.is_string()) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    match other {
        _ if other.is_integral() => Some(DataType::Long),
        _ if other.is_fractional() => Some(DataType::Double),
        // '1' could be any kind of interval.
        _ if other.is_ansi_interval() => None,
        _ if is_atomic(other) => Some(other.clone()),
        _ => None,
    }
}

/// The implicit cast of a type that `expected` does not accept as it is (nor is VOID).
pub(super) fn implicit_cast(from: &DataType, expected: &Expected) -> Option<DataType> {
    match expected {
        Expected::Exact(to) if from.is_string() && is_atomic(to) => Some(to.clone()),
        Expected::Exact(to) => can_store_assign(from, to).then(|| to.clone()),
        Expected::Numeric if from.is_string() => Some(DataType::Double),
        Expected::Decimal if from.is_string() => Some(DataType::DECIMAL_SYSTEM_DEFAULT),
        Expected::Decimal if from.is_numeric() => Some(super::decimal::for_type(from)),
        Expected::AnyTimestamp if from.is_string() || *from == DataType::Date => {
            Some(DataType::Timestamp)
        }
        _ => None,
    }
}
