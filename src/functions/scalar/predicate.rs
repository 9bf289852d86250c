//! AND, OR, IN, BETWEEN, NULL tests and conditionals: functions that are rewritten by the analyzer into
//! expressions of their own, because not all of their arguments are evaluated for every row.

use super::{Arity, Display, Form, NullRule, ScalarFunction, SpecialForm};
use crate::functions::Doc;
use crate::kernel::Column;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use std::sync::Arc;

const fn special(
    name: &'static str,
    group: &'static str,
    since: &'static str,
    arity: Arity,
    form: SpecialForm,
    usage: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> ScalarFunction {
    ScalarFunction {
        name,
        doc: Doc {
            usage,
            examples,
            group,
            since,
        },
        arity,
        nulls: NullRule::Custom,
        form: Form::Special(form),
        ..ScalarFunction::BASE
    }
}

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Infix("AND"),
        ..special(
            "and",
            "predicate_funcs",
            "1.0.0",
            Arity::AtLeast(2),
            SpecialForm::And,
            "a _FUNC_ b - Returns whether both hold; false if one is false, whatever the other.",
            &[
                ("true and false", "false"),
                ("false and NULL", "false"),
                ("true and NULL", "NULL"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Infix("OR"),
        ..special(
            "or",
            "predicate_funcs",
            "1.0.0",
            Arity::AtLeast(2),
            SpecialForm::Or,
            "a _FUNC_ b - Returns whether either holds; true if one is true, whatever the other.",
            &[
                ("true or false", "true"),
                ("true or NULL", "true"),
                ("false or NULL", "NULL"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| match arguments {
            [value, items @ ..] => format!("({value} IN ({}))", items.join(", ")),
            [] => String::new(),
        }),
        ..special(
            "in",
            "predicate_funcs",
            "1.0.0",
            Arity::AtLeast(1),
            SpecialForm::In,
            "a _FUNC_(b, c, ...) - Returns whether a equals any of the others; NULL if it equals none and one is NULL.",
            &[
                ("1 in (1, 2, 3)", "true"),
                ("1 in (2, 3)", "false"),
                ("1 in (2, NULL)", "NULL"),
            ],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| match arguments {
            [value, low, high] => format!("between({value}, {low}, {high})"),
            other => other.join(", "),
        }),
        ..special(
            "between",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(3),
            SpecialForm::Between,
            "a _FUNC_ b AND c - Returns whether a is at least b and at most c.",
            &[("0.5 between 0.1 and 1.0", "true")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("({} IS NULL)", arguments.join(", "))),
        ..special(
            "isnull",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(1),
            SpecialForm::IsNull,
            "_FUNC_(a) - Returns whether a is NULL.",
            &[("isnull(1)", "false")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("({} IS NOT NULL)", arguments.join(", "))),
        ..special(
            "isnotnull",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(1),
            SpecialForm::IsNotNull,
            "_FUNC_(a) - Returns whether a is not NULL.",
            &[("isnotnull(1)", "true")],
        )
    },
    ScalarFunction {
        display: Display::Custom(print_case),
        ..special(
            "when",
            "conditional_funcs",
            "1.0.1",
            Arity::AtLeast(2),
            SpecialForm::When,
            "CASE WHEN a THEN b [WHEN c THEN d]* [ELSE e] END - Returns the value behind the first condition that holds, else e, else NULL.",
            &[(
                "CASE WHEN 1 > 0 THEN 1 WHEN 2 > 0 THEN 2.0 ELSE 1.2 END",
                "1.0",
            )],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| match arguments {
            [test, then, otherwise] => format!("(IF({test}, {then}, {otherwise}))"),
            other => format!("if({})", other.join(", ")),
        }),
        ..special(
            "if",
            "conditional_funcs",
            "1.0.0",
            Arity::Exact(3),
            SpecialForm::If,
            "_FUNC_(a, b, c) - Returns b where a is true, else c.",
            &[("if(1 < 2, 'a', 'b')", "a")],
        )
    },
    special(
        "coalesce",
        "conditional_funcs",
        "1.0.0",
        Arity::AtLeast(1),
        SpecialForm::Coalesce,
        "_FUNC_(a, b, ...) - Returns the first argument that is not NULL.",
        &[("coalesce(NULL, 1, NULL)", "1")],
    ),
    ScalarFunction {
        aliases: &["ifnull"],
        display: Display::CallAsWritten,
        ..special(
            "nvl",
            "conditional_funcs",
            "2.0.0",
            Arity::Exact(2),
            SpecialForm::Nvl,
            "_FUNC_(a, b) - Returns a unless it is NULL, else b.",
            &[("nvl(NULL, array('2'))", "[\"2\"]")],
        )
    },
    special(
        "nvl2",
        "conditional_funcs",
        "2.0.0",
        Arity::Exact(3),
        SpecialForm::Nvl2,
        "_FUNC_(a, b, c) - Returns b where a is not NULL, else c.",
        &[("nvl2(NULL, 2, 1)", "1")],
    ),
    special(
        "nullif",
        "conditional_funcs",
        "2.0.0",
        Arity::Exact(2),
        SpecialForm::NullIf,
        "_FUNC_(a, b) - Returns a, but NULL where it equals b.",
        &[("nullif(2, 2)", "NULL")],
    ),
    special(
        "nullifzero",
        "conditional_funcs",
        "4.0.0",
        Arity::Exact(1),
        SpecialForm::NullIfZero,
        "_FUNC_(a) - Returns a, but NULL where it is zero.",
        &[("nullifzero(0)", "NULL"), ("nullifzero(2)", "2")],
    ),
    special(
        "zeroifnull",
        "conditional_funcs",
        "4.0.0",
        Arity::Exact(1),
        SpecialForm::ZeroIfNull,
        "_FUNC_(a) - Returns a, but zero where it is NULL.",
        &[("zeroifnull(NULL)", "0"), ("zeroifnull(2)", "2")],
    ),
    special(
        "nanvl",
        "conditional_funcs",
        "1.5.0",
        Arity::Exact(2),
        SpecialForm::NanVl,
        "_FUNC_(a, b) - Returns a unless it is NaN, else b.",
        &[("nanvl(cast('NaN' as double), 123)", "123.0")],
    ),
    special(
        "grouping",
        "agg_funcs",
        "2.0.0",
        Arity::Exact(1),
        SpecialForm::Grouping,
        "_FUNC_(a) - Returns 1 where a is left out of the grouping set of the row, else 0.",
        &[],
    ),
    special(
        "grouping_id",
        "agg_funcs",
        "2.0.0",
        Arity::AtLeast(0),
        SpecialForm::GroupingId,
        "_FUNC_([a, ...]) - Returns the grouping bits of the columns, or of all grouping columns, as one BIGINT.",
        &[],
    ),
];

/// `CASE WHEN a THEN b ELSE c END`
fn print_case(_: &str, arguments: &[&str]) -> String {
    let mut out = String::from("CASE");
    for pair in arguments.chunks(2) {
        out.push_str(&match pair {
            [condition, value] => format!(" WHEN {condition} THEN {value}"),
            [otherwise] => format!(" ELSE {otherwise}"),
            _ => String::new(),
        });
    }
    out + " END"
}

/// A BOOLEAN column with false for NULL.
pub(super) fn null_is_false(column: Column) -> Column {
    let fill = |array: ArrayRef| -> ArrayRef {
        match array.as_boolean_opt() {
            Some(values) if values.null_count() > 0 => {
                let nulls = values.nulls().map_or_else(
                    || values.values().clone(),
                    |nulls| values.values() & nulls.inner(),
                );
                Arc::new(BooleanArray::new(nulls, None))
            }
            _ => array,
        }
    };
    match column {
        Column::Array(array) => Column::Array(fill(array)),
        Column::Constant(array) => Column::Constant(fill(array)),
    }
}
