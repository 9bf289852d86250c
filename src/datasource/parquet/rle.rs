//! Parquet's hybrid of run lengths and bit packing, in which dictionary codes and levels are stored.
//!
//! ```text
//!   header (varint)   even: run of header/2 equal values, one value of ⌈width/8⌉ bytes follows
//!                     odd:  (header/2) groups of 8 values follow, `width` bytes each, lowest bits first
//! ```

/// Decodes `count` values of `width` bits each and appends them. None if the data is damaged.
pub(super) fn decode(mut data: &[u8], width: u32, count: usize, out: &mut Vec<u32>) -> Option<()> {
    if width > 32 {
        return None;
    }
    let end = out.len() + count;
    if width == 0 {
        out.resize(end, 0);
        return Some(());
    }
    out.reserve(count);
    let bytes_per_value = (width as usize).div_ceil(8);
    while out.len() < end {
        let (header, rest) = varint(data)?;
        data = rest;
        let wanted = end - out.len();
        if header & 1 == 0 {
            let length = usize::try_from(header >> 1).ok()?;
            let value = data.get(..bytes_per_value)?;
            let mut bytes = [0; 4];
            bytes[..bytes_per_value].copy_from_slice(value);
            data = &data[bytes_per_value..];
            out.resize(out.len() + length.min(wanted), u32::from_le_bytes(bytes));
            if length == 0 {
                return None;
            }
        } else {
            let groups = usize::try_from(header >> 1).ok()?;
            let groups = groups.min(wanted.div_ceil(8));
            let packed = data.get(..groups.checked_mul(width as usize)?);
            // The last group may be cut after its last value.
            let packed = packed.unwrap_or(data);
            let available = (packed.len() * 8 / width as usize).min(groups * 8);
            let taken = available.min(wanted);
            if taken == 0 {
                return None;
            }
            unpack(packed, width, taken, out);
            data = &data[packed.len()..];
        }
    }
    Some(())
}

fn varint(data: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in data.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &data[index + 1..]));
        }
    }
    None
}

/// Appends the first `count` values of packed groups.
fn unpack(packed: &[u8], width: u32, count: usize, out: &mut Vec<u32>) {
    // A loop of its own per width lets the compiler unroll it with constant shifts.
    macro_rules! by_width {
        ($($w:literal)*) => {
            match width {
                $($w => unpack_as::<$w>(packed, count, out),)*
                _ => unpack_one_by_one(packed, width, 0, count, out),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
}

fn unpack_as<const W: usize>(packed: &[u8], count: usize, out: &mut Vec<u32>) {
    let mask = (1u64 << W) - 1;
    // A value is taken out of the eight bytes that it begins in; so eight bytes must be there behind a group.
    let groups = (count / 8).min(packed.len().saturating_sub(8) / W);
    let start = out.len();
    out.resize(start + groups * 8, 0);
    for (group, values) in out[start..].chunks_exact_mut(8).enumerate() {
        let window = &packed[group * W..group * W + W + 8];
        for (index, value) in values.iter_mut().enumerate() {
            let bit = index * W;
            // Always there: a value begins within the W bytes of its group.
            if let Some(bytes) = window[bit / 8..].first_chunk::<8>() {
                *value = ((u64::from_le_bytes(*bytes) >> (bit % 8)) & mask) as u32;
            }
        }
    }
    unpack_one_by_one(packed, W as u32, groups * 8, count, out);
}

fn unpack_one_by_one(packed: &[u8], width: u32, from: usize, count: usize, out: &mut Vec<u32>) {
    let mask = (1u64 << width) - 1;
    for index in from..count {
        let bit = index * width as usize;
        let start = bit / 8;
        let window = &packed[start..packed.len().min(start + 8)];
        let mut bytes = [0u8; 8];
        bytes[..window.len()].copy_from_slice(window);
        out.push(((u64::from_le_bytes(bytes) >> (bit % 8)) & mask) as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packs values, and long runs as runs.
    fn encode(values: &[u32], width: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let push_header = |out: &mut Vec<u8>, mut header: u64| {
            while header >= 0x80 {
                out.push((header as u8) | 0x80);
                header >>= 7;
            }
            out.push(header as u8);
        };
        let mut rest = values;
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|value| *value == first).count();
            if run >= 8 {
                push_header(&mut out, (run as u64) << 1);
                out.extend_from_slice(&first.to_le_bytes()[..(width as usize).div_ceil(8)]);
                rest = &rest[run..];
            } else {
                // Only the last group may be cut.
                let taken = match rest.len() {
                    24.. => 24,
                    length @ 8.. => length / 8 * 8,
                    length => length,
                };
                let groups = taken.div_ceil(8);
                push_header(&mut out, (groups as u64) << 1 | 1);
                let mut packed = vec![0u8; groups * width as usize];
                for (index, value) in rest[..taken].iter().enumerate() {
                    for bit in 0..width as usize {
                        let at = index * width as usize + bit;
                        packed[at / 8] |= ((value >> bit & 1) as u8) << (at % 8);
                    }
                }
                out.extend(packed);
                rest = &rest[taken..];
            }
        }
        out
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(
            width in 1u32..=32,
            seeds in prop::collection::vec((any::<u32>(), prop_oneof![Just(1usize), 8usize..40]), 0..60),
        ) {
            let mask = ((1u64 << width) - 1) as u32;
            let values: Vec<u32> = seeds.iter().flat_map(|(v, n)| vec![v & mask; *n]).collect();
            let mut out = Vec::new();
            prop_assert_eq!(decode(&encode(&values, width), width, values.len(), &mut out), Some(()));
            prop_assert_eq!(out, values);
        }

        #[test]
        fn damaged_data_does_no_harm(data in prop::collection::vec(any::<u8>(), 0..64), width in 0u32..40) {
            let mut out = Vec::new();
            let _ = decode(&data, width, 1000, &mut out);
            prop_assert!(out.len() <= 1000);
        }
    }
}
