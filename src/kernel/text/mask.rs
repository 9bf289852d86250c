//! Hiding text (`mask`) and checking card numbers (`luhn_check`).

/// What each kind of character is replaced by; None keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Mask {
    /// For upper-case letters.
    pub upper: Option<char>,
    /// For lower-case letters.
    pub lower: Option<char>,
    /// For digits.
    pub digit: Option<char>,
    /// For all others.
    pub other: Option<char>,
}

impl Mask {
    /// Appends the masked text.
    pub fn apply(&self, text: &str, output: &mut String) {
        for c in text.chars() {
            let replacement = if c.is_uppercase() {
                self.upper
            } else if c.is_lowercase() {
                self.lower
            } else if c.is_numeric() {
                self.digit
            } else {
                self.other
            };
            output.push(replacement.unwrap_or(c));
        }
    }
}

/// Whether a text of digits has a right check digit by Luhn's rule. Texts that are empty or hold anything
/// else do not.
pub fn luhn_check(text: &str) -> bool {
    let mut sum = 0u64;
    for (place, byte) in text.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u64::from(byte - b'0');
        sum += match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        };
    }
    !text.is_empty() && sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        let mask = Mask {
            upper: Some('X'),
            lower: Some('x'),
            digit: Some('n'),
            other: None,
        };
        let mut output = String::new();
        mask.apply("abcd-EFGH-8765 äÖ９", &mut output);
        assert_eq!(output, "xxxx-XXXX-nnnn xXn");
        assert!(luhn_check("79927398713"));
        assert!(!luhn_check("79927398714"));
        assert!(!luhn_check(""));
    }
}
