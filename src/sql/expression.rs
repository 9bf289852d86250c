//! Expressions down to operators; what operators join is in `primary.rs`.
//!
//! ```text
//!   expression   conjunctions joined by OR
//!   conjunction  negations joined by AND
//!   negation     NOT … | comparison with at most one predicate: BETWEEN, IN, LIKE, IS …
//!   value        operators by binding strength, loosest first:
//!                comparison · | · ^ · & · << >> >>> · + - || · * / % DIV · unary - + ~
//! ```
//!
//! AND and OR chains become balanced trees, as in Spark, so that thousands of terms make a tree of depth
//! ten or so; chains of other operators are parsed in a loop but lean to the left as deep as they are long.

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::Result;
use crate::error::conditions::{
    INVALID_CLAUSE, INVALID_ESC, INVALID_SQL_SYNTAX_EMPTY_IN_PREDICATE,
    SYNTAX_DISCONTINUED_BANG_EQUALS_NOT,
};
use crate::plan::unresolved::{Expression, ExpressionKind};
use crate::types::{DataType, Value};

/// A binary operator: its binding strength and the function it calls.
struct Operator {
    strength: u8,
    function: &'static str,
    /// Whether the result is negated: `!=` is a negated `=`.
    negated: bool,
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        self.nested(|parser| {
            let mark = parser.mark();
            let mut terms = vec![parser.conjunction()?];
            while parser.take_word("OR") {
                terms.push(parser.conjunction()?);
            }
            Ok(parser.balanced(mark, "or", terms))
        })
    }

    fn conjunction(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let mut terms = vec![self.negation()?];
        while self.take_word("AND") {
            terms.push(self.negation()?);
        }
        Ok(self.balanced(mark, "and", terms))
    }

    /// Joins terms by a function of two arguments into a tree of least depth.
    fn balanced(&self, mark: usize, function: &str, terms: Vec<Expression>) -> Expression {
        let mut level = terms;
        let origin = self.origin(mark);
        while level.len() > 1 {
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            let mut terms = level.into_iter();
            while let Some(left) = terms.next() {
                next.push(match terms.next() {
                    Some(right) => Expression::call(function, vec![left, right]).at(origin.clone()),
                    None => left,
                });
            }
            level = next;
        }
        level.pop().expect("a chain has at least one term")
    }

    fn negation(&mut self) -> Result<Expression> {
        let mark = self.mark();
        if self.take_word("NOT") || self.take_symbol("!") {
            let operand = self.nested(Parser::negation)?;
            return Ok(self.call(mark, "not", vec![operand]));
        }
        self.comparison()
    }

    /// A value with at most one predicate behind it.
    fn comparison(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let value = self.value()?;
        self.predicate(mark, value)
    }

    /// An expression without AND, OR, NOT and predicates, as BETWEEN and subscripts take it.
    pub(super) fn value(&mut self) -> Result<Expression> {
        self.value_of_strength(1)
    }

    fn value_of_strength(&mut self, least: u8) -> Result<Expression> {
        let mark = self.mark();
        let mut left = self.unary()?;
        let mut length = 0;
        while let Some(operator) = self.binary_operator() {
            if operator.strength < least {
                break;
            }
            self.check_chain(&mut length)?;
            self.advance();
            let right = self.value_of_strength(operator.strength + 1)?;
            left = self.call(mark, operator.function, vec![left, right]);
            if operator.negated {
                left = self.call(mark, "not", vec![left]);
            }
        }
        Ok(left)
    }

    fn binary_operator(&self) -> Option<Operator> {
        let (strength, function, negated) = match self.token().kind {
            TokenKind::Symbol(symbol) => match symbol {
                "=" | "==" => (1, "=", false),
                "<>" | "!=" => (1, "=", true),
                "<=>" => (1, "<=>", false),
                "<" => (1, "<", false),
                "<=" | "!>" => (1, "<=", false),
                ">" => (1, ">", false),
                ">=" | "!<" => (1, ">=", false),
                "|" => (2, "|", false),
                "^" => (3, "^", false),
                "&" => (4, "&", false),
                "<<" => (5, "<<", false),
                ">>" => (5, ">>", false),
                ">>>" => (5, ">>>", false),
                "+" => (6, "+", false),
                "-" => (6, "-", false),
                "||" => (6, "concat", false),
                "*" => (7, "*", false),
                "/" => (7, "/", false),
                "%" => (7, "%", false),
                _ => return None,
            },
            TokenKind::Word if self.is_word("DIV") => (7, "div", false),
            _ => return None,
        };
        Some(Operator {
            strength,
            function,
            negated,
        })
    }

    fn unary(&mut self) -> Result<Expression> {
        let mark = self.mark();
        // A minus before a number is part of it: -9223372036854775808 is a BIGINT.
        if self.is_symbol("-") && self.is_number_at(1) {
            return self.primary();
        }
        for operator in ["-", "+", "~"] {
            if self.take_symbol(operator) {
                let operand = self.nested(Parser::unary)?;
                return Ok(self.call(mark, operator, vec![operand]));
            }
        }
        self.primary()
    }

    fn predicate(&mut self, mark: usize, value: Expression) -> Result<Expression> {
        const STARTS: &[&str] = &["BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP"];
        let banged = self.is_symbol("!") && self.is_any_word_at(1, STARTS);
        if banged && !self.options.bang_equals_not {
            let mark = self.mark();
            self.advance();
            return Err(self.error(
                mark,
                &SYNTAX_DISCONTINUED_BANG_EQUALS_NOT,
                [("clause", "!")],
            ));
        }
        if self.take_word("IS") {
            return self.is_predicate(mark, value);
        }
        let negated = banged || (self.is_word("NOT") && self.is_any_word_at(1, STARTS));
        if negated {
            self.advance();
        }
        let Some(word) = self.take_any_word(STARTS) else {
            return Ok(value);
        };
        let predicate = match word {
            "BETWEEN" => {
                let low = self.value()?;
                self.expect_word("AND")?;
                let high = self.value()?;
                self.call(mark, "between", vec![value, low, high])
            }
            "IN" => self.in_predicate(mark, value)?,
            "RLIKE" | "REGEXP" => {
                let pattern = self.value()?;
                self.call(mark, "rlike", vec![value, pattern])
            }
            _ if self.is_any_word(&["ANY", "SOME", "ALL"]) && self.is_symbol_at(1, "(") => {
                let quantifier = if self.is_word("ALL") { "ALL" } else { "ANY" };
                self.advance();
                return self.quantified_like(mark, value, word, quantifier, negated);
            }
            _ => {
                let mut arguments = vec![value, self.value()?];
                if self.take_word("ESCAPE") {
                    arguments.push(self.escape_character()?);
                }
                self.call(mark, &word.to_lowercase(), arguments)
            }
        };
        Ok(self.negated_if(mark, negated, predicate))
    }

    fn negated_if(&self, mark: usize, negated: bool, expression: Expression) -> Expression {
        if negated {
            self.call(mark, "not", vec![expression])
        } else {
            expression
        }
    }

    fn is_predicate(&mut self, mark: usize, value: Expression) -> Result<Expression> {
        let banged = self.options.bang_equals_not && self.take_symbol("!");
        let negated = banged || self.take_word("NOT");
        let boolean = |value| Expression::literal(Value::Boolean(value), DataType::Boolean);
        if self.take_words(&["DISTINCT", "FROM"]) {
            let right = self.value()?;
            let equal = self.call(mark, "<=>", vec![value, right]);
            return Ok(self.negated_if(mark, !negated, equal));
        }
        let test = match self.take_any_word(&["NULL", "UNKNOWN", "TRUE", "FALSE"]) {
            Some("NULL" | "UNKNOWN") => {
                let function = if negated { "isnotnull" } else { "isnull" };
                return Ok(self.call(mark, function, vec![value]));
            }
            Some("TRUE") => self.call(mark, "<=>", vec![value, boolean(true)]),
            Some("FALSE") => self.call(mark, "<=>", vec![value, boolean(false)]),
            _ => return Err(self.unexpected()),
        };
        Ok(self.negated_if(mark, negated, test))
    }

    /// `IN (list)` or `IN (query)`, behind the IN.
    fn in_predicate(&mut self, mark: usize, value: Expression) -> Result<Expression> {
        if self.is_symbol("(") && self.is_query_start_at(1) {
            let here = self.mark();
            let query = self.either(
                |parser| {
                    let query = parser.parenthesized_query()?;
                    Ok(Some(query))
                },
                |_| Ok(None),
            )?;
            if let Some(query) = query {
                let operands = row_elements(value);
                return Ok(self.spanned(mark, ExpressionKind::InSubquery { operands, query }));
            }
            self.rewind(here);
        }
        if self.is_symbol("(") && self.is_symbol_at(1, ")") {
            self.advance();
            self.advance();
            return Err(self.error::<0, String>(mark, &INVALID_SQL_SYNTAX_EMPTY_IN_PREDICATE, []));
        }
        let mut arguments = vec![value];
        arguments.extend(self.parenthesized(Parser::expression)?);
        Ok(self.call(mark, "in", arguments))
    }

    /// `LIKE ANY (…)` and `LIKE ALL (…)`, behind the quantifier. Over literals it is one function; over
    /// anything else an OR or AND of single LIKEs.
    fn quantified_like(
        &mut self,
        mark: usize,
        value: Expression,
        word: &str,
        quantifier: &str,
        negated: bool,
    ) -> Result<Expression> {
        if self.is_symbol_at(1, ")") {
            let start = self.mark() - 2;
            self.advance();
            self.advance();
            let message = "Expected something between '(' and ')'.";
            return Err(self.error(start, &INVALID_CLAUSE, [("msg", message)]));
        }
        let patterns = self.parenthesized(Parser::expression)?;
        let case_insensitive = word == "ILIKE";
        let literal = |pattern: &Expression| {
            matches!(&*pattern.kind, ExpressionKind::Literal(value, _)
                if value.is_null() || value.as_str().is_some())
        };
        if patterns.iter().all(literal) {
            let function = match (quantifier, negated) {
                ("ALL", false) => "likeall",
                ("ALL", true) => "notlikeall",
                (_, false) => "likeany",
                (_, true) => "notlikeany",
            };
            let mut arguments = vec![value];
            if case_insensitive {
                arguments = vec![self.call(mark, "lower", arguments)];
            }
            arguments.extend(
                (patterns.into_iter()).map(|pattern| match case_insensitive {
                    true => lower_case(pattern),
                    false => pattern,
                }),
            );
            return Ok(self.call(mark, function, arguments));
        }
        let terms = (patterns.into_iter())
            .map(|pattern| {
                let like = self.call(mark, &word.to_lowercase(), vec![value.clone(), pattern]);
                self.negated_if(mark, negated, like)
            })
            .collect();
        let function = if quantifier == "ALL" { "and" } else { "or" };
        Ok(self.balanced(mark, function, terms))
    }

    /// The string behind ESCAPE: exactly one character.
    fn escape_character(&mut self) -> Result<Expression> {
        let mark = self.mark();
        if !self.is_kind_at(0, TokenKind::Text) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        let escape = self.decode_text(token);
        if escape.chars().count() != 1 {
            return Err(self.error(
                mark,
                &INVALID_ESC,
                [("invalidEscape", format!("'{escape}'"))],
            ));
        }
        let literal = ExpressionKind::Literal(Value::from(escape), DataType::String);
        Ok(self.spanned(mark, literal))
    }
}

/// What stands on the left of `IN (query)`: the elements of a row, or one value.
fn row_elements(value: Expression) -> Vec<Expression> {
    match *value.kind {
        ExpressionKind::Function(call) if call.name == ["named_struct"] => {
            (call.arguments.into_iter())
                .skip(1)
                .step_by(2)
                .map(|argument| argument.value)
                .collect()
        }
        kind => vec![Expression::new(kind).at(value.origin)],
    }
}

fn lower_case(pattern: Expression) -> Expression {
    let kind = match *pattern.kind {
        ExpressionKind::Literal(Value::String(text), data_type) => {
            ExpressionKind::Literal(Value::from(text.to_lowercase()), data_type)
        }
        kind => kind,
    };
    Expression::new(kind).at(pattern.origin)
}
