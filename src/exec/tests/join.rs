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

/// The ways in which a join can run.
#[derive(Debug, Clone, Copy)]
enum Way {
    Shared,
    Partitioned,
    /// Nothing may stay in memory.
    Spilled,
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
    check_rows(key_types, &left, &right);
}

/// Every kind of join of these rows, in every way, against the naive one.
fn check_rows(key_types: &[DataType], left: &[Row], right: &[Row]) {
    let types: Vec<DataType> = key_types
        .iter()
        .cloned()
        .chain([DataType::Integer])
        .collect();
    let ids = ColumnIds::default();
    let (left_scan, left_columns) = table(&ids, &types, left, 100);
    let (right_scan, right_columns) = table(&ids, &types, right, 100);
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
            let expected = naive(left, right, key_types.len(), residual, &kind);
            for (build_left, way) in [true, false].into_iter().flat_map(|side| {
                [Way::Shared, Way::Partitioned, Way::Spilled].map(|way| (side, way))
            }) {
                let strategy = match way {
                    Way::Shared => JoinStrategy::Broadcast,
                    Way::Partitioned | Way::Spilled => JoinStrategy::ShuffleHash,
                };
                let hint = |wanted: bool| (build_left == wanted).then_some(strategy);
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
                let threads: &[usize] = match way {
                    Way::Spilled => &[3],
                    Way::Shared | Way::Partitioned => &[1, 3],
                };
                for threads in threads.iter().copied() {
                    let what = format!(
                        "{kind:?} on {key_types:?}, residual {residual}, built left {build_left}, {way:?}, {threads} threads"
                    );
                    let limit = if let Way::Spilled = way { 0 } else { 1 << 30 };
                    let context = limited(threads, limit);
                    let rows = run_in(&plan, context.clone()).unwrap();
                    assert_same_rows(rows, expected.clone(), &what);
                    let built = match build_left && kind != LogicalJoinKind::NullAwareAnti {
                        true => left,
                        false => right,
                    };
                    let spills = limit == 0 && !key_types.is_empty() && !built.is_empty();
                    assert_eq!(context.memory.spilled() > 0, spills, "{what}");
                }
            }
        }
    }
}

#[test]
fn keys_that_no_two_rows_share() {
    use DataType::*;
    let rows = |keys: Vec<Option<i64>>| -> Vec<Row> {
        let row = |(number, key): (usize, &Option<i64>)| {
            let key = key.map_or(Value::Null, Value::Long);
            vec![key, Value::Integer(number as i32 % 7)]
        };
        keys.iter().enumerate().map(row).collect()
    };
    // Side by side, with a gap each too wide for an array, and with NULLs.
    let dense: Vec<Option<i64>> = (0..60).map(|n| Some(n * 7 % 60 - 5)).collect();
    let gaps: Vec<Option<i64>> = (0..60).map(|n| Some(n * 1_001)).collect();
    let mut with_nulls = dense.clone();
    with_nulls.extend([None, None]);
    // All found, none found, some not there, some beyond the range, NULLs.
    let found: Vec<Option<i64>> = (0..150).map(|n| Some(n % 60 - 5)).collect();
    let none: Vec<Option<i64>> = (0..30).map(|n| Some(n + 1_000_000)).collect();
    let mixed = (0..150).map(|n| match n % 5 {
        0 => None,
        1 => Some(-(1 << 40)),
        n => Some(n * 1_001),
    });
    let mixed: Vec<Option<i64>> = mixed.collect();
    for built in [dense, gaps, with_nulls] {
        for probe in [&found, &none, &mixed] {
            check_rows(&[Long], &rows(probe.clone()), &rows(built.clone()));
        }
    }
}

#[test]
fn skew_and_many_duplicates() {
    use DataType::*;
    // One key has nearly all rows.
    let skewed = |rows: i32| -> Vec<Row> {
        let key = |n: i32| if n % 20 == 0 { n } else { 7 };
        (0..rows)
            .map(|n| vec![Value::Integer(key(n)), Value::Integer(n % 11)])
            .collect()
    };
    check_rows(&[Integer], &skewed(150), &skewed(90));
    // Nothing but NULL keys on one side.
    let nulls: Vec<Row> = (0..40)
        .map(|n| vec![Value::Null, Value::Integer(n)])
        .collect();
    check_rows(&[Integer], &skewed(50), &nulls);
    check_rows(&[Integer], &nulls, &skewed(50));
    // More pairs than are gathered at once.
    check(&[Integer], (250, 150), 2);
}

#[test]
fn random_sides() {
    use DataType::*;
    let mut numbers = Numbers(4711);
    for _ in 0..6 {
        let sizes = (numbers.below(200) as usize, numbers.below(200) as usize);
        let distinct = 1 + numbers.below(200);
        let types: &[DataType] = match numbers.below(4) {
            0 => &[Integer],
            1 => &[String],
            2 => &[Long, String],
            _ => &[Double],
        };
        check(types, sizes, distinct);
    }
}

#[test]
fn every_kind_by_every_kind_of_key() {
    use DataType::*;
    check(&[Integer], (350, 200), 40);
    check(&[Long], (150, 350), 400);
    check(&[Integer, Long], (250, 250), 7);
    check(&[Double], (150, 100), 20);
    check(&[String], (200, 150), 3);
    check(&[String], (200, 150), 40);
    check(&[String, Integer], (200, 150), 5);
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

/// The plan as EXPLAIN ANALYZE shows it.
fn analyzed(hint: Option<JoinStrategy>, settings: &[(&str, &str)], limit: usize) -> String {
    let ids = ColumnIds::default();
    let types = [DataType::Integer];
    let rows: Vec<Row> = (0..2000).map(|n| vec![Value::Integer(n)]).collect();
    let (left, left_columns) = table(&ids, &types, &rows, 500);
    let (right, right_columns) = table(&ids, &types, &rows, 500);
    let plan = LogicalPlan::Join(Join {
        left: Box::new(left),
        right: Box::new(right),
        kind: LogicalJoinKind::Plain(JoinKind::Inner),
        condition: Some(Expr::equal(column(&left_columns[0]), column(&right_columns[0])).unwrap()),
        subqueries: Vec::new(),
        hint: JoinHint {
            left: None,
            right: hint,
        },
        lateral: false,
    });
    let mut config = Config::default();
    for (key, value) in settings {
        config.set(*key, *value);
    }
    let context = QueryContext::new(Arc::new(config), 2, limit, Arc::default());
    let physical = crate::exec::plan(&plan, &Arc::new(context)).unwrap();
    let rows = physical.execute().unwrap().concat();
    assert_eq!(rows.iter().map(|batch| batch.rows).sum::<usize>(), 2000);
    physical.explain().render(Some(physical.graph()))
}

#[test]
fn the_true_size_decides_unless_the_user_has() {
    let never = ("spark.sql.autoBroadcastJoinThreshold", "-1");
    let fixed = ("spark.sql.adaptive.enabled", "false");
    let plenty = 1 << 30;
    // Hint, settings, memory: what was planned, and what ran.
    let cases: [(Option<JoinStrategy>, &[_], usize, &str, &str); 8] = [
        (None, &[], plenty, "BroadcastHashJoin", "BroadcastHashJoin"),
        (
            None,
            &[never],
            plenty,
            "ShuffledHashJoin",
            "BroadcastHashJoin",
        ),
        (
            None,
            &[never, fixed],
            plenty,
            "ShuffledHashJoin",
            "ShuffledHashJoin",
        ),
        (None, &[], 0, "BroadcastHashJoin", "ShuffledHashJoin"),
        (
            Some(JoinStrategy::Broadcast),
            &[never],
            plenty,
            "BroadcastHashJoin",
            "BroadcastHashJoin",
        ),
        (
            Some(JoinStrategy::Broadcast),
            &[],
            0,
            "BroadcastHashJoin",
            "ShuffledHashJoin",
        ),
        (
            Some(JoinStrategy::ShuffleHash),
            &[],
            plenty,
            "ShuffledHashJoin",
            "ShuffledHashJoin",
        ),
        (
            Some(JoinStrategy::Merge),
            &[],
            plenty,
            "ShuffledHashJoin",
            "ShuffledHashJoin",
        ),
    ];
    for (hint, settings, limit, planned, ran) in cases {
        let text = analyzed(hint, settings, limit);
        let what = format!("{hint:?}, {settings:?}, {limit}: {text}");
        assert!(text.starts_with(planned), "{what}");
        assert!(text.contains(&format!("<ran as {ran}")), "{what}");
    }
    let text = analyzed(Some(JoinStrategy::ReplicateNestedLoop), &[], plenty);
    assert!(text.starts_with("CartesianProduct"), "{text}");
}
