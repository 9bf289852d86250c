//! Views of strings.

/// The longest string that a view holds itself.
pub const INLINE: usize = 12;

/// The view of a string that lies at `offset` of the buffer with that number, unless the view holds it itself. The same
/// as [`arrow::array::make_view`], which is never inlined and copies byte by byte.
#[inline]
pub fn view_of(bytes: &[u8], buffer: u32, offset: u32) -> u128 {
    let length = bytes.len();
    let four = |at: usize| match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(four) => u32::from_le_bytes(*four),
        None => 0,
    };
    if length > INLINE {
        let head = u64::from(length as u32) | u64::from(four(0)) << 32;
        let place = u64::from(buffer) | u64::from(offset) << 32;
        return u128::from(head) | u128::from(place) << 64;
    }
    // Loads that overlap where the length is between two sizes: the bits of both are the same there.
    let text = match length {
        8.. => {
            let first = u64::from(four(0)) | u64::from(four(4)) << 32;
            u128::from(first) | u128::from(four(length - 4)) << (8 * (length - 4))
        }
        4..8 => u128::from(u64::from(four(0)) | u64::from(four(length - 4)) << (8 * (length - 4))),
        _ => {
            let byte = |at: usize| u32::from(bytes[at]) << (8 * at);
            match length {
                0 => 0,
                _ => u128::from(byte(0) | byte(length / 2) | byte(length - 1)),
            }
        }
    };
    text << 32 | length as u128
}

/// What the view of a string says about its place in the order: the bytes that are there in the upper 96 bits, zeros
/// behind the string's end, the length below. Of a longer string only the upper four bytes are its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head(u128);

impl Head {
    /// Of the string of a view.
    #[inline]
    pub fn of(view: u128) -> Head {
        Head(view.swap_bytes() << 32 | u128::from(view as u32))
    }

    #[inline]
    fn is_whole(self) -> bool {
        self.0 as u32 as usize <= INLINE
    }

    /// Whether the order of two strings is that of their heads.
    #[inline]
    pub fn decides(self, other: Head) -> bool {
        (self.0 ^ other.0) >> 96 != 0 || (self.is_whole() & other.is_whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::make_view;

    #[test]
    fn is_the_view_that_arrow_makes() {
        let text: Vec<u8> = (1..=40u8).map(|byte| byte.wrapping_mul(37)).collect();
        for length in 0..=text.len() {
            let bytes = &text[..length];
            assert_eq!(view_of(bytes, 7, 11), make_view(bytes, 7, 11), "{length}");
        }
    }
}
