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
