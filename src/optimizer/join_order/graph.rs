//! Relations and the predicates between them.

use crate::expr::{ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, JoinHint, LogicalJoinKind, Project};
use crate::plan::unresolved::JoinKind;
use hashbrown::{HashMap, HashSet};

/// The relations of a tree of inner joins and all its predicates.
pub struct Graph {
    /// What is joined.
    pub relations: Vec<LogicalPlan>,
    /// What must be true, each with the set of relations it reads.
    pub predicates: Vec<(u64, Expr)>,
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
        let columns: Vec<HashSet<ColumnId>> = (relations.iter())
            .map(|relation| relation.output().iter().map(|column| column.id).collect())
            .collect();
        let predicates = (terms.into_iter())
            .map(|term| {
                let read = term.references();
                let sets = columns.iter().enumerate();
                let mask = sets
                    .filter(|(_, own)| !own.is_disjoint(&read))
                    .map(|(i, _)| 1u64 << i);
                (mask.sum(), term)
            })
            .collect();
        Graph {
            relations,
            predicates,
        }
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

/// Adds the equalities that follow from others: `a = b AND b = c` gives `a = c`.
pub fn close_equalities(graph: &mut Graph) {
    let mut classes: Vec<Vec<(usize, Expr)>> = Vec::new();
    let owner = |graph: &Graph, expr: &Expr| {
        let read = expr.references();
        graph.relations.iter().position(|relation| {
            let own: HashSet<ColumnId> = relation.output().iter().map(|c| c.id).collect();
            !read.is_empty() && read.is_subset(&own)
        })
    };
    let mut class_of: HashMap<ColumnId, usize> = HashMap::new();
    for (_, term) in &graph.predicates {
        let Some((Expr::Column(a), Expr::Column(b), false)) = term.as_equality() else {
            continue;
        };
        if a.data_type != b.data_type {
            continue;
        }
        let members = [a, b].map(|c| (c.id, Expr::Column(c.clone())));
        let known = members
            .iter()
            .filter_map(|(id, _)| class_of.get(id).copied())
            .min();
        let class = known.unwrap_or_else(|| {
            classes.push(Vec::new());
            classes.len() - 1
        });
        for (id, expr) in members {
            match class_of.get(&id).copied() {
                Some(old) if old == class => {}
                Some(old) => {
                    let moved = std::mem::take(&mut classes[old]);
                    for (_, member) in &moved {
                        class_of.extend(member.references().into_iter().map(|id| (id, class)));
                    }
                    classes[class].extend(moved);
                }
                None => {
                    if let Some(relation) = owner(graph, &expr) {
                        class_of.insert(id, class);
                        classes[class].push((relation, expr));
                    }
                }
            }
        }
    }
    for class in classes {
        for (index, (relation, left)) in class.iter().enumerate() {
            for (other, right) in &class[index + 1..] {
                if relation == other {
                    continue;
                }
                let mask = (1u64 << relation) | (1u64 << other);
                let Ok(term) = Expr::equal(left.clone(), right.clone()) else {
                    continue;
                };
                let known = graph.predicates.iter().any(|(own, known)| {
                    *own == mask
                        && known.as_equality().is_some_and(|(a, b, _)| {
                            (a.same(left) && b.same(right)) || (a.same(right) && b.same(left))
                        })
                });
                if !known {
                    graph.predicates.push((mask, term));
                }
            }
        }
    }
}
