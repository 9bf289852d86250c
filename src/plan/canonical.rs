//! When two plans compute the same thing.

use super::LogicalPlan;
use crate::expr::ColumnIds;
use hashbrown::HashMap;
use std::fmt::Write;
use std::sync::Arc;

impl LogicalPlan {
    /// A text that is equal for plans that give the same rows for the same reasons: columns and recursions are
    /// numbered in the order in which they appear, tables are told apart by location or identity. Plans with
    /// volatile expressions have no equal but themselves.
    pub fn canonical_form(&self) -> String {
        let mut recursions: HashMap<u32, u32> = HashMap::new();
        let plan = self.with_fresh_ids(&ColumnIds::default());
        let plan = plan.transform(&mut |mut node| {
            if let LogicalPlan::Recursion(recursion) = &mut node {
                recursion.id = number(&mut recursions, recursion.id);
            } else if let LogicalPlan::RecursionInput(input) = &mut node {
                input.id = number(&mut recursions, input.id);
            }
            node
        });
        let mut text = plan.to_string();
        plan.visit(&mut |node| match node {
            LogicalPlan::Scan(scan) => {
                let location = scan.table.location();
                let _ = match location.is_empty() {
                    true => writeln!(text, "@{:p}", Arc::as_ptr(&scan.table)),
                    false => {
                        writeln!(text, "@{location} {}", scan.table.schema().simple_string())
                    }
                };
            }
            LogicalPlan::Values(values) => {
                let _ = writeln!(text, "={:?}", values.rows);
            }
            _ => {}
        });
        if !plan.is_deterministic() {
            let _ = write!(text, "!{:p}", self);
        }
        text
    }
}

/// The number of a recursion: the first met is 0.
fn number(known: &mut HashMap<u32, u32>, id: u32) -> u32 {
    let next = known.len() as u32;
    *known.entry(id).or_insert(next)
}
