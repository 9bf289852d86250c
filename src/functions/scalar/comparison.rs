//! Comparison operators, NOT and `isnan`.

use super::entry::entry;
use super::{Arity, Display, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, operands_differ,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::compare::{Comparison, compare};
use crate::kernel::lift::{Bool, map1};
use crate::types::DataType;
use crate::types::coercion::{self, Expected};
use arrow::datatypes::{Float32Type, Float64Type};

macro_rules! comparison {
    ($symbol:literal, $aliases:expr, $op:expr, $usage:literal, $examples:expr $(,)?) => {
        ScalarFunction {
            aliases: $aliases,
            display: Display::Infix($symbol),
            ..entry(
                $symbol,
                "predicate_funcs",
                "1.0.0",
                Arity::Exact(2),
                |context, arguments| bind($op, $symbol, context, arguments),
                $usage,
                $examples,
            )
        }
    };
}

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    comparison!(
        "=",
        &["=="],
        Comparison::Equal,
        "a _FUNC_ b - Returns whether a equals b; NULL if either is NULL.",
        &[
            ("2 = 2", "true"),
            ("1 = '1'", "true"),
            ("true = NULL", "NULL")
        ],
    ),
    comparison!(
        "<",
        &[],
        Comparison::Less,
        "a _FUNC_ b - Returns whether a is less than b.",
        &[
            ("1 < 2", "true"),
            ("DATE'2009-07-30' < DATE'2009-07-30'", "false")
        ],
    ),
    comparison!(
        "<=",
        &[],
        Comparison::LessOrEqual,
        "a _FUNC_ b - Returns whether a is less than or equal to b.",
        &[("2 <= 2", "true"), ("1.0 <= '1'", "true")],
    ),
    comparison!(
        ">",
        &[],
        Comparison::Greater,
        "a _FUNC_ b - Returns whether a is greater than b.",
        &[("2 > 1", "true"), ("2 > 1.1", "true")],
    ),
    comparison!(
        ">=",
        &[],
        Comparison::GreaterOrEqual,
        "a _FUNC_ b - Returns whether a is greater than or equal to b.",
        &[("2 >= 1", "true"), ("2.0 >= 2.1", "false")],
    ),
    ScalarFunction {
        display: Display::Infix("<=>"),
        nulls: NullRule::Custom,
        ..entry(
            "<=>",
            "predicate_funcs",
            "1.1.0",
            Arity::Exact(2),
            |context, arguments| {
                bind(Comparison::NullSafeEqual, "<=>", context, arguments).map(Nullable::never_null)
            },
            "a _FUNC_ b - Returns whether a equals b, taking two NULLs for equal; never NULL.",
            &[
                ("2 <=> 2", "true"),
                ("NULL <=> NULL", "true"),
                ("1 <=> NULL", "false"),
            ],
        )
    },
    ScalarFunction {
        aliases: &["<>"],
        display: Display::Custom(|_, arguments| match arguments {
            [a, b] => format!("(NOT ({a} = {b}))"),
            other => other.join(" <> "),
        }),
        ..entry(
            "!=",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(2),
            |context, arguments| bind(Comparison::NotEqual, "=", context, arguments),
            "a _FUNC_ b - Returns whether a differs from b; NULL if either is NULL.",
            &[("1 != 2", "true"), ("1 != 1", "false")],
        )
    },
    ScalarFunction {
        aliases: &["!"],
        display: Display::Prefix("NOT"),
        ..entry(
            "not",
            "predicate_funcs",
            "1.0.0",
            Arity::Exact(1),
            |context, arguments| {
                let types = cast_arguments(context, arguments, &[Expected::BOOLEAN])?;
                Ok(binding(
                    arguments,
                    types,
                    DataType::Boolean,
                    |args, rows| map1::<Bool, Bool>(&args[0], rows, |value| !value),
                ))
            },
            "_FUNC_ a - Returns the opposite of a; NULL if a is NULL.",
            &[("not true", "false"), ("not NULL", "NULL")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "isnan",
            "predicate_funcs",
            "1.5.0",
            Arity::Exact(1),
            bind_isnan,
            "_FUNC_(a) - Returns whether a is NaN, false if it is NULL.",
            &[
                ("isnan(cast('NaN' as double))", "true"),
                ("isnan(NULL)", "false"),
            ],
        )
    },
];

fn bind(
    op: Comparison,
    symbol: &str,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let [left, right] = arguments else {
        return Err(Error::internal("a comparison has two sides"));
    };
    let (l, r) = (&left.data_type, &right.data_type);
    let ansi = context.config.ansi();
    let equality = matches!(
        op,
        Comparison::Equal | Comparison::NotEqual | Comparison::NullSafeEqual
    );
    // With ANSI mode off `true = 1` holds: the boolean becomes a number.
    let number_of = |a: &DataType, b: &DataType| {
        (*a == DataType::Boolean && b.is_numeric() && equality && !ansi).then(|| b.clone())
    };
    let literal = literal_type(left, right).or_else(|| literal_type(right, left));
    let data_type = literal
        .or_else(|| number_of(l, r))
        .or_else(|| number_of(r, l))
        .or_else(|| coercion::comparison_type(l, r, ansi))
        // Structs are compared field by field, whatever the fields are called.
        .or_else(|| coercion::same_structure(l, r).then(|| l.as_nullable()))
        .ok_or_else(|| operands_differ(context, l, r))?;
    let comparable = data_type.is_orderable()
        || data_type == DataType::Null
        || (op == Comparison::NullSafeEqual && context.is_internal());
    if !comparable {
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_INVALID_ORDERING_TYPE,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(symbol)),
                ("dataType", quote::sql_type(&data_type)),
            ],
        ));
    }
    let types = vec![data_type.clone(), data_type];
    Ok(binding(
        arguments,
        types,
        DataType::Boolean,
        move |args, rows| compare(op, &args[0], &args[1], rows),
    ))
}

/// An integer literal beside a decimal counts with the digits it has.
fn literal_type(literal: &BoundArgument, other: &BoundArgument) -> Option<DataType> {
    let DataType::Decimal { precision, scale } = &other.data_type else {
        return None;
    };
    match super::arithmetic::integer_literal(literal)? {
        DataType::Decimal {
            precision: p,
            scale: s,
        } => Some(coercion::decimal::wider((p, s), (*precision, *scale))),
        _ => None,
    }
}

fn bind_isnan(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const FLOAT: Expected = Expected::Exact(DataType::Float);
    const EXPECTED: Expected = Expected::OneOf(&[Expected::DOUBLE, FLOAT]);
    let types = cast_arguments(context, arguments, &[EXPECTED])?;
    let float = types.first() == Some(&DataType::Float);
    let bound = binding(arguments, types, DataType::Boolean, move |args, rows| {
        let out = if float {
            map1::<Float32Type, Bool>(&args[0], rows, f32::is_nan)?
        } else {
            map1::<Float64Type, Bool>(&args[0], rows, f64::is_nan)?
        };
        Ok(super::predicate::null_is_false(out))
    });
    Ok(bound.never_null())
}
