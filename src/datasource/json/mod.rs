//! JSON files: one value a line, or with `multiLine` one document a file.
//!
//! ```text
//!   line ──parser──► Json tree ──schema──► values ──► arrays
//!                       └──inference──► schema
//! ```
//!
//! An array at the top gives a row per element. A field that does not fit its type is NULL and makes the record
//! malformed, while the others are kept.
//!
//! Limit: values go through a tree and are converted one by one; for data in bulk use CSV or Parquet.

mod convert;
mod infer;
mod options;
mod parser;
mod reader;
mod table;

#[cfg(test)]
mod tests;

pub use table::JsonTable;
