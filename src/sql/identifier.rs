//! Names: identifiers, qualified names, aliases, and `IDENTIFIER('…')` where it stands for a name.

use super::cursor::Parser;
use super::keywords::{is_reserved, is_strict_non_reserved};
use super::lexer::{Token, TokenKind};
use crate::error::conditions::{
    IDENTIFIER_TOO_MANY_NAME_PARTS, INVALID_IDENTIFIER, PARSE_EMPTY_STATEMENT, PARSE_SYNTAX_ERROR,
};
use crate::error::{Error, Result, quote};
use crate::plan::unresolved::{Expression, ExpressionKind};

impl Parser<'_> {
    /// Whether the token ahead may be an identifier.
    pub(super) fn is_identifier_at(&self, ahead: usize) -> bool {
        let token = self.token_at(ahead);
        match token.kind {
            TokenKind::QuotedName => true,
            TokenKind::Word => {
                !(self.options.enforce_reserved_keywords && is_reserved(self.text(token)))
            }
            _ => false,
        }
    }

    /// Whether the token ahead may be a table alias without AS: words that go on with a join may not.
    pub(super) fn is_strict_identifier_at(&self, ahead: usize) -> bool {
        let token = self.token_at(ahead);
        self.is_identifier_at(ahead)
            && (token.kind == TokenKind::QuotedName || !is_strict_non_reserved(self.text(token)))
    }

    /// The name that an identifier token stands for.
    pub(super) fn name_of(&self, token: Token) -> String {
        let text = self.text(token);
        match token.kind {
            TokenKind::QuotedName => unquote_name(text),
            _ => text.to_string(),
        }
    }

    /// An identifier.
    pub(super) fn identifier(&mut self) -> Result<String> {
        if self.is_identifier_literal() {
            let mark = self.mark();
            let mut parts = self.identifier_literal()?;
            return match (parts.pop(), parts.is_empty()) {
                (Some(name), true) => Ok(name),
                (last, _) => {
                    parts.extend(last);
                    let parameters = [("identifier", quote::name(&parts)), ("limit", "1".into())];
                    Err(self.error(mark, &IDENTIFIER_TOO_MANY_NAME_PARTS, parameters))
                }
            };
        }
        if !self.is_identifier_at(0) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        self.reject_hyphen(token)?;
        Ok(self.name_of(token))
    }

    /// `a-b` without backticks is a common mistake with an error of its own.
    fn reject_hyphen(&self, token: Token) -> Result<()> {
        let next = self.token();
        let after = self.token_at(1);
        let hyphenated = self.is_symbol("-")
            && token.kind == TokenKind::Word
            && next.start == token.end
            && after.start == next.end
            && after.kind == TokenKind::Word;
        if !hyphenated {
            return Ok(());
        }
        let ident = &self.source.text[token.start..after.end];
        Err(Error::new(&INVALID_IDENTIFIER, [("ident", ident)]))
    }

    /// A dotted name: `a`, `a.b`, `` `a.b`.c ``.
    pub(super) fn qualified_name(&mut self) -> Result<Vec<String>> {
        let mut parts = if self.is_identifier_literal() {
            self.identifier_literal()?
        } else {
            vec![self.identifier()?]
        };
        while self.is_symbol(".") && self.is_identifier_at(1) {
            self.advance();
            if self.is_identifier_literal() {
                parts.extend(self.identifier_literal()?);
            } else {
                parts.push(self.identifier()?);
            }
        }
        Ok(parts)
    }

    /// `(a, b, c)`
    pub(super) fn identifier_list(&mut self) -> Result<Vec<String>> {
        self.parenthesized(Parser::identifier)
    }

    /// Whether `IDENTIFIER('…')` with a plain string comes next, which is a name as good as any.
    pub(super) fn is_identifier_literal(&self) -> bool {
        !self.options.legacy_identifier_clause
            && self.is_word("IDENTIFIER")
            && self.is_symbol_at(1, "(")
            && self.is_kind_at(2, TokenKind::Text)
            && self.is_symbol_at(3, ")")
    }

    /// The parts of the name in `IDENTIFIER('a.b')`.
    pub(super) fn identifier_literal(&mut self) -> Result<Vec<String>> {
        self.advance();
        self.advance();
        let token = self.advance();
        let text = self.decode_text(token);
        self.advance();
        parse_parts(&text)
    }

    /// `IDENTIFIER(expression)` where the name is not known before the expression is evaluated.
    pub(super) fn take_identifier_clause(&mut self) -> Result<Option<Expression>> {
        if !(self.is_word("IDENTIFIER") && self.is_symbol_at(1, "("))
            || self.is_identifier_literal()
        {
            return Ok(None);
        }
        self.advance();
        self.advance();
        let name = self.expression()?;
        self.expect_symbol(")")?;
        Ok(Some(name))
    }

    /// A table's or function's name that commands take: a dotted name, or `IDENTIFIER(expression)` whose
    /// value the parser can already tell.
    pub(super) fn command_name(&mut self) -> Result<Vec<String>> {
        let mark = self.mark();
        let Some(name) = self.take_identifier_clause()? else {
            return self.qualified_name();
        };
        match constant_text(&name) {
            Some(text) => parse_parts(&text),
            None => Err(
                Error::unsupported("IDENTIFIER with an expression in a command")
                    .at(self.origin(mark).as_ref()),
            ),
        }
    }
}

/// The text that an expression of string literals and `||` means.
pub(super) fn constant_text(expression: &Expression) -> Option<String> {
    match &*expression.kind {
        ExpressionKind::Literal(value, _) => value.as_str().map(str::to_string),
        ExpressionKind::Function(call) if call.name == ["concat"] => (call.arguments.iter())
            .map(|argument| constant_text(&argument.value))
            .collect(),
        _ => None,
    }
}

/// The parts of a dotted name given as text: backticks around a part, nothing else.
pub(super) fn parse_parts(text: &str) -> Result<Vec<String>> {
    let fail = |at: &str| {
        let token = if at.is_empty() {
            "end of input".to_string()
        } else {
            format!("'{}'", at.chars().next().unwrap_or_default())
        };
        Error::new(
            &PARSE_SYNTAX_ERROR,
            [("error", token), ("hint", String::new())],
        )
    };
    let mut parts = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(Error::of(&PARSE_EMPTY_STATEMENT));
    }
    loop {
        let length = if rest.starts_with('`') {
            super::lexer::quoted_length(rest, false).ok_or_else(|| fail(rest))?
        } else {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        };
        if length == 0 {
            return Err(fail(rest));
        }
        let (part, after) = rest.split_at(length);
        parts.push(match part.starts_with('`') {
            true => unquote_name(part),
            false => part.to_string(),
        });
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None if after.is_empty() => return Ok(parts),
            None => {
                let token = after.split_whitespace().next().unwrap_or(after);
                let parameters = [
                    ("error", format!("'{token}'")),
                    ("hint", format!(": extra input '{token}'")),
                ];
                return Err(Error::new(&PARSE_SYNTAX_ERROR, parameters));
            }
        }
    }
}

/// The name inside backticks or double quotes.
fn unquote_name(text: &str) -> String {
    let quote = &text[..1];
    text[1..text.len() - 1].replace(&quote.repeat(2), quote)
}
