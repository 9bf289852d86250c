//! What operators join: literals, columns, calls, CASE, CAST, subqueries, lambdas, and what may follow
//! each of them: `.field`, `[key]`, `::type`, `:path`, `COLLATE name`.

use super::cursor::Parser;
use super::identifier::parse_parts;
use super::lexer::TokenKind;
use crate::error::Result;
use crate::error::conditions::PARSE_SYNTAX_ERROR;
use crate::plan::unresolved::{Expression, ExpressionKind, ParameterName};
use crate::types::{DataType, StructField, Value};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let mut operand = self.head()?;
        let mut length = 0;
        loop {
            self.check_chain(&mut length)?;
            if self.is_symbol(".") {
                operand = self.dot(mark, operand)?;
                if matches!(*operand.kind, ExpressionKind::Star { .. }) {
                    return Ok(operand);
                }
            } else if self.take_symbol("[") {
                let key = self.value()?;
                self.expect_symbol("]")?;
                operand = self.spanned(mark, ExpressionKind::Extract { operand, key });
            } else if self.take_symbol("::") {
                let to = without_length(self.data_type()?);
                let is_try = false;
                operand = self.spanned(
                    mark,
                    ExpressionKind::Cast {
                        operand,
                        to,
                        is_try,
                    },
                );
            } else if self.is_symbol(":") && !self.is_symbol_at(1, ":") {
                operand = self.path(mark, operand)?;
            } else if self.is_word("COLLATE") && self.is_identifier_at(1) {
                self.advance();
                let name = self.qualified_name()?.join(".");
                let name = Expression::literal(Value::from(name), DataType::String);
                operand = self.call(mark, "collate", vec![operand, name]);
            } else {
                return Ok(operand);
            }
        }
    }

    /// What a primary expression starts with.
    fn head(&mut self) -> Result<Expression> {
        let mark = self.mark();
        match self.token().kind {
            TokenKind::Number(_) => self.number(),
            TokenKind::Symbol("-") if self.is_number_at(1) => self.number(),
            TokenKind::Text => Ok(self.text_literal()),
            TokenKind::QuotedName if self.is_symbol_at(1, "->") => self.lambda(mark),
            TokenKind::QuotedName => self.name_or_call(),
            TokenKind::Word => self.word(),
            TokenKind::Symbol("(") => self.parentheses(),
            TokenKind::Symbol("*") => {
                self.advance();
                self.star(mark, Vec::new())
            }
            TokenKind::Symbol("?") => {
                self.advance();
                let parameter = ParameterName::Position(self.parameters);
                let given = self.options.parameters.get(self.parameters);
                self.parameters += 1;
                if let Some((None, value)) = given {
                    return Ok(value.clone());
                }
                Ok(self.spanned(mark, ExpressionKind::Parameter(parameter)))
            }
            TokenKind::Symbol(":") if self.is_identifier_at(1) => {
                self.advance();
                let name = self.advance();
                let name = self.name_of(name);
                let mut given = self.options.parameters.iter();
                if let Some((_, value)) = given.find(|(known, _)| known.as_ref() == Some(&name)) {
                    return Ok(value.clone());
                }
                let name = ParameterName::Named(name);
                Ok(self.spanned(mark, ExpressionKind::Parameter(name)))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let bare = !self.is_symbol_at(1, "(") && !self.is_symbol_at(1, ".");
        if bare && self.take_word("NULL") {
            return Ok(self.spanned(mark, ExpressionKind::Literal(Value::Null, DataType::Null)));
        }
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if bare && self.take_word(word) {
                let literal = ExpressionKind::Literal(Value::Boolean(value), DataType::Boolean);
                return Ok(self.spanned(mark, literal));
            }
        }
        if self.is_symbol_at(1, "->") {
            return self.lambda(mark);
        }
        if self.is_interval_literal() {
            return self.interval_literal();
        }
        if self.is_word("CASE") && !self.ends_operand_at(1) && !self.is_word_at(1, "END") {
            return self.case();
        }
        if self.is_kind_at(1, TokenKind::Text) {
            return self.typed_literal();
        }
        if self.is_symbol_at(1, "(") {
            if self.is_any_word(&["CAST", "TRY_CAST"]) {
                return self.cast();
            }
            if self.is_word("EXISTS") && self.is_query_start_at(2) {
                self.advance();
                let query = self.parenthesized_query()?;
                return Ok(self.spanned(mark, ExpressionKind::Exists(query)));
            }
            if let Some(expression) = self.special_call()? {
                return Ok(expression);
            }
        }
        if self.is_word("DEFAULT") && self.ends_operand_at(1) && !self.is_symbol_at(1, ".") {
            self.advance();
            return Ok(self.spanned(mark, ExpressionKind::Default));
        }
        self.name_or_call()
    }

    /// Whether the token ahead cannot start an operand, so that the word before it is a name.
    fn ends_operand_at(&self, ahead: usize) -> bool {
        match self.token_at(ahead).kind {
            TokenKind::Symbol(symbol) => !matches!(symbol, "(" | "-" | "+" | "~" | "?" | ":" | "!"),
            TokenKind::End => true,
            _ => false,
        }
    }

    /// A column, or a call if a parenthesis follows the name.
    fn name_or_call(&mut self) -> Result<Expression> {
        let mark = self.mark();
        if let Some(name) = self.take_identifier_clause()? {
            return self.identifier_clause(mark, name);
        }
        if self.is_identifier_literal() {
            let parts = self.qualified_name()?;
            if self.is_symbol("(") {
                return self.function_call(mark, parts);
            }
            return Ok(self.attribute(mark, parts));
        }
        // Reserved words that are functions all the same.
        let function = self.is_any_word(&["FILTER", "LEFT", "RIGHT"]) && self.is_symbol_at(1, "(");
        let constant = self.is_any_word(&[
            "CURRENT_DATE",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "CURRENT_USER",
            "SESSION_USER",
            "USER",
        ]);
        if !self.is_identifier_at(0) && (function || constant) {
            let token = self.advance();
            let name = vec![self.name_of(token)];
            return match self.is_symbol("(") {
                true => self.function_call(mark, name),
                false => Ok(self.attribute(mark, name)),
            };
        }
        if !self.is_identifier_at(0) {
            return Err(self.unexpected());
        }
        // a.b.c( is a call of a.b.c; otherwise only the first part is taken here, and `primary` adds fields.
        let mut length = 1;
        while self.is_symbol_at(length, ".") && self.is_identifier_at(length + 1) {
            length += 2;
        }
        if self.is_symbol_at(length, "(") {
            let name = self.qualified_name()?;
            return self.function_call(mark, name);
        }
        let token = self.advance();
        let name = self.name_of(token);
        Ok(self.attribute(mark, vec![name]))
    }

    fn attribute(&self, mark: usize, parts: Vec<String>) -> Expression {
        self.spanned(
            mark,
            ExpressionKind::Attribute {
                parts,
                plan_id: None,
            },
        )
    }

    /// What follows `IDENTIFIER(expression)`: the parser resolves constant names itself.
    fn identifier_clause(&mut self, mark: usize, name: Expression) -> Result<Expression> {
        let parts = super::identifier::constant_text(&name).map(|text| parse_parts(&text));
        match parts.transpose()? {
            Some(parts) if self.is_symbol("(") => self.function_call(mark, parts),
            Some(parts) => Ok(self.attribute(mark, parts)),
            None => {
                let arguments = if self.is_symbol("(") {
                    Some(self.arguments()?.1)
                } else {
                    None
                };
                Ok(self.spanned(mark, ExpressionKind::Identifier { name, arguments }))
            }
        }
    }

    /// `.name` or `.*` behind an operand.
    fn dot(&mut self, mark: usize, operand: Expression) -> Result<Expression> {
        self.advance();
        if self.take_symbol("*") {
            return match *operand.kind {
                ExpressionKind::Attribute { parts, .. } => self.star(mark, parts),
                _ => {
                    self.rewind(self.mark() - 1);
                    Err(self.unexpected())
                }
            };
        }
        let names = if self.is_identifier_literal() {
            self.identifier_literal()?
        } else if self.is_identifier_at(0) {
            let token = self.advance();
            vec![self.name_of(token)]
        } else {
            return Err(self.unexpected());
        };
        Ok(match *operand.kind {
            ExpressionKind::Attribute { mut parts, .. } => {
                parts.extend(names);
                self.attribute(mark, parts)
            }
            kind => {
                let operand = Expression::new(kind).at(operand.origin);
                let key = names.into_iter().next().unwrap_or_default();
                let key = Expression::literal(Value::from(key), DataType::String);
                self.spanned(mark, ExpressionKind::Extract { operand, key })
            }
        })
    }

    /// What may follow a star: `EXCEPT (columns)`.
    fn star(&mut self, mark: usize, target: Vec<String>) -> Result<Expression> {
        let excepts =
            self.is_word("EXCEPT") && self.is_symbol_at(1, "(") && !self.is_query_start_at(2);
        let except = if excepts {
            self.advance();
            self.parenthesized(Parser::qualified_name)?
        } else {
            Vec::new()
        };
        Ok(self.spanned(mark, ExpressionKind::Star { target, except }))
    }

    /// `:field[0].inner` behind an operand: a path into a VARIANT.
    fn path(&mut self, mark: usize, operand: Expression) -> Result<Expression> {
        self.advance();
        let start = self.mark();
        if self.is_identifier_at(0) {
            self.advance();
        } else if !self.is_symbol("[") {
            return Err(self.unexpected());
        }
        loop {
            if self.is_symbol(".") && self.is_identifier_at(1) {
                self.advance();
                self.advance();
            } else if self.take_symbol("[") {
                match self.token().kind {
                    TokenKind::Text | TokenKind::Number(_) => self.advance(),
                    TokenKind::Symbol("*") => self.advance(),
                    _ => return Err(self.unexpected()),
                };
                self.expect_symbol("]")?;
            } else {
                break;
            }
        }
        let path = self.text_since(start).to_string();
        let separator = if path.starts_with('[') { "" } else { "." };
        let path = Value::from(format!("${separator}{path}"));
        let path = Expression::literal(path, DataType::String);
        Ok(self.call(mark, "semi_structured_extract", vec![operand, path]))
    }

    /// `(query)`, `(expression)`, `(a, b)` as a struct, `(x, y) -> body`.
    fn parentheses(&mut self) -> Result<Expression> {
        let mark = self.mark();
        if self.is_lambda_parameters() {
            return self.lambda(mark);
        }
        if self.is_query_start_at(1) {
            return self.either(
                |parser| {
                    let query = parser.parenthesized_query()?;
                    Ok(parser.spanned(mark, ExpressionKind::ScalarSubquery(query)))
                },
                |parser| parser.row_or_parenthesized(mark),
            );
        }
        self.row_or_parenthesized(mark)
    }

    fn row_or_parenthesized(&mut self, mark: usize) -> Result<Expression> {
        self.expect_symbol("(")?;
        let first = self.named_expression()?;
        if !self.is_symbol(",") {
            if matches!(*first.kind, ExpressionKind::Alias { .. }) {
                return Err(self.unexpected());
            }
            self.expect_symbol(")")?;
            return Ok(first);
        }
        let mut elements = vec![first];
        while self.take_symbol(",") {
            elements.push(self.named_expression()?);
        }
        self.expect_symbol(")")?;
        let mut arguments = Vec::with_capacity(elements.len() * 2);
        for (index, element) in elements.into_iter().enumerate() {
            let name = match &*element.kind {
                ExpressionKind::Attribute { parts, .. } => parts.last().cloned(),
                ExpressionKind::Alias { names, .. } => names.first().cloned(),
                _ => None,
            };
            let name = name.unwrap_or_else(|| format!("col{}", index + 1));
            arguments.push(Expression::literal(Value::from(name), DataType::String));
            arguments.push(match *element.kind {
                ExpressionKind::Alias { operand, .. } => operand,
                kind => Expression::new(kind).at(element.origin),
            });
        }
        Ok(self.call(mark, "named_struct", arguments))
    }

    /// Whether `(a, b, …) ->` comes next.
    fn is_lambda_parameters(&self) -> bool {
        let mut ahead = 1;
        loop {
            if !self.is_identifier_at(ahead) {
                return false;
            }
            ahead += 1;
            if self.is_symbol_at(ahead, ")") {
                return self.is_symbol_at(ahead + 1, "->");
            }
            if !self.is_symbol_at(ahead, ",") {
                return false;
            }
            ahead += 1;
        }
    }

    fn lambda(&mut self, mark: usize) -> Result<Expression> {
        let parameters = if self.is_symbol("(") {
            self.identifier_list()?
        } else {
            vec![self.identifier()?]
        };
        self.expect_symbol("->")?;
        let body = self.expression()?;
        Ok(self.spanned(mark, ExpressionKind::Lambda { parameters, body }))
    }

    /// `CASE [operand] WHEN … THEN … [ELSE …] END`
    fn case(&mut self) -> Result<Expression> {
        let mark = self.mark();
        self.advance();
        let operand = if self.is_word("WHEN") {
            None
        } else {
            Some(self.expression()?)
        };
        let mut arguments = Vec::new();
        while self.is_word("WHEN") {
            let branch = self.mark();
            self.advance();
            let condition = self.expression()?;
            arguments.push(match &operand {
                None => condition,
                Some(operand) => self.call(branch, "=", vec![operand.clone(), condition]),
            });
            self.expect_word("THEN")?;
            arguments.push(self.expression()?);
        }
        if arguments.is_empty() {
            return Err(self.unexpected());
        }
        if self.take_word("ELSE") {
            arguments.push(self.expression()?);
        }
        self.expect_word("END")?;
        Ok(self.call(mark, "when", arguments))
    }

    /// `CAST(e AS type)`, `TRY_CAST(e AS type)`
    fn cast(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let is_try = self.is_word("TRY_CAST");
        self.advance();
        self.expect_symbol("(")?;
        let operand = self.expression()?;
        self.expect_word("AS")?;
        let to = without_length(self.data_type()?);
        self.expect_symbol(")")?;
        Ok(self.spanned(
            mark,
            ExpressionKind::Cast {
                operand,
                to,
                is_try,
            },
        ))
    }

    /// Runs `first`, and `second` from the same place where `first` meets a syntax error. If both do, the
    /// error of the one that got further is reported.
    pub(super) fn either<T>(
        &mut self,
        first: impl FnOnce(&mut Self) -> Result<T>,
        second: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let start = self.mark();
        let parameters = self.parameters;
        let error = match first(self) {
            Ok(result) => return Ok(result),
            Err(error) if error.condition() != &PARSE_SYNTAX_ERROR => return Err(error),
            Err(error) => error,
        };
        let reached = self.mark();
        self.rewind(start);
        self.parameters = parameters;
        second(self).map_err(|other| if self.mark() > reached { other } else { error })
    }
}

/// CHAR(n) and VARCHAR(n) as STRING, which is what a cast to them gives.
fn without_length(data_type: DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        DataType::Array {
            element,
            contains_null,
        } => DataType::array(without_length((*element).clone()), contains_null),
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => DataType::map(
            without_length((*key).clone()),
            without_length((*value).clone()),
            value_contains_null,
        ),
        DataType::Struct(fields) => DataType::structure(fields.iter().map(|field| StructField {
            data_type: without_length(field.data_type.clone()),
            ..field.clone()
        })),
        other => other,
    }
}
