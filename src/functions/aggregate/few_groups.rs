//! Adding up for few groups.
//!
//! Rows of few groups come to the same sum again and again, and every addition waits until the one before it has
//! gone through memory. With several sums per group, which rows take in turn, as many additions are under way:
//!
//! ```text
//!   groups of rows   0 0 1 0   0 1 0 0
//!   sums taken       a b c d   a b c d      a, b, c, d: a sum of every group each, added up at the end
//! ```

/// Groups at most.
pub(super) const MOST_GROUPS: usize = 64;
/// Rows at most, so that sums of [`SMALL_BITS`] stay far from 64 bits.
const MOST_ROWS: usize = 1 << 15;
/// Bits of numbers, sign included, that may be added up in 64 bits.
pub(super) const SMALL_BITS: u32 = 47;

const LANES: usize = 4;

/// The sums of every group of a batch, of numbers in [`SMALL_BITS`]; groups are below [`MOST_GROUPS`]. None if the
/// batch has too many rows.
#[inline]
pub(super) fn totals<T: Copy>(
    values: &[T],
    groups: &[u32],
    mut number: impl FnMut(T) -> i64,
) -> Option<[i64; MOST_GROUPS]> {
    if groups.len() > MOST_ROWS {
        return None;
    }
    let mut lanes = [[0i64; MOST_GROUPS]; LANES];
    let mut add = |lane: usize, value: T, group: u32| {
        // The remainder (of what is below it) spares the check of bounds.
        let sum = &mut lanes[lane][group as usize % MOST_GROUPS];
        *sum = sum.wrapping_add(number(value));
    };
    let (value_blocks, value_rest) = values.as_chunks::<LANES>();
    let (group_blocks, group_rest) = groups.as_chunks::<LANES>();
    for (values, groups) in value_blocks.iter().zip(group_blocks) {
        // Counted by number: the compiler unrolls it.
        for lane in 0..LANES {
            add(lane, values[lane], groups[lane]);
        }
    }
    for (value, group) in value_rest.iter().zip(group_rest) {
        add(0, *value, *group);
    }
    Some(std::array::from_fn(|group| {
        lanes
            .iter()
            .fold(0i64, |sum, lane| sum.wrapping_add(lane[group]))
    }))
}

/// How many rows of a batch every group has.
pub(super) fn counts(groups: &[u32]) -> Option<[i64; MOST_GROUPS]> {
    totals(groups, groups, |_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_added_once() {
        for rows in [0, 1, 3, 4, 5, 1000, 1023] {
            let groups: Vec<u32> = (0..rows).map(|row| row * row % 64).collect();
            let values: Vec<i32> = (0..rows as i32).map(|row| row - 300).collect();
            let mut expected = [0; MOST_GROUPS];
            let mut counted = [0; MOST_GROUPS];
            for (value, group) in values.iter().zip(&groups) {
                expected[*group as usize] += i64::from(*value);
                counted[*group as usize] += 1;
            }
            assert_eq!(totals(&values, &groups, i64::from), Some(expected));
            assert_eq!(counts(&groups), Some(counted));
        }
    }

    #[test]
    fn too_many_rows_are_refused() {
        assert_eq!(counts(&vec![0; MOST_ROWS + 1]), None);
    }
}
