//! Spark's random numbers: xorshift seeded through Murmur3, so that `rand(42)` gives what Spark gives.

/// A stream of random numbers. One per partition, seeded with the seed of the call plus the partition's
/// number.
#[derive(Debug, Clone)]
pub struct XorShiftRandom {
    state: i64,
    /// The second number of the last pair of normal numbers.
    next_gaussian: Option<f64>,
}

impl XorShiftRandom {
    /// A stream of a seed.
    pub fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        // Scala's seed for hashing arrays.
        let low = scala_murmur3(&bytes, 0x3c07_4a61);
        let high = scala_murmur3(&bytes, low);
        XorShiftRandom {
            state: (i64::from(high.cast_signed()) << 32) | i64::from(low),
            next_gaussian: None,
        }
    }

    fn next(&mut self, bits: u32) -> i64 {
        let mut state = self.state ^ (self.state << 21);
        state ^= (state.cast_unsigned() >> 35).cast_signed();
        state ^= state << 4;
        self.state = state;
        state & ((1 << bits) - 1)
    }

    /// A number from 0 up to but without 1.
    pub fn next_double(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Any 32 bits.
    pub fn next_bits(&mut self) -> i32 {
        self.next(32) as i32
    }

    /// A normally distributed number, of mean 0 and deviation 1.
    pub fn next_gaussian(&mut self) -> f64 {
        if let Some(next) = self.next_gaussian.take() {
            return next;
        }
        loop {
            let a = 2.0 * self.next_double() - 1.0;
            let b = 2.0 * self.next_double() - 1.0;
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.next_gaussian = Some(b * factor);
                return a * factor;
            }
        }
    }
}

/// Murmur3 x86_32 of whole words, as Scala's library has it.
fn scala_murmur3(bytes: &[u8; 8], seed: u32) -> u32 {
    let mut state = seed;
    for word in bytes.chunks_exact(4) {
        let word = u32::from_le_bytes(word.try_into().unwrap_or_default());
        let word = word
            .wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593);
        state = (state ^ word)
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    state ^= bytes.len() as u32;
    state = (state ^ (state >> 16)).wrapping_mul(0x85eb_ca6b);
    state = (state ^ (state >> 13)).wrapping_mul(0xc2b2_ae35);
    state ^ (state >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_spark() {
        let mut random = XorShiftRandom::new(0);
        assert_eq!(random.next_double(), 0.760_495_375_828_591_5);
        let mut random = XorShiftRandom::new(0);
        assert_eq!(random.next_gaussian(), 1.603_499_160_927_843_3);
    }
}
