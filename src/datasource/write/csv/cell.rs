//! Values between delimiters: which need quotes, and what is inside quotes.

use super::buffer::TextBuffer;
use crate::datasource::write::options::CsvWriteOptions;
use crate::types::DataType;

/// Characters that are looked for in every value.
const NEEDLES: usize = 5;

/// Bytes that are compared at a time.
const BLOCK: usize = 16;

/// What the options say about a value, prepared for looking at many.
pub(super) struct CellRules {
    options: CsvWriteOptions,
    /// Bytes that may be a reason for quotes.
    special: [u8; NEEDLES],
    /// Whether each of them is one, wherever it stands.
    special_needs_quotes: bool,
    /// Bytes that do not stand for themselves inside quotes.
    escaped: [u8; NEEDLES],
}

impl CellRules {
    pub fn new(options: &CsvWriteOptions) -> CellRules {
        let first = |text: &str| text.as_bytes().first().copied();
        let quote = options.quote;
        // Where there is no character to look for, one that is looked for already.
        let delimiter = first(&options.delimiter).unwrap_or(quote);
        let line = first(&options.line_separator).unwrap_or(b'\n');
        let escape = options.escape_escape.map_or(quote, |_| options.escape);
        CellRules {
            special: [quote, b'\n', b'\r', delimiter, line],
            special_needs_quotes: options.escape_quotes
                && options.delimiter.len() == 1
                && (options.line_separator.len() == 1 || matches!(line, b'\n' | b'\r')),
            escaped: [quote, escape, quote, quote, quote],
            options: options.clone(),
        }
    }

    /// Adds a value that is not NULL.
    #[inline]
    pub fn cell(&self, out: &mut TextBuffer, column: usize, value: &str) {
        let value = self.trim(value);
        let Some(first) = value.as_bytes().first() else {
            return self.verbatim(out, &self.options.empty_value);
        };
        let is_comment = column == 0 && *first == self.options.comment;
        if is_comment || self.options.quote_all || self.needs_quotes(value) {
            self.quoted(out, value);
        } else {
            out.push(value.as_bytes());
        }
    }

    #[inline]
    fn trim<'a>(&self, mut value: &'a str) -> &'a str {
        let is_blank = |byte: Option<&u8>| byte.is_some_and(|byte| *byte <= b' ');
        if self.options.trim_leading && is_blank(value.as_bytes().first()) {
            value = value.trim_start_matches(|c: char| c <= ' ');
        }
        if self.options.trim_trailing && is_blank(value.as_bytes().last()) {
            value = value.trim_end_matches(|c: char| c <= ' ');
        }
        value
    }

    #[inline]
    fn needs_quotes(&self, value: &str) -> bool {
        has_any(value.as_bytes(), self.special)
            && (self.special_needs_quotes || self.special_needs_quotes_in(value))
    }

    /// Whether a value with special bytes needs quotes.
    fn special_needs_quotes_in(&self, value: &str) -> bool {
        let (options, bytes) = (&self.options, value.as_bytes());
        bytes.first() == Some(&options.quote)
            || value.contains(['\n', '\r'])
            || value.contains(options.delimiter.as_str())
            || (options.escape_quotes && bytes.contains(&options.quote))
            || (options.line_separator.len() == 1
                && value.contains(options.line_separator.as_str()))
    }

    /// Whether no value of the type needs a second look, since it is made of other characters than those that do.
    pub fn is_plain(&self, data_type: &DataType, column: usize) -> bool {
        let characters = match data_type {
            DataType::Boolean
            | DataType::Byte
            | DataType::Short
            | DataType::Integer
            | DataType::Long => return !self.options.quote_all,
            DataType::Decimal { .. } => "0123456789-.",
            DataType::Float | DataType::Double => "0123456789-.EInfinityNaN",
            // By a pattern there may be anything.
            DataType::Date if self.options.cells.has_plain_dates() => "0123456789-+",
            _ => return false,
        };
        let is_plain = |byte: u8| {
            !self.special.contains(&byte) && (column > 0 || byte != self.options.comment)
        };
        !self.options.quote_all && characters.bytes().all(is_plain)
    }

    /// Adds what stands for NULL.
    pub fn null(&self, out: &mut TextBuffer) {
        self.verbatim(out, &self.options.null_value);
    }

    /// Adds what stands for NULL or for the empty text: quoted like all else with `quoteAll`, unless it has
    /// quotes of its own.
    fn verbatim(&self, out: &mut TextBuffer, value: &str) {
        let (quote, bytes) = (self.options.quote, value.as_bytes());
        let own_quotes = bytes.len() >= 2 && bytes[0] == quote && bytes[bytes.len() - 1] == quote;
        if self.options.quote_all && !own_quotes {
            self.quoted(out, value);
        } else {
            out.push(bytes);
        }
    }

    fn quoted(&self, out: &mut TextBuffer, value: &str) {
        let (quote, bytes) = (self.options.quote, value.as_bytes());
        if has_any(bytes, self.escaped) {
            return self.escaped(out, bytes);
        }
        out.put(bytes.len() + 2, |room| {
            room[0] = quote;
            room[1..=bytes.len()].copy_from_slice(bytes);
            room[bytes.len() + 1] = quote;
            bytes.len() + 2
        });
    }

    /// Adds a value in quotes, with characters that are escaped. Those are ASCII, as all options of one character, so
    /// that no other character has a byte of theirs.
    #[cold]
    fn escaped(&self, out: &mut TextBuffer, value: &[u8]) {
        let (quote, escape) = (self.options.quote, self.options.escape);
        out.push_byte(quote);
        for byte in value {
            if *byte == quote {
                out.push_byte(escape);
            } else if *byte == escape
                && let Some(escape_escape) = self.options.escape_escape
            {
                out.push_byte(escape_escape);
            }
            out.push_byte(*byte);
        }
        out.push_byte(quote);
    }
}

/// Whether one of the needles is among the bytes.
#[inline]
fn has_any(bytes: &[u8], needles: [u8; NEEDLES]) -> bool {
    let mut blocks = bytes.chunks_exact(BLOCK);
    // Without a way out of the loop over a block, so that it is one comparison of vectors for each needle.
    let is_in = |block: &[u8]| {
        (block.iter()).fold(false, |found, byte| {
            found
                | needles
                    .iter()
                    .fold(false, |is, needle| is | (byte == needle))
        })
    };
    if blocks.any(|block| match <&[u8; BLOCK]>::try_from(block) {
        Ok(block) => is_in(block),
        Err(_) => is_in(block),
    }) {
        return true;
    }
    let rest = blocks.remainder();
    match bytes.last_chunk::<BLOCK>() {
        // Some of the bytes a second time, rather than the last ones one by one.
        Some(block) if !rest.is_empty() => is_in(block),
        _ => is_in(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_found_at_every_place() {
        let needles = [b'"', b'\n', b'\r', b',', b'|'];
        for length in 0..80 {
            let plain = vec![b'x'; length];
            assert!(!has_any(&plain, needles), "{length}");
            for at in 0..length {
                for needle in needles {
                    let mut bytes = plain.clone();
                    bytes[at] = needle;
                    assert!(has_any(&bytes, needles), "{needle} at {at} of {length}");
                }
            }
        }
    }
}
