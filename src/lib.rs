//! Firesteel: Apache Spark SQL as one native program.

pub mod analyzer;
pub mod catalog;
pub mod config;
pub mod datasource;
pub mod error;
pub mod exec;
pub mod expr;
pub mod functions;
pub mod kernel;
pub mod optimizer;
pub mod pipeline;
pub mod plan;
pub mod sql;
pub mod types;

pub use error::{Error, Result};
