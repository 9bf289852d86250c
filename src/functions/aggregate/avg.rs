//! `avg`, `mean` and `try_avg`.
//!
//! A sum (in double precision, 128-bit decimal or interval units) and a count; the division happens in
//! `finish`. Decimals get four more digits behind the point, rounded half up.

use super::kernel::{boxed_kernel, decimals, downcast, primitive, primitive_valid, vec_bytes};
use super::rows::{Rows, counted};
use super::sum::{SUMMABLE, Summed, Sums, overflow_error, sum_type, summand_type};
use super::{Accumulator, AggregateFunction, AggregateKernel, Frames};
use crate::error::Result;
use crate::functions::scalar::Display;
use crate::functions::signature::unexpected_type;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::{
    Decimal128Type, DurationMicrosecondType, Float64Type, Int64Type, IntervalYearMonthType,
};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "avg",
        aliases: &["mean"],
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the mean of the values that are not NULL.",
            examples: &[
                (
                    "SELECT avg(col) FROM VALUES (1), (2), (3) AS tab(col)",
                    "2.0",
                ),
                (
                    "SELECT avg(col) FROM VALUES (1), (2), (NULL) AS tab(col)",
                    "1.5",
                ),
            ],
            group: "agg_funcs",
            since: "1.0.0",
        },
        display: Display::CallAsWritten,
        bind: |context, arguments| bind(context, arguments, false),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "try_avg",
        doc: Doc {
            usage: "_FUNC_(expr) - Returns the mean of the values that are not NULL, or NULL where their \
                    sum does not fit.",
            examples: &[
                (
                    "SELECT try_avg(col) FROM VALUES (1), (2), (3) AS tab(col)",
                    "2.0",
                ),
                (
                    "SELECT try_avg(col) FROM VALUES (interval '2147483647 months'), (interval '1 months') \
                     AS tab(col)",
                    "NULL",
                ),
            ],
            group: "agg_funcs",
            since: "3.3.0",
        },
        bind: |context, arguments| bind(context, arguments, true),
        ..AggregateFunction::BASE
    },
];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
    is_try: bool,
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let summand = summand_type(context, arguments)?;
    let (returns, sum) = match &summand {
        DataType::Decimal { precision, scale } => (
            DataType::decimal((precision + 4).min(38), (scale + 4).min(38)),
            sum_type(&summand),
        ),
        DataType::YearMonthInterval { .. } => (DataType::YEAR_MONTH, DataType::YEAR_MONTH),
        DataType::DayTimeInterval { .. } => (DataType::DAY_TIME, DataType::DAY_TIME),
        t if t.is_numeric() => (DataType::Double, DataType::Double),
        _ => return Err(unexpected_type(context, arguments, 0, SUMMABLE)),
    };
    let overflow_is_error =
        !is_try && (context.config.ansi() || !matches!(sum, DataType::Decimal { .. }));
    let result = returns.clone();
    let state = sum.clone();
    Ok(Binding {
        arguments: vec![summand],
        kernel: boxed_kernel(vec![sum, DataType::Long], move || {
            let (state, result) = (state.clone(), result.clone());
            match &result {
                DataType::Decimal { .. } => {
                    boxed::<Decimal128Type>(state, result, overflow_is_error)
                }
                DataType::YearMonthInterval { .. } => {
                    boxed::<IntervalYearMonthType>(state, result, overflow_is_error)
                }
                DataType::DayTimeInterval { .. } => {
                    boxed::<DurationMicrosecondType>(state, result, overflow_is_error)
                }
                _ => boxed::<Float64Type>(state, result, overflow_is_error),
            }
        }),
        returns,
        nullable: true,
    })
}

fn boxed<S: Averaged>(
    sum_type: DataType,
    result: DataType,
    overflow_is_error: bool,
) -> Box<dyn Accumulator> {
    Box::new(Average::<S> {
        sum_type,
        result,
        overflow_is_error,
        sums: Sums::new(),
        counts: Vec::new(),
    })
}

/// The averages of one call whose sums Arrow holds in `S`.
struct Average<S: ArrowPrimitiveType> {
    sum_type: DataType,
    result: DataType,
    overflow_is_error: bool,
    sums: Sums<S::Native>,
    counts: Vec<i64>,
}

/// How sums of a type are divided.
trait Averaged: Summed {
    /// The averages of groups with these sums and counts. A count of 0 stands for NULL, -1 for overflow.
    fn divide(
        average: (&DataType, &DataType),
        sums: &[Self::Native],
        counts: &[i64],
        overflow_is_error: bool,
    ) -> Result<ArrayRef>;
}

impl Averaged for Float64Type {
    fn divide(
        (_, result): (&DataType, &DataType),
        sums: &[f64],
        counts: &[i64],
        _: bool,
    ) -> Result<ArrayRef> {
        let values = sums
            .iter()
            .zip(counts)
            .map(|(sum, count)| sum / *count as f64)
            .collect();
        let valid: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        Ok(primitive::<Float64Type>(result, values, &valid))
    }
}

impl Averaged for Decimal128Type {
    fn divide(
        (sum_type, result): (&DataType, &DataType),
        sums: &[i128],
        counts: &[i64],
        overflow_is_error: bool,
    ) -> Result<ArrayRef> {
        let (
            DataType::Decimal {
                scale: from,
                precision: sum_precision,
            },
            DataType::Decimal {
                precision,
                scale: to,
            },
        ) = (sum_type, result)
        else {
            return Err(crate::error::Error::internal(
                "the average of decimals is a decimal",
            ));
        };
        let factor = 10i128.pow((to - from).max(0) as u32);
        let sum_limit = 10i128.pow(u32::from(*sum_precision));
        let limit = 10i128.pow(u32::from(*precision));
        let mut values = Vec::with_capacity(sums.len());
        let mut valid = Vec::with_capacity(sums.len());
        for (sum, count) in sums.iter().zip(counts) {
            let average = (*count > 0 && sum.unsigned_abs() < sum_limit.unsigned_abs())
                .then(|| scaled_quotient(*sum, i128::from(*count), factor))
                .flatten()
                .filter(|average| average.unsigned_abs() < limit.unsigned_abs());
            if average.is_none() && *count != 0 && overflow_is_error {
                return Err(overflow_error(result));
            }
            values.push(average.unwrap_or(0));
            valid.push(average.is_some());
        }
        Ok(decimals(result, values, &valid))
    }
}

impl Averaged for IntervalYearMonthType {
    fn divide(
        (_, result): (&DataType, &DataType),
        sums: &[i32],
        counts: &[i64],
        overflow_is_error: bool,
    ) -> Result<ArrayRef> {
        let averages = divide_units(sums, counts, result, overflow_is_error)?;
        let (values, valid) = averages
            .into_iter()
            .map(|(v, valid)| (v as i32, valid))
            .unzip::<_, _, Vec<i32>, Vec<bool>>();
        Ok(primitive::<IntervalYearMonthType>(result, values, &valid))
    }
}

impl Averaged for DurationMicrosecondType {
    fn divide(
        (_, result): (&DataType, &DataType),
        sums: &[i64],
        counts: &[i64],
        overflow_is_error: bool,
    ) -> Result<ArrayRef> {
        let averages = divide_units(sums, counts, result, overflow_is_error)?;
        let (values, valid) = averages.into_iter().unzip::<_, _, Vec<i64>, Vec<bool>>();
        Ok(primitive::<DurationMicrosecondType>(result, values, &valid))
    }
}

/// Averages of whole units (months, microseconds), rounded half up.
fn divide_units<N: Copy + Into<i64>>(
    sums: &[N],
    counts: &[i64],
    result: &DataType,
    overflow_is_error: bool,
) -> Result<Vec<(i64, bool)>> {
    let divide = |(sum, count): (&N, &i64)| match *count {
        0 => Ok((0, false)),
        -1 if overflow_is_error => Err(overflow_error(result)),
        -1 => Ok((0, false)),
        count => {
            let sum: i64 = (*sum).into();
            Ok((half_up(i128::from(sum), i128::from(count)) as i64, true))
        }
    };
    sums.iter().zip(counts).map(divide).collect()
}

/// `sum · factor / count`, rounded half up, without forming the product. None where it leaves 128 bits.
fn scaled_quotient(sum: i128, count: i128, factor: i128) -> Option<i128> {
    let whole = (sum / count).checked_mul(factor)?;
    whole.checked_add(half_up(sum % count * factor, count))
}

/// The quotient, rounded to the nearest; halves away from zero.
fn half_up(dividend: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (dividend / divisor, dividend % divisor);
    if remainder.abs() * 2 >= divisor.abs() {
        quotient + dividend.signum() * divisor.signum()
    } else {
        quotient
    }
}

impl<S: Averaged> Average<S> {
    /// Counts of a range, -1 where the sum has overflowed.
    fn counts_of(&self, groups: Range<usize>) -> Vec<i64> {
        if self.sums.overflowed.is_empty() {
            return self.counts[groups].to_vec();
        }
        let count = |group: usize| match self.sums.overflowed.contains(&(group as u32)) {
            true => -1,
            false => self.counts[group],
        };
        groups.map(count).collect()
    }
}

impl<S: Averaged> Accumulator for Average<S> {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups);
        self.counts.resize(groups, 0);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let array = arguments[0].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.counts.len(), &[&array], filter);
        S::add(&mut self.sums, &array, &rows)?;
        rows.count_into(&mut self.counts);
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let sums = S::sums(&states[0])?;
        let sums = downcast::<PrimitiveArray<S>>(&sums)?;
        let counts = states[1].as_primitive::<Int64Type>();
        self.sums
            .merge(sums, |row| counts.value(row) != 0, group_of_row);
        for (count, group) in counts.values().iter().zip(group_of_row) {
            self.counts[*group as usize] += count;
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let groups = 0..self.counts.len();
        let overflowed = |group: usize| self.sums.overflowed.contains(&(group as u32));
        let valid: Vec<bool> = groups.map(|group| !overflowed(group)).collect();
        let sums = S::array(&self.sum_type, self.sums.sums.clone(), &valid);
        Ok(vec![
            sums,
            primitive_valid::<Int64Type>(self.counts.clone()),
        ])
    }

    fn scan(
        &mut self,
        arguments: &[Column],
        filter: Option<&BooleanArray>,
        frames: &Frames,
    ) -> Result<bool> {
        let array = arguments[0].to_array(frames.of_row.len());
        let mask = counted(&[&array], filter);
        self.counts = S::scan(&mut self.sums, &array, mask.as_ref(), frames)?;
        Ok(true)
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let counts = self.counts_of(groups.clone());
        let types = (&self.sum_type, &self.result);
        S::divide(
            types,
            &self.sums.sums[groups],
            &counts,
            self.overflow_is_error,
        )
    }

    fn reset(&mut self) {
        self.sums.reset();
        self.counts.fill(0);
    }

    fn bytes(&self) -> usize {
        self.sums.bytes() + vec_bytes(&self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(half_up(5, 2), 3);
        assert_eq!(half_up(-5, 2), -3);
        assert_eq!(half_up(4, 3), 1);
        assert_eq!(scaled_quotient(10, 3, 10_000), Some(33_333));
        assert_eq!(scaled_quotient(10i128.pow(38) - 1, 1, 10_000), None);
    }
}
