//! The parser's state: the tokens, the place among them, and what every part of the grammar needs.
//!
//! Grammar methods are spread over this folder by clause, all in `impl Parser`. They share a convention: a
//! method named after a construct (`expression`, `window`) parses it or fails; `take_x` consumes x if it is
//! there and says so; `is_x` only looks.

use super::ParseOptions;
use super::lexer::{Token, TokenKind, tokenize};
use super::query::KnownQuery;
use crate::error::conditions::{FAILED_TO_PARSE_TOO_COMPLEX, PARSE_SYNTAX_ERROR};
use crate::error::{Condition, Error, Origin, Result, SourceText};
use crate::plan::unresolved::{Expression, ExpressionKind, Relation, RelationKind};
use crate::types::{DataType, TypeParser};
use std::collections::HashMap;
use std::sync::Arc;

/// How deep expressions and queries may nest.
const MAX_DEPTH: usize = 200;

/// How long a chain of operators may be that leans to one side, as `a + b + …` does: it is as deep as long.
const MAX_CHAIN: usize = 4000;

/// A parser over one text.
pub(super) struct Parser<'a> {
    pub(super) source: Arc<SourceText>,
    pub(super) options: &'a ParseOptions,
    tokens: Vec<Token>,
    /// The next token.
    position: usize,
    depth: usize,
    /// Number of `?` seen so far.
    pub(super) parameters: usize,
    /// The queries in parentheses read so far, by their first token.
    pub(super) known_queries: HashMap<usize, KnownQuery>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &str, options: &'a ParseOptions) -> Result<Self> {
        let source = Arc::new(SourceText {
            text: text.to_string(),
            kind: options.kind.clone(),
        });
        Ok(Parser {
            tokens: tokenize(text, options.double_quoted_identifiers)?,
            source,
            options,
            position: 0,
            depth: 0,
            parameters: 0,
            known_queries: HashMap::new(),
        })
    }

    // --- looking ---

    /// The next token.
    pub(super) fn token(&self) -> Token {
        self.token_at(0)
    }

    /// The token `ahead` tokens behind the next one.
    pub(super) fn token_at(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.position + ahead).min(last)]
    }

    /// A token's text.
    pub(super) fn text(&self, token: Token) -> &str {
        &self.source.text[token.start..token.end]
    }

    pub(super) fn is_end(&self) -> bool {
        self.token().kind == TokenKind::End
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    pub(super) fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.token_at(ahead);
        token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
    }

    /// Whether the next tokens are these words.
    pub(super) fn is_words(&self, words: &[&str]) -> bool {
        (words.iter().enumerate()).all(|(ahead, word)| self.is_word_at(ahead, word))
    }

    /// Whether the token `ahead` is one of these words.
    pub(super) fn is_any_word_at(&self, ahead: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word_at(ahead, word))
    }

    pub(super) fn is_any_word(&self, words: &[&str]) -> bool {
        self.is_any_word_at(0, words)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(0, symbol)
    }

    pub(super) fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.token_at(ahead).kind, TokenKind::Symbol(found) if found == symbol)
    }

    pub(super) fn is_kind_at(&self, ahead: usize, kind: TokenKind) -> bool {
        self.token_at(ahead).kind == kind
    }

    pub(super) fn is_number_at(&self, ahead: usize) -> bool {
        matches!(self.token_at(ahead).kind, TokenKind::Number(_))
    }

    // --- consuming ---

    /// Consumes the next token.
    pub(super) fn advance(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.position += 1;
        }
        token
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        self.take_words(&[word])
    }

    /// Consumes these words if all of them are there.
    pub(super) fn take_words(&mut self, words: &[&str]) -> bool {
        let found = self.is_words(words);
        if found {
            self.position += words.len();
        }
        found
    }

    /// Consumes one of these words.
    pub(super) fn take_any_word(&mut self, words: &[&'static str]) -> Option<&'static str> {
        let found = words.iter().find(|word| self.is_word(word))?;
        self.position += 1;
        Some(found)
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.position += 1;
        }
        found
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    pub(super) fn expect_words(&mut self, words: &[&str]) -> Result<()> {
        words.iter().try_for_each(|word| self.expect_word(word))
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    /// `item, item, …`
    pub(super) fn comma_separated<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_symbol(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(item, …)`
    pub(super) fn parenthesized<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect_symbol("(")?;
        let items = self.comma_separated(item)?;
        self.expect_symbol(")")?;
        Ok(items)
    }

    /// Runs `parse`; where it fails, goes back to where it started and gives `None`.
    pub(super) fn attempt<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        let (position, parameters) = (self.position, self.parameters);
        let result = parse(self);
        if result.is_err() {
            self.position = position;
            self.parameters = parameters;
        }
        result.ok()
    }

    /// Runs `parse` one level deeper; too deep a level is an error rather than a stack overflow.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        let result = if self.depth > MAX_DEPTH {
            Err(Error::of(&FAILED_TO_PARSE_TOO_COMPLEX))
        } else {
            parse(self)
        };
        self.depth -= 1;
        result
    }

    /// Fails where a chain of operators has become too long. `length` counts its operators.
    pub(super) fn check_chain(&self, length: &mut usize) -> Result<()> {
        *length += 1;
        match *length > MAX_CHAIN {
            true => Err(Error::of(&FAILED_TO_PARSE_TOO_COMPLEX)),
            false => Ok(()),
        }
    }

    /// A type, parsed by [`TypeParser`] out of the same text.
    pub(super) fn data_type(&mut self) -> Result<DataType> {
        let mut types = TypeParser::new(self.source.clone(), self.token().start);
        let data_type = types.data_type()?;
        let end = types.position();
        // `>>` is one token here and two in `ARRAY<ARRAY<INT>>`.
        while self.token().kind != TokenKind::End && self.token().end <= end {
            self.position += 1;
        }
        if self.token().kind != TokenKind::End && self.token().start < end {
            return Err(self.unexpected());
        }
        Ok(data_type)
    }

    // --- places ---

    /// The place of the next token, for [`Parser::origin`].
    pub(super) fn mark(&self) -> usize {
        self.position
    }

    /// Goes back to a mark.
    pub(super) fn rewind(&mut self, mark: usize) {
        self.position = mark;
    }

    /// The fragment from a mark to the last token consumed.
    pub(super) fn origin(&self, mark: usize) -> Option<Origin> {
        let first = self.tokens[mark];
        let last = self.tokens[self.position.saturating_sub(1).max(mark)];
        Some(Origin {
            source: self.source.clone(),
            start: first.first,
            end: last.last,
        })
    }

    /// The text from a mark to the last token consumed.
    pub(super) fn text_since(&self, mark: usize) -> &str {
        let first = self.tokens[mark];
        let last = self.tokens[self.position.saturating_sub(1).max(mark)];
        &self.source.text[first.start..last.end]
    }

    /// An expression from a mark to here.
    pub(super) fn spanned(&self, mark: usize, kind: ExpressionKind) -> Expression {
        Expression::new(kind).at(self.origin(mark))
    }

    /// A call from a mark to here.
    pub(super) fn call(&self, mark: usize, name: &str, arguments: Vec<Expression>) -> Expression {
        Expression::call(name, arguments).at(self.origin(mark))
    }

    /// A relation from a mark to here.
    pub(super) fn relation(&self, mark: usize, kind: RelationKind) -> Relation {
        Relation::new(kind).at(self.origin(mark))
    }

    // --- errors ---

    /// A syntax error at the next token.
    pub(super) fn unexpected(&self) -> Error {
        self.unexpected_at(0, "")
    }

    /// A syntax error at a token ahead, with Spark's hint (`": extra input 'x'"`).
    pub(super) fn unexpected_at(&self, ahead: usize, hint: &str) -> Error {
        let token = self.token_at(ahead);
        let parameters = [("error", self.quoted(token)), ("hint", hint.to_string())];
        let origin = Origin {
            source: self.source.clone(),
            start: token.first,
            end: token.last,
        };
        Error::new(&PARSE_SYNTAX_ERROR, parameters).at(Some(&origin))
    }

    /// A token as syntax errors show it.
    fn quoted(&self, token: Token) -> String {
        match token.kind {
            TokenKind::End => "end of input".to_string(),
            _ => format!("'{}'", self.text(token)),
        }
    }

    /// An error of a condition about the fragment from a mark to here.
    pub(super) fn error<const N: usize, V: ToString>(
        &self,
        mark: usize,
        condition: &'static Condition,
        parameters: [(&'static str, V); N],
    ) -> Error {
        Error::new(condition, parameters).at(self.origin(mark).as_ref())
    }

    /// The end of the text, behind any number of semicolons.
    pub(super) fn expect_end(&mut self) -> Result<()> {
        while self.take_symbol(";") {}
        if self.is_end() {
            return Ok(());
        }
        let hint = format!(": extra input {}", self.quoted(self.token()));
        Err(self.unexpected_at(0, &hint))
    }
}
