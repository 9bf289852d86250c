//! HyperLogLog++: how many different values there are, from 2ᵖ registers of the longest runs of zeros.
//!
//! A value's hash picks a register by its first p bits; the register keeps the largest position of the first
//! one bit among the rest. The estimate follows Heule, Nunkesser and Hall
//! (<https://research.google/pubs/pub40671/>): linear counting while registers are empty, and above that the
//! harmonic mean, corrected by the bias that the authors measured. Their tables of raw estimates and biases
//! (the appendix of the paper) lie in `hyperloglog_bias.txt`, two lines for each p from 4 to 18. With Spark's
//! hash the estimates are Spark's to the digit.

use std::sync::LazyLock;

/// Estimates up to which linear counting is the better of the two, for p from 4 on.
const LINEAR_UP_TO: [f64; 15] = [
    10.0, 20.0, 40.0, 80.0, 220.0, 400.0, 900.0, 1800.0, 3100.0, 6500.0, 15_500.0, 20_000.0,
    50_000.0, 120_000.0, 350_000.0,
];

/// How many neighbours in the table are averaged.
const NEIGHBOURS: usize = 6;

/// Raw estimates with the bias of each, for one p.
struct BiasTable {
    estimates: Vec<f64>,
    biases: Vec<f64>,
}

static BIAS_TABLES: LazyLock<Vec<BiasTable>> = LazyLock::new(|| {
    let numbers = |line: &str| {
        line.split(' ')
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    let lines: Vec<&str> = include_str!("hyperloglog_bias.txt").lines().collect();
    (lines.chunks(2))
        .map(|pair| BiasTable {
            estimates: numbers(pair[0]),
            biases: pair.get(1).map_or(Vec::new(), |line| numbers(line)),
        })
        .collect()
});

/// The number of address bits for a relative standard deviation; None where fewer than 4 would do.
pub(super) fn precision(relative_deviation: f64) -> Option<u32> {
    let precision = (2.0 * (1.106 / relative_deviation).ln() / 2f64.ln()).ceil();
    (4.0..=24.0)
        .contains(&precision)
        .then_some(precision as u32)
}

/// Adds a hash to registers.
#[inline]
pub(super) fn add(registers: &mut [u8], precision: u32, hash: u64) {
    let register = (hash >> (64 - precision)) as usize;
    // The padding ends the run of zeros where the hash does.
    let rest = (hash << precision) | (1 << (precision - 1));
    let position = rest.leading_zeros() as u8 + 1;
    registers[register] = registers[register].max(position);
}

/// The estimated number of different hashes.
pub(super) fn estimate(registers: &[u8], precision: u32) -> i64 {
    let size = registers.len() as f64;
    let empty = registers.iter().filter(|register| **register == 0).count();
    let inverse: f64 = registers
        .iter()
        .map(|register| (-f64::from(*register)).exp2())
        .sum();
    let alpha = match precision {
        4 => 0.673,
        5 => 0.697,
        6 => 0.709,
        _ => 0.7213 / (1.0 + 1.079 / size),
    };
    let raw = alpha * size * size / inverse;
    let index = precision as usize - 4;
    let corrected = match BIAS_TABLES.get(index) {
        Some(table) if raw < 5.0 * size => raw - bias(table, raw),
        _ => raw,
    };
    let estimate = if empty > 0 {
        let linear = size * (size / empty as f64).ln();
        let is_small = LINEAR_UP_TO
            .get(index)
            .is_some_and(|limit| linear <= *limit);
        if is_small || raw <= 2.5 * size {
            linear
        } else {
            corrected
        }
    } else {
        corrected
    };
    (estimate + 0.5).floor() as i64
}

/// The mean bias of the nearest raw estimates.
fn bias(table: &BiasTable, raw: f64) -> f64 {
    let estimates = &table.estimates;
    let nearest = estimates.partition_point(|estimate| *estimate < raw);
    let distance = |index: usize| (raw - estimates[index]).powi(2);
    let mut low = (nearest + 1).saturating_sub(NEIGHBOURS);
    let mut high = (low + NEIGHBOURS).min(estimates.len());
    while high < estimates.len() && distance(high) < distance(low) {
        low += 1;
        high += 1;
    }
    table.biases[low..high].iter().sum::<f64>() / (high - low) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_close() {
        assert_eq!(precision(0.05), Some(9));
        assert_eq!(precision(0.9), None);
        for precision in [4, 9, 14] {
            let mut registers = vec![0u8; 1 << precision];
            let mut hash = 0x9e37_79b9_7f4a_7c15u64;
            for count in 1..=200_000i64 {
                hash ^= hash << 13;
                hash ^= hash >> 7;
                hash ^= hash << 17;
                add(&mut registers, precision, hash);
                if [10, 1000, 200_000].contains(&count) {
                    let off = (estimate(&registers, precision) - count).abs() as f64 / count as f64;
                    let allowed = 4.0 * 1.04 / f64::from(1 << precision).sqrt();
                    assert!(off < allowed, "p {precision}: {count} is off by {off}");
                }
            }
        }
    }

    #[test]
    fn tables_are_complete() {
        assert_eq!(BIAS_TABLES.len(), 15);
        assert!(
            BIAS_TABLES
                .iter()
                .all(|t| t.estimates.len() == t.biases.len() && !t.biases.is_empty())
        );
    }
}
