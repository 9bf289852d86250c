//! Queries: WITH, set operations, and the clauses that close a query.
//!
//! ```text
//!   query    [WITH ctes] term [ORDER BY | SORT BY | …] [WINDOW …] [LIMIT n] [OFFSET n]
//!   term     chain of UNION and EXCEPT over chains of INTERSECT over primaries, then |> operators
//!   primary  SELECT … | FROM … [SELECT …] | VALUES … | TABLE name | (query)
//! ```

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::Result;
use crate::error::conditions::{
    DUPLICATED_CTE_NAMES, OPERATION_NOT_ALLOWED,
    UNSUPPORTED_FEATURE_COMBINATION_QUERY_RESULT_CLAUSES,
};
use crate::error::quote;
use crate::plan::unresolved::{
    Cte, Expression, ExpressionKind, PartitionBy, Relation, RelationKind, SetOperator, SortOrder,
};

/// What came of reading a parenthesized query.
#[derive(Clone)]
pub(super) struct KnownQuery {
    query: Result<Relation>,
    /// Where reading ended.
    end: usize,
    /// Number of `?` seen by then.
    parameters: usize,
}

impl Parser<'_> {
    /// A query.
    pub(super) fn query(&mut self) -> Result<Relation> {
        self.nested(|parser| {
            let mark = parser.mark();
            let with = parser.take_with()?;
            let term = parser.query_term()?;
            let query = parser.query_organization(mark, term)?;
            Ok(match with {
                Some((ctes, recursive)) => parser.relation(
                    mark,
                    RelationKind::With {
                        input: query,
                        ctes,
                        recursive,
                    },
                ),
                None => query,
            })
        })
    }

    /// `(query)`
    ///
    /// It may be read several times at one place, as different readings of the text around it are tried;
    /// what came of the first time is kept, else nested parentheses would take exponential time.
    pub(super) fn parenthesized_query(&mut self) -> Result<Relation> {
        let mark = self.mark();
        if let Some(known) = self.known_queries.get(&mark) {
            let known = known.clone();
            self.rewind(known.end);
            self.parameters = known.parameters;
            return known.query;
        }
        let query = self.expect_symbol("(").and_then(|()| {
            let query = self.query()?;
            self.expect_symbol(")")?;
            Ok(query)
        });
        let known = KnownQuery {
            query: query.clone(),
            end: self.mark(),
            parameters: self.parameters,
        };
        self.known_queries.insert(mark, known);
        query
    }

    /// Whether a query starts at the token ahead, perhaps behind parentheses.
    pub(super) fn is_query_start_at(&self, ahead: usize) -> bool {
        let mut at = ahead;
        while self.is_symbol_at(at, "(") {
            at += 1;
        }
        let opened = at > ahead;
        let next = self.token_at(at + 1).kind;
        let operand_follows = match next {
            TokenKind::Word | TokenKind::QuotedName | TokenKind::Text | TokenKind::Number(_) => {
                true
            }
            TokenKind::HintStart => true,
            TokenKind::Symbol(symbol) => matches!(symbol, "(" | "*" | "-" | "+" | "~" | ":" | "?"),
            _ => false,
        };
        (self.is_word_at(at, "SELECT") && (operand_follows || opened))
            || (self.is_word_at(at, "VALUES") && operand_follows)
            || (self.is_any_word_at(at, &["FROM", "TABLE"])
                && matches!(next, TokenKind::Word | TokenKind::QuotedName))
            || (self.is_word_at(at, "WITH")
                && (self.is_word_at(at + 1, "RECURSIVE")
                    || self.is_symbol_at(at + 2, "(")
                    || self.is_any_word_at(at + 2, &["AS", "MAX"])))
            || (self.is_word_at(at, "FROM") && self.is_symbol_at(at + 1, "("))
            || (self.is_any_word_at(at, &["MAP", "REDUCE"]) && next == TokenKind::Word)
    }

    /// `WITH [RECURSIVE] name [(columns)] [AS] (query), …`
    pub(super) fn take_with(&mut self) -> Result<Option<(Vec<Cte>, bool)>> {
        if !self.is_word("WITH") {
            return Ok(None);
        }
        let mark = self.mark();
        self.advance();
        let recursive = self.is_word("RECURSIVE") && self.is_identifier_at(1) && {
            self.advance();
            true
        };
        let ctes = self.comma_separated(Parser::cte)?;
        if !recursive && ctes.iter().any(|cte| cte.max_recursion.is_some()) {
            let message = "MAX RECURSION LEVEL of a query that is not RECURSIVE";
            return Err(self.error(mark, &OPERATION_NOT_ALLOWED, [("message", message)]));
        }
        let mut duplicates: Vec<String> = Vec::new();
        for (index, cte) in ctes.iter().enumerate() {
            let same = |other: &Cte| other.name.eq_ignore_ascii_case(&cte.name);
            if ctes[..index].iter().any(same) && !duplicates.contains(&cte.name) {
                duplicates.push(cte.name.clone());
            }
        }
        if !duplicates.is_empty() {
            let names: Vec<String> = duplicates.iter().map(|n| quote::identifier(n)).collect();
            let parameters = [("duplicateNames", names.join(", "))];
            return Err(self.error(mark, &DUPLICATED_CTE_NAMES, parameters));
        }
        Ok(Some((ctes, recursive)))
    }

    fn cte(&mut self) -> Result<Cte> {
        let mark = self.mark();
        let name = self.identifier()?;
        let columns = if self.is_symbol("(") && !self.is_query_start_at(1) {
            self.identifier_list()?
        } else {
            Vec::new()
        };
        let mut max_recursion = None;
        if self.take_words(&["MAX", "RECURSION", "LEVEL"]) {
            let limit = self.expression()?;
            max_recursion = match &*limit.kind {
                ExpressionKind::Literal(value, _) => value.as_i64(),
                _ => None,
            };
        }
        self.take_word("AS");
        let query = self.parenthesized_query()?;
        Ok(Cte {
            name,
            columns,
            query,
            max_recursion,
            origin: self.origin(mark),
        })
    }

    pub(super) fn query_term(&mut self) -> Result<Relation> {
        let mark = self.mark();
        let mut left = self.intersection()?;
        let mut length = 0;
        loop {
            self.check_chain(&mut length)?;
            let kind = match self.set_operator() {
                Some(kind @ (SetOperator::Union | SetOperator::Except)) => kind,
                _ if self.is_symbol("|>") => {
                    left = self.pipe_operator(mark, left)?;
                    continue;
                }
                _ => return Ok(left),
            };
            let all = self.set_quantifier();
            let right = self.intersection()?;
            left = self.set_operation(mark, left, right, kind, all);
        }
    }

    fn intersection(&mut self) -> Result<Relation> {
        let mark = self.mark();
        let mut left = self.query_primary()?;
        let mut length = 0;
        while self.set_operator() == Some(SetOperator::Intersect) {
            self.check_chain(&mut length)?;
            let all = self.set_quantifier();
            let right = self.query_primary()?;
            left = self.set_operation(mark, left, right, SetOperator::Intersect, all);
        }
        Ok(left)
    }

    /// The set operator that comes next, if it is one.
    pub(super) fn set_operator(&self) -> Option<SetOperator> {
        let word = [
            ("UNION", SetOperator::Union),
            ("INTERSECT", SetOperator::Intersect),
            ("EXCEPT", SetOperator::Except),
            ("MINUS", SetOperator::Except),
        ];
        let (_, kind) = word.into_iter().find(|(word, _)| self.is_word(word))?;
        let follows = self.is_any_word_at(1, &["ALL", "DISTINCT"]) || self.is_query_start_at(1);
        follows.then_some(kind)
    }

    /// Consumes the set operator with its quantifier: whether ALL.
    pub(super) fn set_quantifier(&mut self) -> bool {
        self.advance();
        let all = self.take_word("ALL");
        if !all {
            self.take_word("DISTINCT");
        }
        all
    }

    pub(super) fn set_operation(
        &self,
        mark: usize,
        left: Relation,
        right: Relation,
        kind: SetOperator,
        all: bool,
    ) -> Relation {
        self.relation(
            mark,
            RelationKind::SetOperation {
                left,
                right,
                kind,
                all,
                by_name: false,
                allow_missing_columns: false,
            },
        )
    }

    pub(super) fn query_primary(&mut self) -> Result<Relation> {
        if self.is_symbol("(") {
            return self.parenthesized_query();
        }
        let mark = self.mark();
        if self.is_word("SELECT") {
            return self.select(None);
        }
        if self.take_word("FROM") {
            let from = self.relations_of_from(mark)?;
            if !self.is_word("SELECT") {
                return Ok(from);
            }
            return self.select(Some(from));
        }
        if self.is_word("VALUES") {
            return self.inline_table();
        }
        if self.take_word("TABLE") {
            let start = self.mark();
            let name = self.qualified_name()?;
            let options = Default::default();
            return Ok(self.relation(start, RelationKind::Table { name, options }));
        }
        if self.is_any_word(&["MAP", "REDUCE"]) && self.is_kind_at(1, TokenKind::Word) {
            return Err(crate::error::Error::unsupported("scripts in TRANSFORM"));
        }
        Err(self.unexpected())
    }

    /// `VALUES row, …` with an alias.
    pub(super) fn inline_table(&mut self) -> Result<Relation> {
        let mark = self.mark();
        self.expect_word("VALUES")?;
        let rows = self.comma_separated(Parser::values_row)?;
        let values = self.relation(mark, RelationKind::Values { rows });
        self.with_alias(mark, values)
    }

    fn values_row(&mut self) -> Result<Vec<Expression>> {
        if self.is_symbol("(") {
            let row = self.attempt(|parser| {
                let row = parser.parenthesized(Parser::expression)?;
                let operator_follows = match parser.token().kind {
                    TokenKind::Symbol(symbol) => !matches!(symbol, "," | ")" | ";" | "|>"),
                    _ => parser.is_any_word(&["IS", "AND", "OR", "BETWEEN", "IN", "LIKE", "DIV"]),
                };
                match operator_follows {
                    true => Err(parser.unexpected()),
                    false => Ok(row),
                }
            });
            if let Some(row) = row {
                let is_row = |value: &Expression| matches!(&*value.kind, ExpressionKind::Function(call) if is_struct(&call.name));
                return Ok(match row.as_slice() {
                    [only] if is_row(only) => elements(only.clone()),
                    _ => row,
                });
            }
        }
        self.expression().map(elements)
    }

    /// The clauses that close a query.
    pub(super) fn query_organization(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        let start = self.mark();
        let mut query = input;
        let (mut order, mut sort, mut distribute, mut cluster) = (0, 0, 0, 0);
        loop {
            let clause = self.mark();
            if self.take_words(&["ORDER", "BY"]) {
                query = self.order_by(clause, query)?;
                order += 1;
            } else if self.take_words(&["SORT", "BY"]) {
                let order = self.comma_separated(Parser::sort_order)?;
                query = self.sorted(clause, query, order, false);
                sort += 1;
            } else if self.take_words(&["DISTRIBUTE", "BY"]) {
                let by = self.comma_separated(Parser::expression)?;
                query = self.distributed(clause, query, by);
                distribute += 1;
            } else if self.take_words(&["CLUSTER", "BY"]) {
                let by = self.comma_separated(Parser::expression)?;
                let order = by.iter().cloned().map(ascending).collect();
                query = self.distributed(clause, query, by);
                query = self.sorted(clause, query, order, false);
                cluster += 1;
            } else {
                break;
            }
        }
        // Only DISTRIBUTE BY and SORT BY go together.
        if order + cluster + distribute.max(sort) > 1 {
            return Err(self.error::<0, String>(
                start,
                &UNSUPPORTED_FEATURE_COMBINATION_QUERY_RESULT_CLAUSES,
                [],
            ));
        }
        let windows = self.take_window_clause()?;
        if !windows.is_empty() {
            let input = query;
            query = self.relation(mark, RelationKind::WithWindows { input, windows });
        }
        self.limit_and_offset(mark, query)
    }

    /// `ORDER BY keys` or `ORDER BY ALL`, behind BY.
    pub(super) fn order_by(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        let all = self.is_word("ALL") && !self.is_symbol_at(1, ".") && !self.is_symbol_at(1, "(");
        if all {
            let here = self.mark();
            self.advance();
            if let Some((ascending, nulls_first)) = self.attempt(Parser::sort_direction)
                && !self.is_symbol(",")
            {
                let sort = RelationKind::SortAll {
                    input,
                    ascending,
                    nulls_first,
                };
                return Ok(self.relation(mark, sort));
            }
            self.rewind(here);
        }
        let order = self.comma_separated(Parser::sort_order)?;
        Ok(self.sorted(mark, input, order, true))
    }

    fn sorted(
        &self,
        mark: usize,
        input: Relation,
        order: Vec<SortOrder>,
        global: bool,
    ) -> Relation {
        self.relation(
            mark,
            RelationKind::Sort {
                input,
                order,
                global,
            },
        )
    }

    fn distributed(&self, mark: usize, input: Relation, by: Vec<Expression>) -> Relation {
        self.relation(
            mark,
            RelationKind::RepartitionBy {
                input,
                partitions: None,
                by: PartitionBy::Hash(by),
            },
        )
    }

    /// `LIMIT n` and `OFFSET n`; the offset is skipped before the limit is counted.
    pub(super) fn limit_and_offset(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        let mut limit = None;
        if self.take_word("LIMIT") && !self.take_word("ALL") {
            limit = Some(self.expression()?);
        }
        let mut query = input;
        if self.take_word("OFFSET") {
            let offset = self.expression()?;
            query = self.relation(
                mark,
                RelationKind::Offset {
                    input: query,
                    offset,
                },
            );
        }
        if let Some(limit) = limit {
            query = self.relation(
                mark,
                RelationKind::Limit {
                    input: query,
                    limit,
                },
            );
        }
        Ok(query)
    }
}

fn ascending(expression: Expression) -> SortOrder {
    SortOrder {
        expression,
        ascending: true,
        nulls_first: true,
    }
}

fn is_struct(name: &[String]) -> bool {
    matches!(name, [name] if name.eq_ignore_ascii_case("struct"))
}

fn unaliased(expression: Expression) -> Expression {
    match *expression.kind {
        ExpressionKind::Alias { operand, .. } => operand,
        kind => Expression::new(kind).at(expression.origin),
    }
}

/// The elements of a row of VALUES: those of `struct(..)`, or the value itself.
fn elements(value: Expression) -> Vec<Expression> {
    match *value.kind {
        ExpressionKind::Function(call) if is_struct(&call.name) => (call.arguments.into_iter())
            .map(|argument| unaliased(argument.value))
            .collect(),
        kind => vec![Expression::new(kind).at(value.origin)],
    }
}
