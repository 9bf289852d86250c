//! Numbers as text, the way Java prints and Spark reads them.
//!
//! Printing: `Double.toString` gives the fewest digits that read back as the same number, at least two,
//! and scientific notation outside 10^-3 … 10^7 (`1.0E7`). Reading: blanks and control characters around
//! a number do not count; an integer has digits only (with ANSI mode off also a fraction, which is cut
//! off); a DOUBLE may carry Java's suffix `d` or `f`; a DECIMAL may have an exponent.
//! Limit: Java before 19 printed a digit too many for a few fractions, too; we always print their shortest
//! form.

use super::digits::{INTEGER_WIDTH, put_integer};
use std::fmt::Write;

/// Writes a DOUBLE as Java's `Double.toString`.
pub fn write_double(value: f64, out: &mut String) {
    write_floating(value, 53, out, || {
        let shortest = format!("{value:e}");
        // Java gives two digits at least, and of those the ones nearest to the number: 4.9E-324.
        let longer = format!("{value:.1e}");
        if !shortest.contains('.') && longer.parse() == Ok(value) {
            longer
        } else {
            shortest
        }
    });
}

/// Writes a FLOAT as Java's `Float.toString`.
pub fn write_float(value: f32, out: &mut String) {
    write_floating(f64::from(value), 24, out, || {
        let shortest = format!("{value:e}");
        let longer = format!("{value:.1e}");
        if !shortest.contains('.') && longer.parse() == Ok(value) {
            longer
        } else {
            shortest
        }
    });
}

/// Writes a number of so many significant bits; `digits` gives it in scientific notation.
fn write_floating(
    value: f64,
    significant_bits: i32,
    out: &mut String,
    digits: impl Fn() -> String,
) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return out.push_str("Infinity");
    }
    if magnitude == 0.0 {
        return out.push_str("0.0");
    }
    let text = whole_number(magnitude, significant_bits).unwrap_or_else(digits);
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let rest = rest.trim_end_matches('0');
    if !(1e-3..1e7).contains(&magnitude) {
        let rest = if rest.is_empty() { "0" } else { rest };
        let _ = write!(out, "{first}.{rest}E{exponent}");
        return;
    }
    let digits = [first, rest].concat();
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n(
            '0',
            exponent.unsigned_abs() as usize - 1,
        ));
        out.push_str(&digits);
        return;
    }
    let point = exponent as usize + 1;
    let (whole, fraction) = digits.split_at(point.min(digits.len()));
    out.push_str(whole);
    out.extend(std::iter::repeat_n('0', point - whole.len()));
    out.push('.');
    out.push_str(if fraction.is_empty() { "0" } else { fraction });
}

/// Java prints whole numbers below 2^63 in all their digits, but for those that the last bit outweighs:
/// the float 2147483648 is `2.14748365E9`, although `2.1474836E9` would read back the same.
fn whole_number(magnitude: f64, significant_bits: i32) -> Option<String> {
    if !(1e7..9.223_372_036_854_776e18).contains(&magnitude) || magnitude.fract() != 0.0 {
        return None;
    }
    let mut digits = magnitude as u64;
    let spare_bits = magnitude.log2().floor() as i32 - significant_bits - 1;
    // As many digits as lie wholly below the last bit.
    let dropped = (f64::from(spare_bits.max(0)) * std::f64::consts::LOG10_2) as u32;
    let unit = 10u64.pow(dropped);
    digits = digits / unit + u64::from(digits % unit >= unit.div_ceil(2) && dropped > 0);
    let text = digits.to_string();
    let exponent = text.len() - 1 + dropped as usize;
    Some(format!("{}.{}e{exponent}", &text[..1], &text[1..]))
}

/// Writes an integer.
pub fn write_integer(value: i64, out: &mut String) {
    let mut bytes = [0; INTEGER_WIDTH];
    let width = put_integer(&mut bytes, value);
    out.push_str(std::str::from_utf8(&bytes[..width]).unwrap_or(""));
}

/// Puts the digits of a number at the end of a buffer that is large enough for them; says where they begin. Zero has
/// none.
fn put_digits(buffer: &mut [u8], mut value: u64) -> usize {
    let mut start = buffer.len();
    // Two at a time: a division takes longer than looking two digits up.
    while value >= 10 {
        let pair = (value % 100) as u8;
        value /= 100;
        start -= 2;
        buffer[start..start + 2].copy_from_slice(&[b'0' + pair / 10, b'0' + pair % 10]);
    }
    if value > 0 {
        start -= 1;
        buffer[start] = b'0' + value as u8;
    }
    start
}

/// Digits that are split off a number of more than 64 bits at a time.
const CHUNK: u128 = 1_000_000_000_000_000_000;

/// Writes `unscaled · 10^-scale` in plain notation.
pub fn write_decimal(unscaled: i128, scale: i8, out: &mut String) {
    let magnitude = unscaled.unsigned_abs();
    if unscaled < 0 {
        out.push('-');
    }
    let mut buffer = [b'0'; 40];
    let mut start = buffer.len();
    let mut rest = magnitude;
    // Split off 18 digits at a time, so that most divisions are in 64 bits.
    while let (Err(_), above) = (u64::try_from(rest), rest / CHUNK) {
        start -= 18;
        let digits = (rest % CHUNK) as u64;
        put_digits(&mut buffer[..start + 18], digits);
        rest = above;
    }
    start = match rest {
        0 => start,
        rest => put_digits(&mut buffer[..start], rest as u64),
    };
    let digits = std::str::from_utf8(&buffer[start..]).unwrap_or("");
    if scale <= 0 {
        out.push_str(if digits.is_empty() { "0" } else { digits });
        if magnitude != 0 {
            out.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
        }
        return;
    }
    let scale = scale as usize;
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    out.push_str(if whole.is_empty() { "0" } else { whole });
    out.push('.');
    out.extend(std::iter::repeat_n('0', scale - fraction.len()));
    out.push_str(fraction);
}

/// Writes a decimal as Java's `BigDecimal.toString`: in scientific notation below 10^-6.
pub fn write_decimal_scientific(unscaled: i128, scale: i8, out: &mut String) {
    let digits = unscaled.unsigned_abs().to_string();
    let exponent = digits.len() as i32 - 1 - i32::from(scale);
    if scale >= 0 && exponent >= -6 {
        return write_decimal(unscaled, scale, out);
    }
    let sign = if unscaled < 0 { "-" } else { "" };
    let point = if digits.len() > 1 { "." } else { "" };
    let _ = write!(
        out,
        "{sign}{}{point}{}E{exponent:+}",
        &digits[..1],
        &digits[1..]
    );
}

/// The text without blanks and control characters at its ends (Spark's `trimAll`).
pub fn trim_all(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
}

/// Reads an integer. With `cut_fraction` (ANSI mode off) digits behind a point are checked and dropped.
pub fn parse_integer(text: &str, cut_fraction: bool) -> Option<i64> {
    let text = trim_all(text);
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) if cut_fraction => (&digits[..point], &digits[point + 1..]),
        _ => (digits, &[][..]),
    };
    if digits.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Counted downwards, so that the smallest number needs no special case.
    let mut value: i64 = 0;
    for byte in whole {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?;
    }
    if negative {
        Some(value)
    } else {
        value.checked_neg()
    }
}

/// Reads a DOUBLE: Java's syntax, and `inf`, `infinity`, `nan` in any case.
pub fn parse_double(text: &str) -> Option<f64> {
    match floating_body(text) {
        Floating::Plain(body) => body.parse().ok(),
        Floating::Special(value) => Some(value),
        Floating::Hexadecimal(value) => Some(value),
        Floating::Invalid => None,
    }
}

/// Reads a FLOAT, rounding once.
pub fn parse_float(text: &str) -> Option<f32> {
    match floating_body(text) {
        Floating::Plain(body) => body.parse().ok(),
        Floating::Special(value) | Floating::Hexadecimal(value) => Some(value as f32),
        Floating::Invalid => None,
    }
}

enum Floating<'a> {
    /// Text that Rust reads as Java does.
    Plain(&'a str),
    Special(f64),
    Hexadecimal(f64),
    Invalid,
}

fn floating_body(text: &str) -> Floating<'_> {
    // Java trims everything up to the space.
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return Floating::Invalid;
    }
    let negative = text.starts_with('-');
    let signed = |value: f64| if negative { -value } else { value };
    match unsigned.as_bytes().first() {
        Some(b'i' | b'I') => {
            return match unsigned.to_ascii_lowercase().as_str() {
                "inf" | "infinity" => Floating::Special(signed(f64::INFINITY)),
                _ => Floating::Invalid,
            };
        }
        // Java takes a sign before NaN only as it spells it itself.
        Some(b'n' | b'N') => {
            let nan = unsigned == "NaN" || text.eq_ignore_ascii_case("nan");
            return if nan {
                Floating::Special(f64::NAN)
            } else {
                Floating::Invalid
            };
        }
        Some(b'0'..=b'9' | b'.') => {}
        _ => return Floating::Invalid,
    }
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        return parse_hexadecimal(&unsigned[2..]).map_or(Floating::Invalid, |value| {
            Floating::Hexadecimal(signed(value))
        });
    }
    let body = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    if body.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        Floating::Plain(body)
    } else {
        Floating::Invalid
    }
}

/// Java's hexadecimal floating point, `1.8p3`: the exponent is required.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    Some(value * 2f64.powi(exponent - 4 * fraction.len() as i32))
}

/// A decimal number as it was written: `digits · 10^exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecimalText {
    negative: bool,
    /// ASCII digits without leading zeros; empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

/// Why a decimal text gives no value of a decimal type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalOverflow {
    /// More than 38 digits before the point: no decimal type holds it.
    Unsupported,
    /// It does not fit the precision.
    Precision,
}

impl DecimalText {
    /// Reads `[+-]digits[.digits][e[+-]digits]`.
    pub fn parse(text: &str) -> Option<DecimalText> {
        let text = trim_all(text);
        let (negative, body) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut digits = Vec::with_capacity(body.len());
        let mut exponent: i64 = 0;
        let (mut any, mut fraction) = (false, false);
        let mut rest = body.iter();
        while let Some(byte) = rest.next() {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    exponent -= i64::from(fraction);
                    if *byte != b'0' || !digits.is_empty() {
                        digits.push(*byte);
                    }
                }
                b'.' if !fraction => fraction = true,
                b'e' | b'E' => {
                    let written = std::str::from_utf8(rest.as_slice()).ok()?;
                    exponent += i64::from(written.parse::<i32>().ok()?);
                    break;
                }
                _ => return None,
            }
        }
        any.then_some(DecimalText {
            negative,
            digits,
            exponent,
        })
    }

    /// The unscaled value at a precision and scale, rounded half up.
    pub fn to_scale(&self, precision: u8, scale: i8) -> Result<i128, DecimalOverflow> {
        if self.digits.is_empty() {
            return Ok(0);
        }
        let whole_digits = self.digits.len() as i64 + self.exponent;
        if whole_digits > 38 {
            return Err(DecimalOverflow::Unsupported);
        }
        // Digits to keep of those written; zeros to add behind them.
        let keep = self.digits.len() as i64 + self.exponent + i64::from(scale);
        if keep < 0 {
            return Ok(0);
        }
        if keep > i64::from(precision) {
            return Err(DecimalOverflow::Precision);
        }
        let keep = keep as usize;
        let mut value: i128 = 0;
        for index in 0..keep {
            let digit = self.digits.get(index).map_or(0, |digit| digit - b'0');
            value = value * 10 + i128::from(digit);
        }
        if self.digits.get(keep).is_some_and(|digit| *digit >= b'5') {
            value += 1;
        }
        if value >= 10i128.pow(u32::from(precision)) {
            return Err(DecimalOverflow::Precision);
        }
        Ok(if self.negative { -value } else { value })
    }

    /// As Java's `BigDecimal.toPlainString` prints it.
    pub fn plain(&self) -> String {
        let mut out = String::from(if self.negative && !self.digits.is_empty() {
            "-"
        } else {
            ""
        });
        let digits = std::str::from_utf8(&self.digits).unwrap_or("0");
        let digits = if digits.is_empty() { "0" } else { digits };
        if self.exponent >= 0 {
            out.push_str(digits);
            if digits != "0" {
                out.extend(std::iter::repeat_n('0', (self.exponent as usize).min(400)));
            }
            return out;
        }
        let scale = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = scale.min(400) + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale.min(400));
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
        out
    }
}

/// Reads a BOOLEAN: `t true y yes 1`, `f false n no 0` in any case.
pub fn parse_boolean(text: &str) -> Option<bool> {
    let text = trim_all(text);
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["t", "true", "y", "yes", "1"]) {
        Some(true)
    } else if is(&["f", "false", "n", "no", "0"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_in_java() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.001, "0.001"),
            (0.00012, "1.2E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (123_456.789, "123456.789"),
            (4.9e-324, "4.9E-324"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in cases {
            let mut out = String::new();
            write_double(value, &mut out);
            assert_eq!(out, expected);
        }
        let mut out = String::new();
        write_float(1.1, &mut out);
        assert_eq!(out, "1.1");
    }

    #[test]
    fn decimals_print_and_read() {
        let print = |unscaled, scale| {
            let mut out = String::new();
            write_decimal(unscaled, scale, &mut out);
            out
        };
        assert_eq!(print(-5, 3), "-0.005");
        assert_eq!(print(0, 2), "0.00");
        assert_eq!(print(12, 0), "12");
        assert_eq!(
            print(i128::MAX, 5),
            "1701411834604692317316873037158841.05727"
        );
        assert_eq!(
            print(10_000_000_000_000_000_000_000, 2),
            "100000000000000000000.00"
        );
        let read = |text| DecimalText::parse(text).unwrap().to_scale(10, 2);
        assert_eq!(read("9.995"), Ok(1000));
        assert_eq!(read("1e3"), Ok(100_000));
        assert_eq!(read("-.005"), Ok(-1));
        assert_eq!(read("99999999.995"), Err(DecimalOverflow::Precision));
        assert_eq!(DecimalText::parse("1e"), None);
    }

    #[test]
    fn integers_read_by_mode() {
        assert_eq!(parse_integer(" 12 ", false), Some(12));
        assert_eq!(parse_integer("1.9", false), None);
        assert_eq!(parse_integer("-1.9", true), Some(-1));
        assert_eq!(parse_integer("-9223372036854775808", false), Some(i64::MIN));
        assert_eq!(parse_integer("9223372036854775808", false), None);
        assert_eq!(parse_integer("-", false), None);
    }
}
