//! Can a filter hold for any row of a block of which only the ranges of its columns are known?
//!
//! The filter is evaluated over ranges instead of values. A boolean expression then has a *set* of possible
//! outcomes out of true, false and NULL, and the block may be left out when true is not among them:
//!
//! ```text
//!   a in 3..7, no NULLs      a > 5   {true, false}
//!                            a > 9   {false}             skip
//!                            NOT (a < 9)  {false}        skip
//! ```
//!
//! Whatever is not understood may have any outcome, so that the answer errs to the safe side.

use crate::expr::{Attribute, Expr};
use crate::types::{DataType, Decimal, Value};
use std::cmp::Ordering;

/// What is known of the values of a column in a block of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnRange {
    /// A lower bound of the values that are not NULL; None if unknown.
    pub minimum: Option<Value>,
    /// An upper bound of the values that are not NULL; None if unknown.
    pub maximum: Option<Value>,
    /// Whether there may be NULLs.
    pub may_be_null: bool,
    /// Whether there is nothing but NULLs.
    pub all_null: bool,
}

impl ColumnRange {
    /// Nothing is known.
    pub fn unknown() -> ColumnRange {
        ColumnRange {
            may_be_null: true,
            ..ColumnRange::default()
        }
    }

    /// One value throughout.
    pub fn constant(value: &Value) -> ColumnRange {
        if value.is_null() {
            return ColumnRange {
                may_be_null: true,
                all_null: true,
                ..ColumnRange::default()
            };
        }
        ColumnRange {
            minimum: Some(value.clone()),
            maximum: Some(value.clone()),
            may_be_null: false,
            all_null: false,
        }
    }
}

/// Whether all of `filters` may hold for a row of a block. `range_of(i)` says what is known of column `i`,
/// which `attributes[i]` stands for.
pub fn may_match(
    filters: &[Expr],
    attributes: &[Attribute],
    range_of: &dyn Fn(usize) -> ColumnRange,
) -> bool {
    let block = Block {
        attributes,
        range_of,
    };
    filters.iter().all(|filter| block.outcomes(filter).yes)
}

/// Which outcomes a boolean expression may have.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcomes {
    yes: bool,
    no: bool,
    null: bool,
}

impl Outcomes {
    const ANY: Outcomes = Outcomes {
        yes: true,
        no: true,
        null: true,
    };

    fn not(self) -> Outcomes {
        Outcomes {
            yes: self.no,
            no: self.yes,
            null: self.null,
        }
    }

    fn and(self, other: Outcomes) -> Outcomes {
        Outcomes {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            null: (self.null && (other.null || other.yes)) || (other.null && self.yes),
        }
    }

    fn or(self, other: Outcomes) -> Outcomes {
        self.not().and(other.not()).not()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    NotEqual,
    NullSafeEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn of(function: &str) -> Option<Comparison> {
        Some(match function {
            "=" | "==" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<=>" => Comparison::NullSafeEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }
}

struct Block<'a> {
    attributes: &'a [Attribute],
    range_of: &'a dyn Fn(usize) -> ColumnRange,
}

impl Block<'_> {
    fn outcomes(&self, filter: &Expr) -> Outcomes {
        match filter {
            Expr::Literal(literal) => match &literal.value {
                Value::Boolean(value) => Outcomes {
                    yes: *value,
                    no: !*value,
                    null: false,
                },
                Value::Null => Outcomes {
                    yes: false,
                    no: false,
                    null: true,
                },
                _ => Outcomes::ANY,
            },
            Expr::And(terms) => {
                let all = terms.iter().map(|term| self.outcomes(term));
                all.reduce(Outcomes::and).unwrap_or(Outcomes::ANY)
            }
            Expr::Or(terms) => {
                let all = terms.iter().map(|term| self.outcomes(term));
                all.reduce(Outcomes::or).unwrap_or(Outcomes::ANY)
            }
            Expr::Not(operand) => self.outcomes(operand).not(),
            Expr::IsNull { operand, negated } => {
                let outcomes = match self.range(operand) {
                    Some(range) => Outcomes {
                        yes: range.may_be_null || range.all_null,
                        no: !range.all_null,
                        null: false,
                    },
                    None => Outcomes {
                        null: false,
                        ..Outcomes::ANY
                    },
                };
                if *negated { outcomes.not() } else { outcomes }
            }
            Expr::In { operand, list } => {
                let Some(range) = self.range(operand) else {
                    return Outcomes::ANY;
                };
                (list.iter())
                    .map(|item| match self.range(item) {
                        Some(item) => compare(Comparison::Equal, &range, &item),
                        None => Outcomes::ANY,
                    })
                    .reduce(Outcomes::or)
                    .unwrap_or(Outcomes::ANY)
            }
            Expr::Call(call) => match (Comparison::of(call.name()), call.arguments.as_slice()) {
                (Some(comparison), [left, right]) => match (self.range(left), self.range(right)) {
                    (Some(left), Some(right)) => compare(comparison, &left, &right),
                    _ => Outcomes::ANY,
                },
                (None, [text, prefix]) if call.name() == "startswith" => {
                    self.starts_with(text, prefix)
                }
                _ => Outcomes::ANY,
            },
            Expr::Column(_) => match self.range(filter) {
                Some(range) => compare(
                    Comparison::Equal,
                    &range,
                    &ColumnRange::constant(&Value::Boolean(true)),
                ),
                None => Outcomes::ANY,
            },
            _ => Outcomes::ANY,
        }
    }

    /// The range of an operand: a column, a constant, or a cast of one that keeps the order.
    fn range(&self, operand: &Expr) -> Option<ColumnRange> {
        match operand {
            Expr::Literal(literal) => Some(ColumnRange::constant(&literal.value)),
            Expr::Column(column) => {
                let index =
                    (self.attributes.iter()).position(|attribute| attribute.id == column.id)?;
                let range = (self.range_of)(index);
                let fractional = matches!(column.data_type, DataType::Float | DataType::Double);
                Some(if fractional {
                    without_nan(range)
                } else {
                    range
                })
            }
            Expr::Cast { operand, to, .. } if keeps_order(&operand.data_type(), to) => {
                self.range(operand)
            }
            _ => None,
        }
    }

    fn starts_with(&self, text: &Expr, prefix: &Expr) -> Outcomes {
        let (Some(range), Some(Value::String(prefix))) = (self.range(text), prefix.as_literal())
        else {
            return Outcomes::ANY;
        };
        let below = matches!(&range.maximum, Some(Value::String(maximum))
            if maximum.as_bytes() < prefix.as_bytes());
        let above = matches!(&range.minimum, Some(Value::String(minimum))
            if minimum.as_bytes() > prefix.as_bytes() && !minimum.starts_with(&**prefix));
        Outcomes {
            yes: !(range.all_null || below || above),
            no: true,
            null: range.may_be_null,
        }
    }
}

/// NaN is larger than every number, but files leave it out of their statistics.
fn without_nan(range: ColumnRange) -> ColumnRange {
    ColumnRange {
        maximum: None,
        ..range
    }
}

/// Whether a cast keeps the order of values and their numeric value, so that ranges pass through it.
fn keeps_order(from: &DataType, to: &DataType) -> bool {
    let digits = |data_type: &DataType| match data_type {
        DataType::Byte => Some((3, 0)),
        DataType::Short => Some((5, 0)),
        DataType::Integer => Some((10, 0)),
        DataType::Long => Some((19, 0)),
        DataType::Decimal { precision, scale } => {
            Some((i32::from(*precision) - i32::from(*scale), i32::from(*scale)))
        }
        _ => None,
    };
    match (digits(from), digits(to)) {
        (Some((whole, fraction)), Some((to_whole, to_fraction))) => {
            whole <= to_whole && fraction <= to_fraction
        }
        (Some(_), None) => matches!(to, DataType::Double) && !matches!(from, DataType::Long),
        _ => {
            from == to
                || matches!((from, to), (DataType::Float, DataType::Double))
                || (from.is_string() && to.is_string())
        }
    }
}

fn compare(comparison: Comparison, left: &ColumnRange, right: &ColumnRange) -> Outcomes {
    if comparison == Comparison::NullSafeEqual {
        let both_null =
            (left.may_be_null || left.all_null) && (right.may_be_null || right.all_null);
        let equal = compare(Comparison::Equal, left, right);
        return Outcomes {
            yes: equal.yes || both_null,
            no: equal.no || equal.null,
            null: false,
        };
    }
    let null = left.may_be_null || right.may_be_null || left.all_null || right.all_null;
    if left.all_null || right.all_null {
        return Outcomes {
            yes: false,
            no: false,
            null: true,
        };
    }
    // The order of the ends, None if an end is unknown.
    let order = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
        (Some(a), Some(b)) => compare_values(a, b),
        _ => None,
    };
    let low_high = order(&left.minimum, &right.maximum);
    let high_low = order(&left.maximum, &right.minimum);
    // Whether some left value may be less than, or greater than, some right value.
    let may_be_less = low_high.is_none_or(Ordering::is_lt);
    let may_be_greater = high_low.is_none_or(Ordering::is_gt);
    let may_be_equal = low_high.is_none_or(Ordering::is_le) && high_low.is_none_or(Ordering::is_ge);
    let (yes, no) = match comparison {
        Comparison::Equal | Comparison::NullSafeEqual => {
            (may_be_equal, may_be_less || may_be_greater)
        }
        Comparison::NotEqual => (may_be_less || may_be_greater, may_be_equal),
        Comparison::Less => (may_be_less, may_be_equal || may_be_greater),
        Comparison::LessOrEqual => (may_be_less || may_be_equal, may_be_greater),
        Comparison::Greater => (may_be_greater, may_be_equal || may_be_less),
        Comparison::GreaterOrEqual => (may_be_greater || may_be_equal, may_be_less),
    };
    Outcomes { yes, no, null }
}

/// The order of two values; numbers compare across their types. None if they do not compare.
pub fn compare_values(a: &Value, b: &Value) -> Option<Ordering> {
    use Value::*;
    match (a, b) {
        (Boolean(a), Boolean(b)) => Some(a.cmp(b)),
        (String(a), String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Binary(a), Binary(b)) => Some(a.cmp(b)),
        (Date(a), Date(b)) => Some(a.cmp(b)),
        (Timestamp(a), Timestamp(b)) | (TimestampNtz(a), TimestampNtz(b)) => Some(a.cmp(b)),
        (YearMonthInterval(a), YearMonthInterval(b)) => Some(a.cmp(b)),
        (DayTimeInterval(a), DayTimeInterval(b)) => Some(a.cmp(b)),
        _ => match (exact_number(a), exact_number(b)) {
            (Some((x, s)), Some((y, t))) => compare_decimals(x, s, y, t),
            _ => number(a)?.partial_cmp(&number(b)?),
        },
    }
}

fn exact_number(value: &Value) -> Option<(i128, i8)> {
    match value {
        Value::Decimal(Decimal {
            unscaled, scale, ..
        }) => Some((*unscaled, *scale)),
        other => other.as_i64().map(|integer| (i128::from(integer), 0)),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(v) => Some(f64::from(*v)),
        Value::Double(v) => Some(*v),
        other => {
            let (unscaled, scale) = exact_number(other)?;
            Some(unscaled as f64 / 10f64.powi(i32::from(scale)))
        }
    }
}

fn compare_decimals(a: i128, a_scale: i8, b: i128, b_scale: i8) -> Option<Ordering> {
    let shift = i32::from(a_scale) - i32::from(b_scale);
    let power = 10i128.checked_pow(shift.unsigned_abs());
    let scaled = |value: i128| power.and_then(|power| value.checked_mul(power));
    if shift >= 0 {
        // An overflow means that the other side is larger in amount.
        Some(scaled(b).map_or_else(|| 0.cmp(&b), |b| a.cmp(&b)))
    } else {
        Some(scaled(a).map_or_else(|| a.cmp(&0), |a| a.cmp(&b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(minimum: i32, maximum: i32, nulls: bool) -> ColumnRange {
        ColumnRange {
            minimum: Some(Value::Integer(minimum)),
            maximum: Some(Value::Integer(maximum)),
            may_be_null: nulls,
            all_null: false,
        }
    }

    fn outcome(comparison: Comparison, left: &ColumnRange, right: i64) -> (bool, bool, bool) {
        let right = ColumnRange::constant(&Value::Long(right));
        let outcomes = compare(comparison, left, &right);
        (outcomes.yes, outcomes.no, outcomes.null)
    }

    #[test]
    fn comparisons_of_ranges() {
        let block = range(3, 7, false);
        assert_eq!(outcome(Comparison::Greater, &block, 5), (true, true, false));
        assert_eq!(
            outcome(Comparison::Greater, &block, 7),
            (false, true, false)
        );
        assert_eq!(
            outcome(Comparison::GreaterOrEqual, &block, 3),
            (true, false, false)
        );
        assert_eq!(outcome(Comparison::Equal, &block, 8), (false, true, false));
        assert_eq!(
            outcome(Comparison::NotEqual, &range(4, 4, true), 4),
            (false, true, true)
        );
        assert_eq!(
            outcome(Comparison::Less, &ColumnRange::unknown(), 4),
            (true, true, true)
        );
        let nulls = ColumnRange::constant(&Value::Null);
        assert_eq!(outcome(Comparison::Equal, &nulls, 4), (false, false, true));
        assert_eq!(
            outcome(Comparison::NullSafeEqual, &nulls, 4),
            (false, true, false)
        );
    }

    #[test]
    fn outcomes_combine_like_three_valued_logic() {
        let yes = Outcomes {
            yes: true,
            no: false,
            null: false,
        };
        let no = yes.not();
        let null = Outcomes {
            yes: false,
            no: false,
            null: true,
        };
        assert_eq!(yes.and(null), null);
        assert_eq!(no.and(null), no);
        assert_eq!(yes.or(null), yes);
        assert_eq!(no.or(null), null);
        assert_eq!(Outcomes::ANY.and(no), no);
    }

    #[test]
    fn numbers_compare_across_types_and_scales() {
        let decimal = |unscaled, scale| {
            Value::Decimal(Decimal {
                unscaled,
                precision: 38,
                scale,
            })
        };
        let order = |a: &Value, b: &Value| compare_values(a, b).unwrap();
        assert_eq!(order(&decimal(150, 2), &decimal(15, 1)), Ordering::Equal);
        assert_eq!(order(&decimal(150, 2), &Value::Integer(2)), Ordering::Less);
        assert_eq!(
            order(&decimal(i128::MAX, 0), &decimal(1, 38)),
            Ordering::Greater
        );
        assert_eq!(order(&Value::Double(1.5), &decimal(15, 1)), Ordering::Equal);
        assert_eq!(
            compare_values(&Value::Double(f64::NAN), &Value::Double(1.0)),
            None
        );
    }
}
