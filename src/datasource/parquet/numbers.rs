//! Plain numbers of four or eight bytes.

use super::plain::{Collect, OpenPage, Selected};
use super::spread::spread;
use arrow::array::{ArrayData, ArrayRef, AsArray, BooleanBufferBuilder, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{ArrowNativeType, DataType as ArrowType, Decimal64Type, Int32Type};
use std::sync::Arc;

/// The numbers of a batch, whatever their bits mean.
pub(super) struct Numbers<T> {
    values: Vec<T>,
    /// All numbers of the batch in place of `values`, where a page has them one behind the other.
    whole: Option<Buffer>,
    /// Whether they are there; None as long as all are.
    present: Option<BooleanBufferBuilder>,
    /// What they become.
    decoded: ArrowType,
    /// How many there are to be.
    count: usize,
    /// Room to work in.
    spread: Vec<T>,
}

/// Bits of a number.
pub(super) trait Bits: ArrowNativeType {
    /// The number in its bytes.
    type Bytes;
    /// The bytes of a page, number by number.
    fn split(bytes: &[u8]) -> &[Self::Bytes];
    fn read(bytes: &Self::Bytes) -> Self;
    /// Whether memory is the numbers that its bytes say.
    fn lie_in(bytes: &[u8]) -> bool {
        cfg!(target_endian = "little") && bytes.as_ptr().cast::<Self>().is_aligned()
    }
}

impl Bits for u32 {
    type Bytes = [u8; 4];
    #[inline(always)]
    fn split(bytes: &[u8]) -> &[[u8; 4]] {
        bytes.as_chunks().0
    }
    #[inline(always)]
    fn read(bytes: &[u8; 4]) -> u32 {
        u32::from_le_bytes(*bytes)
    }
}

impl Bits for u64 {
    type Bytes = [u8; 8];
    #[inline(always)]
    fn split(bytes: &[u8]) -> &[[u8; 8]] {
        bytes.as_chunks().0
    }
    #[inline(always)]
    fn read(bytes: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*bytes)
    }
}

impl<T: Bits> Numbers<T> {
    const WIDTH: usize = size_of::<T>();

    /// None yet, of an array of `count`.
    pub fn new(decoded: ArrowType, count: usize) -> Numbers<T> {
        Numbers {
            values: Vec::new(),
            whole: None,
            count,
            present: None,
            decoded,
            spread: Vec::new(),
        }
    }
}

impl<T: Bits> Collect for Numbers<T> {
    fn len(&self) -> usize {
        match &self.whole {
            Some(_) => self.count,
            None => self.values.len(),
        }
    }

    fn read(&mut self, page: &mut OpenPage, missing: usize, selected: Selected) -> Option<()> {
        let left = page.rows - page.row;
        // The rows that are looked at, and of these the wanted ones.
        let (rows, wanted) = match selected {
            None => (left.min(missing), None),
            Some((mask, row)) => {
                let mask = mask.slice(row, left);
                let rows = mask
                    .set_indices()
                    .nth(missing - 1)
                    .map_or(left, |last| last + 1);
                (rows, Some(mask.slice(0, rows)))
            }
        };
        let present = page
            .present
            .as_ref()
            .map(|present| present.slice(page.row, rows));
        let there = present.as_ref().map_or(rows, BooleanBuffer::count_set_bits);
        let end = page.at.checked_add(there.checked_mul(Self::WIDTH)?)?;
        page.bytes.fill(end)?;
        let bytes = page.bytes.get().get(page.at..end)?;
        let is_whole = rows == self.count && present.is_none() && wanted.is_none();
        if is_whole && T::lie_in(bytes) {
            let bytes = page.bytes.share();
            self.whole = Some(bytes.slice_with_length(page.at, end - page.at));
        } else {
            self.values.reserve_exact(missing);
            self.append(bytes, present, wanted);
        }
        page.row += rows;
        page.at = end;
        Some(())
    }

    fn finish(mut self) -> Option<ArrayRef> {
        let nulls = self.present.as_mut().map(|present| present.finish());
        let nulls = nulls
            .map(NullBuffer::new)
            .filter(|nulls| nulls.null_count() > 0);
        let length = self.len();
        let values = match self.whole {
            Some(values) => values,
            None => Buffer::from_vec(self.values),
        };
        let build = |data_type: ArrowType| {
            let array = ArrayData::builder(data_type)
                .len(length)
                .add_buffer(values)
                .nulls(nulls);
            array.build().ok().map(make_array)
        };
        match self.decoded {
            ArrowType::Decimal64(precision, scale) if Self::WIDTH == 4 => {
                let narrow = build(ArrowType::Int32)?;
                let wide = (narrow.as_primitive::<Int32Type>())
                    .unary::<_, Decimal64Type>(i64::from)
                    .with_precision_and_scale(precision, scale);
                Some(Arc::new(wide.ok()?))
            }
            decoded => build(decoded),
        }
    }
}

impl<T: Bits> Numbers<T> {
    /// Appends the numbers of rows, of which some (None: all) are there and some (None: all) wanted.
    fn append(
        &mut self,
        bytes: &[u8],
        present: Option<BooleanBuffer>,
        wanted: Option<BooleanBuffer>,
    ) {
        let numbers = T::split(bytes);
        let number = |at: usize| numbers.get(at).map_or(T::default(), T::read);
        let before = self.values.len();
        match (&present, &wanted) {
            (None, None) => self.values.extend(numbers.iter().map(T::read)),
            (None, Some(wanted)) => self.values.extend(wanted.set_indices().map(number)),
            (Some(present), None) => spread(number, present, T::default(), &mut self.values),
            (Some(present), Some(wanted)) => {
                self.spread.clear();
                spread(number, present, T::default(), &mut self.spread);
                (self.values).extend(wanted.set_indices().map(|row| self.spread[row]));
            }
        }
        if present.is_none() && self.present.is_none() {
            return;
        }
        let of_all = self.present.get_or_insert_with(|| {
            let mut of_all = BooleanBufferBuilder::new(before);
            of_all.append_n(before, true);
            of_all
        });
        match (present, wanted) {
            (None, _) => of_all.append_n(self.values.len() - before, true),
            (Some(present), None) => of_all.append_buffer(&present),
            (Some(present), Some(wanted)) => {
                wanted
                    .set_indices()
                    .for_each(|row| of_all.append(present.value(row)));
            }
        }
    }
}
