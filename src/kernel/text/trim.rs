//! Trimming.

use std::ops::Range;

/// Which end is trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimSide {
    /// The start.
    Leading,
    /// The end.
    Trailing,
    /// Both.
    Both,
}

/// The characters to trim.
#[derive(Debug, Clone)]
pub enum TrimSet {
    /// Spaces (and nothing else that is white).
    Space,
    /// ASCII characters, one bit each.
    Ascii(u128),
    /// Any characters.
    Characters(Vec<char>),
}

impl TrimSet {
    /// The characters of a text.
    pub fn of(text: &str) -> TrimSet {
        if text == " " {
            TrimSet::Space
        } else if text.is_ascii() {
            TrimSet::Ascii(text.bytes().fold(0, |set, byte| set | 1 << byte))
        } else {
            TrimSet::Characters(text.chars().collect())
        }
    }

    #[inline]
    fn contains(&self, c: char) -> bool {
        match self {
            TrimSet::Space => c == ' ',
            TrimSet::Ascii(set) => c.is_ascii() && set >> (c as u32) & 1 == 1,
            TrimSet::Characters(characters) => characters.contains(&c),
        }
    }

    /// What is left of the text.
    #[inline]
    pub fn trim(&self, side: TrimSide, text: &str) -> Range<usize> {
        let in_set = |c| self.contains(c);
        let start = match side {
            TrimSide::Trailing => 0,
            _ => text.len() - text.trim_start_matches(in_set).len(),
        };
        let end = match side {
            TrimSide::Leading => text.len(),
            _ => start + text[start..].trim_end_matches(in_set).len(),
        };
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let trim = |set: &str, side, text: &'static str| &text[TrimSet::of(set).trim(side, text)];
        assert_eq!(trim(" ", TrimSide::Both, "  x "), "x");
        assert_eq!(trim("SL", TrimSide::Both, "SSparkSQLS"), "parkSQ");
        assert_eq!(trim("LQSa", TrimSide::Trailing, "SSparkSQLSa"), "SSpark");
        assert_eq!(trim("ä", TrimSide::Leading, "ääbä"), "bä");
        assert_eq!(trim("a", TrimSide::Both, "aaa"), "");
    }
}
