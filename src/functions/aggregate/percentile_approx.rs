//! `percentile_approx` (`approx_percentile`): percentiles that are values of the data.

use super::group_lists::list_array;
use super::kernel::{kernel, primitive_valid, vec_bytes};
use super::percentile::{Percentages, percentages, percentile_array};
use super::quantile_summary::{QuantileSummary, Sample, query};
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel};
use crate::error::{Error, Result};
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::{
    cast_arguments, constant, unexpected_null, unexpected_type, value_out_of_range,
};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::coercion::Expected;
use crate::types::{DataType, arrow_type};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Decimal64Type, Decimal128Type, DurationMicrosecondType, Float64Type,
    Int64Type, IntervalYearMonthType,
};
use std::ops::Range;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "percentile_approx",
    aliases: &["approx_percentile"],
    doc: Doc {
        usage: "_FUNC_(col, percentage[, accuracy]) - Returns a value of the column that about \
                `percentage` of its values are not above; `percentage` lies between 0 and 1, or is an array \
                of such. The error is 1/`accuracy` of the number of values (1/10000 if missing).",
        examples: &[
            (
                "SELECT percentile_approx(col, 0.5, 100) FROM VALUES (0), (6), (7), (9), (10) AS tab(col)",
                "7",
            ),
            (
                "SELECT percentile_approx(col, array(0.5, 0.4, 0.1), 100) FROM VALUES (0), (1), (2), (10) AS tab(col)",
                "[1,1,0]",
            ),
        ],
        group: "agg_funcs",
        since: "2.1.0",
    },
    arity: Arity::OneOf(&[2, 3]),
    display: Display::Custom(|name, arguments| match arguments {
        [col, percentage] => format!("{name}({col}, {percentage}, 10000)"),
        _ => format!("{name}({})", arguments.join(", ")),
    }),
    bind,
    ..AggregateFunction::BASE
}];

/// What the column may be.
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
    let mut expected = vec![Expected::OneOf(VALUES), Expected::Any];
    if arguments.len() > 2 {
        expected.push(Expected::Integral);
    }
    let value = match &arguments[0].data_type {
        t if t.is_string() => DataType::Double,
        DataType::Boolean => {
            return Err(unexpected_type(context, arguments, 0, &expected[0].sql()));
        }
        _ => cast_arguments(context, arguments, &expected)?.swap_remove(0),
    };
    let percentages = percentages(context, arguments, 1)?;
    let mut accuracy = 10_000;
    let mut types = vec![value.clone(), percentages.argument_type()];
    if arguments.len() > 2 {
        types.push(cast_arguments(context, arguments, &expected)?.swap_remove(2));
        accuracy = constant(context, arguments, 2, "accuracy")?
            .as_i64()
            .ok_or_else(|| unexpected_null(context, "accuracy"))?;
        if !(1..=i64::from(i32::MAX)).contains(&accuracy) {
            let range = format!("(0, {}]", i32::MAX);
            let accuracy = format!("{accuracy}L");
            return Err(value_out_of_range(context, "accuracy", &range, &accuracy));
        }
    }
    let states = vec![
        DataType::array(DataType::Double, false),
        DataType::array(DataType::Long, false),
        DataType::array(DataType::Long, false),
        DataType::Long,
    ];
    Ok(Binding {
        arguments: types,
        returns: percentages.result_type(value.clone()),
        nullable: true,
        kernel: kernel(states, move || Approximate {
            value: value.clone(),
            percentages: percentages.clone(),
            error: 1.0 / accuracy as f64,
            groups: Vec::new(),
        }),
    })
}

struct Approximate {
    value: DataType,
    percentages: Percentages,
    error: f64,
    groups: Vec<QuantileSummary>,
}

impl Accumulator for Approximate {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, QuantileSummary::new(self.error));
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
        rows.for_each(|row, group| self.groups[group].add(values[row]));
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        let values = lists.values().as_primitive::<Float64Type>().values();
        let gaps = states[1]
            .as_list::<i32>()
            .values()
            .as_primitive::<Int64Type>()
            .values();
        let deltas = states[2]
            .as_list::<i32>()
            .values()
            .as_primitive::<Int64Type>()
            .values();
        let counts = states[3].as_primitive::<Int64Type>().values();
        for (row, group) in group_of_row.iter().enumerate() {
            let range = lists.offsets()[row] as usize..lists.offsets()[row + 1] as usize;
            let samples: Vec<Sample> = range
                .map(|i| Sample {
                    value: values[i],
                    gap: gaps[i],
                    delta: deltas[i],
                })
                .collect();
            self.groups[*group as usize].merge(&samples, counts[row]);
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let mut offsets = vec![0];
        let mut samples: Vec<Sample> = Vec::new();
        let mut counts = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let (of_group, count) = group.samples();
            samples.extend(of_group);
            counts.push(count);
            offsets.push(samples.len() as i32);
        }
        let values: Float64Array = samples.iter().map(|sample| Some(sample.value)).collect();
        let gaps: Int64Array = samples.iter().map(|sample| Some(sample.gap)).collect();
        let deltas: Int64Array = samples.iter().map(|sample| Some(sample.delta)).collect();
        Ok(vec![
            list_array(&DataType::Double, false, offsets.clone(), Arc::new(values))?,
            list_array(&DataType::Long, false, offsets.clone(), Arc::new(gaps))?,
            list_array(&DataType::Long, false, offsets, Arc::new(deltas))?,
            primitive_valid::<Int64Type>(counts),
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let wanted = self.percentages.as_slice();
        let results = (self.groups[groups].iter())
            .map(|group| {
                let (samples, count) = group.samples();
                query(&samples, count, self.error, wanted)
            })
            .collect();
        percentile_array(&self.percentages, results, |values| {
            from_doubles(values, &self.value)
        })
    }

    fn reset(&mut self) {
        self.groups.fill(QuantileSummary::new(self.error));
    }

    fn bytes(&self) -> usize {
        vec_bytes(&self.groups)
            + self
                .groups
                .iter()
                .map(QuantileSummary::bytes)
                .sum::<usize>()
    }
}

/// Values as doubles: dates in days, timestamps in microseconds, decimals by their digits (so that every
/// decimal of up to 15 digits comes back as it was).
pub(super) fn to_doubles(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        ArrowType::Decimal64(_, _) => {
            let digits = array.as_primitive::<Decimal64Type>();
            Ok(Arc::new(digits.unary::<_, Float64Type>(|v| v as f64)))
        }
        ArrowType::Decimal128(_, _) => {
            let digits = array.as_primitive::<Decimal128Type>();
            Ok(Arc::new(digits.unary::<_, Float64Type>(|v| v as f64)))
        }
        ArrowType::Date32 => to_doubles(&cast(array, &ArrowType::Int32)?),
        ArrowType::Timestamp(_, _) => to_doubles(&cast(array, &ArrowType::Int64)?),
        ArrowType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>();
            Ok(Arc::new(numbers.unary::<_, Float64Type>(|v| v as f64)))
        }
        _ => super::percentile::units(array),
    }
}

/// Doubles back as values of a type; fractions of whole types are cut off.
pub(super) fn from_doubles(values: Vec<Option<f64>>, data_type: &DataType) -> Result<ArrayRef> {
    let arrow = arrow_type(data_type);
    let whole: Int64Array = values
        .iter()
        .map(|value| value.map(|value| value as i64))
        .collect();
    let whole: ArrayRef = Arc::new(whole);
    Ok(match data_type {
        DataType::Double | DataType::Float => {
            cast(&(Arc::new(Float64Array::from(values)) as ArrayRef), &arrow)?
        }
        DataType::Decimal { precision, scale } => match arrow {
            ArrowType::Decimal64(_, _) => Arc::new(
                (values.iter().map(|value| value.map(|value| value as i64)))
                    .collect::<arrow::array::Decimal64Array>()
                    .with_precision_and_scale(*precision, *scale)?,
            ),
            _ => Arc::new(
                (values.iter().map(|value| value.map(|value| value as i128)))
                    .collect::<arrow::array::Decimal128Array>()
                    .with_precision_and_scale(*precision, *scale)?,
            ),
        },
        DataType::Date => cast(&cast(&whole, &ArrowType::Int32)?, &arrow)?,
        DataType::YearMonthInterval { .. } => {
            let months = whole.as_primitive::<Int64Type>();
            Arc::new(months.unary::<_, IntervalYearMonthType>(|v| v as i32))
        }
        DataType::DayTimeInterval { .. } => {
            let numbers = whole.as_primitive::<Int64Type>();
            Arc::new(numbers.unary::<_, DurationMicrosecondType>(|v| v))
        }
        DataType::Timestamp | DataType::TimestampNtz => cast(&whole, &arrow)?,
        t if t.is_integral() || *t == DataType::Null => cast(&whole, &arrow)?,
        other => return Err(Error::internal(format!("percentiles of {other}"))),
    })
}
