//! Which rows of a row group filters leave, as far as codes of dictionaries tell.

use super::codes::CodedColumn;
use super::decode::FilePlan;
use super::scan::{Origin, ParquetScan};
use crate::error::Result;
use crate::expr::Selection;
use crate::functions::scalar::EvalContext;
use arrow::array::{Array, BooleanArray};
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
    /// Reads the codes of columns of a row group that filters look at. `active` are the runtime filters to apply.
    pub fn read(
        scan: &ParquetScan,
        plan: &FilePlan,
        row_group: usize,
        rows: usize,
        active: &[usize],
    ) -> Result<Prefilter> {
        let mut prefilter = Prefilter {
            all_terms: true,
            ..Prefilter::nothing(scan)
        };
        let context = EvalContext::default();
        for term in &scan.terms {
            if prefilter.is_empty() {
                return Ok(prefilter);
            }
            let Some(column) = prefilter.column(scan, plan, row_group, rows, term.position)? else {
                prefilter.all_terms = false;
                continue;
            };
            let values = column.values();
            let chosen = (term.evaluator).eval_predicate(
                std::slice::from_ref(values),
                values.len(),
                &context,
            );
            let Ok(chosen) = chosen else {
                // A value that no remaining row may have has no right to fail. Row by row it will show.
                return Ok(Prefilter::nothing(scan));
            };
            match chosen {
                Selection::All => {}
                chosen => prefilter.restrict(&column, &chosen.mask(values.len())),
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
            let Some(column) = prefilter.column(scan, plan, row_group, rows, *position)? else {
                continue;
            };
            let before = prefilter.count(rows);
            let hits = predicate.may_contain(column.values());
            prefilter.restrict(&column, &is_true(&hits));
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
        self.mask
            .as_ref()
            .map_or(rows, BooleanBuffer::count_set_bits)
    }

    /// Keeps only these rows of columns and mask.
    pub fn compact(&mut self, kept: &BooleanBuffer) {
        for column in self.columns.iter_mut().flatten() {
            *column = column.compact(kept);
        }
        if let Some(mask) = &self.mask {
            let bits = kept.set_indices().map(|row| mask.value(row));
            self.mask = Some(bits.collect());
        }
    }

    fn restrict(&mut self, column: &CodedColumn, table: &BooleanBuffer) {
        self.mask = Some(column.choose(table, self.mask.as_ref()));
    }

    /// The codes of a predicate column, if it has a dictionary that is small.
    fn column(
        &mut self,
        scan: &ParquetScan,
        plan: &FilePlan,
        row_group: usize,
        rows: usize,
        position: usize,
    ) -> Result<Option<CodedColumn>> {
        if let Some(known) = &self.columns[position] {
            return Ok(Some(known.clone()));
        }
        let Origin::File(slot) = scan.predicate[position].origin else {
            return Ok(None);
        };
        let column = CodedColumn::read(plan, row_group, slot, rows)?;
        self.columns[position] = column.clone();
        Ok(column)
    }
}

/// The rows that are true, not NULL.
pub(super) fn is_true(hits: &BooleanArray) -> BooleanBuffer {
    match hits.nulls() {
        Some(nulls) => hits.values() & nulls.inner(),
        None => hits.values().clone(),
    }
}
