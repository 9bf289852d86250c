//! `greatest` and `least`: the extreme of a row's values, NULLs left out.

use crate::error::{Error, Result, conditions, quote};
use crate::functions::scalar::entry::entry;
use crate::functions::scalar::{Arity, NullRule, ScalarFunction};
use crate::functions::signature::{Nullable, ScalarBinding, binding, not_orderable};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::compare::{Comparison, compare};
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::types::DataType;
use crate::types::coercion;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::kernels::zip::zip;

/// The entries.
pub(in crate::functions::scalar) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "greatest",
            "math_funcs",
            "1.5.0",
            Arity::AtLeast(2),
            |context, arguments| bind(context, arguments, Comparison::Greater),
            "_FUNC_(a, b, ...) - Returns the greatest of the arguments that are not NULL.",
            &[("greatest(10, 9, 2, 4, 3)", "10")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "least",
            "math_funcs",
            "1.5.0",
            Arity::AtLeast(2),
            |context, arguments| bind(context, arguments, Comparison::Less),
            "_FUNC_(a, b, ...) - Returns the least of the arguments that are not NULL.",
            &[("least(10, 9, 2, 4, 3)", "2")],
        )
    },
];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    better: Comparison,
) -> Result<ScalarBinding> {
    let ansi = context.config.ansi();
    let mut types = arguments.iter().map(|argument| &argument.data_type);
    // Numbers never meet strings here, in either mode.
    let met = types.try_fold(DataType::Null, |met, next| {
        coercion::common_type_without_strings(&met, next, ansi)
    });
    let Some(data_type) = met else {
        let names: Vec<String> = (arguments.iter())
            .map(|argument| quote::sql_type(&argument.data_type))
            .collect();
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_DATA_DIFF_TYPES,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(context.name)),
                ("dataType", format!("[{}]", names.join(", "))),
            ],
        ));
    };
    if !data_type.is_orderable() {
        return Err(not_orderable(context, &data_type));
    }
    let types = vec![data_type.clone(); arguments.len()];
    let all_nullable = arguments.iter().all(|argument| argument.nullable);
    let bound = binding(arguments, types, data_type, move |args, rows| {
        let columns: Vec<&Column> = args.iter().collect();
        let rows = rows_to_compute(&columns, rows);
        let mut best = args[0].to_array(rows);
        for candidate in &args[1..] {
            best = better_of(better, &best, candidate, rows)?;
        }
        Ok(column_of(&columns, best))
    });
    Ok(bound.never_null().nullable_if(all_nullable))
}

/// The candidate where it beats the best so far, or that is NULL.
fn better_of(
    better: Comparison,
    best: &ArrayRef,
    candidate: &Column,
    rows: usize,
) -> Result<ArrayRef> {
    if candidate.is_null_constant() || *best.data_type() == arrow::datatypes::DataType::Null {
        return Ok(best.clone());
    }
    let beats = compare(better, candidate, &Column::Array(best.clone()), rows)?.to_array(rows);
    let beats = beats
        .as_boolean_opt()
        .ok_or_else(|| Error::internal("no booleans"))?;
    // Where one is NULL the comparison is, too; then the candidate wins exactly if the best is NULL.
    let mask = BooleanArray::from_iter((0..rows).map(|row| {
        Some(match beats.is_valid(row) {
            true => beats.value(row),
            false => best.is_null(row),
        })
    }));
    Ok(zip(&mask, &candidate.to_array(rows), best)?)
}
