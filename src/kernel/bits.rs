//! Bitmaps of what holds for values.
//!
//! `BooleanBuffer::collect_bool` shifts one answer after the other into a word, which no compiler turns into vector
//! instructions. Here every value has its bit as a constant, is masked by its answer, and 32 of them are put together by
//! OR: that a compiler does turn into them.

use arrow::buffer::{BooleanBuffer, Buffer};

/// Values that get their bits at once: half a word.
const HALF: usize = 32;

/// A bit per value: whether it holds.
#[inline]
pub fn bits_where<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> BooleanBuffer {
    let (whole, rest) = values.as_chunks::<HALF>();
    let mut halves = Vec::with_capacity(whole.len() + 2);
    halves.extend(whole.iter().map(|values| {
        let mut bits = 0;
        for (place, value) in values.iter().enumerate() {
            bits |= bit_if(holds(*value), place);
        }
        bits
    }));
    let rest = rest.iter().enumerate();
    halves.push(rest.fold(0, |bits, (place, v)| bits | bit_if(holds(*v), place)));
    BooleanBuffer::new(Buffer::from_vec(halves), 0, values.len())
}

/// A bit per pair of values: whether it holds for them. Both slices have one length.
#[inline]
pub fn bits_where_both<T: Copy>(
    left: &[T],
    right: &[T],
    holds: impl Fn(T, T) -> bool,
) -> BooleanBuffer {
    let rows = left.len().min(right.len());
    let (whole, rest) = left[..rows].as_chunks::<HALF>();
    let (others, other_rest) = right[..rows].as_chunks::<HALF>();
    let mut halves = Vec::with_capacity(whole.len() + 2);
    halves.extend(whole.iter().zip(others).map(|(left, right)| {
        let mut bits = 0;
        for (place, (l, r)) in left.iter().zip(right).enumerate() {
            bits |= bit_if(holds(*l, *r), place);
        }
        bits
    }));
    let rest = rest.iter().zip(other_rest).enumerate();
    halves.push(rest.fold(0, |bits, (place, (l, r))| {
        bits | bit_if(holds(*l, *r), place)
    }));
    BooleanBuffer::new(Buffer::from_vec(halves), 0, rows)
}

/// One bit, or none.
#[inline(always)]
fn bit_if(holds: bool, place: usize) -> u32 {
    u32::from(holds).wrapping_neg() & (1 << place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_values() {
        for rows in [0, 1, 7, 63, 64, 65, 127, 128, 200, 1000] {
            let values: Vec<u32> = (0..rows).map(|n| n * 7919 % 97).collect();
            let others: Vec<u32> = (0..rows).map(|n| n * 40_503 % 89).collect();
            let bits = bits_where(&values, |value| value < 50);
            let expected = BooleanBuffer::collect_bool(rows as usize, |row| values[row] < 50);
            assert_eq!(bits, expected);
            let bits = bits_where_both(&values, &others, |one, other| one < other);
            let less = |row: usize| values[row] < others[row];
            assert_eq!(bits, BooleanBuffer::collect_bool(rows as usize, less));
        }
    }
}
