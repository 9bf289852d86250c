//! The text that a writer has ready for its file.

/// Bytes of text with room behind them: what writes a value asks for its room once and then puts it in place.
#[derive(Default)]
pub(super) struct TextBuffer {
    /// As long as there was ever room asked for; text up to `end`.
    bytes: Vec<u8>,
    end: usize,
}

impl TextBuffer {
    /// Bytes of text.
    pub fn len(&self) -> usize {
        self.end
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Removes the text.
    pub fn clear(&mut self) {
        self.end = 0;
    }

    /// Adds at most `width` bytes: what `put` says that it has put into the room.
    #[inline]
    pub fn put(&mut self, width: usize, put: impl FnOnce(&mut [u8]) -> usize) {
        if self.bytes.len() - self.end < width {
            self.grow(width);
        }
        self.end += put(&mut self.bytes[self.end..]);
    }

    /// Adds text.
    #[inline]
    pub fn push(&mut self, text: &[u8]) {
        self.put(text.len(), |room| {
            room[..text.len()].copy_from_slice(text);
            text.len()
        });
    }

    /// Adds one ASCII character or part of another.
    #[inline]
    pub fn push_byte(&mut self, byte: u8) {
        self.put(1, |room| {
            room[0] = byte;
            1
        });
    }

    #[cold]
    fn grow(&mut self, width: usize) {
        let length = (self.end + width).max(2 * self.bytes.len());
        self.bytes.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::TextBuffer;

    #[test]
    fn text_grows_and_is_overwritten_after_it_was_cleared() {
        let mut buffer = TextBuffer::default();
        buffer.push(b"");
        assert_eq!(buffer.text(), b"");
        for _ in 0..100 {
            buffer.push(b"abc");
            // Room that is not taken is no text.
            buffer.put(10, |room| {
                room[..2].copy_from_slice(b"de");
                1
            });
            buffer.push_byte(b'\n');
        }
        assert_eq!(buffer.text(), "abcd\n".repeat(100).as_bytes());
        buffer.clear();
        buffer.push(b"x");
        assert_eq!((buffer.text(), buffer.len()), (&b"x"[..], 1));
    }
}
