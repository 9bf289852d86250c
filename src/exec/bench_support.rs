//! What the kernel benches (`benches/kernels`) measure of this module's private parts. Nobody else should use it:
//! it changes with what it wraps.

use super::keys::{GroupTable, hash_columns};
use super::sort::{Run, SortKeys};
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Expr, Projector};
use crate::functions::scalar::EvalContext;
use crate::pipeline::{Batch, QueryContext};
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef};
use arrow::compute::SortOptions;

/// The table of GROUP BY.
pub struct Groups(GroupTable);

impl Groups {
    /// A table for keys of these types.
    pub fn new(types: &[DataType]) -> Groups {
        Groups(GroupTable::new(types.iter().map(arrow_type).collect()))
    }

    /// The group of every row; new keys get new groups.
    pub fn assign(&mut self, keys: &[ArrayRef], groups: &mut Vec<u32>) -> Result<()> {
        let rows = keys.first().map_or(0, |key| key.len());
        self.0.assign(keys, rows, groups)
    }

    /// Number of groups.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// One hash per row over all columns.
pub fn hash(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let rows = columns.first().map_or(0, |column| column.len());
    hash_columns(columns, rows)
}

/// Sorts rows by their columns, ascending; the number of rows.
pub fn sort(batches: &[Batch], types: &[DataType], query: &QueryContext) -> Result<usize> {
    let (keys, mut run) = (sort_keys(types)?, Run::default());
    for batch in batches {
        run.push(&keys, batch.clone(), &EvalContext::default(), |_| true)?;
    }
    run.sort(query);
    Ok(run.items.len())
}

/// Encodes columns as sort keys.
pub fn encode_sort_keys(columns: &[ArrayRef], types: &[DataType]) -> Result<()> {
    let rows = columns.first().map_or(0, |column| column.len());
    let encoded = sort_keys(types)?.encoded(columns, rows)?;
    std::hint::black_box(&encoded);
    Ok(())
}

fn sort_keys(types: &[DataType]) -> Result<SortKeys> {
    let columns = types.iter().enumerate().map(|(at, data_type)| Attribute {
        id: ColumnId(at as u32),
        name: format!("key{at}").into(),
        data_type: data_type.clone(),
        nullable: true,
    });
    let columns: Vec<Attribute> = columns.collect();
    let expressions: Vec<Expr> = columns.iter().cloned().map(Expr::Column).collect();
    SortKeys::new(
        Projector::new(&expressions, &columns, &Config::default())?,
        types.iter().map(arrow_type).collect(),
        vec![SortOptions::default(); types.len()],
    )
}
