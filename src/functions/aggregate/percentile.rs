//! Exact percentiles: `percentile`, `median`, `percentile_cont` and `percentile_disc`.
//!
//! The state of a group is its values as doubles (intervals in months or microseconds), those that occur often
//! with their frequencies, see [`GroupDoubles`]. Only the places that are asked for are put in order
//! (quickselect). Positions between two values are interpolated, except by `percentile_disc`, which gives a
//! value of the data.

use super::group_doubles::{GroupDoubles, unordered};
use super::kernel::{keeping_rows, kernel, primitive};
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
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
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
    let doubles = DataType::array(DataType::Double, false);
    let states = vec![
        doubles.clone(),
        doubles,
        DataType::array(DataType::Long, false),
    ];
    let returns = percentages.result_type(unit.clone());
    let kernel = kernel(states, move || ExactPercentile {
        value,
        frequency: frequency.clone(),
        percentages: percentages.clone(),
        places,
        descending,
        unit: unit.clone(),
        groups: GroupDoubles::new(),
    });
    Binding {
        arguments,
        returns,
        nullable: true,
        kernel: keeping_rows(kernel),
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
    groups: GroupDoubles,
}

/// More places than this are looked up in sorted values.
const MOST_SELECTED: usize = 8;

/// Puts the values in order as far as needed to read those at `places`, which ascend.
fn select(values: &mut [i64], places: &[usize]) {
    if places.len() > MOST_SELECTED {
        values.sort_unstable();
        return;
    }
    let mut start = 0;
    for place in places {
        let rest = &mut values[start..];
        rest.select_nth_unstable(place - start);
        start = place + 1;
    }
}

impl ExactPercentile {
    /// Between which positions of `total` values in their order a percentage falls, and where.
    fn position(&self, total: i64, percentage: f64) -> (f64, f64, f64) {
        let position = (total - 1) as f64 * percentage;
        let one = |position: f64| (position, position, position);
        match self.places {
            Places::Continuous => (position, position.floor(), position.ceil()),
            Places::Discrete => one(((total as f64 * percentage).ceil() - 1.0).max(0.0)),
            Places::DiscreteLegacy => one(position.floor()),
        }
    }

    /// The percentiles of `total` values, of which `at` gives one by its position.
    fn percentiles(&self, total: i64, at: impl Fn(f64) -> f64) -> Vec<f64> {
        let percentile = |percentage: &f64| {
            let (position, lower, higher) = self.position(total, *percentage);
            let (below, above) = (at(lower), at(higher));
            if lower == higher || below == above {
                below
            } else {
                (higher - position) * below + (position - lower) * above
            }
        };
        self.percentages.as_slice().iter().map(percentile).collect()
    }

    /// The percentiles of a group; nothing if it is empty. `plain` is for use in here.
    fn of_group(&self, group: usize, plain: &mut Vec<i64>) -> Option<Vec<f64>> {
        if self.groups.has_entries(group) {
            return self.of_counted(self.groups.counted(group));
        }
        self.groups.plain(group, plain);
        let last = plain.len().checked_sub(1)?;
        let total = plain.len() as i64;
        let place = |position: f64| match self.descending {
            false => (position as usize).min(last),
            true => last - (position as usize).min(last),
        };
        let positions = self.percentages.as_slice().iter();
        let mut places: Vec<usize> = positions
            .flat_map(|percentage| {
                let (_, lower, higher) = self.position(total, *percentage);
                [place(lower), place(higher)]
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        select(plain, &places);
        Some(self.percentiles(total, |position| unordered(plain[place(position)])))
    }

    /// The same of values with how often they occur.
    fn of_counted(&self, mut values: Vec<(i64, i64)>) -> Option<Vec<f64>> {
        if self.descending {
            values.reverse();
        }
        let mut ends = Vec::with_capacity(values.len());
        let mut total = 0i64;
        for (_, times) in &values {
            total += times;
            ends.push(total);
        }
        let last = values.len().checked_sub(1)?;
        Some(self.percentiles(total, |position| {
            let index = ends.partition_point(|end| *end as f64 <= position);
            unordered(values[index.min(last)].0)
        }))
    }
}

impl Accumulator for ExactPercentile {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups);
    }

    fn update(
        &mut self,
        arguments: &[Column],
        group_of_row: &[u32],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let values = units(&arguments[self.value].to_array(group_of_row.len()))?;
        let groups = self.groups.group_count();
        let Some((frequency, sql)) = &self.frequency else {
            let rows = Rows::new(group_of_row, groups, &[&values], filter);
            let values = values.as_primitive::<Float64Type>().values();
            self.groups.add(values, &rows);
            return Ok(());
        };
        let times = arguments[*frequency].to_array(group_of_row.len());
        let rows = Rows::new(group_of_row, groups, &[&values, &times], filter);
        let values = values.as_primitive::<Float64Type>().values();
        let times = times.as_primitive::<Int64Type>().values();
        let mut negative = None;
        rows.for_each(|row, group| {
            if times[row] < 0 {
                negative = Some(times[row]);
            } else {
                self.groups.add_times(group as u32, values[row], times[row]);
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
        self.groups.merge(states, group_of_row);
        Ok(())
    }

    fn states(&self) -> Result<Vec<ArrayRef>> {
        self.groups.states()
    }

    fn finish(&self, groups: Range<usize>) -> Result<ArrayRef> {
        let mut plain = Vec::new();
        let results = groups
            .map(|group| self.of_group(group, &mut plain))
            .collect();
        percentile_array(&self.percentages, results, |values| {
            Ok(in_units(values, &self.unit))
        })
    }

    fn reset(&mut self) {
        self.groups.reset();
    }

    fn bytes(&self) -> usize {
        self.groups.bytes()
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
