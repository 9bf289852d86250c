//! Calls of functions over windows.

use super::{AggregateCall, Expr};
use crate::functions::window::{WindowFunction, WindowKernel};
use crate::types::DataType;
use std::sync::Arc;

/// A function over a window. Partitioning and order belong to the plan node.
#[derive(Debug, Clone)]
pub struct WindowCall {
    /// The function.
    pub function: WindowFunctionCall,
    /// The frame.
    pub frame: Frame,
}

/// An aggregate, or a function for windows only.
#[derive(Debug, Clone)]
pub enum WindowFunctionCall {
    /// An aggregate over the frame.
    Aggregate(AggregateCall),
    /// A rank, offset or distribution.
    Window {
        /// What is called.
        function: &'static WindowFunction,
        /// Its code.
        kernel: Arc<dyn WindowKernel>,
        /// Arguments.
        arguments: Vec<Expr>,
        /// `IGNORE NULLS`
        ignore_nulls: bool,
        /// Type of the result.
        data_type: DataType,
        /// Whether the result may be NULL.
        nullable: bool,
    },
}

/// The unit of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// Counted in rows.
    Rows,
    /// Measured in the sort key.
    Range,
}

/// A window frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// ROWS or RANGE.
    pub unit: FrameUnit,
    /// Lower bound.
    pub start: Bound,
    /// Upper bound.
    pub end: Bound,
}

/// A bound of a frame, relative to the current row.
#[derive(Debug, Clone)]
pub enum Bound {
    /// The partition's first row (as a start) or last row (as an end).
    Unbounded,
    /// The current row; with RANGE, its peers.
    CurrentRow,
    /// So many rows away, negative for PRECEDING.
    Rows(i64),
    /// For RANGE: the sort key's value at the bound, an expression over the input that is compared with
    /// the sort key of other rows (`key - 1`, `key + INTERVAL 1 DAY`).
    Range(Expr),
}

impl WindowCall {
    /// Type of the result.
    pub fn data_type(&self) -> &DataType {
        match &self.function {
            WindowFunctionCall::Aggregate(call) => &call.data_type,
            WindowFunctionCall::Window { data_type, .. } => data_type,
        }
    }

    /// Whether the result may be NULL.
    pub fn nullable(&self) -> bool {
        match &self.function {
            WindowFunctionCall::Aggregate(call) => call.nullable,
            WindowFunctionCall::Window { nullable, .. } => *nullable,
        }
    }
}
