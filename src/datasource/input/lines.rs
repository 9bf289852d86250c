//! Lines: ended by `\n`, `\r` or `\r\n`, or by a separator of the user's.

use memchr::memmem;

/// The first beginning of a line at or behind `target`, which is not 0; the length if there is none.
pub(crate) fn line_boundary(bytes: &[u8], target: usize, separator: Option<&[u8]>) -> usize {
    match separator {
        Some(separator) => {
            // A separator may have begun before the target.
            let from = target.saturating_sub(separator.len());
            let found = memmem::find(&bytes[from..], separator);
            found.map_or(bytes.len(), |at| from + at + separator.len())
        }
        None => {
            let from = target - 1;
            match memchr::memchr2(b'\n', b'\r', &bytes[from..]) {
                None => bytes.len(),
                Some(at) => from + at + line_end(bytes, from + at),
            }
        }
    }
}

/// Length of the line end at `at`.
fn line_end(bytes: &[u8], at: usize) -> usize {
    1 + usize::from(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n'))
}

/// Finds the lines that begin in the window before `end`, at most `limit`: beginnings and ends without the line
/// ends. Unless `last`, a line that may go on behind the window is left. Gives the bytes that are done with.
pub(crate) fn find_lines(
    window: &[u8],
    end: usize,
    last: bool,
    limit: usize,
    separator: Option<&[u8]>,
    lines: &mut Vec<(usize, usize)>,
) -> usize {
    let finder = separator.map(memmem::Finder::new);
    let mut position = 0;
    while position < end && lines.len() < limit {
        let rest = &window[position..];
        let found = match &finder {
            Some(finder) => finder.find(rest),
            None => memchr::memchr2(b'\n', b'\r', rest),
        };
        match found {
            None if last => {
                lines.push((position, window.len()));
                return window.len();
            }
            None => break,
            Some(length) => {
                let stop = position + length;
                let cut = separator.is_none() && window[stop] == b'\r' && stop + 1 == window.len();
                if cut && !last {
                    break;
                }
                lines.push((position, stop));
                position = stop + separator.map_or_else(|| line_end(window, stop), <[u8]>::len);
            }
        }
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, separator: Option<&str>) -> Vec<String> {
        let mut found = Vec::new();
        let separator = separator.map(str::as_bytes);
        let done = find_lines(
            text.as_bytes(),
            text.len(),
            true,
            100,
            separator,
            &mut found,
        );
        assert_eq!(done, text.len());
        found
            .iter()
            .map(|(start, end)| text[*start..*end].to_string())
            .collect()
    }

    #[test]
    fn lines_end_in_three_ways_or_as_told() {
        assert_eq!(lines("a\r\n\nb\rc", None), ["a", "", "b", "c"]);
        assert_eq!(lines("a\n", None), ["a"]);
        assert_eq!(lines("a||b|\n||", Some("||")), ["a", "b|\n"]);
    }

    #[test]
    fn unfinished_lines_wait_for_more() {
        let mut found = Vec::new();
        assert_eq!(find_lines(b"ab\ncd", 5, false, 10, None, &mut found), 3);
        assert_eq!(found, [(0, 2)]);
        found.clear();
        assert_eq!(find_lines(b"ab\r", 3, false, 10, None, &mut found), 0);
        assert!(found.is_empty());
    }
}
