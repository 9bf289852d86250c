//! `describe` and `summary`: one row per statistic, one text column per input column.
//!
//! One aggregation computes all statistics of all columns; an Expand turns its one row into one row per
//! statistic.

use super::Analyzer;
use super::aggregate_call::plain_call;
use super::environment::Environment;
use super::expression::coerce;
use super::resolved::Resolved;
use crate::error::{Error, Result};
use crate::expr::{CastMode, Expr};
use crate::plan::LogicalPlan;
use crate::plan::logical::{Aggregate, Expand};
use crate::plan::unresolved::Relation;
use crate::types::DataType;

impl Analyzer<'_> {
    /// The statistics of columns; no columns: all numbers and texts. No statistics: those of `summary`.
    pub(super) fn summary(
        &self,
        input: &Relation,
        columns: &[String],
        statistics: &[String],
        environment: &Environment,
    ) -> Result<Resolved> {
        let input = self.relation(input, environment)?.into_visible(&self.ids);
        let columns = match columns.is_empty() {
            false => self.named(&input, columns)?,
            true => {
                let usual = |t: &DataType| t.is_numeric() || t.is_string();
                input
                    .visible()
                    .into_iter()
                    .filter(|column| usual(&column.data_type))
                    .collect()
            }
        };
        let usual = ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];
        let statistics: Vec<String> = match statistics.is_empty() {
            true => usual.iter().map(|name| name.to_string()).collect(),
            false => statistics.to_vec(),
        };
        let config = self.config();
        let mut calls = Vec::new();
        let mut rows = Vec::with_capacity(statistics.len());
        for statistic in &statistics {
            let mut row = vec![Expr::literal(statistic.as_str(), DataType::String)];
            for column in &columns {
                let own = Expr::Column(column.clone());
                let number = |expr: Expr| match column.data_type.is_numeric() {
                    true => coerce(expr, &DataType::Double, self.ansi(), &None),
                    // Texts that are no numbers do not count.
                    false => Expr::Cast {
                        operand: Box::new(expr),
                        to: DataType::Double,
                        mode: CastMode::Try,
                        origin: None,
                    },
                };
                let text = column.data_type.is_string();
                let (name, arguments) = match statistic.to_lowercase().as_str() {
                    "count" => ("count", vec![own]),
                    "mean" => ("avg", vec![number(own)]),
                    "stddev" => ("stddev", vec![number(own)]),
                    "min" => ("min", vec![own]),
                    "max" => ("max", vec![own]),
                    "count_distinct" => ("count", vec![own]),
                    "approx_count_distinct" => ("approx_count_distinct", vec![own]),
                    percent => {
                        let share = percent
                            .strip_suffix('%')
                            .and_then(|p| p.parse::<f64>().ok());
                        let share = share.filter(|share| (0.0..=100.0).contains(share));
                        let Some(share) = share else {
                            return Err(Error::unsupported(format!("the statistic {statistic}")));
                        };
                        let share = Expr::literal(share / 100.0, DataType::Double);
                        let argument = if text { number(own) } else { own };
                        ("percentile_approx", vec![argument, share])
                    }
                };
                let mut call = plain_call(name, arguments, &config)?;
                call.distinct = statistic.eq_ignore_ascii_case("count_distinct");
                let made = self.column(name, call.data_type.clone(), call.nullable);
                row.push(coerce(
                    Expr::Column(made.clone()),
                    &DataType::String,
                    self.ansi(),
                    &None,
                ));
                calls.push((made, call));
            }
            rows.push(row);
        }
        let aggregate = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(input.plan),
            keys: Vec::new(),
            calls,
        });
        let names = std::iter::once("summary").chain(columns.iter().map(|column| &*column.name));
        let output = names
            .map(|name| self.column(name, DataType::String, true))
            .collect();
        Ok(Resolved::plain(LogicalPlan::Expand(Expand {
            input: Box::new(aggregate),
            projections: rows,
            output,
        })))
    }
}
