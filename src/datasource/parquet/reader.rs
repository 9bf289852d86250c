//! Reads the row groups of one partition.
//!
//! Per row group the predicate columns come first: those with a dictionary as codes ([`Prefilter`]), then the others
//! for the rows that are left. When none is left in the end, nothing more is touched. The other columns ([`Rest`]) come
//! for the chosen rows if they are codes too. What is not is decoded whole and filtered batch by batch when many rows
//! are left, which is faster than skipping; when few are, only those rows are decoded.

use super::bloom::rules_out;
use super::chunk::{Chunk, Give, PredicateColumn};
use super::decode::{BATCH_ROWS, ColumnStream, FilePlan};
use super::pages::select;
use super::prefilter::{Prefilter, count};
use super::rest::{Rest, RestColumn, Wanted};
use super::scan::{Origin, ParquetScan, RowGroupRef, ScanColumn};
use crate::error::Result;
use crate::expr::{Selection, scatter};
use crate::functions::scalar::EvalContext;
use crate::kernel::Column;
use crate::kernel::value::value_to_array;
use crate::pipeline::{Batch, BatchReader, TaskContext};
use arrow::array::{Array, ArrayRef, BooleanBufferBuilder, NullArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::concat;
use hashbrown::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;

/// Up to this part of a row group's rows, columns that are not codes are decoded for the selected rows only.
/// Measured with TPC-H at scale factor 1 (queries 3, 4, 6, 10, 12, 14, 15, 19, 20; processor time): anything from 0.03 to
/// 0.7 differs by less than 2 % in sum, which is noise; never decoding selected rows only costs 6 % more.
const LATE_SELECTIVITY: f64 = 0.2;

/// A runtime filter that lets more than this part of the rows through is not worth its evaluation.
const USELESS_FILTER: f64 = 0.9;

/// Rows after which a runtime filter is judged.
const TRIAL_ROWS: usize = 64 * 1024;

pub(super) struct ParquetReader {
    scan: Arc<ParquetScan>,
    row_groups: std::vec::IntoIter<RowGroupRef>,
    /// The row group that is being read.
    reading: Option<(Arc<FilePlan>, usize)>,
    context: TaskContext,
    state: State,
    /// The file of the current row group.
    file: Option<Arc<str>>,
    /// Rows that may still be given.
    limit: u64,
    /// Per runtime filter: rows it was asked about, rows it let through.
    trials: Vec<(usize, usize)>,
    /// Per predicate column, whether a filter of the query reads it, not just runtime filters.
    filtered: Vec<bool>,
    /// Per predicate column, whether no filter looks at it in this row group: it is read like the rest.
    idle: Vec<bool>,
    /// Per predicate column, whether it is given out too, in this row group.
    given: Vec<Give>,
}

/// Where the reader is within a row group.
enum State {
    /// Between row groups.
    Between,
    /// No column comes from the file: rows are only counted.
    Counting { plan: Arc<FilePlan>, rows: usize },
    /// No filter: every batch goes through.
    Plain {
        plan: Arc<FilePlan>,
        stream: ColumnStream,
    },
    /// No filter, and columns that are to be given in codes.
    Coded {
        plan: Arc<FilePlan>,
        rest: Rest,
        rows: usize,
    },
    /// Predicate columns are decoded; what of the rest is not coded comes whole and is filtered.
    Filtering {
        plan: Arc<FilePlan>,
        chunks: VecDeque<Chunk>,
        rest: Rest,
    },
    /// Predicate columns are decoded and filtered; of the rest only the selected rows come.
    Late {
        plan: Arc<FilePlan>,
        kept: Vec<ArrayRef>,
        offset: usize,
        rows: usize,
        rest: Rest,
    },
    /// All that is wanted was decoded for the predicate.
    Decoded {
        plan: Arc<FilePlan>,
        chunks: VecDeque<Chunk>,
    },
}

impl ParquetReader {
    pub fn new(
        scan: Arc<ParquetScan>,
        row_groups: Vec<RowGroupRef>,
        context: TaskContext,
    ) -> ParquetReader {
        let limit = scan.limit.unwrap_or(u64::MAX);
        let trials = vec![(0, 0); scan.runtime_filters.len()];
        let mut read = HashSet::new();
        (scan.filters.iter()).for_each(|filter| filter.collect_references(&mut read));
        let filtered = scan.predicate.iter();
        let filtered = filtered.map(|column| read.contains(&scan.attributes[column.column].id));
        let filtered = filtered.collect();
        ParquetReader {
            scan,
            row_groups: row_groups.into_iter(),
            reading: None,
            context,
            state: State::Between,
            file: None,
            limit,
            trials,
            filtered,
            idle: Vec::new(),
            given: Vec::new(),
        }
    }

    /// Settles which predicate columns come with the filters and which with the rest.
    fn settle(&mut self, active: &[usize]) {
        let is_idle = |position: usize| {
            let mut active = active.iter();
            !self.filtered[position]
                && matches!(self.scan.predicate[position].origin, Origin::File(_))
                && !active.any(|index| self.scan.runtime_filters[*index].0 == position)
        };
        self.idle = (0..self.scan.predicate.len()).map(is_idle).collect();
        let given = (self.scan.predicate.iter().zip(&self.idle)).map(|(column, idle)| {
            let output = self.scan.output.iter().find(|o| o.column == column.column);
            match output.map(|output| output.coded).filter(|_| !idle) {
                None => Give::Nothing,
                Some(false) => Give::Values,
                Some(true) => Give::Codes,
            }
        });
        self.given = given.collect();
    }

    /// Gives up the memory of the row group that was read last.
    fn release(&mut self) {
        if let Some((plan, row_group)) = self.reading.take() {
            plan.file().release(row_group);
        }
    }

    /// Begins the next row group; false if there is none.
    fn advance(&mut self) -> Result<bool> {
        self.release();
        let Some(next) = self.row_groups.next() else {
            return Ok(false);
        };
        self.context.query.check_cancelled()?;
        let plan = self.scan.plan(next.file)?;
        self.file = Some(plan.file().uri().into());
        let footer = plan.file().footer()?;
        let rows = usize::try_from(footer.row_group(next.row_group).num_rows()).unwrap_or(0);
        if self.scan.ruled_out(&plan, next.row_group)?
            || rules_out(
                &self.scan.lookups,
                &self.scan.predicate,
                &plan,
                next.row_group,
            )?
        {
            self.scan.metrics.skip_part();
            return Ok(true);
        }
        self.scan.metrics.read_part();
        self.reading = Some((plan.clone(), next.row_group));
        let filtered = self.scan.evaluator.is_some() || self.active_filters().next().is_some();
        self.state = if filtered {
            self.filter(plan, next.row_group, rows)?
        } else {
            let columns = file_slots(&self.scan.output);
            let rest: Vec<RestColumn> = (self.scan.output.iter()).filter_map(rest_column).collect();
            if columns.is_empty() {
                State::Counting { plan, rows }
            } else if rest.iter().any(|column| column.coded) {
                let all = Wanted {
                    rows,
                    decoded: None,
                    decoded_rows: rows,
                    chosen: None,
                };
                let rest = Rest::read(&plan, next.row_group, &rest, &all)?;
                State::Coded { plan, rest, rows }
            } else {
                let stream = plan.decode(next.row_group, &columns, None, rows)?;
                State::Plain { plan, stream }
            }
        };
        Ok(true)
    }

    /// Runtime filters that have come in and are worth applying, by position.
    fn active_filters(&self) -> impl Iterator<Item = usize> {
        let scan = &self.scan;
        (0..scan.runtime_filters.len()).filter(|index| {
            let (asked, passed) = self.trials[*index];
            let useless = asked >= TRIAL_ROWS && passed as f64 > asked as f64 * USELESS_FILTER;
            !useless && scan.runtime_filters[*index].1.slot.get().is_some()
        })
    }

    /// Decodes the predicate columns of a row group, filters, and decides how to read the rest.
    fn filter(&mut self, plan: Arc<FilePlan>, row_group: usize, rows: usize) -> Result<State> {
        let scan = self.scan.clone();
        let active: Vec<usize> = self.active_filters().collect();
        self.settle(&active);
        let pages = select(&scan, plan.file(), &|slot| plan.leaf(slot), row_group, rows)?;
        let mut known = Prefilter::read(&scan, &plan, row_group, rows, pages.as_ref(), &active)?;
        for (index, (asked, passed)) in known.applied.iter().zip(&known.trials) {
            self.trials[*index].0 += asked;
            self.trials[*index].1 += passed;
        }
        // From here on, rows are counted among those that are decoded at all.
        let Some(decoded) = restrict(&mut known, pages, rows) else {
            return Ok(State::Between);
        };
        let (decoded, decoded_rows) = (decoded.as_ref(), count(decoded.as_ref(), rows));
        let (mut chunks, selected) =
            self.predicate_chunks(&plan, row_group, &known, decoded, decoded_rows, &active)?;
        if selected == 0 {
            return Ok(State::Between);
        }
        let rest = self.rest_columns();
        if rest.is_empty() {
            return Ok(State::Decoded { plan, chunks });
        }
        let chosen = whole_mask(&chunks, decoded_rows);
        let chosen = match decoded {
            Some(decoded) => scatter(decoded, &chosen),
            None => chosen,
        };
        let many = selected as f64 > decoded_rows as f64 * LATE_SELECTIVITY;
        let wanted = Wanted {
            rows,
            decoded: if many { decoded } else { Some(&chosen) },
            decoded_rows: if many { decoded_rows } else { selected },
            chosen: Some(&chosen),
        };
        let rest = Rest::read(&plan, row_group, &rest, &wanted)?;
        if many {
            return Ok(State::Filtering { plan, chunks, rest });
        }
        let kept = concat_selected(&mut chunks, &self.given)?;
        Ok(State::Late {
            plan,
            kept,
            offset: 0,
            rows: selected,
            rest,
        })
    }

    /// Batches of predicate columns with the rows that pass all filters, and how many these are.
    fn predicate_chunks(
        &mut self,
        plan: &Arc<FilePlan>,
        row_group: usize,
        known: &Prefilter,
        decoded: Option<&BooleanBuffer>,
        rows: usize,
        active: &[usize],
    ) -> Result<(VecDeque<Chunk>, usize)> {
        let scan = self.scan.clone();
        let evaluator = match known.all_terms {
            true => &scan.remainder,
            false => &scan.evaluator,
        };
        let is_uncoded =
            |position: &usize| known.columns[*position].is_none() && !self.idle[*position];
        let uncoded: Vec<usize> = (0..scan.predicate.len()).filter(is_uncoded).collect();
        let plain: Vec<ScanColumn> = (uncoded.iter())
            .map(|position| scan.predicate[*position].clone())
            .collect();
        let slots = file_slots(&plain);
        let mut stream = match slots.is_empty() {
            true => None,
            false => Some(plan.decode(row_group, &slots, decoded, rows)?),
        };
        let eval = EvalContext {
            partition: self.context.partition,
            rows_before: 0,
            input_file: Some(plan.file().uri().into()),
        };
        let mut chunks = VecDeque::new();
        let (mut selected, mut offset) = (0, 0);
        while offset < rows {
            let (decoded, chunk_rows) = match &mut stream {
                None => (Vec::new(), BATCH_ROWS.min(rows - offset)),
                Some(stream) => match stream.next()? {
                    Some(decoded) => decoded,
                    None => break,
                },
            };
            let mut arrays = assemble(&plain, decoded, plan, chunk_rows)?.into_iter();
            let mut columns = Vec::with_capacity(scan.predicate.len());
            for (coded, idle) in known.columns.iter().zip(&self.idle) {
                columns.push(match coded {
                    Some(column) => PredicateColumn::Coded(column.clone(), offset),
                    // Nobody looks at it.
                    None if *idle => PredicateColumn::Values(Arc::new(NullArray::new(chunk_rows))),
                    None => PredicateColumn::Values(arrays.next().ok_or_else(|| {
                        crate::error::Error::internal("a column was not decoded")
                    })?),
                });
            }
            let mask = known.mask.as_ref();
            let mut chunk = Chunk {
                columns,
                rows: chunk_rows,
                selection: mask.map_or(Selection::All, |mask| {
                    Selection::from_mask(mask.slice(offset, chunk_rows))
                }),
            };
            if let Some(evaluator) = evaluator {
                (scan.metrics).filtering(|| chunk.narrow(evaluator, &eval))?;
            }
            for index in active.iter().filter(|index| !known.applied.contains(index)) {
                let before = chunk.selection.count(chunk_rows);
                let (position, filter) = &scan.runtime_filters[*index];
                if let Some(predicate) = filter.slot.get()
                    && before > 0
                {
                    (scan.metrics).filtering(|| chunk.ask(*position, predicate.as_ref()))?;
                    self.trials[*index].0 += before;
                    self.trials[*index].1 += chunk.selection.count(chunk_rows);
                }
            }
            selected += chunk.selection.count(chunk_rows);
            offset += chunk_rows;
            chunks.push_back(chunk);
        }
        Ok((chunks, selected))
    }

    /// The file columns that are wanted and not decoded for filters.
    fn rest_columns(&self) -> Vec<RestColumn> {
        let output = self.scan.output.iter();
        let rest = output.filter(|column| self.predicate_position(column).is_none());
        rest.filter_map(rest_column).collect()
    }

    fn predicate_position(&self, column: &ScanColumn) -> Option<usize> {
        let mut known = self.scan.predicate.iter().zip(&self.idle);
        known.position(|(known, idle)| known.column == column.column && !idle)
    }

    /// The output columns out of predicate columns and the rest, which are aligned.
    fn output(
        &self,
        predicate: &[ArrayRef],
        rest: Vec<ArrayRef>,
        plan: &Arc<FilePlan>,
        rows: usize,
    ) -> Result<Batch> {
        let mut rest = rest.into_iter();
        let mut columns = Vec::with_capacity(self.scan.output.len());
        for column in &self.scan.output {
            columns.push(match self.predicate_position(column) {
                Some(position) => predicate[position].clone(),
                None => match &column.origin {
                    Origin::Partition(index) => constant(plan, *index, column, rows)?,
                    Origin::File(_) => rest.next().ok_or_else(|| {
                        crate::error::Error::internal("a column of a scan was not decoded")
                    })?,
                },
            });
        }
        Ok(Batch::new(columns, rows))
    }

    /// The next batch of the row group; None at its end.
    fn step(&mut self) -> Result<Option<Batch>> {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => Ok(None),
            State::Counting { plan, rows } => {
                let columns = assemble(&self.scan.output, Vec::new(), &plan, rows)?;
                Ok(Some(Batch::new(columns, rows)))
            }
            State::Plain { plan, mut stream } => {
                let Some((decoded, rows)) = stream.next()? else {
                    return Ok(None);
                };
                let columns = assemble(&self.scan.output, decoded, &plan, rows)?;
                self.state = State::Plain { plan, stream };
                Ok(Some(Batch::new(columns, rows)))
            }
            State::Coded {
                plan,
                mut rest,
                rows: all,
            } => {
                let (columns, rows) = rest.next(all)?;
                if rows == 0 {
                    return Ok(None);
                }
                let columns = assemble(&self.scan.output, columns, &plan, rows)?;
                self.state = State::Coded {
                    plan,
                    rest,
                    rows: all,
                };
                Ok(Some(Batch::new(columns, rows)))
            }
            State::Decoded { plan, mut chunks } => {
                let Some(chunk) = chunks.pop_front() else {
                    return Ok(None);
                };
                let columns = chunk.selected(&self.given)?;
                let rows = chunk.selection.count(chunk.rows);
                let batch = self.output(&columns, Vec::new(), &plan, rows)?;
                self.state = State::Decoded { plan, chunks };
                Ok(Some(batch))
            }
            State::Filtering {
                plan,
                mut chunks,
                mut rest,
            } => {
                let Some(chunk) = chunks.pop_front() else {
                    return Ok(None);
                };
                let decoded = match &mut rest.stream {
                    None => Vec::new(),
                    Some(stream) => match stream.next()? {
                        Some((decoded, rows)) if rows == chunk.rows => decoded,
                        _ => {
                            return Err(plan
                                .file()
                                .damaged("columns of a row group differ in length"));
                        }
                    },
                };
                let selected = chunk.selection.count(chunk.rows);
                let batch = match selected {
                    0 => Batch::new(Vec::new(), 0),
                    _ => {
                        let decoded = chunk.selection.filter(&decoded)?;
                        let filtered = chunk.selected(&self.given)?;
                        self.output(&filtered, rest.columns(decoded, selected)?, &plan, selected)?
                    }
                };
                self.state = State::Filtering { plan, chunks, rest };
                Ok(Some(batch))
            }
            State::Late {
                plan,
                kept,
                offset,
                rows: all,
                mut rest,
            } => {
                let (columns, rows) = rest.next(all)?;
                if rows == 0 {
                    return Ok(None);
                }
                let predicate: Vec<ArrayRef> = kept
                    .iter()
                    .map(|column| column.slice(offset, rows))
                    .collect();
                let batch = self.output(&predicate, columns, &plan, rows)?;
                self.state = State::Late {
                    plan,
                    kept,
                    offset: offset + rows,
                    rows: all,
                    rest,
                };
                Ok(Some(batch))
            }
        }
    }
}

impl Drop for ParquetReader {
    fn drop(&mut self) {
        self.release();
    }
}

impl BatchReader for ParquetReader {
    fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            if self.limit == 0 {
                return Ok(None);
            }
            if matches!(self.state, State::Between) && !self.advance()? {
                return Ok(None);
            }
            let Some(batch) = self.step()? else { continue };
            if batch.rows == 0 {
                continue;
            }
            let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let batch = if batch.rows > wanted {
                batch.slice(0, wanted)
            } else {
                batch
            };
            self.limit -= batch.rows as u64;
            return Ok(Some(batch));
        }
    }

    fn input_file(&self) -> Option<Arc<str>> {
        self.file.clone()
    }
}

/// A column of a file as one that no filter looks at.
fn rest_column(column: &ScanColumn) -> Option<RestColumn> {
    match column.origin {
        Origin::File(slot) => Some(RestColumn {
            slot,
            coded: column.coded,
        }),
        Origin::Partition(_) => None,
    }
}

/// Positions in the file plan of the columns that come from files.
fn file_slots(columns: &[ScanColumn]) -> Vec<usize> {
    let slot = |column: &ScanColumn| match column.origin {
        Origin::File(slot) => Some(slot),
        Origin::Partition(_) => None,
    };
    columns.iter().filter_map(slot).collect()
}

/// Columns in order: those of the file as decoded, partition columns as constants.
fn assemble(
    columns: &[ScanColumn],
    decoded: Vec<ArrayRef>,
    plan: &Arc<FilePlan>,
    rows: usize,
) -> Result<Vec<ArrayRef>> {
    if decoded.len() == columns.len() {
        return Ok(decoded);
    }
    let mut decoded = decoded.into_iter();
    let mut assembled = Vec::with_capacity(columns.len());
    for column in columns {
        assembled.push(match &column.origin {
            Origin::Partition(index) => constant(plan, *index, column, rows)?,
            Origin::File(_) => decoded.next().ok_or_else(|| {
                crate::error::Error::internal("a column of a scan was not decoded")
            })?,
        });
    }
    Ok(assembled)
}

/// A partition value for every row.
fn constant(
    plan: &Arc<FilePlan>,
    index: usize,
    column: &ScanColumn,
    rows: usize,
) -> Result<ArrayRef> {
    let value = &plan.file().data.partition_values[index];
    let one = value_to_array(value, &column.data_type)?;
    Ok(Column::Constant(one).to_array(rows))
}

/// The selection of all chunks as one mask.
fn whole_mask(chunks: &VecDeque<Chunk>, rows: usize) -> BooleanBuffer {
    let mut mask = BooleanBufferBuilder::new(rows);
    for chunk in chunks {
        match &chunk.selection {
            Selection::All => mask.append_n(chunk.rows, true),
            Selection::None => mask.append_n(chunk.rows, false),
            Selection::Some { mask: own, .. } => mask.append_buffer(own),
        }
    }
    mask.finish()
}

/// The selected rows of all chunks, column by column; of columns that are not given out, nothing.
fn concat_selected(chunks: &mut VecDeque<Chunk>, given: &[Give]) -> Result<Vec<ArrayRef>> {
    let values = |give: &Give| match give {
        Give::Nothing => Give::Nothing,
        Give::Values | Give::Codes => Give::Values,
    };
    let given: Vec<Give> = given.iter().map(values).collect();
    let mut filtered = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        if chunk.selection.count(chunk.rows) > 0 {
            filtered.push(chunk.selected(&given)?);
        }
    }
    (given.iter().enumerate())
        .map(|(column, give)| {
            let parts: Vec<&dyn Array> = filtered.iter().map(|c| c[column].as_ref()).collect();
            match parts.as_slice() {
                [_] => Ok(filtered[0][column].clone()),
                parts if *give != Give::Nothing => Ok(concat(parts)?),
                parts => {
                    let rows = parts.iter().map(|part| part.len()).sum();
                    Ok(Arc::new(NullArray::new(rows)) as ArrayRef)
                }
            }
        })
        .collect()
}

/// The rows to decode (None within: all), of those in `pages` that may match and those that codes leave: when codes
/// leave few, only these; `known` then speaks of them. None if there are none.
fn restrict(
    known: &mut Prefilter,
    pages: Option<BooleanBuffer>,
    rows: usize,
) -> Option<Option<BooleanBuffer>> {
    let in_pages = count(pages.as_ref(), rows);
    let left = count(known.mask.as_ref(), in_pages);
    if left == 0 {
        return None;
    }
    match &known.mask {
        Some(mask) if left as f64 <= in_pages as f64 * LATE_SELECTIVITY => {
            let mask = mask.clone();
            known.compact(&mask);
            Some(Some(match pages {
                Some(pages) => scatter(&pages, &mask),
                None => mask,
            }))
        }
        _ => Some(pages),
    }
}
