//! Resolution: from what the user wrote to what it means.
//!
//! ```text
//!   unresolved::Relation ──relation()──► Resolved { plan, scope }      one file per kind of relation
//!                              │              │
//!                              │              └ the columns that names can reach, with their qualifiers
//!                              ▼
//!   unresolved::Expression ──Resolver──► Typed { expr, sql, name }     one file per kind of expression
//!                              │
//!                              ├ aggregates and window functions it meets are collected beside the
//!                              │ expression, which refers to the columns they will make
//!                              └ subqueries likewise: their plans hang on the node that is being built
//! ```
//!
//! Everything is resolved bottom-up in one pass: an operator's input is a finished plan when its
//! expressions are looked at, so there is no fixed point and no unresolved node in a logical plan. The
//! Spark spelling of an expression (its column name, its form in errors) is built beside it, before
//! implicit casts are inserted. Tables, views and CTEs are resolved afresh at every reference, so that all
//! columns of a query have distinct ids.
//!
//! Limits: a CTE that is not deterministic is computed once per reference.

mod aggregate;
mod aggregate_call;
mod boolean_equality;
mod call;
mod cte;
mod dataframe;
mod environment;
mod equality;
mod expression;
mod extract;
mod filter;
mod fold;
mod generate;
mod group_by;
mod group_keys;
mod grouping_sets;
mod having;
mod hint;
mod join;
mod lambda;
mod lateral_alias;
mod limit;
mod literal;
mod missing;
mod na;
mod pivot;
mod project;
mod query_constant;
mod recursion;
mod reference;
mod relation;
mod resolved;
mod sample;
mod scope;
mod select_list;
mod set_operation;
mod sort;
mod special;
mod sql_function;
mod star;
mod subquery;
mod suggestion;
mod summary;
mod syntax;
mod table;
mod table_function;
mod time_window;
mod typed;
mod unpivot;
mod values;
mod window;

#[cfg(test)]
mod tests;

pub use table::TableResolver;

use crate::catalog::Catalog;
use crate::config::Config;
use crate::datasource::Table;
use crate::error::{Error, Result, conditions};
use crate::expr::{Attribute, ColumnId, ColumnIds, Expr, SubqueryId};
use crate::plan::LogicalPlan;
use crate::plan::logical::Subquery;
use crate::plan::unresolved::{Expression, Relation};
use crate::types::{DataType, StructField, StructType, Value};
use environment::Environment;
use expression::{Clause, Resolver};
use hashbrown::HashMap;
use query_constant::QueryFacts;
use scope::Scope;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// Resolves the relations of one query. Used from one thread.
pub struct Analyzer<'a> {
    catalog: &'a Catalog,
    /// The settings in force: the session's, or a view's while its query is resolved.
    config: RefCell<Arc<Config>>,
    ids: ColumnIds,
    files: &'a dyn TableResolver,
    facts: QueryFacts,
    /// What each subquery computes, by id, for finding equal ones.
    subqueries: RefCell<Vec<String>>,
    recursions: Cell<u32>,
    /// Names of the views that are being resolved, outermost first.
    views: RefCell<Vec<String>>,
    /// Names of the SQL functions whose bodies are being resolved, outermost first.
    functions: RefCell<Vec<String>>,
    /// Temporary objects that were used: what they are, and their names.
    temporary: RefCell<Vec<(&'static str, Vec<String>)>>,
    /// The database of the view that is being resolved; None: the current one.
    database: RefCell<Option<String>>,
    /// Join hints in force, outermost first.
    hints: RefCell<Vec<hint::NamedHint>>,
    /// Tables over files that this query has resolved already, so that a view used twice is inspected once.
    file_tables: RefCell<HashMap<String, Arc<dyn Table>>>,
}

impl<'a> Analyzer<'a> {
    /// An analyzer for one query. `ids` is shared with the optimizer; `files` makes tables of paths.
    pub fn new(
        catalog: &'a Catalog,
        config: Arc<Config>,
        ids: ColumnIds,
        files: &'a dyn TableResolver,
    ) -> Analyzer<'a> {
        Analyzer {
            catalog,
            config: RefCell::new(config),
            ids,
            files,
            facts: QueryFacts::now(),
            subqueries: RefCell::default(),
            recursions: Cell::new(0),
            views: RefCell::default(),
            functions: RefCell::default(),
            temporary: RefCell::default(),
            database: RefCell::default(),
            hints: RefCell::default(),
            file_tables: RefCell::default(),
        }
    }

    /// The plan of a query. Its output is exactly the columns of the result.
    pub fn analyze(&self, relation: &Relation) -> Result<LogicalPlan> {
        let resolved = self.relation(relation, &Environment::default())?;
        Ok(resolved.into_visible(&self.ids).plan)
    }

    /// An expression over constants and session variables: a DEFAULT, an argument of EXECUTE IMMEDIATE.
    pub fn constant(&self, expression: &Expression) -> Result<Expr> {
        let environment = Environment::default();
        let scope = Scope::default();
        let scopes = [&scope];
        let mut resolver = Resolver::new(self, &environment, &scopes, Clause::Other("constant"));
        Ok(resolver.expression(expression)?.expr)
    }

    /// The value of an expression if it is a constant.
    pub fn fold(&self, expr: &Expr) -> Result<Option<Value>> {
        fold::constant_value(expr, &self.config())
    }

    /// The temporary views, functions and variables that were used, for objects that outlive the session:
    /// what each is (`VIEW`, `FUNCTION`, `VARIABLE`) and its name.
    pub fn temporary_objects(&self) -> Vec<(&'static str, Vec<String>)> {
        self.temporary.borrow().clone()
    }

    /// The settings in force.
    fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    fn ansi(&self) -> bool {
        self.config.borrow().ansi()
    }

    fn case_sensitive(&self) -> bool {
        self.config.borrow().case_sensitive()
    }

    /// Remembers that the plan of a subquery has changed.
    fn changed_subquery(&self, subquery: &Subquery) {
        let mut known = self.subqueries.borrow_mut();
        if let Some(text) = known.get_mut(subquery.id.0 as usize) {
            *text = equality::fingerprint(&subquery.plan);
        }
    }

    fn next_subquery(&self, plan: &LogicalPlan) -> SubqueryId {
        let mut known = self.subqueries.borrow_mut();
        known.push(equality::fingerprint(plan));
        SubqueryId(known.len() as u32 - 1)
    }

    fn next_recursion(&self) -> u32 {
        let id = self.recursions.get();
        self.recursions.set(id + 1);
        id
    }

    /// A fresh column.
    fn column(&self, name: &str, data_type: DataType, nullable: bool) -> Attribute {
        Attribute {
            id: self.next_id(),
            name: name.into(),
            data_type,
            nullable,
        }
    }

    fn next_id(&self) -> ColumnId {
        self.ids.next()
    }

    /// Whether two names are the same under the settings in force.
    fn same_name(&self, a: &str, b: &str) -> bool {
        same_name(a, b, self.case_sensitive())
    }
}

/// Bytes of stack without which a query is too deep: room for some levels, whoever calls.
const LEAST_STACK: usize = 256 << 10;

/// `FAILED_TO_PARSE_TOO_COMPLEX` where the stack would soon be used up.
fn check_depth() -> Result<()> {
    match stacker::remaining_stack() {
        Some(bytes) if bytes < LEAST_STACK => {
            Err(Error::of(&conditions::FAILED_TO_PARSE_TOO_COMPLEX))
        }
        _ => Ok(()),
    }
}

/// Whether two names are the same.
fn same_name(a: &str, b: &str, case_sensitive: bool) -> bool {
    a == b || (!case_sensitive && a.to_lowercase() == b.to_lowercase())
}

/// The schema of a plan's result.
pub fn schema_of(plan: &LogicalPlan) -> StructType {
    StructType::new(
        (plan.output().into_iter()).map(|column| {
            StructField::new(column.name.to_string(), column.data_type, column.nullable)
        }),
    )
}
