//! Tables and files: what queries read and write.
//!
//! Everything that can be scanned is a [`Table`]. Formats live in their own folders; writers stage their
//! files and commit them at the end.

mod table;

pub use table::{
    ColumnStatistics, FilterSupport, RuntimeFilter, RuntimePredicate, ScanRequest, Statistics,
    Table,
};
