//! `DESCRIBE`.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::conditions::{
    DESCRIBE_JSON_NOT_EXTENDED, INVALID_SQL_SYNTAX_EMPTY_PARTITION_VALUE,
    UNSUPPORTED_FEATURE_DESC_TABLE_COLUMN_JSON,
};
use crate::error::{Result, quote};
use crate::plan::unresolved::Command;

impl Parser<'_> {
    /// `DESCRIBE [QUERY] query`, `DESCRIBE FUNCTION …`, `DESCRIBE DATABASE …`, `DESCRIBE [TABLE] …`
    pub(super) fn describe(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        if self.is_word("FUNCTION")
            && !self.is_symbol_at(1, ".")
            && self.token_at(1).kind != TokenKind::End
        {
            return self.describe_function();
        }
        if self.is_any_word(&["DATABASE", "SCHEMA", "NAMESPACE"]) && self.is_identifier_at(1) {
            self.advance();
            let extended = self.is_identifier_at(1) && self.take_word("EXTENDED");
            let name = self.command_name()?;
            return Ok(Command::DescribeDatabase { name, extended });
        }
        if self.is_word("PROCEDURE") && self.is_identifier_at(1) {
            return Ok(self.unsupported("DESCRIBE PROCEDURE"));
        }
        let query =
            self.is_word("QUERY") && (self.is_query_start_at(1) || self.is_word_at(1, "WITH"));
        if query {
            self.advance();
        }
        if query || (self.is_query_start_at(0) && !self.is_word("TABLE")) {
            return self.query().map(Command::DescribeQuery);
        }
        if self.is_word("QUERY") && self.is_word_at(1, "TABLE") {
            self.advance();
            return self.query().map(Command::DescribeQuery);
        }
        if self.is_identifier_at(1) {
            self.take_word("TABLE");
        }
        let extended =
            self.is_identifier_at(1) && self.take_any_word(&["EXTENDED", "FORMATTED"]).is_some();
        let name = self.command_name()?;
        if self.is_word("PARTITION") && self.is_symbol_at(1, "(") {
            let start = self.mark();
            let partition = self.partition_spec()?;
            if let Some((key, _)) = partition.iter().find(|(_, value)| value.is_none()) {
                let parameters = [("partKey", quote::identifier(key))];
                let condition = &INVALID_SQL_SYNTAX_EMPTY_PARTITION_VALUE;
                return Err(self.error(start, condition, parameters));
            }
            if self.is_words(&["AS", "JSON"]) {
                return Ok(self.unsupported("DESCRIBE … AS JSON"));
            }
            return Ok(Command::DescribeTable {
                name,
                extended,
                partition: Some(partition),
                column: None,
            });
        }
        let json = self.is_words(&["AS", "JSON"]);
        let column = match !json && self.is_identifier_at(0) {
            true => Some(self.qualified_name()?),
            false => None,
        };
        if self.take_words(&["AS", "JSON"]) {
            if column.is_some() {
                let condition = &UNSUPPORTED_FEATURE_DESC_TABLE_COLUMN_JSON;
                return Err(self.error::<0, String>(mark, condition, []));
            }
            if !extended {
                return Err(self.error::<0, String>(mark, &DESCRIBE_JSON_NOT_EXTENDED, []));
            }
            return Ok(self.unsupported("DESCRIBE … AS JSON"));
        }
        Ok(Command::DescribeTable {
            name,
            extended,
            partition: None,
            column,
        })
    }

    /// `DESCRIBE FUNCTION [EXTENDED] name`; the name may be a string or an operator.
    fn describe_function(&mut self) -> Result<Command> {
        self.advance();
        let last = matches!(
            self.token_at(1).kind,
            TokenKind::End | TokenKind::Symbol(";")
        );
        let extended = !last && self.take_word("EXTENDED");
        let token = self.token();
        let name = match token.kind {
            TokenKind::Text => vec![self.text_value()?],
            TokenKind::Symbol(symbol) if symbol != "(" && symbol != ";" => {
                self.advance();
                vec![symbol.to_string()]
            }
            _ => self.command_name()?,
        };
        Ok(Command::DescribeFunction { name, extended })
    }
}
