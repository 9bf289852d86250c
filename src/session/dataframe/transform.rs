//! Transformations: DataFrames from DataFrames.

use super::{DataFrame, GroupedData};
use crate::error::Result;
use crate::plan::unresolved::{
    Expression, Join, JoinConstraint, JoinKind, PartitionBy, RelationKind, SampleMethod,
    SetOperator, SortOrder, Unpivot,
};
use crate::session::column::{Column, IntoColumn};
use crate::session::functions;
use crate::types::{DataType, Value};

fn expressions<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> Result<Vec<Expression>> {
    columns
        .into_iter()
        .map(|column| column.into_column().expression())
        .collect()
}

fn orders<C: IntoColumn>(columns: impl IntoIterator<Item = C>) -> Result<Vec<SortOrder>> {
    columns
        .into_iter()
        .map(|column| column.into_column().sort_order())
        .collect()
}

fn names<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

fn count_literal(count: usize) -> Expression {
    match i32::try_from(count) {
        Ok(count) => Expression::literal(Value::Integer(count), DataType::Integer),
        Err(_) => Expression::literal(Value::Long(count as i64), DataType::Long),
    }
}

/// How two DataFrames are joined: an expression, or the names of columns that both have.
pub trait JoinOn {
    /// The constraint.
    fn constraint(self) -> Result<JoinConstraint>;
}

impl JoinOn for Column {
    fn constraint(self) -> Result<JoinConstraint> {
        Ok(JoinConstraint::On(self.expression()?))
    }
}

impl JoinOn for &str {
    fn constraint(self) -> Result<JoinConstraint> {
        Ok(JoinConstraint::Using(vec![self.to_string()]))
    }
}

impl<const N: usize> JoinOn for [&str; N] {
    fn constraint(self) -> Result<JoinConstraint> {
        Ok(JoinConstraint::Using(names(self)))
    }
}

impl JoinOn for Vec<String> {
    fn constraint(self) -> Result<JoinConstraint> {
        Ok(JoinConstraint::Using(self))
    }
}

/// The kind of a join by any of Spark's names: `inner`, `left`, `left_outer`, `full`, `semi`, …
fn join_kind(name: &str) -> Result<JoinKind> {
    use crate::error::{Error, conditions::UNSUPPORTED_JOIN_TYPE};
    Ok(match name.to_lowercase().replace('_', "").as_str() {
        "inner" => JoinKind::Inner,
        "cross" => JoinKind::Cross,
        "outer" | "full" | "fullouter" => JoinKind::FullOuter,
        "left" | "leftouter" => JoinKind::LeftOuter,
        "right" | "rightouter" => JoinKind::RightOuter,
        "semi" | "leftsemi" => JoinKind::LeftSemi,
        "anti" | "leftanti" => JoinKind::LeftAnti,
        _ => {
            let supported = "'inner', 'outer', 'full', 'fullouter', 'full_outer', 'leftouter', 'left', \
                             'left_outer', 'rightouter', 'right', 'right_outer', 'leftsemi', 'left_semi', \
                             'semi', 'leftanti', 'left_anti', 'anti', 'cross'";
            let parameters = [
                ("typ", name.to_string()),
                ("supported", supported.to_string()),
            ];
            return Err(Error::new(&UNSUPPORTED_JOIN_TYPE, parameters));
        }
    })
}

impl DataFrame {
    /// The columns given: names or expressions.
    pub fn select<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> Result<DataFrame> {
        let expressions = expressions(columns)?;
        self.over(|input| RelationKind::Project { input, expressions })
    }

    /// The columns given in SQL: `["a", "b + 1 AS c"]`.
    pub fn select_expr<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        self.select(columns.into_iter().map(functions::expr))
    }

    /// The rows for which the condition is true; a [`Column`], or SQL text.
    pub fn filter(&self, condition: impl IntoCondition) -> Result<DataFrame> {
        let condition = condition.into_condition().expression()?;
        self.over(|input| RelationKind::Filter { input, condition })
    }

    /// The same as [`DataFrame::filter`].
    pub fn where_(&self, condition: impl IntoCondition) -> Result<DataFrame> {
        self.filter(condition)
    }

    /// Adds a column, or replaces the one of that name in its place.
    pub fn with_column(&self, name: &str, column: Column) -> Result<DataFrame> {
        self.with_columns([(name, column)])
    }

    /// Adds or replaces columns.
    pub fn with_columns<'a>(
        &self,
        columns: impl IntoIterator<Item = (&'a str, Column)>,
    ) -> Result<DataFrame> {
        let columns = columns
            .into_iter()
            .map(|(name, column)| Ok((name.to_string(), column.expression()?)))
            .collect::<Result<_>>()?;
        self.over(|input| RelationKind::WithColumns { input, columns })
    }

    /// Renames a column; nothing happens if there is none of that name.
    pub fn with_column_renamed(&self, existing: &str, new: &str) -> Result<DataFrame> {
        self.with_columns_renamed([(existing, new)])
    }

    /// Renames columns.
    pub fn with_columns_renamed<'a>(
        &self,
        renames: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<DataFrame> {
        let renames = renames
            .into_iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect();
        self.over(|input| RelationKind::WithColumnsRenamed { input, renames })
    }

    /// The columns but these; names that are not there do nothing.
    pub fn drop<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> Result<DataFrame> {
        let columns = expressions(columns)?;
        self.over(|input| RelationKind::Drop { input, columns })
    }

    /// All columns under new names, by position.
    pub fn to_df<S: Into<String>>(&self, new: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        let names = names(new);
        self.over(|input| RelationKind::ToDf { input, names })
    }

    /// The distinct rows.
    pub fn distinct(&self) -> Result<DataFrame> {
        self.over(|input| RelationKind::Deduplicate {
            input,
            columns: None,
        })
    }

    /// One row for each combination of values of these columns.
    pub fn drop_duplicates<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let columns = Some(names(columns));
        self.over(|input| RelationKind::Deduplicate { input, columns })
    }

    /// Groups by these columns; none: all rows are one group.
    pub fn group_by<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> GroupedData {
        GroupedData::plain(
            self.clone(),
            columns.into_iter().map(IntoColumn::into_column),
        )
    }

    /// Groups by all prefixes of these columns.
    pub fn rollup<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> GroupedData {
        GroupedData::rollup(
            self.clone(),
            columns.into_iter().map(IntoColumn::into_column),
        )
    }

    /// Groups by all subsets of these columns.
    pub fn cube<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> GroupedData {
        GroupedData::cube(
            self.clone(),
            columns.into_iter().map(IntoColumn::into_column),
        )
    }

    /// Aggregates all rows.
    pub fn agg(&self, aggregates: impl IntoIterator<Item = Column>) -> Result<DataFrame> {
        self.group_by(Vec::<Column>::new()).agg(aggregates)
    }

    /// Joins with another DataFrame on an expression or on columns of the same names; `how` is any of
    /// Spark's names of join kinds.
    pub fn join(&self, other: &DataFrame, on: impl JoinOn, how: &str) -> Result<DataFrame> {
        self.joined(other, on.constraint()?, join_kind(how)?)
    }

    /// All pairs of rows.
    pub fn cross_join(&self, other: &DataFrame) -> Result<DataFrame> {
        self.joined(other, JoinConstraint::None, JoinKind::Cross)
    }

    fn joined(
        &self,
        other: &DataFrame,
        constraint: JoinConstraint,
        kind: JoinKind,
    ) -> Result<DataFrame> {
        let right = other.relation().clone();
        self.over(|left| {
            RelationKind::Join(Join {
                left,
                right,
                kind,
                constraint,
                lateral: false,
            })
        })
    }

    fn combined(
        &self,
        other: &DataFrame,
        kind: SetOperator,
        all: bool,
        by_name: Option<bool>,
    ) -> Result<DataFrame> {
        let right = other.relation().clone();
        self.over(|left| RelationKind::SetOperation {
            left,
            right,
            kind,
            all,
            by_name: by_name.is_some(),
            allow_missing_columns: by_name == Some(true),
        })
    }

    /// The rows of both, column by column; duplicates stay.
    pub fn union(&self, other: &DataFrame) -> Result<DataFrame> {
        self.combined(other, SetOperator::Union, true, None)
    }

    /// The same as [`DataFrame::union`].
    pub fn union_all(&self, other: &DataFrame) -> Result<DataFrame> {
        self.union(other)
    }

    /// The rows of both, columns matched by name; with `allow_missing_columns`, missing ones are NULL.
    pub fn union_by_name(
        &self,
        other: &DataFrame,
        allow_missing_columns: bool,
    ) -> Result<DataFrame> {
        self.combined(other, SetOperator::Union, true, Some(allow_missing_columns))
    }

    /// The distinct rows that both have.
    pub fn intersect(&self, other: &DataFrame) -> Result<DataFrame> {
        self.combined(other, SetOperator::Intersect, false, None)
    }

    /// The rows that both have, as often as both have them.
    pub fn intersect_all(&self, other: &DataFrame) -> Result<DataFrame> {
        self.combined(other, SetOperator::Intersect, true, None)
    }

    /// The distinct rows that the other has not.
    pub fn except(&self, other: &DataFrame) -> Result<DataFrame> {
        self.combined(other, SetOperator::Except, false, None)
    }

    /// The same as [`DataFrame::except`].
    pub fn subtract(&self, other: &DataFrame) -> Result<DataFrame> {
        self.except(other)
    }

    /// The rows that are left when those of the other are taken away, one by one.
    pub fn except_all(&self, other: &DataFrame) -> Result<DataFrame> {
        self.combined(other, SetOperator::Except, true, None)
    }

    /// All rows in order.
    pub fn order_by<C: IntoColumn>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let order = orders(columns)?;
        self.over(|input| RelationKind::Sort {
            input,
            order,
            global: true,
        })
    }

    /// The same as [`DataFrame::order_by`].
    pub fn sort<C: IntoColumn>(&self, columns: impl IntoIterator<Item = C>) -> Result<DataFrame> {
        self.order_by(columns)
    }

    /// The rows of each partition in order.
    pub fn sort_within_partitions<C: IntoColumn>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let order = orders(columns)?;
        self.over(|input| RelationKind::Sort {
            input,
            order,
            global: false,
        })
    }

    /// The first `count` rows.
    pub fn limit(&self, count: usize) -> Result<DataFrame> {
        let limit = count_literal(count);
        self.over(|input| RelationKind::Limit { input, limit })
    }

    /// All but the first `count` rows.
    pub fn offset(&self, count: usize) -> Result<DataFrame> {
        let offset = count_literal(count);
        self.over(|input| RelationKind::Offset { input, offset })
    }

    /// A random part of the rows: each with probability `fraction`, or with replacement that many copies
    /// of it on average.
    pub fn sample(
        &self,
        with_replacement: bool,
        fraction: f64,
        seed: Option<i64>,
    ) -> Result<DataFrame> {
        let method = SampleMethod::Fraction {
            lower: 0.0,
            upper: fraction,
        };
        self.over(|input| RelationKind::Sample {
            input,
            method,
            with_replacement,
            seed,
        })
    }

    /// The rows spread at random over several DataFrames, in proportion to the weights.
    pub fn random_split(&self, weights: &[f64], seed: Option<i64>) -> Result<Vec<DataFrame>> {
        let total: f64 = weights.iter().sum();
        let seed = Some(seed.unwrap_or(42));
        let mut lower = 0.0;
        let mut parts = Vec::with_capacity(weights.len());
        for weight in weights {
            let upper = lower + weight / total;
            let method = SampleMethod::Fraction { lower, upper };
            parts.push(self.over(|input| RelationKind::Sample {
                input,
                method,
                with_replacement: false,
                seed,
            })?);
            lower = upper;
        }
        Ok(parts)
    }

    /// The rows spread evenly over `partitions` partitions.
    pub fn repartition(&self, partitions: usize) -> Result<DataFrame> {
        self.over(|input| RelationKind::Repartition {
            input,
            partitions,
            shuffle: true,
        })
    }

    /// The rows spread over partitions by the hash of these columns.
    pub fn repartition_by<C: IntoColumn>(
        &self,
        partitions: Option<usize>,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let by = PartitionBy::Hash(expressions(columns)?);
        self.over(|input| RelationKind::RepartitionBy {
            input,
            partitions,
            by,
        })
    }

    /// The rows spread over partitions by ranges of these columns.
    pub fn repartition_by_range<C: IntoColumn>(
        &self,
        partitions: Option<usize>,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let by = PartitionBy::Range(orders(columns)?);
        self.over(|input| RelationKind::RepartitionBy {
            input,
            partitions,
            by,
        })
    }

    /// At most `partitions` partitions, made of whole ones put together.
    pub fn coalesce(&self, partitions: usize) -> Result<DataFrame> {
        self.over(|input| RelationKind::Repartition {
            input,
            partitions,
            shuffle: false,
        })
    }

    /// A hint such as `broadcast`, `merge` or `shuffle_hash`.
    pub fn hint<C: IntoColumn>(
        &self,
        name: &str,
        parameters: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let parameters = expressions(parameters)?;
        let name = name.to_string();
        self.over(|input| RelationKind::Hint {
            input,
            name,
            parameters,
        })
    }

    /// A name by which columns can be qualified.
    pub fn alias(&self, name: &str) -> Result<DataFrame> {
        let name = vec![name.to_string()];
        self.over(|input| RelationKind::SubqueryAlias {
            input,
            name,
            columns: Vec::new(),
        })
    }

    /// Turns value columns into rows: for each row and value column, the identifiers, the column's name and
    /// its value.
    pub fn unpivot<C: IntoColumn, V: IntoColumn>(
        &self,
        ids: impl IntoIterator<Item = C>,
        values: impl IntoIterator<Item = V>,
        variable_name: &str,
        value_name: &str,
    ) -> Result<DataFrame> {
        let ids = Some(expressions(ids)?);
        let values = expressions(values)?
            .into_iter()
            .map(|value| (vec![value], None))
            .collect();
        let (variable_name, value_names) =
            (variable_name.to_string(), vec![value_name.to_string()]);
        self.over(|input| {
            let include_nulls = true;
            RelationKind::Unpivot(Unpivot {
                input,
                ids,
                values,
                variable_name,
                value_names,
                include_nulls,
            })
        })
    }

    /// The last `count` rows, as a DataFrame.
    pub(super) fn last_rows(&self, count: usize) -> Result<DataFrame> {
        self.over(|input| RelationKind::Tail {
            input,
            limit: count as u64,
        })
    }

    /// The DataFrame that counts the rows.
    pub(super) fn counted(&self) -> Result<DataFrame> {
        self.agg([functions::count(functions::lit(1)).alias("count")])
    }

    /// A function of DataFrames applied to this one, so that steps of one's own chain like the built-in ones.
    pub fn transform(
        &self,
        step: impl FnOnce(&DataFrame) -> Result<DataFrame>,
    ) -> Result<DataFrame> {
        step(self)
    }
}

/// What stands for a condition: a [`Column`], or SQL text.
pub trait IntoCondition {
    /// The condition.
    fn into_condition(self) -> Column;
}

impl IntoCondition for Column {
    fn into_condition(self) -> Column {
        self
    }
}

impl IntoCondition for &str {
    fn into_condition(self) -> Column {
        functions::expr(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_kinds_have_all_of_sparks_names() {
        for (name, kind) in [
            ("inner", JoinKind::Inner),
            ("FULL_OUTER", JoinKind::FullOuter),
            ("outer", JoinKind::FullOuter),
            ("left", JoinKind::LeftOuter),
            ("rightouter", JoinKind::RightOuter),
            ("left_semi", JoinKind::LeftSemi),
            ("anti", JoinKind::LeftAnti),
        ] {
            assert_eq!(join_kind(name).unwrap(), kind, "{name}");
        }
        assert_eq!(
            join_kind("sideways").unwrap_err().condition().name,
            "UNSUPPORTED_JOIN_TYPE"
        );
    }
}
