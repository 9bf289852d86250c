//! Summary statistics.

use super::DataFrame;
use crate::error::Result;
use crate::plan::unresolved::RelationKind;

impl DataFrame {
    /// Count, mean, standard deviation, minimum and maximum of these columns; of all numeric and string
    /// columns if none is given.
    pub fn describe<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let columns = columns.into_iter().map(Into::into).collect();
        self.summarised(columns, &["count", "mean", "stddev", "min", "max"])
    }

    /// These statistics of all numeric and string columns: `count`, `mean`, `stddev`, `min`, `max`,
    /// percentiles such as `25%`, `count_distinct`. None given: all the usual ones.
    pub fn summary<'a>(&self, statistics: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        let mut statistics: Vec<&str> = statistics.into_iter().collect();
        if statistics.is_empty() {
            statistics = vec!["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];
        }
        self.summarised(Vec::new(), &statistics)
    }

    fn summarised(&self, columns: Vec<String>, statistics: &[&str]) -> Result<DataFrame> {
        let statistics = statistics.iter().map(ToString::to_string).collect();
        self.over(|input| RelationKind::Summary {
            input,
            columns,
            statistics,
        })
    }
}
