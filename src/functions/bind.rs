//! What a function sees of a call when its types are settled.

use crate::config::Config;
use crate::types::{DataType, Value};
use arrow::compute::SortOptions;

/// Settings and facts of the query that a binding may depend on.
#[derive(Debug, Clone, Copy)]
pub struct BindContext<'a> {
    /// The session's settings (ANSI mode, time zone, …).
    pub config: &'a Config,
    /// The name the function was called by, lower case (an alias, perhaps).
    pub name: &'a str,
    /// The whole call as Spark would print it, for errors: `substring(a, 1)`.
    pub sql: &'a str,
}

impl BindContext<'_> {
    /// Whether a rule of the engine makes the call, not a user: it may compare what SQL does not let compare.
    pub fn is_internal(&self) -> bool {
        self.sql == self.name
    }
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct BoundArgument {
    /// Its type.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Its value if it is foldable (a literal, or an expression of literals).
    pub constant: Option<Value>,
    /// As Spark would print it.
    pub sql: String,
    /// For a lambda: types of its parameters are settled by [`super::scalar::ScalarFunction::lambda`];
    /// `data_type` is then the type of its body.
    pub is_lambda: bool,
    /// For a key of `WITHIN GROUP (ORDER BY ..)`: its direction. None for plain arguments.
    pub order: Option<SortOptions>,
}

/// A call with its types settled.
#[derive(Debug, Clone)]
pub struct Binding<K> {
    /// The types the kernel takes; the analyzer inserts casts to them.
    pub arguments: Vec<DataType>,
    /// The type of the result.
    pub returns: DataType,
    /// Whether the result may be NULL.
    pub nullable: bool,
    /// What computes it.
    pub kernel: K,
}
