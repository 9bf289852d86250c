//! `SHOW`.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::Result;
use crate::error::conditions::INVALID_SQL_SYNTAX_SHOW_FUNCTIONS_INVALID_SCOPE;
use crate::plan::unresolved::Command;

impl Parser<'_> {
    pub(super) fn show(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        if self
            .take_any_word(&["DATABASES", "SCHEMAS", "NAMESPACES"])
            .is_some()
        {
            self.take_in()?;
            let pattern = self.take_pattern()?;
            return Ok(Command::ShowDatabases { pattern });
        }
        if self.take_word("TABLES") {
            let database = self.take_in()?;
            let pattern = self.take_pattern()?;
            return Ok(Command::ShowTables { database, pattern });
        }
        if self.take_word("VIEWS") {
            let database = self.take_in()?;
            let pattern = self.take_pattern()?;
            return Ok(Command::ShowViews { database, pattern });
        }
        if self.take_words(&["TABLE", "EXTENDED"]) {
            self.take_in()?;
            self.expect_word("LIKE")?;
            self.text_value()?;
            return Ok(self.unsupported("SHOW TABLE EXTENDED"));
        }
        if self.take_word("COLUMNS") {
            return self.show_columns();
        }
        if self.take_words(&["CREATE", "TABLE"]) {
            let name = self.command_name()?;
            if self.take_words(&["AS", "SERDE"]) {
                return Ok(self.unsupported("SHOW CREATE TABLE … AS SERDE"));
            }
            return Ok(Command::ShowCreateTable { name });
        }
        if self.take_word("PARTITIONS") {
            let table = self.command_name()?;
            let partition = self.take_partition()?;
            return Ok(Command::ShowPartitions { table, partition });
        }
        if self.take_word("TBLPROPERTIES") {
            return self.show_properties();
        }
        if self.is_word("CURRENT") && self.is_any_word_at(1, &["DATABASE", "SCHEMA", "NAMESPACE"]) {
            self.advance();
            self.advance();
            return Ok(Command::ShowCurrentDatabase);
        }
        let others = [
            "CATALOGS",
            "COLLATIONS",
            "PROCEDURES",
            "CURRENT",
            "LOCKS",
            "ROLES",
        ];
        if let Some(other) = others.into_iter().find(|other| self.is_word(other)) {
            return Ok(self.unsupported(&format!("SHOW {other}")));
        }
        self.show_functions(mark)
    }

    /// `SHOW [scope] FUNCTIONS [IN database] [LIKE pattern]`
    fn show_functions(&mut self, mark: usize) -> Result<Command> {
        let scope = match self.is_word("FUNCTIONS") {
            true => None,
            false if self.is_identifier_literal() => {
                self.advance();
                return Err(self.unexpected());
            }
            false => Some(self.identifier()?),
        };
        self.expect_word("FUNCTIONS")?;
        let scopes = ["ALL", "SYSTEM", "USER"];
        if let Some(scope) = &scope
            && !scopes.iter().any(|known| scope.eq_ignore_ascii_case(known))
        {
            let parameters = [("scope", scope.to_uppercase())];
            let condition = &INVALID_SQL_SYNTAX_SHOW_FUNCTIONS_INVALID_SCOPE;
            return Err(self.error(mark, condition, parameters));
        }
        self.take_in()?;
        let liked = self.take_word("LIKE");
        let pattern = if self.is_kind_at(0, TokenKind::Text) {
            Some(self.text_value()?)
        } else if liked || self.is_identifier_at(0) {
            Some(self.command_name()?.join("."))
        } else {
            None
        };
        Ok(Command::ShowFunctions { pattern })
    }

    /// `SHOW COLUMNS IN table [IN database]`
    fn show_columns(&mut self) -> Result<Command> {
        let mut table = match self.take_in()? {
            Some(table) => table,
            None => return Err(self.unexpected()),
        };
        if let Some(mut database) = self.take_in()? {
            database.extend(table.pop());
            table = database;
        }
        Ok(Command::ShowColumns { table })
    }

    /// `SHOW TBLPROPERTIES table [(key)]`
    fn show_properties(&mut self) -> Result<Command> {
        let name = self.command_name()?;
        let mut key = None;
        if self.take_symbol("(") {
            key = Some(match self.token().kind {
                TokenKind::Text => self.text_value()?,
                _ => self.qualified_name()?.join("."),
            });
            self.expect_symbol(")")?;
        }
        Ok(Command::ShowTableProperties { name, key })
    }

    /// `IN name` or `FROM name`, if it comes next.
    fn take_in(&mut self) -> Result<Option<Vec<String>>> {
        match self.take_any_word(&["IN", "FROM"]) {
            Some(_) => self.command_name().map(Some),
            None => Ok(None),
        }
    }

    /// `[LIKE] 'pattern'`, if it comes next.
    fn take_pattern(&mut self) -> Result<Option<String>> {
        let liked = self.take_word("LIKE");
        if liked || self.is_kind_at(0, TokenKind::Text) {
            return self.text_value().map(Some);
        }
        Ok(None)
    }
}
