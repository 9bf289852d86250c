//! `CREATE FUNCTION` and `DROP FUNCTION`.

use super::super::cursor::Parser;
use super::super::lexer::TokenKind;
use crate::error::conditions::{
    INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_COLUMN_CONSTRAINTS,
    INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS,
    INVALID_SQL_SYNTAX_CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE,
    INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_DATABASE,
    INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS, INVALID_SQL_SYNTAX_MULTI_PART_NAME,
};
use crate::error::{Result, quote};
use crate::plan::unresolved::{
    Command, CreateFunction, FunctionBody, FunctionParameter, FunctionReturn,
};
use crate::types::{StructField, StructType};

impl Parser<'_> {
    /// `CREATE [OR REPLACE] [TEMPORARY] FUNCTION …`, behind FUNCTION.
    pub(super) fn create_function(
        &mut self,
        mark: usize,
        replace: bool,
        temporary: bool,
    ) -> Result<Command> {
        let if_not_exists = self.take_words(&["IF", "NOT", "EXISTS"]);
        let name = self.command_name()?;
        let mut function = CreateFunction {
            name,
            replace,
            temporary,
            if_not_exists,
            parameters: Vec::new(),
            returns: FunctionReturn::FromBody,
            comment: None,
            deterministic: None,
            reads_sql_data: None,
            body: FunctionBody::Class(String::new()),
            text: String::new(),
            origin: None,
        };
        if self.take_word("AS") {
            function.body = FunctionBody::Class(self.text_value()?);
            if self.take_word("USING") {
                self.comma_separated(|parser| {
                    parser.identifier()?;
                    parser.text_value()
                })?;
            }
        } else {
            self.sql_function(&mut function)?;
        }
        function.origin = self.origin(mark);
        self.check_function(mark, &function)?;
        Ok(Command::CreateFunction(function))
    }

    /// Everything of a SQL function behind its name.
    fn sql_function(&mut self, function: &mut CreateFunction) -> Result<()> {
        self.expect_symbol("(")?;
        if !self.take_symbol(")") {
            function.parameters = self.comma_separated(Parser::function_parameter)?;
            self.expect_symbol(")")?;
        }
        if self.is_word("RETURNS") && !self.is_word_at(1, "NULL") {
            self.advance();
            function.returns = self.function_return()?;
        }
        while self.take_characteristic(function)? {}
        self.expect_word("RETURN")?;
        let start = self.mark();
        let is_query = self.is_query_start_at(0) && !self.is_symbol("(");
        function.body = if is_query {
            FunctionBody::Query(self.query()?)
        } else if self.is_symbol("(") && self.is_query_start_at(1) {
            // A parenthesized query is a query to a table function and a value to a scalar one.
            match function.returns {
                FunctionReturn::Table(_) => FunctionBody::Query(self.query()?),
                _ => FunctionBody::Expression(self.expression()?),
            }
        } else {
            FunctionBody::Expression(self.expression()?)
        };
        function.text = self.text_since(start).to_string();
        Ok(())
    }

    /// `name type [DEFAULT e] [COMMENT 'text']`
    fn function_parameter(&mut self) -> Result<FunctionParameter> {
        let mark = self.mark();
        let name = self.identifier()?;
        let mut field = StructField::new(name, self.data_type()?, true);
        let mut default = None;
        loop {
            if self.take_word("DEFAULT") {
                default = Some(self.expression()?);
            } else if self.take_word("COMMENT") {
                field = field.with_comment(self.text_value()?);
            } else if self.take_words(&["NOT", "NULL"]) {
                field.nullable = false;
            } else if self.is_words(&["GENERATED", "ALWAYS", "AS"]) {
                let condition =
                    &INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS;
                return Err(self.error::<0, String>(mark, condition, []));
            } else if self.is_any_word(&["UNIQUE", "CHECK", "PRIMARY", "REFERENCES", "CONSTRAINT"])
            {
                let condition = &INVALID_SQL_SYNTAX_CREATE_FUNC_WITH_COLUMN_CONSTRAINTS;
                return Err(self.error::<0, String>(mark, condition, []));
            } else {
                return Ok(FunctionParameter { field, default });
            }
        }
    }

    /// What stands behind RETURNS: a type, or TABLE with columns.
    fn function_return(&mut self) -> Result<FunctionReturn> {
        if !self.take_word("TABLE") {
            return self.data_type().map(FunctionReturn::Scalar);
        }
        if !self.is_symbol("(") {
            return Ok(FunctionReturn::Table(None));
        }
        let columns = self.parenthesized(|parser| {
            let name = parser.identifier()?;
            parser.take_symbol(":");
            let mut field = StructField::new(name, parser.data_type()?, true);
            if parser.take_words(&["NOT", "NULL"]) {
                field.nullable = false;
            }
            if parser.take_word("COMMENT") {
                field = field.with_comment(parser.text_value()?);
            }
            Ok(field)
        })?;
        Ok(FunctionReturn::Table(Some(StructType::new(columns))))
    }

    /// One of the properties between RETURNS and RETURN, if one comes next.
    fn take_characteristic(&mut self, function: &mut CreateFunction) -> Result<bool> {
        if self.take_word("LANGUAGE") || self.take_word("SPECIFIC") {
            self.identifier()?;
        } else if self.take_words(&["NOT", "DETERMINISTIC"]) {
            function.deterministic = Some(false);
        } else if self.take_word("DETERMINISTIC") {
            function.deterministic = Some(true);
        } else if self.take_words(&["CONTAINS", "SQL"]) {
            function.reads_sql_data = Some(false);
        } else if self.take_words(&["READS", "SQL", "DATA"]) {
            function.reads_sql_data = Some(true);
        } else if self.take_word("COMMENT") {
            function.comment = Some(self.text_value()?);
        } else {
            let others: &[&[&str]] = &[
                &["RETURNS", "NULL", "ON", "NULL", "INPUT"],
                &["CALLED", "ON", "NULL", "INPUT"],
                &["SQL", "SECURITY", "INVOKER"],
                &["SQL", "SECURITY", "DEFINER"],
            ];
            return Ok(others.iter().any(|words| self.take_words(words)));
        }
        Ok(true)
    }

    fn check_function(&self, mark: usize, function: &CreateFunction) -> Result<()> {
        let fail = |condition| Err(self.error::<0, String>(mark, condition, []));
        if function.replace && function.if_not_exists {
            return fail(&INVALID_SQL_SYNTAX_CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE);
        }
        if function.temporary && function.if_not_exists {
            return fail(&INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS);
        }
        if function.temporary && function.name.len() > 1 {
            let database = quote::identifier(&function.name[0]);
            let condition = &INVALID_SQL_SYNTAX_CREATE_TEMP_FUNC_WITH_DATABASE;
            return Err(self.error(mark, condition, [("database", database)]));
        }
        Ok(())
    }

    /// `DROP [TEMPORARY] FUNCTION [IF EXISTS] name`, behind FUNCTION.
    pub(super) fn drop_function(&mut self, mark: usize, temporary: bool) -> Result<Command> {
        let if_exists = self.take_words(&["IF", "EXISTS"]);
        let name = match self.token().kind {
            TokenKind::Text => vec![self.text_value()?],
            _ => self.command_name()?,
        };
        if temporary && name.len() > 1 {
            let parameters = [
                ("statement", "DROP TEMPORARY FUNCTION".to_string()),
                ("name", quote::name(&name)),
            ];
            return Err(self.error(mark, &INVALID_SQL_SYNTAX_MULTI_PART_NAME, parameters));
        }
        Ok(Command::DropFunction {
            name,
            temporary,
            if_exists,
        })
    }
}
