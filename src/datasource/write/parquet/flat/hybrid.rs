//! Small numbers (codes of a dictionary, definition levels) as runs and bit-packed groups, Parquet's RLE hybrid.
//!
//! ```text
//!   7 7 7 7 7 7 7 7 7 7 7   ─►  header of a run: 11 times 7
//!   1 2 3 4 5 6 7 8  2 3 …  ─►  header of groups of eight, then the lowest bits of each
//! ```

/// The least rows that are worth a run of their own: a group.
const GROUP: usize = 8;

/// How many bits numbers up to `largest` take.
pub(super) fn bits_of(largest: usize) -> u32 {
    usize::BITS - largest.leading_zeros()
}

/// Adds numbers of so many bits each.
pub(super) fn put_numbers(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    let (mut at, mut packed_from) = (0, 0);
    while let Some(group) = numbers.get(at..at + GROUP) {
        let value = group[0];
        if group.iter().any(|number| *number != value) {
            at += GROUP;
            continue;
        }
        put_packed(&numbers[packed_from..at], bits, out);
        let rest = numbers[at + GROUP..].iter();
        let run = GROUP + rest.take_while(|number| **number == value).count();
        put_run(run, value, bits, out);
        at += run;
        packed_from = at;
    }
    put_packed(&numbers[packed_from..], bits, out);
}

/// Adds one number so many times.
pub(super) fn put_run(count: usize, value: u32, bits: u32, out: &mut Vec<u8>) {
    put_varint(count << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Adds numbers of one bit that are packed already; what is behind the last of them is zero.
pub(super) fn put_packed_bits(count: usize, bytes: &[u8], out: &mut Vec<u8>) {
    let groups = count.div_ceil(GROUP);
    put_varint(groups << 1 | 1, out);
    out.extend_from_slice(&bytes[..groups]);
}

/// Adds groups of numbers; the last is filled up with zeros.
fn put_packed(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    put_varint(groups << 1 | 1, out);
    let end = out.len() + groups * bits as usize;
    out.reserve(groups * bits as usize + 8);
    let (mut word, mut filled) = (0u64, 0);
    for number in numbers {
        word |= u64::from(*number) << filled;
        filled += bits;
        if filled >= 32 {
            out.extend_from_slice(&(word as u32).to_le_bytes());
            word >>= 32;
            filled -= 32;
        }
    }
    out.extend_from_slice(&word.to_le_bytes());
    out.resize(end, 0);
}

fn put_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The format's own words, read one number at a time.
    fn read(bytes: &[u8], bits: u32, count: usize) -> Vec<u32> {
        let (mut at, mut numbers) = (0, Vec::new());
        while numbers.len() < count {
            let (mut header, mut shift) = (0usize, 0);
            loop {
                header |= usize::from(bytes[at] & 0x7f) << shift;
                shift += 7;
                at += 1;
                if bytes[at - 1] < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let width = bits.div_ceil(8) as usize;
                let mut value = [0; 4];
                value[..width].copy_from_slice(&bytes[at..at + width]);
                at += width;
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(value), header >> 1));
            } else {
                let bytes_of = (header >> 1) * bits as usize;
                let packed = &bytes[at..at + bytes_of];
                at += bytes_of;
                for index in 0..(header >> 1) * 8 {
                    let bit = |bit: usize| u32::from(packed[bit / 8] >> (bit % 8) & 1);
                    let first = index * bits as usize;
                    numbers.push((0..bits as usize).map(|n| bit(first + n) << n).sum());
                }
            }
        }
        assert_eq!(at, bytes.len());
        assert!(numbers.len() < count + GROUP);
        numbers.truncate(count);
        numbers
    }

    proptest! {
        #[test]
        fn numbers_read_back(
            runs in prop::collection::vec((any::<u32>(), 1..40_usize), 0..60),
            bits in 0..=32_u32,
        ) {
            let mask = ((1u64 << bits) - 1) as u32;
            let numbers: Vec<u32> = (runs.iter())
                .flat_map(|(number, count)| {
                    // Runs too short for one are numbers that differ.
                    (0..*count as u32).map(move |n| match count {
                        20.. => *number,
                        _ => number.wrapping_add(n),
                    })
                })
                .map(|number| number & mask)
                .collect();
            let mut bytes = Vec::new();
            put_numbers(&numbers, bits, &mut bytes);
            prop_assert_eq!(read(&bytes, bits, numbers.len()), numbers);
        }
    }

    #[test]
    fn equal_numbers_are_one_run() {
        let mut bytes = Vec::new();
        put_numbers(&[5; 1000], 3, &mut bytes);
        assert_eq!(bytes, [0xd0, 0x0f, 5]);
        assert_eq!(
            (bits_of(0), bits_of(1), bits_of(255), bits_of(256)),
            (0, 1, 8, 9)
        );
    }

    #[test]
    fn bits_that_are_packed_already_read_back() {
        let mut bytes = Vec::new();
        put_packed_bits(11, &[0b1010_1010, 0b101, 0xff], &mut bytes);
        assert_eq!(read(&bytes, 1, 11), [0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1]);
    }
}
