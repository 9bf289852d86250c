//! The sink that makes the table of a join.

use super::runtime::KeyPredicate;
use super::table::{JoinCell, JoinTable, Lookup};
use crate::datasource::RuntimePredicate;
use crate::error::{Error, Result};
use crate::exec::operators::{Position, concat_arrays};
use crate::expr::Evaluator;
use crate::pipeline::{
    Batch, Flow, QueryContext, Sink, SinkLocal, TaskContext, downcast_locals, logical_bytes, map,
};
use crate::types::DataType;
use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::datatypes::DataType as ArrowType;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

/// Collects the build side of a join and indexes it.
pub(in crate::exec) struct Build {
    /// The columns that go on, by position in the input.
    pub columns: Vec<usize>,
    /// Their types.
    pub types: Vec<ArrowType>,
    /// The keys.
    pub keys: Vec<BuildKey>,
    /// The probe notes which rows have a match.
    pub marks: bool,
    /// Where the table goes.
    pub cell: Arc<JoinCell>,
    /// Filters that come out of it.
    pub runtime: Vec<RuntimeSlot>,
}

/// A key of the build side.
pub(in crate::exec) struct BuildKey {
    /// Computes it.
    pub evaluator: Arc<Evaluator>,
    /// Its position among `columns`, if it is one of them.
    pub column: Option<usize>,
    /// Its type.
    pub data_type: ArrowType,
    /// NULL equals NULL.
    pub null_safe: bool,
}

/// A runtime filter to be made of a key.
pub(in crate::exec) struct RuntimeSlot {
    /// The key.
    pub key: usize,
    /// Its type.
    pub data_type: DataType,
    /// Rows of the build side from which on a filter would let most probe rows through.
    pub most_rows: usize,
    /// Where the filter goes.
    pub slot: Arc<OnceLock<Arc<dyn RuntimePredicate>>>,
    /// Whether a scan waits for it.
    pub taken: Arc<OnceLock<()>>,
}

struct BuildLocal {
    columns: Vec<usize>,
    /// Keys that are no columns.
    computed: Vec<Arc<Evaluator>>,
    position: Position,
    batches: Vec<Batch>,
    query: Arc<QueryContext>,
    reserved: usize,
}

impl Sink for Build {
    // In partition order, so that equal keys match in the order of the input.
    fn is_ordered(&self) -> bool {
        true
    }

    fn open(&self, task: &TaskContext) -> Result<Box<dyn SinkLocal>> {
        let computed = self.keys.iter().filter(|key| key.column.is_none());
        let computed = computed.map(|key| key.evaluator.for_partition(task.partition));
        Ok(Box::new(BuildLocal {
            columns: self.columns.clone(),
            computed: computed.collect(),
            position: Position::start(task),
            batches: Vec::new(),
            query: task.query.clone(),
            reserved: 0,
        }))
    }

    fn finish(&self, locals: Vec<Box<dyn SinkLocal>>, query: &Arc<QueryContext>) -> Result<()> {
        let mut batches = Vec::new();
        let mut reserved = 0;
        for local in downcast_locals::<BuildLocal>(locals) {
            reserved += local.reserved;
            batches.extend(local.batches);
        }
        let rows: usize = batches.iter().map(|batch| batch.rows).sum();
        if rows >= u32::MAX as usize {
            return Err(Error::unsupported(
                "a join side of more than four billion rows",
            ));
        }
        let computed = self.keys.iter().filter(|key| key.column.is_none());
        let computed = computed.map(|key| &key.data_type);
        let types: Vec<&ArrowType> = self.types.iter().chain(computed).collect();
        let arrays = map(query, (0..types.len()).collect(), |column| {
            let parts: Vec<&ArrayRef> = batches.iter().map(|b| &b.columns[column]).collect();
            match parts.is_empty() {
                true => Ok(new_empty_array(types[column])),
                false => concat_arrays(&parts),
            }
        })?;
        drop(batches);
        let (columns, computed) = arrays.split_at(self.columns.len());
        let mut computed = computed.iter();
        let mut keys = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let array = match key.column {
                Some(column) => columns.get(column),
                None => computed.next(),
            };
            keys.extend(array.cloned());
        }
        let has_null = keys.iter().any(|key| key.logical_null_count() > 0);
        let null_safe = self.keys.iter().map(|key| key.null_safe).collect();
        let lookup = Lookup::new(&keys, null_safe, rows, query)?;
        let index_bytes = lookup.index.bytes();
        query.memory.reserve(index_bytes);
        let marks = if self.marks { rows.div_ceil(64) } else { 0 };
        self.cell.fill(JoinTable {
            columns: columns.to_vec(),
            rows,
            has_null,
            matched: (0..marks).map(|_| AtomicU64::new(0)).collect(),
            lookup,
            query: query.clone(),
            reserved: reserved + index_bytes,
        })?;
        let table = self.cell.table()?;
        for slot in &self.runtime {
            if slot.taken.get().is_some() && rows < slot.most_rows {
                let predicate = KeyPredicate::new(&table, &keys, slot.key, &slot.data_type)?;
                // An empty slot means no filter; a filled one stays.
                let _ = slot.slot.set(Arc::new(predicate));
            }
        }
        Ok(())
    }
}

impl SinkLocal for BuildLocal {
    fn push(&mut self, batch: Batch) -> Result<Flow> {
        let mut columns: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|c| batch.columns[*c].clone())
            .collect();
        for key in &self.computed {
            let value = key.eval(&batch.columns, batch.rows, self.position.context())?;
            columns.push(value.to_array(batch.rows));
        }
        self.position.advance(batch.rows);
        let batch = Batch::new(columns, batch.rows);
        let bytes = logical_bytes(&batch) as usize;
        self.query.memory.reserve(bytes);
        self.reserved += bytes;
        self.batches.push(batch);
        Ok(Flow::Continue)
    }
}
