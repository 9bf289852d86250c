//! Deterministic columns, and the plain loops that several limits are made of.

use arrow::array::{
    ArrayRef, Date32Array, Decimal64Array, Float64Array, Int64Array, StringViewArray,
};
use firesteel::pipeline::Batch;
use std::sync::Arc;

/// Rows of a batch, as in the engine.
pub const BATCH: usize = 16 * 1024;

/// A generator of numbers (SplitMix64): the same on every machine.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scatter(self.0)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// A permutation of the 64-bit numbers that leaves no pattern.
pub fn scatter(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `rows` numbers below `bound`.
pub fn below(rows: usize, bound: u64, seed: u64) -> Vec<u64> {
    let mut numbers = Numbers::new(seed);
    (0..rows).map(|_| numbers.below(bound)).collect()
}

pub fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub fn doubles(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

pub fn dates(values: impl IntoIterator<Item = i32>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(values))
}

/// DECIMAL(precision, scale) of unscaled values.
pub fn decimals(values: impl IntoIterator<Item = i64>, precision: u8, scale: i8) -> ArrayRef {
    let array = Decimal64Array::from_iter_values(values);
    let array = array.with_precision_and_scale(precision, scale);
    Arc::new(array.expect("a decimal type"))
}

pub fn strings<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(values))
}

/// Columns cut into batches.
pub fn batches(columns: &[ArrayRef]) -> Vec<Batch> {
    let rows = columns[0].len();
    let whole = Batch::new(columns.to_vec(), rows);
    let starts = (0..rows).step_by(BATCH);
    starts
        .map(|start| whole.slice(start, BATCH.min(rows - start)))
        .collect()
}

/// Reads every value once: the bandwidth of reading.
pub fn sum(values: &[u64]) -> u64 {
    values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

/// Reads every value and writes it once: the bandwidth of copying.
pub fn copy(from: &[u64], to: &mut Vec<u64>) -> usize {
    to.clear();
    to.extend_from_slice(from);
    to.len()
}

/// Independent loads from known places: what random access costs where the data lie, and nothing else.
pub fn gather_sum(values: &[u64], places: &[u32]) -> u64 {
    let places = places.iter();
    places.fold(0, |sum, place| sum.wrapping_add(values[*place as usize]))
}
