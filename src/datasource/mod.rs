//! Tables and files: what queries read and write.
//!
//! Everything that can be scanned is a [`Table`]. Formats live in their own folders; writers stage their
//! files and commit them at the end.

pub mod csv;
pub mod files;
mod input;
pub mod json;
mod memory;
mod open;
mod options;
pub mod parquet;
pub mod pruning;
mod table;
#[cfg(test)]
mod testing;
pub mod text;
pub mod write;

pub use memory::MemoryTable;
pub use open::{FileFormat, open_files};
pub use options::SourceOptions;
pub use table::{
    ColumnStatistics, FilterSupport, RuntimeFilter, RuntimePredicate, ScanRequest, Statistics,
    Table,
};
