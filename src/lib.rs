//! Firesteel: Apache Spark SQL as one native program.

pub mod analyzer;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod datasource;
pub mod error;
pub mod exec;
pub mod expr;
pub mod functions;
pub mod golden;
pub mod kernel;
pub mod optimizer;
pub mod pipeline;
pub mod plan;
pub mod session;
pub mod sql;
pub mod types;

pub use error::{Error, Result};
pub use session::{Column, DataFrame, Session};

/// What most programs need: `use firesteel::prelude::*;`.
pub mod prelude {
    pub use crate::error::{Error, Result};
    pub use crate::session::functions::{self, col, expr, lit, when};
    pub use crate::session::{Column, DataFrame, SaveMode, Session, Window};
    pub use crate::types::{DataType, Row, StructField, StructType, Value};
}
