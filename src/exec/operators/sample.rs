//! TABLESAMPLE and `sample`: a random part of the rows, the same for the same seed and partitions.

use crate::error::Result;
use crate::pipeline::{Batch, Downstream, Flow, Operator, OperatorLocal, TaskContext};
use arrow::array::{BooleanArray, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{filter, take};

/// Draws rows.
pub(in crate::exec) struct Sample {
    /// A row stays if its random number is in `lower..upper`; with replacement `upper - lower` is the expected
    /// number of copies.
    pub lower: f64,
    /// See `lower`.
    pub upper: f64,
    /// A row may be drawn several times.
    pub with_replacement: bool,
    /// Seed; every partition has a sequence of its own.
    pub seed: i64,
}

struct SampleLocal {
    lower: f64,
    upper: f64,
    with_replacement: bool,
    random: XorShift,
}

impl Operator for Sample {
    fn open(&self, context: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        Ok(Box::new(SampleLocal {
            lower: self.lower,
            upper: self.upper,
            with_replacement: self.with_replacement,
            random: XorShift::new(self.seed.wrapping_add(context.partition as i64)),
        }))
    }
}

impl OperatorLocal for SampleLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        if self.with_replacement {
            let mean = self.upper - self.lower;
            let mut rows = Vec::new();
            for row in 0..batch.rows as u32 {
                let copies = self.random.poisson(mean);
                rows.extend(std::iter::repeat_n(row, copies));
            }
            let rows = UInt32Array::from(rows);
            let columns = batch.columns.iter().map(|c| take(c.as_ref(), &rows, None));
            let columns = columns.collect::<Result<_, _>>()?;
            return output.push(Batch::new(columns, rows.len()));
        }
        let kept = BooleanBuffer::collect_bool(batch.rows, |_| {
            let number = self.random.unit();
            number >= self.lower && number < self.upper
        });
        let rows = kept.count_set_bits();
        let kept = BooleanArray::new(kept, None);
        let columns = batch.columns.iter().map(|c| filter(c.as_ref(), &kept));
        output.push(Batch::new(columns.collect::<Result<_, _>>()?, rows))
    }
}

/// Marsaglia's xorshift generator, with a seed scrambled by splitmix so that neighbours differ.
struct XorShift(u64);

impl XorShift {
    fn new(seed: i64) -> XorShift {
        let mut z = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        XorShift((z ^ (z >> 31)) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Knuth's method; means are small.
    fn poisson(&mut self, mean: f64) -> usize {
        let bound = (-mean).exp();
        let (mut count, mut product) = (0, self.unit());
        while product > bound && count < 10_000 {
            count += 1;
            product *= self.unit();
        }
        count
    }
}
