//! A number that tells expressions apart, so that rules can see whether they changed anything.

use super::{AggregateCall, Bound, CalledFunction, Expr, Literal, WindowCall, WindowFunctionCall};
use crate::types::Value;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

impl Expr {
    /// Feeds a hasher with everything that makes the expression what it is; places in the SQL text and names of
    /// columns are left out, as in [`Expr::same`].
    pub fn hash_into(&self, hasher: &mut impl Hasher) {
        fn walk(expr: &Expr, hasher: &mut dyn Hasher) {
            expr.hash_node(hasher);
            for child in expr.children() {
                walk(child, hasher);
            }
        }
        walk(self, hasher);
    }

    fn hash_node(&self, mut hasher: &mut dyn Hasher) {
        std::mem::discriminant(self).hash(&mut hasher);
        match self {
            Expr::Column(column) | Expr::Outer(column) => column.id.hash(&mut hasher),
            Expr::Literal(literal) => hash_literal(literal, hasher),
            Expr::Call(call) => {
                match &call.function {
                    CalledFunction::BuiltIn(function) => function.name.hash(&mut hasher),
                    CalledFunction::User(function) => {
                        Arc::as_ptr(&function.kernel).cast::<()>().hash(&mut hasher);
                    }
                }
                call.arguments.len().hash(&mut hasher);
            }
            Expr::Lambda { parameters, .. } => {
                parameters
                    .iter()
                    .for_each(|column| column.id.hash(&mut hasher));
            }
            Expr::Cast { to, mode, .. } => (to, mode).hash(&mut hasher),
            Expr::IsNull { negated, .. } => negated.hash(&mut hasher),
            Expr::Case {
                branches,
                otherwise,
                ..
            } => (branches.len(), otherwise.is_some()).hash(&mut hasher),
            Expr::ScalarSubquery { id, .. } | Expr::Exists { id } | Expr::InSubquery { id, .. } => {
                id.hash(&mut hasher)
            }
            Expr::TaskFact(fact) => fact.hash(&mut hasher),
            Expr::And(terms) | Expr::Or(terms) => terms.len().hash(&mut hasher),
            Expr::In { list, .. } => list.len().hash(&mut hasher),
            Expr::Coalesce { operands, .. } => operands.len().hash(&mut hasher),
            Expr::Not(_) => {}
        }
    }
}

fn hash_literal(literal: &Literal, mut hasher: &mut dyn Hasher) {
    literal.data_type.hash(&mut hasher);
    match &literal.value {
        Value::Null => 0u8.hash(&mut hasher),
        Value::String(text) => text.hash(&mut hasher),
        value => match value.as_i64() {
            Some(number) => number.hash(&mut hasher),
            None => format!("{value:?}").hash(&mut hasher),
        },
    }
}

impl AggregateCall {
    /// Like [`Expr::hash_into`].
    pub fn hash_into(&self, hasher: &mut impl Hasher) {
        (self.function.name, self.distinct, self.filter.is_some()).hash(hasher);
        self.expressions().for_each(|expr| expr.hash_into(hasher));
    }
}

impl WindowCall {
    /// Like [`Expr::hash_into`].
    pub fn hash_into(&self, hasher: &mut impl Hasher) {
        match &self.function {
            WindowFunctionCall::Aggregate(call) => call.hash_into(hasher),
            WindowFunctionCall::Window {
                function,
                ignore_nulls,
                ..
            } => (function.name, ignore_nulls).hash(hasher),
        }
        self.frame.unit.hash(hasher);
        for bound in [&self.frame.start, &self.frame.end] {
            std::mem::discriminant(bound).hash(hasher);
            if let Bound::Rows(rows) = bound {
                rows.hash(hasher);
            }
        }
        self.expressions()
            .into_iter()
            .for_each(|expr| expr.hash_into(hasher));
    }
}
