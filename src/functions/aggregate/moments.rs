//! Variance, standard deviation, skewness and kurtosis: central moments kept up to date row by row.
//!
//! The update and merge formulas are those of Welford and Chan, extended to the fourth moment by Pébay
//! (<https://www.osti.gov/biblio/1028931>), in the order of operations that Spark uses, so that results
//! agree to the last digits. All of it in double precision.

use super::kernel::{kernel, primitive, primitive_valid, vec_bytes};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel};
use crate::error::Result;
use crate::functions::scalar::Display;
use crate::functions::signature::cast_arguments;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use crate::types::coercion::Expected;
use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::Float64Type;
use std::ops::Range;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "stddev_samp",
        aliases: &["stddev", "std"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the standard deviation of a sample: NULL for fewer than two values.",
            examples: &[("SELECT stddev_samp(col) FROM VALUES (1), (2), (3) AS tab(col)", "1.0")],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 2, |m| {
            (m.count > 1.0).then(|| (m.m2 / (m.count - 1.0)).sqrt())
        }),
        ..BASE
    },
    AggregateFunction {
        name: "stddev_pop",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the standard deviation of a whole population.",
            examples: &[("SELECT stddev_pop(col) FROM VALUES (1), (2), (3) AS tab(col)", "0.816496580927726")],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 2, |m| {
            (m.count > 0.0).then(|| (m.m2 / m.count).sqrt())
        }),
        ..BASE
    },
    AggregateFunction {
        name: "var_samp",
        aliases: &["variance"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the variance of a sample: NULL for fewer than two values.",
            examples: &[("SELECT var_samp(col) FROM VALUES (1), (2), (3) AS tab(col)", "1.0")],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 2, |m| {
            (m.count > 1.0).then(|| m.m2 / (m.count - 1.0))
        }),
        ..BASE
    },
    AggregateFunction {
        name: "var_pop",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the variance of a whole population.",
            examples: &[("SELECT var_pop(col) FROM VALUES (1), (2), (3) AS tab(col)", "0.6666666666666666")],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 2, |m| {
            (m.count > 0.0).then(|| m.m2 / m.count)
        }),
        ..BASE
    },
    AggregateFunction {
        name: "skewness",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns how lopsided the distribution of the values is; 0 for a symmetric \
                    one, NULL where all values are equal.",
            examples: &[
                ("SELECT skewness(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)", "1.1135657469022011"),
                ("SELECT skewness(col) FROM VALUES (1), (1) AS tab(col)", "NULL"),
            ],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 3, |m| {
            (m.m2 != 0.0).then(|| m.count.sqrt() * m.m3 / (m.m2 * m.m2 * m.m2).sqrt())
        }),
        ..BASE
    },
    AggregateFunction {
        name: "kurtosis",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns how heavy the tails of the distribution of the values are, 0 for a \
                    normal distribution; NULL where all values are equal.",
            examples: &[
                ("SELECT kurtosis(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)", "-0.7014368047529609"),
                ("SELECT kurtosis(col) FROM VALUES (1), (10), (100), (10), (1) AS tab(col)", "0.19432323191698986"),
            ],
            ..DOC
        },
        bind: |context, arguments| bind(context, arguments, 4, |m| {
            (m.m2 != 0.0).then(|| m.count * m.m4 / (m.m2 * m.m2) - 3.0)
        }),
        ..BASE
    },
];

const DOC: Doc = Doc {
    since: "1.6.0",
    ..AggregateFunction::BASE.doc
};

const BASE: AggregateFunction = AggregateFunction {
    display: Display::CallAsWritten,
    ..AggregateFunction::BASE
};

/// Number, mean and sums of powers of the distance from the mean.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Moments {
    #[inline]
    fn add(&mut self, value: f64, order: u8) {
        self.count += 1.0;
        let delta = value - self.mean;
        let delta_n = delta / self.count;
        self.mean += delta_n;
        self.m2 += delta * (delta - delta_n);
        if order >= 3 {
            let delta2 = delta * delta;
            let delta_n2 = delta_n * delta_n;
            self.m3 = self.m3 - 3.0 * delta_n * self.m2 + delta * (delta2 - delta_n2);
            if order >= 4 {
                self.m4 = self.m4 - 4.0 * delta_n * self.m3 - 6.0 * delta_n2 * self.m2
                    + delta * (delta * delta2 - delta_n * delta_n2);
            }
        }
    }

    fn merge(&mut self, other: &Moments) {
        let (n1, n2) = (self.count, other.count);
        let count = n1 + n2;
        let delta = other.mean - self.mean;
        let delta_n = if count == 0.0 { 0.0 } else { delta / count };
        let m2 = self.m2 + other.m2 + delta * delta_n * n1 * n2;
        let m3 = self.m3
            + other.m3
            + delta_n * delta_n * delta * n1 * n2 * (n1 - n2)
            + 3.0 * delta_n * (n1 * other.m2 - n2 * self.m2);
        let m4 = self.m4
            + other.m4
            + delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
            + 6.0 * delta_n * delta_n * (n1 * n1 * other.m2 + n2 * n2 * self.m2)
            + 4.0 * delta_n * (n1 * other.m3 - n2 * self.m3);
        *self = Moments {
            count,
            mean: self.mean + delta_n * n2,
            m2,
            m3,
            m4,
        };
    }
}

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    order: u8,
    result: fn(&Moments) -> Option<f64>,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    Ok(Binding {
        arguments: cast_arguments(context, arguments, &[Expected::DOUBLE])?,
        returns: DataType::Double,
        nullable: true,
        kernel: kernel(vec![DataType::Double; 5], move || CentralMoments {
            order,
            result,
            groups: Vec::new(),
        }),
    })
}

struct CentralMoments {
    /// The highest moment that is needed.
    order: u8,
    result: fn(&Moments) -> Option<f64>,
    groups: Vec<Moments>,
}

impl Accumulator for CentralMoments {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, Moments::default());
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups.len(), &[&array], filter);
        let values: &[f64] = array.as_primitive::<Float64Type>().values();
        let (order, groups) = (self.order, self.groups.as_mut_slice());
        rows.for_each(|row, group| groups[group].add(values[row], order));
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let [count, mean, m2, m3, m4] = columns(states);
        for (row, group) in group_of_row.iter().enumerate() {
            self.groups[*group as usize].merge(&Moments {
                count: count[row],
                mean: mean[row],
                m2: m2[row],
                m3: m3[row],
                m4: m4[row],
            });
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let column = |get: fn(&Moments) -> f64| {
            primitive_valid::<Float64Type>(self.groups.iter().map(get).collect())
        };
        Ok(vec![
            column(|m| m.count),
            column(|m| m.mean),
            column(|m| m.m2),
            column(|m| m.m3),
            column(|m| m.m4),
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        Ok(optional_doubles(
            self.groups[groups].iter().map(self.result),
        ))
    }

    fn reset(&mut self) {
        self.groups.fill(Moments::default());
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.groups)
    }
}

/// The values of state columns of doubles.
pub(super) fn columns<const N: usize>(states: &[ArrayRef]) -> [&[f64]; N] {
    std::array::from_fn(|index| {
        let values: &[f64] = states[index].as_primitive::<Float64Type>().values();
        values
    })
}

/// Doubles, some of them NULL.
pub(super) fn optional_doubles(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    let (values, valid) = values
        .map(|value| (value.unwrap_or(0.0), value.is_some()))
        .unzip::<_, _, Vec<f64>, Vec<bool>>();
    primitive::<Float64Type>(&DataType::Double, values, &valid)
}
