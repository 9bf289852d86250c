//! What Spark's string functions do to one string.
//!
//! Positions and lengths count characters (code points). A text's bytes are found by walking it, or at once
//! where the text is ASCII. Functions that give back a part of their argument return its byte range, so that
//! the column kernels can point into the argument's data instead of copying
//! ([`crate::kernel::string_slice`]).

pub mod base32;
pub mod charset;
pub mod decimal_format;
pub mod distance;
pub mod mask;
pub mod number_format;
pub mod printf;
pub mod sentences;

mod edit;
mod lengths;
mod position;
mod trim;

pub use edit::{Translation, initcap, overlay, overlay_bytes, pad, pad_bytes, quote, repeat};
pub use lengths::character_counts;
pub use position::{
    character_count, find_in_set, instr, left, locate, right, split_part, substring,
    substring_bytes, substring_index,
};
pub use trim::{TrimSet, TrimSide};
