//! Smallest and largest values as statistics say them.

/// Bytes of a text that statistics keep. What is longer is cut to a bound that no value passes.
const BOUND_BYTES: usize = 64;

/// The order of the bounds of pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Unknown,
    Ascending,
    Descending,
    Neither,
}

/// Bounds of the pages of a chunk, put together.
pub(super) struct ChunkBounds<T> {
    pub bounds: Option<(T, T)>,
    last: Option<(T, T)>,
    is_ascending: bool,
    is_descending: bool,
}

impl<T> Default for ChunkBounds<T> {
    fn default() -> Self {
        ChunkBounds {
            bounds: None,
            last: None,
            is_ascending: true,
            is_descending: true,
        }
    }
}

impl<T: Ord + Clone> ChunkBounds<T> {
    /// Adds a page with values.
    pub fn add(&mut self, min: &T, max: &T) {
        if let Some((last_min, last_max)) = &self.last {
            self.is_ascending &= last_min <= min && last_max <= max;
            self.is_descending &= last_min >= min && last_max >= max;
        }
        self.last = Some((min.clone(), max.clone()));
        match &mut self.bounds {
            None => self.bounds = Some((min.clone(), max.clone())),
            Some((least, largest)) => {
                if min < least {
                    *least = min.clone();
                }
                if max > largest {
                    *largest = max.clone();
                }
            }
        }
    }

    /// How the bounds of the pages are ordered.
    pub fn direction(&self) -> Direction {
        match (self.bounds.is_some(), self.is_ascending, self.is_descending) {
            (false, ..) => Direction::Unknown,
            (_, true, _) => Direction::Ascending,
            (_, _, true) => Direction::Descending,
            _ => Direction::Neither,
        }
    }
}

/// A bound below which no value is, and whether it is one of them.
pub(super) fn lower_bound(min: &[u8], is_text: bool) -> (&[u8], bool) {
    match min.len() <= BOUND_BYTES {
        true => (min, true),
        false => (cut(min, is_text), false),
    }
}

/// A bound above which no value is, and whether it is one of them. A value that has no short bound is its own.
pub(super) fn upper_bound(max: &[u8], is_text: bool) -> (Vec<u8>, bool) {
    if max.len() <= BOUND_BYTES {
        return (max.to_vec(), true);
    }
    let cut = cut(max, is_text);
    let bound = match std::str::from_utf8(cut) {
        Ok(text) if is_text => larger_text(text).map(String::into_bytes),
        _ => larger_bytes(cut),
    };
    match bound {
        Some(bound) => (bound, false),
        None => (max.to_vec(), true),
    }
}

/// A text larger than all that begin with this one: the last character that can be larger is made so, and what is behind
/// it is left out.
fn larger_text(text: &str) -> Option<String> {
    text.char_indices().rev().find_map(|(at, last)| {
        let next = char::from_u32(last as u32 + 1)?;
        let mut larger = text[..at].to_string();
        larger.push(next);
        // A bound is not longer than what it was cut from.
        (next.len_utf8() == last.len_utf8()).then_some(larger)
    })
}

/// The same for bytes.
fn larger_bytes(bytes: &[u8]) -> Option<Vec<u8>> {
    let at = bytes.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut larger = bytes[..=at].to_vec();
    larger[at] += 1;
    Some(larger)
}

/// The first bytes, of a text without a part of a character at the end.
fn cut(bytes: &[u8], is_text: bool) -> &[u8] {
    let mut end = BOUND_BYTES;
    while is_text && end > 0 && bytes[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_bounds_are_values() {
        assert_eq!(lower_bound(b"abc", true), (&b"abc"[..], true));
        assert_eq!(upper_bound(&[0xff; 64], false), (vec![0xff; 64], true));
    }

    #[test]
    fn long_bounds_are_cut_without_leaving_values_out() {
        let text = "ü".repeat(31) + "xyüüüü";
        let (low, is_exact) = lower_bound(text.as_bytes(), true);
        assert!(!is_exact && low < text.as_bytes() && std::str::from_utf8(low).is_ok());
        let (high, is_exact) = upper_bound(text.as_bytes(), true);
        assert_eq!(high, ("ü".repeat(31) + "xz").as_bytes());
        assert!(!is_exact && high.as_slice() > text.as_bytes());
        // No character is cut through; the last one of its length stays.
        let text = "a".to_string() + &"ü".repeat(40);
        assert_eq!(lower_bound(text.as_bytes(), true).0.len(), 63);
        let larger = "a".to_string() + &"ü".repeat(30) + "ý";
        assert_eq!(
            upper_bound(text.as_bytes(), true),
            (larger.into_bytes(), false)
        );
        let text = "b".to_string() + &"\u{7ff}".repeat(40);
        assert_eq!(upper_bound(text.as_bytes(), true), (b"c".to_vec(), false));
        // No character is larger, nor a byte.
        let largest = "\u{10ffff}".repeat(40).into_bytes();
        assert_eq!(upper_bound(&largest, true), (largest.clone(), true));
        assert_eq!(upper_bound(&[0xff; 65], false), (vec![0xff; 65], true));
        assert_eq!(upper_bound(&[0x80; 65], false).0.len(), 64);
    }

    #[test]
    fn pages_have_a_direction_only_if_all_do() {
        let direction = |pages: &[(i32, i32)]| {
            let mut bounds = ChunkBounds::default();
            pages.iter().for_each(|(min, max)| bounds.add(min, max));
            bounds.direction()
        };
        assert!(direction(&[]) == Direction::Unknown);
        assert!(direction(&[(1, 2), (1, 3), (3, 3)]) == Direction::Ascending);
        assert!(direction(&[(5, 9), (1, 9)]) == Direction::Descending);
        assert!(direction(&[(1, 9), (2, 3)]) == Direction::Neither);
    }
}
