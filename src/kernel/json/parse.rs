//! Parsing JSON text.

use std::borrow::Cow;

/// A JSON value. Numbers and plain strings borrow from the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A number, as written.
    Number(&'t str),
    /// A string, unescaped.
    String(Cow<'t, str>),
    /// An array, and its text.
    Array(Vec<Json<'t>>, &'t str),
    /// An object: names in order, perhaps some of them twice; and its text.
    Object(Vec<(Cow<'t, str>, Json<'t>)>, &'t str),
}

/// What else is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOptions {
    /// `{a: 1}`
    pub unquoted_names: bool,
    /// `{'a': 1}`
    pub single_quotes: bool,
    /// `NaN`, `Infinity`, `-INF`
    pub non_numeric_numbers: bool,
    /// `007`
    pub leading_zeros: bool,
    /// `\x` for any x
    pub any_escape: bool,
    /// Control characters within strings.
    pub control_characters: bool,
    /// `/* .. */` and `// ..`
    pub comments: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        ParseOptions {
            unquoted_names: false,
            single_quotes: true,
            non_numeric_numbers: true,
            leading_zeros: false,
            any_escape: false,
            control_characters: false,
            comments: false,
        }
    }
}

/// The text is no JSON. Callers know what to make of that; nobody asks where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Nesting beyond this is malformed, as in Spark.
const MAX_DEPTH: usize = 1000;

/// The first value of a text. `Ok(None)` if there is nothing but white space, `Err` if it is malformed.
pub fn parse(text: &str, options: ParseOptions) -> Result<Option<Json<'_>>, Malformed> {
    let mut parser = Parser {
        text,
        position: 0,
        options,
    };
    parser.skip_white_space()?;
    if parser.peek().is_none() {
        return Ok(None);
    }
    parser.value(0).map(Some)
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    options: ParseOptions,
}

impl<'t> Parser<'t> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn skip_white_space(&mut self) -> Result<(), Malformed> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.position += 1,
                Some(b'/') if self.options.comments => {
                    let rest = self.rest();
                    if rest.starts_with("//") {
                        self.position += rest.find('\n').unwrap_or(rest.len());
                    } else if rest.starts_with("/*") {
                        self.position += rest.find("*/").ok_or(Malformed)? + 2;
                    } else {
                        return Err(Malformed);
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'t>, Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed);
        }
        match self.peek().ok_or(Malformed)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Json::String(self.string(b'"')?)),
            b'\'' if self.options.single_quotes => Ok(Json::String(self.string(b'\'')?)),
            b'-' | b'+' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'t>, Malformed> {
        let start = self.position;
        self.position += 1;
        let mut fields = Vec::new();
        self.skip_white_space()?;
        if !self.take(b'}') {
            loop {
                self.skip_white_space()?;
                let name = match self.peek() {
                    Some(b'"') => self.string(b'"')?,
                    Some(b'\'') if self.options.single_quotes => self.string(b'\'')?,
                    _ if self.options.unquoted_names => self.plain_name()?,
                    _ => return Err(Malformed),
                };
                self.skip_white_space()?;
                if !self.take(b':') {
                    return Err(Malformed);
                }
                self.skip_white_space()?;
                fields.push((name, self.value(depth + 1)?));
                self.skip_white_space()?;
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(Malformed);
                }
            }
        }
        Ok(Json::Object(fields, &self.text[start..self.position]))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'t>, Malformed> {
        let start = self.position;
        self.position += 1;
        let mut elements = Vec::new();
        self.skip_white_space()?;
        if !self.take(b']') {
            loop {
                self.skip_white_space()?;
                elements.push(self.value(depth + 1)?);
                self.skip_white_space()?;
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err(Malformed);
                }
            }
        }
        Ok(Json::Array(elements, &self.text[start..self.position]))
    }

    fn plain_name(&mut self) -> Result<Cow<'t, str>, Malformed> {
        let rest = self.rest();
        let part_of_name =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#' | '*' | '-' | '+');
        let end = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(Malformed);
        }
        self.position += end;
        Ok(Cow::Borrowed(&rest[..end]))
    }

    fn string(&mut self, quote: u8) -> Result<Cow<'t, str>, Malformed> {
        self.position += 1;
        let start = self.position;
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.position).ok_or(Malformed)? {
                byte if byte == quote => {
                    let text = &self.text[start..self.position];
                    self.position += 1;
                    return Ok(Cow::Borrowed(text));
                }
                b'\\' => break,
                0..=0x1F if !self.options.control_characters => return Err(Malformed),
                _ => self.position += 1,
            }
        }
        let mut unescaped = String::from(&self.text[start..self.position]);
        loop {
            let run = self.position;
            let stops = |byte: u8| {
                byte == quote || byte == b'\\' || (byte < 0x20 && !self.options.control_characters)
            };
            let length = bytes[run..]
                .iter()
                .position(|byte| stops(*byte))
                .ok_or(Malformed)?;
            unescaped.push_str(&self.text[run..run + length]);
            self.position = run + length + 1;
            match bytes[run + length] {
                b'\\' => self.escape(&mut unescaped)?,
                byte if byte == quote => return Ok(Cow::Owned(unescaped)),
                _ => return Err(Malformed),
            }
        }
    }

    /// Behind the backslash.
    fn escape(&mut self, output: &mut String) -> Result<(), Malformed> {
        let c = self.rest().chars().next().ok_or(Malformed)?;
        self.position += c.len_utf8();
        match c {
            '"' | '\\' | '/' => output.push(c),
            '\'' if self.options.single_quotes => output.push(c),
            'b' => output.push('\u{8}'),
            'f' => output.push('\u{C}'),
            'n' => output.push('\n'),
            'r' => output.push('\r'),
            't' => output.push('\t'),
            'u' => {
                let unit = self.hexadecimal()?;
                let code = match unit {
                    0xD800..0xDC00 if self.rest().starts_with("\\u") => {
                        let back = self.position;
                        self.position += 2;
                        match self.hexadecimal()? {
                            low @ 0xDC00..0xE000 => {
                                0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                            }
                            _ => {
                                self.position = back;
                                unit
                            }
                        }
                    }
                    unit => unit,
                };
                output.push(char::from_u32(code).unwrap_or('?'));
            }
            c if self.options.any_escape => output.push(c),
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<u32, Malformed> {
        let digits = self
            .text
            .get(self.position..self.position + 4)
            .ok_or(Malformed)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        self.position += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Malformed)
    }

    fn digits(&mut self) -> usize {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        self.position - start
    }

    fn number(&mut self) -> Result<Json<'t>, Malformed> {
        let start = self.position;
        let sign = self.peek().filter(|byte| matches!(byte, b'-' | b'+'));
        self.position += usize::from(sign.is_some());
        if sign.is_some() && matches!(self.peek(), Some(b'I')) {
            self.position = start;
            return self.word();
        }
        if sign == Some(b'+') {
            return Err(Malformed);
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1 && !self.options.leading_zeros) {
            return Err(Malformed);
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(Malformed);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'-' | b'+')) {
                self.position += 1;
            }
            if self.digits() == 0 {
                return Err(Malformed);
            }
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            return Err(Malformed);
        }
        Ok(Json::Number(&self.text[start..self.position]))
    }

    fn word(&mut self) -> Result<Json<'t>, Malformed> {
        const NUMBERS: [&str; 7] = [
            "NaN",
            "-Infinity",
            "+Infinity",
            "Infinity",
            "-INF",
            "+INF",
            "INF",
        ];
        let rest = self.rest();
        let words = [
            ("true", Json::Boolean(true)),
            ("false", Json::Boolean(false)),
            ("null", Json::Null),
        ];
        for (word, value) in words {
            if rest.starts_with(word) {
                return self.end_word(word.len(), value);
            }
        }
        if self.options.non_numeric_numbers
            && let Some(word) = NUMBERS.iter().find(|word| rest.starts_with(**word))
        {
            return self.end_word(word.len(), Json::Number(&rest[..word.len()]));
        }
        Err(Malformed)
    }

    fn end_word(&mut self, length: usize, value: Json<'t>) -> Result<Json<'t>, Malformed> {
        self.position += length;
        match self.peek() {
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => Err(Malformed),
            _ => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let parsed = |text| parse(text, ParseOptions::default());
        assert_eq!(parsed(" "), Ok(None));
        assert_eq!(parsed("1.50 x"), Ok(Some(Json::Number("1.50"))));
        assert_eq!(parsed("'a'"), Ok(Some(Json::String("a".into()))));
        assert_eq!(
            parsed(r#""x\n\u00e9\ud83d\ude00""#),
            Ok(Some(Json::String("x\né😀".into())))
        );
        assert_eq!(parsed("-Infinity"), Ok(Some(Json::Number("-Infinity"))));
        let Ok(Some(Json::Object(fields, text))) = parsed(r#"{"a": [1, {}], 'b':null} trailing"#)
        else {
            panic!("no object");
        };
        assert_eq!(fields.len(), 2);
        assert_eq!(text, r#"{"a": [1, {}], 'b':null}"#);
        for text in [
            "{", "[1", "01", "{a:1}", "tru", "\"a", "[1,]", "+1", "1.", "\"\n\"",
        ] {
            assert_eq!(parsed(text), Err(Malformed), "{text}");
        }
    }
}
