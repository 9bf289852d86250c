//! Plans joins: finds the keys, chooses the side to build.

use super::{Need, Planner, RuntimeTarget, Stream};
use crate::error::{Error, Result};
use crate::exec::ExplainNode;
use crate::exec::explain::{Outcome, list};
use crate::exec::join::{
    Build, BuildRows, Built, Distribution, Gathered, HashJoin, JoinCell, Leftover, ProbeKey,
    Residual, RuntimeSlot, SecondPass, Shape, Strategy, TableKey, TableRows,
};
use crate::expr::{Attribute, CalledFunction, ColumnId, Evaluator, Expr};
use crate::pipeline::{Metrics, Pipeline, SpillFile, Step};
use crate::plan::logical::{Join, JoinStrategy, LogicalJoinKind};
use crate::plan::statistics::{estimate, hangs_on_having};
use crate::plan::unresolved::JoinKind;
use crate::types::arrow_type;
use hashbrown::HashSet;
use std::sync::Arc;

/// A join condition taken apart.
struct Condition {
    /// Pairs of equal expressions: over the left, over the right, whether NULL equals NULL.
    keys: Vec<(Expr, Expr, bool)>,
    /// The rest.
    residual: Option<Expr>,
}

/// Share of the probe side's distinct keys that the build side must be below to be worth a runtime filter.
const SELECTIVE: f64 = 0.7;

/// What the estimate of a side is divided by, to compare it, that hangs on HAVING: mostly that lets a few groups through.
/// If it does, the other side's scan is spared rows by the few keys; if not, a larger table was built than needed, from
/// rows that had to be looked at anyway.
const HAVING_SHARE: f64 = 8.0;

/// Rows that the probe side must have for a row of the table, for codes to be worth looking up what they stand for.
const ROWS_PER_CODE: f64 = 8.0;

impl Planner {
    pub(super) fn join(&mut self, node: &Join, need: Need) -> Result<Stream> {
        if node.lateral {
            return Err(Error::internal("a lateral join was not decorrelated"));
        }
        let bound = self.subqueries(&node.subqueries)?;
        let condition = match &node.condition {
            Some(condition) => Some(bound.bind(condition)?),
            None => None,
        };
        let condition = match wants_nested_loop(node) {
            true => Condition {
                keys: Vec::new(),
                residual: condition,
            },
            false => take_apart(condition, node),
        };
        let shape = self.choose_side(node, &need)?;
        let mut stream = self.plan_join(node, need, condition, shape)?;
        stream.dependencies.extend(bound.stages);
        stream.node.children.extend(bound.nodes);
        Ok(stream)
    }

    fn plan_join(
        &mut self,
        node: &Join,
        need: Need,
        condition: Condition,
        shape: Shape,
    ) -> Result<Stream> {
        let (build_plan, probe_plan) = match shape.build_left {
            true => (&node.left, &node.right),
            false => (&node.right, &node.left),
        };
        let build_columns: HashSet<ColumnId> = build_plan
            .output()
            .into_iter()
            .map(|column| column.id)
            .collect();
        let keys = condition
            .keys
            .iter()
            .map(|(left, right, null_safe)| match shape.build_left {
                true => (left, right, *null_safe),
                false => (right, left, *null_safe),
            });
        let keys: Vec<(&Expr, &Expr, bool)> = keys.collect();

        // What each side must give: the columns read above, those of the residual, and its keys.
        let wanted = Need::columns(need.columns.iter().copied()).with(&condition.residual);
        let (for_build, for_probe): (Vec<ColumnId>, Vec<ColumnId>) = wanted
            .columns
            .iter()
            .partition(|id| build_columns.contains(*id));
        let (runtime_build, runtime_probe) = split_runtime(node, &need, &build_columns, shape);

        // The build side is planned first: a scan of the probe side may wait for it.
        let build_need = Need::columns(for_build.iter().copied())
            .with(keys.iter().map(|(build, _, _)| *build))
            .filtered(runtime_build);
        let build = self.plan(build_plan, build_need)?;
        let cell = Arc::new(JoinCell::default());
        let payload: Vec<Attribute> = (build.columns.iter())
            .filter(|column| for_build.contains(&column.id))
            .cloned()
            .collect();
        let probe_estimate = estimate(probe_plan);
        let mut probe_columns: HashSet<ColumnId> = for_probe.iter().copied().collect();
        for (_, probe, _) in &keys {
            probe.collect_references(&mut probe_columns);
        }
        let mut probe_output = probe_plan.output();
        probe_output.retain(|column| probe_columns.contains(&column.id));
        let probe_bytes = probe_estimate.bytes(&probe_output);
        let (planned, is_fixed) = self.distribution(node, shape);
        let strategy = Strategy {
            planned,
            is_fixed,
            probe_bytes,
            probe_row_bytes: probe_bytes / probe_estimate.rows.max(1.0),
        };
        let mut types: Vec<_> = payload
            .iter()
            .map(|column| arrow_type(&column.data_type))
            .collect();
        let mut build_keys = Vec::with_capacity(keys.len());
        let mut computed = Vec::new();
        let mut targets = Vec::new();
        let mut slots = Vec::new();
        for (number, (expr, probe, null_safe)) in keys.iter().enumerate() {
            let own = match expr {
                Expr::Column(column) => payload.iter().position(|p| p.id == column.id),
                _ => None,
            };
            if own.is_none() {
                computed.push(self.evaluator(expr, &build)?);
                types.push(arrow_type(&expr.data_type()));
            }
            build_keys.push(TableKey {
                column: own.unwrap_or(types.len() - 1),
                null_safe: *null_safe,
            });
            if let Expr::Column(column) = probe
                && !null_safe
                && shape.drops_lonely_probe_rows()
            {
                let (slot, taken) = (Arc::default(), Arc::default());
                targets.push((column.id, Arc::clone(&slot), Arc::clone(&taken)));
                slots.push(RuntimeSlot {
                    key: number,
                    data_type: expr.data_type(),
                    // Whether it pays is decided when the true number of keys is known.
                    most_keys: (SELECTIVE * probe_estimate.distinct(column.id)) as usize,
                    slot,
                    taken,
                });
            }
        }
        let positions = payload.iter().map(|column| build.position(column.id));
        let sink = Build {
            columns: positions.collect::<Result<_>>()?,
            computed,
            rows: Arc::new(BuildRows {
                columns: payload.len(),
                types,
                keys: build_keys,
                marks: shape.marks_table(),
            }),
            strategy,
            cell: cell.clone(),
            runtime: slots,
            file: SpillFile::new("join"),
        };
        let build_tree = build.node.clone();
        let build_metrics: Arc<Metrics> = Arc::default();
        let stage = self.end(build, Arc::new(sink), build_metrics.clone());
        let mut build_tree = ExplainNode::over("Build", Vec::new(), vec![build_tree]);
        build_tree.stage = Some(stage);
        build_tree.metrics.push(build_metrics);

        let targets = targets
            .into_iter()
            .map(|(column, slot, taken)| RuntimeTarget {
                column,
                slot,
                stage: Some(stage),
                taken,
            });
        // What the join itself looks at comes plain.
        let mut compared = HashSet::new();
        let pairs = keys.iter().flat_map(|(build, probe, _)| [*build, *probe]);
        (pairs.chain(&condition.residual)).for_each(|e| e.collect_references(&mut compared));
        let coded: HashSet<ColumnId> = need.coded.difference(&compared).copied().collect();
        let probe_need = Need::columns(for_probe.iter().copied())
            .with(keys.iter().map(|(_, probe, _)| *probe))
            .ordered(need.is_ordered)
            .filtered(runtime_probe.into_iter().chain(targets).collect())
            .coded(coded);
        let mut stream = self.plan(probe_plan, probe_need)?;
        stream.dependencies.push(stage);

        // The output: the wanted columns of both sides, as far as the kind gives them.
        let mut output = Vec::new();
        let mut gathered = Vec::new();
        for column in node.output() {
            if !need.columns.contains(&column.id) {
                continue;
            }
            let from = if let Some(position) = payload.iter().position(|p| p.id == column.id) {
                match need.coded.contains(&column.id) {
                    true => Gathered::TableCode(position),
                    false => Gathered::Table(position),
                }
            } else if build_columns.contains(&column.id) {
                return Err(Error::internal("a build column is missing"));
            } else if is_mark(node, &column) {
                Gathered::Mark
            } else {
                Gathered::Probe(stream.position(column.id)?)
            };
            output.push(column);
            gathered.push(from);
        }
        let residual = match &condition.residual {
            Some(residual) => Some(self.residual(residual, &payload, &stream)?),
            None => None,
        };
        let probe_keys = keys.iter().map(|(_, probe, _)| {
            Ok(ProbeKey {
                evaluator: self.evaluator(probe, &stream)?,
                column: match probe {
                    Expr::Column(column) => Some(stream.position(column.id)?),
                    _ => None,
                },
            })
        });
        let gathered: Arc<[Gathered]> = gathered.into();
        let join = Arc::new(HashJoin {
            cell: cell.clone(),
            keys: probe_keys.collect::<Result<_>>()?,
            width: stream.columns.len(),
            shape,
            output: gathered.clone(),
            most_coded: (probe_estimate.rows / ROWS_PER_CODE) as usize,
            residual,
            file: SpillFile::new("join"),
        });
        let last_phase = stream.last_phase();
        let probe_tree = stream.node.clone();
        let metrics = stream.push(join.clone(), output.clone());
        let second_metrics: Arc<Metrics> = Arc::default();
        if shape.table != TableRows::Nothing || !keys.is_empty() {
            let types = output.iter().map(|column| arrow_type(&column.data_type));
            let second = Arc::new(SecondPass {
                join,
                leftover: Arc::new(Leftover {
                    rows: shape.table,
                    output: gathered,
                    types: types.collect(),
                }),
            });
            stream.pipelines.push(Pipeline {
                source: second.clone(),
                metrics: second_metrics.clone(),
                steps: vec![Step {
                    operator: second,
                    metrics: second_metrics.clone(),
                }],
                phase: last_phase + 1,
            });
        }
        let mut details = vec![kind_name(&node.kind).to_string()];
        if !keys.is_empty() {
            let pairs = condition.keys.iter().map(|(left, right, null_safe)| {
                format!("{left} {} {right}", if *null_safe { "<=>" } else { "=" })
            });
            details.push(list(pairs));
        }
        if let Some(residual) = &condition.residual {
            details.push(format!("condition: {residual}"));
        }
        details.push(
            if shape.build_left {
                "BuildLeft"
            } else {
                "BuildRight"
            }
            .to_string(),
        );
        let name = match (keys.is_empty(), strategy.planned) {
            (true, _) => without_keys(node),
            (false, Distribution::Broadcast) => "BroadcastHashJoin",
            (false, Distribution::Shuffle) => "ShuffledHashJoin",
        };
        let children = match shape.build_left {
            true => vec![build_tree, probe_tree],
            false => vec![probe_tree, build_tree],
        };
        stream.node = ExplainNode::over(name, details, children).measured(metrics);
        if !keys.is_empty() {
            stream.node.outcome = Some(outcome(cell, second_metrics));
        }
        Ok(stream)
    }

    /// Compiles the condition on pairs over just the columns that it reads.
    fn residual(&self, residual: &Expr, payload: &[Attribute], probe: &Stream) -> Result<Residual> {
        let mut columns = Vec::new();
        let mut attributes = Vec::new();
        let references = residual.references();
        for (position, column) in payload.iter().enumerate() {
            if references.contains(&column.id) {
                columns.push(Gathered::Table(position));
                attributes.push(column.clone());
            }
        }
        for (position, column) in probe.columns.iter().enumerate() {
            if references.contains(&column.id) {
                columns.push(Gathered::Probe(position));
                attributes.push(column.clone());
            }
        }
        let predicate = Evaluator::new(residual, &attributes, &self.context.config)?;
        Ok(Residual {
            columns: columns.into(),
            predicate: Arc::new(predicate),
        })
    }

    /// Builds the smaller side, unless the kind or a hint says otherwise.
    fn choose_side(&self, node: &Join, need: &Need) -> Result<Shape> {
        let right = Shape::of(&node.kind, false);
        let left = Shape::of(&node.kind, true);
        let wants = |hint: Option<JoinStrategy>| hint == Some(JoinStrategy::ShuffleHash);
        let missing = || Error::internal("a join that can be built on neither side");
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            (left, right) => return left.or(right).ok_or_else(missing),
        };
        let broadcasts = |hint: Option<JoinStrategy>| hint == Some(JoinStrategy::Broadcast);
        let hints = (node.hint.left, node.hint.right);
        let by_hint = match (broadcasts(hints.0), broadcasts(hints.1)) {
            (false, false) => (wants(hints.0), wants(hints.1)),
            by_broadcast => by_broadcast,
        };
        match by_hint {
            (true, false) => return Ok(left),
            (false, true) => return Ok(right),
            _ => {}
        }
        let bytes = |plan: &crate::plan::LogicalPlan| {
            let output = plan.output();
            let read = output
                .into_iter()
                .filter(|column| need.columns.contains(&column.id));
            // Every row costs a key and a place in the index beside its columns.
            let estimate = estimate(plan);
            let bytes = estimate.bytes(&read.collect::<Vec<_>>()) + estimate.rows * 16.0;
            match hangs_on_having(plan) {
                true => bytes / HAVING_SHARE,
                false => bytes,
            }
        };
        // Rows of the table without a match come last, in the table's order; without need, the order that
        // rows come in is kept.
        let penalty = if left.probe == crate::exec::join::ProbeRows::Nothing {
            1.5
        } else {
            1.1
        };
        Ok(match bytes(&node.left) * penalty < bytes(&node.right) {
            true => left,
            false => right,
        })
    }

    /// How the join is planned to run: by hint, else by the estimated size of the build side; and whether that is
    /// final.
    fn distribution(&self, node: &Join, shape: Shape) -> (Distribution, bool) {
        let config = &self.context.config;
        let hinted = |strategies: &[JoinStrategy]| {
            let mut hints = [node.hint.left, node.hint.right].into_iter().flatten();
            hints.any(|hint| strategies.contains(&hint))
        };
        let by_hint = if hinted(&[JoinStrategy::Broadcast]) {
            Some(Distribution::Broadcast)
        } else if hinted(&[JoinStrategy::Merge, JoinStrategy::ShuffleHash]) {
            Some(Distribution::Shuffle)
        } else {
            None
        };
        if let Some(planned) = by_hint {
            return (planned, true);
        }
        let plan = match shape.build_left {
            true => &node.left,
            false => &node.right,
        };
        let threshold = config.broadcast_threshold();
        let bytes = estimate(plan).bytes(&plan.output());
        let planned = match threshold >= 0 && bytes <= threshold as f64 {
            true => Distribution::Broadcast,
            false => Distribution::Shuffle,
        };
        (planned, !config.flag("spark.sql.adaptive.enabled"))
    }
}

/// The name of a join without keys.
fn without_keys(node: &Join) -> &'static str {
    match (&node.condition, &node.kind) {
        (None, LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)) => "CartesianProduct",
        _ if wants_nested_loop(node) => "CartesianProduct",
        _ => "BroadcastNestedLoopJoin",
    }
}

/// Whether a hint asks to try all pairs, though there may be keys. As in Spark it only counts for inner joins and
/// yields to the other hints.
fn wants_nested_loop(node: &Join) -> bool {
    let mut hints = [node.hint.left, node.hint.right].into_iter().flatten();
    matches!(
        node.kind,
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)
    ) && (node.hint.left.is_some() || node.hint.right.is_some())
        && hints.all(|hint| hint == JoinStrategy::ReplicateNestedLoop)
}

/// What EXPLAIN ANALYZE says of how a join has run.
fn outcome(cell: Arc<JoinCell>, second: Arc<Metrics>) -> Outcome {
    Outcome(Arc::new(move || {
        Some(match cell.get()? {
            Built::Shared(table) => format!("ran as BroadcastHashJoin, {} rows built", table.rows),
            Built::Partitioned(partitions) => format!(
                "ran as ShuffledHashJoin, {} rows built, {} partitions joined in {:.3}ms",
                partitions.rows(),
                partitions.count(),
                second.nanos() as f64 / 1e6
            ),
        })
    }))
}

fn is_mark(node: &Join, column: &Attribute) -> bool {
    matches!(&node.kind, LogicalJoinKind::Mark(mark) if mark.id == column.id)
}

fn kind_name(kind: &LogicalJoinKind) -> &'static str {
    match kind {
        LogicalJoinKind::Plain(kind) => match kind {
            JoinKind::Inner => "Inner",
            JoinKind::Cross => "Cross",
            JoinKind::LeftOuter => "LeftOuter",
            JoinKind::RightOuter => "RightOuter",
            JoinKind::FullOuter => "FullOuter",
            JoinKind::LeftSemi => "LeftSemi",
            JoinKind::LeftAnti => "LeftAnti",
        },
        LogicalJoinKind::Mark(_) => "ExistenceJoin",
        LogicalJoinKind::NullAwareAnti => "LeftAnti (null aware)",
        LogicalJoinKind::Single => "LeftSingle",
    }
}

/// Finds the equalities between the sides.
fn take_apart(condition: Option<Expr>, node: &Join) -> Condition {
    let ids = |plan: &crate::plan::LogicalPlan| -> HashSet<ColumnId> {
        plan.output().into_iter().map(|column| column.id).collect()
    };
    let (left, right) = (ids(&node.left), ids(&node.right));
    let mut keys = Vec::new();
    let mut rest = Vec::new();
    for term in condition.map(Expr::conjuncts).unwrap_or_default() {
        match equality(&term, &left, &right) {
            Some(key) => keys.push(key),
            None if term.as_literal().and_then(|v| v.as_bool()) == Some(true) => {}
            None => rest.push(term),
        }
    }
    if node.kind == LogicalJoinKind::NullAwareAnti && keys.len() + rest.len() > 1 {
        // Only keys that are never NULL can be looked up; the others have to be tried, since a comparison
        // that is NULL counts.
        let (known, open): (Vec<_>, Vec<_>) = (keys.into_iter())
            .partition(|(a, b, null_safe)| *null_safe || (!a.nullable() && !b.nullable()));
        keys = known;
        let terms = node
            .condition
            .clone()
            .map(Expr::conjuncts)
            .unwrap_or_default();
        rest.extend(terms.into_iter().filter(|term| {
            equality(term, &left, &right)
                .is_some_and(|(a, _, _)| open.iter().any(|(other, _, _)| a.same(other)))
        }));
    }
    Condition {
        keys,
        residual: (!rest.is_empty()).then(|| Expr::all(rest)),
    }
}

/// The two sides of an equality between left and right.
fn equality(
    term: &Expr,
    left: &HashSet<ColumnId>,
    right: &HashSet<ColumnId>,
) -> Option<(Expr, Expr, bool)> {
    let Expr::Call(call) = term else {
        return None;
    };
    let CalledFunction::BuiltIn(function) = &call.function else {
        return None;
    };
    let null_safe = match function.name {
        "=" | "==" => false,
        "<=>" => true,
        _ => return None,
    };
    let [a, b] = call.arguments.as_slice() else {
        return None;
    };
    if !term.is_deterministic() || a.data_type().contains_map() {
        return None;
    }
    let within = |expr: &Expr, side: &HashSet<ColumnId>| {
        let references = expr.references();
        !references.is_empty() && references.is_subset(side)
    };
    if within(a, left) && within(b, right) {
        Some((a.clone(), b.clone(), null_safe))
    } else if within(b, left) && within(a, right) {
        Some((b.clone(), a.clone(), null_safe))
    } else {
        None
    }
}

/// Which runtime filters from above may go to the build side, and which to the probe side: a filter removes rows
/// of the join's output, so it may remove rows of an input only if no other output depends on them.
fn split_runtime(
    node: &Join,
    need: &Need,
    build_columns: &HashSet<ColumnId>,
    shape: Shape,
) -> (Vec<RuntimeTarget>, Vec<RuntimeTarget>) {
    let (left_ok, right_ok) = match &node.kind {
        LogicalJoinKind::Plain(kind) => match kind {
            JoinKind::Inner | JoinKind::Cross => (true, true),
            JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti => (true, false),
            JoinKind::RightOuter => (false, true),
            JoinKind::FullOuter => (false, false),
        },
        LogicalJoinKind::Mark(_) | LogicalJoinKind::NullAwareAnti | LogicalJoinKind::Single => {
            (true, false)
        }
    };
    let (build_ok, probe_ok) = match shape.build_left {
        true => (left_ok, right_ok),
        false => (right_ok, left_ok),
    };
    let (build, probe): (Vec<_>, Vec<_>) =
        (need.runtime.iter().cloned()).partition(|target| build_columns.contains(&target.column));
    (
        if build_ok { build } else { Vec::new() },
        if probe_ok { probe } else { Vec::new() },
    )
}
