//! Which rows of a row group filters leave, as far as codes of dictionaries tell.

use super::codes::CodedColumn;
use super::decode::FilePlan;
use super::scan::{Origin, ParquetScan};
use crate::error::Result;
use crate::expr::scatter;
use crate::functions::scalar::EvalContext;
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;

/// What codes say of a row group.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Per predicate column: its codes, if it was read that way.
    pub columns: Vec<Option<CodedColumn>>,
    /// The rows that may stay; None: all.
    pub mask: Option<BooleanBuffer>,
    /// Whether all filters on single columns have been applied.
    pub all_terms: bool,
    /// The runtime filters that have been applied.
    pub applied: Vec<usize>,
    /// Per applied runtime filter: rows before it, rows that it let through.
    pub trials: Vec<(usize, usize)>,
}

impl Prefilter {
    /// Reads the codes of columns of a row group that filters look at, of the rows in `pages` (None: all). `active` are
    /// the runtime filters to apply.
    pub fn read(
        scan: &ParquetScan,
        plan: &FilePlan,
        row_group: usize,
        rows: usize,
        pages: Option<&BooleanBuffer>,
        active: &[usize],
    ) -> Result<Prefilter> {
        let mut prefilter = Prefilter {
            all_terms: true,
            ..Prefilter::nothing(scan)
        };
        let source = Source {
            scan,
            plan,
            row_group,
            rows,
            pages,
        };
        let rows = count(pages, rows);
        let context = EvalContext::default();
        for term in &scan.terms {
            if prefilter.is_empty() {
                return Ok(prefilter);
            }
            let Some(column) = prefilter.column(&source, term.position)? else {
                prefilter.all_terms = false;
                continue;
            };
            let chosen = scan.metrics.filtering(|| {
                prefilter.restrict(&column, rows, |values| {
                    let columns = std::slice::from_ref(values);
                    let chosen =
                        (term.evaluator).eval_predicate(columns, values.len(), &context)?;
                    Ok(chosen.mask(values.len()))
                })
            });
            if chosen.is_err() {
                // A value that no remaining row may have has no right to fail. Row by row it will show.
                return Ok(Prefilter::nothing(scan));
            }
        }
        for index in active {
            let (position, filter) = &scan.runtime_filters[*index];
            let Some(predicate) = filter.slot.get() else {
                continue;
            };
            if prefilter.is_empty() {
                break;
            }
            let Some(column) = prefilter.column(&source, *position)? else {
                continue;
            };
            let before = prefilter.count(rows);
            scan.metrics.filtering(|| {
                prefilter.restrict(&column, rows, |values| {
                    Ok(is_true(&predicate.may_contain(values)))
                })
            })?;
            prefilter.applied.push(*index);
            prefilter.trials.push((before, prefilter.count(rows)));
        }
        Ok(prefilter)
    }

    /// No column is coded, nothing has been applied.
    pub fn nothing(scan: &ParquetScan) -> Prefilter {
        Prefilter {
            columns: vec![None; scan.predicate.len()],
            mask: None,
            all_terms: false,
            applied: Vec::new(),
            trials: Vec::new(),
        }
    }

    /// Whether no row may stay.
    pub fn is_empty(&self) -> bool {
        self.mask
            .as_ref()
            .is_some_and(|mask| mask.count_set_bits() == 0)
    }

    /// How many of `rows` rows may stay.
    pub fn count(&self, rows: usize) -> usize {
        count(self.mask.as_ref(), rows)
    }

    /// Keeps only these rows of the columns; they are among those of the mask, which says nothing any more.
    pub fn compact(&mut self, kept: &BooleanBuffer) {
        for column in self.columns.iter_mut().flatten() {
            *column = column.compact(kept);
        }
        self.mask = None;
    }

    /// Drops rows whose value is not chosen: by a look at each value of the dictionary, or of the rows that are left
    /// if these are fewer.
    fn restrict(
        &mut self,
        column: &CodedColumn,
        rows: usize,
        choose: impl Fn(&ArrayRef) -> Result<BooleanBuffer>,
    ) -> Result<()> {
        let values = column.values();
        let mask = match &self.mask {
            Some(mask) if mask.count_set_bits() < values.len() => {
                scatter(mask, &choose(&column.gather(0, rows, Some(mask))?)?)
            }
            mask => {
                let table = choose(values)?;
                if table.count_set_bits() == values.len() {
                    return Ok(());
                }
                column.choose(&table, mask.as_ref())
            }
        };
        self.mask = Some(mask);
        Ok(())
    }

    /// The codes of a predicate column, if it has a dictionary.
    fn column(&mut self, source: &Source, position: usize) -> Result<Option<CodedColumn>> {
        if let Some(known) = &self.columns[position] {
            return Ok(Some(known.clone()));
        }
        let Origin::File(slot) = source.scan.predicate[position].origin else {
            return Ok(None);
        };
        let (plan, row_group) = (source.plan, source.row_group);
        let column = CodedColumn::read(plan, row_group, slot, source.rows, source.pages)?;
        self.columns[position] = column.clone();
        Ok(column)
    }
}

/// Where columns come from: a row group of so many rows, and those of them that are read (None: all).
struct Source<'a> {
    scan: &'a ParquetScan,
    plan: &'a FilePlan,
    row_group: usize,
    rows: usize,
    pages: Option<&'a BooleanBuffer>,
}

/// How many rows a mask leaves of so many; without one, all.
pub(super) fn count(mask: Option<&BooleanBuffer>, rows: usize) -> usize {
    mask.map_or(rows, BooleanBuffer::count_set_bits)
}

/// The rows that are true, not NULL.
pub(super) fn is_true(hits: &BooleanArray) -> BooleanBuffer {
    match hits.nulls() {
        Some(nulls) => hits.values() & nulls.inner(),
        None => hits.values().clone(),
    }
}
