//! What stays the same for a whole query: the current date and time.

use super::datetime;
use crate::error::Error;
use crate::functions::scalar::{Arity, Form, ScalarFunction, SpecialForm};

/// The entries. The analyzer evaluates them once a query.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        aliases: &["curdate"],
        ..constant(
            "current_date",
            "1.5.0",
            "_FUNC_() - The date on which the query began, in the session's time zone.",
        )
    },
    constant(
        "current_timestamp",
        "1.5.0",
        "_FUNC_() - The instant at which the query began.",
    ),
    constant(
        "now",
        "1.6.0",
        "_FUNC_() - The instant at which the query began.",
    ),
    constant(
        "localtimestamp",
        "3.4.0",
        "_FUNC_() - The wall-clock time at which the query began, in the session's time zone.",
    ),
    constant(
        "current_timezone",
        "3.1.0",
        "_FUNC_() - The session's time zone.",
    ),
];

const fn constant(name: &'static str, since: &'static str, usage: &'static str) -> ScalarFunction {
    ScalarFunction {
        form: Form::Special(SpecialForm::QueryConstant),
        ..datetime(
            name,
            since,
            Arity::Exact(0),
            |context, _| {
                Err(Error::internal(format!(
                    "{} was not replaced",
                    context.name
                )))
            },
            usage,
            &[],
        )
    }
}
