//! Covariance, correlation and least-squares regression: pairs of doubles.
//!
//! Means and co-moments of the pairs without a NULL, updated and merged as [`super::moments`] does it for
//! one variable. The regression functions take the dependent variable first: `regr_slope(y, x)`.

use super::kernel::{kernel, primitive_valid, vec_bytes};
use super::moments::{columns, optional_doubles};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, EmptyResult};
use crate::error::Result;
use crate::functions::scalar::Arity;
use crate::functions::signature::cast_arguments;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{Float64Type, Int64Type};
use std::ops::Range;
use std::sync::Arc;

macro_rules! pair_functions {
    ($($name:literal, $since:literal, $usage:literal, $example:literal => $answer:literal, $result:expr;)*) => {
        &[$(AggregateFunction {
            name: $name,
            doc: Doc {
                usage: $usage,
                examples: &[($example, $answer)],
                group: "agg_funcs",
                since: $since,
            },
            arity: Arity::Exact(2),
            bind: |context, arguments| bind(context, arguments, $result),
            ..AggregateFunction::BASE
        }),*]
    };
}

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = pair_functions! {
    "covar_pop", "2.0.0",
        "_FUNC_(expr1, expr2) - Returns the covariance of a whole population of pairs.",
        "SELECT covar_pop(c1, c2) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(c1, c2)" => "0.6666666666666666",
        |p| (p.count > 0.0).then(|| p.xy / p.count);
    "covar_samp", "2.0.0",
        "_FUNC_(expr1, expr2) - Returns the covariance of a sample of pairs: NULL for fewer than two.",
        "SELECT covar_samp(c1, c2) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(c1, c2)" => "1.0",
        |p| (p.count > 1.0).then(|| p.xy / (p.count - 1.0));
    "corr", "1.6.0",
        "_FUNC_(expr1, expr2) - Returns Pearson's coefficient of correlation between two sets of numbers.",
        "SELECT corr(c1, c2) FROM VALUES (3, 2), (3, 3), (6, 4) AS tab(c1, c2)" => "0.8660254037844387",
        |p| quotient(p.xy, (p.xx * p.yy).sqrt());
    "regr_avgx", "3.3.0",
        "_FUNC_(y, x) - Returns the mean of the independent variable over the pairs without NULL.",
        "SELECT regr_avgx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "2.75",
        |p| (p.count > 0.0).then(|| p.sum_y / p.count);
    "regr_avgy", "3.3.0",
        "_FUNC_(y, x) - Returns the mean of the dependent variable over the pairs without NULL.",
        "SELECT regr_avgy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "1.75",
        |p| (p.count > 0.0).then(|| p.sum_x / p.count);
    "regr_sxx", "3.4.0",
        "_FUNC_(y, x) - Returns the sum of the squares of the independent variable's distances from its mean.",
        "SELECT regr_sxx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "2.75",
        |p| (p.count > 0.0).then_some(p.square_y);
    "regr_syy", "3.4.0",
        "_FUNC_(y, x) - Returns the sum of the squares of the dependent variable's distances from its mean.",
        "SELECT regr_syy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "0.75",
        |p| (p.count > 0.0).then_some(p.square_x);
    "regr_sxy", "3.4.0",
        "_FUNC_(y, x) - Returns the sum of the products of both variables' distances from their means.",
        "SELECT regr_sxy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "0.7499999999999998",
        |p| (p.count > 0.0).then_some(p.xy);
    "regr_slope", "3.4.0",
        "_FUNC_(y, x) - Returns the slope of the line that fits the pairs best.",
        "SELECT regr_slope(y, x) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(y, x)" => "1.0",
        |p| quotient(p.yx, p.square_y);
    "regr_intercept", "3.4.0",
        "_FUNC_(y, x) - Returns where the line that fits the pairs best cuts the y axis.",
        "SELECT regr_intercept(y, x) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(y, x)" => "0.0",
        |p| quotient(p.yx, p.square_y).map(|slope| p.mean_x - slope * p.mean_y);
    "regr_r2", "3.3.0",
        "_FUNC_(y, x) - Returns the coefficient of determination of the line that fits the pairs best.",
        "SELECT regr_r2(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)" => "0.2727272727272726",
        |p| match (p.xx == 0.0, p.yy == 0.0) {
            _ if p.count == 0.0 => None,
            (_, true) => None,
            (true, false) => Some(1.0),
            _ => Some((p.xy / (p.xx * p.yy).sqrt()).powi(2)),
        };
};

pub(super) static COUNT: &[AggregateFunction] = &[AggregateFunction {
    name: "regr_count",
    doc: Doc {
        usage: "_FUNC_(y, x) - Returns how many pairs have no NULL.",
        examples: &[(
            "SELECT regr_count(y, x) FROM VALUES (1, 2), (2, NULL), (2, 3), (2, 4) AS tab(y, x)",
            "3",
        )],
        group: "agg_funcs",
        since: "3.3.0",
    },
    arity: Arity::Exact(2),
    empty: EmptyResult::Zero,
    bind: bind_count,
    ..AggregateFunction::BASE
}];

/// NULL where the divisor is 0, or not a number for lack of rows.
fn quotient(dividend: f64, divisor: f64) -> Option<f64> {
    (divisor != 0.0).then(|| dividend / divisor)
}

/// Number, means and co-moments of pairs: x is the first argument, y the second.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    xy: f64,
    xx: f64,
    yy: f64,
    /// `xy`, `xx` and `yy` again in another order of operations: equal but for the last digits. Spark
    /// reckons the regression functions so, `corr` and `regr_r2` the other way.
    yx: f64,
    square_x: f64,
    square_y: f64,
    sum_x: f64,
    sum_y: f64,
}

impl Pairs {
    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let (dx, dy) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += dx / self.count;
        self.mean_y += dy / self.count;
        self.xy += dx * (y - self.mean_y);
        self.xx += dx * (x - self.mean_x);
        self.yy += dy * (y - self.mean_y);
        self.yx += dy * (x - self.mean_x);
        self.square_x += dx * (dx - dx / self.count);
        self.square_y += dy * (dy - dy / self.count);
        self.sum_x += x;
        self.sum_y += y;
    }

    fn merge(&mut self, other: &Pairs) {
        let (n1, n2) = (self.count, other.count);
        let count = n1 + n2;
        if count == 0.0 {
            return;
        }
        let (dx, dy) = (other.mean_x - self.mean_x, other.mean_y - self.mean_y);
        let (dx_n, dy_n) = (dx / count, dy / count);
        *self = Pairs {
            count,
            mean_x: self.mean_x + dx_n * n2,
            mean_y: self.mean_y + dy_n * n2,
            xy: self.xy + other.xy + dx * dy_n * n1 * n2,
            xx: self.xx + other.xx + dx * dx_n * n1 * n2,
            yy: self.yy + other.yy + dy * dy_n * n1 * n2,
            yx: self.yx + other.yx + dy * dx_n * n1 * n2,
            square_x: self.square_x + other.square_x + dx * dx_n * n1 * n2,
            square_y: self.square_y + other.square_y + dy * dy_n * n1 * n2,
            sum_x: self.sum_x + other.sum_x,
            sum_y: self.sum_y + other.sum_y,
        };
    }
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    result: fn(&Pairs) -> Option<f64>,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::DOUBLE])?,
        returns: DataType::Double,
        nullable: true,
        kernel: kernel(vec![DataType::Double; 11], move || PairMoments {
            result: Outcome::Double(result),
            groups: Vec::new(),
        }),
    })
}

fn bind_count(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::DOUBLE])?,
        returns: DataType::Long,
        nullable: false,
        kernel: kernel(vec![DataType::Double; 11], || PairMoments {
            result: Outcome::Count,
            groups: Vec::new(),
        }),
    })
}

/// What is asked of the moments.
#[derive(Clone, Copy)]
enum Outcome {
    Double(fn(&Pairs) -> Option<f64>),
    Count,
}

struct PairMoments {
    result: Outcome,
    groups: Vec<Pairs>,
}

impl Accumulator for PairMoments {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, Pairs::default());
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let x = arguments[0].to_array(group_of_row.len());
        let y = arguments[1].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups.len(), &[&x, &y], filter);
        let x: &[f64] = x.as_primitive::<Float64Type>().values();
        let y: &[f64] = y.as_primitive::<Float64Type>().values();
        let groups = self.groups.as_mut_slice();
        rows.for_each(|row, group| groups[group].add(x[row], y[row]));
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let [
            count,
            mean_x,
            mean_y,
            xy,
            xx,
            yy,
            yx,
            square_x,
            square_y,
            sum_x,
            sum_y,
        ] = columns(states);
        for (row, group) in group_of_row.iter().enumerate() {
            self.groups[*group as usize].merge(&Pairs {
                count: count[row],
                mean_x: mean_x[row],
                mean_y: mean_y[row],
                xy: xy[row],
                xx: xx[row],
                yy: yy[row],
                yx: yx[row],
                square_x: square_x[row],
                square_y: square_y[row],
                sum_x: sum_x[row],
                sum_y: sum_y[row],
            });
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let column = |get: fn(&Pairs) -> f64| {
            primitive_valid::<Float64Type>(self.groups.iter().map(get).collect())
        };
        Ok(vec![
            column(|p| p.count),
            column(|p| p.mean_x),
            column(|p| p.mean_y),
            column(|p| p.xy),
            column(|p| p.xx),
            column(|p| p.yy),
            column(|p| p.yx),
            column(|p| p.square_x),
            column(|p| p.square_y),
            column(|p| p.sum_x),
            column(|p| p.sum_y),
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let groups = self.groups[groups].iter();
        Ok(match self.result {
            Outcome::Double(result) => optional_doubles(groups.map(result)),
            Outcome::Count => {
                primitive_valid::<Int64Type>(groups.map(|p| p.count as i64).collect())
            }
        })
    }

    fn reset(&mut self) {
        self.groups.fill(Pairs::default());
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.groups)
    }
}
