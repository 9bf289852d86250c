//! Every aggregate: merging the states of parts gives what one update gives.

use super::*;
use crate::config::Config;
use crate::functions::{BindContext, Binding, BoundArgument, Function, lookup};
use crate::kernel::Column;
use crate::types::{DataType, Value, arrow_type};
use arrow::array::*;
use arrow::datatypes::*;
use proptest::prelude::*;
use std::sync::Arc;

/// A binding of a function for arguments of these types; some of them constant.
pub(super) fn bound(
    name: &str,
    arguments: &[(DataType, Option<Value>)],
) -> Binding<Arc<dyn AggregateKernel>> {
    let Some(Function::Aggregate(function)) = lookup(name) else {
        panic!("{name} is no aggregate")
    };
    let arguments: Vec<BoundArgument> = (arguments.iter())
        .map(|(data_type, constant)| BoundArgument {
            data_type: data_type.clone(),
            nullable: true,
            constant: constant.clone(),
            sql: "x".into(),
            is_lambda: false,
            order: None,
        })
        .collect();
    let config = Config::default();
    let context = BindContext {
        config: &config,
        name,
        sql: name,
    };
    (function.bind)(&context, &arguments).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Calls of every function, by the types of their arguments.
pub(super) fn calls() -> Vec<(&'static str, Vec<(DataType, Option<Value>)>)> {
    use DataType::*;
    let wide = DataType::decimal(30, 2);
    let narrow = DataType::decimal(9, 2);
    let tiny = DataType::decimal(4, 1);
    let mut calls = Vec::new();
    let numbers = [
        Byte,
        Integer,
        Long,
        Float,
        Double,
        wide,
        narrow,
        tiny,
        DataType::YEAR_MONTH,
        DataType::DAY_TIME,
    ];
    for t in numbers {
        for name in ["sum", "try_sum", "avg", "try_avg"] {
            calls.push((name, vec![(t.clone(), None)]));
        }
        for name in ["min", "max", "first", "last", "any_value", "count"] {
            calls.push((name, vec![(t.clone(), None)]));
        }
    }
    for t in [
        Boolean,
        String,
        Binary,
        Date,
        Timestamp,
        DataType::array(Integer, true),
    ] {
        for name in ["min", "max", "first", "last", "count"] {
            calls.push((name, vec![(t.clone(), None)]));
        }
        let ignore_nulls = (Boolean, Some(Value::Boolean(true)));
        calls.push(("first", vec![(t.clone(), None), ignore_nulls.clone()]));
        calls.push(("last", vec![(t.clone(), None), ignore_nulls]));
    }
    calls.push(("count_if", vec![(Boolean, None)]));
    for name in ["bool_and", "bool_or"] {
        calls.push((name, vec![(Boolean, None)]));
    }
    for name in ["bit_and", "bit_or", "bit_xor"] {
        calls.extend([Byte, Integer, Long].map(|t| (name, vec![(t, None)])));
    }
    for name in [
        "stddev",
        "stddev_pop",
        "variance",
        "var_pop",
        "skewness",
        "kurtosis",
    ] {
        calls.push((name, vec![(Double, None)]));
    }
    for name in [
        "covar_pop",
        "covar_samp",
        "corr",
        "regr_avgx",
        "regr_avgy",
        "regr_sxx",
        "regr_syy",
        "regr_sxy",
        "regr_slope",
        "regr_intercept",
        "regr_r2",
        "regr_count",
    ] {
        calls.push((name, vec![(Double, None), (Double, None)]));
    }
    for t in [Double, DataType::YEAR_MONTH, DataType::DAY_TIME] {
        let half = (Double, Some(Value::Double(0.4)));
        calls.push(("median", vec![(t.clone(), None)]));
        calls.push(("percentile", vec![(t.clone(), None), half.clone()]));
        calls.push(("percentile_cont", vec![half.clone(), (t.clone(), None)]));
        calls.push(("percentile_disc", vec![half, (t, None)]));
    }
    for t in [
        Integer,
        Double,
        Date,
        Timestamp,
        DataType::decimal(9, 2),
        DataType::decimal(30, 2),
    ] {
        let half = (Double, Some(Value::Double(0.4)));
        calls.push(("percentile_approx", vec![(t, None), half]));
    }
    let comma = (String, Some(Value::from(", ")));
    calls.push(("listagg", vec![(String, None), comma]));
    calls.push(("listagg", vec![(Binary, None)]));
    calls.push((
        "histogram_numeric",
        vec![(Integer, None), (Integer, Some(Value::Integer(50)))],
    ));
    for t in [Integer, Double, String, DataType::decimal(30, 2)] {
        calls.push(("approx_count_distinct", vec![(t, None)]));
    }
    let doubles = |value: f64| (Double, Some(Value::Double(value)));
    for t in [Long, String] {
        let seed = (Integer, Some(Value::Integer(7)));
        calls.push((
            "count_min_sketch",
            vec![(t, None), doubles(0.1), doubles(0.9), seed],
        ));
    }
    calls.push(("bitmap_or_agg", vec![(Binary, None)]));
    calls.push(("bitmap_and_agg", vec![(Binary, None)]));
    for t in [Integer, Double, String, DataType::array(Integer, true)] {
        for name in ["collect_list", "collect_set", "mode"] {
            calls.push((name, vec![(t.clone(), None)]));
        }
        for name in ["max_by", "min_by"] {
            calls.push((name, vec![(String, None), (t.clone(), None)]));
        }
    }
    calls
}

/// A small deterministic generator: what matters is variety, not quality.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % below
    }
}

fn random_array(data_type: &DataType, rows: usize, random: &mut Random) -> ArrayRef {
    let mut numbers = || -> Vec<Option<i64>> {
        (0..rows)
            .map(|_| (random.next(5) != 0).then(|| random.next(20) as i64 - 8))
            .collect()
    };
    if let DataType::Array { element, .. } = data_type {
        let values = random_array(element, rows, random);
        let offsets: Vec<i32> = (0..=rows as i32).collect();
        let field = Arc::new(Field::new("element", arrow_type(element), true));
        return Arc::new(ListArray::new(
            field,
            arrow::buffer::OffsetBuffer::new(offsets.into()),
            values,
            None,
        ));
    }
    let numbers: Vec<Option<i64>> = numbers();
    let long: ArrayRef = Arc::new(Int64Array::from(numbers.clone()));
    let texts = || {
        numbers
            .iter()
            .map(|n| n.map(|n| format!("value number {}", n.abs())))
    };
    match data_type {
        DataType::Boolean => Arc::new(
            numbers
                .iter()
                .map(|n| n.map(|n| n % 2 == 0))
                .collect::<BooleanArray>(),
        ),
        DataType::String => Arc::new(texts().collect::<StringViewArray>()),
        DataType::Binary => Arc::new(
            texts()
                .map(|t| t.map(String::into_bytes))
                .collect::<BinaryViewArray>(),
        ),
        DataType::YearMonthInterval { .. } => Arc::new(
            numbers
                .iter()
                .map(|n| n.map(|n| n as i32))
                .collect::<IntervalYearMonthArray>(),
        ),
        DataType::Date => {
            let days = arrow::compute::cast(&long, &arrow::datatypes::DataType::Int32).unwrap();
            arrow::compute::cast(&days, &arrow_type(data_type)).unwrap()
        }
        other => arrow::compute::cast(&long, &arrow_type(other)).unwrap(),
    }
}

pub(super) fn argument(
    call: &(DataType, Option<Value>),
    rows: usize,
    random: &mut Random,
) -> ArrayRef {
    match &call.1 {
        None => random_array(&call.0, rows, random),
        Some(Value::Boolean(b)) => Arc::new(BooleanArray::from(vec![*b; rows])),
        Some(Value::Integer(n)) => Arc::new(Int32Array::from(vec![*n; rows])),
        Some(Value::Long(n)) => Arc::new(Int64Array::from(vec![*n; rows])),
        Some(Value::Double(n)) => Arc::new(Float64Array::from(vec![*n; rows])),
        Some(Value::String(s)) => Arc::new(StringViewArray::from(vec![s.as_ref(); rows])),
        Some(other) => panic!("no constants like {other:?} here"),
    }
}

fn slices(arrays: &[ArrayRef], from: usize, to: usize) -> Vec<Column> {
    (arrays.iter())
        .map(|array| Column::Array(array.slice(from, to - from)))
        .collect()
}

/// Equal, doubles up to rounding.
fn assert_same(name: &str, a: &ArrayRef, b: &ArrayRef) {
    if let (Some(a), Some(b)) = (
        a.as_primitive_opt::<Float64Type>(),
        b.as_primitive_opt::<Float64Type>(),
    ) {
        for (a, b) in a.iter().zip(b) {
            let close = match (a, b) {
                (Some(a), Some(b)) => {
                    (a - b).abs() <= 1e-9 * a.abs().max(1.0) || a.to_bits() == b.to_bits()
                }
                (a, b) => a == b,
            };
            assert!(close, "{name}: {a:?} and {b:?}");
        }
    } else {
        assert_eq!(a, b, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn merged_parts_equal_one_update(
        seed in any::<u64>(), rows in 0usize..120, parts in 1usize..4, groups in 1usize..5,
    ) {
        for (name, call) in calls() {
            let mut random = Random(seed);
            let binding = bound(name, &call);
            let arrays: Vec<ArrayRef> = call.iter().map(|c| argument(c, rows, &mut random)).collect();
            let group_of_row: Vec<u32> = (0..rows).map(|_| random.next(groups as u64) as u32).collect();
            let filter: BooleanArray = (0..rows).map(|_| Some(random.next(6) != 0)).collect();

            let mut whole = binding.kernel.new_accumulator();
            whole.resize(groups);
            whole.update(&slices(&arrays, 0, rows), &group_of_row, Some(&filter)).unwrap();
            let expected = whole.finish(0..groups).unwrap();
            prop_assert_eq!(expected.data_type(), &arrow_type(&binding.returns), "{}", name);

            let mut merged = binding.kernel.new_accumulator();
            merged.resize(groups);
            for part in 0..parts {
                let (from, to) = (rows * part / parts, rows * (part + 1) / parts);
                let mut accumulator = binding.kernel.new_accumulator();
                accumulator.resize(groups);
                let columns = slices(&arrays, from, to);
                let filter = filter.slice(from, to - from);
                accumulator.update(&columns, &group_of_row[from..to], Some(&filter)).unwrap();
                let states = accumulator.states().unwrap();
                for (state, data_type) in states.iter().zip(binding.kernel.state_types()) {
                    prop_assert_eq!(state.data_type(), &arrow_type(&data_type), "{}", name);
                    prop_assert_eq!(state.len(), groups, "{}", name);
                }
                let all: Vec<u32> = (0..groups as u32).collect();
                merged.merge(&states, &all).unwrap();
            }
            assert_same(name, &expected, &merged.finish(0..groups).unwrap());
            if groups > 1 {
                assert_same(name, &expected.slice(1, 1), &merged.finish(1..2).unwrap());
            }
            merged.reset();
            let empty = merged.finish(0..1).unwrap();
            let new = value_of_empty(binding.kernel.as_ref()).unwrap();
            assert_same(name, &new, &empty);
        }
    }
}

/// Doubles in, one group, the result as Spark gives it.
fn of_doubles(name: &str, columns: &[&[f64]]) -> f64 {
    let types: Vec<_> = columns.iter().map(|_| (DataType::Double, None)).collect();
    let binding = bound(name, &types);
    let mut accumulator = binding.kernel.new_accumulator();
    accumulator.resize(1);
    let columns: Vec<Column> = (columns.iter())
        .map(|values| Column::Array(Arc::new(Float64Array::from(values.to_vec()))))
        .collect();
    let groups = vec![0; columns[0].values().len()];
    accumulator.update(&columns, &groups, None).unwrap();
    accumulator
        .finish(0..1)
        .unwrap()
        .as_primitive::<Float64Type>()
        .value(0)
}

#[test]
fn statistics_agree_with_spark_to_the_last_digit() {
    let values: &[f64] = &[-10.0, -20.0, 100.0, 1000.0];
    assert_eq!(of_doubles("skewness", &[values]), 1.1135657469022011);
    assert_eq!(of_doubles("kurtosis", &[values]), -0.7014368047529609);
    let (y, x): (&[f64], &[f64]) = (&[1.0, 2.0, 2.0, 2.0], &[2.0, 2.0, 3.0, 4.0]);
    let expected = [
        ("regr_sxy", 0.7499999999999998),
        ("regr_syy", 0.75),
        ("regr_sxx", 2.75),
        ("regr_r2", 0.2727272727272726),
        ("regr_slope", 0.2727272727272727),
        ("regr_intercept", 1.0),
    ];
    for (name, expected) in expected {
        assert_eq!(of_doubles(name, &[y, x]), expected, "{name}");
    }
    let pairs: [&[f64]; 2] = [&[3.0, 3.0, 6.0], &[2.0, 3.0, 4.0]];
    assert_eq!(of_doubles("corr", &pairs), 0.8660254037844387);
}
