//! Places in a text: substrings, searches, parts between delimiters.

use memchr::memmem;
use std::ops::Range;

/// Number of characters.
#[inline]
pub fn character_count(text: &str) -> usize {
    // All bytes but continuation bytes begin a character. Eight bytes at a time are mostly ASCII, which has none.
    let continuing = |bytes: &[u8]| bytes.iter().filter(|byte| (**byte as i8) < -0x40).count();
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let mut count = text.len() - continuing(rest);
    for eight in eights {
        if u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080 != 0 {
            count -= continuing(eight);
        }
    }
    count
}

/// Byte at which the `n`-th character (from 0) begins; the length if there are fewer.
#[inline]
fn byte_of(text: &str, n: usize) -> usize {
    if n >= text.len() {
        return text.len();
    }
    // the characters before it are often ASCII, where bytes are characters
    if text.as_bytes()[..n].is_ascii() {
        return n;
    }
    text.char_indices()
        .nth(n)
        .map_or(text.len(), |(byte, _)| byte)
}

/// SQL's `substring`: `position` counts from 1, or from the end if negative; 0 counts as 1.
#[inline]
pub fn substring(text: &str, position: i32, length: i32) -> Range<usize> {
    let start = match position {
        0 => 0,
        1.. => i64::from(position) - 1,
        _ => character_count(text) as i64 + i64::from(position),
    };
    let end = start.saturating_add(i64::from(length));
    if end <= start || end <= 0 {
        return 0..0;
    }
    let from = byte_of(text, usize::try_from(start).unwrap_or(0));
    let characters = (end - start.max(0)) as usize;
    from..from + byte_of(&text[from..], characters)
}

/// The same over bytes.
pub fn substring_bytes(bytes: &[u8], position: i32, length: i32) -> Range<usize> {
    let size = bytes.len() as i64;
    let start = match position {
        0 => 0,
        1.. => i64::from(position) - 1,
        _ => size + i64::from(position),
    };
    let end = start.saturating_add(i64::from(length)).clamp(0, size);
    let start = start.clamp(0, size);
    if end <= start {
        return 0..0;
    }
    start as usize..end as usize
}

/// The first `count` characters.
pub fn left(text: &str, count: i32) -> Range<usize> {
    0..byte_of(text, usize::try_from(count).unwrap_or(0))
}

/// The last `count` characters.
pub fn right(text: &str, count: i32) -> Range<usize> {
    if count <= 0 {
        return 0..0;
    }
    let start = text
        .char_indices()
        .rev()
        .nth(count as usize - 1)
        .map_or(0, |(byte, _)| byte);
    start..text.len()
}

/// Position of the first `needle`, from 1; 0 if there is none.
#[inline]
pub fn instr(text: &str, needle: &str) -> i32 {
    match memmem::find(text.as_bytes(), needle.as_bytes()) {
        Some(byte) => character_count(&text[..byte]) as i32 + 1,
        None => 0,
    }
}

/// Position of the first `needle` at or behind character `start`; 0 if there is none or `start` is not
/// positive. An empty needle is at 1 wherever the search begins, as in Spark.
pub fn locate(needle: &str, text: &str, start: i32) -> i32 {
    if start < 1 {
        return 0;
    }
    if needle.is_empty() {
        return 1;
    }
    let from = byte_of(text, start as usize - 1);
    match memmem::find(&text.as_bytes()[from..], needle.as_bytes()) {
        Some(byte) => character_count(&text[..from + byte]) as i32 + 1,
        None => 0,
    }
}

/// Position of `item` in a comma-separated list, from 1; 0 if absent or if the item has a comma.
pub fn find_in_set(item: &str, list: &str) -> i32 {
    if item.contains(',') {
        return 0;
    }
    let found = list.split(',').position(|candidate| candidate == item);
    found.map_or(0, |index| index as i32 + 1)
}

/// What stands before the `count`-th delimiter, or behind the `-count`-th from the end.
pub fn substring_index(text: &str, delimiter: &str, count: i32) -> Range<usize> {
    if count == 0 || delimiter.is_empty() {
        return 0..0;
    }
    let (bytes, needle) = (text.as_bytes(), delimiter.as_bytes());
    if count > 0 {
        let mut from = 0;
        for _ in 0..count {
            match memmem::find(&bytes[from..], needle) {
                // the next search begins one byte on: delimiters may overlap
                Some(offset) => from += offset + 1,
                None => return 0..text.len(),
            }
        }
        0..from - 1
    } else {
        let mut until = text.len();
        let mut start = 0;
        for _ in 0..count.unsigned_abs() {
            match memmem::rfind(&bytes[..until], needle) {
                Some(place) => {
                    start = place + needle.len();
                    until = place + needle.len() - 1;
                }
                None => return 0..text.len(),
            }
        }
        start..text.len()
    }
}

/// The `part`-th piece between delimiters, from 1, or from the end if negative; empty if there is none.
/// An empty delimiter does not split. `part` is not 0.
pub fn split_part(text: &str, delimiter: &str, part: i32) -> Range<usize> {
    let range_of = |piece: &str| {
        let start = piece.as_ptr() as usize - text.as_ptr() as usize;
        start..start + piece.len()
    };
    let index = part.unsigned_abs() as usize - 1;
    if delimiter.is_empty() {
        return if index == 0 { 0..text.len() } else { 0..0 };
    }
    let piece = if part > 0 {
        text.split(delimiter).nth(index)
    } else {
        // pieces are counted from the left also where delimiters could overlap
        let count = text.split(delimiter).count();
        count
            .checked_sub(index + 1)
            .and_then(|n| text.split(delimiter).nth(n))
    };
    piece.map_or(0..0, range_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings() {
        let of = |text: &'static str, position, length| &text[substring(text, position, length)];
        assert_eq!(of("Spark SQL", 5, i32::MAX), "k SQL");
        assert_eq!(of("Spark SQL", -3, i32::MAX), "SQL");
        assert_eq!(of("Spark SQL", 0, 2), "Sp");
        assert_eq!(of("Spark SQL", -20, 15), "Spar");
        assert_eq!(of("Spark SQL", 5, -1), "");
        assert_eq!(of("häßlich", 2, 2), "äß");
        assert_eq!(of("ab", 9, 1), "");
        assert_eq!(of("ab", i32::MIN, i32::MAX), "a");
        assert_eq!(&"añb"[right("añb", 2)], "ñb");
        assert_eq!(&"añb"[left("añb", 2)], "añ");
        assert_eq!(substring_bytes(&[1, 2, 3], -2, 1), 1..2);
    }

    #[test]
    fn searches() {
        assert_eq!(instr("häb", "b"), 3);
        assert_eq!(locate("bar", "foobarbar", 5), 7);
        assert_eq!(locate("", "abc", 3), 1);
        assert_eq!(find_in_set("", "a,,b"), 2);
        assert_eq!(find_in_set("a,b", "a,b"), 0);
    }

    #[test]
    fn parts() {
        let index = |text: &'static str, d, n| &text[substring_index(text, d, n)];
        assert_eq!(index("www.apache.org", ".", 2), "www.apache");
        assert_eq!(index("www.apache.org", ".", -2), "apache.org");
        assert_eq!(index("www.apache.org", ".", -9), "www.apache.org");
        assert_eq!(index("a..b", "..", -1), "b");
        let part = |text: &'static str, d, n| &text[split_part(text, d, n)];
        assert_eq!(part("a.b.c", ".", -1), "c");
        assert_eq!(part("a.b.c", ".", 9), "");
        assert_eq!(part("a.b.c", "", 1), "a.b.c");
    }
}
