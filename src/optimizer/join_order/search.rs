//! The search for the cheapest tree.

use super::EXHAUSTIVE;
use super::graph::Graph;
use crate::error::Result;
use crate::expr::Expr;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, JoinHint, LogicalJoinKind};
use crate::plan::statistics::{self, Estimate, estimate};
use crate::plan::unresolved::JoinKind;
use hashbrown::HashMap;

/// A tree over a set of relations, with what it costs: the rows of all its joins added up.
#[derive(Clone)]
struct Tree {
    set: u64,
    shape: Shape,
    rows: f64,
    /// Distinct values of each class of equal columns; of those that it has none of, nothing is said.
    distinct: Vec<f64>,
    cost: f64,
}

#[derive(Clone)]
enum Shape {
    Relation(usize),
    /// The two sets that are joined.
    Join(u64, u64),
}

/// How two sets of relations are connected.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Connection {
    None,
    Predicate,
    Equality,
}

/// The joins of a graph in the best order found.
pub fn best_tree(graph: Graph) -> Result<LogicalPlan> {
    let search = Search::new(&graph);
    let leaves = search.leaves();
    let all = leaves.iter().map(|leaf| leaf.set).sum();
    let trees = if leaves.len() <= EXHAUSTIVE {
        search.exhaustive(leaves)
    } else {
        search.greedy(leaves)
    };
    let mut relations: Vec<Option<LogicalPlan>> = graph.relations.into_iter().map(Some).collect();
    let mut builder = Builder {
        trees,
        classes: graph.classes,
        predicates: graph.predicates.into_iter().map(Some).collect(),
    };
    builder.build(all, &mut relations)
}

struct Search<'g> {
    graph: &'g Graph,
    /// Of the relations.
    estimates: Vec<Estimate>,
    /// Relations of every class.
    classes: Vec<u64>,
    /// Relations of every other predicate, the share of rows for which it is true, whether it is an equality.
    predicates: Vec<(u64, f64, bool)>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph) -> Search<'g> {
        let estimates: Vec<Estimate> = graph.relations.iter().map(estimate).collect();
        let mut all = Estimate::default();
        for estimate in &estimates {
            all.rows = all.rows.max(estimate.rows);
            if !graph.predicates.is_empty() {
                let columns = estimate.columns.iter();
                all.columns
                    .extend(columns.map(|(id, column)| (*id, column.clone())));
            }
        }
        let predicates = graph.predicates.iter().map(|(mask, term)| {
            let share = statistics::selectivity(term, &all);
            (*mask, share, term.as_equality().is_some())
        });
        Search {
            predicates: predicates.collect(),
            classes: graph
                .classes
                .iter()
                .map(|class| class.relations())
                .collect(),
            graph,
            estimates,
        }
    }

    fn leaves(&self) -> Vec<Tree> {
        let estimates = self.estimates.iter().enumerate();
        estimates
            .map(|(index, estimate)| {
                let classes = self.graph.classes.iter();
                let distinct = classes.map(|class| {
                    let column = class.of(index);
                    column.map_or(1.0, |column| estimate.distinct(column.id))
                });
                Tree {
                    set: 1 << index,
                    shape: Shape::Relation(index),
                    rows: estimate.rows,
                    distinct: distinct.collect(),
                    cost: 0.0,
                }
            })
            .collect()
    }

    fn connection(&self, left: u64, right: u64) -> Connection {
        let crosses = |mask: u64| mask & left != 0 && mask & right != 0;
        if self.classes.iter().any(|class| crosses(*class)) {
            return Connection::Equality;
        }
        let both = left | right;
        let usable =
            (self.predicates.iter()).filter(|(mask, ..)| mask & !both == 0 && crosses(*mask));
        let each = usable.map(|(_, _, is_equality)| match is_equality {
            true => Connection::Equality,
            false => Connection::Predicate,
        });
        each.max().unwrap_or(Connection::None)
    }

    /// Rows of a join of two sets, and the distinct values of the classes in it.
    fn rows(&self, left: &Tree, right: &Tree) -> f64 {
        let both = left.set | right.set;
        let keys = (self.classes.iter().enumerate())
            .filter(|(_, class)| **class & left.set != 0 && **class & right.set != 0)
            .map(|(class, _)| (left.distinct[class], right.distinct[class]));
        let mut rows = statistics::matching_rows(keys, left.rows, right.rows);
        for (mask, share, _) in &self.predicates {
            if mask & !both == 0 && mask & left.set != 0 && mask & right.set != 0 {
                rows *= share;
            }
        }
        rows.max(1.0)
    }

    /// What joining two sets costs beside what they cost: the smaller side is built, the larger probed, and
    /// building with a row costs more than probing with one.
    fn work(left: &Tree, right: &Tree, rows: f64) -> f64 {
        rows + left.rows.min(right.rows) + 0.2 * left.rows.max(right.rows)
    }

    fn joined(&self, left: &Tree, right: &Tree, rows: f64, cost: f64) -> Tree {
        let classes = self.classes.iter().enumerate();
        let distinct = classes.map(|(index, class)| {
            let (l, r) = (left.distinct[index], right.distinct[index]);
            let known = match (class & left.set != 0, class & right.set != 0) {
                (true, true) => l.min(r),
                (true, false) => l,
                (false, true) => r,
                (false, false) => 1.0,
            };
            known.min(rows).max(1.0)
        });
        Tree {
            set: left.set | right.set,
            shape: Shape::Join(left.set, right.set),
            rows,
            distinct: distinct.collect(),
            cost,
        }
    }

    fn exhaustive(&self, leaves: Vec<Tree>) -> HashMap<u64, Tree> {
        let all = (1u64 << leaves.len()) - 1;
        let mut best: HashMap<u64, Tree> =
            leaves.into_iter().map(|leaf| (leaf.set, leaf)).collect();
        for set in 1..=all {
            if set.count_ones() < 2 {
                continue;
            }
            // The best split that an equality connects, else that any predicate does; products only where
            // there is no other way.
            let mut found: Option<(Connection, f64, f64, u64)> = None;
            let mut left = (set - 1) & set;
            while left > 0 {
                let right = set & !left;
                // Each split once: the side with the lowest relation is the left.
                if left.trailing_zeros() < right.trailing_zeros()
                    && let (Some(l), Some(r)) = (best.get(&left), best.get(&right))
                {
                    let connected = self.connection(left, right);
                    let before = l.cost + r.cost;
                    let hopeful = found.is_none_or(|(known, cost, ..)| {
                        connected > known || (connected == known && before < cost)
                    });
                    if hopeful {
                        let rows = self.rows(l, r);
                        let cost = before + Search::work(l, r, rows);
                        if found.is_none_or(|(known, known_cost, ..)| {
                            connected > known || cost < known_cost
                        }) {
                            found = Some((connected, cost, rows, left));
                        }
                    }
                }
                left = (left - 1) & set;
            }
            if let Some((_, cost, rows, left)) = found {
                let tree = self.joined(&best[&left], &best[&(set & !left)], rows, cost);
                best.insert(set, tree);
            }
        }
        best
    }

    fn greedy(&self, leaves: Vec<Tree>) -> HashMap<u64, Tree> {
        let mut done: HashMap<u64, Tree> = HashMap::new();
        let mut parts = leaves;
        while parts.len() > 1 {
            let mut found: Option<(usize, usize, Connection, f64)> = None;
            for (i, left) in parts.iter().enumerate() {
                for (j, right) in parts.iter().enumerate().skip(i + 1) {
                    let linked = self.connection(left.set, right.set);
                    let rows = self.rows(left, right);
                    let better = found.is_none_or(|(_, _, known, known_rows)| {
                        linked > known || (linked == known && rows < known_rows)
                    });
                    if better {
                        found = Some((i, j, linked, rows));
                    }
                }
            }
            let Some((i, j, _, rows)) = found else { break };
            let right = parts.remove(j);
            let left = parts.remove(i);
            let cost = left.cost + right.cost + Search::work(&left, &right, rows);
            parts.push(self.joined(&left, &right, rows, cost));
            done.insert(left.set, left);
            done.insert(right.set, right);
        }
        done.extend(parts.into_iter().map(|tree| (tree.set, tree)));
        done
    }
}

/// Makes the plan of the trees that were found.
struct Builder {
    trees: HashMap<u64, Tree>,
    classes: Vec<super::graph::Class>,
    /// Those that do not stand in the plan yet.
    predicates: Vec<Option<(u64, Expr)>>,
}

impl Builder {
    /// The plan over a set of relations. One equality of each class stands where it connects the sides, every
    /// other predicate at the lowest join that has all it reads.
    fn build(&mut self, set: u64, relations: &mut [Option<LogicalPlan>]) -> Result<LogicalPlan> {
        let missing = || crate::error::Error::internal("a set of relations without a tree");
        let (left_set, right_set) = match &self.trees.get(&set).ok_or_else(missing)?.shape {
            Shape::Relation(index) => return relations[*index].take().ok_or_else(missing),
            Shape::Join(left, right) => (*left, *right),
        };
        let left = self.build(left_set, relations)?;
        let right = self.build(right_set, relations)?;
        let mut terms = Vec::new();
        for class in &self.classes {
            let (mut own, mut other) = (class.within(left_set), class.within(right_set));
            if let (Some(own), Some(other)) = (own.next(), other.next()) {
                let (own, other) = (Expr::Column(own.clone()), Expr::Column(other.clone()));
                terms.push(Expr::equal(own, other)?);
            }
        }
        for predicate in &mut self.predicates {
            if predicate.as_ref().is_some_and(|(mask, _)| mask & !set == 0)
                && let Some((_, term)) = predicate.take()
            {
                terms.push(term);
            }
        }
        Ok(LogicalPlan::Join(Join {
            left: Box::new(left),
            right: Box::new(right),
            kind: LogicalJoinKind::Plain(JoinKind::Inner),
            condition: (!terms.is_empty()).then(|| Expr::all(terms)),
            subqueries: Vec::new(),
            hint: JoinHint::default(),
            lateral: false,
        }))
    }
}
