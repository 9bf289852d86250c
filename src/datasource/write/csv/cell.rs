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
        let mut needs_quotes = is_comment || self.options.quote_all;
        if !needs_quotes {
            // Put without quotes, and left there unless it turns out that it needs them.
            out.put(value.len(), |room| {
                needs_quotes = copy_looking(room, value.as_bytes(), self.special)
                    && (self.special_needs_quotes || self.special_needs_quotes_in(value));
                if needs_quotes { 0 } else { value.len() }
            });
        }
        if needs_quotes {
            self.quoted(out, value);
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
        let mut is_escaped = false;
        out.put(bytes.len() + 2, |room| {
            room[0] = quote;
            is_escaped = copy_looking(&mut room[1..], bytes, self.escaped);
            room[bytes.len() + 1] = quote;
            if is_escaped { 0 } else { bytes.len() + 2 }
        });
        if is_escaped {
            self.escaped(out, bytes);
        }
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

/// Puts bytes into the room; says whether one of the needles is among them.
#[inline]
fn copy_looking(room: &mut [u8], bytes: &[u8], needles: [u8; NEEDLES]) -> bool {
    let room = &mut room[..bytes.len()];
    let mut found = Found::new(needles);
    let Some(last) = bytes.last_chunk() else {
        room.copy_from_slice(bytes);
        found.look_at_few(bytes);
        return found.any();
    };
    for (to, block) in room.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *to = *block;
        found.look_at(block);
    }
    // Some of the bytes a second time, rather than the last ones one by one.
    if let Some(to) = room.last_chunk_mut() {
        *to = *last;
    }
    found.look_at(last);
    found.any()
}

/// Needles that are looked for in one block after the other. Nobody is asked before the end whether there was one, so
/// that a block is one comparison of vectors for each needle; most values are a few blocks long and have none.
struct Found {
    needles: [u8; NEEDLES],
    at: [u8; BLOCK],
}

impl Found {
    #[inline]
    fn new(needles: [u8; NEEDLES]) -> Found {
        Found {
            needles,
            at: [0; BLOCK],
        }
    }

    #[inline]
    fn look_at(&mut self, block: &[u8; BLOCK]) {
        for (at, byte) in self.at.iter_mut().zip(block) {
            let is_needle = |is, needle: &u8| is | (byte == needle);
            *at |= u8::from(self.needles.iter().fold(false, is_needle));
        }
    }

    /// Looks at fewer bytes than a block has: at some of them more than once.
    #[inline]
    fn look_at_few(&mut self, bytes: &[u8]) {
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
            let both = u128::from(first) | u128::from(last) << u64::BITS;
            self.look_at(&both.to_le_bytes());
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            let both = u128::from(first) | u128::from(last) << u32::BITS;
            self.look_at(&(both | both << u64::BITS).to_le_bytes());
        } else {
            for byte in bytes {
                self.look_at(&[*byte; BLOCK]);
            }
        }
    }

    #[inline]
    fn any(&self) -> bool {
        u128::from_ne_bytes(self.at) != 0
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
            let mut room = [b'?'; 100];
            assert!(!copy_looking(&mut room, &plain, needles), "{length}");
            assert_eq!((&room[..length], room[length]), (&plain[..], b'?'));
            for at in 0..length {
                for needle in needles {
                    let mut bytes = plain.clone();
                    bytes[at] = needle;
                    let mut room = [b'?'; 100];
                    let found = copy_looking(&mut room, &bytes, needles);
                    assert!(found, "{needle} at {at} of {length}");
                    assert_eq!((&room[..length], room[length]), (&bytes[..], b'?'));
                }
            }
        }
    }
}
