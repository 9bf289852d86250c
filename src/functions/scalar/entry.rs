//! Registry entries in one expression.

use super::{Arity, Bind, Display, Form, NullRule, ScalarFunction, Volatility};
use crate::functions::Doc;

/// An entry for a plain function that is NULL where an argument is; what else is different goes into a
/// struct update: `ScalarFunction { aliases: &["len"], ..entry(…) }`.
pub(super) const fn entry(
    name: &'static str,
    group: &'static str,
    since: &'static str,
    arity: Arity,
    bind: Bind,
    usage: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> ScalarFunction {
    ScalarFunction {
        name,
        aliases: &[],
        doc: Doc {
            usage,
            examples,
            group,
            since,
        },
        arity,
        volatility: Volatility::Immutable,
        nulls: NullRule::Propagate,
        display: Display::Call,
        parameters: &[],
        first_lambda: 1,
        defaults: &[],
        form: Form::Kernel(bind),
    }
}
