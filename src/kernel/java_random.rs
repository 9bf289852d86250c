//! The random numbers of `java.util.Random`: a linear congruential generator of 48 bits. For results that
//! Spark draws by lot and that are to be the same here.

/// A generator.
#[derive(Debug, Clone, Copy)]
pub struct JavaRandom(u64);

const FACTOR: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    /// A generator with Java's way of taking a seed.
    pub const fn new(seed: i64) -> Self {
        JavaRandom((seed.cast_unsigned() ^ FACTOR) & MASK)
    }

    fn bits(&mut self, count: u32) -> u64 {
        self.0 = self.0.wrapping_mul(FACTOR).wrapping_add(0xB) & MASK;
        self.0 >> (48 - count)
    }

    /// From 0 to 1, without 1.
    pub fn next_double(&mut self) -> f64 {
        let bits = (self.bits(26) << 27) + self.bits(27);
        bits as f64 / (1u64 << 53) as f64
    }

    /// From 0 to `bound`, which is positive, without it.
    pub fn next_below(&mut self, bound: i32) -> i32 {
        let bound = i64::from(bound.max(1));
        if bound & (bound - 1) == 0 {
            return ((bound * self.bits(31).cast_signed()) >> 31) as i32;
        }
        loop {
            let bits = self.bits(31).cast_signed();
            let value = bits % bound;
            // Numbers of the last, incomplete stretch are drawn again.
            if bits - value + (bound - 1) <= i64::from(i32::MAX) {
                return value as i32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_javas() {
        let mut random = JavaRandom::new(42);
        assert_eq!((random.next_below(10), random.next_below(100)), (0, 63));
        assert_eq!(JavaRandom::new(1).next_below(i32::MAX), 0x5D8D_6AB9);
        assert_eq!(JavaRandom::new(0).next_double(), 0.730_967_787_376_657);
    }
}
