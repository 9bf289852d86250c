//! From Java's pattern syntax to that of the Rust engines.
//!
//! One pass over the pattern with a stack of flag sets, one per open group, because Java's embedded flags
//! (`(?s)`, `(?i:…)`) hold until their group ends. What depends on flags is written out (`.` becomes the
//! class of everything but line terminators), so that the output needs no flag but `i`.

use super::classes;
use std::fmt::Write;

/// What is wrong with a pattern, for [`super::JavaRegex::compile`]'s callers to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError(pub String);

/// A pattern in Rust's syntax.
#[derive(Debug)]
pub(super) struct Translated {
    pub pattern: String,
    /// Look-around, back-references, atomic groups or possessive quantifiers: only the backtracking
    /// engine has them.
    pub needs_backtracking: bool,
    /// Has a `$` or `\Z` outside multi-line mode, written as `\z`: right only for texts that do not end in a
    /// line terminator.
    pub has_soft_end: bool,
}

/// `$` as Java means it: at the end, or before a line terminator at the end.
const SOFT_END: &str = r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)";
const ANY_BUT_TERMINATORS: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";
const LINE_BREAK: &str = r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])";

#[derive(Clone, Copy, Default)]
struct Flags {
    dot_all: bool,
    unix_lines: bool,
    multi_line: bool,
    comments: bool,
    unicode_classes: bool,
}

/// Translates; with `soft_end` every `$` becomes the look-ahead that Java means, else `\z`.
pub(super) fn translate(pattern: &str, soft_end: bool) -> Result<Translated, SyntaxError> {
    let mut translator = Translator {
        input: pattern.chars().collect(),
        position: 0,
        output: String::with_capacity(pattern.len() + 16),
        flags: Flags::default(),
        stack: Vec::new(),
        groups: count_groups(pattern),
        needs_backtracking: false,
        has_soft_end: false,
        soft_end,
        quantifiable: false,
    };
    translator.run()?;
    Ok(Translated {
        pattern: translator.output,
        needs_backtracking: translator.needs_backtracking || (soft_end && translator.has_soft_end),
        has_soft_end: translator.has_soft_end,
    })
}

/// The number of capturing groups, needed to read `\11`.
fn count_groups(pattern: &str) -> usize {
    let characters: Vec<char> = pattern.chars().collect();
    let (mut count, mut index, mut in_class) = (0, 0, 0usize);
    while index < characters.len() {
        match characters[index] {
            '\\' if characters.get(index + 1) == Some(&'Q') => {
                while index < characters.len()
                    && !(characters[index] == '\\' && characters.get(index + 1) == Some(&'E'))
                {
                    index += 1;
                }
                index += 1;
            }
            '\\' => index += 1,
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            '(' if in_class == 0 => {
                let captures = characters.get(index + 1) != Some(&'?')
                    || (characters.get(index + 2) == Some(&'<')
                        && !matches!(characters.get(index + 3), Some('=' | '!')));
                count += usize::from(captures);
            }
            _ => {}
        }
        index += 1;
    }
    count
}

pub(super) struct Translator {
    input: Vec<char>,
    position: usize,
    output: String,
    flags: Flags,
    stack: Vec<Flags>,
    groups: usize,
    needs_backtracking: bool,
    has_soft_end: bool,
    soft_end: bool,
    /// Whether a quantifier may follow.
    quantifiable: bool,
}

impl Translator {
    fn peek(&self) -> Option<char> {
        self.input.get(self.position).copied()
    }

    fn peek_at(&self, offset: usize) -> Option<char> {
        self.input.get(self.position + offset).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.position += usize::from(next.is_some());
        next
    }

    fn error<T>(&self, message: &str) -> Result<T, SyntaxError> {
        Err(SyntaxError(format!(
            "{message} near index {}",
            self.position.saturating_sub(1)
        )))
    }

    fn literal(&mut self, c: char) {
        push_literal(&mut self.output, c);
        self.quantifiable = true;
    }

    fn raw(&mut self, text: &str) {
        self.output.push_str(text);
        self.quantifiable = true;
    }

    fn run(&mut self) -> Result<(), SyntaxError> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.open_group()?,
                ')' => {
                    let Some(flags) = self.stack.pop() else {
                        return self.error("Unmatched closing ')'");
                    };
                    self.flags = flags;
                    self.raw(")");
                }
                '|' => {
                    self.output.push('|');
                    self.quantifiable = false;
                }
                '.' => match (self.flags.dot_all, self.flags.unix_lines) {
                    (true, _) => self.raw("(?s:.)"),
                    (false, true) => self.raw(r"[^\n]"),
                    (false, false) => self.raw(ANY_BUT_TERMINATORS),
                },
                '^' if self.flags.multi_line => self.raw("(?m:^)"),
                '^' => self.raw(r"\A"),
                '$' if self.flags.multi_line => self.raw("(?m:$)"),
                '$' => self.end_of_text(),
                '*' | '+' | '?' => {
                    if !self.quantifiable {
                        return self.error(&format!("Dangling meta character '{c}'"));
                    }
                    self.output.push(c);
                    self.quantifier_suffix();
                }
                '{' => self.repetition()?,
                '#' if self.flags.comments => while self.next().is_some_and(|c| c != '\n') {},
                c if self.flags.comments && c.is_ascii_whitespace() => {}
                c => self.literal(c),
            }
        }
        if !self.stack.is_empty() {
            return self.error("Unclosed group");
        }
        Ok(())
    }

    fn end_of_text(&mut self) {
        self.has_soft_end = true;
        if self.soft_end {
            self.raw(SOFT_END);
        } else {
            self.raw(r"\z");
        }
    }

    /// The `?` or `+` behind a quantifier.
    fn quantifier_suffix(&mut self) {
        match self.peek() {
            Some('?') => {
                self.position += 1;
                self.output.push('?');
            }
            Some('+') => {
                self.position += 1;
                self.output.push('+');
                self.needs_backtracking = true;
            }
            _ => {}
        }
        self.quantifiable = false;
    }

    fn repetition(&mut self) -> Result<(), SyntaxError> {
        if !self.quantifiable {
            return self.error("Illegal repetition");
        }
        let start = self.position;
        let close = self.input[start..].iter().position(|c| *c == '}');
        let Some(close) = close.map(|offset| start + offset) else {
            return self.error("Unclosed counted closure");
        };
        let body: String = self.input[start..close].iter().collect();
        let (low, high) = body.split_once(',').unwrap_or((&body, &body));
        let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if low.is_empty() || !number(low) || !number(high) {
            return self.error("Illegal repetition");
        }
        let too_large = |text: &str| !text.is_empty() && text.parse::<u32>().is_err();
        let inverted = matches!((low.parse::<u32>(), high.parse::<u32>()), (Ok(a), Ok(b)) if b < a);
        if too_large(low) || too_large(high) || inverted {
            return self.error("Illegal repetition range");
        }
        self.position = close + 1;
        let _ = write!(self.output, "{{{body}}}");
        self.quantifier_suffix();
        self.quantifiable = true;
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), SyntaxError> {
        self.quantifiable = false;
        if self.peek() != Some('?') {
            self.stack.push(self.flags);
            self.output.push('(');
            return Ok(());
        }
        self.position += 1;
        let (opening, length) = match (self.peek(), self.peek_at(1)) {
            (Some(':'), _) => ("(?:", 1),
            (Some('='), _) => ("(?=", 1),
            (Some('!'), _) => ("(?!", 1),
            (Some('>'), _) => ("(?>", 1),
            (Some('<'), Some('=')) => ("(?<=", 2),
            (Some('<'), Some('!')) => ("(?<!", 2),
            (Some('<'), _) => return self.named_group(),
            _ => return self.inline_flags(),
        };
        self.needs_backtracking |= opening != "(?:";
        self.position += length;
        self.stack.push(self.flags);
        self.output.push_str(opening);
        Ok(())
    }

    fn named_group(&mut self) -> Result<(), SyntaxError> {
        self.position += 1;
        let name = self.name_until('>')?;
        self.stack.push(self.flags);
        let _ = write!(self.output, "(?P<{name}>");
        Ok(())
    }

    fn name_until(&mut self, end: char) -> Result<String, SyntaxError> {
        let mut name = String::new();
        loop {
            match self.next() {
                Some(c) if c == end => break,
                Some(c) if c.is_ascii_alphanumeric() => name.push(c),
                _ => return self.error("named capturing group is missing trailing '>'"),
            }
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return self.error("capturing group name does not start with a Latin letter");
        }
        Ok(name)
    }

    /// `(?ims-x)` and `(?i:…)`.
    fn inline_flags(&mut self) -> Result<(), SyntaxError> {
        let outer = self.flags;
        let (mut on, mut insensitive) = (true, None);
        loop {
            match self.next() {
                Some('i') => insensitive = Some(on),
                Some('m') => self.flags.multi_line = on,
                Some('s') => self.flags.dot_all = on,
                Some('d') => self.flags.unix_lines = on,
                Some('x') => self.flags.comments = on,
                Some('U') => self.flags.unicode_classes = on,
                Some('u') => {}
                Some('-') if on => on = false,
                Some(end @ (')' | ':')) => {
                    let flags = match insensitive {
                        Some(true) => "i",
                        Some(false) => "-i",
                        None => "",
                    };
                    if end == ':' {
                        self.stack.push(outer);
                        let _ = write!(self.output, "(?{flags}:");
                    } else if !flags.is_empty() {
                        let _ = write!(self.output, "(?{flags})");
                    }
                    return Ok(());
                }
                _ => return self.error("Unknown inline modifier"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        let Some(c) = self.next() else {
            return self.error("Unexpected internal error");
        };
        match c {
            'Q' => {
                for c in self.quoted() {
                    self.literal(c);
                }
            }
            'A' => self.raw(r"\A"),
            'z' => self.raw(r"\z"),
            'Z' => self.end_of_text(),
            'G' => {
                self.needs_backtracking = true;
                self.raw(r"\G");
            }
            'b' => self.raw(r"\b"),
            'B' => self.raw(r"\B"),
            'R' => self.raw(LINE_BREAK),
            'X' => self.raw(r"(?:\r\n|\P{M}\p{M}*|\p{M}+)"),
            'k' => {
                if self.next() != Some('<') {
                    return self.error("\\k is not followed by '<' for named capturing group");
                }
                let name = self.name_until('>')?;
                self.needs_backtracking = true;
                let _ = write!(self.output, r"\k<{name}>");
                self.quantifiable = true;
            }
            '1'..='9' => self.back_reference(c),
            _ => {
                if let Some(class) = self.shorthand_class(c)? {
                    self.raw(&class);
                } else {
                    let c = self.escaped_character(c)?;
                    self.literal(c);
                }
            }
        }
        Ok(())
    }

    /// `\12` is group 12 if there are so many groups, else group 1 and the digit 2.
    fn back_reference(&mut self, first: char) {
        let mut number = first as usize - '0' as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            number = longer;
            self.position += 1;
        }
        self.needs_backtracking = true;
        if number > self.groups {
            // Java: a reference to a group that does not exist never matches
            self.raw(r"(?!)");
        } else {
            let _ = write!(self.output, r"(?:\{number})");
            self.quantifiable = true;
        }
    }

    /// The characters up to `\E`.
    fn quoted(&mut self) -> Vec<char> {
        let mut quoted = Vec::new();
        while let Some(c) = self.next() {
            if c == '\\' && self.peek() == Some('E') {
                self.position += 1;
                break;
            }
            quoted.push(c);
        }
        quoted
    }

    /// `\d`, `\p{…}` and their kin as a class that stands alone or inside brackets.
    fn shorthand_class(&mut self, c: char) -> Result<Option<String>, SyntaxError> {
        if let 'p' | 'P' = c {
            let name = match self.next() {
                Some('{') => {
                    let mut name = String::new();
                    loop {
                        match self.next() {
                            Some('}') => break name,
                            Some(c) => name.push(c),
                            None => return self.error("Unclosed character family"),
                        }
                    }
                }
                Some(c) => c.to_string(),
                None => return self.error("Unclosed character family"),
            };
            return match classes::property(&name, self.flags.unicode_classes) {
                Some(class) if c == 'p' => Ok(Some(class)),
                Some(class) => Ok(Some(format!("[^{class}]"))),
                None => self.error(&format!("Unknown character property name {{{name}}}")),
            };
        }
        Ok(classes::shorthand(c, self.flags.unicode_classes).map(str::to_string))
    }

    /// The character that `\c` stands for; the backslash and `c` are read already.
    fn escaped_character(&mut self, c: char) -> Result<char, SyntaxError> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0C',
            'a' => '\x07',
            'e' => '\x1B',
            '0' => {
                let mut value = 0u32;
                let mut digits = 0;
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) {
                    if digits == 3 || value * 8 + digit > 0o377 {
                        break;
                    }
                    value = value * 8 + digit;
                    digits += 1;
                    self.position += 1;
                }
                if digits == 0 {
                    return self.error("Illegal octal escape sequence");
                }
                char::from(value as u8)
            }
            'x' if self.peek() == Some('{') => {
                self.position += 1;
                let mut value = 0u32;
                loop {
                    match self.next() {
                        Some('}') => break,
                        Some(c) => match c.to_digit(16) {
                            Some(digit) if value < 0x0100_0000 => value = value * 16 + digit,
                            _ => return self.error("Illegal hexadecimal escape sequence"),
                        },
                        None => return self.error("Unclosed hexadecimal escape sequence"),
                    }
                }
                match char::from_u32(value) {
                    Some(c) => c,
                    None => return self.error("Hexadecimal codepoint is too big"),
                }
            }
            'x' => match char::from_u32(self.hexadecimal(2)?) {
                Some(c) => c,
                None => return self.error("Illegal hexadecimal escape sequence"),
            },
            'u' => {
                let unit = self.hexadecimal(4)?;
                let paired = (0xD800..0xDC00).contains(&unit)
                    && self.peek() == Some('\\')
                    && self.peek_at(1) == Some('u');
                let code = if paired {
                    self.position += 2;
                    let low = self.hexadecimal(4)?;
                    0x10000 + ((unit - 0xD800) << 10) + low.wrapping_sub(0xDC00)
                } else {
                    unit
                };
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return self.error("Illegal Unicode escape sequence"),
                }
            }
            'c' => match self.next() {
                Some(c) if c.is_ascii() => char::from(c as u8 ^ 64),
                _ => return self.error("Illegal control escape sequence"),
            },
            c if c.is_ascii_alphabetic() => {
                return self.error("Illegal/unsupported escape sequence");
            }
            c => c,
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, SyntaxError> {
        let mut value = 0;
        for _ in 0..digits {
            match self.next().and_then(|c| c.to_digit(16)) {
                Some(digit) => value = value * 16 + digit,
                None => return self.error("Illegal hexadecimal escape sequence"),
            }
        }
        Ok(value)
    }

    /// A bracketed class; the `[` is read already.
    fn class(&mut self) -> Result<(), SyntaxError> {
        self.output.push('[');
        if self.peek() == Some('^') {
            self.position += 1;
            self.output.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.next() else {
                return self.error("Unclosed character class");
            };
            match c {
                ']' if !first => break,
                '[' => self.class()?,
                '&' if self.peek() == Some('&') => {
                    while self.peek() == Some('&') {
                        self.position += 1;
                    }
                    // `[a&&]` is just `[a]`
                    if self.peek() != Some(']') {
                        self.output.push_str("&&");
                    }
                }
                '\\' => match self.next() {
                    Some('Q') => {
                        for c in self.quoted() {
                            push_class_literal(&mut self.output, c);
                        }
                    }
                    Some(c) => match self.shorthand_class(c)? {
                        Some(class) => self.output.push_str(&class),
                        None => {
                            let c = self.escaped_character(c)?;
                            push_class_literal(&mut self.output, c);
                        }
                    },
                    None => return self.error("Unclosed character class"),
                },
                '-' if self.is_range() => self.output.push('-'),
                c if self.flags.comments && c.is_ascii_whitespace() => {}
                c => push_class_literal(&mut self.output, c),
            }
            first = false;
        }
        self.output.push(']');
        self.quantifiable = true;
        Ok(())
    }

    /// Whether the `-` just read stands between two characters.
    fn is_range(&self) -> bool {
        let before = (self.position >= 2).then(|| self.input[self.position - 2]);
        let bounded = |c: Option<char>| !matches!(c, None | Some('[' | ']'));
        let class_before = self.position >= 3
            && self.input[self.position - 3] == '\\'
            && matches!(before, Some('d' | 'w' | 's' | 'D' | 'W' | 'S' | '}'));
        let opens = matches!(before, Some('['))
            || (before == Some('^') && self.position >= 3 && self.input[self.position - 3] == '[');
        let class_after = self.peek() == Some('\\')
            && matches!(
                self.peek_at(1),
                Some('d' | 'w' | 's' | 'D' | 'W' | 'S' | 'p' | 'P')
            );
        bounded(before) && !opens && !class_before && bounded(self.peek()) && !class_after
    }
}

fn push_literal(output: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
        push_escaped(output, c);
    } else {
        output.push(c);
    }
}

fn push_class_literal(output: &mut String, c: char) {
    push_literal(output, c);
}

fn push_escaped(output: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        // both engines take a backslash before any of these; `<` and `>` would be word boundaries
        if matches!(c, '<' | '>') {
            output.push(c);
        } else {
            output.push('\\');
            output.push(c);
        }
    } else {
        let _ = write!(output, r"\x{{{:X}}}", c as u32);
    }
}
