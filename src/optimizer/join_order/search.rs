//! The search for the cheapest tree.

use super::EXHAUSTIVE;
use super::graph::{Class, Graph};
use crate::error::{Error, Result};
use crate::expr::{Attribute, ColumnId, ColumnIds, Expr, NamedExpr};
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
    distinct: Vec<Distinct>,
    cost: f64,
}

/// How many distinct values a column has.
#[derive(Clone, Copy)]
struct Distinct {
    values: f64,
    /// Nothing is known: see [`Search::domain`].
    is_guess: bool,
}

impl Distinct {
    /// Those of two columns that are joined: of a guess and knowledge the knowledge, of two guesses the smaller one.
    fn joined(self, other: Distinct) -> (f64, f64) {
        match (self.is_guess, other.is_guess) {
            (false, false) => (self.values, other.values),
            (true, false) => (other.values, other.values),
            (false, true) => (self.values, self.values),
            (true, true) => {
                let least = self.values.min(other.values);
                (least, least)
            }
        }
    }
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
pub fn best_tree(graph: Graph, ids: &ColumnIds) -> Result<LogicalPlan> {
    let search = Search::new(&graph);
    let leaves = search.leaves();
    let all = leaves.iter().map(|leaf| leaf.set).sum();
    let trees = if leaves.len() <= EXHAUSTIVE {
        search.exhaustive(leaves)
    } else {
        search.greedy(leaves)
    };
    let mut builder = Builder {
        trees,
        relations: graph.relations,
        classes: graph.classes,
        predicates: graph.predicates.into_iter().map(Some).collect(),
        ids,
    };
    builder.build(all)
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
                    let column = class.of(index).map(|column| column.id);
                    match column {
                        Some(id) if !is_known(estimate, id) => Distinct {
                            values: self.domain(class),
                            is_guess: true,
                        },
                        column => Distinct {
                            values: column.map_or(1.0, |id| estimate.distinct(id)),
                            is_guess: false,
                        },
                    }
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

    /// About how many values equal columns have, where nothing is known of some: as many as one of them is known to have,
    /// or as the smallest of their tables has rows, whose key they will be. `customer.nation = supplier.nation` alone
    /// says little; that both are equal to `nation.id` says that there are 25.
    fn domain(&self, class: &Class) -> f64 {
        let members = (0..self.estimates.len()).filter_map(|index| {
            let (column, estimate) = (class.of(index)?, &self.estimates[index]);
            Some(match is_known(estimate, column.id) {
                true => estimate.distinct(column.id),
                false => statistics::unfiltered_rows(&self.graph.relations[index]),
            })
        });
        members.fold(f64::INFINITY, f64::min)
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
            .map(|(class, _)| left.distinct[class].joined(right.distinct[class]));
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
            let both = |values: f64, is_guess: bool| Distinct {
                values: values.min(rows).max(1.0),
                is_guess,
            };
            match (class & left.set != 0, class & right.set != 0) {
                (true, true) => {
                    let (of_left, of_right) = l.joined(r);
                    both(of_left.min(of_right), l.is_guess && r.is_guess)
                }
                (true, false) if l.is_guess => l,
                (true, false) => both(l.values, false),
                (false, true) if r.is_guess => r,
                (false, true) => both(r.values, false),
                (false, false) => both(1.0, false),
            }
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
                        let product = match connected {
                            Connection::None => rows * PRODUCT,
                            Connection::Predicate | Connection::Equality => 0.0,
                        };
                        let cost = before + product + Search::work(l, r, rows);
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

/// Whether statistics say something of a column's values.
fn is_known(estimate: &Estimate, column: ColumnId) -> bool {
    let known = estimate.columns.get(&column);
    known.is_some_and(|column| column.distinct.is_some())
}

/// Makes the plan of the trees that were found.
struct Builder<'a> {
    trees: HashMap<u64, Tree>,
    relations: Vec<LogicalPlan>,
    classes: Vec<Class>,
    /// Those that do not stand in the plan yet.
    predicates: Vec<Option<(u64, Expr)>>,
    ids: &'a ColumnIds,
}

impl Builder<'_> {
    fn tree(&self, set: u64) -> Result<&Tree> {
        let missing = || Error::internal("a set of relations without a tree");
        self.trees.get(&set).ok_or_else(missing)
    }

    /// The plan over a set of relations. One equality of each class stands where it connects the sides, every
    /// other predicate at the lowest join that has all it reads.
    fn build(&mut self, set: u64) -> Result<LogicalPlan> {
        let (left_set, right_set) = match self.tree(set)?.shape {
            Shape::Relation(index) => return Ok(self.relations[index].clone()),
            Shape::Join(left, right) => (left, right),
        };
        // Before the predicates of what is copied are taken by their own place.
        let (for_left, for_right) = (
            self.reduction(left_set, right_set)?,
            self.reduction(right_set, left_set)?,
        );
        let left = reduced(self.build(left_set)?, for_left)?;
        let right = reduced(self.build(right_set)?, for_right)?;
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
        Ok(join(left, right, JoinKind::Inner, terms))
    }

    /// What a side of a join can be cut down with before it is built: a small part of the other side, of which
    /// it must match a column too. The part is read twice, but what is built is smaller then, and what it knows
    /// of its other keys removes more rows from the other side's large tables.
    fn reduction(&self, side: u64, other: u64) -> Result<Option<Reduction>> {
        let (own, whole) = (self.tree(side)?, self.tree(other)?);
        let crossing: Vec<usize> = (self.classes.iter().enumerate())
            .filter(|(_, class)| class.relations() & side != 0 && class.relations() & other != 0)
            .map(|(index, _)| index)
            .collect();
        if crossing.len() < 2 || own.rows > whole.rows || own.rows < LEAST_REDUCED {
            return Ok(None);
        }
        let mut open = vec![other];
        while let Some(set) = open.pop() {
            let part = self.tree(set)?;
            if let Shape::Join(left, right) = part.shape {
                open.extend([left, right]);
            }
            let class = crossing.iter().copied().find(|class| {
                self.classes[*class].relations() & set != 0
                    && part.distinct[*class].values <= REDUCING * own.distinct[*class].values
            });
            let Some(class) = class else { continue };
            if set == other || self.read_by(set) > own.rows * REDUCING {
                continue;
            }
            let mut copy = Builder {
                trees: self.trees.clone(),
                relations: self.relations.clone(),
                classes: self.classes.clone(),
                predicates: self.predicates.clone(),
                ids: self.ids,
            };
            let mine = self.classes[class].within(side).next();
            let theirs = self.classes[class].within(set).next();
            let (Some(mine), Some(theirs)) = (mine, theirs) else {
                continue;
            };
            let plan = copy.build(set)?.project(vec![NamedExpr::pass(theirs)]);
            return Ok(Some(Reduction {
                column: mine.clone(),
                plan: plan.with_fresh_ids(self.ids),
            }));
        }
        Ok(None)
    }

    /// Rows that the relations of a set read from their tables.
    fn read_by(&self, set: u64) -> f64 {
        let mut rows = 0.0;
        for (index, relation) in self.relations.iter().enumerate() {
            if set & (1 << index) != 0 {
                relation.visit(&mut |node| {
                    rows += match node {
                        LogicalPlan::Scan(scan) => {
                            let known = scan.table.statistics().rows;
                            known.map_or(f64::INFINITY, |rows| rows as f64)
                        }
                        LogicalPlan::Filter(_)
                        | LogicalPlan::Project(_)
                        | LogicalPlan::Values(_) => 0.0,
                        // What takes more than reading is not done twice.
                        _ => f64::INFINITY,
                    };
                    if node
                        .expressions()
                        .iter()
                        .any(|expr| !expr.is_deterministic())
                    {
                        rows = f64::INFINITY;
                    }
                });
            }
        }
        rows
    }
}

/// What a row of a product of two relations costs beside a row of a join: joined with a third relation by keys of both,
/// it hashes several keys where the relations one by one would be indexed by one.
const PRODUCT: f64 = 100.0;
/// Rows below which a side is not worth cutting down.
const LEAST_REDUCED: f64 = 1000.0;
/// Share of a side's values that another part must be below to cut it down.
const REDUCING: f64 = 0.3;

/// A copy of a part of the plan that a column must match.
struct Reduction {
    column: Attribute,
    plan: LogicalPlan,
}

fn reduced(plan: LogicalPlan, reduction: Option<Reduction>) -> Result<LogicalPlan> {
    let Some(Reduction { column, plan: part }) = reduction else {
        return Ok(plan);
    };
    let Some(key) = part.output().into_iter().next() else {
        return Ok(plan);
    };
    let term = Expr::equal(Expr::Column(column), Expr::Column(key))?;
    Ok(join(plan, part, JoinKind::LeftSemi, vec![term]))
}

fn join(left: LogicalPlan, right: LogicalPlan, kind: JoinKind, terms: Vec<Expr>) -> LogicalPlan {
    LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind: LogicalJoinKind::Plain(kind),
        condition: (!terms.is_empty()).then(|| Expr::all(terms)),
        subqueries: Vec::new(),
        hint: JoinHint::default(),
        lateral: false,
    })
}
