//! Bits: `& | ^ ~`, shifts, `bit_count`, `bit_get`.

use super::entry::entry;
use super::{Arity, Display, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{
    ScalarBinding, binding, cast_arguments, operands_differ, operands_of_wrong_type,
};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::arithmetic::{binary, unary};
use crate::kernel::lift::{Bool, map1, map2, try_map2};
use crate::types::DataType;
use crate::types::coercion::{self, Expected};
use arrow::datatypes::{Int8Type, Int16Type, Int32Type, Int64Type};

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        display: Display::Infix("&"),
        ..entry(
            "&",
            "bitwise_funcs",
            "1.4.0",
            Arity::Exact(2),
            |context, arguments| bind_operator(Bits::And, context, arguments),
            "a _FUNC_ b - Returns the bits that are set in both.",
            &[("3 & 5", "1")],
        )
    },
    ScalarFunction {
        display: Display::Infix("|"),
        ..entry(
            "|",
            "bitwise_funcs",
            "1.4.0",
            Arity::Exact(2),
            |context, arguments| bind_operator(Bits::Or, context, arguments),
            "a _FUNC_ b - Returns the bits that are set in either.",
            &[("3 | 5", "7")],
        )
    },
    ScalarFunction {
        display: Display::Infix("^"),
        ..entry(
            "^",
            "bitwise_funcs",
            "1.4.0",
            Arity::Exact(2),
            |context, arguments| bind_operator(Bits::Xor, context, arguments),
            "a _FUNC_ b - Returns the bits that are set in one but not in the other.",
            &[("3 ^ 5", "6")],
        )
    },
    ScalarFunction {
        display: Display::Custom(|_, arguments| format!("~{}", arguments.join(", "))),
        ..entry(
            "~",
            "bitwise_funcs",
            "1.4.0",
            Arity::Exact(1),
            bind_not,
            "_FUNC_ a - Returns a with every bit turned.",
            &[("~ 0", "-1")],
        )
    },
    ScalarFunction {
        aliases: &["<<"],
        display: Display::Custom(|name, arguments| print_shift("<<", name, arguments)),
        ..entry(
            "shiftleft",
            "bitwise_funcs",
            "1.5.0",
            Arity::Exact(2),
            |context, arguments| bind_shift(Shift::Left, context, arguments),
            "_FUNC_(a, n), or a << n - Returns a with its bits moved n places up.",
            &[("shiftleft(2, 1)", "4"), ("2 << 1", "4")],
        )
    },
    ScalarFunction {
        aliases: &[">>"],
        display: Display::Custom(|name, arguments| print_shift(">>", name, arguments)),
        ..entry(
            "shiftright",
            "bitwise_funcs",
            "1.5.0",
            Arity::Exact(2),
            |context, arguments| bind_shift(Shift::Right, context, arguments),
            "_FUNC_(a, n), or a >> n - Returns a with its bits moved n places down, keeping the sign.",
            &[("shiftright(4, 1)", "2"), ("4 >> 1", "2")],
        )
    },
    ScalarFunction {
        aliases: &[">>>"],
        display: Display::Custom(|name, arguments| print_shift(">>>", name, arguments)),
        ..entry(
            "shiftrightunsigned",
            "bitwise_funcs",
            "1.5.0",
            Arity::Exact(2),
            |context, arguments| bind_shift(Shift::RightUnsigned, context, arguments),
            "_FUNC_(a, n), or a >>> n - Returns a with its bits moved n places down, zeros coming in.",
            &[("shiftrightunsigned(4, 1)", "2"), ("4 >>> 1", "2")],
        )
    },
    entry(
        "bit_count",
        "bitwise_funcs",
        "3.0.0",
        Arity::Exact(1),
        bind_count,
        "_FUNC_(a) - Returns how many bits are set in a, taken as a BIGINT.",
        &[("bit_count(0)", "0"), ("bit_count(-1)", "64")],
    ),
    ScalarFunction {
        aliases: &["getbit"],
        display: Display::CallAsWritten,
        ..entry(
            "bit_get",
            "bitwise_funcs",
            "3.2.0",
            Arity::Exact(2),
            bind_get,
            "_FUNC_(a, pos) - Returns the bit at a position, counted from 0 at the right.",
            &[("bit_get(11, 0)", "1"), ("bit_get(11, 2)", "0")],
        )
    },
];

fn print_shift(symbol: &str, name: &str, arguments: &[&str]) -> String {
    match arguments {
        [a, b] if name == symbol => format!("({a} {symbol} {b})"),
        other => format!("{name}({})", other.join(", ")),
    }
}

#[derive(Debug, Clone, Copy)]
enum Bits {
    And,
    Or,
    Xor,
}

fn bind_operator(
    op: Bits,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    let (l, r) = (&arguments[0].data_type, &arguments[1].data_type);
    let ansi = context.config.ansi();
    let promoted = if ansi && l.is_string() != r.is_string() {
        coercion::comparison_type(l, r, true)
    } else {
        coercion::tightest_common_type(l, r, ansi)
    };
    let data_type = match promoted.ok_or_else(|| operands_differ(context, l, r))? {
        DataType::Null => DataType::Integer,
        other => other,
    };
    if !data_type.is_integral() && l != r {
        return Err(operands_differ(context, l, r));
    }
    if !data_type.is_integral() {
        let required = Expected::Integral.sql();
        return Err(operands_of_wrong_type(context, &required, &data_type));
    }
    let types = vec![data_type.clone(), data_type.clone()];
    Ok(binding(
        arguments,
        types,
        data_type.clone(),
        move |args, rows| {
            macro_rules! apply {
                ($native:ty) => {
                    binary::<$native, $native, $native>(
                        (&args[0], &args[1]),
                        rows,
                        &data_type,
                        false,
                        |a, b| match op {
                            Bits::And => (a & b, false),
                            Bits::Or => (a | b, false),
                            Bits::Xor => (a ^ b, false),
                        },
                        |_, _| Error::internal("bits cannot overflow"),
                    )
                };
            }
            match data_type {
                DataType::Byte => apply!(Int8Type),
                DataType::Short => apply!(Int16Type),
                DataType::Integer => apply!(Int32Type),
                _ => apply!(Int64Type),
            }
        },
    ))
}

fn bind_not(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::Integral])?;
    let data_type = types[0].clone();
    Ok(binding(
        arguments,
        types,
        data_type.clone(),
        move |args, _| {
            macro_rules! apply {
                ($native:ty) => {
                    unary::<$native>(
                        &args[0],
                        false,
                        |v| (!v, false),
                        |_| Error::internal("bits cannot overflow"),
                    )
                };
            }
            match data_type {
                DataType::Byte => apply!(Int8Type),
                DataType::Short => apply!(Int16Type),
                DataType::Integer => apply!(Int32Type),
                _ => apply!(Int64Type),
            }
        },
    ))
}

#[derive(Debug, Clone, Copy)]
enum Shift {
    Left,
    Right,
    RightUnsigned,
}

fn bind_shift(
    shift: Shift,
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<ScalarBinding> {
    const NUMBER: Expected = Expected::OneOf(&[Expected::INT, Expected::BIGINT]);
    let types = cast_arguments(context, arguments, &[NUMBER, Expected::INT])?;
    let data_type = types[0].clone();
    // Places are counted modulo the width, as in Java.
    Ok(binding(
        arguments,
        types,
        data_type.clone(),
        move |args, rows| {
            let (number, places) = (&args[0], &args[1]);
            if data_type == DataType::Long {
                return map2::<Int64Type, Int32Type, Int64Type>(number, places, rows, |v, n| {
                    let n = n.cast_unsigned();
                    match shift {
                        Shift::Left => v.wrapping_shl(n),
                        Shift::Right => v.wrapping_shr(n),
                        Shift::RightUnsigned => v.cast_unsigned().wrapping_shr(n).cast_signed(),
                    }
                });
            }
            map2::<Int32Type, Int32Type, Int32Type>(number, places, rows, |v, n| {
                let n = n.cast_unsigned();
                match shift {
                    Shift::Left => v.wrapping_shl(n),
                    Shift::Right => v.wrapping_shr(n),
                    Shift::RightUnsigned => v.cast_unsigned().wrapping_shr(n).cast_signed(),
                }
            })
        },
    ))
}

/// A column of any integer type as BIGINT.
fn as_long(data_type: &DataType, column: &Column, rows: usize) -> Result<Column> {
    match data_type {
        DataType::Byte => map1::<Int8Type, Int64Type>(column, rows, i64::from),
        DataType::Short => map1::<Int16Type, Int64Type>(column, rows, i64::from),
        DataType::Integer => map1::<Int32Type, Int64Type>(column, rows, i64::from),
        DataType::Boolean => map1::<Bool, Int64Type>(column, rows, i64::from),
        _ => Ok(column.clone()),
    }
}

fn bind_count(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    const EXPECTED: Expected = Expected::OneOf(&[Expected::Integral, Expected::BOOLEAN]);
    // A string is not cast: its only match would be BOOLEAN.
    let types = crate::functions::signature::expect_arguments(context, arguments, &[EXPECTED])?;
    let data_type = types[0].clone();
    Ok(binding(
        arguments,
        types,
        DataType::Integer,
        move |args, rows| {
            let long = as_long(&data_type, &args[0], rows)?;
            map1::<Int64Type, Int32Type>(&long, rows, |v| v.count_ones().cast_signed())
        },
    ))
}

fn bind_get(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::Integral, Expected::INT])?;
    let data_type = types[0].clone();
    let width: i32 = match data_type {
        DataType::Byte => 8,
        DataType::Short => 16,
        DataType::Integer => 32,
        _ => 64,
    };
    let name = quote::identifier(context.name);
    Ok(binding(
        arguments,
        types,
        DataType::Byte,
        move |args, rows| {
            let long = as_long(&data_type, &args[0], rows)?;
            try_map2::<Int64Type, Int32Type, Int8Type>(&long, &args[1], rows, |v, position| {
                if !(0..width).contains(&position) {
                    return Err(Error::new(
                        &conditions::INVALID_PARAMETER_VALUE_BIT_POSITION_RANGE,
                        [
                            ("parameter", quote::identifier("pos")),
                            ("functionName", name.clone()),
                            ("upper", width.to_string()),
                            ("invalidValue", position.to_string()),
                        ],
                    ));
                }
                Ok(Some((v >> position & 1) as i8))
            })
        },
    ))
}
