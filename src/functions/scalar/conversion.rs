//! Types as functions: `int('5')` is `CAST('5' AS INT)`. Number formats (`to_number`) are with the strings.

use super::{Arity, Display, Form, NullRule, ScalarFunction};
use crate::error::{Error, Result};
use crate::functions::signature::{Nullable, ScalarBinding, binding};
use crate::functions::{BindContext, BoundArgument, Doc};
use crate::kernel::cast::{Cast, Mode, not_castable};
use crate::types::DataType;
use crate::types::coercion;

macro_rules! conversion {
    ($name:literal, $type:expr, $usage:literal, $example:expr) => {
        ScalarFunction {
            name: $name,
            doc: Doc {
                usage: $usage,
                examples: &[$example],
                group: "conversion_funcs",
                since: "2.0.1",
            },
            arity: Arity::Exact(1),
            nulls: NullRule::Propagate,
            display: Display::Custom(|_, arguments| arguments.join(", ")),
            form: Form::Kernel(|context, arguments| bind(context, arguments, $type)),
            ..ScalarFunction::BASE
        }
    };
}

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    conversion!(
        "boolean",
        DataType::Boolean,
        "_FUNC_(a) - Casts a to BOOLEAN.",
        ("boolean('yes')", "true")
    ),
    conversion!(
        "tinyint",
        DataType::Byte,
        "_FUNC_(a) - Casts a to TINYINT.",
        ("tinyint('12')", "12")
    ),
    conversion!(
        "smallint",
        DataType::Short,
        "_FUNC_(a) - Casts a to SMALLINT.",
        ("smallint('12')", "12")
    ),
    conversion!(
        "int",
        DataType::Integer,
        "_FUNC_(a) - Casts a to INT.",
        ("int(5.9)", "5")
    ),
    conversion!(
        "bigint",
        DataType::Long,
        "_FUNC_(a) - Casts a to BIGINT.",
        ("bigint('12')", "12")
    ),
    conversion!(
        "float",
        DataType::Float,
        "_FUNC_(a) - Casts a to FLOAT.",
        ("float('1.5')", "1.5")
    ),
    conversion!(
        "double",
        DataType::Double,
        "_FUNC_(a) - Casts a to DOUBLE.",
        ("double('1.5')", "1.5")
    ),
    conversion!(
        "decimal",
        DataType::DECIMAL_USER_DEFAULT,
        "_FUNC_(a) - Casts a to DECIMAL(10, 0).",
        ("decimal('5.5')", "6")
    ),
    conversion!(
        "string",
        DataType::String,
        "_FUNC_(a) - Casts a to STRING.",
        ("string(array(1, 2))", "[1, 2]")
    ),
    conversion!(
        "binary",
        DataType::Binary,
        "_FUNC_(a) - Casts a to BINARY.",
        ("binary('abc')", "abc")
    ),
    conversion!(
        "date",
        DataType::Date,
        "_FUNC_(a) - Casts a to DATE.",
        ("date('2020-01-02')", "2020-01-02")
    ),
    conversion!(
        "timestamp",
        DataType::Timestamp,
        "_FUNC_(a) - Casts a to TIMESTAMP.",
        ("timestamp('2020-01-02 03:04:05')", "2020-01-02 03:04:05")
    ),
];

fn bind(context: &BindContext, arguments: &[BoundArgument], to: DataType) -> Result<ScalarBinding> {
    let [argument] = arguments else {
        return Err(Error::internal("a conversion has one argument"));
    };
    let from = &argument.data_type;
    let ansi = context.config.ansi();
    if !coercion::can_cast(from, &to, ansi) {
        let sql = format!("CAST({} AS {})", argument.sql, to.sql());
        return Err(not_castable(from, &to, ansi, false, &sql));
    }
    let cast = Cast::new(from, &to, Mode::of(context.config), context.config)?;
    let nullable = coercion::forces_nullable(from, &to);
    let bound = binding(arguments, vec![from.clone()], to, move |args, rows| {
        cast.eval(&args[0], rows)
    });
    Ok(bound.nullable_if(nullable))
}
