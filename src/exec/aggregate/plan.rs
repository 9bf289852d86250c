//! What an aggregation computes.

use crate::error::{Error, Result};
use crate::exec::keys::GroupTable;
use crate::expr::Projector;
use crate::functions::aggregate::{Accumulator, AggregateKernel};
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

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
    /// How pairs are split: decided by the worker that is the first to hand some over.
    pub split: OnceLock<PairSplit>,
}

/// What decides which partition a pair goes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::exec) enum PairSplit {
    /// The keys: a partition has all pairs of its groups.
    Keys,
    /// Keys and arguments: groups are too few for every worker to get some. Partitions make their pairs distinct, and
    /// their groups are merged.
    Pairs,
}

/// Groups up to which pairs are split by their arguments too.
const FEW_GROUPS: usize = 64;

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

    /// What decides which partition the pairs of a family go to, if it has not been decided: `pairs` are some, the
    /// keys first.
    pub fn split_of(&self, family: &Family, pairs: &[ArrayRef], rows: usize) -> Result<PairSplit> {
        if let Some(split) = family.split.get() {
            return Ok(*split);
        }
        let split = match self.keys() {
            0 => PairSplit::Pairs,
            // Partitions would not see the pairs of a group in their order.
            _ if self.is_ordered => PairSplit::Keys,
            keys => {
                let mut table = GroupTable::new(self.key_types.clone());
                table.assign(&pairs[..keys], rows, &mut Vec::new())?;
                match table.len() <= FEW_GROUPS {
                    true => PairSplit::Pairs,
                    false => PairSplit::Keys,
                }
            }
        };
        Ok(*family.split.get_or_init(|| split))
    }

    /// How many columns of a family's pairs decide which partition they go to.
    pub fn split_columns(&self, family: &Family, split: PairSplit) -> usize {
        match split {
            PairSplit::Keys => self.keys(),
            PairSplit::Pairs => self.keys() + family.types.len(),
        }
    }

    /// Whether partitions may have parts of the same groups.
    pub fn splits_groups(&self) -> bool {
        let split = |family: &Family| family.split.get() == Some(&PairSplit::Pairs);
        self.families.iter().any(split)
    }

    /// Fresh accumulators of the plain calls.
    pub fn plain_accumulators(&self) -> Vec<Box<dyn Accumulator>> {
        self.plain_calls()
            .map(|call| call.kernel.new_accumulator())
            .collect()
    }

    /// Adds rows to the accumulators of the plain calls: arguments and filters are what `input` gives, each row's group is one
    /// of so many.
    pub fn update<'a>(
        &self,
        accumulators: impl Iterator<Item = &'a mut Box<dyn Accumulator>>,
        values: &[Column],
        groups: usize,
        group_of_row: &[u32],
    ) -> Result<()> {
        for (call, accumulator) in self.plain_calls().zip(accumulators) {
            let mask = call.filter.map(|f| boolean(&values[f], group_of_row.len()));
            accumulator.resize(groups);
            let arguments = &values[call.arguments.clone()];
            accumulator.update(arguments, group_of_row, mask.transpose()?.as_ref())?;
        }
        Ok(())
    }

    /// Adds states to the accumulators of the plain calls: the columns of the first call first.
    pub fn merge<'a>(
        &self,
        accumulators: impl Iterator<Item = &'a mut Box<dyn Accumulator>>,
        states: &[ArrayRef],
        groups: usize,
        group_of_row: &[u32],
    ) -> Result<()> {
        let mut next = 0;
        for (call, accumulator) in self.plain_calls().zip(accumulators) {
            let width = call.kernel.state_types().len();
            accumulator.resize(groups);
            accumulator.merge(&states[next..next + width], group_of_row)?;
            next += width;
        }
        Ok(())
    }

    /// An empty table for the keys of a family, or the numbers of groups in their place, and its arguments.
    pub fn pair_table(&self, family: &Family, numbered: bool) -> GroupTable {
        let keys = match numbered {
            true => &[DataType::Int32],
            false => &self.key_types[..],
        };
        GroupTable::new(keys.iter().chain(&family.types).cloned().collect())
    }

    /// Whether the states of a plain call are as large as its rows.
    pub fn keeps_rows(&self) -> bool {
        self.keys() > 0 && self.plain_calls().any(|call| call.kernel.keeps_rows())
    }
}

/// The states of so many groups, the columns of the first accumulator first.
pub(super) fn states(
    accumulators: &mut [Box<dyn Accumulator>],
    groups: usize,
) -> Result<Vec<ArrayRef>> {
    let mut states = Vec::new();
    for accumulator in accumulators {
        accumulator.resize(groups);
        states.extend(accumulator.states()?);
    }
    Ok(states)
}

/// The values of a FILTER.
pub(super) fn boolean(column: &Column, rows: usize) -> Result<BooleanArray> {
    let array = column.to_array(rows);
    match array.as_boolean_opt() {
        Some(values) => Ok(values.clone()),
        None => Err(Error::internal("a FILTER that is not boolean")),
    }
}
