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

use super::snappy::{COPIES, Decompressor, LOOK_AHEAD, MASKS, move_64, repeat};

/// How far a loop has come.
#[derive(Clone, Copy)]
struct Place {
    /// The next element of the input.
    at: usize,
    /// Bytes that have been written.
    done: usize,
    /// The last eight bytes, the last of them uppermost; zeros for those before the first.
    tail: u64,
}

/// Where a loop reads and writes.
#[derive(Clone, Copy)]
struct Block {
    input: *const u8,
    /// Elements that begin before it may be read with [`LOOK_AHEAD`] bytes.
    last: usize,
    /// Where the first byte goes.
    output: *mut u8,
    /// Bytes that are filled before it.
    filled: usize,
    /// Bytes that may be filled; SLACK more may be written.
    left: usize,
}

impl Decompressor {
    /// Elements in a row that are short and not near the end of the input, up to `wanted` bytes of output or a little
    /// more. None if the block is damaged.
    pub(super) fn number_elements(&mut self, wanted: usize) -> Option<()> {
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
            // SAFETY: the block is that of the decompressor, and the place lies in it before `last`.
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
unsafe fn read_8(from: *const u8) -> u64 {
    // SAFETY: see above.
    unsafe { u64::from_le_bytes(from.cast::<[u8; 8]>().read()) }
}

/// # Safety
///
/// Eight bytes may be written there.
#[inline(always)]
unsafe fn write_8(to: *mut u8, bytes: u64) {
    // SAFETY: see above.
    unsafe { to.cast::<[u8; 8]>().write(bytes.to_le_bytes()) }
}
