//! Puts the rows of a bucket in order: partition by partition, each sorted.
//!
//! ```text
//!   PARTITION BY   b a b c a        numbered by a hash table   0 1 0 2 1
//!   rows           0 1 2 3 4   ─►   dealt out by number        0 2 │ 1 4 │ 3   ─►   each sorted by ORDER BY
//! ```
//!
//! Rows are dealt out as they came, so that a partition whose rows come in order needs no sorting.

use super::bucket::WindowPlan;
use crate::error::Result;
use crate::exec::keys::GroupTable;
use crate::exec::sort::RowKeys;
use crate::functions::scalar::EvalContext;
use crate::pipeline::{Batch, QueryContext};
use arrow::array::{Array, ArrayRef};
use std::ops::Range;

/// The order of the rows of a bucket.
pub(super) struct Arranged {
    /// Row numbers, partition by partition.
    pub order: Vec<u32>,
    /// Places of the partitions in the order.
    pub partitions: Vec<Range<usize>>,
    /// The ORDER BY keys, by row number.
    pub keys: RowKeys,
    /// Their values.
    pub values: Vec<ArrayRef>,
}

/// The order of some rows. Partitions follow each other in the order of their keys if `by_key` says so, else as
/// their first rows come.
pub(super) fn arrange(
    plan: &WindowPlan,
    batch: &Batch,
    by_key: bool,
    query: &QueryContext,
) -> Result<Arranged> {
    let context = EvalContext::default();
    let rows = batch.rows;
    let keys = plan.partition_keys(batch, &context)?;
    let (mut order, partitions) = partitioned(plan, &keys, rows, by_key, query)?;
    let values = (plan.order_by.expressions).eval_arrays(&batch.columns, rows, &context)?;
    let keys = RowKeys::new(&plan.order_by, &values, rows)?;
    keys.sort(&mut order, &partitions, query);
    Ok(Arranged {
        order,
        partitions,
        keys,
        values,
    })
}

/// The rows partition by partition, as they come in each, and where each lies.
fn partitioned(
    plan: &WindowPlan,
    keys: &[ArrayRef],
    rows: usize,
    by_key: bool,
    query: &QueryContext,
) -> Result<(Vec<u32>, Vec<Range<usize>>)> {
    if keys.is_empty() {
        return Ok((
            (0..rows as u32).collect(),
            std::iter::once(0..rows).collect(),
        ));
    }
    let types = keys.iter().map(|key| key.data_type().clone()).collect();
    let mut table = GroupTable::new(types);
    let mut groups = Vec::new();
    table.assign(keys, rows, &mut groups)?;
    if by_key {
        // Every number is replaced by its place among the keys.
        let values = table.keys()?;
        let keys = RowKeys::new(&plan.partition_by, &values, table.len())?;
        let mut order: Vec<u32> = (0..table.len() as u32).collect();
        keys.sort(&mut order, std::slice::from_ref(&(0..table.len())), query);
        let mut places = vec![0; order.len()];
        for (place, group) in order.iter().enumerate() {
            places[*group as usize] = place as u32;
        }
        for group in &mut groups {
            *group = places[*group as usize];
        }
    }
    let mut next = vec![0u32; table.len()];
    for group in &groups {
        next[*group as usize] += 1;
    }
    let mut partitions = Vec::with_capacity(next.len());
    let mut end = 0;
    for next in &mut next {
        let start = end;
        end += *next as usize;
        *next = start as u32;
        partitions.push(start..end);
    }
    let mut order = vec![0u32; rows];
    for (row, group) in groups.iter().enumerate() {
        let place = &mut next[*group as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    Ok((order, partitions))
}
