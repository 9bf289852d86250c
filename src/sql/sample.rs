//! TABLESAMPLE.

use super::cursor::Parser;
use super::lexer::{NumberKind, TokenKind};
use crate::error::Result;
use crate::error::conditions::{
    INVALID_TABLESAMPLE_FRACTION, LEGACY_0016, TABLESAMPLE_EMPTY, TABLESAMPLE_NOT_SUPPORTED,
};
use crate::plan::unresolved::{Expression, ExpressionKind, SampleMethod};
use crate::types::Value;

impl Parser<'_> {
    /// `TABLESAMPLE (…) [REPEATABLE (seed)]`
    pub(super) fn sample(&mut self) -> Result<(SampleMethod, Option<i64>)> {
        let mark = self.mark();
        self.advance();
        self.expect_symbol("(")?;
        if self.is_symbol(")") {
            return Err(self.error::<0, String>(mark, &TABLESAMPLE_EMPTY, []));
        }
        let method = if self.take_word("BUCKET") {
            let numerator = self.unsigned()?;
            self.expect_words(&["OUT", "OF"])?;
            let denominator = self.unsigned()?;
            if self.take_word("ON") {
                let what = match self.is_symbol_at(1, "(") {
                    true => "BUCKET x OUT OF y ON function",
                    false => "BUCKET x OUT OF y ON colname",
                };
                return Err(self.error(mark, &TABLESAMPLE_NOT_SUPPORTED, [("msg", what)]));
            }
            SampleMethod::Bucket {
                numerator,
                denominator,
            }
        } else {
            let negative = self.is_symbol("-");
            let size = self.expression()?;
            match self.take_any_word(&["PERCENT", "ROWS"]) {
                Some("ROWS") => SampleMethod::Rows(size),
                Some(_) => {
                    self.expect_symbol(")")?;
                    let method = self.percentage(mark, negative, &size)?;
                    return Ok((method, self.take_repeatable()?));
                }
                None => {
                    let bytes = self
                        .text_since(mark)
                        .rsplit('(')
                        .next()
                        .unwrap_or_default()
                        .trim();
                    let bytes = bytes.to_string();
                    let is_length = bytes
                        .strip_suffix(['b', 'B', 'k', 'K', 'm', 'M', 'g', 'G'])
                        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
                    if !is_length && self.take_symbol(")") {
                        let bytes = ("bytesStr", bytes.to_string());
                        return Err(self.error(mark, &LEGACY_0016, [bytes]));
                    }
                    let what = "byteLengthLiteral";
                    return Err(self.error(mark, &TABLESAMPLE_NOT_SUPPORTED, [("msg", what)]));
                }
            }
        };
        self.expect_symbol(")")?;
        Ok((method, self.take_repeatable()?))
    }

    /// The seed of `REPEATABLE (seed)`, if it comes next.
    fn take_repeatable(&mut self) -> Result<Option<i64>> {
        if !self.take_word("REPEATABLE") {
            return Ok(None);
        }
        self.expect_symbol("(")?;
        let seed = self.unsigned()?;
        self.expect_symbol(")")?;
        Ok(Some(i64::from(seed)))
    }

    fn percentage(&self, mark: usize, negative: bool, size: &Expression) -> Result<SampleMethod> {
        let percent = match &*size.kind {
            ExpressionKind::Literal(Value::Decimal(value), _) => value.to_string().parse().ok(),
            ExpressionKind::Literal(Value::Double(value), _) => Some(*value),
            ExpressionKind::Literal(value, _) => value.as_i64().map(|value| value as f64),
            _ => None,
        };
        let Some(percent) = percent else {
            return Err(self.unexpected());
        };
        let upper: f64 = percent / 100.0;
        if negative || !(0.0..=1.0 + 1e-6).contains(&upper) {
            let upper = if negative { -upper.abs() } else { upper };
            let mut fraction = String::new();
            crate::kernel::number_text::write_double(upper, &mut fraction);
            let fraction = ("fraction", fraction);
            return Err(self.error(mark, &INVALID_TABLESAMPLE_FRACTION, [fraction]));
        }
        Ok(SampleMethod::Fraction { lower: 0.0, upper })
    }

    fn unsigned(&mut self) -> Result<u32> {
        let token = self.token();
        let number = match token.kind {
            TokenKind::Number(NumberKind::Integer) => self.text(token).parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(number)
    }
}
