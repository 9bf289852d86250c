//! Window specifications of the DataFrame API.

use super::column::{Column, IntoColumn};
use crate::error::Result;
use crate::plan::unresolved::{self, Expression, FrameBound, FrameUnit, WindowFrame};
use crate::types::{DataType, Value};

/// Makes window specifications: `Window::partition_by(["a"]).order_by(["b"])`.
#[derive(Debug, Clone, Copy)]
pub struct Window;

/// A window: how rows are partitioned and ordered, and the frame around each row.
#[derive(Debug, Clone, Default)]
pub struct WindowSpec {
    partition_by: Vec<Column>,
    order_by: Vec<Column>,
    frame: Option<(FrameUnit, i64, i64)>,
}

impl Window {
    /// The start of a frame that begins with its partition.
    pub const UNBOUNDED_PRECEDING: i64 = i64::MIN;
    /// The end of a frame that ends with its partition.
    pub const UNBOUNDED_FOLLOWING: i64 = i64::MAX;
    /// The current row.
    pub const CURRENT_ROW: i64 = 0;

    /// A window over rows of equal values of these columns.
    pub fn partition_by<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> WindowSpec {
        WindowSpec::default().partition_by(columns)
    }

    /// A window over all rows in an order.
    pub fn order_by<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> WindowSpec {
        WindowSpec::default().order_by(columns)
    }
}

impl WindowSpec {
    /// The same over rows of equal values of these columns.
    pub fn partition_by<C: IntoColumn>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.partition_by = columns.into_iter().map(IntoColumn::into_column).collect();
        self
    }

    /// The same in the order of these columns.
    pub fn order_by<C: IntoColumn>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.order_by = columns.into_iter().map(IntoColumn::into_column).collect();
        self
    }

    /// The same with a frame from `start` to `end` rows away from the current one, negative for before.
    pub fn rows_between(mut self, start: i64, end: i64) -> Self {
        self.frame = Some((FrameUnit::Rows, start, end));
        self
    }

    /// The same with a frame of rows whose sort key is from `start` to `end` away from the current one's.
    pub fn range_between(mut self, start: i64, end: i64) -> Self {
        self.frame = Some((FrameUnit::Range, start, end));
        self
    }

    pub(crate) fn spec(&self) -> Result<unresolved::WindowSpec> {
        let partition_by = self.partition_by.iter().cloned().map(Column::expression);
        let order_by = self.order_by.iter().cloned().map(Column::sort_order);
        let frame = self.frame.map(|(unit, start, end)| WindowFrame {
            unit,
            start: bound(start),
            end: bound(end),
        });
        Ok(unresolved::WindowSpec {
            partition_by: partition_by.collect::<Result<_>>()?,
            order_by: order_by.collect::<Result<_>>()?,
            frame,
            ..Default::default()
        })
    }
}

fn bound(distance: i64) -> FrameBound {
    let away = |n: i64| match i32::try_from(n) {
        Ok(n) => Expression::literal(Value::Integer(n), DataType::Integer),
        Err(_) => Expression::literal(Value::Long(n), DataType::Long),
    };
    match distance {
        Window::UNBOUNDED_PRECEDING => FrameBound::UnboundedPreceding,
        Window::UNBOUNDED_FOLLOWING => FrameBound::UnboundedFollowing,
        0 => FrameBound::CurrentRow,
        n if n < 0 => FrameBound::Preceding(away(-n)),
        n => FrameBound::Following(away(n)),
    }
}
