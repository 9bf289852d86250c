use super::*;
use crate::expr::{Bound, Frame, FrameUnit, SortKey, WindowCall, WindowFunctionCall};
use crate::plan::logical::Window;

/// The sum of the values of a frame.
fn sum(values: &[Row]) -> Value {
    let values: Vec<i64> = values.iter().filter_map(|row| row[2].as_i64()).collect();
    match values.len() {
        0 => Value::Null,
        _ => Value::Long(values.iter().sum()),
    }
}

#[test]
fn frames_against_a_naive_version() {
    use DataType::*;
    let types = [Integer, Integer, Integer];
    let mut numbers = Numbers(4242);
    for (rows, distinct) in [(3000, 12), (90_000, 2000)] {
        let mut data = numbers.rows(&types, rows, distinct);
        // A key without ties, so that ROWS frames are determined.
        for (number, row) in data.iter_mut().enumerate() {
            row[1] = Value::Integer(number as i32 * 3);
        }
        let ids = ColumnIds::default();
        let (scan, columns) = table(&ids, &types, &data, 900);
        let frames = [
            (FrameUnit::Rows, Bound::Unbounded, Bound::Unbounded),
            (FrameUnit::Rows, Bound::Unbounded, Bound::CurrentRow),
            (FrameUnit::Range, Bound::CurrentRow, Bound::Unbounded),
            (FrameUnit::Rows, Bound::Rows(-2), Bound::Rows(1)),
        ];
        let calls = frames.iter().map(|(unit, start, end)| {
            let call = aggregate_call("sum", vec![column(&columns[2])], false);
            let frame = Frame {
                unit: *unit,
                start: start.clone(),
                end: end.clone(),
            };
            let function = WindowFunctionCall::Aggregate(call);
            (output(&ids, &Long), WindowCall { function, frame })
        });
        let plan = LogicalPlan::Window(Window {
            input: Box::new(scan),
            partition_by: vec![column(&columns[0])],
            order_by: vec![SortKey {
                expr: column(&columns[1]),
                ascending: true,
                nulls_first: true,
            }],
            calls: calls.collect(),
        });
        data.sort_by(compare_rows);
        let mut expected = Vec::new();
        for partition in data.chunk_by(|a, b| compare(&a[0], &b[0]).is_eq()) {
            for (row, values) in partition.iter().enumerate() {
                let mut out = values.clone();
                out.push(sum(partition));
                out.push(sum(&partition[..=row]));
                out.push(sum(&partition[row..]));
                let end = partition.len().min(row + 2);
                out.push(sum(&partition[row.saturating_sub(2)..end]));
                expected.push(out);
            }
        }
        for threads in [1, 4] {
            let what = format!("{rows} rows at {threads} threads");
            assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), &what);
        }
    }
}

fn over(
    scan: LogicalPlan,
    partition_by: Vec<Expr>,
    order_by: Option<Expr>,
    calls: Vec<(Attribute, WindowCall)>,
) -> LogicalPlan {
    let key = |expr| SortKey {
        expr,
        ascending: true,
        nulls_first: true,
    };
    LogicalPlan::Window(Window {
        input: Box::new(scan),
        partition_by,
        order_by: order_by.into_iter().map(key).collect(),
        calls,
    })
}

fn aggregate(
    ids: &ColumnIds,
    name: &str,
    argument: &Attribute,
    frame: Frame,
) -> (Attribute, WindowCall) {
    let call = aggregate_call(name, vec![column(argument)], false);
    let output = output(ids, &call.data_type);
    let function = WindowFunctionCall::Aggregate(call);
    (output, WindowCall { function, frame })
}

/// By partition, in the order of keys: NULL, NaN and the two zeros are keys like others.
fn by_key(data: &mut [Row], keys: usize) -> impl Iterator<Item = &[Row]> {
    let compare_keys = move |a: &Row, b: &Row| {
        let keys = a[..keys].iter().zip(&b[..keys]);
        keys.map(|(a, b)| compare(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    // Stable: rows of a partition stay as they came.
    data.sort_by(compare_keys);
    data.chunk_by(move |a, b| compare_keys(a, b).is_eq())
}

/// Without ORDER BY rows stay where they are if partitions are few; if there are very many, they are spread.
#[test]
fn whole_partitions_against_a_naive_version() {
    use DataType::*;
    let types = [Double, String, Integer, Double];
    let mut numbers = Numbers(99);
    for (rows, distinct) in [(2000, 5), (80_000, 9), (70_000, 200_000)] {
        let mut data = numbers.rows(&types, rows, distinct);
        let ids = ColumnIds::default();
        let (scan, columns) = table(&ids, &types, &data, 700);
        let frame = || Frame {
            unit: FrameUnit::Range,
            start: Bound::Unbounded,
            end: Bound::CurrentRow,
        };
        // Sums of doubles depend on the order of rows, and `last` even more.
        let calls = [
            ("max", 2),
            ("sum", 2),
            ("sum", 3),
            ("last", 2),
            ("count", 3),
        ];
        let calls =
            calls.map(|(name, argument)| aggregate(&ids, name, &columns[argument], frame()));
        let keys = vec![column(&columns[0]), column(&columns[1])];
        let plan = over(scan, keys, None, calls.to_vec());
        let mut expected = Vec::new();
        for partition in by_key(&mut data, 2) {
            let integers = partition.iter().filter_map(|row| row[2].as_i64());
            let doubles = partition.iter().filter_map(|row| match row[3] {
                Value::Double(value) => Some(value),
                _ => None,
            });
            let count = doubles.clone().count();
            let values = [
                (integers.clone().max()).map_or(Value::Null, |max| Value::Integer(max as i32)),
                match integers.clone().count() {
                    0 => Value::Null,
                    _ => Value::Long(integers.sum()),
                },
                match count {
                    0 => Value::Null,
                    _ => Value::Double(doubles.fold(0.0, |sum, value| sum + value)),
                },
                partition[partition.len() - 1][2].clone(),
                Value::Long(count as i64),
            ];
            for row in partition {
                expected.push(row.iter().chain(&values).cloned().collect::<Row>());
            }
        }
        for threads in [1, 4] {
            let what = format!("{rows} rows at {threads} threads");
            assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), &what);
        }
    }
}

/// The default frame ends with the peers of a row; keys of all kinds, with ties.
#[test]
fn ties_against_a_naive_version() {
    use DataType::*;
    let mut numbers = Numbers(7);
    for (order, rows) in [
        (Double, 3000),
        (String, 3000),
        (Long, 90_000),
        (Double, 90_000),
    ] {
        let types = [String, order, Integer];
        let mut data = numbers.rows(&types, rows, 40);
        let ids = ColumnIds::default();
        let (scan, columns) = table(&ids, &types, &data, 900);
        let frames = [
            (Bound::Unbounded, Bound::CurrentRow),
            (Bound::CurrentRow, Bound::Unbounded),
            (Bound::CurrentRow, Bound::CurrentRow),
        ];
        let calls = frames.map(|(start, end)| {
            let unit = FrameUnit::Range;
            aggregate(&ids, "sum", &columns[2], Frame { unit, start, end })
        });
        let plan = over(
            scan,
            vec![column(&columns[0])],
            Some(column(&columns[1])),
            calls.to_vec(),
        );
        let mut expected = Vec::new();
        for partition in by_key(&mut data, 1) {
            let mut partition = partition.to_vec();
            partition.sort_by(|a, b| compare(&a[1], &b[1]));
            let mut start = 0;
            for peers in partition.chunk_by(|a, b| compare(&a[1], &b[1]).is_eq()) {
                let end = start + peers.len();
                let values = [sum(&partition[..end]), sum(&partition[start..]), sum(peers)];
                for row in peers {
                    expected.push(row.iter().chain(&values).cloned().collect::<Row>());
                }
                start = end;
            }
        }
        for threads in [1, 4] {
            let what = format!("{rows} rows by {:?} at {threads} threads", types[1]);
            assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), &what);
        }
    }
}
