//! Snappy, for columns of numbers.
//!
//! A number that repeats the one before it, or only differs from it in its lower bytes, becomes a copy from a number ago,
//! mostly behind a literal:
//!
//! ```text
//!   rows       12 00 00 00   12 00 00 00   13 00 00 00   13 00 00 00
//!   elements   … copy of 4 from 4 ago │ literal 13 │ copy of 7 from 4 ago
//! ```
//!
//! Such a copy would read from memory what has just been written in other pieces, which takes a processor long. So the last
//! eight bytes are also kept in a register, the *tail*.
//!
//! Numbers of eight bytes that share their upper bytes with one further away are pairs of elements, which have a loop of
//! their own ([`super::snappy_pairs`]): it goes on where it can, and what is no pair is decompressed here.

use super::snappy::{COPIES, Decompressor, LOOK_AHEAD, MASKS, move_64, repeat};
use super::snappy_pairs::pairs;

/// How far a loop has come.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The next element of the input.
    pub at: usize,
    /// Bytes that have been written.
    pub done: usize,
    /// The last eight bytes, the last of them uppermost; zeros for those before the first.
    pub tail: u64,
}

/// Where a loop reads and writes.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub input: *const u8,
    /// Elements that begin before it may be read with [`LOOK_AHEAD`] bytes.
    pub last: usize,
    /// Where the first byte goes.
    pub output: *mut u8,
    /// Bytes that are filled before it.
    pub filled: usize,
    /// Bytes that may be filled; SLACK more may be written.
    pub left: usize,
}

impl Decompressor {
    /// Elements in a row that are short and not near the end of the input, up to `wanted` bytes of output or a little
    /// more; first of all pairs, if numbers have eight bytes. None if the block is damaged.
    pub(super) fn number_elements(&mut self, wanted: usize, in_pairs: bool) -> Option<()> {
        let filled = self.output.filled();
        let known = &self.output.bytes()[filled.saturating_sub(8)..];
        let mut place = Place {
            at: self.at,
            done: 0,
            tail: (known.iter()).fold(0, |tail, byte| shift_in(tail, u64::from(*byte), 1)),
        };
        let block = Block {
            input: self.input.as_ptr(),
            last: self.input.len().saturating_sub(LOOK_AHEAD),
            left: self.output.length() - filled,
            output: self.output.end(),
            filled,
        };
        let wanted = wanted - filled;
        while place.at < block.last && place.done < wanted {
            if in_pairs {
                // SAFETY: the block is that of the decompressor, and the place lies in it.
                let (at, done) = unsafe { pairs(&block, place.at, place.done, wanted) };
                if done > place.done {
                    // SAFETY: a pair has written the eight bytes before.
                    let tail = unsafe { read_8(block.output.add(done - 8)) };
                    place = Place { at, done, tail };
                    if at >= block.last || done >= wanted {
                        break;
                    }
                }
            }
            // SAFETY: as above, and the place is before `last`.
            match unsafe { element(block, place) } {
                Element::Short(after) => place = after,
                Element::Long => break,
                Element::Damaged => return None,
            }
        }
        self.at = place.at;
        // SAFETY: so many bytes have been written, all of them within `left`.
        unsafe { self.output.advance(place.done) };
        Some(())
    }
}

enum Element {
    Short(Place),
    /// A literal of more than 60 bytes.
    Long,
    Damaged,
}

/// Decompresses one element.
///
/// # Safety
///
/// The block is one, and the place lies in it, before `last`.
#[inline(always)]
unsafe fn element(block: Block, place: Place) -> Element {
    let Place { at, done, tail } = place;
    // SAFETY: there are LOOK_AHEAD bytes of input. A literal here has up to 60 bytes and its move reads 64 behind the tag;
    // the tag of a copy is followed by at most 4 bytes. What is written is at most `left - done` bytes long; moves write
    // up to 64 bytes from `done` on, which is at most SLACK behind `left`. A copy begins at most `filled + done` bytes
    // back, so within the memory. Eight bytes that are read for the tail lie before `to`, or within a literal of eight or
    // more; single ones have just been written.
    unsafe {
        let tag = *block.input.add(at);
        let to = block.output.add(done);
        if tag & 3 == 0 {
            let length = (tag >> 2) as usize + 1;
            if length > 60 {
                return Element::Long;
            }
            if length > block.left - done {
                return Element::Damaged;
            }
            let from = block.input.add(at + 1);
            let tail = match length {
                ..=8 => {
                    let bytes = read_8(from);
                    write_8(to, bytes);
                    shift_in(tail, bytes, length)
                }
                _ => {
                    move_64(from, to, length);
                    read_8(from.add(length - 8))
                }
            };
            return Element::Short(Place {
                at: at + length + 1,
                done: done + length,
                tail,
            });
        }
        let entry = COPIES[tag as usize];
        let length = (entry & 0xff) as usize;
        let bytes = block.input.add(at + 1).cast::<[u8; 4]>().read();
        let distance = (u32::from_le_bytes(bytes) & MASKS[(tag & 3) as usize]) as usize
            + (entry & 0x700) as usize;
        if distance == 0 || distance > block.filled + done || length > block.left - done {
            return Element::Damaged;
        }
        let tail = match distance {
            1 | 2 | 4 | 8 => {
                let pattern = period(tail, distance);
                for start in (0..length).step_by(8) {
                    write_8(to.add(start), pattern);
                }
                match length {
                    8.. => pattern.rotate_right(length as u32 % 8 * 8),
                    _ => shift_in(tail, pattern, length),
                }
            }
            _ => {
                match distance {
                    16.. => move_64(to.sub(distance), to, length),
                    _ => repeat(to, distance, length),
                }
                // From where they were copied, if they are whole there.
                match length {
                    ..8 if distance >= 8 => shift_in(tail, read_8(to.sub(distance)), length),
                    8.. if distance >= length => read_8(to.sub(distance).add(length - 8)),
                    _ => (length.saturating_sub(8)..length)
                        .fold(tail, |tail, at| shift_in(tail, u64::from(*to.add(at)), 1)),
                }
            }
        };
        Element::Short(Place {
            at: at + (entry >> 12) as usize,
            done: done + length,
            tail,
        })
    }
}

/// The last eight bytes after so many more, 1 to 8, which are the lowest of `bytes`.
#[inline(always)]
fn shift_in(tail: u64, bytes: u64, count: usize) -> u64 {
    ((u128::from(bytes) << 64 | u128::from(tail)) >> (8 * count)) as u64
}

/// Eight bytes that repeat the last 1, 2, 4 or 8 of others.
#[inline(always)]
fn period(tail: u64, distance: usize) -> u64 {
    match distance {
        1 => (tail >> 56) * 0x0101_0101_0101_0101,
        2 => (tail >> 48) * 0x0001_0001_0001_0001,
        4 => (tail >> 32) * 0x0000_0001_0000_0001,
        _ => tail,
    }
}

/// # Safety
///
/// There are eight bytes, all of them written.
#[inline(always)]
pub(super) unsafe fn read_8(from: *const u8) -> u64 {
    // SAFETY: see above.
    unsafe { u64::from_le_bytes(from.cast::<[u8; 8]>().read()) }
}

/// # Safety
///
/// Eight bytes may be written there.
#[inline(always)]
pub(super) unsafe fn write_8(to: *mut u8, bytes: u64) {
    // SAFETY: see above.
    unsafe { to.cast::<[u8; 8]>().write(bytes.to_le_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::super::snappy::{Content, decompress, header, stored};
    use bytes::Bytes;

    fn compressed(data: &[u8]) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(data).unwrap()
    }

    /// A block decompressed as numbers of four bytes and of eight.
    fn numbers_of(block: &[u8]) -> Option<Vec<u8>> {
        let run = |content| {
            let bytes = decompress(Bytes::copy_from_slice(block), content);
            bytes.map(|bytes| bytes.to_vec())
        };
        let four = run(Content::Fours);
        assert_eq!(run(Content::Eights), four);
        four
    }

    fn numbers(count: usize, number: impl Fn(u64) -> u64) -> Vec<u8> {
        (0..count as u64)
            .flat_map(|row| number(row).to_le_bytes())
            .collect()
    }

    /// The same from one number to the next, and without a pattern.
    fn scrambled(row: u64) -> u64 {
        let row = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (row ^ row >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }

    #[test]
    fn pages_come_back_as_they_were() {
        let mut pages = vec![
            Vec::new(),
            vec![7],
            b"not numbers at all, at all, at all, at all".to_vec(),
            vec![0; 100_000],
        ];
        for count in [1, 2, 3, 100, 20_000] {
            pages.push(numbers(count, |row| row));
            pages.push(numbers(count, |row| row * 1_000_003));
            pages.push(numbers(count, scrambled));
            for bits in [1, 7, 8, 9, 16, 17, 24, 30, 39, 40, 41, 63] {
                pages.push(numbers(count, |row| scrambled(row) >> (64 - bits)));
                // Negative numbers, and numbers that differ in the middle.
                pages.push(numbers(count, |row| !(scrambled(row) >> (64 - bits))));
                pages.push(numbers(count, |row| scrambled(row) >> (64 - bits) << 11));
            }
            // Two kinds in turn: copies of other lengths and from odd places.
            pages.push(numbers(count, |row| match row % 7 {
                0 => scrambled(row),
                _ => scrambled(row) % 1000,
            }));
            // Not a multiple of eight bytes.
            pages.push(numbers(count, |row| row * row)[3..].to_vec());
        }
        for page in pages {
            assert_eq!(numbers_of(&compressed(&page)), Some(page));
        }
    }

    /// Streams that no compressor of today makes: every length of literal with every length of copy, near and far.
    #[test]
    fn elements_of_any_length() {
        let start = numbers(300, scrambled);
        for literal in 1..=12u8 {
            for length in 1..=12u8 {
                for offset in [1u16, 2, 7, 8, 9, 16, 255, 256, 2047, 2048, 2400] {
                    let mut elements = vec![60 << 2 | 1 << 2, 0x5f, 0x09];
                    elements.extend_from_slice(&start);
                    let mut expected = start.clone();
                    for turn in 0..5u8 {
                        elements.push((literal - 1) << 2);
                        let own: Vec<u8> = (0..literal).map(|byte| byte ^ turn).collect();
                        elements.extend_from_slice(&own);
                        expected.extend_from_slice(&own);
                        if (4..=11).contains(&length) && offset < 2048 {
                            elements.push(1 | (length - 4) << 2 | ((offset >> 8) as u8) << 5);
                            elements.push(offset as u8);
                        } else {
                            elements.push(2 | (length - 1) << 2);
                            elements.extend_from_slice(&offset.to_le_bytes());
                        }
                        for _ in 0..length {
                            expected.push(expected[expected.len() - usize::from(offset)]);
                        }
                    }
                    let mut stream = compressed(&expected);
                    let (_, start) = header(&stream).unwrap();
                    stream.truncate(start);
                    stream.extend_from_slice(&elements);
                    let usual = snap::raw::Decoder::new().decompress_vec(&stream).unwrap();
                    assert_eq!(usual, expected);
                    assert_eq!(numbers_of(&stream), Some(expected));
                }
            }
        }
    }

    #[test]
    fn damage_is_noticed() {
        let good = compressed(&numbers(500, |row| scrambled(row) % 100_000));
        for end in 0..good.len() {
            assert_eq!(numbers_of(&good[..end]), None, "cut at {end}");
        }
        // Any other byte anywhere: the answer of the usual decompressor.
        for at in 0..good.len() {
            for flip in [1, 2, 3, 4, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                let usual = match snap::raw::decompress_len(&bad) {
                    Ok(length) if length < 1 << 20 => {
                        snap::raw::Decoder::new().decompress_vec(&bad).ok()
                    }
                    _ => continue,
                };
                assert_eq!(numbers_of(&bad), usual, "{flip} at {at}");
            }
        }
        // A length that the page cannot have.
        assert_eq!(numbers_of(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1]), None);
    }

    #[test]
    fn only_a_page_of_one_literal_is_stored() {
        let data = numbers(5000, scrambled);
        let length = (data.len() as u16 - 1).to_le_bytes();
        let (_, start) = header(&compressed(&data)).unwrap();
        let page = [&compressed(&data)[..start], &[61 << 2], &length, &data].concat();
        let page = Bytes::from(page);
        assert_eq!(stored(&page).as_deref(), Some(&data[..]));
        assert_eq!(numbers_of(&page).as_ref(), Some(&data));
        // Cut off, longer, shorter than it says, compressed, empty.
        assert_eq!(stored(&page.slice(..page.len() - 1)), None);
        assert_eq!(stored(&[&page[..], &[0]].concat().into()), None);
        assert_eq!(stored(&vec![5, 2 << 2, 1, 2, 3].into()), None);
        assert_eq!(stored(&compressed(&numbers(5000, |row| row)).into()), None);
        assert_eq!(stored(&Bytes::new()), None);
    }
}
