//! Files that make up a table: finding them, their Hive-style partitions, their bytes.
//!
//! ```text
//!   paths ──glob──► roots ──list──► leaf files ──partitions──► Listing { files + partition values }
//!   "t/*"           t/a, t/b        t/a/year=2021/x.csv        year INT = 2021
//! ```
//!
//! Only the local file system is known. What counts as hidden, which subfolders are entered, how partition
//! values get their types and in which order files are read follow Spark's file index.

mod compression;
mod deal;
mod glob;
mod listing;
mod mapped;
mod partition_filter;
mod partition_values;

pub use compression::{Compression, FinishWrite};
pub use deal::deal;
pub(crate) use listing::absolute;
pub use listing::{DataFile, Listing, local_path, uri};
pub use mapped::MappedFile;
pub use partition_filter::{PartitionFilter, can_evaluate};
pub use partition_values::{escape_path_name, unescape_path_name};

/// The folder name that stands for a NULL partition value.
pub const DEFAULT_PARTITION_NAME: &str = "__HIVE_DEFAULT_PARTITION__";
