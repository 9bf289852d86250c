//! `format_string`: the conversions of `java.util.Formatter`.
//!
//! A format is compiled into literals and conversions; a conversion names its argument by place. Limits: the
//! date and time conversions (`%tY`) are not there, nor are `%a` and the flags' locale variants.

use crate::kernel::number_text::{write_decimal, write_double, write_float};
use crate::types::Value;
use std::fmt::Write;

/// A compiled format.
#[derive(Debug)]
pub struct Format {
    pieces: Vec<Piece>,
}

/// What is wrong with a format, or with an argument for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// `%0$s`: arguments count from 1.
    ZeroIndex,
    /// Java's complaint.
    Other(String),
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    Conversion(Conversion),
}

#[derive(Debug, Clone, Default)]
struct Conversion {
    text: String,
    /// None for `%n` and `%%`.
    argument: Option<usize>,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    group: bool,
    parentheses: bool,
    alternate: bool,
    width: Option<usize>,
    precision: Option<usize>,
    kind: char,
}

impl Format {
    /// Compiles a format.
    pub fn compile(format: &str) -> Result<Format, FormatError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let characters: Vec<char> = format.chars().collect();
        let mut position = 0;
        // arguments of conversions without a number follow each other; `%<s` takes the last one again
        let (mut ordinary, mut last) = (0, None);
        while position < characters.len() {
            let c = characters[position];
            position += 1;
            if c != '%' {
                literal.push(c);
                continue;
            }
            let start = position - 1;
            let mut conversion = Conversion::default();
            let digits = |from: usize| {
                let count = characters[from..]
                    .iter()
                    .take_while(|c| c.is_ascii_digit())
                    .count();
                let text: String = characters[from..from + count].iter().collect();
                (count, text)
            };
            let mut explicit = None;
            let (count, number) = digits(position);
            if count > 0 && characters.get(position + count) == Some(&'$') {
                explicit = number.parse::<usize>().ok();
                if explicit == Some(0) {
                    return Err(FormatError::ZeroIndex);
                }
                position += count + 1;
            }
            let mut relative = false;
            while let Some(flag) = characters.get(position) {
                match flag {
                    '-' => conversion.left = true,
                    '+' => conversion.plus = true,
                    ' ' => conversion.space = true,
                    '0' => conversion.zero = true,
                    ',' => conversion.group = true,
                    '(' => conversion.parentheses = true,
                    '#' => conversion.alternate = true,
                    '<' => relative = true,
                    _ => break,
                }
                position += 1;
            }
            let (count, number) = digits(position);
            position += count;
            conversion.width = number.parse().ok();
            if characters.get(position) == Some(&'.') {
                let (count, number) = digits(position + 1);
                if count == 0 {
                    return Err(unknown(&characters[start..=position]));
                }
                position += 1 + count;
                conversion.precision = number.parse().ok();
            }
            let Some(kind) = characters.get(position) else {
                return Err(unknown(&characters[start..]));
            };
            position += 1;
            conversion.kind = *kind;
            conversion.text = characters[start..position].iter().collect();
            match kind {
                '%' | 'n' => {}
                'b' | 'B' | 'h' | 'H' | 's' | 'S' | 'c' | 'C' | 'd' | 'o' | 'x' | 'X' | 'e'
                | 'E' | 'f' | 'g' | 'G' => {
                    let argument = match explicit {
                        Some(number) => number - 1,
                        None if relative => match last {
                            Some(last) => last,
                            None => return Err(FormatError::Other(conversion.text)),
                        },
                        None => {
                            ordinary += 1;
                            ordinary - 1
                        }
                    };
                    last = Some(argument);
                    conversion.argument = Some(argument);
                }
                _ => return Err(unknown(&characters[start..position])),
            }
            if (conversion.left || conversion.zero) && conversion.width.is_none() {
                return Err(FormatError::Other(conversion.text));
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Conversion(conversion));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Format { pieces })
    }

    /// Appends the formatted arguments. `text_of` gives the text of arguments that `%s` prints and that are
    /// neither strings, numbers nor booleans.
    pub fn write(
        &self,
        arguments: &[Value],
        text_of: &dyn Fn(usize) -> String,
        output: &mut String,
    ) -> Result<(), FormatError> {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => output.push_str(literal),
                Piece::Conversion(conversion) => conversion.write(arguments, text_of, output)?,
            }
        }
        Ok(())
    }
}

fn unknown(specifier: &[char]) -> FormatError {
    let text: String = specifier.iter().collect();
    FormatError::Other(format!("Conversion = '{text}'"))
}

impl Conversion {
    fn write(
        &self,
        arguments: &[Value],
        text_of: &dyn Fn(usize) -> String,
        output: &mut String,
    ) -> Result<(), FormatError> {
        let Some(index) = self.argument else {
            let text = if self.kind == 'n' { "\n" } else { "%" };
            self.justify(text, output);
            return Ok(());
        };
        let Some(value) = arguments.get(index) else {
            return Err(FormatError::Other(format!(
                "Format specifier '{}'",
                self.text
            )));
        };
        let mut text = match (self.kind.to_ascii_lowercase(), value) {
            ('b', Value::Null) => "false".to_string(),
            ('b', Value::Boolean(value)) => value.to_string(),
            ('b', _) => "true".to_string(),
            (_, Value::Null) => "null".to_string(),
            ('s', value) => plain_text(value).unwrap_or_else(|| text_of(index)),
            ('h', value) => format!(
                "{:x}",
                hash_code(&plain_text(value).unwrap_or_else(|| text_of(index)))
            ),
            ('c', value) => self.character(value)?,
            ('d' | 'o' | 'x', value) => return self.integer(value, output),
            (_, value) => return self.fraction(value, output),
        };
        if let ('b' | 's' | 'h' | 'B' | 'S' | 'H', Some(precision)) = (self.kind, self.precision) {
            text = text.chars().take(precision).collect();
        }
        if self.kind.is_ascii_uppercase() {
            text = text.to_uppercase();
        }
        self.justify(&text, output);
        Ok(())
    }

    fn mismatch<T>(&self, value: &Value) -> Result<T, FormatError> {
        let class = match value {
            Value::Double(_) => "java.lang.Double",
            Value::Float(_) => "java.lang.Float",
            Value::Byte(_) => "java.lang.Byte",
            Value::Short(_) => "java.lang.Short",
            Value::Integer(_) | Value::Date(_) => "java.lang.Integer",
            Value::Long(_) | Value::Timestamp(_) | Value::TimestampNtz(_) => "java.lang.Long",
            Value::Boolean(_) => "java.lang.Boolean",
            Value::String(_) => "org.apache.spark.unsafe.types.UTF8String",
            Value::Decimal(_) => "org.apache.spark.sql.types.Decimal",
            _ => "java.lang.Object",
        };
        Err(FormatError::Other(format!("{} != {class}", self.kind)))
    }

    fn character(&self, value: &Value) -> Result<String, FormatError> {
        let code = match value {
            Value::Byte(_) | Value::Short(_) | Value::Integer(_) => value.as_i64(),
            _ => return self.mismatch(value),
        };
        match code
            .and_then(|code| u32::try_from(code).ok())
            .and_then(char::from_u32)
        {
            Some(c) => Ok(c.to_string()),
            None => self.mismatch(value),
        }
    }

    fn integer(&self, value: &Value, output: &mut String) -> Result<(), FormatError> {
        let (number, bits) = match value {
            Value::Byte(v) => (i64::from(*v), u64::from(*v as u8)),
            Value::Short(v) => (i64::from(*v), u64::from(*v as u16)),
            Value::Integer(v) | Value::Date(v) => (i64::from(*v), u64::from(*v as u32)),
            Value::Long(v) | Value::Timestamp(v) | Value::TimestampNtz(v) => (*v, *v as u64),
            _ => return self.mismatch(value),
        };
        match self.kind {
            'd' => self.number(&number.unsigned_abs().to_string(), number < 0, output),
            kind => {
                let (prefix, digits) = match kind {
                    'o' => ("0", format!("{bits:o}")),
                    'x' => ("0x", format!("{bits:x}")),
                    _ => ("0X", format!("{bits:X}")),
                };
                let prefix = if self.alternate { prefix } else { "" };
                let mut text = format!("{prefix}{digits}");
                if self.zero {
                    let missing = self.width.unwrap_or(0).saturating_sub(text.len());
                    text = format!("{prefix}{}{digits}", "0".repeat(missing));
                }
                self.justify(&text, output);
            }
        }
        Ok(())
    }

    fn fraction(&self, value: &Value, output: &mut String) -> Result<(), FormatError> {
        let mut shortest = String::new();
        match value {
            Value::Double(v) if !v.is_finite() => return self.not_finite(*v, output),
            Value::Float(v) if !v.is_finite() => return self.not_finite(f64::from(*v), output),
            Value::Double(v) => write_double(*v, &mut shortest),
            Value::Float(v) => write_float(*v, &mut shortest),
            // as in Spark, whose decimals the formatter does not know
            _ => return self.mismatch(value),
        }
        let negative = shortest.starts_with('-');
        let number = Digits::read(shortest.trim_start_matches('-'));
        let precision = self.precision.unwrap_or(6);
        let text = match self.kind.to_ascii_lowercase() {
            'f' => number.fixed(precision),
            'e' => number.scientific(precision),
            _ => {
                // %g: scientific outside 10^-4 … 10^precision, after rounding
                let precision = precision.max(1);
                let rounded = number.rounded_to(precision);
                let exponent = rounded.exponent();
                if rounded.is_zero() || (-4..precision as i64).contains(&exponent) {
                    let after = (precision as i64 - 1 - exponent).max(0) as usize;
                    let after = if rounded.is_zero() {
                        precision - 1
                    } else {
                        after
                    };
                    number.fixed(after)
                } else {
                    number.scientific(precision - 1)
                }
            }
        };
        let text = if self.kind.is_ascii_uppercase() {
            text.to_uppercase()
        } else {
            text
        };
        self.number(&text, negative, output);
        Ok(())
    }

    fn not_finite(&self, value: f64, output: &mut String) -> Result<(), FormatError> {
        let text = match (value.is_nan(), value < 0.0) {
            (true, _) => "NaN",
            (_, true) if self.parentheses => "(Infinity)",
            (_, true) => "-Infinity",
            _ if self.plus => "+Infinity",
            _ => "Infinity",
        };
        self.justify(text, output);
        Ok(())
    }

    /// Grouping, sign and zeros around the digits of a number.
    fn number(&self, digits: &str, negative: bool, output: &mut String) {
        let digits = if self.group {
            group_thousands(digits)
        } else {
            digits.to_string()
        };
        let (open, close) = match (negative, self.parentheses) {
            (true, true) => ("(", ")"),
            (true, false) => ("-", ""),
            (false, _) if self.plus => ("+", ""),
            (false, _) if self.space => (" ", ""),
            _ => ("", ""),
        };
        let mut text = String::from(open);
        if self.zero {
            let used = open.len() + digits.len() + close.len();
            let missing = self.width.unwrap_or(0).saturating_sub(used);
            text.extend(std::iter::repeat_n('0', missing));
        }
        text.push_str(&digits);
        text.push_str(close);
        self.justify(&text, output);
    }

    fn justify(&self, text: &str, output: &mut String) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let blanks = std::iter::repeat_n(' ', missing);
        if self.left {
            output.push_str(text);
            output.extend(blanks);
        } else {
            output.extend(blanks);
            output.push_str(text);
        }
    }
}

/// Commas between every three digits before the point.
pub fn group_thousands(number: &str) -> String {
    let whole = number.bytes().take_while(u8::is_ascii_digit).count();
    let mut grouped = String::with_capacity(number.len() + whole / 3);
    for (place, c) in number.chars().enumerate() {
        if place > 0 && place < whole && (whole - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped
}

fn plain_text(value: &Value) -> Option<String> {
    let mut text = String::new();
    match value {
        Value::String(value) => text.push_str(value),
        Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Byte(_) | Value::Short(_) | Value::Integer(_) | Value::Long(_) => {
            let _ = write!(text, "{}", value.as_i64()?);
        }
        Value::Float(value) => write_float(*value, &mut text),
        Value::Double(value) => write_double(*value, &mut text),
        Value::Decimal(value) => write_decimal(value.unscaled, value.scale, &mut text),
        Value::Date(days) => {
            let _ = write!(text, "{days}");
        }
        Value::Timestamp(micros) | Value::TimestampNtz(micros) => {
            let _ = write!(text, "{micros}");
        }
        _ => return None,
    }
    Some(text)
}

/// Java's `String.hashCode`.
fn hash_code(text: &str) -> u32 {
    let step = |hash: u32, unit: u16| hash.wrapping_mul(31).wrapping_add(u32::from(unit));
    text.encode_utf16().fold(0, step)
}

/// A non-negative decimal number `0.d₁d₂d₃… · 10^point`, rounded half up.
#[derive(Debug, Clone)]
pub struct Digits {
    digits: Vec<u8>,
    point: i64,
}

impl Digits {
    /// Reads `123.45`, `1.5E-7`.
    pub fn read(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|b| b - b'0')
            .collect();
        let mut point = whole.len() as i64 + exponent.parse::<i64>().unwrap_or(0);
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        point -= zeros as i64;
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            point = 0;
        }
        Digits { digits, point }
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Exponent of the first digit in scientific notation.
    fn exponent(&self) -> i64 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// Place of the point behind the first digit: 3 for 123.4, 0 for 0.5.
    pub fn first_place(&self) -> i64 {
        self.point
    }

    /// Times a power of ten.
    #[must_use]
    pub fn shifted(&self, power: i64) -> Digits {
        let point = if self.is_zero() {
            0
        } else {
            self.point + power
        };
        Digits {
            digits: self.digits.clone(),
            point,
        }
    }

    /// Rounded half up to so many significant digits.
    fn rounded_to(&self, count: usize) -> Digits {
        self.rounded(count as i64, false)
    }

    /// Keeps the first `count` digits, rounding half up, or half to even.
    fn rounded(&self, count: i64, half_even: bool) -> Digits {
        if count >= self.digits.len() as i64 {
            return self.clone();
        }
        if count < 0 {
            return Digits {
                digits: Vec::new(),
                point: 0,
            };
        }
        let count = count as usize;
        let exact_half = self.digits[count] == 5 && self.digits.len() == count + 1;
        let odd = count > 0 && self.digits[count - 1] % 2 == 1;
        let up = if half_even && exact_half {
            odd
        } else {
            self.digits[count] >= 5
        };
        let mut digits = self.digits[..count].to_vec();
        let mut point = self.point;
        if up {
            let mut place = count;
            loop {
                if place == 0 {
                    digits.insert(0, 1);
                    point += 1;
                    break;
                }
                place -= 1;
                if digits[place] == 9 {
                    digits[place] = 0;
                } else {
                    digits[place] += 1;
                    break;
                }
            }
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            point = 0;
        }
        Digits { digits, point }
    }

    /// Rounded half to even at so many places behind the point.
    #[must_use]
    pub fn rounded_half_even(&self, places: i64) -> Digits {
        self.rounded(self.point + places, true)
    }

    /// The digits before the point (at least `0`), and the digits behind it without trailing zeros.
    pub fn parts(&self) -> (String, String) {
        let digit = |place: i64| {
            let digit = usize::try_from(place)
                .ok()
                .and_then(|place| self.digits.get(place));
            (digit.copied().unwrap_or(0) + b'0') as char
        };
        let whole: String = if self.point <= 0 {
            "0".to_string()
        } else {
            (0..self.point).map(digit).collect()
        };
        let end = self.digits.len() as i64;
        let fraction: String = (self.point.min(end)..end.max(self.point))
            .map(digit)
            .collect();
        let leading = if self.point < 0 {
            "0".repeat((-self.point) as usize)
        } else {
            String::new()
        };
        if self.point < 0 {
            let all: String = (0..end).map(digit).collect();
            return (whole, format!("{leading}{all}"));
        }
        let fraction = if end <= self.point {
            String::new()
        } else {
            fraction
        };
        (whole, fraction)
    }

    /// With exactly so many digits behind the point, rounded half up.
    pub fn fixed(&self, places: usize) -> String {
        let (whole, mut fraction) = self.rounded(self.point + places as i64, false).parts();
        if places == 0 {
            return whole;
        }
        while fraction.len() < places {
            fraction.push('0');
        }
        format!("{whole}.{fraction}")
    }

    fn scientific(&self, places: usize) -> String {
        let rounded = self.rounded_to(places + 1);
        let exponent = rounded.exponent();
        let mut digits: String = rounded.digits.iter().map(|d| (d + b'0') as char).collect();
        while digits.len() < places + 1 {
            digits.push('0');
        }
        let (first, rest) = digits.split_at(1);
        let point = if places == 0 { "" } else { "." };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{first}{point}{rest}e{sign}{:02}", exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(format: &str, arguments: &[Value]) -> String {
        let mut output = String::new();
        let text_of = |_| String::new();
        Format::compile(format)
            .unwrap()
            .write(arguments, &text_of, &mut output)
            .unwrap();
        output
    }

    #[test]
    fn conversions() {
        let arguments = [
            Value::Double(1.234),
            "a".into(),
            Value::Integer(42),
            Value::Integer(255),
            Value::Integer(1_234_567),
        ];
        assert_eq!(
            format("%5.2f|%-5s|%05d|%x|%,d", &arguments),
            " 1.23|a    |00042|ff|1,234,567"
        );
        assert_eq!(format("%2$s %1$s%%", &["a".into(), "b".into()]), "b a%");
        assert_eq!(format("%.3e", &[Value::Double(12345.678)]), "1.235e+04");
        assert_eq!(format("%s %b", &[Value::Null, Value::Null]), "null false");
        assert_eq!(
            format("%.0f %.1f", &[Value::Double(0.5), Value::Double(0.25)]),
            "1 0.3"
        );
        assert_eq!(format("%f", &[Value::Double(1e-7)]), "0.000000");
        assert_eq!(format("%f", &[Value::Double(0.00012345678)]), "0.000123");
        assert_eq!(
            format("%(d %+d", &[Value::Long(-5), Value::Long(5)]),
            "(5) +5"
        );
        assert_eq!(format("%g", &[Value::Double(123.456)]), "123.456");
        assert_eq!(Format::compile("%0$s").unwrap_err(), FormatError::ZeroIndex);
        assert!(Format::compile("%y").is_err());
    }
}
