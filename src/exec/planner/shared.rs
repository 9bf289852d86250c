//! Plans subplans that run once for several uses.
//!
//! ```text
//!   … ─► stage n: Keep ─► the subplan's batches, in memory ─┬─► first use
//!                                                           └─► ReusedSubplan, any number of times
//! ```
//!
//! The first use that is planned plans the stage; all uses depend on it. Uses share the batches' buffers; the
//! last reader of a partition takes them, so that memory is freed while the query goes on. Runtime filters of
//! the joins around one use do not reach the subplan: the other uses need the rows.

use super::{Need, Planner, Stream};
use crate::error::{Error, Result};
use crate::exec::explain::columns;
use crate::exec::result::Keep;
use crate::exec::{ExplainNode, Materialized};
use crate::expr::{Attribute, ColumnId};
use crate::pipeline::{Metrics, StageId};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Recursion, Shared, SharedId};
use hashbrown::HashMap;
use std::sync::Arc;

/// Rows of subplans that a recursion's rounds read, by the subplan.
pub(in crate::exec) type SharedRows = HashMap<SharedId, SharedSubplan>;

/// A subplan that has been planned.
#[derive(Clone)]
pub(in crate::exec) struct SharedSubplan {
    /// Where its rows will be.
    cell: Arc<Materialized>,
    /// What their columns are.
    columns: Vec<ColumnId>,
    /// What makes them; None once they are there.
    stage: Option<StageId>,
}

impl Planner {
    pub(super) fn shared(&mut self, node: &Shared, need: Need) -> Result<Stream> {
        let first = self.shared_subplan(node)?;
        let Some(subplan) = self.shared.get(&node.id).cloned() else {
            return Err(Error::internal("a shared subplan was not planned"));
        };
        subplan.cell.add_reader();
        let mut picked = Vec::new();
        let mut attributes: Vec<Attribute> = Vec::new();
        for (own, column) in &node.columns {
            if need.columns.contains(&own.id) {
                let position = subplan.columns.iter().position(|id| id == column);
                picked.push(position.ok_or_else(|| {
                    Error::internal(format!("a shared subplan has no column {column:?}"))
                })?);
                attributes.push(own.clone());
            }
        }
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![format!("#{}", node.id.0), columns(&attributes)];
        let tree = match first {
            Some(child) => ExplainNode::over("SharedSubplan", details, vec![child]),
            None => ExplainNode::leaf("ReusedSubplan", details).measured(metrics.clone()),
        };
        let width = subplan.columns.len();
        let mut stream = Stream::new(subplan.cell, metrics, Vec::new(), tree);
        stream.dependencies.extend(subplan.stage);
        if picked.iter().copied().eq(0..width) {
            stream.columns = attributes;
        } else {
            let select = crate::exec::operators::Select(picked.into());
            stream.push(Arc::new(select), attributes);
        }
        Ok(stream)
    }

    /// Plans the stage of a shared subplan, unless that has happened: then its tree.
    fn shared_subplan(&mut self, node: &Shared) -> Result<Option<ExplainNode>> {
        if self.shared.contains_key(&node.id) {
            return Ok(None);
        }
        let output = node.plan.output();
        // Some use may show the order of the rows.
        let stream = self.plan_exactly(&node.plan, &output, true)?;
        let mut child = stream.node.clone();
        let cell = Arc::new(Materialized::counted());
        let metrics: Arc<Metrics> = Arc::default();
        let stage = self.end(stream, Arc::new(Keep(cell.clone())), metrics.clone());
        let subplan = SharedSubplan {
            cell,
            columns: output.iter().map(|column| column.id).collect(),
            stage: Some(stage),
        };
        self.shared.insert(node.id, subplan);
        child = ExplainNode::over("Keep", Vec::new(), vec![child]).measured(metrics);
        child.stage = Some(stage);
        Ok(Some(child))
    }

    /// Plans the shared subplans that a recursion reads: its rounds are planned while it runs, each anew, but
    /// what they share runs once. The rows, the stages to wait for, and the subplans' trees.
    pub(super) fn shared_by_recursion(
        &mut self,
        node: &Recursion,
    ) -> Result<(SharedRows, Vec<StageId>, Vec<ExplainNode>)> {
        let mut uses: Vec<&Shared> = Vec::new();
        for plan in [&node.anchor, &node.step] {
            plan.visit(&mut |inner| {
                if let LogicalPlan::Shared(shared) = inner {
                    uses.push(shared);
                }
            });
        }
        let (mut rows, mut stages, mut trees) = (HashMap::new(), Vec::new(), Vec::new());
        for node in uses {
            trees.extend(self.shared_subplan(node)?);
            if let Some(subplan) = self.shared.get(&node.id) {
                subplan.cell.keep();
                stages.extend(subplan.stage);
                let subplan = SharedSubplan {
                    stage: None,
                    ..subplan.clone()
                };
                rows.insert(node.id, subplan);
            }
        }
        Ok((rows, stages, trees))
    }
}
