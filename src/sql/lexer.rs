//! Text to tokens, by Spark's lexical rules.
//!
//! Tokens do not own text: a [`Token`] is a kind and a place, as bytes for slicing the text and as
//! characters for [`Origin`](crate::error::Origin). What a literal or a quoted name means is decoded where
//! it is used (`literal.rs`, `identifier.rs`). Three rules are unusual:
//!
//! - Words may start with digits. `1e5`, `1L` and `1.5BD` are numbers, `1a` and `1e5x` words; the longest
//!   match wins, and numbers win ties.
//! - Keywords are words. Hardly any word is reserved in Spark, so whether `order` is a clause or a column
//!   is for the grammar to say.
//! - `/*+ … */` is not a comment but a hint: its inside is lexed like the rest.
//!
//! What is no token in Spark, such as `$` or a lone quote, becomes [`TokenKind::Unknown`], at which the
//! parser stumbles with a syntax error that shows it.

use crate::error::conditions::UNCLOSED_BRACKETED_COMMENT;
use crate::error::{Error, Result};

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An identifier or keyword.
    Word,
    /// A name in backticks (or double quotes, if the settings say so).
    QuotedName,
    /// A string: `'…'`, `"…"`, `r'…'`.
    Text,
    /// A number.
    Number(NumberKind),
    /// An operator or punctuation.
    Symbol(&'static str),
    /// `/*+`
    HintStart,
    /// `*/` of a hint.
    HintEnd,
    /// A character that means nothing in SQL.
    Unknown,
    /// The end of the text.
    End,
}

/// The kinds of numbers, told apart by point, exponent and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    /// `12`
    Integer,
    /// `1.5`
    Decimal,
    /// `1e5`
    Exponent,
    /// `12Y`
    Byte,
    /// `12S`
    Short,
    /// `12L`
    Long,
    /// `1.5F`
    Float,
    /// `1.5D`
    Double,
    /// `1.5BD`
    BigDecimal,
}

/// A token: its kind and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// First byte.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// First character, 0-based.
    pub(super) first: u32,
    /// The character behind it.
    pub(super) last: u32,
}

/// Operators and punctuation, longer ones first.
const SYMBOLS: &[&str] = &[
    "<=>", ">>>", "<=", ">=", "<>", "!=", "!>", "!<", "==", "=>", "->", "::", "||", "|>", "<<",
    ">>", "(", ")", "[", "]", ",", ".", ";", ":", "?", "+", "-", "*", "/", "%", "&", "|", "^", "~",
    "=", "<", ">", "!", "{", "}", "@",
];

/// The tokens of a text, the last being [`TokenKind::End`].
pub(super) fn tokenize(text: &str, double_quoted_names: bool) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        characters: 0,
        counted: 0,
        in_hint: false,
        double_quoted_names,
    };
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    loop {
        lexer.skip_blank()?;
        let token = lexer.next_token();
        tokens.push(token);
        if token.kind == TokenKind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
    /// Characters before byte `counted`.
    characters: u32,
    counted: usize,
    in_hint: bool,
    double_quoted_names: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Passes white space and comments.
    fn skip_blank(&mut self) -> Result<()> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("--") {
                self.at += line_comment_length(rest);
            } else if rest.starts_with("/*") && !rest.starts_with("/*+") {
                match block_comment_length(rest) {
                    Some(length) => self.at += length,
                    None => return Err(Error::of(&UNCLOSED_BRACKETED_COMMENT)),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn next_token(&mut self) -> Token {
        let (kind, length) = self.classify();
        let start = self.at;
        self.at += length;
        let first = self.character(start);
        let last = self.character(self.at);
        Token {
            kind,
            start,
            end: self.at,
            first,
            last,
        }
    }

    /// How many characters stand before a byte; bytes must come in ascending order.
    fn character(&mut self, byte: usize) -> u32 {
        self.characters += self.text[self.counted..byte].chars().count() as u32;
        self.counted = byte;
        self.characters
    }

    /// The kind of the token at the current byte and its length in bytes.
    fn classify(&mut self) -> (TokenKind, usize) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return (TokenKind::End, 0);
        };
        if rest.starts_with("/*+") {
            self.in_hint = true;
            return (TokenKind::HintStart, 3);
        }
        if self.in_hint && rest.starts_with("*/") {
            self.in_hint = false;
            return (TokenKind::HintEnd, 2);
        }
        match first {
            '`' => return quoted(rest, 0, TokenKind::QuotedName),
            '"' if self.double_quoted_names => return quoted(rest, 0, TokenKind::QuotedName),
            '\'' | '"' => return quoted(rest, 0, TokenKind::Text),
            'r' | 'R' => match rest[1..].chars().next() {
                Some('\'') => return quoted(rest, 1, TokenKind::Text),
                Some('"') if !self.double_quoted_names => return quoted(rest, 1, TokenKind::Text),
                _ => {}
            },
            _ => {}
        }
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if let Some((kind, length)) = number(rest)
            && length >= word
        {
            return (TokenKind::Number(kind), length);
        }
        if word > 0 {
            return (TokenKind::Word, word);
        }
        match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => (TokenKind::Symbol(symbol), symbol.len()),
            None => (TokenKind::Unknown, first.len_utf8()),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of a `--` comment with its line break; a backslash before the break continues it.
pub(super) fn line_comment_length(text: &str) -> usize {
    let mut from = 0;
    while let Some(found) = text[from..].find('\n') {
        from += found + 1;
        if !text[..from - 1].ends_with('\\') {
            return from;
        }
    }
    text.len()
}

/// Length of the comment that starts the text, comments inside included; `None` without an end.
pub(super) fn block_comment_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// A quoted token whose quote stands at byte `open`. Doubled quotes mean themselves; in strings a backslash
/// escapes, unless they are raw (`open` is 1 then).
fn quoted(text: &str, open: usize, kind: TokenKind) -> (TokenKind, usize) {
    match quoted_length(&text[open..], kind == TokenKind::Text && open == 0) {
        Some(length) => (kind, open + length),
        None if open == 1 => (TokenKind::Word, 1),
        None => (TokenKind::Unknown, 1),
    }
}

/// Length of the quoted text at the start, with its quotes; `None` without a closing quote.
pub(super) fn quoted_length(text: &str, backslash_escapes: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && backslash_escapes {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
    None
}

/// The number at the start of the text and its length.
fn number(text: &str) -> Option<(NumberKind, usize)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let whole = digits(0);
    let mut end = whole;
    let mut kind = NumberKind::Integer;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
        kind = NumberKind::Decimal;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = match bytes.get(end + 1 + sign) {
            Some(_) => digits(end + 1 + sign),
            None => 0,
        };
        if exponent > 0 {
            end += 1 + sign + exponent;
            kind = NumberKind::Exponent;
        }
    }
    let suffix: String = text[end..].chars().take_while(|c| is_word(*c)).collect();
    let suffixed = match (suffix.to_ascii_uppercase().as_str(), kind) {
        ("", _) => return Some((kind, end)),
        ("L", NumberKind::Integer) => NumberKind::Long,
        ("S", NumberKind::Integer) => NumberKind::Short,
        ("Y", NumberKind::Integer) => NumberKind::Byte,
        ("F", _) => NumberKind::Float,
        ("D", _) => NumberKind::Double,
        ("BD", _) => NumberKind::BigDecimal,
        // `1.a` is the integer 1, a point and a name; `1a` is a name.
        (_, NumberKind::Decimal) if whole > 0 => return Some((NumberKind::Integer, whole)),
        _ => return None,
    };
    Some((suffixed, end + suffix.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, String)> {
        let mut tokens = tokenize(text, false).unwrap();
        tokens.pop();
        (tokens.iter())
            .map(|token| (token.kind, text[token.start..token.end].to_string()))
            .collect()
    }

    #[test]
    fn numbers_and_words_that_look_like_them() {
        use NumberKind::*;
        for (text, kind) in [
            ("1", Integer),
            ("1.", Decimal),
            (".5", Decimal),
            ("1e-5", Exponent),
            ("1.5E3", Exponent),
            ("1y", Byte),
            ("1S", Short),
            ("1L", Long),
            ("1e3F", Float),
            (".5d", Double),
            ("1.5bd", BigDecimal),
        ] {
            assert_eq!(kinds(text), [(TokenKind::Number(kind), text.to_string())]);
        }
        assert_eq!(kinds("1a")[0].0, TokenKind::Word);
        assert_eq!(kinds("1e5x")[0].0, TokenKind::Word);
        assert_eq!(kinds("1.a").len(), 3);
        assert_eq!(kinds("t._1").len(), 3);
    }

    #[test]
    fn comments_hints_and_quotes() {
        let text = "a /* x /* y */ z */ -- b\\\n c\n/*+ H */ 'it''s \\' é' `q``w` r'\\' $";
        let found: Vec<TokenKind> = kinds(text).into_iter().map(|(kind, _)| kind).collect();
        let expected = [
            TokenKind::Word,
            TokenKind::HintStart,
            TokenKind::Word,
            TokenKind::HintEnd,
            TokenKind::Text,
            TokenKind::QuotedName,
            TokenKind::Text,
            TokenKind::Unknown,
        ];
        assert_eq!(found, expected);
        assert!(tokenize("/* a", false).is_err());
    }

    #[test]
    fn places_count_characters() {
        let tokens = tokenize("'é' é b", false).unwrap();
        assert_eq!((tokens[1].first, tokens[1].last), (4, 5));
        assert_eq!((tokens[2].first, tokens[2].start), (6, 8));
    }
}
