//! The conditions of casts that fail, and values as they are shown in them.

use super::to_text::text_writer;
use crate::error::{Error, Result, conditions, quote};
use crate::kernel::time_zone::TimeZone;
use crate::types::{DataType, coercion};
use arrow::array::{Array, ArrayRef};

const ANSI: &str = "spark.sql.ansi.enabled";

/// What happens to a value that cannot be cast.
#[derive(Clone)]
pub(super) struct Failure {
    from: DataType,
    to: DataType,
    /// Whether it raises; else it is NULL.
    pub(super) raises: bool,
    /// For timestamps in messages.
    zone: TimeZone,
}

impl Failure {
    pub(super) fn new(from: &DataType, to: &DataType, raises: bool, zone: &TimeZone) -> Failure {
        Failure {
            from: from.clone(),
            to: to.clone(),
            raises,
            zone: zone.clone(),
        }
    }

    /// `CAST_OVERFLOW`, or the condition of decimals where the target is one.
    #[cold]
    pub(super) fn overflow(&self, array: &ArrayRef, row: usize) -> Error {
        if let DataType::Decimal { precision, scale } = &self.to {
            let mut value = String::new();
            if let Ok(write) = text_writer(array.as_ref(), &self.from, &self.zone) {
                write(row, &mut value);
            }
            return decimal_overflow(&value, *precision, *scale);
        }
        Error::new(
            &conditions::CAST_OVERFLOW,
            [
                ("value", self.literal(array, row)),
                ("sourceType", quote::sql_type(&self.from)),
                ("targetType", quote::sql_type(&self.to)),
                ("ansiConfig", quote::config(ANSI)),
            ],
        )
    }

    /// `CAST_INVALID_INPUT`.
    #[cold]
    pub(super) fn invalid(&self, array: &ArrayRef, row: usize) -> Error {
        Error::new(
            &conditions::CAST_INVALID_INPUT,
            [
                ("expression", self.literal(array, row)),
                ("sourceType", quote::sql_type(&self.from)),
                ("targetType", quote::sql_type(&self.to)),
                ("ansiConfig", quote::config(ANSI)),
            ],
        )
    }

    fn literal(&self, array: &ArrayRef, row: usize) -> String {
        sql_literal(array.as_ref(), row, &self.from, &self.zone).unwrap_or_default()
    }
}

/// `NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION`: a number that a decimal type cannot hold.
#[cold]
pub fn decimal_overflow(value: &str, precision: u8, scale: i8) -> Error {
    Error::new(
        &conditions::NUMERIC_VALUE_OUT_OF_RANGE_WITH_SUGGESTION,
        [
            ("value", value.to_string()),
            ("precision", precision.to_string()),
            ("scale", scale.to_string()),
            ("config", quote::config(ANSI)),
        ],
    )
}

/// A value as Spark shows it in errors: `'abc'`, `3000000000L`, `1.5D`, `DATE '2020-01-01'`.
pub fn sql_literal(
    array: &dyn Array,
    row: usize,
    data_type: &DataType,
    zone: &TimeZone,
) -> Result<String> {
    if array.is_null(row) {
        return Ok("NULL".into());
    }
    let mut text = String::new();
    text_writer(array, data_type, zone)?(row, &mut text);
    Ok(match data_type {
        DataType::Byte => text + "Y",
        DataType::Short => text + "S",
        DataType::Long => text + "L",
        DataType::Decimal { .. } => text + "BD",
        DataType::Double if text.ends_with(|c: char| c.is_ascii_digit()) => text + "D",
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        DataType::Date => format!("DATE '{text}'"),
        DataType::Timestamp => format!("TIMESTAMP '{text}'"),
        DataType::TimestampNtz => format!("TIMESTAMP_NTZ '{text}'"),
        _ => text,
    })
}

/// The error of a cast that does not exist in the mode; `sql` is the whole cast as Spark prints it.
/// `try_cast` never suggests turning ANSI mode off, so it passes `ansi` only to say which casts exist.
pub fn not_castable(from: &DataType, to: &DataType, ansi: bool, is_try: bool, sql: &str) -> Error {
    let common = [
        ("sqlExpr", quote::sql_expression(sql)),
        ("srcType", quote::sql_type(from)),
        ("targetType", quote::sql_type(to)),
    ];
    let [expression, source, target] = common;
    let function = match (from, to) {
        (_, DataType::Date) if from.is_numeric() => Some("DATE_FROM_UNIX_DATE"),
        (DataType::Date, _) if to.is_numeric() => Some("UNIX_DATE"),
        _ => None,
    };
    if ansi && let Some(function) = function {
        return Error::new(
            &conditions::DATATYPE_MISMATCH_CAST_WITH_FUNC_SUGGESTION,
            [
                expression,
                source,
                target,
                ("functionNames", quote::identifier(function)),
            ],
        );
    }
    if ansi && !is_try && coercion::can_cast(from, to, false) {
        return Error::new(
            &conditions::DATATYPE_MISMATCH_CAST_WITH_CONF_SUGGESTION,
            [
                expression,
                source,
                target,
                ("config", quote::config(ANSI)),
                ("configVal", "'false'".to_string()),
            ],
        );
    }
    Error::new(
        &conditions::DATATYPE_MISMATCH_CAST_WITHOUT_SUGGESTION,
        [expression, source, target],
    )
}
