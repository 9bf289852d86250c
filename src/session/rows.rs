//! Batches as rows of values.

use crate::error::Result;
use crate::kernel::value::array_to_values;
use crate::pipeline::Batch;
use crate::types::{Row, StructType, Value};

/// The rows of batches under a schema.
pub(crate) fn from_batches<'a>(
    schema: &StructType,
    batches: impl IntoIterator<Item = &'a Batch>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<Vec<Value>> = (batch.columns.iter().zip(schema.iter()))
            .map(|(array, field)| array_to_values(array.as_ref(), &field.data_type))
            .collect::<Result<_>>()?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for _ in 0..batch.rows {
            let values = columns
                .iter_mut()
                .map(|column| column.next().unwrap_or(Value::Null));
            rows.push(Row::new(schema.clone(), values.collect()));
        }
    }
    Ok(rows)
}
