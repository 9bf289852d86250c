//! Lists of properties: `OPTIONS (header true, 'sep' = ';')`, `TBLPROPERTIES (…)`.

use crate::error::Result;
use crate::plan::unresolved::{ExpressionKind, Options};
use crate::sql::cursor::Parser;
use crate::sql::lexer::TokenKind;
use crate::types::Value;

impl Parser<'_> {
    /// `(key [=] value, …)`
    pub(in crate::sql) fn options_list(&mut self) -> Result<Options> {
        let pairs = self.parenthesized(Parser::option)?;
        Ok(pairs.into_iter().collect())
    }

    fn option(&mut self) -> Result<(String, String)> {
        let key = match self.token().kind {
            TokenKind::Text => self.text_value()?,
            _ => self.qualified_name()?.join("."),
        };
        let assigned = self.take_symbol("=") || self.take_symbol("==");
        if !assigned && (self.is_symbol(",") || self.is_symbol(")")) {
            return Ok((key, String::new()));
        }
        let mark = self.mark();
        let value = self.value()?;
        let text = match &*value.kind {
            ExpressionKind::Literal(Value::String(text), _) => text.to_string(),
            ExpressionKind::Literal(Value::Boolean(flag), _) => flag.to_string(),
            _ => self.text_since(mark).to_string(),
        };
        Ok((key, text))
    }
}
