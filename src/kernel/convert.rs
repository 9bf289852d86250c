//! Arrays from outside in the engine's encoding.

use crate::error::Result;
use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;

/// An array of another Arrow encoding of the same Spark type as an array of type `to`. Values that do not
/// fit (a timestamp in seconds outside the range of microseconds) are an error.
pub fn to_engine_encoding(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(array, to, &options)?)
}
