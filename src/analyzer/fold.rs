//! Constant expressions, for functions and clauses that want a value at analysis.

use crate::config::Config;
use crate::error::Result;
use crate::expr::{Evaluator, Expr};
use crate::functions::scalar::EvalContext;
use crate::kernel::value::array_to_value;
use crate::types::Value;

/// The value of an expression that reads no column; None for others.
pub fn constant_value(expr: &Expr, config: &Config) -> Result<Option<Value>> {
    if let Some(value) = expr.as_literal() {
        return Ok(Some(value.clone()));
    }
    if !expr.is_constant() || expr.any(|node| matches!(node, Expr::Lambda { .. })) {
        return Ok(None);
    }
    let evaluator = Evaluator::new(expr, &[], config)?;
    let column = evaluator.eval(&[], 1, &EvalContext::default())?;
    array_to_value(column.values(), 0, &expr.data_type()).map(Some)
}

/// [`constant_value`] where a failing expression counts as none: it will fail again, with its place, when
/// the query runs.
pub fn constant_or_none(expr: &Expr, config: &Config) -> Option<Value> {
    if !is_small(expr) {
        return None;
    }
    constant_value(expr, config).ok().flatten()
}

/// Every call asks for the values of its arguments, so that a chain of calls would be computed once per link;
/// what functions want constant is never as large as this.
fn is_small(expr: &Expr) -> bool {
    let mut parts = 0;
    !expr.any(|_| {
        parts += 1;
        parts > 200
    })
}
