//! Pipelines under construction.

use crate::error::{Error, Result};
use crate::exec::ExplainNode;
use crate::exec::operators::Select;
use crate::expr::{Attribute, ColumnId};
use crate::pipeline::{KeyBlocks, Metrics, Operator, Pipeline, Source, StageId, Step};
use std::sync::Arc;

/// Pipelines that together give the rows of a plan node.
#[derive(Clone)]
pub(in crate::exec) struct Stream {
    /// In the order of their rows.
    pub pipelines: Vec<Pipeline>,
    /// What the columns of a batch are.
    pub columns: Vec<Attribute>,
    /// The blocks of the column for which they were wanted.
    pub blocks: Option<KeyBlocks>,
    /// Stages that must have finished before a pipeline may begin.
    pub dependencies: Vec<StageId>,
    /// The tree so far.
    pub node: ExplainNode,
}

impl Stream {
    /// A stream of one pipeline without steps.
    pub fn new(
        source: Arc<dyn Source>,
        metrics: Arc<Metrics>,
        columns: Vec<Attribute>,
        node: ExplainNode,
    ) -> Stream {
        Stream {
            pipelines: vec![Pipeline {
                source,
                metrics,
                steps: Vec::new(),
                phase: 0,
            }],
            columns,
            blocks: None,
            dependencies: Vec::new(),
            node,
        }
    }

    /// Adds an operator to every pipeline.
    pub fn push(&mut self, operator: Arc<dyn Operator>, columns: Vec<Attribute>) -> Arc<Metrics> {
        let metrics: Arc<Metrics> = Arc::default();
        for pipeline in &mut self.pipelines {
            pipeline.steps.push(Step {
                operator: operator.clone(),
                metrics: metrics.clone(),
            });
        }
        self.columns = columns;
        metrics
    }

    /// The position of a column.
    pub fn position(&self, id: ColumnId) -> Result<usize> {
        let position = self.columns.iter().position(|column| column.id == id);
        position.ok_or_else(|| Error::internal(format!("column {id:?} is not in the stream")))
    }

    /// Makes the columns exactly these.
    pub fn select(&mut self, columns: &[Attribute]) -> Result<()> {
        let positions: Vec<usize> = columns
            .iter()
            .map(|column| self.position(column.id))
            .collect::<Result<_>>()?;
        if positions.len() != self.columns.len()
            || !positions.iter().copied().eq(0..positions.len())
        {
            self.push(Arc::new(Select(positions.into())), columns.to_vec());
        }
        Ok(())
    }

    /// The highest phase of its pipelines.
    pub fn last_phase(&self) -> usize {
        self.pipelines
            .iter()
            .map(|pipeline| pipeline.phase)
            .max()
            .unwrap_or(0)
    }
}
