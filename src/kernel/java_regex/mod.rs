//! Java regular expressions.
//!
//! Spark's patterns are `java.util.regex` patterns. They are translated once per pattern into the syntax of
//! the Rust engines and run on the fastest one that can do them:
//!
//! ```text
//!   pattern ──translate──► plain syntax      ─► regex        (linear time)
//!                      └─► look-around, \1,  ─► fancy-regex  (backtracking)
//!                          possessive, (?>…)
//! ```
//!
//! Java's `$` also matches before a line terminator that ends the text, which the linear engine cannot say.
//! Texts that do not end in one, nearly all of them, run with `\z` in its place; the others take a second,
//! backtracking form of the pattern that is compiled when first needed.
//!
//! Iteration follows `java.util.regex.Matcher`: after a match the search goes on at its end, one character
//! further if it was empty; an empty match right behind another match counts.
//!
//! Limits: `(?i)` folds case by Unicode also without `(?u)`; in multi-line mode only `\n` ends a line; of
//! Unicode blocks (`\p{InGreek}`) the common ones are known; `\N{…}`, `\b{g}` are not.

mod classes;
mod needed;
mod translate;

pub use translate::SyntaxError;

use crate::error::{Error, Result};
use arrow::array::{Array, BooleanArray, BooleanBufferBuilder, StringViewArray};
use needed::Needed;
use std::sync::OnceLock;

/// A compiled pattern. Shared by all threads.
#[derive(Debug)]
pub struct JavaRegex {
    engine: Engine,
    /// The form with Java's `$`, for texts that end in a line terminator.
    soft_end: Option<(String, OnceLock<Engine>)>,
    /// What is found faster than a match and must be there for one.
    needed: Option<Needed>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// The places of the groups of a match; group 0 is the match.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    places: Vec<Option<(usize, usize)>>,
}

impl Groups {
    /// Bytes of a group, None if it took no part.
    pub fn get(&self, group: usize) -> Option<(usize, usize)> {
        self.places.get(group).copied().flatten()
    }

    /// Bytes of the match.
    pub fn span(&self) -> (usize, usize) {
        self.get(0).unwrap_or((0, 0))
    }
}

impl JavaRegex {
    /// Compiles a pattern.
    pub fn compile(pattern: &str) -> Result<JavaRegex, SyntaxError> {
        let translated = translate::translate(pattern, false)?;
        let engine = Engine::new(&translated.pattern, translated.needs_backtracking)?;
        let soft_end = translated
            .has_soft_end
            .then(|| (pattern.to_string(), OnceLock::new()));
        // Both forms need the same; they differ in what ends a text.
        let needed = match &engine {
            Engine::Linear(_) => Needed::of(&translated.pattern),
            Engine::Backtracking(_) => None,
        };
        Ok(JavaRegex {
            engine,
            soft_end,
            needed,
        })
    }

    /// The engine that is right for a text.
    fn engine(&self, text: &str) -> &Engine {
        let Some((pattern, engine)) = &self.soft_end else {
            return &self.engine;
        };
        if !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            return &self.engine;
        }
        if let Some(engine) = engine.get() {
            return engine;
        }
        let compiled = translate::translate(pattern, true)
            .and_then(|translated| Engine::new(&translated.pattern, true));
        match compiled {
            Ok(compiled) => engine.get_or_init(|| compiled),
            // the same pattern compiled with `\z`, so this does not happen; `\z` is nearly right
            Err(_) => &self.engine,
        }
    }

    /// Number of capturing groups.
    pub fn group_count(&self) -> usize {
        match &self.engine {
            Engine::Linear(regex) => regex.captures_len() - 1,
            Engine::Backtracking(regex) => regex.captures_len() - 1,
        }
    }

    /// The number of a named group.
    pub fn group_number(&self, name: &str) -> Option<usize> {
        match &self.engine {
            Engine::Linear(regex) => regex.capture_names().position(|n| n == Some(name)),
            Engine::Backtracking(regex) => regex.capture_names().position(|n| n == Some(name)),
        }
    }

    /// Whether the pattern is found anywhere in the text.
    #[inline]
    pub fn is_match(&self, text: &str) -> Result<bool> {
        match self.engine(text) {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(too_complex),
        }
    }

    /// In which strings the pattern is found; NULL for NULL.
    pub fn is_match_array(&self, array: &StringViewArray) -> Result<BooleanArray> {
        let needed = self.needed.as_ref();
        let mut rows = needed.and_then(|needed| needed.rows(array));
        if let Some(nulls) = array.nulls() {
            rows = Some(match rows {
                Some(rows) => &rows & nulls.inner(),
                None => nulls.inner().clone(),
            });
        }
        let mut found = BooleanBufferBuilder::new(array.len());
        match rows {
            None => {
                for row in 0..array.len() {
                    found.append(self.is_match(array.value(row))?);
                }
            }
            Some(rows) => {
                for row in rows.set_indices() {
                    found.append_n(row - found.len(), false);
                    found.append(self.is_match(array.value(row))?);
                }
                found.append_n(array.len() - found.len(), false);
            }
        }
        Ok(BooleanArray::new(found.finish(), array.nulls().cloned()))
    }

    /// The first match at or behind byte `from`: start and end.
    pub fn find_at(&self, text: &str, from: usize) -> Result<Option<(usize, usize)>> {
        if from > text.len() {
            return Ok(None);
        }
        match self.engine(text) {
            Engine::Linear(regex) => Ok(regex.find_at(text, from).map(|m| (m.start(), m.end()))),
            Engine::Backtracking(regex) => match regex.find_from_pos(text, from) {
                Ok(found) => Ok(found.map(|m| (m.start(), m.end()))),
                Err(error) => Err(too_complex(error)),
            },
        }
    }

    /// The first match at or behind byte `from`, with its groups.
    pub fn captures_at(&self, text: &str, from: usize) -> Result<Option<Groups>> {
        if from > text.len() {
            return Ok(None);
        }
        let count = self.group_count() + 1;
        match self.engine(text) {
            Engine::Linear(regex) => Ok(regex.captures_at(text, from).map(|captures| Groups {
                places: (0..count)
                    .map(|i| captures.get(i).map(|m| (m.start(), m.end())))
                    .collect(),
            })),
            Engine::Backtracking(regex) => match regex.captures_from_pos(text, from) {
                Ok(found) => Ok(found.map(|captures| Groups {
                    places: (0..count)
                        .map(|i| captures.get(i).map(|m| (m.start(), m.end())))
                        .collect(),
                })),
                Err(error) => Err(too_complex(error)),
            },
        }
    }

    /// Calls `visit` with every match, until it returns false.
    pub fn for_each_match(
        &self,
        text: &str,
        mut visit: impl FnMut(usize, usize) -> bool,
    ) -> Result<()> {
        let mut from = 0;
        while let Some((start, end)) = self.find_at(text, from)? {
            if !visit(start, end) {
                break;
            }
            from = next_start(text, start, end);
        }
        Ok(())
    }

    /// Calls `visit` with the groups of every match, until it returns false.
    pub fn for_each_capture(
        &self,
        text: &str,
        mut visit: impl FnMut(&Groups) -> bool,
    ) -> Result<()> {
        let mut from = 0;
        while let Some(groups) = self.captures_at(text, from)? {
            if !visit(&groups) {
                break;
            }
            let (start, end) = groups.span();
            from = next_start(text, start, end);
        }
        Ok(())
    }

    /// `String.split`: the pieces between the matches, at most `limit` if that is positive; trailing empty
    /// pieces are kept, as Spark asks for.
    pub fn split<'t>(
        &self,
        text: &'t str,
        limit: i32,
        mut piece: impl FnMut(&'t str),
    ) -> Result<()> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let (mut begin, mut count) = (0, 0);
        self.for_each_match(text, |start, end| {
            if limit > 0 && count + 1 >= limit {
                return false;
            }
            // an empty match at the very beginning does not make an empty first piece
            if end > 0 {
                piece(&text[begin..start]);
                count += 1;
                begin = end;
            }
            true
        })?;
        piece(&text[begin..]);
        Ok(())
    }
}

/// Where `Matcher.find` goes on behind a match.
fn next_start(text: &str, start: usize, end: usize) -> usize {
    if end > start {
        return end;
    }
    let step = text[end..].chars().next().map_or(1, char::len_utf8);
    end + step
}

impl Engine {
    fn new(pattern: &str, backtracking: bool) -> Result<Engine, SyntaxError> {
        const COMPILED_BYTES: usize = 64 << 20;
        const BACKTRACKS: usize = 20_000_000;
        if backtracking {
            let mut builder = fancy_regex::RegexBuilder::new(pattern);
            builder
                .backtrack_limit(BACKTRACKS)
                .delegate_size_limit(COMPILED_BYTES);
            match builder.build() {
                Ok(regex) => Ok(Engine::Backtracking(regex)),
                Err(error) => Err(SyntaxError(error.to_string())),
            }
        } else {
            let mut builder = regex::RegexBuilder::new(pattern);
            match builder.size_limit(COMPILED_BYTES).build() {
                Ok(regex) => Ok(Engine::Linear(regex)),
                Err(error) => Err(SyntaxError(error.to_string())),
            }
        }
    }
}

fn too_complex(error: fancy_regex::Error) -> Error {
    Error::unsupported("regular expressions that backtrack so much on a text").caused_by(error)
}

/// The replacement text of `Matcher.appendReplacement`: `$1`, `${name}`, `\$`.
#[derive(Debug, PartialEq, Eq)]
pub struct Replacement {
    parts: Vec<ReplacementPart>,
}

#[derive(Debug, PartialEq, Eq)]
enum ReplacementPart {
    Literal(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement for a pattern; the error is Java's complaint.
    pub fn parse(text: &str, regex: &JavaRegex) -> Result<Replacement, SyntaxError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some(c) => literal.push(c),
                    None => return Err(SyntaxError("character to be escaped is missing".into())),
                },
                '$' => {
                    let group = if characters.peek() == Some(&'{') {
                        characters.next();
                        let name: String = characters.by_ref().take_while(|c| *c != '}').collect();
                        regex
                            .group_number(&name)
                            .ok_or_else(|| SyntaxError(format!("No group with name {{{name}}}")))?
                    } else {
                        let Some(first) = characters.peek().and_then(|c| c.to_digit(10)) else {
                            return Err(SyntaxError("Illegal group reference".into()));
                        };
                        characters.next();
                        let mut number = first as usize;
                        if number > regex.group_count() {
                            return Err(SyntaxError(format!("No group {number}")));
                        }
                        while let Some(digit) = characters.peek().and_then(|c| c.to_digit(10)) {
                            let longer = number * 10 + digit as usize;
                            if longer > regex.group_count() {
                                break;
                            }
                            number = longer;
                            characters.next();
                        }
                        number
                    };
                    if !literal.is_empty() {
                        parts.push(ReplacementPart::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(ReplacementPart::Group(group));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(ReplacementPart::Literal(literal));
        }
        Ok(Replacement { parts })
    }

    /// Whether it refers to groups.
    fn uses_groups(&self) -> bool {
        let group = |part: &ReplacementPart| matches!(part, ReplacementPart::Group(_));
        self.parts.iter().any(group)
    }

    fn append(&self, text: &str, groups: &Groups, output: &mut String) {
        for part in &self.parts {
            match part {
                ReplacementPart::Literal(literal) => output.push_str(literal),
                ReplacementPart::Group(group) => {
                    if let Some((start, end)) = groups.get(*group) {
                        output.push_str(&text[start..end]);
                    }
                }
            }
        }
    }

    /// `text` with every match replaced, appended to `output`; false (and nothing appended) if there is none.
    pub fn replace_all(&self, regex: &JavaRegex, text: &str, output: &mut String) -> Result<bool> {
        let (mut behind, mut found) = (0, false);
        if self.uses_groups() {
            regex.for_each_capture(text, |groups| {
                let (start, end) = groups.span();
                output.push_str(&text[behind..start]);
                self.append(text, groups, output);
                behind = end;
                found = true;
                true
            })?;
        } else {
            let none = Groups::default();
            regex.for_each_match(text, |start, end| {
                output.push_str(&text[behind..start]);
                self.append(text, &none, output);
                behind = end;
                found = true;
                true
            })?;
        }
        if found {
            output.push_str(&text[behind..]);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        JavaRegex::compile(pattern).unwrap().is_match(text).unwrap()
    }

    fn replaced(text: &str, pattern: &str, by: &str) -> String {
        let regex = JavaRegex::compile(pattern).unwrap();
        let replacement = Replacement::parse(by, &regex).unwrap();
        let mut output = String::new();
        if !replacement.replace_all(&regex, text, &mut output).unwrap() {
            output.push_str(text);
        }
        output
    }

    fn pieces(text: &str, pattern: &str, limit: i32) -> Vec<String> {
        let mut pieces = Vec::new();
        let regex = JavaRegex::compile(pattern).unwrap();
        regex
            .split(text, limit, |piece| pieces.push(piece.to_string()))
            .unwrap();
        pieces
    }

    #[test]
    fn arrays_as_one_text_at_a_time() {
        let words = [
            "spring",
            "id=",
            "77",
            "winter ",
            "summer a",
            "\n",
            "",
            "a long text to be beyond a view",
        ];
        let texts: Vec<Option<String>> = (0..3000usize)
            .map(|row| {
                let word = |seed: usize| words[(row * seed + row / 7) % words.len()];
                (row % 11 > 0).then(|| format!("{}{}{}{}", word(3), word(5), word(7), word(1)))
            })
            .collect();
        let array = StringViewArray::from_iter(&texts);
        for pattern in [
            "id=[0-9]*77(&|$)",
            "^(winter|summer) [a-m]",
            "77$",
            "(spring)+",
            "^77",
            "a|^winter",
            "(?m)^id",
            "(?<=7)7",
            "x",
            "",
        ] {
            let regex = JavaRegex::compile(pattern).unwrap();
            let found = regex.is_match_array(&array).unwrap();
            for (row, text) in texts.iter().enumerate() {
                let expected = text.as_ref().map(|text| regex.is_match(text).unwrap());
                let found = found.is_valid(row).then(|| found.value(row));
                assert_eq!(found, expected, "{pattern} in {text:?}");
            }
        }
    }

    #[test]
    fn java_syntax() {
        for (pattern, text, expected) in [
            (r"^a.c$", "abc", true),
            (r"a$", "a\n", true),
            (r"a\z", "a\n", false),
            (r"a.c", "a\u{85}c", false),
            (r"(?s)a.c", "a\nc", true),
            (r"\d", "٣", false),
            (r"(?U)\d", "٣", true),
            (r"a++a", "aaa", false),
            (r"(a)(b)\2", "abb", true),
            (r"(?<x>a)\k<x>", "aa", true),
            (r"foo(?=bar)", "foobar", true),
            (r"(?<!x)y", "xy", false),
            (r"[a-d[m-p]]+", "m", true),
            (r"[a-z&&[^b]]", "b", false),
            (r"[\w-]+", "-", true),
            (r"[]a]", "]", true),
            (r"\Qa.b\E", "axb", false),
            (r"\p{Upper}", "a", false),
            (r"\p{javaUpperCase}", "É", true),
            (r"\p{IsLatin}", "q", true),
            (r"\p{L}", "ß", true),
            (r"\x41\u0042\0103", "ABC", true),
            (r"(?x) a b # comment", "ab", true),
            (r"(?i:A)b", "aB", false),
            (r"<a>", "<a>", true),
            (r"[\s\S]", "x", true),
            (r"a{2}", "aa", true),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern} on {text:?}");
        }
        for pattern in ["(", "a)", "*a", "[a", "a{,2}", r"\y", "{", "(?P<a>b)"] {
            assert!(JavaRegex::compile(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn replacing_as_java_does() {
        assert_eq!(replaced("baaac", "a*", "x"), "xbxxcx");
        assert_eq!(replaced("abc", "(b)", "[$1]"), "a[b]c");
        assert_eq!(replaced("abc", "(?<n>b)", r"${n}\$"), "ab$c");
        assert_eq!(replaced("100-200", r"(\d+)", "num"), "num-num");
    }

    #[test]
    fn splitting_as_java_does() {
        assert_eq!(
            pieces("oneAtwoBthreeC", "[ABC]", -1),
            ["one", "two", "three", ""]
        );
        assert_eq!(pieces("oneAtwoBthreeC", "[ABC]", 2), ["one", "twoBthreeC"]);
        assert_eq!(pieces("ab", "", -1), ["a", "b", ""]);
        assert_eq!(pieces("", ",", -1), [""]);
    }
}
