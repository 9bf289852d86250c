//! A column of a batch: an array, or one value for all rows.

use arrow::array::{Array, ArrayRef, Datum, UInt32Array};
use arrow::compute::take;

/// The values of an expression over a batch of rows.
///
/// Constants stay constants: a kernel that can use the one value (`a + 1`, `x LIKE 'D%'`) looks at
/// [`Column::Constant`]; one that cannot calls [`Column::to_array`].
#[derive(Debug, Clone)]
pub enum Column {
    /// One value per row.
    Array(ArrayRef),
    /// The same value for every row: an array of length 1.
    Constant(ArrayRef),
}

impl Column {
    /// The array, a constant repeated to `rows` rows.
    pub fn to_array(&self, rows: usize) -> ArrayRef {
        match self {
            Column::Array(array) => array.clone(),
            Column::Constant(array) if rows == 1 => array.clone(),
            Column::Constant(array) => repeat(array, rows),
        }
    }

    /// The values: of length 1 for a constant.
    pub fn values(&self) -> &ArrayRef {
        match self {
            Column::Array(array) | Column::Constant(array) => array,
        }
    }

    /// Whether it is a constant.
    pub fn is_constant(&self) -> bool {
        matches!(self, Column::Constant(_))
    }

    /// Whether it is the constant NULL.
    pub fn is_null_constant(&self) -> bool {
        matches!(self, Column::Constant(array) if array.is_null(0) || array.logical_null_count() == 1)
    }

    /// Index into [`Column::values`] of a row.
    #[inline]
    pub fn index(&self, row: usize) -> usize {
        match self {
            Column::Array(_) => row,
            Column::Constant(_) => 0,
        }
    }
}

/// So that Arrow's comparison and arithmetic kernels take columns as they are.
impl Datum for Column {
    fn get(&self) -> (&dyn Array, bool) {
        match self {
            Column::Array(array) => (array.as_ref(), false),
            Column::Constant(array) => (array.as_ref(), true),
        }
    }
}

fn repeat(array: &ArrayRef, rows: usize) -> ArrayRef {
    let indices = UInt32Array::from_value(0, rows);
    take(array.as_ref(), &indices, None).expect("index 0 of an array of length 1 is in bounds")
}
