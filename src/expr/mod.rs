//! Resolved expressions: every name, type and function is bound.
//!
//! ```text
//!   analyzer ─► Expr (columns by id, types settled, casts explicit)
//!                 │  optimizer rules walk and rewrite it        (walk.rs)
//!                 ▼
//!   exec/planner: Evaluator::new(&expr, &input columns) ─► eval(&Batch) ─► Column   (evaluate/)
//! ```
//!
//! Columns are known by [`ColumnId`], unique within a query, never by name or position: rules can move
//! expressions between nodes without renumbering. Positions appear when an [`Evaluator`] is compiled.
//! Aggregate and window calls are no `Expr`: they stand only in their plan nodes, as [`AggregateCall`] and
//! [`WindowCall`], and the expressions above refer to their output columns.

mod aggregate;
mod attribute;
mod build;
mod evaluate;
mod explain;
mod expression;
mod fingerprint;
mod walk;
mod window;

pub use aggregate::AggregateCall;
pub use attribute::{Attribute, ColumnId, ColumnIds};
pub use evaluate::{Evaluator, Projector, Selection, scatter};
pub use expression::{
    Call, CalledFunction, CastMode, Expr, Literal, NamedExpr, SortKey, SubqueryId, TaskFact,
    UserFunction,
};
pub use window::{Bound, Frame, FrameUnit, WindowCall, WindowFunctionCall};
