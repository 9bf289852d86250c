//! Writing files: one job, one writer per task, a commit.
//!
//! ```text
//!   WriteJob::new            checks mode, schema and options; touches nothing but a staging folder
//!     │ task(0), task(1), …  one TaskWriter per partition, each on its own worker
//!     ▼
//!   out/_temporary/<job>/k=1/part-00000-<uuid>.c000.csv      invisible: readers skip names with _
//!     │ commit               old files aside (overwrite), staged ones into place, _SUCCESS last
//!     ▼
//!   out/k=1/part-00000-<uuid>.c000.csv   out/_SUCCESS
//! ```
//!
//! Until the commit nothing under the final names changes, so that a job that fails, is dropped or killed leaves the
//! old data as it was. Two jobs may append to one folder at the same time.
//!
//! Limits: the renames of a commit are not one atomic step; a reader that lists the folder just then may see some
//! files of the new data. A commit that fails half-way is rolled back, one that is killed is not: the old files then
//! lie under `_temporary`.

mod cells;
mod commit;
mod csv;
mod job;
mod json;
mod options;
mod parquet;
mod routing;
mod task;
mod text;

#[cfg(test)]
mod tests;

pub use job::{SaveMode, WriteJob, WriteSummary};
pub use task::{TaskCommit, TaskWriter};
