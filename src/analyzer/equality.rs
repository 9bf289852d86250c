//! When two expressions are the same computation: the order of commutative operands and the ids that equal
//! subqueries happened to get do not count.

use super::Analyzer;
use crate::expr::{Expr, SubqueryId};
use crate::plan::LogicalPlan;
use hashbrown::HashMap;

impl Analyzer<'_> {
    /// Whether two expressions are the same computation.
    pub(super) fn equivalent(&self, a: &Expr, b: &Expr) -> bool {
        if a.same(b) {
            return true;
        }
        match (a, b) {
            (Expr::Call(x), Expr::Call(y)) if x.data_type == y.data_type => {
                let (left, right) = (&x.arguments, &y.arguments);
                let mirrored = matches!(
                    (x.name(), y.name()),
                    ("<", ">") | (">", "<") | ("<=", ">=") | (">=", "<=")
                );
                if x.name() != y.name() && !mirrored {
                    return false;
                }
                let swaps =
                    mirrored || matches!(x.name(), "+" | "*" | "=" | "<=>" | "&" | "|" | "^");
                (!mirrored && self.all_equivalent(left, right))
                    || (swaps && left.len() == 2 && self.crosswise(left, right))
            }
            (Expr::And(x), Expr::And(y)) | (Expr::Or(x), Expr::Or(y)) => {
                x.len() == y.len()
                    && x.iter().all(|x| y.iter().any(|y| self.equivalent(x, y)))
                    && y.iter().all(|y| x.iter().any(|x| self.equivalent(x, y)))
            }
            (
                Expr::Cast {
                    operand: x,
                    to: s,
                    mode: m,
                    ..
                },
                Expr::Cast {
                    operand: y,
                    to: t,
                    mode: n,
                    ..
                },
            ) => s == t && m == n && self.equivalent(x, y),
            _ => match (a.subquery_id(), b.subquery_id()) {
                (Some(x), Some(y)) => {
                    std::mem::discriminant(a) == std::mem::discriminant(b)
                        && self.same_subquery(x, y)
                        && self.same_parts(a, b)
                }
                _ => false,
            },
        }
    }

    fn same_parts(&self, a: &Expr, b: &Expr) -> bool {
        let (a, b) = (a.children(), b.children());
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equivalent(a, b))
    }

    fn all_equivalent(&self, a: &[Expr], b: &[Expr]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equivalent(a, b))
    }

    fn crosswise(&self, a: &[Expr], b: &[Expr]) -> bool {
        match (a, b) {
            ([a, c], [b, d]) => self.equivalent(a, d) && self.equivalent(c, b),
            _ => false,
        }
    }

    fn same_subquery(&self, a: SubqueryId, b: SubqueryId) -> bool {
        let known = self.subqueries.borrow();
        a == b || known.get(a.0 as usize) == known.get(b.0 as usize)
    }
}

/// A text that is equal for equal subqueries: the plan with its own columns numbered in order of appearance.
/// Columns of enclosing queries keep their ids.
pub(super) fn fingerprint(plan: &LogicalPlan) -> String {
    let mut outer: Vec<String> = Vec::new();
    plan.visit(&mut |node| {
        for expr in node.expressions() {
            outer.extend(
                expr.outer_references()
                    .iter()
                    .map(|column| column.id.0.to_string()),
            );
        }
    });
    let text = plan.to_string();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut parts = text.split('#');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        let (id, rest) = part.split_at(end);
        out.push('#');
        if outer.iter().any(|known| known == id) {
            out.push_str(id);
        } else {
            let next = numbers.len();
            out.push_str(&format!("_{}", numbers.entry(id).or_insert(next)));
        }
        out.push_str(rest);
    }
    out
}
