//! Snappy, for pages of eight-byte numbers.
//!
//! Keys and prices in a dictionary share their upper bytes with one another. What a Snappy compressor makes of them is a
//! stream of pairs, each of which is one number:
//!
//! ```text
//!   literal of 2 bytes          copy of 6 bytes from 88 bytes ago
//!   ┌─────┬───────────┐         ┌─────┬────┐
//!   │ tag │ b0     b1 │         │ tag │ 88 │        number = the number 88 bytes ago, but for its lower two bytes
//!   └─────┴───────────┘         └─────┴────┘
//! ```
//!
//! A decompressor for any data takes one element at a time and writes it with room to spare; for such a stream it spends
//! most of its time on telling elements apart, and a copy that reads what the literal before it has just written waits for
//! it. Here a pair is taken at once: one look into a table by the second tag says whether the two lengths make eight,
//! the number is put together in a register and written once.
//!
//! The format: <https://github.com/google/snappy/blob/main/format_description.txt>.

use super::snappy_rows::{Block, read_8, write_8};
use std::hint::select_unpredictable;

/// What the second tag of a pair says. Tables by tag, in one piece so that one register finds them all.
struct Tags {
    /// By the length of the literal less one: the bits of the number that are the literal's.
    literal: [u64; 8],
    /// Which bits of the two bytes after the tag are the offset's.
    offset: [u16; 256],
    /// The bits of the offset that are in the tag.
    offset_in_tag: [u16; 256],
    /// The length less one of the literal that makes eight with this copy; 255: there is none.
    literal_wanted: [u8; 256],
}

static TAGS: Tags = Tags::new();

impl Tags {
    const fn new() -> Tags {
        let mut tags = Tags {
            literal: [0; 8],
            offset: [0; 256],
            offset_in_tag: [0; 256],
            literal_wanted: [u8::MAX; 256],
        };
        let mut bytes = 1;
        while bytes <= 8 {
            tags.literal[bytes - 1] = u64::MAX >> (64 - 8 * bytes);
            bytes += 1;
        }
        let mut tag = 0;
        while tag < 256 {
            let length = match tag & 3 {
                1 => {
                    tags.offset[tag] = 0xff;
                    tags.offset_in_tag[tag] = ((tag >> 5) << 8) as u16;
                    (tag >> 2 & 7) + 4
                }
                2 => {
                    tags.offset[tag] = 0xffff;
                    (tag >> 2) + 1
                }
                _ => 8,
            };
            // With a literal of more than four bytes, the offset would not lie within the same eight bytes.
            if length >= 4 && length < 8 {
                tags.literal_wanted[tag] = 7 - length as u8;
            }
            tag += 1;
        }
        tags
    }
}

/// Decompresses pairs of a literal and a copy that make eight bytes together, from input at `at` to output behind the
/// `done` bytes that the block has got, up to `wanted` or the first that is not one. Returns where both have been left: two
/// numbers, which come back in registers.
///
/// # Safety
///
/// The block is one, and the places lie in it.
// A function of its own: what the loop around it keeps in registers would be in the way.
#[inline(never)]
pub(super) unsafe fn pairs(
    block: &Block,
    mut at: usize,
    mut done: usize,
    wanted: usize,
) -> (usize, usize) {
    let tags = &TAGS;
    let wanted = wanted.min(block.left.saturating_sub(7));
    if at >= block.last || block.filled + done < 8 {
        return (at, done);
    }
    // SAFETY: before `last` there are LOOK_AHEAD bytes of input; a pair is at most 11, and eight after it are read ahead.
    // Eight bytes may be written, since `done` is less than `left - 7`, and they come from eight that have been: the
    // offset is at least eight and at most as large as what there is.
    unsafe {
        let mut word = read_8(block.input.add(at));
        while at < block.last && done < wanted {
            // A literal of up to eight bytes.
            if word & 0xe3 != 0 {
                break;
            }
            let literal = (word >> 2 & 7) as usize;
            // Both places where the next pair may begin are read before it is known which it is.
            let after_short = read_8(block.input.add(at + 4 + literal));
            let after_long = read_8(block.input.add(at + 5 + literal));
            let copy = word >> 16 >> (8 * literal);
            let tag = usize::from(copy as u8);
            let is_long = copy & 2 != 0;
            let offset = (copy >> 8) as u16 & tags.offset[tag] | tags.offset_in_tag[tag];
            let offset = usize::from(offset);
            // One comparison for both limits: what is below eight becomes far too large.
            if usize::from(tags.literal_wanted[tag]) != literal
                || offset.wrapping_sub(8) > (block.filled + done).wrapping_sub(8)
            {
                break;
            }
            let to = block.output.add(done);
            let own = tags.literal[literal];
            write_8(to, read_8(to.sub(offset)) & !own | word >> 8 & own);
            done += 8;
            at += 4 + literal + usize::from(is_long);
            word = select_unpredictable(is_long, after_long, after_short);
        }
    }
    (at, done)
}
