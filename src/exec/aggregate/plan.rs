//! What an aggregation computes.

use crate::error::Result;
use crate::exec::keys::GroupTable;
use crate::expr::Projector;
use crate::functions::aggregate::{Accumulator, AggregateKernel};
use crate::functions::scalar::EvalContext;
use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use std::ops::Range;
use std::sync::Arc;

/// A planned aggregation.
pub(in crate::exec) struct HashAggregate {
    /// Computes the keys, then arguments and filters of the calls.
    pub input: Projector,
    /// Types of the keys of the result. Without grouping sets these are the keys that come first in what `input` gives.
    pub key_types: Vec<DataType>,
    /// How the groups of workers become those of the result, where they are not the same.
    pub sets: Option<GroupingSets>,
    /// The calls, in order of output.
    pub calls: Vec<CallPlan>,
    /// Distinct argument lists.
    pub families: Vec<Family>,
    /// The order of rows matters.
    pub is_ordered: bool,
}

/// Grouping sets: workers group by all columns that are a key of some set, and every group of theirs is part of a group
/// of each set.
pub(in crate::exec) struct GroupingSets {
    /// Types of the workers' keys; they come first in what the aggregation's `input` gives.
    pub key_types: Vec<DataType>,
    /// Per set, the keys of the result out of the workers' keys.
    pub projections: Vec<Projector>,
}

/// One call.
pub(in crate::exec) struct CallPlan {
    /// Makes its accumulators.
    pub kernel: Arc<dyn AggregateKernel>,
    /// Its arguments, by position in what `input` gives.
    pub arguments: Range<usize>,
    /// Its FILTER, likewise.
    pub filter: Option<usize>,
    /// For a DISTINCT call, the family it belongs to.
    pub family: Option<usize>,
}

/// DISTINCT calls over the same arguments and filter.
pub(in crate::exec) struct Family {
    /// The arguments, by position in what `input` gives.
    pub arguments: Range<usize>,
    /// Their types.
    pub types: Vec<DataType>,
    /// The FILTER.
    pub filter: Option<usize>,
}

impl HashAggregate {
    /// Number of keys of the result.
    pub fn keys(&self) -> usize {
        self.key_types.len()
    }

    /// Types of the keys that workers group by.
    pub fn worker_key_types(&self) -> &[DataType] {
        match &self.sets {
            Some(sets) => &sets.key_types,
            None => &self.key_types,
        }
    }

    /// The keys of the result that a worker's groups belong to: once, or once per grouping set.
    pub fn result_keys(&self, keys: Vec<ArrayRef>, groups: usize) -> Result<Vec<Vec<ArrayRef>>> {
        let Some(sets) = &self.sets else {
            return Ok(vec![keys]);
        };
        let context = EvalContext::default();
        (sets.projections.iter())
            .map(|projection| projection.eval_arrays(&keys, groups, &context))
            .collect()
    }

    /// The calls that workers accumulate, by position: all but the DISTINCT ones.
    pub fn plain_calls(&self) -> impl Iterator<Item = &CallPlan> {
        self.calls.iter().filter(|call| call.family.is_none())
    }

    /// Whether the groups of some rows are known from plain calls only.
    pub fn needs_plain_table(&self) -> bool {
        self.families.is_empty()
            || self.plain_calls().next().is_some()
            || self.families.iter().any(|family| family.filter.is_some())
    }

    /// How many columns of a family's pairs decide which partition they go to: the keys; without keys all, so
    /// that the pairs of the one group can be made distinct part by part.
    pub fn pair_keys(&self, family: &Family) -> usize {
        match self.keys() {
            0 => family.types.len(),
            keys => keys,
        }
    }

    /// Fresh accumulators of the plain calls.
    pub fn plain_accumulators(&self) -> Vec<Box<dyn Accumulator>> {
        self.plain_calls()
            .map(|call| call.kernel.new_accumulator())
            .collect()
    }

    /// Empty tables for the keys and arguments of every family.
    pub fn pair_tables(&self) -> Vec<GroupTable> {
        let table = |family| self.pair_table(family);
        self.families.iter().map(table).collect()
    }

    /// An empty table for the keys and arguments of a family.
    pub fn pair_table(&self, family: &Family) -> GroupTable {
        let types = self.key_types.iter().chain(&family.types);
        GroupTable::new(types.cloned().collect())
    }

    /// Whether the states of a plain call are as large as its rows.
    pub fn keeps_rows(&self) -> bool {
        self.keys() > 0 && self.plain_calls().any(|call| call.kernel.keeps_rows())
    }
}
