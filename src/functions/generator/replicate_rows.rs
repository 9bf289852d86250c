//! Repeats rows: what INTERSECT ALL and EXCEPT ALL end in. Not callable from SQL.

use super::{GeneratorKernel, GeneratorOutput};
use crate::error::{Error, Result};
use crate::kernel::Column;
use arrow::array::UInt32Array;
use arrow::array::cast::AsArray;
use arrow::datatypes::Int64Type;

/// Gives every input row as often as its one BIGINT argument says, without columns of its own.
#[derive(Debug)]
pub struct ReplicateRows;

impl GeneratorKernel for ReplicateRows {
    fn generate(&self, arguments: &[Column], rows: usize, _: bool) -> Result<GeneratorOutput> {
        let [copies] = arguments else {
            return Err(Error::internal("replicate_rows takes one argument"));
        };
        let copies = copies.to_array(rows);
        let copies = copies.as_primitive::<Int64Type>();
        let mut row_of_output = Vec::with_capacity(rows);
        for (row, count) in copies.values().iter().enumerate() {
            let count = usize::try_from(*count).unwrap_or(0);
            row_of_output.extend(std::iter::repeat_n(row as u32, count));
        }
        Ok(GeneratorOutput {
            row_of_output: UInt32Array::from(row_of_output),
            columns: Vec::new(),
        })
    }
}
