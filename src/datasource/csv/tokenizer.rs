//! From bytes to the fields of records.
//!
//! The common field, unquoted or quoted without anything special inside, becomes a span of the input. Only a
//! field with escapes, raw quotes or line ends inside is copied, into the arena beside it.
//!
//! What happens to odd quotes is univocity's `STOP_AT_DELIMITER`: when text follows the closing quote, the field is
//! taken as it stands, opening quote included, up to the next delimiter.

use super::options::CsvOptions;
use super::structural::Finder;
use memchr::memmem;

/// How fields and records are told apart.
#[derive(Debug, Clone)]
pub(super) struct Tokenizer {
    delimiter: Vec<u8>,
    quote: Option<u8>,
    escape: Option<u8>,
    /// Before an escape inside quotes.
    escape_escape: Option<u8>,
    comment: Option<u8>,
    line_separator: Option<Vec<u8>>,
    multi_line: bool,
    ignore_leading_space: bool,
    ignore_trailing_space: bool,
    max_columns: usize,
    needles: [u8; 3],
}

/// A field: where it lies, and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    start: u32,
    /// Length, with the two flags in its uppermost bits.
    length: u32,
}

const IN_ARENA: u32 = 1 << 31;
const QUOTED: u32 = 1 << 30;
const LENGTH: u32 = QUOTED - 1;

impl Field {
    /// A field that the record does not have.
    pub const MISSING: Field = Field {
        start: 0,
        length: u32::MAX,
    };

    /// Whether the record does not have it.
    #[inline]
    pub fn is_missing(self) -> bool {
        self == Field::MISSING
    }

    /// Whether it was quoted, cleanly.
    #[inline]
    pub fn is_quoted(self) -> bool {
        self.length & QUOTED != 0
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(self) -> usize {
        (self.length & LENGTH) as usize
    }

    /// Its bytes.
    #[inline]
    pub fn bytes<'a>(self, window: &'a [u8], arena: &'a [u8]) -> &'a [u8] {
        let from = if self.length & IN_ARENA != 0 {
            arena
        } else {
            window
        };
        let start = self.start as usize;
        &from[start..start + self.len()]
    }
}

/// The records found in a window of bytes, with the fields that are wanted.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Per wanted column, one field per record.
    pub columns: Vec<Vec<Field>>,
    /// Per record, where it begins and ends in the window.
    pub extents: Vec<(u32, u32)>,
    /// Per record, how many fields it has.
    pub widths: Vec<u32>,
    /// Fields that had to be rewritten.
    pub arena: Vec<u8>,
    /// Per column of the file, its place among the wanted ones.
    slots: Vec<Option<usize>>,
}

impl Records {
    /// Wants these columns of the file, each once.
    pub fn of_columns(columns: &[usize]) -> Records {
        let mut slots = vec![None; columns.iter().max().map_or(0, |last| last + 1)];
        for (slot, column) in columns.iter().enumerate() {
            slots[*column] = Some(slot);
        }
        Records {
            columns: vec![Vec::new(); columns.len()],
            slots,
            ..Records::default()
        }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.extents.len()
    }

    /// Forgets the records, keeps the memory.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        self.extents.clear();
        self.widths.clear();
        self.arena.clear();
    }

    /// All fields of one record, for headers and inference; the columns wanted must be 0, 1, 2, ….
    pub fn texts(&self, record: usize, window: &[u8]) -> Vec<Option<String>> {
        let width = (self.widths[record] as usize).min(self.columns.len());
        (self.columns[..width].iter())
            .map(|column| {
                let field = column[record];
                let bytes = field.bytes(window, &self.arena);
                let null = field.is_missing() || (bytes.is_empty() && !field.is_quoted());
                (!null).then(|| String::from_utf8_lossy(bytes).into_owned())
            })
            .collect()
    }
}

/// What came of one call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes of the window that are done with.
    pub consumed: usize,
    /// Whether a record with too many columns ended it.
    pub too_wide: bool,
}

impl Tokenizer {
    pub fn new(options: &CsvOptions) -> Tokenizer {
        let delimiter = options.delimiter[0];
        let needles = match options.line_separator.as_deref() {
            None => [delimiter, b'\n', b'\r'],
            Some(separator) => [delimiter, separator[0], separator[0]],
        };
        let escape = options.escape;
        Tokenizer {
            delimiter: options.delimiter.clone(),
            quote: options.quote,
            escape,
            escape_escape: escape.filter(|escape| Some(*escape) != options.quote),
            comment: options.comment,
            line_separator: options.line_separator.clone(),
            multi_line: options.multi_line,
            ignore_leading_space: options.ignore_leading_space,
            ignore_trailing_space: options.ignore_trailing_space,
            max_columns: options.max_columns,
            needles,
        }
    }

    /// Adds the records that begin in the window before `end` to `records`, at most `limit`. Unless `last`,
    /// more bytes follow the window, and a record that may go on there is left for the next call.
    pub fn read(
        &self,
        window: &[u8],
        end: usize,
        last: bool,
        limit: usize,
        records: &mut Records,
    ) -> Progress {
        let mut finder = Finder::new(window, self.needles);
        let mut position = 0;
        while position < end && records.len() < limit {
            match self.record(window, position, last, &mut finder, records) {
                Step::Record(next) | Step::Skipped(next) => position = next,
                Step::Incomplete => break,
                Step::TooWide => {
                    return Progress {
                        consumed: position,
                        too_wide: true,
                    };
                }
            }
        }
        Progress {
            consumed: position,
            too_wide: false,
        }
    }

    /// Length of the line end at `at`, 0 if there is none.
    #[inline]
    fn line_end(&self, window: &[u8], at: usize) -> usize {
        match &self.line_separator {
            None => match window.get(at) {
                Some(b'\n') => 1,
                Some(b'\r') => 1 + usize::from(window.get(at + 1) == Some(&b'\n')),
                _ => 0,
            },
            Some(separator) if window[at.min(window.len())..].starts_with(separator) => {
                separator.len()
            }
            Some(_) => 0,
        }
    }

    #[inline]
    fn is_delimiter(&self, window: &[u8], at: usize) -> bool {
        match self.delimiter.as_slice() {
            [only] => window.get(at) == Some(only),
            several => window[at.min(window.len())..].starts_with(several),
        }
    }

    /// The first delimiter or line end at or behind `from`; the window's length if there is none.
    #[inline]
    fn next_structural(&self, window: &[u8], mut from: usize, finder: &mut Finder) -> usize {
        loop {
            let hit = finder.next(from);
            if hit >= window.len()
                || self.is_delimiter(window, hit)
                || self.line_end(window, hit) > 0
            {
                return hit.min(window.len());
            }
            from = hit + 1;
        }
    }

    /// Whether a line end at `at` may go on behind the window (`\r` of `\r\n`).
    fn is_cut(&self, window: &[u8], at: usize, last: bool) -> bool {
        !last && (at >= window.len() || (at + 1 == window.len() && window[at] == b'\r'))
    }

    /// Reads the record at `start`.
    #[inline]
    fn record(
        &self,
        window: &[u8],
        start: usize,
        last: bool,
        finder: &mut Finder,
        records: &mut Records,
    ) -> Step {
        if let Some(step) = self.skip(window, start, last, finder) {
            return step;
        }
        let arena_before = records.arena.len();
        let row = records.len();
        let mut width = 0usize;
        let mut position = start;
        let mut incomplete = false;
        let end = loop {
            let mut from = position;
            if self.ignore_leading_space {
                from += count_spaces(&window[from..], self.delimiter[0]);
            }
            let (field, stop) = match self.quote {
                Some(quote) if window.get(from) == Some(&quote) => {
                    match self.quoted(window, from, last, &mut records.arena) {
                        Some(found) => found,
                        None => {
                            incomplete = true;
                            break position;
                        }
                    }
                }
                _ => {
                    let stop = self.next_structural(window, from, finder);
                    (self.span(window, from, stop), stop)
                }
            };
            if let Some(Some(slot)) = records.slots.get(width) {
                records.columns[*slot].push(field);
            }
            width += 1;
            if stop >= window.len() || !self.is_delimiter(window, stop) {
                if self.is_cut(window, stop, last) {
                    incomplete = true;
                }
                break stop;
            }
            position = stop + self.delimiter.len();
        };
        if incomplete {
            records.arena.truncate(arena_before);
            records
                .columns
                .iter_mut()
                .for_each(|column| column.truncate(row));
            return Step::Incomplete;
        }
        if width > self.max_columns {
            return Step::TooWide;
        }
        if width < records.slots.len() {
            for column in &mut records.columns {
                if column.len() == row {
                    column.push(Field::MISSING);
                }
            }
        }
        records.extents.push((start as u32, end as u32));
        records.widths.push(width as u32);
        Step::Record(end + self.line_end(window, end))
    }

    /// Passes over what is no record: empty lines, lines of spaces, comments.
    #[inline]
    fn skip(&self, window: &[u8], start: usize, last: bool, finder: &mut Finder) -> Option<Step> {
        let first = *window.get(start)?;
        let line_end = self.line_end(window, start);
        if line_end > 0 {
            return Some(if self.is_cut(window, start, last) {
                Step::Incomplete
            } else {
                Step::Skipped(start + line_end)
            });
        }
        let is_comment = self.comment == Some(first);
        let is_blank = || {
            // Only line by line are lines of spaces no records.
            if self.multi_line || first > b' ' {
                return false;
            }
            let spaces = window[start..]
                .iter()
                .position(|byte| *byte > b' ' || is_line_end(*byte));
            let end = start + spaces.unwrap_or(window.len() - start);
            end >= window.len() || self.line_end(window, end) > 0
        };
        if !is_comment && !is_blank() {
            return None;
        }
        let mut end = start;
        loop {
            end = finder.next(end);
            if end >= window.len() || self.line_end(window, end) > 0 {
                break;
            }
            end += 1;
        }
        if self.is_cut(window, end, last) {
            return Some(Step::Incomplete);
        }
        Some(Step::Skipped(end + self.line_end(window, end)))
    }

    /// An unquoted field.
    #[inline]
    fn span(&self, window: &[u8], mut start: usize, mut stop: usize) -> Field {
        if self.ignore_trailing_space {
            while stop > start && window[stop - 1] <= b' ' {
                stop -= 1;
            }
        }
        start = start.min(stop);
        Field {
            start: start as u32,
            length: (stop - start) as u32 & LENGTH,
        }
    }

    /// A quoted field whose opening quote is at `open`: the field and where it stops (at a delimiter, a line
    /// end or the end of the window). None if it may go on behind the window.
    fn quoted(
        &self,
        window: &[u8],
        open: usize,
        last: bool,
        arena: &mut Vec<u8>,
    ) -> Option<(Field, usize)> {
        let quote = self.quote?;
        let escape = self.escape.unwrap_or(quote);
        // The fast way: nothing special until the closing quote, which ends the field.
        let body = open + 1;
        if let Some(length) = memchr::memchr2(quote, escape, &window[body..]) {
            let close = body + length;
            let ends = close + 1 == window.len() && last
                || self.is_delimiter(window, close + 1)
                || (self.line_end(window, close + 1) > 0 && !self.is_cut(window, close + 1, last));
            if window[close] == quote && ends {
                let inside = &window[body..close];
                let plain = if self.multi_line {
                    memchr::memchr(b'\r', inside).is_none()
                } else {
                    self.line_end_within(inside).is_none()
                };
                if plain {
                    let field = Field {
                        start: body as u32,
                        length: (close - body) as u32 & LENGTH | QUOTED,
                    };
                    return Some((field, close + 1));
                }
            }
        }
        self.quoted_slowly(window, open, last, arena)
    }

    fn line_end_within(&self, bytes: &[u8]) -> Option<usize> {
        match &self.line_separator {
            None => memchr::memchr2(b'\n', b'\r', bytes),
            Some(separator) => memmem::find(bytes, separator),
        }
    }

    /// A quoted field with something special in it, character by character.
    fn quoted_slowly(
        &self,
        window: &[u8],
        open: usize,
        last: bool,
        arena: &mut Vec<u8>,
    ) -> Option<(Field, usize)> {
        let quote = self.quote?;
        let escape = self.escape;
        // Line by line, the field ends with the line at the latest.
        let limit = if self.multi_line {
            window.len()
        } else {
            match self.line_end_within(&window[open..]) {
                Some(length) => open + length,
                None if last => window.len(),
                None => return None,
            }
        };
        let begin = arena.len();
        let mut at = open + 1;
        if at >= limit && (last || !self.multi_line) {
            // A quote at the very end is no opening quote.
            let field = Field {
                start: open as u32,
                length: 1,
            };
            return Some((field, limit));
        }
        let mut previous = None;
        let finish = |arena: &Vec<u8>, stop: usize, quoted: bool| {
            let field = Field {
                start: begin as u32,
                length: (arena.len() - begin) as u32 & LENGTH
                    | IN_ARENA
                    | if quoted { QUOTED } else { 0 },
            };
            Some((field, stop))
        };
        loop {
            if at >= limit {
                // The closing quote is missing, or it was the last character.
                if self.multi_line && !last {
                    return None;
                }
                return finish(arena, limit, true);
            }
            let current = window[at];
            let line_end = self.line_end(window, at);
            let ends = self.is_delimiter(window, at) || line_end > 0;
            if previous == Some(quote) && (ends || current <= b' ') {
                if line_end > 0 && self.is_cut(window, at, last) {
                    return None;
                }
                if ends {
                    return finish(arena, at, true);
                }
                // Spaces behind the closing quote are cut, unless more text follows them.
                let mut behind = at;
                while behind < limit
                    && window[behind] <= b' '
                    && !self.is_delimiter(window, behind)
                    && self.line_end(window, behind) == 0
                {
                    behind += 1;
                }
                if behind >= limit {
                    if self.multi_line && !last {
                        return None;
                    }
                    return finish(arena, limit, true);
                }
                if self.is_delimiter(window, behind) || self.line_end(window, behind) > 0 {
                    return finish(arena, behind, true);
                }
                arena.push(quote);
                arena.extend_from_slice(&window[at..behind]);
                return self.raw(window, behind, limit, last, arena, begin);
            }
            if current != quote && Some(current) != escape {
                if previous == Some(quote) {
                    arena.push(quote);
                    return self.raw(window, at, limit, last, arena, begin);
                }
                if let Some(escape) = escape.filter(|escape| previous == Some(*escape)) {
                    arena.push(escape);
                }
                let rest = &window[at..limit];
                let length = memchr::memchr2(quote, escape.unwrap_or(quote), rest);
                let stop = at + length.unwrap_or(rest.len());
                self.copy(&window[at..stop], arena);
                if stop >= limit {
                    at = stop;
                    previous = None;
                    continue;
                }
                previous = Some(window[stop]);
                at = stop + 1;
                continue;
            }
            let mut remembered = Some(current);
            if Some(current) == escape && previous.is_some() && previous == self.escape_escape {
                arena.push(current);
                remembered = None;
            } else if previous.is_some() && previous == escape {
                if current == quote {
                    arena.push(quote);
                    remembered = None;
                } else if let Some(escape) = escape {
                    arena.push(escape);
                }
            } else if current == quote && previous == Some(quote) {
                arena.push(quote);
            } else if previous == Some(quote) {
                arena.push(quote);
                return self.raw(window, at, limit, last, arena, begin);
            }
            previous = remembered;
            at += 1;
        }
    }

    /// The rest of a field that is taken as it stands: the opening quote is put back, and everything from
    /// `from` to the next delimiter or line end belongs to it.
    fn raw(
        &self,
        window: &[u8],
        from: usize,
        limit: usize,
        last: bool,
        arena: &mut Vec<u8>,
        begin: usize,
    ) -> Option<(Field, usize)> {
        let mut stop = from;
        while stop < limit && !self.is_delimiter(window, stop) && self.line_end(window, stop) == 0 {
            stop += 1;
        }
        if self.is_cut(window, stop, last) {
            return None;
        }
        arena.insert(begin, self.quote?);
        arena.extend_from_slice(&window[from..stop]);
        if self.ignore_trailing_space {
            while arena.len() > begin && arena.last().is_some_and(|byte| *byte <= b' ') {
                arena.pop();
            }
        }
        let field = Field {
            start: begin as u32,
            length: (arena.len() - begin) as u32 & LENGTH | IN_ARENA,
        };
        Some((field, stop))
    }

    /// Copies text of a quoted field; its line ends become `\n`.
    fn copy(&self, text: &[u8], arena: &mut Vec<u8>) {
        if self.line_separator.is_some() || memchr::memchr(b'\r', text).is_none() {
            arena.extend_from_slice(text);
            return;
        }
        let mut bytes = text.iter().peekable();
        while let Some(byte) = bytes.next() {
            if *byte == b'\r' {
                if bytes.peek() == Some(&&b'\n') {
                    bytes.next();
                }
                arena.push(b'\n');
            } else {
                arena.push(*byte);
            }
        }
    }
}

enum Step {
    /// A record; the next one begins there.
    Record(usize),
    /// No record; go on there.
    Skipped(usize),
    /// The window ends within the record.
    Incomplete,
    /// It has more fields than allowed.
    TooWide,
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Spaces at the beginning that are no delimiters.
fn count_spaces(bytes: &[u8], delimiter: u8) -> usize {
    let is_space = |byte: &&u8| **byte <= b' ' && **byte != delimiter && !is_line_end(**byte);
    bytes.iter().take_while(is_space).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::datasource::options::SourceOptions;
    use crate::datasource::testing::options;

    fn tokenizer(pairs: &[(&str, &str)]) -> Tokenizer {
        let options = SourceOptions::new(&options(pairs));
        Tokenizer::new(&CsvOptions::new(&options, &Config::default()).unwrap())
    }

    /// The records of a text: fields joined by `|`, NULL as `~`.
    fn records(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
        let mut records = Records::of_columns(&[0, 1, 2, 3]);
        let window = text.as_bytes();
        let progress = tokenizer(pairs).read(window, window.len(), true, 1000, &mut records);
        assert_eq!(progress.consumed, window.len());
        let show = |record: usize| {
            let texts = records.texts(record, window).into_iter();
            let texts: Vec<String> = texts.map(|t| t.unwrap_or_else(|| "~".into())).collect();
            texts.join("|")
        };
        (0..records.len()).map(show).collect()
    }

    /// Expectations are what Spark 4.3 gives.
    #[test]
    fn fields_are_those_of_spark() {
        assert_eq!(records("a,b\n1,2", &[]), ["a|b", "1|2"]);
        assert_eq!(records("a,b\r\n1,2\r3,4\r\n", &[]), ["a|b", "1|2", "3|4"]);
        assert_eq!(records("a\n\n   \nb,\n", &[]), ["a", "b|~"]);
        assert_eq!(records(",\"\",x", &[]), ["~||x"]);
        let odd = "\"a \"\"x\"\"\",b\"c\"d\n\"unclosed, x\ny,z\n";
        assert_eq!(
            records(odd, &[]),
            ["\"a \"\"x\"\"\"|b\"c\"d", "unclosed, x", "y|z"]
        );
        let odd = "\"a\\\"b\",c\n\"a\" x,y\n x \"q\",z\n\" q \",2\n";
        assert_eq!(
            records(odd, &[]),
            ["a\"b|c", "\"a\" x|y", " x \"q\"|z", " q |2"]
        );
        assert_eq!(records("\"a\\\\b\",\"c\\nd\"\n", &[]), ["a\\b|c\\nd"]);
        assert_eq!(records("\"a\\\\\"b\n", &[]), ["\"a\\\"b"]);
        assert_eq!(records("\"a\nb\",c\n", &[]), ["a", "b\"|c"]);
        let odd = "\"abc\"def,g\n\"abc\"def\"x\",g\n\"a \"b, c\",e\n";
        assert_eq!(
            records(odd, &[]),
            ["\"abc\"def|g", "\"abc\"def\"x\"|g", "\"a \"b| c\"|e"]
        );
        assert_eq!(records(" \"a,b\",c\n", &[]), [" \"a|b\"|c"]);
        assert_eq!(
            records("x,\"\nx,\"\"\n\"b\"  ,y", &[]),
            ["x|\"", "x|", "b|y"]
        );
        assert_eq!(
            records("\"\"a,b\n\"a\"\"\",c\n\"\"\"\",x", &[]),
            ["\"\"a|b", "a\"\"|c", "\"\"|x"]
        );
        let doubled = [("escape", "\"")];
        assert_eq!(
            records("\"a\"\"\",\"\"\"\"\n\"ab\"c\"\"d\",x", &doubled),
            ["a\"|\"", "\"ab\"c\"\"d\"|x"]
        );
    }

    #[test]
    fn options_change_what_a_record_is() {
        assert_eq!(
            records("\"a\r\nb\",c\r\nd\n", &[("multiLine", "true")]),
            ["a\nb|c", "d"]
        );
        assert_eq!(records("  \n\n1\n", &[("multiLine", "true")]), ["  ", "1"]);
        assert_eq!(records("\"a\"\"b\",x\n", &[("escape", "\"")]), ["a\"b|x"]);
        assert_eq!(records("a||b|c||d\n", &[("sep", "||")]), ["a|b|c|d"]);
        assert_eq!(records("a,b;1,2;", &[("lineSep", ";")]), ["a|b", "1|2"]);
        assert_eq!(
            records("#x\na\n #y\n#z,1\n", &[("comment", "#")]),
            ["a", " #y"]
        );
        assert_eq!(records("\"a,b\"\n", &[("quote", "")]), ["\"a|b\""]);
        let trim = [
            ("ignoreLeadingWhiteSpace", "true"),
            ("ignoreTrailingWhiteSpace", "true"),
        ];
        assert_eq!(
            records("  a , b\t,\"  c \" , \"x,y\"\n", &trim),
            ["a|b|  c |x,y"]
        );
    }

    /// However a text is cut into windows, the same records come out.
    #[test]
    fn records_do_not_depend_on_windows() {
        let text = "a,\"b\nb\",c\r\n\"x \"\"y\"\"\",2,3\n\n\"q\"z,4\r#no\n1,\"un\\\"closed\"\r\n";
        for pairs in [&[("multiLine", "true")], &[("multiLine", "false")]] {
            let tokenizer = tokenizer(pairs);
            let whole = records(text, pairs);
            for size in 1..text.len() {
                let mut found = Vec::new();
                let (mut start, mut length) = (0, size);
                while start < text.len() {
                    let end = (start + length).min(text.len());
                    let window = &text.as_bytes()[start..end];
                    let mut records = Records::of_columns(&[0, 1, 2, 3]);
                    let last = end == text.len();
                    let progress = tokenizer.read(window, window.len(), last, 1, &mut records);
                    if progress.consumed == 0 {
                        length += size;
                        continue;
                    }
                    for record in 0..records.len() {
                        let texts = records.texts(record, window).into_iter();
                        let texts: Vec<String> =
                            texts.map(|t| t.unwrap_or_else(|| "~".into())).collect();
                        found.push(texts.join("|"));
                    }
                    start += progress.consumed;
                    length = size;
                }
                assert_eq!(found, whole, "windows of {size} bytes, {pairs:?}");
            }
        }
    }
}
