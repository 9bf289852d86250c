//! Sources: tables, constants, ranges of integers.

use super::{Need, Planner, Stream};
use crate::datasource::{RuntimeFilter, ScanRequest};
use crate::error::Result;
use crate::exec::explain::{Outcome, columns, list};
use crate::exec::result::Batches;
use crate::exec::{ExplainNode, Materialized};
use crate::expr::{Attribute, ColumnId};
use crate::kernel::value::values_to_array;
use crate::pipeline::{Batch, BatchReader, Metrics, ScanMetrics, Source, TaskContext};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Range, RecursionInput, Scan, Values};
use crate::plan::statistics::estimate;
use crate::types::{DataType, StructField, StructType};
use arrow::array::{ArrayRef, Int64Array};
use hashbrown::HashSet;
use std::sync::Arc;

impl Planner {
    pub(super) fn scan(&mut self, node: &Scan, need: Need) -> Result<Stream> {
        let is_needed = |column: &usize| need.columns.contains(&node.attributes[*column].id);
        let projection: Vec<usize> = node.projection.iter().copied().filter(is_needed).collect();
        let attributes: Vec<_> = projection
            .iter()
            .map(|c| node.attributes[*c].clone())
            .collect();
        let coded = codes_pay(node, &need.coded);
        let mut runtime_filters = Vec::new();
        let mut dependencies = Vec::new();
        for target in need.runtime {
            let position = node.attributes.iter().position(|a| a.id == target.column);
            if let Some(column) = position {
                let slot = target.slot.clone();
                runtime_filters.push(RuntimeFilter { column, slot });
                dependencies.extend(target.stage);
                let _ = target.taken.set(());
            }
        }
        let mut details = vec![node.name.clone(), columns(&attributes)];
        if !node.filters.is_empty() {
            details.push(format!("filters: {}", list(&node.filters)));
        }
        if !runtime_filters.is_empty() {
            let filtered = runtime_filters.iter().map(|f| &node.attributes[f.column]);
            details.push(format!("runtime filters: {}", columns(filtered)));
        }
        if let Some(limit) = node.limit {
            details.push(format!("limit: {limit}"));
        }
        let location = node.table.location();
        if !location.is_empty() {
            let mut read = need.columns.clone();
            (node.filters.iter()).for_each(|filter| filter.collect_references(&mut read));
            let read = node
                .attributes
                .iter()
                .filter(|column| read.contains(&column.id));
            let read = read.map(|column| {
                StructField::new(
                    column.name.as_ref(),
                    column.data_type.clone(),
                    column.nullable,
                )
            });
            let read = StructType::new(read);
            details.push(format!("ReadSchema: {}", read.simple_string()));
            details.push(format!("from {location}"));
        }
        let scan_metrics: Arc<ScanMetrics> = Arc::default();
        let in_blocks = |column: &Attribute| Some(column.id) == need.in_blocks;
        let source = node.table.scan(ScanRequest {
            in_order_of: node.attributes.iter().position(in_blocks),
            attributes: node.attributes.clone(),
            projection,
            coded,
            filters: node.filters.clone(),
            runtime_filters,
            limit: node.limit,
            partitions: match self.context.threads {
                0 | 1 => 1,
                threads => threads * 4,
            },
            metrics: scan_metrics.clone(),
            context: self.context.clone(),
        })?;
        let metrics: Arc<Metrics> = Arc::default();
        let name = format!("Scan {}", node.table.format());
        let mut tree = ExplainNode::leaf(name, details).measured(metrics.clone());
        tree.outcome = Some(split_of_scan(
            node.table.format(),
            metrics.clone(),
            scan_metrics,
        ));
        let blocks = source.blocks();
        let mut stream = Stream::new(source, metrics, attributes, tree);
        stream.blocks = blocks;
        stream.dependencies = dependencies;
        Ok(stream)
    }

    pub(super) fn values(&mut self, node: &Values, need: Need) -> Result<Stream> {
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let mut attributes = Vec::new();
        for (column, attribute) in node.output.iter().enumerate() {
            if need.columns.contains(&attribute.id) {
                let values = node.rows.iter().map(|row| row[column].value.clone());
                let values: Vec<_> = values.collect();
                arrays.push(values_to_array(&values, &attribute.data_type)?);
                attributes.push(attribute.clone());
            }
        }
        let batch = Batch::new(arrays, node.rows.len());
        let tree = ExplainNode::leaf("Values", vec![columns(&attributes)]);
        self.memory(vec![vec![batch]], attributes, tree)
    }

    /// A stream of batches that are there.
    pub(super) fn memory(
        &mut self,
        partitions: Vec<Vec<Batch>>,
        attributes: Vec<Attribute>,
        tree: ExplainNode,
    ) -> Result<Stream> {
        let source = Materialized::read_once();
        source.fill(partitions)?;
        let metrics: Arc<Metrics> = Arc::default();
        let tree = tree.measured(metrics.clone());
        Ok(Stream::new(Arc::new(source), metrics, attributes, tree))
    }

    pub(super) fn recursion_input(&mut self, node: &RecursionInput) -> Result<Stream> {
        let batches = self.recursion_inputs.get(&node.id);
        let batches = batches
            .map(|batches| batches.as_ref().clone())
            .unwrap_or_default();
        let tree = ExplainNode::leaf("RecursionInput", vec![columns(&node.output)]);
        self.memory(vec![batches], node.output.clone(), tree)
    }

    pub(super) fn range(&mut self, node: &Range) -> Result<Stream> {
        let (start, end, step) = (
            i128::from(node.start),
            i128::from(node.end),
            i128::from(node.step),
        );
        let span = if step > 0 { end - start } else { start - end };
        let count =
            span.max(0).div_euclid(step.abs()) + i128::from(span.max(0).rem_euclid(step.abs()) > 0);
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let partitions = node.partitions.unwrap_or(match count {
            0..=65_536 => 1,
            _ => self.context.threads * 4,
        });
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![format!(
            "({}, {}, step={}, partitions={partitions})",
            node.start, node.end, node.step
        )];
        let tree = ExplainNode::leaf("Range", details).measured(metrics.clone());
        let source = Arc::new(RangeSource {
            start: node.start,
            step: node.step,
            count,
            partitions: partitions.max(1),
        });
        let attributes = vec![node.output.clone()];
        Ok(Stream::new(source, metrics, attributes, tree))
    }
}

/// Values that a column other than a string may have for codes to pay: numbers are decoded as fast as codes are, so the
/// gain is in looking groups up.
const MOST_VALUES: f64 = 65_536.0;

/// The columns among those that may come in codes for which that pays, as far as is known.
fn codes_pay(node: &Scan, coded: &HashSet<ColumnId>) -> Vec<usize> {
    if coded.is_empty() {
        return Vec::new();
    }
    let known = estimate(&LogicalPlan::Scan(node.clone()));
    let pays = |column: &usize| {
        let attribute = &node.attributes[*column];
        let is_few = || {
            let column = known.columns.get(&attribute.id);
            column.is_some_and(|c| c.distinct.is_some_and(|values| values <= MOST_VALUES))
        };
        coded.contains(&attribute.id) && (attribute.data_type == DataType::String || is_few())
    };
    node.projection.iter().copied().filter(pays).collect()
}

/// What of a scan's time went into splitting text into fields, into decoding and into filters, and how much it did not
/// have to read; for formats that say so.
fn split_of_scan(format: &str, all: Arc<Metrics>, scan: Arc<ScanMetrics>) -> Outcome {
    let parts = match format {
        "parquet" => "row groups",
        _ => "ranges",
    };
    Outcome(Arc::new(move || {
        let (read, skipped) = scan.parts();
        let (split, filter) = (scan.split_nanos(), scan.filter_nanos());
        let decode = all.nanos().saturating_sub(split + filter);
        let millis = |nanos: u64| nanos as f64 / 1e6;
        let split = match split {
            0 => String::new(),
            split => format!("split={:.3}ms, ", millis(split)),
        };
        (read + skipped > 0).then(|| {
            format!(
                "{split}decode={:.3}ms, filter={:.3}ms, {parts}: {read} read, {skipped} skipped",
                millis(decode),
                millis(filter)
            )
        })
    }))
}

/// Integers at equal distances.
struct RangeSource {
    start: i64,
    step: i64,
    count: u64,
    partitions: usize,
}

impl Source for RangeSource {
    fn partitions(&self) -> usize {
        self.partitions
    }

    fn open(&self, partition: usize, _: &TaskContext) -> Result<Box<dyn BatchReader>> {
        const ROWS: u64 = 8192;
        let bound = |partition: usize| {
            (u128::from(self.count) * partition as u128 / self.partitions as u128) as u64
        };
        let (mut next, end) = (bound(partition), bound(partition + 1));
        let (start, step) = (self.start, self.step);
        let batches = std::iter::from_fn(move || {
            let rows = ROWS.min(end - next);
            if rows == 0 {
                return None;
            }
            let value = |n: u64| (i128::from(start) + i128::from(step) * i128::from(n)) as i64;
            let values: Int64Array = (next..next + rows).map(value).collect();
            next += rows;
            Some(Batch::new(vec![Arc::new(values)], rows as usize))
        });
        Ok(Box::new(Batches(batches)))
    }
}
