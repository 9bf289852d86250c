//! Relations and what ties them together.
//!
//! Equalities between columns are kept as classes of columns that are all equal: of `a = b AND b = c` it does not
//! matter which two were written. Each join needs one equality of every class that has columns on both of its
//! sides, since within a side they are equal already; more would only be keys to hash, and would be counted as if
//! they removed rows again.

use crate::expr::{Attribute, ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, JoinHint, LogicalJoinKind, Project};
use crate::plan::unresolved::JoinKind;
use hashbrown::{HashMap, HashSet};

/// The relations of a tree of inner joins and all its predicates.
pub struct Graph {
    /// What is joined.
    pub relations: Vec<LogicalPlan>,
    /// Columns that are equal.
    pub classes: Vec<Class>,
    /// What must be true beside that, each with the set of relations it reads.
    pub predicates: Vec<(u64, Expr)>,
}

/// Equal columns of one type, at most one of each relation, each with its relation.
#[derive(Clone)]
pub struct Class(Vec<(usize, Attribute)>);

impl Class {
    /// The columns of some relations.
    pub fn within(&self, relations: u64) -> impl Iterator<Item = &Attribute> {
        let members = self.0.iter();
        members
            .filter(move |(relation, _)| relations & (1 << relation) != 0)
            .map(|(_, column)| column)
    }

    /// The relations that have a column in it.
    pub fn relations(&self) -> u64 {
        self.0.iter().map(|(relation, _)| 1u64 << relation).sum()
    }

    /// The column of a relation.
    pub fn of(&self, relation: usize) -> Option<&Attribute> {
        let found = self.0.iter().find(|(own, _)| *own == relation);
        found.map(|(_, column)| column)
    }
}

/// Whether a plan is an inner join that may be reordered.
pub fn is_reorderable(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Join(node) if may_reorder(node))
}

fn may_reorder(node: &Join) -> bool {
    let plain = matches!(
        node.kind,
        LogicalJoinKind::Plain(JoinKind::Inner | JoinKind::Cross)
    );
    let condition_ok = node.condition.as_ref().is_none_or(Expr::is_deterministic);
    plain
        && condition_ok
        && !node.lateral
        && node.subqueries.is_empty()
        && node.hint == JoinHint::default()
}

impl Graph {
    /// Takes a tree apart.
    pub fn of(plan: LogicalPlan) -> Graph {
        let mut relations = Vec::new();
        let mut terms = Vec::new();
        collect(plan, &mut relations, &mut terms);
        let mut owners: HashMap<ColumnId, usize> = HashMap::new();
        for (index, relation) in relations.iter().enumerate() {
            owners.extend(
                relation
                    .output()
                    .into_iter()
                    .map(|column| (column.id, index)),
            );
        }
        let mut graph = Graph {
            relations,
            classes: Vec::new(),
            predicates: Vec::new(),
        };
        for term in terms {
            if !graph.unite(&term, &owners) {
                let read = term.references();
                let owners: HashSet<usize> = (read.iter())
                    .filter_map(|id| owners.get(id).copied())
                    .collect();
                let mask = owners.into_iter().map(|owner| 1u64 << owner).sum();
                graph.predicates.push((mask, term));
            }
        }
        graph
    }

    /// Takes in an equality of two columns; false if it is none, or would put two columns of one relation into
    /// a class, which no join would then compare.
    fn unite(&mut self, term: &Expr, owners: &HashMap<ColumnId, usize>) -> bool {
        let Some((Expr::Column(a), Expr::Column(b), false)) = term.as_equality() else {
            return false;
        };
        let (Some(x), Some(y)) = (owners.get(&a.id), owners.get(&b.id)) else {
            return false;
        };
        if a.data_type != b.data_type || x == y {
            return false;
        }
        let find = |classes: &[Class], id: ColumnId| {
            let has = |class: &Class| class.0.iter().any(|(_, column)| column.id == id);
            classes.iter().position(has)
        };
        let (first, second) = (find(&self.classes, a.id), find(&self.classes, b.id));
        if first.is_some() && first == second {
            return true;
        }
        let members = |class: Option<usize>, alone: (usize, &Attribute)| match class {
            Some(class) => self.classes[class].0.clone(),
            None => vec![(alone.0, alone.1.clone())],
        };
        let (left, right) = (members(first, (*x, a)), members(second, (*y, b)));
        let clash =
            |(relation, _): &(usize, Attribute)| right.iter().any(|(other, _)| other == relation);
        if left.iter().any(clash) {
            return false;
        }
        let mut old: Vec<usize> = first.into_iter().chain(second).collect();
        old.sort_unstable_by(|a, b| b.cmp(a));
        for class in old {
            self.classes.remove(class);
        }
        self.classes.push(Class([left, right].concat()));
        true
    }
}

/// At most as many relations as a mask has bits.
const MOST_RELATIONS: usize = 60;

fn collect(plan: LogicalPlan, relations: &mut Vec<LogicalPlan>, terms: &mut Vec<Expr>) {
    match plan {
        LogicalPlan::Join(node) if may_reorder(&node) && relations.len() < MOST_RELATIONS => {
            collect(*node.left, relations, terms);
            collect(*node.right, relations, terms);
            terms.extend(node.condition.map_or(Vec::new(), Expr::conjuncts));
        }
        // Projections between the joins that only pass or drop columns.
        LogicalPlan::Project(node) if only_passes(&node) && is_reorderable(&node.input) => {
            collect(*node.input, relations, terms);
        }
        other => relations.push(other),
    }
}

fn only_passes(node: &Project) -> bool {
    node.subqueries.is_empty() && node.expressions.iter().all(|named| named.is_pass())
}
