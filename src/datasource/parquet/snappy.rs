//! Snappy, a stretch at a time.
//!
//! ```text
//!   length (varint)   element   element   …
//!                     ├ literal: tag, (length), bytes
//!                     └ copy:    tag, distance          bytes that came so far before
//! ```
//!
//! The `snap` crate decompresses a page as a whole into memory that must be zeroed for it. Writers there are that put a
//! million rows into a page; by the time that the first value is looked at it has left the cache.

use super::growing::GrowingMemory;
use arrow::buffer::Buffer;
use bytes::Bytes;
use std::mem::MaybeUninit;

/// Bytes that a step over one short element reads at most, its tag included.
pub(super) const LOOK_AHEAD: usize = 72;

/// No element makes more than 64 bytes out of 3; data that claims to is damaged.
const LARGEST_RATIO: usize = 22;

/// Decompresses one block.
#[derive(Debug)]
pub(super) struct Decompressor {
    pub(super) input: Bytes,
    /// The next element.
    pub(super) at: usize,
    pub(super) output: GrowingMemory,
    content: Content,
}

/// What a block holds, as far as it matters for its speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Content {
    Any,
    /// Numbers of four bytes: see [`super::snappy_rows`].
    Fours,
    /// Numbers of eight bytes: see [`super::snappy_rows`].
    Eights,
}

/// Decompresses a block as a whole. None if it is damaged.
pub(super) fn decompress(input: Bytes, content: Content) -> Option<Buffer> {
    let mut block = Decompressor::new(input, content, 0)?;
    block.fill(block.output().length())?;
    Some(block.output().share())
}

impl Decompressor {
    /// Begins with a block, whose first byte is to lie `lead` bytes behind a multiple of 64. None if it is damaged.
    pub fn new(input: Bytes, content: Content, lead: usize) -> Option<Decompressor> {
        let (length, at) = header(&input)?;
        if length / LARGEST_RATIO > input.len() {
            return None;
        }
        Some(Decompressor {
            output: GrowingMemory::new(length, lead)?,
            input,
            at,
            content,
        })
    }

    /// What there is so far.
    pub fn output(&self) -> &GrowingMemory {
        &self.output
    }

    /// Goes on until there are `wanted` bytes or more, or all. None if the block is damaged.
    pub fn fill(&mut self, wanted: usize) -> Option<()> {
        let wanted = wanted.min(self.output.length());
        while self.output.filled() < wanted {
            match self.content {
                Content::Any => self.short_elements(wanted)?,
                Content::Fours => self.number_elements(wanted, false)?,
                Content::Eights => self.number_elements(wanted, true)?,
            }
            if self.output.filled() < wanted {
                self.element()?;
            }
        }
        if wanted == self.output.length() && self.at != self.input.len() {
            return None;
        }
        Some(())
    }

    /// Elements in a row that are short and not near the end of the input, where more bytes than needed may be moved.
    fn short_elements(&mut self, wanted: usize) -> Option<()> {
        let last = self.input.len().saturating_sub(LOOK_AHEAD);
        let input = self.input.as_ptr();
        let filled = self.output.filled();
        let left = self.output.length() - filled;
        let wanted = wanted - filled;
        let output = self.output.end();
        let (mut at, mut done) = (self.at, 0);
        while at < last && done < wanted {
            // SAFETY: `at` is at least LOOK_AHEAD bytes before the end of the input. A literal here has up to 60 bytes and
            // its move reads 64 behind the tag; the tag of a copy is followed by at most 4 bytes. An element is only
            // written if its length is at most `left - done`; moves write up to 64 bytes from `done` on, which is at
            // most SLACK behind `left`. A copy begins at most `filled + done` bytes back, so within the memory, and
            // what it reads ahead of its length lies there too; it may not have been written, which is why bytes are
            // moved as `MaybeUninit`. All bytes that are filled in the end have been written from bytes that were:
            // moves are of 8 or 16 bytes from at least as far back, in order; of nearer places `repeat` takes care.
            unsafe {
                let tag = *input.add(at);
                let kind = (tag & 3) as usize;
                let to = output.add(done);
                if kind == 0 {
                    let length = (tag >> 2) as usize + 1;
                    if length > 60 {
                        break;
                    }
                    if length > left - done {
                        return None;
                    }
                    move_64(input.add(at + 1), to, length);
                    done += length;
                    at += length + 1;
                    continue;
                }
                let entry = COPIES[tag as usize];
                let length = (entry & 0xff) as usize;
                let bytes = input.add(at + 1).cast::<[u8; 4]>().read();
                let distance =
                    (u32::from_le_bytes(bytes) & MASKS[kind]) as usize + (entry & 0x700) as usize;
                // Known sooner than by the table, and the next element waits for nothing else.
                at += kind + 1 + usize::from(kind == 3);
                if distance == 0 || distance > filled + done || length > left - done {
                    return None;
                }
                match distance {
                    // Eight bytes that were written as such are read sooner than sixteen that were not.
                    8.. if length <= 16 => {
                        let from = to.sub(distance).cast_const();
                        move_8(from, to);
                        move_8(from.add(8), to.add(8));
                    }
                    16.. => move_64(to.sub(distance), to, length),
                    _ => repeat(to, distance, length),
                }
                done += length;
            }
        }
        self.at = at;
        // SAFETY: `done` bytes have been written, see above; every one was within `left`.
        unsafe { self.output.advance(done) };
        Some(())
    }

    /// One element of any kind.
    fn element(&mut self) -> Option<()> {
        let left = self.output.length() - self.output.filled();
        if let Some((length, start)) = literal(&self.input, self.at) {
            let end = start.checked_add(length)?;
            let literal = self.input.get(start..end)?;
            if length > left {
                return None;
            }
            // SAFETY: `length` bytes may be written, and the input is other memory.
            unsafe {
                self.output
                    .end()
                    .copy_from_nonoverlapping(literal.as_ptr(), length);
                self.output.advance(length);
            }
            self.at = end;
            return Some(());
        }
        let tag = *self.input.get(self.at)?;
        if tag & 3 == 0 {
            // A literal that is cut off.
            return None;
        }
        self.at += 1;
        let entry = COPIES[tag as usize];
        let length = (entry & 0xff) as usize;
        let distance = self.number((entry >> 12) as usize - 1)? as usize + (entry & 0x700) as usize;
        if distance == 0 || distance > self.output.filled() || length > left {
            return None;
        }
        for _ in 0..length {
            let end = self.output.end();
            // SAFETY: the byte read is filled, the one written is one of `left`.
            unsafe {
                end.write(end.sub(distance).read());
                self.output.advance(1);
            }
        }
        Some(())
    }

    /// The number in the next bytes, four at most.
    fn number(&mut self, bytes: usize) -> Option<u32> {
        let mut number = [0; 4];
        let end = self.at + bytes;
        number[..bytes].copy_from_slice(self.input.get(self.at..end)?);
        self.at = end;
        Some(u32::from_le_bytes(number))
    }
}

/// The data of a page that was stored because it could not be compressed: one literal.
pub(super) fn stored(input: &Bytes) -> Option<Bytes> {
    let (length, at) = header(input)?;
    let (literal, start) = literal(input, at)?;
    let end = start.checked_add(literal)?;
    (literal == length && end == input.len()).then(|| input.slice(start..))
}

/// The length of the literal whose tag is at `at`, and where its bytes begin; None if the tag is not a literal's.
fn literal(input: &[u8], at: usize) -> Option<(usize, usize)> {
    let tag = *input.get(at)?;
    if tag & 3 != 0 {
        return None;
    }
    let at = at + 1;
    let length = usize::from(tag >> 2);
    if length < 60 {
        return Some((length + 1, at));
    }
    let bytes = length - 59;
    let little_endian = input.get(at..at + bytes)?.iter().rev();
    let length = little_endian.fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    Some((length + 1, at + bytes))
}

/// The length of the output, which a page says in 31 bits, and where the elements begin.
pub(super) fn header(input: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0u64;
    for (index, byte) in input.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((i32::try_from(value).ok()? as usize, index + 1));
        }
    }
    None
}

/// Moves 64 bytes, or 16 if that is enough for `length`.
///
/// # Safety
///
/// 64 bytes may be read and written there; places are the same memory only if `from` is at least 16 bytes before.
#[inline(always)]
pub(super) unsafe fn move_64(from: *const u8, to: *mut u8, length: usize) {
    type Sixteen = MaybeUninit<[u8; 16]>;
    // SAFETY: see above.
    unsafe {
        let (from, to) = (from.cast::<Sixteen>(), to.cast::<Sixteen>());
        to.write_unaligned(from.read_unaligned());
        if length > 16 {
            for step in 1..4 {
                to.add(step)
                    .write_unaligned(from.add(step).read_unaligned());
            }
        }
    }
}

/// Repeats the `distance` bytes before a place, fewer than 16.
///
/// # Safety
///
/// They are filled, and `length`, which is up to 64, and 7 bytes more may be written.
#[inline(always)]
pub(super) unsafe fn repeat(to: *mut u8, distance: usize, length: usize) {
    // SAFETY: see above; every place is read before it is written.
    unsafe {
        let from = to.sub(distance);
        let (mut distance, mut done) = (distance, 0);
        // Eight bytes at a time, of which the first `distance` are right: after each step twice as many are.
        while distance < 8 {
            move_8(from, to.add(done));
            if length - done <= distance {
                return;
            }
            done += distance;
            distance *= 2;
        }
        for at in (done..length).step_by(8) {
            move_8(from.add(at - done), to.add(at));
        }
    }
}

/// # Safety
///
/// Eight bytes may be read and written there.
#[inline(always)]
unsafe fn move_8(from: *const u8, to: *mut u8) {
    type Eight = MaybeUninit<[u8; 8]>;
    // SAFETY: see above.
    unsafe { (to.cast::<Eight>()).write_unaligned(from.cast::<Eight>().read_unaligned()) }
}

/// Bits of the distance in the bytes that follow a tag, by its kind.
pub(super) const MASKS: [u32; 4] = [0, 0xff, 0xffff, 0xffff_ffff];

/// Of the tag of a copy: its length, from bit 8 the upper bits of the distance, from bit 12 the bytes of the element.
pub(super) static COPIES: [u16; 256] = {
    let mut table = [0; 256];
    let mut tag = 0;
    while tag < 256 {
        let long = (tag >> 2) + 1;
        table[tag as usize] = match tag & 3 {
            0 => 0,
            1 => (4 + (tag >> 2 & 7)) | (tag >> 5) << 8 | 2 << 12,
            2 => long | 3 << 12,
            _ => long | 5 << 12,
        };
        tag += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decompress(input: Vec<u8>, step: usize) -> Option<Vec<u8>> {
        let any = decompress_as(input.clone(), step, Content::Any);
        assert_eq!(decompress_as(input.clone(), step, Content::Fours), any);
        assert_eq!(decompress_as(input, step, Content::Eights), any);
        any
    }

    fn decompress_as(input: Vec<u8>, step: usize, content: Content) -> Option<Vec<u8>> {
        let mut block = Decompressor::new(input.into(), content, step % 8)?;
        // Shared while the rest is written.
        let mut shared = Vec::new();
        let length = block.output().length();
        let mut wanted = 0;
        while wanted < length {
            wanted += step;
            block.fill(wanted)?;
            assert!(block.output().filled() >= wanted.min(length));
            shared.push(block.output().share());
        }
        block.fill(length)?;
        let bytes = block.output().bytes().to_vec();
        for buffer in shared {
            assert_eq!(buffer.as_slice(), &bytes[..buffer.len()]);
        }
        Some(bytes)
    }

    /// Bytes with repetitions near and far.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = (any::<u8>(), 0usize..90, 1usize..40, any::<bool>());
        prop::collection::vec(piece, 0..120).prop_map(|pieces| {
            let mut text: Vec<u8> = Vec::new();
            for (byte, length, distance, is_copy) in pieces {
                for index in 0..length {
                    let start = text.len().checked_sub(distance * distance);
                    text.push(match start {
                        Some(start) if is_copy => text[start],
                        _ => byte.wrapping_mul(index as u8 | 1),
                    });
                }
            }
            text
        })
    }

    /// Numbers, runs of which are near each other or the same.
    fn numbers() -> impl Strategy<Value = Vec<u8>> {
        let run = (any::<u64>(), 0u64..3, 1usize..30, 1usize..4);
        let runs = prop::collection::vec(run, 1..60);
        (runs, 1usize..9).prop_map(|(runs, width)| {
            let numbers = runs.into_iter().flat_map(|(first, step, length, times)| {
                (0..length as u64).flat_map(move |index| vec![(first >> 20) + index * step; times])
            });
            numbers
                .flat_map(|number| number.to_le_bytes()[..width].to_vec())
                .collect()
        })
    }

    proptest! {
        #[test]
        fn numbers_are_decompressed(bytes in numbers(), step in 1usize..3000) {
            let compressed = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
            prop_assert_eq!(decompress(compressed, step), Some(bytes));
        }

        #[test]
        fn what_was_compressed_is_decompressed(text in text(), step in 1usize..3000) {
            let compressed = snap::raw::Encoder::new().compress_vec(&text).unwrap();
            prop_assert_eq!(decompress(compressed, step), Some(text));
        }

        #[test]
        fn damaged_blocks_do_no_harm(
            text in text(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut compressed = snap::raw::Encoder::new().compress_vec(&text).unwrap();
            let _ = decompress(compressed[..cut.index(compressed.len())].to_vec(), 100);
            for (place, byte) in damage {
                let place = place.index(compressed.len());
                compressed[place] = byte;
            }
            // What both can decompress is the same.
            let expected = snap::raw::Decoder::new().decompress_vec(&compressed).ok();
            let own = decompress(compressed, 100);
            if let (Some(own), Some(expected)) = (own, expected) {
                prop_assert_eq!(own, expected);
            }
        }
    }

    #[test]
    fn elements_at_their_limits() {
        // A literal of 61 bytes has its length in a byte of its own; distances of four bytes; a run of one byte.
        let mut block = vec![0x80 | (61 + 64 + 10 - 128), 1];
        block.extend([60 << 2, 60]);
        block.extend(0..61);
        block.extend([63 << 2 | 3, 61, 0, 0, 0]);
        block.extend([9 << 2 | 2, 1, 0]);
        let mut expected: Vec<u8> = (0..61).chain(0..61).chain(0..3).collect();
        expected.extend([2; 10]);
        assert_eq!(decompress(block.clone(), 7), Some(expected));
        // Bytes behind the end, a copy from before the start, of nothing, more output than was said.
        let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut block = block.clone();
            change(&mut block);
            decompress(block, 1000)
        };
        assert_eq!(damaged(&|block| block.push(0)), None);
        assert_eq!(damaged(&|block| block[66] = 62), None);
        assert_eq!(damaged(&|block| block[66] = 0), None);
        assert_eq!(damaged(&|block| block[0] -= 1), None);
        assert_eq!(damaged(&|block| block[0] += 1), None);
        // A length that no such block can have takes no memory.
        assert!(
            Decompressor::new(
                vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0].into(),
                Content::Any,
                0
            )
            .is_none()
        );
        assert_eq!(decompress(vec![0], 1), Some(Vec::new()));
        assert_eq!(decompress(vec![], 1), None);
    }
}
