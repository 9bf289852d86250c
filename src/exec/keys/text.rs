//! Byte strings kept densely, one per group: long text keys and rows of several columns.

use crate::kernel::view::{INLINE, view_of};
use arrow::array::{ArrayRef, BinaryViewArray, StringViewArray};
use arrow::buffer::{Buffer, NullBuffer};
use std::ops::Range;
use std::sync::Arc;

/// Byte strings by number.
#[derive(Debug, Default)]
pub(in crate::exec) struct TextKeys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl TextKeys {
    /// Strings of these lengths, all bytes zero.
    pub fn zeroed(lengths: &[usize]) -> TextKeys {
        let mut end = 0;
        let ends = lengths.iter().map(|length| {
            end += length;
            end
        });
        let ends: Vec<usize> = ends.collect();
        TextKeys {
            bytes: vec![0; end],
            ends,
        }
    }

    /// Where each starts in [`TextKeys::bytes_mut`].
    pub fn starts(&self) -> Vec<usize> {
        let before = self.ends.iter().take(self.len().saturating_sub(1)).copied();
        let first = (!self.ends.is_empty()).then_some(0);
        first.into_iter().chain(before).collect()
    }

    /// The bytes of all.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Adds one.
    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// The one of a number.
    #[inline]
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[self.range(index)]
    }

    /// Where the one of a number lies among the bytes of all.
    #[inline]
    fn range(&self, index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        start..self.ends[index]
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8
    }
}

/// Parts of keys, shown by the views of an array instead of being copied one by one.
pub(super) struct Parts {
    views: Vec<u128>,
    buffers: Vec<Buffer>,
    /// Which are not NULL; empty as long as none is.
    valid: Vec<bool>,
}

impl Parts {
    /// Of every key the part that `part` says, which is a place in the key; None for NULL. If some are too long for a
    /// view, `shared` becomes a copy of the bytes of all keys, which other parts of the same keys can use.
    pub fn new(
        keys: &TextKeys,
        shared: &mut Option<Buffer>,
        mut part: impl FnMut(usize, &[u8]) -> Option<Range<usize>>,
    ) -> Parts {
        let mut parts = Parts {
            views: Vec::with_capacity(keys.len()),
            buffers: Vec::new(),
            valid: Vec::new(),
        };
        // Where the last buffer begins, and up to where a view can show it.
        let (mut first, mut last) = (0, 0);
        for index in 0..keys.len() {
            let range = keys.range(index);
            let key = &keys.bytes[range.clone()];
            let Some(part) = part(index, key) else {
                parts.valid.resize(index, true);
                parts.valid.push(false);
                parts.views.push(0);
                continue;
            };
            if part.len() > INLINE && range.end > last {
                first = range.start;
                last = first.saturating_add(MOST_BYTES);
                let shared = shared.get_or_insert_with(|| Buffer::from_slice_ref(&keys.bytes));
                parts.buffers.push(shared.slice(first));
            }
            let number = parts.buffers.len().saturating_sub(1) as u32;
            let offset = (range.start + part.start - first) as u32;
            parts.views.push(view_of(&key[part], number, offset));
            if !parts.valid.is_empty() {
                parts.valid.push(true);
            }
        }
        parts
    }

    /// The view of each.
    pub fn views(&self) -> &[u128] {
        &self.views
    }

    /// The same bytes as other parts, each some of them again.
    pub fn again(mut self, views: Vec<u128>, valid: Vec<bool>) -> Parts {
        (self.views, self.valid) = (views, valid);
        self
    }

    fn nulls(&mut self) -> Option<NullBuffer> {
        let valid = std::mem::take(&mut self.valid);
        (!valid.is_empty()).then(|| NullBuffer::from(valid))
    }

    /// The parts as strings.
    ///
    /// # Safety
    ///
    /// They are UTF-8.
    pub unsafe fn strings(mut self) -> ArrayRef {
        let nulls = self.nulls();
        // SAFETY: a long view shows bytes of the buffer that has its number, and has their length and first bytes; a short
        // one holds them and zeros. The caller says that they are UTF-8.
        Arc::new(unsafe {
            StringViewArray::new_unchecked(self.views.into(), self.buffers.into(), nulls)
        })
    }

    /// The parts as binaries.
    pub fn binaries(mut self) -> ArrayRef {
        let nulls = self.nulls();
        // SAFETY: as of strings, for which bytes are to be UTF-8 besides.
        Arc::new(unsafe {
            BinaryViewArray::new_unchecked(self.views.into(), self.buffers.into(), nulls)
        })
    }
}

/// Bytes of a buffer in which views count in 32 bits; fewer in tests, so that there are several buffers.
const MOST_BYTES: usize = if cfg!(test) {
    1 << 12
} else {
    u32::MAX as usize
};

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};

    #[test]
    fn parts_show_the_bytes_of_keys_in_as_many_buffers_as_it_takes() {
        let text = |row: usize| format!("{row} {}", "é".repeat(row % 23));
        let mut keys = TextKeys::default();
        for row in 0..1000 {
            keys.push(format!("<{}>", text(row)).as_bytes());
        }
        // More than a view's buffer holds, in tests.
        assert!(keys.size() > 3 * MOST_BYTES);
        let inner = |row: usize, key: &[u8]| (row % 7 != 3).then(|| 1..key.len() - 1);
        let parts = || Parts::new(&keys, &mut None, inner);
        // SAFETY: texts in angle brackets, without these.
        let strings = unsafe { parts().strings() };
        let strings = strings.as_string_view();
        assert!(strings.data_buffers().len() > 3);
        let binaries = parts().binaries();
        for row in 0..1000 {
            assert_eq!(strings.is_null(row), row % 7 == 3);
            if row % 7 != 3 {
                assert_eq!(strings.value(row), text(row));
                assert_eq!(binaries.as_binary_view().value(row), text(row).as_bytes());
            }
        }
        let copy = StringViewArray::try_new(
            strings.views().clone(),
            strings.data_buffers().clone(),
            strings.nulls().cloned(),
        );
        assert_eq!(&copy.unwrap(), strings);
    }
}
