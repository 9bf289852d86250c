//! Functions over arrays, maps and structs (Spark's `array_funcs`, `map_funcs`, `struct_funcs`,
//! `collection_funcs`), one file per subject.
//!
//! | file | |
//! |---|---|
//! | `access` | `element_at`, `get`, `size` |
//! | `build` | `array`, `array_repeat`, `arrays_zip`, `flatten`, structs |
//! | `edit` | `array_append`, `array_insert`, `array_remove`, `slice`, `reverse`, `shuffle` |
//! | `search` | `array_contains`, `array_position`, `array_max`, `array_join` |
//! | `sets` | `array_distinct`, `array_union`, `arrays_overlap` |
//! | `order` | `sort_array` |
//! | `sequence` | `sequence` |
//! | `maps` | `map` and everything that makes or takes one apart |
//!
//! Functions that take lambdas are in [`super::higher_order`].

pub mod access;
pub mod build;
pub mod edit;
pub mod maps;
pub mod order;
pub mod search;
pub mod sequence;
pub mod sets;
mod typing;

pub(super) use typing::{array_type, map_type};
