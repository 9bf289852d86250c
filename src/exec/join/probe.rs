//! The probe side of a join.

use super::lookup::Visitor;
use super::partitioned::Spread;
use super::shape::{ProbeRows, Shape};
use super::table::{Built, JoinCell, JoinTable};
use crate::error::{Error, Result, conditions::SCALAR_SUBQUERY_TOO_MANY_ROWS};
use crate::exec::operators::{Coalescer, Position};
use crate::expr::Evaluator;
use crate::functions::scalar::EvalContext;
use crate::kernel::bits::bits_where;
use crate::kernel::codes::{CodedArray, RowChange, of_valid_codes};
use crate::pipeline::{
    Batch, Downstream, Flow, Operator, OperatorLocal, QueryContext, SpillFile, TaskContext,
};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::{filter, take};
use std::sync::Arc;

/// Looks up the rows of the probe side, or spreads them if the build side is partitioned.
pub(in crate::exec) struct HashJoin {
    /// Where the build side is.
    pub cell: Arc<JoinCell>,
    /// The keys.
    pub keys: Vec<ProbeKey>,
    /// Number of columns that come in.
    pub width: usize,
    /// What it gives.
    pub shape: Shape,
    /// Its columns.
    pub output: Arc<[Gathered]>,
    /// Rows of the table up to which columns come in codes.
    pub most_coded: usize,
    /// What pairs must fulfil beside equal keys.
    pub residual: Option<Residual>,
    /// Where rows go that memory does not hold.
    pub file: Arc<SpillFile>,
}

/// A key of the probe side.
pub(in crate::exec) struct ProbeKey {
    /// Computes it.
    pub evaluator: Arc<Evaluator>,
    /// Its position among the columns that come in, if it is one of them.
    pub column: Option<usize>,
}

/// Where a column of the output comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) enum Gathered {
    /// A column of the probe side.
    Probe(usize),
    /// A column of the table.
    Table(usize),
    /// The same, which may come in codes: the rows of the table.
    TableCode(usize),
    /// Whether the row has a match.
    Mark,
}

/// A condition on pairs.
#[derive(Clone)]
pub(in crate::exec) struct Residual {
    /// The columns it reads.
    pub columns: Arc<[Gathered]>,
    /// Over those columns.
    pub predicate: Arc<Evaluator>,
}

/// Pairs that are gathered at once.
const MOST_PAIRS: usize = 8192;
/// Stands for a row of the table that is not there.
const NONE: u32 = u32::MAX;

struct HashJoinLocal {
    keys: Vec<Arc<Evaluator>>,
    prober: Prober,
}

/// Looks rows up in a table.
pub(super) struct Prober {
    table: Arc<JoinTable>,
    shape: Shape,
    output: Arc<[Gathered]>,
    /// Columns come in codes where they may.
    in_codes: bool,
    residual: Option<Residual>,
    position: Position,
    query: Arc<QueryContext>,
    small: Coalescer,
    pairs: Pairs,
}

/// Probe and table rows, as two lists so that they can be gathered by.
#[derive(Default)]
struct Pairs {
    probe: Vec<u32>,
    table: Vec<u32>,
}

impl Operator for HashJoin {
    fn open(&self, task: &TaskContext) -> Result<Box<dyn OperatorLocal>> {
        let table = match self.cell.built()? {
            Built::Shared(table) => table,
            Built::Partitioned(partitions) => {
                return Ok(Box::new(Spread::new(self, partitions, task)));
            }
        };
        let keys = self.keys.iter();
        Ok(Box::new(HashJoinLocal {
            keys: keys
                .map(|key| key.evaluator.for_partition(task.partition))
                .collect(),
            prober: self.prober(table.clone(), task),
        }))
    }

    fn wants(&self, _: usize) -> bool {
        match self.cell.get() {
            Some(Built::Shared(table)) => !table.is_empty || !self.shape.drops_lonely_probe_rows(),
            Some(Built::Partitioned(_)) | None => true,
        }
    }
}

impl HashJoin {
    /// What looks rows up in a table, for a task.
    pub(super) fn prober(&self, table: Arc<JoinTable>, task: &TaskContext) -> Prober {
        Prober {
            in_codes: table.rows <= self.most_coded,
            table,
            query: task.query.clone(),
            shape: self.shape,
            output: self.output.clone(),
            residual: self.residual.as_ref().map(|residual| Residual {
                columns: residual.columns.clone(),
                predicate: residual.predicate.for_partition(task.partition),
            }),
            position: Position::start(task),
            small: Coalescer::default(),
            pairs: Pairs::default(),
        }
    }
}

impl OperatorLocal for HashJoinLocal {
    fn push(&mut self, batch: Batch, output: &mut Downstream) -> Result<Flow> {
        if self.prober.is_useless() {
            return Ok(Flow::Stop);
        }
        let mut keys = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let value = key.eval(&batch.columns, batch.rows, self.prober.position.context())?;
            keys.push(value.to_array(batch.rows));
        }
        self.prober.probe(&batch, &keys, output)
    }

    fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        self.prober.finish(output)
    }
}

/// Hands pairs to `emit` in portions that end with all pairs of a probe row.
struct Portions<'a, F> {
    pairs: &'a mut Pairs,
    /// First probe row of the portion.
    start: usize,
    emit: F,
}

impl<F: FnMut(&mut Pairs, usize, usize) -> Result<()>> Portions<'_, F> {
    fn flush(&mut self, end: usize) -> Result<()> {
        (self.emit)(self.pairs, self.start, end)?;
        self.start = end;
        self.pairs.probe.clear();
        self.pairs.table.clear();
        Ok(())
    }
}

impl<F: FnMut(&mut Pairs, usize, usize) -> Result<()>> Visitor for Portions<'_, F> {
    #[inline]
    fn pair(&mut self, probe: usize, built: u32) -> bool {
        self.pairs.probe.push(probe as u32);
        self.pairs.table.push(built);
        true
    }

    #[inline]
    fn end(&mut self, probe: usize) -> Result<()> {
        match self.pairs.probe.len() >= MOST_PAIRS {
            true => self.flush(probe + 1),
            false => Ok(()),
        }
    }
}

/// Notes which probe rows have a match; one is enough.
struct Existence<'a> {
    found: Vec<bool>,
    marks: Option<&'a JoinTable>,
}

impl Visitor for Existence<'_> {
    #[inline]
    fn pair(&mut self, probe: usize, built: u32) -> bool {
        self.found[probe] = true;
        match self.marks {
            Some(table) => {
                table.mark(built);
                true
            }
            None => false,
        }
    }

    #[inline]
    fn end(&mut self, _: usize) -> Result<()> {
        Ok(())
    }
}

impl Prober {
    /// Whether no probe row can give anything.
    pub fn is_useless(&self) -> bool {
        self.table.rows == 0 && self.shape.drops_lonely_probe_rows()
    }

    /// The table.
    pub fn table(&self) -> &Arc<JoinTable> {
        &self.table
    }

    /// Looks up the rows of a batch by their keys and gives what comes of it.
    pub fn probe(
        &mut self,
        batch: &Batch,
        keys: &[ArrayRef],
        output: &mut Downstream,
    ) -> Result<Flow> {
        let flow = match self.shape.probe {
            ProbeRows::Pairs | ProbeRows::OuterPairs | ProbeRows::SinglePairs => {
                self.pairs(batch, keys, output)?
            }
            ProbeRows::Nothing => self.mark_table(batch, keys)?,
            ProbeRows::Matching
            | ProbeRows::Lonely
            | ProbeRows::LonelyNullAware
            | ProbeRows::Marked => self.probe_rows(batch, keys, output)?,
        };
        self.position.advance(batch.rows);
        Ok(flow)
    }

    /// Gives what was held back.
    pub fn finish(&mut self, output: &mut Downstream) -> Result<()> {
        self.small.flush(output).map(|_| ())
    }

    /// Gives matching pairs, and what an outer join adds.
    fn pairs(&mut self, batch: &Batch, keys: &[ArrayRef], output: &mut Downstream) -> Result<Flow> {
        if self.residual.is_none()
            && let Some(found) = self.table.lookup.find_only(keys, batch.rows)?
        {
            return self.at_most_one_each(batch, found, output);
        }
        let (table, shape, columns) = (&self.table, self.shape, &self.output);
        let (residual, small, query) = (&self.residual, &mut self.small, &self.query);
        let in_codes = self.in_codes;
        let context = self.position.context();
        let mut flow = Flow::Continue;
        let mut emit = |pairs: &mut Pairs, start: usize, end: usize| {
            // A batch may have any number of pairs.
            query.check_cancelled()?;
            if let Some(residual) = residual {
                keep_matching(pairs, residual, batch, table, context, false)?;
            }
            if shape.marks_table() {
                pairs.table.iter().for_each(|row| table.mark(*row));
            }
            match shape.probe {
                ProbeRows::OuterPairs => add_lonely(pairs, start, end),
                ProbeRows::SinglePairs => {
                    if pairs.probe.windows(2).any(|two| two[0] == two[1]) {
                        return Err(Error::of(&SCALAR_SUBQUERY_TOO_MANY_ROWS));
                    }
                    add_lonely(pairs, start, end);
                }
                _ => {}
            }
            if pairs.probe.is_empty() || flow == Flow::Stop {
                return Ok(());
            }
            let rows = pairs.probe.len();
            let probe = pairs.unless_identity(batch);
            let gathered = gather(columns, probe, &pairs.table, batch, table, in_codes)?;
            flow = small.push(Batch::new(gathered, rows), output)?;
            Ok(())
        };
        let mut portions = Portions {
            pairs: &mut self.pairs,
            start: 0,
            emit: &mut emit,
        };
        table.lookup.visit(keys, batch.rows, &mut portions)?;
        portions.flush(batch.rows)?;
        Ok(flow)
    }

    /// The same where no probe row has several matches: `found` has the row of the table, or [`NONE`]. There are no
    /// pairs to be listed if every probe row is given once.
    fn at_most_one_each(
        &mut self,
        batch: &Batch,
        mut found: Vec<u32>,
        output: &mut Downstream,
    ) -> Result<Flow> {
        let table = &self.table;
        let lonely = found.iter().filter(|row| **row == NONE).count();
        if self.shape.marks_table() {
            let matches = found.iter().filter(|row| **row != NONE);
            matches.for_each(|row| table.mark(*row));
        }
        let is_outer = match self.shape.probe {
            ProbeRows::OuterPairs | ProbeRows::SinglePairs => true,
            _ if lonely == batch.rows => return Ok(Flow::Continue),
            _ => false,
        };
        let mut probe = None;
        if lonely > 0 && !is_outer {
            let mut rows = vec![0; batch.rows];
            let mut matching = 0;
            // Without a branch that would be guessed wrong where half of the rows match.
            for row in 0..batch.rows {
                let built = found[row];
                rows[matching] = row as u32;
                found[matching] = built;
                matching += usize::from(built != NONE);
            }
            rows.truncate(matching);
            found.truncate(matching);
            probe = Some(rows);
        }
        let (columns, in_codes) = (&self.output, self.in_codes);
        let gathered = gather(columns, probe.as_deref(), &found, batch, table, in_codes)?;
        self.small.push(Batch::new(gathered, found.len()), output)
    }

    /// Notes the table's rows that match.
    fn mark_table(&mut self, batch: &Batch, keys: &[ArrayRef]) -> Result<Flow> {
        self.find(batch, keys, false).map(|_| Flow::Continue)
    }

    /// Which probe rows have a match; notes the table's rows if asked to.
    fn find(&mut self, batch: &Batch, keys: &[ArrayRef], or_null: bool) -> Result<BooleanBuffer> {
        let table = &self.table;
        let marks = self.shape.marks_table().then_some(table.as_ref());
        if self.residual.is_none()
            && let Some(found) = table.lookup.find_only(keys, batch.rows)?
        {
            if let Some(table) = marks {
                let matches = found.iter().filter(|row| **row != NONE);
                matches.for_each(|row| table.mark(*row));
            }
            return Ok(bits_where(&found, |row| row != NONE));
        }
        let mut existence = Existence {
            found: vec![false; batch.rows],
            marks,
        };
        let Some(residual) = &self.residual else {
            table.lookup.visit(keys, batch.rows, &mut existence)?;
            return Ok(BooleanBuffer::from(existence.found));
        };
        let context = self.position.context();
        let query = &self.query;
        let mut emit = |pairs: &mut Pairs, _: usize, _: usize| {
            query.check_cancelled()?;
            keep_matching(pairs, residual, batch, table, context, or_null)?;
            for (probe, built) in pairs.probe.iter().zip(&pairs.table) {
                existence.pair(*probe as usize, *built);
            }
            Ok(())
        };
        let mut portions = Portions {
            pairs: &mut self.pairs,
            start: 0,
            emit: &mut emit,
        };
        table.lookup.visit(keys, batch.rows, &mut portions)?;
        portions.flush(batch.rows)?;
        Ok(BooleanBuffer::from(existence.found))
    }

    /// Gives probe rows by whether they match.
    fn probe_rows(
        &mut self,
        batch: &Batch,
        keys: &[ArrayRef],
        output: &mut Downstream,
    ) -> Result<Flow> {
        let null_aware = self.shape.probe == ProbeRows::LonelyNullAware;
        let mut found = self.find(batch, keys, null_aware)?;
        if null_aware && self.residual.is_none() && !self.table.is_empty {
            // NOT IN: a NULL on either side leaves open whether there is a match.
            if self.table.has_null {
                return Ok(Flow::Stop);
            }
            for nulls in keys.iter().filter_map(|key| key.logical_nulls()) {
                found = &found | &!nulls.inner();
            }
        }
        if self.shape.probe == ProbeRows::Marked {
            let mark: ArrayRef = Arc::new(BooleanArray::new(found, None));
            let columns = self.output.iter().map(|column| match column {
                Gathered::Probe(position) => Ok(batch.columns[*position].clone()),
                Gathered::Mark => Ok(mark.clone()),
                Gathered::Table(_) | Gathered::TableCode(_) => {
                    Err(Error::internal("a mark join gives no table columns"))
                }
            });
            let columns = columns.collect::<Result<_>>()?;
            return output.push(Batch::new(columns, batch.rows));
        }
        let kept = match self.shape.probe {
            ProbeRows::Matching => found,
            _ => !&found,
        };
        let rows = kept.count_set_bits();
        if rows == 0 {
            return Ok(Flow::Continue);
        }
        let mask = BooleanArray::new(kept, None);
        let mut change = RowChange::default();
        let columns = self.output.iter().map(|column| match column {
            Gathered::Probe(position) if rows == batch.rows => Ok(batch.columns[*position].clone()),
            Gathered::Probe(position) => {
                let column = &batch.columns[*position];
                change.apply(column, |column| Ok(filter(column, &mask)?))
            }
            _ => Err(Error::internal(
                "a semi join gives the probe's columns only",
            )),
        });
        let columns = columns.collect::<Result<_>>()?;
        self.small.push(Batch::new(columns, rows), output)
    }
}

/// Drops the pairs that do not fulfil the condition.
fn keep_matching(
    pairs: &mut Pairs,
    residual: &Residual,
    batch: &Batch,
    table: &JoinTable,
    context: &EvalContext,
    or_null: bool,
) -> Result<()> {
    let rows = pairs.probe.len();
    if rows == 0 {
        return Ok(());
    }
    let probe = pairs.unless_identity(batch);
    let columns = gather(&residual.columns, probe, &pairs.table, batch, table, false)?;
    let kept = if or_null {
        let value = residual
            .predicate
            .eval(&columns, rows, context)?
            .to_array(rows);
        let value = value
            .as_boolean_opt()
            .ok_or_else(|| Error::internal("a join condition that is not boolean"))?;
        match value.nulls() {
            Some(nulls) => value.values() | &!nulls.inner(),
            None => value.values().clone(),
        }
    } else {
        residual
            .predicate
            .eval_predicate(&columns, rows, context)?
            .mask(rows)
    };
    let keep = |list: &mut Vec<u32>| {
        let mut next = 0;
        for index in kept.set_indices() {
            list[next] = list[index];
            next += 1;
        }
        list.truncate(next);
    };
    keep(&mut pairs.probe);
    keep(&mut pairs.table);
    Ok(())
}

/// Adds the probe rows of a range that have no pair, each in its place.
fn add_lonely(pairs: &mut Pairs, start: usize, end: usize) {
    let mut probe = Vec::with_capacity(pairs.probe.len().max(end - start));
    let mut table = Vec::with_capacity(probe.capacity());
    let mut next = 0;
    for row in start as u32..end as u32 {
        let first = next;
        while next < pairs.probe.len() && pairs.probe[next] == row {
            probe.push(row);
            table.push(pairs.table[next]);
            next += 1;
        }
        if first == next {
            probe.push(row);
            table.push(NONE);
        }
    }
    pairs.probe = probe;
    pairs.table = table;
}

impl Pairs {
    /// The probe rows; none if they are all of the batch once, whose columns then go on as they are.
    fn unless_identity(&self, batch: &Batch) -> Option<&[u32]> {
        let mut numbered = self.probe.iter().enumerate();
        let is_identity =
            self.probe.len() == batch.rows && numbered.all(|(index, row)| index == *row as usize);
        (!is_identity).then_some(self.probe.as_slice())
    }
}

/// The columns of some pairs. Without `probe`, every row of the batch is in one.
fn gather(
    columns: &[Gathered],
    probe: Option<&[u32]>,
    built: &[u32],
    batch: &Batch,
    table: &JoinTable,
    in_codes: bool,
) -> Result<Vec<ArrayRef>> {
    let mut by_probe: Option<UInt32Array> = None;
    let mut by_table: Option<UInt32Array> = None;
    let mut change = RowChange::default();
    let mut codes: Option<CodedArray> = None;
    let mut gathered = Vec::with_capacity(columns.len());
    for column in columns {
        gathered.push(match column {
            Gathered::Probe(position) => match probe {
                None => batch.columns[*position].clone(),
                Some(rows) => {
                    let indices = by_probe.get_or_insert_with(|| UInt32Array::from(rows.to_vec()));
                    let column = &batch.columns[*position];
                    change.apply(column, |column| Ok(take(column, indices, None)?))?
                }
            },
            Gathered::Table(position) | Gathered::TableCode(position) => {
                let indices = by_table.get_or_insert_with(|| table_indices(built));
                let values = &table.columns[*position];
                match (column, &codes) {
                    (Gathered::TableCode(_), Some(codes)) => {
                        Arc::new(codes.with_values(values.clone()))
                    }
                    (Gathered::TableCode(_), None) if in_codes => {
                        let first = of_valid_codes(indices.clone(), values.clone());
                        Arc::new(codes.insert(first).clone())
                    }
                    _ => take(values.as_ref(), indices, None)?,
                }
            }
            Gathered::Mark => return Err(Error::internal("pairs have no mark")),
        });
    }
    Ok(gathered)
}

fn table_indices(rows: &[u32]) -> UInt32Array {
    let valid = bits_where(rows, |row| row != NONE);
    let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
    UInt32Array::new(rows.to_vec().into(), nulls)
}
