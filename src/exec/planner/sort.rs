//! Plans ORDER BY.

use super::{Need, Planner, RuntimeTarget, Stream, from_stage, push};
use crate::error::Result;
use crate::exec::explain::list;
use crate::exec::sort::{SortKeys, SortPartitions, SortShared, TopK, TopSlot};
use crate::exec::{ExplainNode, Materialized};
use crate::expr::{Expr, SortKey};
use crate::pipeline::Metrics;
use crate::plan::logical::Sort;
use crate::types::arrow_type;
use arrow::compute::SortOptions;
use std::sync::Arc;

/// Rows up to which ORDER BY with LIMIT keeps candidates instead of sorting everything.
pub(super) const MOST_TOP_ROWS: u64 = 1 << 20;

impl Planner {
    pub(super) fn sort(&mut self, node: &Sort, need: Need) -> Result<Stream> {
        let mut stream = self.sort_input(node, need)?;
        let keys = Arc::new(self.sort_keys(&node.order, &stream)?);
        let columns = stream.columns.clone();
        if !node.global {
            let details = vec![list(&node.order)];
            let operator = Arc::new(SortPartitions::new(keys));
            push(
                &mut stream,
                operator,
                columns,
                "SortWithinPartitions",
                details,
            );
            return Ok(stream);
        }
        let shared = Arc::new(SortShared::new(keys));
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![list(&node.order)];
        let tree = ExplainNode::over("Sort", details, vec![stream.node.clone()]);
        let stage = self.end(stream, shared.clone(), metrics.clone());
        Ok(from_stage(shared, columns, stage, tree.measured(metrics)))
    }

    /// ORDER BY with LIMIT: the first `rows` rows without the first `offset`.
    pub(super) fn top_k(
        &mut self,
        node: &Sort,
        offset: u64,
        rows: u64,
        mut need: Need,
    ) -> Result<Stream> {
        let slot: TopSlot = Arc::default();
        // A runtime filter drops NULLs, so they must not come first; nor may a key of a dropped row fail.
        if let Some(first) = node.order.first()
            && let Expr::Column(column) = &first.expr
            && !(first.nulls_first && column.nullable)
            && (node.order.iter()).all(|key| key.expr.never_fails() && key.expr.is_deterministic())
        {
            need.runtime.push(RuntimeTarget {
                column: column.id,
                slot: slot.clone(),
                stage: None,
                taken: Arc::default(),
            });
        }
        let stream = self.sort_input(node, need)?;
        let keys = self.sort_keys(&node.order, &stream)?;
        let columns = stream.columns.clone();
        let output = Arc::new(Materialized::read_once());
        let sink = TopK::new(keys, rows as usize, offset as usize, slot, output.clone());
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![format!("{rows} by"), list(&node.order)];
        let tree = ExplainNode::over("TopK", details, vec![stream.node.clone()]);
        let stage = self.end(stream, Arc::new(sink), metrics.clone());
        Ok(from_stage(output, columns, stage, tree.measured(metrics)))
    }

    /// What is sorted: order is only seen by ties, and those go by input order.
    fn sort_input(&mut self, node: &Sort, need: Need) -> Result<Stream> {
        let need = need.with(node.order.iter().map(|key| &key.expr));
        self.plan(&node.input, need)
    }

    /// Compiles sort keys over a stream's columns.
    pub(super) fn sort_keys(&self, order: &[SortKey], stream: &Stream) -> Result<SortKeys> {
        let expressions: Vec<Expr> = order.iter().map(|key| key.expr.clone()).collect();
        let types = expressions
            .iter()
            .map(|key| arrow_type(&key.data_type()))
            .collect();
        let options = order.iter().map(|key| SortOptions {
            descending: !key.ascending,
            nulls_first: key.nulls_first,
        });
        SortKeys::new(
            self.projector(&expressions, stream)?,
            types,
            options.collect(),
        )
    }
}
