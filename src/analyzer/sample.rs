//! `TABLESAMPLE` and `sample`.

use super::Analyzer;
use super::environment::Environment;
use super::resolved::Resolved;
use crate::error::Result;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Limit, Sample};
use crate::plan::unresolved::{Relation, SampleMethod};

impl Analyzer<'_> {
    /// A random part of the rows, or the first ones.
    pub(super) fn sample(
        &self,
        input: &Relation,
        method: &SampleMethod,
        with_replacement: bool,
        seed: Option<i64>,
        environment: &Environment,
    ) -> Result<Resolved> {
        let environment = &environment.of_input();
        let input = self.relation(input, environment)?;
        let (lower, upper) = match method {
            SampleMethod::Fraction { lower, upper } => (*lower, *upper),
            SampleMethod::Bucket {
                numerator,
                denominator,
            } => (0.0, f64::from(*numerator) / f64::from(*denominator)),
            SampleMethod::Rows(rows) => {
                let rows = self.row_count(rows, "limit", environment)?;
                return Ok(input.with_plan(|plan| {
                    LogicalPlan::Limit(Limit {
                        input: Box::new(plan),
                        offset: 0,
                        limit: Some(rows),
                        from_end: false,
                    })
                }));
            }
        };
        // Without a seed every query draws anew; the time it started is as good as any number.
        let seed = seed.unwrap_or(self.facts.now);
        Ok(input.with_plan(|plan| {
            LogicalPlan::Sample(Sample {
                input: Box::new(plan),
                lower,
                upper,
                with_replacement,
                seed,
            })
        }))
    }
}
