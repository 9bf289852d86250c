//! `flag = 1` with ANSI mode off: a boolean beside the literal 1 or 0 is the flag itself, or its opposite,
//! and that is also how Spark prints it.

use super::typed::Typed;
use crate::error::Origin;
use crate::expr::Expr;
use crate::types::{DataType, Value};

/// What `=`, `!=` and `<=>` of a boolean and a literal 1 or 0 come down to; None of anything else.
pub(super) fn boolean_equality(
    operator: &str,
    operands: &[Typed],
    origin: &Option<Origin>,
) -> Option<Typed> {
    let [left, right] = operands else {
        return None;
    };
    let (flag, number) = match (left.data_type(), right.data_type()) {
        (DataType::Boolean, _) => (left, right),
        (_, DataType::Boolean) => (right, left),
        _ => return None,
    };
    let is_one = match number.expr.as_literal()? {
        Value::Float(v) => truth(f64::from(*v))?,
        Value::Double(v) => truth(*v)?,
        Value::Decimal(v) => match v.unscaled {
            0 => false,
            one if one == 10i128.checked_pow(u32::try_from(v.scale).ok()?)? => true,
            _ => return None,
        },
        other => truth(other.as_i64()? as f64)?,
    };
    let itself = |positive: bool| match positive {
        true => (flag.expr.clone(), flag.sql.clone()),
        false => (
            Expr::Not(Box::new(flag.expr.clone())),
            format!("(NOT {})", flag.sql),
        ),
    };
    let (expr, sql) = match operator {
        "=" => itself(is_one),
        "!=" => itself(!is_one),
        "<=>" => {
            let (value, sql) = itself(is_one);
            let known = Expr::IsNull {
                operand: Box::new(flag.expr.clone()),
                negated: true,
            };
            let sql = format!("(({} IS NOT NULL) AND {sql})", flag.sql);
            (Expr::all([known, value]), sql)
        }
        _ => return None,
    };
    Some(Typed::new(expr, sql, origin.clone()))
}

fn truth(number: f64) -> Option<bool> {
    match number {
        1.0 => Some(true),
        0.0 => Some(false),
        _ => None,
    }
}
