//! When two plans compute the same thing.

use super::LogicalPlan;
use crate::expr::ColumnIds;
use std::fmt::Write;
use std::sync::Arc;

impl LogicalPlan {
    /// A text that is equal for plans that give the same rows for the same reasons: columns are numbered in
    /// the order in which they appear, tables are told apart by location or identity. Plans with volatile
    /// expressions have no equal but themselves.
    pub fn canonical_form(&self) -> String {
        let plan = self.with_fresh_ids(&ColumnIds::default());
        let mut text = plan.to_string();
        let mut deterministic = true;
        plan.visit(&mut |node| {
            deterministic &= node
                .expressions()
                .iter()
                .all(|expr| expr.is_deterministic());
            match node {
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
            }
        });
        if !deterministic {
            let _ = write!(text, "!{:p}", self);
        }
        text
    }
}
