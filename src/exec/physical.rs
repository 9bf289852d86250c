//! A planned query.

use super::result::CollectLocal;
use super::{ExplainNode, Materialized};
use crate::error::{Error, Result};
use crate::expr::Attribute;
use crate::pipeline::{
    Batch, QueryContext, Stage, StageGraph, downcast_locals, map, run, run_all_but_last,
    run_partition,
};
use std::collections::VecDeque;
use std::sync::Arc;

fn count_partitions(stage: &Stage) -> usize {
    let pipelines = stage.pipelines.iter();
    pipelines.map(|pipeline| pipeline.source.partitions()).sum()
}

/// The partitions of a result in order, run as they are asked for: first all stages but the last, then as many
/// partitions of the last at a time as there are threads. No more of the result is in memory than these.
pub struct PartitionStream {
    plan: PhysicalPlan,
    /// Pipeline and partition of what is to run next, in the phase reached.
    waiting: VecDeque<(usize, usize)>,
    /// None: nothing has run yet.
    phase: Option<usize>,
    /// Partitions begun.
    number: usize,
}

impl PartitionStream {
    /// The next partitions; empty at the end. Called inside the session's rayon pool.
    pub fn next_partitions(&mut self) -> Result<Vec<Vec<Batch>>> {
        let (graph, context) = (&self.plan.graph, &self.plan.context);
        let Some(last) = graph.stages().last() else {
            return Ok(Vec::new());
        };
        if self.phase.is_none() {
            run_all_but_last(graph, context)?;
        }
        while self.waiting.is_empty() {
            let phase = self.phase.map_or(0, |phase| phase + 1);
            if last.pipelines.iter().all(|pipeline| pipeline.phase < phase) {
                return Ok(Vec::new());
            }
            for (index, pipeline) in last.pipelines.iter().enumerate() {
                if pipeline.phase == phase {
                    let partitions = 0..pipeline.source.partitions();
                    self.waiting
                        .extend(partitions.map(|partition| (index, partition)));
                }
            }
            self.phase = Some(phase);
        }
        let count = context.threads.max(1).min(self.waiting.len());
        let tasks: Vec<_> = (self.waiting.drain(..count).zip(self.number..))
            .map(|((pipeline, partition), number)| (pipeline, partition, number))
            .collect();
        self.number += count;
        let locals = map(context, tasks, |(pipeline, partition, number)| {
            run_partition(graph, context, pipeline, partition, number)
        })?;
        let locals = downcast_locals::<CollectLocal>(locals);
        Ok(locals.into_iter().map(|local| local.0).collect())
    }
}

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

    /// Runs it piece by piece: see [`PartitionStream`].
    pub fn into_partitions(self) -> PartitionStream {
        PartitionStream {
            plan: self,
            waiting: VecDeque::new(),
            phase: None,
            number: 0,
        }
    }

    /// The number of partitions of the result; None if stages before the last must run to know it.
    pub fn num_partitions(&self) -> Option<usize> {
        let last = self.graph.stages().last()?;
        last.dependencies.is_empty().then(|| count_partitions(last))
    }

    /// The number of partitions of the result, for which all stages but the last are run.
    pub fn find_num_partitions(&self) -> Result<usize> {
        if let Some(known) = self.num_partitions() {
            return Ok(known);
        }
        run_all_but_last(&self.graph, &self.context)?;
        Ok(self.graph.stages().last().map_or(0, count_partitions))
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
