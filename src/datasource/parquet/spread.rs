//! From values that are there to rows.

use arrow::buffer::BooleanBuffer;

/// Appends a value for every row: the next one (`value(0)`, `value(1)`, …) where one is present, else `absent`. `value` is
/// also asked for the one behind the last.
pub(super) fn spread<T: Copy>(
    value: impl Fn(usize) -> T,
    present: &BooleanBuffer,
    absent: T,
    out: &mut Vec<T>,
) {
    const WORD: usize = u64::BITS as usize;
    out.reserve(present.len());
    let (mut next, mut left) = (0, present.len());
    for word in present.bit_chunks().iter_padded() {
        let rows = left.min(WORD);
        left -= rows;
        match word.count_ones() as usize {
            0 => out.resize(out.len() + rows, absent),
            there if there == rows => out.extend((next..next + rows).map(&value)),
            _ => {
                // Without a branch, since which values are absent cannot be foreseen.
                let mut block = [absent; WORD];
                let mut at = next;
                for (row, slot) in block.iter_mut().enumerate() {
                    let candidate = value(at);
                    let is_there = word >> row & 1 == 1;
                    at += usize::from(is_there);
                    if is_there {
                        *slot = candidate;
                    }
                }
                out.extend_from_slice(&block[..rows]);
            }
        }
        next += word.count_ones() as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn gives_every_row_its_value(
            runs in prop::collection::vec((0..3, 1usize..150), 0..20),
            noise in any::<u64>(),
            offset in 0usize..70,
        ) {
            // Long runs and noise, from any bit of a byte on.
            let rows = runs.iter().flat_map(|(kind, length)| vec![*kind; *length]).enumerate();
            let rows: Vec<bool> = rows
                .map(|(row, kind)| match kind {
                    0 => false,
                    1 => true,
                    _ => noise >> (row % 61) & 1 == 1,
                })
                .collect();
            let offset = offset.min(rows.len());
            let present = BooleanBuffer::from(&rows[..]).slice(offset, rows.len() - offset);
            let values: Vec<u32> = (1..=present.count_set_bits() as u32).collect();
            let mut out = vec![7];
            spread(|at| values.get(at).copied().unwrap_or(0), &present, 0, &mut out);
            let mut next = values.iter();
            let expected = present.iter().map(|there| match there {
                true => *next.next().unwrap(),
                false => 0,
            });
            let expected: Vec<u32> = std::iter::once(7).chain(expected).collect();
            prop_assert_eq!(out, expected);
        }
    }
}
