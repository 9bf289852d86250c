//! Digits of numbers and dates, put into bytes that have room for them.
//!
//! Writers of files put millions of numbers next to each other. These functions write forwards, where the number shall
//! stand, and say how many bytes they took; nothing is copied or checked to be UTF-8 afterwards.

use super::calendar::{self, CivilDate};

/// The most bytes of a 64-bit integer with its sign.
pub const INTEGER_WIDTH: usize = 20;

/// The most bytes of a decimal of 64 bits with its sign, point and leading zero, for scales from 0 to 18.
pub const DECIMAL_WIDTH: usize = 21;

/// The most bytes of a date: a sign, seven digits of the year, two of month and day each.
pub const DATE_WIDTH: usize = 14;

/// `00`, `01` … `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// 1, 10, 100 …, as far as 64 bits go.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut index = 1;
    while index < 20 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// How many digits a number has; zero has one.
#[inline]
fn digits_of(value: u64) -> usize {
    // A bit is 0.301 of a digit; 1233 / 4096 is near enough for 64 of them.
    let bits = (u64::BITS - (value | 1).leading_zeros()) as usize;
    let least = (bits * 1233) >> 12;
    // Powers of ten are even, but for one: the last bit makes zero a digit and changes nothing else.
    least + usize::from((value | 1) >= POWERS[least])
}

/// Fills `out` with the last digits of a number, zeros in front.
#[inline]
fn fill(out: &mut [u8], mut value: u64) {
    let mut pairs = out.rchunks_exact_mut(2);
    for pair in &mut pairs {
        pair.copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if let [first] = pairs.into_remainder() {
        *first = b'0' + (value % 10) as u8;
    }
}

/// Puts a number without a sign; says how many bytes it has.
#[inline]
fn put_unsigned(out: &mut [u8], value: u64) -> usize {
    let width = digits_of(value);
    fill(&mut out[..width], value);
    width
}

/// Puts a minus sign if there is one to put.
#[inline]
fn put_sign(out: &mut [u8], negative: bool) -> usize {
    if negative {
        out[0] = b'-';
    }
    usize::from(negative)
}

/// Puts an integer; says how many bytes it has. Panics if there is less room than [`INTEGER_WIDTH`] and it is needed.
#[inline]
pub fn put_integer(out: &mut [u8], value: i64) -> usize {
    let sign = put_sign(out, value < 0);
    sign + put_unsigned(&mut out[sign..], value.unsigned_abs())
}

/// Puts `unscaled · 10^-scale` in plain notation, `scale` from 0 to 18; says how many bytes it has. Panics if there is
/// less room than [`DECIMAL_WIDTH`] and it is needed.
#[inline]
pub fn put_decimal(out: &mut [u8], unscaled: i64, scale: usize) -> usize {
    if scale == 0 {
        return put_integer(out, unscaled);
    }
    let (magnitude, unit) = (unscaled.unsigned_abs(), POWERS[scale]);
    let (whole, fraction) = (magnitude / unit, magnitude % unit);
    let mut at = put_sign(out, unscaled < 0);
    at += put_unsigned(&mut out[at..], whole);
    out[at] = b'.';
    at += 1;
    fill(&mut out[at..at + scale], fraction);
    at + scale
}

/// Puts a date, `yyyy-MM-dd`, with a sign before years that are not of four digits; says how many bytes it has. Panics
/// if there is less room than [`DATE_WIDTH`] and it is needed.
#[inline]
pub fn put_date(out: &mut [u8], days: i32) -> usize {
    let CivilDate { year, month, day } = calendar::date_of(days);
    let mut at = 0;
    if !(0..=9999).contains(&year) {
        out[0] = if year < 0 { b'-' } else { b'+' };
        at = 1;
    }
    let year = u64::from(year.unsigned_abs());
    let width = digits_of(year).max(4);
    fill(&mut out[at..at + width], year);
    at += width;
    let [m1, m2] = PAIRS[month as usize];
    let [d1, d2] = PAIRS[day as usize];
    out[at..at + 6].copy_from_slice(&[b'-', m1, m2, b'-', d1, d2]);
    at + 6
}

/// Dates as text, those that came before kept: files have few of them, each many times.
#[derive(Default)]
pub struct DateTexts {
    /// By the lower bits of the day, the day that was there last; none before the first.
    slots: Vec<DateText>,
}

#[derive(Clone, Copy, Default)]
struct DateText {
    days: i32,
    text: [u8; DATE_WIDTH],
    /// Bytes of the text; zero if there is none.
    width: u8,
}

/// Days that are kept: eleven years.
const SLOTS: usize = 4096;

impl DateTexts {
    /// The same as [`put_date`]; panics if there is less room than [`DATE_WIDTH`], all of which may be written.
    #[inline]
    pub fn put(&mut self, out: &mut [u8], days: i32) -> usize {
        if self.slots.is_empty() {
            self.slots = vec![DateText::default(); SLOTS];
        }
        let slot = &mut self.slots[days as usize % SLOTS];
        if slot.days != days || slot.width == 0 {
            slot.days = days;
            slot.width = put_date(&mut slot.text, days) as u8;
        }
        out[..DATE_WIDTH].copy_from_slice(&slot.text);
        slot.width.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::datetime_text::parse_date;
    use proptest::prelude::*;

    fn text(width: usize, put: impl Fn(&mut [u8]) -> usize) -> String {
        let mut bytes = vec![b'?'; width];
        let taken = put(&mut bytes);
        assert!(bytes[taken..].iter().all(|byte| *byte == b'?'));
        String::from_utf8(bytes[..taken].to_vec()).unwrap()
    }

    fn integer(value: i64) -> String {
        text(INTEGER_WIDTH, |out| put_integer(out, value))
    }

    fn decimal(value: i64, scale: usize) -> String {
        text(DECIMAL_WIDTH, |out| put_decimal(out, value, scale))
    }

    fn date(days: i32) -> String {
        text(DATE_WIDTH, |out| put_date(out, days))
    }

    #[test]
    fn integers_at_every_power_of_ten() {
        for power in POWERS.iter().filter_map(|power| i64::try_from(*power).ok()) {
            for value in [power - 1, power, power + 1] {
                assert_eq!(integer(value), value.to_string());
                assert_eq!(integer(-value), (-value).to_string());
            }
        }
        for value in [i64::MIN, i64::MAX] {
            assert_eq!(integer(value), value.to_string());
        }
    }

    #[test]
    fn decimals_keep_their_zeros() {
        assert_eq!(decimal(0, 2), "0.00");
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(-5, 1), "-0.5");
        assert_eq!(decimal(-1200, 2), "-12.00");
        assert_eq!(decimal(-1200, 0), "-1200");
        assert_eq!(decimal(7, 18), "0.000000000000000007");
        assert_eq!(decimal(i64::MIN, 18), "-9.223372036854775808");
        assert_eq!(decimal(i64::MIN, 1), "-922337203685477580.8");
    }

    #[test]
    fn dates_have_a_sign_where_the_year_is_not_of_four_digits() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-719_528), "0000-01-01");
        assert_eq!(date(-719_529), "-0001-12-31");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(date(2_932_897), "+10000-01-01");
        assert_eq!(date(i32::MAX), "+5881580-07-11");
        assert_eq!(date(i32::MIN), "-5877641-06-23");
    }

    #[test]
    fn dates_that_are_kept_are_the_same() {
        let mut texts = DateTexts::default();
        let slots = SLOTS as i32;
        let days = [
            0,
            1,
            slots,
            0,
            -slots,
            -1,
            i32::MAX,
            i32::MIN,
            2_932_897,
            0,
            0,
        ];
        for days in days.into_iter().chain((0..3 * slots).step_by(7)) {
            let mut out = [b'?'; DATE_WIDTH + 1];
            let width = texts.put(&mut out, days);
            assert_eq!(std::str::from_utf8(&out[..width]), Ok(&date(days)[..]));
            assert_eq!(out[DATE_WIDTH], b'?');
        }
    }

    proptest! {
        #[test]
        fn integers_are_those_of_the_standard_library(value: i64, shift in 0..64) {
            let value = value >> shift;
            prop_assert_eq!(integer(value), value.to_string());
        }

        #[test]
        fn decimals_are_whole_and_fraction(value: i64, scale in 1..19_usize) {
            let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            let sign = if value < 0 { "-" } else { "" };
            prop_assert_eq!(decimal(value, scale), format!("{sign}{whole}.{fraction}"));
        }

        #[test]
        fn dates_read_back(days in -719_528..2_932_897) {
            prop_assert_eq!(parse_date(&date(days)), Some(days));
        }
    }
}
