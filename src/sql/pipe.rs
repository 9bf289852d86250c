//! The pipe syntax: `FROM t |> WHERE a > 1 |> AGGREGATE sum(b) GROUP BY c |> ORDER BY c`.
//!
//! Each operator makes a relation over the one on its left. SET and DROP become the relations of
//! `with_columns` and `drop`; AGGREGATE lists its grouping expressions first, as `group_by().agg()` does.

use super::cursor::Parser;
use crate::error::Result;
use crate::error::conditions::{
    MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS,
    UNSUPPORTED_FEATURE_CLAUSE_WITH_PIPE_OPERATORS,
};
use crate::plan::unresolved::{
    Aggregate, Expression, ExpressionKind, Grouping, GroupingElement, Relation, RelationKind,
};

impl Parser<'_> {
    /// `|> operator …` over `input`; the pipe comes next.
    pub(super) fn pipe_operator(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        self.expect_symbol("|>")?;
        let start = self.mark();
        if self.is_word("SELECT") {
            return self.select(Some(input));
        }
        if self.take_word("EXTEND") {
            let expressions = self.comma_separated(Parser::named_expression)?;
            return Ok(self.relation(mark, RelationKind::Extend { input, expressions }));
        }
        if self.take_word("SET") {
            let columns = self.comma_separated(|parser| {
                let name = parser.identifier()?;
                parser.expect_symbol("=")?;
                Ok((name, parser.expression()?))
            })?;
            return Ok(self.relation(mark, RelationKind::WithColumns { input, columns }));
        }
        if self.take_word("DROP") {
            let columns = self.comma_separated(|parser| {
                let mark = parser.mark();
                let parts = vec![parser.identifier()?];
                let plan_id = None;
                Ok(parser.spanned(mark, ExpressionKind::Attribute { parts, plan_id }))
            })?;
            return Ok(self.relation(mark, RelationKind::Drop { input, columns }));
        }
        if self.take_word("AS") {
            let name = vec![self.identifier()?];
            let columns = Vec::new();
            let alias = RelationKind::SubqueryAlias {
                input,
                name,
                columns,
            };
            return Ok(self.relation(mark, alias));
        }
        if self.take_word("WHERE") {
            let condition = self.expression()?;
            self.reject_window(start)?;
            return Ok(self.relation(mark, RelationKind::Filter { input, condition }));
        }
        if self.is_pivot() {
            return self.pivot(mark, input);
        }
        if self.is_unpivot() {
            return self.unpivot(mark, input);
        }
        if self.is_word("TABLESAMPLE") {
            let (method, seed) = self.sample()?;
            return Ok(self.sampled(mark, input, method, seed));
        }
        if self.take_word("AGGREGATE") {
            return self.pipe_aggregate(mark, input);
        }
        if let Some(kind) = self.set_operator() {
            let all = self.set_quantifier();
            let right = self.query_primary()?;
            return Ok(self.set_operation(mark, input, right, kind, all));
        }
        self.pipe_tail(mark, start, input)
    }

    /// `AGGREGATE [aggregates] [GROUP BY expressions]`, behind the keyword.
    fn pipe_aggregate(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        let expressions = if self.is_words(&["GROUP", "BY"]) {
            Vec::new()
        } else {
            self.comma_separated(Parser::named_expression)?
        };
        let grouping = if self.take_words(&["GROUP", "BY"]) {
            let elements = self.comma_separated(|parser| {
                let start = parser.mark();
                let analytic = parser.is_words(&["GROUPING", "SETS"])
                    || (parser.is_any_word(&["ROLLUP", "CUBE"]) && parser.is_symbol_at(1, "("));
                match analytic {
                    true => parser.grouping_element(start),
                    false => (parser.named_expression()).map(GroupingElement::Expression),
                }
            })?;
            match &elements[..] {
                [GroupingElement::Expression(only)] if is_all(only) => Grouping::All,
                _ => Grouping::Elements(elements),
            }
        } else {
            Grouping::Global
        };
        let aggregate = Aggregate {
            input,
            grouping,
            expressions,
            having: None,
            prepend_grouping: true,
        };
        Ok(self.relation(mark, RelationKind::Aggregate(aggregate)))
    }

    /// Joins and the clauses that close a query; of the latter one per operator.
    fn pipe_tail(&mut self, mark: usize, start: usize, input: Relation) -> Result<Relation> {
        let (input, joined) = self.take_join(input)?;
        if joined {
            return Ok(input);
        }
        self.reject_window(start)?;
        let before = self.mark();
        let query = self.query_organization(mark, input)?;
        if self.mark() == before {
            return Err(self.unexpected());
        }
        let clauses = self.organization_clauses(before);
        if let [first, second, ..] = &clauses[..] {
            let parameters = [("clause1", *first), ("clause2", *second)];
            return Err(self.error(
                start,
                &MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS,
                parameters,
            ));
        }
        Ok(query)
    }

    /// The closing clauses between a mark and here; LIMIT and OFFSET count as one.
    fn organization_clauses(&mut self, from: usize) -> Vec<&'static str> {
        let end = self.mark();
        self.rewind(from);
        let mut clauses = Vec::new();
        let mut depth = 0;
        while self.mark() < end {
            if self.is_symbol("(") {
                depth += 1;
            } else if self.is_symbol(")") {
                depth -= 1;
            } else if depth == 0 {
                for clause in ["ORDER", "SORT", "CLUSTER", "DISTRIBUTE"] {
                    if self.is_word(clause) && self.is_word_at(1, "BY") {
                        clauses.push(match clause {
                            "ORDER" => "ORDER BY",
                            "SORT" => "SORT BY",
                            "CLUSTER" => "CLUSTER BY",
                            _ => "DISTRIBUTE BY",
                        });
                    }
                }
                if self.is_any_word(&["LIMIT", "OFFSET"]) && self.is_clause_start() {
                    let clause = if self.is_word("LIMIT") {
                        "LIMIT"
                    } else {
                        "OFFSET"
                    };
                    if clauses.last() != Some(&"LIMIT") {
                        clauses.push(clause);
                    }
                }
            }
            self.advance();
        }
        clauses
    }

    fn reject_window(&mut self, start: usize) -> Result<()> {
        if self.take_window_clause()?.is_empty() {
            return Ok(());
        }
        Err(self.error(
            start,
            &UNSUPPORTED_FEATURE_CLAUSE_WITH_PIPE_OPERATORS,
            [("clauses", "the WINDOW clause")],
        ))
    }
}

fn is_all(expression: &Expression) -> bool {
    matches!(&*expression.kind, ExpressionKind::Attribute { parts, .. }
        if matches!(&parts[..], [only] if only.eq_ignore_ascii_case("ALL")))
}
