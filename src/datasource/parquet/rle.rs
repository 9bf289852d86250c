//! Parquet's hybrid of run lengths and bit packing, in which dictionary codes and levels are stored.
//!
//! ```text
//!   header (varint)   even: run of header/2 equal values, one value of ⌈width/8⌉ bytes follows
//!                     odd:  (header/2) groups of 8 values follow, `width` bytes each, lowest bits first
//! ```

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;

/// A stretch of values.
enum Run<'a> {
    /// So many times the same value.
    Repeated(u32, usize),
    /// So many packed values, the first ones of the bytes. What follows the run in the page is there too, so that
    /// words may be read across its end.
    Packed(&'a [u8], usize),
}

/// The runs of some data, in order.
struct Runs<'a> {
    data: &'a [u8],
    width: u32,
    /// Values that are still to come.
    left: usize,
}

impl<'a> Runs<'a> {
    /// The next run, cut where the values end. None if the data is damaged. Not to be called when none are left.
    fn next(&mut self) -> Option<Run<'a>> {
        let width = self.width as usize;
        let (header, data) = varint(self.data)?;
        if header & 1 == 0 {
            let length = usize::try_from(header >> 1).ok()?.min(self.left);
            let bytes_per_value = width.div_ceil(8);
            let value = data.get(..bytes_per_value)?;
            let mut bytes = [0; 4];
            bytes[..bytes_per_value].copy_from_slice(value);
            self.data = &data[bytes_per_value..];
            self.left -= length;
            return (length > 0).then_some(Run::Repeated(u32::from_le_bytes(bytes), length));
        }
        let groups = usize::try_from(header >> 1).ok()?;
        let groups = groups.min(self.left.div_ceil(8));
        // The last group may be cut after its last value.
        let bytes = groups.checked_mul(width)?.min(data.len());
        let available = (bytes * 8 / width).min(groups * 8);
        let length = available.min(self.left);
        self.data = &data[bytes..];
        self.left -= length;
        (length > 0).then_some(Run::Packed(data, length))
    }
}

/// Decodes `count` values of `width` bits each and appends them. None if the data is damaged.
pub(super) fn decode(data: &[u8], width: u32, count: usize, out: &mut Vec<u32>) -> Option<()> {
    if width > 32 {
        return None;
    }
    if width == 0 {
        out.resize(out.len() + count, 0);
        return Some(());
    }
    out.reserve(count);
    let mut runs = Runs {
        data,
        width,
        left: count,
    };
    while runs.left > 0 {
        match runs.next()? {
            Run::Repeated(value, length) => out.resize(out.len() + length, value),
            Run::Packed(packed, length) => unpack(packed, width, length, out),
        }
    }
    Some(())
}

/// Decodes `count` values of one bit each, of which None is given where all are set. None if the data is damaged.
pub(super) fn decode_bits(data: &[u8], count: usize) -> Option<Option<BooleanBuffer>> {
    let mut bits = BooleanBufferBuilder::new(0);
    let mut runs = Runs {
        data,
        width: 1,
        left: count,
    };
    while runs.left > 0 {
        match runs.next()? {
            // All of them, mostly.
            Run::Repeated(1, length) if length == count => return Some(None),
            Run::Repeated(value, length) => bits.append_n(length, value == 1),
            Run::Packed(packed, length) => bits.append_packed_range(0..length, packed),
        }
    }
    let bits = bits.finish();
    Some((bits.count_set_bits() < count).then_some(bits))
}

/// Appends those of `count` values that have their bit set, without unpacking the others. None if the data is damaged.
pub(super) fn pick(
    data: &[u8],
    width: u32,
    count: usize,
    kept: &BooleanBuffer,
    out: &mut Vec<u32>,
) -> Option<()> {
    if width > 32 {
        return None;
    }
    if width == 0 {
        out.resize(out.len() + kept.count_set_bits(), 0);
        return Some(());
    }
    let mut wanted = kept.set_indices().peekable();
    let mut runs = Runs {
        data,
        width,
        left: count,
    };
    let mut start = 0;
    while wanted.peek().is_some() {
        if runs.left == 0 {
            return None;
        }
        let run = runs.next()?;
        let length = match run {
            Run::Repeated(_, length) | Run::Packed(_, length) => length,
        };
        while let Some(row) = wanted.next_if(|row| *row < start + length) {
            out.push(match run {
                Run::Repeated(value, _) => value,
                Run::Packed(packed, _) => one(packed, width, row - start),
            });
        }
        start += length;
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
                _ => out.extend((0..count).map(|index| one(packed, width, index))),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
}

/// Values that are unpacked at a time: so many bits that they end with a byte for every width.
const GROUP: usize = 8;

fn unpack_as<const W: usize>(packed: &[u8], count: usize, out: &mut Vec<u32>) {
    let groups = count / GROUP;
    // A value is taken out of the eight bytes that it begins in; so eight bytes must be there behind a group.
    let within = groups.min(packed.len().saturating_sub(8) / W);
    // By way of a block in the cache, so that the output need not be zeroed first.
    let mut block = [0u32; 8 * GROUP];
    let mut group = 0;
    while group < within {
        let taken = (within - group).min(block.len() / GROUP);
        for (number, values) in block[..taken * GROUP].chunks_exact_mut(GROUP).enumerate() {
            let start = (group + number) * W;
            unpack_group::<W>(&packed[start..start + W + 8], values);
        }
        out.extend_from_slice(&block[..taken * GROUP]);
        group += taken;
    }
    // At the end of the page with zeros behind it.
    let mut start = within * GROUP;
    while start < count {
        let mut window = [0; 32];
        let rest = &packed[start / GROUP * W..];
        let bytes = rest.len().min(W);
        window[..bytes].copy_from_slice(&rest[..bytes]);
        unpack_group::<W>(&window, &mut block[..GROUP]);
        let taken = (count - start).min(GROUP);
        out.extend_from_slice(&block[..taken]);
        start += taken;
    }
}

/// Unpacks a group, which begins with the window and ends at least eight bytes before it does.
#[inline(always)]
fn unpack_group<const W: usize>(window: &[u8], values: &mut [u32]) {
    let mask = (1u64 << W) - 1;
    for (index, value) in values.iter_mut().enumerate() {
        let bit = index * W;
        // Always there: a value begins within the W bytes of its group.
        if let Some(bytes) = window[bit / 8..].first_chunk::<8>() {
            *value = ((u64::from_le_bytes(*bytes) >> (bit % 8)) & mask) as u32;
        }
    }
}

/// The value at a place.
#[inline]
fn one(packed: &[u8], width: u32, index: usize) -> u32 {
    let mask = (1u64 << width) - 1;
    let bit = index * width as usize;
    let start = bit / 8;
    let word = match packed.get(start..start + 8).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => {
            let rest = &packed[start..];
            let mut bytes = [0u8; 8];
            bytes[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(bytes)
        }
    };
    ((word >> (bit % 8)) & mask) as u32
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
        fn bits_are_unpacked(seeds in prop::collection::vec((0u32..2, prop_oneof![Just(1usize), 8usize..40]), 0..60)) {
            let values: Vec<u32> = seeds.iter().flat_map(|(v, n)| vec![*v; *n]).collect();
            let bits = decode_bits(&encode(&values, 1), values.len());
            let expected = BooleanBuffer::collect_bool(values.len(), |row| values[row] == 1);
            let expected = values.contains(&0).then_some(expected);
            prop_assert_eq!(bits, Some(expected));
        }

        #[test]
        fn some_values_are_picked(
            width in 1u32..=32,
            seeds in prop::collection::vec((any::<u32>(), prop_oneof![Just(1usize), 8usize..40], any::<bool>()), 0..60),
        ) {
            let mask = ((1u64 << width) - 1) as u32;
            let values: Vec<u32> = seeds.iter().flat_map(|(v, n, _)| vec![v & mask; *n]).collect();
            // Runs that are wanted in part.
            let kept: Vec<bool> = seeds.iter().flat_map(|(v, n, all)| (0..*n).map(move |i| *all || (i as u32 ^ v) % 3 == 0)).collect();
            let expected: Vec<u32> = values.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(v, _)| *v).collect();
            let mut out = Vec::new();
            let picked = pick(&encode(&values, width), width, values.len(), &kept.into(), &mut out);
            prop_assert_eq!(picked, Some(()));
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn damaged_data_does_no_harm(data in prop::collection::vec(any::<u8>(), 0..64), width in 0u32..40) {
            let mut out = Vec::new();
            let _ = decode(&data, width, 1000, &mut out);
            prop_assert!(out.len() <= 1000);
            out.clear();
            let _ = pick(&data, width, 1000, &BooleanBuffer::new_set(1000), &mut out);
            prop_assert!(out.len() <= 1000);
            if let Some(Some(bits)) = decode_bits(&data, 1000) {
                prop_assert_eq!(bits.len(), 1000);
            }
        }
    }
}
