//! `CREATE …` and `DROP …`.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::conditions::{
    CREATE_TEMP_VIEW_IF_NOT_EXISTS, INVALID_SQL_SYNTAX_CREATE_TEMP_TABLE_USING_PROVIDER,
    OPERATION_NOT_ALLOWED, TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS,
};
use crate::error::{Result, quote};
use crate::plan::unresolved::{Command, CreateTable, CreateView, Expression, Options};
use crate::types::{StructField, StructType};

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        let replace = self.take_words(&["OR", "REPLACE"]);
        let global = self.is_words(&["GLOBAL", "TEMPORARY"]) || self.is_words(&["GLOBAL", "TEMP"]);
        if global {
            self.advance();
        }
        let temporary = self.take_any_word(&["TEMPORARY", "TEMP"]).is_some();
        match self.take_any_word(&[
            "VIEW",
            "TABLE",
            "FUNCTION",
            "DATABASE",
            "SCHEMA",
            "NAMESPACE",
        ]) {
            Some("VIEW") => self.create_view(mark, replace, temporary, global),
            Some("TABLE") => self.create_table(mark, replace, temporary),
            Some("FUNCTION") => self.create_function(mark, replace, temporary),
            Some(_) if !replace && !temporary => self.create_database(),
            _ if self.take_words(&["EXTERNAL", "TABLE"]) => self.create_table(mark, replace, false),
            _ if self
                .take_any_word(&["INDEX", "MATERIALIZED", "STREAMING", "FLOW"])
                .is_some() =>
            {
                Ok(self.unsupported("CREATE"))
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn replace_table(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        self.advance();
        self.create_table(mark, true, false)
    }

    fn create_view(
        &mut self,
        mark: usize,
        replace: bool,
        temporary: bool,
        global: bool,
    ) -> Result<Command> {
        let if_not_exists = self.take_words(&["IF", "NOT", "EXISTS"]);
        let name = self.command_name()?;
        if temporary && let Some(using) = self.take_view_using(&name, replace, global)? {
            return Ok(using);
        }
        if temporary && name.len() > 1 {
            while !self.is_end() {
                self.advance();
            }
            let parameters = [("actualName", quote::name(&name))];
            return Err(self.error(mark, &TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS, parameters));
        }
        let columns = match self.is_symbol("(") {
            true => self.parenthesized(|parser| {
                let name = parser.identifier()?;
                parser.take_words(&["NOT", "NULL"]);
                let comment = match parser.take_word("COMMENT") {
                    true => Some(parser.text_value()?),
                    false => None,
                };
                Ok((name, comment))
            })?,
            false => Vec::new(),
        };
        let mut comment = None;
        let mut properties = Options::new();
        loop {
            if self.take_word("COMMENT") {
                comment = Some(self.text_value()?);
            } else if self.take_word("TBLPROPERTIES") {
                properties = self.options_list()?;
            } else if self.take_words(&["WITH", "SCHEMA"]) {
                self.advance();
                self.take_word("EVOLUTION");
            } else if self.take_words(&["DEFAULT", "COLLATION"]) {
                self.identifier()?;
            } else if self.take_words(&["PARTITIONED", "ON"]) {
                self.identifier_list()?;
            } else {
                break;
            }
        }
        self.expect_word("AS")?;
        let start = self.mark();
        let query = self.query()?;
        if temporary && if_not_exists {
            return Err(self.error::<0, String>(mark, &CREATE_TEMP_VIEW_IF_NOT_EXISTS, []));
        }
        Ok(Command::CreateView(CreateView {
            name,
            columns,
            replace,
            if_not_exists,
            temporary,
            global,
            comment,
            properties,
            query,
            text: self.text_since(start).to_string(),
        }))
    }

    /// `[(columns)] USING format [OPTIONS (…)]` behind the name of a temporary view.
    fn take_view_using(
        &mut self,
        name: &[String],
        replace: bool,
        global: bool,
    ) -> Result<Option<Command>> {
        let start = self.mark();
        let columns = match self.is_symbol("(") {
            true => self.attempt(|parser| parser.parenthesized(Parser::column_definition)),
            false => None,
        };
        if !self.take_word("USING") {
            self.rewind(start);
            return Ok(None);
        }
        let format = self.qualified_name()?.join(".");
        let options = match self.take_word("OPTIONS") {
            true => self.options_list()?,
            false => Options::new(),
        };
        let schema = columns.map(|columns| StructType::new(columns.into_iter().map(|c| c.0)));
        Ok(Some(Command::CreateViewUsing {
            name: name.to_vec(),
            replace,
            global,
            schema,
            format,
            options,
        }))
    }

    /// `name type [NOT NULL] [DEFAULT e] [COMMENT 'text']`: the field and its default.
    pub(super) fn column_definition(&mut self) -> Result<(StructField, Option<Expression>)> {
        let name = self.identifier()?;
        self.take_symbol(":");
        let data_type = self.data_type()?;
        let mut field = StructField::new(name, data_type, true);
        let mut default = None;
        loop {
            if self.take_words(&["NOT", "NULL"]) {
                field.nullable = false;
            } else if self.take_word("COMMENT") {
                field = field.with_comment(self.text_value()?);
            } else if self.take_word("DEFAULT") {
                default = Some(self.expression()?);
            } else {
                return Ok((field, default));
            }
        }
    }

    fn create_table(&mut self, mark: usize, replace: bool, temporary: bool) -> Result<Command> {
        let if_not_exists = self.take_words(&["IF", "NOT", "EXISTS"]);
        let name = self.command_name()?;
        if self.is_word("LIKE") {
            return Ok(self.unsupported("CREATE TABLE … LIKE"));
        }
        let mut table = CreateTable {
            name,
            schema: None,
            format: None,
            options: Options::new(),
            partitioned_by: Vec::new(),
            location: None,
            comment: None,
            properties: Options::new(),
            defaults: Vec::new(),
            replace,
            if_not_exists,
            query: None,
        };
        if self.is_symbol("(") && !self.is_query_start_at(1) {
            let columns = self.parenthesized(Parser::column_definition)?;
            let mut fields = Vec::with_capacity(columns.len());
            for (field, default) in columns {
                table
                    .defaults
                    .extend(default.map(|default| (field.name.clone(), default)));
                fields.push(field);
            }
            table.schema = Some(StructType::new(fields));
        }
        if self.take_word("USING") {
            table.format = Some(self.qualified_name()?.join("."));
        }
        while self.take_table_clause(mark, &mut table)? {}
        let explicit = self.take_word("AS");
        if explicit || self.is_query_start_at(0) {
            table.query = Some(self.query()?);
        }
        if temporary {
            return Err(self.error::<0, String>(
                mark,
                &INVALID_SQL_SYNTAX_CREATE_TEMP_TABLE_USING_PROVIDER,
                [],
            ));
        }
        Ok(Command::CreateTable(table))
    }

    /// One of the clauses between a table's columns and its query, if one comes next.
    fn take_table_clause(&mut self, mark: usize, table: &mut CreateTable) -> Result<bool> {
        if self.take_word("OPTIONS") {
            table.options = self.options_list()?;
        } else if self.take_words(&["PARTITIONED", "BY"]) {
            self.partitioned_by(table)?;
        } else if self.take_word("LOCATION") {
            table.location = Some(self.text_value()?);
        } else if self.take_word("COMMENT") {
            table.comment = Some(self.text_value()?);
        } else if self.take_word("TBLPROPERTIES") {
            table.properties = self.options_list()?;
        } else if self.take_words(&["DEFAULT", "COLLATION"]) {
            self.identifier()?;
        } else if self.take_words(&["CLUSTERED", "BY"]) {
            self.identifier_list()?;
            if self.take_words(&["SORTED", "BY"]) {
                self.parenthesized(|parser| {
                    parser.identifier()?;
                    parser.sort_direction()
                })?;
            }
            self.expect_word("INTO")?;
            self.advance();
            self.expect_word("BUCKETS")?;
        } else if self.is_words(&["CLUSTER", "BY"]) && self.is_symbol_at(2, "(") {
            self.take_words(&["CLUSTER", "BY"]);
            self.parenthesized(Parser::qualified_name)?;
        } else if self.take_words(&["STORED", "AS"]) {
            table.format = Some(self.identifier()?.to_lowercase());
        } else if self.is_words(&["ROW", "FORMAT"]) || self.is_words(&["STORED", "BY"]) {
            let message = "Hive row formats".to_string();
            return Err(self.error(mark, &OPERATION_NOT_ALLOWED, [("message", message)]));
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// `PARTITIONED BY (a, b)` or, in Hive's way, `(a INT, b STRING)`, which adds columns.
    fn partitioned_by(&mut self, table: &mut CreateTable) -> Result<()> {
        let columns = self.parenthesized(|parser| {
            let ends = parser.is_symbol_at(1, ",") || parser.is_symbol_at(1, ")");
            if ends {
                return Ok((parser.identifier()?, None));
            }
            if parser.is_symbol_at(1, "(") {
                return Err(crate::error::Error::unsupported("partition transforms"));
            }
            let (field, _) = parser.column_definition()?;
            Ok((field.name.clone(), Some(field)))
        })?;
        for (name, field) in columns {
            if let Some(field) = field {
                let schema = table.schema.take().unwrap_or_default();
                let fields = schema.iter().cloned().chain([field]);
                table.schema = Some(StructType::new(fields));
            }
            table.partitioned_by.push(name);
        }
        Ok(())
    }

    fn create_database(&mut self) -> Result<Command> {
        let if_not_exists = self.take_words(&["IF", "NOT", "EXISTS"]);
        let name = self.command_name()?;
        loop {
            if self.take_any_word(&["COMMENT", "LOCATION"]).is_some() {
                self.text_value()?;
            } else if self.take_words(&["WITH", "DBPROPERTIES"])
                || self.take_words(&["WITH", "PROPERTIES"])
            {
                self.options_list()?;
            } else if self.take_words(&["DEFAULT", "COLLATION"]) {
                self.identifier()?;
            } else {
                break;
            }
        }
        Ok(Command::CreateDatabase {
            name,
            if_not_exists,
        })
    }

    /// `DROP TABLE | VIEW | DATABASE | FUNCTION | TEMPORARY VARIABLE …`
    pub(super) fn drop(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        let temporary = self.take_any_word(&["TEMPORARY", "TEMP"]).is_some();
        if temporary {
            if self.take_any_word(&["VARIABLE", "VAR"]).is_some() {
                let if_exists = self.take_words(&["IF", "EXISTS"]);
                let name = self.command_name()?;
                return Ok(Command::DropVariable { name, if_exists });
            }
            self.expect_word("FUNCTION")?;
            return self.drop_function(mark, true);
        }
        match self.take_any_word(&[
            "TABLE",
            "VIEW",
            "DATABASE",
            "SCHEMA",
            "NAMESPACE",
            "FUNCTION",
        ]) {
            Some(object @ ("TABLE" | "VIEW")) => {
                let if_exists = self.take_words(&["IF", "EXISTS"]);
                let start = self.mark();
                let name = self.command_name()?;
                let origin = self.origin(start);
                self.take_word("PURGE");
                Ok(Command::Drop {
                    name,
                    view: object == "VIEW",
                    if_exists,
                    origin,
                })
            }
            Some("FUNCTION") => self.drop_function(mark, false),
            Some(_) => {
                let if_exists = self.take_words(&["IF", "EXISTS"]);
                let name = self.command_name()?;
                let cascade = self.take_any_word(&["CASCADE", "RESTRICT"]) == Some("CASCADE");
                Ok(Command::DropDatabase {
                    name,
                    if_exists,
                    cascade,
                })
            }
            None if self.is_word("INDEX") && self.is_kind_at(1, TokenKind::Word) => {
                Ok(self.unsupported("DROP INDEX"))
            }
            None => Err(self.unexpected()),
        }
    }
}
