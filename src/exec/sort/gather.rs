//! Rows from many batches, in any order.
//!
//! `interleave` of Arrow takes two machine words per row and looks at every batch again for every call and column. Here
//! a row is one number, and the columns of fixed width are plain loads. Strings are copied: rows in a new order would
//! otherwise keep the text of all batches alive.

use crate::error::{Error, Result};
use crate::kernel::view::view_of;
use crate::pipeline::Batch;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, GenericByteViewArray,
    PrimitiveArray, downcast_primitive,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{BinaryViewType, ByteViewType, DataType, StringViewType};
use std::sync::Arc;

/// Rows of batches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    /// The number of a batch above the number of a row.
    pub list: &'a [u64],
    /// Bits of the row.
    pub row_bits: u32,
}

impl Places<'_> {
    #[inline]
    fn split(&self, place: u64) -> (usize, usize) {
        let row = place & ((1 << self.row_bits) - 1);
        ((place >> self.row_bits) as usize, row as usize)
    }

    /// A value per place.
    #[inline]
    fn map<T>(&self, value: impl Fn(usize, usize) -> T) -> Vec<T> {
        let values = self.list.iter().map(|place| {
            let (batch, row) = self.split(*place);
            value(batch, row)
        });
        values.collect()
    }

    /// A bit per place.
    fn bits(&self, bit: impl Fn(usize, usize) -> bool) -> BooleanBuffer {
        BooleanBuffer::collect_bool(self.list.len(), |index| {
            let (batch, row) = self.split(self.list[index]);
            bit(batch, row)
        })
    }
}

/// The rows at these places.
pub(super) fn gather_places(batches: &[Batch], places: Places) -> Result<Batch> {
    let width = batches.first().map_or(0, |batch| batch.columns.len());
    let columns = (0..width).map(|column| {
        let parts: Vec<&ArrayRef> = batches.iter().map(|batch| &batch.columns[column]).collect();
        gather_column(&parts, places)
    });
    Ok(Batch::new(
        columns.collect::<Result<_>>()?,
        places.list.len(),
    ))
}

/// The values at these places of a column, of which every batch has a part.
pub(super) fn gather_column(parts: &[&ArrayRef], places: Places) -> Result<ArrayRef> {
    let Some(first) = parts.first() else {
        return Err(Error::internal("rows of no batches"));
    };
    macro_rules! fixed {
        ($t:ty) => {
            primitive::<$t>(parts, places)
        };
    }
    downcast_primitive! {
        first.data_type() => (fixed),
        DataType::Boolean => boolean(parts, places),
        DataType::Utf8View => views::<StringViewType>(parts, places),
        DataType::BinaryView => views::<BinaryViewType>(parts, places),
        _ => {
            let indices = places.map(|batch, row| (batch, row));
            let arrays: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
            Ok(interleave(&arrays, &indices)?)
        }
    }
}

fn of_one_type<T>(parts: Option<Vec<T>>) -> Result<Vec<T>> {
    parts.ok_or_else(|| Error::internal("batches with columns of several types"))
}

fn nulls(parts: &[&ArrayRef], places: Places) -> Option<NullBuffer> {
    if parts.iter().all(|part| part.null_count() == 0) {
        return None;
    }
    let nulls: Vec<Option<&NullBuffer>> = parts.iter().map(|part| part.nulls()).collect();
    let valid = places.bits(|batch, row| nulls[batch].is_none_or(|nulls| nulls.is_valid(row)));
    Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0)
}

fn primitive<T: ArrowPrimitiveType>(parts: &[&ArrayRef], places: Places) -> Result<ArrayRef> {
    let typed = parts.iter().map(|part| part.as_primitive_opt::<T>());
    let slices = typed.map(|part| part.map(|part| &part.values()[..]));
    let slices: Vec<&[T::Native]> = of_one_type(slices.collect())?;
    let values = places.map(|batch, row| slices[batch][row]);
    let gathered = PrimitiveArray::<T>::new(values.into(), nulls(parts, places));
    Ok(Arc::new(
        gathered.with_data_type(parts[0].data_type().clone()),
    ))
}

fn boolean(parts: &[&ArrayRef], places: Places) -> Result<ArrayRef> {
    let typed = parts.iter().map(|part| part.as_boolean_opt());
    let slices = of_one_type(typed.map(|part| part.map(BooleanArray::values)).collect())?;
    let values = places.bits(|batch, row| slices[batch].value(row));
    Ok(Arc::new(BooleanArray::new(values, nulls(parts, places))))
}

/// Bytes of a buffer of text from which on another one is begun; offsets in it have 32 bits.
const FULL: usize = 1 << 30;

fn views<T: ByteViewType>(parts: &[&ArrayRef], places: Places) -> Result<ArrayRef> {
    let typed = parts.iter().map(|part| part.as_byte_view_opt::<T>());
    let slices = typed.map(|part| part.map(|part| (&part.views()[..], &part.data_buffers()[..])));
    let slices: Vec<(&[u128], &[Buffer])> = of_one_type(slices.collect())?;
    let nulls = nulls(parts, places);
    let mut buffers = Vec::new();
    let mut text: Vec<u8> = Vec::new();
    let mut views: Vec<u128> = Vec::with_capacity(places.list.len());
    for (index, place) in places.list.iter().enumerate() {
        let (batch, row) = places.split(*place);
        let (of_batch, texts) = slices[batch];
        let view = of_batch[row];
        let length = view as u32 as usize;
        if length <= 12 {
            views.push(view);
            continue;
        }
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
            views.push(0);
            continue;
        }
        if text.len() + length > FULL && !text.is_empty() {
            buffers.push(Buffer::from_vec(std::mem::take(&mut text)));
        }
        let (buffer, start) = ((view >> 64) as u32 as usize, (view >> 96) as usize);
        let value = &texts[buffer].as_slice()[start..start + length];
        views.push(view_of(value, buffers.len() as u32, text.len() as u32));
        text.extend_from_slice(value);
    }
    if !text.is_empty() {
        buffers.push(Buffer::from_vec(text));
    }
    // SAFETY: a view that holds its value is copied from an array of the type. Every other one was just made of the
    // bytes of a whole value of such an array, which lie in `buffers` where it says.
    let gathered =
        unsafe { GenericByteViewArray::<T>::new_unchecked(views.into(), buffers.into(), nulls) };
    Ok(Arc::new(gathered))
}
