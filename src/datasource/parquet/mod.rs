//! Parquet files.
//!
//! ```text
//!   footers ──schema──► columns by name ──► row groups that may match ──► partitions: runs of row groups
//!                                                                              │ per row group
//!        codes of dictionaries ──filter──► which rows? ──none──► next row group
//!                                               │
//!        other predicate columns ──filter──► which rows? ──► of the rest, the codes of those rows
//!                                                        └─► not codes ──many──► decode all, filter
//!                                                                       └─few──► decode only those rows
//! ```
//!
//! Files are memory-mapped; the `parquet` crate decodes straight into the engine's encodings (`Decimal64`,
//! string views, microseconds) wherever it can, `convert` does what is left. Columns without a dictionary have a decoder of their
//! own (`plain`).
//!
//! Limits: a row group is read by one worker. Timestamps of nanoseconds are cut to microseconds.

mod bloom;
mod chunk;
mod coded_pages;
mod codes;
mod compressed_pages;
mod convert;
mod decode;
mod file;
mod growing;
mod numbers;
mod pages;
mod plain;
#[cfg(test)]
mod plain_tests;
mod prefilter;
mod reader;
mod rest;
mod rle;
mod scan;
mod schema;
mod snappy;
mod snappy_pairs;
mod snappy_rows;
mod spread;
mod statistics;
mod strings;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use schema::check_unique;
pub use table::ParquetTable;
