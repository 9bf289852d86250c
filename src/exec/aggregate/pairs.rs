//! The distinct pairs of keys and arguments that one worker has met, for the DISTINCT calls of one family.

use super::HashAggregate;
use super::bit_pairs::BitPairs;
use crate::error::Result;
use crate::exec::keys::{GroupTable, PARTITIONS, RadixBuffer, RadixKeys};
use crate::kernel::native::raw_values;
use crate::pipeline::{Batch, Chunk};
use arrow::array::{ArrayRef, Int32Array};
use arrow::compute::{concat, take};
use std::sync::Arc;

/// Pairs that a worker keeps in a table before it hands them over.
const MOST_PAIRS: usize = 128 * 1024;
/// Rows after which it is known what the pairs are like: the table becomes bits if these are small.
const ROWS_BEFORE_BITS: usize = 32 * 1024;

/// The pairs of a family.
pub(super) struct WorkerPairs {
    /// Position of the family.
    family: usize,
    seen: Seen,
    /// Whether keys are the numbers of the worker's groups.
    numbered: bool,
    /// Rows that came to `seen`.
    rows: usize,
    /// Whether the table may become bits: once.
    may_be_bits: bool,
    /// Pairs are handed over as they come.
    gave_up: bool,
    /// Keys and arguments that were handed over.
    handed_over: RadixBuffer,
}

/// Where pairs are found again.
enum Seen {
    /// Keys, or the number of their group, and arguments.
    Table(GroupTable),
    /// Groups have numbers, or there is only one, and the argument is a whole number.
    Bits(BitPairs),
}

impl WorkerPairs {
    /// None yet, of the family at this position; `handed_over` has no keys yet.
    pub fn new(
        plan: &HashAggregate,
        family: usize,
        numbered: bool,
        handed_over: RadixBuffer,
    ) -> WorkerPairs {
        let has_one_number = plan.families[family].types.len() == 1;
        WorkerPairs {
            family,
            seen: Seen::empty(plan, family, numbered),
            numbered,
            rows: 0,
            // They do not keep the order in which arguments came.
            may_be_bits: (numbered || plan.keys() == 0) && has_one_number && !plan.is_ordered,
            gave_up: false,
            handed_over,
        }
    }

    /// Whether nothing was handed over yet.
    pub fn is_whole(&self) -> bool {
        self.handed_over.is_empty()
    }

    /// Whether the next pairs are to have the numbers of their groups instead of keys.
    pub fn is_numbered(&self) -> bool {
        self.numbered && !self.gave_up
    }

    /// Pairs in the table. Bits count for nothing: they are put together at once, however many they are.
    pub fn table_len(&self) -> usize {
        match &self.seen {
            Seen::Table(table) => table.len(),
            Seen::Bits(_) => 0,
        }
    }

    /// Pairs that were not handed over.
    pub fn len(&self) -> usize {
        match &self.seen {
            Seen::Table(table) => table.len(),
            Seen::Bits(bits) => bits.len(),
        }
    }

    /// Bytes held, without what was handed over.
    pub fn bytes(&self) -> usize {
        match &self.seen {
            Seen::Table(table) => table.bytes(),
            Seen::Bits(bits) => bits.bytes(),
        }
    }

    /// The pairs as bits, if they are, of groups by number.
    pub fn bits(&self) -> Option<&BitPairs> {
        match &self.seen {
            Seen::Table(_) => None,
            Seen::Bits(bits) => Some(bits),
        }
    }

    /// Adds pairs: keys or numbers, as [`WorkerPairs::is_numbered`] says, then arguments. `group_keys` are the keys of
    /// the numbered groups.
    pub fn add(
        &mut self,
        plan: &HashAggregate,
        columns: Vec<ArrayRef>,
        rows: usize,
        groups: &mut Vec<u32>,
        group_keys: impl Fn() -> Result<Vec<ArrayRef>>,
    ) -> Result<()> {
        if self.gave_up {
            return self.handed_over.push(Batch::new(columns, rows));
        }
        self.rows += rows;
        if let Seen::Bits(bits) = &mut self.seen {
            if add_bits(bits, &columns) {
                return Ok(());
            }
            self.leave_bits(plan)?;
        }
        let Seen::Table(table) = &mut self.seen else {
            return Ok(());
        };
        table.assign(&columns, rows, groups)?;
        if self.may_be_bits && self.rows >= ROWS_BEFORE_BITS {
            self.may_be_bits = false;
            let bits = BitPairs::new(&plan.families[self.family].types[0]);
            if let Some(mut bits) = bits
                && add_bits(&mut bits, &table.keys()?)
            {
                self.seen = Seen::Bits(bits);
            }
            return Ok(());
        }
        if table.len() > MOST_PAIRS {
            let reduces = table.len() * 2 < self.rows;
            self.gave_up = !reduces && !plan.is_ordered;
            self.hand_over(plan, group_keys)?;
        }
        Ok(())
    }

    /// The pairs go on in a table.
    fn leave_bits(&mut self, plan: &HashAggregate) -> Result<()> {
        let columns = self.columns()?;
        let mut table = plan.pair_table(&plan.families[self.family], self.numbered);
        if let Some(last) = columns.last() {
            table.assign(&columns, last.len(), &mut Vec::new())?;
        }
        self.seen = Seen::Table(table);
        Ok(())
    }

    /// Keys, or the numbers of groups, and arguments of the pairs that were not handed over.
    fn columns(&self) -> Result<Vec<ArrayRef>> {
        let bits = match &self.seen {
            Seen::Table(table) => return table.keys(),
            Seen::Bits(bits) => bits,
        };
        let (mut numbers, mut arguments) = (Vec::new(), Vec::new());
        bits.for_each_batch(bits.len() + 64, |groups, values| {
            numbers.extend(groups.into_iter().map(|group| group as i32));
            arguments.push(values);
            Ok(())
        })?;
        let arguments: Vec<&dyn arrow::array::Array> =
            arguments.iter().map(|values| values.as_ref()).collect();
        let arguments = concat(&arguments)?;
        Ok(match self.numbered {
            true => vec![Arc::new(Int32Array::from(numbers)), arguments],
            false => vec![arguments],
        })
    }

    /// Keys and arguments of the pairs that were not handed over.
    pub fn batch(&self, group_keys: impl Fn() -> Result<Vec<ArrayRef>>) -> Result<Batch> {
        let mut columns = self.columns()?;
        let rows = columns.first().map_or(0, |column| column.len());
        if self.numbered {
            let numbers = columns.remove(0);
            let keys = group_keys()?.into_iter();
            let keys = keys.map(|key| Ok(take(&key, &numbers, None)?));
            columns = keys
                .chain(columns.into_iter().map(Ok))
                .collect::<Result<_>>()?;
        }
        Ok(Batch::new(columns, rows))
    }

    /// Hands all pairs over and starts afresh.
    pub fn hand_over(
        &mut self,
        plan: &HashAggregate,
        group_keys: impl Fn() -> Result<Vec<ArrayRef>>,
    ) -> Result<()> {
        self.rows = 0;
        if self.len() == 0 {
            return Ok(());
        }
        let batch = self.batch(group_keys)?;
        let family = &plan.families[self.family];
        let split = plan.split_of(family, &batch.columns, batch.rows)?;
        self.seen = Seen::empty(plan, self.family, self.numbered);
        if self.handed_over.is_empty() {
            let columns = 0..plan.split_columns(family, split);
            let keys = RadixKeys::new(columns.collect(), PARTITIONS);
            self.handed_over.split_by_keys(keys);
        }
        self.handed_over.push(batch)
    }

    /// From now on, pairs have the keys themselves. What there was has been handed over.
    pub fn stop_numbering(&mut self, plan: &HashAggregate) {
        (self.numbered, self.may_be_bits) = (false, false);
        self.seen = Seen::empty(plan, self.family, false);
    }

    /// Writes what was handed over to the file for it.
    pub fn spill(&mut self) -> Result<()> {
        self.handed_over.spill()
    }

    /// What was handed over, by partition.
    pub fn finish(self) -> Result<Vec<Vec<Chunk>>> {
        self.handed_over.finish()
    }
}

impl Seen {
    fn empty(plan: &HashAggregate, family: usize, numbered: bool) -> Seen {
        Seen::Table(plan.pair_table(&plan.families[family], numbered))
    }
}

/// Adds pairs of numbers of groups, if there are any, and one argument.
fn add_bits(bits: &mut BitPairs, columns: &[ArrayRef]) -> bool {
    match columns {
        [argument] => bits.add(None, argument),
        [numbers, argument] => bits.add(Some(&raw_values::<i32>(numbers)), argument),
        _ => false,
    }
}
