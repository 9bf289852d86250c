//! `bool_and` (`every`) and `bool_or` (`some`, `any`).

use super::min_max::truth;
use super::{AggregateFunction, AggregateKernel};
use crate::error::Result;
use crate::functions::scalar::Display;
use crate::functions::signature::cast_arguments;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::types::DataType;
use crate::types::coercion::Expected;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "bool_and",
        aliases: &["every"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns true if the condition is true for all rows where it is not NULL.",
            examples: &[
                ("SELECT bool_and(col) FROM VALUES (true), (true), (true) AS tab(col)", "true"),
                ("SELECT bool_and(col) FROM VALUES (NULL), (true), (true) AS tab(col)", "true"),
                ("SELECT bool_and(col) FROM VALUES (true), (false), (true) AS tab(col)", "false"),
            ],
            group: "agg_funcs",
            since: "3.0.0",
        },
        display: Display::CallAsWritten,
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, false),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "bool_or",
        aliases: &["some", "any"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns true if the condition is true for at least one row.",
            examples: &[
                ("SELECT bool_or(col) FROM VALUES (true), (false), (false) AS tab(col)", "true"),
                ("SELECT bool_or(col) FROM VALUES (NULL), (true), (false) AS tab(col)", "true"),
                ("SELECT bool_or(col) FROM VALUES (false), (false), (NULL) AS tab(col)", "false"),
            ],
            group: "agg_funcs",
            since: "3.0.0",
        },
        display: Display::CallAsWritten,
        ignores_duplicates: true,
        bind: |context, arguments| bind(context, arguments, true),
        ..AggregateFunction::BASE
    },
];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    or: bool,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::BOOLEAN])?,
        returns: DataType::Boolean,
        nullable: true,
        // `true` is the larger truth value.
        kernel: truth(or),
    })
}
