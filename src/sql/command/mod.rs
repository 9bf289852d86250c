//! Statements that are no queries.

mod alter;
mod create;
mod describe;
mod function;
mod insert;
mod options;
mod set;
mod show;
mod variable;

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::Result;
use crate::plan::unresolved::{Command, ExplainMode, Relation, RelationKind, Statement};

impl Parser<'_> {
    /// A statement.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        if self.is_query_start_at(0) && !self.is_word("TABLE") {
            return self.query_or_insert();
        }
        if self.is_word("TABLE") || self.is_word("SELECT") || self.is_word("VALUES") {
            return self.query().map(Statement::Query);
        }
        let mark = self.mark();
        let token = self.token();
        if token.kind != TokenKind::Word {
            return Err(self.unexpected());
        }
        let word = self.text(token).to_uppercase();
        let command = match word.as_str() {
            "EXPLAIN" => return self.explain().map(Statement::Command),
            "CREATE" => self.create()?,
            "DROP" => self.drop()?,
            "INSERT" => self.insert()?,
            "SET" => self.set()?,
            "RESET" => self.reset()?,
            "USE" => self.use_database()?,
            "DESCRIBE" | "DESC" => self.describe()?,
            "SHOW" => self.show()?,
            "CACHE" | "UNCACHE" | "CLEAR" | "REFRESH" => self.cache()?,
            "DECLARE" => self.declare()?,
            "EXECUTE" => self.execute_immediate()?,
            "REPLACE" if self.is_word_at(1, "TABLE") => self.replace_table()?,
            "ALTER" => self.alter()?,
            "TRUNCATE" => self.truncate()?,
            "COMMENT" => self.comment_on()?,
            "MSCK" | "REPAIR" => self.repair()?,
            "ANALYZE" => self.analyze_table()?,
            "UPDATE" | "DELETE" | "MERGE" => self.change_rows(&word)?,
            "BEGIN" => self.unsupported("SQL scripting"),
            "FROM" | "WITH" | "MAP" | "REDUCE" => return self.query_or_insert(),
            _ => match Self::other_statement(&word) {
                Some(name) => self.unsupported(name),
                None => {
                    self.rewind(mark);
                    return Err(self.unexpected());
                }
            },
        };
        Ok(Statement::Command(command))
    }

    /// Statements that are known by their first word only.
    fn other_statement(word: &str) -> Option<&'static str> {
        const STATEMENTS: &[&str] = &[
            "ADD", "CALL", "DFS", "EXPORT", "GRANT", "IMPORT", "LIST", "LOAD", "LOCK", "REVOKE",
            "ROLLBACK", "START", "UNLOCK",
        ];
        STATEMENTS.iter().find(|known| **known == word).copied()
    }

    /// A query, or an INSERT behind WITH.
    fn query_or_insert(&mut self) -> Result<Statement> {
        let mark = self.mark();
        if !self.is_word("WITH") {
            return self.query().map(Statement::Query);
        }
        if let Some((ctes, recursive)) = self.take_with()? {
            if self.is_word("INSERT") {
                let with = |input: Relation| {
                    Relation::new(RelationKind::With {
                        input,
                        ctes,
                        recursive,
                    })
                };
                return Ok(Statement::Command(match self.insert()? {
                    Command::Insert {
                        table,
                        columns,
                        partition,
                        overwrite,
                        by_name,
                        query,
                    } => Command::Insert {
                        table,
                        columns,
                        partition,
                        overwrite,
                        by_name,
                        query: with(query),
                    },
                    Command::InsertDirectory {
                        path,
                        format,
                        options,
                        query,
                    } => Command::InsertDirectory {
                        path,
                        format,
                        options,
                        query: with(query),
                    },
                    other => other,
                }));
            }
            self.rewind(mark);
        }
        self.query().map(Statement::Query)
    }

    /// A statement that is recognised and left: the rest of the text goes with it.
    fn unsupported(&mut self, name: &str) -> Command {
        while !self.is_end() {
            self.advance();
        }
        Command::Unsupported {
            name: name.to_string(),
        }
    }

    /// `EXPLAIN [mode] statement`
    fn explain(&mut self) -> Result<Command> {
        self.advance();
        let modes = [
            ("EXTENDED", ExplainMode::Extended),
            ("FORMATTED", ExplainMode::Formatted),
            ("COST", ExplainMode::Cost),
            ("CODEGEN", ExplainMode::Codegen),
            ("ANALYZE", ExplainMode::Analyze),
        ];
        // ANALYZE is a statement of its own, too: EXPLAIN ANALYZE TABLE t COMPUTE STATISTICS.
        let statement_follows = self.is_word("ANALYZE")
            && self.is_any_word_at(1, &["TABLE", "TABLES"])
            && !self.is_query_start_at(1);
        let found = modes.into_iter().find(|(word, _)| self.is_word(word));
        let mode = match found {
            Some((_, mode)) if !statement_follows => {
                self.advance();
                mode
            }
            _ => ExplainMode::Simple,
        };
        let statement = self.nested(Parser::statement)?;
        Ok(Command::Explain {
            mode,
            statement: Box::new(statement),
        })
    }

    /// `USE [DATABASE | SCHEMA | NAMESPACE] name`
    fn use_database(&mut self) -> Result<Command> {
        self.advance();
        if self.is_identifier_at(1) {
            self.take_any_word(&["DATABASE", "SCHEMA", "NAMESPACE"]);
        } else if self.is_any_word(&["DATABASE", "SCHEMA", "NAMESPACE"])
            && self.is_kind_at(1, TokenKind::Text)
        {
            return Err(self.unexpected_at(1, ""));
        }
        let name = self.command_name()?;
        Ok(Command::Use { name })
    }

    /// `CACHE [LAZY] TABLE …`, `UNCACHE TABLE …`, `CLEAR CACHE`, `REFRESH [TABLE] …`
    fn cache(&mut self) -> Result<Command> {
        if self.take_words(&["CLEAR", "CACHE"]) {
            return Ok(Command::ClearCache);
        }
        if self.take_word("CACHE") {
            let lazy = self.take_word("LAZY");
            self.expect_word("TABLE")?;
            let name = self.command_name()?;
            if self.take_word("OPTIONS") {
                self.options_list()?;
            }
            let explicit = self.take_word("AS");
            let query = match explicit || self.is_query_start_at(0) {
                true => Some(self.query()?),
                false => None,
            };
            return Ok(Command::CacheTable { name, lazy, query });
        }
        if self.take_word("UNCACHE") {
            self.expect_word("TABLE")?;
            let if_exists = self.take_words(&["IF", "EXISTS"]);
            let name = self.command_name()?;
            return Ok(Command::UncacheTable { name, if_exists });
        }
        self.expect_word("REFRESH")?;
        if self.take_word("TABLE") || self.is_identifier_at(0) && !self.is_word("FUNCTION") {
            let name = self.command_name()?;
            return Ok(Command::RefreshTable { name });
        }
        Ok(self.unsupported("REFRESH"))
    }
}
