//! Changing a text: padding, overlaying, translating.

use super::position::{character_count, substring, substring_bytes};
use hashbrown::HashMap;

/// `text` padded to `length` characters with `padding`, cut off if it is longer.
pub fn pad(text: &str, length: i32, padding: &str, on_left: bool, output: &mut String) {
    let length = usize::try_from(length).unwrap_or(0);
    let count = character_count(text);
    if count >= length {
        output.push_str(&text[super::left(text, length as i32)]);
        return;
    }
    if !on_left {
        output.push_str(text);
    }
    output.extend(padding.chars().cycle().take(length - count));
    if on_left {
        output.push_str(text);
    }
}

/// The same over bytes.
pub fn pad_bytes(bytes: &[u8], length: i32, padding: &[u8], on_left: bool) -> Vec<u8> {
    let length = usize::try_from(length).unwrap_or(0);
    if bytes.len() >= length {
        return bytes[..length].to_vec();
    }
    let filler = padding.iter().copied().cycle();
    let filler = filler.take(length - bytes.len());
    if on_left {
        filler.chain(bytes.iter().copied()).collect()
    } else {
        bytes.iter().copied().chain(filler).collect()
    }
}

/// `text` with the characters from `position` replaced by `with`: `length` of them, or as many as `with` has
/// if that is negative.
pub fn overlay(text: &str, with: &str, position: i32, length: i32, output: &mut String) {
    let length = if length >= 0 {
        length
    } else {
        character_count(with) as i32
    };
    output.push_str(&text[substring(text, 1, position.saturating_sub(1))]);
    output.push_str(with);
    output.push_str(&text[substring(text, position.saturating_add(length), i32::MAX)]);
}

/// The same over bytes.
pub fn overlay_bytes(bytes: &[u8], with: &[u8], position: i32, length: i32) -> Vec<u8> {
    let length = if length >= 0 {
        length
    } else {
        with.len() as i32
    };
    let head = &bytes[substring_bytes(bytes, 1, position.saturating_sub(1))];
    let tail = &bytes[substring_bytes(bytes, position.saturating_add(length), i32::MAX)];
    [head, with, tail].concat()
}

/// `text`, `count` times.
pub fn repeat(text: &str, count: i32, output: &mut String) {
    for _ in 0..count.max(0) {
        output.push_str(text);
    }
}

/// Every word's first character in title case, the others in lower case; words end at spaces only.
pub fn initcap(text: &str, output: &mut String) {
    let lower = text.to_lowercase();
    let mut at_start = true;
    for c in lower.chars() {
        if at_start {
            push_title_case(c, output);
        } else {
            output.push(c);
        }
        at_start = c == ' ';
    }
}

/// Java's `Character.toTitleCase`: one character for one.
fn push_title_case(c: char, output: &mut String) {
    match c {
        'ǆ' | 'Ǆ' | 'ǅ' => output.push('ǅ'),
        'ǉ' | 'Ǉ' | 'ǈ' => output.push('ǈ'),
        'ǌ' | 'Ǌ' | 'ǋ' => output.push('ǋ'),
        'ǳ' | 'Ǳ' | 'ǲ' => output.push('ǲ'),
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => output.push(upper),
                _ => output.push(c),
            }
        }
    }
}

/// In single quotes, with a backslash before every single quote.
pub fn quote(text: &str, output: &mut String) {
    output.push('\'');
    for c in text.chars() {
        if c == '\'' {
            output.push('\\');
        }
        output.push(c);
    }
    output.push('\'');
}

/// The character map of `translate(text, from, to)`.
#[derive(Debug, Default)]
pub struct Translation {
    /// None deletes the character.
    map: HashMap<char, Option<char>>,
}

impl Translation {
    /// Maps every character of `from` to that at the same place of `to`, or to nothing behind its end; the
    /// first place of a character counts.
    pub fn new(from: &str, to: &str) -> Translation {
        let mut map = HashMap::new();
        let mut targets = to.chars();
        for c in from.chars() {
            let target = targets.next();
            map.entry(c)
                .or_insert(target.filter(|target| *target != '\0'));
        }
        Translation { map }
    }

    /// The translated text.
    pub fn apply(&self, text: &str, output: &mut String) {
        for c in text.chars() {
            match self.map.get(&c) {
                Some(Some(target)) => output.push(*target),
                Some(None) => {}
                None => output.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(build: impl FnOnce(&mut String)) -> String {
        let mut output = String::new();
        build(&mut output);
        output
    }

    #[test]
    fn padding_and_overlay() {
        assert_eq!(text(|o| pad("hi", 5, "??", true, o)), "???hi");
        assert_eq!(text(|o| pad("hi", 5, "abc", false, o)), "hiabc");
        assert_eq!(text(|o| pad("hi", 1, "??", true, o)), "h");
        assert_eq!(text(|o| pad("hi", 5, "", true, o)), "hi");
        assert_eq!(text(|o| pad("hi", -1, "x", true, o)), "");
        assert_eq!(pad_bytes(&[1], 3, &[5], true), [5, 5, 1]);
        assert_eq!(text(|o| overlay("Spark SQL", "_", 6, -1, o)), "Spark_SQL");
        assert_eq!(text(|o| overlay("abc", "x", 0, -1, o)), "xabc");
        assert_eq!(text(|o| overlay("abc", "x", -2, -1, o)), "xc");
    }

    #[test]
    fn words_and_characters() {
        let initial = text(|o| initcap("sPark sql-foo bar_baz", o));
        assert_eq!(initial, "Spark Sql-foo Bar_baz");
        let translated = |from, to| text(|o| Translation::new(from, to).apply("AaBbCc", o));
        assert_eq!(translated("abc", "123"), "A1B2C3");
        assert_eq!(translated("abc", "1"), "A1BC");
        assert_eq!(text(|o| quote("Don't", o)), r"'Don\'t'");
    }
}
