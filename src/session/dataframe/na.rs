//! NULLs: filling, dropping and replacing them.

use super::DataFrame;
use crate::error::Result;
use crate::plan::unresolved::RelationKind;
use crate::types::Value;

/// Functions over NULLs, from [`DataFrame::na`].
#[derive(Debug, Clone)]
pub struct NaFunctions {
    frame: DataFrame,
}

fn names<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Vec<String> {
    columns.into_iter().map(Into::into).collect()
}

impl NaFunctions {
    pub(super) fn new(frame: DataFrame) -> Self {
        NaFunctions { frame }
    }

    /// NULLs (and NaNs) of columns of the value's type become the value.
    pub fn fill(&self, value: impl Into<Value>) -> Result<DataFrame> {
        self.fill_columns(value, Vec::<String>::new())
    }

    /// The same for some columns only.
    pub fn fill_columns<S: Into<String>>(
        &self,
        value: impl Into<Value>,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let (columns, values) = (names(columns), vec![value.into()]);
        self.frame.over(|input| RelationKind::NaFill {
            input,
            columns,
            values,
        })
    }

    /// A value of its own for each column.
    pub fn fill_each<'a, V: Into<Value>>(
        &self,
        values: impl IntoIterator<Item = (&'a str, V)>,
    ) -> Result<DataFrame> {
        let (columns, values): (Vec<String>, Vec<Value>) = values
            .into_iter()
            .map(|(name, value)| (name.to_string(), value.into()))
            .unzip();
        self.frame.over(|input| RelationKind::NaFill {
            input,
            columns,
            values,
        })
    }

    /// Without rows that have a NULL (or NaN) in any column.
    pub fn drop(&self) -> Result<DataFrame> {
        self.drop_with(Vec::<String>::new(), None)
    }

    /// Without rows that have fewer than `minimum_non_nulls` values among `columns` (none given: all
    /// columns; no minimum: all must have one).
    pub fn drop_with<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
        minimum_non_nulls: Option<usize>,
    ) -> Result<DataFrame> {
        let columns = names(columns);
        self.frame.over(|input| RelationKind::NaDrop {
            input,
            columns,
            minimum_non_nulls,
        })
    }

    /// Values of some columns replaced by others (no columns given: all of a matching type).
    pub fn replace<V: Into<Value>, W: Into<Value>, S: Into<String>>(
        &self,
        replacements: impl IntoIterator<Item = (V, W)>,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let replacements = replacements
            .into_iter()
            .map(|(from, to)| (from.into(), to.into()))
            .collect();
        let columns = names(columns);
        self.frame.over(|input| RelationKind::NaReplace {
            input,
            columns,
            replacements,
        })
    }
}
