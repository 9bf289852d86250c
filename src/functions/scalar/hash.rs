//! `hash` and `xxhash64`: Spark's row hashes. Digests of texts are in `digest`.

use super::entry::entry;
use super::{Arity, NullRule, ScalarFunction};
use crate::error::{Error, Result, conditions, quote};
use crate::functions::signature::{Nullable, ScalarBinding, binding};
use crate::functions::{BindContext, BoundArgument};
use crate::kernel::Column;
use crate::kernel::hash::{DEFAULT_SEED, murmur3, xxhash64};
use crate::kernel::lift::{column_of, rows_to_compute};
use crate::types::DataType;
use arrow::array::{ArrayRef, Int32Array, Int64Array};
use std::sync::Arc;

/// The entries.
pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "hash",
            "hash_funcs",
            "2.0.0",
            Arity::AtLeast(1),
            |context, arguments| {
                bind(context, arguments, DataType::Integer, |arrays, rows| {
                    Ok(Arc::new(Int32Array::from(murmur3(
                        arrays,
                        rows,
                        DEFAULT_SEED,
                    )?)))
                })
            },
            "_FUNC_(a, b, ...) - Returns a hash of the arguments, an INT (Murmur3).",
            &[("hash('Spark', array(123), 2)", "-1321691492")],
        )
    },
    ScalarFunction {
        nulls: NullRule::Custom,
        ..entry(
            "xxhash64",
            "hash_funcs",
            "3.0.0",
            Arity::AtLeast(1),
            |context, arguments| {
                bind(context, arguments, DataType::Long, |arrays, rows| {
                    let seed = i64::from(DEFAULT_SEED);
                    Ok(Arc::new(Int64Array::from(xxhash64(arrays, rows, seed)?)))
                })
            },
            "_FUNC_(a, b, ...) - Returns a hash of the arguments, a BIGINT (XXH64).",
            &[("xxhash64('Spark', array(123), 2)", "5602566077635097486")],
        )
    },
];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    returns: DataType,
    hash: fn(&[ArrayRef], usize) -> Result<ArrayRef>,
) -> Result<ScalarBinding> {
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    // Equal maps may hold their entries in different orders.
    let allowed = context.config.flag("spark.sql.legacy.allowHashOnMapType");
    if !allowed && types.iter().any(DataType::contains_map) {
        return Err(Error::new(
            &conditions::DATATYPE_MISMATCH_HASH_MAP_TYPE,
            [
                ("sqlExpr", quote::sql_expression(context.sql)),
                ("functionName", quote::identifier(context.name)),
            ],
        ));
    }
    let bound = binding(arguments, types, returns, move |args, rows| {
        let columns: Vec<&Column> = args.iter().collect();
        let rows = rows_to_compute(&columns, rows);
        let arrays: Vec<ArrayRef> = args.iter().map(|column| column.to_array(rows)).collect();
        Ok(column_of(&columns, hash(&arrays, rows)?))
    });
    Ok(bound.never_null())
}
