//! Interval literals, in every form:
//!
//! ```text
//!   INTERVAL 1 DAY '2' HOURS          numbers with units
//!   INTERVAL '1-2' YEAR TO MONTH      a string read by its units
//!   INTERVAL '1 day 2 hours'          a string with units inside
//! ```
//!
//! The units written decide the type: YEAR and MONTH make a year-month interval from the largest to the
//! smallest unit named, the others a day-time interval; both together are an error. With
//! `spark.sql.legacy.interval.enabled` every literal is a calendar interval. `INTERVAL (a + 1) DAY` is no
//! literal but a call of a function `interval` with the alias `DAY`, as it is in Spark.

use super::cursor::Parser;
use super::lexer::TokenKind;
use crate::error::conditions::{
    INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION, INTERVAL_FIELD_OUT_OF_RANGE,
    INTERVAL_FROM_TO_MUST_BE_STRING, INTERVAL_MIXED_FIELDS, INTERVAL_ONLY_ONE_FROM_TO,
    INTERVAL_VALUE_NOT_A_NUMBER, INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION,
    INVALID_TYPED_LITERAL,
};
use crate::error::{Error, Result};
use crate::kernel::interval_text::{parse_calendar, parse_day_time, parse_year_month};
use crate::plan::unresolved::{Expression, ExpressionKind};
use crate::types::{CalendarInterval, DataType, DayTimeField, Value, YearMonthField};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// One `value unit` of a literal.
struct Part {
    /// The number with its sign, or the inside of a string.
    value: String,
    is_string: bool,
    unit: String,
    /// The unit behind TO.
    to: Option<String>,
}

impl Parser<'_> {
    /// Whether INTERVAL comes next and is the start of a literal rather than a name.
    pub(super) fn is_interval_literal(&self) -> bool {
        if !self.is_word("INTERVAL") {
            return false;
        }
        let signed = self.is_symbol_at(1, "-") || self.is_symbol_at(1, "+");
        let ahead = if signed { 2 } else { 1 };
        let text = self.is_kind_at(ahead, TokenKind::Text);
        let number = self.is_number_at(ahead);
        // `interval - 1` may be a subtraction; only a unit makes it a literal.
        (text || number) && (!signed || self.is_unit_at(ahead + 1))
    }

    pub(super) fn interval_literal(&mut self) -> Result<Expression> {
        let mark = self.mark();
        self.advance();
        if self.is_kind_at(0, TokenKind::Text) && !self.is_unit_at(1) {
            return self.interval_string(mark);
        }
        let body = self.mark();
        let mut parts = Vec::new();
        while parts.is_empty() || self.is_interval_part() {
            parts.push(self.interval_part()?);
        }
        if parts.iter().any(|part| part.to.is_some()) {
            return match &parts[..] {
                [part] => self.ranged_interval(mark, body, part),
                _ => Err(self.error::<0, String>(mark, &INTERVAL_ONLY_ONE_FROM_TO, [])),
            };
        }
        let mut text = String::new();
        for part in &parts {
            if part.is_string && part.value.chars().any(char::is_alphabetic) {
                return Err(self.error(
                    body,
                    &INTERVAL_VALUE_NOT_A_NUMBER,
                    [("value", part.value.clone())],
                ));
            }
            text.push_str(&format!(" {} {}", part.value, part.unit));
        }
        let interval = parse_calendar(&text).map_err(|e| e.at(self.origin(body).as_ref()))?;
        let units = parts.into_iter().map(|part| part.unit);
        self.interval_of_units(mark, interval, units)
    }

    /// `INTERVAL 'text with units'`, behind the keyword.
    fn interval_string(&mut self, mark: usize) -> Result<Expression> {
        let text = self.text_value()?;
        let Ok(interval) = parse_calendar(&text) else {
            let parameters = [
                ("valueType", "\"INTERVAL\"".to_string()),
                ("value", format!("'{text}'")),
            ];
            return Err(self.error(mark, &INVALID_TYPED_LITERAL, parameters));
        };
        let units = text.split_whitespace().filter(|word| {
            let letters = word.chars().all(|c| c.is_ascii_alphabetic());
            letters && !word.eq_ignore_ascii_case("interval")
        });
        self.interval_of_units(mark, interval, units.map(str::to_string))
    }

    /// Whether another `value unit` follows one.
    fn is_interval_part(&self) -> bool {
        let signed = self.is_symbol("-") || self.is_symbol("+");
        let ahead = usize::from(signed);
        let value = self.is_number_at(ahead) || self.is_kind_at(ahead, TokenKind::Text);
        value && self.is_unit_at(ahead + 1)
    }

    fn interval_part(&mut self) -> Result<Part> {
        let negative = self.take_symbol("-");
        if !negative {
            self.take_symbol("+");
        }
        let token = self.advance();
        let is_string = token.kind == TokenKind::Text;
        let value = match token.kind {
            TokenKind::Text => self.decode_text(token),
            _ => self.text(token).to_string(),
        };
        let value = match (negative, value.strip_prefix('-')) {
            (true, Some(positive)) => positive.to_string(),
            (true, None) => format!("-{value}"),
            (false, _) => value,
        };
        if !self.is_unit_at(0) {
            return Err(self.unexpected());
        }
        let unit = self.advance();
        let unit = self.text(unit).to_lowercase();
        let to = if self.is_word("TO") && self.is_unit_at(1) {
            self.advance();
            let unit = self.advance();
            Some(self.text(unit).to_lowercase())
        } else {
            None
        };
        Ok(Part {
            value,
            is_string,
            unit,
            to,
        })
    }

    fn is_unit_at(&self, ahead: usize) -> bool {
        const UNITS: &[&str] = &[
            "YEAR",
            "MONTH",
            "WEEK",
            "DAY",
            "HOUR",
            "MINUTE",
            "SECOND",
            "MILLISECOND",
            "MICROSECOND",
            "NANOSECOND",
        ];
        let token = self.token_at(ahead);
        let text = self.text(token).to_ascii_uppercase();
        token.kind == TokenKind::Word && UNITS.contains(&text.strip_suffix('S').unwrap_or(&text))
    }

    /// `INTERVAL '…' unit TO unit`
    fn ranged_interval(&self, mark: usize, body: usize, part: &Part) -> Result<Expression> {
        let to = part.to.as_deref().unwrap_or_default();
        if !part.is_string {
            return Err(self.error::<0, String>(body, &INTERVAL_FROM_TO_MUST_BE_STRING, []));
        }
        let unsupported = || {
            let parameters = [
                ("input", part.value.as_str()),
                ("from", part.unit.as_str()),
                ("to", to),
            ];
            self.error(
                body,
                &INVALID_INTERVAL_FORMAT_UNSUPPORTED_FROM_TO_EXPRESSION,
                parameters,
            )
        };
        // In a literal, a number outside its range has a condition of its own.
        let at = |error: Error| {
            let error = match error.parameter("msg") {
                Some(message) => Error::new(&INTERVAL_FIELD_OUT_OF_RANGE, [("msg", message)]),
                None => error,
            };
            error.at(self.origin(body).as_ref())
        };
        let literal = match (Field::named(&part.unit), Field::named(to)) {
            (Some(Field::YearMonth(start)), Some(Field::YearMonth(end))) if start < end => {
                let months = parse_year_month(&part.value, start, end);
                if self.options.legacy_interval {
                    let interval = CalendarInterval {
                        months: months.map_err(at)?,
                        days: 0,
                        microseconds: 0,
                    };
                    calendar_literal(interval)
                } else {
                    let data_type = DataType::YearMonthInterval { start, end };
                    let months = Value::YearMonthInterval(months.map_err(at)?);
                    ExpressionKind::Literal(months, data_type)
                }
            }
            (Some(Field::DayTime(start)), Some(Field::DayTime(end))) if start < end => {
                let micros = parse_day_time(&part.value, start, end).map_err(at)?;
                if self.options.legacy_interval {
                    calendar_literal(CalendarInterval {
                        months: 0,
                        days: (micros / MICROS_PER_DAY) as i32,
                        microseconds: micros % MICROS_PER_DAY,
                    })
                } else {
                    let data_type = DataType::DayTimeInterval { start, end };
                    ExpressionKind::Literal(Value::DayTimeInterval(micros), data_type)
                }
            }
            _ => return Err(unsupported()),
        };
        Ok(self.spanned(mark, literal))
    }

    /// The literal of an interval whose text named these units.
    fn interval_of_units(
        &self,
        mark: usize,
        interval: CalendarInterval,
        units: impl Iterator<Item = String>,
    ) -> Result<Expression> {
        if self.options.legacy_interval {
            return Ok(self.spanned(mark, calendar_literal(interval)));
        }
        let mut year_month: Vec<YearMonthField> = Vec::new();
        let mut day_time: Vec<DayTimeField> = Vec::new();
        for unit in units {
            match Field::named(&unit) {
                Some(Field::YearMonth(field)) => year_month.push(field),
                Some(Field::DayTime(field)) => day_time.push(field),
                None => {}
            }
        }
        let literal = match (
            year_month.iter().min().zip(year_month.iter().max()),
            day_time.iter().min().zip(day_time.iter().max()),
        ) {
            (Some(_), Some(_)) => {
                let literal = self.text_since(mark).to_string();
                return Err(self.error(mark, &INTERVAL_MIXED_FIELDS, [("literal", literal)]));
            }
            (Some((&start, &end)), None) => ExpressionKind::Literal(
                Value::YearMonthInterval(interval.months),
                DataType::YearMonthInterval { start, end },
            ),
            (None, Some((&start, &end))) => {
                let micros = (i64::from(interval.days).checked_mul(MICROS_PER_DAY))
                    .and_then(|micros| micros.checked_add(interval.microseconds))
                    .ok_or_else(|| Error::of(&INTERVAL_ARITHMETIC_OVERFLOW_WITHOUT_SUGGESTION))?;
                let data_type = DataType::DayTimeInterval { start, end };
                ExpressionKind::Literal(Value::DayTimeInterval(micros), data_type)
            }
            (None, None) => calendar_literal(interval),
        };
        Ok(self.spanned(mark, literal))
    }
}

fn calendar_literal(interval: CalendarInterval) -> ExpressionKind {
    ExpressionKind::Literal(
        Value::CalendarInterval(interval),
        DataType::CalendarInterval,
    )
}

/// The field of the interval types that a unit belongs to: weeks count as days, fractions as seconds.
enum Field {
    YearMonth(YearMonthField),
    DayTime(DayTimeField),
}

impl Field {
    fn named(unit: &str) -> Option<Self> {
        let unit = unit.to_ascii_lowercase();
        Some(match unit.strip_suffix('s').unwrap_or(&unit) {
            "year" => Field::YearMonth(YearMonthField::Year),
            "month" => Field::YearMonth(YearMonthField::Month),
            "week" | "day" => Field::DayTime(DayTimeField::Day),
            "hour" => Field::DayTime(DayTimeField::Hour),
            "minute" => Field::DayTime(DayTimeField::Minute),
            "second" | "millisecond" | "microsecond" | "nanosecond" => {
                Field::DayTime(DayTimeField::Second)
            }
            _ => return None,
        })
    }
}
