//! Which parts of a plan may be equal: those of the same shape over the same tables.
//!
//! A signature leaves out everything that differs between parts that can be fused: projections, columns,
//! aggregate calls. So equal parts have equal signatures, and few others do.

use super::super::subplans::Subplans;
use super::worth::is_heavy;
use crate::plan::LogicalPlan;
use crate::plan::logical::{LogicalJoinKind, SharedId};
use hashbrown::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The subplan it is in; None: the main plan.
    root: Option<SharedId>,
    /// The way down.
    path: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Input(usize),
    Subquery(usize),
}

/// A part that may be equal to another.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Where it stands.
    pub place: Place,
    /// Its shape.
    pub signature: u64,
    /// Its nodes.
    pub size: usize,
}

/// The node at a place.
pub fn node_at<'p>(subplans: &'p Subplans, place: &Place) -> &'p LogicalPlan {
    let root = match place.root {
        None => &subplans.main,
        Some(id) => &subplans.shared[&id],
    };
    place.path.iter().fold(root, |node, step| match step {
        Step::Input(index) => node.inputs()[*index],
        Step::Subquery(index) => &node.subqueries()[*index].plan,
    })
}

/// The node at a place, to be replaced.
pub fn node_at_mut<'p>(subplans: &'p mut Subplans, place: &Place) -> &'p mut LogicalPlan {
    let root = match place.root {
        None => &mut subplans.main,
        Some(id) => subplans
            .shared
            .get_mut(&id)
            .expect("places are those of the subplans they were found in"),
    };
    place.path.iter().fold(root, |node, step| match step {
        Step::Input(index) => node.inputs_mut().swap_remove(*index),
        Step::Subquery(index) => {
            &mut node
                .subqueries_mut()
                .expect("places are those of the plan they were found in")[*index]
                .plan
        }
    })
}

/// The nodes from a root down to a place, each with the number of the input taken next; None for a subquery.
pub fn way_to<'p>(subplans: &'p Subplans, place: &Place) -> Vec<(&'p LogicalPlan, Option<usize>)> {
    let mut way = Vec::with_capacity(place.path.len());
    for (depth, step) in place.path.iter().enumerate() {
        let above = Place {
            root: place.root,
            path: place.path[..depth].to_vec(),
        };
        let taken = match step {
            Step::Input(index) => Some(*index),
            Step::Subquery(_) => None,
        };
        way.push((node_at(subplans, &above), taken));
    }
    way
}

/// Whether any table is read twice: if none is, nothing can be equal.
pub fn has_repetition(plan: &LogicalPlan) -> bool {
    fn walk(plan: &LogicalPlan, seen: &mut HashSet<u64>) -> bool {
        let mut found = false;
        plan.visit(&mut |node| {
            let is_leaf = match node {
                LogicalPlan::Shared(shared) => {
                    // Its uses read one run; what they have in common is below it.
                    if seen.insert(hashed(&("shared", shared.id))) {
                        found |= walk(&shared.plan, seen);
                    } else {
                        found = true;
                    }
                    false
                }
                LogicalPlan::Values(values) => !values.output.is_empty(),
                LogicalPlan::Scan(_) | LogicalPlan::Range(_) => true,
                _ => false,
            };
            found |= is_leaf && !seen.insert(signature_of(node, &[]));
        });
        found
    }
    walk(plan, &mut HashSet::new())
}

/// The parts with work in them whose signature occurs more than once, grouped by it.
pub fn candidates(subplans: &Subplans, refused: &HashSet<u64>) -> Vec<Vec<Candidate>> {
    let mut search = Search::default();
    let roots = subplans.shared.iter().map(|(id, plan)| (Some(*id), plan));
    for (root, plan) in std::iter::once((None, &subplans.main)).chain(roots) {
        let place = Place {
            root,
            path: Vec::new(),
        };
        search.walk(plan, place);
    }
    let groups = search.found.into_iter();
    groups
        .filter(|(signature, group)| group.len() > 1 && !refused.contains(signature))
        .map(|(_, group)| group)
        .collect()
}

#[derive(Default)]
struct Search {
    found: HashMap<u64, Vec<Candidate>>,
}

impl Search {
    /// Looks through a plan; gives its signature and size.
    fn walk(&mut self, plan: &LogicalPlan, place: Place) -> (u64, usize) {
        let below = |step: Step| {
            let mut place = place.clone();
            place.path.push(step);
            place
        };
        for (index, subquery) in plan.subqueries().iter().enumerate() {
            self.walk(&subquery.plan, below(Step::Subquery(index)));
        }
        // The rounds of a recursion read other rows each.
        if let LogicalPlan::Recursion(_) = plan {
            let signature = hashed("recursion");
            self.add(plan, place, signature, 1);
            return (signature, 1);
        }
        let mut signatures = Vec::new();
        let mut size = 1;
        for (index, input) in plan.inputs().into_iter().enumerate() {
            let (signature, nodes) = self.walk(input, below(Step::Input(index)));
            signatures.push(signature);
            size += nodes;
        }
        if matches!(plan, LogicalPlan::Project(node) if node.subqueries.is_empty()) {
            return (signatures[0], size - 1);
        }
        let signature = signature_of(plan, &signatures);
        self.add(plan, place, signature, size);
        (signature, size)
    }

    fn add(&mut self, plan: &LogicalPlan, place: Place, signature: u64, size: usize) {
        if is_heavy(plan) {
            self.found.entry(signature).or_default().push(Candidate {
                place,
                signature,
                size,
            });
        }
    }
}

fn hashed(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The signature of a node over inputs with these signatures.
fn signature_of(plan: &LogicalPlan, inputs: &[u64]) -> u64 {
    let hasher = &mut DefaultHasher::new();
    std::mem::discriminant(plan).hash(hasher);
    inputs.hash(hasher);
    match plan {
        LogicalPlan::Scan(node) => {
            Arc::as_ptr(&node.table).cast::<()>().hash(hasher);
            node.filters.len().hash(hasher);
            node.limit.hash(hasher);
        }
        LogicalPlan::Values(node) => node.rows.len().hash(hasher),
        LogicalPlan::Range(node) => (node.start, node.end, node.step).hash(hasher),
        LogicalPlan::Shared(node) => node.id.hash(hasher),
        LogicalPlan::RecursionInput(node) => node.id.hash(hasher),
        LogicalPlan::Join(node) => match &node.kind {
            LogicalJoinKind::Plain(kind) => std::mem::discriminant(kind).hash(hasher),
            kind @ (LogicalJoinKind::Mark(_)
            | LogicalJoinKind::NullAwareAnti
            | LogicalJoinKind::Single) => std::mem::discriminant(kind).hash(hasher),
        },
        LogicalPlan::Aggregate(node) => node.keys.len().hash(hasher),
        LogicalPlan::Window(node) => {
            (node.partition_by.len(), node.order_by.len()).hash(hasher);
        }
        LogicalPlan::Sort(node) => (node.order.len(), node.global).hash(hasher),
        LogicalPlan::Limit(node) => (node.offset, node.limit, node.from_end).hash(hasher),
        LogicalPlan::Generate(node) => node.name.hash(hasher),
        LogicalPlan::Project(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::SetOperation(_)
        | LogicalPlan::Expand(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Sample(_)
        | LogicalPlan::Recursion(_) => {}
    }
    hasher.finish()
}
