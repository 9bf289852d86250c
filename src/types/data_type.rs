//! The data types of Spark SQL.

use super::{StructField, StructType};
use std::fmt;
use std::sync::Arc;

/// A data type of Spark SQL ([reference](https://spark.apache.org/docs/latest/sql-ref-datatypes.html)).
///
/// Variants carry the names of Spark's classes (`IntegerType`), [`DataType::sql`] the SQL spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DataType {
    /// `VOID`, the type of a bare NULL.
    Null,
    /// `BOOLEAN`
    Boolean,
    /// `TINYINT`, 8 bits
    Byte,
    /// `SMALLINT`, 16 bits
    Short,
    /// `INT`, 32 bits
    Integer,
    /// `BIGINT`, 64 bits
    Long,
    /// `FLOAT`, 32 bits
    Float,
    /// `DOUBLE`, 64 bits
    Double,
    /// `DECIMAL(precision, scale)`, at most 38 digits
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits behind the point; negative only where the legacy setting allows it.
        scale: i8,
    },
    /// `STRING`, UTF-8
    String,
    /// `CHAR(n)`: padded to n characters when written; read as STRING
    Char(u32),
    /// `VARCHAR(n)`: at most n characters; read as STRING
    Varchar(u32),
    /// `BINARY`
    Binary,
    /// `DATE`: days since 1970-01-01, proleptic Gregorian
    Date,
    /// `TIMESTAMP`: an instant, microseconds since the epoch in UTC, shown in the session time zone
    Timestamp,
    /// `TIMESTAMP_NTZ`: a wall-clock time, microseconds since 1970-01-01 00:00:00
    TimestampNtz,
    /// `INTERVAL YEAR TO MONTH`: a number of months
    YearMonthInterval {
        /// Leading field.
        start: YearMonthField,
        /// Trailing field.
        end: YearMonthField,
    },
    /// `INTERVAL DAY TO SECOND`: a number of microseconds
    DayTimeInterval {
        /// Leading field.
        start: DayTimeField,
        /// Trailing field.
        end: DayTimeField,
    },
    /// The legacy `INTERVAL`: months, days and microseconds
    CalendarInterval,
    /// `ARRAY<element>`
    Array {
        /// Type of the elements.
        element: Arc<DataType>,
        /// Whether an element may be NULL.
        contains_null: bool,
    },
    /// `MAP<key, value>`; a key is never NULL
    Map {
        /// Type of the keys.
        key: Arc<DataType>,
        /// Type of the values.
        value: Arc<DataType>,
        /// Whether a value may be NULL.
        value_contains_null: bool,
    },
    /// `STRUCT<name: type, …>`
    Struct(StructType),
}

/// A field of an `INTERVAL YEAR TO MONTH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum YearMonthField {
    /// Twelve months.
    Year,
    /// One month.
    Month,
}

/// A field of an `INTERVAL DAY TO SECOND`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DayTimeField {
    /// 24 hours.
    Day,
    /// 60 minutes.
    Hour,
    /// 60 seconds.
    Minute,
    /// 1,000,000 microseconds.
    Second,
}

impl YearMonthField {
    /// `year` or `month`.
    pub fn name(self) -> &'static str {
        match self {
            YearMonthField::Year => "year",
            YearMonthField::Month => "month",
        }
    }
}

impl DayTimeField {
    /// `day`, `hour`, `minute` or `second`.
    pub fn name(self) -> &'static str {
        match self {
            DayTimeField::Day => "day",
            DayTimeField::Hour => "hour",
            DayTimeField::Minute => "minute",
            DayTimeField::Second => "second",
        }
    }
}

impl DataType {
    /// The widest decimal, `DECIMAL(38, 18)`, Spark's `DecimalType.SYSTEM_DEFAULT`.
    pub const DECIMAL_SYSTEM_DEFAULT: DataType = DataType::Decimal {
        precision: 38,
        scale: 18,
    };
    /// `DECIMAL(10, 0)`, what a bare `DECIMAL` means.
    pub const DECIMAL_USER_DEFAULT: DataType = DataType::Decimal {
        precision: 10,
        scale: 0,
    };
    /// `INTERVAL YEAR TO MONTH`.
    pub const YEAR_MONTH: DataType = DataType::YearMonthInterval {
        start: YearMonthField::Year,
        end: YearMonthField::Month,
    };
    /// `INTERVAL DAY TO SECOND`.
    pub const DAY_TIME: DataType = DataType::DayTimeInterval {
        start: DayTimeField::Day,
        end: DayTimeField::Second,
    };

    /// `DECIMAL(precision, scale)`.
    pub fn decimal(precision: u8, scale: i8) -> DataType {
        DataType::Decimal { precision, scale }
    }

    /// `ARRAY<element>`.
    pub fn array(element: DataType, contains_null: bool) -> DataType {
        DataType::Array {
            element: Arc::new(element),
            contains_null,
        }
    }

    /// `MAP<key, value>`.
    pub fn map(key: DataType, value: DataType, value_contains_null: bool) -> DataType {
        DataType::Map {
            key: Arc::new(key),
            value: Arc::new(value),
            value_contains_null,
        }
    }

    /// `STRUCT<…>`.
    pub fn structure(fields: impl IntoIterator<Item = StructField>) -> DataType {
        DataType::Struct(StructType::new(fields))
    }

    /// Whether arithmetic works on it: the integers, FLOAT, DOUBLE and DECIMAL.
    pub fn is_numeric(&self) -> bool {
        self.is_integral() || self.is_fractional()
    }

    /// TINYINT, SMALLINT, INT or BIGINT.
    pub fn is_integral(&self) -> bool {
        use DataType::*;
        matches!(self, Byte | Short | Integer | Long)
    }

    /// FLOAT, DOUBLE or DECIMAL.
    pub fn is_fractional(&self) -> bool {
        use DataType::*;
        matches!(self, Float | Double | Decimal { .. })
    }

    /// DECIMAL of any precision.
    pub fn is_decimal(&self) -> bool {
        matches!(self, DataType::Decimal { .. })
    }

    /// STRING, CHAR or VARCHAR.
    pub fn is_string(&self) -> bool {
        matches!(
            self,
            DataType::String | DataType::Char(_) | DataType::Varchar(_)
        )
    }

    /// DATE, TIMESTAMP or TIMESTAMP_NTZ.
    pub fn is_datetime(&self) -> bool {
        matches!(
            self,
            DataType::Date | DataType::Timestamp | DataType::TimestampNtz
        )
    }

    /// One of the two ANSI interval types.
    pub fn is_ansi_interval(&self) -> bool {
        matches!(
            self,
            DataType::YearMonthInterval { .. } | DataType::DayTimeInterval { .. }
        )
    }

    /// Neither array, map nor struct.
    pub fn is_atomic(&self) -> bool {
        !matches!(
            self,
            DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) | DataType::Null
        )
    }

    /// Whether values can be compared for order: everything but maps and calendar intervals, deeply.
    pub fn is_orderable(&self) -> bool {
        match self {
            DataType::Map { .. } | DataType::CalendarInterval => false,
            DataType::Array { element, .. } => element.is_orderable(),
            DataType::Struct(fields) => fields.iter().all(|f| f.data_type.is_orderable()),
            _ => true,
        }
    }

    /// Whether a map is somewhere inside (maps cannot be compared, grouped or joined on).
    pub fn contains_map(&self) -> bool {
        match self {
            DataType::Map { .. } => true,
            DataType::Array { element, .. } => element.contains_map(),
            DataType::Struct(fields) => fields.iter().any(|f| f.data_type.contains_map()),
            _ => false,
        }
    }

    /// Equal but for nullability inside arrays, maps and structs (Spark's `sameType`; struct field names
    /// count, whatever their case).
    pub fn same_type(&self, other: &DataType) -> bool {
        match (self, other) {
            (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => {
                a.same_type(b)
            }
            (
                DataType::Map {
                    key: ka, value: va, ..
                },
                DataType::Map {
                    key: kb, value: vb, ..
                },
            ) => ka.same_type(kb) && va.same_type(vb),
            (DataType::Struct(a), DataType::Struct(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|(x, y)| {
                        x.name.eq_ignore_ascii_case(&y.name) && x.data_type.same_type(&y.data_type)
                    })
            }
            (a, b) => a == b,
        }
    }

    /// The same type with every inner element nullable.
    pub fn as_nullable(&self) -> DataType {
        match self {
            DataType::Array { element, .. } => DataType::array(element.as_nullable(), true),
            DataType::Map { key, value, .. } => {
                DataType::map(key.as_nullable(), value.as_nullable(), true)
            }
            DataType::Struct(fields) => {
                DataType::structure(fields.iter().map(|field| StructField {
                    data_type: field.data_type.as_nullable(),
                    nullable: true,
                    ..field.clone()
                }))
            }
            other => other.clone(),
        }
    }

    /// The same type with STRING in place of CHAR and VARCHAR.
    pub fn char_as_string(&self) -> DataType {
        match self {
            DataType::Char(_) | DataType::Varchar(_) => DataType::String,
            DataType::Array {
                element,
                contains_null,
            } => DataType::array(element.char_as_string(), *contains_null),
            DataType::Map {
                key,
                value,
                value_contains_null,
            } => DataType::map(
                key.char_as_string(),
                value.char_as_string(),
                *value_contains_null,
            ),
            DataType::Struct(fields) => {
                DataType::structure(fields.iter().map(|field| StructField {
                    data_type: field.data_type.char_as_string(),
                    ..field.clone()
                }))
            }
            other => other.clone(),
        }
    }

    /// Spark's `simpleString`: lower case, as in `struct<a:int,b:decimal(10,2)>`.
    pub fn simple_string(&self) -> String {
        match self {
            DataType::Null => "void".into(),
            DataType::Boolean => "boolean".into(),
            DataType::Byte => "tinyint".into(),
            DataType::Short => "smallint".into(),
            DataType::Integer => "int".into(),
            DataType::Long => "bigint".into(),
            DataType::Float => "float".into(),
            DataType::Double => "double".into(),
            DataType::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            DataType::String => "string".into(),
            DataType::Char(n) => format!("char({n})"),
            DataType::Varchar(n) => format!("varchar({n})"),
            DataType::Binary => "binary".into(),
            DataType::Date => "date".into(),
            DataType::Timestamp => "timestamp".into(),
            DataType::TimestampNtz => "timestamp_ntz".into(),
            DataType::YearMonthInterval { start, end } => interval_name(start.name(), end.name()),
            DataType::DayTimeInterval { start, end } => interval_name(start.name(), end.name()),
            DataType::CalendarInterval => "interval".into(),
            DataType::Array { element, .. } => format!("array<{}>", element.simple_string()),
            DataType::Map { key, value, .. } => {
                format!("map<{},{}>", key.simple_string(), value.simple_string())
            }
            DataType::Struct(fields) => fields.simple_string(),
        }
    }

    /// The SQL spelling, upper case: `ARRAY<INT>`, `STRUCT<a: INT NOT NULL>`.
    pub fn sql(&self) -> String {
        match self {
            DataType::Array { element, .. } => format!("ARRAY<{}>", element.sql()),
            DataType::Map { key, value, .. } => format!("MAP<{}, {}>", key.sql(), value.sql()),
            DataType::Struct(fields) => {
                let fields: Vec<String> = (fields.iter())
                    .map(|field| {
                        let not_null = if field.nullable { "" } else { " NOT NULL" };
                        let name = super::ddl::quote_if_needed(&field.name);
                        let comment = super::ddl::comment_clause(field);
                        format!("{name}: {}{not_null}{comment}", field.data_type.sql())
                    })
                    .collect();
                format!("STRUCT<{}>", fields.join(", "))
            }
            other => other.simple_string().to_uppercase(),
        }
    }

    /// The name in Spark's JSON form of a schema: `integer`, `long`, `decimal(10,2)`.
    pub fn type_name(&self) -> String {
        match self {
            DataType::Byte => "byte".into(),
            DataType::Short => "short".into(),
            DataType::Integer => "integer".into(),
            DataType::Long => "long".into(),
            DataType::Array { .. } => "array".into(),
            DataType::Map { .. } => "map".into(),
            DataType::Struct(_) => "struct".into(),
            other => other.simple_string(),
        }
    }
}

fn interval_name(start: &str, end: &str) -> String {
    if start == end {
        format!("interval {start}")
    } else {
        format!("interval {start} to {end}")
    }
}

/// The simple string.
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.simple_string())
    }
}
