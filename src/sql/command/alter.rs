//! Changes of a table: `ALTER TABLE`, `TRUNCATE TABLE`, `COMMENT ON`, `MSCK REPAIR`, `ANALYZE TABLE`, and the
//! statements that change rows, which tables of files do not have.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::conditions::LEGACY_0035;
use crate::error::{Error, Result};
use crate::plan::unresolved::{ChangeTable, Command, PartitionSpec, TableChange};
use crate::types::StructField;

impl Parser<'_> {
    /// `ALTER TABLE name change`; other ALTERs are recognised and left.
    pub(super) fn alter(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        let object = ["TABLE", "VIEW", "DATABASE", "SCHEMA", "NAMESPACE"];
        let Some(object) = object.into_iter().find(|object| self.is_word(object)) else {
            return Err(self.unexpected());
        };
        self.advance();
        if object != "TABLE" {
            if self.take_identifier_clause()?.is_none() {
                self.qualified_name()?;
            }
            return Ok(self.unsupported(&format!("ALTER {object}")));
        }
        let (name, origin) = self.table_name()?;
        match self.table_change(mark)? {
            Some(change) => Ok(Command::ChangeTable(ChangeTable {
                name,
                change,
                origin,
            })),
            None => {
                while !self.is_end() {
                    self.reject_wrong_name()?;
                    self.advance();
                }
                Ok(self.unsupported("ALTER TABLE"))
            }
        }
    }

    fn table_name(&mut self) -> Result<(Vec<String>, Option<crate::error::Origin>)> {
        let mark = self.mark();
        let name = self.command_name()?;
        Ok((name, self.origin(mark)))
    }

    fn table_change(&mut self, mark: usize) -> Result<Option<TableChange>> {
        if self.take_words(&["RENAME", "TO"]) {
            return Ok(Some(TableChange::Rename(self.command_name()?)));
        }
        if self.take_words(&["RENAME", "COLUMN"]) {
            self.qualified_name()?;
            self.expect_word("TO")?;
            self.identifier()?;
            return Ok(Some(TableChange::Refused("RENAME COLUMN")));
        }
        if self.take_words(&["ADD", "COLUMN"]) || self.take_words(&["ADD", "COLUMNS"]) {
            return self.added_columns().map(Some);
        }
        if self.take_words(&["DROP", "COLUMN"]) || self.take_words(&["DROP", "COLUMNS"]) {
            let if_exists = self.take_words(&["IF", "EXISTS"]);
            match self.is_symbol("(") && !if_exists {
                true => drop(self.identifier_list()?),
                false => drop(self.comma_separated(Parser::qualified_name)?),
            }
            return Ok(Some(TableChange::Refused("DROP COLUMN")));
        }
        if self.take_words(&["SET", "TBLPROPERTIES"]) {
            return Ok(Some(TableChange::SetProperties(self.options_list()?)));
        }
        if self.take_words(&["UNSET", "TBLPROPERTIES"]) {
            self.take_words(&["IF", "EXISTS"]);
            let keys =
                self.parenthesized(|parser| match parser.is_kind_at(0, TokenKind::Text) {
                    true => parser.text_value(),
                    false => Ok(parser.qualified_name()?.join(".")),
                })?;
            return Ok(Some(TableChange::UnsetProperties(keys)));
        }
        if self.is_word("ADD") && (self.is_word_at(1, "PARTITION") || self.is_word_at(1, "IF")) {
            self.advance();
            let tolerant = self.take_words(&["IF", "NOT", "EXISTS"]);
            let mut partitions = vec![self.partition_spec()?];
            while self.is_word("PARTITION") {
                partitions.push(self.partition_spec()?);
            }
            return Ok(Some(TableChange::AddPartitions(partitions, tolerant)));
        }
        if self.is_word("DROP") && (self.is_word_at(1, "PARTITION") || self.is_word_at(1, "IF")) {
            self.advance();
            let tolerant = self.take_words(&["IF", "EXISTS"]);
            let partitions = self.comma_separated(Parser::partition_spec)?;
            self.take_word("PURGE");
            return Ok(Some(TableChange::DropPartitions(partitions, tolerant)));
        }
        if self.take_words(&["RECOVER", "PARTITIONS"]) {
            return Ok(Some(TableChange::RecoverPartitions(
                "ALTER TABLE RECOVER PARTITIONS",
            )));
        }
        if self.is_any_word(&["CHANGE", "ALTER"]) && !self.is_word_at(1, "PARTITION") {
            self.advance();
            if self.is_identifier_at(1) {
                self.take_word("COLUMN");
            }
            return self.changed_column(mark).map(Some);
        }
        Ok(None)
    }

    /// `(definitions)` or definitions without parentheses.
    fn added_columns(&mut self) -> Result<TableChange> {
        let definition = |parser: &mut Self| -> Result<(StructField, bool)> {
            let (field, default) = parser.column_definition()?;
            let placed = parser.take_word("FIRST")
                || (parser.take_word("AFTER") && parser.identifier().is_ok());
            Ok((field, placed || default.is_some()))
        };
        let columns = match self.is_symbol("(") {
            true => self.parenthesized(definition)?,
            false => self.comma_separated(definition)?,
        };
        if columns.iter().any(|(_, special)| *special) {
            return Err(Error::unsupported(
                "columns added at a place or with a default",
            ));
        }
        let columns = columns.into_iter().map(|(field, _)| field).collect();
        Ok(TableChange::AddColumns(columns))
    }

    /// What is done to a column, behind its name.
    fn changed_column(&mut self, mark: usize) -> Result<TableChange> {
        let column = self.qualified_name()?;
        if self.take_word("TYPE") {
            let data_type = self.data_type()?;
            return Ok(TableChange::ColumnType(column, data_type));
        }
        if self.take_word("COMMENT") {
            return Ok(TableChange::ColumnComment(column, self.text_value()?));
        }
        if self.take_word("FIRST") || (self.is_word("AFTER") && self.is_identifier_at(1)) {
            if self.take_word("AFTER") {
                self.identifier()?;
            }
            return Ok(TableChange::Refused("ALTER COLUMN ... FIRST | ALTER"));
        }
        if self.is_end() {
            let message = "ALTER TABLE table CHANGE COLUMN requires a TYPE, a SET/DROP, a COMMENT, or a \
                           FIRST/AFTER";
            return Err(self.error(mark, &LEGACY_0035, [("message", message)]));
        }
        // Hive's form: the new name, the type and the comment.
        if self.is_identifier_at(0) && self.is_identifier_at(1) && !self.is_word("SET") {
            let name = self.identifier()?;
            let data_type = self.data_type()?;
            let same = column
                .last()
                .is_some_and(|old| old.eq_ignore_ascii_case(&name));
            if self.take_word("COMMENT") && same {
                return Ok(TableChange::ColumnComment(column, self.text_value()?));
            }
            return Ok(match same {
                true => TableChange::ColumnType(column, data_type),
                false => TableChange::Refused("RENAME COLUMN"),
            });
        }
        self.unsupported("ALTER COLUMN");
        Err(Error::unsupported("this change of a column"))
    }

    /// `TRUNCATE TABLE name [PARTITION (…)]`
    pub(super) fn truncate(&mut self) -> Result<Command> {
        self.advance();
        self.expect_word("TABLE")?;
        let (name, origin) = self.table_name()?;
        let change = TableChange::Truncate(self.take_partition()?);
        Ok(Command::ChangeTable(ChangeTable {
            name,
            change,
            origin,
        }))
    }

    /// `PARTITION (…)`, if it comes next.
    pub(super) fn take_partition(&mut self) -> Result<Option<PartitionSpec>> {
        match self.is_word("PARTITION") {
            true => self.partition_spec().map(Some),
            false => Ok(None),
        }
    }

    /// `COMMENT ON TABLE name IS 'text' | NULL`
    pub(super) fn comment_on(&mut self) -> Result<Command> {
        self.advance();
        self.expect_word("ON")?;
        if !self.take_word("TABLE") {
            return Ok(self.unsupported("COMMENT"));
        }
        let (name, origin) = self.table_name()?;
        self.expect_word("IS")?;
        let comment = match self.take_word("NULL") {
            true => None,
            false => Some(self.text_value()?),
        };
        Ok(Command::ChangeTable(ChangeTable {
            name,
            change: TableChange::Comment(comment),
            origin,
        }))
    }

    /// `[MSCK] REPAIR TABLE name [{ADD | DROP | SYNC} PARTITIONS]`
    pub(super) fn repair(&mut self) -> Result<Command> {
        let operation = match self.take_word("MSCK") {
            true => "MSCK REPAIR TABLE",
            false => "REPAIR TABLE",
        };
        self.expect_words(&["REPAIR", "TABLE"])?;
        let (name, origin) = self.table_name()?;
        if self.take_any_word(&["ADD", "DROP", "SYNC"]).is_some() {
            self.expect_word("PARTITIONS")?;
        }
        Ok(Command::ChangeTable(ChangeTable {
            name,
            change: TableChange::RecoverPartitions(operation),
            origin,
        }))
    }

    /// `ANALYZE TABLE name [PARTITION (…)] COMPUTE STATISTICS …`
    pub(super) fn analyze_table(&mut self) -> Result<Command> {
        self.advance();
        if !self.take_word("TABLE") {
            return Ok(self.unsupported("ANALYZE"));
        }
        let (name, origin) = self.table_name()?;
        self.take_partition()?;
        self.expect_words(&["COMPUTE", "STATISTICS"])?;
        self.unsupported("ANALYZE");
        Ok(Command::ChangeTable(ChangeTable {
            name,
            change: TableChange::Analyze,
            origin,
        }))
    }

    /// `UPDATE name SET …`, `DELETE FROM name …`, `MERGE INTO name USING …`: read, to be refused with Spark's
    /// condition once the table is known.
    pub(super) fn change_rows(&mut self, word: &str) -> Result<Command> {
        self.advance();
        match word {
            "DELETE" => self.expect_word("FROM")?,
            "MERGE" => {
                if self.take_words(&["WITH", "SCHEMA"]) {
                    self.expect_word("EVOLUTION")?;
                }
                self.expect_word("INTO")?;
            }
            _ => {}
        }
        let (name, origin) = self.table_name()?;
        if (self.take_word("AS") || self.is_strict_identifier_at(0))
            && !self.is_any_word(&["SET", "WHERE", "USING"])
        {
            self.identifier()?;
        }
        let operation = match word {
            "UPDATE" => {
                self.expect_word("SET")?;
                self.comma_separated(|parser| {
                    parser.qualified_name()?;
                    parser.expect_symbol("=")?;
                    parser.expression()
                })?;
                "UPDATE TABLE"
            }
            "MERGE" => {
                self.expect_word("USING")?;
                if self.is_word("VALUES") {
                    return Err(self.unexpected());
                }
                self.relation_primary()?;
                self.expect_word("ON")?;
                self.expression()?;
                if !self.is_word("WHEN") {
                    return Err(self.unexpected());
                }
                self.unsupported("MERGE");
                "MERGE INTO TABLE"
            }
            _ => "DELETE",
        };
        if self.take_word("WHERE") {
            self.expression()?;
        }
        Ok(Command::ChangeTable(ChangeTable {
            name,
            change: TableChange::Refused(operation),
            origin,
        }))
    }

    /// Where ALTER names a column, a string is a syntax error.
    fn reject_wrong_name(&self) -> Result<()> {
        let named = self.is_any_word(&["COLUMN", "COLUMNS"]);
        if named && self.is_kind_at(1, TokenKind::Text) {
            return Err(self.unexpected_at(1, ""));
        }
        Ok(())
    }
}
