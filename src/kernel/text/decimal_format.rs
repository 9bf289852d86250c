//! `format_number` with a pattern: the part of `java.text.DecimalFormat` that matters, in English.
//!
//! A pattern is a prefix, digits `#,##0.00`, an exponent `E0`, and a suffix, with `;` before another form
//! for negative numbers. `%` and `‰` multiply. Limits: of the negative form only prefix and suffix count (as
//! in Java); `¤` is not there.

use super::printf::{Digits, group_thousands};

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecimalFormat {
    prefix: String,
    suffix: String,
    negative: Option<(String, String)>,
    minimum_whole: usize,
    maximum_whole: usize,
    minimum_fraction: usize,
    maximum_fraction: usize,
    grouping: usize,
    /// Least digits of the exponent.
    exponent: Option<usize>,
    /// Power of ten that numbers are multiplied by.
    scale: i64,
}

impl DecimalFormat {
    /// `#,###,###,###,###,###,##0.00…` with so many digits behind the point.
    pub fn with_places(places: usize) -> DecimalFormat {
        DecimalFormat {
            prefix: String::new(),
            suffix: String::new(),
            negative: None,
            minimum_whole: 1,
            maximum_whole: usize::MAX,
            minimum_fraction: places,
            maximum_fraction: places,
            grouping: 3,
            exponent: None,
            scale: 0,
        }
    }

    /// Compiles a pattern; None if it is malformed.
    pub fn compile(pattern: &str) -> Option<DecimalFormat> {
        if pattern.is_empty() {
            let mut format = DecimalFormat::with_places(0);
            format.maximum_fraction = 0;
            return Some(format);
        }
        let (mut format, rest) = DecimalFormat::read(pattern)?;
        if let Some(negative) = rest.strip_prefix(';') {
            let (negative, rest) = DecimalFormat::read(negative)?;
            if !rest.is_empty() {
                return None;
            }
            format.negative = Some((negative.prefix, negative.suffix));
        } else if !rest.is_empty() {
            return None;
        }
        Some(format)
    }

    /// Reads one form, up to `;` or the end.
    fn read(pattern: &str) -> Option<(DecimalFormat, &str)> {
        let mut format = DecimalFormat::with_places(0);
        let mut rest = read_affix(pattern, true, &mut format.prefix, &mut format.scale);
        let (mut left, mut zeros, mut right) = (0usize, 0usize, 0usize);
        let (mut point, mut group): (Option<usize>, Option<usize>) = (None, None);
        while let Some(c) = rest.chars().next() {
            match c {
                '#' if zeros > 0 => right += 1,
                '#' => left += 1,
                '0' if right > 0 => return None,
                '0' => zeros += 1,
                ',' if point.is_none() => group = Some(left + zeros + right),
                '.' if point.is_none() => point = Some(left + zeros + right),
                _ => break,
            }
            rest = &rest[1..];
        }
        if let (0, Some(point)) = (zeros, point)
            && left > 0
        {
            // `#.##` has a zero before its point, and `.##` behind it
            let place = point.max(1);
            (right, left, zeros) = (left - place, place - 1, 1);
        }
        let total = left + zeros + right;
        let point = point.unwrap_or(total);
        // as many zeros stand before the point as behind the first `#`s
        format.minimum_whole = (left + zeros).min(point).saturating_sub(left);
        format.maximum_whole = usize::MAX;
        format.maximum_fraction = total - point;
        format.minimum_fraction = (left + zeros).saturating_sub(point.max(left));
        format.grouping = group.map_or(0, |group| point.saturating_sub(group));
        if group.is_some() && format.grouping == 0 {
            return None;
        }
        if let Some(exponent) = rest.strip_prefix('E') {
            let digits = exponent.chars().take_while(|c| *c == '0').count();
            if digits == 0 {
                return None;
            }
            rest = &exponent[digits..];
            format.exponent = Some(digits);
            format.maximum_whole = (left + zeros).min(point).max(1);
        }
        let rest = read_affix(rest, false, &mut format.suffix, &mut format.scale);
        Some((format, rest))
    }

    /// Appends a number given by its shortest decimal text, `-12.5` or `1.25E-7`.
    pub fn write(&self, shortest: &str, output: &mut String) {
        let negative = shortest.starts_with('-');
        let digits = shortest.trim_start_matches('-');
        let scaled = if self.scale == 0 {
            Digits::read(digits)
        } else {
            let (mantissa, exponent) = digits.split_once('E').unwrap_or((digits, "0"));
            let exponent = exponent.parse::<i64>().unwrap_or(0) + self.scale;
            Digits::read(&format!("{mantissa}E{exponent}"))
        };
        self.affixed(negative, output, |output| match self.exponent {
            None => self.write_plain(&scaled, output),
            Some(least) => self.write_scientific(&scaled, least, output),
        });
    }

    /// Appends an infinity; NaN is just `NaN`.
    pub fn write_infinity(&self, negative: bool, output: &mut String) {
        self.affixed(negative, output, |output| output.push('∞'));
    }

    fn affixed(&self, negative: bool, output: &mut String, write: impl FnOnce(&mut String)) {
        let (prefix, suffix) = match (&self.negative, negative) {
            (Some((prefix, suffix)), true) => (prefix, suffix),
            _ => {
                if negative {
                    output.push('-');
                }
                (&self.prefix, &self.suffix)
            }
        };
        output.push_str(prefix);
        write(output);
        output.push_str(suffix);
    }

    fn write_plain(&self, number: &Digits, output: &mut String) {
        let rounded = number.rounded_half_even(self.maximum_fraction as i64);
        let (whole, mut fraction) = rounded.parts();
        let mut whole = whole.trim_start_matches('0').to_string();
        while whole.len() < self.minimum_whole {
            whole.insert(0, '0');
        }
        while fraction.len() < self.minimum_fraction {
            fraction.push('0');
        }
        if whole.is_empty() && fraction.is_empty() {
            whole.push('0');
        }
        if self.grouping == 3 {
            whole = group_thousands(&whole);
        } else if self.grouping > 0 {
            whole = group_by(&whole, self.grouping);
        }
        output.push_str(&whole);
        if !fraction.is_empty() {
            output.push('.');
            output.push_str(&fraction);
        }
    }

    fn write_scientific(&self, number: &Digits, least: usize, output: &mut String) {
        let whole_digits = self.maximum_whole.max(1);
        let mut exponent = number.first_place() - 1;
        if number.is_zero() {
            exponent = 0;
        } else if whole_digits > self.minimum_whole && whole_digits > 1 {
            // exponents are multiples of the number of digits before the point
            exponent = exponent.div_euclid(whole_digits as i64) * whole_digits as i64;
        } else {
            exponent -= self.minimum_whole.max(1) as i64 - 1;
        }
        let shifted = number.shifted(-exponent);
        let places = if whole_digits > self.minimum_whole && whole_digits > 1 {
            let significant = self.minimum_whole + self.maximum_fraction;
            significant as i64 - shifted.first_place()
        } else {
            self.maximum_fraction as i64
        };
        let (whole, mut fraction) = shifted.rounded_half_even(places).parts();
        while fraction.len() < self.minimum_fraction {
            fraction.push('0');
        }
        output.push_str(&whole);
        if !fraction.is_empty() {
            output.push('.');
            output.push_str(&fraction);
        }
        output.push('E');
        if exponent < 0 {
            output.push('-');
        }
        output.push_str(&format!("{:0>least$}", exponent.abs()));
    }
}

fn group_by(whole: &str, size: usize) -> String {
    let mut grouped = String::new();
    for (place, c) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % size == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped
}

/// Reads a prefix or suffix; quotes protect pattern characters.
fn read_affix<'p>(pattern: &'p str, prefix: bool, affix: &mut String, scale: &mut i64) -> &'p str {
    let mut quoted = false;
    let mut characters = pattern.char_indices().peekable();
    while let Some((place, c)) = characters.next() {
        match c {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                affix.push('\'');
                characters.next();
            }
            '\'' => quoted = !quoted,
            c if quoted => affix.push(c),
            '#' | '0' | ',' | '.' if prefix => return &pattern[place..],
            ';' => return &pattern[place..],
            '#' | '0' | ',' | '.' => return &pattern[place..],
            '%' => {
                *scale = 2;
                affix.push(c);
            }
            '‰' => {
                *scale = 3;
                affix.push(c);
            }
            c => affix.push(c),
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(number: &str, pattern: &str) -> String {
        let mut output = String::new();
        DecimalFormat::compile(pattern)
            .unwrap()
            .write(number, &mut output);
        output
    }

    #[test]
    fn patterns() {
        assert_eq!(format("1234.5", "#,##0.00"), "1,234.50");
        assert_eq!(
            format("12332.123456", "##################.###"),
            "12332.123"
        );
        assert_eq!(format("5.0", "#,###.00"), "5.00");
        assert_eq!(format("1234.5", "0000000.0"), "0001234.5");
        assert_eq!(format("-1234.5", "#,##0.00;(#,##0.00)"), "(1,234.50)");
        assert_eq!(format("0.123", "0.0%"), "12.3%");
        assert_eq!(format("1234.5", "0.###E0"), "1.234E3");
        assert_eq!(format("1234.5", "'x'#"), "x1234");
        assert_eq!(format("0.5", "#.#"), "0.5");
        let mut output = String::new();
        DecimalFormat::with_places(4).write("12332.123456", &mut output);
        assert_eq!(output, "12,332.1235");
    }
}
