//! A resolved expression with its Spark spelling.

use crate::error::Origin;
use crate::expr::Expr;
use crate::types::DataType;

/// A resolved expression, what Spark would print for it, and the name it has of its own.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The expression, implicit casts included.
    pub expr: Expr,
    /// Spark's spelling, as in column names and errors: `sum((a + b))`.
    pub sql: String,
    /// The name as an output column, if it has one of its own: a column's, a field's, an alias.
    pub name: Option<String>,
    /// Whether `name` is an alias that the user wrote.
    pub aliased: bool,
    /// The name as a field of `struct(..)`, where that differs: `m['k'].a` makes a field `a`, but as an
    /// output column it is called by its spelling.
    pub field: Option<String>,
    /// Where it stands in the SQL text.
    pub origin: Option<Origin>,
}

impl Typed {
    /// An expression without a name of its own.
    pub fn new(expr: Expr, sql: impl Into<String>, origin: Option<Origin>) -> Typed {
        Typed {
            expr,
            sql: sql.into(),
            name: None,
            aliased: false,
            field: None,
            origin,
        }
    }

    /// The name it has as an output column.
    pub fn output_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sql)
    }

    /// Its type.
    pub fn data_type(&self) -> DataType {
        self.expr.data_type()
    }
}
