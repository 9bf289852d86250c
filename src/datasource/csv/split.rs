//! Cutting a mapped file into ranges at record boundaries.
//!
//! Line by line a boundary is any line end: records cannot cross it. With `multiLine` only the tokenizer knows
//! whether a line end lies within quotes, so that a pass over the file counts off records; it converts nothing
//! and is several times faster than the parsing that it lets run in parallel.

use super::options::CsvOptions;
use super::tokenizer::{Records, Tokenizer};
use crate::datasource::input::line_boundary;
use std::ops::Range;

/// Ranges of about `wanted` bytes that cover the file, in order.
pub(super) fn ranges(bytes: &[u8], wanted: usize, options: &CsvOptions) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while bytes.len() - start > wanted + wanted / 2 {
        let target = start + wanted;
        let end = if options.multi_line {
            record_boundary(bytes, start, target, options)
        } else {
            line_boundary(bytes, target, options.line_separator.as_deref())
        };
        if end >= bytes.len() {
            break;
        }
        ranges.push(start..end);
        start = end;
    }
    ranges.push(start..bytes.len());
    ranges
}

/// The first beginning of a record at or behind `target`, counted from the one at `start`.
fn record_boundary(bytes: &[u8], start: usize, target: usize, options: &CsvOptions) -> usize {
    let tokenizer = Tokenizer::new(options);
    let mut records = Records::of_columns(&[]);
    let mut position = start;
    while position < target {
        records.clear();
        let window = &bytes[position..];
        let progress = tokenizer.read(window, target - position, true, 64 * 1024, &mut records);
        if progress.consumed == 0 {
            return bytes.len();
        }
        position += progress.consumed;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::datasource::options::SourceOptions;
    use crate::datasource::testing::options;

    fn cut(text: &str, wanted: usize, pairs: &[(&str, &str)]) -> Vec<String> {
        let options = SourceOptions::new(&options(pairs));
        let options = CsvOptions::new(&options, &Config::default()).unwrap();
        ranges(text.as_bytes(), wanted, &options)
            .into_iter()
            .map(|range| text[range].to_string())
            .collect()
    }

    #[test]
    fn cuts_are_at_record_boundaries() {
        assert_eq!(cut("ab\ncd\nef\n", 3, &[]), ["ab\n", "cd\n", "ef\n"]);
        assert_eq!(
            cut("ab\r\ncd\r\nef\r\n", 3, &[]),
            ["ab\r\n", "cd\r\n", "ef\r\n"]
        );
        assert_eq!(
            cut("ab;cd;ef", 3, &[("lineSep", ";")]),
            ["ab;", "cd;", "ef"]
        );
        let quoted = "\"a\nb\nc\",1\n\"d\n\",2\ne,3\n";
        let multi_line = [("multiLine", "true")];
        assert_eq!(
            cut(quoted, 2, &multi_line),
            ["\"a\nb\nc\",1\n", "\"d\n\",2\n", "e,3\n"]
        );
        assert_eq!(cut("", 2, &[]), [""]);
    }
}
