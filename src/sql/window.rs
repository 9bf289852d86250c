//! Window specifications and sort keys.

use super::cursor::Parser;
use crate::error::Result;
use crate::error::conditions::{
    INVALID_SQL_SYNTAX_INVALID_WINDOW_FRAME_BOUND, INVALID_SQL_SYNTAX_INVALID_WINDOW_REFERENCE,
    INVALID_SQL_SYNTAX_REPETITIVE_WINDOW_DEFINITION,
    INVALID_SQL_SYNTAX_UNRESOLVED_WINDOW_REFERENCE,
};
use crate::error::quote;
use crate::plan::unresolved::{
    Expression, ExpressionKind, FrameBound, FrameUnit, SortOrder, WindowFrame, WindowReference,
    WindowSpec,
};

impl Parser<'_> {
    /// A sort key: `e [ASC | DESC] [NULLS FIRST | NULLS LAST]`
    pub(super) fn sort_order(&mut self) -> Result<SortOrder> {
        let expression = self.expression()?;
        let (ascending, nulls_first) = self.sort_direction()?;
        Ok(SortOrder {
            expression,
            ascending,
            nulls_first,
        })
    }

    /// What may follow a sort key: whether it ascends, and whether NULLs come first.
    pub(super) fn sort_direction(&mut self) -> Result<(bool, bool)> {
        let ascending = !self.take_word("DESC");
        if ascending {
            self.take_word("ASC");
        }
        if !self.take_word("NULLS") {
            return Ok((ascending, ascending));
        }
        match self.take_any_word(&["FIRST", "LAST"]) {
            Some(place) => Ok((ascending, place == "FIRST")),
            None => Err(self.unexpected()),
        }
    }

    /// What follows OVER: `name`, `(name)` or `(specification)`.
    pub(super) fn window_reference(&mut self) -> Result<WindowReference> {
        if !self.is_symbol("(") {
            return self.identifier().map(WindowReference::Name);
        }
        self.advance();
        if self.is_identifier_at(0) && self.is_symbol_at(1, ")") {
            let name = self.identifier()?;
            self.advance();
            return Ok(WindowReference::Name(name));
        }
        let spec = self.window_spec()?;
        self.expect_symbol(")")?;
        Ok(WindowReference::Spec(spec))
    }

    /// The inside of a window's parentheses.
    fn window_spec(&mut self) -> Result<WindowSpec> {
        let mut spec = WindowSpec::default();
        if self.take_words(&["CLUSTER", "BY"]) {
            spec.partition_by = self.comma_separated(Parser::expression)?;
        } else {
            if self.take_words(&["PARTITION", "BY"]) || self.take_words(&["DISTRIBUTE", "BY"]) {
                spec.partition_by = self.comma_separated(Parser::expression)?;
            }
            if self.take_words(&["ORDER", "BY"]) || self.take_words(&["SORT", "BY"]) {
                spec.order_by = self.comma_separated(Parser::sort_order)?;
            }
        }
        spec.frame = self.window_frame()?;
        Ok(spec)
    }

    fn window_frame(&mut self) -> Result<Option<WindowFrame>> {
        let unit = match self.take_any_word(&["ROWS", "RANGE"]) {
            Some("ROWS") => FrameUnit::Rows,
            Some(_) => FrameUnit::Range,
            None => return Ok(None),
        };
        let frame = if self.take_word("BETWEEN") {
            let start = self.frame_bound()?;
            self.expect_word("AND")?;
            let end = self.frame_bound()?;
            WindowFrame { unit, start, end }
        } else {
            let start = self.frame_bound()?;
            let end = FrameBound::CurrentRow;
            WindowFrame { unit, start, end }
        };
        Ok(Some(frame))
    }

    fn frame_bound(&mut self) -> Result<FrameBound> {
        if self.take_words(&["CURRENT", "ROW"]) {
            return Ok(FrameBound::CurrentRow);
        }
        if self.take_words(&["UNBOUNDED", "PRECEDING"]) {
            return Ok(FrameBound::UnboundedPreceding);
        }
        if self.take_words(&["UNBOUNDED", "FOLLOWING"]) {
            return Ok(FrameBound::UnboundedFollowing);
        }
        let mark = self.mark();
        let distance = self.expression()?;
        let literal = is_constant(&distance);
        let bound = match self.take_any_word(&["PRECEDING", "FOLLOWING"]) {
            Some("PRECEDING") => FrameBound::Preceding(distance),
            Some(_) => FrameBound::Following(distance),
            None => return Err(self.unexpected()),
        };
        if !literal {
            return Err(self.error::<0, String>(
                mark,
                &INVALID_SQL_SYNTAX_INVALID_WINDOW_FRAME_BOUND,
                [],
            ));
        }
        Ok(bound)
    }

    /// `WINDOW name AS window, …`, if it comes next, with references among the windows looked up.
    pub(super) fn take_window_clause(&mut self) -> Result<Vec<(String, WindowSpec)>> {
        let named = self.is_identifier_at(1)
            && (self.is_word_at(2, "AS")
                || (self.is_word_at(1, "IDENTIFIER") && self.is_symbol_at(2, "(")));
        if !(self.is_word("WINDOW") && named) {
            return Ok(Vec::new());
        }
        let mark = self.mark();
        self.advance();
        let definitions = self.comma_separated(|parser| {
            let name = parser.identifier()?;
            parser.expect_word("AS")?;
            Ok((name, parser.window_reference()?))
        })?;
        let fail = |condition, name: &str| {
            let parameters = [("windowName", quote::identifier(name))];
            Err(self.error(mark, condition, parameters))
        };
        let find = |name: &str| {
            (definitions.iter())
                .filter(|(defined, _)| defined.eq_ignore_ascii_case(name))
                .map(|(_, window)| window)
                .collect::<Vec<_>>()
        };
        let mut windows = Vec::with_capacity(definitions.len());
        for (name, window) in &definitions {
            if find(name).len() > 1 {
                return fail(&INVALID_SQL_SYNTAX_REPETITIVE_WINDOW_DEFINITION, name);
            }
            let spec = match window {
                WindowReference::Spec(spec) => spec,
                WindowReference::Name(other) => match find(other).first() {
                    Some(WindowReference::Spec(spec)) => spec,
                    Some(_) => return fail(&INVALID_SQL_SYNTAX_INVALID_WINDOW_REFERENCE, other),
                    None => return fail(&INVALID_SQL_SYNTAX_UNRESOLVED_WINDOW_REFERENCE, other),
                },
            };
            windows.push((name.clone(), spec.clone()));
        }
        Ok(windows)
    }
}

/// Whether an expression is made of literals and operators only.
fn is_constant(expression: &Expression) -> bool {
    match &*expression.kind {
        ExpressionKind::Literal(..) | ExpressionKind::Parameter(_) => true,
        ExpressionKind::Cast { operand, .. } => is_constant(operand),
        ExpressionKind::Function(call) => call.arguments.iter().all(|a| is_constant(&a.value)),
        _ => false,
    }
}
