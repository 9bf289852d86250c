//! Which casts exist at all, which are safe, and which may give NULL for a value.

use super::is_atomic;
use crate::types::DataType;

/// Whether `CAST(from AS to)` exists in the mode.
pub fn can_cast(from: &DataType, to: &DataType, ansi: bool) -> bool {
    use DataType::*;
    match (from, to) {
        _ if from == to => true,
        (Null, _) | (_, String | Char(_) | Varchar(_)) => true,
        (String | Char(_) | Varchar(_), _) => match to {
            Binary | Boolean | CalendarInterval => true,
            _ => to.is_numeric() || to.is_datetime() || to.is_ansi_interval(),
        },
        (Byte | Short | Integer | Long, Binary) => !ansi,
        (_, Boolean) if from.is_numeric() => true,
        (_, Timestamp) if from.is_numeric() => true,
        (Timestamp, _) if to.is_numeric() => true,
        (Boolean, Timestamp) | (Timestamp, Boolean) => !ansi,
        (Date, Boolean) => !ansi,
        (Date, _) if to.is_numeric() => !ansi,
        _ if from.is_datetime() && to.is_datetime() => true,
        (Boolean, _) if to.is_numeric() => true,
        _ if from.is_numeric() && to.is_numeric() => true,
        (YearMonthInterval { .. }, YearMonthInterval { .. }) => true,
        (DayTimeInterval { .. }, DayTimeInterval { .. }) => true,
        _ if from.is_ansi_interval() => to.is_integral() || to.is_decimal(),
        _ if to.is_ansi_interval() => from.is_integral() || from.is_decimal(),
        (
            Array {
                element: e,
                contains_null: n,
            },
            Array {
                element: f,
                contains_null: m,
            },
        ) => can_cast(e, f, ansi) && keeps_nullability(*n || fails_to_null(e, f, ansi), *m),
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
            can_cast(k, l, ansi)
                && !fails_to_null(k, l, ansi)
                && can_cast(v, w, ansi)
                && keeps_nullability(*n || fails_to_null(v, w, ansi), *m)
        }
        (Struct(x), Struct(y)) => {
            x.len() == y.len()
                && x.iter().zip(y.iter()).all(|(f, g)| {
                    let null = f.nullable || fails_to_null(&f.data_type, &g.data_type, ansi);
                    can_cast(&f.data_type, &g.data_type, ansi)
                        && keeps_nullability(null, g.nullable)
                })
        }
        _ => false,
    }
}

/// Whether the cast never loses anything, so that Spark accepts it where an up-cast is asked for.
pub fn can_up_cast(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        _ if from == to => true,
        (_, Decimal { .. }) if from.is_integral() => super::decimal::holds(to, from),
        (
            Decimal {
                precision: p,
                scale: s,
            },
            Decimal {
                precision: q,
                scale: t,
            },
        ) => t >= s && i32::from(*q) - i32::from(*t) >= i32::from(*p) - i32::from(*s),
        (Decimal { .. }, Float | Double) => false,
        _ if from.is_numeric() && to.is_numeric() && !from.is_decimal() && !to.is_decimal() => {
            super::wider_number(from, to, false) == *to
        }
        (Date, Timestamp | TimestampNtz) => true,
        (Timestamp, TimestampNtz) | (TimestampNtz, Timestamp) => true,
        (CalendarInterval, String) => true,
        (_, String) => is_atomic(from),
        (Null, _) => true,
        (
            Array {
                element: e,
                contains_null: n,
            },
            Array {
                element: f,
                contains_null: m,
            },
        ) => keeps_nullability(*n, *m) && can_up_cast(e, f),
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
        ) => keeps_nullability(*n, *m) && can_up_cast(k, l) && can_up_cast(v, w),
        (Struct(x), Struct(y)) => {
            x.len() == y.len()
                && x.iter().zip(y.iter()).all(|(f, g)| {
                    keeps_nullability(f.nullable, g.nullable)
                        && can_up_cast(&f.data_type, &g.data_type)
                })
        }
        (DayTimeInterval { .. }, DayTimeInterval { .. }) => true,
        (YearMonthInterval { .. }, YearMonthInterval { .. }) => true,
        _ => false,
    }
}

/// Whether ANSI store assignment takes a value of `from` for a column of `to`; implicit casts in ANSI mode
/// follow it.
pub fn can_store_assign(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        _ if from == to => true,
        (Null, _) => true,
        _ if from.is_numeric() && to.is_numeric() => true,
        (CalendarInterval, String | Char(_) | Varchar(_)) => true,
        (_, String | Char(_) | Varchar(_)) => is_atomic(from),
        _ if from.is_datetime() && to.is_datetime() => true,
        (DayTimeInterval { .. }, DayTimeInterval { .. }) => true,
        (YearMonthInterval { .. }, YearMonthInterval { .. }) => true,
        (
            Array {
                element: e,
                contains_null: n,
            },
            Array {
                element: f,
                contains_null: m,
            },
        ) => keeps_nullability(*n, *m) && can_store_assign(e, f),
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
        ) => keeps_nullability(*n, *m) && can_store_assign(k, l) && can_store_assign(v, w),
        (Struct(x), Struct(y)) => {
            x.len() == y.len()
                && x.iter().zip(y.iter()).all(|(f, g)| {
                    keeps_nullability(f.nullable, g.nullable)
                        && can_store_assign(&f.data_type, &g.data_type)
                })
        }
        _ => false,
    }
}

/// Whether a cast with ANSI mode off can give NULL for a value that is not NULL.
pub fn forces_nullable(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        _ if from == to => false,
        (Null, _) => true,
        (String | Char(_) | Varchar(_), Binary) => false,
        (String | Char(_) | Varchar(_), _) => !to.is_string(),
        (_, String | Char(_) | Varchar(_)) => false,
        (Timestamp, Byte | Short | Integer) => true,
        (Float | Double, Timestamp) => true,
        (Timestamp, Date) => false,
        (_, Date) => from.is_numeric(),
        (Date, _) if to.is_numeric() || *to == Boolean => true,
        (_, CalendarInterval) => true,
        (_, Decimal { .. }) => !can_up_cast(from, to),
        _ => false,
    }
}

/// [`forces_nullable`] where the mode lets casts fail silently.
fn fails_to_null(from: &DataType, to: &DataType, ansi: bool) -> bool {
    !ansi && forces_nullable(from, to)
}

fn keeps_nullability(from: bool, to: bool) -> bool {
    !from || to
}
