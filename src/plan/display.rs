//! Logical plans as text, for EXPLAIN: one node a line, inputs indented below it.

use super::logical::*;
use crate::expr::{Attribute, Expr, NamedExpr, SortKey};
use std::fmt::{self, Write};

impl fmt::Display for LogicalPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_node(self, f, &mut Vec::new(), &mut Vec::new())
    }
}

/// Writes a node and what is below it. `last` says for every ancestor whether it was the last child. The plan of
/// a shared subplan stands below its first use only; `shown` has those that were met.
fn write_node(
    plan: &LogicalPlan,
    f: &mut impl Write,
    last: &mut Vec<bool>,
    shown: &mut Vec<SharedId>,
) -> fmt::Result {
    if let Some((own, above)) = last.split_last() {
        for is_last in above {
            f.write_str(if *is_last { "   " } else { ":  " })?;
        }
        f.write_str(if *own { "+- " } else { ":- " })?;
    }
    writeln!(f, "{}", plan.describe())?;
    let subqueries = plan.subqueries();
    let mut inputs = plan.inputs();
    if let LogicalPlan::Shared(node) = plan
        && !shown.contains(&node.id)
    {
        shown.push(node.id);
        inputs.push(&node.plan);
    }
    let count = subqueries.len() + inputs.len();
    let children = subqueries
        .iter()
        .map(|subquery| &subquery.plan)
        .chain(inputs);
    for (index, child) in children.enumerate() {
        last.push(index + 1 == count);
        write_node(child, f, last, shown)?;
        last.pop();
    }
    Ok(())
}

fn columns(columns: &[Attribute]) -> String {
    let names = columns
        .iter()
        .map(|column| format!("{}{:?}", column.name, column.id));
    names.collect::<Vec<_>>().join(", ")
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl LogicalPlan {
    /// The node itself in one line, inputs left out.
    pub fn describe(&self) -> String {
        match self {
            LogicalPlan::Values(node) if node.output.is_empty() => "OneRowRelation".to_string(),
            LogicalPlan::Values(node) => {
                format!(
                    "LocalRelation [{}], {} rows",
                    columns(&node.output),
                    node.rows.len()
                )
            }
            LogicalPlan::Range(node) => {
                format!("Range ({}, {}, step={})", node.start, node.end, node.step)
            }
            LogicalPlan::Scan(node) => describe_scan(node),
            LogicalPlan::Project(node) => format!("Project [{}]", list(&node.expressions)),
            LogicalPlan::Filter(node) => format!("Filter {}", node.predicate),
            LogicalPlan::Join(node) => {
                let condition = node
                    .condition
                    .as_ref()
                    .map_or(String::new(), |c| format!(", {c}"));
                format!(
                    "Join {}{condition}{}",
                    node.kind.name(),
                    describe_hint(node.hint)
                )
            }
            LogicalPlan::Aggregate(node) => {
                let calls = node
                    .calls
                    .iter()
                    .map(|(column, call)| format!("{call} AS {}{:?}", column.name, column.id));
                let calls = calls.collect::<Vec<_>>().join(", ");
                format!("Aggregate [{}], [{calls}]", list::<NamedExpr>(&node.keys))
            }
            LogicalPlan::Window(node) => {
                let calls = node
                    .calls
                    .iter()
                    .map(|(column, call)| format!("{call} AS {}{:?}", column.name, column.id));
                format!(
                    "Window [{}], [{}], [{}]",
                    calls.collect::<Vec<_>>().join(", "),
                    list::<Expr>(&node.partition_by),
                    list::<SortKey>(&node.order_by)
                )
            }
            LogicalPlan::Sort(node) => format!("Sort [{}], {}", list(&node.order), node.global),
            LogicalPlan::Limit(node) => describe_limit(node),
            LogicalPlan::Union(node) => format!("Union [{}]", columns(&node.output)),
            LogicalPlan::SetOperation(node) => {
                let name = if node.except { "Except" } else { "Intersect" };
                format!("{name}{}", if node.all { " All" } else { "" })
            }
            LogicalPlan::Expand(node) => {
                let sets = node
                    .projections
                    .iter()
                    .map(|set| format!("[{}]", list(set)));
                let sets = sets.collect::<Vec<_>>().join(", ");
                format!("Expand [{sets}], [{}]", columns(&node.output))
            }
            LogicalPlan::Generate(node) => format!(
                "Generate {}({}), {}, [{}]",
                node.name,
                list(&node.arguments),
                node.outer,
                columns(&node.generated)
            ),
            LogicalPlan::Repartition(node) => describe_repartition(node),
            LogicalPlan::Sample(node) => format!(
                "Sample {}, {}, {}, {}",
                node.lower, node.upper, node.with_replacement, node.seed
            ),
            LogicalPlan::Recursion(node) => {
                format!("UnionLoop {} [{}]", node.id, columns(&node.output))
            }
            LogicalPlan::RecursionInput(node) => {
                format!("UnionLoopRef {} [{}]", node.id, columns(&node.output))
            }
            LogicalPlan::Shared(node) => {
                format!("Shared {} [{}]", node.id.0, columns(&node.output()))
            }
        }
    }
}

fn describe_scan(node: &Scan) -> String {
    let shown: Vec<Attribute> = node
        .projection
        .iter()
        .map(|column| node.attributes[*column].clone())
        .collect();
    let mut text = format!(
        "Relation {}[{}] {}",
        node.name,
        columns(&shown),
        node.table.format()
    );
    if !node.filters.is_empty() {
        let _ = write!(text, ", PushedFilters: [{}]", list(&node.filters));
    }
    if let Some(limit) = node.limit {
        let _ = write!(text, ", PushedLimit: {limit}");
    }
    text
}

fn describe_limit(node: &Limit) -> String {
    match (node.limit, node.offset, node.from_end) {
        (Some(limit), _, true) => format!("Tail {limit}"),
        (Some(limit), 0, _) => format!("Limit {limit}"),
        (Some(limit), offset, _) => format!("Limit {limit}, Offset {offset}"),
        (None, offset, _) => format!("Offset {offset}"),
    }
}

fn describe_repartition(node: &Repartition) -> String {
    let count = node
        .partitions
        .map_or(String::new(), |count| format!(", {count}"));
    match &node.scheme {
        Partitioning::RoundRobin => format!("Repartition round robin{count}"),
        Partitioning::Coalesce => format!("Repartition coalesce{count}"),
        Partitioning::Hash(keys) => format!("RepartitionByExpression [{}]{count}", list(keys)),
        Partitioning::Range(keys) => format!("RepartitionByRange [{}]{count}", list(keys)),
    }
}

fn describe_hint(hint: JoinHint) -> String {
    let side = |name: &str, strategy: Option<JoinStrategy>| {
        strategy.map(|strategy| format!("{name}Hint={strategy:?}"))
    };
    let sides: Vec<String> = [side("left", hint.left), side("right", hint.right)]
        .into_iter()
        .flatten()
        .collect();
    if sides.is_empty() {
        String::new()
    } else {
        format!(", {}", sides.join(", "))
    }
}

impl LogicalJoinKind {
    /// The kind as EXPLAIN names it.
    pub fn name(&self) -> &'static str {
        use crate::plan::unresolved::JoinKind;
        match self {
            LogicalJoinKind::Plain(kind) => match kind {
                JoinKind::Inner => "Inner",
                JoinKind::Cross => "Cross",
                JoinKind::LeftOuter => "LeftOuter",
                JoinKind::RightOuter => "RightOuter",
                JoinKind::FullOuter => "FullOuter",
                JoinKind::LeftSemi => "LeftSemi",
                JoinKind::LeftAnti => "LeftAnti",
            },
            LogicalJoinKind::Mark(_) => "Mark",
            LogicalJoinKind::NullAwareAnti => "NullAwareLeftAnti",
            LogicalJoinKind::Single => "LeftSingle",
        }
    }
}
