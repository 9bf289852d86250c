//! Common table expressions. A CTE is resolved anew at every reference, in the scope of its definition, so that
//! each use is optimized for what is around it.
//!
//! But a CTE that is volatile (`rand()`, `uuid()`) is resolved once, and its references are uses of one shared
//! subplan: all see the same rows. Not where it reads columns of an enclosing query or, in a recursion, the rows
//! of the last round: then it is another one at each reference. Nor where it is recursive itself, so that a LIMIT
//! around a reference can end it.

use super::Analyzer;
use super::environment::{CteFrame, Environment, Outer};
use super::recursion::refers_to;
use super::resolved::Resolved;
use crate::error::Result;
use crate::expr::{ColumnId, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::Shared;
use crate::plan::unresolved::{Cte, Relation};
use hashbrown::HashSet;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

impl Analyzer<'_> {
    /// `WITH a AS (..), b AS (..) input`: each CTE sees those before it.
    pub(super) fn with(
        &self,
        input: &Relation,
        ctes: &[Cte],
        recursive: bool,
        environment: &Environment,
    ) -> Result<Resolved> {
        let mut inner = environment.clone();
        let mut frames = Vec::with_capacity(ctes.len());
        for cte in ctes {
            let frame = Rc::new(CteFrame {
                cte: cte.clone(),
                parent: inner.ctes.clone(),
                depth: environment.depth(),
                recursion: None,
                recursive: recursive && refers_to(&cte.query, &cte.name),
                uses: Cell::new(0),
                shared: OnceCell::new(),
            });
            frames.push(frame.clone());
            inner.ctes = Some(frame);
        }
        let resolved = self.relation(input, &inner)?;
        // What nobody uses must make sense all the same.
        for frame in frames.iter().filter(|frame| frame.uses.get() == 0) {
            self.cte(frame, &frame.cte.name, &inner)?;
        }
        Ok(resolved)
    }

    /// A reference to a CTE.
    pub(super) fn cte(
        &self,
        frame: &Rc<CteFrame>,
        name: &str,
        environment: &Environment,
    ) -> Result<Resolved> {
        frame.uses.set(frame.uses.get() + 1);
        if let Some(recursion) = &frame.recursion {
            return self.recursive_reference(recursion, name);
        }
        if let Some(shared) = frame.shared.get() {
            return self.shared_cte(frame, shared, name);
        }
        let inner = Environment {
            ctes: frame.parent.clone(),
            outer: outer_at(environment.outer, frame.depth),
            windows: Rc::from([]),
        };
        let resolved = if frame.recursive {
            self.recursive_cte(frame, &inner)?
        } else {
            self.relation(&frame.cte.query, &inner)?
        };
        let resolved = self.aliased(
            resolved,
            std::slice::from_ref(&frame.cte.name),
            &frame.cte.columns,
        )?;
        if !frame.recursive && !resolved.plan.is_deterministic() && is_closed(&resolved.plan) {
            let resolved = resolved.into_visible(&self.ids);
            let shared = Shared::new(resolved.plan, &self.ids);
            return self.shared_cte(frame, frame.shared.get_or_init(|| shared), name);
        }
        self.aliased(resolved, &[name.to_string()], &[])
    }

    /// A use of a CTE that runs once.
    fn shared_cte(&self, frame: &CteFrame, shared: &Shared, name: &str) -> Result<Resolved> {
        let plan = LogicalPlan::Shared(shared.clone()).with_fresh_ids(&self.ids);
        let resolved = Resolved::plain(plan);
        let resolved = self.aliased(resolved, std::slice::from_ref(&frame.cte.name), &[])?;
        self.aliased(resolved, &[name.to_string()], &[])
    }
}

/// The enclosing query at a depth.
fn outer_at<'e>(outer: Option<&'e Outer<'e>>, depth: usize) -> Option<&'e Outer<'e>> {
    std::iter::successors(outer, |outer| outer.parent).find(|outer| outer.depth <= depth)
}

/// Whether a plan reads nothing of what is around it: no columns of enclosing queries, no rows of a recursion that
/// is not its own.
fn is_closed(plan: &LogicalPlan) -> bool {
    let (mut own, mut inputs) = (Vec::new(), Vec::new());
    let mut made: HashSet<ColumnId> = HashSet::new();
    let mut outer: Vec<ColumnId> = Vec::new();
    plan.visit(&mut |node| {
        match node {
            LogicalPlan::Recursion(recursion) => own.push(recursion.id),
            LogicalPlan::RecursionInput(input) => inputs.push(input.id),
            _ => {}
        }
        made.extend(node.output().iter().map(|column| column.id));
        let references = node
            .expressions()
            .into_iter()
            .flat_map(Expr::outer_references);
        outer.extend(references.map(|column| column.id));
    });
    let is_correlated = outer.iter().any(|id| !made.contains(id));
    !is_correlated && inputs.iter().all(|id| own.contains(id))
}
