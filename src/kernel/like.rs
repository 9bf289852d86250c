//! SQL's LIKE: `%` stands for any characters, `_` for one.
//!
//! A pattern is compiled once into the cheapest thing that can decide it. Most patterns in practice are a
//! text with `%` before or behind it, so those have forms of their own; the rest is a list of segments
//! between the `%`s, matched from left to right, each at its first place:
//!
//! ```text
//!   'abc'       Equals         '%abc'    Suffix        'a%b_c%d'  Segments [a] [b_c] [d]
//!   'abc%'      Prefix         '%abc%'   Contains                 first and last anchored
//! ```
//!
//! Whole columns go through [`LikePattern::matches_array`], which for `Equals` and `Prefix` looks at the
//! length and first four bytes that a string view carries before it follows the view to its data. Texts between `%`s are
//! searched in many strings at a time ([`super::find_text`]).

use super::find_text::rows_with;
use arrow::array::{Array, BooleanArray, StringViewArray};
use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;

/// What can be wrong with a pattern: the escape character stands where it may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscapeError {
    /// At the end of the pattern.
    AtTheEnd,
    /// Before this character, which needs no escape.
    Before(char),
}

/// A compiled LIKE pattern. Shared by all threads.
#[derive(Debug, Clone)]
pub struct LikePattern {
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// `%`
    Anything,
    Equals(String),
    Prefix(String),
    Suffix(String),
    Contains(Box<Finder<'static>>),
    Segments {
        segments: Vec<Segment>,
        /// No `%` before the first segment.
        anchored_start: bool,
        /// No `%` behind the last segment.
        anchored_end: bool,
    },
}

/// What stands between two `%`s; never empty, except alone.
#[derive(Debug, Clone)]
enum Segment {
    Text(Box<Finder<'static>>),
    /// With `_`, which is None.
    Characters(Vec<Option<char>>),
}

impl LikePattern {
    /// Compiles a pattern.
    pub fn compile(pattern: &str, escape: char) -> Result<LikePattern, EscapeError> {
        let mut pieces: Vec<Vec<Option<char>>> = vec![Vec::new()];
        let mut characters = pattern.chars();
        while let Some(c) = characters.next() {
            let token = if c == escape {
                match characters.next() {
                    Some(c) if c == '_' || c == '%' || c == escape => Some(c),
                    Some(c) => return Err(EscapeError::Before(c)),
                    None => return Err(EscapeError::AtTheEnd),
                }
            } else if c == '%' {
                pieces.push(Vec::new());
                continue;
            } else if c == '_' {
                None
            } else {
                Some(c)
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(token);
            }
        }
        Ok(LikePattern {
            form: Form::of(pieces),
        })
    }

    /// Whether the text is like the pattern.
    #[inline]
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Anything => true,
            Form::Equals(whole) => text == whole,
            Form::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Form::Suffix(suffix) => text.as_bytes().ends_with(suffix.as_bytes()),
            Form::Contains(finder) => finder.find(text.as_bytes()).is_some(),
            Form::Segments {
                segments,
                anchored_start,
                anchored_end,
            } => matches_segments(segments, *anchored_start, *anchored_end, text),
        }
    }

    /// Which strings are like the pattern; NULL for NULL.
    pub fn matches_array(&self, array: &StringViewArray) -> BooleanArray {
        let views = array.views();
        let matched = match &self.form {
            Form::Anything => BooleanBuffer::new_set(array.len()),
            Form::Equals(whole) => {
                let (head, mask) = head_of(whole.as_bytes());
                let length = whole.len() as u64;
                BooleanBuffer::collect_bool(array.len(), |row| {
                    let low = views[row] as u64;
                    (low & 0xFFFF_FFFF) == length
                        && ((low >> 32) as u32 & mask) == head
                        && array.value(row) == whole
                })
            }
            Form::Prefix(prefix) => {
                let prefix = prefix.as_bytes();
                let (head, mask) = head_of(prefix);
                let length = prefix.len() as u64;
                let short = prefix.len() <= 4;
                // The last bytes of a longer one: texts that begin alike mostly differ there.
                let tail = prefix.last_chunk::<TAIL>();
                let is_tail = |text: &[u8]| {
                    let beginning = text.get(..prefix.len());
                    beginning.is_some_and(|beginning| beginning.last_chunk() == tail)
                };
                BooleanBuffer::collect_bool(array.len(), |row| {
                    let low = views[row] as u64;
                    (low & 0xFFFF_FFFF) >= length && ((low >> 32) as u32 & mask) == head && {
                        let text = || array.value(row).as_bytes();
                        short || (is_tail(text()) && text().starts_with(prefix))
                    }
                })
            }
            Form::Contains(finder) => rows_with(array, finder),
            // All pieces must be there; the longest is there the least, probably.
            Form::Segments { segments, .. } => {
                let candidates = longest_text(segments).map(|text| rows_with(array, text));
                BooleanBuffer::collect_bool(array.len(), |row| {
                    candidates.as_ref().is_none_or(|rows| rows.value(row))
                        && self.matches(array.value(row))
                })
            }
            Form::Suffix(suffix) => {
                let (suffix, (tail, mask)) = (suffix.as_bytes(), tail_of(suffix.as_bytes()));
                let short = suffix.len() <= TAIL;
                BooleanBuffer::collect_bool(array.len(), |row| {
                    let text = array.value(row).as_bytes();
                    match text.last_chunk::<TAIL>() {
                        Some(last) => {
                            u64::from_le_bytes(*last) & mask == tail
                                && (short || text.ends_with(suffix))
                        }
                        None => text.ends_with(suffix),
                    }
                })
            }
        };
        BooleanArray::new(matched, array.nulls().cloned())
    }
}

/// The longest piece without `_`.
fn longest_text(segments: &[Segment]) -> Option<&Finder<'static>> {
    let texts = segments.iter().filter_map(|segment| match segment {
        Segment::Text(finder) => Some(&**finder),
        Segment::Characters(_) => None,
    });
    texts.max_by_key(|finder| finder.needle().len())
}

/// The first four bytes as they stand in a view, and which of them count.
pub(super) fn head_of(text: &[u8]) -> (u32, u32) {
    let (mut head, mut mask) = ([0; 4], [0; 4]);
    for (index, byte) in text.iter().take(4).enumerate() {
        head[index] = *byte;
        mask[index] = 0xFF;
    }
    (u32::from_le_bytes(head), u32::from_le_bytes(mask))
}

/// Bytes at the end of a string that are compared at once.
const TAIL: usize = size_of::<u64>();

/// The last bytes of a text as the upper ones of a word, and which of them count.
fn tail_of(text: &[u8]) -> (u64, u64) {
    let tail = &text[text.len().saturating_sub(TAIL)..];
    let (mut word, mut mask) = ([0; TAIL], [0; TAIL]);
    word[TAIL - tail.len()..].copy_from_slice(tail);
    mask[TAIL - tail.len()..].fill(0xFF);
    (u64::from_le_bytes(word), u64::from_le_bytes(mask))
}

impl Form {
    /// The form for the pieces between the `%`s: one piece more than there are `%`s.
    fn of(pieces: Vec<Vec<Option<char>>>) -> Form {
        let literal = |piece: &[Option<char>]| piece.iter().copied().collect::<Option<String>>();
        match pieces.as_slice() {
            [whole] => {
                if let Some(text) = literal(whole) {
                    return Form::Equals(text);
                }
            }
            [head, tail] => match (literal(head), literal(tail)) {
                (Some(head), Some(tail)) if tail.is_empty() && !head.is_empty() => {
                    return Form::Prefix(head);
                }
                (Some(head), Some(tail)) if head.is_empty() && !tail.is_empty() => {
                    return Form::Suffix(tail);
                }
                _ => {}
            },
            [head, middle, tail] if head.is_empty() && tail.is_empty() && !middle.is_empty() => {
                if let Some(text) = literal(middle) {
                    return Form::Contains(Box::new(Finder::new(text.as_bytes()).into_owned()));
                }
            }
            _ => {}
        }
        let anchored_start = pieces.first().is_some_and(|piece| !piece.is_empty());
        let anchored_end = pieces.last().is_some_and(|piece| !piece.is_empty());
        let segments: Vec<Segment> = (pieces.into_iter())
            .filter(|piece| !piece.is_empty())
            .map(
                |piece| match piece.iter().copied().collect::<Option<String>>() {
                    Some(text) => {
                        Segment::Text(Box::new(Finder::new(text.as_bytes()).into_owned()))
                    }
                    None => Segment::Characters(piece),
                },
            )
            .collect();
        if segments.is_empty() {
            return Form::Anything;
        }
        Form::Segments {
            segments,
            anchored_start,
            anchored_end,
        }
    }
}

fn matches_segments(
    segments: &[Segment],
    anchored_start: bool,
    anchored_end: bool,
    text: &str,
) -> bool {
    let mut rest = text;
    let mut middle = segments;
    if anchored_start {
        let Some((first, others)) = middle.split_first() else {
            return text.is_empty();
        };
        let Some(length) = first.match_start(rest) else {
            return false;
        };
        rest = &rest[length..];
        middle = others;
        if middle.is_empty() && anchored_end {
            // one segment at both ends: a pattern without `%`
            return rest.is_empty();
        }
    }
    if anchored_end && let Some((last, others)) = middle.split_last() {
        let Some(length) = last.match_end(rest) else {
            return false;
        };
        rest = &rest[..rest.len() - length];
        middle = others;
    }
    for segment in middle {
        match segment.find(rest) {
            Some(end) => rest = &rest[end..],
            None => return false,
        }
    }
    true
}

impl Segment {
    /// Bytes that it covers at the start of the text.
    fn match_start(&self, text: &str) -> Option<usize> {
        match self {
            Segment::Text(finder) => {
                let needle = finder.needle();
                text.as_bytes().starts_with(needle).then_some(needle.len())
            }
            Segment::Characters(wanted) => {
                let mut characters = text.chars();
                for want in wanted {
                    let c = characters.next()?;
                    if want.is_some_and(|want| want != c) {
                        return None;
                    }
                }
                Some(text.len() - characters.as_str().len())
            }
        }
    }

    /// Bytes that it covers at the end of the text.
    fn match_end(&self, text: &str) -> Option<usize> {
        match self {
            Segment::Text(finder) => {
                let needle = finder.needle();
                text.as_bytes().ends_with(needle).then_some(needle.len())
            }
            Segment::Characters(wanted) => {
                let mut characters = text.chars();
                for want in wanted.iter().rev() {
                    let c = characters.next_back()?;
                    if want.is_some_and(|want| want != c) {
                        return None;
                    }
                }
                Some(text.len() - characters.as_str().len())
            }
        }
    }

    /// End of its first place in the text.
    fn find(&self, text: &str) -> Option<usize> {
        match self {
            Segment::Text(finder) => {
                let start = finder.find(text.as_bytes())?;
                Some(start + finder.needle().len())
            }
            Segment::Characters(_) => {
                let starts = text.char_indices().map(|(start, _)| start);
                starts
                    .chain([text.len()])
                    .find_map(|start| Some(start + self.match_start(&text[start..])?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("Spark", "Sp%", true),
            ("Spark", "%park", true),
            ("a longer text begins", "a lo%", true),
            ("a longer text begins", "a long%", true),
            ("a longer text begins", "a longer text%", true),
            ("a longer text begins", "a longer test%", false),
            ("a longer text begins", "a wronger text%", false),
            ("a longer", "a longer text%", false),
            ("a longer text ends", "%ends", true),
            ("a longer text ends", "%text ends", true),
            ("a longer text ends", "%test ends", false),
            ("a longer text ends", "%Ends", false),
            ("ends", "%longer text ends", false),
            ("Spark", "%par%", true),
            ("Spark", "_park", true),
            ("Spark", "S%r_", true),
            ("Spark", "S__%__k", false),
            ("Spark", "", false),
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("aXb", "a%b%", true),
            ("ab", "ab%b", false),
            ("abab", "ab%b", true),
            ("line\nbreak", "line_break", true),
            ("special packages requests", "%special%requests%", true),
            ("requests special", "%special%requests%", false),
            ("häß", "h_ß", true),
            ("a%c", r"a\%c", true),
            ("abc", r"a\%c", false),
            (r"a\c", r"a\\c", true),
            ("aa", "a%_a", false),
            ("axa", "a%_a", true),
        ] {
            let compiled = LikePattern::compile(pattern, '\\').unwrap();
            assert_eq!(compiled.matches(text), expected, "{text} LIKE {pattern}");
            let array = StringViewArray::from(vec![Some(text), None]);
            let matched = compiled.matches_array(&array);
            assert_eq!(matched.value(0), expected, "array: {text} LIKE {pattern}");
            assert!(matched.is_null(1));
        }
        let error = |pattern| LikePattern::compile(pattern, '\\').unwrap_err();
        assert_eq!(error(r"a\b"), EscapeError::Before('b'));
        assert_eq!(error(r"a\"), EscapeError::AtTheEnd);
    }
}
