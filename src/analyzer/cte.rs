//! Common table expressions. A CTE is resolved anew at every reference, in the scope of its definition.

use super::Analyzer;
use super::environment::{CteFrame, Environment, Outer};
use super::recursion::refers_to;
use super::resolved::Resolved;
use crate::error::Result;
use crate::plan::unresolved::{Cte, Relation};
use std::cell::Cell;
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
        self.aliased(resolved, &[name.to_string()], &[])
    }
}

/// The enclosing query at a depth.
fn outer_at<'e>(outer: Option<&'e Outer<'e>>, depth: usize) -> Option<&'e Outer<'e>> {
    std::iter::successors(outer, |outer| outer.parent).find(|outer| outer.depth <= depth)
}
