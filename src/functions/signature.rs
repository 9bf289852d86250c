//! Help for `bind`: argument checks with Spark's errors, and bindings in a line.
//!
//! ```text
//!   fn bind_repeat(ctx: &BindContext, args: &[BoundArgument]) -> Result<ScalarBinding> {
//!       let types = cast_arguments(ctx, args, &[Expected::STRING, Expected::INT])?;
//!       Ok(binding(args, types, DataType::String, |args, rows| {
//!           write2::<Text, Int32Type, Text>(&args[0], &args[1], rows, |s, n, out| { … })
//!       }))
//!   }
//! ```
//!
//! [`binding`] makes the result nullable if an argument is; add [`Nullable::nullable`] where the function
//! itself gives NULL for some values.

use super::scalar::Kernel;
use super::{BindContext, Binding, BoundArgument};
use crate::error::{Error, Result, conditions, quote};
use crate::kernel::Column;
use crate::types::coercion::{self, Expected};
use crate::types::{DataType, Value};
use std::sync::Arc;

/// What the `bind` of a scalar function gives.
pub type ScalarBinding = Binding<Arc<dyn Kernel>>;

/// A binding whose result is NULL only where an argument may be.
pub fn binding(
    arguments: &[BoundArgument],
    types: Vec<DataType>,
    returns: DataType,
    kernel: impl Fn(&[Column], usize) -> Result<Column> + Send + Sync + 'static,
) -> ScalarBinding {
    Binding {
        arguments: types,
        returns,
        nullable: any_nullable(arguments),
        kernel: Arc::new(kernel),
    }
}

/// Adjusting a binding's nullability.
pub trait Nullable {
    /// The function gives NULL for some values that are not NULL.
    #[must_use]
    fn nullable(self) -> Self;
    /// [`Nullable::nullable`] where `yes` (say, with ANSI mode off).
    #[must_use]
    fn nullable_if(self, yes: bool) -> Self;
    /// The result is never NULL.
    #[must_use]
    fn never_null(self) -> Self;
}

impl<K> Nullable for Binding<K> {
    fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    fn nullable_if(mut self, yes: bool) -> Self {
        self.nullable |= yes;
        self
    }

    fn never_null(mut self) -> Self {
        self.nullable = false;
        self
    }
}

/// Whether any argument may be NULL.
pub fn any_nullable(arguments: &[BoundArgument]) -> bool {
    arguments.iter().any(|argument| argument.nullable)
}

/// The types the arguments are implicitly cast to; `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE` for the first
/// that cannot be. The last of `expected` serves all further arguments; fewer arguments are fine.
pub fn cast_arguments(
    context: &BindContext,
    arguments: &[BoundArgument],
    expected: &[Expected],
) -> Result<Vec<DataType>> {
    let ansi = context.config.ansi();
    check_each(context, arguments, expected, |from, to| {
        coercion::implicit_cast(from, to, ansi)
    })
}

/// [`cast_arguments`] for functions that cast nothing but a bare NULL (Spark's `ExpectsInputTypes`).
pub fn expect_arguments(
    context: &BindContext,
    arguments: &[BoundArgument],
    expected: &[Expected],
) -> Result<Vec<DataType>> {
    check_each(context, arguments, expected, |from, to| {
        if to.accepts(from) {
            Some(from.clone())
        } else {
            (*from == DataType::Null).then(|| to.default_type())
        }
    })
}

fn check_each(
    context: &BindContext,
    arguments: &[BoundArgument],
    expected: &[Expected],
    settle: impl Fn(&DataType, &Expected) -> Option<DataType>,
) -> Result<Vec<DataType>> {
    let expected = expected.iter().chain(std::iter::repeat_n(
        expected.last().unwrap_or(&Expected::Any),
        arguments.len(),
    ));
    (arguments.iter().zip(expected).enumerate())
        .map(|(index, (argument, expected))| {
            settle(&argument.data_type, expected)
                .ok_or_else(|| unexpected_type(context, arguments, index, &expected.sql()))
        })
        .collect()
}

/// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE` of one argument. `required` is quoted already, as
/// [`Expected::sql`] and [`quote::sql_type`] give it.
pub fn unexpected_type(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
    required: &str,
) -> Error {
    let (sql, data_type) = match arguments.get(index) {
        Some(argument) => (argument.sql.as_str(), &argument.data_type),
        None => ("", &DataType::Null),
    };
    Error::new(
        &conditions::DATATYPE_MISMATCH_UNEXPECTED_INPUT_TYPE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("paramIndex", ordinal(index + 1)),
            ("requiredType", required.to_string()),
            ("inputSql", quote::sql_expression(sql)),
            ("inputType", quote::sql_type(data_type)),
        ],
    )
}

/// 1 is `first`, as Spark names parameters.
pub fn ordinal(position: usize) -> String {
    const NAMES: [&str; 16] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
    ];
    (position.checked_sub(1).and_then(|i| NAMES.get(i)))
        .map_or_else(|| format!("{position}th"), ToString::to_string)
}

/// The type that all arguments are cast to; `DATATYPE_MISMATCH.DATA_DIFF_TYPES` where there is none.
pub fn common_argument_type(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<DataType> {
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    coercion::common_type_of(&types, context.config.ansi())
        .ok_or_else(|| data_diff_types(context, arguments))
}

/// `DATATYPE_MISMATCH.DATA_DIFF_TYPES` of these arguments.
pub fn data_diff_types(context: &BindContext, arguments: &[BoundArgument]) -> Error {
    let mut types: Vec<String> = Vec::new();
    for argument in arguments {
        let name = quote::sql_type(&argument.data_type);
        if !types.contains(&name) {
            types.push(name);
        }
    }
    Error::new(
        &conditions::DATATYPE_MISMATCH_DATA_DIFF_TYPES,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("functionName", quote::identifier(context.name)),
            ("dataType", format!("({})", types.join(" or "))),
        ],
    )
}

/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`: the operands have no common type.
pub fn operands_differ(context: &BindContext, left: &DataType, right: &DataType) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_BINARY_OP_DIFF_TYPES,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("left", quote::sql_type(left)),
            ("right", quote::sql_type(right)),
        ],
    )
}

/// `DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE`: the operands have one type, which the operator does not take.
/// `required` is quoted already.
pub fn operands_of_wrong_type(context: &BindContext, required: &str, actual: &DataType) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_BINARY_OP_WRONG_TYPE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("inputType", required.to_string()),
            ("actualDataType", quote::sql_type(actual)),
        ],
    )
}

/// The value of an argument that must be constant; `DATATYPE_MISMATCH.NON_FOLDABLE_INPUT` where it is not.
/// `name` is the parameter's name in Spark's message.
pub fn constant<'a>(
    context: &BindContext,
    arguments: &'a [BoundArgument],
    index: usize,
    name: &str,
) -> Result<&'a Value> {
    let argument = arguments
        .get(index)
        .ok_or_else(|| Error::internal(format!("argument {index} of {}", context.name)))?;
    argument.constant.as_ref().ok_or_else(|| {
        Error::new(
            &conditions::DATATYPE_MISMATCH_NON_FOLDABLE_INPUT,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("inputName", quote::identifier(name)),
                ("inputType", quote::sql_type(&argument.data_type)),
                ("inputExpr", quote::sql_expression(&argument.sql)),
            ],
        )
    })
}

/// `DATATYPE_MISMATCH.UNEXPECTED_NULL` for a parameter that must not be NULL.
pub fn unexpected_null(context: &BindContext, name: &str) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_UNEXPECTED_NULL,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("exprName", name.to_string()),
        ],
    )
}

/// `DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE` for a constant parameter.
pub fn value_out_of_range(context: &BindContext, name: &str, range: &str, value: &str) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_VALUE_OUT_OF_RANGE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("exprName", name.to_string()),
            ("valueRange", range.to_string()),
            ("currentValue", value.to_string()),
        ],
    )
}

/// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE` for arguments that cannot be ordered.
pub fn not_orderable(context: &BindContext, data_type: &DataType) -> Error {
    Error::new(
        &conditions::DATATYPE_MISMATCH_INVALID_ORDERING_TYPE,
        [
            ("sqlExpr", quote::sql_expression(context.sql)),
            ("functionName", quote::identifier(context.name)),
            ("dataType", quote::sql_type(data_type)),
        ],
    )
}
