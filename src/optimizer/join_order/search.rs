//! The search for the cheapest tree.

use super::EXHAUSTIVE;
use super::graph::{Graph, close_equalities};
use crate::expr::Expr;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, JoinHint, LogicalJoinKind};
use crate::plan::statistics::{self, Estimate, estimate};
use crate::plan::unresolved::JoinKind;
use hashbrown::HashMap;

/// A tree over a set of relations, with what it costs: the rows of all its joins added up.
#[derive(Clone)]
struct Tree {
    shape: Shape,
    estimate: Estimate,
    cost: f64,
}

#[derive(Clone)]
enum Shape {
    Relation(usize),
    Join(Box<Shape>, Box<Shape>, u64, u64),
}

/// The joins of a graph in the best order found.
pub fn best_tree(mut graph: Graph) -> LogicalPlan {
    let written = graph.predicates.len();
    close_equalities(&mut graph);
    let leaves: Vec<Tree> = (graph.relations.iter().enumerate())
        .map(|(index, relation)| Tree {
            shape: Shape::Relation(index),
            estimate: estimate(relation),
            cost: 0.0,
        })
        .collect();
    let tree = if leaves.len() <= EXHAUSTIVE {
        exhaustive(&graph, leaves)
    } else {
        greedy(&graph, leaves)
    };
    let mut relations: Vec<Option<LogicalPlan>> = graph.relations.into_iter().map(Some).collect();
    let mut used = vec![false; graph.predicates.len()];
    build(
        &tree.shape,
        &mut relations,
        &graph.predicates,
        &mut used,
        written,
    )
}

/// The predicates that become usable when two sets of relations meet.
fn between(graph: &Graph, left: u64, right: u64) -> impl Iterator<Item = &Expr> {
    let both = left | right;
    let joins = move |mask: u64| mask & !both == 0 && mask & left != 0 && mask & right != 0;
    graph
        .predicates
        .iter()
        .filter(move |(mask, _)| joins(*mask))
        .map(|(_, term)| term)
}

/// How two sets of relations are connected.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Connection {
    None,
    Predicate,
    Equality,
}

fn connection(graph: &Graph, left: u64, right: u64) -> Connection {
    let each = between(graph, left, right).map(|term| match is_equality(term) {
        true => Connection::Equality,
        false => Connection::Predicate,
    });
    each.max().unwrap_or(Connection::None)
}

fn joined(graph: &Graph, left: (u64, &Tree), right: (u64, &Tree)) -> Tree {
    let condition = Expr::all(between(graph, left.0, right.0).cloned());
    let (l, r) = (&left.1.estimate, &right.1.estimate);
    let rows = statistics::inner_rows(Some(&condition), l, r);
    let columns = statistics::both_columns(l, r);
    // The smaller side is built, the larger probed: building a row costs more than probing with one.
    let (small, large) = (l.rows.min(r.rows), l.rows.max(r.rows));
    let work = rows + small + 0.2 * large;
    Tree {
        shape: Shape::Join(
            Box::new(left.1.shape.clone()),
            Box::new(right.1.shape.clone()),
            left.0,
            right.0,
        ),
        cost: left.1.cost + right.1.cost + work,
        estimate: Estimate { rows, columns },
    }
}

fn exhaustive(graph: &Graph, leaves: Vec<Tree>) -> Tree {
    let count = leaves.len();
    let mut best: HashMap<u64, Tree> = HashMap::new();
    for (index, leaf) in leaves.into_iter().enumerate() {
        best.insert(1 << index, leaf);
    }
    let all = (1u64 << count) - 1;
    for set in 1..=all {
        if set.count_ones() < 2 {
            continue;
        }
        let mut found: Option<Tree> = None;
        // First splits that an equality connects, then any predicate; products only where there is no
        // other way.
        for connected in [
            Connection::Equality,
            Connection::Predicate,
            Connection::None,
        ] {
            let mut left = (set - 1) & set;
            while left > 0 {
                let right = set & !left;
                // Each split once: the side with the lowest relation is the left.
                if left.trailing_zeros() < right.trailing_zeros()
                    && connection(graph, left, right) == connected
                    && let (Some(l), Some(r)) = (best.get(&left), best.get(&right))
                    && found
                        .as_ref()
                        .is_none_or(|tree| l.cost + r.cost < tree.cost)
                {
                    let tree = joined(graph, (left, l), (right, r));
                    if found.as_ref().is_none_or(|known| tree.cost < known.cost) {
                        found = Some(tree);
                    }
                }
                left = (left - 1) & set;
            }
            if found.is_some() {
                break;
            }
        }
        if let Some(tree) = found {
            best.insert(set, tree);
        }
    }
    best.remove(&all)
        .expect("every set of relations has a tree: products are allowed")
}

fn greedy(graph: &Graph, leaves: Vec<Tree>) -> Tree {
    let mut parts: Vec<(u64, Tree)> = leaves
        .into_iter()
        .enumerate()
        .map(|(index, leaf)| (1 << index, leaf))
        .collect();
    while parts.len() > 1 {
        let mut found: Option<(usize, usize, Connection, Tree)> = None;
        for i in 0..parts.len() {
            for j in i + 1..parts.len() {
                let linked = connection(graph, parts[i].0, parts[j].0);
                let tree = joined(graph, (parts[i].0, &parts[i].1), (parts[j].0, &parts[j].1));
                let better = match &found {
                    None => true,
                    Some((_, _, was_linked, known)) => {
                        linked > *was_linked
                            || (linked == *was_linked && tree.estimate.rows < known.estimate.rows)
                    }
                };
                if better {
                    found = Some((i, j, linked, tree));
                }
            }
        }
        let Some((i, j, _, tree)) = found else { break };
        let (right, _) = parts.remove(j);
        let (left, _) = parts.remove(i);
        parts.push((left | right, tree));
    }
    parts.remove(0).1
}

/// Builds the plan of a tree. Each predicate stands at the lowest join that has all it reads; those that
/// follow from others (behind `written`) only where no written equality connects the sides.
fn build(
    shape: &Shape,
    relations: &mut [Option<LogicalPlan>],
    predicates: &[(u64, Expr)],
    used: &mut [bool],
    written: usize,
) -> LogicalPlan {
    match shape {
        Shape::Relation(index) => relations[*index]
            .take()
            .expect("each relation stands in the tree once"),
        Shape::Join(left, right, left_set, right_set) => {
            let both = left_set | right_set;
            let left = build(left, relations, predicates, used, written);
            let right = build(right, relations, predicates, used, written);
            let mut terms = Vec::new();
            for (index, (mask, term)) in predicates.iter().enumerate() {
                if !used[index] && mask & !both == 0 {
                    used[index] = true;
                    let implied = index >= written;
                    let crosses = mask & left_set != 0 && mask & right_set != 0;
                    if !implied || (crosses && !terms.iter().any(is_equality)) {
                        terms.push(term.clone());
                    }
                }
            }
            LogicalPlan::Join(Join {
                left: Box::new(left),
                right: Box::new(right),
                kind: LogicalJoinKind::Plain(JoinKind::Inner),
                condition: (!terms.is_empty()).then(|| Expr::all(terms)),
                subqueries: Vec::new(),
                hint: JoinHint::default(),
                lateral: false,
            })
        }
    }
}

fn is_equality(term: &Expr) -> bool {
    term.as_equality().is_some()
}
