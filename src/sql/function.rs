//! Calls: arguments and what may follow them, and the functions with a syntax of their own.

use super::cursor::Parser;
use super::lexer::{Token, TokenKind};
use crate::error::Result;
use crate::plan::unresolved::{Argument, Expression, ExpressionKind, FunctionCall};
use crate::types::{DataType, Value};

impl Parser<'_> {
    /// A call whose name has been read; the parenthesis comes next.
    pub(super) fn function_call(&mut self, mark: usize, name: Vec<String>) -> Result<Expression> {
        let (distinct, mut arguments) = self.arguments()?;
        let counts_rows = name.len() == 1
            && name[0].eq_ignore_ascii_case("count")
            && !distinct
            && matches!(&arguments[..], [only] if is_bare_star(&only.value));
        if counts_rows {
            // As in Spark, where count(*) is count(1) from here on, in column names, too.
            let origin = arguments[0].value.origin.take();
            arguments[0].value =
                Expression::literal(Value::Integer(1), DataType::Integer).at(origin);
        }
        let mut call = plain_call(name, arguments);
        call.distinct = distinct;
        self.call_tail(mark, call)
    }

    /// `([DISTINCT | ALL] argument, …)`: whether DISTINCT, and the arguments.
    pub(super) fn arguments(&mut self) -> Result<(bool, Vec<Argument>)> {
        self.expect_symbol("(")?;
        if self.take_symbol(")") {
            return Ok((false, Vec::new()));
        }
        let quantifier_ends = self.is_symbol_at(1, ")") || self.is_symbol_at(1, ",");
        let distinct = !quantifier_ends && self.take_word("DISTINCT");
        if !distinct && !quantifier_ends && !self.is_symbol_at(1, ".") && !self.is_symbol_at(1, "(")
        {
            self.take_word("ALL");
        }
        let arguments = self.comma_separated(Parser::argument)?;
        self.expect_symbol(")")?;
        Ok((distinct, arguments))
    }

    fn argument(&mut self) -> Result<Argument> {
        let name = if self.is_identifier_at(0) && self.is_symbol_at(1, "=>") {
            let name = self.identifier()?;
            self.advance();
            Some(name)
        } else {
            None
        };
        let value = self.expression()?;
        Ok(Argument { name, value })
    }

    /// `WITHIN GROUP (…)`, `FILTER (WHERE …)`, `IGNORE NULLS` and `OVER …` behind a call.
    pub(super) fn call_tail(&mut self, mark: usize, mut call: FunctionCall) -> Result<Expression> {
        if self.take_words(&["WITHIN", "GROUP"]) {
            self.expect_symbol("(")?;
            self.expect_words(&["ORDER", "BY"])?;
            call.within_group = self.comma_separated(Parser::sort_order)?;
            self.expect_symbol(")")?;
        }
        if self.is_word("FILTER") && self.is_symbol_at(1, "(") && self.is_word_at(2, "WHERE") {
            self.advance();
            self.advance();
            self.advance();
            call.filter = Some(self.expression()?);
            self.expect_symbol(")")?;
        }
        if self.take_words(&["IGNORE", "NULLS"]) {
            call.ignore_nulls = Some(true);
        } else if self.take_words(&["RESPECT", "NULLS"]) {
            call.ignore_nulls = Some(false);
        }
        let function = self.spanned(mark, ExpressionKind::Function(call));
        if self.is_word("OVER") && (self.is_symbol_at(1, "(") || self.is_identifier_at(1)) {
            self.advance();
            let window = self.window_reference()?;
            return Ok(self.spanned(mark, ExpressionKind::Window { function, window }));
        }
        Ok(function)
    }

    /// A function whose arguments are not a plain list, if the next word is one; a parenthesis follows it.
    pub(super) fn special_call(&mut self) -> Result<Option<Expression>> {
        let name = self.text(self.token()).to_uppercase();
        let mark = self.mark();
        // Without arguments, or with a quantifier or a name before the first, it is an ordinary call.
        let ordinary = self.is_symbol_at(2, ")")
            || self.is_symbol_at(3, "=>")
            || (self.is_any_word_at(2, &["DISTINCT", "ALL"]) && !self.is_symbol_at(3, ","));
        match name.as_str() {
            "STRUCT" => self.structure(mark).map(Some),
            _ if ordinary => Ok(None),
            "EXTRACT" if self.is_word_at(3, "FROM") => self.extract().map(Some),
            "POSITION" => self.position().map(Some),
            "SUBSTRING" | "SUBSTR" => self.substring().map(Some),
            "OVERLAY" => self.overlay().map(Some),
            "TRIM" => self.trim().map(Some),
            "FIRST" | "LAST" | "ANY_VALUE" => self.with_nulls_inside().map(Some),
            "TIMESTAMPADD" | "DATEADD" | "DATE_ADD" | "TIMESTAMPDIFF" | "DATEDIFF"
            | "DATE_DIFF" | "TIMEDIFF"
                if self.is_date_unit_at(2) && self.is_symbol_at(3, ",") =>
            {
                self.date_unit_call(mark, &name).map(Some)
            }

            _ => Ok(None),
        }
    }

    /// `EXTRACT(field FROM source)`
    fn extract(&mut self) -> Result<Expression> {
        let mark = self.mark();
        self.advance();
        self.advance();
        let start = self.mark();
        let field = match self.token().kind {
            TokenKind::Text => {
                let token = self.advance();
                self.decode_text(token)
            }
            _ => self.identifier()?,
        };
        let field = ExpressionKind::Literal(Value::from(field), DataType::String);
        let field = self.spanned(start, field);
        self.expect_word("FROM")?;
        let source = self.value()?;
        self.expect_symbol(")")?;
        Ok(self.call(mark, "extract", vec![field, source]))
    }

    /// `POSITION(part IN whole)`
    fn position(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        self.advance();
        let part = self.value()?;
        if !self.take_word("IN") {
            return self.call_going_on(mark, name, part);
        }
        let whole = self.value()?;
        self.expect_symbol(")")?;
        Ok(self.call(mark, "locate", vec![part, whole, one()]))
    }

    /// `SUBSTRING(text FROM position [FOR length])`
    fn substring(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        self.advance();
        let text = self.value()?;
        if !self.take_word("FROM") {
            return self.call_going_on(mark, name, text);
        }
        let mut arguments = vec![text, self.value()?];
        if self.take_word("FOR") {
            arguments.push(self.value()?);
        }
        self.expect_symbol(")")?;
        Ok(self.call(mark, "substring", arguments))
    }

    /// `OVERLAY(text PLACING part FROM position [FOR length])`
    fn overlay(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        self.advance();
        let text = self.value()?;
        if !self.take_word("PLACING") {
            return self.call_going_on(mark, name, text);
        }
        let part = self.value()?;
        self.expect_word("FROM")?;
        let position = self.value()?;
        let length = if self.take_word("FOR") {
            self.value()?
        } else {
            Expression::literal(Value::Integer(-1), DataType::Integer)
        };
        self.expect_symbol(")")?;
        Ok(self.call(mark, "overlay", vec![text, part, position, length]))
    }

    /// `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`; as a function the characters come first.
    fn trim(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        self.advance();
        let side = match self.is_symbol_at(1, ")") || self.is_symbol_at(1, ",") {
            true => None,
            false => self.take_any_word(&["BOTH", "LEADING", "TRAILING"]),
        };
        let function = match side {
            Some("LEADING") => "ltrim",
            Some("TRAILING") => "rtrim",
            _ => "trim",
        };
        let mut arguments = Vec::new();
        if !(side.is_some() && self.is_word("FROM")) {
            let characters = self.expression()?;
            if side.is_none() && !self.is_word("FROM") {
                return self.call_going_on(mark, name, characters);
            }
            arguments.push(characters);
        }
        self.expect_word("FROM")?;
        arguments.push(self.expression()?);
        self.expect_symbol(")")?;
        Ok(self.call(mark, function, arguments))
    }

    /// `FIRST(e [IGNORE NULLS])`, likewise LAST and ANY_VALUE: the NULLS clause may stand inside.
    fn with_nulls_inside(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let name = self.advance();
        self.advance();
        let value = self.expression()?;
        if !self.take_words(&["IGNORE", "NULLS"]) {
            return self.call_going_on(mark, name, value);
        }
        self.expect_symbol(")")?;
        let argument = Argument { name: None, value };
        let mut call = plain_call(vec![self.name_of(name)], vec![argument]);
        call.ignore_nulls = Some(true);
        self.call_tail(mark, call)
    }

    /// An ordinary call whose first argument has been read.
    fn call_going_on(&mut self, mark: usize, name: Token, first: Expression) -> Result<Expression> {
        let mut arguments = vec![Argument {
            name: None,
            value: first,
        }];
        while self.take_symbol(",") {
            arguments.push(self.argument()?);
        }
        self.expect_symbol(")")?;
        self.call_tail(mark, plain_call(vec![self.name_of(name)], arguments))
    }

    fn is_date_unit_at(&self, ahead: usize) -> bool {
        const UNITS: &[&str] = &[
            "YEAR",
            "QUARTER",
            "MONTH",
            "WEEK",
            "DAY",
            "DAYOFYEAR",
            "HOUR",
            "MINUTE",
            "SECOND",
            "MILLISECOND",
            "MICROSECOND",
        ];
        self.is_any_word_at(ahead, UNITS)
    }

    /// `TIMESTAMPADD(unit, n, e)` and `TIMESTAMPDIFF(unit, a, b)` with their synonyms.
    fn date_unit_call(&mut self, mark: usize, name: &str) -> Result<Expression> {
        self.advance();
        self.advance();
        let unit = self.advance();
        let unit = Value::from(self.text(unit).to_uppercase());
        let mut arguments = vec![Expression::literal(unit, DataType::String)];
        for _ in 0..2 {
            self.expect_symbol(",")?;
            arguments.push(self.value()?);
        }
        self.expect_symbol(")")?;
        let function = match name {
            "TIMESTAMPADD" | "DATEADD" | "DATE_ADD" => "timestampadd",
            _ => "timestampdiff",
        };
        Ok(self.call(mark, function, arguments))
    }

    /// `STRUCT(a, b AS c)`
    fn structure(&mut self, mark: usize) -> Result<Expression> {
        let name = self.advance();
        let name = self.text(name).to_string();
        self.expect_symbol("(")?;
        let mut arguments = Vec::new();
        if !self.is_symbol(")") {
            for value in self.comma_separated(Parser::named_expression)? {
                arguments.push(Argument { name: None, value });
            }
        }
        self.expect_symbol(")")?;
        self.call_tail(mark, plain_call(vec![name], arguments))
    }
}

fn one() -> Expression {
    Expression::literal(Value::Integer(1), DataType::Integer)
}

fn is_bare_star(expression: &Expression) -> bool {
    matches!(&*expression.kind, ExpressionKind::Star { target, except }
        if target.is_empty() && except.is_empty())
}

fn plain_call(name: Vec<String>, arguments: Vec<Argument>) -> FunctionCall {
    FunctionCall {
        name,
        arguments,
        distinct: false,
        filter: None,
        within_group: Vec::new(),
        ignore_nulls: None,
    }
}
