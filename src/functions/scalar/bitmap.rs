//! Places in the bitmaps of `bitmap_construct_agg`, and how many bits a bitmap has.

use super::entry::entry;
use super::{Arity, ScalarFunction};
use crate::error::Result;
use crate::functions::signature::{ScalarBinding, binding, cast_arguments, expect_arguments};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::lift::{Bytes, map1};
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::datatypes::Int64Type;

/// Bits of a bitmap.
const BITS: i64 = 4096 * 8;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    entry(
        "bitmap_bit_position",
        "misc_funcs",
        "3.5.0",
        Arity::Exact(1),
        |context, arguments| {
            of_number(context, arguments, |number| {
                if number > 0 {
                    (number - 1) % BITS
                } else {
                    number.wrapping_neg() % BITS
                }
            })
        },
        "_FUNC_(child) - The bit of a number in the bitmap of its bucket, from 0 to 32767.",
        &[
            ("bitmap_bit_position(1)", "0"),
            ("bitmap_bit_position(123)", "122"),
        ],
    ),
    entry(
        "bitmap_bucket_number",
        "misc_funcs",
        "3.5.0",
        Arity::Exact(1),
        |context, arguments| {
            of_number(context, arguments, |number| {
                if number > 0 {
                    1 + (number - 1) / BITS
                } else {
                    number / BITS
                }
            })
        },
        "_FUNC_(child) - The bucket of 32768 numbers that a number lies in.",
        &[
            ("bitmap_bucket_number(123)", "1"),
            ("bitmap_bucket_number(0)", "0"),
        ],
    ),
    entry(
        "bitmap_count",
        "misc_funcs",
        "3.5.0",
        Arity::Exact(1),
        |context, arguments| {
            let types = expect_arguments(context, arguments, &[Expected::BINARY])?;
            Ok(binding(
                arguments,
                types,
                DataType::Long,
                |columns, rows| {
                    map1::<Bytes, Int64Type>(&columns[0], rows, |bitmap| {
                        bitmap.iter().map(|byte| i64::from(byte.count_ones())).sum()
                    })
                },
            ))
        },
        "_FUNC_(child) - How many bits of a bitmap are set.",
        &[
            ("bitmap_count(X'1010')", "2"),
            ("bitmap_count(X'FFFF')", "16"),
        ],
    ),
];

/// A function from BIGINT to BIGINT.
fn of_number(
    context: &BindContext,
    arguments: &[BoundArgument],
    place: fn(i64) -> i64,
) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::BIGINT])?;
    Ok(binding(
        arguments,
        types,
        DataType::Long,
        move |columns, rows| map1::<Int64Type, Int64Type>(&columns[0], rows, place),
    ))
}
