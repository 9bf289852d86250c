use super::*;
use crate::error::conditions::SCALAR_SUBQUERY_TOO_MANY_ROWS;
use crate::plan::logical::{Join, JoinHint, JoinStrategy, LogicalJoinKind};
use crate::plan::unresolved::JoinKind;

fn equal(a: &Value, b: &Value) -> bool {
    !a.is_null() && !b.is_null() && compare(a, b).is_eq()
}

/// The join of all pairs, tried one by one. Keys are the first columns; with `residual` the last column of the
/// left must be less than that of the right.
fn naive(
    left: &[Row],
    right: &[Row],
    keys: usize,
    residual: bool,
    kind: &LogicalJoinKind,
) -> Vec<Row> {
    // One column beside the keys.
    let width = (keys + 1, keys + 1);
    let matches = |l: &Row, r: &Row| {
        (0..keys).all(|key| equal(&l[key], &r[key]))
            && (!residual
                || match (l[width.0 - 1].as_i64(), r[width.1 - 1].as_i64()) {
                    (Some(a), Some(b)) => a < b,
                    _ => false,
                })
    };
    let mut rows = Vec::new();
    let mut matched_right = vec![false; right.len()];
    for l in left {
        let mut found = false;
        for (number, r) in right.iter().enumerate() {
            if matches(l, r) {
                found = true;
                matched_right[number] = true;
                if matches!(
                    kind,
                    LogicalJoinKind::Plain(
                        JoinKind::Inner
                            | JoinKind::LeftOuter
                            | JoinKind::RightOuter
                            | JoinKind::FullOuter
                    )
                ) {
                    rows.push([l.clone(), r.clone()].concat());
                }
            }
        }
        match kind {
            LogicalJoinKind::Plain(JoinKind::LeftOuter | JoinKind::FullOuter) if !found => {
                rows.push([l.clone(), vec![Value::Null; width.1]].concat());
            }
            LogicalJoinKind::Plain(JoinKind::LeftSemi) if found => rows.push(l.clone()),
            LogicalJoinKind::Plain(JoinKind::LeftAnti) if !found => rows.push(l.clone()),
            LogicalJoinKind::Mark(_) => {
                rows.push([l.clone(), vec![Value::Boolean(found)]].concat())
            }
            LogicalJoinKind::NullAwareAnti => {
                let open = right.iter().any(|r| r[0].is_null()) || l[0].is_null();
                if !found && (right.is_empty() || !open) {
                    rows.push(l.clone());
                }
            }
            _ => {}
        }
    }
    if matches!(
        kind,
        LogicalJoinKind::Plain(JoinKind::RightOuter | JoinKind::FullOuter)
    ) {
        for (r, found) in right.iter().zip(matched_right) {
            if !found {
                rows.push([vec![Value::Null; width.0], r.clone()].concat());
            }
        }
    }
    rows
}

fn check(key_types: &[DataType], sizes: (usize, usize), distinct: u64) {
    let types: Vec<DataType> = key_types
        .iter()
        .cloned()
        .chain([DataType::Integer])
        .collect();
    let mut numbers = Numbers(sizes.0 as u64 * 31 + sizes.1 as u64 * 17 + distinct);
    let left = numbers.rows(&types, sizes.0, distinct);
    let right = numbers.rows(&types, sizes.1, distinct);
    let ids = ColumnIds::default();
    let (left_scan, left_columns) = table(&ids, &types, &left, 100);
    let (right_scan, right_columns) = table(&ids, &types, &right, 100);
    let mark = LogicalJoinKind::Mark(output(&ids, &DataType::Boolean));
    let plain = [
        JoinKind::Inner,
        JoinKind::LeftOuter,
        JoinKind::RightOuter,
        JoinKind::FullOuter,
        JoinKind::LeftSemi,
        JoinKind::LeftAnti,
    ];
    let mut kinds: Vec<LogicalJoinKind> = plain.map(LogicalJoinKind::Plain).to_vec();
    kinds.push(mark);
    if key_types.len() == 1 {
        kinds.push(LogicalJoinKind::NullAwareAnti);
    }
    for kind in kinds {
        for residual in [false, true] {
            if residual && kind == LogicalJoinKind::NullAwareAnti {
                continue;
            }
            let keys = left_columns
                .iter()
                .zip(&right_columns)
                .take(key_types.len());
            let mut terms: Vec<Expr> = keys
                .map(|(l, r)| Expr::equal(column(l), column(r)).unwrap())
                .collect();
            if residual {
                let last = |columns: &[Attribute]| column(columns.last().unwrap());
                let sides = vec![last(&left_columns), last(&right_columns)];
                terms.push(Expr::call("<", sides).unwrap());
            }
            let expected = naive(&left, &right, key_types.len(), residual, &kind);
            for side in [None, Some(true), Some(false)] {
                let hint = |wanted: bool| (side == Some(wanted)).then_some(JoinStrategy::Broadcast);
                let plan = LogicalPlan::Join(Join {
                    left: Box::new(left_scan.clone()),
                    right: Box::new(right_scan.clone()),
                    kind: kind.clone(),
                    condition: (!terms.is_empty()).then(|| Expr::all(terms.clone())),
                    subqueries: Vec::new(),
                    hint: JoinHint {
                        left: hint(true),
                        right: hint(false),
                    },
                    lateral: false,
                });
                for threads in [1, 3] {
                    let what = format!(
                        "{kind:?} on {key_types:?}, residual {residual}, hint {side:?}, {threads} threads"
                    );
                    assert_same_rows(run(&plan, threads).unwrap(), expected.clone(), &what);
                }
            }
        }
    }
}

#[test]
fn every_kind_by_every_kind_of_key() {
    use DataType::*;
    check(&[Integer], (700, 400), 60);
    check(&[Long], (300, 700), 900);
    check(&[Integer, Long], (500, 500), 9);
    check(&[Double], (300, 200), 30);
    check(&[String], (400, 300), 3);
    check(&[String], (400, 300), 60);
    check(&[String, Integer], (400, 300), 7);
    check(&[], (30, 40), 9);
}

#[test]
fn empty_sides() {
    check(&[DataType::Integer], (50, 0), 10);
    check(&[DataType::Integer], (0, 50), 10);
}

#[test]
fn a_large_table_is_indexed_by_all_threads() {
    let ids = ColumnIds::default();
    let types = [DataType::Long];
    let row = |n: i64| {
        vec![Value::Long(
            n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64),
        )]
    };
    let left: Vec<Row> = (0..3000).map(row).collect();
    let right: Vec<Row> = (1000..300_000).map(row).collect();
    let (left, left_columns) = table(&ids, &types, &left, 1000);
    let (right, right_columns) = table(&ids, &types, &right, 10_000);
    let equal = Expr::equal(column(&left_columns[0]), column(&right_columns[0])).unwrap();
    let plan = LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind: LogicalJoinKind::Plain(JoinKind::Inner),
        condition: Some(equal),
        subqueries: Vec::new(),
        hint: JoinHint {
            left: None,
            right: Some(JoinStrategy::Broadcast),
        },
        lateral: false,
    });
    for threads in [1, 4] {
        assert_eq!(run(&plan, threads).unwrap().len(), 2000);
    }
}

#[test]
fn a_scalar_subquery_of_two_rows_is_an_error() {
    let ids = ColumnIds::default();
    let types = [DataType::Integer];
    let rows = |values: &[i32]| {
        values
            .iter()
            .map(|v| vec![Value::Integer(*v)])
            .collect::<Vec<_>>()
    };
    for (right, fails) in [(rows(&[1, 2, 2]), true), (rows(&[1, 3]), false)] {
        let (left, left_columns) = table(&ids, &types, &rows(&[1, 2]), 10);
        let (right, right_columns) = table(&ids, &types, &right, 10);
        let equal = Expr::equal(column(&left_columns[0]), column(&right_columns[0])).unwrap();
        let plan = LogicalPlan::Join(Join {
            left: Box::new(left),
            right: Box::new(right),
            kind: LogicalJoinKind::Single,
            condition: Some(equal),
            subqueries: Vec::new(),
            hint: JoinHint::default(),
            lateral: false,
        });
        match run(&plan, 2) {
            Ok(rows) => assert!(!fails && rows.len() == 2),
            Err(error) => assert!(fails && error.condition() == &SCALAR_SUBQUERY_TOO_MANY_ROWS),
        }
    }
}
