//! Plan nodes that become a step, or little more.

use super::{Need, Planner, RuntimeTarget, Stream, from_stage, push};
use crate::error::{Error, Result};
use crate::exec::explain::{columns, list};
use crate::exec::operators;
use crate::exec::{ExplainNode, Materialized};
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr};
use crate::pipeline::Metrics;
use crate::plan::LogicalPlan;
use crate::plan::logical::{
    Expand, Filter, Generate, Limit, Project, Sample, SetOperation, Sort, Union,
};
use hashbrown::HashSet;
use std::sync::Arc;

impl Planner {
    pub(super) fn project(&mut self, node: &Project, mut need: Need) -> Result<Stream> {
        let bound = self.subqueries(&node.subqueries)?;
        let mut kept: Vec<(Attribute, Expr)> = Vec::new();
        for named in &node.expressions {
            // What is volatile runs whether it is read or not only if it can fail; nobody sees that.
            if need.columns.contains(&named.id) {
                kept.push((named.attribute(), bound.bind(&named.expr)?));
            }
        }
        let expressions: Vec<Expr> = kept.iter().map(|(_, expr)| expr.clone()).collect();
        // A runtime filter on a column that is passed through is one on the column below.
        let passed = |id: ColumnId| {
            let mut named = node.expressions.iter();
            match &named.find(|named| named.id == id)?.expr {
                Expr::Column(column) => Some(column.id),
                _ => None,
            }
        };
        let runtime = need.runtime.drain(..).filter_map(|mut target| {
            target.column = passed(target.column)?;
            Some(target)
        });
        let runtime = may_drop_rows(runtime.collect(), &expressions);
        let coded = columns_alone(&kept, |column| need.coded.contains(&column.id));
        // What numbers rows sees their order.
        let is_blind = expressions.iter().all(Expr::is_deterministic);
        let in_blocks = need.in_blocks.filter(|_| is_blind).and_then(passed);
        let below = Need::of(&expressions)
            .ordered(need.is_ordered)
            .filtered(runtime)
            .coded(coded)
            .in_blocks(in_blocks);
        let mut stream = self.plan(&node.input, below)?;
        stream.dependencies.extend(bound.stages);
        let attributes: Vec<Attribute> = kept.into_iter().map(|(a, _)| a).collect();
        let projector = self.projector(&expressions, &stream)?;
        match projector.as_columns() {
            Some(positions) if positions.iter().copied().eq(0..stream.columns.len()) => {
                stream.columns = attributes;
            }
            Some(positions) => {
                let select = operators::Select(positions.into());
                push(
                    &mut stream,
                    Arc::new(select),
                    attributes,
                    "Project",
                    details(node),
                );
            }
            None => {
                let project = operators::Project { projector };
                push(
                    &mut stream,
                    Arc::new(project),
                    attributes,
                    "Project",
                    details(node),
                );
            }
        }
        stream.node.children.extend(bound.nodes);
        Ok(stream)
    }

    pub(super) fn filter(&mut self, node: &Filter, mut need: Need) -> Result<Stream> {
        let bound = self.subqueries(&node.subqueries)?;
        let predicate = bound.bind(&node.predicate)?;
        let wanted = need.columns.clone();
        need.runtime = may_drop_rows(need.runtime, std::slice::from_ref(&predicate));
        let compared = predicate.references();
        need.coded.retain(|column| !compared.contains(column));
        need.in_blocks = need.in_blocks.filter(|_| predicate.is_deterministic());
        let mut stream = self.plan(&node.input, need.with([&predicate]))?;
        stream.dependencies.extend(bound.stages);
        let predicate = self.evaluator(&predicate, &stream)?;
        let kept = stream.columns.iter().enumerate();
        let kept: Vec<usize> = kept
            .filter(|(_, c)| wanted.contains(&c.id))
            .map(|(p, _)| p)
            .collect();
        let attributes = kept.iter().map(|p| stream.columns[*p].clone()).collect();
        let filter = operators::Filter {
            predicate,
            columns: kept.into(),
        };
        let details = vec![node.predicate.to_string()];
        push(&mut stream, Arc::new(filter), attributes, "Filter", details);
        stream.node.children.extend(bound.nodes);
        Ok(stream)
    }

    pub(super) fn limit(&mut self, node: &Limit, mut need: Need) -> Result<Stream> {
        // A filter below would let other rows through the limit.
        need.runtime.clear();
        let wanted = node.limit.map(|limit| limit.saturating_add(node.offset));
        if let (Some(rows), false) = (wanted, node.from_end) {
            // The projection between a LIMIT and an ORDER BY sees only the rows that are left.
            if let LogicalPlan::Project(project) = node.input.as_ref()
                && over_sort(&project.input)
            {
                let inner = Limit {
                    input: project.input.clone(),
                    ..node.clone()
                };
                let outer = Project {
                    input: Box::new(LogicalPlan::Limit(inner)),
                    ..project.clone()
                };
                return self.project(&outer, need);
            }
            if let LogicalPlan::Sort(sort) = node.input.as_ref()
                && sort.global
                && rows <= super::sort::MOST_TOP_ROWS
            {
                return self.top_k(sort, node.offset, rows, need);
            }
        }
        let mut stream = self.plan(&node.input, need.ordered(true))?;
        if let (Some(rows), false) = (wanted, node.from_end) {
            let attributes = stream.columns.clone();
            stream.push(Arc::new(operators::Limit::new(rows)), attributes);
        }
        let output = Arc::new(Materialized::read_once());
        let sink = operators::LimitSink {
            offset: node.offset,
            limit: node.limit,
            from_end: node.from_end,
            output: output.clone(),
        };
        let metrics: Arc<Metrics> = Arc::default();
        let mut details = Vec::new();
        if let Some(limit) = node.limit {
            details.push(limit.to_string());
        }
        if node.offset > 0 {
            details.push(format!("offset {}", node.offset));
        }
        let name = if node.from_end { "Tail" } else { "Limit" };
        let tree = ExplainNode::over(name, details, vec![stream.node.clone()]);
        let attributes = stream.columns.clone();
        let stage = self.end(stream, Arc::new(sink), metrics.clone());
        Ok(from_stage(
            output,
            attributes,
            stage,
            tree.measured(metrics),
        ))
    }

    pub(super) fn union(&mut self, node: &Union, need: Need) -> Result<Stream> {
        let kept: Vec<usize> = (node.output.iter().enumerate())
            .filter(|(_, column)| need.columns.contains(&column.id))
            .map(|(position, _)| position)
            .collect();
        let attributes: Vec<Attribute> = kept.iter().map(|p| node.output[*p].clone()).collect();
        let mut union: Option<Stream> = None;
        let mut trees = Vec::new();
        for input in &node.inputs {
            let output = input.output();
            let columns: Vec<Attribute> = kept.iter().map(|p| output[*p].clone()).collect();
            let runtime = need.runtime.iter().filter_map(|target| {
                let position = node.output.iter().position(|c| c.id == target.column)?;
                Some(RuntimeTarget {
                    column: output[position].id,
                    ..target.clone()
                })
            });
            // A column that is given twice is plain only where both are.
            let is_coded = |id: ColumnId| {
                let mut places = kept.iter().filter(|p| output[**p].id == id);
                places.all(|p| need.coded.contains(&node.output[*p].id))
            };
            let ids = columns.iter().map(|column| column.id);
            let below = Need::columns(ids.clone())
                .ordered(need.is_ordered)
                .filtered(runtime.collect())
                .coded(ids.filter(|id| is_coded(*id)).collect());
            let mut stream = self.plan(input, below)?;
            stream.select(&columns)?;
            trees.push(stream.node.clone());
            match &mut union {
                None => union = Some(stream),
                Some(union) => {
                    union.pipelines.extend(stream.pipelines);
                    union.dependencies.extend(stream.dependencies);
                }
            }
        }
        let Some(mut union) = union else {
            return Err(Error::internal("a union without inputs"));
        };
        union.columns = attributes;
        union.node = ExplainNode::over("Union", Vec::new(), trees);
        Ok(union)
    }

    pub(super) fn set_operation(&mut self, node: &SetOperation, need: Need) -> Result<Stream> {
        let _ = need;
        let name = if node.except { "EXCEPT" } else { "INTERSECT" };
        Err(Error::internal(format!(
            "{name} was not rewritten to joins"
        )))
    }

    pub(super) fn expand(&mut self, node: &Expand, need: Need) -> Result<Stream> {
        let kept: Vec<usize> = (node.output.iter().enumerate())
            .filter(|(_, column)| need.columns.contains(&column.id))
            .map(|(position, _)| position)
            .collect();
        let projections: Vec<Vec<Expr>> = (node.projections.iter())
            .map(|projection| kept.iter().map(|p| projection[*p].clone()).collect())
            .collect();
        let below = Need::of(projections.iter().flatten()).ordered(need.is_ordered);
        let mut stream = self.plan(&node.input, below)?;
        let projections = projections.iter().map(|p| self.projector(p, &stream));
        let expand = operators::Expand {
            projections: projections.collect::<Result<_>>()?,
            interleaved: need.is_ordered,
        };
        let attributes: Vec<Attribute> = kept.iter().map(|p| node.output[*p].clone()).collect();
        let details = node.projections.iter().map(list);
        let details = vec![list(details), columns(&attributes)];
        push(&mut stream, Arc::new(expand), attributes, "Expand", details);
        Ok(stream)
    }

    pub(super) fn generate(&mut self, node: &Generate, need: Need) -> Result<Stream> {
        let wanted = need.columns.clone();
        let below = Need {
            runtime: Vec::new(),
            ..need
        };
        let mut stream = self.plan(&node.input, below.with(&node.arguments))?;
        let pick = |all: &[Attribute]| -> Vec<usize> {
            let all = all.iter().enumerate();
            all.filter(|(_, c)| wanted.contains(&c.id))
                .map(|(p, _)| p)
                .collect()
        };
        let (kept, generated) = (pick(&stream.columns), pick(&node.generated));
        let attributes = (kept.iter().map(|p| &stream.columns[*p]))
            .chain(generated.iter().map(|p| &node.generated[*p]))
            .cloned()
            .collect();
        let generate = operators::Generate {
            kernel: node.kernel.clone(),
            arguments: self.projector(&node.arguments, &stream)?,
            outer: node.outer,
            columns: kept.into(),
            generated: generated.into(),
        };
        let outer = if node.outer { "outer" } else { "" };
        let details = vec![
            format!("{}({})", node.name, list(&node.arguments)),
            outer.to_string(),
            columns(&node.generated),
        ];
        push(
            &mut stream,
            Arc::new(generate),
            attributes,
            "Generate",
            details,
        );
        Ok(stream)
    }

    pub(super) fn sample(&mut self, node: &Sample, need: Need) -> Result<Stream> {
        let below = Need {
            // A filter below would change which rows are drawn.
            runtime: Vec::new(),
            ..need
        };
        let mut stream = self.plan(&node.input, below)?;
        let sample = operators::Sample {
            lower: node.lower,
            upper: node.upper,
            with_replacement: node.with_replacement,
            seed: node.seed,
        };
        let attributes = stream.columns.clone();
        let details = vec![format!("{}..{} seed {}", node.lower, node.upper, node.seed)];
        push(&mut stream, Arc::new(sample), attributes, "Sample", details);
        Ok(stream)
    }
}

/// Whether a LIMIT over this node comes down to a global sort through projections alone.
fn over_sort(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(Sort { global, .. }) => *global,
        LogicalPlan::Project(project) => over_sort(&project.input),
        _ => false,
    }
}

fn details(node: &Project) -> Vec<String> {
    vec![list(node.expressions.iter().map(NamedExpr::to_string))]
}

/// The columns below that named expressions only pass on, all of them under names that `may` accept.
pub(super) fn columns_alone(
    expressions: &[(Attribute, Expr)],
    may: impl Fn(&Attribute) -> bool,
) -> HashSet<ColumnId> {
    let mut alone = HashSet::new();
    let mut read = HashSet::new();
    for (name, expr) in expressions {
        match expr {
            Expr::Column(column) if may(name) => {
                alone.insert(column.id);
            }
            other => other.collect_references(&mut read),
        }
    }
    alone.retain(|column| !read.contains(column));
    alone
}

/// The runtime filters that may go below expressions. Which rows one that changes drops is a matter of time, so there
/// must be nothing that they could have failed in or been numbered by.
fn may_drop_rows(mut targets: Vec<RuntimeTarget>, expressions: &[Expr]) -> Vec<RuntimeTarget> {
    let is_blind = |expr: &Expr| expr.never_fails() && expr.is_deterministic();
    if !expressions.iter().all(is_blind) {
        targets.retain(|target| target.stage.is_some());
    }
    targets
}
