//! What surrounds a relation: CTEs in scope, enclosing queries, named windows.

use super::expression::Aggregates;
use super::scope::Scope;
use crate::expr::Attribute;
use crate::plan::logical::Shared;
use crate::plan::unresolved::{Cte, WindowSpec};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// What surrounds a relation. Cheap to clone.
#[derive(Clone)]
pub struct Environment<'e> {
    /// CTEs, innermost first.
    pub ctes: Option<Rc<CteFrame>>,
    /// Enclosing queries, innermost first.
    pub outer: Option<&'e Outer<'e>>,
    /// Windows of the WINDOW clause.
    pub windows: Rc<[(String, WindowSpec)]>,
}

impl Default for Environment<'_> {
    fn default() -> Self {
        Environment {
            ctes: None,
            outer: None,
            windows: Rc::from([]),
        }
    }
}

impl<'e> Environment<'e> {
    /// The environment of the inputs of a select: named windows belong to one select list only.
    pub fn of_input(&self) -> Environment<'e> {
        Environment {
            windows: Rc::from([]),
            ..self.clone()
        }
    }

    /// The CTE of a name.
    pub fn find_cte(&self, name: &str) -> Option<Rc<CteFrame>> {
        let mut frame = self.ctes.clone();
        while let Some(current) = frame {
            if current.cte.name.to_lowercase() == name.to_lowercase() {
                return Some(current);
            }
            frame = current.parent.clone();
        }
        None
    }

    /// Number of enclosing queries.
    pub fn depth(&self) -> usize {
        self.outer.map_or(0, |outer| outer.depth)
    }
}

/// A CTE in scope. Its query sees the CTEs of its parents.
pub struct CteFrame {
    /// As written.
    pub cte: Cte,
    /// The CTEs its query may use.
    pub parent: Option<Rc<CteFrame>>,
    /// Number of enclosing queries where it is defined; it cannot see those further in.
    pub depth: usize,
    /// Set while its own query is being resolved: what a reference to itself gives.
    pub recursion: Option<RecursiveReference>,
    /// Whether its query may refer to itself.
    pub recursive: bool,
    /// References found so far.
    pub uses: Cell<usize>,
    /// Its subplan, if it is volatile and so the same for all references.
    pub shared: OnceCell<Shared>,
}

/// What a recursive CTE is to its own query.
pub struct RecursiveReference {
    /// Identity of the recursion.
    pub id: u32,
    /// Names and types of its columns, from the anchor.
    pub columns: Vec<Attribute>,
    /// References found so far.
    pub references: Cell<usize>,
}

/// An enclosing query, as its subquery sees it.
pub struct Outer<'e> {
    /// Scopes in which its names are looked up, in order.
    pub scopes: &'e [&'e Scope],
    /// Its aggregates, if the subquery may add some.
    pub aggregates: Option<&'e RefCell<Aggregates>>,
    /// The query around it.
    pub parent: Option<&'e Outer<'e>>,
    /// Number of enclosing queries, this one included.
    pub depth: usize,
}
