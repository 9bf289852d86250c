//! CSV files.
//!
//! ```text
//!   file ──byte ranges at record boundaries──► partitions
//!   range ──tokenizer──► spans of the needed fields, 16 Ki records at a time
//!                            │ column by column
//!                            ▼
//!                        typed parsers ──► arrays; malformed rows as the mode says
//!                        (those of filters first, the others for the rows that are left)
//! ```
//!
//! What a record is follows Spark's parser (univocity's, with Spark's settings) byte by byte: quotes count only
//! where a field begins, a quoted field that is followed by other text is taken raw, records end at line ends
//! unless `multiLine` is on. Values are read by Spark's rules for CSV, which are stricter than CAST.
//!
//! Limits: quote, escape and comment are ASCII characters. Text that is not UTF-8, and compressed files, are read
//! by one worker per file.

mod column;
mod filter;
mod header;
mod infer;
mod options;
mod parse;
mod reader;
mod split;
mod structural;
mod table;
#[cfg(test)]
mod tests;
mod tokenizer;

pub use options::{CsvOptions, ParseMode};
pub(crate) use options::{character_set, delimiter, one_byte};
pub(crate) use parse::{DatetimeParser, integer};
pub use table::CsvTable;
pub(crate) use table::check_corrupt_column;
pub(crate) use table::check_type;
