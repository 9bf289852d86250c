//! Golden-file suites: SQL with recorded answers.
//!
//! The format is that of Spark's own suite. `inputs/**/*.sql` holds statements with directives;
//! `results/**/*.sql.out` holds, for every statement, its text, the schema and the rows or the error:
//!
//! ```text
//!   results/a.sql.out ─file─► cases ─runner─► one session a file, in order ─compare─► report
//!   inputs/a.sql ──input──► settings of the file
//! ```
//!
//! Files run in parallel; a statement that hangs or panics fails alone. [`run`] checks a suite,
//! [`record`] writes result files for suites of one's own.

mod compare;
mod file;
mod input;
mod record;
mod report;
mod runner;

pub use compare::{is_ordered, masked};
pub use file::{Case, parse_results};
pub use input::{Input, parse_input};
pub use record::record;
pub use report::{CaseReport, Report};
pub use runner::run;

use std::path::PathBuf;
use std::time::Duration;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of `.sql.out` files.
    pub results: PathBuf,
    /// Folder of `.sql` files, for their `--SET` lines.
    pub inputs: Option<PathBuf>,
    /// Folder of Parquet files; each becomes a table of its name.
    pub tables: Option<PathBuf>,
    /// Result files to run, relative to `results`; empty: all.
    pub files: Vec<String>,
    /// Longest time for one statement.
    pub timeout: Duration,
    /// Settings on top of those of the suite.
    pub settings: Vec<(String, String)>,
    /// Threads of each session.
    pub threads: usize,
    /// Files that run at the same time.
    pub parallel: usize,
}

impl Options {
    /// All files of a folder of results, 20 seconds a statement, sessions of one thread, a file a core.
    pub fn new(results: impl Into<PathBuf>) -> Self {
        Options {
            results: results.into(),
            inputs: None,
            tables: None,
            files: Vec::new(),
            timeout: Duration::from_secs(20),
            settings: Vec::new(),
            threads: 1,
            parallel: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
