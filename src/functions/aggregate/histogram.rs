//! `histogram_numeric`: a histogram with bins of unequal width.
//!
//! A streaming histogram after Ben-Haim and Tom-Tov (<https://jmlr.org/papers/v11/ben-haim10a.html>): every
//! value becomes a bin of its own, and as long as there are more than `nb` bins, the two closest ones are
//! put together at their weighted mean. Which of several equally close pairs it is, is drawn by lot, from
//! the generator and seed that Spark draws with, so that histograms agree.

use super::group_lists::list_array;
use super::kernel::{kernel, vec_bytes};
use super::percentile_approx::{from_doubles, to_doubles};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel};
use crate::error::Result;
use crate::functions::scalar::Arity;
use crate::functions::signature::{cast_arguments, constant, unexpected_null, value_out_of_range};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::kernel::java_random::JavaRandom;
use crate::types::coercion::Expected;
use crate::types::{DataType, StructField, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, ListArray, StructArray};
use arrow::datatypes::{DataType as ArrowType, Field, Float64Type};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "histogram_numeric",
    doc: Doc {
        usage: "_FUNC_(expr, nb) - Returns a histogram with at most `nb` bins of unequal width, as an array \
                of structs of a bin's centre `x` and the number of its values `y`.",
        examples: &[(
            "SELECT histogram_numeric(col, 5) FROM VALUES (0), (1), (2), (10) AS tab(col)",
            "[{\"x\":0,\"y\":1.0},{\"x\":1,\"y\":1.0},{\"x\":2,\"y\":1.0},{\"x\":10,\"y\":1.0}]",
        )],
        group: "agg_funcs",
        since: "3.3.0",
    },
    arity: Arity::Exact(2),
    bind,
    ..AggregateFunction::BASE
}];

static VALUES: &[Expected] = &[
    Expected::Numeric,
    Expected::DATE,
    Expected::TIMESTAMP,
    Expected::TIMESTAMP_NTZ,
    Expected::YearMonthInterval,
    Expected::DayTimeInterval,
];

fn bind(
    context: &BindContext,
    arguments: &[BoundArgument],
) -> Result<Binding<Arc<dyn AggregateKernel>>> {
    let expected = [Expected::OneOf(VALUES), Expected::INT];
    let mut types = cast_arguments(context, arguments, &expected)?;
    if arguments[0].data_type.is_string() {
        types[0] = DataType::Double;
    }
    let bins = constant(context, arguments, 1, "nb")?
        .as_i64()
        .ok_or_else(|| unexpected_null(context, "nb"))?;
    if bins < 2 {
        let range = format!("[2, {}]", i32::MAX);
        return Err(value_out_of_range(context, "nb", &range, &bins.to_string()));
    }
    let value = types[0].clone();
    let bin = DataType::structure([
        StructField::new("x", value.clone(), true),
        StructField::new("y", DataType::Double, true),
    ]);
    let doubles = DataType::array(DataType::Double, false);
    Ok(Binding {
        arguments: types,
        returns: DataType::array(bin, true),
        nullable: true,
        kernel: kernel(vec![doubles.clone(), doubles], move || Histograms {
            value: value.clone(),
            limit: bins as usize,
            groups: Vec::new(),
        }),
    })
}

/// A bin: its centre and how many values it has.
#[derive(Debug, Clone, Copy)]
struct Bin {
    centre: f64,
    count: f64,
}

struct Histograms {
    value: DataType,
    limit: usize,
    groups: Vec<Histogram>,
}

/// The histogram of one group.
#[derive(Debug, Clone)]
struct Histogram {
    /// Ascending.
    bins: Vec<Bin>,
    lots: JavaRandom,
}

impl Histogram {
    const EMPTY: Histogram = Histogram {
        bins: Vec::new(),
        lots: JavaRandom::new(31_183),
    };

    /// Adds a bin in its place and puts the closest together while there are too many.
    fn add(&mut self, new: Bin, limit: usize) {
        let bins = &mut self.bins;
        let place = bins.partition_point(|bin| bin.centre < new.centre);
        match bins.get_mut(place) {
            Some(bin) if bin.centre == new.centre => bin.count += new.count,
            _ => bins.insert(place, new),
        }
        while bins.len() > limit {
            let (mut closest, mut smallest, mut ties) = (0, f64::INFINITY, 0);
            for (index, pair) in bins.windows(2).enumerate() {
                let width = pair[1].centre - pair[0].centre;
                if width < smallest {
                    (closest, smallest, ties) = (index, width, 1);
                } else if width == smallest {
                    ties += 1;
                    if self.lots.next_double() <= 1.0 / f64::from(ties) {
                        closest = index;
                    }
                }
            }
            let (a, b) = (bins[closest], bins[closest + 1]);
            let count = a.count + b.count;
            bins[closest] = Bin {
                centre: a.centre * (a.count / count) + b.centre / count * b.count,
                count,
            };
            bins.remove(closest + 1);
        }
    }
}

impl Histograms {
    /// The bins of groups side by side: offsets, centres and counts.
    fn flattened(&self, groups: Range<usize>) -> (Vec<i32>, Vec<f64>, Vec<f64>) {
        let mut offsets = vec![0];
        let (mut centres, mut counts) = (Vec::new(), Vec::new());
        for Histogram { bins, .. } in &self.groups[groups] {
            centres.extend(bins.iter().map(|bin| bin.centre));
            counts.extend(bins.iter().map(|bin| bin.count));
            offsets.push(centres.len() as i32);
        }
        (offsets, centres, counts)
    }
}

impl Accumulator for Histograms {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, Histogram::EMPTY);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = to_doubles(&arguments[0].to_array(group_of_row.len()))?;
        let rows = Rows::new(group_of_row, self.groups.len(), &[&values], filter);
        let values = values.as_primitive::<Float64Type>().values();
        rows.for_each(|row, group| {
            let bin = Bin {
                centre: values[row],
                count: 1.0,
            };
            self.groups[group].add(bin, self.limit);
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        let centres = lists.values().as_primitive::<Float64Type>().values();
        let counts = states[1]
            .as_list::<i32>()
            .values()
            .as_primitive::<Float64Type>()
            .values();
        for (group, range) in group_of_row.iter().zip(lists.offsets().windows(2)) {
            for index in range[0] as usize..range[1] as usize {
                let bin = Bin {
                    centre: centres[index],
                    count: counts[index],
                };
                self.groups[*group as usize].add(bin, self.limit);
            }
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let (offsets, centres, counts) = self.flattened(0..self.groups.len());
        let (centres, counts) = (Float64Array::from(centres), Float64Array::from(counts));
        Ok(vec![
            list_array(&DataType::Double, false, offsets.clone(), Arc::new(centres))?,
            list_array(&DataType::Double, false, offsets, Arc::new(counts))?,
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let valid: Vec<bool> = self.groups[groups.clone()]
            .iter()
            .map(|group| !group.bins.is_empty())
            .collect();
        let (offsets, centres, counts) = self.flattened(groups);
        let x = from_doubles(centres.into_iter().map(Some).collect(), &self.value)?;
        let y: ArrayRef = Arc::new(Float64Array::from(counts));
        let fields = vec![
            Field::new("x", arrow_type(&self.value), true),
            Field::new("y", ArrowType::Float64, true),
        ];
        let bins = StructArray::try_new(fields.into(), vec![x, y], None)?;
        let field = Field::new("element", bins.data_type().clone(), true);
        Ok(Arc::new(ListArray::try_new(
            Arc::new(field),
            arrow::buffer::OffsetBuffer::new(offsets.into()),
            Arc::new(bins),
            super::kernel::null_buffer(&valid),
        )?))
    }

    fn reset(&mut self) {
        self.groups.fill(Histogram::EMPTY);
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.groups)
            + self
                .groups
                .iter()
                .map(|group| vec_bytes(&group.bins))
                .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_those_of_spark() {
        let cases: [(i32, usize, &[(i64, f64)]); 2] = [
            (10, 3, &[(1, 3.0), (3, 2.0), (7, 5.0)]),
            (
                20,
                5,
                &[(1, 5.0), (7, 5.0), (11, 4.0), (15, 4.0), (18, 2.0)],
            ),
        ];
        for (values, limit, expected) in cases {
            let mut histogram = Histogram::EMPTY;
            for value in 0..values {
                histogram.add(
                    Bin {
                        centre: f64::from(value),
                        count: 1.0,
                    },
                    limit,
                );
            }
            let bins: Vec<_> = histogram
                .bins
                .iter()
                .map(|b| (b.centre as i64, b.count))
                .collect();
            assert_eq!(bins, expected);
        }
    }
}
