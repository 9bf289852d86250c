//! Plans repartitioning and recursion.

use super::{Need, Planner, Stream, from_stage};
use crate::error::Result;
use crate::exec::exchange::{Exchange, Scheme};
use crate::exec::explain::{columns, list};
use crate::exec::recursion::RecursionSource;
use crate::exec::sort::SortShared;
use crate::exec::{ExplainNode, Materialized};
use crate::pipeline::Metrics;
use crate::plan::logical::{Partitioning, Recursion, Repartition};
use std::sync::Arc;

impl Planner {
    pub(super) fn repartition(&mut self, node: &Repartition, need: Need) -> Result<Stream> {
        let below = match &node.scheme {
            Partitioning::Hash(keys) => need.with(keys),
            Partitioning::Range(keys) => need.with(keys.iter().map(|key| &key.expr)),
            Partitioning::RoundRobin | Partitioning::Coalesce => need,
        };
        let stream = self.plan(&node.input, below.ordered(true))?;
        let metrics: Arc<Metrics> = Arc::default();
        let attributes = stream.columns.clone();
        let by_user = node.partitions.or(self.context.config.shuffle_partitions());
        let count = by_user.map_or(String::new(), |count| count.to_string());
        let tree = |details: String| {
            let details = vec![details, count];
            ExplainNode::over("Exchange", details, vec![stream.node.clone()])
                .measured(metrics.clone())
        };
        let (scheme, node) = match &node.scheme {
            Partitioning::RoundRobin => (Scheme::RoundRobin, tree("round robin".into())),
            Partitioning::Coalesce => (Scheme::Coalesce, tree("coalesce".into())),
            Partitioning::Hash(keys) => {
                let scheme = Scheme::Hash(self.projector(keys, &stream)?);
                (scheme, tree(format!("hash {}", list(keys))))
            }
            Partitioning::Range(keys) => {
                let tree = tree(format!("range {}", list(keys)));
                let keys = Arc::new(self.sort_keys(keys, &stream)?);
                let shared = Arc::new(SortShared::into_ranges(keys, by_user));
                let stage = self.end(stream, shared.clone(), metrics);
                return Ok(from_stage(shared, attributes, stage, tree));
            }
        };
        let output = Arc::new(Materialized::read_once());
        let sink = Exchange {
            scheme,
            partitions: by_user,
            output: output.clone(),
        };
        let stage = self.end(stream, Arc::new(sink), metrics);
        Ok(from_stage(output, attributes, stage, node))
    }

    pub(super) fn recursion(&mut self, node: &Recursion) -> Result<Stream> {
        let metrics: Arc<Metrics> = Arc::default();
        let details = vec![format!("#{}", node.id), columns(&node.output)];
        let (shared, stages, trees) = self.shared_by_recursion(node)?;
        let tree = ExplainNode::over("Recursion", details, trees).measured(metrics.clone());
        let source = RecursionSource::new(node.clone(), self.recursion_inputs.clone(), shared);
        let mut stream = Stream::new(Arc::new(source), metrics, node.output.clone(), tree);
        stream.dependencies = stages;
        Ok(stream)
    }
}
