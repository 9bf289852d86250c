//! Division of many numbers by the same one.

/// A divisor, prepared so that a division is a multiplication. Source: T. Granlund and P. L. Montgomery, "Division by
/// Invariant Integers using Multiplication", PLDI 1994, for dividends of 63 bits.
#[derive(Debug, Clone, Copy)]
pub struct Divisor {
    value: i64,
    /// ⌊2^(63 + l) / value⌋ + 1, where 2^l is the least power of two that is not below the value.
    factor: u64,
    /// 63 + l.
    shift: u32,
}

impl Divisor {
    /// None unless it is positive.
    pub fn new(value: i64) -> Option<Divisor> {
        if value <= 0 {
            return None;
        }
        let shift = 63 + (value as u64).next_power_of_two().trailing_zeros();
        // Less than 2^64 for every divisor but powers of two, of which it is 2^63 + 1.
        let factor = ((1u128 << shift) / value as u128) as u64 + 1;
        Some(Divisor {
            value,
            factor,
            shift,
        })
    }

    /// The divisor.
    pub fn value(self) -> i64 {
        self.value
    }

    /// The quotient and the rest of two numbers that are not negative.
    #[inline(always)]
    fn divide_positive(self, dividend: u64) -> (u64, u64) {
        let product = u128::from(self.factor) * u128::from(dividend);
        let quotient = (product >> self.shift) as u64;
        // Wraps for what may lie under a NULL only.
        let rest = dividend.wrapping_sub(quotient.wrapping_mul(self.value as u64));
        (quotient, rest)
    }

    /// The quotient without its fraction. The dividend is not `i64::MIN`.
    #[inline(always)]
    pub fn divide(self, dividend: i64) -> i64 {
        let (quotient, _) = self.divide_positive(dividend.unsigned_abs());
        signed(quotient, dividend)
    }

    /// The quotient rounded to the nearest; halves away from zero. The dividend is not `i64::MIN`.
    #[inline(always)]
    pub fn divide_half_up(self, dividend: i64) -> i64 {
        let (quotient, rest) = self.divide_positive(dividend.unsigned_abs());
        let up = u64::from(rest >= (self.value as u64).wrapping_sub(rest));
        signed(quotient + up, dividend)
    }

    /// The greatest whole number that is not above the quotient. The dividend is not `i64::MIN`.
    #[inline(always)]
    pub fn divide_down(self, dividend: i64) -> i64 {
        let (quotient, rest) = self.divide_positive(dividend.unsigned_abs());
        let further = u64::from(dividend < 0 && rest > 0);
        signed(quotient + further, dividend)
    }
}

/// With the sign of another number.
#[inline(always)]
fn signed(magnitude: u64, like: i64) -> i64 {
    let sign = like >> 63;
    (magnitude as i64 ^ sign) - sign
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = i64> {
        let size = prop_oneof![0i64..1000, 0..=i64::MAX, Just(i64::MAX)];
        (size, 0u32..63).prop_map(|(size, shift)| size >> shift)
    }

    proptest! {
        #[test]
        fn divides_as_the_machine_does(dividend in number(), divisor in number(), negative: bool) {
            let divisor = divisor.max(1);
            let prepared = Divisor::new(divisor).unwrap();
            let near = dividend / divisor * divisor;
            for dividend in [dividend, near, near - 1, near.saturating_add(divisor / 2)] {
                let dividend = if negative { -dividend } else { dividend };
                prop_assert_eq!(prepared.divide(dividend), dividend / divisor);
                prop_assert_eq!(prepared.divide_down(dividend), dividend.div_euclid(divisor));
                let exact = (i128::from(dividend.unsigned_abs()) * 2 + i128::from(divisor))
                    / (2 * i128::from(divisor));
                let nearest = if dividend < 0 { -exact } else { exact };
                prop_assert_eq!(i128::from(prepared.divide_half_up(dividend)), nearest);
            }
        }
    }

    #[test]
    fn has_to_be_positive() {
        assert!(Divisor::new(0).is_none());
        assert!(Divisor::new(-3).is_none());
    }
}
