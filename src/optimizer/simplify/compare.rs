//! Comparisons in the form that scans and joins can use.

use crate::expr::{Call, Expr};
use crate::types::{DataType, Value};

/// `a IN (x)` is `a = x`.
pub fn in_list(operand: Expr, mut list: Vec<Expr>) -> Expr {
    if list.len() == 1
        && let Ok(equality) = Expr::equal(operand.clone(), list[0].clone())
    {
        return equality;
    }
    list.dedup_by(|a, b| matches!(a, Expr::Literal(_)) && a.same(b));
    Expr::In {
        operand: Box::new(operand),
        list,
    }
}

/// `CAST(a AS BIGINT) < 5` is `a < 5` for an integer column `a`, if the constant fits its type.
pub fn without_cast(call: Call) -> Expr {
    if !matches!(call.name(), "=" | "<" | "<=" | ">" | ">=" | "<=>") {
        return Expr::Call(call);
    }
    let replaced = match call.arguments.as_slice() {
        [Expr::Cast { operand, to, .. }, Expr::Literal(literal)] => {
            narrow(operand, to, &literal.value).map(|value| vec![(**operand).clone(), value])
        }
        [Expr::Literal(literal), Expr::Cast { operand, to, .. }] => {
            narrow(operand, to, &literal.value).map(|value| vec![value, (**operand).clone()])
        }
        _ => None,
    };
    let Some(arguments) = replaced else {
        return Expr::Call(call);
    };
    match Expr::call(call.name(), arguments) {
        Ok(Expr::Call(narrower)) => Expr::Call(Call {
            origin: call.origin,
            ..narrower
        }),
        _ => Expr::Call(call),
    }
}

/// The constant in the integer type of `operand`, which was widened to the integer type `to`.
fn narrow(operand: &Expr, to: &DataType, value: &Value) -> Option<Expr> {
    let from = operand.data_type();
    if !from.is_integral() || !to.is_integral() {
        return None;
    }
    let number = value.as_i64()?;
    let value = match from {
        DataType::Byte => Value::Byte(i8::try_from(number).ok()?),
        DataType::Short => Value::Short(i16::try_from(number).ok()?),
        DataType::Integer => Value::Integer(i32::try_from(number).ok()?),
        _ => return None,
    };
    // A narrowing cast (BIGINT to INT) drops bits; only widening ones are undone.
    let width = |data_type: &DataType| match data_type {
        DataType::Byte => 1,
        DataType::Short => 2,
        DataType::Integer => 4,
        _ => 8,
    };
    (width(&from) < width(to)).then(|| Expr::literal(value, from))
}
