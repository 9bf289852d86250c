//! Coercion with ANSI mode off: what Spark 2 did, and Hive before it.

use super::{Expected, decimal, forces_nullable, is_atomic};
use crate::types::{DataType, StructField};

/// A string beside another atomic type makes both strings, except beside BINARY and BOOLEAN.
pub(super) fn promote_string(a: &DataType, b: &DataType) -> Option<DataType> {
    let other = match (a.is_string(), b.is_string()) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    let promotes = is_atomic(other) && !matches!(other, DataType::Binary | DataType::Boolean);
    promotes.then_some(DataType::String)
}

/// Whether a string stands in it: in arrays at any depth, not in structs or maps, as Spark has it.
pub(super) fn has_string(t: &DataType) -> bool {
    match t {
        DataType::Array { element, .. } => has_string(element),
        other => other.is_string(),
    }
}

/// The comparison of a string with another atomic type happens in the other type.
pub(super) fn comparison_type(a: &DataType, b: &DataType) -> Option<DataType> {
    let other = match (a.is_string(), b.is_string()) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    match other {
        DataType::Null => Some(DataType::String),
        DataType::Decimal { .. } => Some(DataType::Double),
        _ if other.is_ansi_interval() || !is_atomic(other) => None,
        _ => Some(other.clone()),
    }
}

/// The implicit cast of a type that `expected` does not accept as it is (nor is VOID).
pub(super) fn implicit_cast(from: &DataType, expected: &Expected) -> Option<DataType> {
    use DataType::*;
    match expected {
        Expected::Numeric if from.is_string() => Some(Double),
        Expected::Decimal if from.is_string() => Some(DataType::DECIMAL_SYSTEM_DEFAULT),
        Expected::Decimal if from.is_numeric() => Some(decimal::for_type(from)),
        Expected::AnyTimestamp if from.is_string() || from.is_datetime() => Some(Timestamp),
        Expected::Exact(to) => match to {
            _ if from.is_numeric() && to.is_numeric() => Some(to.clone()),
            _ if from.is_datetime() && to.is_datetime() => Some(to.clone()),
            _ if from.is_string() && (to.is_numeric() || to.is_datetime()) => Some(to.clone()),
            Binary if from.is_string() => Some(Binary),
            String if is_atomic(from) => Some(String),
            _ => nested(from, to),
        },
        _ => None,
    }
}

fn nested(from: &DataType, to: &DataType) -> Option<DataType> {
    use DataType::*;
    let inner = |from: &DataType, to: &DataType| {
        super::implicit_cast(from, &Expected::Exact(to.clone()), false)
    };
    match (from, to) {
        (
            Array {
                element: e,
                contains_null: n,
            },
            Array {
                element: f,
                contains_null: m,
            },
        ) if *m || (!*n && !forces_nullable(e, f)) => Some(DataType::array(inner(e, f)?, *m)),
        (
            Map {
                key: k,
                value: v,
                value_contains_null: n,
            },
            Map {
                key: l,
                value: w,
                value_contains_null: m,
            },
        ) if !forces_nullable(k, l) && (*m || (!*n && !forces_nullable(v, w))) => {
            Some(DataType::map(inner(k, l)?, inner(v, w)?, *m))
        }
        (Struct(x), Struct(y)) if x.len() == y.len() => {
            let fields: Option<Vec<StructField>> = (x.iter().zip(y.iter()))
                .map(|(f, g)| {
                    let data_type = inner(&f.data_type, &g.data_type)?;
                    Some(StructField::new(g.name.clone(), data_type, g.nullable))
                })
                .collect();
            fields.map(DataType::structure)
        }
        _ => None,
    }
}
