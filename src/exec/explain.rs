//! How a physical plan looks in EXPLAIN: a tree of operators, with counters after EXPLAIN ANALYZE.

use crate::pipeline::{Metrics, StageGraph, StageId};
use std::fmt::Write;
use std::sync::Arc;

/// An operator of a physical plan as EXPLAIN shows it.
#[derive(Debug, Clone, Default)]
pub struct ExplainNode {
    /// Its name: `HashAggregate`, `BroadcastHashJoin`.
    pub name: String,
    /// What it works with: keys, conditions, pushed filters.
    pub details: Vec<String>,
    /// Counters that hold the rows it gives or takes; see `counts_input`.
    pub metrics: Vec<Arc<Metrics>>,
    /// Facts that are known only when it has run (the join strategy taken).
    pub outcome: Option<Outcome>,
    /// The stage that it ends, if it is a sink.
    pub stage: Option<StageId>,
    /// Its inputs.
    pub children: Vec<ExplainNode>,
}

/// Says what an operator decided while it ran.
#[derive(Clone)]
pub struct Outcome(pub Arc<dyn Fn() -> Option<String> + Send + Sync>);

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outcome")
    }
}

impl ExplainNode {
    /// A node without inputs.
    pub fn leaf(name: impl Into<String>, details: Vec<String>) -> ExplainNode {
        ExplainNode {
            name: name.into(),
            details,
            ..ExplainNode::default()
        }
    }

    /// A node over inputs.
    pub fn over(
        name: impl Into<String>,
        details: Vec<String>,
        children: Vec<ExplainNode>,
    ) -> ExplainNode {
        ExplainNode {
            children,
            ..ExplainNode::leaf(name, details)
        }
    }

    /// The same with counters.
    pub fn measured(mut self, metrics: Arc<Metrics>) -> ExplainNode {
        self.metrics.push(metrics);
        self
    }

    /// The tree as text, a line per operator; with the stages that have run, also what was counted meanwhile: at the end
    /// of a stage its wall time, at every operator the time that all workers together have spent in it.
    pub fn render(&self, ran: Option<&StageGraph>) -> String {
        let mut text = String::new();
        self.write(&mut text, "", "", ran);
        text
    }

    fn write(&self, text: &mut String, first: &str, rest: &str, ran: Option<&StageGraph>) {
        text.push_str(first);
        text.push_str(&self.name);
        for detail in self.details.iter().filter(|detail| !detail.is_empty()) {
            text.push(' ');
            text.push_str(detail);
        }
        if let Some(stage) = self.stage {
            let stages = ran.map(StageGraph::stages).unwrap_or_default();
            let took = stages.get(stage.0).and_then(|stage| stage.clock.took());
            // Writing to a String cannot fail.
            let _ = match took {
                Some(took) => {
                    let millis = took.as_secs_f64() * 1e3;
                    write!(text, " [stage {} in {millis:.3}ms]", stage.0)
                }
                None => write!(text, " [stage {}]", stage.0),
            };
        }
        if ran.is_some() {
            let sum = |count: fn(&Metrics) -> u64| -> u64 {
                self.metrics.iter().map(|metrics| count(metrics)).sum()
            };
            if let Some(outcome) = self.outcome.as_ref().and_then(|outcome| (outcome.0)()) {
                let _ = write!(text, " <{outcome}>");
            }
            if !self.metrics.is_empty() {
                let _ = write!(
                    text,
                    " (rows={}, batches={}, bytes={}, time={:.3}ms)",
                    sum(Metrics::rows),
                    sum(Metrics::batches),
                    sum(Metrics::bytes),
                    sum(Metrics::nanos) as f64 / 1e6
                );
            }
        }
        text.push('\n');
        let count = self.children.len();
        for (number, child) in self.children.iter().enumerate() {
            let is_last = number + 1 == count;
            let (branch, indent) = match is_last {
                true => ("+- ", "   "),
                false => (":- ", ":  "),
            };
            child.write(
                text,
                &format!("{rest}{branch}"),
                &format!("{rest}{indent}"),
                ran,
            );
        }
    }
}

/// Expressions with commas between them, in brackets.
pub(super) fn list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// Columns as EXPLAIN prints them.
pub(super) fn columns<'a>(columns: impl IntoIterator<Item = &'a crate::expr::Attribute>) -> String {
    list(columns.into_iter().map(|c| format!("{}{:?}", c.name, c.id)))
}
