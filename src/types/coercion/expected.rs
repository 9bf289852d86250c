//! What a function wants of an argument: a type, or a class of types.

use crate::types::DataType;

/// The types a parameter takes. Constants for the usual exact types: [`Expected::STRING`] ….
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// This type; others are cast to it where the mode allows.
    Exact(DataType),
    /// Any number.
    Numeric,
    /// TINYINT to BIGINT.
    Integral,
    /// FLOAT, DOUBLE or DECIMAL.
    Fractional,
    /// DECIMAL of any precision.
    Decimal,
    /// TIMESTAMP or TIMESTAMP_NTZ.
    AnyTimestamp,
    /// INTERVAL YEAR TO MONTH of any fields.
    YearMonthInterval,
    /// INTERVAL DAY TO SECOND of any fields.
    DayTimeInterval,
    /// Any array.
    Array,
    /// An array of such elements, which are never cast.
    ArrayOf(&'static Expected),
    /// Any map.
    Map,
    /// Any struct.
    Struct,
    /// Any type that can be ordered.
    Orderable,
    /// Any type.
    Any,
    /// The first of these that accepts the argument, else the first it can be cast to.
    OneOf(&'static [Expected]),
}

impl Expected {
    /// STRING
    pub const STRING: Expected = Expected::Exact(DataType::String);
    /// BINARY
    pub const BINARY: Expected = Expected::Exact(DataType::Binary);
    /// BOOLEAN
    pub const BOOLEAN: Expected = Expected::Exact(DataType::Boolean);
    /// INT
    pub const INT: Expected = Expected::Exact(DataType::Integer);
    /// BIGINT
    pub const BIGINT: Expected = Expected::Exact(DataType::Long);
    /// DOUBLE
    pub const DOUBLE: Expected = Expected::Exact(DataType::Double);
    /// DATE
    pub const DATE: Expected = Expected::Exact(DataType::Date);
    /// TIMESTAMP
    pub const TIMESTAMP: Expected = Expected::Exact(DataType::Timestamp);
    /// TIMESTAMP_NTZ
    pub const TIMESTAMP_NTZ: Expected = Expected::Exact(DataType::TimestampNtz);
    /// The legacy INTERVAL
    pub const CALENDAR_INTERVAL: Expected = Expected::Exact(DataType::CalendarInterval);
    /// STRING, else BINARY
    pub const STRING_OR_BINARY: Expected = Expected::OneOf(&[Expected::STRING, Expected::BINARY]);
    /// DATE, TIMESTAMP or TIMESTAMP_NTZ
    pub const DATETIME: Expected = Expected::OneOf(&[Expected::DATE, Expected::AnyTimestamp]);
    /// Numbers and every interval: what `sum`, unary minus and `abs` take.
    pub const NUMERIC_OR_INTERVAL: Expected = Expected::OneOf(&[
        Expected::Numeric,
        Expected::DayTimeInterval,
        Expected::YearMonthInterval,
        Expected::CALENDAR_INTERVAL,
    ]);

    /// Whether an argument of this type is taken as it is.
    pub fn accepts(&self, t: &DataType) -> bool {
        match self {
            Expected::Exact(to) => to.same_type(t) || (to.is_string() && t.is_string()),
            Expected::Numeric => t.is_numeric(),
            Expected::Integral => t.is_integral(),
            Expected::Fractional => t.is_fractional(),
            Expected::Decimal => t.is_decimal(),
            Expected::AnyTimestamp => matches!(t, DataType::Timestamp | DataType::TimestampNtz),
            Expected::YearMonthInterval => matches!(t, DataType::YearMonthInterval { .. }),
            Expected::DayTimeInterval => matches!(t, DataType::DayTimeInterval { .. }),
            Expected::Array => matches!(t, DataType::Array { .. }),
            Expected::ArrayOf(inner) => {
                matches!(t, DataType::Array { element, .. } if inner.accepts(element))
            }
            Expected::Map => matches!(t, DataType::Map { .. }),
            Expected::Struct => matches!(t, DataType::Struct(_)),
            Expected::Orderable => t.is_orderable(),
            Expected::Any => true,
            Expected::OneOf(choices) => choices.iter().any(|choice| choice.accepts(t)),
        }
    }

    /// The type that a bare NULL becomes.
    pub fn default_type(&self) -> DataType {
        match self {
            Expected::Exact(to) => to.clone(),
            Expected::Numeric | Expected::Fractional => DataType::Double,
            Expected::Integral => DataType::Integer,
            Expected::Decimal => DataType::DECIMAL_SYSTEM_DEFAULT,
            Expected::AnyTimestamp => DataType::Timestamp,
            Expected::YearMonthInterval => DataType::YEAR_MONTH,
            Expected::DayTimeInterval => DataType::DAY_TIME,
            Expected::Array => DataType::array(DataType::Null, true),
            Expected::ArrayOf(inner) => DataType::array(inner.default_type(), true),
            Expected::Map => DataType::map(DataType::Null, DataType::Null, true),
            Expected::Struct => DataType::structure([]),
            Expected::Orderable | Expected::Any => DataType::Null,
            Expected::OneOf(choices) => choices.first().map_or(DataType::Null, Self::default_type),
        }
    }

    /// As Spark prints it in `requiredType`: `"INT"`, `("STRING" or "BINARY")`.
    pub fn sql(&self) -> String {
        match self {
            Expected::OneOf(choices) => {
                let choices: Vec<String> = choices.iter().map(Self::sql).collect();
                format!("({})", choices.join(" or "))
            }
            other => format!("\"{}\"", other.bare_sql()),
        }
    }

    fn bare_sql(&self) -> String {
        match self {
            Expected::Exact(to) => to.sql(),
            Expected::Numeric => "NUMERIC".into(),
            Expected::Integral => "INTEGRAL".into(),
            Expected::Fractional => "FRACTIONAL".into(),
            Expected::Decimal => "DECIMAL".into(),
            Expected::AnyTimestamp => "(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)".into(),
            Expected::YearMonthInterval => DataType::YEAR_MONTH.sql(),
            Expected::DayTimeInterval => DataType::DAY_TIME.sql(),
            Expected::Array => "ARRAY".into(),
            Expected::ArrayOf(inner) => format!("ARRAY<{}>", inner.bare_sql()),
            Expected::Map => "MAP".into(),
            Expected::Struct => "STRUCT".into(),
            Expected::Orderable => "ORDERABLE".into(),
            Expected::Any => "ANY".into(),
            Expected::OneOf(_) => self.sql(),
        }
    }
}
