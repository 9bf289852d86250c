//! A JSON parser that keeps numbers as they were written, and takes what Spark's takes beyond the standard: single
//! quotes, `NaN`, comments, names without quotes, each if the options allow it.

use std::borrow::Cow;

/// How deep values may nest.
const MAX_DEPTH: usize = 500;

/// What is allowed beyond the standard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub comments: bool,
    pub unquoted_names: bool,
    pub single_quotes: bool,
    pub leading_zeros: bool,
    pub not_a_number: bool,
    pub any_escape: bool,
    pub control_characters: bool,
}

/// A JSON value. Borrows from the text where it can.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Boolean(bool),
    /// As written; also `NaN`, `Infinity` and the like.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    /// In the order written; names may occur twice.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl Json<'_> {
    /// The value as compact JSON; a string as its text.
    pub fn text(&self) -> String {
        match self {
            Json::String(text) => text.to_string(),
            other => {
                let mut out = String::new();
                other.write(&mut out);
                out
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => write_string(text, out),
            Json::Array(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// What is wrong with a text, and at which byte.
#[derive(Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub message: &'static str,
    pub position: usize,
}

/// The first value of a text; what follows it is not looked at. None if there is none.
pub(super) fn parse<'a>(text: &'a str, syntax: Syntax) -> Result<Option<Json<'a>>, SyntaxError> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        position: 0,
        syntax,
    };
    parser.skip_space()?;
    if parser.position == text.len() {
        return Ok(None);
    }
    parser.value(0).map(Some)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    position: usize,
    syntax: Syntax,
}

impl<'a> Parser<'a> {
    fn error<T>(&self, message: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError {
            message,
            position: self.position,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn skip_space(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.position += 1,
                Some(b'/') if self.syntax.comments => {
                    let rest = &self.text[self.position..];
                    let length = if rest.starts_with("//") {
                        rest.find('\n')
                    } else if rest.starts_with("/*") {
                        rest.find("*/").map(|at| at + 2)
                    } else {
                        return self.error("a lone slash");
                    };
                    self.position += length.unwrap_or(rest.len());
                }
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, SyntaxError> {
        if depth > MAX_DEPTH {
            return self.error("values nested too deep");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(b'"').map(Json::String),
            Some(b'\'') if self.syntax.single_quotes => self.string(b'\'').map(Json::String),
            Some(b'-' | b'+' | b'0'..=b'9' | b'.') => self.number(),
            Some(_) => self.word(),
            None => self.error("the text ends where a value should be"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, SyntaxError> {
        self.position += 1;
        let mut fields = Vec::new();
        self.skip_space()?;
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Json::Object(fields));
        }
        loop {
            self.skip_space()?;
            let name = match self.peek() {
                Some(b'"') => self.string(b'"')?,
                Some(b'\'') if self.syntax.single_quotes => self.string(b'\'')?,
                Some(_) if self.syntax.unquoted_names => self.name()?,
                _ => return self.error("a field name was expected"),
            };
            self.skip_space()?;
            if self.peek() != Some(b':') {
                return self.error("a colon was expected");
            }
            self.position += 1;
            self.skip_space()?;
            let value = self.value(depth + 1)?;
            fields.push((name, value));
            self.skip_space()?;
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b'}') => {
                    self.position += 1;
                    return Ok(Json::Object(fields));
                }
                _ => return self.error("a comma or a closing brace was expected"),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, SyntaxError> {
        self.position += 1;
        let mut values = Vec::new();
        self.skip_space()?;
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Json::Array(values));
        }
        loop {
            self.skip_space()?;
            values.push(self.value(depth + 1)?);
            self.skip_space()?;
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b']') => {
                    self.position += 1;
                    return Ok(Json::Array(values));
                }
                _ => return self.error("a comma or a closing bracket was expected"),
            }
        }
    }

    fn name(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let rest = &self.text[self.position..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        let name = &rest[..end.unwrap_or(rest.len())];
        if name.is_empty() {
            return self.error("a field name was expected");
        }
        self.position += name.len();
        Ok(Cow::Borrowed(name))
    }

    fn string(&mut self, quote: u8) -> Result<Cow<'a, str>, SyntaxError> {
        self.position += 1;
        let start = self.position;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            let Some(byte) = self.peek() else {
                return self.error("a string is not closed");
            };
            if byte == quote {
                let tail = &self.text[copied..self.position];
                self.position += 1;
                return Ok(match owned {
                    None => Cow::Borrowed(tail),
                    Some(mut text) => {
                        text.push_str(tail);
                        Cow::Owned(text)
                    }
                });
            }
            if byte == b'\\' {
                let text = owned.get_or_insert_default();
                text.push_str(&self.text[copied..self.position]);
                self.position += 1;
                let c = self.escaped(quote)?;
                owned.get_or_insert_default().push(c);
                copied = self.position;
                continue;
            }
            if byte < b' ' && !self.syntax.control_characters {
                return self.error("a control character in a string");
            }
            self.position += 1;
        }
    }

    /// The character that an escape stands for; the backslash is taken already.
    fn escaped(&mut self, quote: u8) -> Result<char, SyntaxError> {
        let Some(byte) = self.peek() else {
            return self.error("a string is not closed");
        };
        let c = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let high = self.hexadecimal()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
                }
                // The first half of a pair.
                if self.bytes.get(self.position..self.position + 2) != Some(b"\\u") {
                    return Ok('\u{fffd}');
                }
                self.position += 1;
                let low = self.hexadecimal()?;
                let code = 0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            _ if self.syntax.any_escape || byte == quote => {
                let c = self.text[self.position..]
                    .chars()
                    .next()
                    .unwrap_or('\u{fffd}');
                self.position += c.len_utf8();
                return Ok(c);
            }
            _ => return self.error("an unknown escape"),
        };
        self.position += 1;
        Ok(c)
    }

    /// The four digits behind a `u`, at which the position is.
    fn hexadecimal(&mut self) -> Result<u32, SyntaxError> {
        let digits = self.text.get(self.position + 1..self.position + 5);
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.position += 5;
                Ok(code)
            }
            None => self.error("four hexadecimal digits were expected"),
        }
    }

    fn number(&mut self) -> Result<Json<'a>, SyntaxError> {
        let rest = &self.text[self.position..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let text = &rest[..end.unwrap_or(rest.len())];
        if self.syntax.not_a_number && matches!(text, "-Infinity" | "+Infinity" | "+INF" | "-INF") {
            self.position += text.len();
            return Ok(Json::Number(text));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (&digits[..at], Some(&digits[at + 1..])),
            None => (digits, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let valid = all_digits(whole)
            && fraction.is_none_or(all_digits)
            && exponent
                .is_none_or(|text| all_digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
            && (self.syntax.leading_zeros || whole.len() == 1 || !whole.starts_with('0'));
        if !valid {
            return self.error("no number");
        }
        self.position += text.len();
        Ok(Json::Number(text))
    }

    fn word(&mut self) -> Result<Json<'a>, SyntaxError> {
        let rest = &self.text[self.position..];
        let end = rest.find(|c: char| !c.is_ascii_alphabetic());
        let word = &rest[..end.unwrap_or(rest.len())];
        let value = match word {
            "null" => Json::Null,
            "true" => Json::Boolean(true),
            "false" => Json::Boolean(false),
            "NaN" | "Infinity" | "INF" if self.syntax.not_a_number => Json::Number(word),
            _ => return self.error("an unknown word"),
        };
        self.position += word.len();
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNTAX: Syntax = Syntax {
        comments: false,
        unquoted_names: false,
        single_quotes: true,
        leading_zeros: false,
        not_a_number: true,
        any_escape: false,
        control_characters: false,
    };

    fn round(text: &str) -> Option<String> {
        parse(text, SYNTAX).ok().flatten().map(|json| json.text())
    }

    #[test]
    fn values_survive() {
        for (text, expected) in [
            (
                " {\"a\" : [1, 2.50, -1e+5], 'b':{}} rest",
                "{\"a\":[1,2.50,-1e+5],\"b\":{}}",
            ),
            ("\"\\ud83d\\ude00\\u00e9\\n\"", "😀é\n"),
            ("[NaN,-Infinity,true,null]", "[NaN,-Infinity,true,null]"),
            ("'it\\'s'", "it's"),
        ] {
            assert_eq!(round(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse("  ", SYNTAX), Ok(None));
    }

    #[test]
    fn malformed_texts_are_errors() {
        for text in [
            "{", "{\"a\":1", "{a:1}", "[1,]", "01", "1.", "nul", "\"\t\"", "\"\\x\"", "// x",
        ] {
            assert!(parse(text, SYNTAX).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(
            parse(&deep, SYNTAX).unwrap_err().message,
            "values nested too deep"
        );
        let loose = Syntax {
            comments: true,
            unquoted_names: true,
            leading_zeros: true,
            ..SYNTAX
        };
        assert!(parse("/* c */ {a: 01} // x", loose).is_ok());
    }
}
