//! Calls of aggregate functions.

use super::Expr;
use crate::error::Origin;
use crate::functions::aggregate::{AggregateFunction, AggregateKernel};
use crate::types::DataType;
use std::fmt;
use std::sync::Arc;

/// A call of an aggregate function in an Aggregate or Window node.
#[derive(Clone)]
pub struct AggregateCall {
    /// What is called.
    pub function: &'static AggregateFunction,
    /// Its code, bound to the argument types.
    pub kernel: Arc<dyn AggregateKernel>,
    /// Arguments, of the types that the kernel takes.
    pub arguments: Vec<Expr>,
    /// `DISTINCT`
    pub distinct: bool,
    /// `FILTER (WHERE ..)`
    pub filter: Option<Expr>,
    /// Type of the result.
    pub data_type: DataType,
    /// Whether the result may be NULL.
    pub nullable: bool,
    /// Where it stands in the SQL text.
    pub origin: Option<Origin>,
}

impl fmt::Debug for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple(self.function.name);
        if self.distinct {
            tuple.field(&"distinct");
        }
        tuple.field(&self.arguments).field(&self.filter).finish()
    }
}
