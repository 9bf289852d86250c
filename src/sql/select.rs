//! `SELECT … [FROM …] [WHERE …] [GROUP BY …] [HAVING …] [QUALIFY …] [WINDOW …]`, hints included.

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::conditions::{GROUPING_SETS_EMPTY_SET, TRAILING_COMMA_IN_SELECT};
use crate::error::{Error, Result};
use crate::plan::unresolved::{
    Aggregate, Expression, ExpressionKind, Grouping, GroupingElement, Relation, RelationKind,
};

/// A hint as written: its name and parameters.
type Hint = (String, Vec<Expression>);

impl Parser<'_> {
    /// A SELECT; `from` where the FROM clause stood before it.
    pub(super) fn select(&mut self, from: Option<Relation>) -> Result<Relation> {
        let mark = self.mark();
        self.expect_word("SELECT")?;
        let hints = self.take_hints()?;
        if self.is_word("TRANSFORM") && self.is_symbol_at(1, "(") && self.is_script_transform() {
            return Err(Error::unsupported("scripts in TRANSFORM"));
        }
        let names_follow = !self.is_symbol_at(1, ",") && !self.is_symbol_at(1, ".");
        let distinct = names_follow && self.take_word("DISTINCT");
        if !distinct && names_follow && !self.is_symbol_at(1, "(") {
            self.take_word("ALL");
        }
        let expressions = self.select_list()?;
        let from_mark = self.mark();
        let mut input = match from {
            Some(from) => from,
            None if self.take_word("FROM") => self.relations_of_from(from_mark)?,
            None => self.relation(from_mark, RelationKind::OneRow),
        };
        input = self.lateral_views(input)?;
        let where_mark = self.mark();
        if self.take_word("WHERE") {
            let condition = self.expression()?;
            input = self.relation(where_mark, RelationKind::Filter { input, condition });
        }
        let group_mark = self.mark();
        let grouping = self.take_group_by()?;
        let group_origin = grouping.as_ref().and_then(|_| self.origin(group_mark));
        let having = match self.take_word("HAVING") {
            true => Some(self.expression()?),
            false => None,
        };
        let grouping = match (grouping, &having) {
            (None, Some(_)) => Some(Grouping::Global),
            (grouping, _) => grouping,
        };
        let mut query = self.relation(
            mark,
            match grouping {
                None => RelationKind::Project { input, expressions },
                Some(grouping) => RelationKind::Aggregate(Aggregate {
                    input,
                    grouping,
                    expressions,
                    having,
                    prepend_grouping: false,
                }),
            },
        );
        // Errors about the grouping show the GROUP BY clause.
        query.origin = group_origin.or(query.origin);
        if self.is_word("QUALIFY") {
            self.advance();
            let condition = self.expression()?;
            query = self.relation(
                mark,
                RelationKind::Qualify {
                    input: query,
                    condition,
                },
            );
        }
        if distinct {
            query = self.relation(
                mark,
                RelationKind::Deduplicate {
                    input: query,
                    columns: None,
                },
            );
        }
        let windows = self.take_window_clause()?;
        if !windows.is_empty() {
            query = self.relation(
                mark,
                RelationKind::WithWindows {
                    input: query,
                    windows,
                },
            );
        }
        Ok(self.hinted(mark, query, hints))
    }

    fn select_list(&mut self) -> Result<Vec<Expression>> {
        let mut expressions = vec![self.named_expression()?];
        while self.is_symbol(",") {
            let mark = self.mark();
            self.advance();
            let from = self.is_word("FROM");
            if from && (self.is_identifier_at(1) || self.is_symbol_at(1, "(")) {
                return Err(self.error::<0, String>(mark, &TRAILING_COMMA_IN_SELECT, []));
            }
            expressions.push(self.named_expression()?);
        }
        Ok(expressions)
    }

    /// `e`, `e AS name`, `e name`, `e AS (a, b)`
    pub(super) fn named_expression(&mut self) -> Result<Expression> {
        let mark = self.mark();
        let operand = self.expression()?;
        let explicit = self.take_word("AS");
        let names = if self.is_symbol("(") && (explicit || self.is_names_list()) {
            self.identifier_list()?
        } else if explicit || (self.is_identifier_at(0) && !self.is_clause_start()) {
            vec![self.identifier()?]
        } else {
            return Ok(operand);
        };
        Ok(self.spanned(mark, ExpressionKind::Alias { operand, names }))
    }

    /// Whether `(a, b)` with names only comes next.
    fn is_names_list(&self) -> bool {
        let mut ahead = 1;
        loop {
            if !self.is_identifier_at(ahead) {
                return false;
            }
            if self.is_symbol_at(ahead + 1, ")") {
                return true;
            }
            if !self.is_symbol_at(ahead + 1, ",") {
                return false;
            }
            ahead += 2;
        }
    }

    /// Whether the next word starts a clause here, although it might be a name.
    pub(super) fn is_clause_start(&self) -> bool {
        let token = self.token();
        if token.kind != TokenKind::Word {
            return false;
        }
        let operand_at_one = match self.token_at(1).kind {
            TokenKind::Symbol(symbol) => matches!(symbol, "(" | "-" | "+" | "~" | "?" | ":" | "!"),
            TokenKind::End => false,
            _ => !self.is_any_word_at(1, &["FROM", "AS"]),
        };
        match self.text(token).to_ascii_uppercase().as_str() {
            // At the very end they are names: `SELECT 1 FROM` has an alias.
            "FROM" | "WHERE" | "HAVING" => !matches!(self.token_at(1).kind, TokenKind::End),
            "THEN" | "SELECT" => true,
            "GROUP" | "ORDER" | "SORT" | "CLUSTER" | "DISTRIBUTE" | "PARTITION" => {
                self.is_word_at(1, "BY")
            }
            "LIMIT" | "OFFSET" | "QUALIFY" => operand_at_one,
            "UNION" | "EXCEPT" | "INTERSECT" | "MINUS" => self.set_operator().is_some(),
            "WINDOW" => {
                self.is_identifier_at(1)
                    && (self.is_word_at(2, "AS") || self.is_word_at(1, "IDENTIFIER"))
            }
            "LATERAL" => self.is_word_at(1, "VIEW"),
            "PIVOT" | "UNPIVOT" | "TABLESAMPLE" => {
                self.is_symbol_at(1, "(") || self.is_any_word_at(1, &["INCLUDE", "EXCLUDE"])
            }
            "FOR" => operand_at_one,
            "USING" => self.is_kind_at(1, TokenKind::Text),
            _ => false,
        }
    }

    /// `/*+ NAME(parameters), NAME … */`, any number of them.
    fn take_hints(&mut self) -> Result<Vec<Hint>> {
        let mut hints = Vec::new();
        while self.is_kind_at(0, TokenKind::HintStart) {
            self.advance();
            loop {
                if self.is_identifier_literal() {
                    // A hint's name is a plain identifier.
                    self.advance();
                    return Err(self.unexpected());
                }
                let name = self.identifier()?;
                let parameters = match self.is_symbol("(") {
                    true if self.is_symbol_at(1, ")") => {
                        self.advance();
                        self.advance();
                        Vec::new()
                    }
                    true => self.parenthesized(Parser::value)?,
                    false => Vec::new(),
                };
                hints.push((name, parameters));
                self.take_symbol(",");
                if self.is_kind_at(0, TokenKind::HintEnd) {
                    self.advance();
                    break;
                }
            }
        }
        Ok(hints)
    }

    /// The query under its hints, the first one outermost.
    fn hinted(&self, mark: usize, query: Relation, hints: Vec<Hint>) -> Relation {
        hints
            .into_iter()
            .rev()
            .fold(query, |input, (name, parameters)| {
                let hint = RelationKind::Hint {
                    input,
                    name,
                    parameters,
                };
                self.relation(mark, hint)
            })
    }

    /// Whether `TRANSFORM(…)` is followed by USING: the script kind, not the array function.
    fn is_script_transform(&self) -> bool {
        let mut depth = 0;
        let mut ahead = 1;
        loop {
            match self.token_at(ahead).kind {
                TokenKind::Symbol("(") => depth += 1,
                TokenKind::Symbol(")") => depth -= 1,
                TokenKind::End => return false,
                _ => {}
            }
            ahead += 1;
            if depth == 0 {
                return self.is_any_word_at(ahead, &["USING", "ROW"]);
            }
        }
    }

    /// The GROUP BY clause, if it comes next.
    pub(super) fn take_group_by(&mut self) -> Result<Option<Grouping>> {
        let mark = self.mark();
        if !self.take_words(&["GROUP", "BY"]) {
            return Ok(None);
        }
        let all_ends = !self.is_symbol_at(1, ",") && !self.is_symbol_at(1, ".");
        if self.is_word("ALL") && all_ends && !self.is_symbol_at(1, "(") {
            self.advance();
            return Ok(Some(Grouping::All));
        }
        let elements = self.comma_separated(|parser| parser.grouping_element(mark))?;
        // The older forms: GROUP BY a, b WITH ROLLUP | WITH CUBE | GROUPING SETS (…)
        let plain = |elements: Vec<GroupingElement>| -> Vec<Vec<Expression>> {
            (elements.into_iter())
                .filter_map(|element| match element {
                    GroupingElement::Expression(expression) => Some(vec![expression]),
                    _ => None,
                })
                .collect()
        };
        let elements = if self.take_words(&["WITH", "ROLLUP"]) {
            vec![GroupingElement::Rollup(plain(elements))]
        } else if self.take_words(&["WITH", "CUBE"]) {
            vec![GroupingElement::Cube(plain(elements))]
        } else if self.is_words(&["GROUPING", "SETS"]) {
            let keys = plain(elements).concat();
            vec![GroupingElement::Keys(keys), self.grouping_element(mark)?]
        } else {
            elements
        };
        Ok(Some(Grouping::Elements(elements)))
    }

    /// An element of the GROUP BY clause that starts at `mark`.
    pub(super) fn grouping_element(&mut self, mark: usize) -> Result<GroupingElement> {
        if self.is_words(&["GROUPING", "SETS"]) && self.is_symbol_at(2, "(") {
            self.take_words(&["GROUPING", "SETS"]);
            let sets =
                self.nested(|parser| parser.parenthesized(|parser| parser.grouping_set(mark)))?;
            return Ok(GroupingElement::GroupingSets(sets));
        }
        if self.is_any_word(&["ROLLUP", "CUBE"]) && self.is_symbol_at(1, "(") {
            let rollup = self.is_word("ROLLUP");
            self.advance();
            let sets = self.parenthesized(Parser::expression_set)?;
            if sets.iter().any(Vec::is_empty) {
                let element = if rollup { "ROLLUP" } else { "CUBE" };
                return Err(self.error(mark, &GROUPING_SETS_EMPTY_SET, [("element", element)]));
            }
            return Ok(match rollup {
                true => GroupingElement::Rollup(sets),
                false => GroupingElement::Cube(sets),
            });
        }
        self.expression().map(GroupingElement::Expression)
    }

    fn grouping_set(&mut self, mark: usize) -> Result<GroupingElement> {
        let analytic = self.is_words(&["GROUPING", "SETS"])
            || (self.is_any_word(&["ROLLUP", "CUBE"]) && self.is_symbol_at(1, "("));
        if analytic {
            return self.grouping_element(mark);
        }
        self.expression_set().map(GroupingElement::Set)
    }

    /// `(a, b)`, `()` or `a`
    fn expression_set(&mut self) -> Result<Vec<Expression>> {
        if self.is_symbol("(") {
            if self.is_symbol_at(1, ")") {
                self.advance();
                self.advance();
                return Ok(Vec::new());
            }
            let set = self.attempt(|parser| {
                let set = parser.parenthesized(Parser::expression)?;
                match parser.is_symbol(",") || parser.is_symbol(")") {
                    true => Ok(set),
                    false => Err(parser.unexpected()),
                }
            });
            if let Some(set) = set {
                return Ok(set);
            }
        }
        Ok(vec![self.expression()?])
    }
}
