//! Byte strings kept densely, one per group: long text keys and rows of several columns.

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
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
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
