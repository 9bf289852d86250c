//! Kernels: loops over Arrow arrays that know nothing of expressions or plans.
//!
//! Everything here works on arrays in the encoding that [`crate::types::arrow_type`] fixes; types were
//! settled by the analyzer, so an array of another type is an internal error.

pub mod calendar;
pub mod cast;
mod column;
pub mod datetime_text;
pub mod interval_text;
pub mod lift;
pub mod normalize;
pub mod number_text;
pub mod time_zone;
pub mod value;

pub use column::Column;
