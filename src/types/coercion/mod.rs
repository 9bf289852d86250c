//! Implicit type coercion: which type two expressions meet at, and what an argument may silently become.
//!
//! Spark has two sets of rules and so have we. [`ansi`] (the default) only ever widens; [`legacy`], in
//! force when `spark.sql.ansi.enabled` is false, also turns numbers and dates into strings to bring two
//! sides together. [`decimal`] holds the precision rules, which both share. They live beside the types and
//! not in the analyzer, because functions settle their argument types with them.
//!
//! ```text
//!   common_type(INT, DECIMAL(5,2))  ─► tightest? no ─► decimal rule: DECIMAL(12,2)
//!   common_type(STRING, INT)        ─► tightest? no ─► decimal? no ─► strings: BIGINT (ANSI) | STRING (legacy)
//!   implicit_cast(STRING, Numeric)  ─► DOUBLE
//! ```
//!
//! Limits: no collations, so two strings always have the same type.

mod ansi;
mod castable;
pub mod decimal;
mod expected;
mod legacy;

pub use castable::{can_cast, can_store_assign, can_up_cast, forces_nullable};
pub use expected::Expected;

use super::{DataType, StructField};

/// The type two expressions meet at in set operations, CASE, `coalesce`, IN, `greatest` and the like
/// (Spark's `findWiderTypeForTwo`); `None` where they do not go together.
pub fn common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    tightest_common_type(a, b, ansi)
        .or_else(|| decimal::wider_with_decimal(a, b))
        .or_else(|| {
            if ansi {
                ansi::promote_string(a, b)
            } else {
                legacy::promote_string(a, b)
            }
        })
        .or_else(|| common_complex(a, b, &|a, b| common_type(a, b, ansi)))
}

/// [`common_type`] that never brings a string and another type together (set operations in legacy mode,
/// Spark's `findWiderTypeWithoutStringPromotion`).
pub fn common_type_without_strings(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    tightest_common_type(a, b, ansi)
        .or_else(|| decimal::wider_with_decimal(a, b))
        .or_else(|| common_complex(a, b, &|a, b| common_type_without_strings(a, b, ansi)))
}

/// The type that holds both without loss (Spark's `findTightestCommonType`), e.g. for arithmetic.
pub fn tightest_common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    use DataType::*;
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Null, other) | (other, Null) => Some(other.clone()),
        (Char(_) | Varchar(_) | String, Char(_) | Varchar(_) | String) => Some(String),
        (Decimal { .. }, _) if b.is_integral() && decimal::holds(a, b) => Some(a.clone()),
        (_, Decimal { .. }) if a.is_integral() && decimal::holds(b, a) => Some(b.clone()),
        (Decimal { .. }, _) | (_, Decimal { .. }) => None,
        _ if a.is_numeric() && b.is_numeric() => Some(wider_number(a, b, ansi)),
        _ if a.is_datetime() && b.is_datetime() => Some(wider_datetime(a, b)),
        (YearMonthInterval { start: s, end: e }, YearMonthInterval { start: t, end: f }) => {
            Some(YearMonthInterval {
                start: *s.min(t),
                end: *e.max(f),
            })
        }
        (DayTimeInterval { start: s, end: e }, DayTimeInterval { start: t, end: f }) => {
            Some(DayTimeInterval {
                start: *s.min(t),
                end: *e.max(f),
            })
        }
        _ => common_complex(a, b, &|a, b| tightest_common_type(a, b, ansi)),
    }
}

/// The type all of `types` meet at; VOID for none at all.
pub fn common_type_of(types: &[DataType], ansi: bool) -> Option<DataType> {
    let meet = |meet: DataType, next: &DataType| common_type(&meet, next, ansi);
    if ansi {
        return types.iter().try_fold(DataType::Null, meet);
    }
    // The legacy rule is not associative; Spark takes strings first, so that they win.
    let strings = types.iter().filter(|t| legacy::has_string(t));
    let others = types.iter().filter(|t| !legacy::has_string(t));
    strings.chain(others).try_fold(DataType::Null, meet)
}

/// The type that both sides of a comparison are cast to; `None` where they cannot be compared. Nested
/// types only meet where no element needs a lossy cast. (With ANSI mode off `=` and `<=>` also take a
/// boolean beside a number; they see to it themselves.)
pub fn comparison_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    let promote = if ansi {
        ansi::promote_string
    } else {
        legacy::comparison_type
    };
    (promote(a, b))
        .or_else(|| tightest_common_type(a, b, ansi))
        .or_else(|| decimal::wider_with_decimal(a, b))
}

/// Whether two types differ in nothing but the names of fields and nullability.
pub fn same_structure(a: &DataType, b: &DataType) -> bool {
    use DataType::*;
    match (a, b) {
        (Array { element: e, .. }, Array { element: f, .. }) => same_structure(e, f),
        (
            Map {
                key: k, value: v, ..
            },
            Map {
                key: l, value: w, ..
            },
        ) => same_structure(k, l) && same_structure(v, w),
        (Struct(x), Struct(y)) => {
            x.len() == y.len()
                && (x.iter().zip(y.iter())).all(|(f, g)| same_structure(&f.data_type, &g.data_type))
        }
        _ => a == b,
    }
}

/// The type an expression of type `from` is cast to where `expected` is wanted; `None` where no implicit
/// cast exists.
pub fn implicit_cast(from: &DataType, expected: &Expected, ansi: bool) -> Option<DataType> {
    if expected.accepts(from) {
        return Some(from.clone());
    }
    if let Expected::OneOf(choices) = expected {
        let mut casts = choices.iter();
        return casts.find_map(|choice| implicit_cast(from, choice, ansi));
    }
    if *from == DataType::Null {
        return Some(expected.default_type());
    }
    if ansi {
        ansi::implicit_cast(from, expected)
    } else {
        legacy::implicit_cast(from, expected)
    }
}

/// Numbers in the order in which they win over each other; decimals stand apart.
const PRECEDENCE: [DataType; 6] = [
    DataType::Byte,
    DataType::Short,
    DataType::Integer,
    DataType::Long,
    DataType::Float,
    DataType::Double,
];

fn wider_number(a: &DataType, b: &DataType, ansi: bool) -> DataType {
    let wider = PRECEDENCE.iter().rev().find(|t| *t == a || *t == b);
    let wider = wider.cloned().unwrap_or(DataType::Double);
    // An INT does not fit into a FLOAT without loss; ANSI takes DOUBLE instead.
    if ansi && wider == DataType::Float && (a.is_integral() || b.is_integral()) {
        return DataType::Double;
    }
    wider
}

fn wider_datetime(a: &DataType, b: &DataType) -> DataType {
    use DataType::*;
    match (a, b) {
        (Timestamp, _) | (_, Timestamp) => Timestamp,
        (TimestampNtz, _) | (_, TimestampNtz) => TimestampNtz,
        _ => Date,
    }
}

/// The meeting of two arrays, maps or structs, their insides meeting by `meet`.
fn common_complex(
    a: &DataType,
    b: &DataType,
    meet: &dyn Fn(&DataType, &DataType) -> Option<DataType>,
) -> Option<DataType> {
    use DataType::*;
    let nullable = |from: &DataType, to: &DataType| forces_nullable(from, to);
    match (a, b) {
        (
            Array {
                element: e,
                contains_null: n,
            },
            Array {
                element: f,
                contains_null: m,
            },
        ) => {
            let both = meet(e, f)?;
            let null = *n || *m || nullable(e, &both) || nullable(f, &both);
            Some(DataType::array(both, null))
        }
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
        ) => {
            let key = meet(k, l).filter(|key| !nullable(k, key) && !nullable(l, key))?;
            let value = meet(v, w)?;
            let null = *n || *m || nullable(v, &value) || nullable(w, &value);
            Some(DataType::map(key, value, null))
        }
        (Struct(x), Struct(y)) if x.len() == y.len() => {
            let fields: Option<Vec<StructField>> = (x.iter().zip(y.iter()))
                .map(|(f, g)| {
                    if !f.name.eq_ignore_ascii_case(&g.name) {
                        return None;
                    }
                    let both = meet(&f.data_type, &g.data_type)?;
                    let null = f.nullable
                        || g.nullable
                        || nullable(&f.data_type, &both)
                        || nullable(&g.data_type, &both);
                    Some(StructField::new(f.name.clone(), both, null))
                })
                .collect();
            fields.map(DataType::structure)
        }
        _ => None,
    }
}

/// Atomic in Spark's sense: neither VOID, nested nor the legacy interval.
fn is_atomic(t: &DataType) -> bool {
    t.is_atomic() && *t != DataType::CalendarInterval
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::*;

    fn both(a: DataType, b: DataType) -> [Option<DataType>; 2] {
        [common_type(&a, &b, true), common_type(&a, &b, false)]
    }

    #[test]
    fn numbers_and_strings_meet_by_mode() {
        assert_eq!(both(Integer, Long), [Some(Long), Some(Long)]);
        assert_eq!(both(Integer, Float), [Some(Double), Some(Float)]);
        assert_eq!(both(String, Integer), [Some(Long), Some(String)]);
        assert_eq!(both(String, Date), [Some(Date), Some(String)]);
        assert_eq!(both(String, Boolean), [Some(Boolean), None]);
        assert_eq!(both(Date, Timestamp), [Some(Timestamp), Some(Timestamp)]);
        assert_eq!(both(Integer, Date), [None, None]);
        let decimal = Some(DataType::decimal(12, 2));
        assert_eq!(
            both(Integer, DataType::decimal(5, 2)),
            [decimal.clone(), decimal]
        );
    }

    #[test]
    fn arguments_are_cast_to_what_is_expected() {
        assert_eq!(
            implicit_cast(&Integer, &Expected::STRING, true),
            Some(String)
        );
        assert_eq!(
            implicit_cast(&String, &Expected::Numeric, true),
            Some(Double)
        );
        assert_eq!(implicit_cast(&Double, &Expected::Integral, true), None);
        assert_eq!(implicit_cast(&Null, &Expected::Numeric, true), Some(Double));
        let choices = Expected::OneOf(&[Expected::STRING, Expected::BINARY]);
        assert_eq!(implicit_cast(&Integer, &choices, true), Some(String));
        assert_eq!(implicit_cast(&Binary, &choices, true), Some(Binary));
    }
}
