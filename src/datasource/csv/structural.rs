//! Finding the bytes that give text its structure: delimiters and line ends.
//!
//! Fields are short, so that a search per field would cost more than it finds. Instead 64 bytes at a time are
//! compared against up to three characters; the hits are bits of a word that the tokenizer takes off one by one.

/// Walks over the hits in some bytes, forwards.
pub(super) struct Finder<'a> {
    bytes: &'a [u8],
    needles: [u8; 3],
    /// Where the block of `hits` begins.
    base: usize,
    /// One bit per byte of the block.
    hits: u64,
}

const BLOCK: usize = 64;

impl<'a> Finder<'a> {
    pub fn new(bytes: &'a [u8], needles: [u8; 3]) -> Finder<'a> {
        let mut finder = Finder {
            bytes,
            needles,
            base: 0,
            hits: 0,
        };
        finder.load(0);
        finder
    }

    /// The first hit at or behind `from`; the length if there is none. `from` must not go backwards past a
    /// block boundary that was crossed.
    #[inline]
    pub fn next(&mut self, from: usize) -> usize {
        if from >= self.base + BLOCK {
            if from >= self.bytes.len() {
                return self.bytes.len();
            }
            self.load(from & !(BLOCK - 1));
        }
        let mut hits = self.hits & (u64::MAX << (from - self.base));
        while hits == 0 {
            let next = self.base + BLOCK;
            if next >= self.bytes.len() {
                return self.bytes.len();
            }
            self.load(next);
            hits = self.hits;
        }
        self.base + hits.trailing_zeros() as usize
    }

    #[inline]
    fn load(&mut self, base: usize) {
        self.base = base;
        self.hits = match self.bytes.get(base..base + BLOCK) {
            Some(block) => match <&[u8; BLOCK]>::try_from(block) {
                Ok(block) => hits(block, self.needles),
                Err(_) => 0,
            },
            None => {
                let tail = self.bytes.get(base..).unwrap_or(&[]);
                let mut hits = 0;
                for (index, byte) in tail.iter().enumerate() {
                    hits |= u64::from(self.needles.contains(byte)) << index;
                }
                hits
            }
        };
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn hits(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    // SAFETY: SSE2 is part of x86-64, and each of the four loads lies within the 64 bytes of the block.
    unsafe {
        let [a, b, c] = needles.map(|needle| _mm_set1_epi8(needle as i8));
        let mut bits = 0;
        for quarter in 0..4 {
            let bytes = _mm_loadu_si128(block.as_ptr().add(quarter * 16).cast::<__m128i>());
            let any = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, a), _mm_cmpeq_epi8(bytes, b)),
                _mm_cmpeq_epi8(bytes, c),
            );
            bits |= u64::from(_mm_movemask_epi8(any) as u32) << (quarter * 16);
        }
        bits
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn hits(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    let mut bits = 0;
    for (index, byte) in block.iter().enumerate() {
        let hit = *byte == needles[0] || *byte == needles[1] || *byte == needles[2];
        bits |= u64::from(hit) << index;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_plain_search_finds() {
        let bytes: Vec<u8> = (0..1000u32).map(|i| (i * i % 251) as u8).collect();
        for length in [0, 1, 63, 64, 65, 200, 1000] {
            let bytes = &bytes[..length];
            let needles = [7, 49, 100];
            let mut finder = Finder::new(bytes, needles);
            let mut found = Vec::new();
            let mut from = 0;
            loop {
                let hit = finder.next(from);
                if hit == length {
                    break;
                }
                found.push(hit);
                from = hit + 1;
            }
            let expected: Vec<usize> = (0..length)
                .filter(|index| needles.contains(&bytes[*index]))
                .collect();
            assert_eq!(found, expected, "length {length}");
        }
    }
}
