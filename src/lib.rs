//! Firesteel: Apache Spark SQL as one native program.

pub mod config;
pub mod error;
pub mod functions;
pub mod kernel;
pub mod plan;
pub mod types;

pub use error::{Error, Result};
