//! Session variables and `EXECUTE IMMEDIATE`.

use super::super::cursor::Parser;
use crate::error::Result;
use crate::error::conditions::{
    INVALID_SET_SYNTAX, INVALID_SQL_SYNTAX_VARIABLE_TYPE_OR_DEFAULT_REQUIRED,
};
use crate::plan::unresolved::{Argument, Command, Expression, ExpressionKind};

impl Parser<'_> {
    /// `DECLARE [OR REPLACE] [VARIABLE] names [type] [DEFAULT e | = e]`
    pub(super) fn declare(&mut self) -> Result<Command> {
        let mark = self.mark();
        self.advance();
        let replace = self.take_words(&["OR", "REPLACE"]);
        if self.is_identifier_at(1) {
            self.take_any_word(&["VARIABLE", "VAR"]);
        }
        if self.is_words(&["IF", "NOT", "EXISTS"]) {
            return Err(self.unexpected_at(2, ""));
        }
        let names = self.comma_separated(Parser::command_name)?;
        let assigned = |parser: &Self| parser.is_word("DEFAULT") || parser.is_symbol("=");
        let data_type = match assigned(self) || self.is_end() || self.is_symbol(";") {
            true => None,
            false => Some(self.data_type()?),
        };
        let default = if assigned(self) {
            self.advance();
            Some(self.expression()?)
        } else {
            None
        };
        if data_type.is_none() && default.is_none() {
            return Err(self.error::<0, String>(
                mark,
                &INVALID_SQL_SYNTAX_VARIABLE_TYPE_OR_DEFAULT_REQUIRED,
                [],
            ));
        }
        Ok(Command::DeclareVariable {
            names,
            replace,
            data_type,
            default,
        })
    }

    /// `SET VARIABLE name = e, …` and `SET VARIABLE (names) = (query)`, behind SET.
    pub(super) fn set_variable(&mut self) -> Result<Command> {
        self.advance();
        if self.is_symbol("(") && self.is_symbol_at(1, ")") {
            let start = self.mark() - 2;
            while !self.is_end() && !self.is_symbol(";") {
                self.advance();
            }
            return Err(self.error::<0, String>(start, &INVALID_SET_SYNTAX, []));
        }
        if self.is_symbol("(") {
            let names = self.parenthesized(Parser::command_name)?;
            self.expect_symbol("=")?;
            let query = self.parenthesized_query()?;
            return Ok(Command::SetVariableQuery { names, query });
        }
        let assignments = self.comma_separated(|parser| {
            let name = parser.command_name()?;
            parser.expect_symbol("=")?;
            Ok((name, parser.expression()?))
        })?;
        Ok(Command::SetVariable { assignments })
    }

    /// `EXECUTE IMMEDIATE text [INTO variables] [USING arguments]`
    pub(super) fn execute_immediate(&mut self) -> Result<Command> {
        self.advance();
        self.expect_word("IMMEDIATE")?;
        let text = self.expression()?;
        let into = match self.take_word("INTO") {
            true => self.comma_separated(Parser::command_name)?,
            false => Vec::new(),
        };
        let using = if !self.take_word("USING") {
            Vec::new()
        } else if self.is_symbol("(") {
            match self.attempt(|parser| {
                let arguments = parser.parenthesized(Parser::named_expression)?;
                match parser.is_end() || parser.is_symbol(";") {
                    true => Ok(arguments),
                    false => Err(parser.unexpected()),
                }
            }) {
                Some(arguments) => arguments,
                None => self.comma_separated(Parser::named_expression)?,
            }
        } else {
            self.comma_separated(Parser::named_expression)?
        };
        let using = using.into_iter().map(named_argument).collect();
        Ok(Command::ExecuteImmediate { text, into, using })
    }
}

/// `e AS name` as a named argument.
fn named_argument(expression: Expression) -> Argument {
    match *expression.kind {
        ExpressionKind::Alias { operand, mut names } => Argument {
            name: names.pop(),
            value: operand,
        },
        kind => Argument {
            name: None,
            value: Expression::new(kind).at(expression.origin),
        },
    }
}
