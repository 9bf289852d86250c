//! PIVOT and UNPIVOT.

use super::cursor::Parser;
use crate::error::Result;
use crate::plan::unresolved::{ExpressionKind, Relation, RelationKind, Unpivot};

impl Parser<'_> {
    pub(super) fn is_pivot(&self) -> bool {
        self.is_word("PIVOT") && self.is_symbol_at(1, "(")
    }

    pub(super) fn is_unpivot(&self) -> bool {
        self.is_word("UNPIVOT")
            && (self.is_symbol_at(1, "(") || self.is_any_word_at(1, &["INCLUDE", "EXCLUDE"]))
    }

    /// `PIVOT (aggregates FOR columns IN (values))`
    pub(super) fn pivot(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        self.advance();
        self.expect_symbol("(")?;
        let aggregates = self.comma_separated(Parser::named_expression)?;
        self.expect_word("FOR")?;
        let column = |parser: &mut Self| {
            let mark = parser.mark();
            let parts = parser.qualified_name()?;
            let plan_id = None;
            Ok(parser.spanned(mark, ExpressionKind::Attribute { parts, plan_id }))
        };
        let columns = if self.is_symbol("(") {
            self.parenthesized(column)?
        } else {
            vec![column(self)?]
        };
        self.expect_word("IN")?;
        let values = self.parenthesized(|parser| {
            let mark = parser.mark();
            let operand = parser.expression()?;
            let named = parser.take_word("AS") || parser.is_identifier_at(0);
            if !named {
                return Ok(operand);
            }
            let names = vec![parser.identifier()?];
            Ok(parser.spanned(mark, ExpressionKind::Alias { operand, names }))
        })?;
        self.expect_symbol(")")?;
        let pivot = RelationKind::Pivot {
            input,
            grouping: None,
            aggregates,
            columns,
            values,
        };
        let pivot = self.relation(mark, pivot);
        self.with_alias(mark, pivot)
    }

    /// `UNPIVOT [INCLUDE NULLS] (values FOR name IN (columns)) [alias]`
    pub(super) fn unpivot(&mut self, mark: usize, input: Relation) -> Result<Relation> {
        self.advance();
        let include_nulls = self.take_words(&["INCLUDE", "NULLS"]);
        if !include_nulls {
            self.take_words(&["EXCLUDE", "NULLS"]);
        }
        self.expect_symbol("(")?;
        let several = self.is_symbol("(");
        let value_names = match several {
            true => self.identifier_list()?,
            false => vec![self.identifier()?],
        };
        self.expect_word("FOR")?;
        let variable_name = self.identifier()?;
        self.expect_word("IN")?;
        let values = self.parenthesized(|parser| {
            let column = |parser: &mut Self| {
                let mark = parser.mark();
                let parts = parser.qualified_name()?;
                let plan_id = None;
                Ok(parser.spanned(mark, ExpressionKind::Attribute { parts, plan_id }))
            };
            let columns = match several {
                true => parser.parenthesized(column)?,
                false => vec![column(parser)?],
            };
            let alias = match parser.take_word("AS") || parser.is_identifier_at(0) {
                true => Some(parser.identifier()?),
                false => None,
            };
            Ok((columns, alias))
        })?;
        self.expect_symbol(")")?;
        let unpivot = RelationKind::Unpivot(Unpivot {
            input,
            ids: None,
            values,
            variable_name,
            value_names,
            include_nulls,
        });
        let unpivot = self.relation(mark, unpivot);
        self.with_alias(mark, unpivot)
    }
}
