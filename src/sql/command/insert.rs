//! `INSERT`.

use super::super::cursor::Parser;
use crate::error::{Error, Result};
use crate::plan::unresolved::{Command, Expression};

impl Parser<'_> {
    /// `INSERT INTO | OVERWRITE …`
    pub(super) fn insert(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        let overwrite = match self.take_any_word(&["INTO", "OVERWRITE"]) {
            Some(word) => word == "OVERWRITE",
            None => return Err(self.unexpected()),
        };
        if overwrite && (self.is_word("DIRECTORY") || self.is_words(&["LOCAL", "DIRECTORY"])) {
            return self.insert_directory();
        }
        if self.is_identifier_at(1) || self.is_word_at(1, "IDENTIFIER") {
            self.take_word("TABLE");
        }
        let table = self.command_name()?;
        if self.is_words(&["REPLACE", "WHERE"]) {
            return Err(
                Error::unsupported("INSERT INTO … REPLACE WHERE").at(self.origin(mark).as_ref())
            );
        }
        let partition = match self.is_word("PARTITION") && self.is_symbol_at(1, "(") {
            true => self.partition_spec()?,
            false => Vec::new(),
        };
        self.take_words(&["IF", "NOT", "EXISTS"]);
        let by_name = self.take_words(&["BY", "NAME"]);
        let columns = match self.is_symbol("(") && !self.is_query_start_at(1) && !by_name {
            true => self.identifier_list()?,
            false => Vec::new(),
        };
        let query = self.query()?;
        Ok(Command::Insert {
            table,
            columns,
            partition,
            overwrite,
            by_name,
            query,
        })
    }

    /// `PARTITION (a = 1, b)`
    pub(super) fn partition_spec(&mut self) -> Result<Vec<(String, Option<Expression>)>> {
        self.expect_word("PARTITION")?;
        self.parenthesized(|parser| {
            let name = parser.identifier()?;
            let value = match parser.take_symbol("=") || parser.take_symbol("==") {
                true => Some(parser.value()?),
                false => None,
            };
            Ok((name, value))
        })
    }

    /// `INSERT OVERWRITE DIRECTORY 'path' USING format [OPTIONS (…)] query`
    fn insert_directory(&mut self) -> Result<Command> {
        self.take_word("LOCAL");
        self.advance();
        let mut path = match self.is_word("USING") {
            true => None,
            false => Some(self.text_value()?),
        };
        if !self.take_word("USING") {
            return Err(Error::unsupported(
                "INSERT OVERWRITE DIRECTORY in Hive formats",
            ));
        }
        let format = self.qualified_name()?.join(".");
        let mut options = match self.take_word("OPTIONS") {
            true => self.options_list()?,
            false => Default::default(),
        };
        path = path.or_else(|| options.remove("path"));
        let path = path.ok_or_else(|| self.unexpected())?;
        let query = self.query()?;
        Ok(Command::InsertDirectory {
            path,
            format,
            options,
            query,
        })
    }
}
