//! Spark's data types and values, and how they lie in Arrow arrays.
//!
//! A [`DataType`] is what the analyzer reasons about and users see; [`arrow_type`] gives the one Arrow
//! encoding in which arrays of it travel through the engine:
//!
//! ```text
//!   DECIMAL(p ≤ 18, s)   Decimal64        STRING, CHAR, VARCHAR   Utf8View
//!   DECIMAL(p > 18, s)   Decimal128       BINARY                  BinaryView
//!   TIMESTAMP            Timestamp(µs, "UTC")   INTERVAL DAY TO SECOND   Duration(µs)
//!   TIMESTAMP_NTZ        Timestamp(µs)          INTERVAL YEAR TO MONTH   Interval(YearMonth)
//! ```
//!
//! Readers convert to it, writers from it. Limits: collations, VARIANT and TIME are not there yet.

mod arrow_mapping;
pub mod coercion;
mod data_type;
mod ddl;
mod json;
mod schema;
mod tree;
mod value;

pub use arrow_mapping::{
    arrow_field, arrow_schema, arrow_type, from_arrow_schema, from_arrow_type,
};
pub use data_type::{DataType, DayTimeField, YearMonthField};
pub(crate) use ddl::TypeParser;
pub use ddl::{parse_data_type, parse_schema, quote_if_needed};
pub use schema::{StructField, StructType};
pub use value::{CalendarInterval, Decimal, Row, Value};
