//! A planned query.

use super::{ExplainNode, Materialized};
use crate::error::{Error, Result};
use crate::expr::Attribute;
use crate::pipeline::{Batch, QueryContext, StageGraph, run};
use std::sync::Arc;

/// Stages that make a query's result, ready to run once.
pub struct PhysicalPlan {
    pub(super) graph: StageGraph,
    pub(super) root: ExplainNode,
    pub(super) output: Vec<Attribute>,
    pub(super) result: Arc<Materialized>,
    pub(super) context: Arc<QueryContext>,
}

impl PhysicalPlan {
    /// Runs it. Called once, by the session, on any thread; inside the session's rayon pool it uses that.
    pub fn execute(&self) -> Result<Vec<Vec<Batch>>> {
        self.run()?;
        self.result.take()
    }

    /// Runs it and leaves the rows where the last sink has put them: for writes, whose sink has none.
    pub fn run(&self) -> Result<()> {
        if self.result.is_filled() {
            return Err(Error::internal("a physical plan was run twice"));
        }
        run(&self.graph, &self.context)
    }

    /// The columns of the result.
    pub fn output(&self) -> &[Attribute] {
        &self.output
    }

    /// The tree of operators for EXPLAIN, with counters once it has run.
    pub fn explain(&self) -> &ExplainNode {
        &self.root
    }

    /// The stages.
    pub fn graph(&self) -> &StageGraph {
        &self.graph
    }
}
