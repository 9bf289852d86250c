//! The physical planner: a logical plan becomes stages of pipelines.
//!
//! ```text
//!   plan(node, need) ─► Stream: pipelines that give the node's rows, not yet ended by a sink
//!        streaming nodes add a step to every pipeline of their input's stream
//!        breakers end the stream in a sink (a stage) and begin a new one from what the sink makes
//! ```
//!
//! *Need* goes down: which columns are read above, which of them may come in codes, whether the order of rows can be
//! seen, and which runtime filters a scan further down could use. So every operator gives only the columns that
//! somebody reads.

mod aggregate;
mod exchange;
mod grouping_sets;
mod join;
mod need;
mod nodes;
mod scan;
mod shared;
mod sort;
mod stream;
mod window;

pub(super) use need::{Need, RuntimeTarget};
pub(super) use shared::SharedRows;
pub(super) use stream::Stream;

use super::result::Collect;
use super::{ExplainNode, Materialized, PhysicalPlan, subquery};
use crate::error::{Error, Result};
use crate::expr::{Attribute, Evaluator, Expr, Projector, SubqueryId};
use crate::pipeline::{
    Batch, Metrics, Operator, QueryContext, Sink, Source, StageClock, StageGraph, StageId,
};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;
use hashbrown::HashMap;
use std::sync::Arc;

/// Plans a query whose rows are to be collected.
pub(super) fn plan_query(plan: &LogicalPlan, context: &Arc<QueryContext>) -> Result<PhysicalPlan> {
    plan_with_inputs(plan, context, &HashMap::new(), &HashMap::new())
}

/// Plans a query whose rows a sink takes.
pub(super) fn plan_into(
    plan: &LogicalPlan,
    sink: Arc<dyn Sink>,
    context: &Arc<QueryContext>,
) -> Result<PhysicalPlan> {
    let result = Arc::new(Materialized::read_once());
    plan_with_sink(
        plan,
        context,
        &HashMap::new(),
        &HashMap::new(),
        sink,
        result,
    )
}

/// Plans the step of a recursion: `inputs` are the rows of the last round by the recursion's id, `shared` those
/// of subplans that have run.
pub(super) fn plan_with_inputs(
    plan: &LogicalPlan,
    context: &Arc<QueryContext>,
    inputs: &HashMap<u32, Arc<Vec<Batch>>>,
    shared: &SharedRows,
) -> Result<PhysicalPlan> {
    let result = Arc::new(Materialized::read_once());
    let sink = Arc::new(Collect(result.clone()));
    plan_with_sink(plan, context, inputs, shared, sink, result)
}

fn plan_with_sink(
    plan: &LogicalPlan,
    context: &Arc<QueryContext>,
    inputs: &HashMap<u32, Arc<Vec<Batch>>>,
    shared: &SharedRows,
    sink: Arc<dyn Sink>,
    result: Arc<Materialized>,
) -> Result<PhysicalPlan> {
    let mut planner = Planner {
        graph: StageGraph::default(),
        context: context.clone(),
        recursion_inputs: inputs.clone(),
        shared: shared.clone(),
    };
    let output = plan.output();
    let stream = planner.plan_exactly(plan, &output, true)?;
    let mut root = stream.node.clone();
    let stage = planner.end(stream, sink, Arc::default());
    root.stage.get_or_insert(stage);
    Ok(PhysicalPlan {
        graph: planner.graph,
        root,
        output,
        result,
        context: context.clone(),
    })
}

/// Plans one query.
pub(super) struct Planner {
    pub graph: StageGraph,
    pub context: Arc<QueryContext>,
    recursion_inputs: HashMap<u32, Arc<Vec<Batch>>>,
    /// Subplans with several uses that have been planned.
    shared: SharedRows,
}

impl Planner {
    /// The stream of a node's rows, with at least the columns that are needed.
    pub fn plan(&mut self, plan: &LogicalPlan, mut need: Need) -> Result<Stream> {
        // What else there is puts rows in another order, or has several inputs.
        if !matches!(
            plan,
            LogicalPlan::Scan(_) | LogicalPlan::Project(_) | LogicalPlan::Filter(_)
        ) {
            need.in_blocks = None;
        }
        let need = match plan {
            LogicalPlan::Scan(_)
            | LogicalPlan::Project(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Union(_) => need,
            LogicalPlan::Join(_) => need.settled(),
            _ => need.settled().plain(),
        };
        match plan {
            LogicalPlan::Values(node) => self.values(node, need),
            LogicalPlan::Range(node) => self.range(node),
            LogicalPlan::Scan(node) => self.scan(node, need),
            LogicalPlan::Project(node) => self.project(node, need),
            LogicalPlan::Filter(node) => self.filter(node, need),
            LogicalPlan::Join(node) => self.join(node, need),
            LogicalPlan::Aggregate(node) => self.aggregate(node, need),
            LogicalPlan::Window(node) => self.window(node, need),
            LogicalPlan::Sort(node) => self.sort(node, need),
            LogicalPlan::Limit(node) => self.limit(node, need),
            LogicalPlan::Union(node) => self.union(node, need),
            LogicalPlan::SetOperation(node) => self.set_operation(node, need),
            LogicalPlan::Expand(node) => self.expand(node, need),
            LogicalPlan::Generate(node) => self.generate(node, need),
            LogicalPlan::Repartition(node) => self.repartition(node, need),
            LogicalPlan::Sample(node) => self.sample(node, need),
            LogicalPlan::Recursion(node) => self.recursion(node),
            LogicalPlan::RecursionInput(node) => self.recursion_input(node),
            LogicalPlan::Shared(node) => self.shared(node, need),
        }
    }

    /// The stream of exactly these columns, in this order.
    pub fn plan_exactly(
        &mut self,
        plan: &LogicalPlan,
        columns: &[Attribute],
        ordered: bool,
    ) -> Result<Stream> {
        let need = Need::columns(columns.iter().map(|column| column.id)).ordered(ordered);
        let mut stream = self.plan(plan, need)?;
        stream.select(columns)?;
        Ok(stream)
    }

    /// Ends a stream in a sink.
    pub fn end(&mut self, stream: Stream, sink: Arc<dyn Sink>, metrics: Arc<Metrics>) -> StageId {
        self.graph.add(crate::pipeline::Stage {
            pipelines: stream.pipelines,
            sink,
            metrics,
            clock: StageClock::default(),
            dependencies: stream.dependencies,
        })
    }

    /// Compiles an expression over a stream's columns.
    pub fn evaluator(&self, expr: &Expr, stream: &Stream) -> Result<Arc<Evaluator>> {
        let evaluator = Evaluator::new(expr, &stream.columns, &self.context.config)?;
        Ok(Arc::new(evaluator))
    }

    /// Compiles expressions over a stream's columns.
    pub fn projector(&self, expressions: &[Expr], stream: &Stream) -> Result<Projector> {
        Projector::new(expressions, &stream.columns, &self.context.config)
    }

    /// Plans subqueries that run once, before whatever uses them: the functions that stand for them, the
    /// stages to wait for, and their trees.
    pub fn subqueries(&mut self, subqueries: &[Subquery]) -> Result<BoundSubqueries> {
        let mut bound = BoundSubqueries::default();
        for subquery in subqueries {
            let output = subquery.plan.output();
            let stream = self.plan_exactly(&subquery.plan, &output, false)?;
            let result = Arc::new(Materialized::shared());
            let child = stream.node.clone();
            let mut node = ExplainNode::over(
                format!("Subquery#{}", subquery.id.0),
                Vec::new(),
                vec![child],
            );
            let stage = self.end(stream, Arc::new(Collect(result.clone())), Arc::default());
            node.stage = Some(stage);
            bound.stages.push(stage);
            bound.nodes.push(node);
            bound.results.insert(subquery.id, result);
        }
        Ok(bound)
    }
}

/// Subqueries of a node, planned.
#[derive(Default)]
pub(super) struct BoundSubqueries {
    results: HashMap<SubqueryId, Arc<Materialized>>,
    pub stages: Vec<StageId>,
    pub nodes: Vec<ExplainNode>,
}

impl BoundSubqueries {
    /// The expression with its subqueries replaced by functions that read their results.
    pub fn bind(&self, expr: &Expr) -> Result<Expr> {
        if !expr.has_subquery() {
            return Ok(expr.clone());
        }
        let mut missing = None;
        let bound = expr.clone().transform(&mut |node| {
            let Some(id) = node.subquery_id() else {
                return node;
            };
            let Some(result) = self.results.get(&id).cloned() else {
                missing = Some(id);
                return node;
            };
            match node {
                Expr::ScalarSubquery { data_type, .. } => subquery::scalar(result, &data_type),
                Expr::Exists { .. } => subquery::exists(result),
                Expr::InSubquery { operands, .. } => subquery::membership(result, operands),
                other => other,
            }
        });
        match missing {
            Some(id) => Err(Error::internal(format!("subquery {} has no plan", id.0))),
            None => Ok(bound),
        }
    }
}

/// A stream that begins with what a sink has made.
pub(super) fn from_stage(
    source: Arc<dyn Source>,
    columns: Vec<Attribute>,
    stage: StageId,
    mut node: ExplainNode,
) -> Stream {
    let metrics: Arc<Metrics> = Arc::default();
    node.stage = Some(stage);
    let mut stream = Stream::new(source, metrics, columns, node);
    stream.dependencies.push(stage);
    stream
}

/// Adds an operator to all pipelines of a stream and puts its node on top of the tree.
pub(super) fn push(
    stream: &mut Stream,
    operator: Arc<dyn Operator>,
    columns: Vec<Attribute>,
    name: &str,
    details: Vec<String>,
) {
    let metrics = stream.push(operator, columns);
    let child = std::mem::take(&mut stream.node);
    stream.node = ExplainNode::over(name, details, vec![child]).measured(metrics);
}
