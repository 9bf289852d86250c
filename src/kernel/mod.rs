//! Kernels: loops over Arrow arrays that know nothing of expressions or plans.
//!
//! Everything here works on arrays in the encoding that [`crate::types::arrow_type`] fixes; types were
//! settled by the analyzer, so an array of another type is an internal error.

pub mod arithmetic;
pub mod bits;
pub mod calendar;
pub mod cast;
pub mod codes;
mod column;
pub mod compare;
pub mod compile_cache;
pub mod convert;
pub mod csv_record;
pub mod datetime_pattern;
pub mod datetime_text;
pub mod digits;
pub mod divisor;
pub mod few_views;
pub mod find_text;
pub mod hash;
pub mod interval_text;
pub mod java_random;
pub mod java_regex;
pub mod json;
pub mod lift;
pub mod like;
pub mod list;
pub mod map_builder;
pub mod native;
pub mod normalize;
pub mod number_text;
pub mod random;
pub mod replace_text;
pub mod stretch;
pub mod string_slice;
pub mod temporal;
pub mod text;
pub mod text_formats;
pub mod time_zone;
pub mod uri;
pub mod value;
pub mod view;

pub use column::Column;
