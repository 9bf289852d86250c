//! Firesteel: Apache Spark SQL as one native program.

pub mod error;
pub mod plan;
pub mod types;

pub use error::{Error, Result};
