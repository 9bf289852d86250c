//! Functions about the query and its types, and those that raise errors.

use super::entry::entry;
use super::{
    Arity, Display, EvalContext, Form, Kernel, NullRule, ScalarFunction, SpecialForm, Volatility,
};
use crate::error::{Error, Result, conditions};
use crate::functions::signature::{
    Nullable, ScalarBinding, binding, cast_arguments, data_diff_types, expect_arguments,
};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::lift::{Bool, Rows, Text};
use crate::kernel::normalize::{comparable, row_converter};
use crate::types::DataType;
use crate::types::coercion::{Expected, comparison_type};
use arrow::array::{Array, BooleanArray, NullArray, StringViewArray, StringViewBuilder};
use arrow::buffer::BooleanBuffer;
use std::sync::Arc;

/// The entries.
pub static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        name: "typeof",
        doc: Doc {
            usage: "_FUNC_(expr) - The name of the type of `expr`, which is not evaluated.",
            examples: &[("typeof(1)", "int"), ("typeof(array(1))", "array<int>")],
            group: "misc_funcs",
            since: "3.0.0",
        },
        arity: Arity::Exact(1),
        nulls: NullRule::Custom,
        form: Form::Special(SpecialForm::TypeOf),
        ..ScalarFunction::BASE
    },
    entry(
        "version",
        "misc_funcs",
        "3.0.0",
        Arity::Exact(0),
        bind_version,
        "_FUNC_() - The version of Spark whose behaviour this is, and that of Firesteel.",
        &[("length(version()) > 5", "true")],
    ),
    ScalarFunction {
        volatility: Volatility::Volatile,
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| match arguments {
            [message] => {
                format!("{name}(USER_RAISED_EXCEPTION, map(errorMessage, {message}))")
            }
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "raise_error",
            "misc_funcs",
            "3.1.0",
            Arity::Exact(1),
            bind_raise_error,
            "_FUNC_(expr) - Fails with the message `expr`.",
            &[],
        )
    },
    ScalarFunction {
        volatility: Volatility::Volatile,
        nulls: NullRule::Custom,
        display: Display::Custom(|name, arguments| match arguments {
            [condition] => format!("{name}({condition}, '{condition}' is not true!)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        ..entry(
            "assert_true",
            "misc_funcs",
            "2.0.0",
            Arity::OneOf(&[1, 2]),
            bind_assert_true,
            "_FUNC_(expr[, message]) - NULL if `expr` is true; otherwise fails.",
            &[("assert_true(0 < 1)", "NULL")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "equal_null",
            "misc_funcs",
            "3.4.0",
            Arity::Exact(2),
            bind_equal_null,
            "_FUNC_(expr1, expr2) - Whether the arguments are equal, NULL being equal to NULL.",
            &[
                ("equal_null(3, 3)", "true"),
                ("equal_null(NULL, NULL)", "true"),
            ],
        )
    },
    ScalarFunction {
        volatility: Volatility::Volatile,
        ..entry(
            "uuid",
            "misc_funcs",
            "2.3.0",
            Arity::OneOf(&[0, 1]),
            bind_uuid,
            "_FUNC_() - A random universally unique identifier as text.",
            &[("length(uuid())", "36")],
        )
    },
    query_constant(
        "current_user",
        &["user", "session_user"],
        "3.2.0",
        "_FUNC_() - The name of the user.",
    ),
    query_constant(
        "current_schema",
        &["current_database"],
        "1.6.0",
        "_FUNC_() - The current database.",
    ),
    query_constant(
        "current_catalog",
        &[],
        "3.1.0",
        "_FUNC_() - The current catalog.",
    ),
    task_fact(
        "input_file_name",
        "1.5.0",
        "_FUNC_() - The file that the row was read from, or an empty text.",
    ),
    task_fact(
        "input_file_block_start",
        "2.2.0",
        "_FUNC_() - Where the block begins that the row was read from, or -1.",
    ),
    task_fact(
        "input_file_block_length",
        "2.2.0",
        "_FUNC_() - Bytes of the block that the row was read from, or -1.",
    ),
    ScalarFunction {
        display: Display::Custom(|_, _| "SPARK_PARTITION_ID()".to_string()),
        ..task_fact(
            "spark_partition_id",
            "1.4.0",
            "_FUNC_() - Number of the partition that the row is in.",
        )
    },
    ScalarFunction {
        volatility: Volatility::Volatile,
        ..task_fact(
            "monotonically_increasing_id",
            "1.4.0",
            "_FUNC_() - A number that grows from row to row: the partition in the upper 31 bits, the row of the partition in the lower 33.",
        )
    },
];

const fn special(
    name: &'static str,
    aliases: &'static [&'static str],
    since: &'static str,
    usage: &'static str,
    form: SpecialForm,
) -> ScalarFunction {
    ScalarFunction {
        aliases,
        display: Display::CallAsWritten,
        form: Form::Special(form),
        ..entry(
            name,
            "misc_funcs",
            since,
            Arity::Exact(0),
            bind_version,
            usage,
            &[],
        )
    }
}

const fn query_constant(
    name: &'static str,
    aliases: &'static [&'static str],
    since: &'static str,
    usage: &'static str,
) -> ScalarFunction {
    special(name, aliases, since, usage, SpecialForm::QueryConstant)
}

const fn task_fact(name: &'static str, since: &'static str, usage: &'static str) -> ScalarFunction {
    special(name, &[], since, usage, SpecialForm::TaskFact)
}

fn constant_text(text: String) -> impl Fn(&[Column], usize) -> Result<Column> {
    let array = Arc::new(StringViewArray::from(vec![text]));
    move |_, _| Ok(Column::Constant(array.clone()))
}

fn bind_version(_: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let version = format!("4.3.0 firesteel-{}", env!("CARGO_PKG_VERSION"));
    Ok(binding(
        arguments,
        vec![],
        DataType::String,
        constant_text(version),
    ))
}

fn raised(message: &str) -> Error {
    Error::new(
        &conditions::USER_RAISED_EXCEPTION,
        [("errorMessage", message)],
    )
}

fn null_column() -> Column {
    Column::Constant(Arc::new(NullArray::new(1)))
}

fn bind_raise_error(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let types = cast_arguments(context, arguments, &[Expected::STRING])?;
    let bound = binding(arguments, types, DataType::Null, |columns, rows| {
        if rows == 0 {
            return Ok(null_column());
        }
        let messages = Rows::<Text>::new(&columns[0])?;
        Err(raised(messages.get(0).unwrap_or("null")))
    });
    Ok(bound.nullable())
}

fn bind_assert_true(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let mut types = expect_arguments(context, &arguments[..1], &[Expected::BOOLEAN])?;
    if arguments.len() > 1 {
        types.extend(cast_arguments(
            context,
            &arguments[1..],
            &[Expected::STRING],
        )?);
    }
    let default = format!("'{}' is not true!", arguments[0].sql);
    let bound = binding(arguments, types, DataType::Null, move |columns, rows| {
        let held = Rows::<Bool>::new(&columns[0])?;
        for row in 0..rows {
            if held.get(row) == Some(true) {
                continue;
            }
            let message = match columns.get(1) {
                Some(messages) => Rows::<Text>::new(messages)?.get(row),
                None => Some(default.as_str()),
            };
            return Err(raised(message.unwrap_or("null")));
        }
        Ok(null_column())
    });
    Ok(bound.nullable())
}

fn bind_equal_null(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    let common = comparison_type(left, right, context.config.ansi());
    let Some(common) = common.filter(|common| !common.contains_map()) else {
        return Err(data_diff_types(context, arguments));
    };
    let types = vec![common; 2];
    let bound = binding(arguments, types, DataType::Boolean, |columns, rows| {
        let constant = columns.iter().all(Column::is_constant);
        let rows = if constant { 1 } else { rows };
        let (left, right) = (columns[0].to_array(rows), columns[1].to_array(rows));
        let (left, right) = (comparable(&left)?, comparable(&right)?);
        let converter = row_converter([left.data_type().clone()])?;
        let (left, right) = (
            converter.convert_columns(&[left])?,
            converter.convert_columns(&[right])?,
        );
        let equal = BooleanBuffer::collect_bool(rows, |row| left.row(row) == right.row(row));
        let equal = Arc::new(BooleanArray::new(equal, None));
        Ok(if constant {
            Column::Constant(equal)
        } else {
            Column::Array(equal)
        })
    });
    Ok(bound.never_null())
}

fn bind_uuid(context: &BindContext, arguments: &[BoundArgument]) -> Result<ScalarBinding> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::BIGINT])?,
        returns: DataType::String,
        nullable: false,
        kernel: Arc::new(Uuids),
    })
}

/// `uuid`: version 4, from the system's random numbers.
struct Uuids;

impl Kernel for Uuids {
    fn eval(&self, _: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        let mut output = StringViewBuilder::with_capacity(rows);
        let mut buffer = [0; uuid::fmt::Hyphenated::LENGTH];
        for _ in 0..rows {
            output.append_value(uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer));
        }
        Ok(Column::Array(Arc::new(output.finish())))
    }
}
