//! From logical plan to rows: the physical planner and the operators.
//!
//! ```text
//!   LogicalPlan ──planner/──► PhysicalPlan: StageGraph + tree for EXPLAIN ──pipeline::run──► batches
//!
//!   operators/   stateless steps of a pipeline: filter, project, limit, expand, generate, sample
//!   keys/        several key columns as one comparable value; hashing; groups
//!   aggregate/   hash aggregation          sort/      sort and top-k
//!   join/        hash and nested-loop join window/    window functions
//!   exchange/    repartitioning            recursion  recursive CTEs
//! ```
//!
//! Three nouns everywhere: `HashJoin` (the plan), `HashJoinShared` (per query), `HashJoinLocal` (per worker).

mod aggregate;
#[doc(hidden)]
pub mod bench_support;
mod exchange;
mod explain;
mod join;
mod keys;
mod operators;
mod physical;
mod planner;
mod recursion;
mod result;
mod sort;
mod subquery;
mod window;
mod write;

pub use explain::ExplainNode;
pub use physical::{PartitionStream, PhysicalPlan};
pub use result::Materialized;

use crate::datasource::write::{WriteJob, WriteSummary};
use crate::error::{Error, Result};
use crate::pipeline::{Batch, QueryContext, Sink};
use crate::plan::LogicalPlan;
use std::sync::Arc;

/// Plans a query whose rows are to be collected. Nothing runs yet.
pub fn plan(plan: &LogicalPlan, context: &Arc<QueryContext>) -> Result<PhysicalPlan> {
    planner::plan_query(plan, context)
}

/// Plans a query whose rows a sink takes.
pub fn plan_into(
    plan: &LogicalPlan,
    sink: Arc<dyn Sink>,
    context: &Arc<QueryContext>,
) -> Result<PhysicalPlan> {
    planner::plan_into(plan, sink, context)
}

/// Runs a query into files, through a job that commits at the end.
pub fn write(
    plan: &LogicalPlan,
    job: WriteJob,
    context: &Arc<QueryContext>,
) -> Result<WriteSummary> {
    let sink = Arc::new(write::Write::new(job));
    plan_into(plan, sink.clone(), context)?.run()?;
    let sink = Arc::into_inner(sink);
    sink.ok_or_else(|| Error::internal("a write's sink is still in use"))?
        .commit()
}

/// Plans and runs a query: its batches, partition by partition, in order; columns as in
/// [`LogicalPlan::output`].
pub fn execute(plan: &LogicalPlan, context: &Arc<QueryContext>) -> Result<Vec<Vec<Batch>>> {
    self::plan(plan, context)?.execute()
}

#[cfg(test)]
mod tests;
