//! Spreads rows over partitions: `repartition`, `repartition_by_range`, `coalesce`, and hints of the same names.
//!
//! What a user sees of partitions is the number and content of written files, `spark_partition_id()` and
//! `num_partitions()`. Rows keep their order within a partition.

use crate::error::Result;
use crate::exec::Materialized;
use crate::exec::keys::{hash_columns, split_by};
use crate::exec::operators::concat_batches;
use crate::expr::Projector;
use crate::functions::scalar::EvalContext;
use crate::pipeline::{
    Batch, Flow, QueryContext, Sink, SinkLocal, TaskContext, downcast_locals, logical_bytes, map,
};
use arrow::array::ArrayRef;
use std::sync::Arc;

/// How rows are spread.
pub(in crate::exec) enum Scheme {
    /// Evenly, in turn.
    RoundRobin,
    /// Rows with equal values together.
    Hash(Projector),
    /// Whole partitions put together.
    Coalesce,
}

/// Collects rows and spreads them.
pub(in crate::exec) struct Exchange {
    /// How.
    pub scheme: Scheme,
    /// Number of partitions; None: by size.
    pub partitions: Option<usize>,
    /// Where they go.
    pub output: Arc<Materialized>,
}

/// Bytes that a partition should have if the user does not say how many there are.
const PARTITION_BYTES: u64 = 64 << 20;
/// Rows that are spread at once.
const CHUNK_ROWS: usize = 64 * 1024;

#[derive(Default)]
struct ExchangeLocal(Vec<Batch>);

impl Sink for Exchange {
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, _: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        Ok(Box::new(ExchangeLocal::default()))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let inputs: Vec<Vec<Batch>> = downcast_locals::<ExchangeLocal>(locals)
            .into_iter()
            .map(|local| local.0)
            .collect();
        let bytes: u64 = inputs.iter().flatten().map(logical_bytes).sum();
        let by_size = (bytes / PARTITION_BYTES) as usize + 1;
        let partitions = self.partitions.unwrap_or(by_size).max(1);
        if let Scheme::Coalesce = self.scheme {
            return self.output.fill(put_together(inputs, partitions));
        }
        if partitions == 1 {
            return self.output.fill(vec![inputs.concat()]);
        }
        let chunks = chunks(inputs);
        let split = map(query, chunks, |(first, batches)| {
            let chunk = concat_batches(&batches)?;
            let numbers: Vec<u32> = match &self.scheme {
                Scheme::RoundRobin | Scheme::Coalesce => {
                    let rows = first..first + chunk.rows;
                    rows.map(|row| (row % partitions) as u32).collect()
                }
                Scheme::Hash(keys) => {
                    let context = EvalContext::default();
                    let keys: Vec<ArrayRef> =
                        keys.eval_arrays(&chunk.columns, chunk.rows, &context)?;
                    let hashes = hash_columns(&keys, chunk.rows)?;
                    hashes
                        .iter()
                        .map(|hash| (hash % partitions as u64) as u32)
                        .collect()
                }
            };
            split_by(&chunk, &numbers, partitions)
        })?;
        let mut output: Vec<Vec<Batch>> = vec![Vec::new(); partitions];
        for chunk in split {
            for (partition, batch) in output.iter_mut().zip(chunk) {
                if batch.rows > 0 {
                    partition.push(batch);
                }
            }
        }
        let output = map(query, output, |batches| {
            // Pieces of many chunks are small.
            match batches.len() {
                0 | 1 => Ok(batches),
                _ => Ok(vec![concat_batches(&batches)?]),
            }
        })?;
        self.output.fill(output)
    }
}

impl SinkLocal for ExchangeLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        self.0.push(batch);
        Ok(Flow::Continue)
    }
}

/// Runs of batches of a good size, each with the number of its first row.
fn chunks(inputs: Vec<Vec<Batch>>) -> Vec<(usize, Vec<Batch>)> {
    let mut chunks = Vec::new();
    let (mut held, mut held_rows, mut first) = (Vec::new(), 0, 0);
    for batch in inputs.into_iter().flatten() {
        held_rows += batch.rows;
        held.push(batch);
        if held_rows >= CHUNK_ROWS {
            chunks.push((first, std::mem::take(&mut held)));
            first += held_rows;
            held_rows = 0;
        }
    }
    if !held.is_empty() {
        chunks.push((first, held));
    }
    chunks
}

/// Neighbouring partitions put together until there are at most so many.
fn put_together(inputs: Vec<Vec<Batch>>, partitions: usize) -> Vec<Vec<Batch>> {
    let count = inputs.len();
    if count <= partitions {
        return inputs;
    }
    let mut output: Vec<Vec<Batch>> = vec![Vec::new(); partitions];
    for (number, batches) in inputs.into_iter().enumerate() {
        output[number * partitions / count].extend(batches);
    }
    output
}
