//! Three-valued logic and the forms that choose between values.

use crate::expr::Expr;
use crate::types::DataType;

fn truth(expr: &Expr) -> Option<bool> {
    expr.as_literal().and_then(|value| value.as_bool())
}

/// A conjunction: flat, without TRUE and repetitions; FALSE if a term is.
pub fn and(terms: Vec<Expr>) -> Expr {
    let mut kept: Vec<Expr> = Vec::new();
    for term in terms.into_iter().flat_map(Expr::conjuncts) {
        match truth(&term) {
            Some(true) => {}
            // Terms before it would not have been evaluated for a different result, only for an error.
            Some(false) => return Expr::boolean(false),
            None if kept
                .iter()
                .any(|known| known.same(&term) && known.is_deterministic()) => {}
            None => kept.push(term),
        }
    }
    Expr::all(kept)
}

/// A disjunction: flat, without FALSE; what all alternatives share is taken out.
pub fn or(terms: Vec<Expr>) -> Expr {
    let mut kept: Vec<Expr> = Vec::new();
    let flat = terms.into_iter().flat_map(|term| match term {
        Expr::Or(inner) => inner,
        other => vec![other],
    });
    for term in flat {
        match truth(&term) {
            Some(false) => {}
            Some(true) => return Expr::boolean(true),
            None => kept.push(term),
        }
    }
    match kept.len() {
        0 => Expr::boolean(false),
        1 => kept.remove(0),
        _ => factor(kept),
    }
}

/// `(a AND b) OR (a AND c)` as `a AND (b OR c)`.
fn factor(alternatives: Vec<Expr>) -> Expr {
    if !alternatives.iter().all(Expr::is_deterministic) {
        return Expr::Or(alternatives);
    }
    let parts: Vec<Vec<Expr>> = alternatives.iter().cloned().map(Expr::conjuncts).collect();
    let shared: Vec<Expr> = (parts[0].iter())
        .filter(|term| {
            parts[1..]
                .iter()
                .all(|part| part.iter().any(|other| other.same(term)))
        })
        .cloned()
        .collect();
    if shared.is_empty() {
        return Expr::Or(alternatives);
    }
    let rests: Vec<Expr> = parts
        .into_iter()
        .map(|part| {
            let own = part
                .into_iter()
                .filter(|term| !shared.iter().any(|s| s.same(term)));
            Expr::all(own)
        })
        .collect();
    let mut terms = shared;
    // An alternative that had nothing of its own makes the rest true.
    if !rests.iter().any(|rest| truth(rest) == Some(true)) {
        terms.push(Expr::Or(rests));
    }
    Expr::all(terms)
}

/// A negation.
pub fn not(operand: Expr) -> Expr {
    match operand {
        Expr::Not(inner) => *inner,
        Expr::IsNull { operand, negated } => Expr::IsNull {
            operand,
            negated: !negated,
        },
        other => Expr::Not(Box::new(other)),
    }
}

/// `IS [NOT] NULL` of what cannot be NULL is known.
pub fn is_null(operand: Expr, negated: bool) -> Expr {
    let known = !operand.nullable() && cannot_fail(&operand);
    if known {
        Expr::boolean(negated)
    } else {
        Expr::IsNull {
            operand: Box::new(operand),
            negated,
        }
    }
}

fn cannot_fail(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Column(_) | Expr::Literal(_) | Expr::Exists { .. }
    )
}

/// CASE without branches that cannot be taken.
pub fn case(
    branches: Vec<(Expr, Expr)>,
    otherwise: Option<Box<Expr>>,
    data_type: DataType,
) -> Expr {
    let mut kept = Vec::new();
    let mut otherwise = otherwise;
    for (condition, value) in branches {
        let never = condition
            .as_literal()
            .is_some_and(|v| v.is_null() || v.as_bool() == Some(false));
        if never {
            continue;
        }
        if truth(&condition) == Some(true) {
            otherwise = Some(Box::new(value));
            break;
        }
        kept.push((condition, value));
    }
    if kept.is_empty() {
        return otherwise.map_or_else(|| Expr::null(data_type), |value| *value);
    }
    Expr::Case {
        branches: kept,
        otherwise,
        data_type,
    }
}

/// COALESCE without NULLs, up to the first operand that cannot be NULL.
pub fn coalesce(operands: Vec<Expr>, data_type: DataType) -> Expr {
    let mut kept = Vec::new();
    for operand in operands {
        if operand.as_literal().is_some_and(|value| value.is_null()) {
            continue;
        }
        let last = !operand.nullable();
        kept.push(operand);
        if last {
            break;
        }
    }
    match kept.len() {
        0 => Expr::null(data_type),
        1 if kept[0].data_type() == data_type => kept.remove(0),
        _ => Expr::Coalesce {
            operands: kept,
            data_type,
        },
    }
}
