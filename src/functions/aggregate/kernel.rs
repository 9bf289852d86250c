//! What the aggregate kernels share: a kernel made from a closure, and arrays built from typed state.

use super::{Accumulator, AggregateKernel};
use crate::error::{Error, Result};
use crate::kernel::Column;
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType as ArrowType, Decimal64Type, Decimal128Type};
use std::ops::Range;
use std::sync::Arc;

/// A kernel whose accumulators come from a closure.
struct Factory<F> {
    state_types: Vec<DataType>,
    make: F,
}

impl<F> AggregateKernel for Factory<F>
where
    F: Fn() -> Box<dyn Accumulator> + Send + Sync,
{
    fn state_types(&self) -> Vec<DataType> {
        self.state_types.clone()
    }

    fn new_accumulator(&self) -> Box<dyn Accumulator> {
        (self.make)()
    }
}

/// A kernel of these state types that makes its accumulators with `make`.
pub(super) fn kernel<A: Accumulator + 'static>(
    state_types: Vec<DataType>,
    make: impl Fn() -> A + Send + Sync + 'static,
) -> Arc<dyn AggregateKernel> {
    boxed_kernel(state_types, move || Box::new(make()))
}

/// The same for accumulators of different types behind one kernel.
pub(super) fn boxed_kernel(
    state_types: Vec<DataType>,
    make: impl Fn() -> Box<dyn Accumulator> + Send + Sync + 'static,
) -> Arc<dyn AggregateKernel> {
    Arc::new(Factory { state_types, make })
}

/// The kernel, whose states hold every row.
pub(super) fn keeping_rows(kernel: Arc<dyn AggregateKernel>) -> Arc<dyn AggregateKernel> {
    Arc::new(KeepingRows(kernel))
}

struct KeepingRows(Arc<dyn AggregateKernel>);

impl AggregateKernel for KeepingRows {
    fn state_types(&self) -> Vec<DataType> {
        self.0.state_types()
    }

    fn new_accumulator(&self) -> Box<dyn Accumulator> {
        self.0.new_accumulator()
    }

    fn keeps_rows(&self) -> bool {
        true
    }
}

/// An array of `data_type` from values and their validity.
pub(super) fn primitive<T: ArrowPrimitiveType>(
    data_type: &DataType,
    values: Vec<T::Native>,
    valid: &[bool],
) -> ArrayRef {
    let nulls = null_buffer(valid);
    let array = PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls);
    Arc::new(array.with_data_type(arrow_type(data_type)))
}

/// An array of a DECIMAL type from digits that fit it, in the encoding of that type.
pub(super) fn decimals(data_type: &DataType, digits: Vec<i128>, valid: &[bool]) -> ArrayRef {
    match arrow_type(data_type) {
        ArrowType::Decimal64(_, _) => {
            let digits = digits.into_iter().map(|value| value as i64).collect();
            primitive::<Decimal64Type>(data_type, digits, valid)
        }
        _ => primitive::<Decimal128Type>(data_type, digits, valid),
    }
}

/// The same where every value is valid.
pub(super) fn primitive_valid<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), None))
}

/// A boolean array without NULLs.
pub(super) fn booleans(values: &[bool]) -> ArrayRef {
    Arc::new(BooleanArray::new(BooleanBuffer::from(values), None))
}

/// Validity as Arrow wants it: None where all is valid.
pub(super) fn null_buffer(valid: &[bool]) -> Option<NullBuffer> {
    if valid.iter().all(|valid| *valid) {
        return None;
    }
    Some(NullBuffer::new(BooleanBuffer::from(valid)))
}

/// The array in the encoding `wanted`. A decimal may come narrower or wider than its type asks for; other
/// arrays already are what they should be.
pub(super) fn conform(array: ArrayRef, wanted: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == wanted || !wanted.is_decimal() {
        return Ok(array);
    }
    Ok(arrow::compute::cast(&array, wanted)?)
}

/// The concrete array behind a reference; another type is a bug, since types are settled before.
pub(super) fn downcast<A: Array + 'static>(array: &ArrayRef) -> Result<&A> {
    array.as_any().downcast_ref::<A>().ok_or_else(|| {
        Error::internal(format!(
            "an aggregate got an array of type {}",
            array.data_type()
        ))
    })
}

/// Bytes of a vector's buffer.
pub(super) fn vec_bytes<T>(values: &Vec<T>) -> usize {
    values.capacity() * size_of::<T>()
}

/// Stands for an accumulator that could not be made: fails as soon as it is used.
pub(super) struct Failing(pub(super) Error);

impl Accumulator for Failing {
    fn resize(&mut self, _: usize) {}

    fn update(&mut self, _: &[Column], _: &[u32], _: Option<&BooleanArray>) -> Result<()> {
        Err(self.0.clone())
    }

    fn merge(&mut self, _: &[ArrayRef], _: &[u32]) -> Result<()> {
        Err(self.0.clone())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        Err(self.0.clone())
    }

    fn finish(&self, _: Range<usize>) -> Result<ArrayRef> {
        Err(self.0.clone())
    }

    fn reset(&mut self) {}

    fn bytes(&self) -> usize {
        0
    }
}
