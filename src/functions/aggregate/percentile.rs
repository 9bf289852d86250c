//! Exact percentiles: `percentile`, `median`, `percentile_cont` and `percentile_disc`.
//!
//! The state of a group is its values with their frequencies, as doubles (intervals in months or
//! microseconds), compacted to distinct values whenever their number has doubled. Positions between two
//! values are interpolated, except by `percentile_disc`, which gives a value of the data.

use super::group_lists::list_array;
use super::kernel::{kernel, primitive, vec_bytes};
use super::moments::optional_doubles;
use super::rows::Rows;
use super::{Accumulator, AggregateFunction, AggregateKernel, WithinGroup};
use crate::error::conditions::{
    CAST_INVALID_INPUT, NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION, WITHIN_GROUP_WRONG_NUM_ORDERINGS,
};
use crate::error::{Error, Result, quote};
use crate::functions::scalar::{Arity, Display};
use crate::functions::signature::{
    cast_arguments, constant, unexpected_null, unexpected_type, value_out_of_range,
};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::coercion::{Expected, implicit_cast};
use crate::types::{DataType, Value};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, DurationMicrosecondType, Float64Type, Int64Type, IntervalYearMonthType,
};
use std::ops::Range;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "percentile",
        doc: Doc {
            usage: "_FUNC_(col, percentage[, frequency]) - Returns the exact percentile of a number or \
                    interval column, interpolated between values; `percentage` lies between 0 and 1, or is \
                    an array of such. `frequency` says how often each value counts.",
            examples: &[
                ("SELECT percentile(col, 0.3) FROM VALUES (0), (10) AS tab(col)", "3.0"),
                ("SELECT percentile(col, array(0.25, 0.75)) FROM VALUES (0), (10) AS tab(col)", "[2.5,7.5]"),
            ],
            group: "agg_funcs",
            since: "2.1.0",
        },
        arity: Arity::OneOf(&[2, 3]),
        display: Display::Custom(|name, arguments| match arguments {
            [col, percentage] => format!("{name}({col}, {percentage}, 1)"),
            _ => format!("{name}({})", arguments.join(", ")),
        }),
        bind: bind_percentile,
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "median",
        doc: Doc {
            usage: "_FUNC_(col) - Returns the median of a number or interval column.",
            examples: &[
                ("SELECT median(col) FROM VALUES (0), (10) AS tab(col)", "5.0"),
                ("SELECT median(col) FROM VALUES (interval '0' month), (interval '10' month) AS tab(col)", "0-5"),
            ],
            group: "agg_funcs",
            since: "3.4.0",
        },
        allows_window_frame: false,
        bind: |context, arguments| {
            let types = value_type(context, arguments, 0).map(|t| vec![t])?;
            Ok(binding(types, 0, None, Percentages::One(0.5), Places::Continuous, false))
        },
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "percentile_cont",
        doc: Doc {
            usage: "_FUNC_(percentage) WITHIN GROUP (ORDER BY col) - Returns the percentile of a number or \
                    interval column, interpolated between values.",
            examples: &[(
                "SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col)",
                "2.5",
            )],
            group: "agg_funcs",
            since: "4.0.0",
        },
        within_group: WithinGroup::Required,
        allows_window_frame: false,
        bind: |context, arguments| bind_ordered(context, arguments, Places::Continuous),
        ..AggregateFunction::BASE
    },
    AggregateFunction {
        name: "percentile_disc",
        doc: Doc {
            usage: "_FUNC_(percentage) WITHIN GROUP (ORDER BY col) - Returns the first value of a number or \
                    interval column whose place in the order is at or behind the percentage.",
            examples: &[(
                "SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col)",
                "0.0",
            )],
            group: "agg_funcs",
            since: "4.0.0",
        },
        within_group: WithinGroup::Required,
        allows_window_frame: false,
        bind: |context, arguments| {
            let legacy = "spark.sql.legacy.percentileDiscCalculation";
            let places = match context.config.flag(legacy) {
                true => Places::DiscreteLegacy,
                false => Places::Discrete,
            };
            bind_ordered(context, arguments, places)
        },
        ..AggregateFunction::BASE
    },
];

/// Which places of the ordered values a percentage may fall on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    /// Between values too.
    Continuous,
    /// On the first value at or behind it.
    Discrete,
    /// On the last value at or before where the continuous one falls, as before Spark 4.
    DiscreteLegacy,
}

/// The percentages that a call asks for.
#[derive(Debug, Clone)]
pub(super) enum Percentages {
    /// One; the result is a value.
    One(f64),
    /// Several; the result is an array.
    Many(Vec<f64>),
}

impl Percentages {
    pub(super) fn as_slice(&self) -> &[f64] {
        match self {
            Percentages::One(percentage) => std::slice::from_ref(percentage),
            Percentages::Many(percentages) => percentages,
        }
    }

    /// The type of a result whose values have this type.
    pub(super) fn result_type(&self, value: DataType) -> DataType {
        match self {
            Percentages::One(_) => value,
            Percentages::Many(_) => DataType::array(value, false),
        }
    }

    /// The type that the argument is cast to.
    pub(super) fn argument_type(&self) -> DataType {
        self.result_type(DataType::Double)
    }
}

/// Reads the constant argument `percentage`.
pub(super) fn percentages(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
) -> Result<Percentages> {
    const REQUIRED: &str = "(\"DOUBLE\" or \"ARRAY<DOUBLE>\")";
    let ansi = context.config.ansi();
    let argument = &arguments[index];
    let castable = |t: &DataType| implicit_cast(t, &Expected::DOUBLE, ansi).is_some();
    let accepted = match &argument.data_type {
        DataType::Array {
            element,
            contains_null,
        } => castable(element) && !*contains_null,
        other => castable(other),
    };
    if !accepted {
        return Err(unexpected_type(context, arguments, index, REQUIRED));
    }
    // Spark reports a column here under the type it would be cast to.
    let mut reported = arguments.to_vec();
    if !matches!(argument.data_type, DataType::Array { .. }) {
        reported[index].data_type = DataType::Double;
    }
    let value = constant(context, &reported, index, "percentage")?;
    let number = |value: &Value| {
        as_double(value).ok_or_else(|| unexpected_type(context, arguments, index, REQUIRED))
    };
    let percentages = match value {
        Value::Null => return Err(unexpected_null(context, "percentage")),
        Value::Array(values) => {
            Percentages::Many(values.iter().map(number).collect::<Result<_>>()?)
        }
        Value::String(text) => match text.trim().parse() {
            Ok(number) => Percentages::One(number),
            Err(_) => {
                return Err(unreadable_number(text));
            }
        },
        value => Percentages::One(number(value)?),
    };
    if percentages
        .as_slice()
        .iter()
        .all(|p| (0.0..=1.0).contains(p))
    {
        return Ok(percentages);
    }
    let values: Vec<String> = percentages
        .as_slice()
        .iter()
        .map(|p| format!("{p:?}D"))
        .collect();
    Err(value_out_of_range(
        context,
        "percentage",
        "[0.0, 1.0]",
        &values.join(","),
    ))
}

/// A percentage written as a string that is no number.
fn unreadable_number(text: &str) -> Error {
    Error::new(
        &CAST_INVALID_INPUT,
        [
            ("expression", format!("'{text}'")),
            ("sourceType", quote::sql_type(&DataType::String)),
            ("targetType", quote::sql_type(&DataType::Double)),
        ],
    )
}

/// The number of a constant.
pub(super) fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Float(v) => Some(f64::from(*v)),
        Value::Double(v) => Some(*v),
        // Through the digits, so that 0.1 is the double that 0.1D is.
        Value::Decimal(v) => v.to_string().parse().ok(),
        Value::String(v) => v.trim().parse().ok(),
        other => other.as_i64().map(|v| v as f64),
    }
}

/// The type in which values are taken: intervals as they are, numbers as doubles.
fn value_type(
    context: &BindContext,
    arguments: &[BoundArgument],
    index: usize,
) -> Result<DataType> {
    let t = &arguments[index].data_type;
    if t.is_ansi_interval() {
        return Ok(t.clone());
    }
    implicit_cast(t, &Expected::DOUBLE, context.config.ansi())
        .filter(|_| t.is_numeric() || t.is_string() || *t == DataType::Null)
        .ok_or_else(|| {
            let required =
                "(\"NUMERIC\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")";
            unexpected_type(context, arguments, index, required)
        })
}

type AggregateBinding = Binding<Arc<dyn AggregateKernel>>;

fn bind_percentile(context: &BindContext, arguments: &[BoundArgument]) -> Result<AggregateBinding> {
    let mut types = vec![value_type(context, arguments, 0)?];
    let percentages = percentages(context, arguments, 1)?;
    types.push(percentages.argument_type());
    let mut frequency = None;
    if arguments.len() > 2 {
        let expected = [Expected::Any, Expected::Any, Expected::Integral];
        cast_arguments(context, arguments, &expected)?;
        types.push(DataType::Long);
        frequency = Some((2, arguments[2].sql.clone()));
    }
    Ok(binding(
        types,
        0,
        frequency,
        percentages,
        Places::Continuous,
        false,
    ))
}

fn bind_ordered(
    context: &BindContext,
    arguments: &[BoundArgument],
    places: Places,
) -> Result<AggregateBinding> {
    if arguments.len() != 2 {
        return Err(Error::new(
            &WITHIN_GROUP_WRONG_NUM_ORDERINGS,
            [
                ("funcName", quote::identifier(context.name)),
                ("expectedNum", "1".to_string()),
                ("actualNum", arguments.len().saturating_sub(1).to_string()),
            ],
        ));
    }
    let percentages = percentages(context, arguments, 0)?;
    let types = vec![
        percentages.argument_type(),
        value_type(context, arguments, 1)?,
    ];
    let descending = arguments[1].order.is_some_and(|order| order.descending);
    Ok(binding(types, 1, None, percentages, places, descending))
}

fn binding(
    arguments: Vec<DataType>,
    value: usize,
    frequency: Option<(usize, String)>,
    percentages: Percentages,
    places: Places,
    descending: bool,
) -> AggregateBinding {
    let unit = match &arguments[value] {
        DataType::YearMonthInterval { .. } => DataType::YEAR_MONTH,
        DataType::DayTimeInterval { .. } => DataType::DAY_TIME,
        _ => DataType::Double,
    };
    let states = vec![
        DataType::array(DataType::Double, false),
        DataType::array(DataType::Long, false),
    ];
    Binding {
        arguments,
        returns: percentages.result_type(unit.clone()),
        nullable: true,
        kernel: kernel(states, move || ExactPercentile {
            value,
            frequency: frequency.clone(),
            percentages: percentages.clone(),
            places,
            descending,
            unit: unit.clone(),
            groups: Vec::new(),
        }),
    }
}

/// Values of a group and how often they occur.
#[derive(Debug, Clone, Default)]
struct Frequencies {
    values: Vec<(f64, i64)>,
    /// Length at which to compact next.
    limit: usize,
}

impl Frequencies {
    fn add(&mut self, value: f64, times: i64) {
        if times == 0 {
            return;
        }
        if self.values.len() >= self.limit.max(64) {
            self.values = self.distinct();
            self.limit = self.values.len() * 2;
        }
        self.values.push((value, times));
    }

    /// Sorted, with equal values put together.
    fn distinct(&self) -> Vec<(f64, i64)> {
        let mut sorted = self.values.clone();
        // -0.0 and 0.0 are one value, NaN is the largest.
        sorted.sort_by(|(a, _), (b, _)| (a + 0.0).total_cmp(&(b + 0.0)));
        sorted.dedup_by(|(next, times), (value, total)| {
            let same = *next == *value || (next.is_nan() && value.is_nan());
            if same {
                *total += *times;
            }
            same
        });
        sorted
    }
}

struct ExactPercentile {
    /// Index of the argument that has the values.
    value: usize,
    /// Index and SQL of the argument that has the frequencies.
    frequency: Option<(usize, String)>,
    percentages: Percentages,
    places: Places,
    descending: bool,
    /// DOUBLE or an interval type.
    unit: DataType,
    groups: Vec<Frequencies>,
}

impl ExactPercentile {
    /// The percentiles of a group; nothing if it is empty.
    fn of_group(&self, group: &Frequencies) -> Option<Vec<f64>> {
        let mut values = group.distinct();
        if self.descending {
            values.reverse();
        }
        let mut ends = Vec::with_capacity(values.len());
        let mut total = 0i64;
        for (_, times) in &values {
            total += times;
            ends.push(total);
        }
        if total == 0 {
            return None;
        }
        let at = |position: f64| {
            let index = ends.partition_point(|end| *end as f64 <= position);
            values[index.min(values.len() - 1)].0
        };
        let percentile = |percentage: &f64| {
            let position = (total - 1) as f64 * percentage;
            match self.places {
                Places::Continuous => {}
                Places::Discrete => {
                    return at(((total as f64 * percentage).ceil() - 1.0).max(0.0));
                }
                Places::DiscreteLegacy => return at(position.floor()),
            }
            let (lower, higher) = (position.floor(), position.ceil());
            let (below, above) = (at(lower), at(higher));
            if lower == higher || below == above {
                below
            } else {
                (higher - position) * below + (position - lower) * above
            }
        };
        Some(self.percentages.as_slice().iter().map(percentile).collect())
    }
}

impl Accumulator for ExactPercentile {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, Frequencies::default());
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = units(&arguments[self.value].to_array(group_of_row.len()))?;
        let Some((frequency, sql)) = &self.frequency else {
            let rows = Rows::new(group_of_row, self.groups.len(), &[&values], filter);
            let values = values.as_primitive::<Float64Type>().values();
            rows.for_each(|row, group| self.groups[group].add(values[row], 1));
            return Ok(());
        };
        let times = arguments[*frequency].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, self.groups.len(), &[&values, &times], filter);
        let values = values.as_primitive::<Float64Type>().values();
        let times = times.as_primitive::<Int64Type>().values();
        let mut negative = None;
        rows.for_each(|row, group| {
            if times[row] < 0 {
                negative = Some(times[row]);
            } else {
                self.groups[group].add(values[row], times[row]);
            }
        });
        match negative {
            None => Ok(()),
            Some(times) => Err(Error::new(
                &NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION,
                [
                    ("frequencyExpression", quote::sql_expression(sql)),
                    ("negativeValue", format!("{times}L")),
                ],
            )),
        }
    }

    fn merge(&mut self, states: &[ArrayRef], group_of_row: &[u32]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        let values = lists.values().as_primitive::<Float64Type>().values();
        let times = states[1]
            .as_list::<i32>()
            .values()
            .as_primitive::<Int64Type>()
            .values();
        for (group, range) in group_of_row.iter().zip(lists.offsets().windows(2)) {
            for index in range[0] as usize..range[1] as usize {
                self.groups[*group as usize].add(values[index], times[index]);
            }
        }
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        let mut offsets = vec![0];
        let (mut values, mut times) = (Vec::new(), Vec::new());
        for group in &self.groups {
            let (group_values, group_times): (Vec<f64>, Vec<i64>) =
                group.distinct().into_iter().unzip();
            values.extend(group_values);
            times.extend(group_times);
            offsets.push(values.len() as i32);
        }
        let (values, times) = (Float64Array::from(values), Int64Array::from(times));
        Ok(vec![
            list_array(&DataType::Double, false, offsets.clone(), Arc::new(values))?,
            list_array(&DataType::Long, false, offsets, Arc::new(times))?,
        ])
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let results: Vec<Option<Vec<f64>>> = self.groups[groups]
            .iter()
            .map(|group| self.of_group(group))
            .collect();
        percentile_array(&self.percentages, results, |values| {
            Ok(in_units(values, &self.unit))
        })
    }

    fn reset(&mut self) {
        self.groups.fill(Frequencies::default());
    }

    fn bytes(&self) -> usize {
        let values: usize = self
            .groups
            .iter()
            .map(|group| vec_bytes(&group.values))
            .sum();
        vec_bytes(&self.groups) + values
    }
}

/// The results of groups: values or arrays of them. `to_values` turns doubles, some of them NULL, into an
/// array of the type of the values.
pub(super) fn percentile_array(
    percentages: &Percentages,
    results: Vec<Option<Vec<f64>>>,
    to_values: impl Fn(Vec<Option<f64>>) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    match percentages {
        Percentages::One(_) => {
            let first =
                |values: &Option<Vec<f64>>| values.as_ref().and_then(|v| v.first().copied());
            to_values(results.iter().map(first).collect())
        }
        // No percentages: Spark gives NULL instead of an empty array.
        Percentages::Many(wanted) => {
            let valid: Vec<bool> = (results.iter())
                .map(|values| values.is_some() && !wanted.is_empty())
                .collect();
            let mut offsets = vec![0i32];
            let mut values = Vec::new();
            for result in results.into_iter() {
                values.extend(result.into_iter().flatten().map(Some));
                offsets.push(values.len() as i32);
            }
            let values = to_values(values)?;
            let field = arrow::datatypes::Field::new("element", values.data_type().clone(), false);
            Ok(Arc::new(ListArray::try_new(
                Arc::new(field),
                arrow::buffer::OffsetBuffer::new(offsets.into()),
                values,
                super::kernel::null_buffer(&valid),
            )?))
        }
    }
}

/// Values as doubles: intervals in months or microseconds.
pub(super) fn units(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        ArrowType::Float64 => Ok(array.clone()),
        ArrowType::Interval(_) => {
            let months = array.as_primitive::<IntervalYearMonthType>();
            Ok(Arc::new(months.unary::<_, Float64Type>(f64::from)))
        }
        ArrowType::Duration(_) => {
            let microseconds = array.as_primitive::<DurationMicrosecondType>();
            Ok(Arc::new(microseconds.unary::<_, Float64Type>(|v| v as f64)))
        }
        _ => Ok(cast(array, &ArrowType::Float64)?),
    }
}

/// Doubles back in a unit: fractions of months and microseconds are cut off.
fn in_units(values: Vec<Option<f64>>, unit: &DataType) -> ArrayRef {
    let valid: Vec<bool> = values.iter().map(Option::is_some).collect();
    let numbers = values.iter().map(|value| value.unwrap_or(0.0));
    match unit {
        DataType::YearMonthInterval { .. } => {
            primitive::<IntervalYearMonthType>(unit, numbers.map(|v| v as i32).collect(), &valid)
        }
        DataType::DayTimeInterval { .. } => {
            primitive::<DurationMicrosecondType>(unit, numbers.map(|v| v as i64).collect(), &valid)
        }
        _ => optional_doubles(values.into_iter()),
    }
}
