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
//! the number is put together in a register and written once. Whatever is not such a pair is decoded one element at a
//! time.
//!
//! The format: <https://github.com/google/snappy/blob/main/format_description.txt>.

use super::snappy::header;
use bytes::Bytes;
use std::hint::select_unpredictable;

/// Decompresses a page of eight-byte numbers. None if it is damaged.
pub(super) fn decompress_numbers(input: &[u8]) -> Option<Vec<u8>> {
    let (length, mut at) = header(input)?;
    // A copy of three bytes makes at most 64: more is damage, and no reason to ask for memory.
    if length / 64 > input.len() {
        return None;
    }
    let mut output = vec![0; length];
    let mut end = 0;
    while at < input.len() {
        (at, end) = pairs(input, at, &mut output, end);
        if at < input.len() {
            (at, end) = element(input, at, &mut output, end)?;
        }
    }
    (end == length).then_some(output)
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

/// Decompresses pairs of a literal and a copy that make eight bytes together, up to the first that is not one or lies at
/// the end of the input. Returns where input and output have been left.
// A function of its own: what `decompress_numbers` keeps in registers would be in the way.
#[inline(never)]
fn pairs(input: &[u8], mut at: usize, output: &mut [u8], mut end: usize) -> (usize, usize) {
    let tags = &TAGS;
    let Some(first) = input[at..].first_chunk() else {
        return (at, end);
    };
    let mut word = u64::from_le_bytes(*first);
    // A pair is at most 11 bytes, and eight bytes after it are read ahead.
    while let Some(window) = input[at..].first_chunk::<20>() {
        // A literal of up to eight bytes.
        if word & 0xe3 != 0 {
            break;
        }
        let literal = (word >> 2 & 7) as usize;
        // Both places where the next pair may begin are read before it is known which it is.
        let after_short = word_at(window, 4 + literal);
        let after_long = word_at(window, 5 + literal);
        let copy = word >> 16 >> (8 * literal);
        let tag = usize::from(copy as u8);
        let is_long = copy & 2 != 0;
        let offset = (copy >> 8) as u16 & tags.offset[tag] | tags.offset_in_tag[tag];
        if usize::from(tags.literal_wanted[tag]) != literal {
            break;
        }
        let Some((before, after)) = output.split_at_mut_checked(end) else {
            break;
        };
        let from = before.len().checked_sub(usize::from(offset));
        let earlier = from.and_then(|from| before[from..].first_chunk());
        let (Some(earlier), Some(number)) = (earlier, after.first_chunk_mut()) else {
            break;
        };
        let earlier = u64::from_le_bytes(*earlier);
        let own = tags.literal[literal];
        *number = (earlier & !own | word >> 8 & own).to_le_bytes();
        end += 8;
        at += 4 + literal + usize::from(is_long);
        word = select_unpredictable(is_long, after_long, after_short);
    }
    (at, end)
}

fn word_at(window: &[u8; 20], at: usize) -> u64 {
    let (words, _) = window[at..at + 8].as_chunks();
    u64::from_le_bytes(words[0])
}

/// Decompresses one element, whatever it is. Returns where input and output have been left; None if it is damaged.
fn element(input: &[u8], at: usize, output: &mut [u8], end: usize) -> Option<(usize, usize)> {
    if let Some((length, start)) = literal(input, at) {
        let bytes = input.get(start..start.checked_add(length)?)?;
        (output.get_mut(end..end.checked_add(length)?)?).copy_from_slice(bytes);
        return Some((start + length, end + length));
    }
    let tag = *input.get(at)?;
    let at = at + 1;
    let (length, offset, at) = match tag & 3 {
        1 => {
            let low = usize::from(*input.get(at)?);
            (
                usize::from(tag >> 2 & 7) + 4,
                usize::from(tag >> 5) << 8 | low,
                at + 1,
            )
        }
        2 => {
            let offset = u16::from_le_bytes(*input.get(at..)?.first_chunk()?);
            (usize::from(tag >> 2) + 1, usize::from(offset), at + 2)
        }
        3 => {
            let offset = u32::from_le_bytes(*input.get(at..)?.first_chunk()?);
            (usize::from(tag >> 2) + 1, offset as usize, at + 4)
        }
        // A literal that is cut off.
        _ => return None,
    };
    let from = end.checked_sub(offset).filter(|_| offset > 0)?;
    let stop = end
        .checked_add(length)
        .filter(|stop| *stop <= output.len())?;
    if offset >= length {
        output.copy_within(from..from + length, end);
    } else {
        // The copy repeats what it writes.
        for to in end..stop {
            output[to] = output[to - offset];
        }
    }
    Some((at, stop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(data: &[u8]) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(data).unwrap()
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
            assert_eq!(decompress_numbers(&compressed(&page)), Some(page));
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
                    assert_eq!(decompress_numbers(&stream), Some(expected));
                }
            }
        }
    }

    #[test]
    fn damage_is_noticed() {
        let good = compressed(&numbers(500, |row| scrambled(row) % 100_000));
        for end in 0..good.len() {
            assert_eq!(decompress_numbers(&good[..end]), None, "cut at {end}");
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
                assert_eq!(decompress_numbers(&bad), usual, "{flip} at {at}");
            }
        }
        // A length that the page cannot have.
        assert_eq!(
            decompress_numbers(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1]),
            None
        );
    }

    #[test]
    fn only_a_page_of_one_literal_is_stored() {
        let data = numbers(5000, scrambled);
        let length = (data.len() as u16 - 1).to_le_bytes();
        let (_, start) = header(&compressed(&data)).unwrap();
        let page = [&compressed(&data)[..start], &[61 << 2], &length, &data].concat();
        let page = Bytes::from(page);
        assert_eq!(stored(&page).as_deref(), Some(&data[..]));
        assert_eq!(decompress_numbers(&page).as_ref(), Some(&data));
        // Cut off, longer, shorter than it says, compressed, empty.
        assert_eq!(stored(&page.slice(..page.len() - 1)), None);
        assert_eq!(stored(&[&page[..], &[0]].concat().into()), None);
        assert_eq!(stored(&vec![5, 2 << 2, 1, 2, 3].into()), None);
        assert_eq!(stored(&compressed(&numbers(5000, |row| row)).into()), None);
        assert_eq!(stored(&Bytes::new()), None);
    }
}
