//! Recursive CTEs: rounds of planning and running the step over the rows of the last round.

use super::keys::GroupTable;
use super::planner::{SharedRows, plan_with_inputs};
use super::result::Batches;
use crate::error::{Error, Result, conditions};
use crate::pipeline::{Batch, BatchReader, Source, TaskContext};
use crate::plan::logical::Recursion;
use crate::types::arrow_type;
use arrow::array::UInt32Array;
use arrow::compute::take;
use hashbrown::HashMap;
use std::sync::Arc;

/// Runs a recursion when it is opened; one partition.
pub(super) struct RecursionSource {
    node: Recursion,
    /// The rows of enclosing recursions.
    outer: HashMap<u32, Arc<Vec<Batch>>>,
    /// The rows of subplans that are not only its own.
    shared: SharedRows,
}

impl RecursionSource {
    pub fn new(
        node: Recursion,
        outer: HashMap<u32, Arc<Vec<Batch>>>,
        shared: SharedRows,
    ) -> RecursionSource {
        RecursionSource {
            node,
            outer,
            shared,
        }
    }

    fn run(&self, task: &TaskContext) -> Result<Vec<Batch>> {
        let node = &self.node;
        let types = node
            .output
            .iter()
            .map(|column| arrow_type(&column.data_type));
        let mut seen = node.distinct.then(|| GroupTable::new(types.collect()));
        let mut inputs = self.outer.clone();
        let first = plan_with_inputs(&node.anchor, &task.query, &inputs, &self.shared)?
            .execute()?
            .concat();
        let mut round = fresh(first, &mut seen)?;
        let mut all = Vec::new();
        let (mut rounds, mut rows) = (0u64, 0u64);
        while round.iter().any(|batch| batch.rows > 0) {
            task.query.check_cancelled()?;
            rows += round.iter().map(|batch| batch.rows as u64).sum::<u64>();
            if let Some(wanted) = node.wanted
                && rows >= wanted
            {
                all.extend(round);
                break;
            }
            if let Some(limit) = node.max_rows
                && node.wanted.is_none()
                && rows > limit
            {
                return Err(Error::new(
                    &conditions::RECURSION_ROW_LIMIT_EXCEEDED,
                    [("rowLimit", limit.to_string())],
                ));
            }
            if let Some(limit) = node.max_rounds
                && rounds > limit
            {
                return Err(Error::new(
                    &conditions::RECURSION_LEVEL_LIMIT_EXCEEDED,
                    [("levelLimit", limit.to_string())],
                ));
            }
            all.extend(round.iter().cloned());
            inputs.insert(node.id, Arc::new(round));
            let next = plan_with_inputs(&node.step, &task.query, &inputs, &self.shared)?
                .execute()?
                .concat();
            round = fresh(next, &mut seen)?;
            rounds += 1;
        }
        Ok(all)
    }
}

/// The rows that have not been seen, if that matters.
fn fresh(batches: Vec<Batch>, seen: &mut Option<GroupTable>) -> Result<Vec<Batch>> {
    let Some(seen) = seen else {
        return Ok(batches);
    };
    let mut fresh = Vec::new();
    let mut groups = Vec::new();
    for batch in batches {
        let mut next = seen.len() as u32;
        seen.assign(&batch.columns, batch.rows, &mut groups)?;
        let mut rows = Vec::new();
        for (row, group) in groups.iter().enumerate() {
            if *group == next {
                rows.push(row as u32);
                next += 1;
            }
        }
        let rows = UInt32Array::from(rows);
        let columns = batch
            .columns
            .iter()
            .map(|column| take(column.as_ref(), &rows, None));
        fresh.push(Batch::new(columns.collect::<Result<_, _>>()?, rows.len()));
    }
    Ok(fresh)
}

impl Source for RecursionSource {
    fn partitions(&self) -> usize {
        1
    }

    fn open(&self, _: usize, task: &TaskContext) -> Result<Box<dyn BatchReader>> {
        Ok(Box::new(Batches(self.run(task)?.into_iter())))
    }
}
