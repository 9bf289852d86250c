//! Key columns: hashing them, packing them into one value, numbering their groups.
//!
//! Keys compare as Spark's do: NULL equals NULL in GROUP BY (joins leave NULLs out themselves), NaN equals NaN,
//! -0.0 equals 0.0.

mod coded;
mod flat_rows;
mod groups;
mod hash;
mod interned;
mod packing;
mod radix;
mod text;

pub(super) use coded::CodedGroupTable;
pub(super) use groups::GroupTable;
pub(super) use hash::{hash_columns, mix};
pub(super) use packing::{LONGEST_WORD, Packing, Word, text_word};
pub(super) use radix::{PARTITIONS, RadixBuffer, RadixKeys, split_by};
pub(super) use text::TextKeys;
