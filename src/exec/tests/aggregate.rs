use super::*;
use crate::expr::NamedExpr;
use crate::plan::logical::Aggregate;
use hashbrown::HashMap;

fn named(ids: &ColumnIds, expr: Expr) -> NamedExpr {
    NamedExpr {
        id: ids.next(),
        name: "k".into(),
        expr,
    }
}

/// A text by which equal keys are found.
fn key(row: &[Value]) -> String {
    let normal = row.iter().map(|value| match value {
        Value::Double(v) if v.is_nan() => Value::Double(f64::NAN),
        Value::Double(v) => Value::Double(v + 0.0),
        other => other.clone(),
    });
    format!("{:?}", normal.collect::<Vec<_>>())
}

/// Groups by all columns but the last, of which it takes count, count distinct, sum and min.
fn check(types: &[DataType], rows: usize, distinct: u64) {
    let mut numbers = Numbers(rows as u64 * 77 + distinct);
    let types: Vec<DataType> = types.iter().cloned().chain([DataType::Integer]).collect();
    let data = numbers.rows(&types, rows, distinct);
    let ids = ColumnIds::default();
    let (scan, columns) = table(&ids, &types, &data, 1000);
    let (argument, keys) = columns.split_last().unwrap();
    let argument = || vec![column(argument)];
    let calls = [
        aggregate_call("count", argument(), false),
        aggregate_call("count", argument(), true),
        aggregate_call("sum", argument(), false),
        aggregate_call("min", argument(), false),
    ];
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: keys.iter().map(|key| named(&ids, column(key))).collect(),
        calls: calls
            .into_iter()
            .map(|call| (output(&ids, &call.data_type), call))
            .collect(),
    });
    let mut groups: HashMap<String, (Row, Vec<i64>)> = HashMap::new();
    if keys.is_empty() {
        groups.insert(key(&[]), (Vec::new(), Vec::new()));
    }
    for row in &data {
        let (value, keys) = row.split_last().unwrap();
        let group = groups
            .entry(key(keys))
            .or_insert_with(|| (keys.to_vec(), Vec::new()));
        group.1.extend(value.as_i64());
    }
    let expected: Vec<Row> = (groups.into_values())
        .map(|(mut row, values)| {
            let mut unique = values.clone();
            unique.sort_unstable();
            unique.dedup();
            row.push(Value::Long(values.len() as i64));
            row.push(Value::Long(unique.len() as i64));
            row.push(match values.len() {
                0 => Value::Null,
                _ => Value::Long(values.iter().sum()),
            });
            row.push(values.iter().min().map(|v| *v as i32).into());
            row
        })
        .collect();
    for threads in [1, 4] {
        let actual = run(&plan, threads).unwrap();
        assert_same_rows(
            actual,
            expected.clone(),
            &format!("{types:?} at {threads} threads"),
        );
    }
}

#[test]
fn groups_of_every_kind_of_key() {
    use DataType::*;
    check(&[], 5000, 50);
    check(&[], 0, 50);
    check(&[Integer], 20_000, 300);
    check(&[Long], 20_000, 3000);
    check(&[Boolean, Integer], 5000, 40);
    check(&[Long, Long], 5000, 40);
    check(&[Double], 5000, 40);
    check(&[String], 5000, 3);
    check(&[String], 5000, 500);
    check(&[String, Integer, Double], 5000, 12);
}

/// Enough rows for distinct pairs to become bits, and arguments of which some are negative or NULL.
#[test]
fn distinct_arguments_of_few_groups() {
    use DataType::*;
    check(&[], 200_000, 40_000);
    check(&[Boolean], 200_000, 40_000);
    check(&[Boolean, Boolean], 200_000, 300);
    // More groups than bits are good for.
    check(&[Integer], 200_000, 3000);
}

#[test]
fn more_groups_than_a_worker_keeps() {
    check(&[DataType::Long], 400_000, 300_000);
}

/// Medians of doubles, alone, beside another call and beside one to which the order of rows matters.
fn check_medians(rows: usize, keys: u64, distinct: u64) {
    use DataType::*;
    let mut numbers = Numbers(rows as u64 * 31 + keys);
    let data: Vec<Row> = (0..rows)
        .map(|_| {
            let key = Value::Long(numbers.below(keys) as i64);
            vec![key, numbers.value(&Double, distinct)]
        })
        .collect();
    let mut groups: HashMap<i64, Vec<f64>> = HashMap::new();
    for row in &data {
        let group = groups.entry(row[0].as_i64().unwrap()).or_default();
        if let Value::Double(value) = row[1] {
            group.push(value);
        }
    }
    let expected: Vec<Row> = (groups.into_iter())
        .map(|(key, mut values)| {
            values.sort_by(|a, b| (a + 0.0).total_cmp(&(b + 0.0)));
            let median = values.len().checked_sub(1).map(|last| {
                let (below, above) = (values[last / 2], values[last.div_ceil(2)]);
                match below == above {
                    true => below,
                    false => 0.5 * below + 0.5 * above,
                }
            });
            let count = Value::Long(values.len() as i64);
            vec![Value::Long(key), median.map(|m| m + 0.0).into(), count]
        })
        .collect();
    for third in [None, Some("first")] {
        let ids = ColumnIds::default();
        let (scan, columns) = table(&ids, &[Long, Double], &data, 1000);
        let argument = || vec![column(&columns[1])];
        let calls = ["median", "count"].into_iter().chain(third);
        let calls = calls.map(|name| {
            let call = aggregate_call(name, argument(), false);
            (output(&ids, &call.data_type), call)
        });
        let plan = LogicalPlan::Aggregate(Aggregate {
            input: Box::new(scan),
            keys: vec![named(&ids, column(&columns[0]))],
            calls: calls.collect(),
        });
        for threads in [1, 4] {
            let mut actual = run(&plan, threads).unwrap();
            for row in &mut actual {
                row.truncate(3);
                if let Value::Double(median) = &mut row[1] {
                    *median += 0.0;
                }
            }
            let what = format!("{rows} rows of {keys} keys at {threads} threads");
            assert_same_rows(actual, expected.clone(), &what);
        }
    }
}

#[test]
fn medians_of_groups() {
    check_medians(20_000, 5, 40);
    check_medians(20_000, 5, 1_000_000);
    check_medians(20_000, 4000, 1_000_000);
    check_medians(0, 3, 5);
    // More than one worker merges.
    check_medians(700_000, 40, 1 << 40);
}

#[test]
fn first_keeps_the_order_of_partitions() {
    let ids = ColumnIds::default();
    let types = [DataType::Integer, DataType::Integer];
    let rows: Vec<Row> = (0..50_000)
        .map(|n| vec![Value::Integer(n % 7), Value::Integer(n)])
        .collect();
    let (scan, columns) = table(&ids, &types, &rows, 500);
    let call = aggregate_call("first", vec![column(&columns[1])], false);
    let plan = LogicalPlan::Aggregate(Aggregate {
        input: Box::new(scan),
        keys: vec![named(&ids, column(&columns[0]))],
        calls: vec![(output(&ids, &DataType::Integer), call)],
    });
    let expected: Vec<Row> = (0..7)
        .map(|n| vec![Value::Integer(n), Value::Integer(n)])
        .collect();
    for threads in [1, 4] {
        assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), "first");
    }
}
