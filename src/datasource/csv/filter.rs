//! Filters while CSV is parsed: the columns that filters read are converted first, one after the other, and each
//! only for rows that all filters before have left; then the other columns for the rows that remain.
//!
//! ```text
//!   WHERE a > 4 AND b = 'x'        a: convert ─► a > 4 ─► rows ─► b: convert ─► b = 'x' ─► rows ─► c, d: convert
//! ```
//!
//! As in Spark, a row that a filter drops is never malformed, whatever is in its other columns. A filter has no say
//! over a row in which one of its own columns is malformed: first the mode decides, and where that keeps the row
//! (PERMISSIVE), the filter sees NULL.

use super::column::{ColumnParser, Failures, Fields};
use super::tokenizer::{Field, Records};
use crate::config::Config;
use crate::error::Result;
use crate::expr::{Attribute, ColumnId, Evaluator, Expr};
use crate::functions::scalar::EvalContext;
use crate::pipeline::ScanMetrics;
use crate::types::Value;
use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::filter;
use std::borrow::Cow;

/// A filter, with the columns it reads by their place among the needed ones.
#[derive(Debug)]
struct Term {
    columns: Vec<usize>,
    /// Over those columns.
    evaluator: Evaluator,
}

/// The filters of a scan, in the order in which their columns become known.
#[derive(Debug, Default)]
pub(super) struct RowFilter {
    /// Ascending: a column, and the filters that can be evaluated once it is there.
    stages: Vec<(usize, Vec<Term>)>,
}

impl RowFilter {
    /// `needed[i]` is the attribute of needed column `i`.
    pub fn new(filters: &[Expr], needed: &[Attribute], config: &Config) -> Result<RowFilter> {
        let mut terms = Vec::new();
        for filter in filters.iter().cloned().flat_map(Expr::conjuncts) {
            let reads = filter.references();
            let columns: Vec<usize> = (0..needed.len())
                .filter(|column| reads.contains(&needed[*column].id))
                .collect();
            let inputs: Vec<Attribute> = columns.iter().map(|c| needed[*c].clone()).collect();
            let evaluator = Evaluator::new(&filter, &inputs, config)?;
            terms.push(Term { columns, evaluator });
        }
        let mut read: Vec<usize> = terms.iter().flat_map(|term| term.columns.clone()).collect();
        read.sort_unstable();
        read.dedup();
        let mut stages: Vec<(usize, Vec<Term>)> =
            read.into_iter().map(|c| (c, Vec::new())).collect();
        for term in terms {
            let last = term.columns.last().copied();
            match stages.iter_mut().find(|(column, _)| Some(*column) == last) {
                Some((_, known)) => known.push(term),
                // It reads no column; the planner filters by such itself.
                None => continue,
            }
        }
        Ok(RowFilter { stages })
    }
}

/// The rows of a batch that are left, with what has been converted of them.
pub(super) struct Parsed {
    /// The records, by their place in the batch; None: all.
    kept: Option<Vec<u32>>,
    pub rows: usize,
    /// The needed columns.
    pub columns: Vec<Option<ArrayRef>>,
    /// The rows that do not fit the schema.
    pub failures: Failures,
    /// Per column with such rows, which they are.
    failed: Vec<(usize, Vec<bool>)>,
    /// Rows that a filter would drop, if the mode lets them live.
    doomed: Vec<bool>,
}

impl Parsed {
    /// Converts the columns that filters read, and drops rows.
    pub fn filtered(
        filter: &RowFilter,
        parsers: &[ColumnParser],
        records: &Records,
        fields: Fields,
        context: &EvalContext,
        metrics: &ScanMetrics,
    ) -> Result<Parsed> {
        let rows = records.len();
        let mut parsed = Parsed {
            kept: None,
            rows,
            columns: vec![None; parsers.len()],
            failures: Failures::none(rows),
            failed: Vec::new(),
            doomed: Vec::new(),
        };
        for (column, terms) in &filter.stages {
            if parsed.rows == 0 {
                break;
            }
            parsed.convert(*column, parsers, records, fields)?;
            for term in terms {
                metrics.filtering(|| parsed.apply(term, context))?;
            }
        }
        Ok(parsed)
    }

    /// Converts the columns that are still missing.
    pub fn complete(
        &mut self,
        parsers: &[ColumnParser],
        records: &Records,
        fields: Fields,
    ) -> Result<()> {
        for column in 0..parsers.len() {
            if self.columns[column].is_none() {
                self.convert(column, parsers, records, fields)?;
            }
        }
        Ok(())
    }

    /// Marks rows that have another number of fields than they should.
    pub fn check_width(&mut self, records: &Records, expected: u32) {
        for row in 0..self.rows {
            if records.widths[self.record(row)] != expected {
                self.failures.mark(row);
            }
        }
    }

    /// The record of a row.
    pub fn record(&self, row: usize) -> usize {
        match &self.kept {
            Some(kept) => kept[row] as usize,
            None => row,
        }
    }

    /// Drops the rows that a filter would not have left, had their columns not been malformed.
    pub fn drop_doomed(&mut self) -> Result<()> {
        if !self.doomed.contains(&true) {
            return Ok(());
        }
        let keep: Vec<bool> = self.doomed.iter().map(|doomed| !doomed).collect();
        self.retain(&keep)
    }

    /// Drops the rows that do not fit the schema.
    pub fn drop_failures(&mut self) -> Result<()> {
        let keep: Vec<bool> = self.failures.rows().iter().map(|failed| !failed).collect();
        self.retain(&keep)
    }

    fn convert(
        &mut self,
        column: usize,
        parsers: &[ColumnParser],
        records: &Records,
        fields: Fields,
    ) -> Result<()> {
        let all: &[Field] = &records.columns[column];
        let own: Cow<[Field]> = match &self.kept {
            Some(kept) => kept.iter().map(|row| all[*row as usize]).collect(),
            None => Cow::Borrowed(all),
        };
        let own = Fields {
            fields: &own,
            ..fields
        };
        let mut failures = Failures::none(self.rows);
        self.columns[column] = Some(parsers[column].parse(own, &mut failures)?);
        if failures.any() {
            let failed = failures.rows().to_vec();
            for (row, _) in failed.iter().enumerate().filter(|(_, failed)| **failed) {
                self.failures.mark(row);
            }
            self.failed.push((column, failed));
        }
        Ok(())
    }

    fn apply(&mut self, term: &Term, context: &EvalContext) -> Result<()> {
        let inputs = term
            .columns
            .iter()
            .map(|column| self.columns[*column].clone());
        let Some(inputs) = inputs.collect::<Option<Vec<ArrayRef>>>() else {
            return Ok(());
        };
        let passed = (term.evaluator).eval_predicate(&inputs, self.rows, context)?;
        if passed.count(self.rows) == self.rows {
            return Ok(());
        }
        let mut keep: Vec<bool> = passed.mask(self.rows).iter().collect();
        for (column, failed) in &self.failed {
            if !term.columns.contains(column) {
                continue;
            }
            self.doomed.resize(self.rows, false);
            for (row, failed) in failed.iter().enumerate() {
                if *failed && !keep[row] {
                    keep[row] = true;
                    self.doomed[row] = true;
                }
            }
        }
        self.retain(&keep)
    }

    /// Keeps the rows with their flag set.
    fn retain(&mut self, keep: &[bool]) -> Result<()> {
        let rows = keep.iter().filter(|keep| **keep).count();
        if rows == self.rows {
            return Ok(());
        }
        let kept = (0..self.rows).filter(|row| keep[*row]);
        self.kept = Some(kept.map(|row| self.record(row) as u32).collect());
        let mask = BooleanArray::from(keep.to_vec());
        for array in self.columns.iter_mut().flatten() {
            *array = filter(array, &mask)?;
        }
        let flags = |flags: &[bool]| -> Vec<bool> {
            (flags.iter().zip(keep))
                .filter(|(_, keep)| **keep)
                .map(|(flag, _)| *flag)
                .collect()
        };
        let mut failures = Failures::none(rows);
        for (row, _) in flags(self.failures.rows())
            .iter()
            .enumerate()
            .filter(|(_, f)| **f)
        {
            failures.mark(row);
        }
        self.failures = failures;
        for (_, failed) in &mut self.failed {
            *failed = flags(failed);
        }
        self.doomed = flags(&self.doomed);
        self.rows = rows;
        Ok(())
    }
}

/// Whether Spark hands a filter to its CSV reader: comparisons of columns with constants and what AND, OR and NOT
/// make of them. Only there may it decide which rows count as malformed. `columns` are those of the files.
pub(super) fn is_simple(filter: &Expr, columns: &[ColumnId]) -> bool {
    let column = |expr: &Expr| matches!(expr, Expr::Column(c) if columns.contains(&c.id));
    let constant = |expr: &Expr| expr.as_literal().is_some();
    match filter {
        Expr::And(terms) | Expr::Or(terms) => terms.iter().all(|term| is_simple(term, columns)),
        Expr::Not(term) => is_simple(term, columns),
        Expr::IsNull { operand, .. } => column(operand),
        Expr::In { operand, list } => column(operand) && list.iter().all(constant),
        Expr::Call(call) => match (call.name(), call.arguments.as_slice()) {
            (
                "=" | "<=>" | "<" | "<=" | ">" | ">=" | "startswith" | "endswith" | "contains",
                [a, b],
            ) => (column(a) && constant(b)) || (constant(a) && column(b)),
            // Spark makes these `startswith`, `endswith`, `contains` and `=`.
            ("like", [a, pattern]) => {
                column(a)
                    && matches!(pattern.as_literal(), Some(Value::String(text)) if is_plain(text))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a LIKE pattern has wildcards at its ends only.
fn is_plain(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('%').unwrap_or(pattern);
    let inner = inner.strip_suffix('%').unwrap_or(inner);
    !inner.contains(['%', '_', '\\'])
}
