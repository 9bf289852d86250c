//! FROM: tables, subqueries, table functions, joins and LATERAL VIEW.

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::conditions::{
    INVALID_SQL_SYNTAX_LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC,
    NOT_ALLOWED_IN_FROM_LATERAL_WITH_PIVOT, NOT_ALLOWED_IN_FROM_LATERAL_WITH_UNPIVOT,
    NOT_ALLOWED_IN_FROM_UNPIVOT_WITH_PIVOT,
};
use crate::error::{Error, Result};
use crate::plan::unresolved::{
    Argument, Expression, ExpressionKind, FunctionCall, Join, JoinConstraint, JoinKind, Relation,
    RelationKind, SampleMethod,
};

impl Parser<'_> {
    /// Everything behind FROM: relations separated by commas, then lateral views, PIVOT or UNPIVOT.
    pub(super) fn relations_of_from(&mut self, mark: usize) -> Result<Relation> {
        let first = self.mark();
        let (mut from, mut lateral) = self.joined_relation(None)?;
        while self.take_symbol(",") {
            let (relation, is_lateral) = self.joined_relation(Some((mark, from)))?;
            from = relation;
            lateral |= is_lateral;
        }
        from = self.lateral_views(from)?;
        let pivots = self.is_pivot();
        if pivots {
            if lateral {
                return Err(self.clause_error(mark, &NOT_ALLOWED_IN_FROM_LATERAL_WITH_PIVOT));
            }
            from = self.pivot(first, from)?;
        }
        if self.is_unpivot() {
            if pivots {
                return Err(self.clause_error(mark, &NOT_ALLOWED_IN_FROM_UNPIVOT_WITH_PIVOT));
            }
            if lateral {
                return Err(self.clause_error(mark, &NOT_ALLOWED_IN_FROM_LATERAL_WITH_UNPIVOT));
            }
            from = self.unpivot(first, from)?;
        }
        Ok(from)
    }

    fn clause_error(&self, mark: usize, condition: &'static crate::error::Condition) -> Error {
        self.error::<0, String>(mark, condition, [])
    }

    /// A relation with its joins; `left` is what stands before the comma. Also says whether it was LATERAL.
    fn joined_relation(&mut self, left: Option<(usize, Relation)>) -> Result<(Relation, bool)> {
        let lateral = self.take_lateral();
        let mark = self.mark();
        let relation = self.relation_primary()?;
        if lateral {
            self.check_lateral(mark, &relation)?;
        }
        let (mark, mut relation) = match left {
            Some((mark, left)) => {
                let kind = JoinKind::Inner;
                let join = self.join_of(left, relation, kind, JoinConstraint::None, lateral);
                (mark, self.relation(mark, join))
            }
            None if lateral => {
                let one_row = Relation::new(RelationKind::OneRow);
                let kind = JoinKind::Inner;
                let join = self.join_of(one_row, relation, kind, JoinConstraint::None, true);
                (mark, self.relation(mark, join))
            }
            None => (mark, relation),
        };
        loop {
            if self.is_pivot() {
                relation = self.pivot(mark, relation)?;
            } else if self.is_unpivot() {
                relation = self.unpivot(mark, relation)?;
            } else {
                match self.take_join(relation)? {
                    (joined, true) => relation = joined,
                    (relation, false) => return Ok((relation, lateral)),
                }
            }
        }
    }

    fn join_of(
        &self,
        left: Relation,
        right: Relation,
        kind: JoinKind,
        constraint: JoinConstraint,
        lateral: bool,
    ) -> RelationKind {
        RelationKind::Join(Join {
            left,
            right,
            kind,
            constraint,
            lateral,
        })
    }

    fn take_lateral(&mut self) -> bool {
        !self.is_word_at(1, "VIEW") && self.take_word("LATERAL")
    }

    fn check_lateral(&self, mark: usize, relation: &Relation) -> Result<()> {
        let mut kind = &*relation.kind;
        while let RelationKind::SubqueryAlias { input, .. } | RelationKind::Sample { input, .. } =
            kind
        {
            kind = &*input.kind;
        }
        match kind {
            RelationKind::Table { .. } | RelationKind::TableIdentifier { .. } => Err(self
                .clause_error(
                    mark,
                    &INVALID_SQL_SYNTAX_LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC,
                )),
            _ => Ok(()),
        }
    }

    /// A join of `left` with what follows, if a join follows; the flag says so.
    pub(super) fn take_join(&mut self, left: Relation) -> Result<(Relation, bool)> {
        let start = self.mark();
        let natural = self.take_word("NATURAL");
        let kind = self.join_kind();
        if !self.take_word("JOIN") {
            self.rewind(start);
            return Ok((left, false));
        }
        let lateral = self.take_lateral();
        let right_mark = self.mark();
        let right = self.relation_primary()?;
        if lateral {
            self.check_lateral(right_mark, &right)?;
        }
        let constraint = if natural {
            JoinConstraint::Natural
        } else if self.take_word("ON") {
            JoinConstraint::On(self.expression()?)
        } else if self.take_word("USING") {
            JoinConstraint::Using(self.identifier_list()?)
        } else {
            JoinConstraint::None
        };
        let join = self.join_of(left, right, kind, constraint, lateral);
        Ok((self.relation(start, join), true))
    }

    fn join_kind(&mut self) -> JoinKind {
        let kinds: &[(&[&str], JoinKind)] = &[
            (&["INNER"], JoinKind::Inner),
            (&["CROSS"], JoinKind::Cross),
            (&["LEFT", "OUTER"], JoinKind::LeftOuter),
            (&["LEFT", "SEMI"], JoinKind::LeftSemi),
            (&["LEFT", "ANTI"], JoinKind::LeftAnti),
            (&["LEFT"], JoinKind::LeftOuter),
            (&["SEMI"], JoinKind::LeftSemi),
            (&["ANTI"], JoinKind::LeftAnti),
            (&["RIGHT", "OUTER"], JoinKind::RightOuter),
            (&["RIGHT"], JoinKind::RightOuter),
            (&["FULL", "OUTER"], JoinKind::FullOuter),
            (&["FULL"], JoinKind::FullOuter),
        ];
        let found = kinds.iter().find(|(words, _)| self.take_words(words));
        found.map_or(JoinKind::Inner, |(_, kind)| *kind)
    }

    /// A table, a table function, a subquery, VALUES, or joins in parentheses.
    pub(super) fn relation_primary(&mut self) -> Result<Relation> {
        let mark = self.mark();
        if self.is_symbol("(") {
            let relation = self.nested(|parser| {
                parser.either(
                    |parser| match parser.is_query_start_at(0) {
                        true => Ok(parser.parenthesized_query()?),
                        false => Err(parser.unexpected()),
                    },
                    |parser| {
                        parser.expect_symbol("(")?;
                        let inner = parser.mark();
                        let (mut relation, _) = parser.joined_relation(None)?;
                        while parser.take_symbol(",") {
                            relation = parser.joined_relation(Some((inner, relation)))?.0;
                        }
                        parser.expect_symbol(")")?;
                        Ok(relation)
                    },
                )
            })?;
            return self.sampled_and_aliased(mark, relation);
        }
        let row_follows = matches!(
            self.token_at(1).kind,
            TokenKind::Symbol("(") | TokenKind::Number(_) | TokenKind::Text
        );
        if self.is_word("VALUES") && row_follows {
            return self.inline_table();
        }
        if self.is_word("STREAM") && self.is_identifier_at(1) && !self.is_word_at(1, "AS") {
            return Err(Error::unsupported("streaming tables"));
        }
        if let Some(name) = self.take_identifier_clause()? {
            return self.table_of_identifier(mark, name);
        }
        let name = self.qualified_name()?;
        if self.is_symbol("(") {
            let (_, arguments) = self.arguments()?;
            let function = RelationKind::TableFunction { name, arguments };
            let function = self.relation(mark, function);
            return self.sampled_and_aliased(mark, function);
        }
        self.table(mark, |options| RelationKind::Table { name, options })
    }

    fn table_of_identifier(&mut self, mark: usize, name: Expression) -> Result<Relation> {
        match super::identifier::constant_text(&name) {
            Some(text) => {
                let name = super::identifier::parse_parts(&text)?;
                if self.is_symbol("(") {
                    let (_, arguments) = self.arguments()?;
                    let function = RelationKind::TableFunction { name, arguments };
                    let function = self.relation(mark, function);
                    return self.sampled_and_aliased(mark, function);
                }
                self.table(mark, |options| RelationKind::Table { name, options })
            }
            None => self.table(mark, |options| RelationKind::TableIdentifier {
                name,
                options,
            }),
        }
    }

    /// What may follow a table's name: time travel, options, a sample, an alias.
    fn table(
        &mut self,
        mark: usize,
        kind: impl FnOnce(crate::plan::unresolved::Options) -> RelationKind,
    ) -> Result<Relation> {
        let origin = self.origin(mark);
        let travels = self.is_words(&["TIMESTAMP", "AS", "OF"])
            || self.is_words(&["VERSION", "AS", "OF"])
            || (self.is_word("FOR")
                && self.is_any_word_at(
                    1,
                    &["TIMESTAMP", "VERSION", "SYSTEM_TIME", "SYSTEM_VERSION"],
                ));
        if travels {
            return Err(Error::unsupported("time travel").at(origin.as_ref()));
        }
        let options = if self.is_word("WITH") && self.is_symbol_at(1, "(") {
            self.advance();
            self.options_list()?
        } else {
            Default::default()
        };
        let table = Relation::new(kind(options)).at(origin);
        self.sampled_and_aliased(mark, table)
    }

    fn sampled_and_aliased(&mut self, mark: usize, relation: Relation) -> Result<Relation> {
        if !(self.is_word("TABLESAMPLE") && self.is_clause_start()) {
            return self.with_alias(mark, relation);
        }
        let (method, seed) = self.sample()?;
        let relation = self.with_alias(mark, relation)?;
        Ok(self.sampled(mark, relation, method, seed))
    }

    pub(super) fn sampled(
        &self,
        mark: usize,
        input: Relation,
        method: SampleMethod,
        seed: Option<i64>,
    ) -> Relation {
        let sample = RelationKind::Sample {
            input,
            method,
            with_replacement: false,
            seed,
        };
        self.relation(mark, sample)
    }

    /// `[AS] name [(columns)]`, if it comes next.
    pub(super) fn with_alias(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        // `AS (a, b)` without a name names the relation "AS", as in Spark, and so does AS at the end.
        let ends = self.is_symbol_at(1, "(") || self.is_kind_at(1, TokenKind::End);
        let explicit = !ends && self.take_word("AS");
        if !explicit && (!self.is_strict_identifier_at(0) || self.is_clause_start()) {
            return Ok(input);
        }
        if !self.is_strict_identifier_at(0) {
            return Err(self.unexpected());
        }
        let name = vec![self.identifier()?];
        let columns = if self.is_symbol("(") {
            self.identifier_list()?
        } else {
            Vec::new()
        };
        let alias = RelationKind::SubqueryAlias {
            input,
            name,
            columns,
        };
        Ok(self.relation(mark, alias))
    }

    /// `LATERAL VIEW [OUTER] generator(…) name [AS] columns`, any number of them.
    pub(super) fn lateral_views(&mut self, input: Relation) -> Result<Relation> {
        let mut relation = input;
        while self.is_words(&["LATERAL", "VIEW"]) {
            let mark = self.mark();
            self.take_words(&["LATERAL", "VIEW"]);
            let outer = self.is_word("OUTER") && !self.is_symbol_at(1, "(") && {
                self.advance();
                true
            };
            let start = self.mark();
            let name = self.qualified_name()?;
            let (_, arguments) = self.arguments()?;
            let generator = self.spanned(start, generator_call(name, arguments));
            let qualifier = Some(self.identifier()?);
            self.take_word("AS");
            let mut names = Vec::new();
            if self.is_strict_identifier_at(0) && !self.is_clause_start() {
                names.push(self.identifier()?);
                while self.is_symbol(",") && self.is_identifier_at(1) {
                    self.advance();
                    names.push(self.identifier()?);
                }
            }
            relation = self.relation(
                mark,
                RelationKind::Generate {
                    input: relation,
                    generator,
                    outer,
                    qualifier,
                    names,
                },
            );
        }
        Ok(relation)
    }
}

fn generator_call(name: Vec<String>, arguments: Vec<Argument>) -> ExpressionKind {
    ExpressionKind::Function(FunctionCall {
        name,
        arguments,
        distinct: false,
        filter: None,
        within_group: Vec::new(),
        ignore_nulls: None,
    })
}
