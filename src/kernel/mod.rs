//! Kernels: loops over Arrow arrays that know nothing of expressions or plans.
//!
//! Everything here works on arrays in the encoding that [`crate::types::arrow_type`] fixes; types were
//! settled by the analyzer, so an array of another type is an internal error.

pub mod calendar;
mod column;
pub mod lift;
<<<<<<< HEAD
pub mod normalize;
=======
pub mod time_zone;
>>>>>>> 6a80aa2 (Calendar and time zones)
pub mod value;

pub use column::Column;
