//! Scopes: the columns that names can reach, and how a dotted name finds its column.
//!
//! ```text
//!   Scope of `t JOIN u USING (id)` under `SELECT id, a`
//!     columns   id  t.a  u.b          in the order of `SELECT *`
//!               (u.id)                hidden: reached by its qualified name only
//!     frames    plan 7: id a          for df["a"]
//!     below     the scope under the last select: ORDER BY and DataFrame filters may still use it
//! ```

use super::same_name;
use crate::expr::{Attribute, ColumnId};
use std::rc::Rc;

/// A column that names can reach.
#[derive(Debug, Clone)]
pub struct ScopeColumn {
    /// The column.
    pub attribute: Attribute,
    /// What may stand before its name: `[spark_catalog, db, table]`, `[alias]`, or nothing.
    pub qualifier: Rc<[String]>,
    /// The column it is a copy of, or itself. Two columns of one identity are not ambiguous.
    pub identity: ColumnId,
    /// Not part of `*`, and reached by its qualified name only (the other side of a USING join).
    pub hidden: bool,
}

/// The columns of a DataFrame, by which `df["a"]` is resolved.
#[derive(Debug)]
pub struct Frame {
    /// The DataFrame's identity.
    pub plan_id: u64,
    /// Its columns.
    pub columns: Vec<Attribute>,
}

/// The columns that names can reach.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Columns, in order.
    pub columns: Vec<ScopeColumn>,
    /// DataFrames whose columns may be among them.
    pub frames: Vec<Rc<Frame>>,
    /// The columns under the last select list.
    pub below: Option<Rc<Scope>>,
    /// The column of the window of time that the operator over these columns uses.
    pub time_window: Option<Attribute>,
}

/// What a name finds in a scope.
#[derive(Debug)]
pub enum Found<'a> {
    /// Nothing.
    Nothing,
    /// A column, and how many parts of the name it took; the others are fields.
    Column(&'a ScopeColumn, usize),
    /// Several.
    Several(Vec<&'a ScopeColumn>),
}

impl ScopeColumn {
    /// A column under a qualifier.
    pub fn new(attribute: Attribute, qualifier: Rc<[String]>) -> ScopeColumn {
        ScopeColumn {
            identity: attribute.id,
            attribute,
            qualifier,
            hidden: false,
        }
    }

    /// Its qualified name, for messages and suggestions.
    pub fn full_name(&self) -> Vec<String> {
        let mut parts = self.qualifier.to_vec();
        parts.push(self.attribute.name.to_string());
        parts
    }
}

impl Scope {
    /// A scope of columns without qualifier.
    pub fn unqualified(columns: impl IntoIterator<Item = Attribute>) -> Scope {
        Scope::qualified(columns, Rc::from([]))
    }

    /// A scope of columns under one qualifier.
    pub fn qualified(
        columns: impl IntoIterator<Item = Attribute>,
        qualifier: Rc<[String]>,
    ) -> Scope {
        let columns = columns.into_iter();
        Scope {
            columns: columns
                .map(|attribute| ScopeColumn::new(attribute, qualifier.clone()))
                .collect(),
            frames: Vec::new(),
            below: None,
            time_window: None,
        }
    }

    /// The columns of `*`.
    pub fn visible(&self) -> impl Iterator<Item = &ScopeColumn> {
        self.columns.iter().filter(|column| !column.hidden)
    }

    /// The column of an id.
    pub fn by_id(&self, id: ColumnId) -> Option<&ScopeColumn> {
        self.columns.iter().find(|column| column.attribute.id == id)
    }

    /// This scope and those below it, from the top.
    pub fn chain(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(Some(self), |scope| scope.below.as_deref())
    }

    /// What a dotted name means: the longest qualifier that matches wins, the remaining parts are fields.
    pub fn find(&self, parts: &[String], case_sensitive: bool) -> Found<'_> {
        let same = |a: &str, b: &str| same_name(a, b, case_sensitive);
        for qualified in (0..parts.len().min(4)).rev() {
            let (qualifier, name) = (&parts[..qualified], &parts[qualified]);
            let matches = |column: &&ScopeColumn| {
                same(name, &column.attribute.name) && ends_with(&column.qualifier, qualifier, same)
            };
            let plain = self.columns.iter().filter(|column| !column.hidden);
            let mut found: Vec<&ScopeColumn> = plain.filter(matches).collect();
            if found.is_empty() && qualified > 0 {
                found = self.columns.iter().filter(matches).collect();
            }
            let mut distinct: Vec<&ScopeColumn> = Vec::new();
            for column in found {
                if !distinct
                    .iter()
                    .any(|known| known.identity == column.identity)
                {
                    distinct.push(column);
                }
            }
            match distinct.as_slice() {
                [] => {}
                [column] => return Found::Column(column, qualified + 1),
                _ => return Found::Several(distinct),
            }
        }
        Found::Nothing
    }
}

/// Whether `qualifier` is the end of `full`.
pub fn ends_with(full: &[String], qualifier: &[String], same: impl Fn(&str, &str) -> bool) -> bool {
    full.len() >= qualifier.len()
        && (full[full.len() - qualifier.len()..].iter())
            .zip(qualifier)
            .all(|(a, b)| same(a, b))
}
