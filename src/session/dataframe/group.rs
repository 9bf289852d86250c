//! Grouped DataFrames.

use super::DataFrame;
use crate::error::Result;
use crate::plan::unresolved::{
    Aggregate, Expression, ExpressionKind, Grouping, GroupingElement, RelationKind,
};
use crate::session::column::{Column, IntoColumn, IntoOperand};
use crate::session::functions;

/// A DataFrame with grouping columns, waiting for aggregates.
#[derive(Debug, Clone)]
pub struct GroupedData {
    frame: DataFrame,
    columns: Vec<Column>,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Plain,
    Rollup,
    Cube,
    Pivot(Column, Vec<Column>),
}

impl GroupedData {
    pub(super) fn plain(frame: DataFrame, columns: impl Iterator<Item = Column>) -> Self {
        GroupedData {
            frame,
            columns: columns.collect(),
            shape: Shape::Plain,
        }
    }

    pub(super) fn rollup(frame: DataFrame, columns: impl Iterator<Item = Column>) -> Self {
        GroupedData {
            frame,
            columns: columns.collect(),
            shape: Shape::Rollup,
        }
    }

    pub(super) fn cube(frame: DataFrame, columns: impl Iterator<Item = Column>) -> Self {
        GroupedData {
            frame,
            columns: columns.collect(),
            shape: Shape::Cube,
        }
    }

    /// One column of results for each value of a column. Without values, the distinct ones are found by
    /// running the DataFrame.
    pub fn pivot<V: IntoOperand>(
        mut self,
        column: impl IntoColumn,
        values: impl IntoIterator<Item = V>,
    ) -> GroupedData {
        let values = values.into_iter().map(IntoOperand::into_operand).collect();
        self.shape = Shape::Pivot(column.into_column(), values);
        self
    }

    /// The grouping columns, then the aggregates.
    pub fn agg(&self, aggregates: impl IntoIterator<Item = Column>) -> Result<DataFrame> {
        let aggregates: Vec<Expression> = aggregates
            .into_iter()
            .map(Column::expression)
            .collect::<Result<_>>()?;
        let keys: Vec<Expression> = self
            .columns
            .iter()
            .cloned()
            .map(Column::expression)
            .collect::<Result<_>>()?;
        let elements = match &self.shape {
            Shape::Pivot(column, values) => return self.pivoted(keys, aggregates, column, values),
            Shape::Plain => keys.into_iter().map(GroupingElement::Expression).collect(),
            Shape::Rollup => vec![GroupingElement::Rollup(
                keys.into_iter().map(|k| vec![k]).collect(),
            )],
            Shape::Cube => vec![GroupingElement::Cube(
                keys.into_iter().map(|k| vec![k]).collect(),
            )],
        };
        let grouping = if self.columns.is_empty() {
            Grouping::Global
        } else {
            Grouping::Elements(elements)
        };
        self.frame.over(|input| {
            RelationKind::Aggregate(Aggregate {
                input,
                grouping,
                expressions: aggregates,
                having: None,
                prepend_grouping: true,
            })
        })
    }

    fn pivoted(
        &self,
        keys: Vec<Expression>,
        aggregates: Vec<Expression>,
        column: &Column,
        values: &[Column],
    ) -> Result<DataFrame> {
        let column_expression = column.clone().expression()?;
        let values: Vec<Expression> = if values.is_empty() {
            self.distinct_values(column)?
        } else {
            values
                .iter()
                .cloned()
                .map(Column::expression)
                .collect::<Result<_>>()?
        };
        self.frame.over(|input| RelationKind::Pivot {
            input,
            grouping: Some(keys),
            aggregates,
            columns: vec![column_expression],
            values,
        })
    }

    /// The values of a pivot column, in order.
    fn distinct_values(&self, column: &Column) -> Result<Vec<Expression>> {
        let limit = self
            .frame
            .session
            .config()
            .number("spark.sql.pivotMaxValues")
            .unwrap_or(10_000);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let values = self
            .frame
            .select([column.clone().alias("value")])?
            .distinct()?;
        let values = values.order_by(["value"])?.limit(limit.saturating_add(1))?;
        let data_type = values.schema()[0].data_type.clone();
        let rows = values.collect()?;
        if rows.len() > limit {
            return Err(crate::error::Error::unsupported(format!(
                "a pivot over more than {limit} values (spark.sql.pivotMaxValues)"
            )));
        }
        let literal =
            |row: &crate::types::Row| Expression::literal(row.get(0).clone(), data_type.clone());
        Ok(rows.iter().map(literal).collect())
    }

    /// The number of rows in each group, as `count`.
    pub fn count(&self) -> Result<DataFrame> {
        self.agg([functions::count(functions::lit(1)).alias("count")])
    }

    /// The sums of these columns; of all numeric ones if none is given.
    pub fn sum<S: AsRef<str>>(&self, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        self.each("sum", columns)
    }

    /// The means of these columns; of all numeric ones if none is given.
    pub fn avg<S: AsRef<str>>(&self, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        self.each("avg", columns)
    }

    /// The same as [`GroupedData::avg`].
    pub fn mean<S: AsRef<str>>(&self, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        self.each("avg", columns)
    }

    /// The smallest values of these columns; of all numeric ones if none is given.
    pub fn min<S: AsRef<str>>(&self, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        self.each("min", columns)
    }

    /// The largest values of these columns; of all numeric ones if none is given.
    pub fn max<S: AsRef<str>>(&self, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        self.each("max", columns)
    }

    fn each<S: AsRef<str>>(
        &self,
        function: &str,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let mut names: Vec<String> = columns
            .into_iter()
            .map(|name| name.as_ref().to_string())
            .collect();
        if names.is_empty() {
            names = self.numeric_columns();
        }
        self.agg(
            names
                .iter()
                .map(|name| Column::call(function, [functions::col(name)])),
        )
    }

    /// Numeric columns that are not grouped by.
    fn numeric_columns(&self) -> Vec<String> {
        let grouped = |name: &str| {
            self.columns
                .iter()
                .any(|column| match column.clone().expression() {
                    Ok(expression) => matches!(&*expression.kind,
                    ExpressionKind::Attribute { parts, .. }
                        if parts.last().is_some_and(|last| last.eq_ignore_ascii_case(name))),
                    Err(_) => false,
                })
        };
        let numeric = self
            .frame
            .schema()
            .iter()
            .filter(|field| field.data_type.is_numeric());
        let names = numeric
            .map(|field| &field.name)
            .filter(|name| !grouped(name));
        names
            .map(|name| crate::types::quote_if_needed(name))
            .collect()
    }
}
