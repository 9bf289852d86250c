//! Text files: a row per line, in one column `value`.
//!
//! With `wholetext` a file is one row. Bytes that are not UTF-8 read as U+FFFD.

mod reader;
mod table;

#[cfg(test)]
mod tests;

pub use table::TextTable;
pub(crate) use table::line_ranges;
