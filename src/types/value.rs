//! Single values and rows.

use super::StructType;
use std::fmt;
use std::sync::Arc;

/// One value of any Spark type. The type it belongs to is kept beside it (a literal, a schema).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// BOOLEAN
    Boolean(bool),
    /// TINYINT
    Byte(i8),
    /// SMALLINT
    Short(i16),
    /// INT
    Integer(i32),
    /// BIGINT
    Long(i64),
    /// FLOAT
    Float(f32),
    /// DOUBLE
    Double(f64),
    /// DECIMAL
    Decimal(Decimal),
    /// STRING, CHAR, VARCHAR
    String(Arc<str>),
    /// BINARY
    Binary(Arc<[u8]>),
    /// DATE: days since 1970-01-01
    Date(i32),
    /// TIMESTAMP: microseconds since the epoch, UTC
    Timestamp(i64),
    /// TIMESTAMP_NTZ: microseconds since 1970-01-01 00:00:00
    TimestampNtz(i64),
    /// INTERVAL YEAR TO MONTH: months
    YearMonthInterval(i32),
    /// INTERVAL DAY TO SECOND: microseconds
    DayTimeInterval(i64),
    /// The legacy INTERVAL
    CalendarInterval(CalendarInterval),
    /// ARRAY
    Array(Vec<Value>),
    /// MAP, in entry order
    Map(Vec<(Value, Value)>),
    /// STRUCT, in field order
    Struct(Vec<Value>),
}

/// A decimal number: `unscaled · 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits.
    pub unscaled: i128,
    /// Digits in all.
    pub precision: u8,
    /// Digits behind the point.
    pub scale: i8,
}

/// A legacy interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CalendarInterval {
    /// Months, of unequal length.
    pub months: i32,
    /// Days, of unequal length where clocks change.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

impl Value {
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The integer in any of the four integer types.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Byte(v) => Some(i64::from(*v)),
            Value::Short(v) => Some(i64::from(*v)),
            Value::Integer(v) => Some(i64::from(*v)),
            Value::Long(v) => Some(*v),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Boolean(v) => Some(*v),
            _ => None,
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Value {
                Value::$variant(value.into())
            }
        })*
    };
}

value_from! {
    bool => Boolean, i8 => Byte, i16 => Short, i32 => Integer, i64 => Long, f32 => Float, f64 => Double,
    Decimal => Decimal, &str => String, String => String, &[u8] => Binary, Vec<u8> => Binary,
    CalendarInterval => CalendarInterval, Vec<Value> => Array,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let digits = self.unscaled.unsigned_abs().to_string();
        if self.scale <= 0 {
            let zeros = if self.unscaled == 0 {
                0
            } else {
                usize::from(self.scale.unsigned_abs())
            };
            return write!(f, "{sign}{digits}{}", "0".repeat(zeros));
        }
        let scale = self.scale as usize;
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

/// A row of a result: values under a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    schema: StructType,
    values: Vec<Value>,
}

impl Row {
    /// A row; one value per field of the schema.
    pub fn new(schema: StructType, values: Vec<Value>) -> Self {
        debug_assert_eq!(schema.len(), values.len());
        Row { schema, values }
    }

    /// Its schema.
    pub fn schema(&self) -> &StructType {
        &self.schema
    }

    /// Its values, in field order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value at a position.
    pub fn get(&self, index: usize) -> &Value {
        &self.values[index]
    }

    /// The value of the first field of that name, ignoring case.
    pub fn get_field(&self, name: &str) -> Option<&Value> {
        self.schema.index_of(name).map(|index| &self.values[index])
    }
}
